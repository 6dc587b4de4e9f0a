"""What is measured on each side of a replay, the recorded and the replayed, as events go by.

Neither side needs a state of its own: clearings, payouts and payments are read from the events.
What both sides know of parties, units and markets is kept once.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from yaosu.core import State
from yaosu.kernel.words import Event
from yaosu.ledger.events import Account, Posted
from yaosu.ledger.state import net_of
from yaosu.markets.events import (
    BookClosed,
    ListingOpened,
    MarketCleared,
    MarketOpened,
    TradesMade,
)
from yaosu.parties.events import PartyRegistered, VenueFounded
from yaosu.parties.values import Party
from yaosu.returns.events import IncomeShared
from yaosu.rights.events import UnitRegistered
from yaosu.settlement.events import ContractMade, ContractPerformed, ContractVoided
from yaosu.settlement.state import WAITING

NOT_STATED = ""  # a region that a party does not state


class Group(Struct, frozen=True, order=True):
    """Who is paid: kind of party, region and factor.

    Attributes:
        source: ``income`` (payouts under a rule), ``sales`` (received for lots, and for the use of
            links) or ``purchases`` (paid for lots, below zero).
        kind: kind of the party.
        region: of the unit that earned the income; in trade the party's own fact ``region``.
        factor: of the unit; in trade of the market.
    """

    source: str
    kind: str
    region: str
    factor: str


class Who(Struct):
    """What is known of parties, units and markets, from the events of both sides.

    Attributes:
        kinds, homes: kind and region of each party.
        regions: of each unit.
        factors, tick_minor: of each market; factors of each listing, too.
        currency, minor_digits: of the venue.
        offices: operator and authority, who act for others.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)
    tick_minor: dict[str, int] = field(default_factory=dict)
    currency: str = ""
    minor_digits: int = 0
    offices: tuple[str, ...] = ()

    def begin(self, state: State) -> None:
        """Know what a state knows."""
        for party in state.parties.parties.values():
            self._take_party(party)
        for unit in state.rights.units.values():
            self.regions[unit.id] = unit.region
        for market in state.markets.markets.values():
            self.factors[market.market] = market.factor
            self.tick_minor[market.market] = market.trading.tick_minor
        for name, listing in state.markets.listings.listings.items():
            self.factors[name] = listing.head.factor
        venue = state.parties.venue
        if venue is not None:
            self.currency, self.minor_digits = venue.currency, venue.minor_digits
            self.offices = (venue.operator, venue.authority)

    def take(self, event: Event) -> None:
        """Learn from an event of either side."""
        match event:
            case PartyRegistered():
                self._take_party(event.party)
            case UnitRegistered():
                self.regions[event.unit.id] = event.unit.region
            case MarketOpened():
                self.factors[event.market] = event.factor
                self.tick_minor[event.market] = event.trading.tick_minor
            case ListingOpened():
                self.factors[event.head.listing] = event.head.factor
            case VenueFounded():
                self.currency = event.venue.currency
                self.minor_digits = event.venue.minor_digits
                self.offices = (event.venue.operator, event.venue.authority)

    def _take_party(self, party: Party) -> None:
        self.kinds[party.id] = party.kind
        self.homes[party.id] = str(party.facts.get("region", NOT_STATED))


class Traded(Struct):
    """What traded as orders arrived, in one book over the period: lots, and price times lots."""

    lots: int = 0
    value: int = 0


TradedBy = dict[tuple[str, str, str], Traded]  # by market, instrument, region


class Side:
    """One side: its clearings, its money by group, the contracts it has still to perform.

    Attributes:
        clearings: ``market/round`` -> the clearing of that round.
        money: group -> currency -> minor units received, less paid.
        unpriced: ``market/round`` of each book that is closed and not cleared yet.
        traded: (market, instrument, region) -> what traded there as orders arrived.
    """

    def __init__(self, who: Who) -> None:
        self._who = who
        self._made: dict[str, ContractMade] = {}
        self.clearings: dict[str, MarketCleared] = {}
        self.money: dict[Group, dict[str, int]] = {}
        self.unpriced: set[str] = set()
        self.traded: TradedBy = {}

    def begin(self, state: State) -> None:
        """Contracts at their gates and books unpriced when the period begins."""
        for market in state.markets.markets.values():
            if market.closed_as is not None:
                self.unpriced.add(f"{market.market}/{market.round}")
        for name in sorted(state.settlement.waiting):
            contract = state.settlement.contracts[name]
            if contract.state == WAITING:
                self._made[name] = contract.made

    def take(self, event: Event) -> None:
        """Measure what an event says."""
        match event:
            case BookClosed():
                self.unpriced.add(f"{event.market}/{event.round}")
            case MarketCleared():
                self.clearings[f"{event.market}/{event.round}"] = event
                self.unpriced.discard(f"{event.market}/{event.round}")
            case TradesMade():
                self._trade(event)
            case IncomeShared():
                self._pay_income(event)
            case ContractMade():
                self._made[event.contract] = event
            case ContractPerformed():
                self._pay_trade(self._made.pop(event.contract))
            case ContractVoided():
                self._made.pop(event.contract, None)

    def _trade(self, event: TradesMade) -> None:
        for row in event.trades.iterate():
            key = (event.market, row["instrument"], row["region"])
            traded = self.traded.setdefault(key, Traded())
            traded.lots += row["lots"]
            traded.value += row["price"] * row["lots"]

    def _pay_income(self, event: IncomeShared) -> None:
        who = self._who
        for row in event.payouts.iterate():
            group = Group(
                "income", who.kinds[row["party"]], who.regions[row["unit"]], row["factor"]
            )
            self._add(group, event.currency, row["amount"])

    def _pay_trade(self, made: ContractMade) -> None:
        who = self._who
        for row in made.money.iterate():
            party = row["party"]
            source = "sales" if row["amount"] > 0 else "purchases"
            group = Group(source, who.kinds[party], who.homes[party], who.factors[made.market])
            self._add(group, made.currency, row["amount"])

    def _add(self, group: Group, currency: str, amount: int) -> None:
        mine = self.money.setdefault(group, {})
        mine[currency] = mine.get(currency, 0) + amount


class Moved:
    """The books of the replayed side less those of the recorded, by account; nothing is zero."""

    def __init__(self) -> None:
        self.accounts: dict[Account, int] = {}

    def take(self, events: Iterable[Event], sign: int) -> None:
        """Add what events post, +1 for the replayed side and -1 for the recorded."""
        for account, amount in net_of_events(events):
            rest = self.accounts.get(account, 0) + sign * amount
            if rest:
                self.accounts[account] = rest
            else:
                self.accounts.pop(account, None)


def net_of_events(events: Iterable[Event]) -> Iterator[tuple[Account, int]]:
    """What events post, account by account; an account may come more than once."""
    for event in events:
        if isinstance(event, Posted):
            yield from net_of(event.postings)
