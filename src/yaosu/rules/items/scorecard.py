"""A scorecard: points that add up, each with its reason, kept between a least and a greatest."""

from collections.abc import Mapping

from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules import cel
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Scorecard, Value

POINTS_MAX = INT64_MAX // 10_000


def check(item: Scorecard, kinds: Mapping[str, str]) -> None:
    """Refuse lines that are not truth values over these facts, and bounds that cross."""
    refuse_unless(
        item.least <= item.greatest,
        "rules.beyond_bounds",
        item=item.id,
        value=item.base,
        least=item.least,
        greatest=item.greatest,
    )
    for line in item.points:
        cel.check_expression(line.when, kinds, item.id)
        refuse_unless(
            abs(line.points) <= POINTS_MAX,
            "rules.beyond_bounds",
            item=item.id,
            value=line.points,
            least=-POINTS_MAX,
            greatest=POINTS_MAX,
        )


def names_read(item: Scorecard) -> list[str]:
    """The names its lines read, sorted."""
    return sorted({name for line in item.points for name in cel.names_in(line.when, item.id)})


def evaluate(item: Scorecard, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Outcome:
    """The score and the lines that gave points; none where a line cannot be decided."""
    score = item.base
    lines: list[str] = []
    for line in item.points:
        answer = cel.evaluate(line.when, kinds, facts)
        if answer.fault:
            return Outcome(item=item.id, result=None, reason=item.reason, fault=answer.fault)
        if answer.holds:
            score += line.points
            lines.append(line.reason)
    score = min(max(score, item.least), item.greatest)
    return Outcome(item=item.id, result=score, lines=tuple(lines))
