"""From floats to whole numbers: fills in parts of a unit, prices in parts of a tick, payments.

The margin is settled once more to the last digit: its orders have no surplus, which gives the
prices, and take what the others leave, which gives the fills; where that leaves a choice, fills
have the least sum of squares over quantities, so equal orders are filled in equal proportion. Then
everything is rounded, and what the rounding may have broken is mended: nothing is taken that is
not given, nobody pays more than the limit.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.package_algebra import (
    Floats,
    Places,
    balance_of,
    factor,
    solve_factored,
    surplus_of,
    values_of,
    weighted_squares,
)
from yaosu.markets.mechanisms.package_book import Book, take_rows
from yaosu.markets.mechanisms.package_equals import share_alike
from yaosu.markets.mechanisms.package_least import settle_prices
from yaosu.markets.mechanisms.package_smooth import Rows, worth_of
from yaosu.markets.mechanisms.package_solve import Solved

CLIP_ROUNDS = 20
NEAR = 1e-9  # relative: how well a polished point must fit to be taken
PARTS_BITS_MAX = 62
CLOSE = 1e-3  # of a part: so near to a whole number that it is meant


class Exact(Struct, frozen=True):
    """Whole numbers.

    Attributes:
        price: one a place, in sub-ticks.
        subticks: how many make a tick.
        units: whole units filled, one a row; parts: of a further unit, from 0 to below ``whole``.
        whole: parts of a unit.
    """

    price: Integers
    subticks: int
    units: Integers
    parts: Integers
    whole: int


def exact_of(book: Book, solved: Solved, whole: int) -> Exact:
    """Round what was solved.

    Raises:
        Refusal: `markets.value_overflow` where a payment would leave 62 bits.
    """
    rows = book.rows
    if not len(rows.limit):
        none = np.zeros(0, np.int64)
        return Exact(np.zeros(rows.places, np.int64), subticks_of(rows), none, none, whole)
    price, inside, units = _polished(rows, solved)
    subticks = subticks_of(rows)
    worth = worth_of(rows, price) * rows.top * subticks
    largest = int(worth.max(initial=0.0))
    refuse_unless(
        largest < 1 << PARTS_BITS_MAX,
        "markets.value_overflow",
        what="an order's worth in parts of a tick",
        value=str(largest),
        limit=str(1 << PARTS_BITS_MAX),
    )
    full = units > 0.5 * rows.top
    filled = np.where(full, rows.top, 0.0).astype(np.int64)
    parts = np.zeros(len(filled), np.int64)
    at = np.flatnonzero(inside)
    scaled, side = units[at] * whole, _one_sided(rows, at)
    near = np.rint(scaled)
    aside = np.where(side > 0, np.floor(scaled), np.ceil(scaled))  # short of nothing
    settled = (side == 0) | (np.abs(scaled - near) < CLOSE)
    nearest = np.where(settled, near, aside).astype(np.int64)
    nearest = np.clip(nearest, 0, rows.top[at].astype(np.int64) * whole)
    filled[at], parts[at] = nearest // whole, nearest % whole
    price_whole = np.rint(price * subticks).astype(np.int64)
    surplus = rows.limit * subticks - values_of(rows.starts, rows.place, rows.amount, price_whole)
    ended = settle_prices(rows, price_whole, surplus, sizes_of(rows))
    assert ended, "the prices went round and round"
    exact = Exact(price_whole, subticks, filled, parts, whole)
    _mend(book, exact)
    if whole == 1:
        _keep_unsold(book, exact)
    share_alike(book, near_rows(rows, exact.price, subticks), filled, parts, whole)
    return exact


def near_rows(rows: Rows, price: Integers, subticks: int) -> Integers:
    """Rows whose surplus is so small that rounding the prices may have made it."""
    surplus = rows.limit * subticks - values_of(rows.starts, rows.place, rows.amount, price)
    return np.flatnonzero(np.abs(surplus) <= sizes_of(rows))


def sizes_of(rows: Rows) -> Integers:
    """Lots in a unit of each row, taken and given together."""
    return np.add.reduceat(np.abs(rows.amount), rows.starts[:-1]) if len(rows.limit) else rows.limit


def beyond_range(rows: Rows, price: Integers) -> int:
    """A row whose worth at these prices, all of it filled, would leave 62 bits, or -1."""
    worth = worth_of(rows, price.astype(np.float64)) * rows.top
    row = int(np.argmax(worth)) if len(worth) else -1
    return row if row >= 0 and worth[row] >= float(1 << PARTS_BITS_MAX) else -1


def subticks_of(rows: Rows) -> int:
    """Parts of a tick, a power of two: so many that no order's payment is off by a tick."""
    most = int((sizes_of(rows) * rows.top.astype(np.int64)).max(initial=1))
    return 1 << most.bit_length()


