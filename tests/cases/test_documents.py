"""Documents by their digest: kept on record, preserved, deleted late; and notices, with proof."""

from typing import Any

import pytest

from tests.cases.samples import PAPERS, complete, file, registration, venue, wait
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, WATCH, Story, shipped
from yaosu.cases.commands import (
    AdoptProcedure,
    DeleteDocument,
    EndPreservation,
    KeepDocument,
    ObjectToCase,
    PreserveDocument,
    RefuseCase,
    ServeNotice,
)
from yaosu.cases.documents import FOR_EVER, YEAR, kept_until
from yaosu.cases.events import DocumentKept, NoticeServed, StageCompleted, StageOpened
from yaosu.cases.parse import parse_procedure
from yaosu.kernel.refusal import Refusal

OTHER = "7e" * 32


def keep(story: Story, document: str = DOCUMENT, party: str = "owner", kind: str = "other") -> Any:
    given = {"party": party, "kind": kind, "media_type": "text/plain", "size": 10}
    return story.ask(KeepDocument, EXCHANGE, document=document, **given)


def refused(story: Story, kind: Any, actor: str, /, **fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        story.ask(kind, actor, **fields)
    return caught.value


def test_a_document_is_kept_once_by_each_party_that_gives_it() -> None:
    story = venue()
    (kept,) = keep(story)
    assert isinstance(kept, DocumentKept)
    keep(story, party="neighbour")
    known = story.venue.state.cases.files.documents[DOCUMENT]
    assert [one.party for one in known.keepings] == ["owner", "neighbour"]
    assert story.venue.state.cases.files.given == {"owner": 10, "neighbour": 10}
    with pytest.raises(Refusal) as again:
        keep(story)
    assert str(again.value) == (
        f"cases.document_kept: document {DOCUMENT} of owner is kept already; nothing is to be done"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"document": "AB" * 32}, "cases.bad_digest"),
        ({"party": "nobody"}, "cases.unknown_giver"),
        ({"kind": "secret"}, "cases.unknown_document_kind"),
    ],
)
def test_what_is_not_whole_is_not_kept(fields: dict[str, str], code: str) -> None:
    story = venue()
    with pytest.raises(Refusal) as caught:
        keep(story, **fields)
    assert caught.value.code == code
    empty = {"document": OTHER, "party": "owner", "kind": "other", "media_type": "", "size": 0}
    assert refused(story, KeepDocument, EXCHANGE, **empty).code == "cases.bad_document"
    assert refused(story, KeepDocument, "owner", **empty).code == "core.role_needed"


def test_a_document_is_deleted_after_its_years_and_its_digest_stays() -> None:
    story = venue()
    keep(story)
    delete = {"document": DOCUMENT, "reason": "no longer needed"}
    early = refused(story, DeleteDocument, REGISTRY, **delete)
    assert early.code == "cases.document_needed"
    assert "2027-03-03" in early.sentence
    story.clock.forward(YEAR)
    assert refused(story, DeleteDocument, REGISTRY, document=DOCUMENT, reason=" ").code == (
        "cases.no_ground"
    )
    story.ask(DeleteDocument, REGISTRY, **delete)
    known = story.venue.state.cases.files.documents[DOCUMENT]
    assert (known.deleted_by, known.deleted_for) == (REGISTRY, "no longer needed")
    assert story.venue.state.cases.files.given == {"owner": 0}
    assert refused(story, DeleteDocument, REGISTRY, **delete).code == "cases.document_not_kept"
    keep(story)  # it may come back
    assert not story.venue.state.cases.files.documents[DOCUMENT].deleted_at


def test_a_preserved_document_is_not_deleted_however_old_it_is() -> None:
    story = venue()
    keep(story)
    held = {"document": DOCUMENT, "preservation": "trial-1", "reason": "a trial"}
    story.ask(PreserveDocument, WATCH, **held)
    again = refused(story, PreserveDocument, WATCH, **held)
    assert again.code == "cases.preservation_exists"
    story.clock.forward(20 * YEAR)
    stopped = refused(story, DeleteDocument, REGISTRY, document=DOCUMENT, reason="old")
    assert (stopped.code, stopped.facts["preservations"]) == ("cases.document_preserved", "trial-1")
    assert refused(story, EndPreservation, REGISTRY, **held).code == "cases.not_your_preservation"
    other = {**held, "preservation": "trial-2"}
    assert refused(story, EndPreservation, WATCH, **other).code == "cases.unknown_preservation"
    story.ask(EndPreservation, MINISTRY, **held)  # the authority may
    story.ask(DeleteDocument, REGISTRY, document=DOCUMENT, reason="old")


