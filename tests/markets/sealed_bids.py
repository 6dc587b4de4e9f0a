"""A market of sealed bids for tests: a seller, two buyers, bids with and without own keys."""

from collections.abc import Callable

import pytest

import yaosu as ys
from tests.stories import Story, row
from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Sealed
from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.wrapping import WrappingKey
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.markets.commands import (
    OfferRight,
    OpenBids,
    SubmitSealedOrders,
)
from yaosu.markets.terms import SealedTerms

MINUTE = 60_000_000
DEPOSIT = 500
TERMS = SealedTerms(deposit_minor=DEPOSIT, opening_minutes=30)


class Entropy:
    """The same chance in every run, so that two runs can be compared."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return canonical.digest(self.count.to_bytes(4, "big"))[:size]


def sealed_story(terms: SealedTerms = TERMS) -> Story:
    """A seller with 100 lots on offer for at least 10 each, buyers with 100,000 each."""
    keys = KeyStore(MEMORY, WrappingKey(b"w" * 32), Entropy())
    story = Story(keys=keys).found(factors=("compute",))
    story.party("seller")
    for buyer in ("anna", "bao"):
        story.party(buyer, money=100_000, kind="person")
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(sealed=terms)
    if terms.sides == "buy":
        story.ask(OfferRight, "seller", market="m", right="r1", price=10, quantity=100)
    return story


def bid(
    story: Story,
    party: str,
    price: int,
    quantity: int = 10,
    batch: str = "",
    side: int = 1,
    actor: str = "",
) -> Receipt:
    command = SubmitSealedOrders(
        actor=actor or party,
        key=story.key(),
        market="m",
        batch=batch or f"bid-{party}",
        party=party,
    )
    orders = row(party, side, price, quantity, "east", "gpu")
    return story.venue.submit(command, sealed={"orders": orders})


def own_bid(story: Story, party: str, orders: Columns) -> tuple[Sealed, bytes]:
    """A bid that its bidder sealed itself, and the salt that it keeps."""
    command = SubmitSealedOrders(actor=party, key="own", market="m", batch=f"bid-{party}")
    venue = story.venue.state.parties.venue
    assert venue is not None
    sealed, openings = ys.seal_own(
        command, {"orders": orders}, venue=venue.id, secret=b"k" * 32, level="important"
    )
    return sealed, openings["orders"].salt


def open_it(story: Story, actor: str, batch: str, salt: bytes, orders: Columns) -> Receipt:
    return story.venue.submit(
        OpenBids(actor=actor, key=story.key(), market="m", batch=batch, salt=salt, orders=orders)
    )


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        ask()
    return str(caught.value)


def only(events: list[Event], kind: type[Event]) -> Event:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found
