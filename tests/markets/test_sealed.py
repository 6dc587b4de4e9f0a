"""Sealed bids: unread before the close, opened after it, forfeited where they are not."""

import pytest
from msgspec.structs import replace

from tests.markets.sealed_bids import (
    DEPOSIT,
    MINUTE,
    TERMS,
    bid,
    only,
    open_it,
    own_bid,
    refused,
    sealed_story,
)
from tests.stories import EXCHANGE, MORNING, REGISTRY, WATCH, Story, row
from yaosu.access.commands import SuspendAdmission
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import command_of
from yaosu.engine.replay import replay
from yaosu.engine.sealed import Sealed
from yaosu.journal.sealed import DataKey, encode_items, seal_item
from yaosu.kernel import canonical
from yaosu.kernel.sealing import Binding
from yaosu.markets.commands import (
    CancelOrders,
    CloseBook,
    RecordClearing,
    SubmitSealedOrders,
)
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BidsForfeited, MarketCleared, OrdersAccepted
from yaosu.parties.commands import EraseKey
from yaosu.rights.commands import FreezeRight
from yaosu.workers.opening import open_bids


@pytest.fixture
def story() -> Story:
    return sealed_story()


def test_sealed_bids_are_opened_cleared_and_settled(story: Story) -> None:
    """S1-22: nothing of a bid is known before the close; after it all goes the ordinary way."""
    bid(story, "anna", 30).accepted()
    bid(story, "bao", 20, 100).accepted()
    assert story.money("anna", "sealed:m") == DEPOSIT
    assert story.money("anna", "order:m") == 0
    assert not [e for e in story.close() if isinstance(e, MarketCleared)]
    receipts = open_bids(story.venue, "m")
    assert list(receipts) == ["bid-anna", "bid-bao"]
    assert all(isinstance(r, Receipt) and r.is_accepted for r in receipts.values())
    assert story.money("anna", "sealed:m") == 0
    assert story.money("anna", "order:m") == 300
    cleared = only(story.close(), MarketCleared)
    assert isinstance(cleared, MarketCleared)
    assert cleared.clearing.volume == 100
    assert story.lots("anna") == 10
    assert story.lots("bao") == 90
    assert story.money("anna") + story.money("bao") + story.money("seller") == 200_000
    assert story.venue.audit().is_clean
    assert story.venue.verify().secrets.matches == 2


def test_two_bids_of_different_prices_cannot_be_told_apart_before_they_are_opened() -> None:
    """S1-22: journal, events, state, books: everything is equal but digests and ciphertext."""

    def traces(price: int, quantity: int) -> tuple[list[object], list[object], bytes, set[bytes]]:
        story = sealed_story()
        receipt = bid(story, "anna", price, quantity).accepted()
        entry = next(iter(story.venue.store.read(receipt.sequence)))
        command = command_of(entry)
        assert isinstance(command, SubmitSealedOrders)
        (note,) = command.sealed
        secret = {note.digest, note.hash_commitment}
        plain = canonical.encode([command, list(receipt.events), story.venue.state.markets])
        for digest in sorted(secret):
            plain = plain.replace(digest, b"?" * 32)
        books = [story.money("anna", purpose) for purpose in ("free", "sealed:m", "order:m")]
        sizes: list[object] = [len(entry.command), len(entry.events), len(entry.sealed)]
        return sizes, [*books, story.venue.state.parties.data_keys], plain, secret

    one, other = traces(11, 1), traces(99_999, 100)
    assert one[:3] == other[:3]
    assert not one[3] & other[3]


def test_a_bid_opened_too_early_is_refused_and_not_recorded(story: Story) -> None:
    """S1-22: a refused command would be an entry, and the price would stand in it."""
    orders = row("anna", 1, 77_777, 1, "east", "gpu")
    sealed, salt = own_bid(story, "anna", orders)
    story.venue.submit(sealed).accepted()
    size = story.venue.store.size
    said = refused(lambda: open_it(story, "anna", "bid-anna", salt, orders))
    assert said == (
        "markets.not_opening: sealed bids of m are not being opened: its book is open in round 1; "
        "open a bid after its round was closed (CloseBook) and before that is over"
    )
    assert "77777" not in said
    assert story.venue.store.size == size


