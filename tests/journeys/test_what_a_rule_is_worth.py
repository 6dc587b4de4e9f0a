"""What a rule is worth: the same commands under another rule, and the difference told in full."""

import pytest

from tests.engine.test_replay import pack, rules
from tests.stories import REGISTRY, Story, both_ways
from yaosu.access.commands import ApplyForAdmission
from yaosu.engine.replay import POLICIES, replay
from yaosu.evaluation.replays.comparison import Comparison, compare
from yaosu.parties.commands import WithdrawAttestation
from yaosu.returns.commands import ShareIncome
from yaosu.rules.pack import Pack
from yaosu.rules.parse import parse_pack

SPLIT = """
[[table]]
id      = "split"
key     = "factor"
columns = {{ factor = "text", weight = "int" }}
reason  = "factor_not_listed"
rows    = [{{ factor = "compute", weight = {compute} }}, {{ factor = "data", weight = {data} }}]
[[table.example]]
facts  = {{ factor = "data" }}
result = {{ factor = "data", weight = {data} }}
"""
INCOME = 1_000_001


def with_split(version: str, compute: int, data: int, limits: int = 1) -> str:
    return rules(version, limits) + SPLIT.format(compute=compute, data=data)


@pytest.fixture(scope="module")
def told() -> Story:
    """Two regions behind a narrow link, three rounds, an income of compute and data."""
    story = Story().found(("compute", "data"), with_split("a", 1, 1))
    story.party("seller", money=10 * INCOME, region="east")
    story.party("buyer", money=1_000_000, region="west")
    story.party("library", ("data",), kind="person")
    story.right("r1", "seller", 1_000, instrument="gpu")
    story.right("d1", "library", 1, factor="data")
    story.market(links=both_ways("east", "west", 5, 2))
    for day in range(3):
        story.clock.instant += 86_400_000_000
        story.order("seller", -1, 10, 40)
        story.order("buyer", 1, 20 + day, 30, region="west")
        story.close()
        story.ask(
            ShareIncome,
            "seller",
            income=f"income-{day}",
            units=("unit-r1", "unit-d1"),
            amount_minor=INCOME,
            currency="CNY",
            rule="split",
        )
    return story


def compared(
    story: Story,
    other: Pack,
    policy: str = "prompt",
    since: int | None = None,
    until: int | None = None,
) -> Comparison:
    return compare(replay(story.venue.store, [other], policy, since=since, until=until))


def test_lifting_a_regional_barrier_brings_a_gain_and_one_price(told: Story) -> None:
    """S0-57 and S0-32: without the limit the prices differ by the cost of the link alone."""
    lifted = compared(told, parse_pack(with_split("b", 1, 1, limits=2)))
    assert lifted.reform_dividend_minor == sum((30 - 5) * (20 + day - 12) for day in range(3))
    gaps = {"recorded": set[int](), "replayed": set[int]()}
    rows = list(lifted.prices.iterate())
    for day in range(1, 4):
        price = {row["region"]: row for row in rows if row["round"] == day}
        for side, found in gaps.items():
            found.add(price["west"][side] - price["east"][side])
    assert gaps["replayed"] == {2}
    assert min(gaps["recorded"]) >= 10
    flows = [
        (f["recorded"], f["replayed"]) for f in lifted.flows.iterate() if f["source"] == "east"
    ]
    assert flows == [(5, 30)] * 3
    assert lifted.reliable
    causes = {row["cause"] for row in lifted.divergences.iterate()}
    assert "rule item national@b#markets.link_limits" in causes


def test_a_replay_of_the_middle_round_alone_is_worth_what_it_gained(told: Story) -> None:
    """S0-57: a period in the middle, begun from the state that was recorded."""
    closes = [e.header.sequence for e in told.venue.store.read() if b"close_book" in e.command]
    lifted = parse_pack(with_split("b", 1, 1, limits=2))
    middle = compared(told, lifted, since=closes[0] + 2, until=closes[1] + 1)
    assert middle.reform_dividend_minor == (30 - 5) * (21 - 12)
    assert [row["round"] for row in middle.volumes.iterate()] == [2]
    assert middle.skipped == ()


