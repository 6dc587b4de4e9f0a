"""Filing a case: what the procedure and the rules say of it, once and for all of its life."""

from collections.abc import Mapping

from msgspec import Struct

from yaosu.cases import refusals
from yaosu.cases.commands import FileCase
from yaosu.cases.events import CaseFlagged
from yaosu.cases.procedure import COMMITTED, Procedure, Split
from yaosu.cases.requests import REQUEST_BYTES_MAX, field_of, fields_of, key_of
from yaosu.cases.state import CasesReach, begun_versions, procedure_named
from yaosu.cases.values import Filed
from yaosu.kernel.ids import DIGEST_FORM, check_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import facts_of, unattested
from yaosu.places.decide import region_of
from yaosu.rules.evaluate import evaluate
from yaosu.rules.facts import kind_of
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.overlay import RulesInForce, rules_in_force
from yaosu.rules.pack import Value

__all__ = ["refusals"]

LEVEL, FEE = "level", "fee"  # column of a table that is read; another item gives the value itself


class Reading(Struct, frozen=True):
    """The rules of a place, with all that is known when a case is filed there."""

    rules: RulesInForce
    kinds: dict[str, str]
    facts: dict[str, Value]

    def outcome(self, item: str, **instead: Value) -> Outcome:
        """What an item says, with some facts in place of those known."""
        return evaluate(self.rules.items, self.kinds, item, {**self.facts, **instead})


def procedure_in_force(reach: CasesReach, procedure: str) -> Procedure:
    """The version of a procedure by which a case is filed now, or a refusal."""
    begun = begun_versions(reach, procedure)
    return found(begun[-1] if begun else None, "cases.no_procedure", procedure=procedure)


def read_filing(reach: CasesReach, procedure: Procedure, command: FileCase) -> Filed:
    """The case as it is filed, or a refusal."""
    if command.region:
        region_of(reach, command.region)
    check_facts(procedure, command.facts)
    check_documents(procedure, command.documents)
    given = _check_owner_commitments(procedure, command)
    reading = _reading(reach, procedure, command)
    _check_conditions(procedure, reading)
    _check_request(procedure, command)
    left_out = _left_out(reading, procedure)
    taken = [stage for stage in procedure.stages if stage.id not in left_out]
    return Filed(
        case=command.case,
        procedure=procedure.name,
        applicant=command.actor,
        region=command.region,
        facts=dict(sorted(command.facts.items())),
        request=command.request,
        owner_commitments=given,
        left_out=left_out,
        levels={s.id: _level(reading, s.level) for s in taken if s.level},
        fees={s.id: _fee(reading, s.fee) for s in taken if s.fee},
        rules=reading.rules.name,
        at=reach.now,
    )


def check_still_met(reach: CasesReach, case: str) -> None:
    """Refuse what a case leads to where a condition it was filed under is not met any more."""
    filed = reach.cases.cases[case].filed
    procedure = procedure_named(reach.cases, filed.procedure)
    again = FileCase(
        actor=filed.applicant,
        key=case,
        case=case,
        procedure=procedure.id,
        facts=filed.facts,
        owner_commitments=filed.owner_commitments,
        region=filed.region,
    )
    if procedure.conditions:
        _check_conditions(procedure, _reading(reach, procedure, again))


def _check_conditions(procedure: Procedure, reading: Reading) -> None:
    for item in procedure.conditions:
        outcome = reading.outcome(item)
        refuse_unless(
            outcome.result is True,
            "cases.condition_not_met",
            procedure=procedure.name,
            item=item,
            reason=outcome.reason + (f" ({outcome.fault})" if outcome.fault else ""),
        )


def check_facts(procedure: Procedure, facts: Mapping[str, Value]) -> None:
    """Exactly the facts the procedure asks for, each of its kind."""
    for name in sorted({*facts, *procedure.facts}):
        wanted = procedure.facts.get(name, "")
        given = kind_of(facts[name]) if name in facts else ""
        refuse_unless(
            wanted == given,
            "cases.bad_fact",
            procedure=procedure.name,
            name=name,
            wanted=wanted or "nothing",
            given=given or "nothing",
        )


def check_documents(procedure: Procedure, documents: Mapping[str, str]) -> None:
    """Documents the procedure knows, each by its digest."""
    known = [document.id for document in procedure.documents]
    for document, digest in sorted(documents.items()):
        refuse_unless(
            document in known,
            "cases.unknown_document",
            procedure=procedure.name,
            document=document,
            known=", ".join(known),
        )
        refuse_unless(
            DIGEST_FORM.fullmatch(digest), "cases.bad_digest", document=document, digest=digest
        )


def find_splits(reach: CasesReach, procedure: Procedure, command: FileCase) -> list[Event]:
    """Flags for what looks like one thing filed in pieces, so that another level decides it."""
    reading = _reading(reach, procedure, command)
    flags: list[Event] = []
    for split in procedure.splits:
        others = _filed_together(reach, procedure, split, command)
        own = command.facts[split.fact]
        assert isinstance(own, int)
        total = min(INT64_MAX, own + sum(amount for _, amount in others))
        alone = reading.outcome(split.item).result
        together = reading.outcome(split.item, **{split.fact: total}).result
        if others and alone != together:
            names = ", ".join(name for name, _ in others[:5])
            reason = (
                f"{split.fact} {own} alone gives {_said(alone)}, together with {names} "
                f"{total} gives {_said(together)} ({split.item})"
            )
            code = f"split_{split.fact}"
            flags.append(CaseFlagged(case=command.case, code=code, reason=reason, at=reach.now))
    return flags


