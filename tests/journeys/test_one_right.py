"""First promise: every factor registers through one command and one model."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.stories import FACTORS, REGISTRY, Story
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import AdoptProfile, FreezeRight, RegisterRight, TransferTitle
from yaosu.rights.profiles import parse_profile
from yaosu.rights.title_certificate import (
    extract_title,
    make_title_certificate,
    verify_title_certificate,
)

WATER = """
version    = "1"
factor     = { name = "water", zh = "用水权", unit = "water_quota", measurement = "m3" }
nature     = { divisible = true, rival = true, exclusive = true, term_max = "P3Y" }
rights     = { primary = "holding", derived = ["lease"], share_check = "sum_to_one" }
attributes = { basin = "text" }
market     = { mechanism = "call", price_notion = "one_price", tick = "0.01 CNY", lot = 1 }
settlement = { contract = "spot", delivery = "account", gates = [] }
sources    = [{ field = "nature.term_max", basis = "assumed", note = "for the test" }]
"""


def test_seven_factors_register_and_trade_through_the_same_commands() -> None:
    """S0-26: one command and one model; S0-30: one market interface; no factor has its own path."""
    story = Story().found()
    for factor in FACTORS:
        seller = story.party(f"{factor}-holder", FACTORS, kind="person")
        buyer = story.party(f"{factor}-buyer", FACTORS, money=10_000)
        right = story.right(
            f"right-{factor}", seller, 10, factor=factor, instrument=f"lots-{factor}"
        )
        market = story.market(factor, (f"lots-{factor}",), factor)
        lots = 10 if factor == "technology" else 4
        sold = story.order(seller, -1, 90, lots, market=market, instrument=f"lots-{factor}")
        bought = story.order(buyer, 1, 110, lots, market=market, instrument=f"lots-{factor}")
        assert sold.refusal is None
        assert bought.refusal is None
        story.close(market)
        assert story.lots(buyer, f"lots-{factor}") == lots
        assert story.money(seller) == lots * 100
        assert story.venue.state.rights.rights[right].factor == factor
    story.venue.state.ledger.assert_balanced()
    assert story.venue.audit().is_clean


@pytest.mark.parametrize("field", ["region", "ownership", "sector", "size"])
@pytest.mark.parametrize("factor", FACTORS)
def test_who_the_applicant_is_changes_nothing(factor: str, field: str) -> None:
    """S0-27: region, ownership, sector and size of the applicant do not matter."""
    outcomes = set()
    for value in ("one", "another"):
        story = Story().found((factor,))
        story.party("firm", (factor,), **{field: value})
        receipt = story.try_to(
            RegisterRight, REGISTRY, **story.registration("r1", "firm", 10, factor=factor)
        )
        outcomes.add((receipt.outcome, tuple(repr(event) for event in receipt.events)))
        admissions = story.venue.state.access.admissions.get("firm", {})
        outcomes.add(tuple(sorted((key, a.conditions) for key, a in admissions.items())))
    assert len(outcomes) == 2


def test_a_new_factor_needs_a_file_and_nothing_else() -> None:
    """S0-47: registered, offered, cleared and settled by its profile alone."""
    story = Story().found(())
    story.ask(AdoptProfile, "ministry", profile=parse_profile(WATER))
    for name in ("canal", "farm"):
        story.party(name, ("water",), money=1_000)
    fields = story.registration("quota-1", "canal", 500, factor="water", instrument="water-2026")
    story.ask(RegisterRight, REGISTRY, **{**fields, "unit_attributes": {"basin": "Yellow River"}})
    story.market("water", ("water-2026",), "water")
    story.order("canal", -1, 2, 300, market="water", instrument="water-2026")
    story.order("farm", 1, 3, 200, market="water", instrument="water-2026")
    story.close("water")
    assert story.lots("farm", "water-2026") == 200
    holders = {r.holder: str(r.share) for r in story.venue.state.rights.rights.values()}
    assert holders == {"canal": "3/5", "farm": "2/5"}


@pytest.mark.parametrize(
    "field", ["measurement", "divisible", "rival", "exclusive", "term_max", "derived"]
)
def test_a_profile_that_leaves_something_open_does_not_load(field: str) -> None:
    """S0-48: unit of measure, divisibility, rivalry, exclusivity, term, derived rights."""
    value = r'(\[[^]]*\]|"[^"]*"|\w+)'
    text = re.sub(rf"(?<={{ ){field} = {value}, |, {field} = {value}", "", WATER)
    assert text != WATER
    with pytest.raises(Refusal) as caught:
        parse_profile(text)
    assert caught.value.code == "rights.profile_incomplete"
    assert field in caught.value.sentence


def test_a_title_certificate_is_checked_offline_by_the_public_key_alone() -> None:
    story = Story().found(("land",))
    story.party("village", ("land",))
    story.right("r1", "village", 10_000, factor="land")
    key = Ed25519PrivateKey.generate()
    proven = story.venue.verify()
    extract = extract_title(
        story.venue.state.rights,
        "venue-1",
        "r1",
        proven.entries,
        proven.root.hex(),
        proven.last_instant,
    )
    text = make_title_certificate(extract, key.private_bytes_raw())
    public = key.public_key().public_bytes_raw()
    assert verify_title_certificate(text, public) == extract
    forged = text.replace('"village"', '"builder"')
    with pytest.raises(Refusal) as caught:
        verify_title_certificate(forged, public)
    assert caught.value.code == "rights.title_certificate_damaged"
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(Refusal):
        verify_title_certificate(text, other)


def test_under_a_freeze_no_title_moves_and_the_journal_says_why() -> None:
    story = Story().found(("land",))
    story.party("village", ("land",))
    story.party("builder", ("land",))
    story.right("r1", "village", 10_000, factor="land")
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order 7")
    before = canonical.encode(story.venue.state.rights)
    text = story.refused(TransferTitle, "village", right="r1", target="builder")
    assert "freeze-1" in text
    assert canonical.encode(story.venue.state.rights) == before
    assert "freeze-1" in str(list(story.venue.store.read())[-1].events)
