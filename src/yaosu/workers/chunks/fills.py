"""Fills chunk by chunk, once prices and marginal lots are known, and what they add up to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from yaosu.engine.extras import load_extra
from yaosu.kernel.canonical import digest_columns
from yaosu.kernel.columns import Array, Columns, Integers
from yaosu.kernel.sorting import order_of
from yaosu.markets.mechanisms.call_margin import margin_lots
from yaosu.markets.orders import BUY, SELL
from yaosu.workers.chunks.runs import Frame, Run, load, load_names
from yaosu.workers.chunks.search import Found

NOTHING, ALL, SHARED = 0, 1, 2
MARGIN_COLUMNS = 7  # of `rows_at`
Write = Callable[[Any], Any]  # a table of fills in ticks and lots -> the table that is written


class Margins(NamedTuple):
    """What the orders exactly at the price get.

    Attributes:
        verdict: by segment: NOTHING, ALL, or SHARED, shape (2N,).
        places, lots: where it is shared, of each run: places in its order, lots of each.
    """

    verdict: Array
    places: list[Integers]
    lots: list[Integers]


class Filled(NamedTuple):
    """What a run's fills add up to.

    Attributes:
        fills, decremented: rows written.
        segment, lots: lots filled by segment, those that have any.
        worth: sum of side x limit x lots.
        bound: what the run's levels could gain at these prices, ticks x lots.
        curve_digest: SHA-256, hex, of the run's curve: of columns segment, price, lots.
    """

    fills: int
    decremented: int
    segment: Integers
    lots: Integers
    worth: int
    bound: int
    curve_digest: str


def margins_of(
    frame: Frame, found: Found, is_pro_rata: bool, at_margin: Callable[..., list[Integers]]
) -> Margins:
    """Share out the lots at the margin among the orders there, over all runs.

    Args:
        at_margin: (segments, prices) -> `rows_at` of every run.
    """
    lots = np.zeros(found.orders.rows, np.int64)
    lots[found.clearing.fills["row"]] = found.clearing.fills["lots"]
    lots = lots[: len(found.segment)]
    at = np.flatnonzero((found.price == found.prices[found.segment >> 1]) & (lots > 0))
    verdict = np.zeros(2 * frame.pairs, np.int8)
    verdict[found.segment[at]] = np.where(lots[at] == found.lots[at], ALL, SHARED)
    shared = at[lots[at] < found.lots[at]]
    tables = at_margin(found.segment[shared], found.price[shared])
    rows = np.concatenate([np.zeros((0, MARGIN_COLUMNS), np.int64), *tables])
    run_of = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    order = order_of(list(rows.T)[:5]) if len(rows) else np.zeros(0, np.int64)
    rows, run_of = rows[order], run_of[order]
    given = np.zeros(len(rows), np.int64)
    begins = np.searchsorted(rows[:, 0], np.arange(len(shared) + 1))
    for i, filled in enumerate(lots[shared].tolist()):
        own = slice(begins[i], begins[i + 1])
        party = rows[own, 2] if frame.parties else None
        given[own] = margin_lots(filled, rows[own, 5], party, is_pro_rata)
    parts = [run_of == number for number in range(len(frame.runs))]
    return Margins(verdict, [rows[own, 6] for own in parts], [given[own] for own in parts])


def rows_at(run: Run, segments: Integers, prices: Integers) -> Integers:
    """The orders of a run at some limits, one a row: number of the limit, sequence, party,
    quantity, row of the book, lots left, place in the run."""
    own_segments, own_prices = load(run.folder, "level_segment"), load(run.folder, "level_price")
    starts = np.append(0, np.cumsum(load(run.folder, "level_rows")))
    tables = [np.zeros((0, MARGIN_COLUMNS), np.int64)]
    for number, (segment, price) in enumerate(zip(segments.tolist(), prices.tolist(), strict=True)):
        first, after = np.searchsorted(own_segments, [segment, segment + 1]).tolist()
        level = first + int(np.searchsorted(own_prices[first:after], price))
        if level == after or own_prices[level] != price:
            continue
        ends = int(starts[level]), int(starts[level + 1])
        zeros = np.zeros(ends[1] - ends[0], np.int64)
        columns = [
            zeros + number,
            load(run.folder, "sequence", *ends) if "sequence" in run.has else zeros,
            load(run.folder, "party", *ends) if "party" in run.has else zeros,
            load(run.folder, "quantity", *ends),
            load(run.folder, "row", *ends).astype(np.int64) + run.first_row,
            load(run.folder, "left", *ends),
            np.arange(*ends),
        ]
        tables.append(np.stack([column.astype(np.int64) for column in columns], axis=1))
    return np.concatenate(tables)


def fill_run(
    frame: Frame,
    run: Run,
    prices: Integers,
    verdict: Array,
    places: Integers,
    given: Integers,
    folder: str,
    write: Write | None,
) -> Filled:
    """Write the fills of a run to ``fills/part-N.parquet``, by row; what they add up to.

    Args:
        prices: by node. verdict, places, given: see `Margins`.
        folder: in which the folders ``fills`` and ``decremented`` are.
    """
    segment, price = load(run.folder, "level_segment"), load(run.folder, "level_price")
    counts, left = load(run.folder, "level_rows"), load(run.folder, "left")
    side = np.where(segment & 1, SELL, BUY)
    gain = side * (price - prices[segment >> 1])
    takes = (gain > 0) | ((gain == 0) & (verdict[segment] == ALL))
    lots = np.where(np.repeat(takes, counts), left, 0)
    lots[places] = given
    part = f"part-{run.first_row:012}.parquet"
    fills = _write_fills(
        frame, run, (segment, counts, lots), prices, Path(folder, "fills", part), write
    )
    lost = _write_decremented(run, left, Path(folder, "decremented", part))
    ends = np.cumsum(counts)
    sums = np.append(0, np.cumsum(lots))
    by_level = sums[ends] - sums[ends - counts]
    own, member = np.unique(segment, return_inverse=True)
    by_segment = np.zeros(len(own), np.int64)
    np.add.at(by_segment, member, by_level)
    worth = int((side * price * by_level).sum())
    curve = [load(run.folder, f"curve_{name}") for name in ("segment", "price", "lots")]
    bound = bound_of(curve[0], curve[1], curve[2], prices)
    told = digest_columns(Columns.of(segment=curve[0], price=curve[1], lots=curve[2])).hex()
    return Filled(fills, lost, own, by_segment, worth, bound, told)


def bound_of(segment: Integers, price: Integers, lots: Integers, prices: Integers) -> int:
    """The dual value of levels: what those better than the price could gain, ticks x lots."""
    node = segment >> 1
    signed = np.where(segment & 1, -lots, lots)
    better = np.where(segment & 1, price < prices[node], price > prices[node])
    worth = int((price * signed)[better].sum())
    net = np.zeros(len(prices), np.int64)
    np.add.at(net, node[better], signed[better])
    pairs = zip(prices.tolist(), net.tolist(), strict=True)
    return int(worth - sum(at * bought for at, bought in pairs if bought))


def _write_fills(
    frame: Frame,
    run: Run,
    levels: tuple[Integers, Integers, Integers],
    prices: Integers,
    path: Path,
    write: Write | None,
) -> int:
    pa, pq = load_extra("pyarrow"), load_extra("pyarrow.parquet")
    segment, counts, lots = levels
    own = np.flatnonzero(lots)
    row = load(run.folder, "row")[own]
    own = own[np.argsort(row)]
    row = np.sort(row).astype(np.int64)
    segments = np.repeat(segment, counts)[own]
    node = segments >> 1
    regions = max(len(frame.regions), 1)
    columns = {
        "row": pa.array(row + run.first_row),
        "instrument": _coded(pa, node // regions, frame.instruments),
        "region": _coded(pa, node % regions, frame.regions),
        "side": _coded(pa, segments & 1, ("buy", "sell")),
        "lots": pa.array(lots[own]),
        "price": pa.array(prices[node]),
    }
    if "party" in run.has:
        codes, used = np.unique(load(run.folder, "party")[own], return_inverse=True)
        names = load_names(Path(frame.parties)).take(pa.array(codes))
        columns["party"] = pa.DictionaryArray.from_arrays(pa.array(used.astype(np.int32)), names)
    table = pa.table(columns)
    pq.write_table(table if write is None else write(table), path, compression="zstd")
    return len(own)


def _coded(pa: Any, codes: Integers, names: tuple[str, ...]) -> Any:
    values = pa.array(names, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), values)


def _write_decremented(run: Run, left: Integers, path: Path) -> int:
    pa, pq = load_extra("pyarrow"), load_extra("pyarrow.parquet")
    taken = load(run.folder, "quantity") - left
    own = np.flatnonzero(taken)
    if own.size:
        row = load(run.folder, "row")[own]
        order = np.argsort(row)
        lots = pa.array(taken[own][order])
        table = pa.table(
            {"row": pa.array(row[order].astype(np.int64) + run.first_row), "lots": lots}
        )
        pq.write_table(table, path, compression="zstd")
    return len(own)
