"""The machine: command -> decide, event -> evolve, event -> what follows. Pure.

Three literal tables are the table of contents of the whole system. What follows from what is
read here, not found by a scan.
"""

from collections.abc import Callable
from typing import Any, Union

from msgspec import Struct, defstruct, field

from yaosu import quarantine
from yaosu.access import commands as access_commands
from yaosu.access import decide as access
from yaosu.access import events as access_events
from yaosu.access.state import AccessState
from yaosu.access.state import evolve as evolve_access
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal, declare, refuse_unless
from yaosu.kernel.shape import shape_of
from yaosu.kernel.words import Command, Event
from yaosu.ledger.events import Posted
from yaosu.ledger.state import Book
from yaosu.ledger.state import evolve as evolve_ledger
from yaosu.markets import commands as markets_commands
from yaosu.markets import decide as markets
from yaosu.markets import events as markets_events
from yaosu.markets import trading_phases
from yaosu.markets.sealed import bids_waiting, check_may_open
from yaosu.markets.state import MarketsState
from yaosu.markets.state import evolve as evolve_markets
from yaosu.parties import commands as parties_commands
from yaosu.parties import decide as parties
from yaosu.parties import events as parties_events
from yaosu.parties.commands import FoundVenue
from yaosu.parties.sealed_data import check_plain
from yaosu.parties.state import PartiesState
from yaosu.parties.state import evolve as evolve_parties
from yaosu.places import commands as places_commands
from yaosu.places import decide as places
from yaosu.places import events as places_events
from yaosu.places.state import PlacesState
from yaosu.places.state import evolve as evolve_places
from yaosu.quarantine import QuarantineState
from yaosu.returns import commands as returns_commands
from yaosu.returns import decide as returns
from yaosu.returns import events as returns_events
from yaosu.returns.state import ReturnsState
from yaosu.returns.state import evolve as evolve_returns
from yaosu.rights import commands as rights_commands
from yaosu.rights import decide as rights
from yaosu.rights import events as rights_events
from yaosu.rights.state import RightsState
from yaosu.rights.state import evolve as evolve_rights
from yaosu.rows import count_rows, party_key
from yaosu.rules import commands as rules_commands
from yaosu.rules import decide as rules
from yaosu.rules import events as rules_events
from yaosu.rules.overlay import rules_digest
from yaosu.rules.state import RulesState
from yaosu.rules.state import evolve as evolve_rules
from yaosu.settlement import commands as settlement_commands
from yaosu.settlement import decide as settlement
from yaosu.settlement import events as settlement_events
from yaosu.settlement.state import SettlementState, next_due
from yaosu.settlement.state import evolve as evolve_settlement

DECIDE_VERSION = 2  # raised whenever the same command may be decided otherwise than before
CHAIN_MAX = 32  # reactions to reactions; deeper is an error of ours
ENGINE = "engine"
ENGINE_KEY = party_key(ENGINE)
FOUNDER = "founder"
ANYONE = ("anyone",)  # any registered party
EXOGENOUS = "exogenous"  # would be asked under any rule: register, offer, income
RESPONSE = "response"  # answers what the market did: clear, pay, cancel, sanction

REFUSALS = declare(
    {
        "core.unknown_actor": (
            "{actor} is not a registered party",
            "register it first (RegisterParty)",
        ),
        "core.role_needed": (
            "{actor} may not ask for {command}; it needs the role {roles}",
            "have the role granted (GrantRole), or ask a party that has it",
        ),
        "core.engine_only": (
            "{command} is made by the engine itself",
            "leave it out; the engine does it when it is due",
        ),
    }
)


class AdvanceTime(Command, frozen=True, tag="core.advance_time"):
    """Let everything due by the instant of this entry happen; made by the engine."""


class RecordStateHash(Command, frozen=True, tag="core.record_state_hash"):
    """Put the hash of the state on record; made by the engine."""


def state_hash_command(sequence: int) -> RecordStateHash:
    """The one form of the command that is entry ``sequence``: so its digest tells what it is."""
    return RecordStateHash(actor=ENGINE, key=f"state-hash-{sequence}")


