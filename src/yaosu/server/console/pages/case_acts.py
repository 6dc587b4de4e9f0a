"""What a reader may ask about a case just now: the decisions themselves are asked first."""

from collections.abc import Iterator, Sequence
from typing import Any

from yaosu.cases import commands as asked
from yaosu.cases.procedure import ACT, EVENT, Procedure
from yaosu.cases.state import procedure_named
from yaosu.cases.values import OPEN
from yaosu.core import State
from yaosu.kernel.words import Command, tag_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import DIGEST, LINES, TRUTH, Act, Field, offer
from yaosu.server.console.pages.cases import said_in

SAMPLE = "sample"  # stands where something will be typed
DIGITS = "0" * 64
HOPELESS = (
    "cases.not_your_turn", "cases.own_case", "cases.not_by_hand", "cases.not_open",
    "cases.stage_not_open", "cases.no_notice_open", "cases.no_appeal", "cases.appealed_before",
    "cases.appeal_late", "cases.met_before", "cases.objection_decided", "cases.not_your_charge",
    "cases.nothing_to_pay", "cases.unknown_document",
)  # fmt: skip
NOTE = Field(name="note", is_needed=False)
GROUND = (Field(name="is_upheld", kind=TRUTH), Field(name="ground"))


def acts_of(state: State, names: Names, case: str, parties: Sequence[str]) -> list[Act]:
    """The forms for a case, for each of the parties that may ask them."""
    return [act for party in parties for act in _of_party(state, names, case, party)]


def _of_party(state: State, names: Names, name: str, party: str) -> Iterator[Act]:
    case = state.cases.cases[name]
    procedure = procedure_named(state.cases, case.filed.procedure)
    same: dict[str, Any] = {"actor": party, "key": SAMPLE, "case": name}

    def one(
        act: str, sample: Command, about: str = "", *fields: Field, fresh: str = ""
    ) -> list[Act]:
        typed = {field.name for field in fields} | {"key", fresh}
        fixed = {n: getattr(sample, n) for n in sample.__struct_fields__ if n not in typed}
        form = Act(
            name=act,
            command=tag_of(type(sample)),
            fixed={n: value for n, value in fixed.items() if value not in ("", (), {})},
            party=names.party(party),
            about=about,
            fields=fields,
            fresh=fresh,
        )
        return offer(state, sample, form, HOPELESS)

    if case.phase == OPEN:
        for stage in procedure.stages:
            run = case.stages.get(stage.id)
            if run is None or run.done_at or stage.kind == EVENT:
                continue
            about = said_in(names, stage.text)
            if stage.kind == ACT:
                sample = asked.CompleteStage(**same, stage=stage.id)
                yield from one("complete", sample, about, NOTE)
            refusing = asked.RefuseCase(**same, stage=stage.id, reasons=(SAMPLE,))
            yield from one("refuse", refusing, about, Field(name="reasons", kind=LINES))
            if run.charge:
                paying = asked.PayCharge(actor=party, key=SAMPLE, charge=run.charge)
                yield from one("pay", paying, run.charge)
        yield from _documents(names, procedure, one, same)
        objecting = asked.ObjectToCase(**same, objection=SAMPLE, reason=SAMPLE)
        yield from one("object", objecting, "", Field(name="reason"), fresh="objection")
        for objection, said in sorted(case.objections.items()):
            if not said.decided_at:
                deciding = asked.DecideObjection(
                    **same, objection=objection, is_upheld=False, ground=SAMPLE
                )
                yield from one("decide_objection", deciding, said.reason, *GROUND)
        why = Field(name="reason", is_needed=False)
        yield from one("withdraw", asked.WithdrawCase(**same), "", why)
    else:
        yield from one("appeal", asked.AppealCase(**same, reason=SAMPLE), "", Field(name="reason"))
        appealed = asked.DecideAppeal(**same, is_upheld=False, ground=SAMPLE)
        yield from one("decide_appeal", appealed, "", *GROUND)
    texts = {promise.id: said_in(names, promise.text) for promise in procedure.owner_commitments}
    for promise in case.promises:
        confirming = asked.ConfirmOwnerCommitment(**same, owner_commitment=promise)
        yield from one("confirm", confirming, texts.get(promise, promise))


def _documents(names: Names, procedure: Procedure, one: Any, same: dict[str, Any]) -> list[Act]:
    if not procedure.documents:
        return []
    choices = tuple((known.id, said_in(names, known.text)) for known in procedure.documents)
    sample = asked.AddDocuments(**same, documents={procedure.documents[0].id: DIGITS})
    found: list[Act] = one("add", sample, "", Field(name="documents", kind=DIGEST, choices=choices))
    return found
