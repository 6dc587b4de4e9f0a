"""What one reads of parties."""

from yaosu.kernel.columns import Columns, Text
from yaosu.parties.state import PartiesState


def parties(state: PartiesState) -> Columns:
    """Parties by id: party, kind, name, roles held now (joined by spaces), since (instant)."""
    rows = [party for _, party in sorted(state.parties.items())]
    return Columns.of(
        party=Text.of([row.id for row in rows]),
        kind=Text.of([row.kind for row in rows]),
        name=Text.of([row.name for row in rows]),
        roles=Text.of([_roles(state, row.id) for row in rows]),
        since=[row.since for row in rows],
    )


def attestations(state: PartiesState) -> Columns:
    """Every attestation ever issued, by id, with its level, term and withdrawal (instants)."""
    rows = [attestation for _, attestation in sorted(state.attestations.items())]
    return Columns.of(
        attestation=Text.of([row.id for row in rows]),
        issuer=Text.of([row.issuer for row in rows]),
        about=Text.of([row.about for row in rows]),
        kind=Text.of([row.kind for row in rows]),
        level=[row.level for row in rows],
        term_from=[row.term_from for row in rows],
        term_to=[row.term_to for row in rows],
        withdrawn_at=[row.withdrawn_at for row in rows],
    )


def _roles(state: PartiesState, party: str) -> str:
    return " ".join(sorted({t.role for t in state.roles.get(party, []) if t.until == 0}))
