"""A parameter: one figure, with its unit and the bounds an overlay may move it in."""

from collections.abc import Mapping

from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Parameter, Value


def check(item: Parameter, kinds: Mapping[str, str]) -> None:
    """Refuse a value outside its own bounds; ``kinds`` is not read."""
    check_bounds(item, item.value)


def check_bounds(item: Parameter, value: Value) -> None:
    """Refuse a value outside the bounds an item sets; truth values and texts have none."""
    bounded = item.least is not None or item.greatest is not None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    above = item.least is None or (isinstance(value, int) and value >= item.least)
    below = item.greatest is None or (isinstance(value, int) and value <= item.greatest)
    refuse_unless(
        not bounded or (is_number and above and below),
        "rules.beyond_bounds",
        item=item.id,
        value=value,
        least="any" if item.least is None else item.least,
        greatest="any" if item.greatest is None else item.greatest,
    )


def names_read(item: Parameter) -> list[str]:
    """A parameter reads nothing."""
    return []


def evaluate(item: Parameter, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Outcome:
    """Its value, whatever the facts."""
    return Outcome(item=item.id, result=item.value)