class ContinueJournal(Command, frozen=True, tag="core.continue_journal"):
    """Go on in a copy of the journal, in the place of its original; made by the engine.

    Attributes:
        original: name of the store that was written before, as it was known there.
        entries: how many entries the copy has of it.
        incarnation: 2 for the first copy that goes on, 3 for a copy that goes on after that one.
        statement: what the operator states about the original, in words.
        draw: drawn at random, so that two copies never go on in the same way.
    """

    original: str
    entries: int
    incarnation: int
    statement: str
    draw: str


class Refused(Event, frozen=True, tag="core.refused/1"):
    """The command was refused; nothing else happened."""

    code: str
    facts: dict[str, str | int | bool]


class TimeAdvanced(Event, frozen=True, tag="core.time_advanced/1"):
    """The clock passed an instant at which something was due."""

    instant: int


class StateHashed(Event, frozen=True, tag="core.state_hashed/1"):
    """The state before this entry had this hash (SHA-256 of its canonical bytes).

    Attributes:
        state_bytes: how many bytes were hashed.
        shape: of the state as the writer's build has it; only a build of the same shape can hash
            the same bytes.
    """

    state_hash: bytes
    state_bytes: int
    shape: bytes


class JournalContinued(Event, frozen=True, tag="core.journal_continued/1"):
    """From here on a copy is the journal; see :class:`ContinueJournal`."""

    original: str
    entries: int
    incarnation: int
    statement: str
    draw: str


class State(Struct):
    """All that is known, one table a floor. Belongs to the writer; changed by ``evolve`` alone.

    Attributes:
        now: instant of the entry being decided.
        cause: hex digest of (actor, key) of the command being decided.
        rows: key of a party (hex) -> how many rows of the journal are its own; see rows.py.
    """

    now: int = 0
    cause: str = ""
    ledger: Book = field(default_factory=Book)
    places: PlacesState = field(default_factory=PlacesState)
    rules: RulesState = field(default_factory=RulesState)
    parties: PartiesState = field(default_factory=PartiesState)
    rights: RightsState = field(default_factory=RightsState)
    access: AccessState = field(default_factory=AccessState)
    markets: MarketsState = field(default_factory=MarketsState)
    settlement: SettlementState = field(default_factory=SettlementState)
    returns: ReturnsState = field(default_factory=ReturnsState)
    rows: dict[str, int] = field(default_factory=dict)
    quarantine: QuarantineState = field(default_factory=QuarantineState)

    def reserved_lots(self, right: str) -> int:
        """Lots of a right on offer in a book or promised in a contract at its gates."""
        offered = sum(market.offered.get(right, 0) for market in self.markets.markets.values())
        return offered + sum(lots.get(right, 0) for lots in self.markets.committed.values())

    def waiting_for_key(self, data_key: str) -> list[str]:
        """Sealed bids that only this key opens."""
        return bids_waiting(self, data_key)

    def blockers(self, party: str) -> list[str]:
        """What keeps a party from leaving: open orders, and contracts not yet performed."""
        return [
            *(f"order {name}" for name in markets.open_orders_of(self, party)),
            *(f"contract {name}" for name in settlement.open_contracts_of(self, party)),
        ]


FLOORS = tuple(name for name in State.__struct_fields__ if name not in ("now", "cause"))
# the state as its bytes say it: the books are columns there
KeptState: Any = defstruct(
    "KeptState",
    [(name, Columns if name == "ledger" else State.__annotations__[name]) for name in FLOORS],
)


class Row(Struct, frozen=True):
    """One row of the command table: who decides it, who may ask it, what it is in a replay."""

    decide: Callable[[State, Any], list[Event]]
    roles: tuple[str, ...]
    kind: str


class Outcome(Struct, frozen=True):
    """What came of a command: all events in order; with a refusal, only that it was refused."""

    events: list[Event]
    refusal: Refusal | None = None


def advance_time(state: State, command: AdvanceTime) -> list[Event]:
    """Everything due by now happens, in (due, id) order."""
    return [
        TimeAdvanced(instant=state.now),
        *settlement.pass_gates(state, state.now),
        *trading_phases.pass_time(state),
    ]


def record_state_hash(state: State, command: RecordStateHash) -> list[Event]:
    """The hash of the state as it stands."""
    data = state_bytes(state)
    hashed = canonical.digest(data)
    return [StateHashed(state_hash=hashed, state_bytes=len(data), shape=shape_of(State))]


