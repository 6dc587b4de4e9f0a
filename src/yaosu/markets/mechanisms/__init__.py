"""Mechanisms: pure functions from orders, network and parameters to a clearing."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import found
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


class Mechanism(Struct, frozen=True):
    """One row of the table.

    Attributes:
        clear: (orders, network, parameters) -> Clearing.
        verify: (orders, network, clearing, parameters) -> None, or a refusal.
        parameters: (**parameters) -> the parameters of the mechanism, checked.
        sentence: what it does.
    """

    clear: Callable[[Orders, Network, Any], Clearing]
    verify: Callable[[Orders, Network, Clearing, Any], None]
    parameters: Callable[..., Any]
    sentence: str


MECHANISMS: dict[str, Mechanism] = {
    "call": Mechanism(
        clear_call,
        verify_call,
        CallParameters.of,
        "Uniform-price call auction over coupled regions.",
    ),
}


def clear(orders: Orders, network: Network, mechanism: str = "call", **parameters: Any) -> Clearing:
    """Find prices, fills and flows; pure.

    Raises:
        Refusal: `markets.unknown_mechanism`, and those of the mechanism.
    """
    row = mechanism_named(mechanism)
    return row.clear(orders, network, row.parameters(**parameters))


def verify_clearing(
    orders: Orders, network: Network, clearing: Clearing, parameters: Any = None
) -> None:
    """Return if the clearing is what the rule makes of these orders, else refuse.

    Args:
        parameters: what the clearing was made with: the mechanism's parameters, a dictionary of
            them, or None for the defaults.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    row = mechanism_named(clearing.mechanism)
    if parameters is None or isinstance(parameters, dict):
        parameters = row.parameters(**(parameters or {}))
    row.verify(orders, network, clearing, parameters)


def mechanism_named(name: str) -> Mechanism:
    """The row of the table, or a refusal `markets.unknown_mechanism`."""
    known = ", ".join(MECHANISMS)
    return found(MECHANISMS.get(name), "markets.unknown_mechanism", name=name, known=known)
