"""A procedure is followed: stages, notices, objections, levels, commitments, charges."""

import pytest

from tests.cases.samples import (
    CITY,
    MONDAY,
    OFFICE,
    PAPERS,
    complete,
    file,
    registration,
    venue,
    wait,
)
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, WATCH, Story, shipped
from yaosu.cases.commands import (
    AddDocuments,
    AdoptProcedure,
    AppealCase,
    CompleteStage,
    ConfirmOwnerCommitment,
    DecideAppeal,
    DecideObjection,
    FileCase,
    ObjectToCase,
    PayCharge,
    PostCharge,
    RefuseCase,
    WithdrawCase,
)
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.cases.views import case_page, charges_table, inbox, times_table
from yaosu.kernel.instant import DAY, parse_instant
from yaosu.kernel.words import Event, tag_of
from yaosu.parties.commands import GrantRole
from yaosu.places.commands import DefineCalendar
from yaosu.rights.commands import FreezeRight
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.rules.parse_places import parse_calendar

RIGHT = {"right": "R-1", "unit": "unit-R-1"}
PLOT = {"project": "P-1", "plot": "plot-1", "plot_m2": 10_000}


def tags(events: list[Event]) -> list[str]:
    return [str(tag_of(event)).removesuffix("/1") for event in events]


def first_registration(story: Story, case: str = "c1") -> None:
    file(
        story,
        case,
        "first_registration",
        facts=RIGHT,
        documents=PAPERS,
        request=registration(story, case),
    )


def land(story: Story, case: str, m2: int, *promises: str, **facts: str) -> list[Event]:
    return file(
        story,
        case,
        "land_use_approval",
        facts={**PLOT, "plot_m2": m2, **facts},
        documents={"application": DOCUMENT, "owner_commitment": DOCUMENT},
        owner_commitments=promises,
    )


def test_a_right_is_registered_after_its_notice_by_who_decided() -> None:
    """S1-13: public notice, review, registration; the approval carries the command."""
    story = venue("first_registration")
    first_registration(story)
    page = case_page(story.venue.state.cases, "c1")
    assert [(turn.stage, turn.whose, turn.blocked_by) for turn in page.turns] == [
        ("acceptance", "registrar", ())
    ]
    assert page.to_come == ("notice", "decision")
    complete(story, "c1", "acceptance", REGISTRY)
    (turn,) = case_page(story.venue.state.cases, "c1").turns
    # filed on Monday, 2 March 2026: fifteen working days end with Monday, 23 March
    assert (turn.whose, turn.due) == ("everybody", parse_instant("2026-03-24"))
    wait(story, 30)
    page = case_page(story.venue.state.cases, "c1")
    assert page.done[-1] == ("notice", parse_instant("2026-03-24"), "time", "passed")
    events = complete(story, "c1", "decision", REGISTRY)
    assert tags(events)[:3] == [
        "cases.stage_completed",
        "cases.case_approved",
        "rights.unit_registered",
    ]
    assert tags(events)[-1] == "cases.case_carried_out"
    assert story.venue.state.rights.rights["R-1"].holder == "owner"
    assert story.venue.audit().is_clean


def test_what_a_case_leads_to_may_be_refused_and_that_is_an_event_of_the_case() -> None:
    story = venue("first_registration")
    first_registration(story)
    story.right("R-1", "neighbour", 10)  # taken meanwhile
    complete(story, "c1", "acceptance", REGISTRY)
    wait(story, 30)
    events = complete(story, "c1", "decision", REGISTRY)
    assert tags(events)[-1] == "cases.case_fell_through"
    page = case_page(story.venue.state.cases, "c1")
    assert (page.phase, page.carried) == ("fell_through", "rights.exists")
    assert story.venue.state.rights.rights["R-1"].holder == "neighbour"