def left_over(rows: Rows, units: Integers, parts: Integers, whole: int) -> Integers:
    """Parts of a lot given and not taken, one a place; below zero where too much is taken."""
    some = np.flatnonzero(parts)
    starts, place, amount = take_rows(some, rows.starts, rows.place, rows.amount)
    in_units = whole_balance(rows.starts, rows.place, rows.amount, units, rows.places)
    in_parts = whole_balance(starts, place, amount, parts[some], rows.places)
    return -(in_units * whole + in_parts)


@compiled
def whole_balance(
    starts: Integers, place: Places, amount: Integers, units: Integers, places: int
) -> Integers:
    """What whole units take at each place, less what they give; below 2^51 by the range check."""
    taken = np.zeros(places, np.int64)
    for row in range(len(units)):
        filled = units[row]
        if filled != 0:
            for leg in range(starts[row], starts[row + 1]):
                taken[place[leg]] += amount[leg] * filled
    return taken


def _polished(rows: Rows, solved: Solved) -> tuple[Floats, np.ndarray, Floats]:
    """Prices, which rows are filled in part, and fills, to the last digit where that succeeds."""
    price, units = solved.price, solved.units
    surplus = surplus_of(rows.starts, rows.place, rows.amount, rows.limit, price)
    share = units / rows.top
    relative = surplus / worth_of(rows, price)
    inside = (relative < 1.0 - share) & (-relative < share) & solved.margin
    rest = np.where(inside, 0.0, np.where(share > 0.5, rows.top, 0.0))
    chosen = np.flatnonzero(inside)
    starts, place, amount = take_rows(chosen, rows.starts, rows.place, rows.amount)
    some = Rows(starts, place, amount, rows.limit[chosen], rows.top[chosen], rows.places)
    left = -balance_of(rows.starts, rows.place, rows.amount, rest, rows.places)
    over = left - balance_of(starts, place, amount, units[chosen], rows.places)
    offered = np.maximum(
        balance_of(rows.starts, rows.place, np.abs(rows.amount), units, rows.places), 1.0
    )
    typical = float(np.median(price)) or 1.0
    priced = price / typical > over / offered
    price = np.where(priced, price, 0.0)
    if len(chosen):
        price = _polish_prices(some, price, priced)
        rest[chosen] = _polish_units(some, left, units[chosen], priced)
    return price, inside, rest


def _polish_prices(some: Rows, price: Floats, priced: np.ndarray) -> Floats:
    """Prices at which the margin has no surplus, as near as possible to those found."""
    weight = 1.0 / worth_of(some, price) ** 2
    matrix = _held(
        weighted_squares(some.starts, some.place, some.amount, weight, some.places), priced
    )
    factor(matrix)
    for _ in range(2):
        surplus = surplus_of(some.starts, some.place, some.amount, some.limit, price)
        right = balance_of(some.starts, some.place, some.amount, weight * surplus, some.places)
        tried = price + solve_factored(matrix, np.where(priced, right, 0.0))
        after = surplus_of(some.starts, some.place, some.amount, some.limit, tried)
        if float(np.abs(after).max()) >= float(np.abs(surplus).max()) or tried.min() < 0.0:
            break
        price = tried
    return price


def _polish_units(some: Rows, left: Floats, units: Floats, priced: np.ndarray) -> Floats:
    """Fills of the margin that take exactly what is left, with the least squares over quantity."""
    size = np.maximum(
        balance_of(some.starts, some.place, np.abs(some.amount), some.top, some.places), 1.0
    )
    free = np.ones(len(units), bool)
    even = np.zeros(len(units))
    for _ in range(CLIP_ROUNDS):
        even = _least_squares(some, left, even, free, priced)
        over, under = even > some.top, even < 0.0
        clipped = free & (over | under)
        if not clipped.any():
            break
        even = np.clip(even, 0.0, some.top)
        free &= ~clipped
        even[free] = 0.0
    for tried in (even, _least_squares(some, left, units, np.ones(len(units), bool), priced)):
        fits = tried.min() >= 0.0 and not (tried > some.top).any()
        off = balance_of(some.starts, some.place, some.amount, tried, some.places) - left
        if fits and float(np.max(np.where(priced, np.abs(off), off) / size)) < NEAR:
            return tried
    return units


def _least_squares(
    some: Rows, left: Floats, units: Floats, free: np.ndarray, priced: np.ndarray
) -> Floats:
    """Move the free rows, each in proportion to its quantity, until what is left is taken."""
    weight = np.where(free, some.top, 0.0)
    matrix = _held(
        weighted_squares(some.starts, some.place, some.amount, weight, some.places), priced
    )
    factor(matrix)
    none = np.zeros(len(units), np.int64)
    for _ in range(3):
        short = left - balance_of(some.starts, some.place, some.amount, units, some.places)
        pull = solve_factored(matrix, np.where(priced, short, 0.0))
        units = units - weight * surplus_of(some.starts, some.place, some.amount, none, pull)
    return units