def continue_journal(state: State, command: ContinueJournal) -> list[Event]:
    """What the operator stated, on record."""
    return [
        JournalContinued(
            original=command.original,
            entries=command.entries,
            incarnation=command.incarnation,
            statement=command.statement,
            draw=command.draw,
        )
    ]


COMMANDS: dict[type[Command], Row] = {
    AdvanceTime: Row(advance_time, (ENGINE,), RESPONSE),
    ContinueJournal: Row(continue_journal, (ENGINE,), RESPONSE),
    RecordStateHash: Row(record_state_hash, (ENGINE,), RESPONSE),
    quarantine.QuarantineCommand: Row(quarantine.decide_quarantine_command, (ENGINE,), RESPONSE),
    quarantine.ReleaseCommand: Row(quarantine.decide_release_command, ("operator",), RESPONSE),
    FoundVenue: Row(parties.decide_found_venue, (FOUNDER,), EXOGENOUS),
    places_commands.DefineRegions: Row(
        places.decide_define_regions, ("authority", "operator"), EXOGENOUS
    ),
    places_commands.DefineLinks: Row(
        places.decide_define_links, ("authority", "operator"), EXOGENOUS
    ),
    places_commands.DefineZone: Row(places.decide_define_zone, ("authority",), EXOGENOUS),
    places_commands.DefineCalendar: Row(
        places.decide_define_calendar, ("authority", "operator"), EXOGENOUS
    ),
    rules_commands.AdoptRules: Row(rules.decide_adopt_rules, ("authority",), EXOGENOUS),
    parties_commands.NameKey: Row(parties.decide_name_key, ("authority", "operator"), EXOGENOUS),
    parties_commands.RegisterParty: Row(
        parties.decide_register_party, ("operator", "registrar"), EXOGENOUS
    ),
    parties_commands.SealData: Row(parties.decide_seal_data, ANYONE, EXOGENOUS),
    parties_commands.EraseKey: Row(parties.decide_erase_key, ANYONE, EXOGENOUS),
    parties_commands.GrantRole: Row(
        parties.decide_grant_role, ("operator", "authority"), EXOGENOUS
    ),
    parties_commands.EndRole: Row(parties.decide_end_role, ("operator", "authority"), EXOGENOUS),
    parties_commands.IssueAttestation: Row(parties.decide_issue_attestation, ANYONE, EXOGENOUS),
    parties_commands.WithdrawAttestation: Row(
        parties.decide_withdraw_attestation, ANYONE, EXOGENOUS
    ),
    rights_commands.AdoptProfile: Row(rights.decide_adopt_profile, ("authority",), EXOGENOUS),
    rights_commands.RegisterRight: Row(rights.decide_register_right, ("registrar",), EXOGENOUS),
    rights_commands.GrantUse: Row(rights.decide_grant_use, ANYONE, EXOGENOUS),
    rights_commands.TransferTitle: Row(rights.decide_transfer_title, ANYONE, EXOGENOUS),
    rights_commands.FreezeRight: Row(
        rights.decide_freeze_right, ("authority", "registrar"), EXOGENOUS
    ),
    rights_commands.PledgeRight: Row(rights.decide_pledge_right, ANYONE, EXOGENOUS),
    rights_commands.EnterObjection: Row(rights.decide_enter_objection, ANYONE, EXOGENOUS),
    rights_commands.EnterPriorityNotice: Row(
        rights.decide_enter_priority_notice, ANYONE, EXOGENOUS
    ),
    rights_commands.ReleaseRight: Row(rights.decide_release_right, ANYONE, EXOGENOUS),
    access_commands.ApplyForAdmission: Row(access.decide_apply_for_admission, ANYONE, EXOGENOUS),
    access_commands.SuspendAdmission: Row(
        access.decide_suspend_admission, ("supervisor",), RESPONSE
    ),
    access_commands.ReinstateAdmission: Row(
        access.decide_reinstate_admission, ("supervisor",), RESPONSE
    ),
    access_commands.LeaveMarket: Row(access.decide_leave_market, ANYONE, RESPONSE),
    markets_commands.OpenMarket: Row(markets.decide_open_market, ("operator",), EXOGENOUS),
    markets_commands.SubmitOrders: Row(markets.decide_submit_orders, ANYONE, EXOGENOUS),
    markets_commands.SubmitSealedOrders: Row(
        markets.decide_submit_sealed_orders, ANYONE, EXOGENOUS
    ),
    markets_commands.OpenBids: Row(markets.decide_open_bids, ANYONE, RESPONSE),
    markets_commands.OfferRight: Row(markets.decide_offer_right, ANYONE, EXOGENOUS),
    markets_commands.RegisterAndOffer: Row(
        markets.decide_register_and_offer, ("registrar",), EXOGENOUS
    ),
    markets_commands.CancelOrders: Row(markets.decide_cancel_orders, ANYONE, RESPONSE),
    markets_commands.CloseBook: Row(markets.decide_close_book, ("operator",), EXOGENOUS),
    markets_commands.HaltTrading: Row(
        markets.decide_halt_trading, ("operator", "supervisor"), RESPONSE
    ),
    markets_commands.ResumeTrading: Row(
        markets.decide_resume_trading, ("operator", "supervisor"), RESPONSE
    ),
    markets_commands.ChangePhase: Row(
        markets.decide_change_phase, ("operator", "supervisor"), EXOGENOUS
    ),
    markets_commands.RecordClearing: Row(markets.decide_record_clearing, ("operator",), RESPONSE),
    markets_commands.SetTradePrice: Row(markets.decide_set_trade_price, ANYONE, EXOGENOUS),
    settlement_commands.RecordDeposit: Row(
        settlement.decide_record_deposit, ("operator",), EXOGENOUS
    ),
    settlement_commands.RecordWithdrawal: Row(
        settlement.decide_record_withdrawal, ("operator",), RESPONSE
    ),
    settlement_commands.VoidContract: Row(
        settlement.decide_void_contract, ("authority",), RESPONSE
    ),
    returns_commands.ShareIncome: Row(returns.decide_share_income, ANYONE, EXOGENOUS),
}

