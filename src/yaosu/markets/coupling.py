"""From the book of a round to what a mechanism takes: orders, network, parameters."""

from typing import Any

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import NO_FACTS, BookClosed
from yaosu.markets.form import TEXT, Form
from yaosu.markets.forms import FORMS
from yaosu.markets.mechanisms import MECHANISMS, clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.state import Market, MarketsReach, book_of
from yaosu.markets.terms import Trading
from yaosu.parties.decide import attestations_about
from yaosu.places.decide import links_at
from yaosu.rules.decide import parameter_of

LINK_LIMITS = "markets.link_limits"  # rule parameter: what holds of the links' limits
CLOSED_LINKS, LIFTED = 0, 2  # its values; 1, or no rule, is as the links are defined


def orders_of(market: Market, facts: Columns = NO_FACTS) -> Any:
    """The book of the round as the market's mechanism takes it."""
    return form_of(market).orders_of(orders_in(market), facts)


def digest_of(market: Market, orders: Any, network: Network) -> str:
    """The digest of the book as a clearing certificate names it; it is one that can be cleared."""
    form = form_of(market)
    if form.check_book is not None:
        form.check_book(orders, network, market.trading)
    return form.digest_of(orders, network)


def network_of(market: Market, links: Columns) -> Network:
    """The network the round is cleared over."""
    has_fees = "fee" in links
    return Network.from_links(
        links.text("source"),
        links.text("target"),
        links["capacity"],
        links["cost"],
        instrument=links.text("instrument") if "instrument" in links else None,
        regions=market.regions,
        fee=links["fee"] if has_fees else None,
        rent_owner=links.text("rent_owner") if "rent_owner" in links else None,
        **{name: links[name] for name in ("loss_ppm", "ramp") if name in links},
    )


def check_takes_links(mechanism: str, links: Columns, *, has_blocks: bool = False) -> None:
    """Refuse links with losses or ramps where the mechanism, or an order, cannot go with them.

    Asked when a market is opened and when a block comes in, and again when the book is closed,
    since links may be defined anew: a frozen book must be one that can be cleared.
    """
    if "ramp" not in links and not ("loss_ppm" in links and links["loss_ppm"].any()):
        return
    known = MECHANISMS.get(mechanism)
    takes_any = known is not None and known.takes_any_links
    refuse_unless(takes_any, "markets.only_plain_links", what=f"the mechanism {mechanism}")
    refuse_unless(not has_blocks, "markets.only_plain_links", what="an auction with blocks")


def clear_book(market: Market, closed: BookClosed) -> Clearing:
    """Run the market's mechanism on its frozen book: what a worker does, and ``clear_at_close``."""
    return clear(
        orders_of(market, closed.facts),
        network_of(market, closed.links),
        market.trading.mechanism,
        **parameters_of(market.trading, closed.seed),
    )


def preview(reach: MarketsReach, market: Market) -> Clearing:
    """What the mechanism would make of the orders that are in now; binds nobody.

    A draw that needs the market's seed is made without it.
    """
    return clear(
        orders_of(market, facts_for(reach, market)),
        network_of(market, links_in_force(reach, market)),
        market.trading.mechanism,
        **parameters_of(market.trading),
    )


def check_clearing(market: Market, closed: BookClosed, clearing: Clearing) -> None:
    """Refuse what is not the market's mechanism's result for its frozen book."""
    refuse_unless(
        clearing.mechanism == market.trading.mechanism,
        "markets.other_mechanism",
        market=market.market,
        found=clearing.mechanism,
        expected=market.trading.mechanism,
    )
    orders, network = orders_of(market, closed.facts), network_of(market, closed.links)
    verify_clearing(orders, network, clearing, parameters_of(market.trading, closed.seed))
    check_result = form_of(market).check_result
    if check_result is not None:
        check_result(orders, network, clearing, market.trading)


def parameters_of(trading: Trading, seed: str = "") -> dict[str, Any]:
    """What the market's terms, and the seed shown at the close, say to its mechanism."""
    return FORMS[trading.mechanism].parameters_of(trading, seed)


def form_of(market: Market) -> Form:
    """The form that the market's orders have."""
    return FORMS[market.trading.mechanism]


def facts_for(reach: MarketsReach, market: Market) -> Columns:
    """What is attested now to those with orders, as far as the offers of the round ask for it."""
    book = orders_in(market)
    kinds = form_of(market).asks(book)
    rows = [
        (party, kind, level)
        for party in sorted(set(book.text("party").tolist()) if kinds else ())
        for kind in kinds
        if (level := max((a.level for a in attestations_about(reach, party, kind)), default=0))
    ]
    return Columns(
        {
            "party": Text.of([party for party, _, _ in rows]),
            "kind": Text.of([kind for _, kind, _ in rows]),
            "level": np.array([level for _, _, level in rows], np.int64),
        }
    )


def orders_in(market: Market) -> Columns:
    """All orders of the round with the columns of their form, also where there are none."""
    return with_terms(market, book_of(market))


def with_terms(market: Market, book: Columns) -> Columns:
    """A book with the columns of its market's form."""
    form = form_of(market)
    more = {
        name: Text.of([]) if term.kind == TEXT else np.zeros(0, np.int64)
        for name, term in form.terms.items()
        if name not in book
    }
    return book.with_columns(**more) if more else book


def links_in_force(reach: MarketsReach, market: Market) -> Columns:
    """The market's links between its regions, as the rule on their limits leaves them."""
    rule = parameter_of(reach, LINK_LIMITS)
    links = links_at(reach, market.network)
    if not links.rows or rule == CLOSED_LINKS:
        return NO_LINKS
    inside = np.array(
        [
            source in market.regions and target in market.regions
            for source, target in zip(
                links.text("source").tolist(), links.text("target").tolist(), strict=True
            )
        ],
        np.bool_,
    )
    kept = links.take(inside)
    if rule == LIFTED:
        everything = int(book_of(market)["quantity"].sum())
        kept = kept.with_columns(capacity=np.full(kept.rows, everything, np.int64))
        kept = Columns({name: kept.column(name) for name in kept.names if name != "ramp"})
    return _with_known_parties(reach, market, kept)


def _with_known_parties(reach: MarketsReach, market: Market, links: Columns) -> Columns:
    """The links with who gets their fees and rents; in place of a stranger, the market's own."""
    for name in ("fee_to", "rent_owner"):
        if name in links:
            text = links.text(name)
            known = [p if p in reach.parties.parties else market.rent_to for p in text.tolist()]
            links = links.with_columns(**{name: Text.of(known)})
    return links


NO_LINKS = Columns(
    {
        "source": Text.of([]),
        "target": Text.of([]),
        "capacity": np.zeros(0, np.int64),
        "cost": np.zeros(0, np.int64),
    }
)
