"""Sealed bids: what a market refuses, and that no refusal says what a bid says."""

import pytest
from msgspec.structs import replace

from tests.markets.sealed_bids import (
    DEPOSIT,
    TERMS,
    bid,
    sealed_story,
)
from tests.stories import EXCHANGE, REGISTRY, Story, row
from yaosu.access.commands import LeaveMarket
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import events_of
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import (
    OfferRight,
    RegisterAndOffer,
    SubmitOrders,
    SubmitSealedOrders,
)
from yaosu.parties.commands import EraseKey
from yaosu.rights.commands import RegisterRight
from yaosu.workers.opening import open_bids


@pytest.fixture
def story() -> Story:
    return sealed_story()


def test_a_bid_without_the_funds_at_its_opening_stays_unopened(story: Story) -> None:
    bid(story, "anna", 10_000, 100).accepted()
    bid(story, "bao", 1_000, 100).accepted()  # all it has, the deposit among it
    story.close()
    receipts = open_bids(story.venue, "m")
    late = receipts["bid-anna"]
    assert isinstance(late, Receipt)
    assert late.refusal is not None
    assert late.refusal.code == "ledger.insufficient"
    assert "bid-anna" in story.venue.state.markets.markets["m"].sealed
    enough = receipts["bid-bao"]
    assert isinstance(enough, Receipt)
    assert enough.is_accepted
    assert story.money("bao", "order:m") == 100_000


def test_a_party_with_a_sealed_bid_cannot_leave(story: Story) -> None:
    """S0-04: an unread bid is an open order."""
    bid(story, "anna", 20).accepted()
    said = story.refused(LeaveMarket, "anna", factor="compute")
    assert "order m/bid-anna" in said


def test_a_key_that_a_bid_still_needs_is_not_erased(story: Story) -> None:
    """Nobody can make a bid unreadable before it is opened; afterwards its key may go."""
    bid(story, "anna", 20).accepted()
    key = "bids/m/1/anna"
    fields = {"data_key": key, "reason": "asked", "legal_basis": "art. 47"}
    assert story.refused(EraseKey, EXCHANGE, **fields) == (
        "parties.key_needed: the key bids/m/1/anna is needed still: sealed bid m/bid-anna; "
        "wait until it is opened or forfeited"
    )
    story.close()
    open_bids(story.venue, "m")
    story.close()
    story.ask(EraseKey, "anna", **fields)
    found = story.venue.verify().secrets
    assert (found.erased, found.missing) == (1, 0)
    audited = story.venue.audit()
    assert audited.is_clean
    assert audited.erased == 1


def test_open_orders_of_a_sealed_side_are_refused(story: Story) -> None:
    message = (
        "markets.orders_come_sealed: orders of this side come sealed in m; "
        "send them with SubmitSealedOrders"
    )
    assert str(story.order("anna", 1, 20, 1).refusal) == message
    both = sealed_story(replace(TERMS, sides="both"))
    assert str(both.order("anna", 1, 20, 1).refusal) == message
    assert (
        both.refused(OfferRight, "seller", market="m", right="r1", price=10, quantity=1) == message
    )
    register = RegisterRight(
        actor=REGISTRY, key="x", **both.registration("r2", "seller", 5, instrument="gpu")
    )
    assert (
        both.refused(
            RegisterAndOffer, REGISTRY, register=register, market="m", price=10, quantity=1
        )
        == message
    )


def test_a_sealed_bid_of_the_wrong_side_is_not_opened(story: Story) -> None:
    story.deposit("seller", DEPOSIT)
    story.party("holder2", money=DEPOSIT)
    bid(story, "holder2", 10, 1, side=-1).accepted()
    story.close()
    receipt = open_bids(story.venue, "m")["bid-holder2"]
    assert isinstance(receipt, Receipt)
    assert str(receipt.refusal) == (
        "markets.wrong_sealed_side: m takes no sealed orders of this side; "
        "offers to sell come open there (OfferRight)"
    )


def test_a_sealed_bid_is_refused_where_it_cannot_be(story: Story) -> None:
    bid(story, "anna", 20).accepted()
    again = bid(story, "anna", 21)
    assert again.refusal is not None
    assert again.refusal.code == "markets.batch_exists"
    other = bid(story, "bao", 21, actor="anna", batch="b2")
    assert other.refusal is not None
    assert other.refusal.code == "markets.not_for_others"
    story.party("guest", factors=(), money=1_000)
    guest = bid(story, "guest", 21)
    assert guest.refusal is not None
    assert guest.refusal.code == "markets.not_admitted"
    story.party("poor")
    poor = bid(story, "poor", 21)
    assert poor.refusal is not None
    assert poor.refusal.code == "ledger.insufficient"
    assert poor.refusal.facts["amount"] == DEPOSIT
    command = SubmitSealedOrders(actor="bao", key="two", market="m", batch="b3")
    wrong = story.venue.submit(command, sealed={"orders": 1, "more": 2})
    assert str(wrong.refusal) == (
        "markets.one_sealed_item: a sealed bid travels with one sealed item, called orders; "
        "seal the orders as one table under that name"
    )
    story.market("plain")
    command = SubmitSealedOrders(actor="bao", key="plain", market="plain", batch="b3")
    plain = story.venue.submit(command, sealed={"orders": 1})
    assert str(plain.refusal) == (
        "markets.not_a_sealed_market: orders come open in plain; send them with SubmitOrders"
    )
    story.close()
    late = bid(story, "bao", 21)
    assert late.refusal is not None
    assert late.refusal.code == "markets.book_not_open"


def test_one_bad_bid_does_not_keep_the_others_shut(story: Story) -> None:
    command = SubmitSealedOrders(actor="anna", key="odd", market="m", batch="a-odd")
    story.venue.submit(command, sealed={"orders": "no table"}).accepted()
    bid(story, "bao", 20).accepted()
    story.close()
    answers = open_bids(story.venue, "m")
    odd = answers["a-odd"]
    assert isinstance(odd, Refusal)
    assert odd.code == "markets.not_what_was_sealed"
    good = answers["bid-bao"]
    assert isinstance(good, Receipt)
    assert good.is_accepted


def test_an_open_batch_cannot_take_the_name_of_a_sealed_one(story: Story) -> None:
    bid(story, "anna", 20, batch="mine").accepted()
    said = story.refused(
        SubmitOrders,
        "seller",
        market="m",
        batch="mine",
        orders=row("seller", -1, 10, 1, "east", "gpu"),
    )
    assert said.startswith("markets.batch_exists: ")


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"sides": "sell"}, "the term sides of sealed bids is sell; give both or buy"),
        ({"unopened": "keep"}, "the term unopened of sealed bids is keep; give forfeit or return"),
        ({"deposit_minor": -1}, "the term deposit_minor of sealed bids is -1; give 0 to "),
        ({"opening_minutes": -1}, "the term opening_minutes of sealed bids is -1; give 0 to "),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: dict[str, object], text: str) -> None:
    with pytest.raises(Refusal) as caught:
        sealed_story(replace(TERMS, **terms))
    assert str(caught.value).startswith(f"markets.bad_sealed_terms: {text}")


def test_a_refused_bid_leaves_nothing_sealed_behind(story: Story) -> None:
    story.close()
    receipt = bid(story, "anna", 20)
    assert receipt.refusal is not None
    entry = next(iter(story.venue.store.read(receipt.sequence)))
    assert entry.sealed == b""
    assert len(events_of(entry)) == 1
