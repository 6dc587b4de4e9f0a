"""Many stored rows looked at together: the checks of `open_row`, without making entries of them.

What a hash function has to see goes through it one by one; all else is compared column by column.
"""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np

from yaosu.journal.chain import EMPTY_DIGEST, HEADER_BYTES, MAGIC, OUTCOMES, ZERO, Row
from yaosu.journal.damage import checked_entries, hash_held_by_next, name_damage
from yaosu.journal.store import Store
from yaosu.kernel.numbers import INT64_MIN

ROWS = 1024  # looked at together
BYTES = 1 << 22  # of payloads; no more are gathered
Look = tuple[list[bytes], int, int]  # hashes, first and last instant


def checked_hashes(store: Store) -> Iterator[Look]:
    """The hashes of all entries, some at a time, with the first and the last instant of these.

    Raises:
        Refusal: `journal.damaged`, naming the entry and what of it.
    """
    end = store.size
    expected, previous, instant = 0, ZERO, INT64_MIN
    for rows in _gathered(store.rows(0, end - 1)):
        looked = look_at(rows, expected, previous, instant)
        if looked is None:
            for _ in checked_entries(store, expected, expected + len(rows) - 1):
                pass  # one by one: this says which entry it is, and what of it
            raise name_damage(store, expected)
        yield looked
        expected, previous, instant = expected + len(rows), looked[0][-1], looked[2]
    if expected != end or (end and previous != hash_held_by_next(store, end - 1)):
        raise name_damage(store, max(min(expected, end - 1), 0))


def look_at(rows: list[Row], first: int, previous: bytes, not_before: int) -> Look | None:
    """What is asked of each row, asked of all; None where one of them does not say what it must.

    Args:
        rows: as stored; not empty.
        first: number of the first.
        previous: hash of the entry before.
        not_before: its instant.
    """
    numbers, packed, commands, events, sealed = zip(*rows, strict=True)
    kinds = {*map(type, packed), *map(type, commands), *map(type, events), *map(type, sealed)}
    if kinds != {bytes} or {*map(len, packed)} != {HEADER_BYTES}:
        return None
    hashes = [sha256(b"\0" + header).digest() for header in packed]
    asked = [sha256(command).digest() for command in commands]
    done = [sha256(event).digest() if event else EMPTY_DIGEST for event in events]
    table = np.frombuffer(b"".join(packed), np.uint8).reshape(len(rows), HEADER_BYTES)
    instants = table[:, 16:24].copy().view("<i8").ravel()
    outcome = table[:, 24]
    here = np.arange(first, first + len(rows), dtype="<u8")
    holds = (
        numbers == tuple(range(first, first + len(rows)))
        and table[:, :8].tobytes() == MAGIC * len(rows)
        and table[:, 8:16].tobytes() == here.tobytes()
        and int(instants[0]) >= not_before
        and bool((instants[1:] >= instants[:-1]).all())
        and bool(np.isin(outcome, OUTCOMES).all())
        and not table[:, 25:28].any()
        and table[:, 64:96].tobytes() == b"".join(asked)
        and table[:, 96:128].tobytes() == b"".join(done)
        and table[:, 224:].tobytes() == b"".join((previous, *hashes[:-1]))
        and all(
            header[128:160] == sha256(hidden).digest()
            for header, hidden in zip(packed, sealed, strict=True)
            if hidden
        )
    )
    return (hashes, int(instants[0]), int(instants[-1])) if holds else None


def _gathered(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows in lists, so many or so many bytes at a time."""
    some: list[Row] = []
    size = 0
    for row in rows:
        some.append(row)
        _, _, command, events, _ = row
        size += len(command) if type(command) is bytes else 0
        size += len(events) if type(events) is bytes else 0
        if len(some) == ROWS or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some
