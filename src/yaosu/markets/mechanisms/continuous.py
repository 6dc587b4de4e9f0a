"""Continuous double auction: price first, then time, with phases, bands and auctions.

Commands go in as columns and events come out as columns, one call a batch. An order trades against
the best prices of the other side at their limits, the oldest order of a price first; what is left
rests. Phases in which orders are only collected end in an auction by the rule of the call mechanism
(`continuous_cross`). The book itself is `continuous_array` (compiled) or its twin
`continuous_plain`; both keep the same rules and have the same state hash after every command.

Source: Nasdaq, "Market Center Systems Description" and "Nasdaq TotalView-ITCH 5.0"; FIX Trading
Community, "FIX 5.0 SP2" (order types, times in force, self-trade prevention, cancel reasons).
"""

from typing import Any, Self

import numpy as np
from msgspec import Struct

from yaosu.kernel import canonical, compiled
from yaosu.kernel.columns import SMALL, Columns, Integers, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms import continuous_refusals
from yaosu.markets.mechanisms.continuous_array import ArrayCore
from yaosu.markets.mechanisms.continuous_cross import Auction, uncross
from yaosu.markets.mechanisms.continuous_memory import REGISTERS
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.mechanisms.continuous_plain import FINISHED, NEEDS_CLOCK, PlainCore
from yaosu.markets.mechanisms.continuous_sweeps import (
    S_ORDER,
    S_PLACE,
    S_PRICE,
    S_RANK,
    S_SIDE,
    S_STOP,
    S_TIF,
    S_TYPE,
    STANDING_COLUMNS,
)

__all__ = ["ContinuousBook", "Happened", "Snapshot", "continuous_refusals"]

COMMANDS_PER_BATCH_MAX = 10_000_000
WORDS = {
    "kind": {"new": c.NEW, "cancel": c.CANCEL, "replace": c.REPLACE, "phase": c.PHASE,
             "clock": c.CLOCK},
    "side": {"buy": c.BUY, "sell": c.SELL},
    "type": {"market": c.MARKET, "limit": c.LIMIT, "stop": c.STOP, "stop_limit": c.STOP_LIMIT},
    "time_in_force": {"day": c.DAY, "gtc": c.GTC, "at_open": c.AT_OPEN, "ioc": c.IOC,
                      "fok": c.FOK, "gtd": c.GTD, "at_close": c.AT_CLOSE},
}  # fmt: skip
MAY_FOLLOW = {  # phase -> phases a command may put in its place
    c.CLOSED: (c.PRE_OPEN, c.AUCTION, c.CONTINUOUS),
    c.PRE_OPEN: (c.AUCTION, c.CONTINUOUS, c.HALTED, c.CLOSED),
    c.AUCTION: (c.CONTINUOUS, c.HALTED, c.CLOSED),
    c.CONTINUOUS: (c.AUCTION, c.PAUSED, c.HALTED, c.CLOSED),
    c.PAUSED: (c.CONTINUOUS, c.HALTED, c.CLOSED),
    c.HALTED: (c.AUCTION, c.PAUSED, c.CLOSED),
}
NO_BAND = 2**62


class Happened(Struct, frozen=True):
    """What came of a batch.

    Attributes:
        events: one row a change: sequence (number in the public feed, 0 where it is not public),
            command (row), kind, order, side, price, lots, other (taker of an execution, new phase
            of a state), match (number of the trade), reason, instant.
        outcomes: one row a command: code (0 done, else a place in `OUTCOMES`), traded, open,
            dropped (lots of the command's own order).
        auctions: the uncrossings, each with its clearing certificate.
    """

    events: Columns
    outcomes: Columns
    auctions: tuple[Auction, ...]

    def refusal_codes(self) -> list[str]:
        """One code a command, empty where it was done."""
        return [c.OUTCOMES[code] for code in self.outcomes["code"].tolist()]


