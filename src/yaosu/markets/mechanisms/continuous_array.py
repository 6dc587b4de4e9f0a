"""The array book: the compiled kernels and their memory behind a few plain methods."""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.continuous_codes import (
    COMMAND_COLUMNS,
    EVENT_COLUMNS,
    OUTCOME_COLUMNS,
    PREVENTIONS,
)
from yaosu.markets.mechanisms.continuous_match import (
    EVENTS_A_STEP,
)
from yaosu.markets.mechanisms.continuous_memory import (
    H_ASIDE,
    H_ASIDE_TAIL,
    H_CAP_EXPIRY,
    H_CAP_GAPS,
    H_CAP_LEVELS,
    H_CAP_ORDERS,
    H_DYNAMIC,
    H_END,
    H_EVENTS,
    H_EXPIRY,
    H_EXPIRY_AT,
    H_GAPS,
    H_GAPS_AT,
    H_GTD,
    H_HIGH,
    H_KIND,
    H_LEVELS_FREE,
    H_LEVELS_USED,
    H_LOTS_MAX,
    H_LOW,
    H_OPEN,
    H_ORDERS_FREE,
    H_ORDERS_USED,
    H_OTHER,
    H_PAUSE,
    H_PREVENTION,
    H_PRICE_MAX,
    H_QUEUE,
    H_QUEUE_TAIL,
    H_REASON,
    H_ROW,
    HEAD,
    REGISTERS,
    enlarge,
    lay_out,
)
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.mechanisms.continuous_queues import emit
from yaosu.markets.mechanisms.continuous_sweeps import (
    STANDING_COLUMNS,
    drop_orders,
    expire_orders,
    fill_orders,
    join_aside,
    list_standing,
    put_back,
    tidy_expiry,
)
from yaosu.markets.mechanisms.continuous_trade import (
    FINISHED,
    NEEDS_ROOM,
    begin_stops,
    work,
)

EVENTS_ROOM = 8_192
IN_MATRIX = (-1, 0, 0, 0, 0, 0, 0, 0, 0)
NO_PLACE = (H_ASIDE, H_ASIDE_TAIL, H_QUEUE, H_QUEUE_TAIL, H_ORDERS_FREE, H_LEVELS_FREE)


