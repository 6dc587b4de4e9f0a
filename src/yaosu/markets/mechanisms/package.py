"""Divisible packages over many instruments and regions, at one price for each.

Every package may be filled to any part of a millionth. All that is filled is paid for at the
prices of what it takes and gives, the same for everybody; nobody pays above the limit or receives
below it; and no other fills would gain more, which the prices prove.

The way: the book in an order that row positions do not change (`package_book`), fills and prices
to a relative gap of 1e-10 (`package_solve`), whole numbers (`package_exact`, `package_money`), the
tables and the clearing certificate (`package_tables`). `package_verify` checks a result without
any solver.

Source: S. Bikhchandani, J. Mamer, "Competitive equilibrium in an exchange economy with
indivisibilities" (1997), the linear case; checked against HiGHS in
tests/markets/mechanisms/package.
"""

from collections.abc import Callable
from typing import Any, Self

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.package_algebra import Floats
from yaosu.markets.mechanisms.package_book import book_of
from yaosu.markets.mechanisms.package_exact import exact_of
from yaosu.markets.mechanisms.package_money import money_of
from yaosu.markets.mechanisms.package_smooth import Evaluate, Rows, smoothed_here
from yaosu.markets.mechanisms.package_solve import solve_rows
from yaosu.markets.mechanisms.package_tables import clearing_of, is_close
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

PARTS = 1_000_000
PARTS_MAX = 1_000_000_000


class PackageParameters(Struct, frozen=True):
    """What a package auction may be told.

    Attributes:
        parts: into how many parts a unit of a package may be divided. With 1, units are filled
            whole, and nothing is sold that is not bought, at any price above zero.
    """

    parts: int = PARTS

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Parameters by name.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        for name, value in given.items():
            if name not in cls.__struct_fields__:
                refuse("markets.bad_parameter", name=name, value=str(value), expected="parts")
        parts = given.get("parts", PARTS)
        fits = type(parts) is int and 1 <= parts <= PARTS_MAX
        refuse_unless(
            fits,
            "markets.bad_parameter",
            name="parts",
            value=str(parts),
            expected=f"a whole number from 1 to {PARTS_MAX}",
        )
        return cls(parts)


def clear_package(
    orders: Orders | Packages,
    network: Network,
    parameters: PackageParameters,
    over: Callable[[Rows, Floats], Evaluate] = smoothed_here,
) -> Clearing:
    """Find prices, fills and flows.

    Args:
        orders: packages, or plain orders, each then a package of one leg.
        network: regions and links; every region of a leg must be in it.
        over: how the dual of all orders is evaluated: here, or by workers; the result is the same.

    Returns:
        Clearing: see `Clearing` and the reference page for the columns of its tables.

    Raises:
        Refusal: `markets.unknown_region`, `markets.too_many_places`, `markets.bad_leg`,
            `markets.package_terms_not_taken`, `markets.value_overflow`, `markets.gap_too_wide`.

    Cost: about ten passes over the legs and sixty factors of places^2; O(legs + places^2) space.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    for column in ("group", "minimum"):
        taken = column not in packages.columns
        refuse_unless(taken, "markets.package_terms_not_taken", name="package", column=column)
    book = book_of(packages, network)
    exact = exact_of(book, solve_rows(book.rows, book.links, over), parameters.parts)
    money = money_of(book, exact)
    refuse_unless(
        is_close(money) or (parameters.parts == 1 and money.rounding >= 0),
        "markets.gap_too_wide",
        primal=str(money.primal),
        dual=str(money.dual),
    )
    return clearing_of(orders, network, parameters, book, exact, money)
