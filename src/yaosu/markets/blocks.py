"""Block orders in the book of a market: rows that name a block stand or fall together.

A batch may give its orders a column ``block``, and with it parent, exclusive (the name of a group),
ratio_ppm (minimum acceptance ratio, parts of a million), income_fixed (-1: none) and income_each.
In the book a block is called batch/block, so that no two batches meet in a name.
"""

from typing import Any

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers, Text
from yaosu.kernel.ids import check_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_block_orders import WHOLE, Blocks

NAMES = ("block", "parent", "exclusive")
NO_INCOME = -1
BLOCK_TERMS: dict[str, str | int] = {
    **dict.fromkeys(NAMES, ""),
    "ratio_ppm": WHOLE,
    "income_fixed": NO_INCOME,
    "income_each": 0,
}


def in_one_shape(pieces: list[Columns]) -> list[Columns]:
    """Pieces of a book with the same columns: plain orders are of no block."""
    if not any("block" in piece for piece in pieces):
        return pieces
    return [piece if "block" in piece else _as_plain(piece) for piece in pieces]


def _as_plain(piece: Columns) -> Columns:
    more: dict[str, Any] = {
        name: Text.repeat(default, piece.rows)
        if isinstance(default, str)
        else np.full(piece.rows, default, np.int64)
        for name, default in BLOCK_TERMS.items()
    }
    return piece.with_columns(**more)


def in_blocks(table: Columns) -> Array:
    """Of each row: whether it is a leg of a block."""
    if "block" not in table:
        return np.zeros(table.rows, bool)
    text = table.text("block")
    return np.array([bool(name) for name in text.values] or [False])[text.codes]


def named_blocks(batch: str, rows: Columns, *, atomic: bool) -> Columns:
    """The rows with their blocks named for the book; refuses blocks that cannot stand.

    Raises:
        Refusal: `markets.bad_block`, `markets.block_*`.
    """
    is_leg = in_blocks(rows)
    if not is_leg.any():
        return rows
    refuse_unless(atomic, "markets.blocks_come_whole", batch=batch)
    check_legs(rows, is_leg)
    for name in NAMES:
        text = rows.text(name)
        values = tuple(f"{batch}/{value}" if value else "" for value in text.values)
        rows = rows.with_columns(**{name: Text(values, text.codes).sorted()})
    blocks_of(rows)
    return rows


def check_legs(rows: Columns, is_leg: Array) -> None:
    """All legs of a block say the same of it, belong to one party, and are on one side."""
    said: dict[str, tuple[Any, ...]] = {}
    columns = ("party", "side", *BLOCK_TERMS)
    for row, leg in zip(rows.iterate(), is_leg.tolist(), strict=True):
        name = row["block"]
        values = tuple(row[column] for column in columns)
        if not leg:
            plain = all(row[column] == default for column, default in BLOCK_TERMS.items())
            refuse_unless(plain, "markets.bad_block", block="", reason="it has terms and no name")
            continue
        check_id(name, "block")
        first = said.setdefault(name, values)
        for column, one, other in zip(columns, first, values, strict=True):
            reason = f"its legs differ in {column}"
            refuse_unless(one == other, "markets.bad_block", block=name, reason=reason)


def blocks_of(table: Columns) -> Blocks | None:
    """The blocks of a book, legs in the order of its rows; None where there are none."""
    legs = table.take(in_blocks(table))
    if not legs.rows:
        return None
    parents: dict[str, str] = {}
    groups: dict[str, set[str]] = {}
    ratios: dict[str, str] = {}
    incomes: dict[str, tuple[int, int]] = {}
    for row in legs.iterate():
        name = row["block"]
        if row["parent"]:
            parents[name] = row["parent"]
        if row["exclusive"]:
            groups.setdefault(row["exclusive"], set()).add(name)
        if row["ratio_ppm"] != WHOLE:
            ratios[name] = f"{row['ratio_ppm']}/{WHOLE}"
        if row["income_fixed"] != NO_INCOME:
            incomes[name] = (row["income_fixed"], row["income_each"])
    return Blocks.from_columns(
        legs.text("block"),
        legs.text("instrument"),
        legs.text("region"),
        legs["side"],
        legs["price"],
        legs["quantity"],
        parents=parents,
        exclusive=[sorted(names) for _, names in sorted(groups.items())],
        ratio=ratios,
        income=incomes,
    )


def with_kin(piece: Columns, chosen: Array) -> Array:
    """These rows, all legs of their blocks, and the blocks that hang on those."""
    if "block" not in piece:
        return chosen
    blocks = np.array(piece.text("block").tolist(), object)
    parents = np.array(piece.text("parent").tolist(), object)
    is_leg = in_blocks(piece)
    gone = chosen.copy()
    while True:
        names = sorted(set(blocks[gone & is_leg].tolist()))
        hit = gone | (is_leg & (np.isin(blocks, names) | np.isin(parents, names)))
        if (hit == gone).all():
            return gone
        gone = hit


def filled_lots(table: Columns, clearing: Clearing) -> Integers:
    """Lots filled of each row of the book, plain orders and legs alike."""
    is_leg = in_blocks(table)
    lots = np.zeros(table.rows, np.int64)
    lots[np.flatnonzero(~is_leg)[clearing.fills["row"]]] = clearing.fills["lots"]
    legs = clearing.details.get("block_fills")
    if legs is not None:
        lots[np.flatnonzero(is_leg)[legs["leg"]]] = legs["lots"]
    return lots
