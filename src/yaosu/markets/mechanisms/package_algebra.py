"""Sums over sparse rows and small dense systems, always in the same order of additions.

Floats: what is computed here is brought back to whole numbers, and checked, in `package_exact`.
Every sum runs row by row, so the same numbers come out on every machine, compiled or plain.
"""

import numpy as np
from numpy.typing import NDArray

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled

Floats = NDArray[np.float64]
Places = NDArray[np.int32]
PIVOT_LEAST = 1e-13  # of its diagonal element: what is smaller is taken as dependent
PIVOT_SKIPPED = 1e200


@compiled
def surplus_of(
    starts: Integers, place: Places, amount: Integers, limit: Integers, price: Floats
) -> Floats:
    """Limit less worth at these prices, one a row."""
    rows = len(limit)
    surplus = np.empty(rows)
    for row in range(rows):
        value = 1.0 * limit[row]
        for leg in range(starts[row], starts[row + 1]):
            value -= amount[leg] * price[place[leg]]
        surplus[row] = value
    return surplus


@compiled
def values_of(starts: Integers, place: Places, amount: Integers, price: Integers) -> Integers:
    """What a unit of each row is worth at the prices, sub-ticks; in 62 bits by the range check."""
    value = np.zeros(len(starts) - 1, np.int64)
    for row in range(len(value)):
        for leg in range(starts[row], starts[row + 1]):
            value[row] += amount[leg] * price[place[leg]]
    return value


@compiled
def balance_of(
    starts: Integers, place: Places, amount: Integers, units: Floats, places: int
) -> Floats:
    """What all rows together take at each place, less what they give."""
    taken = np.zeros(places)
    for row in range(len(units)):
        filled = units[row]
        if filled != 0.0:
            for leg in range(starts[row], starts[row + 1]):
                taken[place[leg]] += amount[leg] * filled
    return taken


@compiled
def weighted_squares(
    starts: Integers, place: Places, amount: Integers, weight: Floats, places: int
) -> Floats:
    """Sum over rows of weight times the outer product of the row with itself; lower half."""
    squares = np.zeros((places, places))
    for row in range(len(weight)):
        for leg in range(starts[row], starts[row + 1]):
            part = weight[row] * amount[leg]
            one = place[leg]
            for other in range(starts[row], leg + 1):
                two = place[other]
                if two <= one:
                    squares[one, two] += part * amount[other]
                else:
                    squares[two, one] += part * amount[other]
    return squares


@compiled
def dot(one: Floats, two: Floats) -> float:
    """Sum of products, from the first to the last."""
    total = 0.0
    for at in range(len(one)):
        total += one[at] * two[at]
    return total


@compiled
def factor(matrix: Floats) -> None:
    """Cholesky factor of the lower half, in place; a dependent row gets a huge pivot.

    By panels of eight columns, so that what lies right of them is read and written once a panel.
    Source: G. Golub, C. Van Loan, "Matrix Computations" (2013), section 4.2.
    """
    size = len(matrix)
    panel = np.zeros((8, size))
    least = np.empty(size)
    for at in range(size):
        least[at] = matrix[at, at] * PIVOT_LEAST
    for first in range(0, size, 8):
        end = min(first + 8, size)
        for one in range(8):
            for row in range(first, size):
                panel[one, row] = 0.0
        for row in range(first, size):
            for at in range(first, min(end, row + 1)):
                panel[at - first, row] = matrix[row, at]
        for at in range(first, end):
            mine = panel[at - first]
            for one in range(at - first):
                _take_off(mine, panel[one], panel[one, at], at)
            pivot = mine[at]
            pivot = PIVOT_SKIPPED if pivot <= least[at] else np.sqrt(pivot)
            mine[at] = pivot
            for row in range(at + 1, size):
                mine[row] /= pivot
        for row in range(first, size):
            for at in range(first, min(end, row + 1)):
                matrix[row, at] = panel[at - first, row]
        for row in range(end, size):
            _take_off_eight(matrix[row], panel, row, end)


@compiled
def _take_off(values: Floats, other: Floats, times: float, begin: int) -> None:
    """Take off a multiple of another row; unsigned places, so that many are done in one step."""
    for k in range(len(values) - begin):
        at = np.uint64(begin) + np.uint64(k)
        values[at] -= other[at] * times


@compiled
def _take_off_eight(values: Floats, panel: Floats, row: int, begin: int) -> None:
    """Take off the eight rows of a panel, each as often as it says at this row."""
    n0, n1, n2, n3 = panel[0, row], panel[1, row], panel[2, row], panel[3, row]
    n4, n5, n6, n7 = panel[4, row], panel[5, row], panel[6, row], panel[7, row]
    p0, p1, p2, p3 = panel[0], panel[1], panel[2], panel[3]
    p4, p5, p6, p7 = panel[4], panel[5], panel[6], panel[7]
    for k in range(row + 1 - begin):
        at = np.uint64(begin) + np.uint64(k)
        values[at] -= (
            n0 * p0[at]
            + n1 * p1[at]
            + n2 * p2[at]
            + n3 * p3[at]
            + n4 * p4[at]
            + n5 * p5[at]
            + n6 * p6[at]
            + n7 * p7[at]
        )


@compiled
def solve_factored(matrix: Floats, right: Floats) -> Floats:
    """The solution behind a factor; zero for dependent rows."""
    size = len(right)
    found = right.copy()
    for row in range(size):
        value = found[row]
        for at in range(row):
            value -= matrix[row, at] * found[at]
        found[row] = value / matrix[row, row]
    for row in range(size - 1, -1, -1):
        value = found[row] / matrix[row, row]
        found[row] = value
        for at in range(row):
            found[at] -= matrix[row, at] * value
    return found
