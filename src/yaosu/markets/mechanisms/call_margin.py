"""The margin: one region's marginal lots to its marginal orders."""

import numpy as np

from yaosu.kernel.columns import Array, Integers


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
        parts[np.lexsort([first, -rests])[:left]] += 1
    return parts
