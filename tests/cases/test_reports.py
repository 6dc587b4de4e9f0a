"""Reports over cases, from the instants of the journal alone: how long, how often, how far."""

from tests.cases.samples import OFFICE, complete, wait
from tests.cases.test_cases import land, venue, with_tariffs
from tests.stories import DOCUMENT, WATCH, Story
from yaosu.cases.commands import AddDocuments, ConfirmOwnerCommitment, PostCharge
from yaosu.cases.views import frequency_table, times_by


def finish(story: Story, case: str, days: int) -> None:
    """Complete whatever is open, each stage after so many days, until the case is over."""
    story.ask(AddDocuments, "owner", case=case, documents={"preliminary_design": DOCUMENT})
    for _ in range(10):
        state = story.venue.state.cases
        if state.cases[case].phase != "open":
            return
        wait(story, days)
        for stage in [s for s, run in state.cases[case].stages.items() if not run.done_at]:
            level = state.cases[case].filed.levels.get(stage, "county")
            complete(story, case, stage, OFFICE if level == "county" else "city-office")
    raise AssertionError(case)


def test_cases_with_a_commitment_are_measured_against_those_without() -> None:
    """S2-50: how many days shorter, by median, than like cases of the same procedure."""
    story = venue("land_use_approval")
    for number in (1, 2):
        land(story, f"slow-{number}", 9_000, plot=f"a-{number}", project=f"a-{number}")
        finish(story, f"slow-{number}", 12)
        land(story, f"fast-{number}", 9_000, "preliminary_design", plot=f"b-{number}",
             project=f"b-{number}")  # fmt: skip
        finish(story, f"fast-{number}", 5)
        promise = {"case": f"fast-{number}", "owner_commitment": "preliminary_design"}
        story.ask(ConfirmOwnerCommitment, OFFICE, **promise)
    rows = {
        row["group"]: row for row in times_by(story.venue.state.cases, "owner_commitment").iterate()
    }
    assert rows["with"]["cases"] == rows["without"]["cases"] == 2
    assert rows["without"]["shorter"] == 0
    assert rows["with"]["shorter"] == rows["without"]["days"] - rows["with"]["days"] > 0


def test_cases_of_each_level_are_measured_against_the_slowest() -> None:
    """S2-51: how many days shorter where a lower level decides."""
    story = venue("land_use_approval")
    land(story, "small", 10_000, plot="a", project="a")
    finish(story, "small", 5)
    land(story, "large", 10_001, plot="b", project="b")
    finish(story, "large", 10)
    rows = {row["group"]: row for row in times_by(story.venue.state.cases, "level").iterate()}
    assert rows["city"]["shorter"] == 0
    assert rows["county"]["shorter"] == rows["city"]["days"] - rows["county"]["days"] > 0
    (version,) = times_by(story.venue.state.cases, "version").iterate()
    assert version["cases"] == 2


def test_how_often_each_enterprise_was_charged_is_reported_beside_the_cap() -> None:
    """S0-15: frequency of inspections and fines per enterprise, with what the rules allow."""
    story = with_tariffs()
    assert frequency_table(story.venue.state).rows == 0
    for charge, tariff in (
        ("v1", "inspection.site"),
        ("v2", "inspection.site"),
        ("f1", "fine.late"),
    ):
        fields = {"charge": charge, "party": "owner", "tariff": f"tariff.{tariff}"}
        story.ask(PostCharge, WATCH, **fields)
    wait(story, 366)
    story.ask(PostCharge, WATCH, charge="v3", party="owner", tariff="tariff.inspection.site")
    story.ask(PostCharge, WATCH, charge="c", party="neighbour", tariff="tariff.fee.copy")
    known = {
        (row["party"], row["tariff"]): (row["in_year"], row["cap"], row["total"])
        for row in frequency_table(story.venue.state).iterate()
    }
    assert known == {
        ("neighbour", "tariff.fee.copy"): (1, -1, 1),
        ("owner", "tariff.fine.late"): (0, 1, 1),
        ("owner", "tariff.inspection.site"): (1, 2, 3),
    }
