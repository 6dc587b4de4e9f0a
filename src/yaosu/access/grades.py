"""Grades in order: who is promoted to which, by data; a grade is an attestation rules read."""

from yaosu.access import refusals
from yaosu.access.check_tables import check_table
from yaosu.access.commands import AdoptScale, ApplyForGrade
from yaosu.access.events import GradeReached, ScaleAdopted
from yaosu.access.recognition import check_new_version, check_no_gain
from yaosu.access.state import AccessReach, tables_in_force
from yaosu.access.tables import Grade, Scale
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import attest_by_venue, attestation_behind, attestations_about, spend
from yaosu.parties.proofs import is_spent
from yaosu.parties.values import ATTESTATION, Attestation

YEAR = 365 * DAY
__all__ = ["refusals"]


def decide_adopt_scale(reach: AccessReach, command: AdoptScale) -> list[Event]:
    """A scale has grades 1, 2, 3 and so on, none paid less than the one below, and is new."""
    check_table(command.scale)
    check_new_version(reach, command.scale)
    check_no_gain(reach, command.scale)
    return [ScaleAdopted(scale=command.scale, at=reach.now)]


def decide_apply_for_grade(reach: AccessReach, command: ApplyForGrade) -> list[Event]:
    """The next grade is reached where its time and its needs are met; a higher one by a leap."""
    tables = {table.id: table for table in tables_in_force(reach.access.scales, reach.now)}
    scale = found(tables.get(command.scale), "access.unknown_scale", scale=command.scale)
    refuse_unless(
        1 <= command.grade <= len(scale.grades),
        "access.unknown_grade",
        scale=scale.name,
        grade=command.grade,
        grades=len(scale.grades),
    )
    grade = scale.grades[command.grade - 1]
    standing = attestation_behind(reach, command.actor, scale.kind)
    held = standing.level if standing is not None else 0
    refuse_unless(
        held < grade.grade,
        "access.grade_held",
        party=command.actor,
        scale=scale.id,
        held=held,
        grade=grade.grade,
    )
    purpose = f"grade:{scale.id}:{grade.grade}"
    leap, lacking = _proofs(reach, command.actor, grade.leap, scale)
    by_leap = bool(grade.leap) and not lacking
    proofs = leap
    if not by_leap:
        proofs, lacking = _proofs(reach, command.actor, grade.needs, scale)
        lacking = [*_steps_lacking(reach, scale, grade, standing), *lacking]
    refuse_unless(
        by_leap or not lacking,
        "access.grade_not_reached",
        party=command.actor,
        scale=scale.id,
        grade=grade.grade,
        lacking="; ".join(lacking),
    )
    name = derive_id("grade", reach.cause, scale.id, str(grade.grade))
    reached = GradeReached(
        party=command.actor,
        scale=scale.name,
        grade=grade.grade,
        attestation=name,
        by_leap=by_leap,
        at=reach.now,
    )
    spent = [
        event for one in proofs for event in spend(reach, one.id, purpose, name, command.actor)
    ]
    given = attest_by_venue(reach, name, command.actor, scale.kind, {}, level=grade.grade)
    return [reached, *spent, *given]


def _proofs(
    reach: AccessReach, party: str, needs: dict[str, int], scale: Scale
) -> tuple[list[Attestation], list[str]]:
    """For each need an attestation not used for a grade of the scale before; and what lacks."""
    proofs, lacking = [], []
    for kind, level in sorted(needs.items()):
        known = [
            one
            for one in attestations_about(reach, party, kind)
            if one.level >= level and not one.scope and not _was_used(reach, one, scale)
        ]
        if known:
            proofs.append(known[0])
        else:
            lacking.append(f"{kind} of level {level}, not used for a grade before")
    return proofs, lacking


def _was_used(reach: AccessReach, one: Attestation, scale: Scale) -> bool:
    return any(
        is_spent(reach, ATTESTATION, one.id, f"grade:{scale.id}:{grade.grade}")
        for grade in scale.grades
    )


def _steps_lacking(
    reach: AccessReach, scale: Scale, grade: Grade, standing: Attestation | None
) -> list[str]:
    if grade.grade == 1:
        return []
    if standing is None or standing.level < grade.grade - 1:
        return [f"grade {grade.grade - 1} first"]
    years = (reach.now - standing.term_from) // YEAR
    if years < grade.years:
        return [f"{grade.years} years in grade {standing.level}, it is {years}"]
    return []