def test_papers_of_a_case_are_kept_while_it_is_open_and_as_long_as_its_procedure_says() -> None:
    story = venue("first_registration")
    request = registration(story, "C-1")
    facts = {"right": "R-1", "unit": "unit-R-1"}
    keep(story)
    file(story, "C-1", "first_registration", facts=facts, request=request, documents=PAPERS)
    state = story.venue.state
    assert state.cases.files.named == {DOCUMENT: ["C-1"]}
    assert kept_until(state, DOCUMENT) == (FOR_EVER, "case C-1")
    story.ask(RefuseCase, REGISTRY, case="C-1", stage="acceptance", reasons=("not whole",))
    procedure = state.cases.procedures["first_registration"][0]
    years = [one.years_kept for one in procedure.documents if one.id in PAPERS]
    until, _ = kept_until(state, DOCUMENT)
    wanted = FOR_EVER if 0 in years else story.clock.instant + max(years) * YEAR
    assert until >= min(wanted, FOR_EVER) - YEAR


def test_the_source_of_an_objection_is_named_by_its_case() -> None:
    story = venue("first_registration")
    facts = {"right": "R-1", "unit": "unit-R-1"}
    request = registration(story, "C-1")
    file(story, "C-1", "first_registration", facts=facts, request=request, documents=PAPERS)
    while not any(
        run.done_at == 0 and stage == "notice"
        for stage, run in story.venue.state.cases.cases["C-1"].stages.items()
    ):
        open_now = [
            stage
            for stage, run in story.venue.state.cases.cases["C-1"].stages.items()
            if not run.done_at
        ]
        complete(story, "C-1", open_now[0], REGISTRY)
    story.ask(
        ObjectToCase, "neighbour", case="C-1", objection="o", reason="it is mine", source=OTHER
    )
    assert story.venue.state.cases.files.named[OTHER] == ["C-1"]


SERVED_FIRST = """
[[stages]]
id    = "served"
text  = { en = "The applicant is told", zh = "送达申请人" }
kind  = "event"
event = "cases.notice_served/1"
match = { about = "case" }

[[stages]]
id    = "objections"
text  = { en = "Objections", zh = "异议期" }
kind  = "notice"
after = ["served"]
by    = "registrar"
days  = 3
"""


def test_the_days_of_a_notice_run_from_its_service_where_the_procedure_says_so() -> None:
    """A window rests on a proof of service: it opens with the entry that records it."""
    story = venue()
    head = shipped("procedures/first_registration.toml").partition("[[stages]]")[0]
    text = head.partition("[[documents]]")[0].partition("[leads_to]")[0] + SERVED_FIRST
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    file(story, "C-1", "first_registration", facts={"right": "R-1", "unit": "unit-R-1"})
    wait(story, 5)
    case = story.venue.state.cases.cases["C-1"]
    assert list(case.stages) == ["served"]
    keep(story, OTHER, kind="service")
    told = {"party": "owner", "form": "case_filed", "channel": "inbox", "document": OTHER}
    at = story.clock.instant
    story.ask(ServeNotice, EXCHANGE, notice="n-0", told_at=at, **told)  # about something else
    assert list(case.stages) == ["served"]
    events = story.ask(ServeNotice, EXCHANGE, notice="n-1", about="C-1", told_at=at, **told)
    assert [type(event) for event in events] == [NoticeServed, StageCompleted, StageOpened]
    opened = events[2]
    assert isinstance(opened, StageOpened)
    assert opened.stage == "objections"
    assert opened.due > story.clock.instant
    again = refused(story, ServeNotice, EXCHANGE, notice="n-1", about="C-1", told_at=at, **told)
    assert again.code == "cases.notice_served"


def test_a_notice_is_served_with_a_proof_and_not_in_the_future() -> None:
    story = venue()
    keep(story)  # of another kind
    at = story.clock.instant
    told = {"notice": "n", "party": "owner", "form": "f", "channel": "inbox", "told_at": at}
    assert refused(story, ServeNotice, EXCHANGE, document=DOCUMENT, **told).code == (
        "cases.bad_service"
    )
    assert refused(story, ServeNotice, EXCHANGE, document=OTHER, **told).code == (
        "cases.document_not_kept"
    )
    keep(story, OTHER, kind="service")
    late = {**told, "told_at": at + YEAR}
    assert refused(story, ServeNotice, EXCHANGE, document=OTHER, **late).code == "cases.bad_service"
    lost = {**told, "about": "C-9"}
    assert refused(story, ServeNotice, EXCHANGE, document=OTHER, **lost).code == "cases.unknown"
