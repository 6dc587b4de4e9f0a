"""The state of a continuous market: its phase, its books order by order, and what is due when.

The books are kept as what the events say of them. Beside each lies the same book in the form that
trades (`trading_books.LiveBook`), which is no state: it is made anew from here whenever it is not
known to be the same.
"""

from copy import copy
from functools import cached_property
from heapq import heappop, heappush

import numpy as np
from msgspec import Struct, field

from yaosu.kernel.columns import Columns, Text
from yaosu.markets.events import BookMoved, OrderReplaced, OrdersAccepted, PhaseChanged
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import Snapshot, columns_of, in_order
from yaosu.markets.mechanisms.continuous_memory import REGISTERS
from yaosu.markets.mechanisms.continuous_sweeps import STANDING_COLUMNS
from yaosu.markets.trading_books import LiveBook

IN_HAND = -1  # the place of an order that has not found one
KEPT_REGISTERS = tuple(name for name in REGISTERS if name != "rank")
TYPES = {"market": c.MARKET, "limit": c.LIMIT, "stop": c.STOP, "stop_limit": c.STOP_LIMIT}
TIMES = {
    "day": c.DAY, "gtc": c.GTC, "at_open": c.AT_OPEN, "ioc": c.IOC, "fok": c.FOK, "gtd": c.GTD,
    "at_close": c.AT_CLOSE,
}  # fmt: skip


class Standing(Struct, array_like=True):
    """One order of a book, whose it is, and where it stands.

    Attributes:
        batch, number: the client's name of it. party: whose. right: that a sale is from.
        held: ticks held for each lot of an order to buy.
        over: instant at which the right of a sale runs out; 0 never.
        place: in the book, as a stop, aside for the close; or in hand. rank: place in time.
        side, type, tif, price, stop, open, total, group, expiry: see the mechanism.
    """

    batch: str
    number: int
    party: str
    right: str
    held: int
    over: int
    place: int
    side: int
    type: int
    tif: int
    price: int
    stop: int
    open: int
    total: int
    group: int
    expiry: int
    rank: int = 0


class TradedBook(Struct):
    """One book: one instrument in one region.

    Attributes:
        registers: phase, clock, last price, numbers given so far; by name.
        orders: number -> order, of those that stand.
        next_order: number of the next one. rank: places in time given so far.
        lots: of all its orders.
    """

    instrument: str
    region: str
    registers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEPT_REGISTERS, 0))
    orders: dict[str, Standing] = field(default_factory=dict)
    next_order: int = 1
    rank: int = 0
    lots: int = 0


class Run(Struct, frozen=True, array_like=True):
    """Orders of one batch that came into one book one after the other.

    Attributes:
        book: its key. order: number of the first in the book; number: in the batch; rows: many.
    """

    book: str
    order: int
    number: int
    rows: int


