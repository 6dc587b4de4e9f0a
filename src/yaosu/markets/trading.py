"""Trading as orders arrive: what one decision moves in the books of a continuous market.

Commands run through the books in the form that trades; what they told becomes events: the moves of
each book, the trades by name, and the lots that ended untraded with their holds free again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import SMALL, Column, Columns, Integers, Text
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book as ledger
from yaosu.markets import trading_refusals
from yaosu.markets.events import BookMoved, LotsEnded, OrdersAccepted, TradesMade
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_cross import Auction
from yaosu.markets.mechanisms.continuous_pairs import trades_of
from yaosu.markets.state import Market, MarketsReach, session_of
from yaosu.markets.trading_auctions import auction_held
from yaosu.markets.trading_books import LiveBook
from yaosu.markets.trading_fees import with_fees
from yaosu.markets.trading_state import (
    KEPT_REGISTERS,
    TIMES,
    TYPES,
    Run,
    Standing,
    TradedBook,
    key_of,
    snapshot_of,
)
from yaosu.markets.trading_terms import ContinuousTerms
from yaosu.rules.overlay import rules_digest

TAKEN_BACK = "taken back"
MOVE_COLUMNS = tuple(name for name in c.EVENT_COLUMNS if name != "command")
ORDER_COLUMNS = (
    (c.C_SIDE, "side"),
    (c.C_PRICE, "price"),
    (c.C_STOP, "stop"),
    (c.C_QUANTITY, "quantity"),
    (c.C_EXPIRY, "expiry"),
)
__all__ = ["trading_refusals"]


class Named(Struct, frozen=True):
    """An order by its client's name, and what is held for it."""

    batch: str
    number: int
    party: str
    right: str
    held: int
    side: int


class Moving:
    """One book while a decision moves it."""

    def __init__(self, instrument: str, region: str, live: LiveBook, known: TradedBook) -> None:
        self.instrument, self.region = instrument, region
        self.live, self.known = live, known
        self.told: list[Columns] = []
        self.untaken: list[tuple[int, ...]] = []
        self.auctions: list[Auction] = []


IsMeant = Callable[[Standing], bool]
Trade = tuple[Moving, int, int, int, Named, Named]
Ended = tuple[Moving, Named, int, str]
Check = Callable[[str, int], None]


