"""The six classes of outcome, what a command is worth, and when two outcomes are the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.access.commands import LeaveMarket, ReinstateAdmission, SuspendAdmission
from yaosu.core import Outcome
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.wide import sum_of_products
from yaosu.kernel.words import Command, Event
from yaosu.markets.batch import PRICE_MAX, QUANTITY_MAX, VALUE_MINOR_MAX
from yaosu.markets.commands import (
    OfferRight,
    OpenBids,
    RecordClearing,
    RegisterAndOffer,
    ResumeTrading,
    SubmitOrders,
)
from yaosu.parties.commands import RegisterParties
from yaosu.parties.events import PartiesRefused, ProofUsed
from yaosu.returns.commands import ShareIncome
from yaosu.rights.commands import RegisterMany, TakeOverPledges
from yaosu.rights.events import RegistrationsRefused
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal, VoidContract

SAME, CHANGED, ACCEPTED, REFUSED, LOST, SUPPLIED = CLASSES = (
    "same",
    "changed",
    "newly accepted",
    "newly refused",
    "without object",
    "supplied by policy",
)
OfRows = RegisterMany | RegisterParties | TakeOverPledges
OF_ROWS = (RegisterMany, RegisterParties, TakeOverPledges)  # whose rows are refused one by one
UNRELIABLE_ABOVE = (1, 4)  # share of commands, or of their value, that came in, fell out or hung
# Fields and columns that are not compared: names of rule versions, which differ by construction,
# and arrival numbers, which shift for all that come after one order more or less. Nor is on which
# proofs a decision rested: another rule may ask for others, and what is decided is the same.
NOT_COMPARED = ("rules", "rule", "sequence")

# A refusal that says: what you name is not there. Beside `unknown_..` and `no_such_..` codes.
LOST_CODES: dict[type[Command], tuple[str, ...]] = {
    SuspendAdmission: ("access.not_admitted",),
    ReinstateAdmission: ("access.not_admitted", "access.not_suspended"),
    LeaveMarket: ("access.nothing_to_leave",),
    OpenBids: ("markets.no_sealed_bid", "markets.not_opening"),
    RecordClearing: ("markets.book_not_closed", "markets.wrong_round"),
    ResumeTrading: ("markets.not_halted",),
    VoidContract: ("settlement.not_waiting",),
}


def class_of(
    command: Command, was_accepted: bool, recorded: Sequence[Event], outcome: Outcome
) -> str:
    """Which of the six a command's outcome is; ``supplied by policy`` is none of a command."""
    if outcome.refusal is None and not was_accepted:
        return ACCEPTED
    if outcome.refusal is not None and was_accepted:
        code = outcome.refusal.code
        is_lost = code.split(".")[1].startswith(("unknown_", "no_such_"))
        return LOST if is_lost or code in LOST_CODES.get(type(command), ()) else REFUSED
    return SAME if plain_bytes(recorded) == plain_bytes(outcome.events) else CHANGED


def rows_of(
    command: Command, was_accepted: bool, recorded: Sequence[Event], outcome: Outcome
) -> dict[str, int]:
    """How registrations, parties or pledges of a batch came out: class of outcome -> how many rows.

    A row is entered or refused by itself, so a batch that is accepted on both sides may have rows
    that were taken on one side alone. Other commands have no rows.
    """
    if not isinstance(command, OF_ROWS):
        return {}
    before = _refused_rows(command, was_accepted, recorded)
    after = _refused_rows(command, outcome.refusal is None, outcome.events)
    found = {ACCEPTED: len(before - after), REFUSED: len(after - before)}
    found[SAME] = len(command.rows) - sum(found.values())
    return {kind: rows for kind, rows in found.items() if rows}


def _refused_rows(command: OfRows, is_accepted: bool, events: Sequence[Event]) -> set[int]:
    if not is_accepted:
        return set(range(len(command.rows)))
    told = [event for event in events if isinstance(event, RegistrationsRefused | PartiesRefused)]
    return {row.row for event in told for row in event.rows}


def value_of(command: Command, tick_minor: Mapping[str, int]) -> int:
    """What a command is worth, minor units: money, or price x quantity of its orders; else 0.

    Args:
        tick_minor: minor units a tick is worth, by market; 1 for a market that is not known.
    """
    match command:
        case SubmitOrders() | OpenBids():
            ticks = _value_of_orders(command.orders)
        case OfferRight() | RegisterAndOffer():
            ticks = max(0, command.price) * max(0, command.quantity)
        case RecordDeposit() | RecordWithdrawal() | ShareIncome():
            return min(max(0, command.amount_minor), VALUE_MINOR_MAX)
        case _:
            return 0
    return min(ticks * tick_minor.get(command.market, 1), VALUE_MINOR_MAX)


def plain_bytes(events: Sequence[Event]) -> bytes:
    """Canonical bytes of what is compared of events: see ``NOT_COMPARED``."""
    compared = [_compared(event) for event in events if not isinstance(event, ProofUsed)]
    return canonical.encode(compared)


def _value_of_orders(orders: Columns) -> int:
    """Price x quantity, as far as there are any: refused orders may lack or misstate them.

    A row that no market could take, whatever its rules, counts nothing.
    """
    columns = [orders.column(name) for name in ("price", "quantity") if name in orders]
    numbers = [c.astype(np.int64) for c in columns if isinstance(c, np.ndarray)]
    if len(numbers) < 2:
        return 0
    price, quantity = numbers
    sound = (price > 0) & (price <= PRICE_MAX) & (quantity > 0) & (quantity <= QUANTITY_MAX)
    return sum_of_products(price[sound], quantity[sound])


def _compared(value: Any) -> Any:
    """The same value as plain maps and lists, without fields and columns that are not compared."""
    if isinstance(value, Columns):
        return Columns({n: value.column(n) for n in value.names if n not in NOT_COMPARED})
    if isinstance(value, Struct):
        kept = {n: getattr(value, n) for n in value.__struct_fields__ if n not in NOT_COMPARED}
        return {**_compared(kept), "": type(value).__name__}
    if isinstance(value, dict):
        return {name: _compared(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_compared(item) for item in value]
    return value