def test_an_objection_is_heard_in_the_notice_and_decided_with_a_ground() -> None:
    """S1-13, S0-50: the notice waits for its objections; a dismissed one lets it pass."""
    story = venue("first_registration")
    first_registration(story)
    early = story.refused(ObjectToCase, "neighbour", case="c1", objection="o1", reason="mine")
    assert early.startswith("cases.no_notice_open")
    complete(story, "c1", "acceptance", REGISTRY)
    own = story.refused(ObjectToCase, "owner", case="c1", objection="o1", reason="mine")
    assert own.startswith("cases.own_case")
    story.ask(ObjectToCase, "neighbour", case="c1", objection="o1", reason="the fence is mine")
    wait(story, 30)
    (turn,) = case_page(story.venue.state.cases, "c1").turns
    assert (turn.stage, turn.whose, turn.blocked_by) == ("notice", "registrar", ("objection o1",))
    late = story.refused(ObjectToCase, "neighbour", case="c1", objection="o2", reason="again")
    assert late.startswith("cases.no_notice_open")
    silent = story.refused(
        DecideObjection, REGISTRY, case="c1", objection="o1", is_upheld=False, ground=" "
    )
    assert silent.startswith("cases.no_reasons")
    events = story.ask(
        DecideObjection, REGISTRY, case="c1", objection="o1", is_upheld=False, ground="survey 7"
    )
    assert tags(events) == [
        "cases.objection_decided",
        "cases.stage_completed",
        "cases.stage_opened",
    ]
    twice = story.refused(
        DecideObjection, REGISTRY, case="c1", objection="o1", is_upheld=True, ground="no"
    )
    assert twice.startswith("cases.objection_decided")


def test_an_objection_upheld_refuses_the_case_and_an_appeal_takes_it_up_again() -> None:
    """S1-13: reasons, appeal route, and the appeal decided by another than who refused."""
    story = venue("first_registration")
    first_registration(story)
    complete(story, "c1", "acceptance", REGISTRY)
    story.ask(ObjectToCase, "neighbour", case="c1", objection="o1", reason="the fence is mine")
    story.ask(DecideObjection, REGISTRY, case="c1", objection="o1", is_upheld=True, ground="deed")
    page = case_page(story.venue.state.cases, "c1")
    assert page.phase == "refused"
    assert page.reasons == ("objection o1 is upheld: deed",)
    assert page.appeal_to == "authority"
    assert story.venue.state.cases.due == []
    other = story.refused(AppealCase, "neighbour", case="c1", reason="no")
    assert other.startswith("cases.not_your_turn")
    story.ask(AppealCase, "owner", case="c1", reason="the deed is forged")
    assert story.refused(AppealCase, "owner", case="c1", reason="x").startswith(
        "cases.appealed_before"
    )
    wrong = story.refused(DecideAppeal, REGISTRY, case="c1", is_upheld=True, ground="I err")
    assert wrong.startswith("cases.not_your_turn")
    story.ask(DecideAppeal, MINISTRY, case="c1", is_upheld=True, ground="it is forged")
    wait(story, 40)  # the rest of the notice
    complete(story, "c1", "decision", REGISTRY)
    assert case_page(story.venue.state.cases, "c1").phase == "carried_out"


def test_an_appeal_has_its_days() -> None:
    story = venue("first_registration")
    first_registration(story)
    story.ask(RefuseCase, REGISTRY, case="c1", stage="acceptance", reasons=("no map",))
    wait(story, 61)
    late = story.refused(AppealCase, "owner", case="c1", reason="too late")
    assert late.startswith("cases.appeal_late")
    assert story.refused(DecideAppeal, MINISTRY, case="c1", is_upheld=True, ground="x").startswith(
        "cases.no_appeal"
    )


