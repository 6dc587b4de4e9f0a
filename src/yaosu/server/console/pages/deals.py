"""A market of negotiated deals: what it keeps to, one's own proposals, and a form for a new one.

What is proposed is between two parties: the page shows it to these two and to nobody else.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import ConfirmDeal, ProposeDeal, WithdrawDeal
from yaosu.markets.negotiated_terms import Deal, NegotiatedTerms
from yaosu.markets.state import Market
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option, options_of_places
from yaosu.server.console.pages.heads import Head, head_of
from yaosu.server.console.pages.ticket import BUYS, SELLS, Offerable, offerable
from yaosu.server.console.record import MarketRecord, Record, TradeLine

TRADES_SHOWN = 20


class DealsPage(Struct, frozen=True, kw_only=True):
    """The page; ``band``: hundredths of a per cent from the reference, below 0 none."""

    template: str = "deals.html"
    head: Head
    band: int
    least_lots: int
    reference_market: str
    waiting: int
    trades: tuple[TradeLine, ...]


class DealRow(Struct, frozen=True, kw_only=True):
    """A proposal as one of the reader's parties sees it; ``buys``: whether that party buys."""

    deal: str
    other: str
    is_mine: bool
    buys: bool
    instrument: str
    region: str
    price: int
    lots: int
    until: int
    acts: tuple[Act, ...]


class OwnDeals(Struct, frozen=True, kw_only=True):
    """What a party proposed, and what was proposed to it."""

    party: str = ""
    rows: tuple[DealRow, ...] = ()
    tickets: tuple[Act, ...] = ()
    venue: str = ""


def deals_page(state: State, record: Record, names: Names, market: Market) -> DealsPage:
    """The page of one market of negotiated deals."""
    terms = market.trading.negotiated or NegotiatedTerms()
    kept = record.markets.get(market.market, MarketRecord())
    return DealsPage(
        head=head_of(market, names),
        band=terms.band_bp,
        least_lots=terms.least_lots,
        reference_market=terms.reference_market,
        waiting=len(state.markets.negotiated[market.market].proposed),
        trades=tuple(list(kept.trades)[-TRADES_SHOWN:][::-1]),
    )


def own_deals(state: State, names: Names, market: Market, parties: Sequence[str]) -> OwnDeals:
    """What waits between the first of the reader's parties and others."""
    if not parties:
        return OwnDeals()
    party = parties[0]
    rights = tuple(offerable(state, market, party))
    proposed = state.markets.negotiated[market.market].proposed
    return OwnDeals(
        party=names.party(party),
        rows=tuple(
            _row(market, deal, party, names, rights)
            for _, deal in sorted(proposed.items())
            if party in (deal.proposer, deal.counterparty)
        ),
        tickets=(_propose(market, party, names, rights),),
    )


def _row(
    market: Market, deal: Deal, party: str, names: Names, rights: tuple[Offerable, ...]
) -> DealRow:
    is_mine = deal.proposer == party
    buys = (deal.side > 0) is is_mine
    return DealRow(
        deal=deal.deal,
        other=names.party(deal.counterparty if is_mine else deal.proposer),
        is_mine=is_mine,
        buys=buys,
        instrument=deal.instrument,
        region=names.region(deal.region),
        price=deal.price * market.trading.tick_minor,
        lots=deal.lots,
        until=deal.until,
        acts=tuple(_acts(market, deal, party, names, rights, is_mine=is_mine, buys=buys)),
    )


def _acts(
    market: Market,
    deal: Deal,
    party: str,
    names: Names,
    rights: tuple[Offerable, ...],
    *,
    is_mine: bool,
    buys: bool,
) -> Iterator[Act]:
    fixed: dict[str, object] = {"actor": party, "market": market.market, "deal": deal.deal}
    if not is_mine:
        fits = [(r.right, r.right) for r in rights if r.instrument == deal.instrument]
        fields = () if buys else (Field(name="right", choices=tuple(fits)),)
        yield Act(
            name="confirm_deal",
            command=tag_of(ConfirmDeal),
            fixed=fixed,
            party=names.party(party),
            fields=fields,
        )
    yield Act(
        name="withdraw_deal",
        command=tag_of(WithdrawDeal),
        fixed=fixed,
        party=names.party(party),
        fields=(Field(name="reason", is_needed=False),),
    )


def _propose(market: Market, party: str, names: Names, rights: tuple[Offerable, ...]) -> Act:
    """The form of a proposal; to whom is typed: no page lists who else is there."""
    side = (("1", "ask_side.buy"), ("-1", "ask_side.sell"))[: 2 if rights else 1]
    fields = [
        Field(
            name="side",
            kind="side",
            value="1",
            options=tuple(Option(value=value, name=name) for value, name in side),
        ),
        Field(name="counterparty", hint="counterparty"),
        Field(
            name="instrument",
            when=BUYS,
            options=options_of_places(names, product(market.instruments, market.regions)),
        ),
        Field(name="price", kind="ticks", label="deal_price"),
        Field(name="lots", kind="whole", label="quantity"),
        Field(name="until", kind="instant", is_needed=False, label="expiry"),
    ]
    if rights:
        options = tuple(
            Option(
                value=r.right,
                name=f"{r.right} · {r.instrument} · {r.lots:,}",
                gives={"instrument": r.instrument, "region": r.region},
            )
            for r in rights
        )
        fields.insert(3, Field(name="right", when=SELLS, options=options))
    return Act(
        name="propose",
        command=tag_of(ProposeDeal),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=tuple(fields),
        fresh="deal",
        tick=market.trading.tick_minor,
        digits=names.digits,
    )
