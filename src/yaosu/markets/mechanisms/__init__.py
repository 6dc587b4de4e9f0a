"""Mechanisms: pure functions from orders, network and parameters to a clearing."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.mechanisms.credit import CreditParameters, clear_credit, verify_credit
from yaosu.markets.mechanisms.listing import clear_listing, verify_listing
from yaosu.markets.mechanisms.listing_parameters import ListingParameters
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
        takes_packages: besides plain orders.
        for_markets: whether a market of the journal may be opened with it.
        reads_least: whether an order may say how few lots it takes.
        takes_any_links: links with losses and ramps, too.
    """

    clear: Callable[[Any, Network, Any], Clearing]
    verify: Callable[[Any, Network, Clearing, Any], None]
    parameters: Callable[..., Any]
    sentence: str
    takes_packages: bool = False
    for_markets: bool = True
    reads_least: bool = False
    takes_any_links: bool = False


MECHANISMS: dict[str, Mechanism] = {
    "call": Mechanism(
        clear_call,
        verify_call,
        CallParameters.of,
        "Uniform-price call auction over coupled regions.",
        takes_any_links=True,
    ),
    "package": Mechanism(
        clear_package,
        verify_package,
        PackageParameters.of,
        "Divisible packages of many instruments at one price for each.",
        takes_packages=True,
        for_markets=False,
    ),
    "listing": Mechanism(
        clear_listing,
        verify_listing,
        ListingParameters.of,
        "Listings, auctions and tenders: one side offers, the other bids.",
        for_markets=False,
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
        reads_least=True,
    ),
    "negotiated": Mechanism(
        clear_negotiated,
        verify_negotiated,
        NegotiatedParameters.of,
        "Deals that two parties confirm inside a price band, outside the closing price.",
    ),
}


def clear(
    orders: Orders | Packages, network: Network, mechanism: str = "call", **parameters: Any
) -> Clearing:
    """Find prices, fills and flows; pure.

    Raises:
        Refusal: `markets.unknown_mechanism`, and those of the mechanism.
    """
    row = _row_for(orders, network, mechanism)
    return row.clear(orders, network, row.parameters(**parameters))


def verify_clearing(
    orders: Orders | Packages, network: Network, clearing: Clearing, parameters: Any = None
) -> None:
    """Return if the clearing is what the rule makes of these orders, else refuse.

    Args:
        parameters: what the clearing was made with: the mechanism's parameters, a dictionary of
            them, or None for the defaults.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    row = _row_for(orders, network, clearing.mechanism)
    if parameters is None or isinstance(parameters, dict):
        parameters = row.parameters(**(parameters or {}))
    row.verify(orders, network, clearing, parameters)


def _row_for(orders: Orders | Packages, network: Network, mechanism: str) -> Mechanism:
    """The row of the table, if its mechanism takes such orders and links."""
    row = mechanism_named(mechanism)
    takes = row.takes_packages or isinstance(orders, Orders)
    refuse_unless(takes, "markets.packages_not_taken", name=mechanism)
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
