"""Every procedure of the register that comes along makes a form, and its form the right command."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from tests.stories import MINISTRY, REGISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import fields_of
from yaosu.kernel.instant import DAY
from yaosu.places.commands import DefineCalendar
from yaosu.rights.commands import CorrectRight, PledgeRight
from yaosu.rules.parse_places import parse_calendar
from yaosu.server.console.drafts.applying import ApplicationTold
from yaosu.server.console.drafts.draft import Drafting, Prepared, prepare
from yaosu.server.console.drafts.fields import Fields
from yaosu.server.console.drafts.table import DRAFTS
from yaosu.server.console.names import Names
from yaosu.server.console.pages.applying import application_page
from yaosu.server.console.render import Look, render
from yaosu.server.console.words import say_in

DIGEST = sha256(b"a deed").hexdigest()
SPLIT = {"field_parts": "plot-a = 40\nplot-b = 60"}
MERGE = {"fact_unit": "plot-c", "fact_first_part": "unit-r1", "field_units": "unit-r1\nunit-r2"}
FORMS: dict[str, tuple[str, dict[str, str], dict[str, object]]] = {
    "first_registration": (
        "rights.register_right",
        {
            "fact_right": "r9", "fact_unit": "u9", "field_factor": "land", "field_region": "east",
            "field_quantity": "100", "field_holder": "seller",
            "field_unit_attributes": "use = industrial\nland_title = state\nfloor_area_m2 = 5",
            "field_scope": "purpose = works",
        },
        {"unit_attributes": {"use": "industrial", "land_title": "state", "floor_area_m2": 5}},
    ),
    "transfer": ("rights.transfer_title", {"fact_target": "buyer"}, {"right": "r1"}),
    "pledge": (
        "rights.pledge_right",
        {"fact_creditor": "bank", "field_amount_minor": "12.50", "field_until": "2027-01-01"},
        {"amount_minor": 1_250, "until": 1_798_761_600_000_000},
    ),
    "release": ("rights.release_right", {"fact_entry": "P1"}, {"entry": "P1"}),
    "split": ("rights.split_unit", SPLIT, {"unit": "unit-r1"}),
    "merge": ("rights.merge_units", MERGE, {"units": ["unit-r1", "unit-r2"], "unit": "plot-c"}),
    "use_change": ("rights.change_use", {"fact_use": "research"}, {"use": "research"}),
    "renewal": ("rights.renew_right", {"field_term_to": "2060-01-01"}, {"right": "r1"}),
    "exit": ("access.leave_market", {"fact_factor": "land"}, {"factor": "land"}),
    "data_objection": (
        "rights.enter_objection", {"field_reason": "it is mine"}, {"reason": "it is mine"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def story() -> Story:
    """Land of a holder, one of its rights pledged, and every procedure adopted."""
    story = Story().found(("land",))
    for name in ("seller", "buyer", "bank"):
        story.party(name, ("land",))
    for right in ("r1", "r2"):
        story.right(right, "seller", 100, factor="land")
    story.ask(PledgeRight, "seller", entry="P1", right="r2", creditor="bank", amount_minor=900)
    calendar = parse_calendar(shipped("calendars/cn.toml"))
    story.ask(DefineCalendar, MINISTRY, calendar=calendar)
    for name in FORMS:
        procedure = parse_procedure(shipped(f"procedures/{name}.toml"))
        story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    story.clock.forward(DAY)
    return story


def prepared(story: Story, fields: Fields, *parties: str) -> Prepared:
    names = Names(story.venue.state, "en")
    drafting = Drafting(story.venue.state, names, fields, parties)
    return prepare(DRAFTS["application"], drafting)


@pytest.mark.parametrize("procedure", FORMS)
def test_the_form_of_a_procedure_makes_the_command_its_approval_carries(
    story: Story, procedure: str
) -> None:
    """What the page asks for and the reader fills in becomes the request, every fact once."""
    tag, typed, wanted = FORMS[procedure]
    page = application_page(
        story.venue.state, Names(story.venue.state, "zh"), procedure, {"right": "r1"}, ["seller"]
    )
    asked = (*page.facts, *page.needed, *page.more)
    names = [one.name for one in asked]
    assert len(set(names)) == len(names)
    given = {one.name: one.value for one in asked} | typed
    given |= {paper.name: DIGEST for paper in page.papers} | {"procedure": procedure}
    assert set(typed) <= set(names), "the form has every field that is typed"
    fields = Fields({**given, "party": "seller"}, say_in("en"))
    made = prepared(story, fields, "seller")
    assert made.digest, [one.text for one in fields.faults]
    (command,) = made.commands
    assert isinstance(command, FileCase)
    request = fields_of(command.request)
    assert request["command"] == tag
    assert {name: request[name] for name in wanted} == wanted
    told = made.told
    assert isinstance(told, ApplicationTold)
    assert told.stages
    assert not told.missing
    if "source" in request:
        assert request["source"] == DIGEST


def test_what_is_asked_is_told_as_people_read_it(story: Story) -> None:
    """Money with its point, instants as days, a digest by its beginning."""
    typed = {"procedure": "pledge", "party": "seller", "fact_right": "r1", "fact_creditor": "bank",
             "field_amount_minor": "1,234.50", "field_until": "2027-01-01",
             "document_contract": DIGEST}  # fmt: skip
    made = prepared(story, Fields(typed, say_in("en")), "seller")
    lines = dict(made.told.lines)
    assert lines["amount_minor"].replace("\u202f", " ") == "1 234.50"
    assert lines["until"] == "2027-01-01 00:00:00 UTC"
    assert lines["right"] == "r1"
    assert lines["rank"] == "1"


def shown(made: Prepared, language: str) -> str:
    """The preview as people see it, in one line."""
    html = render("told_application.html", made.told, Look(language=language), here="")
    return " ".join(html.split())


def test_fees_of_the_rules_are_told_before_a_case_is_filed(story: Story) -> None:
    """Two items at the shipped fee of 80.00 each; stage by stage and in all, in both languages."""
    text = shipped("procedures/transfer.toml").replace('"transfer"', '"paid_transfer"', 1)
    text = text.replace('target = "text"', 'target = "text"\nitems = "int"', 1)
    text = text.replace('id    = "taxes"', 'id    = "taxes"\nfee   = "fee.registration"', 1)
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    typed = {"procedure": "paid_transfer", "party": "seller", "fact_right": "r1",
             "fact_target": "buyer", "fact_items": "2"}  # fmt: skip
    made = prepared(story, Fields(typed, say_in("en")), "seller")
    assert made.digest
    assert [one.fee for one in made.told.stages] == [0, 16_000, 0]
    english, chinese = shown(made, "en"), shown(made, "zh")
    assert "fee 160.00 CNY" in english
    assert "Fees in all: 160.00 CNY" in english
    assert "费用合计 160.00 CNY" in chinese


def test_a_procedure_that_leads_to_no_command_has_its_form_too(story: Story) -> None:
    """Facts, documents and a promise alone; the promise leaves a stage out, and is told."""
    procedure = parse_procedure(shipped("procedures/land_use_approval.toml"))
    story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    page = application_page(
        story.venue.state, Names(story.venue.state, "en"), procedure.id, {}, ["seller"]
    )
    assert (page.needed, page.more) == ((), ())
    assert [name for name, _ in page.promises] == ["promise_preliminary_design"]
    typed = {"procedure": procedure.id, "party": "seller", "fact_project": "road 9",
             "fact_plot": "plot-1", "fact_plot_m2": "100"}  # fmt: skip
    plain = prepared(story, Fields(typed, say_in("en")), "seller")
    promised = Fields({**typed, "promise_preliminary_design": "yes"}, say_in("en"))
    quick = prepared(story, promised, "seller")
    assert plain.digest
    assert quick.digest
    stages = [[one.text for one in made.told.stages] for made in (plain, quick)]
    assert stages[0] != stages[1]
    assert "the approved preliminary design is handed in" in shown(quick, "en")
    wrong = Fields({**typed, "fact_plot_m2": "wide"}, say_in("en"))
    assert not prepared(story, wrong, "seller").digest
    assert [one.field for one in wrong.faults] == ["fact_plot_m2"]


def test_the_parts_of_a_split_are_read_line_by_line(story: Story) -> None:
    typed = {"procedure": "split", "party": "seller", "fact_unit": "unit-r1"}
    for lines, is_read in (("plot-a = 40\nplot-b = 60", True), ("plot-a\nplot-b = x", False)):
        fields = Fields({**typed, "field_parts": lines}, say_in("en"))
        made = prepared(story, fields, "seller")
        assert bool(made.digest) is is_read
        if is_read:
            (command,) = made.commands
            assert isinstance(command, FileCase)
            parts = fields_of(command.request)["parts"]
            assert [(one["unit"], one["quantity"]) for one in parts] == [
                ("plot-a", 40),
                ("plot-b", 60),
            ]


def test_a_correction_is_asked_by_a_registrar_with_what_it_sets_right(story: Story) -> None:
    typed = {"command": "rights.correct_right", "party": REGISTRY, "field_right": "r1",
             "field_correction.holder": "buyer", "field_source": DIGEST,
             "field_reason": "the deed names buyer"}  # fmt: skip
    fields = Fields(typed, say_in("en"))
    made = prepared(story, fields, REGISTRY)
    assert made.digest, [one.text for one in fields.faults]
    (command,) = made.commands
    assert isinstance(command, CorrectRight)
    correction = command.correction
    assert correction.holder == "buyer"
    assert correction.term_to is None


def test_the_same_form_again_is_another_case(story: Story) -> None:
    typed = {"procedure": "transfer", "party": "seller", "fact_right": "r1", "fact_target": "buyer"}
    first = prepared(story, Fields(typed, say_in("en")), "seller")
    again = prepared(story, Fields(typed, say_in("en")), "seller")
    assert first.digest == again.digest  # the preview is what is confirmed
    story.venue.submit(replace(first.commands[0], key="k1")).accepted()
    second = prepared(story, Fields(typed, say_in("en")), "seller")
    assert second.digest != first.digest
