"""A replay measured: six tables of recorded beside replayed, whole numbers throughout, one hash."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from yaosu.engine.replay import CLASSES, Group, Replayed
from yaosu.evaluation.replays.tables import TABLES
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.markets.events import MarketCleared

Row = tuple[Any, ...]
NO_ROUND = 0  # the round of what traded as orders arrived
BY = ("kind", "region", "factor")  # what payouts are grouped by


class Comparison(Struct, frozen=True, kw_only=True):
    """What a counterfactual comes to.

    Attributes:
        name: of the counterfactual.
        policy: how responses were made.
        placed, skipped: rule packs put in force and left out, as id@version.
        first, last: entries of the period; ``begins``, ``ends``: their instants.
        head: hash of the last entry of the period, hex: which journal was replayed.
        currency, minor_digits: of all money below.
        unreadable: sealed bids that would have come in but were never opened: counted alone.
        diverged: commands that came out otherwise.
        accounts_moved: accounts that the two sides leave different.
        reform_dividend_minor: the reform dividend, minor units.
        reliable: whether the replay calls itself reliable.
        prices, flows, volumes, payouts, outcomes, divergences: see ``TABLES``.
        recorded_hash, replayed_hash: over what is measured of each side, hex; equal where the
            rules change nothing.
    """

    name: str
    policy: str
    placed: tuple[str, ...]
    skipped: tuple[str, ...]
    first: int
    last: int
    begins: int
    ends: int
    head: str
    currency: str
    minor_digits: int
    unreadable: int
    diverged: int
    accounts_moved: int
    reform_dividend_minor: int
    reliable: bool
    prices: Columns
    flows: Columns
    volumes: Columns
    payouts: Columns
    outcomes: Columns
    divergences: Columns
    recorded_hash: str
    replayed_hash: str

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical bytes of the whole comparison, hex: the same wherever made."""
        return canonical.digest(canonical.encode(self)).hex()

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing at all came out otherwise."""
        return not self.diverged and self.recorded_hash == self.replayed_hash

    def table(self, name: str) -> Columns:
        """One of the six, its columns in the order of ``TABLES``."""
        table: Columns = getattr(self, name)
        return Columns({column: table.column(column) for column in TABLES[name]})

    def commands(self, outcome: str) -> int:
        """How many commands are of a class."""
        return self._sum("commands", outcome)

    def value(self, outcome: str) -> int:
        """The value of the commands of a class, minor units."""
        return self._sum("value", outcome)

    def _sum(self, column: str, outcome: str) -> int:
        rows = self.outcomes.iterate()
        return sum(row[column] for row in rows if row["outcome"] == outcome)


def compare(replayed: Replayed, name: str = "") -> Comparison:
    """Measure a replay.

    Args:
        replayed: what the engine made.
        name: of the counterfactual; left out, its rule packs.

    Raises:
        Refusal: ``kernel.number_out_of_range`` where a sum leaves 64 bits.
    """
    tables = {
        "prices": _prices(replayed),
        "flows": _flows(replayed),
        "volumes": _volumes(replayed),
        "payouts": _payouts(replayed),
        "outcomes": _outcomes(replayed),
        "divergences": _divergences(replayed),
    }
    period = replayed.period
    return Comparison(
        name=name or " ".join(replayed.placed),
        policy=replayed.policy,
        placed=tuple(replayed.placed),
        skipped=tuple(replayed.skipped),
        first=period.first,
        last=period.last,
        begins=period.begins,
        ends=period.ends,
        head=replayed.head.hex(),
        currency=replayed.who.currency,
        minor_digits=replayed.who.minor_digits,
        unreadable=replayed.unreadable,
        diverged=replayed.diverged,
        accounts_moved=len(replayed.moved.accounts),
        reform_dividend_minor=replayed.reform_dividend_minor,
        reliable=replayed.is_reliable,
        **tables,
        recorded_hash=_side_hash(tables, "recorded", []),
        replayed_hash=_side_hash(tables, "replayed", _accounts(replayed)),
    )


def _prices(replayed: Replayed) -> Columns:
    def cells(event: MarketCleared) -> Iterable[tuple[Row, Row]]:
        for row in event.clearing.prices.iterate():
            yield (row["instrument"], row["region"]), (row["price"],)

    means = [{key: (t.value // t.lots,) for key, t in traded.items()} for traded in replayed.traded]
    return _beside(replayed, "prices", cells, 1, means)


def _flows(replayed: Replayed) -> Columns:
    def cells(event: MarketCleared) -> Iterable[tuple[Row, Row]]:
        for row in event.clearing.flows.iterate():
            key = (row["instrument"], row["source"], row["target"])
            yield key, (row["lots"], row["shadow_price"])

    return _beside(replayed, "flows", cells, 2)


def _beside(
    replayed: Replayed,
    name: str,
    cells: Any,
    width: int,
    as_arrived: Sequence[dict[tuple[str, str, str], Row]] = (),
) -> Columns:
    """Cells of every clearing by their key, recorded beside replayed; None where one side lacks.

    Args:
        as_arrived: the cells of the recorded and of the replayed side for what traded without
            rounds, by (market, instrument, region).
    """
    found: dict[Row, list[Row]] = {}
    nothing: Row = (None,) * width
    for pair in replayed.clearings.values():
        for side, event in enumerate((pair.recorded, pair.replayed)):
            for key, values in cells(event) if event else ():
                row = found.setdefault((pair.market, pair.round, *key), [nothing, nothing])
                row[side] = values
    for side, by_book in enumerate(as_arrived):
        for (market, *book), values in by_book.items():
            key = (market, NO_ROUND, *book)
            found.setdefault(key, [nothing, nothing])[side] = values
    rows = []
    for key, (before, after) in sorted(found.items()):
        mixed = [cell for both in zip(before, after, strict=True) for cell in both]
        rows.append((*key, *mixed))
    return _table(name, rows)


def _volumes(replayed: Replayed) -> Columns:
    rows: list[Row] = []
    for pair in replayed.clearings.values():
        sides = (pair.recorded, pair.replayed)
        tick = replayed.who.tick_minor.get(pair.market, 1)
        rows.append(
            (
                pair.market,
                pair.round,
                *(event.clearing.volume if event else None for event in sides),
                *(event.clearing.welfare if event else None for event in sides),
                tick,
                pair.welfare_gain * tick,
            )
        )
    for market in sorted({key[0] for traded in replayed.traded for key in traded}):
        lots = [
            sum(t.lots for key, t in traded.items() if key[0] == market)
            for traded in replayed.traded
        ]
        tick = replayed.who.tick_minor.get(market, 1)
        rows.append((market, NO_ROUND, *lots, None, None, tick, 0))
    return _table("volumes", sorted(rows, key=lambda row: row[:2]))


def _payouts(replayed: Replayed) -> Columns:
    sides = (replayed.recorded_money, replayed.replayed_money)
    found: dict[Row, list[int]] = {}
    for side, money in enumerate(sides):
        for group, by_currency in money.items():
            for currency, amount in by_currency.items():
                for by in BY:
                    key = (group.source, by, _named(group, by), currency)
                    found.setdefault(key, [0, 0])[side] += amount
    return _table("payouts", [(*key, *amounts) for key, amounts in sorted(found.items())])


def _named(group: Group, by: str) -> str:
    name: str = getattr(group, by)
    return name


def _outcomes(replayed: Replayed) -> Columns:
    rows = [
        (command, outcome, tally.commands, tally.value)
        for command, tallies in sorted(replayed.tallies.items())
        for outcome, tally in sorted(tallies.items(), key=lambda pair: CLASSES.index(pair[0]))
    ]
    return _table("outcomes", rows)


def _divergences(replayed: Replayed) -> Columns:
    rows = []
    for found in replayed.divergences:
        cells = structs.asdict(found)
        cells["follows"] = None if found.follows < 0 else found.follows
        rows.append(tuple(cells[name] for name in TABLES["divergences"]))
    return _table("divergences", rows)


def _table(name: str, rows: Sequence[Row]) -> Columns:
    """Rows as columns of the kinds the table says, also where there are none."""
    data: dict[str, Any] = {}
    for place, (column, (kind, _)) in enumerate(TABLES[name].items()):
        cells = [row[place] for row in rows]
        if kind == "text":
            data[column] = Text.of(cells)
        elif kind == "number or empty":
            present = np.array([cell is not None for cell in cells], np.bool_)
            numbers = Columns.of(number=[cell or 0 for cell in cells])["number"]
            data[column] = Maybe(numbers, present)
        else:
            data[column] = cells
    return Columns.of(**data)


def _accounts(replayed: Replayed) -> list[list[str | int]]:
    return [[*account, amount] for account, amount in sorted(replayed.moved.accounts.items())]


def _side_hash(tables: dict[str, Columns], side: str, accounts: list[list[str | int]]) -> str:
    other = "replayed" if side == "recorded" else "recorded"
    kept = {
        name: {
            column.replace(side, "value"): tables[name].column(column).tolist()
            for column in tables[name].names
            if not column.startswith(other) and column != "reform_dividend_minor"
        }
        for name in ("prices", "flows", "volumes", "payouts")
    }
    return canonical.digest(canonical.encode([kept, accounts])).hex()
