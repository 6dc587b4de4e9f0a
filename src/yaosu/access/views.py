"""What one reads of the gate."""

from yaosu.access.state import AccessState
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
