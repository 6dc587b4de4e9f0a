"""Replay: the same commands under another rule; every outcome is classed, nothing is guessed."""

from typing import Any

import pytest

from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, both_ways, row, shipped
from yaosu.access.commands import ApplyForAdmission
from yaosu.core import state_hash
from yaosu.engine.replay import CLASSES, replay
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CancelOrders, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book
from yaosu.parties.commands import WithdrawAttestation
from yaosu.parties.decide import facts_of
from yaosu.returns.commands import ShareIncome
from yaosu.rights.commands import TransferTitle
from yaosu.rules.commands import AdoptRules
from yaosu.rules.pack import Pack
from yaosu.rules.parse import parse_pack

NATIONAL = shipped("rules/national.toml")
VERSION = next(line for line in NATIONAL.splitlines() if line.startswith("version"))
LINK_LIMITS = """
[[parameter]]
id      = "markets.link_limits"
value   = {value}
unit    = "0 closed, 1 as defined, 2 lifted"
least   = 0
greatest = 2
reason  = "link_limits"
text    = {{ en = "what holds of the limits of links" }}
[[parameter.example]]
facts  = {{}}
result = {value}
"""
WEIGHTS = """
[[table]]
id      = "equal_weights"
key     = "factor"
columns = {{ factor = "text", weight = "int" }}
reason  = "factor_not_listed"
rows    = [{{ factor = "compute", weight = {weight} }}]
[[table.example]]
facts  = {{ factor = "compute" }}
result = {{ factor = "compute", weight = {weight} }}
"""


def rules(version: str, limits: int = 1, weight: int = 1, **changes: tuple[str, str]) -> str:
    """The shipped rules in another version, with two more items and passages replaced."""
    text = NATIONAL.replace(VERSION, f'version     = "{version}"')
    text = text.replace("[facts]", '[facts]\nfactor = "text"')
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text + LINK_LIMITS.format(value=limits) + WEIGHTS.format(weight=weight)


def pack(version: str, **changes: object) -> Pack:
    return parse_pack(rules(version, **changes))  # type: ignore[arg-type]  # texts and numbers


def story(limits: int, clear_at_close: bool = True) -> Story:
    """40 lots offered in the east at 10, 30 wanted in the west at 20, a link of 5 at cost 2."""
    story = Story().found(factors=("compute",), rules=rules("a", limits))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2), clear_at_close=clear_at_close)
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    return story


def test_a_rule_without_effect_changes_nothing_at_all() -> None:
    told = story(limits=1)
    found = replay(told.venue.store, [pack("b", limits=1)])
    assert found.skipped == ["national@a"]
    assert found.counts["changed"] == 0
    assert sum(found.counts.values()) == found.counts["same"]
    assert found.welfare_gain == 0
    assert found.divergences == []
    assert found.is_reliable
    assert found.is_without_effect
    assert found.replayed.ledger.canonical() == told.venue.state.ledger.canonical()


@pytest.mark.parametrize("clear_at_close", [True, False])
def test_lifting_a_limit_is_worth_what_the_lifted_trade_gains(clear_at_close: bool) -> None:
    """Appendix B, story 3: remove the limit by replay; the gain is the reform dividend."""
    told = story(limits=1, clear_at_close=clear_at_close)
    if not clear_at_close:
        market = told.venue.state.markets.markets["m"]
        assert market.closed_as is not None
        clearing = clear_book(market, market.closed_as)
        told.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    found = replay(told.venue.store, [pack("b", limits=2)])
    assert found.welfare_gain == (30 - 5) * (20 - 10 - 2)
    (pair,) = found.clearings.values()
    assert pair.recorded is not None
    assert pair.replayed is not None
    assert (pair.recorded.clearing.volume, pair.replayed.clearing.volume) == (5, 30)
    assert found.counts["changed"] == 1
    assert found.counts["supplied by policy"] == (0 if clear_at_close else 1)
    assert found.replayed.ledger.balance("buyer", "gpu") == 30
    found.replayed.ledger.assert_balanced()


def test_closing_the_borders_leaves_everybody_alone() -> None:
    found = replay(story(limits=1).venue.store, [pack("b", limits=0)])
    assert found.welfare_gain == -5 * 8
    assert found.replayed.ledger.balance("buyer", "gpu") == 0


def test_without_responses_a_closed_book_stays_closed() -> None:
    told = story(limits=1, clear_at_close=False)
    found = replay(told.venue.store, [pack("b")], policy="none")
    assert found.replayed.markets.markets["m"].phase == "closed"
    assert found.counts["supplied by policy"] == 0


