"""Prices and matchings without a journal: the mechanisms by themselves, as a door."""

from collections.abc import Iterator
from typing import Any

from yaosu.door import use_compiled_code
from yaosu.markets.clearing import Clearing, Incumbent
from yaosu.markets.mechanisms import clear as clear_orders
from yaosu.markets.mechanisms import clear_on_the_way
from yaosu.markets.mechanisms import verify_clearing as verify_orders
from yaosu.markets.mechanisms.call_block_orders import Blocks
from yaosu.markets.mechanisms.call_blocks import BlockClearing
from yaosu.markets.mechanisms.call_blocks import clear_blocks as decide_blocks
from yaosu.markets.mechanisms.call_blocks import verify_blocks as check_blocks
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.given import AnyOrders, check_orders, network_for
from yaosu.markets.mechanisms.matching import Matching, match_choices
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_verify import verify_matching as check_matching
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


def clear(
    orders: AnyOrders,
    network: Network | None = None,
    mechanism: str = "call",
    *,
    blocks: Blocks | None = None,
    **parameters: Any,
) -> Clearing:
    """Price orders over a network without a journal; see the mechanism for its parameters."""
    check_orders(orders)
    use_compiled_code()
    whole = network_for(orders, network)
    return clear_orders(orders, whole, mechanism, blocks=blocks, **parameters)


def incumbents(
    orders: AnyOrders,
    network: Network | None = None,
    mechanism: str = "package-all-or-nothing",
    **parameters: Any,
) -> Iterator[Incumbent]:
    """Clearings as a search finds them, each with its bound; stop when one is good enough.

    The last is what `clear` returns. The work between two is counted, not timed, so the same book
    shows the same ones everywhere.
    """
    check_orders(orders)
    use_compiled_code()
    return clear_on_the_way(orders, network_for(orders, network), mechanism, **parameters)


def verify_clearing(
    orders: AnyOrders,
    network: Network | None,
    clearing: Clearing,
    parameters: Any = None,
    blocks: Blocks | None = None,
) -> None:
    """Return if the certificate proves the clearing, else raise the refusal that says why not."""
    check_orders(orders)
    use_compiled_code()
    verify_orders(orders, network_for(orders, network), clearing, parameters, blocks)


def clear_blocks(
    orders: Orders, network: Network | None, blocks: Blocks, **parameters: Any
) -> BlockClearing:
    """Choose among all-or-nothing blocks beside the orders of a call auction, and clear."""
    use_compiled_code()
    chosen = CallParameters.of(**parameters)
    return decide_blocks(orders, network_for(orders, network), blocks, chosen)


def verify_blocks(
    orders: Orders,
    network: Network | None,
    blocks: Blocks,
    result: BlockClearing,
    **parameters: Any,
) -> None:
    """Return if prices, fills and lists of blocks are the rule's and no block loses, else raise."""
    use_compiled_code()
    chosen = CallParameters.of(**parameters)
    check_blocks(orders, network_for(orders, network), blocks, result, chosen)


def match(choices: Choices, **parameters: Any) -> Matching:
    """Place people in posts by their ranked choices (deferred acceptance); needs a ``seed``."""
    use_compiled_code()
    return match_choices(choices, MatchingParameters.of(**parameters))


def verify_matching(choices: Choices, matching: Matching, **parameters: Any) -> None:
    """Return if the matching is the one the rule makes of these choices, else raise."""
    use_compiled_code()
    check_matching(choices, matching, MatchingParameters.of(**parameters))
