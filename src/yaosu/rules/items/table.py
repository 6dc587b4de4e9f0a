"""A table: rows found by a key, exactly or by bands."""

from collections.abc import Mapping

from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.facts import kind_of
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Table, Value

ROWS_MAX = 10_000
MATCHES = ("exact", "band")


def check(item: Table, kinds: Mapping[str, str]) -> None:
    """Refuse a table with an unknown key, a ragged row, or a key that is there twice."""
    refuse_unless(item.key in kinds, "rules.unknown_fact", item=item.id, fact=item.key)
    reason = _fault_in(item, kinds[item.key])
    refuse_unless(not reason, "rules.bad_table", item=item.id, reason=reason)


def names_read(item: Table) -> list[str]:
    """The one name it reads: its key."""
    return [item.key]


def evaluate(item: Table, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Outcome:
    """The row for the fact of the key's name."""
    if item.key not in facts or kind_of(facts[item.key]) != kinds[item.key]:
        fault = f"{item.key} is not known as {kinds[item.key]}"
        return Outcome(item=item.id, result=None, reason=item.reason, fault=fault)
    row = _find(item, facts[item.key])
    if row is None:
        fault = f"no row for {item.key} = {facts[item.key]}"
        return Outcome(item=item.id, result=None, reason=item.reason, fault=fault)
    return Outcome(item=item.id, result=row)


def _find(item: Table, value: Value) -> dict[str, Value] | None:
    if item.match == "exact":
        return next((row for row in item.rows if row[item.key] == value), None)
    assert isinstance(value, int), value
    below = [(key, row) for row in item.rows if isinstance(key := row[item.key], int)]
    best = [(key, i) for i, (key, _) in enumerate(below) if key <= value]
    return below[max(best)[1]][1] if best else None


def _fault_in(item: Table, key_kind: str) -> str:
    if item.match not in MATCHES:
        return f"match is {item.match!r}, not exact or band"
    if item.columns.get(item.key) != key_kind:
        return f"column {item.key} must be there and of kind {key_kind}"
    if item.match == "band" and key_kind != "int":
        return "bands need a whole number as key"
    if not 0 < len(item.rows) <= ROWS_MAX:
        return f"it has {len(item.rows)} rows, 1 to {ROWS_MAX} are allowed"
    seen: set[Value] = set()
    for number, row in enumerate(item.rows, 1):
        if sorted(row) != sorted(item.columns):
            return f"row {number} has other columns than the table"
        for column, kind in sorted(item.columns.items()):
            if kind_of(row[column]) != kind:
                return f"{column} in row {number} is not of kind {kind}"
        if row[item.key] in seen:
            return f"key {row[item.key]} is there twice"
        seen.add(row[item.key])
    return ""
