"""A condition: a predicate over facts. Met, or not; what cannot be decided is not met."""

from collections.abc import Mapping

from yaosu.rules import cel
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Condition, Value


def check(item: Condition, kinds: Mapping[str, str]) -> None:
    """Refuse a condition whose expression does not give a truth value over these facts."""
    cel.check_expression(item.expression, kinds, item.id)


def names_read(item: Condition) -> list[str]:
    """The names its expression reads."""
    return list(cel.names_in(item.expression, item.id))


def evaluate(item: Condition, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Outcome:
    """Whether it is met; the reason code where it is not."""
    answer = cel.evaluate(item.expression, kinds, facts)
    reason = "" if answer.holds else item.reason
    return Outcome(item=item.id, result=answer.holds, reason=reason, fault=answer.fault)
