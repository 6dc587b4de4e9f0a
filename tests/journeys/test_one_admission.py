"""Second promise: admitted anywhere is admitted everywhere; who leaves, leaves cleanly."""

from tests.stories import REGISTRY, Story, shipped
from yaosu.access.commands import ApplyForAdmission, LeaveMarket
from yaosu.markets.commands import CancelOrders
from yaosu.parties.commands import WithdrawAttestation
from yaosu.rules.lint import lint
from yaosu.rules.parse import parse_pack
from yaosu.settlement.commands import RecordWithdrawal

TEN = tuple(f"pilot-{i}" for i in range(10))
EXTRA = """
[pack]
id          = "pilot-3"
version     = "1"
title       = { en = "A pilot's own rules" }
effective   = 2026-01-01
expiry      = 2027-01-01
authority   = "pilot office"
legal_basis = "a local notice"
base        = "national"
region      = "pilot-3"

[facts]
years_here  = "int"

[[condition]]
id         = "admission.local_years"
purpose    = "admission"
expression = "years_here >= 3"
reason     = "not_from_here"
[[condition.example]]
facts  = { years_here = 3 }
result = true
"""


def test_a_firm_admitted_once_trades_in_ten_regions_and_leaves_cleanly() -> None:
    """S0-28 and S0-29: the same conditions everywhere, one admission for all."""
    story = Story(regions=TEN).found(("compute",))
    story.party("firm", money=1_000)
    story.market()
    for region in TEN:
        assert story.order("firm", 1, 7, 1, region).is_accepted
    text = story.refused(LeaveMarket, "firm")
    batches = sorted(story.venue.state.markets.markets["m"].batches)
    assert all(f"m/{batch}" in text for batch in batches)
    for batch in batches:
        story.ask(CancelOrders, "firm", market="m", batch=batch)
    story.ask(LeaveMarket, "firm")
    assert "markets.not_admitted" in str(story.order("firm", 1, 7, 1, TEN[0]).refusal)
    story.ask(RecordWithdrawal, "exchange", party="firm", currency="CNY", amount_minor=1_000)
    assert story.money("firm") == 0


def test_the_answer_and_its_reasons_are_the_same_in_every_region() -> None:
    """S0-28: one set of conditions, stored once; the region of the applicant changes nothing."""
    answers = set()
    for region in TEN:
        story = Story(regions=TEN).found(("compute",))
        story.party("firm", factors=(), region=region)
        story.ask(WithdrawAttestation, REGISTRY, attestation="identity-firm", reason="expired")
        answers.add(story.refused(ApplyForAdmission, "firm", factor="compute", role="holder"))
    (answer,) = answers
    assert "identity_not_verified" in answer


def test_a_regions_extra_condition_is_caught_before_it_can_hold() -> None:
    national = parse_pack(shipped("rules/national.toml"))
    (finding,) = lint(parse_pack(EXTRA, national), national)
    assert (finding.kind, finding.item) == ("extra", "admission.local_years")