class Moves:
    """What one decision moves in the books of a market.

    Args:
        taken: the orders that come in with it, if any do.
    """

    def __init__(
        self, reach: MarketsReach, market: Market, taken: OrdersAccepted | None = None
    ) -> None:
        self.reach, self.market = reach, market
        self.session = session_of(market)
        self.terms = terms_of(market)
        self.moving: dict[str, Moving] = {}
        self._fresh: dict[tuple[str, int], Named] = {}
        self._asked: dict[tuple[str, int], str] = {}
        if taken is not None:
            self._take(taken)

    def run(self, key: str, rows: Integers) -> None:
        """Carry out commands in a book; an order it does not take ends at once."""
        moving = self._moving(key)
        happened = moving.live.book.run(rows)
        moving.told.append(happened.events)
        moving.auctions += happened.auctions
        codes = happened.outcomes.numbers("code")
        for at in [at for at, code in enumerate(codes) if code]:
            kind, order, side, price = rows[at, [c.C_KIND, c.C_ORDER, c.C_SIDE, c.C_PRICE]].tolist()
            assert kind == c.NEW, f"a sound command was refused: {happened.refusal_codes()[at]}"
            lots, now = int(rows[at, c.C_QUANTITY]), self.reach.now
            moving.untaken.append(
                (0, c.DROPPED, order, side, price, lots, 0, 0, c.R_NOT_TAKEN, now)
            )

    def where(self, key: str) -> tuple[int, int]:
        """Phase of a book, and what it is for."""
        moving = self.moving.get(key)
        if moving is None:
            registers = self.session.books[key].registers
            return registers["phase"], registers["purpose"]
        core = moving.live.book.core
        return core.get("phase"), core.get("purpose")

    def cancel(self, key: str, orders: Iterable[int], reason: str) -> None:
        """Take orders out of a book."""
        numbers = sorted(orders)
        rows = commands(len(numbers), c.CANCEL, self.reach.now)
        rows[:, c.C_ORDER] = numbers
        self._asked.update({(key, number): reason for number in numbers})
        self.run(key, rows)

    def replace(self, key: str, order: int, terms: Named, row: Integers) -> None:
        """Give an order in a book new terms; what it held was counted before."""
        self._fresh[key, order] = terms
        self.run(key, row)

    def cancel_standing(self, is_meant: IsMeant, reason: str) -> Self:
        """Take every order out of the market that a rule names."""
        for key, book in sorted(self.session.books.items()):
            found = [int(name) for name, order in book.orders.items() if is_meant(order)]
            if found:
                self.cancel(key, found, reason)
        return self

    def events(self, what: str, after: list[Event] | None = None) -> list[Event]:
        """All that happened.

        Args:
            what: tells this decision's postings from others of the same command.
            after: events earlier in the same decision.
        """
        moved = [self._moved(moving) for _, moving in sorted(self.moving.items())]
        happened: list[Event] = [event for event in moved if event is not None]
        happened += [
            auction_held(self.market.market, moving.instrument, moving.region, auction)
            for _, moving in sorted(self.moving.items())
            for auction in moving.auctions
        ]
        trades = list(self._trades())
        if trades:
            happened.append(
                TradesMade(
                    market=self.market.market,
                    round=self.market.round,
                    trades=with_fees(
                        _trade_columns(trades), self.terms.fees, self.market.trading.tick_minor
                    ),
                    rules=rules_digest(self.reach),
                )
            )
        ended = list(self._ended())
        if ended:
            batch = derive_id("release", self.reach.cause, self.market.market, what)
            lines = ledger.lines(self._released(ended))
            happened += ledger.post(self.reach, batch, lines, [*(after or []), *happened])
            happened.append(LotsEnded(market=self.market.market, orders=_ended_columns(ended)))
        return happened

    def _take(self, taken: OrdersAccepted) -> None:
        """The orders of a batch into their books, in its order."""
        numbers = {key: book.next_order for key, book in self.session.books.items()}
        groups = dict(self.session.groups)
        rows = taken.orders
        held = [rows.text(name).tolist() for name in ("instrument", "region", "party", "right")]
        columns = [rows.numbers(name) for name in ("number", "held", "side")]
        at: dict[str, list[int]] = {}
        for row, (instrument, region, party, right, number, price, side) in enumerate(
            zip(*held, *columns, strict=True)
        ):
            key = key_of(instrument, region)
            order = numbers.get(key, 1)
            numbers[key] = order + 1
            self._fresh[key, order] = Named(taken.batch, number, party, right, price, side)
            at.setdefault(key, []).append(row)
        group = rows.text("group").tolist()
        codes = [groups.setdefault(name, len(groups) + 1) if name else 0 for name in group]
        if rows.rows <= SMALL:
            matrix = _short_matrix(rows, codes, self.reach.now)
        else:
            matrix = self._matrix(rows, np.array(codes, np.int64))
        for key, places in at.items():
            mine = matrix[places]
            mine[:, c.C_ORDER] = np.arange(numbers[key] - len(places), numbers[key])
            self.run(key, mine)

    def _matrix(self, rows: Columns, groups: Integers) -> Integers:
        matrix = commands(rows.rows, c.NEW, self.reach.now)
        for column, name, words in ((c.C_TYPE, "type", TYPES), (c.C_TIF, "time_in_force", TIMES)):
            text = rows.text(name)
            matrix[:, column] = np.array([words.get(v, 0) for v in text.values], np.int64)[
                text.codes
            ]
        for column, name in ORDER_COLUMNS:
            matrix[:, column] = rows[name]
        matrix[:, c.C_GROUP] = groups
        return matrix

    def _moving(self, key: str) -> Moving:
        moving = self.moving.get(key)
        if moving is None:
            instrument, region = key.split(" ")
            known = self.session.books.get(key)
            live = self.session.live.get(key)
            if live is None or not live.is_sure:
                live = LiveBook(self._made(instrument, region, known))
                self.session.live[key] = live
            live.is_sure = False  # ahead of the state from here on
            moving = Moving(instrument, region, live, known or TradedBook(instrument, region))
            self.moving[key] = moving
            if known is None:
                self.run(key, self._first_phases())
        return moving

    def _made(self, instrument: str, region: str, known: TradedBook | None) -> ContinuousBook:
        parameters = self.terms.of_book(instrument, region)
        if known is None:
            return ContinuousBook(parameters)
        return ContinuousBook.restore(snapshot_of(known), parameters)

    def _first_phases(self) -> Integers:
        """A new book is led to where the market is."""
        return phase_rows(FIRST_PHASES[self.session.phase, self.session.purpose], self.reach.now)

    def _moved(self, moving: Moving) -> BookMoved | None:
        rows = sum(piece.rows for piece in moving.told) + len(moving.untaken)
        if not rows:
            return None
        moves = (_short_moves if rows <= SMALL else _moves)(moving)
        known, core = moving.known.registers, moving.live.book.core
        now = {name: core.get(name) for name in KEPT_REGISTERS}
        event = BookMoved(
            market=self.market.market,
            instrument=moving.instrument,
            region=moving.region,
            moves=moves,
            registers={name: value for name, value in now.items() if value != known[name]},
        )
        moving.live.expect(event)
        return event

    def _named(self, key: str, order: int) -> Named:
        fresh = self._fresh.get((key, order))
        if fresh is not None:
            return fresh
        o = self.session.books[key].orders[str(order)]
        return Named(o.batch, o.number, o.party, o.right, o.held, o.side)

    def _trades(self) -> Iterator[Trade]:
        """(book, price, lots, side of the taker, buyer, seller) of each trade, in order."""
        for key, moving in sorted(self.moving.items()):
            for piece in moving.told:
                for buy, sell, price, lots, taker in trades_of(piece):
                    names = self._named(key, buy), self._named(key, sell)
                    yield moving, price, lots, taker, *names

    def _ended(self) -> Iterator[Ended]:
        """(book, order, lots, reason) of what ended without a trade."""
        for key, moving in sorted(self.moving.items()):
            for piece in moving.told:
                columns = (piece.numbers(name) for name in ("kind", "order", "lots", "reason"))
                for kind, order, lots, reason in zip(*columns, strict=True):
                    if kind in (c.CANCELLED, c.DROPPED) and reason != c.R_REPLACED:
                        why = c.REASONS[reason]
                        if reason == c.R_ASKED:
                            why = self._asked[key, order]
                        yield moving, self._named(key, order), lots, why
            for row in moving.untaken:
                yield moving, self._named(key, row[2]), row[5], c.REASONS[c.R_NOT_TAKEN]

    def _released(self, ended: list[Ended]) -> Iterator[ledger.Line]:
        freed: dict[tuple[str, str], int] = {}
        for moving, order, lots, _ in ended:
            is_buy = order.side > 0
            asset = self.market.currency if is_buy else moving.instrument
            amount = order.held * lots * self.market.trading.tick_minor if is_buy else lots
            freed[order.party, asset] = freed.get((order.party, asset), 0) + amount
        for (party, asset), amount in sorted(freed.items()):
            yield from ledger.shift(party, asset, self.market.held_for, ledger.FREE, amount)


