"""Can conditions be met? Decided exactly where it is decided at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.packs import condition, formula, pack, parameter
from yaosu.rules import cel
from yaosu.rules.evaluate import AnyItem
from yaosu.rules.methods.finding import Finding
from yaosu.rules.methods.meeting import meeting_findings
from yaosu.rules.methods.points import Undecided, points_of
from yaosu.rules.pack import Pack
from yaosu.rules.parse import read_pack

FACTS = 'a = "int";b = "int";s = "text";t = "text";p = "truth"'
TABLE = """
[[table]]
id = "uses"
key = "s"
columns = { s = "text", years = "int" }
reason = "no_row"
rows = [{ s = "x", years = 50 }, { s = "y", years = 70 }]
[[table.example]]
facts = { s = "x" }
result = { s = "x", years = 50 }
"""
CARD = """
[[scorecard]]
id = "card"
reason = "no_score"
base = 0
points = [
  { when = "a > 3", points = 10, reason = "large" },
  { when = "a > 3 && a < 3", points = 20, reason = "never" },
]
[[scorecard.example]]
facts = { a = 4 }
result = 10
"""


def findings(body: str) -> list[Finding]:
    read = read_pack(pack(body, facts=FACTS))
    return list(meeting_findings({item.id: item for item in read.items}, read.facts, read))


def kinds(body: str) -> list[str]:
    return [finding.kind for finding in findings(body)]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("a > 3 && a < 5", ""),
        ("a > 3 && a < 4", "contradictory"),
        ("2 * a == 7", "contradictory"),
        ("2 * a == 8", ""),
        ("-a > 3 && a + 3 > 0", "contradictory"),
        ("a < b && b < a", "contradictory"),
        ("a < b && b < 5 && a > 3", "contradictory"),
        ("a < b && b < 6 && a > 3", ""),
        ("a <= b || b <= a", "always_met"),
        ("a >= 0 || a < 0", "always_met"),
        ("s == 'x' && s == 'y'", "contradictory"),
        ("s != 'x' || s != 'y'", "always_met"),
        ("s == t && s == 'x' && t == 'y'", "contradictory"),
        ("s != t", ""),
        ("s in ['x', 'y'] && s != 'x' && s != 'y'", "contradictory"),
        ("p && !p", "contradictory"),
        ("p == (a > 3) && p && a < 2", "contradictory"),
        ("(p ? a > 3 : a < 0) && a == 1", "contradictory"),
        ("a + b > 3", "not_decided"),
        ("a / 2 > 3", "not_decided"),
        ("s.startsWith('x') && s == 'y'", "not_decided"),
        ("size(s) > 3", "not_decided"),
    ],
)
def test_what_can_never_be_met_is_told_and_what_is_not_decided_is_said(
    expression: str, kind: str
) -> None:
    """S0-46: a predicate that contradicts itself is found; nothing undecided is called sound."""
    assert kinds(condition(expression)) == ([kind] if kind else [])


def test_two_conditions_that_each_can_be_met_but_not_together_are_named() -> None:
    """S0-46: contradictory predicates of one entry are found, with the pair at fault."""
    body = (
        condition("a > 3", id="one")
        + condition("p", id="two")
        + condition("a < 2", id="three", factors='["land"]')
    )
    (found,) = findings(body)
    assert (found.kind, found.item) == ("contradictory", "one + three")
    assert found.sentence == "nobody can meet them together, so admission of land is closed to all"
    ways = {"purpose": '"approval"'}  # ways to choose between, not all to be met
    assert kinds(condition("p", id="one", **ways) + condition("!p", id="two", **ways)) == []


def test_what_an_item_reads_counts() -> None:
    reads = {"reads": '["uses", "low", "twice"]'}
    low = parameter("60", id="low")
    twice = formula("low * 2", id="twice", result="120", reads='["low"]')
    for expression, kind in (
        ("a <= uses_years && a > 70", ["contradictory"]),
        ("a <= uses_years && a > 60", []),
        ("s == 'x' && uses_years > low", ["contradictory"]),
        ("s == 'y' && uses_years > low", []),
        ("a > twice && a < 122", []),
        ("a > twice && a < 121", ["contradictory"]),
        ("uses_s == t && t == 'z'", ["contradictory"]),
    ):
        body = condition(expression, **reads) + TABLE + low + twice
        assert kinds(body) == kind, expression
    depends = formula("a * 2", id="double", facts="{ a = 1 }", result="2")
    (found,) = findings(condition("double > 3", reads='["double"]') + depends)
    assert found.kind == "not_decided"
    assert found.sentence == "not decided whether it can be met: double is worked out from facts"


def test_a_line_of_a_scorecard_that_never_gives_points_is_unreachable() -> None:
    (found,) = findings(CARD)
    assert (found.kind, found.item) == ("unreachable", "card")
    assert found.sentence == "its line never never gives its points"
    reads = condition("card == 20", reads='["card"]')
    assert kinds(reads + CARD) == ["contradictory", "unreachable"]
    compared = condition("a == card && card == 10", reads='["card"]')
    assert kinds(compared + CARD) == ["unreachable"]


def test_too_many_points_are_not_tried() -> None:
    wide = ";".join(f'n{i} = "int"' for i in range(10))
    read = read_pack(pack(condition(" && ".join(f"n{i} > 0" for i in range(10))), facts=wide))
    (found,) = meeting_findings({item.id: item for item in read.items}, read.facts, read)
    assert "points to try, 20000 are allowed" in found.sentence


def test_too_many_factors_and_roles_are_not_joined_and_that_is_said() -> None:
    many = ", ".join(f'"f{i}"' for i in range(60))
    roles = ", ".join(f'"r{i}"' for i in range(60))
    body = condition("a > 3", id="one", factors=f"[{many}]", roles=f"[{roles}]")
    (found,) = findings(body + condition("a > 4", id="two"))
    assert found.sentence == (
        "not decided whether entry is open to anybody: admission names 61 factors and 61 roles"
    )


NUMBERS = st.sampled_from(["a", "b", "0", "1", "3", "4", "-a", "2 * a", "a + 1", "b - 2"])
ATOMS = st.one_of(
    st.builds(
        lambda x, op, y: f"{x} {op} {y}",
        NUMBERS,
        st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
        NUMBERS,
    ),
    st.sampled_from(["s == 'x'", "s != t", "t in ['x', 'z']", "p", "s == 'other 0'"]),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda x, op, y: f"({x} {op} {y})", inner, st.sampled_from(["&&", "||"]), inner),
        st.builds(lambda x: f"!({x})", inner),
        st.builds(lambda x, y, z: f"({x} ? {y} : {z})", inner, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(
    EXPRESSIONS,
    st.lists(
        st.tuples(
            st.integers(-12, 12),
            st.integers(-12, 12),
            st.sampled_from(["x", "y", "z", "other 0", "w"]),
            st.sampled_from(["x", "y", "z", "other 0", "w"]),
            st.booleans(),
        ),
        max_size=200,
    ),
)
def test_no_facts_give_an_answer_that_no_point_gives(
    expression: str, others: list[tuple[int, int, str, str, bool]]
) -> None:
    """The points stand for all facts: facts taken anywhere never show an answer they do not."""
    read: Pack = read_pack(pack(condition(expression), facts=FACTS))
    items: dict[str, AnyItem] = {item.id: item for item in read.items}
    try:
        points = list(points_of(items, read.facts, list(items.values())).each())
    except Undecided:
        return
    said = {cel.evaluate(expression, read.facts, point).holds for point in points}
    for a, b, s, t, p in others:
        answer = cel.evaluate(expression, read.facts, {"a": a, "b": b, "s": s, "t": t, "p": p})
        assert answer.holds in said, (expression, a, b, s, t, p)
