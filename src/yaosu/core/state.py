"""All that is known, one table a floor, and the bytes and hash it stands in."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Raw, Struct, defstruct, field

from yaosu.access import limits
from yaosu.access.state import AccessState
from yaosu.cases import flow
from yaosu.cases.state import CasesState
from yaosu.core.dues import Dues
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.packed import IN_USE, Packed
from yaosu.ledger.state import Book
from yaosu.markets import credit, listing, negotiated, posted, promised
from yaosu.markets import decide as markets
from yaosu.markets.listing_sealed import sealed_listings
from yaosu.markets.sealed import bids_waiting
from yaosu.markets.state import MarketsState
from yaosu.parties.state import PartiesState
from yaosu.places.state import PlacesState
from yaosu.quarantine import QuarantineState
from yaosu.returns.state import ReturnsState
from yaosu.rights.index_set import Indexes
from yaosu.rights.state import DERIVED, ENTRIES_IN_USE, RightsState
from yaosu.rights.values import Promise, RegisterEntry, Right, Unit
from yaosu.rules.overlay import rules_digest
from yaosu.rules.state import RulesState
from yaosu.settlement import decide as settlement
from yaosu.settlement import loans
from yaosu.settlement import promised as awaited
from yaosu.settlement.state import SettlementState


class State(Struct, dict=True):
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
    cases: CasesState = field(default_factory=CasesState)
    rights: RightsState = field(default_factory=RightsState)
    access: AccessState = field(default_factory=AccessState)
    markets: MarketsState = field(default_factory=MarketsState)
    settlement: SettlementState = field(default_factory=SettlementState)
    returns: ReturnsState = field(default_factory=ReturnsState)
    rows: dict[str, int] = field(default_factory=dict)
    quarantine: QuarantineState = field(default_factory=QuarantineState)

    @cached_property
    def dues(self) -> Dues:
        """What is due by time, soonest first; no state."""
        return Dues()

    def reserved_lots(self, right: str) -> int:
        """Lots of a right on offer in a book or promised in a contract at its gates."""
        offered = sum(market.offered.get(right, 0) for market in self.markets.markets.values())
        offered += self.markets.listings.offered.get(right, 0)
        return offered + sum(lots.get(right, 0) for lots in self.markets.committed.values())

    def promises(self) -> Callable[[str], list[Promise]]:
        """Looks up what a party has ordered, bid for and agreed on, and what is not performed."""
        in_markets, settlement = promised.Promised(self), self.settlement

        def promises_of(party: str) -> list[Promise]:
            found = in_markets.by(party)
            if party in settlement.waiting_sums.of:
                found += awaited.promises_of(self, party)
            if party in settlement.loans_of:
                found += awaited.loans_by(self, party)
            return found

        return promises_of

    def check_limits(
        self, asked: Sequence[Promise], before: Mapping[str, Sequence[Promise]] | None = None
    ) -> None:
        """Refuse what would take a party beyond a limit."""
        limits.check_limits(self, asked, before)

    def waiting_for_key(self, data_key: str) -> list[str]:
        """Sealed bids and terms that only this key opens."""
        return [*bids_waiting(self, data_key), *sealed_listings(self, data_key)]

    def blockers(self, party: str) -> list[str]:
        """What keeps a party from leaving: open cases, open orders, contracts not performed."""
        return [
            *flow.open_cases_of(self, party),
            *(f"order {name}" for name in markets.open_orders_of(self, party)),
            *(f"listing {name}" for name in listing.open_listings_of(self, party)),
            *(f"offer {name}" for name in posted.posted_offers_of(self, party)),
            *(f"deal {name}" for name in negotiated.deals_of(self, party)),
            *(f"loan request {name}" for name in credit.open_requests_of(self, party)),
            *(f"loan {name}" for name in loans.open_loans_of(self, party)),
            *(f"contract {name}" for name in settlement.open_contracts_of(self, party)),
        ]


FLOORS = tuple(name for name in State.__struct_fields__ if name not in ("now", "cause"))
# the state as its bytes say it: the books are columns there, and the large tables of the register
# are not read one by one
LARGE_TABLES: dict[str, Any] = {"units": Unit, "rights": Right, "entries": RegisterEntry}
PAGES_IN_USE = {"entries": ENTRIES_IN_USE}
KeptRights: Any = defstruct(
    "KeptRights",
    [
        (name, dict[str, Raw] if name in LARGE_TABLES else RightsState.__annotations__[name])
        for name in RightsState.__struct_fields__
        if name not in DERIVED
    ],
)
KEPT: dict[str, Any] = {"ledger": Columns, "rights": KeptRights}
KeptState: Any = defstruct(
    "KeptState", [(name, KEPT.get(name, State.__annotations__[name])) for name in FLOORS]
)


def state_hash(state: State) -> bytes:
    """SHA-256 over the canonical bytes of every floor's table and of the counts of rows."""
    return canonical.digest(state_bytes(state))


def state_bytes(state: State) -> bytes:
    """The canonical bytes of every floor's table: all of the state that outlives an entry."""
    return canonical.encode({name: getattr(state, name) for name in FLOORS})


def state_of(data: bytes) -> State:
    """The state behind :func:`state_bytes` of a build of the same shape."""
    kept = canonical.decode(data, KeptState)
    state = state_without_tables(kept)
    units, rights, entries = (_packed_from(getattr(kept.rights, n), n) for n in LARGE_TABLES)
    state.rights.hold(units, rights, entries, Indexes.of(rights, units))
    return state


def _packed_from(written: Mapping[str, Raw], name: str) -> Packed[Any]:
    """A table as it is written, whose rows are not read for it."""
    table: Packed[Any] = Packed(LARGE_TABLES[name], PAGES_IN_USE.get(name, IN_USE))
    table.add_many(list(written), list(written.values()))
    return table


def state_without_tables(kept: Any) -> State:
    """The state, but with nothing in its large tables."""
    floors = {name: getattr(kept, name) for name in FLOORS}
    fields = {n: getattr(kept.rights, n) for n in KeptRights.__struct_fields__}
    register = RightsState(**{n: {} if n in LARGE_TABLES else v for n, v in fields.items()})
    return State(**floors | {"ledger": Book.of(floors["ledger"]), "rights": register})


def rules_in_force(state: State) -> bytes:
    """Digest of the rules in force now: the rule version of an entry."""
    return rules_digest(state)