def test_a_stage_is_completed_by_who_may_with_what_it_asks_for() -> None:
    story = venue("first_registration")
    fields = {"facts": RIGHT, "request": registration(story, "c1")}
    file(story, "c1", "first_registration", **fields)
    stage = {"case": "c1", "stage": "acceptance"}
    missing = story.refused(CompleteStage, REGISTRY, **stage)
    assert missing == (
        "cases.documents_missing: stage acceptance of case c1 still lacks: application, source; "
        "add the documents (add_documents), then complete the stage"
    )
    (turn,) = case_page(story.venue.state.cases, "c1").turns
    assert turn.blocked_by == ("document application", "document source")
    documents = {"case": "c1", "documents": PAPERS}
    assert story.refused(AddDocuments, "neighbour", **documents).startswith("cases.not_your_turn")
    unknown = {"case": "c1", "documents": {"poem": DOCUMENT}}
    assert story.refused(AddDocuments, "owner", **unknown).startswith("cases.unknown_document")
    bad = {"case": "c1", "documents": {"source": "DEED"}}
    assert story.refused(AddDocuments, "owner", **bad).startswith("cases.bad_digest")
    none = {"case": "c1", "documents": {}}
    assert story.refused(AddDocuments, "owner", **none).startswith("cases.nothing_added")
    story.ask(AddDocuments, "owner", **documents)
    assert story.refused(CompleteStage, "owner", **stage).startswith("cases.not_your_turn")
    assert story.refused(CompleteStage, REGISTRY, case="c1", stage="decision").startswith(
        "cases.stage_not_open"
    )
    story.ask(CompleteStage, REGISTRY, **stage)
    by_hand = story.refused(CompleteStage, REGISTRY, case="c1", stage="notice")
    assert by_hand.startswith("cases.not_by_hand")
    story.ask(WithdrawCase, "owner", case="c1", reason="sold")
    assert story.refused(WithdrawCase, "owner", case="c1").startswith("cases.not_open")
    assert story.venue.state.cases.due == []


def test_a_case_says_what_its_procedure_asks_for_and_nothing_else() -> None:
    story = venue("first_registration", "work_and_residence")
    request = registration(story, "c1")
    good = {"facts": RIGHT, "request": request}
    for code, fields in (
        ("cases.no_procedure", {"procedure": "none"}),
        ("cases.bad_fact", {"facts": {"right": "R-1"}}),
        ("cases.bad_fact", {"facts": {**RIGHT, "unit": 7}}),
        ("cases.bad_fact", {"facts": {**RIGHT, "more": "x"}}),
        ("cases.unknown_owner_commitment", {"owner_commitments": ("word_of_honour",)}),
        ("cases.bad_request", {"request": b""}),
        ("cases.bad_request", {"facts": {**RIGHT, "right": "R-2"}}),
        ("cases.bad_request", {"case": "c2"}),
        ("kernel.malformed", {"request": b"\xc1"}),
        ("places.unknown_region", {"region": "moon"}),
        ("kernel.bad_id", {"case": "?"}),
    ):
        asked = {"case": "c1", "procedure": "first_registration", **good, **fields}
        assert story.refused(FileCase, "owner", **asked).startswith(code), fields
    freeze = FreezeRight(actor="owner", key="k", entry="f", right="R-1", reason="r")
    wrong = {**good, "request": request_of(freeze, "c1", "owner")}
    asked = {"case": "c1", "procedure": "first_registration", **wrong}
    assert story.refused(FileCase, "owner", **asked).startswith("cases.bad_request")
    again = FileCase(actor="owner", key="k", case="c9", procedure="x")
    never = {**asked, "request": request_of(again, "c1", "owner")}
    assert story.refused(FileCase, "owner", **never).startswith("cases.never_follows")
    permits = {"case": "c1", "procedure": "work_and_residence", "request": request}
    post = {"employer": "E", "post": "P"}
    assert story.refused(FileCase, "owner", **permits, facts=post).startswith("cases.leads_nowhere")
    first_registration(story)
    assert story.refused(
        FileCase, "owner", case="c1", procedure="first_registration", **good
    ).startswith("cases.exists")


