"""All fills of a small book, one by one; and whether prices support them, as fractions."""

from collections.abc import Iterator
from fractions import Fraction

from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

Row = tuple[int, int, int, str, dict[tuple[str, str], int]]  # limit, least, most, group, legs


def rows_of(packages: Packages, network: Network) -> list[Row]:
    """Packages and links, each as a row."""
    found: list[Row] = []
    texts = [packages.legs.text(name).tolist() for name in ("instrument", "region")]
    legs: list[dict[tuple[str, str], int]] = [{} for _ in range(packages.rows)]
    for row, instrument, region, amount in zip(
        packages.legs["order"].tolist(), *texts, packages.legs["amount"].tolist(), strict=True
    ):
        legs[row][instrument, region] = amount
    group = packages.group.tolist() if packages.group else [""] * packages.rows
    least = packages.quantity if packages.minimum is None else packages.minimum
    for at in range(packages.rows):
        most = int(packages.quantity[at])
        found.append((int(packages.limit[at]), int(least[at]), most, group[at], legs[at]))
    for instrument in sorted({place[0] for leg in legs for place in leg}):
        for source, target, capacity, cost in zip(
            network.source.tolist(),
            network.target.tolist(),
            network.capacity.tolist(),
            network.cost.tolist(),
            strict=True,
        ):
            ends = {(instrument, source): 1, (instrument, target): -1}
            found.append((-cost, 1, capacity, "", ends))
    return found


def all_fills(rows: list[Row]) -> Iterator[list[int]]:
    """Every number of units of every row, one of a group at most."""

    def further(at: int, units: list[int], groups: frozenset[str]) -> Iterator[list[int]]:
        if at == len(rows):
            yield units
            return
        _, least, most, group, _ = rows[at]
        yield from further(at + 1, [*units, 0], groups)
        if group not in groups:
            for count in range(least, most + 1):
                taken = groups | {group} if group else groups
                yield from further(at + 1, [*units, count], taken)

    yield from further(0, [], frozenset())


def left_over(rows: list[Row], units: list[int]) -> dict[tuple[str, str], int]:
    left: dict[tuple[str, str], int] = {}
    for row, count in zip(rows, units, strict=True):
        for place, amount in row[4].items():
            left[place] = left.get(place, 0) - amount * count
    return left


def worth_of(rows: list[Row], units: list[int]) -> int:
    return sum(row[0] * count for row, count in zip(rows, units, strict=True))


def most_welfare(rows: list[Row]) -> int:
    """Of all fills that take nothing that is not given."""
    return max(
        worth_of(rows, units)
        for units in all_fills(rows)
        if min(left_over(rows, units).values()) >= 0
    )


def most_supported_welfare(rows: list[Row]) -> int:
    """Of all these at which one price for each place leaves no accepted row a loss."""
    fitting = [u for u in all_fills(rows) if min(left_over(rows, u).values()) >= 0]
    for units in sorted(fitting, key=lambda u: -worth_of(rows, u)):
        if is_supported(rows, units):
            return worth_of(rows, units)
    raise AssertionError("nothing at all is always supported")


def is_supported(rows: list[Row], units: list[int]) -> bool:
    """Whether prices >= 0 exist, zero where something is left over: Fourier and Motzkin."""
    left = left_over(rows, units)
    places = sorted(place for place, lots in left.items() if lots == 0)
    lines = [  # sum of price x amount <= limit
        ([Fraction(row[4].get(place, 0)) for place in places], Fraction(row[0]))
        for row, count in zip(rows, units, strict=True)
        if count
    ]
    for at in range(len(places)):
        lines.append(([Fraction(-(at == other)) for other in range(len(places))], Fraction(0)))
    for at in range(len(places)):
        above = [line for line in lines if line[0][at] > 0]
        below = [line for line in lines if line[0][at] < 0]
        lines = [line for line in lines if line[0][at] == 0]
        for one, most in above:
            for other, least in below:
                by, times = -other[at], one[at]
                sums = [by * a + times * b for a, b in zip(one, other, strict=True)]
                lines.append((sums, by * most + times * least))
    return all(most >= 0 for _, most in lines)
