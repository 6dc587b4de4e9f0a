"""A market of posted prices: the tariff, what may still be earned, what is up, and taking it."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import AcceptTerms
from yaosu.markets.state import Market
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, options_of_places
from yaosu.server.console.pages.heads import Head, head_of
from yaosu.server.console.record import MarketRecord, Record, TradeLine

TRADES_SHOWN = 20


class TierRow(Struct, frozen=True):
    """One price of the tariff: minor units a lot; ``begin``: lots taken before it holds."""

    instrument: str
    group: str
    begin: int
    price: int


class OnOffer(Struct, frozen=True):
    """Lots of an instrument that are up in a region."""

    instrument: str
    region: str
    lots: int


class PostedPage(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        period: its number, 0 before the first. permitted, earned, left: minor units.
        carried: into the period; below zero what was earned too much before.
        trial_lots, trial_days: what is free at first.
    """

    template: str = "posted.html"
    head: Head
    period: int
    permitted: int
    earned: int
    carried: int
    trial_lots: int
    trial_days: int
    tariff: tuple[TierRow, ...]
    offers: tuple[OnOffer, ...]
    trades: tuple[TradeLine, ...]

    @property
    def left(self) -> int:
        """What may still be earned in the period."""
        return max(0, self.permitted - self.earned)


class OwnPosted(Struct, frozen=True, kw_only=True):
    """What a party took in the period, and the form to take more."""

    party: str = ""
    taken: tuple[tuple[str, int], ...] = ()
    tickets: tuple[Act, ...] = ()
    venue: str = ""


def posted_page(state: State, record: Record, names: Names, market: Market) -> PostedPage:
    """The page of one market of posted prices."""
    book, tick = state.markets.posted[market.market], market.trading.tick_minor
    terms = market.trading.posted
    up: dict[tuple[str, str], int] = {}
    for offer in book.offers.values():
        place = offer.instrument, offer.region
        up[place] = up.get(place, 0) + offer.lots
    kept = record.markets.get(market.market, MarketRecord())
    return PostedPage(
        head=head_of(market, names),
        period=book.period,
        permitted=book.allowance.permitted_minor,
        earned=book.revenue_minor,
        carried=book.allowance.carried_minor,
        trial_lots=terms.trial_lots if terms is not None else 0,
        trial_days=terms.trial_days if terms is not None else 0,
        tariff=tuple(
            TierRow(tier.instrument, tier.group, tier.begin, tier.price * tick)
            for tier in sorted(book.tariff)
        ),
        offers=tuple(
            OnOffer(instrument, names.region(region), lots)
            for (instrument, region), lots in sorted(up.items())
        ),
        trades=tuple(list(kept.trades)[-TRADES_SHOWN:][::-1]),
    )


def own_posted(state: State, names: Names, market: Market, parties: Sequence[str]) -> OwnPosted:
    """What the first of the reader's parties may take."""
    if not parties:
        return OwnPosted()
    party, book = parties[0], state.markets.posted[market.market]
    places = sorted({(offer.instrument, offer.region) for offer in book.offers.values()})
    ticket = Act(
        name="accept",
        command=tag_of(AcceptTerms),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=(
            Field(
                name="instrument",
                options=options_of_places(names, places),
            ),
            Field(name="lots", kind="whole", label="quantity"),
            Field(name="purpose", is_needed=False, hint="purpose"),
        ),
        digits=names.digits,
    )
    return OwnPosted(
        party=names.party(party),
        taken=tuple(sorted(book.taken.get(party, {}).items())),
        tickets=(ticket,) if places else (),
    )