# event -> the floor whose state takes it in; OWN_EVENTS change nothing
EVOLVE: dict[type[Event], tuple[str, Callable[[Any, Any], None]]] = {
    Posted: ("ledger", evolve_ledger),
    quarantine.CommandQuarantined: ("quarantine", quarantine.evolve),
    quarantine.CommandReleased: ("quarantine", quarantine.evolve),
    places_events.RegionsDefined: ("places", evolve_places),
    places_events.LinksDefined: ("places", evolve_places),
    places_events.ZoneDefined: ("places", evolve_places),
    places_events.CalendarDefined: ("places", evolve_places),
    rules_events.RulesAdopted: ("rules", evolve_rules),
    parties_events.VenueFounded: ("parties", evolve_parties),
    parties_events.KeyNamed: ("parties", evolve_parties),
    parties_events.PartyRegistered: ("parties", evolve_parties),
    parties_events.DataSealed: ("parties", evolve_parties),
    parties_events.KeyErased: ("parties", evolve_parties),
    parties_events.RoleGranted: ("parties", evolve_parties),
    parties_events.RoleEnded: ("parties", evolve_parties),
    parties_events.AttestationIssued: ("parties", evolve_parties),
    parties_events.AttestationWithdrawn: ("parties", evolve_parties),
    rights_events.ProfileAdopted: ("rights", evolve_rights),
    rights_events.UnitRegistered: ("rights", evolve_rights),
    rights_events.RightRegistered: ("rights", evolve_rights),
    rights_events.TitleMoved: ("rights", evolve_rights),
    rights_events.RightBurdened: ("rights", evolve_rights),
    rights_events.BurdenReleased: ("rights", evolve_rights),
    access_events.PartyAdmitted: ("access", evolve_access),
    access_events.AdmissionSuspended: ("access", evolve_access),
    access_events.AdmissionReinstated: ("access", evolve_access),
    access_events.MarketLeft: ("access", evolve_access),
    markets_events.MarketOpened: ("markets", evolve_markets),
    markets_events.OrdersAccepted: ("markets", evolve_markets),
    markets_events.OrdersCancelled: ("markets", evolve_markets),
    markets_events.SealedOrdersAccepted: ("markets", evolve_markets),
    markets_events.SealedOrdersWithdrawn: ("markets", evolve_markets),
    markets_events.OpeningBegun: ("markets", evolve_markets),
    markets_events.SealedOrdersOpened: ("markets", evolve_markets),
    markets_events.BidsForfeited: ("markets", evolve_markets),
    markets_events.BookClosed: ("markets", evolve_markets),
    markets_events.MarketCleared: ("markets", evolve_markets),
    markets_events.TradesMade: ("markets", evolve_markets),
    markets_events.TradingHalted: ("markets", evolve_markets),
    markets_events.TradingResumed: ("markets", evolve_markets),
    markets_events.RoundEnded: ("markets", evolve_markets),
    markets_events.PhaseChanged: ("markets", evolve_markets),
    markets_events.BookMoved: ("markets", evolve_markets),
    markets_events.LotsEnded: ("markets", evolve_markets),
    markets_events.LotsCommitted: ("markets", evolve_markets),
    markets_events.LotsFreed: ("markets", evolve_markets),
    settlement_events.MoneyRecorded: ("settlement", evolve_settlement),
    settlement_events.ContractMade: ("settlement", evolve_settlement),
    settlement_events.GatesPassed: ("settlement", evolve_settlement),
    settlement_events.ContractPerformed: ("settlement", evolve_settlement),
    settlement_events.ContractVoided: ("settlement", evolve_settlement),
    settlement_events.LotsDelivered: ("settlement", evolve_settlement),
    returns_events.IncomeShared: ("returns", evolve_returns),
}

