"""A frozen book that cannot be cleared is opened again; what ran out meanwhile is not sold."""

from tests.stories import EXCHANGE, REGISTRY, Story, row
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    CancelOrders,
    CloseBook,
    RecordClearing,
    ReopenBook,
    SubmitOrders,
)
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookReopened, OrdersAccepted, OrdersCancelled
from yaosu.rights.commands import RegisterRight


def frozen(**sold: object) -> Story:
    """One seller whose right runs out in two days, another's does not; a book that is closed."""
    story = Story().found(factors=("compute",))
    for seller in ("ann", "bob"):
        story.party(seller)
        fields = story.registration(f"r-{seller}", seller, 10, instrument="gpu")
        if seller == "ann":
            fields["term_to"] = story.clock() + 2 * DAY
        story.ask(RegisterRight, REGISTRY, **fields)
    story.party("cyd", money=1_000)
    story.market(clear_at_close=False)
    story.order("ann", -1, 10, 5, right="r-ann").accepted()
    story.order("bob", -1, 12, 5, right="r-bob").accepted()
    story.order("cyd", 1, 20, 5).accepted()
    story.close()
    return story


def record(story: Story) -> dict[str, object]:
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    return {"market": "m", "round": market.round, "clearing": clearing}


def proved(story: Story) -> None:
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)
    assert story.venue.replay([]).is_without_effect


def test_an_open_book_again_has_its_orders_and_what_they_hold() -> None:
    story = frozen()
    held = story.money("cyd", "order:m")
    (reopened,) = story.ask(ReopenBook, EXCHANGE, market="m", reason="the search found no end")
    assert isinstance(reopened, BookReopened)
    assert (reopened.round, reopened.reason) == (1, "the search found no end")
    market = story.venue.state.markets.markets["m"]
    assert (market.phase, market.round, market.rows, market.closed_as) == ("open", 1, 3, None)
    assert story.money("cyd", "order:m") == held == 100
    taken = story.order("cyd", 1, 15, 2).accepted()
    (batch,) = [event.batch for event in taken.events if isinstance(event, OrdersAccepted)]
    story.ask(CancelOrders, "cyd", market="m", batch=batch)
    story.close()
    story.ask(RecordClearing, EXCHANGE, **record(story))
    assert story.lots("cyd") == 5
    assert story.money("cyd", "order:m") == 0
    proved(story)


def test_only_a_frozen_book_is_opened_again_by_its_operator_with_a_reason() -> None:
    story = frozen()
    blank = story.refused(ReopenBook, EXCHANGE, market="m", reason="  ")
    assert blank == (
        "markets.reopened_without_reason: the book of m would be opened again without a reason; "
        "say why it cannot be cleared; the reason stands on record"
    )
    assert story.refused(ReopenBook, "ann", market="m", reason="x").startswith("core.role_needed")
    assert story.refused(ReopenBook, EXCHANGE, market="n", reason="x").startswith(
        "markets.unknown_market"
    )
    story.ask(RecordClearing, EXCHANGE, **record(story))
    assert story.refused(ReopenBook, EXCHANGE, market="m", reason="x") == (
        "markets.nothing_to_reopen: round 2 of m is open; only a frozen book without a clearing is "
        "opened again; nothing is to be done: orders come and go as the phase allows"
    )


def test_a_right_that_ran_out_in_a_frozen_book_is_not_sold() -> None:
    """Its clearing is refused; opened again and closed, the book goes without it."""
    story = frozen()
    story.clock.forward(2 * DAY)
    refusal = story.refused(RecordClearing, EXCHANGE, **record(story))
    assert refusal == (
        "markets.right_over_since: right r-ann ended at 2026-11-04T09:00:00Z, after round 1 of m "
        "was frozen, and would be sold in it; open the book again (ReopenBook) and close it: its "
        "offer falls away first"
    )
    assert story.lots("cyd") == 0
    story.ask(ReopenBook, EXCHANGE, market="m", reason=refusal)
    closed = story.ask(CloseBook, EXCHANGE, market="m")
    (gone,) = [event for event in closed if isinstance(event, OrdersCancelled)]
    assert gone.reason == "out of term"
    story.ask(RecordClearing, EXCHANGE, **record(story))
    assert story.lots("cyd") == 5, "bob's instead, at his price"
    assert story.money("bob") > 0 == story.money("ann")
    proved(story)


def test_an_offer_that_was_not_taken_may_run_out() -> None:
    story = Story().found(factors=("compute",))
    story.party("ann")
    fields = story.registration("r-ann", "ann", 10, instrument="gpu")
    fields["term_to"] = story.clock() + DAY
    story.ask(RegisterRight, REGISTRY, **fields)
    story.party("cyd", money=1_000)
    story.market(clear_at_close=False)
    orders = row("ann", -1, 30, 5, "east", "gpu", "r-ann")
    story.ask(SubmitOrders, "ann", market="m", batch="b", orders=orders)
    story.order("cyd", 1, 20, 5).accepted()
    story.close()
    story.clock.forward(DAY)
    story.ask(RecordClearing, EXCHANGE, **record(story))
    assert story.venue.state.markets.markets["m"].round == 2
    proved(story)