class Session(Struct, dict=True):
    """The books of a continuous market, and the phase they are in.

    Attributes:
        phase, purpose, until, planned, next_at, next_phase: see ``PhaseChanged``.
        books: ``instrument region`` -> book.
        batches: id -> where its orders went; where nothing of it stands at the close it is past.
        past: the same of batches that were over by the last close; forgotten at the next one.
        groups: party or group -> its number in the books.
    """

    phase: str = "closed"
    purpose: str = ""
    until: int = 0
    planned: str = ""
    next_at: int = 0
    next_phase: str = ""
    books: dict[str, TradedBook] = field(default_factory=dict)
    batches: dict[str, tuple[Run, ...]] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    past: dict[str, tuple[Run, ...]] = field(default_factory=dict)

    @cached_property
    def live(self) -> dict[str, LiveBook]:
        """The books in the form that trades; no state."""
        return {}

    @cached_property
    def due(self) -> list[tuple[int, str, int]]:
        """A heap of (instant, book, order or 0 for the book), also of what is gone; no state."""
        heap: list[tuple[int, str, int]] = []
        for key, book in self.books.items():
            _note_due(heap, key, 0, book.registers["until"])
            for name, order in book.orders.items():
                _note_due(heap, key, int(name), order.expiry, order.over)
        return heap

    def is_due(self, entry: tuple[int, str, int]) -> bool:
        """Whether an entry of the heap still says something."""
        instant, key, order = entry
        book = self.books[key]
        if not order:
            return book.registers["until"] == instant
        standing = book.orders.get(str(order))
        return standing is not None and instant in (standing.expiry, standing.over)

    def next_due(self) -> int:
        """The next instant at which something happens by itself; 0 never."""
        heap = self.due
        while heap and not self.is_due(heap[0]):
            heappop(heap)
        found = [at for at in (self.until, self.next_at, heap[0][0] if heap else 0) if at]
        return min(found, default=0)

    def books_due(self, now: int) -> dict[str, list[int]]:
        """Book -> orders that are due by now, or none where the book itself is."""
        heap, found = self.due, []
        while heap and heap[0][0] <= now:
            entry = heappop(heap)
            if self.is_due(entry):
                found.append(entry)
        by_book: dict[str, list[int]] = {}
        for entry in sorted(set(found)):
            heappush(heap, entry)
            orders = by_book.setdefault(entry[1], [])
            if entry[2] and entry[2] not in orders:
                orders.append(entry[2])
        return by_book


def key_of(instrument: str, region: str) -> str:
    """The key of a book; ids hold no spaces."""
    return f"{instrument} {region}"


def take_orders(session: Session, event: OrdersAccepted) -> None:
    """Orders are in hand, each with its number in its book; where they go follows."""
    rows = event.orders
    texts = ("instrument", "region", "party", "right", "type", "time_in_force", "group")
    whole = ("number", "held", "over", "side", "price", "stop", "quantity", "expiry")
    columns = [rows.text(name).tolist() for name in texts] + [rows.numbers(name) for name in whole]
    runs: dict[str, Run] = {}
    for (
        instrument, region, party, right, kind, tif, group,
        number, held, over, side, price, stop, lots, expiry,
    ) in zip(*columns, strict=True):  # fmt: skip
        key = key_of(instrument, region)
        book = session.books.get(key)
        if book is None:
            book = session.books[key] = TradedBook(instrument, region)
        if key not in runs:
            runs[key] = Run(key, book.next_order, number, 0)
        code = session.groups.setdefault(group, len(session.groups) + 1) if group else 0
        book.orders[str(book.next_order)] = Standing(
            event.batch, number, party, right, held, over, IN_HAND, side, TYPES[kind], TIMES[tif],
            price, stop, lots, lots, code, expiry,
        )  # fmt: skip
        book.next_order += 1
        book.lots += lots
    session.batches[event.batch] = tuple(
        Run(key, run.order, run.number, session.books[key].next_order - run.order)
        for key, run in runs.items()
    )


def replace_order(session: Session, event: OrderReplaced) -> tuple[Standing, int]:
    """Give an order its new terms; it as it was before, and how many orders are gone."""
    book = session.books[key_of(event.instrument, event.region)]
    order = book.orders[str(event.order)]
    before = copy(order)
    book.lots += event.open - order.open
    order.price, order.stop, order.held = event.price, event.stop, event.held
    order.total, order.open = event.quantity, event.open
    if not event.open:
        del book.orders[str(event.order)]
    return before, 0 if event.open else 1


