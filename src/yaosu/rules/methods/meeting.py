"""Can conditions be met? Contradictory, always met, unreachable; decided exactly or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from yaosu.rules.evaluate import Items, evaluate
from yaosu.rules.methods.finding import Finding
from yaosu.rules.methods.points import Points, Undecided, points_of
from yaosu.rules.pack import ENTRY_PURPOSES, Condition, Pack, Scorecard, Value

TOGETHER_MAX = 2_000  # factors times roles whose conditions are looked at together


def meeting_findings(items: Items, kinds: Mapping[str, str], pack: Pack) -> Iterator[Finding]:
    """What can never be met, is always met or never reached, and what is not decided.

    Args:
        items: those of the pack with what they read, checked.
        pack: whose items are looked at.
    """
    own = {item.id for item in pack.items}
    lone: set[str] = set()
    for condition in pack.condition:
        for finding in _of_one(items, kinds, pack.name, condition):
            lone.add(condition.id)
            yield finding
    for scorecard in pack.scorecard:
        yield from _of_lines(items, kinds, pack.name, scorecard)
    seen: list[tuple[str, ...]] = []
    try:
        for who, together in _applying_together(items):
            known = [item for item in together if item.id not in lone]
            ids = tuple(item.id for item in known)
            if len(known) > 1 and ids not in seen and not own.isdisjoint(ids):
                seen.append(ids)
                yield from _of_many(items, kinds, pack.name, who, known)
    except Undecided as undecided:
        sentence = f"not decided whether entry is open to anybody: {undecided}"
        yield _finding(pack.name, "not_decided", "", sentence)


def _of_one(
    items: Items, kinds: Mapping[str, str], pack: str, condition: Condition
) -> Iterator[Finding]:
    try:
        points = points_of(items, kinds, [condition])
        said = {_holds(items, kinds, condition, point) for point in points.each()}
    except Undecided as undecided:
        sentence = f"not decided whether it can be met: {undecided}"
        yield _finding(pack, "not_decided", condition.id, sentence)
        return
    if True not in said:
        yield _finding(pack, "contradictory", condition.id, "no facts meet it")
    elif False not in said:
        yield _finding(pack, "always_met", condition.id, "all facts meet it: it asks for nothing")


def _of_lines(
    items: Items, kinds: Mapping[str, str], pack: str, scorecard: Scorecard
) -> Iterator[Finding]:
    """Lines of a scorecard that never give their points."""
    try:
        points = points_of(items, kinds, [scorecard])
        given: set[str] = set()
        for point in points.each():
            given.update(evaluate(items, kinds, scorecard.id, point).lines)
    except Undecided as undecided:
        sentence = f"not decided which lines give points: {undecided}"
        yield _finding(pack, "not_decided", scorecard.id, sentence)
        return
    for line in scorecard.points:
        if line.reason not in given:
            yield _finding(
                pack, "unreachable", scorecard.id, f"its line {line.reason} never gives its points"
            )


def _of_many(
    items: Items, kinds: Mapping[str, str], pack: str, who: str, known: Sequence[Condition]
) -> Iterator[Finding]:
    """Conditions that can each be met, but not all by one applicant."""
    try:
        for part in _parts(items, kinds, known):
            if not _can_meet_all(items, kinds, part):
                pairs = combinations(part, 2)
                closed = (pair for pair in pairs if not _can_meet_all(items, kinds, pair))
                names = " + ".join(item.id for item in next(closed, part))
                sentence = f"nobody can meet them together, so {who} is closed to all"
                yield _finding(pack, "contradictory", names, sentence)
    except Undecided as undecided:
        names = " + ".join(item.id for item in known)
        sentence = f"not decided whether {who} is open to anybody: {undecided}"
        yield _finding(pack, "not_decided", names, sentence)


def _applying_together(items: Items) -> Iterator[tuple[str, list[Condition]]]:
    """The conditions that one applicant must meet all of, for each factor and role named.

    Those of other purposes may stand for ways to choose between, so they are not joined.

    Raises:
        Undecided: there are too many factors and roles.
    """
    conditions = [item for _, item in sorted(items.items()) if isinstance(item, Condition)]
    for purpose in ENTRY_PURPOSES:
        asked = [item for item in conditions if item.purpose == purpose]
        factors = sorted({factor for item in asked for factor in item.factors})
        roles = sorted({role for item in asked for role in item.roles})
        if len(factors) * len(roles) > TOGETHER_MAX:
            raise Undecided(f"{purpose} names {len(factors)} factors and {len(roles)} roles")
        for factor in factors:
            for role in roles:
                together = [
                    item
                    for item in asked
                    if not {"*", factor}.isdisjoint(item.factors)
                    and not {"*", role}.isdisjoint(item.roles)
                ]
                yield _who(purpose, factor, role), together


def _who(purpose: str, factor: str, role: str) -> str:
    of = "" if factor == "*" else f" of {factor}"
    by = "" if role == "*" else f" for the role {role}"
    return f"{purpose}{of}{by}"


def _parts(
    items: Items, kinds: Mapping[str, str], known: Sequence[Condition]
) -> list[list[Condition]]:
    """The conditions in parts that read no fact together: each part stands for itself."""
    parts: list[tuple[Points, list[Condition]]] = []
    for condition in known:
        points = points_of(items, kinds, [condition])
        joined = [part for part in parts if not part[0].names.isdisjoint(points.names)]
        merged = [*(item for part in joined for item in part[1]), condition]
        parts = [part for part in parts if part not in joined]
        parts.append((points_of(items, kinds, merged), merged))
    return [part for _, part in parts]


def _can_meet_all(items: Items, kinds: Mapping[str, str], together: Sequence[Condition]) -> bool:
    points = points_of(items, kinds, together)
    return any(
        all(_holds(items, kinds, condition, point) for condition in together)
        for point in points.each()
    )


def _holds(
    items: Items, kinds: Mapping[str, str], condition: Condition, point: Mapping[str, Value]
) -> bool:
    return evaluate(items, kinds, condition.id, point).result is True


def _finding(pack: str, kind: str, item: str, sentence: str) -> Finding:
    return Finding(kind=kind, pack=pack, item=item, sentence=sentence)
