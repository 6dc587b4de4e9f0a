"""Division that names its rounding, and shares of a whole that lose nothing.

Whoever divides says which way it rounds; the rest goes to somebody by a stated rule.
"""

from collections.abc import Sequence


def divide_down(numerator: int, denominator: int) -> int:
    """The quotient rounded towards minus infinity."""
    assert denominator > 0, denominator
    return numerator // denominator


def divide_up(numerator: int, denominator: int) -> int:
    """The quotient rounded towards plus infinity."""
    assert denominator > 0, denominator
    return -(-numerator // denominator)


def divide_to_even(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest, halves to the even neighbour."""
    assert denominator > 0, denominator
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        return quotient + 1
    return quotient


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` in proportion to ``weights`` by largest remainders; nothing is lost.

    Each part is the exact share rounded down or up; the units left over go to the largest
    remainders, equal remainders to the earlier position.

    Args:
        total: units to split, >= 0.
        weights: one whole number >= 0 a recipient; not all zero unless total is zero.

    Returns:
        One part a recipient, in the same order; their sum is ``total``.

    Source: method of Hamilton (largest remainders): Balinski and Young, "Fair Representation",
    1982.
    """
    assert total >= 0, total
    assert all(weight >= 0 for weight in weights), "weights must not be negative"
    whole = sum(weights)
    if total == 0:
        return [0] * len(weights)
    assert whole > 0, "nobody to give to"
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    assert sum(parts) == total
    return parts
