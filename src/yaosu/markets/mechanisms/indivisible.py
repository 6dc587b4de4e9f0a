"""All-or-nothing packages: the fills worth most, with a bound that anyone can check.

A package is accepted for a number of units between its minimum and its quantity, or not at all;
of a group one package is accepted at most; nothing is taken that is not given. To find the best
such fills is hard, so the search is given a number of steps, and tells how far it may be from the
best.

Source: M. Rothkopf, A. Pekec, R. Harstad, "Computationally manageable combinational auctions"
(1998), for the problem; checked against all fills of small books in
tests/markets/mechanisms/indivisible.
"""

from collections.abc import Iterator
from typing import Any, Self

from msgspec import Struct, structs

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Clearing, Incumbent
from yaosu.markets.mechanisms.indivisible_book import Choices, choices_of
from yaosu.markets.mechanisms.indivisible_core import OPTIONS_BRANCHED, may_be_branched
from yaosu.markets.mechanisms.indivisible_money import money_at_limits, money_at_prices
from yaosu.markets.mechanisms.indivisible_payments import core_payments
from yaosu.markets.mechanisms.indivisible_payoffs import AT_LIMITS, CORE, CORE_OF_BUYERS
from yaosu.markets.mechanisms.indivisible_solve import Found, incumbents, solve_choices
from yaosu.markets.mechanisms.indivisible_tables import clearing_of
from yaosu.markets.mechanisms.indivisible_uniform import supported_fills
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

ALLOCATION, UNIFORM = "allocation", "uniform"
EFFORT = 20
EFFORT_MAX = 100_000
PAYMENTS = (AT_LIMITS, CORE, CORE_OF_BUYERS)


class AllOrNothingParameters(Struct, frozen=True):
    """What an all-or-nothing auction may be told.

    Attributes:
        mode: "allocation": each accepted package pays its limit; "uniform": one price for each
            instrument and region, at which no accepted package loses.
        effort: millions of steps that the search may take; 1,000 are about a minute.
        payments: in mode "allocation", "limits": each accepted package pays its limit; "core": so
            little less that no coalition of bids would rather trade alone; "core-of-buyers": the
            same, where those that receive are paid their limits.
    """

    mode: str = ALLOCATION
    effort: int = EFFORT
    payments: str = AT_LIMITS

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Parameters by name.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        for name, value in given.items():
            if name not in cls.__struct_fields__:
                expected = ", ".join(cls.__struct_fields__)
                refuse("markets.bad_parameter", name=name, value=str(value), expected=expected)
        found = cls(**given)
        refuse_unless(
            found.mode in (ALLOCATION, UNIFORM),
            "markets.bad_parameter",
            name="mode",
            value=str(found.mode),
            expected=f"{ALLOCATION} or {UNIFORM}",
        )
        refuse_unless(
            type(found.effort) is int and 1 <= found.effort <= EFFORT_MAX,
            "markets.bad_parameter",
            name="effort",
            value=str(found.effort),
            expected=f"a whole number from 1 to {EFFORT_MAX}",
        )
        known = PAYMENTS if found.mode == ALLOCATION else (AT_LIMITS,)
        refuse_unless(
            found.payments in known,
            "markets.bad_parameter",
            name="payments",
            value=str(found.payments),
            expected=" or ".join(known),
        )
        return found


def clear_indivisible(
    orders: Orders | Packages, network: Network, parameters: AllOrNothingParameters
) -> Clearing:
    """Find fills and flows, and prices that bound or support them.

    Args:
        orders: packages, or plain orders, each then a package of one leg; without a ``minimum``
            every row is accepted whole or not at all.
        network: regions and links; every region of a leg must be in it.

    Returns:
        Clearing: see `Clearing` and the reference page for the columns of its tables.

    Raises:
        Refusal: `markets.unknown_region`, `markets.too_many_places`, `markets.too_many_options`,
            `markets.bad_leg`, `markets.value_overflow`.

    Cost: ``effort`` million moves weighed, or other work of the same cost; with core payments up to
    three times as much.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    choices = choices_of(packages, network)
    check_size(choices, parameters)
    found = solve_choices(choices, parameters.effort)
    return _result(orders, network, parameters, choices, found)


def stream_indivisible(
    orders: Orders | Packages, network: Network, parameters: AllOrNothingParameters
) -> Iterator[Incumbent]:
    """The same, with what is met on the way where packages pay their limits; the last is the same.

    Each is better than the one before, in welfare or in its bound. Whoever stops early has a
    clearing that verifies with the same parameters.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    choices = choices_of(packages, network)
    check_size(choices, parameters)
    is_plain = parameters.mode == ALLOCATION and parameters.payments == AT_LIMITS
    last: Found | None = None
    for found in incumbents(choices, parameters.effort):
        if is_plain and last is not None:
            yield _incumbent(_result(orders, network, parameters, choices, last), last)
        last = found
    assert last is not None, "a search tells at least where it ends"
    clearing = _result(orders, network, parameters, choices, last)
    yield structs.replace(_incumbent(clearing, last), is_last=True)


def _incumbent(clearing: Clearing, found: Found) -> Incumbent:
    bound = int(clearing.certificate.links["bound_claimed"][0])
    return Incumbent(clearing=clearing, bound=bound, work=found.work, is_last=False)


def _result(
    orders: Orders | Packages,
    network: Network,
    parameters: AllOrNothingParameters,
    choices: Choices,
    found: Found,
) -> Clearing:
    """Prices or payments for the fills found, and all tables."""
    if parameters.mode == UNIFORM:
        supported = supported_fills(choices, found, parameters.effort)
        money = money_at_prices(choices.book, supported.units, supported.price, supported.scale)
        return clearing_of(orders, network, parameters, choices, found, money)
    if parameters.payments != AT_LIMITS:
        paid = core_payments(choices, found, parameters.payments, parameters.effort)
        found, book = paid.found, choices.book
        money = money_at_limits(book, found.units, found.price, found.scale, paid.payoff)
        return clearing_of(orders, network, parameters, choices, found, money, paid)
    money = money_at_limits(choices.book, found.units, found.price, found.scale)
    return clearing_of(orders, network, parameters, choices, found, money)


def check_size(choices: Choices, parameters: AllOrNothingParameters) -> None:
    """Refuse core payments in a book so large that its coalitions could not be sought.

    Raises:
        Refusal: `markets.too_many_options`.
    """
    options = len(choices.row)
    fits = parameters.payments == AT_LIMITS or may_be_branched(choices.groups)
    refuse_unless(fits, "markets.too_many_options", options=options, limit=OPTIONS_BRANCHED)