def test_the_competent_level_is_picked_by_rule_and_a_plot_of_15_01_mu_goes_upward() -> None:
    """S2-51: 15 mu = 10,000 m2 is the county's; one square metre more is the city's."""
    story = venue("land_use_approval")
    for case, m2, level, competent in (
        ("c1", 10_000, "county", OFFICE),
        ("c2", 10_007, "city", CITY),  # 15.01 mu, rounded to whole square metres
    ):
        land(story, case, m2, "preliminary_design", project=case)
        complete(story, case, "acceptance")
        complete(story, case, "confirmation")
        (turn,) = case_page(story.venue.state.cases, case).turns
        assert turn.whose == f"agency ({level})"
        other = CITY if competent == OFFICE else OFFICE
        refusal = story.refused(CompleteStage, other, case=case, stage="decision")
        assert refusal.startswith("cases.not_your_turn")
        assert level in refusal
        complete(story, case, "decision", competent)
        assert case_page(story.venue.state.cases, case).phase == "approved"


def test_a_plot_split_to_stay_below_the_line_is_flagged() -> None:
    """S2-51: two halves of one project add up; another project, or a year later, does not."""
    story = venue("land_use_approval")
    assert "cases.case_flagged" not in tags(land(story, "c1", 9_000))
    assert "cases.case_flagged" not in tags(land(story, "c2", 9_000, project="P-2"))
    assert "cases.case_flagged" in tags(land(story, "c3", 9_000, plot="plot-2"))
    assert case_page(story.venue.state.cases, "c3").flags == {
        "split_plot_m2": "plot_m2 9000 alone gives county, together with c1 18000 gives city "
        "(land_approval.level)"
    }
    wait(story, 400)
    assert "cases.case_flagged" not in tags(land(story, "c4", 9_000))


def test_an_owner_commitment_replaces_the_review_and_a_breach_suspends_and_is_recorded() -> None:
    """S2-50: approval before the design; conditions with due dates; breach; credit record."""
    story = venue("land_use_approval")
    land(story, "c1", 5_000, "preliminary_design")
    land(story, "c2", 5_000, project="P-2")
    page = case_page(story.venue.state.cases, "c1")
    assert page.left_out == ("design",)
    assert case_page(story.venue.state.cases, "c2").left_out == ("confirmation",)
    # sixty working days from Monday, 2 March 2026, with two holidays and a made-up Saturday
    (due, met, breached) = page.promises["preliminary_design"]
    assert (due, met, breached) == (parse_instant("2026-05-29"), 0, 0)
    for stage in ("acceptance", "confirmation", "decision"):
        complete(story, "c1", stage)
    assert case_page(story.venue.state.cases, "c1").phase == "approved"
    wait(story, 100)
    page = case_page(story.venue.state.cases, "c1")
    assert page.is_suspended
    assert page.promises["preliminary_design"][2] == due
    record = story.venue.state.parties.attested["owner"]
    assert [story.venue.state.parties.attestations[one].kind for one in record] == ["land_default"]
    again = story.refused(
        FileCase,
        "owner",
        case="c3",
        procedure="land_use_approval",
        facts=PLOT,
        owner_commitments=("preliminary_design",),
    )
    assert "earlier_commitment_breached" in again
    promise = {"case": "c1", "owner_commitment": "preliminary_design"}
    assert story.refused(ConfirmOwnerCommitment, "owner", **promise).startswith(
        "cases.not_your_turn"
    )
    story.ask(ConfirmOwnerCommitment, OFFICE, **promise, source=DOCUMENT)
    assert not case_page(story.venue.state.cases, "c1").is_suspended
    assert story.refused(ConfirmOwnerCommitment, OFFICE, **promise).startswith("cases.met_before")


