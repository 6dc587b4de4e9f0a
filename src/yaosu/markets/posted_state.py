"""The state of a market of posted prices: the period, the tariff, what is up, who took what."""

from msgspec import Struct, field, structs

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.events import (
    PostedOfferEnded,
    PostedOfferMade,
    RevenuePermitted,
    TariffPosted,
    TermsAccepted,
)
from yaosu.markets.mechanisms.posted import Tier
from yaosu.markets.mechanisms.posted_revenue import Allowance
from yaosu.markets.posted_terms import PostedOffer


class PostedBook(Struct):
    """One market of posted prices.

    Attributes:
        period: number of the period, 0 before the first.
        allowance: what it may earn. revenue_minor: what it earned so far.
        tariff: the prices that stand.
        offers: right -> lots of it that are up.
        next_sequence: arrival number of the next offer.
        taken: party -> instrument -> lots taken in the period, trials not counted.
        tried: party -> instrument -> lots taken free as a trial, ever.
        first: party -> instant of its first acceptance.
    """

    period: int = 0
    allowance: Allowance = Allowance(cost_minor=0, profit_minor=0)
    revenue_minor: int = 0
    tariff: tuple[Tier, ...] = ()
    offers: dict[str, PostedOffer] = field(default_factory=dict)
    next_sequence: int = 1
    taken: dict[str, dict[str, int]] = field(default_factory=dict)
    tried: dict[str, dict[str, int]] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)


def evolve_posted(book: PostedBook, offered: dict[str, int], event: Event) -> None:
    """Take in what has happened; ``offered`` are the market's lots on offer by right."""
    match event:
        case RevenuePermitted():
            book.period, book.revenue_minor, book.taken = event.period, 0, {}
            book.allowance, book.tariff = event.allowance, ()
        case TariffPosted():
            book.tariff = event.tariff
        case PostedOfferMade():
            book.offers[event.offer.right] = event.offer
            offered[event.offer.right] = event.offer.lots
            book.next_sequence += 1
        case PostedOfferEnded():
            book.offers.pop(event.right, None)
            offered.pop(event.right, None)
        case TermsAccepted():
            book.revenue_minor += event.cost_minor
            _add(book.taken, event.party, event.instrument, event.lots - event.trial_lots)
            _add(book.tried, event.party, event.instrument, event.trial_lots)
            book.first.setdefault(event.party, event.at)


def sell_posted(book: PostedBook, offered: dict[str, int], trades: Columns) -> None:
    """Lots that were taken are no longer up."""
    for row in trades.iterate():
        offer = book.offers[row["right"]]
        left = offer.lots - row["lots"]
        if left:
            book.offers[offer.right] = structs.replace(offer, lots=left)
            offered[offer.right] = left
        else:
            del book.offers[offer.right]
            offered.pop(offer.right, None)


def _add(counts: dict[str, dict[str, int]], party: str, instrument: str, lots: int) -> None:
    if lots:
        of_party = counts.setdefault(party, {})
        of_party[instrument] = of_party.get(instrument, 0) + lots