class Snapshot(Struct, frozen=True):
    """A book in canonical form: put back, it goes on as if nothing had happened.

    Attributes:
        registers: name, value: phase, clock, last price, numbers given so far.
        orders: standing orders by place, side, price and rank.
        gaps: ranges of numbers that no order ever had.
    """

    registers: Columns
    orders: Columns
    gaps: Columns


class ContinuousBook:
    """One book: one instrument in one region."""

    def __init__(
        self, parameters: ContinuousParameters | None = None, *, is_plain: bool | None = None
    ) -> None:
        """An empty, closed book.

        Args:
            parameters: see there.
            is_plain: the plain twin; default where compiled code is switched off.
        """
        self.parameters = parameters or ContinuousParameters.of()
        plain = not compiled.is_enabled() if is_plain is None else is_plain
        self.core: ArrayCore | PlainCore = (PlainCore if plain else ArrayCore)(self.parameters)
        reference = self.parameters.reference
        if reference is not None:
            self.core.set(reference=reference, has_reference=1)
        self._set_band()
        self._auctions: list[Auction] = []

    def run(self, commands: Columns | Integers) -> Happened:
        """Carry out a batch of commands in order.

        Args:
            commands: columns kind, order, side, type, time_in_force (words or numbers), price,
                stop (ticks), quantity (lots), expiry, instant (microseconds; 0: no time passes),
                group (0 none); what is left out is 0. Or the same as a matrix in the order of
                `COMMAND_COLUMNS`.

        Raises:
            Refusal: `markets.too_many_commands`, `markets.unknown_command_column`,
                `markets.wrong_command_column`; single commands are refused in the outcomes.

        Cost: O(log levels) a command and a trade; auctions and ends of day O(n log n) in the book.
        """
        rows = commands if isinstance(commands, np.ndarray) else command_rows(commands)
        count = len(rows)
        refuse_unless(
            count <= COMMANDS_PER_BATCH_MAX,
            "markets.too_many_commands",
            rows=count,
            limit=COMMANDS_PER_BATCH_MAX,
        )
        outcomes = np.zeros((count, len(c.OUTCOME_COLUMNS)), np.int64)
        at = 0
        while True:
            status, at = self.core.run(rows, outcomes, at)
            if status == FINISHED:
                break
            if status == NEEDS_CLOCK:
                self._pass_time(int(rows[at, c.C_INSTANT]), at)
                continue
            outcomes[at, c.A_CODE] = self._phase_command(rows[at], at)
            at += 1
        auctions, self._auctions = tuple(self._auctions), []
        return Happened(
            columns_of(self.core.told(), c.EVENT_COLUMNS),
            columns_of(outcomes, c.OUTCOME_COLUMNS),
            auctions,
        )

    def get(self, register: str) -> int:
        """A register: phase, purpose, now, until, last, reference, sequence, match ..."""
        return self.core.get(register)

    @property
    def phase(self) -> str:
        """The phase in words."""
        return c.PHASES[self.get("phase")]

    def due_next(self) -> int:
        """The next instant at which something happens by itself; 0 never."""
        due = [at for at in (self.get("until"), self.core.next_expiry()) if at]
        return min(due, default=0)

    def snapshot(self) -> Snapshot:
        """The book in canonical form."""
        values = [self.core.get(name) for name in REGISTERS]
        return Snapshot(
            Columns.of(name=list(REGISTERS), value=np.array(values, np.int64)),
            columns_of(in_order(self.core.standing()), STANDING_COLUMNS),
            columns_of(self.core.gaps(), ("first", "last")),
        )

    def digest(self) -> bytes:
        """State hash: SHA-256 over the canonical bytes of the snapshot."""
        return canonical.digest(canonical.encode(self.snapshot()))

    @classmethod
    def restore(
        cls,
        snapshot: Snapshot,
        parameters: ContinuousParameters | None = None,
        *,
        is_plain: bool | None = None,
    ) -> Self:
        """The book behind a snapshot.

        Raises:
            Refusal: `markets.wrong_snapshot`.
        """
        book = cls(parameters, is_plain=is_plain)
        given = dict(
            zip(
                snapshot.registers.text("name").tolist(),
                snapshot.registers["value"].tolist(),
                strict=True,
            )
        )
        same = sorted(given) == sorted(REGISTERS)
        refuse_unless(same, "markets.wrong_snapshot", reason="other registers")
        book.core.set(**given)
        rows = matrix_of(snapshot.orders, STANDING_COLUMNS)
        rows = np.ascontiguousarray(rows[np.argsort(rows[:, S_RANK], kind="stable")])
        distinct = len(np.unique(rows[:, S_ORDER])) == len(rows)
        refuse_unless(distinct, "markets.wrong_snapshot", reason="an order stands twice")
        book.core.load(rows, matrix_of(snapshot.gaps, ("first", "last")))
        book._set_band()
        return book

    def _pass_time(self, instant: int, row: int) -> None:
        """Everything due by an instant happens in order of time; orders end before a phase does."""
        while (due := self.due_next()) and due <= instant:
            self.core.set(now=max(due, self.get("now")))
            if self.core.next_expiry() == due:
                self.core.expire(due, row)
            else:
                closes = self.get("purpose") == c.CLOSING and self.get("phase") == c.AUCTION
                self._enter(c.CLOSED if closes else c.CONTINUOUS, row, c.R_TIME)
        self.core.set(now=instant)

    def _phase_command(self, command: Integers, row: int) -> int:
        target, instant = int(command[c.C_QUANTITY]), int(command[c.C_INSTANT])
        if 0 < instant < self.get("now"):
            return c.O_TIME
        if target not in MAY_FOLLOW[self.get("phase")]:
            return c.O_PHASE
        self._enter(target, row, c.R_ASKED)
        return c.DONE

    def _enter(self, target: int, row: int, reason: int) -> None:
        """Leave a phase, with its auction where it has one, and enter another."""
        phase, core = self.get("phase"), self.core
        if phase == c.CLOSED:
            self._begin_session(row)
        is_over = target in (c.CONTINUOUS, c.CLOSED) and phase in (c.AUCTION, c.PAUSED)
        if is_over or (target == c.CONTINUOUS and phase in (c.PRE_OPEN, c.CLOSED)):
            self._cross(row)
        if target == c.CLOSED:
            self._drop(row, c.R_DAY_END, S_TIF, (c.DAY, c.AT_OPEN, c.AT_CLOSE))
        length = {c.PAUSED: self.parameters.pause, c.AUCTION: self.parameters.auction}.get(target)
        purposes = {c.CLOSED: c.OPENING, c.PRE_OPEN: c.OPENING, c.HALTED: c.REOPENING}
        core.set(
            phase=target,
            purpose=purposes.get(phase, c.CLOSING) if target == c.AUCTION else c.NO_AUCTION,
            until=self.get("now") + length if length else 0,
        )
        core.tell(row, c.STATE, 0, self.get("last"), 0, target, reason)
        if target == c.AUCTION and self.get("purpose") == c.CLOSING:
            core.join_aside(row)
        if target == c.CONTINUOUS:
            core.run_stops(row)

    def _begin_session(self, row: int) -> None:
        """The last price is the reference of a new session; limits outside its band fall away."""
        if self.get("has_last"):
            self.core.set(reference=self.get("last"), has_reference=1)
        self._set_band()
        low, high = self._band()
        rows = self.core.standing()
        has_limit = np.isin(rows[:, S_TYPE], (c.LIMIT, c.STOP_LIMIT))
        outside = has_limit & ((rows[:, S_PRICE] < low) | (rows[:, S_PRICE] > high))
        self._drop_rows(rows[outside], row, c.R_BAND)

    def _cross(self, row: int) -> None:
        """The auction at the end of a phase; what waited for it only does not outlast it."""
        core = self.core
        near = None
        if self.get("has_last") or self.get("has_reference"):
            near = self.get("last" if self.get("has_last") else "reference")
        prevents = self.parameters.prevention != "none"
        done = uncross(
            core.standing(), near, prevents=prevents, command=row, purpose=self._auction_for()
        )
        if done is not None:
            auction, fills = done
            if auction.lots:
                core.set(match=self.get("match") + 1, last=auction.price, has_last=1)
            core.fill(fills, auction.price, row)
            if auction.lots:
                core.tell(row, c.TRADE, 0, auction.price, auction.lots, 0, 0)
            self._auctions.append(auction)
        self._drop(row, c.R_UNFILLED, S_TYPE, (c.MARKET,))
        self._drop(row, c.R_UNFILLED, S_TIF, (c.AT_OPEN,))

    def _auction_for(self) -> str:
        phase = self.get("phase")
        if phase == c.PAUSED:
            return "volatility"
        return c.PURPOSES[self.get("purpose") if phase == c.AUCTION else c.OPENING]

    def _drop(self, row: int, reason: int, column: int, values: tuple[int, ...]) -> None:
        rows = self.core.standing()
        hit = np.isin(rows[:, column], values)
        if column == S_TYPE:
            hit &= rows[:, S_PLACE] == c.IN_BOOK  # market orders for the close still wait
        self._drop_rows(rows[hit], row, reason)

    def _drop_rows(self, rows: Integers, row: int, reason: int) -> None:
        ids = np.sort(rows[:, S_ORDER])
        self.core.drop(ids, np.full(len(ids), reason, np.int64), row)

    def _band(self) -> tuple[int, int]:
        share = self.parameters.static_band
        if not share or not self.get("has_reference"):
            return -NO_BAND, NO_BAND
        reference = self.get("reference")
        width = abs(reference) * share // c.BASIS
        return reference - width, reference + width

    def _set_band(self) -> None:
        self.core.set_band(*self._band())