def test_a_breach_before_the_approval_holds_the_case_up() -> None:
    story = venue("land_use_approval")
    land(story, "c1", 5_000, "preliminary_design")
    complete(story, "c1", "acceptance")
    wait(story, 100)
    stuck = story.refused(CompleteStage, OFFICE, case="c1", stage="confirmation")
    assert stuck.startswith("cases.suspended")
    promise = {"case": "c1", "owner_commitment": "preliminary_design"}
    story.ask(ConfirmOwnerCommitment, OFFICE, **promise)
    complete(story, "c1", "confirmation")
    complete(story, "c1", "decision")
    assert case_page(story.venue.state.cases, "c1").phase == "approved"


def test_permits_run_side_by_side_and_the_report_says_how_much_that_saves() -> None:
    """S2-40: one application, two branches, shared documents, measured from instants alone."""
    story = venue("work_and_residence")
    papers = dict.fromkeys(("passport", "contract", "health"), DOCUMENT)
    facts = {"employer": "E", "post": "P"}
    file(story, "c1", "work_and_residence", facts=facts, documents=papers)
    complete(story, "c1", "acceptance")
    stages = [turn.stage for turn in case_page(story.venue.state.cases, "c1").turns]
    assert stages == ["work_permit", "residence_permit"]
    wait(story, 4)
    complete(story, "c1", "work_permit")
    complete(story, "c1", "residence_permit")
    complete(story, "c1", "issue")
    assert list(times_table(story.venue.state.cases).iterate()) == [
        {
            "procedure": "work_and_residence@2026.1",
            "cases": 1,
            "combined": 4,
            "serial": 8,
            "percent": 50,
            "stated": 27,
        }
    ]


def test_a_case_in_flight_keeps_the_version_it_began_with() -> None:
    """S2-49: a stage removed by a new version stays for those who began before."""
    story = venue("land_use_approval")
    land(story, "c1", 5_000)
    shorter = shipped("procedures/land_use_approval.toml").replace("2026.1", "2026.2")
    begin, end = (
        shorter.index('[[stages]]\nid        = "design"'),
        shorter.index("[[owner_commitments]]"),
    )
    shorter = (
        shorter[:begin]
        + '[[stages]]\nid = "decision"\ntext = { en = "d" }\nby = "agency"\n'
        + 'after = ["acceptance"]\nlevel = "land_approval.level"\n'
        + shorter[end:]
    )
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(shorter))
    land(story, "c2", 5_000, project="P-2")
    for case in ("c1", "c2"):
        complete(story, case, "acceptance")
    assert [t.stage for t in case_page(story.venue.state.cases, "c1").turns] == ["design"]
    assert [t.stage for t in case_page(story.venue.state.cases, "c2").turns] == ["decision"]
    again = story.refused(AdoptProcedure, MINISTRY, procedure=parse_procedure(shorter))
    assert again.startswith("cases.procedure_exists")


def test_days_beyond_the_calendar_are_counted_once_it_reaches_them() -> None:
    story = venue("first_registration")
    story.clock.instant = parse_instant(
        "2026-12-14T09:00:00Z"
    )  # to December 2026; the calendar ends with the year
    first_registration(story)
    complete(story, "c1", "acceptance", REGISTRY)
    assert story.venue.state.cases.undated == [("c1", "stage:notice")]
    longer = shipped("calendars/cn.toml").replace('"2026-12-31"', '"2027-12-31"')
    longer = longer.replace('version   = "2026"', 'version   = "2027"')
    events = story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(longer))
    assert tags(events) == ["places.calendar_defined", "cases.due_dated"]
    assert story.venue.state.cases.undated == []
    wait(story, 40)
    assert [t.stage for t in case_page(story.venue.state.cases, "c1").turns] == ["decision"]