def _moves(moving: Moving) -> Columns:
    matrix: dict[str, Column] = {}
    more = np.array(moving.untaken, np.int64).reshape(-1, len(MOVE_COLUMNS))
    for place, name in enumerate(MOVE_COLUMNS):
        pieces = [piece[name] for piece in moving.told]
        matrix[name] = np.concatenate([*pieces, more[:, place]])
    return Columns(matrix)


def _short_moves(moving: Moving) -> Columns:
    """The same of a few, kept by their rows."""
    columns: dict[str, list[int]] = {}
    for place, name in enumerate(MOVE_COLUMNS):
        numbers = [number for piece in moving.told for number in piece.numbers(name)]
        columns[name] = [*numbers, *(row[place] for row in moving.untaken)]
    return Columns(columns)


def _short_matrix(rows: Columns, groups: list[int], now: int) -> Integers:
    """New orders as commands, of a few."""
    columns = [[0] * rows.rows for _ in c.COMMAND_COLUMNS]
    columns[c.C_KIND], columns[c.C_INSTANT] = [c.NEW] * rows.rows, [now] * rows.rows
    for column, name, words in ((c.C_TYPE, "type", TYPES), (c.C_TIF, "time_in_force", TIMES)):
        columns[column] = [words[text] for text in rows.text(name).tolist()]
    for column, name in ORDER_COLUMNS:
        columns[column] = rows.numbers(name)
    columns[c.C_GROUP] = groups
    return np.array(list(zip(*columns, strict=True)), np.int64)


FIRST_PHASES = {  # where the market is -> how an empty book gets there
    ("closed", ""): (),
    ("pre_open", ""): (c.PRE_OPEN,),
    ("auction", "opening"): (c.AUCTION,),
    ("continuous", ""): (c.CONTINUOUS,),
    ("auction", "closing"): (c.CONTINUOUS, c.AUCTION),
    ("halted", ""): (c.PRE_OPEN, c.HALTED),
    ("auction", "reopening"): (c.PRE_OPEN, c.HALTED, c.AUCTION),
}


