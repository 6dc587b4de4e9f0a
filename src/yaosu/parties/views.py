"""What one reads of parties."""

from yaosu.kernel.columns import Columns, Text
from yaosu.parties.proofs import revoked_by
from yaosu.parties.state import PartiesState
from yaosu.parties.values import ATTESTATION, Resolution, Use


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


def members(state: PartiesState, group: str) -> Columns:
    """Members of a group by id, with their exact shares; empty for who is no group."""
    party = state.parties.get(group)
    rows = party.members if party is not None else ()
    return Columns.of(
        member=Text.of([row.party for row in rows]), share=Text.of([str(row.share) for row in rows])
    )


def resolutions(state: PartiesState) -> Columns:
    """Every resolution by id: what was asked, the parts of all that were for and against.

    Columns: resolution, group, purpose, subject, standing (open, passed, not_passed, no_quorum,
    revoked), for, against, abstained (exact fractions), closes and concluded (instants, 0 while
    open).
    """
    rows = [known for _, known in sorted(state.resolutions.items())]
    return Columns.of(
        resolution=Text.of([row.id for row in rows]),
        group=Text.of([row.group for row in rows]),
        purpose=Text.of([row.purpose for row in rows]),
        subject=Text.of([row.subject for row in rows]),
        standing=Text.of([_standing(state, row) for row in rows]),
        for_votes=Text.of([str(row.for_votes) for row in rows]),
        against_votes=Text.of([str(row.against_votes) for row in rows]),
        abstained=Text.of([str(row.abstained) for row in rows]),
        closes=[row.closes for row in rows],
        concluded=[row.concluded_at for row in rows],
    )


def votes(state: PartiesState, resolution: str) -> Columns:
    """The votes on a resolution, member by member: vote, by whom cast, minutes, when (instant)."""
    rows = sorted(state.votes.get(resolution, {}).items())
    return Columns.of(
        member=Text.of([member for member, _ in rows]),
        choice=Text.of([vote.choice for _, vote in rows]),
        cast_by=Text.of([vote.cast_by for _, vote in rows]),
        source=Text.of([vote.source for _, vote in rows]),
        at=[vote.at for _, vote in rows],
    )


def all_votes(state: PartiesState) -> Columns:
    """Every member of every resolution and its vote, also where it has not voted: empty, 0."""
    rows = [
        (known, member.party, state.votes.get(known.id, {}).get(member.party))
        for _, known in sorted(state.resolutions.items())
        for member in known.members
    ]
    return Columns.of(
        resolution=Text.of([known.id for known, _, _ in rows]),
        group=Text.of([known.group for known, _, _ in rows]),
        member=Text.of([member for _, member, _ in rows]),
        choice=Text.of(["" if vote is None else vote.choice for _, _, vote in rows]),
        standing=Text.of([_standing(state, known) for known, _, _ in rows]),
        cast_by=Text.of(["" if vote is None else vote.cast_by for _, _, vote in rows]),
        at=[0 if vote is None else vote.at for _, _, vote in rows],
    )


def uses(state: PartiesState, kind: str, proof: str) -> Columns:
    """What was decided on the strength of an attestation or a resolution, in order.

    Args:
        kind: ``attestation`` or ``resolution``.
        proof: its id; also one that was withdrawn, or found false, since.
    """
    rows = state.uses.get(f"{kind}/{proof}", [])
    return Columns.of(
        purpose=Text.of([row.purpose for row in rows]),
        on=Text.of([row.on for row in rows]),
        used_by=Text.of([row.used_by for row in rows]),
        spent=[int(row.is_spent) for row in rows],
        at=[row.at for row in rows],
    )


def doubtful(state: PartiesState) -> Columns:
    """What depends on attestations that were found false, however far down, in order of finding.

    One thing depends on another where it was decided on its strength; what was attested that way
    may be behind further decisions. They stay valid until somebody with the right to do so acts;
    this is the list to act on. Columns: attestation (the false one), by_way_of (the attestation
    that was used; the same for what depends on it directly), purpose, on, used_by, at (instant).
    """
    false = [one for one in state.attestations.values() if one.is_false]
    rows = [
        (one.id, way, use)
        for one in sorted(false, key=lambda one: (one.withdrawn_at, one.id))
        for way, use in _dependents(state, one.id)
    ]
    return Columns.of(
        attestation=Text.of([row[0] for row in rows]),
        by_way_of=Text.of([row[1] for row in rows]),
        purpose=Text.of([row[2].purpose for row in rows]),
        on=Text.of([row[2].on for row in rows]),
        used_by=Text.of([row[2].used_by for row in rows]),
        at=[row[2].at for row in rows],
    )


def powers(state: PartiesState, now: int) -> Columns:
    """Every power of attorney by id: who for whom, over what, and whether it counts now."""
    rows = [power for _, power in sorted(state.powers.items())]
    return Columns.of(
        power=Text.of([row.id for row in rows]),
        principal=Text.of([row.principal for row in rows]),
        attorney=Text.of([row.attorney for row in rows]),
        commands=Text.of([" ".join(row.commands) for row in rows]),
        in_force=[int(row.is_in_force(now)) for row in rows],
        term_from=[row.term_from for row in rows],
        term_to=[row.term_to for row in rows],
        withdrawn_at=[row.withdrawn_at for row in rows],
    )


def _dependents(state: PartiesState, attestation: str) -> list[tuple[str, Use]]:
    found: list[tuple[str, Use]] = []
    waiting, seen = [attestation], {attestation}
    while waiting:
        way = waiting.pop(0)
        for use in state.uses.get(f"{ATTESTATION}/{way}", []):
            found.append((way, use))
            if use.on in state.attestations and use.on not in seen:
                seen.add(use.on)
                waiting.append(use.on)
    return found


def _standing(state: PartiesState, resolution: Resolution) -> str:
    if revoked_by(state, resolution.id):
        return "revoked"
    if not resolution.concluded_at:
        return "open"
    if not resolution.has_quorum:
        return "no_quorum"
    return "passed" if resolution.is_passed else "not_passed"


def _roles(state: PartiesState, party: str) -> str:
    return " ".join(sorted({t.role for t in state.roles.get(party, []) if t.until == 0}))
