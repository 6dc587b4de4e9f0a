"""Registration of data by procedure: third-party review, public notice, a number for each entry."""

import pytest

from tests.cases.samples import CITY, OFFICE, complete, venue, wait
from tests.stories import DOCUMENT, MINISTRY, REGISTRY, Story, shipped
from yaosu.cases.commands import AddDocuments, DecideObjection, FileCase, ObjectToCase
from yaosu.cases.requests import request_of
from yaosu.cases.views import case_page
from yaosu.kernel.words import Command
from yaosu.parties.commands import IssueAttestation
from yaosu.rights.commands import (
    AdoptProfile,
    CancelRight,
    ChangeUnit,
    EnterObjection,
    GiveConsent,
    GrantUse,
    RegisterRight,
    TransferTitle,
)
from yaosu.rights.profiles import parse_profile
from yaosu.rights.title_chain import rights_of_number

KINDS = ("first", "licence", "transfer", "change", "cancellation", "objection")
OTHER = "cd" * 32


@pytest.fixture
def story() -> Story:
    """The procedures of data adopted, one office licensed to review, a right of the owner."""
    story = venue(*(f"data_{kind}" for kind in KINDS))
    story.ask(AdoptProfile, MINISTRY, profile=parse_profile(shipped("factors/data.toml")))
    story.ask(
        IssueAttestation,
        MINISTRY,
        attestation="reviewer",
        about=OFFICE,
        kind="competence",
        scope={"level": "data_review"},
    )
    story.right("D-1", "owner", 100, factor="data")
    return story


def filed(
    story: Story, kind: str, command: Command, facts: dict[str, str], paper: str, who: str = "owner"
) -> str:
    """A case of a procedure of data, accepted by the registrar; its id."""
    case = f"case-{kind}"
    story.ask(
        FileCase,
        who,
        case=case,
        procedure=f"data_{kind}",
        facts=facts,
        documents={"application": DOCUMENT, paper: DOCUMENT},
        request=request_of(command, case, who),
    )
    complete(story, case, "acceptance", REGISTRY)
    return case


def reviewed(story: Story, case: str) -> None:
    """A third party that is licensed reports; one that is not may not."""
    fields = {"case": case, "documents": {"review": OTHER}}
    assert "cases.not_your_turn" in story.refused(AddDocuments, CITY, **fields)
    story.ask(AddDocuments, OFFICE, **fields)
    complete(story, case, "review", OFFICE)


def followed(story: Story, case: str, days: int = 16) -> str:
    """Review, notice and decision; how the case ended."""
    reviewed(story, case)
    if days:
        wait(story, days)
    complete(story, case, "decision", REGISTRY)
    page = case_page(story.venue.state.cases, case)
    assert page.carried == "", page.carried
    return page.phase


def numbers(story: Story, kind: str) -> list[str]:
    entries = story.venue.state.rights.entries.values()
    return [entry.number for entry in entries if entry.kind == kind]


def test_a_first_registration_waits_for_its_reviewer_and_its_notice(story: Story) -> None:
    """S1-13: first registration of data, with review, notice and a registration number."""
    asked = RegisterRight(
        actor="owner", key="-", **story.registration("D-2", "owner", 10, factor="data")
    )
    case = filed(story, "first", asked, {"right": "D-2", "unit": "unit-D-2"}, "source")
    early = story.refused(AddDocuments, "neighbour", case=case, documents={"review": OTHER})
    assert early.startswith("cases.not_your_turn")
    assert followed(story, case) == "carried_out"
    assert numbers(story, "first") == ["data/east/2026/000001", "data/east/2026/000002"]
    assert rights_of_number(story.venue.state.rights, "data/east/2026/000002") == ["D-2"]
    assert rights_of_number(story.venue.state.rights, "data/east/2026/000003") == []


def test_an_objection_in_the_notice_that_is_upheld_refuses_the_case(story: Story) -> None:
    """S1-13: the public notice is open to objection, also where the reviewer found nothing."""
    asked = TransferTitle(actor="owner", key="-", right="D-1", target="neighbour")
    case = filed(story, "transfer", asked, {"right": "D-1", "target": "neighbour"}, "contract")
    reviewed(story, case)
    story.ask(ObjectToCase, "neighbour", case=case, objection="o", reason="they are mine")
    story.ask(DecideObjection, REGISTRY, case=case, objection="o", is_upheld=True, ground="proved")
    assert case_page(story.venue.state.cases, case).phase == "refused"
    assert numbers(story, "transfer") == []


