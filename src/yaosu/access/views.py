"""What one reads of the gate."""

from yaosu.access.state import AccessState, tables_in_force
from yaosu.kernel.columns import Columns, Text


def admissions(state: AccessState) -> Columns:
    """Admissions as they stand: party, factor, role, standing, rules, since (instant)."""
    rows = [
        admission
        for _, of_party in sorted(state.admissions.items())
        for _, admission in sorted(of_party.items())
    ]
    return Columns.of(
        party=Text.of([row.party for row in rows]),
        factor=Text.of([row.factor for row in rows]),
        role=Text.of([row.role for row in rows]),
        standing=Text.of([row.standing for row in rows]),
        rules=Text.of([row.rules for row in rows]),
        since=[row.at for row in rows],
    )


def recognitions(state: AccessState) -> Columns:
    """What was recognised, by id: party, credential, target, level, way, tables, supervision."""
    rows = [known for _, known in sorted(state.recognitions.items())]
    return Columns.of(
        recognition=Text.of([row.id for row in rows]),
        party=Text.of([row.party for row in rows]),
        credential=Text.of([row.credential for row in rows]),
        target=Text.of([row.target for row in rows]),
        level=[row.level for row in rows],
        way=Text.of([" > ".join(row.way) for row in rows]),
        tables=Text.of([" ".join(row.tables) or row.ground for row in rows]),
        supervisor=Text.of([row.supervisor for row in rows]),
        supervised_until=[row.supervised_until for row in rows],
    )


def learning_account(state: AccessState, party: str) -> Columns:
    """The account of a party in the credit bank: award, outcome, credits, table, when (instant)."""
    rows = [
        (claim, outcome, credits)
        for _, claim in sorted(state.claims.items())
        if claim.party == party
        for outcome, credits in claim.outcomes.items()
    ]
    return Columns.of(
        award=Text.of([claim.award for claim, _, _ in rows]),
        outcome=Text.of([outcome for _, outcome, _ in rows]),
        credits=[credits for _, _, credits in rows],
        table=Text.of([claim.table for claim, _, _ in rows]),
        at=[claim.at for claim, _, _ in rows],
    )


def grades(state: AccessState, now: int) -> Columns:
    """Grades of the scales in force: scale, grade, name, years, needs, pay band (minor units)."""
    rows = [
        (scale, grade) for scale in tables_in_force(state.scales, now) for grade in scale.grades
    ]
    return Columns.of(
        scale=Text.of([scale.id for scale, _ in rows]),
        grade=[grade.grade for _, grade in rows],
        name=Text.of([grade.name for _, grade in rows]),
        years=[grade.years for _, grade in rows],
        needs=Text.of([_words(grade.needs) for _, grade in rows]),
        leap=Text.of([_words(grade.leap) for _, grade in rows]),
        pay_min=[grade.pay_min for _, grade in rows],
        pay_max=[grade.pay_max for _, grade in rows],
        currency=Text.of([scale.currency for scale, _ in rows]),
    )


def _words(levels: dict[str, int]) -> str:
    return ", ".join(f"{kind} >= {level}" for kind, level in sorted(levels.items()))
