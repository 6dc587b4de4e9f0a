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


def rounded_all(amount: Integers, divisor: int, rest: int) -> Integers:
    """The same, of many."""
    whole = amount // divisor
    found: Integers = (divisor - rest) * whole + np.maximum(amount - whole * divisor - rest, 0)
    return found


def round_cuts(rows: Rows, least: Integers, group: Integers, cuts: Cuts) -> Rounded:
    """The cuts made out from what names them; every one holds for all fills that keep the rule.

    Args:
        least: units below which a row is not accepted; a row is whole where that is its ``top``.
    """
    top = rows.top.astype(np.int64)
    owner = np.repeat(np.arange(len(top), dtype=np.int64), np.diff(rows.starts))
    lots = rows.amount.astype(np.int64) * np.where(least == top, top, 1)[owner]
    order = np.argsort(rows.place, kind="stable")
    first = np.searchsorted(rows.place[order], np.arange(rows.places + 1))
    by_cut = np.argsort(cuts.cut, kind="stable")
    starts = np.searchsorted(cuts.cut[by_cut], np.arange(len(cuts.place) + 1))
    base = np.zeros(len(top), np.int64)  # of each group, in the cut at hand
    found: list[Integers] = []
    most: list[int] = []
    for cut, (place, divisor) in enumerate(
        zip(cuts.place.tolist(), cuts.divisor.tolist(), strict=True)
    ):
        its = by_cut[starts[cut] : starts[cut + 1]]
        named, bases = group[cuts.row[its]], cuts.base[its]
        base[named] = bases
        total = -sum(bases.tolist())
        rest = total % divisor
        limit = (divisor - rest) * (total // divisor)
        most.append(limit - sum(rounded(-one, divisor, rest) for one in bases.tolist()))
        legs = order[first[place] : first[place + 1]]
        off = base[group[owner[legs]]]
        factor = rounded_all(lots[legs] - off, divisor, rest) - rounded_all(-off, divisor, rest)
        kept = np.flatnonzero(factor)
        found.append(np.stack([np.full(len(kept), cut), owner[legs[kept]], factor[kept]]))
        base[named] = 0
    table = np.concatenate([np.zeros((3, 0), np.int64), *found], axis=1)
    return Rounded(table[0], table[1], table[2], np.array(most, np.int64))
