"""The linter: a region's own entry conditions beside the national set."""

from tests.rules.packs import condition, pack, parameter
from yaosu.rules.lint import lint
from yaosu.rules.parse import parse_pack

FACTS = 'a = "int"'
NATIONAL = parse_pack(
    pack(
        condition("a > 0", id="identity", facts="{ a = 1 }")
        + condition("a > 1", id="other", facts="{ a = 2 }", purpose='"trading"'),
        facts=FACTS,
    )
)


def overlay(body: str) -> str:
    more = 'base = "national"\nregion = "R07"\nexpiry = 2027-01-01'
    return pack(body, id="r07", more=more, facts=FACTS)


def test_an_extra_condition_of_a_region_is_named() -> None:
    """Appendix B, story 2: a region's extra condition is caught by the linter."""
    text = overlay(condition("a > 5", id="local", facts="{ a = 6 }", authority='"R07 office"'))
    (finding,) = lint(parse_pack(text), NATIONAL)
    assert (finding.kind, finding.item, finding.pack) == ("extra", "local", "r07@1")
    assert finding.sentence == "R07 asks more than the nation does (R07 office answers): local"


def test_a_condition_worded_anew_is_named_and_other_words_round_it_are_not() -> None:
    changed = overlay(condition("a > 2", id="identity", facts="{ a = 3 }"))
    assert [f.kind for f in lint(parse_pack(changed), NATIONAL)] == ["changed"]
    same = overlay(condition("a > 0", id="identity", facts="{ a = 9 }", source='"elsewhere"'))
    assert lint(parse_pack(same), NATIONAL) == []


def test_a_pack_of_its_own_that_lacks_a_national_condition_is_named() -> None:
    alone = parse_pack(pack(parameter("1"), id="r07"))
    assert [(f.kind, f.item) for f in lint(alone, NATIONAL)] == [("missing", "identity")]


def test_an_overlay_that_leaves_entry_alone_is_clean() -> None:
    assert lint(parse_pack(overlay(parameter("1"))), NATIONAL) == []