@pytest.mark.parametrize("ticks", [1, 7, 40])
def test_the_outcome_is_the_same_however_often_somebody_looks(ticks: int) -> None:
    story = venue("first_registration", "land_use_approval")
    first_registration(story)
    land(story, "c2", 5_000, "preliminary_design")
    complete(story, "c1", "acceptance", REGISTRY)
    for _ in range(ticks):
        story.clock.forward(120 * DAY // ticks)
        story.venue._writer.tick()
    story.clock.instant = MONDAY + 121 * DAY
    story.venue._writer.tick()
    page = case_page(story.venue.state.cases, "c1")
    assert page.done[-1] == ("notice", parse_instant("2026-03-24"), "time", "passed")
    assert page.turns[0].due == parse_instant("2026-04-09")
    assert case_page(story.venue.state.cases, "c2").promises["preliminary_design"][2]


TARIFFS = """
[[parameter]]
id = "tariff.fee.copy"
value = 500
reason = "no_tariff"
[[parameter.example]]
facts = {}
result = 500
[[parameter]]
id = "tariff.inspection.site"
value = 2
reason = "no_tariff"
[[parameter.example]]
facts = {}
result = 2
[[parameter]]
id = "tariff.fine.late"
value = 900
reason = "no_tariff"
[[parameter.example]]
facts = {}
result = 900
[[parameter]]
id = "tariff.fine.late.per_year_max"
value = 1
reason = "no_tariff"
[[parameter.example]]
facts = {}
result = 1
"""


def with_tariffs() -> Story:
    story = venue("first_registration")
    text = shipped("rules/national.toml").replace('"2026.1"', '"2026.9"')
    text = text.replace("2025-01-01", "2026-03-01", 1) + TARIFFS
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(text))
    return story


def test_fees_fines_and_inspections_need_a_published_tariff_and_are_capped() -> None:
    """S0-15: nothing without a tariff; frequency capped per enterprise, and reported."""
    story = with_tariffs()
    charge = {"charge": "g1", "party": "owner", "subject": "a copy"}
    none = story.refused(PostCharge, REGISTRY, **charge, tariff="tariff.fee.smile")
    assert none.startswith("cases.no_tariff")
    assert story.refused(PostCharge, REGISTRY, **charge, tariff="land_uses").startswith(
        "cases.no_tariff"
    )
    assert story.refused(PostCharge, "neighbour", **charge, tariff="tariff.fee.copy").startswith(
        "core.role_needed"
    )
    story.ask(PostCharge, REGISTRY, **charge, tariff="tariff.fee.copy")
    assert story.refused(PostCharge, REGISTRY, **charge, tariff="tariff.fee.copy").startswith(
        "cases.charge_exists"
    )
    poor = story.refused(PayCharge, "owner", charge="g1")
    assert poor.startswith("ledger.insufficient")
    story.deposit("owner", 700)
    assert story.refused(PayCharge, "neighbour", charge="g1").startswith("cases.not_your_charge")
    story.ask(PayCharge, "owner", charge="g1")
    assert (story.money("owner"), story.money(REGISTRY)) == (200, 500)
    assert story.refused(PayCharge, "owner", charge="g1").startswith("cases.nothing_to_pay")
    assert story.refused(PayCharge, "owner", charge="none").startswith("cases.unknown_charge")
    for number in (1, 2):
        visit = {"charge": f"v{number}", "party": "owner", "tariff": "tariff.inspection.site"}
        story.ask(PostCharge, WATCH, **visit)
        wait(story, 10)
    third = story.refused(
        PostCharge, WATCH, charge="v3", party="owner", tariff="tariff.inspection.site"
    )
    assert third.startswith("cases.charged_enough: owner met tariff.inspection.site 2 times")
    story.ask(PostCharge, WATCH, charge="v4", party="neighbour", tariff="tariff.inspection.site")
    story.ask(PostCharge, WATCH, charge="f1", party="owner", tariff="tariff.fine.late")
    second = story.refused(PostCharge, WATCH, charge="f2", party="owner", tariff="tariff.fine.late")
    assert second.startswith("cases.charged_enough")
    wait(story, 366)
    story.ask(PostCharge, WATCH, charge="f3", party="owner", tariff="tariff.fine.late")
    assert charges_table(story.venue.state.cases).text("kind").tolist() == [
        "fine", "fine", "fee", "inspection", "inspection", "inspection",
    ]  # fmt: skip


