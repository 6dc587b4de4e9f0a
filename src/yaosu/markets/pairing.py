"""Handing sold lots to buyers, from the first to the first until they are gone."""

import numpy as np

from yaosu.kernel.columns import Integers


def hand_over(sold: Integers, bought: Integers) -> tuple[Integers, Integers, Integers]:
    """Which sale gives to which purchase how many lots; fewer rows than both have together.

    Args:
        sold, bought: lots of each, above zero; both sums are the same.

    Returns:
        Place of the sale, place of the purchase, lots.
    """
    ends_sold, ends_bought = np.cumsum(sold), np.cumsum(bought)
    cuts = np.union1d(ends_sold, ends_bought)
    cuts = cuts[cuts > 0]
    lots = np.diff(np.concatenate([[0], cuts]))
    giver = np.searchsorted(ends_sold, cuts, side="left")
    taker = np.searchsorted(ends_bought, cuts, side="left")
    return giver, taker, lots.astype(np.int64)
