"""What has happened in settlement."""

import msgspec

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract waits for before its first obligation falls due.

    Attributes:
        kind: notice (a period must pass).
        until: instant at which the gate opens by itself, microseconds.
    """

    kind: str
    until: int


class MoneyRecorded(Event, frozen=True, tag="settlement.money_recorded/1"):
    """Money came in (positive) or went out (negative) over a rail."""

    party: str
    currency: str
    amount_minor: int
    rail: str
    reference: str


class ContractMade(Event, frozen=True, tag="settlement.contract_made/1"):
    """Trades of a round became a contract; what they need is held for it.

    Attributes:
        contract: its id.
        template: name of the template (``spot``, ``notice``).
        market: where it was traded.
        round: in which round.
        instrument: what was traded; empty where orders join several, which stand or fall
            together: then each trade names its own.
        currency: what is paid.
        gates: what it waits for; none means delivery against payment at once.
        trades: columns right, seller, buyer (text), lots, who gives what to whom; and
            instrument (text) where there are several.
        money: columns party (text), amount (minor units, signed): what each pays (negative) or
            receives; sums to zero.
        rules: digest of the rules under which it was traded.
    """

    contract: str
    template: str
    market: str
    round: int
    instrument: str
    currency: str
    gates: tuple[Gate, ...]
    trades: Columns
    money: Columns
    rules: bytes


class GatesPassed(Event, frozen=True, tag="settlement.gates_passed/1"):
    """Every gate of a contract is open."""

    contract: str


class ContractPerformed(Event, frozen=True, tag="settlement.contract_performed/1"):
    """Rights and money changed hands together; the contract is done."""

    contract: str


class ContractVoided(Event, frozen=True, tag="settlement.contract_voided/1"):
    """The contract ended at its gates; what was held went back."""

    contract: str
    reason: str


class LotsDelivered(Event, frozen=True, tag="settlement.lots_delivered/1"):
    """Lots of rights were delivered against payment; title follows.

    Attributes:
        contract: under which.
        trades: columns right, seller, buyer (text), lots.
    """

    contract: str
    trades: Columns
