"""The state of returns: which incomes were shared, and what each party was paid so far."""

from typing import Protocol

from msgspec import Struct, field

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.returns.events import IncomeShared, ValueAddedShared
from yaosu.settlement.state import SettlementReach


class ReturnsState(Struct):
    """Incomes shared (id -> amount), and payouts by party and currency, minor units.

    Attributes:
        value_added: merged unit -> what of its value added was shared, minor units.
    """

    incomes: dict[str, int] = field(default_factory=dict)
    paid: dict[str, dict[str, int]] = field(default_factory=dict)
    value_added: dict[str, int] = field(default_factory=dict)


class ReturnsReach(SettlementReach, Protocol):
    """A decision that sees returns and everything below."""

    @property
    def returns(self) -> ReturnsState: ...


def evolve(state: ReturnsState, event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case IncomeShared():
            state.incomes[event.income] = event.amount_minor
            _pay_out(state, event.currency, event.payouts)
        case ValueAddedShared():
            state.value_added[event.unit] = event.amount_minor
            _pay_out(state, event.currency, event.payouts)


def _pay_out(state: ReturnsState, currency: str, payouts: Columns) -> None:
    for row in payouts.iterate():
        mine = state.paid.setdefault(row["party"], {})
        mine[currency] = mine.get(currency, 0) + row["amount"]
