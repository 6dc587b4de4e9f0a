"""Grades: ordered, promoted by rules that are data, paid in bands that never fall."""

import pytest

from tests.access.tables import grade, recognition, row, scale
from tests.floors import Floors, attest, institution, settled
from yaosu.access import views
from yaosu.access.commands import AdoptRecognition, AdoptScale, ApplyForGrade
from yaosu.access.events import GradeReached
from yaosu.access.grades import YEAR
from yaosu.access.parse import parse_scale
from yaosu.access.tables import Scale
from yaosu.parties.commands import IssueAttestation
from yaosu.parties.decide import facts_of


def rise(number: int, scale_id: str = "skilled_workers") -> ApplyForGrade:
    return ApplyForGrade(actor="anna", key="k", scale=scale_id, grade=number)


def examined(floors: Floors, level: int, kind: str = "skill_test") -> None:
    """Anna has passed an examination of a level."""
    fields = {"attestation": f"{kind}-{level}", "about": "anna", "kind": kind, "level": level}
    floors.when(IssueAttestation(actor="agency", key="k", **fields))


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    known = parse_scale(institution("grades/skilled_workers.toml"))
    floors.when(AdoptScale(actor="gov", key="k", scale=known))
    return floors


def test_somebody_rises_through_all_eight_grades(floors: Floors) -> None:
    """S2-42: apprentice to chief technician, each after its years and by its examination."""
    years = [one.years for one in floors.access.scales["skilled_workers"][0].grades]
    for number in range(1, 9):
        floors.now += years[number - 1] * YEAR
        if number > 1:
            examined(floors, number, "skill_test" if number < 7 else "skill_review")
        floors.when(rise(number))
        assert facts_of(floors, "anna")["attested_skill_grade"] == number
    table = views.grades(floors.access, floors.now)
    assert table["grade"].tolist() == list(range(1, 9))
    assert table.text("name").tolist()[4] == "technician"
    assert table["pay_min"].tolist() == sorted(table["pay_min"].tolist())


def test_a_grade_is_not_reached_before_its_time_nor_by_skipping(floors: Floors) -> None:
    """S2-42: the refusal says all that lacks."""
    floors.when(rise(1))
    refusal = str(floors.refused(rise(2), "access.grade_not_reached"))
    assert "1 years in grade 1, it is 0; skill_test of level 2" in refusal
    assert "grade 2 first" in str(floors.refused(rise(3), "access.grade_not_reached"))
    floors.refused(rise(1), "access.grade_held")
    floors.refused(rise(9), "access.unknown_grade")
    floors.refused(rise(1, "none"), "access.unknown_scale")


def test_an_examination_promotes_once(floors: Floors) -> None:
    """S2-42: a high mark does not carry somebody up two grades."""
    floors.when(rise(1))
    floors.now += YEAR
    examined(floors, 6)
    floors.when(rise(2))
    floors.now += 2 * YEAR
    refusal = floors.refused(rise(3), "access.grade_not_reached")
    assert "not used for a grade before" in str(refusal)


def test_who_has_what_a_leap_asks_for_needs_no_earlier_grade(floors: Floors) -> None:
    """S2-42: a prize in a national contest with the examination leads to the fourth grade."""
    attest(floors, "anna", "national_contest_prize")
    examined(floors, 4)
    reached = floors.when(rise(4))[0]
    assert isinstance(reached, GradeReached)
    assert reached.by_leap


@pytest.mark.parametrize(
    "wrong",
    [
        scale(),
        scale(grade(2)),
        scale(grade(1), grade(3)),
        scale(grade(1, pay_min=10), grade(2, pay_min=9)),
        scale(grade(1, pay_min=1, pay_max=9), grade(2, pay_min=2, pay_max=8)),
        scale(grade(1, pay_min=1), grade(2, pay_min=2, pay_max=8)),
        scale(grade(1, pay_min=-1)),
        scale(grade(1, pay_min=9, pay_max=8)),
        scale(grade(1, years=-1)),
        scale(grade(1, needs={"Test": 1})),
        scale(grade(1, needs={"test": 0})),
        scale(grade(1, leap={"skill_grade": 1})),
        scale(grade(1), kind="Skill"),
    ],
)
def test_scales_that_do_not_hold_together_are_refused(wrong: Scale) -> None:
    settled().refused(AdoptScale(actor="gov", key="k", scale=wrong), "access.bad_table")


def test_a_leap_that_gains_in_a_circle_is_not_adopted() -> None:
    """S2-43: what a single proof leads to is a row like any other."""
    floors = settled()
    table = recognition(row("skill_grade", 2, "prize", 1))
    floors.when(AdoptRecognition(actor="gov", key="k", table=table))
    steps = scale(grade(1), grade(2), grade(3, leap={"prize": 1}))
    floors.refused(AdoptScale(actor="gov", key="k", scale=steps), "access.gain_in_circle")