def _held(matrix: Floats, priced: np.ndarray) -> Floats:
    """The system without the places that have no price."""
    idle = np.flatnonzero(~priced | (np.einsum("ii->i", matrix) <= 0.0))
    matrix[idle, :] = 0.0
    matrix[:, idle] = 0.0
    matrix[idle, idle] = 1.0
    return matrix


def _mend(book: Book, exact: Exact) -> None:
    """Take back parts where rounding took more than is given; of the margin first, buyers first.

    Fills only fall, so this ends: where nobody takes anything, nothing is short.
    """
    rows, whole = book.rows, exact.whole
    short = left_over(rows, exact.units, exact.parts, whole)
    chosen = np.flatnonzero(exact.parts)
    while (short < 0).any():
        place = int(np.argmin(short))
        row = _who_gives_way(rows, exact, place, chosen)
        if row < 0:  # nobody at the margin takes anything there: look at all
            chosen = np.arange(len(rows.limit))
            row = _who_gives_way(rows, exact, place, chosen)
        legs = slice(int(rows.starts[row]), int(rows.starts[row + 1]))
        amounts, places = rows.amount[legs], rows.place[legs]
        amount = int(amounts[places == place][0])
        filled = int(exact.units[row]) * whole + int(exact.parts[row])
        back = min(filled, -(int(short[place]) // amount))
        exact.units[row], exact.parts[row] = divmod(filled - back, whole)
        short[places] += amounts * back


def _keep_unsold(book: Book, exact: Exact) -> None:
    """Take back what is given at a price above zero and not taken: nobody would pay for it.

    First from those who give there and do nothing else, the least surplus first, last of all from
    those who also take. Fills only fall, so this ends.
    """
    rows = book.rows
    while True:
        left = left_over(rows, exact.units, exact.parts, exact.whole)
        over = np.flatnonzero((left > 0) & (exact.price > 0))
        if not len(over):
            return
        for place in over.tolist():
            _take_back(rows, exact, place, int(left[place]))
            left = left_over(rows, exact.units, exact.parts, exact.whole)
        _mend(book, exact)


def _take_back(rows: Rows, exact: Exact, place: int, lots: int) -> None:
    """Let those who give at a place give so many lots less: no fewer, where units are larger."""
    owner = np.repeat(np.arange(len(rows.limit)), np.diff(rows.starts))
    legs = np.flatnonzero((rows.place == place) & (rows.amount < 0) & (exact.units[owner] > 0))
    givers, each = owner[legs], -rows.amount[legs]
    many = np.diff(rows.starts)[givers]
    price = exact.price.astype(np.float64) / exact.subticks
    starts, places, amounts = take_rows(givers, rows.starts, rows.place, rows.amount)
    surplus = surplus_of(starts, places, amounts, rows.limit[givers], price)
    for at in np.lexsort((givers, surplus, each > lots, many)).tolist():
        if lots <= 0:
            return
        row, amount = int(givers[at]), int(each[at])
        back = min(int(exact.units[row]), -(-lots // amount) if amount > lots else lots // amount)
        exact.units[row] -= back
        lots -= back * amount


def _who_gives_way(rows: Rows, exact: Exact, place: int, chosen: Integers) -> int:
    """Of these, a row that takes at the place and is filled: one without gifts, the least surplus.

    -1 where there is none.
    """
    starts, places, amounts = take_rows(chosen, rows.starts, rows.place, rows.amount)
    owner = np.repeat(np.arange(len(chosen)), np.diff(starts))
    takers = owner[(places == place) & (amounts > 0)]
    filled = (exact.units[chosen[takers]] > 0) | (exact.parts[chosen[takers]] > 0)
    takers = takers[filled]
    if not len(takers):
        return -1
    gives = np.minimum.reduceat(amounts, starts[:-1]) < 0
    price = exact.price.astype(np.float64) / exact.subticks
    surplus = surplus_of(starts, places, amounts, rows.limit[chosen], price)
    best = np.lexsort((takers, surplus[takers], gives[takers]))
    return int(chosen[takers[best[0]]])


def _one_sided(rows: Rows, chosen: Integers) -> Integers:
    """+1 where a row only takes, -1 where it only gives, 0 where it does both."""
    starts, _, amount = take_rows(chosen, rows.starts, rows.place, rows.amount)
    if not len(chosen):
        return chosen
    least = np.minimum.reduceat(amount, starts[:-1])
    most = np.maximum.reduceat(amount, starts[:-1])
    return np.where(least > 0, 1, np.where(most < 0, -1, 0))
