"""Values and qualities of units: who found them, by what method, from what inputs, for what day."""

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import DAY, check_instant
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.rights import refusals
from yaosu.rights.commands import AssessUnit
from yaosu.rights.events import UnitAssessed
from yaosu.rights.methods.valuation import METHODS, QUALITY, fault_in, value_by
from yaosu.rights.registration import check_source
from yaosu.rights.state import RightsReach, RightsState
from yaosu.rights.values import Assessment

__all__ = ["refusals"]

INPUTS_MAX = 250
VALUE_LIMIT = 2**53


def decide_assess_unit(reach: RightsReach, command: AssessUnit) -> list[Event]:
    """A figure is what its method makes of its inputs; a later one is a new version."""
    check_id(command.assessment, "assessment")
    refuse_unless(
        command.assessment not in reach.rights.assessments,
        "rights.assessment_exists",
        assessment=command.assessment,
    )
    refuse_unless(command.unit in reach.rights.units, "rights.unknown_unit", unit=command.unit)
    dated = reach.now if command.dated is None else check_instant(command.dated, "the date")
    check_source(command.source)
    reason = _fault(command)
    if dated > reach.now:
        reason = "its date is still to come"
    result = 0 if reason else value_by(command.method, command.inputs)
    if not reason and not -INT64_MAX <= result <= INT64_MAX:
        reason = "its result is too large"
    refuse_unless(not reason, "rights.bad_assessment", assessment=command.assessment, reason=reason)
    before = [
        one
        for one in assessments_of(reach.rights, command.unit)
        if (one.method == QUALITY) == (command.method == QUALITY)
    ]
    made = Assessment(
        id=command.assessment,
        unit=command.unit,
        method=command.method,
        inputs=dict(sorted(command.inputs.items())),
        use=command.use,
        result=result,
        assessor=command.actor,
        dated=dated,
        at=reach.now,
        version=len(before) + 1,
        source=command.source,
    )
    return [UnitAssessed(assessment=made)]


def assessments_of(state: RightsState, unit: str) -> list[Assessment]:
    """Values and qualities found of a unit, in the order they were entered."""
    return [state.assessments[name] for name in state.assessed.get(unit, [])]


def quality_of(state: RightsState, unit: str) -> Assessment | None:
    """The quality found last of a unit, or None."""
    found_so_far = [one for one in assessments_of(state, unit) if one.method == QUALITY]
    return found_so_far[-1] if found_so_far else None


def value_of(reach: RightsReach, name: str, unit: str, use: str) -> int:
    """The value, minor units, that an assessment found of a unit in a use.

    Raises:
        Refusal: ``rights.not_that_value``.
    """
    known = found(
        reach.rights.assessments.get(name), "rights.not_that_value", name=name, unit=unit, use=use
    )
    fits = known.unit == unit and known.use == use and known.method != QUALITY
    refuse_unless(fits, "rights.not_that_value", name=name, unit=unit, use=use)
    return known.result


def recomputed(assessment: Assessment) -> int:
    """The figure again, from what is on record."""
    return value_by(assessment.method, assessment.inputs)


def age_days(assessment: Assessment, now: int) -> int:
    """Whole days since the day it holds for."""
    return max(now - assessment.dated, 0) // DAY


def _fault(command: AssessUnit) -> str:
    if command.method not in METHODS:
        return f"{command.method!r} is not a method: {', '.join(METHODS)} are"
    if len(command.inputs) > INPUTS_MAX:
        return f"it has {len(command.inputs)} inputs, {INPUTS_MAX} are allowed"
    for name, value in sorted(command.inputs.items()):
        if abs(value) > VALUE_LIMIT:
            return f"{name} is beyond 2^53"
    return fault_in(command.method, command.inputs)