# event as it was once recorded -> the events that say the same today; kept for ever, with its
# struct, in the floor's old_events.py (docs/how-to/change-an-event.md)
UPCASTS: dict[type[Event], Callable[[Any], list[Event]]] = {}

# event -> what follows from it, in this order
REACTIONS: dict[type[Event], tuple[Callable[[State, Any], list[Event]], ...]] = {
    rights_events.RightBurdened: (
        markets.withdraw_blocked_orders,
        settlement.void_blocked_contracts,
    ),
    access_events.AdmissionSuspended: (trading_phases.end_suspended_orders,),
    markets_events.MarketCleared: (settlement.make_contracts,),
    markets_events.TradesMade: (settlement.make_trade_contracts,),
    settlement_events.ContractMade: (settlement.perform_if_due,),
    settlement_events.GatesPassed: (settlement.perform_after_gates,),
    settlement_events.LotsDelivered: (settlement.title_follows,),
}

# command -> what is asked at the door, before anything is recorded: secrets that came in plain
UNRECORDED: dict[type[Command], Callable[[State, Any], object]] = {
    parties_commands.RegisterParty: check_plain,
    markets_commands.OpenBids: check_may_open,
}

OWN_EVENTS = (Refused, TimeAdvanced, StateHashed, JournalContinued)
AnyCommand: Any = Union[tuple(COMMANDS)]  # noqa: UP007  # built from the table
AnyEvent: Any = Union[(*EVOLVE, *OWN_EVENTS, *UPCASTS)]  # built from the tables


def process(state: State, command: Command, instant: int) -> Outcome:
    """Decide a command, take in its events and all that follows from them.

    Args:
        state: changed in place.
        command: checked at the door for canonical bytes.
        instant: stamped by the writer, microseconds UTC.

    Returns:
        Outcome: every event in order, or the refusal as one event.
    """
    state.now = instant
    state.cause = cause_of(command)
    row = COMMANDS[type(command)]
    try:
        _authorise(state, row, command)
        decided = row.decide(state, command)
    except Refusal as refusal:
        refused: list[Event] = [Refused(code=refusal.code, facts=refusal.facts)]
        count_rows(state.rows, asked_by(command.actor), refused)
        return Outcome(refused, refusal)
    done: list[Event] = []
    try:
        for event in decided:
            _apply(state, event, done, 0)
    except Refusal as refusal:
        # The state is half changed: nothing may be answered or recorded, the writer must stop.
        raise AssertionError(f"a reaction refused, which none may: {refusal}") from refusal
    state.ledger.assert_balanced()
    count_rows(state.rows, asked_by(command.actor), done)
    return Outcome(done)


