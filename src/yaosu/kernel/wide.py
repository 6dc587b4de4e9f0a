"""Exact sums of products of columns, which may leave 64 bits: how limits are proved at the door."""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.numbers import INT64_MAX

LIMB = 1 << 32


def sum_of_products(left: Integers, right: Integers) -> int:
    """The sum over rows of |left| x right, exact whatever its size.

    Both of shape (n,), whole numbers of 64 bits, ``right`` >= 0. Where the greatest factors show
    that no sum can leave 64 bits it is summed as it is; otherwise in limbs of 32 bits.

    Cost: O(n), four passes at most.
    """
    size = np.abs(left)
    if int(size.max(initial=0)) * int(right.max(initial=0)) * len(size) <= INT64_MAX:
        return int(np.sum(size * right))
    total = 0
    for shift_left, part_left in enumerate((size % LIMB, size // LIMB)):
        for shift_right, part_right in enumerate((right % LIMB, right // LIMB)):
            product = part_left.astype(np.uint64) * part_right.astype(np.uint64)
            low = int(np.sum(product % np.uint64(LIMB)))
            high = int(np.sum(product // np.uint64(LIMB)))
            total += (low + high * LIMB) << (32 * (shift_left + shift_right))
    return total
