"""Orders: a book in columns. An order is a row, never an object."""

from typing import Any, Self

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from yaosu.kernel.columns import Columns, Integers, Text, as_column
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets import pricing_refusals

__all__ = [
    "BUY",
    "NUMBER_MAX",
    "ONLY",
    "ORDERS_PER_AUCTION_MAX",
    "SELL",
    "SIDES",
    "Names",
    "Orders",
    "exact_dot",
    "names_of",
    "pricing_refusals",
    "sides_of",
]

ORDERS_PER_AUCTION_MAX = 50_000_000
NUMBER_MAX = 2**51  # prices, costs, capacities, total lots stay below: sums stay in int64
LIMB = 2**26 - 1
BUY = 1
SELL = -1
SIDES = {"buy": BUY, "sell": SELL}
ONLY = "only"  # the name of the one instrument or region where none is given

Names = ArrayLike | Text | None


class Table(Struct, frozen=True):
    """What every book says of its rows: how many, how much of each, whose, and since when."""

    columns: Columns

    @property
    def rows(self) -> int:
        """How many orders there are."""
        return self.columns.rows

    @property
    def quantity(self) -> Integers:
        """Lots, or units of a package, offered."""
        return self.columns["quantity"]

    @property
    def party(self) -> Text | None:
        """The party of each row, or None where each order is its own."""
        return self.columns.text("party") if "party" in self.columns else None

    @property
    def sequence(self) -> Integers | None:
        """The order of arrival, or None."""
        has_sequence = "sequence" in self.columns
        return self.columns["sequence"] if has_sequence else None

    def __len__(self) -> int:
        return self.rows


class Orders(Table, frozen=True):
    """A book of limit orders.

    Attributes:
        columns: instrument, region (text), side (int8: +1 buy, -1 sell), price (ticks, may be
            negative), quantity (lots, >= 1), and where given party (text), sequence (whole
            numbers, earlier is smaller) and least (lots, 0 to quantity: fewer are not taken). Row
            position means nothing but the name of a row in fills.
    """

    @classmethod
    def from_columns(
        cls,
        instrument: Names = None,
        region: Names = None,
        side: ArrayLike | Text | None = None,
        price: ArrayLike | None = None,
        quantity: ArrayLike | None = None,
        party: Names = None,
        sequence: ArrayLike | None = None,
        least: ArrayLike | None = None,
    ) -> Self:
        """Orders from columns of equal length.

        Args:
            instrument, region, party: text or whole numbers (which become their decimal text).
                No instrument or region means one, named "only"; no party means that every order
                is a party of its own.
            side: "buy" and "sell", or +1 and -1.
            price: limit in ticks. quantity: lots. sequence: order of arrival; only breaks ties.
            least: fewest lots an order takes, if any; not every mechanism knows it.
            Side, price and quantity must be given.

        Raises:
            Refusal: `markets.missing_column`, `markets.quantity_not_positive`,
                `markets.least_not_in_range`, `markets.unknown_side`,
                `markets.too_many_orders`, `markets.value_overflow`, `kernel.*` for wrong types.
        """
        given = {"side": side, "price": price, "quantity": quantity}
        for name, column in given.items():
            here = column is not None
            refuse_unless(here, "markets.missing_column", table="orders", column=name)
        assert side is not None
        assert price is not None
        assert quantity is not None
        prices = whole_numbers("price", price)
        rows = len(prices)
        data: dict[str, Any] = {
            "instrument": names_of("instrument", instrument, rows),
            "region": names_of("region", region, rows),
            "side": sides_of(side),
            "price": prices,
            "quantity": whole_numbers("quantity", quantity),
        }
        if party is not None:
            data["party"] = names_of("party", party, rows)
        if sequence is not None:
            data["sequence"] = whole_numbers("sequence", sequence)
        if least is not None:
            data["least"] = whole_numbers("least", least)
        orders = cls(Columns(data))
        orders.check()
        return orders

    @classmethod
    def from_table(cls, table: Any) -> Self:
        """Orders from a dictionary, an Arrow, polars or pandas table with these columns."""
        from yaosu.kernel.frames import columns_from

        columns = columns_from(table)
        for name in ("side", "price", "quantity"):
            refuse_unless(name in columns, "markets.missing_column", table="orders", column=name)
        known = (
            *("instrument", "region", "side", "price", "quantity"),
            *("party", "sequence", "least"),
        )
        given: dict[str, Any] = {n: columns.column(n) for n in known if n in columns}
        return cls.from_columns(**given)

    def check(self) -> None:
        """Refuse a book that no clearing may be asked of; O(n)."""
        refuse_unless(
            self.rows <= ORDERS_PER_AUCTION_MAX,
            "markets.too_many_orders",
            rows=self.rows,
            limit=ORDERS_PER_AUCTION_MAX,
        )
        if not self.rows:
            return
        least = int(np.argmin(self.quantity))
        refuse_unless(
            self.quantity[least] >= 1,
            "markets.quantity_not_positive",
            row=least,
            quantity=int(self.quantity[least]),
        )
        bad = np.flatnonzero(np.abs(self.side) != 1)
        refuse_unless(
            not bad.size,
            "markets.unknown_side",
            row=int(bad[0]) if bad.size else 0,
            side=str(self.side[bad[0]]) if bad.size else "",
        )
        self._check_range()
        if self.least is not None:
            _check_least(self.least, self.quantity)

    def _check_range(self) -> None:
        highest = max(abs(int(self.price.max())), abs(int(self.price.min())))
        _refuse_over("a price", highest, NUMBER_MAX)
        _refuse_over("a quantity", int(self.quantity.max()), NUMBER_MAX)
        lots = int((self.quantity & LIMB).sum()) + (int((self.quantity >> 26).sum()) << 26)
        _refuse_over("the sum of quantities", lots, NUMBER_MAX)
        if highest * lots >= VALUE_MAX:
            value = exact_dot(np.abs(self.price), self.quantity)
            _refuse_over("the sum of price times quantity", value, VALUE_MAX)

    @property
    def instrument(self) -> Text:
        """The instrument of each row."""
        return self.columns.text("instrument")

    @property
    def region(self) -> Text:
        """The region of each row."""
        return self.columns.text("region")

    @property
    def side(self) -> NDArray[np.int8]:
        """+1 buy, -1 sell."""
        return self.columns["side"]

    @property
    def price(self) -> Integers:
        """Limits, ticks."""
        return self.columns["price"]

    @property
    def least(self) -> Integers | None:
        """Fewest lots that each row takes, or None where any number will do."""
        has_least = "least" in self.columns
        return self.columns["least"] if has_least else None


