"""Rule packs as files: what loads, what does not, and why."""

import pytest

from tests.floors import institution
from tests.rules.packs import condition, formula, pack, parameter
from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.rules.facts import protected_by
from yaosu.rules.pack import Pack
from yaosu.rules.parse import parse_pack

DATED = {"authority": '"gov"', "expiry": "2027-01-01"}


def test_the_shipped_national_pack_loads_with_all_its_worked_examples() -> None:
    national = parse_pack(institution("rules/national.toml"))
    assert national.name == "national@2026.1"
    assert {type(item).__name__ for item in national.items} == {
        "Condition",
        "Table",
        "Formula",
        "Scorecard",
        "Parameter",
    }
    assert all(item.example and item.reason for item in national.items)
    assert decode(encode(national), Pack) == national


def test_dates_may_be_written_bare_or_as_text() -> None:
    bare = parse_pack(pack(parameter("1")))
    quoted = parse_pack(pack(parameter("1")).replace("2026-01-01", '"2026-01-01T00:00:00Z"'))
    assert bare == quoted
    assert bare.pack.effective == parse_instant("2026-01-01")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("region", "region"),
        ("region", "registered_province"),
        ("region", "household_registration"),
        ("ownership", "ownership"),
        ("ownership", "is_state_owned"),
        ("sector", "sector"),
        ("size", "size"),
        ("size", "employees"),
        ("size", "registered_capital"),
    ],
)
def test_an_item_that_reads_a_forbidden_field_needs_an_authority_and_an_end(
    field: str, name: str
) -> None:
    """S0-27: region, ownership, sector and size of the applicant."""
    body = condition(f"{name} == 'x'", facts=f'{{ {name} = "x" }}')
    facts = f'{name} = "text"'
    with pytest.raises(Refusal) as caught:
        parse_pack(pack(body, facts=facts))
    assert str(caught.value) == (
        f"rules.forbidden_field: item c reads the applicant's {field} (c reads {name}) without an "
        "authority and an expiry; drop the field, or name the authority that answers for it and "
        "the day it ends"
    )
    half = ({"authority": '"gov"'}, {"expiry": "2027-01-01"}, {"authority": '" "', **DATED})
    for fields in half[:2]:
        more = condition(f"{name} == 'x'", facts=f'{{ {name} = "x" }}', **fields)
        with pytest.raises(Refusal, match=r"rules\.forbidden_field"):
            parse_pack(pack(more, facts=facts))
    dated = condition(f"{name} == 'x'", facts=f'{{ {name} = "x" }}', **DATED)
    assert parse_pack(pack(dated, facts=facts)).condition[0].authority == "gov"


def test_a_forbidden_field_is_found_behind_other_items() -> None:
    """S0-27: indirectly, through a formula read by a formula read by a condition."""
    body = (
        formula("employees * 2", id="big", facts="{ employees = 1 }", result="2", **DATED)
        + formula(
            "big + 1", id="bigger", facts="{ employees = 1 }", result="3", reads='["big"]', **DATED
        )
        + condition("bigger > 2", facts="{ employees = 1 }", reads='["bigger"]')
    )
    with pytest.raises(Refusal) as caught:
        parse_pack(pack(body, facts='employees = "int"'))
    assert caught.value.facts["path"] == "c > bigger > big reads employees"
    assert caught.value.facts["field"] == "size"


@pytest.mark.parametrize("kind", ["table", "scorecard"])
def test_a_forbidden_field_is_found_in_tables_and_scorecards(kind: str) -> None:
    """S0-27: in every kind of item that reads facts."""
    bodies = {
        "table": """
[[table]]
id = "t"
key = "sector"
columns = { sector = "text" }
reason = "none"
rows = [{ sector = "steel" }]
[[table.example]]
facts = { sector = "steel" }
result = { sector = "steel" }
""",
        "scorecard": """
[[scorecard]]
id = "s"
reason = "none"
points = [{ when = "sector == 'steel'", points = 1, reason = "steel" }]
[[scorecard.example]]
facts = { sector = "steel" }
result = 1
""",
    }
    with pytest.raises(Refusal, match=r"rules\.forbidden_field.*reads the applicant's sector"):
        parse_pack(pack(bodies[kind], facts='sector = "text"'))


def test_words_that_only_look_alike_are_not_forbidden() -> None:
    for name in ("unit_use", "party_kind", "attested_identity", "capacity", "resize_count"):
        assert protected_by(name) == "", name


OTHERS: list[tuple[str, str]] = [
    (pack(parameter("1")) + "[[", "rules.malformed"),
    (pack(parameter("1.5")), "rules.malformed"),
    ("x = " + "[" * 5000 + "]" * 5000, "rules.malformed"),
    (pack(parameter("1")).replace('id = "p"', 'idea = "p"'), "rules.malformed"),
    (
        pack(parameter("1")).replace('authority = "the authority"', 'authority = " "'),
        "rules.malformed",
    ),
    ("[pack]\nid = 1", "rules.malformed"),
    ("condition = 1\n" + pack(""), "rules.malformed"),
    (pack("", more="expiry = 2025-01-01"), "rules.bad_dates"),
    (pack(parameter("1"), id="bad id"), "kernel.bad_id"),
    (pack(parameter("1") + parameter("2")), "rules.duplicate_item"),
    (pack(parameter("1").replace('"outside"', '"Not a code"')), "rules.bad_name"),
    (
        pack(parameter("1").split("[[parameter.example]]")[0] + "example = []"),
        "rules.example_missing",
    ),
    (pack(parameter("1").replace("result = 1", "result = 2")), "rules.example_fails"),
    (pack(parameter("1").replace("result = 1", "result = true")), "rules.example_fails"),
    (pack(condition("a > 1", facts="{ a = 2 }")), "rules.unknown_fact"),
    (pack(condition("a >", facts="{ a = 2 }"), facts='a = "int"'), "rules.bad_expression"),
    (pack("", facts='a = "float"'), "rules.bad_kind"),
    (pack("", facts='"A b" = "int"'), "rules.bad_name"),
    (pack("", facts='"in" = "int"'), "rules.bad_name"),
    (pack(parameter("1"), facts='p = "int"'), "rules.bad_name"),
    (pack(condition("p == 1", reads='["q"]')), "rules.unknown_item"),
    (pack(formula("f", id="f", reads='["f"]')), "rules.circle"),
    (
        pack(formula("g", id="f", reads='["g"]') + formula("f", id="g", reads='["f"]')),
        "rules.circle",
    ),
    (pack(parameter("60", least="1", greatest="50")), "rules.beyond_bounds"),
    (pack(parameter("1"), more='base = "national"\nexpiry = 2027-01-01'), "rules.no_place"),
    (pack(parameter("1"), more='base = "national"\nzone = "Z"'), "rules.no_sunset"),
    ("#" * 1_000_001, "rules.too_large"),
]


@pytest.mark.parametrize(
    ("text", "code"), OTHERS, ids=[f"{i}-{c}" for i, (_, c) in enumerate(OTHERS)]
)
def test_a_pack_that_does_not_hold_together_does_not_load(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_pack(text)
    assert caught.value.code == code, str(caught.value)
    assert "{" not in caught.value.what_next


def test_a_wrong_example_is_told_with_what_came_out() -> None:
    body = formula("a / 2", facts="{ a = 5 }", result="3")
    with pytest.raises(Refusal) as caught:
        parse_pack(pack(body, facts='a = "int"'))
    assert str(caught.value) == (
        "rules.example_fails: example 1 of f gives 2, the file says 3; "
        "correct the item or the example"
    )