def test_a_bidder_opens_its_own_bid_with_its_salt(story: Story) -> None:
    orders = row("anna", 1, 30, 10, "east", "gpu")
    sealed, salt = own_bid(story, "anna", orders)
    story.venue.submit(sealed).accepted()
    story.close()
    size = story.venue.store.size
    for changed_salt, changed in (
        (salt, row("anna", 1, 31, 10, "east", "gpu")),
        (bytes(32), orders),
    ):
        assert refused(
            lambda s=changed_salt, o=changed: open_it(story, "anna", "bid-anna", s, o)
        ) == (
            "markets.not_what_was_sealed: these orders with this salt are not what bid bid-anna of "
            "m committed to; send exactly the orders and the salt that were sealed"
        )
    assert refused(lambda: open_it(story, "bao", "bid-anna", salt, orders)) == (
        "markets.not_your_bid: bid bid-anna is not bao's to open or take back; "
        "let its bidder ask, or the venue's operator"
    )
    assert refused(lambda: open_it(story, "anna", "bid-x", salt, orders)).startswith(
        "markets.no_sealed_bid: there is no unopened bid bid-x in m; "
    )
    assert story.venue.store.size == size
    assert open_bids(story.venue, "m") == {}
    assert open_it(story, "anna", "bid-anna", salt, orders).is_accepted
    assert isinstance(only(story.close(), MarketCleared), MarketCleared)
    assert story.lots("anna") == 10


def test_a_copied_commitment_cannot_be_opened_by_who_copied_it(story: Story) -> None:
    """Bao hands in Anna's note as its own; her salt and orders do not open it for him."""
    orders = row("anna", 1, 30, 10, "east", "gpu")
    sealed, salt = own_bid(story, "anna", orders)
    story.venue.submit(sealed).accepted()
    assert isinstance(sealed.command, SubmitSealedOrders)
    (note,) = sealed.command.sealed
    copied = replace(sealed.command, actor="bao", batch="bid-bao", sealed=(note,))
    receipt = story.venue.submit(Sealed(copied, sealed.items))
    assert receipt.refusal is not None
    assert receipt.refusal.code == "parties.bad_seal"
    own = DataKey("own:bao", b"k" * 32)
    bound = Binding(venue="venue-1", actor="anna", key="own", item="orders")
    item, lying = seal_item(own, bound, canonical.encode(orders), "important")
    copied = replace(copied, key="own-2", sealed=(lying,))
    story.venue.submit(Sealed(copied, encode_items([item]))).accepted()
    story.close()
    assert refused(lambda: open_it(story, "bao", "bid-bao", salt, orders)).startswith(
        "markets.not_what_was_sealed: "
    )


def test_what_is_not_opened_in_time_is_listed_and_forfeited(story: Story) -> None:
    sealed, _ = own_bid(story, "anna", row("anna", 1, 30, 10, "east", "gpu"))
    story.venue.submit(sealed).accepted()
    bid(story, "bao", 20).accepted()
    story.close()
    open_bids(story.venue, "m")
    assert story.refused(CloseBook, EXCHANGE, market="m").startswith(
        "markets.opening_goes_on: 1 bids of m are not opened yet and may be until 2026-"
    )
    story.clock.instant += 30 * MINUTE
    events = story.close()
    forfeited = only(events, BidsForfeited)
    assert isinstance(forfeited, BidsForfeited)
    assert forfeited.batches == ("bid-anna",)
    assert forfeited.to == EXCHANGE
    assert story.money(EXCHANGE) == DEPOSIT
    assert story.money("anna") == 100_000 - DEPOSIT
    assert story.money("anna", "sealed:m") == 0
    assert story.lots("bao") == 10
    assert story.venue.state.markets.markets["m"].sealed == {}


def test_deposits_are_given_back_where_the_terms_say_so() -> None:
    story = sealed_story(replace(TERMS, unopened="return", opening_minutes=0))
    bid(story, "anna", 20).accepted()
    story.close()
    assert isinstance(only(story.close(), BidsForfeited), BidsForfeited)
    assert story.money("anna") == 100_000