def names_of(what: str, names: Names, rows: int) -> Text:
    """A text column from texts or whole numbers, canonically coded; None repeats "only"."""
    if names is None:
        return Text.repeat(ONLY, rows)
    column = as_column(what, names)
    if isinstance(column, Text):
        return Text(tuple(str(value) for value in column.values), column.codes).sorted()
    refuse_unless(
        isinstance(column, np.ndarray) and column.dtype.kind == "i",
        "kernel.wrong_type",
        where=f"column {what}",
        found="missing or truth values",
        expected="text or whole numbers",
    )
    distinct, codes = np.unique(np.asarray(column), return_inverse=True)
    return Text(tuple(str(value) for value in distinct.tolist()), codes.astype(np.int32)).sorted()


def sides_of(side: ArrayLike | Text) -> NDArray[np.int8]:
    """Sides as +1 and -1, from words or numbers."""
    column = as_column("side", side)
    if isinstance(column, Text):
        table = np.array([SIDES.get(value, 0) for value in column.values] or [0], np.int8)
        sides = table[column.codes]
        for row in np.flatnonzero(sides == 0)[:1].tolist():
            refuse("markets.unknown_side", row=row, side=column.values[column.codes[row]])
        return sides
    numbers = np.asarray(column)
    bad = np.flatnonzero((numbers != BUY) & (numbers != SELL))
    if bad.size:
        refuse("markets.unknown_side", row=int(bad[0]), side=str(numbers[bad[0]]))
    return numbers.astype(np.int8)


def whole_numbers(what: str, values: ArrayLike) -> Integers:
    """A column of whole numbers, int64, from what a caller gave; else `kernel.wrong_type`."""
    column = as_column(what, values)
    refuse_unless(
        isinstance(column, np.ndarray) and column.dtype.kind == "i",
        "kernel.wrong_type",
        where=f"column {what}",
        found=type(column).__name__,
        expected="whole numbers",
    )
    return np.asarray(column).astype(np.int64, copy=False)


def _check_least(least: Integers, quantity: Integers) -> None:
    for row in np.flatnonzero((least < 0) | (least > quantity))[:1].tolist():
        refuse(
            "markets.least_not_in_range",
            row=row,
            least=int(least[row]),
            quantity=int(quantity[row]),
        )


def _refuse_over(what: str, value: int, limit: int) -> None:
    refuse_unless(
        value < limit, "markets.value_overflow", what=what, value=str(value), limit=str(limit)
    )


def exact_dot(left: Integers, right: Integers) -> int:
    """Sum of products of whole numbers from 0 to below 2**52, by limbs of 26 bits: any size."""
    assert not ((left >> 52) | (right >> 52)).any(), "a number of 53 bits or more"
    total = 0
    for shift_left in (0, 26):
        for shift_right in (0, 26):
            product = ((left >> shift_left) & LIMB) * ((right >> shift_right) & LIMB)
            low, high = int((product & 0xFFFFFFFF).sum()), int((product >> 32).sum())
            total += (low + (high << 32)) << (shift_left + shift_right)
    return total
