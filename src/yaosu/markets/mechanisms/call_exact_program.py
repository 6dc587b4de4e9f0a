"""Exact linear programs: a bounded simplex in fractions, begun at a feasible point.

Least cost, subject to given balances, each column between 0 and its upper bound. A column outside
the basis may stand anywhere between its bounds, so any feasible point will do to begin with. No
rounding, no chance, no clock: the same program gives the same answer everywhere.

Source: R. G. Bland, "New finite pivoting rules for the simplex method" (1977), taken up where a
number of steps moved nothing.
"""

from collections.abc import Mapping
from fractions import Fraction

from yaosu.kernel.refusal import refuse, refuse_unless

PIVOTS_MAX = 200_000
STILL_MAX = 60  # steps without movement before Bland's rule takes over
LOOKED_AT = 128  # columns weighed against each other in one step

Number = int | Fraction
Row = dict[int, Number]


def magnitude(number: Number) -> Number:
    """The number without its sign."""
    return -number if number < 0 else number


class Program:
    """A program in the making, and its solution.

    Attributes:
        entries: of each column: row -> coefficient. costs: of each column, one a level. upper:
            bounds, None for none. value: where each column stands.
        basis: the column of each row. duals: by level, one a row.
    """

    def __init__(self, levels: int = 1) -> None:
        self.entries: list[Mapping[int, Number]] = []
        self.costs: list[tuple[Number, ...]] = []
        self.upper: list[Number | None] = []
        self.value: list[Number] = []
        self.basis: list[int] = []
        self.duals: list[list[Number]] = [[] for _ in range(levels)]
        self._inverse: list[Row] = []
        self._row_of: dict[int, int] = {}
        self._cursor = self._still = 0
        self._left = PIVOTS_MAX

    def add(
        self,
        entries: Mapping[int, Number],
        costs: tuple[Number, ...],
        upper: Number | None,
        value: Number = 0,
    ) -> int:
        """A further column; its number."""
        self.entries.append(entries)
        self.costs.append(costs)
        self.upper.append(upper)
        self.value.append(value)
        return len(self.value) - 1

    def begin_with(self, columns: list[int]) -> None:
        """Begin with these in the basis: column k has its only entry, 1 or -1, in row k."""
        self.basis = list(columns)
        self._row_of = {column: row for row, column in enumerate(columns)}
        self._inverse = [{row: self.entries[c][row]} for row, c in enumerate(columns)]
        for level, duals in enumerate(self.duals):
            duals[:] = [self.entries[c][r] * self.costs[c][level] for r, c in enumerate(columns)]

    def solve(self, levels: int) -> None:
        """Least cost by the first so many levels, each among the best of the level before.

        Raises:
            Refusal: `markets.too_many_pivots`, `markets.no_price_inside_bounds`.
        """
        while True:
            step = self._next_step(levels)
            if step is None:
                return
            refuse_unless(self._left > 0, "markets.too_many_pivots", limit=PIVOTS_MAX)
            self._left -= 1
            self._take(*step)

    def reduced_cost(self, column: int, level: int) -> Number:
        """What one more unit of the column would cost in all."""
        duals = self.duals[level]
        own = self.costs[column][level]
        return own - sum(duals[row] * n for row, n in self.entries[column].items())

    def _next_step(self, levels: int) -> tuple[int, int] | None:
        """The column to move and its direction; None where nothing is gained."""
        count = len(self.value)
        by_number = self._still > STILL_MAX
        begin = 0 if by_number else self._cursor
        best: tuple[Number, int, int] | None = None
        for place in range(count):
            column = (begin + place) % count
            if column not in self._row_of:
                direction, gain = self._gain(column, levels)
                if direction and (best is None or gain > best[0]):
                    best = (gain, column, direction)
            if best is not None and (by_number or place % LOOKED_AT == LOOKED_AT - 1):
                break
        if best is None:
            return None
        self._cursor = (best[1] + 1) % count
        return best[1], best[2]

    def _gain(self, column: int, levels: int) -> tuple[int, Number]:
        """Direction in which a column outside the basis gains, and by how much a unit."""
        upper, value = self.upper[column], self.value[column]
        for level in range(levels):
            cost = self.reduced_cost(column, level)
            if cost < 0:
                return (1, -cost) if upper is None or value < upper else (0, 0)
            if cost > 0:
                return (-1, cost) if value > 0 else (0, 0)
        return 0, 0

    def _take(self, entering: int, direction: int) -> None:
        """Move a column as far as it goes; where another stops it, they change places."""
        entries = self.entries[entering].items()
        slopes: list[tuple[int, Number]] = []
        for row, inverse in enumerate(self._inverse):
            slope = sum(inverse[i] * n for i, n in entries if i in inverse)
            if slope:
                slopes.append((row, slope))
        upper = self.upper[entering]
        far: Number | None = self.value[entering]
        if direction > 0:
            far = None if upper is None else upper - self.value[entering]
        leaving: tuple[int, int, Number] | None = None  # column, row, slope
        for row, slope in slopes:
            column = self.basis[row]
            room = self._room(column, -direction * slope)
            if room is None:
                continue
            if far is None or room < far or (room == far and leaving and column < leaving[0]):
                far, leaving = room, (column, row, slope)
        if far is None:
            refuse("markets.no_price_inside_bounds")
        self._still = 0 if far else self._still + 1
        for row, slope in slopes:
            self.value[self.basis[row]] -= direction * slope * far
        self.value[entering] += direction * far
        if leaving is not None:
            self._exchange(entering, leaving, slopes)

    def _room(self, column: int, slope: Number) -> Number | None:
        """How far the entering column may move until this one, moving so, meets its bound."""
        if slope < 0:
            return self.value[column] / Fraction(-slope)
        upper = self.upper[column]
        return None if upper is None else (upper - self.value[column]) / Fraction(slope)

    def _exchange(
        self, entering: int, leaving: tuple[int, int, Number], slopes: list[tuple[int, Number]]
    ) -> None:
        column, row, pivot = leaving
        reduced = [self.reduced_cost(entering, level) for level in range(len(self.duals))]
        fresh: Row = {i: Fraction(n) / pivot for i, n in self._inverse[row].items()}
        for other, slope in slopes:
            if other == row:
                continue
            inverse = self._inverse[other]
            for i, n in fresh.items():
                changed = inverse.get(i, 0) - slope * n
                if changed:
                    inverse[i] = changed
                else:
                    inverse.pop(i, None)
        self._inverse[row] = fresh
        for duals, cost in zip(self.duals, reduced, strict=True):
            for i, n in fresh.items():
                duals[i] += cost * n
        self.basis[row] = entering
        del self._row_of[column]
        self._row_of[entering] = row
