"""Mechanisms: pure functions from orders, network and parameters to a clearing."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.markets.clearing import Clearing, Incumbent
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_block_clearing import clear_with_blocks, verify_with_blocks
from yaosu.markets.mechanisms.call_block_orders import Blocks, OrdersWithBlocks
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.mechanisms.continuous_clearing import clear_continuous, verify_continuous
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.mechanisms.credit import CreditParameters, clear_credit, verify_credit
from yaosu.markets.mechanisms.given import AnyOrders
from yaosu.markets.mechanisms.indivisible import (
    AllOrNothingParameters,
    clear_indivisible,
    stream_indivisible,
)
from yaosu.markets.mechanisms.indivisible_verify import verify_indivisible
from yaosu.markets.mechanisms.listing import clear_listing, verify_listing
from yaosu.markets.mechanisms.listing_parameters import ListingParameters
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_clearing import clear_matching, verify_matched
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.negotiated import (
    NegotiatedParameters,
    clear_negotiated,
    verify_negotiated,
)
from yaosu.markets.mechanisms.package import PackageParameters, clear_package
from yaosu.markets.mechanisms.package_verify import verify_package
from yaosu.markets.mechanisms.posted import PostedParameters, clear_posted, verify_posted
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages


class Mechanism(Struct, frozen=True):
    """One row of the table.

    Attributes:
        clear: (orders, network, parameters) -> Clearing.
        verify: (orders, network, clearing, parameters) -> None, or a refusal.
        parameters: (**parameters) -> the parameters of the mechanism, checked.
        sentence: what it does.
        takes: the kinds of orders it is made for.
        reads_least: whether an order may say how few lots it takes.
        takes_any_links: links with losses and ramps, too.
        stream: (orders, network, parameters) -> clearings as they get better, where it searches.
        adds_tables: whether its clearings have further tables, which its check looks at.
        clear_blocks, verify_blocks: the same with block orders, where it takes them.
    """

    clear: Callable[[Any, Network, Any], Clearing]
    verify: Callable[[Any, Network, Clearing, Any], None]
    parameters: Callable[..., Any]
    sentence: str
    takes: tuple[type, ...] = (Orders,)
    reads_least: bool = False
    takes_any_links: bool = False
    adds_tables: bool = False
    stream: Callable[[Any, Network, Any], Iterator[Incumbent]] | None = None
    clear_blocks: Callable[[Orders, Network, Blocks, Any], Clearing] | None = None
    verify_blocks: Callable[[Orders, Network, Blocks, Clearing, Any], None] | None = None


MECHANISMS: dict[str, Mechanism] = {
    "call": Mechanism(
        clear_call,
        verify_call,
        CallParameters.of,
        "Uniform-price call auction over coupled regions.",
        takes_any_links=True,
        clear_blocks=clear_with_blocks,
        verify_blocks=verify_with_blocks,
    ),
    "package": Mechanism(
        clear_package,
        verify_package,
        PackageParameters.of,
        "Divisible packages of many instruments at one price for each.",
        takes=(Orders, Packages),
    ),
    "matching": Mechanism(
        clear_matching,
        verify_matched,
        MatchingParameters.of,
        "Stable matching of people and posts by deferred acceptance, without prices.",
        takes=(Choices,),
    ),
    "listing": Mechanism(
        clear_listing,
        verify_listing,
        ListingParameters.of,
        "Listings, auctions and tenders: one side offers, the other bids.",
        adds_tables=True,
    ),
    "posted": Mechanism(
        clear_posted,
        verify_posted,
        PostedParameters.of,
        "Posted prices and tariffs, taken in order of arrival.",
    ),
    "credit": Mechanism(
        clear_credit,
        verify_credit,
        CreditParameters.of,
        "One request for a loan, many lenders who bid the rate.",
        adds_tables=True,
        reads_least=True,
    ),
    "continuous": Mechanism(
        clear_continuous,
        verify_continuous,
        ContinuousParameters.of,
        "Price-time double auction: orders trade as they arrive.",
        adds_tables=True,
    ),
    "negotiated": Mechanism(
        clear_negotiated,
        verify_negotiated,
        NegotiatedParameters.of,
        "Deals that two parties confirm inside a price band, outside the closing price.",
    ),
    "package-all-or-nothing": Mechanism(
        clear_indivisible,
        verify_indivisible,
        AllOrNothingParameters.of,
        "Packages of many instruments, each accepted whole or not at all.",
        takes=(Orders, Packages),
        adds_tables=True,
        stream=stream_indivisible,
    ),
}


def clear(
    orders: AnyOrders,
    network: Network,
    mechanism: str = "call",
    *,
    blocks: Blocks | None = None,
    **parameters: Any,
) -> Clearing:
    """Find prices, fills and flows; pure.

    Args:
        blocks: block orders beside the orders, where the mechanism takes them.

    Raises:
        Refusal: `markets.unknown_mechanism`, `markets.blocks_not_taken`, and those of the
            mechanism.
    """
    orders, blocks = _apart(orders, blocks)
    row = _row_for(orders, network, mechanism)
    if blocks is not None:
        with_blocks = found(row.clear_blocks, "markets.blocks_not_taken", name=mechanism)
        assert isinstance(orders, Orders), "what takes blocks takes plain orders"
        return with_blocks(orders, network, blocks, row.parameters(**parameters))
    return row.clear(orders, network, row.parameters(**parameters))


def clear_on_the_way(
    orders: AnyOrders, network: Network, mechanism: str, **parameters: Any
) -> Iterator[Incumbent]:
    """Clearings as the search finds them, each better than the one before; the last is `clear`'s.

    Raises:
        Refusal: `markets.no_incumbents`, and those of `clear`.
    """
    row = _row_for(orders, network, mechanism)
    known = ", ".join(name for name, known in MECHANISMS.items() if known.stream is not None)
    stream = found(row.stream, "markets.no_incumbents", name=mechanism, known=known)
    return stream(orders, network, row.parameters(**parameters))


def verify_clearing(
    orders: AnyOrders,
    network: Network,
    clearing: Clearing,
    parameters: Any = None,
    blocks: Blocks | None = None,
) -> None:
    """Return if the clearing is what the rule makes of these orders, else refuse.

    Args:
        parameters: what the clearing was made with: the mechanism's parameters, a dictionary of
            them, or None for the defaults.
        blocks: block orders beside the orders, if there were any.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    orders, blocks = _apart(orders, blocks)
    row = _row_for(orders, network, clearing.mechanism)
    if parameters is None or isinstance(parameters, dict):
        parameters = row.parameters(**(parameters or {}))
    if blocks is not None:
        check = found(row.verify_blocks, "markets.blocks_not_taken", name=clearing.mechanism)
        assert isinstance(orders, Orders), "what takes blocks takes plain orders"
        check(orders, network, blocks, clearing, parameters)
        return
    refuse_unless(
        row.adds_tables or not clearing.details,
        "markets.certificate_shape",
        table="details",
        reason="the mechanism adds no tables",
    )
    row.verify(orders, network, clearing, parameters)


