"""From rows to what is asked: a party, the right of one unit with all its holders, a pledge. Pure.

Every command's key is the digest of what it asks, so the same row asks the same thing once,
whatever file it comes from and however often it is read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel import canonical
from yaosu.kernel.numbers import WHOLE
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.words import Command
from yaosu.parties.commands import RegisterParty
from yaosu.parties.values import Member
from yaosu.rights.commands import HolderShare, PledgeRight, RegisterRight
from yaosu.workers.importing import refusals
from yaosu.workers.importing.cells import (
    Row,
    group_of,
    instant_of,
    marked,
    needed,
    read_share,
    share_of,
    truth_of,
    whole_of,
)
from yaosu.workers.importing.templates import PARTIES, PLEDGES, RIGHTS, UNITS

KEY_CHARACTERS = 32
OF_UNIT = ("factor", "region", "quantity")
SAME = (
    *OF_UNIT,
    "kind",
    "instrument",
    "term_from",
    "term_to",
    "source",
    "old_number",
)  # for all holders
Kinds = Callable[[str], Mapping[str, str]]  # factor -> attribute -> its kind, as the profile says
__all__ = ["refusals"]


class Ask(Struct, frozen=True, kw_only=True):
    """What rows ask for, or why they cannot be asked.

    Attributes:
        rows: one, or the rows of all holders of a unit.
        name: id of what is asked for, for the list of what was taken in.
        sealed: contents that travel sealed, by name.
    """

    table: str
    rows: tuple[Row, ...]
    name: str = ""
    command: Command | None = None
    sealed: dict[str, str] = {}
    fault: Refusal | None = None


class Units:
    """The table of units, looked up by the rights that name them.

    Attributes:
        rows: by unit.
        refused: rows that cannot be read.
        came: units with a right that was taken in, and whether now or before.
        read: how many rows there are.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: dict[str, Row] = {}
        self.refused: list[Ask] = []
        self.came: dict[str, str] = {}
        self.read = 0
        self._named: dict[str, bool] = {}
        for row in rows:
            self.read += 1
            fault = row.fault
            try:
                unit = needed(row, "unit") if fault is None else row.cells.get("unit", "")
                if unit in self.rows:
                    line = self.rows[unit].line
                    refuse("workers.import_unit_twice", unit=unit, line=line)
            except Refusal as refusal:
                fault = refusal
                unit = ""
            if unit:
                self.rows[unit] = row
            if fault is not None:
                self.refused.append(Ask(table=UNITS, rows=(row,), fault=fault))

    def cells_of(self, row: Row) -> dict[str, str]:
        """What is said of the unit of a right: by the right itself, else by the table of units."""
        unit = needed(row, "unit")
        known = self.rows.get(unit)
        if known is not None and known.fault is not None:
            refuse("workers.import_unit_refused", unit=unit)
        own = {**(known.cells if known is not None else {}), **row.cells}
        says_it = all(own.get(column) for column in OF_UNIT)
        refuse_unless(known is not None or says_it, "workers.import_unit_missing", unit=unit)
        return own

    def name(self, unit: str) -> None:
        """A right names this unit, whatever comes of it."""
        self._named[unit] = True

    def take(self, ask: Ask, came: str) -> None:
        """A right of a unit was taken in."""
        unit = ask.rows[0].cells["unit"]
        if unit in self.rows:
            self.came.setdefault(unit, came)

    def unused(self) -> Iterator[Ask]:
        """Units that no right named."""
        for unit, row in self.rows.items():
            if unit not in self._named and row.fault is None:
                fault = Refusal("workers.import_unit_unused", unit=unit)
                yield Ask(table=UNITS, rows=(row,), fault=fault)


def asks_of(
    table: str, rows: Iterable[Row], actor: str, units: Units, kinds: Kinds, *, seals: bool
) -> Iterator[Ask]:
    """What the rows of a table ask for, in order; ``seals``: names of persons travel sealed."""
    if table == RIGHTS:
        for _, holders in groupby(rows, key=_unit_and_kind):
            together = tuple(holders)
            units.name(together[0].cells.get("unit", ""))
            yield _ask(RIGHTS, together, lambda one: _right(one, actor, units, kinds))
        return
    for row in rows:
        if table == PARTIES:
            yield _ask(PARTIES, (row,), lambda one: _party(one[0], actor, seals))
        else:
            yield _ask(PLEDGES, (row,), lambda one: _pledge(one[0]))


def key_of(command: Command, attempt: int) -> str:
    """The key of what is asked; of a later attempt, after a refusal, another one."""
    name = canonical.digest(canonical.encode(replace(command, key=""))).hex()[:KEY_CHARACTERS]
    return f"import-{name}" if attempt == 1 else f"import-{name}-{attempt}"


