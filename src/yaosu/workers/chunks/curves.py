"""Curves of runs: what a party's own crossing orders leave of each level, and where it is exact.

Own crossings need all orders of a party in an instrument and region: parties are dealt into
buckets, and each task looks at some buckets of all runs. Afterwards a run's curve is its levels
with lots left; a `Part` of it is what a search for prices looks at.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers, Text
from yaosu.kernel.sorting import order_of
from yaosu.markets.mechanisms.call_curves import own_crossings
from yaosu.markets.orders import BUY, SELL, Orders
from yaosu.workers.chunks.runs import KINDS, Frame, Run, first_of_each, load, save

KINDS.update(taken_place=np.int64, taken_lots=np.int64)
NO_BOUND = 2**62


def take_own_crossings(frame: Frame, first: int, after: int) -> int:
    """Find what own crossings take off, for the parties in buckets first..after; lots in all."""
    pieces = [_rows_in_buckets(run, i, first, after) for i, run in enumerate(frame.runs)]
    columns = [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
    segment, party, price, quantity, sequence, run_of, place, row = columns
    both = _is_on_both_sides((segment >> 1) * frame.party_count + party, segment)
    columns = [values[both] for values in columns]
    if not len(columns[0]):
        return 0
    segment, party, price, quantity, sequence, run_of, place, row = columns
    order = order_of([segment, price, sequence, party, quantity, row])
    orders = Orders(
        Columns(
            {
                "party": Text(("",) * frame.party_count, party.astype(np.int32)),
                "side": np.where(segment & 1, SELL, BUY).astype(np.int8),
                "price": price,
                "quantity": quantity,
            }
        )
    )
    taken = own_crossings(orders, segment, order)
    for i, run in enumerate(frame.runs):
        own = np.flatnonzero((taken > 0) & (run_of == i))
        if own.size:
            save(run.folder, f"taken_place-{first}", place[own])
            save(run.folder, f"taken_lots-{first}", taken[own])
    return int(taken.sum())


def _rows_in_buckets(run: Run, number: int, first: int, after: int) -> list[Integers]:
    starts = load(run.folder, "bucket_starts")
    ends = int(starts[first]), int(starts[after])
    rows = ends[1] - ends[0]
    return [
        *(load(run.folder, f"dealt_{name}", *ends) for name in ("segment", "party", "price")),
        load(run.folder, "dealt_quantity", *ends),
        load(run.folder, "dealt_sequence", *ends)
        if "sequence" in run.has
        else np.zeros(rows, np.int64),
        np.full(rows, number, np.int64),
        load(run.folder, "by_bucket", *ends),
        load(run.folder, "dealt_row", *ends).astype(np.int64) + run.first_row,
    ]


def _is_on_both_sides(group: Integers, segment: Integers) -> Array:
    distinct, member = np.unique(group, return_inverse=True)
    seen = np.zeros((2, len(distinct)), bool)
    seen[segment & 1, member] = True
    both: Array = (seen[0] & seen[1])[member]
    return both


def write_curve(frame: Frame, run: Run) -> Integers:
    """Take off what own crossings take, add up the levels; instruments with lots left."""
    rows = load(run.folder, "level_rows")
    left = load(run.folder, "quantity")
    for path in sorted(Path(run.folder).glob("taken_place-*")):
        places = load(run.folder, path.name)
        left[places] -= load(run.folder, path.name.replace("place", "lots"))
    save(run.folder, "left", left)
    sums = np.append(0, np.cumsum(left))
    ends = np.cumsum(rows)
    lots = sums[ends] - sums[ends - rows]
    segment, price = load(run.folder, "level_segment"), load(run.folder, "level_price")
    there = lots > 0
    for name, values in (("segment", segment), ("price", price), ("lots", lots)):
        save(run.folder, f"curve_{name}", values[there])
    return np.unique(segment[there] // (2 * max(len(frame.regions), 1)))


class Part(NamedTuple):
    """A run's curve as a search looks at it, and what it left out.

    Attributes:
        segment, price, lots: levels, ordered by segment and price. Inside the windows they are
            the run's own where ``stride`` is 1; else some beside each other are taken together.
            Outside, all beyond a window's end stand together next to it, but for the outermost.
        stride: how many levels were taken together.
        value_moved: sum over segments of lots x (own limit less where they stand now), for those
            beyond the better end of the window (which trade in full).
    """

    segment: Integers
    price: Integers
    lots: Integers
    stride: int
    value_moved: int


def part_of(run: Run, low: Integers, high: Integers, levels_max: int) -> Part:
    """The run's curve, exact within windows low..high of each node as far as there is room."""
    segment, price = load(run.folder, "curve_segment"), load(run.folder, "curve_price")
    lots = load(run.folder, "curve_lots")
    node = segment >> 1
    below, above = price < low[node], price > high[node]
    inside = ~(below | above)
    stride = max(-(-int(np.count_nonzero(inside)) // levels_max), 1)
    stand = np.where(below, low[node] - 1, np.where(above, high[node] + 1, price))
    begins = first_of_each([segment]) if len(segment) else np.zeros(0, np.int64)
    if stride > 1:
        _take_together(segment, stand, inside, stride)
    ends = np.append(begins[1:], len(segment)) - 1 if len(begins) else begins
    stand[begins], stand[ends] = price[begins], price[ends]
    better = np.where(segment & 1, below, above)
    signed = np.where(segment & 1, -lots, lots)[better]
    moved = int((price[better] * signed).sum()) - int((stand[better] * signed).sum())
    return Part(*add_levels(segment, stand, lots), stride, moved)


def _take_together(segment: Integers, stand: Integers, inside: Array, stride: int) -> None:
    """Let every ``stride`` levels inside a window stand at the limit of the middle one."""
    places = np.flatnonzero(inside)
    begins = first_of_each([segment[places]])
    counts = np.diff(np.append(begins, len(places)))
    begin = np.repeat(begins, counts)
    number = np.arange(len(places)) - begin
    last = np.repeat(counts, counts) - 1
    middle = np.minimum(number // stride * stride + stride // 2, last)
    stand[places] = stand[places][begin + middle]


def add_levels(
    segment: Integers, price: Integers, lots: Integers
) -> tuple[Integers, Integers, Integers]:
    """Lots added up by (segment, price), in order."""
    if not len(segment):
        return segment, price, lots
    order = order_of([segment, price])
    segment, price, lots = segment[order], price[order], lots[order]
    begins = first_of_each([segment, price])
    return segment[begins], price[begins], np.add.reduceat(lots, begins)
