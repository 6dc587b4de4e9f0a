"""Clearing a Parquet or Arrow book in chunks for ``yaosu clear``: decimals in, decimals out."""

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs

from yaosu.cli.files import read_bytes
from yaosu.cli.tables import (
    SIDES,
    TextTable,
    all_in_units,
    cell_text,
    check_names,
    units_of,
)
from yaosu.engine.extras import load_extra
from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import Refusal, refuse
from yaosu.markets.clearing import Clearing
from yaosu.markets.orders import Orders
from yaosu.workers.chunks.source import ENDINGS, arrow_column, row_count

ORDER_COLUMNS = ("region", "side", "price", "quantity")
ORDER_COLUMNS_OPTIONAL = ("instrument", "party", "sequence")
INT64_HALF = 2**62
ROWS_AT_ONCE = 1_000_000


def comes_in_chunks(orders: Path, rows_each: int) -> bool:
    """Whether a book is read chunk by chunk: a folder, an Arrow file, a longer Parquet file."""
    if not orders.is_dir():
        if not orders.name.endswith(ENDINGS):
            return False
        if not orders.is_file():
            read_bytes(orders)  # says what is the matter with it
    return not orders.name.endswith(".parquet") or row_count(orders) > rows_each


def reader(orders: Path, tick: Decimal, lot: Decimal) -> Any:
    """(table, first row) -> orders, for `clear_chunks`."""
    return partial(_orders_of, str(orders), tick, lot)


def read_whole(orders: Path, tick: Decimal, lot: Decimal) -> Orders:
    """A book of chunks in memory, rows in the order in which `clear_chunks` counts them."""
    from yaosu.workers.chunks.source import chunks_of, table_of

    read = reader(orders, tick, lot)
    parts = [read(table_of(chunk), chunk.first_row) for chunk in chunks_of(orders, ROWS_AT_ONCE)]
    return Orders(concatenate([part.columns for part in parts]))


def fills_of_parts(folder: Path, clearing: Clearing, tick: Decimal, lot: Decimal) -> Clearing:
    """A clearing that was written in chunks, with the fills of all its parts."""
    pq = load_extra("pyarrow.parquet")
    rows: list[Integers] = []
    lots: list[Integers] = []
    prices: list[Integers] = []
    for path in sorted((folder / "fills").glob("part-*.parquet")):
        table = pq.read_table(path, columns=["row", "quantity", "price"])
        given = _Given(str(path), table, 0)
        rows.append(table["row"].to_numpy())
        lots.append(_whole(given, "quantity", lot, "--lot"))
        prices.append(_whole(given, "price", tick, "--tick"))
    met = [
        pq.read_table(path, columns=["row", "lots"])
        for path in sorted((folder / "decremented").glob("part-*.parquet"))
    ]
    none = np.zeros(0, np.int64)
    return structs.replace(
        clearing,
        fills=Columns.of(
            row=np.concatenate([none, *rows]),
            lots=np.concatenate([none, *lots]),
            price=np.concatenate([none, *prices]),
        ),
        decremented=Columns.of(
            row=np.concatenate([none, *(part["row"].to_numpy() for part in met)]),
            lots=np.concatenate([none, *(part["lots"].to_numpy() for part in met)]),
        ),
    )


def writer(tick: Decimal, lot: Decimal) -> Any:
    """Fills in ticks and lots -> the table that is written, for `clear_chunks`."""
    return partial(_fills_of, tick, lot)


def _orders_of(path: str, tick: Decimal, lot: Decimal, table: Any, first_row: int) -> Orders:
    check_names(Path(path), table.column_names, ORDER_COLUMNS, ORDER_COLUMNS_OPTIONAL)
    given = _Given(path, table, first_row)
    more: dict[str, Any] = {}
    for name in ("instrument", "party"):
        if name in table.column_names:
            more[name] = _text(given, name)
    if "sequence" in table.column_names:
        more["sequence"] = _whole(given, "sequence", Decimal(1), "unit")
    try:
        return Orders.from_columns(
            region=_text(given, "region"),
            side=_sides(given),
            price=_whole(given, "price", tick, "--tick"),
            quantity=_whole(given, "quantity", lot, "--lot"),
            **more,
        )
    except Refusal as refusal:
        from yaosu.workers.chunks.source import in_the_book

        raise in_the_book(refusal, first_row) from None


class _Given(NamedTuple):
    """A chunk as it came: the file it is of, its table, its first row."""

    path: str
    table: Any
    first_row: int

    def cells(self, name: str) -> TextTable:
        """One column as text, for a refusal that names the line."""
        cells = [cell_text(cell) for cell in self.table[name].to_pylist()]
        return TextTable(self.path, {name: cells}, first_line=self.first_row + 1)

    def column(self, name: str) -> Any:
        """A column, coded or as numbers; a missing cell is refused."""
        column = self.table[name]
        if column.null_count:
            row = int(np.flatnonzero(column.is_null().to_numpy())[0])
            line = self.first_row + row + 1
            refuse("cli.missing_value", column=name, line=line, path=self.path)
        return arrow_column(self.table, name)


def _text(given: _Given, name: str) -> Text:
    column = given.column(name)
    if not isinstance(column, Text):
        return given.cells(name).text(name)
    if all(value.strip() for value in column.values):
        return column
    return given.cells(name).text(name)


def _sides(given: _Given) -> Integers:
    column = given.column("side")
    if isinstance(column, Text):
        known = np.array([SIDES.get(value.strip(), 0) for value in column.values] or [0], np.int64)
        if known.all():
            found: Integers = known[column.codes]
            return found
    return given.cells("side").sides("side")


def _whole(given: _Given, name: str, unit: Decimal, option: str) -> Integers:
    """Whole units, exactly: integers by one division, all else each distinct value by its text."""
    pa = load_extra("pyarrow")
    column = given.column(name)
    top, bottom = unit.as_integer_ratio()
    if isinstance(column, np.ndarray) and column.dtype.kind == "i":
        numbers = column.astype(np.int64, copy=False)
        highest = max(abs(int(numbers.max(initial=0))), abs(int(numbers.min(initial=0))))
        if highest * bottom < INT64_HALF and top < INT64_HALF:
            units, rest = np.divmod(numbers * bottom, top)
            if not rest.any():
                return np.asarray(units, np.int64)
        return given.cells(name).whole(name, unit, option)
    coded = given.table[name].combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    values = [units_of(cell_text(cell), top, bottom) for cell in coded.dictionary.to_pylist()]
    if any(isinstance(value, str) for value in values):
        return given.cells(name).whole(name, unit, option)
    found: Integers = np.array(values, np.int64)[coded.indices.to_numpy()]
    return found


def _fills_of(tick: Decimal, lot: Decimal, table: Any) -> Any:
    """As `clear` writes them: decimal text in the units of the input."""
    pa = load_extra("pyarrow")
    columns = {name: table[name] for name in table.column_names}
    quantity = all_in_units(table["lots"].to_numpy(), lot)
    price = all_in_units(table["price"].to_numpy(), tick)
    del columns["lots"], columns["price"]
    party = columns.pop("party", None)
    columns |= {"quantity": pa.array(quantity, pa.string()), "price": pa.array(price, pa.string())}
    if party is not None:
        columns["party"] = party
    return pa.table(columns)
