"""The five kinds of item, each by itself."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.refusal import Refusal
from yaosu.kernel.rounding import divide_to_even
from yaosu.rules.items import condition, formula, parameter, scorecard, table
from yaosu.rules.pack import (
    Condition,
    Example,
    Formula,
    Parameter,
    Points,
    Scorecard,
    Table,
    Value,
)

EXAMPLE = (Example(facts={}, result=1),)


def formula_of(expression: str, rounding: str = "down") -> Formula:
    return Formula(id="f", reason="r", expression=expression, rounding=rounding, example=EXAMPLE)


def value_of(expression: str, rounding: str = "down", **facts: Value) -> object:
    item = formula_of(expression, rounding)
    kinds = dict.fromkeys(facts, "int")
    formula.check(item, kinds)
    return formula.evaluate(item, kinds, facts).result


@pytest.mark.parametrize(
    ("expression", "rounding", "result"),
    [
        ("a / 3 * 3", "down", 7),
        ("a / 2", "down", 3),
        ("a / 2", "up", 4),
        ("a / 2", "to_even", 4),
        ("(a - 2) / 2", "to_even", 2),
        ("-a / 2", "down", -4),
        ("-a / 2", "up", -3),
        ("min(a, 3, 5) + max(1, 2)", "down", 5),
        ("floor(a / 2) + ceil(a / 2)", "down", 7),
        ("(a + 1) * (a - 1) - a * a", "down", -1),
    ],
)
def test_a_formula_is_exact_and_rounds_once_by_name(
    expression: str, rounding: str, result: int
) -> None:
    assert value_of(expression, rounding, a=7) == result


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_formula_equals_exact_fractions(a: int, b: int, c: int) -> None:
    exact = Fraction(a, b) + Fraction(b, c) * a
    expected = divide_to_even(exact.numerator, exact.denominator)
    assert value_of("a / b + b / c * a", "to_even", a=a, b=b, c=c) == expected


@pytest.mark.parametrize(
    ("expression", "facts", "fault"),
    [
        ("a / b", {"a": 1, "b": 0}, "divides by zero"),
        ("a * a", {"a": 2**62, "b": 0}, "leaves the 64-bit range"),
        ("a + c", {"a": 1}, "c is not known"),
        ("a + c", {"a": 1, "c": True}, "c is not known as a whole number"),
    ],
)
def test_a_formula_that_cannot_be_worked_out_gives_its_reason(
    expression: str, facts: dict[str, Value], fault: str
) -> None:
    outcome = formula.evaluate(formula_of(expression), {}, facts)
    assert outcome.result is None
    assert outcome.reason == "r"
    assert fault in outcome.fault


@pytest.mark.parametrize(
    "expression",
    [
        "a ** 2",
        "a // 2",
        "1.5 * a",
        "__import__('os')",
        "a if a else a",
        "[a]",
        "a.b",
        "floor(a, a)",
        "min()",
        "min",
        "a +",
        "(" * 40 + "a" + ")" * 40,
        "a" + " + a" * 200,
        "9223372036854775808 + a",
        "a(1)",
        "A",
    ],
)
def test_a_formula_outside_its_language_is_refused(expression: str) -> None:
    with pytest.raises(Refusal) as caught:
        formula.check(formula_of(expression), {"a": "int"})
    assert caught.value.code == "rules.bad_expression"


def test_a_formula_reads_whole_numbers_only() -> None:
    with pytest.raises(Refusal, match=r"rules\.unknown_fact"):
        formula.check(formula_of("a + b"), {"a": "int", "b": "text"})
    with pytest.raises(Refusal, match=r"rules\.bad_kind: the rounding of f is of kind 'nearest'"):
        formula.check(formula_of("a", "nearest"), {"a": "int"})


def bands(*rows: dict[str, Value], match: str = "band") -> Table:
    return Table(
        id="t",
        reason="no_row",
        key="area",
        match=match,
        columns={"area": "int", "level": "text"},
        rows=rows,
        example=EXAMPLE,
    )


def test_a_band_is_the_row_with_the_greatest_key_not_above_the_fact() -> None:
    item = bands({"area": 0, "level": "county"}, {"area": 10_001, "level": "city"})
    kinds = {"area": "int"}
    table.check(item, kinds)
    levels = [table.evaluate(item, kinds, {"area": area}).result for area in (0, 10_000, 10_001)]
    assert [row["level"] for row in levels if isinstance(row, dict)] == ["county", "county", "city"]
    below = table.evaluate(item, kinds, {"area": -1})
    assert (below.result, below.reason) == (None, "no_row")
    assert table.evaluate(item, kinds, {}).fault == "area is not known as int"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (bands(), "it has 0 rows"),
        (bands({"area": 1}), "row 1 has other columns"),
        (bands({"area": 1, "level": 2}), "level in row 1 is not of kind text"),
        (bands({"area": 1, "level": "a"}, {"area": 1, "level": "b"}), "key 1 is there twice"),
        (bands({"area": 1, "level": "a"}, match="near"), "match is 'near'"),
    ],
)
def test_a_ragged_table_is_refused_with_the_reason(item: Table, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        table.check(item, {"area": "int"})
    assert caught.value.code == "rules.bad_table"
    assert reason in str(caught.value)


def card(base: int = 0, least: int = 0, greatest: int = 100) -> Scorecard:
    return Scorecard(
        id="s",
        reason="r",
        base=base,
        least=least,
        greatest=greatest,
        points=(
            Points(when="a > 1", points=80, reason="high"),
            Points(when="a > 2", points=50, reason="higher"),
            Points(when="a < 0", points=-500, reason="low"),
        ),
        example=EXAMPLE,
    )


@pytest.mark.parametrize(
    ("a", "score", "lines"),
    [(0, 0, ()), (2, 80, ("high",)), (3, 100, ("high", "higher")), (-1, 0, ("low",))],
)
def test_points_add_up_between_their_bounds_and_each_names_its_reason(
    a: int, score: int, lines: tuple[str, ...]
) -> None:
    outcome = scorecard.evaluate(card(), {"a": "int"}, {"a": a})
    assert (outcome.result, outcome.lines) == (score, lines)


def test_a_scorecard_with_a_line_that_cannot_be_decided_gives_no_score() -> None:
    outcome = scorecard.evaluate(card(), {"a": "int"}, {})
    assert (outcome.result, outcome.reason, outcome.fault) == (None, "r", "a is not known")


def test_a_scorecard_with_bounds_that_cross_is_refused() -> None:
    with pytest.raises(Refusal, match=r"rules\.beyond_bounds"):
        scorecard.check(card(least=5, greatest=1), {"a": "int"})


def test_a_parameter_keeps_to_its_own_bounds() -> None:
    inside = Parameter(id="p", reason="r", value=20, least=10, greatest=50, example=EXAMPLE)
    parameter.check(inside, {})
    assert parameter.evaluate(inside, {}, {}).result == 20
    for value in (9, 51, "20", True):
        with pytest.raises(Refusal) as caught:
            parameter.check_bounds(inside, value)
        assert caught.value.code == "rules.beyond_bounds"


def test_a_condition_gives_its_reason_when_it_is_not_met() -> None:
    item = Condition(id="c", reason="too_low", purpose="x", expression="a > 1", example=EXAMPLE)
    kinds = {"a": "int"}
    condition.check(item, kinds)
    assert condition.evaluate(item, kinds, {"a": 2}).reason == ""
    assert condition.evaluate(item, kinds, {"a": 1}).reason == "too_low"
    undecided = condition.evaluate(item, kinds, {})
    assert (undecided.result, undecided.reason, undecided.fault) == (
        False,
        "too_low",
        "a is not known",
    )