@pytest.mark.parametrize(
    ("rule", "minutes", "lost"),
    [("return", 5, 0), ("return", 40, 0), ("return", 0, DEPOSIT), ("forfeit", 5, DEPOSIT)],
)
def test_who_was_kept_from_opening_by_a_suspension_keeps_its_deposit(
    rule: str, minutes: int, lost: int
) -> None:
    """For whatever part of the time; one that was over before does not count."""
    story = sealed_story(replace(TERMS, suspended=rule))
    for name in ("anna", "bao"):
        sealed, _ = own_bid(story, name, row(name, 1, 30, 10, "east", "gpu"))
        story.venue.submit(sealed).accepted()
    bidder = {"party": "anna", "factor": "compute", "role": "bidder"}
    if not minutes:
        until = story.clock() + MINUTE
        story.ask(SuspendAdmission, WATCH, **bidder, reason="a check", until=until)
        story.clock.forward(2 * MINUTE)
    story.close()
    if minutes:
        story.clock.forward(MINUTE)
        until = story.clock() + minutes * MINUTE
        story.ask(SuspendAdmission, WATCH, **bidder, reason="a check", until=until)
    story.clock.forward(30 * MINUTE)
    story.close()
    assert story.money("anna") == 100_000 - lost
    assert story.money("bao") == 100_000 - DEPOSIT
    assert story.money(EXCHANGE) == DEPOSIT + lost


def test_equal_bids_keep_the_order_in_which_they_were_sealed(story: Story) -> None:
    """S2-26: who is opened first gains nothing."""
    for buyer in ("bao", "anna"):
        bid(story, buyer, 20, 60).accepted()
    story.close()
    receipts = open_bids(story.venue, "m")  # in order of the batches: anna's first
    sequences = {}
    for batch, receipt in receipts.items():
        assert isinstance(receipt, Receipt)
        accepted = only(list(receipt.events), OrdersAccepted)
        assert isinstance(accepted, OrdersAccepted)
        sequences[batch] = accepted.orders["sequence"].tolist()[0]
    assert sequences["bid-bao"] < sequences["bid-anna"]


def test_a_bid_is_taken_back_unread_before_the_close(story: Story) -> None:
    bid(story, "anna", 20).accepted()
    assert "markets.not_your_bid" in story.refused(
        CancelOrders, "bao", market="m", batch="bid-anna"
    )
    story.ask(CancelOrders, "anna", market="m", batch="bid-anna")
    assert story.money("anna") == 100_000
    assert story.venue.state.markets.markets["m"].sealed == {}


def test_replay_and_recovery_need_no_key(story: Story) -> None:
    """S1-22: what decides reads notes and opened orders, never a ciphertext."""
    for buyer, price in (("anna", 30), ("bao", 20)):
        bid(story, buyer, price).accepted()
    story.close()
    open_bids(story.venue, "m")
    story.close()
    story.ask(EraseKey, "anna", data_key="bids/m/1/anna", reason="asked", legal_basis="art. 47")
    hashed = state_hash(story.venue.state)
    again = Venue(story.venue.store, StepClock(MORNING))
    assert state_hash(again.state) == hashed
    replayed = replay(story.venue.store, [])
    assert replayed.welfare_gain == 0
    assert not replayed.divergences


def test_both_sides_may_come_sealed() -> None:
    story = sealed_story(replace(TERMS, sides="both"))
    story.deposit("seller", DEPOSIT)
    bid(story, "seller", 10, 50, side=-1).accepted()
    bid(story, "anna", 20, 50).accepted()
    story.close()
    assert len(open_bids(story.venue, "m")) == 2
    story.close()
    assert story.lots("anna") == 50


def test_a_right_that_is_frozen_while_bids_are_opened_leaves_the_book(story: Story) -> None:
    bid(story, "anna", 20).accepted()
    story.close()
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order 7")
    open_bids(story.venue, "m")
    story.close()
    assert story.lots("anna") == 0
    assert story.lots("seller") == 100


def test_a_large_book_of_sealed_bids_is_cleared_from_outside() -> None:
    story = sealed_story()
    story.market("m2", sealed=TERMS, clear_at_close=False)
    command = SubmitSealedOrders(actor="anna", key="s", market="m2", batch="b")
    orders = row("anna", 1, 20, 5, "east", "gpu")
    story.venue.submit(command, sealed={"orders": orders}).accepted()
    story.close("m2")
    open_bids(story.venue, "m2")
    story.close("m2")
    market = story.venue.state.markets.markets["m2"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    story.ask(RecordClearing, EXCHANGE, market="m2", round=1, clearing=clearing)
    assert story.venue.state.markets.markets["m2"].round == 2