def test_those_whom_the_old_rule_refused_can_come_in() -> None:
    told = Story().found(factors=("compute",), rules=rules("a"))
    told.party("firm", factors=())
    told.ask(WithdrawAttestation, REGISTRY, attestation="facility-firm", reason="expired")
    assert "facility_not_verified" in told.refused(
        ApplyForAdmission, "firm", factor="compute", role="holder"
    )
    easier = pack(
        "b",
        entry=('expression = "attested_facility >= 1"', 'expression = "true"'),
        example=("facts  = { attested_facility = 1 }", "facts  = {}"),
    )
    found = replay(told.venue.store, [easier])
    assert found.counts["newly accepted"] == 1
    assert found.divergences[0].outcome == "newly accepted"
    assert found.divergences[0].recorded.endswith("conditions_not_met")
    assert facts_of(found.replayed, "firm") == facts_of(told.venue.state, "firm")


def test_what_an_entry_rule_newly_refuses_takes_its_orders_with_it() -> None:
    told = story(limits=1)
    told.order("buyer", 1, 5, 5)
    told.ask(
        CancelOrders,
        "buyer",
        market="m",
        batch=next(iter(told.venue.state.markets.markets["m"].batches)),
    )
    harder = pack(
        "b",
        entry=('expression = "attested_identity >= 1"', 'expression = "attested_identity >= 2"'),
        example=(
            "facts  = { attested_identity = 1 }\nresult = true",
            "facts  = { attested_identity = 2 }\nresult = true",
        ),
    )
    found = replay(told.venue.store, [harder])
    assert found.counts["newly refused"] >= 4  # admissions, then the orders
    assert found.counts["without object"] == 1  # the cancellation of an order that never was
    assert not found.is_reliable
    assert set(found.counts) == set(CLASSES)


def test_shared_income_is_compared_by_amounts_not_by_the_name_of_the_rule() -> None:
    told = story(limits=1)
    told.ask(
        ShareIncome,
        "buyer",
        income="i",
        units=("unit-r1",),
        amount_minor=100,
        currency="CNY",
        rule="equal_weights",
    )
    assert replay(told.venue.store, [pack("b", weight=7)]).counts["changed"] == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"policy": "whatever"}, "engine.unknown_policy"), ({"name": "other"}, "engine.no_such_pack")],
)
def test_a_replay_that_cannot_mean_anything_is_refused(
    arguments: dict[str, str], code: str
) -> None:
    told = story(limits=1)
    text = rules("b")
    if "name" in arguments:
        text = text.replace('id          = "national"', 'id          = "other"')
    with pytest.raises(Refusal) as caught:
        replay(told.venue.store, [parse_pack(text)], arguments.get("policy", "prompt"))
    assert caught.value.code == code


@pytest.mark.parametrize("packs", ["national", [None], [1], {"a": 1}])
def test_what_is_no_rule_pack_is_refused(packs: Any) -> None:
    with pytest.raises(Refusal, match=r"^engine\.not_a_pack"):
        replay(story(limits=1).venue.store, packs)


def test_the_authority_alone_adopts_rules() -> None:
    told = story(limits=1)
    assert "core.role_needed" in told.refused(AdoptRules, EXCHANGE, pack=pack("b"))
    assert "rules.not_later" in told.refused(AdoptRules, MINISTRY, pack=pack("b"))
    later = pack("b", date=("effective   = 2025-01-01", "effective   = 2025-06-01"))
    told.ask(AdoptRules, MINISTRY, pack=later)


def test_orders_refused_for_their_columns_are_replayed_like_any_refusal() -> None:
    told = story(limits=1)
    for orders in (
        Columns.of(side=[1]),
        Columns.of(price=["ten"], quantity=[1]),
        row("buyer", 1, -(2**63), -5, "east", "gpu"),
    ):
        told.refused(SubmitOrders, "buyer", market="m", batch="b", orders=orders)
    counts = replay(told.venue.store, []).counts
    assert sum(counts.values()) == counts["same"]


def test_titles_bought_in_a_round_cleared_by_a_worker_are_found_again_in_a_replay() -> None:
    told = story(limits=1, clear_at_close=False)
    market = told.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    told.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    (bought,) = told.venue.state.rights.by_holder["buyer"]
    told.ask(TransferTitle, "buyer", right=bought, target="seller", lots=2)
    for policy in ("prompt", "as_recorded"):
        found = replay(told.venue.store, [], policy)
        assert not found.divergences
        assert state_hash(found.replayed) == state_hash(told.venue.state)
