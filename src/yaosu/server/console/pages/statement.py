"""A statement of one party: what it has and has on offer now, what was traded and posted when."""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from yaosu.engine.recovery import events_of
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse
from yaosu.ledger.events import Posted
from yaosu.server.console.numbers import HERE
from yaosu.server.console.pages.desk import DeskPage
from yaosu.settlement.events import ContractMade

ENTRIES_MAX = 50_000  # looked through for one statement
ROWS_MAX = 20_000
SECOND = 1_000_000
YEAR_MIN, YEAR_MAX = 1990, 2200
Stretch = tuple[date, date]


class Trade(Struct, frozen=True, kw_only=True):
    """What one contract gave the party: lots in or out, and what it pays (negative) or gets."""

    entry: int
    instant: int
    contract: str
    market: str
    instrument: str
    bought: int
    sold: int
    amount: int


class Posting(Struct, frozen=True, kw_only=True):
    """One posting to an account of the party: smallest units of the asset, signed."""

    entry: int
    instant: int
    batch: str
    asset: str
    purpose: str
    amount: int


class Statement(Struct, frozen=True, kw_only=True):
    """The statement of a party for a stretch of days, both included.

    Attributes:
        desk: what stands now.
        is_cut: there is more in these days than is shown.
        entries: of the journal, up to which it tells.
    """

    desk: DeskPage
    begins: date
    ends: date
    trades: tuple[Trade, ...]
    postings: tuple[Posting, ...]
    is_cut: bool
    entries: int


def stretch_of(begins: str, ends: str, now: int) -> Stretch:
    """Days from text such as 2026-11-01; left out, the month of ``now`` up to today.

    Raises:
        Refusal: ``server.bad_query``.
    """
    today = datetime.fromtimestamp(now // SECOND, UTC).astimezone(HERE).date()
    last = _day("to", ends) if ends else today
    first = _day("from", begins) if begins else last.replace(day=1)
    if last < first:
        refuse("server.bad_query", name="to", value=ends, reason="it lies before the first day")
    return first, last


def statement(store: Store, desk: DeskPage, days: Stretch, size: int) -> Statement:
    """Read from the journal what happened to the party in those days.

    Args:
        store: its entries. size: how many of them count.

    Cost: O(log n) to find the days, then one reading of their entries, ``ENTRIES_MAX`` at most.
    """
    first, end = (_place(store, size, _midnight(day)) for day in (days[0], _next(days[1])))
    last = min(end, first + ENTRIES_MAX)
    trades: list[Trade] = []
    postings: list[Posting] = []
    party, mark = desk.party, desk.party.encode()
    if party and first < last:
        for entry in store.read(first, last - 1):
            if mark not in entry.events:  # an id stands in the bytes as it is
                continue
            for event in events_of(entry):
                match event:
                    case Posted(batch=batch, postings=table):
                        postings += _postings(entry, batch, table, party)
                    case ContractMade():
                        trades += _trades(entry, event, party)
    return Statement(
        desk=desk,
        begins=days[0],
        ends=days[1],
        trades=tuple(trades[:ROWS_MAX]),
        postings=tuple(postings[:ROWS_MAX]),
        is_cut=last < end or max(len(trades), len(postings)) > ROWS_MAX,
        entries=size,
    )


def _postings(entry: Entry, batch: str, table: Columns, party: str) -> list[Posting]:
    names = table.text("party")
    return [
        Posting(
            entry=entry.header.sequence,
            instant=entry.header.instant,
            batch=batch,
            asset=row["asset"],
            purpose=row["purpose"],
            amount=row["amount"],
        )
        for row in table.take(names.codes == names.code_of(party)).iterate()
    ]


def _trades(entry: Entry, made: ContractMade, party: str) -> list[Trade]:
    lots: dict[str, list[int]] = {}
    for row in made.trades.iterate():
        for side, name in enumerate(("buyer", "seller")):
            if row[name] == party:
                lots.setdefault(row.get("instrument", made.instrument), [0, 0])[side] += row["lots"]
    paid = sum(row["amount"] for row in made.money.iterate() if row["party"] == party)
    return [
        Trade(
            entry=entry.header.sequence,
            instant=entry.header.instant,
            contract=made.contract,
            market=made.market,
            instrument=instrument,
            bought=bought,
            sold=sold,
            amount=paid if number == 0 else 0,  # of the contract as a whole: told once
        )
        for number, (instrument, (bought, sold)) in enumerate(sorted(lots.items()))
    ]


def _place(store: Store, size: int, instant: int) -> int:
    """The first of ``size`` entries that was stamped at an instant or later."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        header = next(iter(store.read(middle, middle))).header
        low, high = (middle + 1, high) if header.instant < instant else (low, middle)
    return low


def _midnight(day: date) -> int:
    """The instant at which a day begins in civil time."""
    begins = datetime(day.year, day.month, day.day, tzinfo=HERE)
    return int(begins.timestamp()) * SECOND


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text[:40])
    except ValueError:
        day = date.min
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        refuse("server.bad_query", name=name, value=text[:40], reason="a day is YYYY-MM-DD")
    return day
