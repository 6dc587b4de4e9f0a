"""The linter: a region's own entry conditions beside the national set."""

from tests.rules.packs import condition, pack, parameter
from yaosu.rules.lint import lint, lint_pack
from yaosu.rules.parse import parse_pack, read_pack

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
    own = condition("a > 1", id="own", facts="{ a = 2 }")
    alone = parse_pack(pack(own, id="r07", facts=FACTS))
    assert [(f.kind, f.item) for f in lint(alone, NATIONAL)] == [
        ("missing", "identity"),
        ("extra", "own"),
    ]
    figures = parse_pack(pack(parameter("1"), id="figures"))  # no set of entry conditions at all
    assert lint(figures, NATIONAL) == []


def test_an_overlay_that_leaves_entry_alone_is_clean() -> None:
    assert lint(parse_pack(overlay(parameter("1"))), NATIONAL) == []


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.item) for one in lint_pack(read_pack(text), NATIONAL)]


SURE = {"source": '"a law"', "confidence": '"statute"'}


def test_everything_that_should_not_stand_in_a_pack_is_told_at_once() -> None:
    """S0-09 S0-27: forbidden fields, nobody answering and no end are named item by item."""
    body = (
        condition("home_region == 'R07'", id="here", facts="{ home_region = 'R07' }", **SURE)
        + condition("a > 3 && a < 4", id="none", facts="{ a = 1 }", result="false", **SURE)
        + condition("a > 0", id="late", facts="{ a = 1 }", expiry="2025-01-01", **SURE)
        + parameter("1")
    )
    text = pack(
        body,
        id="r07",
        more='base = "national"\nregion = "R07"',
        facts=f'{FACTS};home_region = "text"',
    )
    assert kinds(
        text.replace('legal_basis = "a law"\n\n[facts]', 'legal_basis = ""\n\n[facts]')
    ) == [
        ("no_authority", ""),
        ("no_expiry", ""),
        ("extra", "here"),
        ("extra", "late"),
        ("extra", "none"),
        ("forbidden_field", "here"),
        ("unreachable", "late"),
        ("contradictory", "none"),
        ("no_source", "p"),
    ]


def test_an_exception_somebody_answers_for_until_a_day_is_a_notice() -> None:
    who = {"authority": '"R07 office"', "expiry": "2027-01-01", **SURE}
    body = condition("size > 3", id="c", facts="{ size = 4 }", purpose='"trading"', **who)
    (found,) = lint_pack(read_pack(pack(body, facts='size = "int"')), None)
    assert (found.kind, found.is_fault) == ("dated_exception", False)
    assert "R07 office answers for it until 2027-01-01" in found.sentence


def test_a_pack_that_would_not_load_is_told_why_and_not_looked_into() -> None:
    found = lint_pack(read_pack(pack(condition("b > 0"), facts=FACTS)), None)
    assert [one.kind for one in found] == ["refused"]
    assert "rules.unknown_fact" in found[0].sentence
    alone = overlay(parameter("1", **SURE))
    assert [one.kind for one in lint_pack(read_pack(alone), None)] == ["not_decided"]
