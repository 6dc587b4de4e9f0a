"""What happened, kept for the pages: rounds of markets and steps of cases, by their entries.

The state knows today; a page also tells yesterday. The record is fed with every entry once, in
order, and keeps a few numbers of each round and where to find the rest in the journal.
"""

from collections import deque
from collections.abc import Iterable

from msgspec import Struct, field

from yaosu.cases import events as cases
from yaosu.journal.chain import Entry
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event, tag_of
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import (
    MarketCleared,
    MarketOpened,
    TradesAgreed,
    TradesMade,
)

CASE_EVENTS = (
    cases.AppealDecided,
    cases.CaseAppealed,
    cases.CaseApproved,
    cases.CaseCarriedOut,
    cases.CaseDue,
    cases.CaseEnded,
    cases.CaseFellThrough,
    cases.CaseFiled,
    cases.CaseFlagged,
    cases.DocumentsAdded,
    cases.ObjectionDecided,
    cases.ObjectionMade,
    cases.OwnerCommitmentBreached,
    cases.OwnerCommitmentGiven,
    cases.OwnerCommitmentMet,
    cases.StageCompleted,
    cases.StageOpened,
)
ROUNDS_KEPT = 500  # of a market; older ones are in the journal
TRADES_KEPT = 100  # of a market that trades as orders arrive


class Round(Struct):
    """One cleared round of a market, or the trades of one instant of a continuous one.

    Attributes:
        sequence: the entry that holds the clearing.
        prices: instrument -> region -> price, ticks; what did not trade is left out.
        lots: traded. turnover: price times lots, in ticks.
        book: the entries that built the book it was cleared from; empty where there was none.
    """

    number: int
    sequence: int
    instant: int
    prices: dict[str, dict[str, int]]
    lots: int
    turnover: int
    book: tuple[int, ...] = ()


class TradeLine(Struct, frozen=True):
    """One trade as anybody may see it; ``taker``: +1 the buyer came, -1 the seller, 0 neither."""

    sequence: int
    instant: int
    instrument: str
    region: str
    price: int
    lots: int
    taker: int


class MarketRecord(Struct):
    """The rounds of one market, oldest first, and the entries of the book that is open now.

    Attributes:
        trades: the last ones, newest last, where trades are made or agreed one by one.
    """

    rounds: deque[Round] = field(default_factory=lambda: deque(maxlen=ROUNDS_KEPT))
    building: list[int] = field(default_factory=list)
    opened: int = 0
    trades: deque[TradeLine] = field(default_factory=lambda: deque(maxlen=TRADES_KEPT))


class CaseLine(Struct, frozen=True):
    """What one entry did to a case: tags of its events; ``actor``: digest of who asked."""

    sequence: int
    instant: int
    actor: bytes
    events: tuple[str, ...]


class Record:
    """Fed with entries in order; read by the pages."""

    def __init__(self) -> None:
        self.markets: dict[str, MarketRecord] = {}
        self.cases: dict[str, list[CaseLine]] = {}
        self.size = 0

    def take(self, entry: Entry, events: Iterable[Event]) -> None:
        """Remember what the pages need of an entry."""
        self.size = entry.header.sequence + 1
        touched: dict[str, list[str]] = {}
        for event in events:
            self._take(event, entry.header.sequence, entry.header.instant)
            if isinstance(event, CASE_EVENTS):
                touched.setdefault(_case_of(event), []).append(tag_of(type(event)))
        for case, tags in touched.items():
            head = entry.header
            line = CaseLine(head.sequence, head.instant, head.actor, tuple(tags))
            self.cases.setdefault(case, []).append(line)

    def _take(self, event: Event, sequence: int, instant: int) -> None:
        market = getattr(event, "market", "")
        match event:
            case MarketOpened():
                self.markets[market] = MarketRecord(building=[sequence], opened=sequence)
            case MarketCleared():
                kept = self._of(market)
                found = round_of(event.round, sequence, instant, event.clearing)
                found.book = tuple(kept.building)
                kept.rounds.append(found)
                kept.building = [kept.opened]
            case TradesMade():
                kept = self._of(market)
                kept.rounds.append(_traded(event, sequence, instant))
                kept.trades.extend(_lines(event.trades, sequence, instant))
                kept.building = [kept.opened]
            case TradesAgreed():
                self._of(market).trades.extend(_lines(event.trades, sequence, instant))
            case _ if market in self.markets:  # orders, sealed or open, withdrawn, cancelled
                building = self.markets[market].building
                if building[-1:] != [sequence]:
                    building.append(sequence)

    def _of(self, market: str) -> MarketRecord:
        return self.markets.setdefault(market, MarketRecord())


def _case_of(event: Event) -> str:
    if isinstance(event, cases.CaseFiled):
        return event.filed.case
    return str(getattr(event, "case", ""))


def round_of(number: int, sequence: int, instant: int, clearing: Clearing) -> Round:
    """The few numbers of a clearing that lists and courses of prices show."""
    table, fills = clearing.prices, clearing.fills
    prices = _prices(table) if "price" in table else {}
    paid = _worth(fills) if "price" in fills else 0
    return Round(number, sequence, instant, prices, clearing.volume, paid // 2)  # both sides fill


def _prices(table: Columns) -> dict[str, dict[str, int]]:
    """The last price of each instrument and region; none where nothing traded."""
    prices: dict[str, dict[str, int]] = {}
    rows = (table.column(name).tolist() for name in ("instrument", "region", "price"))
    for instrument, region, price in zip(*rows, strict=True):
        if price is not None:
            prices.setdefault(str(instrument), {})[str(region)] = int(price)
    return prices


def _worth(table: Columns) -> int:
    rows = (table.column(name).tolist() for name in ("price", "lots"))
    return sum(int(price) * int(lots) for price, lots in zip(*rows, strict=True))


def _traded(event: TradesMade, sequence: int, instant: int) -> Round:
    trades = event.trades
    lots = int(trades["lots"].sum())
    return Round(event.round, sequence, instant, _prices(trades), lots, _worth(trades))


def _lines(trades: Columns, sequence: int, instant: int) -> list[TradeLine]:
    """The newest trades of an event; no more than are kept."""
    last = trades.take(slice(max(0, trades.rows - TRADES_KEPT), None))
    return [
        TradeLine(
            sequence,
            instant,
            row["instrument"],
            row["region"],
            row["price"],
            row["lots"],
            row.get("taker", 0),
        )
        for row in last.iterate()
    ]
