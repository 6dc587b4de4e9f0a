"""Fifth promise: every payout names its rule and sums to the last cent."""

import pytest

from tests.stories import FACTORS, Story, shipped
from yaosu.kernel.numbers import Share
from yaosu.returns.commands import ShareIncome
from yaosu.returns.events import IncomeShared
from yaosu.rights.commands import HolderShare

WEIGHTS = {"land": 20, "labour": 30, "capital": 25, "technology": 15, "data": 10}
ROWS = ", ".join(f'{{ factor = "{f}", weight = {w} }}' for f, w in WEIGHTS.items())
RULES = (
    shipped("rules/national.toml").replace("[facts]", '[facts]\nfactor = "text"')
    + f"""
[[table]]
id      = "project_income"
key     = "factor"
columns = {{ factor = "text", weight = "int" }}
reason  = "factor_not_listed"
rows    = [{ROWS}]
[[table.example]]
facts  = {{ factor = "land" }}
result = {{ factor = "land", weight = 20 }}
"""
)


@pytest.fixture
def story() -> Story:
    story = Story().found(rules=RULES)
    story.party("project", (), money=1_000_001)
    for factor in FACTORS:
        story.party(f"{factor}-a", FACTORS, kind="person")
        story.party(f"{factor}-b", FACTORS, kind="person")
        partner = HolderShare(right=f"{factor}-2", holder=f"{factor}-b", share=Share.of(2, 3))
        story.right(
            f"{factor}-1",
            f"{factor}-a",
            3,
            factor=factor,
            share=Share.of(1, 3),
            co_holders=(partner,),
        )
    return story


def share(story: Story, **changes: object) -> dict[str, object]:
    units = tuple(f"unit-{factor}-1" for factor in WEIGHTS)
    return {
        "income": "income-1",
        "units": units,
        "amount_minor": 1_000_001,
        "currency": "CNY",
        "rule": "project_income",
        **changes,
    }


def test_one_income_is_shared_over_five_factors_to_the_last_cent(story: Story) -> None:
    """S0-36: one distribution for all factors; payouts sum to the income exactly."""
    events = story.ask(ShareIncome, "project", **share(story))
    (shared,) = [e for e in events if isinstance(e, IncomeShared)]
    assert sum(shared.payouts["amount"].tolist()) == 1_000_001
    assert set(shared.payouts.text("rule").tolist()) == {"national@2026.1#project_income"}
    assert story.money("project") == 0
    assert [story.money(f"land-{who}") for who in "ab"] == [66_667, 133_334]
    by_factor = {f: story.money(f"{f}-a") + story.money(f"{f}-b") for f in WEIGHTS}
    assert all(abs(by_factor[f] - 10_000.01 * w) < 2 for f, w in WEIGHTS.items())


@pytest.mark.parametrize("region", ["east", "west"])
def test_like_rights_earn_the_same_whatever_their_region(region: str) -> None:
    story = Story().found(("capital",), rules=RULES)
    story.party("project", (), money=900)
    for name in "ab":
        story.party(name, ("capital",))
        story.right(f"r-{name}", name, 5, region if name == "a" else "east", "capital")
    units = ("unit-r-a", "unit-r-b")
    story.ask(ShareIncome, "project", **share(story, units=units, amount_minor=900))
    assert (story.money("a"), story.money("b")) == (450, 450)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_minor": 0}, "returns.bad_amount"),
        ({"units": ()}, "returns.no_units"),
        ({"units": ("unit-land-1", "unit-land-1")}, "returns.unit_named_twice"),
        ({"units": ("unit-x",)}, "returns.unknown_unit"),
        ({"units": tuple(f"u{i}" for i in range(1_001))}, "returns.too_many_units"),
        ({"units": ("unit-carbon-1",)}, "returns.no_weight"),
        ({"rule": "admission.identity"}, "returns.no_rule"),
        ({"income": "bad id"}, "kernel.bad_id"),
        ({"amount_minor": 1_000_002}, "ledger.insufficient"),
    ],
)
def test_an_income_that_cannot_be_shared_is_refused(
    story: Story, changes: dict[str, object], code: str
) -> None:
    text = story.refused(ShareIncome, "project", **share(story, **changes))
    assert text.startswith(code)
    assert story.money("project") == 1_000_001


def test_an_income_is_shared_once(story: Story) -> None:
    story.ask(ShareIncome, "project", **share(story, amount_minor=10))
    text = story.refused(ShareIncome, "project", **share(story, amount_minor=10))
    assert text == (
        "returns.income_exists: income income-1 was shared before; choose a new id for a new income"
    )


def test_lots_are_no_means_of_payment(story: Story) -> None:
    story.right("gpu-1", "land-a", 100, instrument="gpu")
    refusal = story.refused(ShareIncome, "land-a", **share(story, currency="gpu", amount_minor=50))
    assert refusal == "parties.unknown_currency: gpu is not the currency of the venue; use CNY"
    assert story.lots("land-a") == 100
