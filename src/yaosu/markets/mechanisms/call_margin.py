"""The margin: one region's marginal lots to its marginal orders; then what each order gets."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.kernel.sorting import order_of
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Positions
from yaosu.markets.orders import Orders


def filled_rows(
    orders: Orders,
    book: Book,
    at: Positions,
    bought: Integers,
    sold: Integers,
    parameters: CallParameters,
) -> Integers:
    """Lots filled of each order, by row.

    Args:
        at: positions at the prices. bought, sold: marginal lots filled in each region, (N,).
    """
    lots = np.zeros(orders.rows, np.int64)
    shared = np.zeros(len(book.starts) - 1, bool)
    ends = (at.buy_first, at.buy_end, at.sell_first, at.sell_end)
    fill_rows(book.starts, book.order, book.lots, book.sums, *ends, bought, sold, lots, shared)
    is_pro_rata = "pro_rata_parties" in parameters.tie_chain
    party = None if orders.party is None else orders.party.codes
    for segment in np.flatnonzero(shared).tolist():
        r, is_sell = segment // 2, segment % 2 == 1
        begin = int((at.sell_first if is_sell else at.buy_first)[r])
        end = int((at.sell_end if is_sell else at.buy_end)[r])
        rows = book.order[begin:end]
        codes = None if party is None else party[rows]
        filled = int((sold if is_sell else bought)[r])
        lots[rows] = margin_lots(filled, book.lots[begin:end], codes, is_pro_rata)
    return lots


@compiled
def fill_rows(
    starts: Integers,
    order: Integers,
    offered: Integers,
    sums: Integers,
    buy_first: Integers,
    buy_end: Integers,
    sell_first: Integers,
    sell_end: Integers,
    bought: Integers,
    sold: Integers,
    lots: Integers,
    shared: Array,
) -> None:
    """Fill orders better than the price and margins that are no choice; mark the others."""
    for r in range(len(bought)):
        for place in range(buy_end[r], starts[2 * r + 1]):
            lots[order[place]] = offered[place]
        for place in range(starts[2 * r + 1], sell_first[r]):
            lots[order[place]] = offered[place]
        for side in range(2):
            begin = buy_first[r] if side == 0 else sell_first[r]
            end = buy_end[r] if side == 0 else sell_end[r]
            filled = bought[r] if side == 0 else sold[r]
            if filled == 0:
                continue
            if filled == sums[end] - sums[begin]:
                for place in range(begin, end):
                    lots[order[place]] = offered[place]
            elif end - begin == 1:
                lots[order[begin]] = filled
            else:
                shared[2 * r + side] = True


def margin_lots(filled: int, lots: Integers, party: Array | None, is_pro_rata: bool) -> Integers:
    """Lots of each order at the margin, whole, adding up to ``filled``.

    Args:
        filled: lots to give out, 0 <= filled <= sum of lots.
        lots: offered, shape (m,), orders in canonical order (sequence first).
        party: code of each order's party, or None where each is its own.
        is_pro_rata: parties in proportion to what they offer, by largest remainders, equal
            remainders to the party with the earliest order; inside a party by sequence.
            Otherwise by sequence alone.

    Returns:
        Lots given, shape (m,).
    """
    total = int(lots.sum())
    if filled == total:
        return lots
    if filled == 0:
        return np.zeros(len(lots), np.int64)
    if not is_pro_rata:
        by_time: Integers = np.clip(filled - (np.cumsum(lots) - lots), 0, lots)
        return by_time
    if party is None:
        return _largest_remainders(filled, lots, np.arange(len(lots)))
    _, first, member = np.unique(party, return_index=True, return_inverse=True)
    offered = np.zeros(len(first), np.int64)
    np.add.at(offered, member, lots)
    given = _largest_remainders(filled, offered, first)
    order = np.argsort(member, kind="stable")
    before = np.cumsum(lots[order]) - lots[order]
    begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(offered)[:-1]])
    result = np.empty(len(lots), np.int64)
    left = given[member[order]] - (before - begin[member[order]])
    result[order] = np.clip(left, 0, lots[order])
    return result


def _largest_remainders(filled: int, weights: Integers, first: Integers) -> Integers:
    total = int(weights.sum())
    if filled * int(weights.max()) < 2**62:
        parts, rests = filled * weights // total, filled * weights % total
    else:
        pairs = [divmod(filled * weight, total) for weight in weights.tolist()]
        parts = np.array([pair[0] for pair in pairs], np.int64)
        rests = np.array([pair[1] for pair in pairs], np.int64)
    left = filled - int(parts.sum())
    if left:
        parts[order_of([-rests, first])[:left]] += 1
    return parts
