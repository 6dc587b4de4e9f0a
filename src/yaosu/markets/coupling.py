"""From the book of a round to what a mechanism takes: orders, network, parameters."""

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import BookClosed
from yaosu.markets.mechanisms import clear
from yaosu.markets.mechanisms.call_curves import book_of as sorted_book
from yaosu.markets.mechanisms.call_curves import orders_digest
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.state import Market, MarketsReach, book_of
from yaosu.markets.terms import Trading
from yaosu.places.decide import links_at
from yaosu.rules.decide import parameter_of

LINK_LIMITS = "markets.link_limits"  # rule parameter: what holds of the links' limits
CLOSED_LINKS, LIFTED = 0, 2  # its values; 1, or no rule, is as the links are defined


def orders_of(market: Market) -> Orders:
    """The book of the round as the mechanisms take it."""
    table = book_of(market)
    return Orders.from_columns(
        table.text("instrument"),
        table.text("region"),
        side=table["side"],
        price=table["price"],
        quantity=table["quantity"],
        party=table.text("party"),
        sequence=table["sequence"],
    )


def digest_of(orders: Orders, network: Network) -> str:
    """The digest of the book as a clearing certificate names it."""
    return orders_digest(orders, sorted_book(orders, network))


def network_of(market: Market, links: Columns) -> Network:
    """The network the round is cleared over."""
    return Network.from_links(
        links.text("source"),
        links.text("target"),
        links["capacity"],
        links["cost"],
        instrument=links.text("instrument") if "instrument" in links else None,
        regions=market.regions,
    )


def clear_book(market: Market, closed: BookClosed) -> Clearing:
    """Run the market's mechanism on its frozen book: what a worker does, and ``clear_at_close``."""
    return clear(
        orders_of(market),
        network_of(market, closed.links),
        market.trading.mechanism,
        **parameters_of(market.trading),
    )


def parameters_of(trading: Trading) -> dict[str, str]:
    """What the market's terms say to its mechanism."""
    return {"price_rule": trading.price_rule}


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
    return kept


NO_LINKS = Columns(
    {
        "source": Text.of([]),
        "target": Text.of([]),
        "capacity": np.zeros(0, np.int64),
        "cost": np.zeros(0, np.int64),
    }
)
