"""A continuous market with sellers and buyers, orders of every kind, and what must always hold."""

from tests.stories import EXCHANGE, Story
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import events_of
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.events import LotsEnded, TradesMade
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import Snapshot
from yaosu.markets.mechanisms.continuous_feed import FeedBook
from yaosu.markets.state import session_of
from yaosu.markets.trading_feed import feed_of
from yaosu.markets.trading_state import Session, TradedBook, snapshot_of
from yaosu.markets.trading_terms import ContinuousTerms, ReferencePrice

SELLERS, BUYERS = ("ann", "bob"), ("cyd", "dan")
PEOPLE = SELLERS + BUYERS
MONEY, LOTS = 100_000, 200
SECOND = 1_000_000
REFERENCE = (ReferencePrice(instrument="gpu", price=100),)


def opened(**terms: object) -> Story:
    """Two sellers of 200 lots each, two buyers with money, a market with such terms."""
    story = Story().found(factors=("compute",))
    for seller in SELLERS:
        story.party(seller, money=MONEY)
        story.right(f"r-{seller}", seller, LOTS, instrument="gpu")
    for buyer in BUYERS:
        story.party(buyer, money=MONEY)
    story.market(
        mechanism="continuous",
        clear_at_close=False,
        continuous=ContinuousTerms(**terms),  # type: ignore[arg-type]  # any of its fields
    )
    return story


def send(
    story: Story,
    party: str,
    side: int,
    price: int,
    lots: int,
    *,
    type: str = "limit",
    tif: str = "gtc",
    stop: int = 0,
    expiry: int = 0,
    batch: str = "",
) -> Receipt:
    """One order with its terms; a sale of a seller is from its first right."""
    return story.try_to(
        SubmitOrders,
        party,
        market="m",
        batch=batch or f"b-{story.key()}",
        orders=Columns.of(
            instrument=["gpu"],
            region=["east"],
            side=[side],
            price=[price],
            quantity=[lots],
            right=[f"r-{party}" if side < 0 else ""],
            type=[type],
            time_in_force=[tif],
            stop=[stop],
            expiry=[expiry],
        ),
    )


def tick(story: Story) -> int:
    """Let what is due by now happen; how many entries it made."""
    return story.venue._writer.tick()


def trades(events: Receipt | list[Event]) -> list[tuple[str, str, int, int]]:
    """(buyer, seller, price, lots)."""
    rows = [r for e in _events(events) if isinstance(e, TradesMade) for r in e.trades.iterate()]
    return [(row["buyer"], row["seller"], row["price"], row["lots"]) for row in rows]


def ended(events: Receipt | list[Event]) -> list[tuple[str, int, str]]:
    """(party, lots, reason) of what ended without a trade."""
    rows = [r for e in _events(events) if isinstance(e, LotsEnded) for r in e.orders.iterate()]
    return [(row["party"], row["lots"], row["reason"]) for row in rows]


def session(story: Story) -> Session:
    return session_of(story.venue.state.markets.markets["m"])


def the_book(story: Story) -> TradedBook:
    return session(story).books["gpu east"]


def all_events(story: Story) -> list[Event]:
    return [event for entry in story.venue.store.read() for event in events_of(entry)]


def check_live(story: Story) -> None:
    """The book that trades is the one the state would make."""
    for key, live in session(story).live.items():
        if live.is_sure:
            assert comparable(live.book.snapshot()) == comparable(
                snapshot_of(session(story).books[key])
            )


def comparable(snapshot: Snapshot) -> list[object]:
    """A book but for how many places in time it has given: only their order counts."""
    registers = [(r["name"], r["value"]) for r in snapshot.registers.iterate()]
    rows = list(snapshot.orders.iterate())
    order = {rank: at for at, rank in enumerate(sorted(row["rank"] for row in rows))}
    for row in rows:
        row["rank"] = order[row["rank"]]
    return [sorted(pair for pair in registers if pair[0] != "rank"), rows]


def check_money_and_lots(story: Story) -> None:
    """Nothing is lost, and what is held is what the standing orders need."""
    purposes = ("free", "order:m")
    everyone = (*PEOPLE, EXCHANGE)  # the exchange has no more than its fees
    assert sum(story.money(p, of) for p in everyone for of in purposes) == MONEY * len(PEOPLE)
    lots = sum(story.lots(p, purpose=of) for p in PEOPLE for of in purposes)
    assert lots == LOTS * len(SELLERS)
    standing = [o for book in session(story).books.values() for o in book.orders.values()]
    for party in PEOPLE:
        mine = [o for o in standing if o.party == party]
        assert story.money(party, "order:m") == sum(o.held * o.open for o in mine if o.side > 0)
        assert story.lots(party, purpose="order:m") == sum(o.open for o in mine if o.side < 0)
    market = story.venue.state.markets.markets["m"]
    assert market.rows == len(standing)
    assert market.lots == sum(o.open for o in standing)
    assert market.value == sum(o.held * o.open for o in standing)


def check_not_crossed(story: Story) -> None:
    """While a book trades, nobody in it offers what somebody else in it would take."""
    for book in session(story).books.values():
        if book.registers["phase"] != c.CONTINUOUS:
            continue
        here = [o for o in book.orders.values() if o.place == c.IN_BOOK]
        bids = [o.price for o in here if o.side > 0]
        asks = [o.price for o in here if o.side < 0]
        assert not bids or not asks or max(bids) < min(asks)


def check_feed(story: Story) -> None:
    """Anyone rebuilds the book from the public part of the journal."""
    rebuilt = FeedBook()
    rebuilt.take(feed_of(all_events(story), "m", "gpu", "east"))
    book = session(story).books.get("gpu east")
    if book is None:
        return
    here = sorted(
        (o for o in book.orders.items() if o[1].place == c.IN_BOOK), key=lambda pair: pair[1].rank
    )
    rows = [
        (int(n), o.side, o.side * c.AT_ANY_PRICE if o.type == c.MARKET else o.price, o.open)
        for n, o in here
    ]
    assert rebuilt.rows() == sorted(rows, key=lambda row: (-row[1], -row[1] * row[2]))
    assert rebuilt.phase == book.registers["phase"]


def proved(story: Story) -> None:
    """Recovered state and audited decisions agree with what happened."""
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store, story.clock).state) == state_hash(story.venue.state)


def _events(of: Receipt | list[Event]) -> list[Event]:
    return of if isinstance(of, list) else list(of.accepted().events)