def would_accept(state: State, command: Command, instant: int) -> bool:
    """Whether a command would be accepted; nothing is taken in."""
    state.now = instant
    state.cause = cause_of(command)
    row = COMMANDS[type(command)]
    try:
        _authorise(state, row, command)
        row.decide(state, command)
    except Refusal:
        return False
    return True


def apply_recorded(state: State, events: list[Event], instant: int, actor: bytes) -> None:
    """Take in the recorded events of an entry: recovery, where nothing is decided again.

    Args:
        state: changed in place.
        events: of the entry, also where it is a refused one.
        instant: of the entry.
        actor: key of who asked, as it stands in the header.
    """
    state.now = instant
    for event in events:
        for latest in as_today(event) if UPCASTS else (event,):
            _evolve(state, latest)
    state.ledger.assert_balanced()
    count_rows(state.rows, None if actor == ENGINE_KEY else actor, events)


def asked_by(actor: str) -> bytes | None:
    """The key of who asked; the engine is no party and has no rows."""
    return None if actor == ENGINE else party_key(actor)


def check_actor(state: State, command: Command) -> None:
    """Only registered parties are heard; the rest is refused at the door and not recorded.

    Neither is what may not stand in plain: a refused command would be an entry too.
    """
    refuse_unless(
        COMMANDS[type(command)].roles != (ENGINE,) and command.actor != ENGINE,
        "core.engine_only",
        command=type(command).__name__,
    )
    refuse_unless(
        command.actor in state.parties.parties
        or (command.actor == FOUNDER and state.parties.venue is None),
        "core.unknown_actor",
        actor=command.actor,
    )
    if type(command) in UNRECORDED:
        UNRECORDED[type(command)](state, command)


def cause_of(command: Command) -> str:
    """Hex digest of (actor, key): what derived ids of this command begin from."""
    return canonical.digest(canonical.encode([command.actor, command.key])).hex()


def state_hash(state: State) -> bytes:
    """SHA-256 over the canonical bytes of every floor's table and of the counts of rows."""
    return canonical.digest(state_bytes(state))


def state_bytes(state: State) -> bytes:
    """The canonical bytes of every floor's table: all of the state that outlives an entry."""
    return canonical.encode({name: getattr(state, name) for name in FLOORS})


def state_of(data: bytes) -> State:
    """The state behind :func:`state_bytes` of a build of the same shape."""
    kept = canonical.decode(data, KeptState)
    floors = {name: getattr(kept, name) for name in FLOORS}
    return State(**floors | {"ledger": Book.of(floors["ledger"])})


def rules_in_force(state: State) -> bytes:
    """Digest of the rules in force now: the rule version of an entry."""
    return rules_digest(state)


def refusal_of(event: Refused) -> Refusal:
    """The refusal behind a recorded one."""
    return Refusal(event.code, **event.facts)


def due_next(state: State) -> int | None:
    """The next instant at which something is due by time, or None."""
    due = (next_due(state.settlement), trading_phases.next_due(state.markets))
    return min((instant for instant in due if instant is not None), default=None)


def _authorise(state: State, row: Row, command: Command) -> None:
    if row.roles == (ENGINE,):
        assert command.actor == ENGINE, command
        return
    if row.roles in (ANYONE, (FOUNDER,)):
        return  # `found_venue` itself sees to it that there is one founding
    refuse_unless(
        any(parties.has_role(state, command.actor, role) for role in row.roles),
        "core.role_needed",
        actor=command.actor,
        command=type(command).__name__,
        roles=" or ".join(row.roles),
    )


def _apply(state: State, event: Event, done: list[Event], depth: int) -> None:
    assert depth <= CHAIN_MAX, f"reactions go on for ever at {event}"
    _evolve(state, event)
    done.append(event)
    for reaction in REACTIONS.get(type(event), ()):
        for following in reaction(state, event):
            _apply(state, following, done, depth + 1)


def as_today(event: Event) -> list[Event]:
    """What a recorded event says in the words of today; most say it as they stand."""
    upcast = UPCASTS.get(type(event))
    if upcast is None:
        return [event]
    return [latest for newer in upcast(event) for latest in as_today(newer)]


def _evolve(state: State, event: Event) -> None:
    if type(event) in OWN_EVENTS:
        return
    floor, evolve = EVOLVE[type(event)]
    evolve(getattr(state, floor), event)
