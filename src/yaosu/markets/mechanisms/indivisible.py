"""All-or-nothing packages: the fills worth most, with a bound that anyone can check.

A package is accepted for a number of units between its minimum and its quantity, or not at all;
of a group one package is accepted at most; nothing is taken that is not given. To find the best
such fills is hard, so the search is given a number of steps, and tells how far it may be from the
best.

Source: M. Rothkopf, A. Pekec, R. Harstad, "Computationally manageable combinational auctions"
(1998), for the problem; checked against all fills of small books in
tests/markets/mechanisms/indivisible.
"""

from typing import Any, Self

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.indivisible_book import choices_of
from yaosu.markets.mechanisms.indivisible_money import money_at_limits, money_at_prices
from yaosu.markets.mechanisms.indivisible_solve import solve_choices
from yaosu.markets.mechanisms.indivisible_tables import clearing_of
from yaosu.markets.mechanisms.indivisible_uniform import supported_fills
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

ALLOCATION, UNIFORM = "allocation", "uniform"
EFFORT = 20
EFFORT_MAX = 100_000


class AllOrNothingParameters(Struct, frozen=True):
    """What an all-or-nothing auction may be told.

    Attributes:
        mode: "allocation": each accepted package pays its limit; "uniform": one price for each
            instrument and region, at which no accepted package loses.
        effort: millions of steps that the search may take; 1,000 are about a minute.
    """

    mode: str = ALLOCATION
    effort: int = EFFORT

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

    Cost: ``effort`` million moves weighed, or other work of the same cost.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    choices = choices_of(packages, network)
    found = solve_choices(choices, parameters.effort)
    if parameters.mode == UNIFORM:
        supported = supported_fills(choices, found, parameters.effort)
        money = money_at_prices(choices.book, supported.units, supported.price, supported.scale)
        return clearing_of(orders, network, parameters, choices, found, money)
    money = money_at_limits(choices.book, found.units, found.price, found.scale)
    return clearing_of(orders, network, parameters, choices, found, money)