def test_those_whom_an_entry_rule_refused_come_in_with_all_they_asked() -> None:
    """S0-57 and S0-28: refused commands are entries; counted in number and in value."""
    story = Story().found(("compute",), rules("a"))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.party("newcomer", factors=())
    story.right("r1", "seller", 100, instrument="gpu")
    story.right("r2", "newcomer", 50, instrument="gpu")
    story.ask(WithdrawAttestation, REGISTRY, attestation="facility-newcomer", reason="expired")
    story.refused(ApplyForAdmission, "newcomer", factor="compute", role="holder")
    story.market()
    story.order("seller", -1, 10, 10)
    story.order("buyer", 1, 20, 30)
    assert story.order("newcomer", -1, 12, 50).refusal is not None
    story.close()
    easier = pack(
        "b",
        entry=('expression = "attested_facility >= 1"', 'expression = "true"'),
        example=("facts  = { attested_facility = 1 }", "facts  = {}"),
    )
    found = compared(story, easier)
    assert found.commands("newly accepted") == 2
    assert found.value("newly accepted") == 12 * 50
    admitted, offered, closed = found.divergences.iterate()
    assert admitted["item"] == "national@b#admission.compute.facility"
    assert admitted["recorded"] == "access.conditions_not_met"
    assert offered["follows"] == admitted["sequence"]
    assert closed["follows"] == offered["sequence"]
    assert offered["item"] == closed["item"] == admitted["item"]
    assert found.reform_dividend_minor == (20 - 12) * 20  # the lots the seller did not have
    (volume,) = found.volumes.iterate()
    assert (volume["recorded"], volume["replayed"]) == (10, 30)


def test_another_split_moves_payouts_between_groups_and_keeps_every_cent(told: Story) -> None:
    """S0-57 and S0-36: who gains from another split, and that nothing is lost by it."""
    other = compared(told, parse_pack(with_split("b", 1, 3)))
    rows = [row for row in other.payouts.iterate() if row["source"] == "income"]
    for by in ("kind", "region", "factor"):
        for side in ("recorded", "replayed"):
            assert sum(row[side] for row in rows if row["by"] == by) == 3 * INCOME
    data = next(row for row in rows if row["group"] == "data")
    assert (data["recorded"], data["replayed"]) == (3 * 500_001, 3 * 750_001)
    person = next(row for row in rows if row["group"] == "person")
    assert (person["recorded"], person["replayed"]) == (data["recorded"], data["replayed"])
    assert other.reform_dividend_minor == 0
    assert other.commands("changed") == 3
    assert {row["cause"] for row in other.divergences.iterate()} == {"rule item national@b#split"}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_rule_without_effect_gives_exactly_zero_everywhere(told: Story, policy: str) -> None:
    """S0-57: another version and title, the same items: both sides are the same to the bit."""
    text = with_split("b", 1, 1).replace('en = "', 'en = "Another title: ', 1)
    none = compared(told, parse_pack(text), policy)
    assert none.is_without_effect
    assert none.recorded_hash == none.replayed_hash
    assert none.accounts_moved == none.diverged == none.reform_dividend_minor == 0
    assert all(row["recorded"] == row["replayed"] for row in none.prices.iterate())
    assert all(row["recorded"] == row["replayed"] for row in none.payouts.iterate())
    assert sum(none.outcomes["commands"]) == none.commands("same")
    assert none.divergences.rows == 0


def test_a_rule_that_is_not_read_is_without_effect_too(told: Story) -> None:
    """S0-57: an item that no command of the period asks for."""
    assert compared(told, pack("b", weight=9), since=0).diverged == 3  # the split is missed here
    text = with_split("b", 1, 1) + SPLIT.format(compute=5, data=9).replace('"split"', '"unasked"')
    assert compared(told, parse_pack(text)).is_without_effect
