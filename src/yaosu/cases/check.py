"""Does a procedure hold together? Stages in order, names known, what is read and carried."""

from yaosu.cases import refusals
from yaosu.cases.needed import ADOPTS, AUTHORITY
from yaosu.cases.procedure import (
    ACT,
    APPLICANT,
    CARRIERS,
    COMMITMENTS_MAX,
    COMMITTED,
    DAY_KINDS,
    DAYS_MAX,
    DECIDER,
    DOCUMENTS_MAX,
    EVENT,
    FACTS_MAX,
    OWN,
    PASS,
    STAGE_KINDS,
    STAGES_MAX,
    WHEN_OVERDUE,
    Procedure,
    Stage,
)
from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant
from yaosu.kernel.refusal import refuse_unless
from yaosu.parties.decide import ATTESTED
from yaosu.parties.methods.roles import ROLES
from yaosu.rules import cel
from yaosu.rules.facts import NAME_FORM
from yaosu.rules.pack import FACT_KINDS

__all__ = ["refusals"]


def check_procedure(procedure: Procedure) -> None:
    """Refuse a procedure that could not be followed to its end.

    Raises:
        Refusal: ``cases.bad_procedure`` naming what does not fit.
    """
    check_id(procedure.id, "procedure")
    check_id(procedure.version, "version")
    check_instant(procedure.effective, "the effect")
    check_instant(procedure.expiry, "the expiry")
    for name in (
        *(one.id for one in procedure.stages),
        *(one.id for one in procedure.documents),
        *(one.id for one in procedure.owner_commitments),
    ):
        check_id(name, "part of a procedure")
    reason = (
        _fault_in_head(procedure)
        or _fault_in_stages(procedure)
        or _fault_in_owner_commitments(procedure)
        or _fault_in_the_rest(procedure)
    )
    refuse_unless(not reason, "cases.bad_procedure", procedure=procedure.name, reason=reason)


def _fault_in_head(procedure: Procedure) -> str:
    for what, names, limit in (
        ("stages", [one.id for one in procedure.stages], STAGES_MAX),
        ("documents", [one.id for one in procedure.documents], DOCUMENTS_MAX),
        ("owner_commitments", [one.id for one in procedure.owner_commitments], COMMITMENTS_MAX),
    ):
        if len(names) > limit:
            return f"there are {len(names)} {what}, {limit} are allowed"
        if len(set(names)) < len(names):
            return f"two of its {what} have one id"
    if not procedure.stages:
        return "it has no stages"
    if not procedure.authority.strip() or not procedure.legal_basis.strip():
        return "its authority or legal basis is not named"
    if procedure.expiry and procedure.expiry <= procedure.effective:
        return "it expires before it takes effect"
    if len(procedure.facts) > FACTS_MAX:
        return f"there are {len(procedure.facts)} facts, {FACTS_MAX} are allowed"
    for name, kind in sorted(procedure.facts.items()):
        is_name = NAME_FORM.fullmatch(name) and name not in cel.WORDS
        if not is_name or name.startswith((ATTESTED, COMMITTED)) or name == "party_kind":
            return f"fact {name} has a name it may not have"
        if kind not in FACT_KINDS:
            return f"fact {name} is of the kind {kind}, not one of {', '.join(FACT_KINDS)}"
    return ""


def _fault_in_stages(procedure: Procedure) -> str:
    before: set[str] = set()
    documents = {one.id for one in procedure.documents}
    for stage in procedure.stages:
        late = sorted(set(stage.after) - before)
        if late:
            return f"stage {stage.id} comes after {late[0]}, which is not listed above it"
        unknown = sorted(set(stage.documents) - documents)
        if unknown:
            return f"stage {stage.id} asks for {unknown[0]}, which is no document of it"
        fault = _fault_in_stage(procedure, stage)
        if fault:
            return f"stage {stage.id} {fault}"
        before.add(stage.id)
    return ""


