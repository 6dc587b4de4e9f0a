"""Cuts: what whole packages cannot do at a place though parts of packages could.

At a place, lots taken are at most lots given. From each group a multiple of "one option or none"
may be taken off that row, so that what is chosen there counts nothing and what is not chosen counts
against it; then every number is rounded as whole numbers allow. A cut is named by its place, its
divisor and these multiples, from which anyone makes the same cut again.

Source: H. Marchand, L. Wolsey, "Aggregation and mixed integer rounding to solve MIPs" (2001), for
the rounding and the choice of divisors; the groups take the part of variable bounds.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.package_smooth import Rows


class Cuts(NamedTuple):
    """Cuts as they are told.

    Attributes:
        place, divisor: of each cut. cut, row, base: groups, each by its first row in the book,
            from which a multiple is taken off.
    """

    place: Integers
    divisor: Integers
    cut: Integers
    row: Integers
    base: Integers


class Rounded(NamedTuple):
    """Cuts made out: the sum of factors times accepted units (or packages) is at most ``most``.

    Attributes:
        cut, row, factor: one a row of the book in a cut; of a row that is whole the factor counts
            once, of others for each unit.
        most: of each cut.
    """

    cut: Integers
    row: Integers
    factor: Integers
    most: Integers


NO_CUTS = Cuts(*(np.zeros(0, np.int64) for _ in range(5)))


@compiled
def rounded(amount: int, divisor: int, rest: int) -> int:
    """A coefficient rounded: times ``divisor - rest``, so that it is whole."""
    whole = amount // divisor
    return int((divisor - rest) * whole + max(amount - whole * divisor - rest, 0))


def round_cuts(rows: Rows, least: Integers, group: Integers, cuts: Cuts) -> Rounded:
    """The cuts made out from what names them; every one holds for all fills that keep the rule.

    Args:
        least: units below which a row is not accepted; a row is whole where that is its ``top``.
    """
    top = rows.top.astype(np.int64)
    owner = np.repeat(np.arange(len(top), dtype=np.int64), np.diff(rows.starts))
    order = np.argsort(rows.place, kind="stable")
    first = np.searchsorted(rows.place[order], np.arange(rows.places + 1))
    found: list[tuple[int, int, int]] = []
    most: list[int] = []
    bases: list[dict[int, int]] = [{} for _ in cuts.place]
    for cut, row, base in zip(
        cuts.cut.tolist(), cuts.row.tolist(), cuts.base.tolist(), strict=True
    ):
        bases[cut][int(group[row])] = base
    for cut, (place, divisor) in enumerate(
        zip(cuts.place.tolist(), cuts.divisor.tolist(), strict=True)
    ):
        base = bases[cut]
        total = -sum(base.values())
        rest = total % divisor
        limit = (divisor - rest) * (total // divisor)
        limit -= sum(rounded(-one, divisor, rest) for one in base.values())
        for leg in order[first[place] : first[place + 1]].tolist():
            row = int(owner[leg])
            amount, off = int(rows.amount[leg]), base.get(int(group[row]), 0)
            if int(least[row]) == int(top[row]):
                amount *= int(top[row])
            factor = rounded(amount - off, divisor, rest) - rounded(-off, divisor, rest)
            if factor:
                found.append((cut, row, factor))
        most.append(limit)
    table = np.array(found, np.int64).reshape(len(found), 3)
    return Rounded(table[:, 0], table[:, 1], table[:, 2], np.array(most, np.int64))
