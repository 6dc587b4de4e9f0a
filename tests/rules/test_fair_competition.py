"""Fair-competition review: pass, breach or exemption claimed, each with its article."""

import pytest

from tests.floors import institution
from tests.rules.packs import condition, formula, pack, parameter
from yaosu.kernel.refusal import Refusal
from yaosu.rules.fair_competition import Verdict, parse_checklist, review
from yaosu.rules.parse import read_pack

CHECKLIST = parse_checklist(institution("checklists/fair_competition.toml"))
NATIONAL = read_pack(pack(condition("a > 0", id="identity", facts="{ a = 1 }"), facts='a = "int"'))
FACTS = (
    'a = "int";home_region = "text";ownership_kind = "text";supplier = "text";staff_size = "int"'
)
OVERLAY = 'base = "national"\nregion = "R07"\nexpiry = 2027-01-01'


def verdicts(body: str, more: str = OVERLAY) -> dict[str, Verdict]:
    read = read_pack(pack(body, id="r07", more=more, facts=FACTS))
    known = {item.id: item for item in (*NATIONAL.items, *read.items)}
    return {one.article: one for one in review(read, known, CHECKLIST, NATIONAL)}


def breached(body: str, more: str = OVERLAY) -> list[str]:
    return [name for name, one in verdicts(body, more).items() if one.verdict == "breach"]


@pytest.mark.parametrize(
    ("body", "articles"),
    [
        (parameter("1"), []),
        (condition("a > 5", id="local"), ["8.4"]),
        (condition("a > 5", id="identity"), ["8.4"]),
        (condition("home_region == 'R07'", id="identity"), ["8.4", "9.1"]),
        (condition("a > 0", id="own_approval", purpose='"exit"'), []),
        (condition("supplier == 'acme'", purpose='"listing"'), ["8.3"]),
        (condition("a > 0", id="local_branch", purpose='"listing"'), ["9.2"]),
        (condition("home_region == 'R07'", id="tender.who", purpose='"tender"'), ["9.1", "9.3"]),
        (formula("staff_size * 2", id="fee"), ["10.3"]),
        (parameter("5", id="land.price_floor"), ["11.3"]),
        (parameter("5", id="land.price_floor", legal_basis='"Price Law, article 30"'), []),
    ],
)
def test_a_policy_file_is_screened_article_by_article(body: str, articles: list[str]) -> None:
    """S0-09: a breach is found with the article of the checklist that it touches."""
    assert breached(body) == articles


def test_an_exemption_counts_when_it_has_a_ground_a_reason_and_an_end() -> None:
    """S0-09: exemption claimed, with the ground; a claim that lacks something stays a breach."""
    claim = '{ ground = "%s", no_milder_way = "%s" }'
    local = {"id": "local", "exemption": claim % ("public_interest", "relief of a flood")}
    one = verdicts(condition("a > 5", **local))["8.4"]
    assert (one.verdict, one.touched[0].ground) == ("exemption_claimed", "public_interest")
    for ground, why, lacks in (
        ("custom", "because", "custom is no ground of an exemption"),
        ("security", " ", "it does not say why no milder way would do"),
    ):
        body = condition("a > 5", id="local", exemption=claim % (ground, why))
        one = verdicts(body)["8.4"]
        assert (one.verdict, one.touched[0].lacks) == ("breach", lacks)
    one = verdicts(condition("a > 5", **local), more="")["8.4"]
    assert one.touched[0].lacks == "it has no end"


def test_what_no_program_can_see_is_not_called_a_pass() -> None:
    """S0-09: four groups; articles without a sign are left to people, and said to be."""
    found = verdicts(parameter("1"))
    assert {one.group for one in found.values()} == {"entry_exit", "free_flow", "cost", "conduct"}
    unseen = [name for name, one in found.items() if one.verdict == "not_screened"]
    assert unseen == ["8.5", "9.6", "10.4", "11.1", "11.4"]


def test_the_national_pack_itself_breaches_nothing() -> None:
    national = read_pack(institution("rules/national.toml"))
    items = {item.id: item for item in national.items}
    found = review(national, items, CHECKLIST, national)
    assert {one.verdict for one in found} == {"pass", "not_screened"}


def test_a_checklist_with_a_sign_that_says_nothing_does_not_load() -> None:
    text = institution("checklists/fair_competition.toml")
    for old, new in (
        ('fields = ["region"] }]', 'fields = ["colour"] }]'),
        ("names_party = true }]", "}]"),
    ):
        with pytest.raises(Refusal) as caught:
            parse_checklist(text.replace(old, new, 1))
        assert caught.value.code == "rules.malformed"