def batch_key(rows: Sequence[Command], attempt: int) -> str:
    """The key of a batch of rows, each with its own key; of a later attempt another."""
    name = canonical.digest(canonical.encode([row.key for row in rows])).hex()[:KEY_CHARACTERS]
    return f"import-many-{name}-{attempt}"


def _unit_and_kind(row: Row) -> tuple[str, str, int]:
    """Rows with the same one belong together; an unreadable row stands alone."""
    alone = row.line if row.fault is not None or not row.cells.get("unit") else 0
    whole = row.cells.get("share", "") in ("", "1")
    return row.cells.get("unit", ""), row.cells.get("kind", ""), row.line if whole else alone


def _ask(
    table: str,
    rows: tuple[Row, ...],
    make: Callable[[tuple[Row, ...]], tuple[str, Command, dict[str, str]]],
) -> Ask:
    fault = rows[0].fault
    if fault is None:
        try:
            name, command, sealed = make(rows)
            return Ask(table=table, rows=rows, name=name, command=command, sealed=sealed)
        except Refusal as refusal:
            fault = refusal
    return Ask(table=table, rows=rows, fault=fault)


def _party(row: Row, actor: str, seals: bool) -> tuple[str, Command, dict[str, str]]:
    members = []
    for text in filter(None, (part.strip() for part in row.cells.get("members", "").split(";"))):
        party, _, share = text.rpartition(" ")
        members.append(Member(party.strip(), read_share(share, "members")))
    name, sealed = row.cells.get("name", ""), group_of(row, "sealed.")
    if seals and name and row.cells.get("kind") == "person":
        name, sealed = "", {**sealed, "name": name}
    command = RegisterParty(
        actor=actor,
        key="",
        party=needed(row, "party"),
        kind=needed(row, "kind"),
        name=name,
        facts=marked(group_of(row, "fact."), "fact."),
        members=tuple(members),
    )
    return command.party, command, dict(sorted(sealed.items()))


def _right(
    rows: tuple[Row, ...], actor: str, units: Units, kinds: Kinds
) -> tuple[str, Command, dict[str, str]]:
    first = rows[0]
    own = replace(first, cells=units.cells_of(first))
    for row in rows[1:]:
        for column in (*SAME, *(f"scope.{name}" for name in group_of(row, "scope."))):
            same = row.cells.get(column, "") in ("", first.cells.get(column, ""))
            if not same:
                unit = first.cells["unit"]
                refuse("workers.import_holders_differ", column=column, line=first.line, unit=unit)
    factor = needed(own, "factor")
    term_to = instant_of(own, "term_to")
    command = RegisterRight(
        actor=actor,
        key="",
        right=needed(first, "right"),
        unit=needed(first, "unit"),
        factor=factor,
        region=needed(own, "region"),
        quantity=whole_of(needed(own, "quantity"), "quantity"),
        unit_attributes=_attributes(group_of(own, "attribute."), kinds(factor)),
        holder=needed(first, "holder"),
        share=share_of(first, "share", WHOLE),
        co_holders=tuple(
            HolderShare(
                right=needed(row, "right"),
                holder=needed(row, "holder"),
                share=share_of(row, "share", WHOLE),
            )
            for row in rows[1:]
        ),
        kind=own.cells.get("kind", ""),
        instrument=own.cells.get("instrument", ""),
        scope=group_of(own, "scope."),
        term_from=instant_of(own, "term_from"),
        term_to=term_to or 0,
        source=own.cells.get("source", ""),
        old_number=own.cells.get("old_number", ""),
    )
    return command.right, command, {}


def _attributes(cells: dict[str, str], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Values as the profile's kinds of attribute ask; what is unknown stays text."""
    values: dict[str, Any] = {}
    for name, text in cells.items():
        kind, column = kinds.get(name, "").removesuffix("?"), f"attribute.{name}"
        if kind in ("int", "level"):
            values[name] = whole_of(text, column)
        elif kind == "truth":
            values[name] = truth_of(text, column)
        else:
            values[name] = text
    return values


def _pledge(row: Row) -> tuple[str, Command, dict[str, str]]:
    command = PledgeRight(
        actor=needed(row, "holder"),
        key="",
        entry=needed(row, "entry"),
        right=needed(row, "right"),
        creditor=needed(row, "creditor"),
        until=instant_of(row, "until") or 0,
        source=row.cells.get("source", ""),
        rank=whole_of(row.cells.get("rank", "1"), "rank"),
        amount_minor=whole_of(row.cells.get("amount_minor", "0"), "amount_minor"),
    )
    return command.entry, command, {}
