"""Procedures that do not hold together, and the refusals of cases that other tests do not meet."""

from pathlib import Path

import pytest

from tests.cases.samples import OFFICE, PAPERS, complete, file, registration, venue, wait
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, DecideObjection, FileCase, ObjectToCase
from yaosu.cases.parse import parse_procedure
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import RegisterParty
from yaosu.places.commands import DefineCalendar
from yaosu.rules.parse_places import parse_calendar

REGISTRATION, LAND = "first_registration", "land_use_approval"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (
            REGISTRATION,
            'after     = ["acceptance"]',
            'after     = ["decision"]',
            "stage notice comes after decision, which is not listed above it",
        ),
        (
            REGISTRATION,
            'documents = ["application", "source"]',
            'documents = ["poem"]',
            "stage acceptance asks for poem, which is no document of it",
        ),
        (REGISTRATION, 'id        = "notice"', 'id        = "acceptance"', "two of its stages"),
        (REGISTRATION, 'by        = "registrar"', 'by        = "poet"', "'poet', which is no role"),
        (REGISTRATION, "days      = 15", "days      = 0", "stage notice is a notice: it has days"),
        (REGISTRATION, "days      = 5", "days      = 3651", "takes 3651 days, 0 to 3650 are"),
        (REGISTRATION, 'kind      = "notice"', 'kind      = "feast"', "has the kind 'feast'"),
        (REGISTRATION, 'kind      = "notice"', 'kind      = "event"', "waits for an event, but"),
        (REGISTRATION, 'unit  = "text"', 'unit  = "poem"', "fact unit is of the kind poem"),
        (REGISTRATION, 'unit  = "text"', 'true  = "text"', "fact true has a name it may not have"),
        (REGISTRATION, '= "national reform authority"', '= " "', "its authority or legal basis"),
        (
            REGISTRATION,
            'decided_in = "decision"',
            'decided_in = "notice"',
            "nobody always completes",
        ),
        (REGISTRATION, 'unit = "unit" }', 'unit = "plot" }', "it binds plot, which is no fact"),
        (REGISTRATION, 'actor      = "decider"', 'actor      = "poet"', "its command is of 'poet'"),
        (REGISTRATION, 'by   = "authority"', 'by   = "poet"', "an appeal to 'poet' in 60 calendar"),
        (LAND, "days   = 60", "days   = 0", "commitment preliminary_design is due in 0 working"),
        (LAND, 'breach = "land_default"', 'breach = "a default"', "its breach 'a default' is not"),
        (LAND, 'fact = "plot_m2"', 'fact = "plot"', "a watch for splits needs a number"),
    ],
)
def test_a_procedure_that_could_not_be_followed_does_not_load(
    name: str, old: str, new: str, reason: str
) -> None:
    """S2-49: what an approval consists of is data, and checked before it is in force."""
    text = shipped(f"procedures/{name}.toml")
    assert old in text
    with pytest.raises(Refusal) as refused:
        parse_procedure(text.replace(old, new, 1))
    assert refused.value.code == "cases.bad_procedure"
    assert str(refused.value).startswith(
        f"cases.bad_procedure: procedure {name}@2026.1 does not hold together: "
    )
    assert reason in str(refused.value)


def test_without_rules_in_force_no_case_can_be_read() -> None:
    story = Story()
    later = shipped("rules/national.toml").replace("2025-01-01", "2030-01-01", 1)
    story.found(factors=(), rules=later)
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    procedure = parse_procedure(shipped(f"procedures/{REGISTRATION}.toml"))
    story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    story.ask(RegisterParty, EXCHANGE, party="owner", kind="organisation", name="owner")
    asked = {"facts": {"right": "R-1", "unit": "unit-R-1"}, "request": b""}
    refusal = story.refused(FileCase, "owner", case="c1", procedure=REGISTRATION, **asked)
    assert refusal == (
        "cases.no_rules: no rules are in force that procedure first_registration@2026.1 could be "
        "read under; have the national rules adopted first (adopt_rules)"
    )


def test_what_the_rules_leave_open_or_do_not_allow_is_said_with_the_item() -> None:
    story = venue(LAND)
    asked = {"procedure": LAND, "documents": {"application": DOCUMENT}}
    facts = {"project": "P-1", "plot": "plot-1", "plot_m2": -1}
    refusal = story.refused(FileCase, "owner", case="c1", **asked, facts=facts)
    assert refusal.startswith(
        "cases.undecided: rule item land_approval.level gives no answer for this case: "
    )
    assert refusal.endswith("; give the facts it reads, or have the item corrected")
    text = shipped(f"procedures/{LAND}.toml").replace("2026.1", "2026.2")
    text = text.replace("land_approval.no_breach", "land_approval.by_commitment", 1)
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    facts["plot_m2"] = 1
    assert story.refused(FileCase, "owner", case="c1", **asked, facts=facts) == (
        "cases.condition_not_met: land_use_approval@2026.2 cannot be begun: "
        "land_approval.by_commitment is not met: the_ordinary_way; "
        "mend what the reason names and file again"
    )


def test_an_objection_has_an_id_of_its_own() -> None:
    story = venue(REGISTRATION)
    facts = {"right": "R-1", "unit": "unit-R-1"}
    request = registration(story, "c1")
    file(story, "c1", REGISTRATION, facts=facts, documents=PAPERS, request=request)
    complete(story, "c1", "acceptance", REGISTRY)
    objection = {"case": "c1", "objection": "o1"}
    story.ask(ObjectToCase, "neighbour", **objection, reason="the fence is mine")
    assert story.refused(ObjectToCase, OFFICE, **objection, reason="so is mine") == (
        "cases.objection_exists: objection o1 to case c1 exists, or there are 1000 already; "
        "choose another id"
    )
    other = {"case": "c1", "objection": "o2", "is_upheld": True, "ground": "a deed"}
    assert story.refused(DecideObjection, REGISTRY, **other) == (
        "cases.unknown_objection: there is no objection o2 to case c1; look its id up in the case"
    )


def test_the_procedure_of_the_guide_loads_and_can_be_followed() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/model-a-procedure.md").read_text("utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    story = venue()
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    fields = {"facts": {"right": "R-1", "unit": "unit-R-1"}, "documents": {"deed": DOCUMENT}}
    file(story, "c1", "shop_entry", **fields, request=registration(story, "c1"))
    complete(story, "c1", "acceptance", REGISTRY)
    wait(story, 30)
    complete(story, "c1", "decision", REGISTRY)
    assert story.venue.state.rights.rights["R-1"].holder == "owner"