def move_book(session: Session, event: BookMoved) -> tuple[list[tuple[Standing, int]], int]:
    """Let happen in a book what an event says; the lots that left it, and how many orders."""
    key = key_of(event.instrument, event.region)
    book = session.books.get(key)
    if book is None:
        book = session.books[key] = TradedBook(event.instrument, event.region)
    book.registers.update(event.registers)
    gone: list[tuple[Standing, int]] = []
    before = len(book.orders)
    moves = event.moves
    columns = (moves.numbers(name) for name in ("kind", "order", "lots", "other", "reason"))
    for kind, order, lots, other, reason in zip(*columns, strict=True):
        if reason == c.R_REPLACED:
            continue  # `replace_order` has counted it
        if kind in (c.ADDED, c.KEPT, c.REPLACED):
            _place(session, key, book, order, is_in_book=kind != c.KEPT)
        elif kind == c.TRIGGERED:
            book.orders[str(order)].type -= c.STOP - c.MARKET
        elif kind in (c.EXECUTED, c.CANCELLED, c.DROPPED):
            gone.append((_take_off(book, order, lots), lots))
            if kind == c.EXECUTED and other:
                gone.append((_take_off(book, other, lots), lots))
    _note_due(session.due, key, 0, book.registers["until"])
    live = session.live.get(key)
    if live is not None:
        live.settle(event)
    return gone, before - len(book.orders)


def change_phase(session: Session, event: PhaseChanged) -> None:
    """The market is in another phase; its books have moved already."""
    session.phase, session.purpose, session.until = event.phase, event.purpose, event.until
    session.planned = event.planned
    session.next_at, session.next_phase = event.next_at, event.next_phase
    if event.phase == "closed":
        standing = {
            order.batch for book in session.books.values() for order in book.orders.values()
        }
        over = [name for name in session.batches if name not in standing]
        session.past = {name: session.batches.pop(name) for name in over}


def snapshot_of(book: TradedBook) -> Snapshot:
    """The book as the mechanism takes it up again."""
    rows = [
        (
            int(name), o.place, o.side, o.type, o.tif, o.price, o.stop, o.open, o.total, o.group,
            o.expiry if o.tif == c.GTD else 0, o.rank,
        )
        for name, o in book.orders.items()
    ]  # fmt: skip
    matrix = np.array(rows, np.int64).reshape(-1, len(STANDING_COLUMNS))
    registers = {**book.registers, "rank": book.rank}
    return Snapshot(
        Columns.of(name=list(registers), value=list(registers.values())),
        columns_of(in_order(matrix), STANDING_COLUMNS),
        columns_of(np.zeros((0, 2), np.int64), ("first", "last")),
    )


def batches_of(session: Session, party: str) -> list[str]:
    """Batches of which an order of a party stands, sorted."""
    orders = [order for book in session.books.values() for order in book.orders.values()]
    return sorted({order.batch for order in orders if order.party == party})


def table_of(session: Session) -> Columns:
    """Every order that stands, by book and number: as in the book of a market with rounds."""
    found = [
        (book, order)
        for _, book in sorted(session.books.items())
        for _, order in sorted(book.orders.items(), key=lambda pair: int(pair[0]))
    ]
    return Columns.of(
        instrument=Text.of([book.instrument for book, _ in found]),
        region=Text.of([book.region for book, _ in found]),
        side=np.array([order.side for _, order in found], np.int64),
        price=np.array([order.held for _, order in found], np.int64),
        quantity=np.array([order.open for _, order in found], np.int64),
        party=Text.of([order.party for _, order in found]),
        right=Text.of([order.right for _, order in found]),
        batch=Text.of([order.batch for _, order in found]),
        number=np.array([order.number for _, order in found], np.int64),
    )


def _place(session: Session, key: str, book: TradedBook, order: int, *, is_in_book: bool) -> None:
    standing = book.orders[str(order)]
    book.rank += 1
    standing.rank = book.rank
    is_stop = standing.type in (c.STOP, c.STOP_LIMIT)
    standing.place = c.IN_BOOK if is_in_book else c.AS_STOP if is_stop else c.ASIDE
    _note_due(session.due, key, order, standing.expiry, standing.over)


def _take_off(book: TradedBook, order: int, lots: int) -> Standing:
    standing = book.orders[str(order)]
    standing.open -= lots
    book.lots -= lots
    assert standing.open >= 0, f"order {order} gave more than it had"
    if not standing.open:
        del book.orders[str(order)]
    return standing


def _note_due(heap: list[tuple[int, str, int]], key: str, order: int, *instants: int) -> None:
    for instant in instants:
        if instant:
            heappush(heap, (instant, key, order))
