"""What merged collective land brings above its fragments: levy, collective fund, frozen members."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.returns.village import FARMERS, asked, merged, resolve, sold, villagers
from tests.stories import DOCUMENT, MINISTRY, REGISTRY, Story, shipped
from yaosu.kernel.numbers import Share
from yaosu.parties.commands import ChangeMembers
from yaosu.parties.values import Member
from yaosu.returns.commands import ShareValueAdded
from yaosu.returns.events import ValueAddedShared
from yaosu.returns.methods.weighted_shares import Claim, split
from yaosu.returns.value_added import weights_of


def fragments(rules: str | None = None) -> Story:
    """A venue with the plots of the village."""
    story = Story().found(("land",), rules)
    villagers(story)
    return story


@pytest.fixture(scope="module")
def ready() -> tuple[Story, str]:
    """Merged and sold: only refusals are asked of it."""
    story = fragments()
    merged(story)
    return story, sold(story)


def refused(ready: tuple[Story, str], actor: str = "village", **other: object) -> str:
    story, contract = ready
    return story.refused(ShareValueAdded, actor, **asked(contract, **other)).split(";")[0]


def test_the_value_added_is_split_by_the_stored_rule_to_the_last_minor_unit() -> None:
    """S2-61: levy 30 percent, fund 30 percent of the rest, the others to who resolved to merge."""
    story = fragments()
    merged(story)
    now = (Member("newcomer", Share(1, 2)), Member("farmer-li", Share(1, 2)))
    story.ask(ChangeMembers, REGISTRY, group="village", members=now, source=DOCUMENT)
    contract = sold(story)
    before = {name: story.money(name) for name in ("village", MINISTRY, *FARMERS, "newcomer")}
    events = story.ask(ShareValueAdded, "village", **asked(contract))
    (shared,) = [event for event in events if isinstance(event, ValueAddedShared)]
    assert (shared.before_minor, shared.after_minor, shared.amount_minor) == (
        90_001, 180_000, 89_999,
    )  # fmt: skip
    assert shared.rules == "national@2026.1"
    rows = [(row["party"], row["part"], row["amount"]) for row in shared.payouts.iterate()]
    assert rows == [
        (MINISTRY, "levy", 26_999),
        ("village", "fund", 18_900),
        ("farmer-chen", "member", 14_700),
        ("farmer-li", "member", 14_700),
        ("farmer-wang", "member", 14_700),
    ]
    assert sum(amount for *_, amount in rows) == shared.amount_minor
    after = {name: story.money(name) - money for name, money in before.items()}
    assert sum(after.values()) == 0
    assert after == {
        "village": 18_900 - 89_999, MINISTRY: 26_999, "newcomer": 0,
        "farmer-li": 14_700, "farmer-wang": 14_700, "farmer-chen": 14_700,
    }  # fmt: skip
    again = story.refused(ShareValueAdded, "village", **asked(contract))
    assert again == (
        "returns.shared_before: the value added of M was shared before; nothing more is due"
    )
    assert story.venue.audit().is_clean


def test_nothing_is_shared_without_merger_list_values_and_sale(ready: tuple[Story, str]) -> None:
    """S2-61: it hangs on the register, the resolution, the assessments and the settlement."""
    assert refused(ready, unit="Z").startswith("returns.unknown_unit")
    assert refused(ready, unit="A") == "returns.not_merged: A is no merged unit"
    assert refused(ready, actor="works") == (
        "returns.not_holder: works did not hold the whole of M when it was merged"
    )
    assert refused(ready, resolution="none").startswith("parties.unknown_resolution")
    assert refused(ready, resolution="to-grant") == (
        "returns.no_frozen_list: resolution to-grant does not say who shares in M: it is for "
        "grant_collective_land of M"
    )
    story, _ = ready
    resolve(story, "late", "merge", "M")
    assert "the merger was not entered by it" in refused(ready, resolution="late")
    assert refused(ready, fund="farmer-li") == (
        "returns.fund_is_member: farmer-li is a member and cannot keep the collective fund"
    )
    assert refused(ready, fund="nobody").startswith("parties.unknown:")
    assert refused(ready, levy="works") == (
        "returns.no_levy: works is no authority and receives no levy"
    )
    missing = "returns.fragments_not_valued: the assessments are not one for each fragment of M"
    for names in ((), ("v-A",), ("v-A", "v-A"), ("v-A", "v-B", "v-B"), ("v-A", "none")):
        assert refused(ready, values_before=names) == missing
    assert refused((story, "none")) == (
        "returns.not_sold: contract none does not say what M brought: there is no performed "
        "contract of this id"
    )


def test_a_sale_in_part_or_below_the_value_shares_nothing() -> None:
    """S2-61: what was not sold whole, or brought no more, has no value added."""
    story = fragments()
    merged(story)
    part = sold(story, lots=899)
    assert "it did not sell the whole unit" in refused((story, part))
    story = fragments()
    merged(story)
    cheap = sold(story, price=100)
    assert refused((story, cheap)) == (
        "returns.no_value_added: M brought 90000, its fragments were worth 90001: there is nothing "
        "to share"
    )


def test_without_a_percentage_in_the_rules_nothing_is_shared() -> None:
    """S2-61: the rule is stored, not made up."""
    rules = shipped("rules/national.toml").replace('"land.fund_percent"', '"land.other_percent"')
    story = fragments(rules)
    merged(story)
    said = refused((story, sold(story)))
    assert said == (
        "returns.no_percent: no rule land.fund_percent from 0 to 100 is in force where M lies"
    )


@settings(deadline=None, max_examples=40)
@given(
    total=st.integers(1, 10**9),
    levy=st.integers(0, 100),
    fund=st.integers(0, 100),
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=12),
)
def test_any_value_added_is_paid_whole_and_within_one_of_the_exact_part(
    total: int, levy: int, fund: int, parts: list[int]
) -> None:
    """S2-61: to the last minor unit, whatever the rule and the shares."""
    weights = weights_of(levy, fund)
    members = [Claim("member", Fraction(part, sum(parts)), str(n)) for n, part in enumerate(parts)]
    claims = [Claim("levy", Fraction(1), "a"), Claim("fund", Fraction(1), "f"), *members]
    amounts = split(total, weights, claims)
    assert sum(amounts) == total
    for claim, amount in zip(claims, amounts, strict=True):
        assert abs(amount - total * Fraction(weights[claim.group], 10_000) * claim.size) < 1
