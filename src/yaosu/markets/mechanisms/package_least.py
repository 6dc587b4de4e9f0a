"""The price rule: no price can be lowered, or raised, by one sub-tick for the better.

Optimal prices may leave a choice. Of each price, the others as they are, the least one is taken at
which the dual is least: at one sub-tick less the dual would be more. Anyone can check that in one
pass, and no price that is moved alone, by however little, passes. Several prices moved together,
where the optimum leaves such a choice, may.

The dual along one price is convex, a sum over the orders that name it, so its least point is
found by doubling steps and halving them again. Whole numbers throughout.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.package_algebra import Floats, Places, values_of
from yaosu.markets.mechanisms.package_book import take_rows
from yaosu.markets.mechanisms.package_smooth import Rows

NEAR_ROWS = 100  # a place: so many rows of least surplus are looked at, the others summed once
SWEEPS_MAX = 10_000
UNBOUNDED = 1 << 61


def settle_prices(rows: Rows, price: Integers, surplus: Integers, size: Integers) -> bool:
    """Move every price to its least best point, in place, until none moves.

    Args:
        price: sub-ticks, one a place. surplus: sub-ticks, one a row; follows the prices.
        size: lots in a unit of each row.

    Returns:
        Whether it came to an end within 10,000 sweeps over the places.
    """
    ratio = np.abs(surplus) // np.maximum(size, 1)
    many = NEAR_ROWS * rows.places
    while True:
        # no price may move by more than ``reach``: then no row outside can turn
        is_all = many >= len(ratio)
        reach = UNBOUNDED if is_all else int(np.partition(ratio, many)[many])
        moved = _settle_near(rows, price, surplus, np.flatnonzero(ratio <= reach), reach)
        if moved is not None:
            price += moved
            surplus -= values_of(rows.starts, rows.place, rows.amount, moved)
            return True
        if is_all:
            return False
        many *= 8


def _settle_near(
    rows: Rows, price: Integers, surplus: Integers, chosen: Integers, reach: int
) -> Integers | None:
    """How far each price moves where only the chosen rows turn; None where that is not enough."""
    outside = surplus.copy()
    outside[chosen] = 0
    fixed = _slopes(rows.starts, rows.place, rows.amount, rows.top, outside, rows.places)
    starts, place, amount = take_rows(chosen, rows.starts, rows.place, rows.amount)
    owner = np.repeat(np.arange(len(chosen)), np.diff(starts))
    by = np.argsort(place, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=rows.places))])
    moved = np.zeros_like(price)
    ended = _sweep(
        starts,
        place,
        rows.top[chosen].astype(np.int64),
        surplus[chosen],
        begins,
        owner[by],
        amount[by],
        fixed,
        price,
        moved,
        SWEEPS_MAX,
        reach,
    )
    return moved if ended else None


def least_violation(rows: Rows, price: Integers, surplus: Integers) -> int:
    """A place whose price alone could be moved for the better, or -1.

    Cost: one pass over the legs.
    """
    up, down = _steps(rows.starts, rows.place, rows.amount, rows.top, surplus, rows.places)
    bad = np.flatnonzero((up < 0) | ((down <= 0) & (price > 0)))
    return int(bad[0]) if len(bad) else -1


@compiled
def _sweep(
    starts: Integers,
    place: Places,
    top: Integers,
    surplus: Integers,
    begins: Integers,
    owner: Integers,
    amount: Integers,
    fixed: Integers,
    price: Integers,
    step_of: Integers,
    sweeps: int,
    reach: int,
) -> bool:
    """Move one price after the other until none moves; False where one would go too far."""
    places = len(price)
    stale = np.ones(places, np.bool_)
    for _ in range(sweeps):
        moved = False
        for at in range(places):
            if not stale[at]:
                continue
            stale[at] = False
            now = price[at] + step_of[at]
            step = _best_step(
                begins[at], begins[at + 1], owner, amount, top, surplus, fixed[at], now, reach
            )
            if step == 0:
                continue
            moved = True
            step_of[at] += step
            if abs(step_of[at]) >= reach:
                return False
            for leg in range(begins[at], begins[at + 1]):
                row = owner[leg]
                surplus[row] -= amount[leg] * step
                for other in range(starts[row], starts[row + 1]):
                    if place[other] != at:
                        stale[place[other]] = True
        if not moved:
            return True
    return False


@compiled
def _best_step(
    first: int,
    end: int,
    owner: Integers,
    amount: Integers,
    top: Integers,
    surplus: Integers,
    fixed: int,
    price: int,
    reach: int,
) -> int:
    """How far this price must move to the least point at which one more sub-tick is no gain."""
    if _rise(first, end, owner, amount, top, surplus, fixed, 0) < 0:
        low, high = 0, 1
        while high < reach and _rise(first, end, owner, amount, top, surplus, fixed, high) < 0:
            low, high = high, 2 * high
    else:
        low, high = -1, 0
        least = -min(price, reach) - 1
        while low > least and _rise(first, end, owner, amount, top, surplus, fixed, low) >= 0:
            low, high = 2 * low, low
        low = max(low, least)
    while high - low > 1:
        middle = (low + high) // 2
        if _rise(first, end, owner, amount, top, surplus, fixed, middle) < 0:
            low = middle
        else:
            high = middle
    return high


@compiled
def _rise(
    first: int,
    end: int,
    owner: Integers,
    amount: Integers,
    top: Integers,
    surplus: Integers,
    fixed: int,
    step: int,
) -> int:
    """By how much the dual rises from ``step`` sub-ticks above the price to one more."""
    total = fixed
    for leg in range(first, end):
        here = surplus[owner[leg]] - amount[leg] * step
        total += top[owner[leg]] * (max(here - amount[leg], 0) - max(here, 0))
    return total


@compiled
def _slopes(
    starts: Integers,
    place: Places,
    amount: Integers,
    top: Floats,
    surplus: Integers,
    places: int,
) -> Integers:
    """What the dual loses per sub-tick at each place by rows that are plainly filled."""
    slope = np.zeros(places, np.int64)
    for row in range(len(surplus)):
        if surplus[row] > 0:
            for leg in range(starts[row], starts[row + 1]):
                slope[place[leg]] -= amount[leg] * int(top[row])
    return slope


@compiled
def _steps(
    starts: Integers,
    place: Places,
    amount: Integers,
    top: Floats,
    surplus: Integers,
    places: int,
) -> tuple[Integers, Integers]:
    """By how much the dual rises where each price alone goes up, or down, by one sub-tick."""
    up, down = np.zeros(places, np.int64), np.zeros(places, np.int64)
    for row in range(len(surplus)):
        now = max(surplus[row], 0)
        for leg in range(starts[row], starts[row + 1]):
            lots, offered = amount[leg], int(top[row])
            up[place[leg]] += offered * (max(surplus[row] - lots, 0) - now)
            down[place[leg]] += offered * (max(surplus[row] + lots, 0) - now)
    return up, down
