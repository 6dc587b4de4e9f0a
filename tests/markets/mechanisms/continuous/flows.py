"""Flows of commands for tests: random ones of several characters, and adversarial ones."""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook, Happened
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

MINUTE = 60_000_000
Row = list[int]


def new(
    order: int,
    side: int,
    price: int,
    quantity: int,
    *,
    kind: int = c.LIMIT,
    tif: int = c.GTC,
    stop: int = 0,
    expiry: int = 0,
    group: int = 0,
    instant: int = 0,
) -> Row:
    return [c.NEW, order, side, kind, tif, price, stop, quantity, expiry, group, instant]


def cancel(order: int, instant: int = 0) -> Row:
    return [c.CANCEL, order, 0, 0, 0, 0, 0, 0, 0, 0, instant]


def replace(order: int, price: int, quantity: int, stop: int = 0) -> Row:
    return [c.REPLACE, order, 0, 0, 0, price, stop, quantity, 0, 0, 0]


def phase(target: int, instant: int = 0) -> Row:
    return [c.PHASE, 0, 0, 0, 0, 0, 0, target, 0, 0, instant]


def clock(instant: int) -> Row:
    return [c.CLOCK, 0, 0, 0, 0, 0, 0, 0, 0, 0, instant]


def matrix(rows: list[Row]) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, len(c.COMMAND_COLUMNS))


def opened(*, is_plain: bool = True, **parameters: object) -> ContinuousBook:
    """A book in continuous trading."""
    book = ContinuousBook(ContinuousParameters.of(**parameters), is_plain=is_plain)
    book.run(matrix([phase(c.CONTINUOUS)]))
    return book


def send(book: ContinuousBook, *rows: Row) -> Happened:
    return book.run(matrix(list(rows)))


def told(happened: Happened, *columns: str) -> list[tuple[object, ...]]:
    """Events as (kind in words, the columns named)."""
    return [
        (c.EVENT_KINDS[row["kind"]], *(row[name] for name in columns))
        for row in happened.events.iterate()
    ]


def trades(happened: Happened) -> list[tuple[int, int, int, int]]:
    """(maker, taker, price, lots) of each execution."""
    events: Columns = happened.events
    return [
        (row["order"], row["other"], row["price"], row["lots"])
        for row in events.iterate()
        if row["kind"] == c.EXECUTED
    ]


def standing(book: ContinuousBook) -> list[tuple[int, int, int]]:
    """(order, price, open) of every order, in canonical order."""
    return [(r["order"], r["price"], r["open"]) for r in book.snapshot().orders.iterate()]


def random_flow(seed: int, count: int, *, phases: float = 0.02, wide: int = 6) -> list[Row]:
    """Commands of every kind, sound and unsound, over few prices so that much happens."""
    chance = np.random.default_rng(seed)
    rows: list[Row] = [phase(c.CONTINUOUS)] if chance.random() < 0.5 else [phase(c.PRE_OPEN)]
    order, instant = 0, 1
    types = [c.LIMIT] * 6 + [c.MARKET, c.STOP, c.STOP_LIMIT]
    terms = [c.DAY, c.GTC, c.GTC, c.AT_OPEN, c.IOC, c.FOK, c.GTD, c.AT_CLOSE]
    for _ in range(count):
        instant += int(chance.integers(0, 3)) * int(chance.integers(0, MINUTE))
        given = instant if chance.random() < 0.7 else 0
        side = 1 if chance.random() < 0.5 else -1
        price = 100 + int(chance.integers(-wide, wide + 1)) - side
        quantity = int(chance.integers(1, 12))
        what = chance.random()
        target = int(chance.integers(1, order + 3))
        if what < phases:
            rows.append(phase(int(chance.integers(0, 6)), given))
        elif what < 0.62:
            order += 1 + int(chance.random() < 0.05)
            kind = int(chance.choice(types))
            tif = int(chance.choice(terms))
            stop = 100 + int(chance.integers(-wide, wide + 1)) if kind >= c.STOP else 0
            row = new(
                order, side, price, quantity, kind=kind, tif=tif, stop=stop,
                expiry=instant + int(chance.integers(0, 20 * MINUTE)),
                group=int(chance.integers(0, 4)), instant=given,
            )  # fmt: skip
            if chance.random() < 0.03:
                row[int(chance.integers(1, len(row)))] = int(chance.choice([-1, 0, 5, 2**62]))
            rows.append(row)
        elif what < 0.85:
            rows.append(cancel(target, given))
        else:
            rows.append(replace(target, price, quantity, price))
    return rows


def one_by_one(rows: list[Row]) -> Iterator[np.ndarray]:
    for row in rows:
        yield matrix([row])
