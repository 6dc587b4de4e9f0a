"""Cases on pages: who sees what, whose turn it is, and which forms are offered to whom."""

from tests.cases.samples import CITY, OFFICE, PAPERS, complete, file, registration, venue, wait
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from yaosu.cases.commands import ObjectToCase
from yaosu.engine.recovery import events_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act
from yaosu.server.console.pages.case import CasePage, case_page
from yaosu.server.console.pages.cases import CasesPage, cases_page
from yaosu.server.console.record import Record


def filed(**more: object) -> Story:
    """A first registration that is filed; its papers are there, where nothing else is said."""
    story = venue("first_registration")
    facts = {"right": "R-1", "unit": "unit-R-1"}
    request = registration(story, "C-1")
    file(story, "C-1", "first_registration", **{"facts": facts, "request": request,
         "documents": PAPERS} | more)  # fmt: skip
    return story


def inbox(story: Story, *parties: str, is_office: bool = False, language: str = "en") -> CasesPage:
    state = story.venue.state
    return cases_page(state, Names(state, language), parties, is_office=is_office)


def page(story: Story, *parties: str, is_office: bool = False) -> CasePage:
    state, record = story.venue.state, Record()
    for entry in story.venue.store.read(0):
        record.take(entry, events_of(entry))
    return case_page(state, record, Names(state, "en"), "C-1", parties, is_office=is_office)


def acts(story: Story, party: str) -> dict[str, Act]:
    return {act.name: act for act in page(story, party).acts}


def test_the_inbox_says_whose_turn_it_is_and_by_when() -> None:
    story = filed()
    (row,) = inbox(story, REGISTRY, is_office=True).rows
    assert (row.whose, row.is_mine, row.is_overdue, row.blocked_by) == (
        "registrar",
        True,
        False,
        (),
    )
    assert row.due > story.clock.instant
    (own,) = inbox(story, "owner").rows
    assert not own.is_mine
    assert inbox(story, "neighbour").rows == ()
    wait(story, 30)
    late = inbox(story, MINISTRY, is_office=True, language="zh")
    assert (late.overdue, late.mine, late.rows[0].is_overdue) == (1, 0, True)
    assert not late.rows[0].stage.isascii()


def test_only_what_a_reader_may_ask_is_offered() -> None:
    """The decisions themselves are asked: no form that would be refused whoever fills it in."""
    story = filed()
    assert set(acts(story, REGISTRY)) == {"complete", "refuse", "add"}
    assert set(acts(story, "owner")) == {"withdraw", "add"}
    assert page(story, EXCHANGE, is_office=True).acts == ()
    complete(story, "C-1", "acceptance", REGISTRY)
    rows = {row.stage: row.state for row in page(story, "owner").stages}
    assert rows["acceptance"] == "done"
    assert "now" in rows.values()


def test_a_missing_document_blocks_the_stage_and_says_so() -> None:
    story = filed(documents={"application": DOCUMENT})
    stage = page(story, REGISTRY).stages[0]
    assert (stage.state, stage.blocked_by) == ("blocked", (("document", "source"),))
    complete_act = acts(story, REGISTRY)["complete"]
    assert complete_act.why_not is not None
    assert complete_act.why_not.code == "cases.documents_missing"
    assert [row.digest for row in page(story, "owner").documents][:2] == [DOCUMENT, ""]


def test_in_its_notice_a_case_is_shown_to_everybody_but_not_its_papers() -> None:
    story = filed()
    complete(story, "C-1", "acceptance", REGISTRY)
    while not any(row.is_notice and row.state == "now" for row in page(story, "owner").stages):
        (turn,) = [row for row in page(story, "owner").stages if row.state == "now"]
        complete(story, "C-1", turn.stage, REGISTRY)
    shown = page(story, "neighbour")
    assert (shown.is_whole, shown.documents, shown.facts, shown.journal) == (False, (), (), ())
    assert [act.name for act in shown.acts] == ["object"]
    assert "object" not in acts(story, "owner")
    story.ask(ObjectToCase, "neighbour", case="C-1", objection="o-1", reason="the fence is mine")
    assert len(page(story, "neighbour").objections) == 1
    deciding = acts(story, REGISTRY)["decide_objection"]
    assert deciding.fixed["objection"] == "o-1"
    assert [field.name for field in deciding.fields] == ["is_upheld", "ground"]


def test_the_journal_of_a_case_names_its_entries_and_opens_those_of_the_reader() -> None:
    story = filed()
    complete(story, "C-1", "acceptance", REGISTRY)
    mine = page(story, "owner").journal
    assert [row.is_open for row in mine] == [True, False]
    assert mine[0].events[0].startswith("cases.case_filed")
    assert all(row.is_open for row in page(story, EXCHANGE, is_office=True).journal)
    assert {OFFICE, CITY}.isdisjoint(page(story, "owner").names)
