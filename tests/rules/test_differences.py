"""What a rule pack changes against another, in words and field by field."""

from tests.rules.packs import condition, pack, parameter
from yaosu.rules.differences import differences
from yaosu.rules.parse import parse_pack

FACTS = 'a = "int"'
OLD = pack(
    condition("a > 0", id="identity", facts="{ a = 1 }")
    + parameter("20", id="deposit", least="10", greatest="50")
    + parameter("1", id="gone"),
    facts=FACTS,
)
NEW = pack(
    condition("a > 0", id="identity", facts="{ a = 1 }")
    + parameter("30", id="deposit", least="10", greatest="50")
    + parameter("'x'", id="come"),
    version="2",
    facts=f'{FACTS};b = "truth"',
)
TABLE = """
[[table]]
id = "uses"
key = "a"
columns = { a = "int", years = "int" }
reason = "no_row"
rows = [%s]
[[table.example]]
facts = { a = 1 }
result = { a = 1, years = 50 }
"""


def test_what_is_added_removed_and_changed_is_told_item_by_item() -> None:
    changes = differences(parse_pack(OLD), parse_pack(NEW))
    assert [(c.change, c.what, c.id) for c in changes] == [
        ("changed", "pack", "national"),
        ("added", "fact", "b"),
        ("added", "parameter", "come"),
        ("changed", "parameter", "deposit"),
        ("removed", "parameter", "gone"),
    ]
    deposit = changes[3]
    assert (deposit.fields[0].field, deposit.fields[0].before, deposit.fields[0].after) == (
        "value",
        "20",
        "30",
    )
    assert deposit.sentence == "parameter deposit is changed: value 20 -> 30; worded anew: example"
    assert differences(parse_pack(OLD), parse_pack(OLD)) == []


def test_an_overlay_beside_its_base_tells_only_what_it_lists() -> None:
    """S0-40: the difference of a pilot to the national rule is shown."""
    more = 'base = "national"\nregion = "R07"\nexpiry = 2027-01-01'
    overlay = parse_pack(pack(parameter("40", id="deposit"), id="r07", more=more, facts=FACTS))
    (change,) = differences(parse_pack(OLD), overlay)
    assert change.id == "deposit"
    assert "value 20 -> 40" in change.sentence


def test_rows_of_a_table_are_told_by_their_key_and_a_new_kind_as_one() -> None:
    before = parse_pack(pack(TABLE % "{ a = 1, years = 50 }, { a = 2, years = 40 }", facts=FACTS))
    after = parse_pack(pack(TABLE % "{ a = 1, years = 50 }, { a = 3, years = 40 }", facts=FACTS))
    (change,) = differences(before, after)
    assert [(f.field, f.before, f.after) for f in change.fields] == [
        ("row 2", '{"a":2,"years":40}', ""),
        ("row 3", "", '{"a":3,"years":40}'),
    ]
    (kind,) = [
        c
        for c in differences(before, parse_pack(pack(parameter("1", id="uses"), facts=FACTS)))
        if c.id == "uses"
    ]
    assert kind.sentence == "parameter uses is changed: kind table -> parameter"
