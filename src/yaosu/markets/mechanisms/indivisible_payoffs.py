"""What accepted bids may keep of their limits, so that no coalition would rather trade alone.

A bid is a group of packages, or a package that stands alone. Any fills show what the bids in them
could reach without the others: where they are worth v and all that is accepted W, the bids that
are not in them can together keep W - v at most. Under all such limits that are known, each bid
keeps what it could keep by itself less a loss, and the losses are as even as can be: the largest is
as small as possible, then the next.

Source: R. Day, S. Raghavan, "Fair payments for efficient allocations in public sector
combinatorial auctions" (2007), for coalitions found one by one; D. Parkes, J. Kalagnanam, M. Eso,
"Achieving budget-balance with Vickrey-based payment schemes in exchanges" (2001), for the rule of
the least largest loss ("threshold").
"""

import numpy as np
from numpy.typing import NDArray

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_money import welfare_of

AT_LIMITS, CORE, CORE_OF_BUYERS = "limits", "core", "core-of-buyers"

Outside = NDArray[np.bool_]


def rows_sharing(limit: Integers, links: int, units: Integers, payments: str) -> Integers:
    """Rows that are accepted and keep something of their limits; the first are links."""
    takes_part = units > 0
    takes_part[:links] = False
    if payments == CORE_OF_BUYERS:
        takes_part &= limit > 0
    return np.flatnonzero(takes_part)


def limits_of(
    limit: Integers, group: Integers, units: Integers, rows: Integers, coalitions: list[Integers]
) -> tuple[Outside, Integers]:
    """Which accepted bids are outside each coalition, and what these may keep together."""
    outside = np.ones((len(coalitions), len(rows)), bool)
    most = np.zeros(len(coalitions), np.int64)
    welfare = welfare_of(limit, units)
    for at, fills in enumerate(coalitions):
        inside = np.zeros(len(group), bool)
        inside[group[fills > 0]] = True
        outside[at] = ~inside[group[rows]]
        most[at] = max(welfare - welfare_of(limit, fills), 0)
    return outside, most


def even_payoffs(outside: Outside, most: Integers, welfare: int) -> Integers:
    """What each accepted bid keeps, ticks.

    Args:
        outside: one row a coalition, one column an accepted bid: whether it is not in it.
        most: what those outside each coalition may keep together, ticks, >= 0.
        welfare: what all may keep together.

    Returns:
        Whole numbers >= 0; no limit is exceeded, and no bid could keep a tick more at a larger
        loss of others than its own.

    Cost: bids x log(welfare) products of the table with a column.
    """
    bids = outside.shape[1]
    is_wide = welfare * (bids + 1) >= 1 << 62
    kind = object if is_wide else np.int64
    table = np.vstack([np.ones((1, bids), bool), outside]).astype(kind)
    limits = np.concatenate([[welfare], most]).astype(kind)
    alone = np.where(table > 0, limits[:, None], welfare).min(axis=0)
    kept = np.zeros(bids, kind)
    is_open = np.ones(bids, bool)
    while is_open.any():
        low, high = 0, int(alone[is_open].max())
        while low < high:
            loss = (low + high) // 2
            if (table @ _less(alone, loss, kept, is_open) <= limits).all():
                high = loss
            else:
                low = loss + 1
        now = _less(alone, low, kept, is_open)
        if low == 0:
            return now.astype(np.int64)
        more = _less(alone, low - 1, kept, is_open)
        is_over = table @ more > limits
        ends = (more > now) & (table[is_over] > 0).any(axis=0)
        kept[ends] = now[ends]
        is_open &= ~ends
    return kept.astype(np.int64)


def _less(alone: Integers, loss: int, kept: Integers, is_open: NDArray[np.bool_]) -> Integers:
    """What each keeps where those that are open lose so much of what they could keep alone."""
    return np.where(is_open, np.maximum(alone - loss, 0), kept)
