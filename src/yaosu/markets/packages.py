"""Packages: orders for several instruments at once, in sparse columns.

A package has a limit for one unit of itself and a leg for each (instrument, region) it takes from
or gives to the market. A purchase of two things, a sale of three, and a swap are the same thing.
"""

from typing import Any, Self

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.orders import (
    NUMBER_MAX,
    ORDERS_PER_AUCTION_MAX,
    Names,
    Orders,
    names_of,
    whole_numbers,
)


class Packages(Struct, frozen=True):
    """A book of package orders.

    Attributes:
        columns: limit (ticks for one unit of the package: above zero it pays that at most, below
            zero it must receive that at least), quantity (units, >= 1), and where given party
            (text), sequence (whole numbers, earlier is smaller), group (text: of one party's
            packages of one group at most one is accepted; empty: it is in none) and minimum
            (units: it is accepted for so many at least, or not at all).
        legs: order (row of ``columns``, rising), instrument, region (text), amount (lots in one
            unit of the package: above zero taken from the market, below zero given to it).
    """

    columns: Columns
    legs: Columns

    @classmethod
    def from_columns(
        cls,
        limit: ArrayLike,
        quantity: ArrayLike,
        order: ArrayLike,
        instrument: Names,
        amount: ArrayLike,
        region: Names = None,
        party: Names = None,
        sequence: ArrayLike | None = None,
        group: Names = None,
        minimum: ArrayLike | None = None,
    ) -> Self:
        """Packages from columns: one row a package, one row a leg.

        Args:
            limit, quantity, party, sequence, group, minimum: one value a package.
            order, instrument, region, amount: one value a leg; ``order`` is the row of its
                package. No region means one, named "only".

        Raises:
            Refusal: `markets.quantity_not_positive`, `markets.bad_minimum`, `markets.bad_leg`,
                `markets.too_many_orders`, `markets.value_overflow`, `kernel.*`.
        """
        limits = whole_numbers("limit", limit)
        data: dict[str, Any] = {
            "limit": limits,
            "quantity": whole_numbers("quantity", quantity),
        }
        if party is not None:
            data["party"] = names_of("party", party, len(limits))
        if sequence is not None:
            data["sequence"] = whole_numbers("sequence", sequence)
        if group is not None:
            data["group"] = names_of("group", group, len(limits))
        if minimum is not None:
            data["minimum"] = whole_numbers("minimum", minimum)
        orders = whole_numbers("order", order)
        legs = Columns(
            {
                "order": orders,
                "instrument": names_of("instrument", instrument, len(orders)),
                "region": names_of("region", region, len(orders)),
                "amount": whole_numbers("amount", amount),
            }
        )
        if (np.diff(orders) < 0).any():
            legs = legs.take(np.argsort(orders, kind="stable"))
        packages = cls(Columns(data), legs)
        packages.check()
        return packages

    @classmethod
    def from_tables(cls, packages: Any, legs: Any) -> Self:
        """Packages from two dictionaries, Arrow, polars or pandas tables with these columns."""
        from yaosu.kernel.frames import columns_from

        given: dict[str, Any] = {}
        more_columns = ("party", "sequence", "group", "minimum")
        wanted = (
            ("packages", packages, ("limit", "quantity"), more_columns),
            ("legs", legs, ("order", "instrument", "amount"), ("region",)),
        )
        for title, table, needed, more in wanted:
            columns = columns_from(table)
            for name in needed:
                refuse_unless(name in columns, "markets.missing_column", table=title, column=name)
            for name in (*needed, *more):
                if name in columns:
                    given[name] = columns.column(name)
        return cls.from_columns(**given)

    @classmethod
    def from_orders(cls, orders: Orders) -> Self:
        """Each order as a package of one leg of one lot."""
        side = orders.side.astype(np.int64)
        data: dict[str, Any] = {"limit": side * orders.price, "quantity": orders.quantity}
        for name in ("party", "sequence"):
            if name in orders.columns:
                data[name] = orders.columns.column(name)
        legs = Columns(
            {
                "order": np.arange(orders.rows, dtype=np.int64),
                "instrument": orders.instrument,
                "region": orders.region,
                "amount": side,
            }
        )
        return cls(Columns(data), legs)

    def check(self) -> None:
        """Refuse a book that no clearing may be asked of; O(legs)."""
        rows = self.rows
        refuse_unless(
            rows <= ORDERS_PER_AUCTION_MAX,
            "markets.too_many_orders",
            rows=rows,
            limit=ORDERS_PER_AUCTION_MAX,
        )
        order, amount = self.legs["order"], self.legs["amount"]
        strange = np.flatnonzero((order < 0) | (order >= rows))
        if strange.size:
            refuse("markets.bad_leg", row=int(strange[0]), reason="there is no such package")
        empty = np.flatnonzero(amount == 0)
        if empty.size:
            refuse("markets.bad_leg", row=int(empty[0]), reason="its amount is zero")
        if not rows:
            return
        counted = np.bincount(order, minlength=rows)
        least = int(np.argmin(self.quantity))
        refuse_unless(
            self.quantity[least] >= 1,
            "markets.quantity_not_positive",
            row=least,
            quantity=int(self.quantity[least]),
        )
        if self.minimum is not None:
            outside = np.flatnonzero((self.minimum < 1) | (self.minimum > self.quantity))
            for row in outside[:1].tolist():
                refuse(
                    "markets.bad_minimum",
                    row=row,
                    minimum=int(self.minimum[row]),
                    quantity=int(self.quantity[row]),
                )
        bare = np.flatnonzero(counted == 0)
        if bare.size:
            reason = f"package {int(bare[0])} has no leg"
            refuse("markets.bad_leg", row=0, reason=reason)
        self._check_range()

    def _check_range(self) -> None:
        largest = int(np.abs(self.limit).max())
        for what, value, limit in (
            ("a limit", largest, NUMBER_MAX),
            (
                "the sum of amount times quantity",
                sum_of_products(self.legs["amount"], self.quantity[self.legs["order"]]),
                NUMBER_MAX,
            ),
            (
                "the sum of limit times quantity",
                sum_of_products(self.limit, self.quantity),
                VALUE_MAX,
            ),
        ):
            refuse_unless(
                value < limit,
                "markets.value_overflow",
                what=what,
                value=str(value),
                limit=str(limit),
            )

    @property
    def rows(self) -> int:
        """How many packages."""
        return self.columns.rows

    @property
    def limit(self) -> Integers:
        """Ticks for one unit of the package; below zero: what it must receive."""
        return self.columns["limit"]

    @property
    def quantity(self) -> Integers:
        """Units offered."""
        return self.columns["quantity"]

    @property
    def party(self) -> Text | None:
        """The party of each row, or None where each is its own."""
        return self.columns.text("party") if "party" in self.columns else None

    @property
    def sequence(self) -> Integers | None:
        """The order of arrival, or None."""
        has_sequence = "sequence" in self.columns
        return self.columns["sequence"] if has_sequence else None

    @property
    def group(self) -> Text | None:
        """The group of each row, of which one is accepted at most; or None."""
        return self.columns.text("group") if "group" in self.columns else None

    @property
    def minimum(self) -> Integers | None:
        """Units below which a row is not accepted, or None."""
<<<<<<< HEAD
        if "minimum" not in self.columns:
            return None
        return self.columns["minimum"]
=======
        has_minimum = "minimum" in self.columns
        return self.columns["minimum"] if has_minimum else None
>>>>>>> 53eaf1e (Accept packages whole or not at all, and tell how far from the best the fills may be)

    def __len__(self) -> int:
        return self.rows