def terms_of(market: Market) -> ContinuousTerms:
    """The terms of a continuous market, or the defaults."""
    return market.trading.continuous or ContinuousTerms()


def trade_batch(
    reach: MarketsReach, market: Market, taken: OrdersAccepted, after: list[Event]
) -> list[Event]:
    """The accepted orders of a batch go into their books, in the order of their numbers."""
    return Moves(reach, market, taken).events(taken.batch, after)


def cancel_orders(
    reach: MarketsReach, market: Market, batch: str, numbers: tuple[int, ...], check: Check
) -> list[Event]:
    """Take orders of a batch out of their books: those named, or all that still stand.

    Args:
        check: refuses where the asker may not touch an order of this party and number.

    Raises:
        Refusal: ``markets.unknown_batch``, ``markets.unknown_order`` for what never was,
            ``markets.order_gone`` for what stands no more.
    """
    session = session_of(market)
    runs = runs_of(market, batch)
    wanted = numbers or range(runs[0].number, runs[-1].number + runs[-1].rows)
    by_book: dict[str, list[int]] = {}
    for number in sorted(set(wanted)):
        key, order = place_in(runs, batch, number)
        standing = session.books[key].orders.get(str(order))
        if standing is None:
            refuse_unless(not numbers, "markets.order_gone")
            continue
        check(standing.party, number)
        by_book.setdefault(key, []).append(order)
    refuse_unless(by_book, "markets.order_gone")
    moves = Moves(reach, market)
    for key, orders in sorted(by_book.items()):
        moves.cancel(key, orders, TAKEN_BACK)
    return moves.events(batch)


def runs_of(market: Market, batch: str) -> tuple[Run, ...]:
    """Where the orders of a batch went, also of one of the last session."""
    session = session_of(market)
    runs = session.batches.get(batch) or session.past.get(batch)
    return found(runs, "markets.unknown_batch", batch=batch, market=market.market)


def place_in(runs: tuple[Run, ...], batch: str, number: int) -> tuple[str, int]:
    """The book of an order of a batch, and its number there."""
    run = found(
        next((r for r in runs if r.number <= number < r.number + r.rows), None),
        "markets.unknown_order",
        batch=batch,
        number=number,
    )
    return run.book, run.order + number - run.number


def end_offers(reach: MarketsReach, market: Market, right: str, reason: str) -> list[Event]:
    """Every offer of a right leaves the market."""
    moves = Moves(reach, market)
    return moves.cancel_standing(lambda order: order.right == right, reason).events(reason)


def commands(count: int, kind: int, instant: int) -> Integers:
    """So many commands of a kind, their other numbers still to be given."""
    rows = np.zeros((count, len(c.COMMAND_COLUMNS)), np.int64)
    rows[:, c.C_KIND], rows[:, c.C_INSTANT] = kind, instant
    return rows


def phase_rows(phases: Sequence[int], instant: int) -> Integers:
    """Commands into one phase after the other."""
    rows = commands(len(phases), c.PHASE, instant)
    rows[:, c.C_QUANTITY] = phases
    return rows


def _trade_columns(trades: list[Trade]) -> Columns:
    return Columns.of(
        instrument=Text.of([book.instrument for book, *_ in trades]),
        region=Text.of([book.region for book, *_ in trades]),
        price=[price for _, price, *_ in trades],
        lots=[lots for _, _, lots, *_ in trades],
        taker=[taker for _, _, _, taker, *_ in trades],
        buyer=Text.of([buyer.party for *_, buyer, _ in trades]),
        buy_batch=Text.of([buyer.batch for *_, buyer, _ in trades]),
        buy_number=[buyer.number for *_, buyer, _ in trades],
        limit=[buyer.held for *_, buyer, _ in trades],
        seller=Text.of([seller.party for *_, seller in trades]),
        sell_batch=Text.of([seller.batch for *_, seller in trades]),
        sell_number=[seller.number for *_, seller in trades],
        right=Text.of([seller.right for *_, seller in trades]),
    )


def _ended_columns(ended: list[Ended]) -> Columns:
    return Columns.of(
        batch=Text.of([order.batch for _, order, _, _ in ended]),
        number=[order.number for _, order, _, _ in ended],
        party=Text.of([order.party for _, order, _, _ in ended]),
        instrument=Text.of([book.instrument for book, *_ in ended]),
        region=Text.of([book.region for book, *_ in ended]),
        side=[order.side for _, order, _, _ in ended],
        lots=[lots for _, _, lots, _ in ended],
        reason=Text.of([reason for *_, reason in ended]),
    )