def _apart(orders: Any, blocks: Blocks | None) -> tuple[Any, Blocks | None]:
    """Plain orders, and the blocks that came with them or beside them."""
    if isinstance(orders, OrdersWithBlocks):
        return orders.orders, orders.blocks
    return orders, blocks


def _row_for(orders: AnyOrders, network: Network, mechanism: str) -> Mechanism:
    """The row of the table, if its mechanism takes such orders and links."""
    row = mechanism_named(mechanism)
    refuse_unless(
        isinstance(orders, row.takes),
        "markets.wrong_kind_of_orders",
        name=mechanism,
        found=type(orders).__name__,
        expected=" or ".join(kind.__name__ for kind in row.takes),
    )
    takes_links = row.takes_any_links or network.is_plain
    refuse_unless(takes_links, "markets.only_plain_links", what=f"the mechanism {mechanism}")
    has_least = isinstance(orders, Orders) and orders.least is not None
    known = ", ".join(name for name, known in MECHANISMS.items() if known.reads_least)
    refuse_unless(
        row.reads_least or not has_least, "markets.least_not_taken", name=mechanism, known=known
    )
    return row


def mechanism_named(name: str) -> Mechanism:
    """The row of the table, or a refusal `markets.unknown_mechanism`."""
    known = ", ".join(MECHANISMS)
    return found(MECHANISMS.get(name), "markets.unknown_mechanism", name=name, known=known)
