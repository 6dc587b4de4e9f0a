"""Exact sums of products of columns, which may leave 64 bits: how limits are proved at the door."""

import numpy as np

from yaosu.kernel.columns import Integers

LIMB = 1 << 32
FLOAT_SAFE = 2.0**61


def sum_of_products(left: Integers, right: Integers) -> int:
    """The sum over rows of |left| x right, exact whatever its size.

    Both of shape (n,), whole numbers of 64 bits, ``right`` >= 0. Where a rough sum in floats is
    far enough below 2^63 it is summed as it is; otherwise in limbs of 32 bits.

    Cost: O(n), four passes at most.
    """
    size = np.abs(left)
    rough = float(np.sum(size.astype(np.float64) * right.astype(np.float64)))
    if rough < FLOAT_SAFE:
        return int(np.sum(size * right))
    total = 0
    for shift_left, part_left in enumerate((size % LIMB, size // LIMB)):
        for shift_right, part_right in enumerate((right % LIMB, right // LIMB)):
            product = part_left.astype(np.uint64) * part_right.astype(np.uint64)
            low = int(np.sum(product % np.uint64(LIMB)))
            high = int(np.sum(product // np.uint64(LIMB)))
            total += (low + high * LIMB) << (32 * (shift_left + shift_right))
    return total
