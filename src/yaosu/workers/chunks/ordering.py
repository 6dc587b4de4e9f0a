"""The digest of a book that lies in runs: its rows in canonical order, never all in memory.

The runs are cut at the same keys (samples of their own), and what lies between two cuts is put
into order together; what comes of it is hashed column after column.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest_pieces
from yaosu.kernel.columns import Array, Integers, Text
from yaosu.kernel.sorting import order_of
from yaosu.markets.orders import BUY, SELL
from yaosu.workers.chunks.runs import KINDS, Frame, Run, load, load_names, save

SAMPLES_EACH = 64
KEYS = 6  # segment, price, sequence, party, quantity, row
KINDS.update(
    merged_segment=np.int64,
    merged_price=np.int64,
    merged_sequence=np.int64,
    merged_party=np.int32,
    merged_quantity=np.int64,
)


def sample(run: Run) -> Integers:
    """Keys of some rows of a run, evenly spaced, (s, KEYS)."""
    places = np.unique(np.linspace(0, run.rows - 1, min(SAMPLES_EACH, run.rows)).astype(np.int64))
    level = np.searchsorted(np.cumsum(load(run.folder, "level_rows")), places, side="right")
    columns = [load(run.folder, name)[level] for name in ("level_segment", "level_price")]
    columns += [column[places] for column in _row_keys(run, 0, run.rows)]
    return np.stack([column.astype(np.int64) for column in columns], axis=1)


def cuts_between(samples: list[Integers], rows: int, rows_each: int) -> Integers:
    """Keys at which to cut, about ``rows_each`` rows apart, (c, KEYS), ascending."""
    every = np.concatenate(samples)
    every = every[order_of(list(every.T))]
    pieces = -(-rows // rows_each)
    places = np.arange(1, pieces) * len(every) // pieces
    chosen: Integers = every[np.unique(places)]
    return chosen


def cut(run: Run, keys: Integers) -> Integers:
    """Places at which a run is cut, the level each is in and where that begins, (c + 2, 3)."""
    segments, prices = load(run.folder, "level_segment"), load(run.folder, "level_price")
    starts = np.append(0, np.cumsum(load(run.folder, "level_rows")))
    found = [(0, 0, 0)]
    for key in keys.tolist():
        first, after = np.searchsorted(segments, [key[0], key[0] + 1]).tolist()
        level = first + int(np.searchsorted(prices[first:after], key[1]))
        place = int(starts[level])
        if level < after and prices[level] == key[1]:
            place = _place_in_level(run, place, int(starts[level + 1]), key[2:])
        found.append((place, level, int(starts[level])))
    found.append((run.rows, len(segments), run.rows))
    return np.array(found, np.int64)


def _place_in_level(run: Run, begin: int, end: int, key: list[int]) -> int:
    """Rows of begin..end before the key; they are in the order of the keys."""
    first, after = 0, end - begin
    for column, wanted in zip(_row_keys(run, begin, end), key, strict=True):
        own = column[first:after]
        first, after = (
            first + int(np.searchsorted(own, wanted)),
            first + int(np.searchsorted(own, wanted, side="right")),
        )
    return begin + first


def _row_keys(run: Run, begin: int, end: int) -> list[Array]:
    """Sequence, party, quantity and row of the book, of rows begin..end."""
    zeros = np.zeros(end - begin, np.int64)
    return [
        load(run.folder, "sequence", begin, end) if "sequence" in run.has else zeros,
        load(run.folder, "party", begin, end) if "party" in run.has else zeros,
        load(run.folder, "quantity", begin, end),
        load(run.folder, "row", begin, end).astype(np.int64) + run.first_row,
    ]


def merge(frame: Frame, cuts: list[Integers], number: int, folder: str) -> None:
    """Put what lies between two cuts into order and write it down."""
    pieces = []
    for run, own in zip(frame.runs, cuts, strict=True):
        (begin, first, start), (end, last, _) = own[number].tolist(), own[number + 1].tolist()
        if begin == end:
            continue
        levels = [load(run.folder, f"level_{n}", first, last + 1) for n in ("segment", "price")]
        counts = load(run.folder, "level_rows", first, last + 1)
        counts = np.diff(np.clip(start + np.append(0, np.cumsum(counts)), begin, end))
        columns: list[Array] = [np.repeat(column[: len(counts)], counts) for column in levels]
        pieces.append(columns + _row_keys(run, begin, end))
    columns = [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
    columns = columns or [np.zeros(0, np.int64)] * KEYS
    order = order_of(columns) if len(columns[0]) else np.zeros(0, np.int64)
    names = ("segment", "price", "sequence", "party", "quantity")
    for name, column in zip(names, columns, strict=False):
        if name in ("segment", "price", "quantity", *frame.has):
            save(folder, f"merged_{name}-{number}", column[order])


def digest_of(frame: Frame, folder: Path, pieces: int) -> str:
    """SHA-256, hex, of the rows in canonical order: as the certificate names the book."""
    regions = max(len(frame.regions), 1)
    seen = np.zeros(regions, bool)
    for segment in _pieces(folder, "merged_segment", pieces):
        seen[(segment >> 1) % regions] = True
    used = np.flatnonzero(seen)
    place = np.zeros(regions, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    names = tuple(frame.regions[i] for i in used.tolist())
    columns: dict[str, tuple[Array | Text, Any]] = {
        "instrument": (
            _text(frame.instruments),
            _pieces(folder, "merged_segment", pieces, lambda s: (s >> 1) // regions),
        ),
        "region": (
            _text(names),
            _pieces(folder, "merged_segment", pieces, lambda s: place[(s >> 1) % regions]),
        ),
        "side": (
            np.zeros(0, np.int8),
            _pieces(folder, "merged_segment", pieces, lambda s: np.where(s & 1, SELL, BUY)),
        ),
    }
    for name in ("price", "quantity", "sequence"):
        if name in ("price", "quantity", *frame.has):
            columns[name] = np.zeros(0, np.int64), _pieces(folder, f"merged_{name}", pieces)
    if frame.parties:
        parties = tuple(load_names(Path(frame.parties)).to_pylist())
        columns["party"] = _text(parties), _pieces(folder, "merged_party", pieces)
    return digest_pieces(frame.rows, columns).hex()


def _text(values: tuple[str, ...]) -> Text:
    return Text(values, np.zeros(0, np.int32))


def _pieces(
    folder: Path, name: str, pieces: int, made: Callable[[Array], Array] = lambda column: column
) -> Iterator[Array]:
    for number in range(pieces):
        yield made(load(str(folder), f"{name}-{number}"))
