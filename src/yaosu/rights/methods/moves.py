"""How rights change when lots move: shares split exactly, and merge again with their like.

Rival factors conserve: what the source loses the target has. Non-rival ones are granted: the
source keeps its share and counts what it granted; the target gets a derived right of that many
lots. Either way the lots that are left add up to what they were.
"""

from fractions import Fraction

from msgspec.structs import replace

from yaosu.kernel.numbers import Share
from yaosu.rights.values import Right


def lots_in(right: Right, quantity: int) -> int:
    """The lots of a right: its share of the unit's quantity, less what was granted out of it."""
    whole = right.share.of_whole(quantity)
    assert whole.denominator == 1, f"right {right.id} is {whole} lots"
    return whole.numerator - right.granted


def is_whole_lots(share: Share, quantity: int) -> bool:
    """Whether a share of a unit is a whole number of lots."""
    return share.of_whole(quantity).denominator == 1


def may_merge(right: Right, other: Right) -> bool:
    """Whether two rights differ in nothing but holder and share, so that they can be one."""
    return (
        right.unit == other.unit
        and right.kind == other.kind
        and right.instrument == other.instrument
        and right.term_from == other.term_from
        and right.term_to == other.term_to
        and right.scope == other.scope
        and right.based_on == other.based_on
        and right.granted == other.granted == 0
    )


def given_up(right: Right, lots: int, quantity: int, at: int, entry: str) -> Right:
    """The source after ``lots`` of it moved away; ended when nothing is left."""
    rest = right.share.minus(share_of(lots, quantity))
    is_ended = rest.numerator == 0
    return replace(right, share=rest, end=at if is_ended else 0, entry=entry)


def added_to(right: Right, lots: int, quantity: int, entry: str) -> Right:
    """The target after ``lots`` of its like were added."""
    return replace(right, share=right.share.plus(share_of(lots, quantity)), entry=entry)


def share_of(lots: int, quantity: int) -> Share:
    """The share that a number of lots is of a unit, in lowest terms."""
    part = Fraction(lots, quantity)
    return Share.of(part.numerator, part.denominator)
