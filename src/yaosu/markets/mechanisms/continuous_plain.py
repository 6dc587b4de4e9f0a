"""The plain book: the same rules in simple Python, oracle of the array book and its fallback.

Queues are dictionaries (they keep order and let anything be taken out), prices a sorted list.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_memory import REGISTERS
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

FINISHED, NEEDS_CLOCK, NEEDS_PHASE = 0, 2, 3
OPEN_PHASES = (c.PRE_OPEN, c.AUCTION, c.CONTINUOUS, c.PAUSED)
HAS_LIMIT = (c.LIMIT, c.STOP_LIMIT)
HAS_STOP = (c.STOP, c.STOP_LIMIT)
FITS = {
    c.LIMIT: (c.DAY, c.GTC, c.AT_OPEN, c.IOC, c.FOK, c.GTD, c.AT_CLOSE),
    c.MARKET: (c.DAY, c.AT_OPEN, c.IOC, c.FOK, c.AT_CLOSE),
    c.STOP: (c.DAY, c.GTC, c.GTD),
    c.STOP_LIMIT: (c.DAY, c.GTC, c.GTD, c.IOC, c.FOK),
}


class Order:
    """One order and where it stands."""

    __slots__ = (
        "expiry", "group", "id", "kind", "left", "place", "price",
        "rank", "side", "stop", "tif", "total",
    )  # fmt: skip

    def __init__(self, command: dict[str, int]) -> None:
        self.id, self.side = command["order"], command["side"]
        self.kind, self.tif = command["type"], command["time_in_force"]
        self.price = command["price"] if self.kind in HAS_LIMIT else 0
        self.stop = command["stop"] if self.kind in HAS_STOP else 0
        self.left = self.total = command["quantity"]
        self.group = command["group"]
        self.expiry = command["expiry"] if self.tif == c.GTD else 0
        self.place = c.IN_BOOK
        self.rank = 0

    @property
    def limit(self) -> int:
        """The worst price it may trade at."""
        return self.side * c.AT_ANY_PRICE if self.kind == c.MARKET else self.price


class Queues:
    """The orders of one side by price, best price first, then in order of arrival."""

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1: lowest price first
        self.keys: list[int] = []
        self.at: dict[int, dict[int, Order]] = {}

    def add(self, order: Order, price: int) -> None:
        """To the back of the queue of a price."""
        if price not in self.at:
            self.at[price] = {}
            insort(self.keys, self.sign * price)
        self.at[price][order.id] = order

    def remove(self, order: Order, price: int) -> None:
        """Out of its queue."""
        del self.at[price][order.id]
        if not self.at[price]:
            del self.at[price]
            del self.keys[bisect_left(self.keys, self.sign * price)]

    def first(self) -> tuple[int, Order] | None:
        """The best price and its first order."""
        if not self.keys:
            return None
        price = self.sign * self.keys[0]
        return price, next(iter(self.at[price].values()))

    def walk(self) -> Iterator[tuple[int, Order]]:
        """All in order."""
        for key in self.keys:
            for order in self.at[self.sign * key].values():
                yield self.sign * key, order


class PlainCore:
    """Orders, queues and registers of one book as objects; the same methods as `ArrayCore`."""

    def __init__(self, parameters: ContinuousParameters) -> None:
        self.parameters = parameters
        self.registers = dict.fromkeys(REGISTERS, 0)
        self.low, self.high = 0, 0
        self.orders: dict[int, Order] = {}
        self.book = {c.BUY: Queues(-1), c.SELL: Queues(+1)}
        self.stops = {c.BUY: Queues(+1), c.SELL: Queues(-1)}
        self.aside: dict[int, Order] = {}
        self.reached: dict[int, Order] = {}
        self.terms: list[tuple[int, int]] = []
        self.never: list[tuple[int, int]] = []
        self.lots = 0
        self.row = 0
        self.band = (0, 0)
        self.events: list[tuple[int, ...]] = []
        self.traded = self.dropped = self.left = 0

    def get(self, name: str) -> int:
        """A register that is part of the state."""
        return self.registers[name]

    def set(self, **registers: int) -> None:
        """Change registers."""
        self.registers.update({name: int(value) for name, value in registers.items()})

    def set_band(self, low: int, high: int) -> None:
        """Where limits must lie."""
        self.low, self.high = low, high

    def run(self, commands: Integers, outcomes: Integers, row: int) -> tuple[int, int]:
        """Work on commands from a row on; what stopped it and where."""
        for at in range(row, len(commands)):
            self.row = at
            numbers = commands[at].tolist()
            command = dict(zip(c.COMMAND_COLUMNS, numbers, strict=True))
            if not self._pass_instant(command["instant"]):
                return NEEDS_CLOCK, at
            if command["kind"] == c.PHASE:
                return NEEDS_PHASE, at
            self.traded = self.dropped = self.left = 0
            self._set_band_of_command()
            code = self._carry_out(command)
            outcomes[at] = (code, self.traded, self.left, self.dropped)
            self._run_stops()
        return FINISHED, len(commands)

    def run_stops(self, row: int) -> None:
        """Set off the stops that the last price has reached."""
        self.row = row
        self._set_band_of_command()
        self._run_stops()

    def drop(self, ids: Integers, reasons: Integers, row: int) -> None:
        """End orders."""
        self.row = row
        for order, reason in zip(ids.tolist(), reasons.tolist(), strict=True):
            self._drop(self.orders[order], reason)

    def fill(self, fills: Integers, price: int, row: int) -> None:
        """Carry out an auction: rows (order, lots off, lots traded)."""
        self.row = row
        for number, off, lots in fills.tolist():
            order = self.orders[number]
            if off:
                self._tell(c.CANCELLED, order, order.limit, off, reason=c.R_SELF_TRADE)
                self._take_off(order, off)
            if lots:
                self._tell(c.EXECUTED, order, price, lots)
                self._take_off(order, lots)

    def expire(self, instant: int, row: int) -> None:
        """End the orders good till an instant that has come."""
        self.row = row
        while self.terms and self.terms[0][0] <= instant:
            until, number = heappop(self.terms)
            order = self.orders.get(number)
            if order is not None and order.expiry == until:
                self._drop(order, c.R_EXPIRED)

    def join_aside(self, row: int) -> None:
        """Orders for the close join the book."""
        self.row = row
        for order in list(self.aside.values()):
            del self.aside[order.id]
            order.place = c.IN_BOOK
            self._queue(order)

    def tell(
        self, row: int, kind: int, side: int, price: int, lots: int, other: int, reason: int
    ) -> None:
        """Tell something about the whole book."""
        self.row = row
        self._event(kind, 0, side, price, lots, other, reason)

    def next_expiry(self) -> int:
        """The next instant at which orders may end by their term; 0 none."""
        return self.terms[0][0] if self.terms else 0

    def told(self) -> Integers:
        """The events since the last time it was asked."""
        rows, self.events = self.events, []
        return np.array(rows, np.int64).reshape(-1, len(c.EVENT_COLUMNS))

    def standing(self) -> Integers:
        """Every order that stands anywhere, in no promised order."""
        rows = [
            (
                o.id,
                o.place,
                o.side,
                o.kind,
                o.tif,
                o.price,
                o.stop,
                o.left,
                o.total,
                o.group,
                o.expiry,
                o.rank,
            )
            for o in self.orders.values()
        ]
        return np.array(rows, np.int64).reshape(-1, 12)

    def gaps(self) -> Integers:
        """First and last numbers that no order was ever given."""
        return np.array(self.never, np.int64).reshape(-1, 2)

    def load(self, rows: Integers, gaps: Integers) -> None:
        """Put orders, sorted by rank, and gaps into this empty book."""
        rank = self.get("rank")
        names = (
            "order", "place", "side", "type", "time_in_force", "price",
            "stop", "open", "quantity", "group", "expiry", "rank",
        )  # fmt: skip
        for numbers in rows.tolist():
            given: dict[str, Any] = dict(zip(names, numbers, strict=True))
            order = Order(given)
            order.stop, order.left, order.place = given["stop"], given["open"], given["place"]
            self._stand(order, tell=False)
            order.rank = given["rank"]
        self.never = [tuple(pair) for pair in gaps.tolist()]
        self.set(rank=rank)

    def _pass_instant(self, instant: int) -> bool:
        if instant <= self.get("now"):
            return True
        due = [at for at in (self.get("until"), self.next_expiry()) if at]
        if due and min(due) <= instant:
            return False
        self.set(now=instant)
        return True

    def _set_band_of_command(self) -> None:
        last, share = self.get("last"), self.parameters.dynamic_band
        width = abs(last) * share // c.BASIS
        is_set = share and self.get("has_last")
        self.band = (last - width, last + width) if is_set else (-c.AT_ANY_PRICE, c.AT_ANY_PRICE)

    def _carry_out(self, command: dict[str, int]) -> int:
        kind = command["kind"]
        if 0 < command["instant"] < self.get("now"):
            return c.O_TIME
        if kind == c.NEW:
            return self._check_new(command) or self._take_new(command)
        if kind == c.CANCEL:
            order = self.orders.get(command["order"])
            if order is None:
                return self._gone_or_unknown(command["order"])
            self.dropped = order.left
            self._drop(order, c.R_ASKED)
            return c.DONE
        if kind == c.REPLACE:
            return self._check_replace(command) or self._replace(command)
        return c.DONE if kind == c.CLOCK else c.O_COMMAND

    def _check_new(self, n: dict[str, int]) -> int:
        kind, tif, now = n["type"], n["time_in_force"], self.get("now")
        lots_max = self.parameters.lots_max
        number_rises = self.get("last_order") < n["order"] <= c.ORDER_MAX
        term_fits = tif != c.GTD or now < n["expiry"] <= c.INSTANT_MAX
        for is_sound, code in (
            (number_rises, c.O_NUMBER),
            (n["side"] in (c.BUY, c.SELL), c.O_SIDE),
            (kind in FITS, c.O_TYPE),
            (tif in FITS.get(kind, ()), c.O_TIF),
            (1 <= n["quantity"] <= lots_max, c.O_QUANTITY),
            (term_fits, c.O_EXPIRY),
            (n["group"] >= 0, c.O_GROUP),
        ):
            if not is_sound:
                return code
        return (
            self._check_prices(kind, n)
            or self._check_phase(tif)
            or (c.O_FULL if self.lots + n["quantity"] > lots_max else c.DONE)
        )

    def _check_prices(self, kind: int, n: dict[str, int]) -> int:
        most = self.parameters.price_max
        if kind in HAS_STOP and abs(n["stop"]) > most:
            return c.O_STOP
        if kind in HAS_LIMIT and abs(n["price"]) > most:
            return c.O_PRICE
        if kind in HAS_LIMIT and not self.low <= n["price"] <= self.high:
            return c.O_BAND
        return c.DONE

    def _check_phase(self, tif: int) -> int:
        phase = self.get("phase")
        if phase not in OPEN_PHASES:
            return c.O_NOT_TAKEN
        is_opening = phase == c.AUCTION and self.get("purpose") == c.OPENING
        if tif == c.AT_OPEN and not (phase == c.PRE_OPEN or is_opening):
            return c.O_NOT_IN_PHASE
        if tif in (c.IOC, c.FOK) and phase != c.CONTINUOUS:
            return c.O_NOT_IN_PHASE
        return c.DONE

    def _take_new(self, command: dict[str, int]) -> int:
        number, last = command["order"], self.get("last_order")
        if number > last + 1:
            self.never.append((last + 1, number - 1))
        self.set(last_order=number)
        self._enter(Order(command), is_own=True)
        return c.DONE

    def _gone_or_unknown(self, number: int) -> int:
        if not 1 <= number <= self.get("last_order"):
            return c.O_UNKNOWN
        at = bisect_left(self.never, (number + 1, 0)) - 1
        is_gap = at >= 0 and self.never[at][0] <= number <= self.never[at][1]
        return c.O_UNKNOWN if is_gap else c.O_GONE

    def _is_reached(self, side: int, stop: int) -> bool:
        return bool(self.get("has_last")) and (self.get("last") - stop) * side >= 0

    def _enter(self, order: Order, *, is_own: bool) -> None:
        """Wait as a stop, stand aside, queue, or match; ``is_own``: the command's own order."""
        phase = self.get("phase")
        if order.kind in HAS_STOP:
            if phase != c.CONTINUOUS or not self._is_reached(order.side, order.stop):
                order.place = c.AS_STOP
                self._stand(order)
                self.left = order.left
                return
            self._set_off(order)
        is_closing = phase == c.AUCTION and self.get("purpose") == c.CLOSING
        order.place = c.IN_BOOK
        if order.tif == c.AT_CLOSE and not is_closing:
            order.place = c.ASIDE
            self._stand(order)
        elif phase == c.CONTINUOUS:
            if order.tif == c.FOK and not self._is_fillable(order):
                self._drop_taker(order, order.left, c.R_UNFILLED, is_own)
            else:
                self._match(order, is_own)
        elif order.tif in (c.IOC, c.FOK):
            self._drop_taker(order, order.left, c.R_UNFILLED, is_own)
        else:
            self._stand(order)
        if is_own:
            self.left = order.left

    def _set_off(self, order: Order) -> None:
        self._event(c.TRIGGERED, order.id, order.side, order.stop, order.left, 0, 0)
        order.kind -= c.STOP - c.MARKET

    def _is_fillable(self, order: Order) -> bool:
        needed = order.left
        for price, maker in self.book[-order.side].walk():
            is_inside = self.band[0] <= price <= self.band[1]
            if needed <= 0 or not is_inside or (price - order.limit) * order.side > 0:
                break
            if not self._is_own(order, maker):
                needed -= maker.left
            elif self.parameters.prevention != "cancel_maker":
                break
        return needed <= 0

    def _is_own(self, order: Order, maker: Order) -> bool:
        prevents = self.parameters.prevention != "none"
        return prevents and order.group != 0 and order.group == maker.group

    def _match(self, order: Order, is_own: bool) -> None:
        broken = False
        while order.left:
            found = self.book[-order.side].first()
            if found is None or (found[0] - order.limit) * order.side > 0:
                break
            price, maker = found
            if not self.band[0] <= price <= self.band[1]:
                broken = True
                break
            if self._is_own(order, maker):
                self._prevent(order, maker, is_own)
                continue
            lots = min(order.left, maker.left)
            self.set(match=self.get("match") + 1, last=price, has_last=1)
            self._tell(c.EXECUTED, maker, price, lots, other=order.id)
            self._take_off(maker, lots)
            order.left -= lots
            if is_own:
                self.traded += lots
        if broken:
            pause = self.parameters.pause
            self.set(phase=c.PAUSED, until=self.get("now") + pause if pause else 0)
            self._event(c.STATE, 0, 0, self.get("last"), 0, c.PAUSED, c.R_BREAKER)
        if order.left and (order.kind == c.MARKET or order.tif in (c.IOC, c.FOK)):
            reason = c.R_BREAKER if broken else c.R_UNFILLED
            self._drop_taker(order, order.left, reason, is_own)
        elif order.left:
            self._stand(order)

    def _prevent(self, order: Order, maker: Order, is_own: bool) -> None:
        mode = self.parameters.prevention
        both = min(order.left, maker.left) if mode == "decrement" else 0
        off_maker = maker.left if mode in ("cancel_maker", "cancel_both") else both
        off_taker = order.left if mode in ("cancel_taker", "cancel_both") else both
        if off_maker:
            self._tell(c.CANCELLED, maker, maker.limit, off_maker, reason=c.R_SELF_TRADE)
            self._take_off(maker, off_maker)
        if off_taker:
            self._drop_taker(order, off_taker, c.R_SELF_TRADE, is_own)

    def _drop_taker(self, order: Order, lots: int, reason: int, is_own: bool) -> None:
        order.left -= lots
        if is_own:
            self.dropped += lots
        self._tell(c.DROPPED, order, order.price, lots, reason=reason)

    def _run_stops(self) -> None:
        while True:
            if not self.reached:
                self._collect_stops()
            if not self.reached:
                return
            order = next(iter(self.reached.values()))
            self._leave(order)
            self._set_off_and_enter(order)

    def _set_off_and_enter(self, order: Order) -> None:
        self._set_off(order)
        self._enter(order, is_own=False)

    def _collect_stops(self) -> None:
        if self.get("phase") != c.CONTINUOUS:
            return
        for side in (c.BUY, c.SELL):
            while (found := self.stops[side].first()) and self._is_reached(side, found[0]):
                order = found[1]
                self.stops[side].remove(order, order.stop)
                order.place = c.TRIGGERED_QUEUE
                self.reached[order.id] = order
                self._rank(order)

    def _check_replace(self, n: dict[str, int]) -> int:
        order = self.orders.get(n["order"])
        if order is None:
            return self._gone_or_unknown(n["order"])
        if not 1 <= n["quantity"] <= self.parameters.lots_max:
            return c.O_QUANTITY
        code = self._check_prices(order.kind, n)
        if code:
            return code
        if self.get("phase") not in OPEN_PHASES:
            return c.O_NOT_TAKEN
        is_full = self.lots + n["quantity"] - order.total > self.parameters.lots_max
        return c.O_FULL if is_full else c.DONE

    def _replace(self, n: dict[str, int]) -> int:
        order = self.orders[n["order"]]
        price = n["price"] if order.kind in HAS_LIMIT else 0
        stop = n["stop"] if order.kind in HAS_STOP else order.stop
        left = n["quantity"] - (order.total - order.left)
        told = c.CANCELLED if order.place == c.IN_BOOK else c.DROPPED
        if left <= 0:
            self.dropped = order.left
            self._drop(order, c.R_REPLACED)
        elif (price, stop) == (order.price, order.stop) and left <= order.left:
            off = order.left - left
            order.total = n["quantity"]
            self.dropped, self.left = off, left
            if off:
                self._tell(told, order, order.limit, off, reason=c.R_REPLACED)
                self._take_off(order, off)
        else:
            self._replace_anew(order, told, price, stop, left, n["quantity"])
        return c.DONE

    def _replace_anew(
        self, order: Order, told: int, price: int, stop: int, left: int, total: int
    ) -> None:
        old_limit, old_left = order.limit, order.left
        self._leave(order)
        order.price, order.stop, order.left, order.total = price, stop, left, total
        found = self.book[-order.side].first()
        meets = found is not None and (found[0] - order.limit) * order.side <= 0
        self.left = left
        if told == c.CANCELLED and (self.get("phase") != c.CONTINUOUS or not meets):
            self._stand(order, tell=False)
            self._tell(c.REPLACED, order, order.limit, left)
            return
        row = (order.id, order.side, old_limit, old_left, 0, c.R_REPLACED)
        self._event(told, *row)
        self._enter(order, is_own=True)

    def _stand(self, order: Order, *, tell: bool = True) -> None:
        """Give an order its place."""
        self.orders[order.id] = order
        self.lots += order.left
        if order.tif == c.GTD:
            heappush(self.terms, (order.expiry, order.id))
        self._queue(order, tell=tell)

    def _queue(self, order: Order, *, tell: bool = True) -> None:
        self._rank(order)
        if order.place == c.AS_STOP:
            self.stops[order.side].add(order, order.stop)
        elif order.place == c.ASIDE:
            self.aside[order.id] = order
        else:
            self.book[order.side].add(order, order.limit)
        if tell:
            in_book = order.place == c.IN_BOOK
            price = order.limit if in_book else order.price
            self._tell(c.ADDED if in_book else c.KEPT, order, price, order.left)

    def _rank(self, order: Order) -> None:
        self.set(rank=self.get("rank") + 1)
        order.rank = self.get("rank")

    def _leave(self, order: Order) -> None:
        """Take an order out of its place and out of the book."""
        if order.place == c.IN_BOOK:
            self.book[order.side].remove(order, order.limit)
        elif order.place == c.AS_STOP:
            self.stops[order.side].remove(order, order.stop)
        elif order.place == c.ASIDE:
            del self.aside[order.id]
        else:
            del self.reached[order.id]
        del self.orders[order.id]
        self.lots -= order.left

    def _take_off(self, order: Order, lots: int) -> None:
        if lots == order.left:
            self._leave(order)
        else:
            order.left -= lots
            self.lots -= lots

    def _drop(self, order: Order, reason: int) -> None:
        told = c.CANCELLED if order.place == c.IN_BOOK else c.DROPPED
        self._tell(told, order, order.limit, order.left, reason=reason)
        self._leave(order)

    def _tell(
        self, kind: int, order: Order, price: int, lots: int, other: int = 0, reason: int = 0
    ) -> None:
        self._event(kind, order.id, order.side, price, lots, other, reason)

    def _event(
        self, kind: int, order: int, side: int, price: int, lots: int, other: int, reason: int
    ) -> None:
        sequence = 0
        if kind <= c.PUBLIC_LAST:
            sequence = self.get("sequence") + 1
            self.set(sequence=sequence)
        match = self.get("match") if kind in (c.EXECUTED, c.TRADE) else 0
        told = (sequence, self.row, kind, order, side, price, lots, other, match, reason)
        self.events.append((*told, self.get("now")))
