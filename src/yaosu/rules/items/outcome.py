"""What an item gives: a result, or the reason there is none."""

from msgspec import Struct

from yaosu.rules.pack import Value

Row = dict[str, Value]


class Outcome(Struct, frozen=True, kw_only=True):
    """The answer of one item.

    Attributes:
        item: its id.
        result: truth value, whole number, text, or a table's row; None where there is none.
        reason: the item's reason code where it stands in the way; empty otherwise.
        fault: why nothing could be worked out, in words; empty otherwise.
        lines: reason codes of the scorecard lines that gave points.
    """

    item: str
    result: Value | Row | None
    reason: str = ""
    fault: str = ""
    lines: tuple[str, ...] = ()
