"""The wrapper round CEL: narrow, bounded, and never true by mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.refusal import Refusal
from yaosu.rules.cel import Answer, check_expression, evaluate, names_in
from yaosu.rules.pack import Value

KINDS = {"n": "int", "m": "int", "t": "text", "b": "truth"}


@pytest.mark.parametrize(
    ("expression", "facts", "holds"),
    [
        ("n > 1", {"n": 2}, True),
        ("n > 1", {"n": 1}, False),
        ("n > 1 && b", {"n": 2, "b": True}, True),
        ("!(n > 1) || b", {"n": 2, "b": False}, False),
        ("t in ['x', \"y\"]", {"t": "y"}, True),
        ("t.startsWith('要') && size(t) == 2", {"t": "要素"}, True),
        ("n % 3 == 0 ? m == 1 : m == 2", {"n": 4, "m": 2}, True),
        ("-n < 0", {"n": 5}, True),
    ],
)
def test_an_expression_over_flat_facts_holds_or_not(
    expression: str, facts: dict[str, Value], holds: bool
) -> None:
    check_expression(expression, KINDS, "item")
    assert evaluate(expression, KINDS, facts) == Answer(holds)


@pytest.mark.parametrize(
    ("expression", "facts", "fault"),
    [
        ("n > 1", {}, "n is not known"),
        ("n > 1", {"n": "two"}, "n is text, not int"),
        ("n > 1", {"n": True}, "n is truth, not int"),
        ("n / m > 1", {"n": 1, "m": 0}, "divide by zero"),
        ("n % m > 1", {"n": 1, "m": 0}, "modulus by zero"),
        ("n + m > 0", {"n": 2**63 - 1, "m": 1}, "integer overflow"),
        ("n > 1", {"n": 2**64}, "too big"),
        ("b || n > 1", {"b": True}, "n is not known"),
    ],
)
def test_what_cannot_be_decided_is_not_true_though_the_library_gives_back_a_truthy_text(
    expression: str, facts: dict[str, Value], fault: str
) -> None:
    check_expression(expression, KINDS, "item")
    answer = evaluate(expression, KINDS, facts)
    assert answer.holds is False
    assert fault in answer.fault


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("n", "it gives INT, not a truth value"),
        ("t", "it gives STRING, not a truth value"),
        ("n > 1.5", "'1.5' is not allowed"),
        ("n > 1e3", "'1e3' is not allowed"),
        ("n > t", "found no matching overload"),
        ("n >", "ERROR"),
        ("[1, 2].all(x, x > 0)", ".all(x, x >"),
        ("t.matches('(a+)+b')", ".matches("),
        ("t == '''a'n''' || b", "is not allowed"),
        ("t == r'a'", "is not allowed"),
        ("n > 1; m > 1", "'; m > 1' is not allowed"),
        ("{'a': 1} == {'a': 1}", "is not allowed"),
        ("b" + " && b" * 200, "it is too long"),
        ("(" * 40 + "b" + ")" * 40, "it is nested too deep"),
        ("t == 'a\\u0000'", "is not allowed"),
        ("", "ERROR"),
    ],
)
def test_an_expression_outside_the_narrow_language_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_expression(expression, KINDS, "item")
    assert caught.value.code == "rules.bad_expression"
    assert reason in str(caught.value)


@pytest.mark.parametrize("expression", ["q > 1", "timestamp(t) == t", "double(n) > n", "has(t)"])
def test_an_undeclared_name_is_refused_functions_of_the_library_too(expression: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_expression(expression, KINDS, "item")
    assert caught.value.code in {"rules.unknown_fact", "rules.bad_expression"}


def test_a_fact_may_be_called_like_a_function_and_is_found_as_a_name() -> None:
    kinds = {"size": "text", "t": "text"}
    check_expression("size == 'x' && size(t) == 1", kinds, "item")
    assert names_in("size == 'x' && size(t) == 1", "item") == ("size", "t")
    assert evaluate("size == 'x' && size(t) == 1", kinds, {"size": "x", "t": "y"}).holds


def test_the_names_an_expression_reads_leave_out_texts_and_words() -> None:
    assert names_in("n > 1 && t in ['region', \"size\"] && !b", "item") == ("b", "n", "t")


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_comparison_of_whole_numbers_is_that_of_python(n: int, m: int) -> None:
    facts = {"n": n, "m": m}
    assert evaluate("n < m", KINDS, facts).holds == (n < m)
    assert evaluate("n == m", KINDS, facts).holds == (n == m)


@given(st.text(alphabet="nmtb()&|!<>=+-*/%? :,.[]'\"1a", max_size=60))
def test_no_text_makes_the_wrapper_crash(expression: str) -> None:
    try:
        check_expression(expression, KINDS, "item")
    except Refusal:
        return
    facts: dict[str, Value] = {"n": 1, "m": 0, "t": "x", "b": True}
    assert isinstance(evaluate(expression, KINDS, facts).holds, bool)
