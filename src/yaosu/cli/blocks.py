"""Block orders in a file of orders: rows that name a block are its legs, and go together.

The columns are those of a batch in a market: block, parent, exclusive (the name of a group of which
at most one is accepted), ratio (the least share of it that may be filled, such as 0.5), and the
least that it must earn: income_fixed (money) and income_each (money a quantity of one). A cell that
is empty says nothing.
"""

from decimal import Decimal
from typing import Any

import numpy as np

from yaosu.cli.tables import EXACT, TextTable, all_in_units
from yaosu.kernel.columns import Integers, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.blocks import BLOCK_TERMS, NAMES, NO_INCOME, blocks_of, check_legs
from yaosu.markets.mechanisms.call_block_orders import OrdersWithBlocks
from yaosu.markets.orders import Orders

BLOCK_COLUMNS = (*NAMES, "ratio", "income_fixed", "income_each")
RATIO_UNIT = Decimal("0.000001")


class FileBook(OrdersWithBlocks, frozen=True):
    """A file of orders with blocks among them.

    Attributes:
        order_rows, leg_rows: rows of the file that are the plain orders, and the legs.
    """

    order_rows: Integers
    leg_rows: Integers


def with_blocks(table: TextTable, orders: Orders, tick: Decimal, lot: Decimal) -> Orders | FileBook:
    """All rows of a file, those of blocks taken together; the orders alone where it has none.

    Raises:
        Refusal: `markets.bad_block`, `markets.block_*`; those of reading numbers.
    """
    named = [name for name in BLOCK_COLUMNS if name in table.columns]
    if not named:
        return orders
    has_names = "block" in table.columns
    refuse_unless(
        has_names,
        "cli.missing_column",
        path=table.path,
        column="block",
        columns=", ".join(table.columns),
    )
    columns = orders.columns.with_columns(**_terms(table, EXACT.multiply(tick, lot), tick))
    if "party" not in columns:
        columns = columns.with_columns(party=Text.repeat("", table.rows))
    is_leg = np.array([bool(cell.strip()) for cell in table.columns["block"]], bool)
    check_legs(columns, is_leg)
    blocks = blocks_of(columns)
    if blocks is None:
        return orders
    plain = Orders(orders.columns.take(~is_leg))
    return FileBook(plain, blocks, np.flatnonzero(~is_leg), np.flatnonzero(is_leg))


def parts_of(book: Any) -> tuple[Any, dict[str, Any]]:
    """What a mechanism takes: orders, and blocks by name where there are any."""
    if isinstance(book, FileBook):
        return book.orders, {"blocks": book.blocks}
    return book, {}


def fills_with_blocks(clearing: Any, book: FileBook, tick: Decimal, lot: Decimal) -> dict[str, Any]:
    """The table of fills, by row of the file; those of legs name their block."""
    own, legs = clearing.fills, clearing.details["block_fills"]
    row = np.concatenate([book.order_rows[own["row"]], book.leg_rows[legs["leg"]]])
    by = np.argsort(row, kind="stable")
    lots = np.concatenate([own["lots"], legs["lots"]])[by]
    price = np.concatenate([own["price"], legs["price"]])[by]
    plain = book.orders.columns.take(own["row"])
    leg = book.blocks.legs.columns.take(legs["leg"])

    def texts(name: str) -> list[str]:
        both = plain.text(name).tolist() + leg.text(name).tolist()
        return [both[at] for at in by.tolist()]

    names = np.array(book.blocks.names, object)[book.blocks.of[legs["leg"]]].tolist()
    block = [""] * own.rows + names
    sides = np.concatenate([plain["side"], leg["side"]])[by]
    return {
        "row": row[by].tolist(),
        "instrument": texts("instrument"),
        "region": texts("region"),
        "side": ["buy" if side > 0 else "sell" for side in sides.tolist()],
        "quantity": all_in_units(lots, lot),
        "price": all_in_units(price, tick),
        "block": [block[at] for at in by.tolist()],
    }


def block_counts(clearing: Any) -> dict[str, int]:
    """How many blocks ended how, by status."""
    statuses = clearing.details["blocks"].text("status").tolist()
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def _terms(table: TextTable, value: Decimal, tick: Decimal) -> dict[str, Any]:
    """The columns of `BLOCK_TERMS`, with what an empty cell stands for."""
    found: dict[str, Any] = {}
    for name in NAMES:
        cells = table.columns.get(name) or [""] * table.rows
        found[name] = Text.of([cell.strip() for cell in cells]).sorted()
    for name, column, unit, option in (
        ("ratio_ppm", "ratio", RATIO_UNIT, "unit"),
        ("income_fixed", "income_fixed", value, "--tick times --lot"),
        ("income_each", "income_each", tick, "--tick"),
    ):
        cells = table.columns.get(column) or [""] * table.rows
        is_said = np.array([bool(cell.strip()) for cell in cells], bool)
        told = [cell if cell.strip() else "0" for cell in cells]
        read = TextTable(table.path, {column: told}, table.first_line, table.jumps)
        numbers = read.whole(column, unit, option)
        found[name] = np.where(is_said, numbers, BLOCK_TERMS[name]).astype(np.int64)
    says_least = found["income_fixed"] != NO_INCOME
    is_sound = not ((found["income_fixed"] < 0) & says_least).any()
    refuse_unless(is_sound, "markets.bad_block", block="", reason="its least income is below zero")
    return found