def test_a_licence_and_a_transfer_are_entered_by_procedure(story: Story) -> None:
    """S1-13: licence and transfer registration of data."""
    asked = GrantUse(actor="owner", key="-", granted="G-1", right="D-1", target="neighbour", lots=3)
    facts = {"right": "D-1", "target": "neighbour", "granted": "G-1"}
    assert followed(story, filed(story, "licence", asked, facts, "licence")) == "carried_out"
    rights = story.venue.state.rights.rights
    assert (rights["G-1"].kind, rights["G-1"].holder) == ("usage_grant", "neighbour")
    assert numbers(story, "grant") == ["data/east/2026/000002"]
    story.right("D-2", "owner", 5, factor="data")
    moved = TransferTitle(actor="owner", key="-", right="D-2", target="neighbour")
    facts = {"right": "D-2", "target": "neighbour"}
    assert followed(story, filed(story, "transfer", moved, facts, "contract")) == "carried_out"
    assert rights["D-2"].holder == "neighbour"
    assert numbers(story, "transfer") == ["data/east/2026/000004"]


def test_a_change_is_entered_once_the_holder_agreed(story: Story) -> None:
    """S1-13: change registration of data; the old content stays in the history."""
    asked = ChangeUnit(
        actor="owner", key="-", unit="unit-D-1", attributes={"content_digest": OTHER}, source=OTHER
    )
    case = filed(story, "change", asked, {"unit": "unit-D-1"}, "change")
    story.ask(GiveConsent, "owner", about="unit-D-1", to="change")
    assert followed(story, case) == "carried_out"
    state = story.venue.state.rights
    assert state.units["unit-D-1"].attributes["content_digest"] == OTHER
    assert state.unit_history["unit-D-1"][0].attributes.get("content_digest") != OTHER
    assert numbers(story, "change") == ["data/east/2026/000002"]
    assert rights_of_number(state, "data/east/2026/000002") == ["D-1"]


def test_a_cancellation_and_an_objection_are_entered_by_procedure(story: Story) -> None:
    """S1-13: objection and cancellation registration of data."""
    claim = EnterObjection(actor="neighbour", key="-", entry="O-1", right="D-1", reason="mine")
    facts = {"entry": "O-1", "right": "D-1"}
    case = filed(story, "objection", claim, facts, "evidence", "neighbour")
    assert followed(story, case, days=0) == "carried_out"
    state = story.venue.state.rights
    assert state.burdens["D-1"] == ["O-1"]
    assert state.entries["O-1"].number == "data/east/2026/000002"
    story.right("D-2", "owner", 5, factor="data")
    given_up = CancelRight(actor="owner", key="-", right="D-2", reason="deleted")
    case = filed(story, "cancellation", given_up, {"right": "D-2"}, "ground")
    assert followed(story, case) == "carried_out"
    assert state.rights["D-2"].end
    assert numbers(story, "cancellation") == ["data/east/2026/000004"]


def test_every_entry_of_every_factor_has_a_number_of_its_own(story: Story) -> None:
    """S1-13: unique, counted by factor, region and year, and the same when the journal is read."""
    story.right("C-1", "owner", 5)
    story.right("W-1", "owner", 5, region="west", factor="data")
    wait(story, 320)
    story.ask(CancelRight, "owner", right="C-1", reason="gone")
    state = story.venue.state.rights
    given = {entry.id: entry.number for entry in state.entries.values()}
    assert sorted(given.values()) == [
        "compute/east/2026/000001",
        "compute/east/2027/000001",
        "data/east/2026/000001",
        "data/west/2026/000001",
    ]
    assert story.venue.audit().is_clean


def test_a_change_needs_a_document_and_leaves_alone_what_has_entries_of_its_own(
    story: Story,
) -> None:
    """S1-13: use and what is summed are not changed here; nor is nothing."""
    fields = {"unit": "unit-D-1", "attributes": {"content_digest": OTHER}, "source": DOCUMENT}
    assert "rights.consent_missing" in story.refused(ChangeUnit, REGISTRY, **fields)
    bare = story.refused(ChangeUnit, REGISTRY, **{**fields, "source": ""})
    assert bare == (
        "rights.not_changed_so: unit unit-D-1 is not changed so: no document shows it; name "
        "attributes that differ from those registered, and the document; a use is changed by "
        "change_use, what sums by a split or merger"
    )
    assert "nothing changes" in story.refused(ChangeUnit, REGISTRY, **{**fields, "attributes": {}})
    story.right("L-1", "owner", 100, factor="land")
    use = {"unit": "unit-L-1", "attributes": {"use": "residential"}, "source": DOCUMENT}
    assert "use has a register entry of its own" in story.refused(ChangeUnit, REGISTRY, **use)