def _fault_in_stage(procedure: Procedure, stage: Stage) -> str:
    for what, value, allowed in (
        ("kind", stage.kind, STAGE_KINDS),
        ("day_kind", stage.day_kind, DAY_KINDS),
        ("overdue", stage.overdue, WHEN_OVERDUE),
    ):
        if value not in allowed:
            return f"has the {what} {value!r}, not one of {', '.join(allowed)}"
    if not 0 <= stage.days <= DAYS_MAX or stage.serial_days < 0:
        return f"takes {stage.days} days, 0 to {DAYS_MAX} are allowed"
    if stage.kind == EVENT:
        is_told = stage.event and stage.match and not stage.documents and not stage.fee
        if not is_told:
            return "waits for an event, but names none, or no field to know it by, or asks for more"
        unknown = sorted(set(stage.match.values()) - {*procedure.facts, OWN})
        return f"matches {unknown[0]}, which is no fact" if unknown else ""
    if stage.event or stage.match:
        return f"is of the kind {stage.kind} and names an event"
    if stage.by not in (*ROLES, APPLICANT):
        return f"is by {stage.by!r}, which is no role"
    if stage.kind == ACT:
        return ""
    if not stage.days or stage.by == APPLICANT or stage.documents or stage.fee:
        return "is a notice: it has days, an office that hears objections, nothing to bring or pay"
    return ""


def _fault_in_owner_commitments(procedure: Procedure) -> str:
    for promise in procedure.owner_commitments:
        if not 1 <= promise.days <= DAYS_MAX or promise.day_kind not in DAY_KINDS:
            return f"commitment {promise.id} is due in {promise.days} {promise.day_kind} days"
        if promise.by not in ROLES:
            return f"commitment {promise.id} is confirmed by {promise.by!r}, which is no role"
        if not NAME_FORM.fullmatch(promise.breach) or not NAME_FORM.fullmatch(promise.id):
            return f"commitment {promise.id} or its breach {promise.breach!r} is not a name"
    return ""


def _fault_in_the_rest(procedure: Procedure) -> str:
    for split in procedure.splits:
        kinds = (procedure.facts.get(split.fact), procedure.facts.get(split.same))
        if kinds != ("int", "text") or not 1 <= split.days <= DAYS_MAX:
            return f"a watch for splits needs a number and a text fact and days, not {kinds}"
    appeal = procedure.appeal
    if appeal is not None:
        is_term = 1 <= appeal.days <= DAYS_MAX and appeal.day_kind in DAY_KINDS
        if appeal.by not in ROLES or not is_term:
            return f"an appeal to {appeal.by!r} in {appeal.days} {appeal.day_kind} days"
    leads_to = procedure.leads_to
    if leads_to is None:
        return ""
    if leads_to.actor not in CARRIERS:
        return f"its command is of {leads_to.actor!r}, not one of {', '.join(CARRIERS)}"
    acts = [s.id for s in procedure.stages if s.kind == ACT and not s.when and s.overdue != PASS]
    if leads_to.actor == DECIDER and leads_to.decided_in not in acts:
        return f"it is decided in {leads_to.decided_in!r}, which nobody always completes"
    if leads_to.command == ADOPTS and not _has_second_person(procedure):
        return (
            f"it leads to {ADOPTS}: another of the {AUTHORITY} completes a stage of its own, "
            "always and by hand, and nothing is appealed"
        )
    unknown = sorted(set(leads_to.bind.values()) - set(procedure.facts))
    return f"it binds {unknown[0]}, which is no fact" if unknown else ""


def _has_second_person(procedure: Procedure) -> bool:
    """Whether somebody of the authority other than the applicant always decides, and last.

    Whoever could adopt a laxer version alone would need no second person at all.
    """
    assert procedure.leads_to is not None
    return (
        procedure.leads_to.actor == APPLICANT
        and procedure.appeal is None
        and any(
            stage.kind == ACT and stage.by == AUTHORITY and not stage.when and stage.overdue != PASS
            for stage in procedure.stages
        )
    )
