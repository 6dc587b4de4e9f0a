"""The terms of a market of negotiated deals, and a proposal as it stands."""

from msgspec import Struct

BAND_BP_MAX = 9_999  # a band reaches neither zero nor beyond


class NegotiatedTerms(Struct, frozen=True, kw_only=True):
    """What deals keep to.

    Attributes:
        band_bp: how far a price may lie from the reference, basis points of it; -1: no band.
        least_lots: fewest lots of a deal.
        reference_market: whose last price of the instrument and region is the reference.
        reference_price: ticks; the reference where no such market is named, or it has no price
            yet; 0: none.
    """

    band_bp: int = -1
    least_lots: int = 1
    reference_market: str = ""
    reference_price: int = 0


class Deal(Struct, frozen=True, kw_only=True):
    """A deal as one party proposes it to another.

    Attributes:
        deal: its id, chosen by who proposes.
        proposer, counterparty: parties.
        side: +1 where the proposer buys, -1 where it sells.
        right: from which the proposer sells; empty where it buys.
        until: instant at which it falls away; 0: never.
    """

    deal: str
    proposer: str
    counterparty: str
    instrument: str
    region: str
    side: int
    price: int
    lots: int
    right: str
    until: int