def test_a_fee_of_a_stage_is_paid_before_it_is_completed() -> None:
    """S0-15: a procedure charges what the tariff says, known when the case is filed."""
    story = with_tariffs()
    text = shipped("procedures/first_registration.toml").replace("2026.1", "2026.2")
    text = text.replace(
        'by        = "registrar"\ndays      = 10',
        'by        = "registrar"\nfee = "tariff.fee.copy"\ndays      = 10',
    )
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    first_registration(story)
    complete(story, "c1", "acceptance", REGISTRY)
    wait(story, 30)
    unpaid = story.refused(CompleteStage, REGISTRY, case="c1", stage="decision")
    assert unpaid.startswith("cases.fee_unpaid")
    (charge,) = story.venue.state.cases.charged["owner"]
    story.deposit("owner", 500)
    story.ask(PayCharge, "owner", charge=charge)
    complete(story, "c1", "decision", REGISTRY)
    assert story.money(MINISTRY) == 500


WAITING = """
id = "wait"
version = "1"
text = { en = "wait for a freeze to be entered" }
authority = "a"
legal_basis = "b"
calendar = "cn"
[facts]
right = "text"
[[stages]]
id = "freeze"
kind = "event"
text = { en = "the right is frozen" }
event = "rights.right_burdened/1"
match = { "entry.right" = "right", "entry.kind" = "kind" }
days = 10
overdue = "refuse"
"""


def test_a_stage_is_completed_by_the_event_it_waits_for() -> None:
    story = venue()
    text = WAITING.replace('right = "text"', 'right = "text"\nkind = "text"', 1)
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text))
    for right in ("R-1", "R-2"):
        story.right(right, "owner", 10)
        facts = {"right": right, "kind": "freeze"}
        file(story, f"case-{right}", "wait", facts=facts)
    by_hand = story.refused(CompleteStage, OFFICE, case="case-R-1", stage="freeze")
    assert by_hand.startswith("cases.not_by_hand")
    events = story.ask(FreezeRight, REGISTRY, entry="e1", right="R-1", reason="court")
    assert tags(events) == [
        "rights.right_burdened",
        "cases.stage_completed",
        "cases.case_approved",
    ]
    wait(story, 30)
    page = case_page(story.venue.state.cases, "case-R-2")
    assert (page.phase, page.appeal_to) == ("refused", "")
    assert page.reasons == ("freeze was not completed in its 10 working days",)
    assert story.venue.state.cases.waiting == {}
    assert story.refused(AppealCase, "owner", case="case-R-2", reason="x").startswith(
        "cases.no_appeal"
    )


def test_nobody_decides_in_an_own_case_and_the_inbox_lists_whose_turn_it_is() -> None:
    story = venue("land_use_approval")
    story.ask(GrantRole, EXCHANGE, party="owner", role="agency")
    land(story, "c1", 5_000)
    own = story.refused(CompleteStage, "owner", case="c1", stage="acceptance")
    assert "nobody decides in an own case" in own
    table = inbox(story.venue.state.cases, "agency")
    assert table.text("case").tolist() == ["c1"]
    assert inbox(story.venue.state.cases, "applicant").rows == 0
    assert story.refused(RefuseCase, OFFICE, case="c1", stage="acceptance", reasons=()).startswith(
        "cases.no_reasons"
    )
    assert story.refused(RefuseCase, OFFICE, case="none", stage="s", reasons=("x",)).startswith(
        "cases.unknown"
    )


def test_an_open_case_keeps_its_applicant_from_leaving() -> None:
    """S0-04: who has a case, a commitment or a charge open cannot vanish."""
    story = venue("land_use_approval")
    land(story, "c1", 5_000, "preliminary_design")
    assert story.venue.state.blockers("owner") == [
        "case c1",
        "commitment preliminary_design of case c1",
    ]