def command_rows(commands: Columns) -> Integers:
    """Commands as the matrix the book works on."""
    known = ", ".join(c.COMMAND_COLUMNS)
    for name in commands.names:
        refuse_unless(
            name in c.COMMAND_COLUMNS, "markets.unknown_command_column", column=name, known=known
        )
    rows = np.zeros((commands.rows, len(c.COMMAND_COLUMNS)), np.int64)
    for place, name in enumerate(c.COMMAND_COLUMNS):
        if name in commands:
            rows[:, place] = _numbers(name, commands.column(name))
    return rows


def _numbers(name: str, column: Any) -> Any:
    words = WORDS.get(name, {})
    known = ", ".join(words) or "(none here)"
    if isinstance(column, Text):
        for value in column.values:
            fits = value in words
            refuse_unless(
                fits, "markets.wrong_command_column", column=name, found=value, known=known
            )
        return np.array([words[value] for value in column.values] or [0], np.int64)[column.codes]
    if not isinstance(column, np.ndarray) or column.dtype.kind != "i":
        refuse(
            "markets.wrong_command_column",
            column=name,
            found="missing or truth values",
            known=known,
        )
    return column


def columns_of(rows: Integers, names: tuple[str, ...]) -> Columns:
    """A matrix as columns."""
    if 0 < len(rows) <= SMALL:
        return Columns(dict(zip(names, rows.T.tolist(), strict=True)))
    turned = np.array(rows.T, order="C")
    return Columns({name: turned[i] for i, name in enumerate(names)})


def matrix_of(columns: Columns, names: tuple[str, ...]) -> Integers:
    """Columns as a matrix; refuses other columns than these."""
    same = sorted(columns.names) == sorted(names)
    refuse_unless(same, "markets.wrong_snapshot", reason=f"columns are not {', '.join(names)}")
    return np.ascontiguousarray(np.stack([columns[name] for name in names], axis=1), np.int64)


def in_order(rows: Integers) -> Integers:
    """Standing orders in canonical order: place, buys first, best price first, rank."""
    place, side = rows[:, S_PLACE], rows[:, S_SIDE]
    limit = np.where(rows[:, S_TYPE] == c.MARKET, side * c.AT_ANY_PRICE, rows[:, S_PRICE])
    stop = side * rows[:, S_STOP]
    key = np.select([place == c.IN_BOOK, place == c.AS_STOP], [-side * limit, stop])
    return rows[np.lexsort((rows[:, S_RANK], key, -side, place))]
