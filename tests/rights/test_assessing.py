"""Values and qualities: a method, inputs, a date, a valuer, and the same figure again."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.floors import Floors, institution, settled
from tests.rights.entries import assess, correct, plot
from tests.rights.samples import registration
from tests.stories import Story
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.rights.assessing import age_days, assessments_of, quality_of, recomputed
from yaosu.rights.commands import AdoptProfile, AssessUnit
from yaosu.rights.methods.valuation import METHODS, fault_in, value_by
from yaosu.rights.offering import check_offerable
from yaosu.rights.profiles import parse_profile
from yaosu.rights.values import Correction
from yaosu.rights.views import ledger_classes

EXAMPLES = {  # method -> inputs, what they give by hand
    "market_comparison": (
        {"quantity": 10, "price_1": 100, "factor_1": 1_100, "price_2": 120, "factor_2": 900},
        1_090,
    ),
    "income": ({"income_minor": 1_000, "rate_bp": 1_000, "years": 2}, 1_736),
    "cost": ({"land_minor": 500, "construction_minor": 700, "depreciation_minor": 150}, 1_050),
    "replacement": ({"replacement_minor": 900, "age_years": 10, "life_years": 30}, 600),
    "option": (  # one step: (1.0 - 0.5) / (2.0 - 0.5) of 100 up, nothing down
        {
            "value_minor": 100, "cost_minor": 100, "up_permille": 2_000, "down_permille": 500,
            "rate_bp": 0, "steps": 1,
        },
        33,
    ),
    "quality": ({"completeness": 900, "accuracy": 1_000, "timeliness": 801}, 900),
}  # fmt: skip


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    floors.when(registration("data"))
    floors.now += DAY
    return floors


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_the_figure_one_computes_by_hand(floors: Floors, method: str) -> None:
    """S0-12: method, inputs, date, valuer; computed again from the record it is the same."""
    inputs, wanted = EXAMPLES[method]
    floors.when(assess("a", "U-data", method, **inputs))
    known = floors.rights.assessments["a"]
    assert (known.result, known.assessor, known.dated) == (wanted, "agency", floors.now)
    assert recomputed(known) == known.result
    assert known.inputs == inputs


def test_an_income_without_interest_is_its_sum() -> None:
    """S0-12"""
    assert value_by("income", {"income_minor": 7, "rate_bp": 0, "years": 5}) == 35


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 300))
def test_an_option_is_worth_no_less_than_now_and_no_more_than_the_thing(
    value: int, cost: int, steps: int, rate: int
) -> None:
    """S0-12: bounds of Merton 1973, without rounding."""
    inputs = {
        "value_minor": value, "cost_minor": cost, "up_permille": 1_250, "down_permille": 800,
        "rate_bp": rate, "steps": steps,
    }  # fmt: skip
    exact = METHODS["option"].value(inputs)
    assert max(Fraction(0), Fraction(value - cost)) <= exact <= value


@pytest.mark.parametrize(
    ("method", "inputs", "reason"),
    [
        ("guess", {}, "'guess' is not a method"),
        ("income", {"rate_bp": 1}, "income_minor is missing"),
        ("income", {"income_minor": 1, "rate_bp": 1, "years": 0}, "years is 0"),
        ("income", {"income_minor": 1, "rate_bp": -1, "years": 1}, "rate_bp is not"),
        ("income", {"income_minor": 2**53 + 1, "rate_bp": 1, "years": 1}, "beyond 2^53"),
        ("market_comparison", {"quantity": 1}, "0 prices"),
        ("market_comparison", {"quantity": 1, "price_1": -1}, "a price or factor is low"),
        ("replacement", {"replacement_minor": 1, "age_years": 2, "life_years": 1}, "beyond life"),
        ("quality", {}, "no score is given"),
        ("quality", {"accuracy": 1_001}, "accuracy is not 0 to 1000"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(
    floors: Floors, method: str, inputs: dict[str, int], reason: str
) -> None:
    """S0-12"""
    refusal = floors.refused(assess("a", "U-data", method, **inputs), "rights.bad_assessment")
    assert reason in str(refusal)


def test_an_option_whose_tree_is_not_free_of_risk_is_refused() -> None:
    inputs = dict(EXAMPLES["option"][0])
    assert fault_in("option", {**inputs, "down_permille": 1_000}) != ""
    assert fault_in("option", {**inputs, "steps": 61}) != ""


def test_assessments_are_versions_and_nothing_is_overwritten(floors: Floors) -> None:
    """S2-34: quality scores, versioned, with their age."""
    floors.when(assess("q1", "U-data", "quality", completeness=900))
    floors.when(assess("v1", "U-data", "cost", construction_minor=1))
    floors.now += 3 * DAY
    floors.when(assess("q2", "U-data", "quality", completeness=950))
    known = assessments_of(floors.rights, "U-data")
    assert [(one.id, one.version) for one in known] == [("q1", 1), ("v1", 1), ("q2", 2)]
    last = quality_of(floors.rights, "U-data")
    assert last == known[-1]
    assert age_days(known[0], floors.now) == 3
    floors.refused(assess("q1", "U-data", "quality", accuracy=1), "rights.assessment_exists")
    floors.refused(assess("q3", "nothing", "quality", accuracy=1), "rights.unknown_unit")
    later = AssessUnit(
        actor="agency", key="k", assessment="q4", unit="U-data", method="quality",
        inputs={"accuracy": 1}, dated=floors.now + 1,
    )  # fmt: skip
    floors.refused(later, "rights.bad_assessment")


def test_an_offer_can_ask_for_a_least_quality_not_too_old(floors: Floors) -> None:
    """S2-34: the profile says how good and how fresh; the refusal shows the age."""
    text = institution("factors/data.toml").replace('"1"', '"2"', 1)
    asked = "quality_min = 900, quality_days_max = 30, "
    text = text.replace("register   = { ", f"register   = {{ {asked}")
    floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
    with pytest.raises(Refusal, match="is not assessed; 900 is asked for, 30 days old"):
        check_offerable(floors, "R-data")
    floors.when(assess("q1", "U-data", "quality", completeness=899))
    with pytest.raises(Refusal, match="is 899, 0 days old"):
        check_offerable(floors, "R-data")
    floors.when(assess("q2", "U-data", "quality", completeness=900))
    assert check_offerable(floors, "R-data").id == "R-data"
    floors.now += 31 * DAY
    with pytest.raises(Refusal, match="is 900, 31 days old"):
        check_offerable(floors, "R-data")


def test_service_inventions_stand_in_a_class_of_their_own_and_none_leaks(floors: Floors) -> None:
    """S2-08: apart from the general class by name, checked by a report."""
    service = {"patent_number": "ZL1", "is_service_invention": True}
    floors.when(registration("technology", right="S", unit="inv", unit_attributes=service))
    floors.when(registration("technology", right="P", unit="own"))
    plot(floors, "A")
    rows = {row["instrument"]: row for row in ledger_classes(floors).iterate()}
    assert rows["service_invention/inv"]["label"] == "service_invention"
    assert [rows[name]["label"] for name in ("own", "A", "U-data")] == ["", "", ""]
    assert all(row["leaks"] == 0 for row in rows.values())
    assert floors.free("anna", "service_invention/inv") == 100
    wrong = registration(
        "technology", right="X", unit="inv2", unit_attributes=service, instrument="inv2"
    )
    floors.refused(wrong, "rights.other_class")
    into = registration("technology", right="X", unit="u", instrument="service_invention/u")
    floors.refused(into, "rights.other_class")
    out = Correction(unit_attributes={"is_service_invention": False})
    floors.refused(correct("S", out), "rights.other_class")


def test_only_an_agency_assesses() -> None:
    story = Story().found(("data",))
    story.party("lab", ("data",))
    story.right("r1", "lab", 10, factor="data")
    text = story.refused(
        AssessUnit, "lab", assessment="a", unit="unit-r1", method="cost",
        inputs={"construction_minor": 1},
    )  # fmt: skip
    assert text.startswith("core.role_needed")
