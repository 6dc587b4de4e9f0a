"""The bank of learning credits: outcomes from any source count for awards, none twice for one."""

from msgspec import Struct

from yaosu.access import refusals
from yaosu.access.check_tables import check_table
from yaosu.access.commands import AdoptLearning, ClaimAward
from yaosu.access.events import AwardClaimed, LearningAdopted
from yaosu.access.recognition import check_new_version, check_no_gain
from yaosu.access.state import AccessReach, tables_in_force
from yaosu.access.tables import Award, Conversion, LearningTable
from yaosu.access.values import Claim
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import attest_by_venue, attestations_about
from yaosu.parties.proofs import use_proof
from yaosu.parties.values import ATTESTATION, Attestation

OUTCOMES_MAX = 1_000
__all__ = ["refusals"]


class Counted(Struct, frozen=True):
    """An outcome and what it is counted with."""

    attestation: Attestation
    row: Conversion
    credits: int


def decide_adopt_learning(reach: AccessReach, command: AdoptLearning) -> list[Event]:
    """A table holds together, is new, and lets nobody come back from a circle with more."""
    check_table(command.table)
    check_new_version(reach, command.table)
    check_no_gain(reach, command.table)
    return [LearningAdopted(table=command.table, at=reach.now)]


def decide_claim_award(reach: AccessReach, command: ClaimAward) -> list[Event]:
    """Enough credits by the table, from outcomes none of which counted for this award before."""
    table, award = _award(reach, command.award)
    held = [
        one
        for one in attestations_about(reach, command.actor, award.kind)
        if one.level >= award.level
    ]
    refuse_unless(
        not held,
        "access.award_held",
        party=command.actor,
        award=award.id,
        attestation=held[0].id if held else "",
    )
    outcomes = tuple(dict.fromkeys(command.outcomes))
    refuse_unless(
        0 < len(outcomes) <= OUTCOMES_MAX and len(outcomes) == len(command.outcomes),
        "access.bad_outcome",
        outcome=f"of {len(command.outcomes)}",
        reason=f"give 1 to {OUTCOMES_MAX}, each once",
    )
    counted = [_counted(reach, table, award, command.actor, one) for one in outcomes]
    roots = _new_roots(reach, award, command.actor, counted)
    credits = count_credits(award, counted)
    claim = Claim(
        id=derive_id("award", reach.cause, award.id),
        party=command.actor,
        award=award.id,
        outcomes={one.attestation.id: one.credits for one in counted},
        roots=tuple(roots),
        credits=credits,
        table=table.name,
        at=reach.now,
    )
    uses = [
        event
        for one in counted
        for event in use_proof(
            reach,
            ATTESTATION,
            one.attestation.id,
            f"award:{award.id}",
            claim.id,
            command.actor,
            is_spent=True,
        )
    ]
    given = attest_by_venue(reach, claim.id, command.actor, award.kind, {}, level=award.level)
    return [AwardClaimed(claim=claim), *uses, *given]


def count_credits(award: Award, counted: list[Counted]) -> int:
    """The credits of all outcomes together, no kind above its most; or a refusal."""
    by_kind: dict[str, int] = {}
    for one in counted:
        by_kind[one.row.kind] = by_kind.get(one.row.kind, 0) + one.credits
    for one in counted:
        most = one.row.credits_max
        if most:
            by_kind[one.row.kind] = min(by_kind[one.row.kind], most)
    total = sum(by_kind.values())
    lacking = [f"{award.credits - total} more credits"] if total < award.credits else []
    lacking += [
        f"{least - by_kind.get(kind, 0)} more from {kind}"
        for kind, least in sorted(award.needs.items())
        if by_kind.get(kind, 0) < least
    ]
    refuse_unless(not lacking, "access.too_few_credits", award=award.id, lacking=", ".join(lacking))
    return total


def roots_of(reach: AccessReach, attestation: str) -> tuple[str, ...]:
    """The originals behind an attestation: itself, or those behind what it was derived from."""
    recognition = reach.access.recognitions.get(attestation)
    if recognition is not None:
        return roots_of(reach, recognition.credential)
    claim = reach.access.claims.get(attestation)
    return claim.roots if claim is not None else (attestation,)


def _award(reach: AccessReach, name: str) -> tuple[LearningTable, Award]:
    tables = tables_in_force(reach.access.learning_tables, reach.now)
    known = [(table, one) for table in tables for one in table.awards if one.id == name]
    return found(known[0] if known else None, "access.unknown_award", award=name)


def _counted(
    reach: AccessReach, table: LearningTable, award: Award, party: str, outcome: str
) -> Counted:
    attestation = reach.parties.attestations.get(outcome)
    rows = (
        []
        if attestation is None
        else [
            row
            for row in table.conversions
            if row.kind == attestation.kind and (not row.awards or award.id in row.awards)
        ]
    )
    reason = ""
    if attestation is None or attestation.about != party:
        reason = f"it is none of {party}'s"
    elif not attestation.is_in_force(reach.now):
        reason = "it does not count now"
    elif not rows:
        reason = f"{table.name} does not convert {attestation.kind} for {award.id}"
    elif attestation.level < rows[0].per:
        reason = f"{attestation.level} {rows[0].measure} give no credit, {rows[0].per} do"
    refuse_unless(not reason, "access.bad_outcome", outcome=outcome, reason=reason)
    assert attestation is not None
    row = rows[0]
    return Counted(attestation, row, attestation.level // row.per * row.credits)


def _new_roots(reach: AccessReach, award: Award, party: str, counted: list[Counted]) -> list[str]:
    """The originals behind the outcomes: none is there twice, nor was counted for it before.

    One document behind two attestations is one outcome.
    """
    known = reach.parties.attestations
    seen: dict[str, str] = {}
    for root in reach.access.counted.get(f"{award.id}/{party}", []):
        seen[root] = "an earlier claim"
        if known[root].source:
            seen[known[root].source] = "an earlier claim"
    roots: list[str] = []
    for one in counted:
        mine = roots_of(reach, one.attestation.id)
        marks = [mark for root in mine for mark in (root, known[root].source) if mark]
        twice = [mark for mark in marks if mark in seen]
        refuse_unless(
            not twice,
            "access.counted_before",
            outcome=one.attestation.id,
            award=award.id,
            other=seen[twice[0]] if twice else "",
        )
        seen.update(dict.fromkeys(marks, one.attestation.id))
        roots += mine
    return roots
