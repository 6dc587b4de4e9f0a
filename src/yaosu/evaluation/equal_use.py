"""Are equal requests treated equally, whoever owns the applicant and however large it is?

The same request is put to the rules again and again, with nothing changed but the owner type and
the size of who asks. Where an answer, a reason or a price differs, a rule caused it, and the item
is named. Beside that stand what was approved and how long it took, by group, as the journal has it:
those may differ for other causes, which the twin requests rule out or in.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

from yaosu.access.decide import PURPOSE
from yaosu.access.methods.entry import assess
from yaosu.access.values import MARKET_ROLES
from yaosu.cases.charges import TARIFF
from yaosu.cases.methods.times import lower_median, times_of
from yaosu.cases.state import procedure_named
from yaosu.cases.values import APPROVED, CARRIED_OUT, OPEN, REFUSED
from yaosu.core import State
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.instant import DAY
from yaosu.parties.decide import facts_of, unattested
from yaosu.rules.decide import ask, conditions_for, national
from yaosu.rules.overlay import RulesInForce, rules_in_force
from yaosu.rules.pack import Value

OWNERSHIPS = ("state", "collective", "private", "foreign", "mixed")
SIZES = ("micro", "small", "medium", "large")
TWINS_MAX = 200  # parties whose request is put again for each owner type and size
PRICES = (TARIFF, "price.", "posted.", "fee.")  # how items that say what is paid begin


def equal_use(state: State) -> Columns:
    """Twin requests: every admission and every price in the rules in force.

    For each factor and role, the request of each known party (the first ones by id), and for each
    item that says a price, the same facts with each owner type and size.

    Columns: question, requests (put), differ (answers that are not those of their twins), by (the
    items that caused it, joined by spaces; empty where none). Sorted by question.
    """
    rules = national(state)
    parties = sorted(state.parties.parties)[:TWINS_MAX]
    rows = []
    for factor, role in product(sorted(state.rights.profiles), MARKET_ROLES):
        conditions = conditions_for(state, PURPOSE, factor, role)
        differ = 0
        items: set[str] = set()
        for party in parties:
            base = facts_of_party(state, party)
            answers = {}
            for twin in twins(base):
                entry = assess(rules, conditions, twin)
                answers[entry.met, entry.reasons] = entry
            if len(answers) > 1:
                differ += 1
                met = [one.met for one in answers.values()]
                items |= {item for one in met for item in one if any(item not in m for m in met)}
        rows.append((f"{role} of {factor}", len(parties), differ, sorted(items)))
    rows += _prices(state, rules, parties)
    rows.sort(key=lambda row: row[0])
    return Columns.of(
        question=Text.of([row[0] for row in rows]),
        requests=[row[1] * len(OWNERSHIPS) * len(SIZES) for row in rows],
        differ=[row[2] for row in rows],
        by=Text.of([" ".join(row[3]) for row in rows]),
    )


def treatment(state: State, by: str) -> Columns:
    """What became of cases, by a fact of who filed them, as the journal has it.

    Args:
        by: ``ownership``, ``size`` or another fact of parties.

    Columns: group (empty where nobody stated it), admitted (parties), cases, approved, refused,
    days (median of those over, rounded up; -1 where none is).
    """
    groups: dict[str, list[str]] = {}
    for name, party in sorted(state.parties.parties.items()):
        groups.setdefault(str(party.facts.get(by, "")), []).append(name)
    rows = []
    for group, names in sorted(groups.items()):
        filed = [
            state.cases.cases[case]
            for name in names
            for case in state.cases.by_applicant.get(name, [])
        ]
        known = [
            times.combined
            for case in filed
            if case.phase != OPEN
            and (times := times_of(procedure_named(state.cases, case.filed.procedure), case))
        ]
        rows.append(
            (
                group,
                sum(name in state.access.admissions for name in names),
                len(filed),
                sum(case.phase in {APPROVED, CARRIED_OUT} for case in filed),
                sum(case.phase == REFUSED for case in filed),
                -(-lower_median(known) // DAY) if known else -1,
            )
        )
    return Columns.of(
        group=Text.of([row[0] for row in rows]),
        admitted=[row[1] for row in rows],
        cases=[row[2] for row in rows],
        approved=[row[3] for row in rows],
        refused=[row[4] for row in rows],
        days=[row[5] for row in rows],
    )


def twins(facts: Mapping[str, Any]) -> list[dict[str, Value]]:
    """The same facts with every owner type and size."""
    return [
        {**facts, "ownership": ownership, "size": size}
        for ownership, size in product(OWNERSHIPS, SIZES)
    ]


def facts_of_party(state: State, party: str) -> dict[str, Value]:
    """What rules may read of a party; empty of one that left for good."""
    return {} if party in state.parties.deregistered else dict(facts_of(state, party))


def _prices(
    state: State, rules: RulesInForce, parties: list[str]
) -> list[tuple[str, int, int, list[str]]]:
    """Every item that says a price, asked by all, with whatever else it reads left unsaid."""
    found = []
    known = rules_in_force(state)
    levels = unattested(rules.facts)
    for item in sorted(known.items) if known is not None else ():
        if not item.startswith(PRICES):
            continue
        differ = 0
        for party in parties:
            base = {**levels, **facts_of_party(state, party)}
            answers = [ask(rules, item, twin) for twin in twins(base)]
            differ += any(
                (one.result, one.fault) != (answers[0].result, answers[0].fault) for one in answers
            )
        found.append((f"price {item}", len(parties), differ, [item] if differ else []))
    return found