class ArrayCore:
    """Orders, queues and registers of one book in one array; what it tells is fetched by `told`."""

    def __init__(self, parameters: ContinuousParameters) -> None:
        self.memory = _empty(64, 64, 16, 16)
        for register, value in (
            (H_PREVENTION, PREVENTIONS.index(parameters.prevention)),
            (H_PRICE_MAX, parameters.price_max),
            (H_LOTS_MAX, parameters.lots_max),
            (H_DYNAMIC, parameters.dynamic_band),
            (H_PAUSE, parameters.pause),
        ):
            self.memory[register] = value
        self.memory[list(NO_PLACE)] = -1
        self._events = np.zeros((EVENTS_ROOM, len(EVENT_COLUMNS)), np.int64)
        self._told: list[Integers] = []
        self._command = np.zeros((1, len(COMMAND_COLUMNS)), np.int64)
        self._outcome = np.zeros((1, len(OUTCOME_COLUMNS)), np.int64)

    def get(self, name: str) -> int:
        """A register that is part of the state."""
        return int(self.memory[REGISTERS.index(name)])

    def set(self, **registers: int) -> None:
        """Change registers."""
        for name, value in registers.items():
            self.memory[REGISTERS.index(name)] = value

    def set_band(self, low: int, high: int) -> None:
        """Where limits must lie."""
        self.memory[H_LOW], self.memory[H_HIGH] = low, high

    def run(self, commands: Integers, outcomes: Integers, row: int) -> tuple[int, int]:
        """Work on commands from a row on; what stopped it (FINISHED, NEEDS_...) and where."""
        self.memory[H_ROW] = row
        while True:
            status = work(self.memory, commands, self._events, outcomes, *IN_MATRIX)
            if status != NEEDS_ROOM:
                return status, int(self.memory[H_ROW])
            self._make_room()

    def run_stops(self, row: int) -> None:
        """Set off the stops that the last price has reached."""
        begin_stops(self.memory)
        self.run(self._command[:0], self._outcome, row)

    def drop(self, ids: Integers, reasons: Integers, row: int) -> None:
        """End orders."""
        self.memory[H_ROW], at = row, 0
        while (at := drop_orders(self.memory, self._events, ids, reasons, at)) < len(ids):
            self._make_room()

    def fill(self, fills: Integers, price: int, row: int) -> None:
        """Carry out an auction: rows (order, lots off, lots traded)."""
        self.memory[H_ROW], at = row, 0
        while (at := fill_orders(self.memory, self._events, fills, price, at)) < len(fills):
            self._make_room()

    def expire(self, instant: int, row: int) -> None:
        """End the orders good till an instant that has come."""
        self.memory[H_ROW] = row
        while not expire_orders(self.memory, self._events, instant):
            self._make_room()

    def join_aside(self, row: int) -> None:
        """Orders for the close join the book."""
        self.memory[H_ROW] = row
        self._make_levels(int(self.memory[H_OPEN]))
        while not join_aside(self.memory, self._events):
            self._make_room()

    def tell(
        self, row: int, kind: int, side: int, price: int, lots: int, other: int, reason: int
    ) -> None:
        """Tell something about the whole book."""
        self._make_room()
        self.memory[H_ROW] = row
        self.memory[[H_KIND, H_OTHER, H_REASON]] = kind, other, reason
        emit(self.memory, self._events, 0, side, price, lots)

    def next_expiry(self) -> int:
        """The next instant at which orders may end by their term; 0 none."""
        return int(self.memory[self.memory[H_EXPIRY_AT]]) if self.memory[H_EXPIRY] else 0

    def told(self) -> Integers:
        """The events since the last time it was asked; good until the next command."""
        count = int(self.memory[H_EVENTS])
        self.memory[H_EVENTS] = 0
        last = self._events[:count]
        if not self._told:
            return last
        pieces, self._told = [*self._told, last], []
        return np.concatenate(pieces)

    def standing(self) -> Integers:
        """Every order that stands anywhere, in no promised order."""
        rows = np.zeros((int(self.memory[H_OPEN]), len(STANDING_COLUMNS)), np.int64)
        list_standing(self.memory, rows)
        return rows

    def gaps(self) -> Integers:
        """First and last numbers that no order was ever given."""
        at = int(self.memory[H_GAPS_AT])
        return self.memory[at : at + 2 * int(self.memory[H_GAPS])].reshape(-1, 2).copy()

    def load(self, rows: Integers, gaps: Integers) -> None:
        """Put orders, sorted by rank, and gaps into this empty book."""
        rank = self.get("rank")
        count = max(len(rows), 1)
        self._grow(2 * count, 2 * count, 2 * count, 2 * len(gaps))
        put_back(self.memory, rows)
        at = int(self.memory[H_GAPS_AT])
        self.memory[at : at + gaps.size] = gaps.ravel()
        self.memory[H_GAPS] = len(gaps)
        self.set(rank=rank)

    def one(
        self,
        kind: int,
        order: int,
        side: int,
        order_type: int,
        tif: int,
        price: int,
        quantity: int,
        group: int,
        instant: int,
    ) -> Integers:
        """One command given by its numbers; the events it made, good until the next call."""
        memory, events = self.memory, self._events
        status = work(
            memory, self._command, events, self._outcome,
            kind, order, side, order_type, tif, price, quantity, group, instant,
        )  # fmt: skip
        if status == FINISHED:
            return events[: memory[H_EVENTS]]
        return self._rest_of_one(status)

    def _rest_of_one(self, status: int) -> Integers:
        assert status == NEEDS_ROOM, "a phase or a term is due: use run"
        self._make_room()
        self.run(self._command, self._outcome, int(self.memory[H_ROW]))
        return self.told()

    def copy(self) -> "ArrayCore":
        """A book of its own with the same content."""
        other = object.__new__(ArrayCore)
        other.memory = self.memory.copy()
        other._events = np.zeros((EVENTS_ROOM, len(EVENT_COLUMNS)), np.int64)
        other._told = []
        other._command, other._outcome = self._command.copy(), self._outcome.copy()
        return other

    def _make_room(self) -> None:
        """More room for whatever is short of it: events, orders, levels, terms, gaps."""
        memory = self.memory
        if memory[H_EVENTS] + EVENTS_A_STEP > len(self._events):
            self._told.append(self._events[: int(memory[H_EVENTS])].copy())
            memory[H_EVENTS] = 0
        if memory[H_EXPIRY] >= memory[H_CAP_EXPIRY] and memory[H_EXPIRY] > 2 * memory[H_GTD]:
            tidy_expiry(memory)
        orders, levels = int(memory[H_CAP_ORDERS]), int(memory[H_CAP_LEVELS])
        expiry, gaps = int(memory[H_CAP_EXPIRY]), int(memory[H_CAP_GAPS])
        self._grow(
            orders * (2 if memory[H_ORDERS_FREE] < 0 and memory[H_ORDERS_USED] >= orders else 1),
            levels * (2 if memory[H_LEVELS_FREE] < 0 and memory[H_LEVELS_USED] >= levels else 1),
            expiry * (2 if memory[H_EXPIRY] >= expiry else 1),
            gaps * (2 if memory[H_GAPS] >= gaps else 1),
        )

    def _make_levels(self, more: int) -> None:
        levels = int(self.memory[H_LEVELS_USED]) + more
        self._grow(0, levels, 0, 0)

    def _grow(self, orders: int, levels: int, expiry: int, gaps: int) -> None:
        """Move to a larger memory where one of these is more than there is; slots stay."""
        memory = self.memory
        now = [int(memory[h]) for h in (H_CAP_ORDERS, H_CAP_LEVELS, H_CAP_EXPIRY, H_CAP_GAPS)]
        wanted = [
            max(now[0], _power(orders)),
            max(now[1], _power(levels)),
            max(now[2], expiry),
            max(now[3], gaps),
        ]
        if wanted == now:
            return
        larger = _empty(*wanted)
        enlarge(memory, larger)
        self.memory = larger


def _empty(orders: int, levels: int, expiry: int, gaps: int) -> Integers:
    head = np.zeros(HEAD, np.int64)
    lay_out(head, orders, levels, expiry, gaps)
    memory = np.zeros(int(head[H_END]), np.int64)
    memory[:HEAD] = head
    return memory


def _power(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
