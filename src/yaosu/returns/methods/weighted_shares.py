"""Share a sum by weights and then by registered shares, in one exact step.

Every claim is an exact fraction of the whole: weight of its group / sum of weights x its part of
the group. The whole is split over all claims at once by largest remainders, so each claim is
within one minor unit of its exact part and nothing is lost between two levels of rounding.
"""

from fractions import Fraction
from math import lcm

from msgspec import Struct

from yaosu.kernel.rounding import apportion


class Claim(Struct, frozen=True):
    """One claim: the group it belongs to, its size inside the group, and a name to tell it by."""

    group: str
    size: Fraction
    name: str


def split(total: int, weights: dict[str, int], claims: list[Claim]) -> list[int]:
    """Split ``total`` over the claims.

    Args:
        total: minor units, >= 0.
        weights: group -> weight >= 0; those of groups that have claims are not all zero.
        claims: in a stated order, which settles equal remainders.

    Returns:
        One amount a claim, in the same order, summing to ``total``.
    """
    group_size: dict[str, Fraction] = {}
    for claim in claims:
        group_size[claim.group] = group_size.get(claim.group, Fraction(0)) + claim.size
    parts = [
        weights[claim.group] * claim.size / group_size[claim.group] if claim.size else Fraction(0)
        for claim in claims
    ]
    common = lcm(*(part.denominator for part in parts)) if parts else 1
    return apportion(total, [int(part * common) for part in parts])
