"""Replays: what to choose from, and one of them compared with what was recorded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from yaosu.core import State
from yaosu.engine.extras import load_extra
from yaosu.rules.parse import read_pack
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in
from yaosu.server.console.pairs import DRAWN_MAX, Pair
from yaosu.server.errands import RUNNING, Errand

ROWS_MAX = 300
POLICIES = ("prompt", "as_recorded", "none")
COUNTS = (
    "same", "changed", "newly accepted", "newly refused", "without object", "supplied by policy",
)  # fmt: skip
FILES = ("report.html", "prices.parquet", "flows.parquet", "volumes.parquet", "payouts.parquet",
         "outcomes.parquet", "divergences.parquet", "replay.json")  # fmt: skip
SOURCES = ("income", "sales", "purchases")


class Kept(Struct, frozen=True, kw_only=True):
    """A replay in the list; ``reform_dividend``: minor units, where it is done."""

    errand: Errand
    reform_dividend: int | None
    reliable: bool


class ReplaysPage(Struct, frozen=True, kw_only=True):
    """The form, and the replays there are.

    Attributes:
        packs: (name, title) of those that come along.
        entries: of the journal.
    """

    packs: tuple[tuple[str, str], ...]
    in_force: tuple[str, ...]
    kept: tuple[Kept, ...]
    entries: int
    digits: int
    currency: str
    policies: tuple[str, ...] = POLICIES


class Section(Struct, frozen=True, kw_only=True):
    """One table of the comparison.

    Attributes:
        rows: as pairs, those that differ first; ``more``: how many are not shown.
        drawn: those that differ; ``same``: how many do not.
        from_zero: whether the picture begins at zero: amounts do, prices do not.
        by_difference: whether it is drawn what each gained or lost: of money, where one row may be
            a thousand times another.
    """

    name: str
    digits: int
    rows: tuple[Pair, ...]
    more: int
    drawn: tuple[Pair, ...]
    same: int
    from_zero: bool
    by_difference: bool


class Outcome(Struct, frozen=True):
    """How many commands came out so."""

    name: str
    commands: int


class ReplayPage(Struct, frozen=True, kw_only=True):
    """One replay.

    Attributes:
        told: what the command line says of it; empty until it is done.
        sections: prices, flows, lots and money, recorded beside replayed.
        files: to download.
    """

    errand: Errand
    told: dict[str, Any]
    digits: int
    outcomes: tuple[Outcome, ...]
    sections: tuple[Section, ...]
    divergences: tuple[dict[str, Any], ...]
    files: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.errand.state == RUNNING


def replays_page(
    state: State, names: Names, kept: Sequence[tuple[Errand, Mapping[str, Any] | None]], size: int
) -> ReplaysPage:
    """The form and the list."""
    heads = [(name, read_pack(text_of("rules", name)).pack) for name in names_in("rules")]
    venue = state.parties.venue
    return ReplaysPage(
        packs=tuple((name, said_in(names, head.title)) for name, head in heads),
        in_force=tuple(versions[-1].pack.name for _, versions in sorted(state.rules.packs.items())),
        kept=tuple(
            Kept(
                errand=errand,
                reform_dividend=None if told is None else int(told["reform_dividend_minor"]),
                reliable=told is None or bool(told["reliable"]),
            )
            for errand, told in kept
        ),
        entries=size,
        digits=names.digits,
        currency=venue.currency if venue is not None else "",
    )


def replay_page(
    errand: Errand, folder: Path, told: Mapping[str, Any] | None, names: Names
) -> ReplayPage:
    """One replay, compared."""
    if told is None:
        return ReplayPage(
            errand=errand, told={}, digits=0, outcomes=(), sections=(), divergences=(), files=()
        )
    out, digits = folder / "out", names.digits
    ticks = {(row["market"], row["round"]): row["tick_minor"] for row in _rows(out, "volumes")}
    return ReplayPage(
        errand=errand,
        told=dict(told),
        digits=digits,
        outcomes=tuple(Outcome(name, told["counts"][name]) for name in COUNTS),
        sections=(
            _section("prices", digits, _prices(out, names, ticks)),
            _section("flows", 0, _flows(out, names)),
            _section("lots", 0, _lots(out)),
            _section("welfare", digits, _welfare(out)),
            *(_section(source, digits, _money(out, names, source)) for source in SOURCES),
        ),
        divergences=tuple(told["divergences"][:ROWS_MAX]),
        files=tuple(name for name in FILES if (out / name).is_file()),
    )


def _section(name: str, digits: int, rows: list[Pair]) -> Section:
    """What differs stands first: it is what the reader came for."""
    ordered = sorted(rows, key=lambda row: row.recorded == row.replayed)
    moved = [row for row in rows if row.recorded != row.replayed]
    by_difference = name in SOURCES
    drawn = [_gained(row) for row in moved] if by_difference else moved
    return Section(
        name=name,
        digits=digits,
        rows=tuple(ordered[:ROWS_MAX]),
        more=max(0, len(rows) - ROWS_MAX),
        drawn=tuple(drawn[:DRAWN_MAX]),
        same=len(rows) - len(moved),
        from_zero=name != "prices",
        by_difference=by_difference,
    )


def _gained(row: Pair) -> Pair:
    """What a row gained, from nothing."""
    return Pair(row.label, 0, (row.replayed or 0) - (row.recorded or 0))


def _rows(out: Path, table: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = (
        load_extra("pyarrow.parquet").read_table(out / f"{table}.parquet").to_pylist()
    )
    return read


def _round(row: Mapping[str, Any]) -> str:
    return f"{row['market']}/{row['round']}" if row["round"] else str(row["market"])


def _prices(out: Path, names: Names, ticks: Mapping[tuple[str, int], int]) -> list[Pair]:
    found = []
    for row in _rows(out, "prices"):
        tick = ticks.get((row["market"], row["round"]), 1)
        sides = [None if row[s] is None else row[s] * tick for s in ("recorded", "replayed")]
        label = f"{row['instrument']} · {names.region(row['region'])} · {_round(row)}"
        found.append(Pair(label, *sides))
    return found


def _flows(out: Path, names: Names) -> list[Pair]:
    return [
        Pair(
            f"{names.region(row['source'])} → {names.region(row['target'])} · {row['instrument']}"
            f" · {_round(row)}",
            row["recorded"],
            row["replayed"],
        )
        for row in _rows(out, "flows")
        if row["recorded"] or row["replayed"]
    ]


def _lots(out: Path) -> list[Pair]:
    return [Pair(_round(row), row["recorded"], row["replayed"]) for row in _rows(out, "volumes")]


def _welfare(out: Path) -> list[Pair]:
    """Gains from trade of each round, minor units."""
    found = []
    for row in _rows(out, "volumes"):
        sides = [
            None if row[f"{side}_welfare"] is None else row[f"{side}_welfare"] * row["tick_minor"]
            for side in ("recorded", "replayed")
        ]
        if sides != [None, None]:
            found.append(Pair(_round(row), *sides))
    return found


def _money(out: Path, names: Names, source: str) -> list[Pair]:
    """Money of one source by region, where regions are stated; else by kind of party."""
    here = [row for row in _rows(out, "payouts") if row["source"] == source]
    by_region = [row for row in here if row["by"] == "region" and row["group"]]
    chosen = by_region or [row for row in here if row["by"] == "kind"]
    return [
        Pair(
            names.region(row["group"]) if row["by"] == "region" else row["group"] or "–",
            row["recorded"],
            row["replayed"],
        )
        for row in chosen
    ]