def _filed_together(
    reach: CasesReach, procedure: Procedure, split: Split, command: FileCase
) -> list[tuple[str, int]]:
    """Earlier cases of the same thing within the days of the watch, with what is added up."""
    together = reach.cases.filed.get(f"{procedure.id}/{split.same}", {})
    others = []
    for name in together.get(str(command.facts[split.same]), []):
        filed = reach.cases.cases[name].filed
        amount = filed.facts.get(split.fact)
        if reach.now - filed.at <= split.days * DAY and isinstance(amount, int):
            others.append((name, amount))
    return others


def _reading(reach: CasesReach, procedure: Procedure, command: FileCase) -> Reading:
    rules = found(
        rules_in_force(reach, region=command.region), "cases.no_rules", procedure=procedure.name
    )
    committed = {f"{COMMITTED}{one.id}": "truth" for one in procedure.owner_commitments}
    given: dict[str, Value] = {
        f"{COMMITTED}{one.id}": one.id in command.owner_commitments
        for one in procedure.owner_commitments
    }
    return Reading(
        rules=rules,
        kinds={**rules.facts, **procedure.facts, **committed},
        facts={
            **unattested(rules.facts),
            **facts_of(reach, command.actor),
            **command.facts,
            **given,
        },
    )


def _left_out(reading: Reading, procedure: Procedure) -> tuple[str, ...]:
    left_out = []
    for stage in procedure.stages:
        if stage.when:
            outcome = reading.outcome(stage.when)
            is_decided = isinstance(outcome.result, bool) and not outcome.fault
            refuse_unless(
                is_decided, "cases.undecided", item=stage.when, reason=outcome.fault or "no truth"
            )
            if outcome.result is False:
                left_out.append(stage.id)
    return tuple(left_out)


def _level(reading: Reading, item: str) -> str:
    value = _value(reading, item, LEVEL)
    refuse_unless(
        isinstance(value, str) and value, "cases.undecided", item=item, reason=f"{value!r}"
    )
    return str(value)


def _fee(reading: Reading, item: str) -> int:
    return amount_of(reading.outcome(item), item)


def amount_of(outcome: Outcome, item: str) -> int:
    """A whole number not below zero that an item gives, or a refusal."""
    value = outcome.result.get(FEE) if isinstance(outcome.result, dict) else outcome.result
    is_amount = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    refuse_unless(
        is_amount, "cases.undecided", item=item, reason=outcome.fault or f"it gives {value!r}"
    )
    assert isinstance(value, int)
    return value


def _value(reading: Reading, item: str, column: str) -> Value | None:
    outcome = reading.outcome(item)
    if outcome.result is None:
        refuse("cases.undecided", item=item, reason=outcome.fault)
    return outcome.result.get(column) if isinstance(outcome.result, dict) else outcome.result


def _check_owner_commitments(procedure: Procedure, command: FileCase) -> tuple[str, ...]:
    known = [one.id for one in procedure.owner_commitments]
    for owner_commitment in command.owner_commitments:
        refuse_unless(
            owner_commitment in known,
            "cases.unknown_owner_commitment",
            procedure=procedure.name,
            owner_commitment=owner_commitment,
            known=", ".join(known) or "none",
        )
    return tuple(sorted(set(command.owner_commitments)))


def _check_request(procedure: Procedure, command: FileCase) -> None:
    """The request is the command the procedure leads to, asked as the applicant, bound to facts."""
    leads_to = procedure.leads_to
    if leads_to is None:
        is_empty = command.request == b""
        refuse_unless(is_empty, "cases.leads_nowhere", procedure=procedure.name)
        return
    fault = ""
    if len(command.request) > REQUEST_BYTES_MAX:
        fault = f"it has {len(command.request)} bytes, {REQUEST_BYTES_MAX} are allowed"
    elif not command.request:
        fault = "there is none"
    else:
        fields = fields_of(command.request)
        if fields.get("command") != leads_to.command:
            fault = f"it is {fields.get('command')}"
        elif fields.get("actor") != command.actor or fields.get("key") != key_of(command.case):
            fault = f"it is not the applicant's with the key {key_of(command.case)}"
        for field, fact in sorted(leads_to.bind.items()):
            value = field_of(fields, field)
            if not fault and value != command.facts[fact]:
                fault = f"its {field} is {value}, {fact} is {command.facts[fact]}"
    refuse_unless(
        not fault,
        "cases.bad_request",
        procedure=procedure.name,
        command=leads_to.command,
        reason=fault,
    )


def _said(result: object) -> str:
    if isinstance(result, dict):
        return str(result.get(LEVEL, result))
    return str(result)


def check_new(reach: CasesReach, case: str) -> None:
    """A case id that is well formed and not taken."""
    check_id(case, "case")
    refuse_unless(case not in reach.cases.cases, "cases.exists", case=case)


def procedure_of(reach: CasesReach, case: str) -> Procedure:
    """The version of the procedure that a known case follows."""
    return procedure_named(reach.cases, reach.cases.cases[case].filed.procedure)
