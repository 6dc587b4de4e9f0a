"""Splitting a table by one of its text columns: the canonical bytes of the rows of each value.

The same bytes as :func:`yaosu.kernel.canonical.columns_to_bytes` of the rows taken out one value
at a time, which is its oracle in the tests; but with one sort for the whole table, so that a
million rows of few values cost hardly more than writing the table down once.
"""

import itertools
from itertools import pairwise
from struct import pack

import numpy as np

from yaosu.kernel.canonical import (
    BIG_ENDIAN,
    HEAD,
    KEPT_BYTES,
    WHOLE,
    column_head,
    columns_to_bytes,
    one_text,
    texts_to_bytes,
)
from yaosu.kernel.columns import Column, Columns, Integers, Kept, Maybe, Text

DENSE_CELLS_MAX = 1 << 22  # of the table value x text that finds the texts of each value
FEW_ROWS = 32  # are split by hand before numpy has begun
ONE = WHOLE[1]
Bounds = list[tuple[int, int]]


def split_by(columns: Columns, name: str) -> list[tuple[str, int, bytes]]:
    """Each value of a text column, sorted, with its number of rows and their canonical bytes.

    Rows keep their order. Cost: O(rows + values), and one sort where there are many values.
    """
    if columns.rows <= FEW_ROWS:
        return _split_by_hand(columns, name)
    owner = columns.text(name).sorted()
    if len(owner.values) == 1:
        return [(owner.values[0], columns.rows, columns_to_bytes(columns))]
    counts = np.bincount(owner.codes, minlength=len(owner.values))
    order = _stable_order(owner)
    ends = np.concatenate(([0], np.cumsum(counts))).tolist()
    bounds = list(pairwise(ends))
    group = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    parts = [
        _split_column(column_name, columns.column(column_name), order, group, bounds)
        for column_name in sorted(columns.names)
    ]
    width = len(columns.names)
    heads = [pack("<IQ", width, end - first) for first, end in bounds]
    whole = [b"".join(cells) for cells in zip(heads, *parts, strict=True)]
    return list(zip(owner.values, counts.tolist(), whole, strict=True))


def _split_by_hand(columns: Columns, name: str) -> list[tuple[str, int, bytes]]:
    """The same for a small table, row by row."""
    owner = columns.text(name)
    owners = owner.tolist() if owner.texts is None else owner.texts
    if owners and owners.count(owners[0]) == len(owners):
        return [(owners[0], columns.rows, columns_to_bytes(columns))]
    distinct = set(owners)
    names = sorted(columns.names)
    if len(distinct) == len(owners):
        head = HEAD.pack(len(names), 1)
        cells = [_by_row(own, columns.kept(own)) for own in names]
        rows = [b"".join(row) for row in zip(itertools.repeat(head), *cells, strict=False)]
        return [(value, 1, row) for value, row in sorted(zip(owners, rows, strict=True))]
    groups: dict[str, list[int]] = {value: [] for value in sorted(distinct)}
    for row, value in enumerate(owners):
        groups[value].append(row)
    parts = [_by_hand(own, columns.kept(own), list(groups.values())) for own in names]
    return [
        (value, len(own), b"".join((HEAD.pack(len(names), len(own)), *pieces)))
        for (value, own), *pieces in zip(groups.items(), *parts, strict=True)
    ]


def _by_row(name: str, column: Kept) -> list[bytes]:
    """The bytes of each row of a column, as if it were alone."""
    head = column_head(name, column)
    if isinstance(column, list):
        return [head + ONE.pack(number) for number in column]
    if isinstance(column, Text):
        return [
            one_text(head, text) if len(text) <= KEPT_BYTES else head + texts_to_bytes([text])
            for text in column.tolist()
        ]
    if isinstance(column, Maybe):
        cells = _cells(column.values)
        there = column.present.tolist()
        return [head + bytes((mark,)) + cell for mark, cell in zip(there, cells, strict=True)]
    return [head + cell for cell in _cells(column)]


def _by_hand(name: str, column: Kept, groups: list[list[int]]) -> list[bytes]:
    """The bytes of a column for each group of rows."""
    head = column_head(name, column)
    if isinstance(column, list):
        return [head + WHOLE[len(rows)].pack(*[column[row] for row in rows]) for rows in groups]
    if isinstance(column, Text):
        texts = column.tolist()
        return [head + texts_to_bytes([texts[row] for row in rows]) for rows in groups]
    if isinstance(column, Maybe):
        there, cells = column.present.tolist(), _cells(column.values)
        return [
            head + bytes([there[row] for row in rows]) + b"".join([cells[row] for row in rows])
            for rows in groups
        ]
    cells = _cells(column)
    return [head + b"".join([cells[row] for row in rows]) for rows in groups]


def _cells(values: Integers) -> list[bytes]:
    """The bytes of each number."""
    raw, width = _bytes_of(values)
    return [raw[at : at + width] for at in range(0, len(raw), width)]


def _stable_order(owner: Text) -> Integers:
    """Rows by value, each value's rows in their order; counted, not compared, where it can be."""
    codes = owner.codes
    small = codes.astype(np.uint16) if len(owner.values) <= 1 << 16 else codes
    return np.argsort(small, kind="stable")


def _split_column(
    name: str, column: Column, order: Integers, group: Integers, bounds: Bounds
) -> list[bytes]:
    """The bytes of one column for each group of rows."""
    head = column_head(name, column)
    if isinstance(column, Text):
        return _split_text(head, column.sorted(), order, group, bounds)
    if isinstance(column, Maybe):
        present = column.present[order].tobytes()
        values, width = _bytes_of(column.values[order])
        return [
            head + present[first:end] + values[width * first : width * end] for first, end in bounds
        ]
    values, width = _bytes_of(column[order])
    return [head + values[width * first : width * end] for first, end in bounds]


def _split_text(
    head: bytes, text: Text, order: Integers, group: Integers, bounds: Bounds
) -> list[bytes]:
    """Each group has its own list of texts, sorted, and codes into that list."""
    width, groups = len(text.values), len(bounds)
    cell = group * width + text.codes[order]
    if groups * width <= DENSE_CELLS_MAX:
        seen = np.zeros(groups * width, bool)
        seen[cell] = True
        used = np.flatnonzero(seen)
        place = np.zeros(groups * width, np.int32)
        place[used] = np.arange(len(used))
        starts = np.searchsorted(used, np.arange(groups + 1) * width)
        place[used] -= starts[used // width].astype(np.int32)
        local = place[cell]
    else:
        used, found = np.unique(cell, return_inverse=True)
        starts = np.searchsorted(used, np.arange(groups + 1) * width)
        local = found - starts[group]
    codes = local.astype("<i4", copy=False).tobytes()
    written = [pack("<I", len(raw)) + raw for raw in (value.encode() for value in text.values)]
    own = (used % width).tolist()
    lists = [
        pack("<I", last - start) + b"".join([written[code] for code in own[start:last]])
        for start, last in pairwise(starts.tolist())
    ]
    return [
        head + listed + codes[4 * first : 4 * end]
        for listed, (first, end) in zip(lists, bounds, strict=True)
    ]


def _bytes_of(values: Integers) -> tuple[bytes, int]:
    little = values.astype(values.dtype.newbyteorder("<")) if BIG_ENDIAN else values
    return little.tobytes(), little.dtype.itemsize
