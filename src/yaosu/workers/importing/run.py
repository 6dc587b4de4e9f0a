"""A whole move: table by table, in batches that are asked, answered and told of.

Nothing is remembered beside the journal. Whoever runs it again, after a crash or with a corrected
table, asks the same things under the same keys; what was accepted is not asked again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Command
from yaosu.parties.commands import RegisterParty
from yaosu.rights.commands import PledgeRight, RegisterRight
from yaosu.workers.importing import refusals
from yaosu.workers.importing.asks import Ask, Units, asks_of, key_of
from yaosu.workers.importing.cells import Row
from yaosu.workers.importing.results import (
    Written,
    accepted_file,
    refused_file,
    shown,
)
from yaosu.workers.importing.sheets import Sheet
from yaosu.workers.importing.templates import PARTIES, PLEDGES, REFUSAL_COLUMNS, RIGHTS, UNITS

BATCH = 500  # commands asked at a time
ATTEMPTS_MAX = 1_000  # of one row that was refused again and again
FIRST_MAX = 10  # refusals told at once; all stand in the files
ENTERED, BEFORE = "entered", "before"
GIVEN = "given"  # heading of what a register file held, as JSON
Asked = tuple[Command, Mapping[str, str]]  # with what travels sealed
Answer = tuple[int, Refusal | None]  # number of the entry (-1: none), and why not
__all__ = ["refusals"]


class Desk(Protocol):
    """Where commands are asked: a venue, or a rehearsal on a copy of its state."""

    def entry_of(self, actor: str, key: str) -> int | None:
        """The entry that a command was answered with before."""
        ...

    def was_accepted(self, entry: int) -> bool:
        """Whether an entry was accepted."""
        ...

    def entered_in(self, row: Command) -> int | None:
        """The entry of the batch with which a row was entered, by its key and what it names."""
        ...

    def together(self, rows: Sequence[Command], actor: str) -> list[Answer]:
        """Enter rows of one kind that do not build on each other, each with its own key."""
        ...

    def ask(self, asked: Sequence[Asked]) -> list[Answer]:
        """Ask in order, each with what travels sealed with it."""
        ...

    @property
    def has_keys(self) -> bool:
        """Whether the venue keeps keys, so that things can travel sealed."""
        ...

    def kinds_of(self, factor: str) -> Mapping[str, str]:
        """The attributes of a factor's profile and their kinds."""
        ...


class Counts(Struct):
    """How many rows of a table came to what."""

    rows: int = 0
    entered: int = 0
    before: int = 0
    refused: int = 0


class Moved(Struct):
    """What came of a move.

    Attributes:
        tables: by name.
        first: the first refusals, for the reader: table, line, refusal.
        files: what was written.
    """

    tables: dict[str, Counts]
    first: list[tuple[str, int, Refusal]]
    files: list[Path]


def move_in(
    sheets: Mapping[str, Sheet],
    desk: Desk,
    actor: str,
    folder: Path | None,
    form: str,
    on_rows: Callable[[int], None],
) -> Moved:
    """Take in all tables.

    Args:
        sheets: by table.
        desk: where the commands go.
        actor: the registrar or operator who asks; pledges are asked by the holders.
        folder: where the lists of accepted and refused rows go; None writes none.
        form: of these files, csv or xlsx.
        on_rows: told how many rows more are done.
    """
    for table in (PARTIES, RIGHTS):
        refuse_unless(actor or table not in sheets, "workers.import_no_asker", table=table)
    units = Units(sheets[UNITS].rows() if UNITS in sheets else ())
    heads = {table: sheet.reading().heads for table, sheet in sheets.items()}
    with ExitStack() as stack:
        move = _Move(desk, heads, _Files(folder, form, heads, stack), on_rows, actor)
        for table in (PARTIES, RIGHTS, PLEDGES):
            if table in sheets:
                rows, seals = sheets[table].rows(), desk.has_keys
                asks = asks_of(table, rows, actor, units, desk.kinds_of, seals=seals)
                move.enter(asks, units.take if table == RIGHTS else None)
        if UNITS in sheets:
            move.tell_units(units)
    return move.done()


def move_register(
    asks: Mapping[str, Iterable[Ask]],
    desk: Desk,
    actor: str,
    folder: Path | None,
    form: str,
    on_rows: Callable[[int], None],
) -> Moved:
    """Take in what a register file holds, list by list; see :func:`move_in`."""
    heads = dict.fromkeys(asks, (GIVEN,))
    with ExitStack() as stack:
        move = _Move(desk, heads, _Files(folder, form, heads, stack), on_rows, actor)
        for one in asks.values():
            move.enter(one)
    return move.done()


class _Move:
    """A move that goes on: where it asks, and what it has told."""

    def __init__(
        self,
        desk: Desk,
        tables: Iterable[str],
        files: "_Files",
        on_rows: Callable[[int], None],
        actor: str,
    ) -> None:
        self._desk = desk
        self._actor = actor
        self._files = files
        self._on_rows = on_rows
        self._moved = Moved({table: Counts() for table in tables}, [], [])

    def enter(self, asks: Iterable[Ask], take: Callable[[Ask, str], None] | None = None) -> None:
        """Ask everything in batches and tell what came of it; ``take`` hears what was accepted."""
        for batch in _batches(asks, BATCH):
            for ask, came, answer in _asked(self._desk, batch, self._actor):
                self._moved.tables[ask.table].rows += len(ask.rows)
                self._tell(ask, came, answer)
                if take is not None and answer[1] is None:
                    take(ask, came)
            self._on_rows(sum(len(ask.rows) for ask in batch))

    def tell_units(self, units: Units) -> None:
        """The rows of units: they go in with their rights."""
        for ask in (*units.refused, *units.unused()):
            self._tell(ask, "", (-1, ask.fault))
        self._moved.tables[UNITS].rows = units.read
        for came in units.came.values():
            _count(self._moved.tables[UNITS], came, 1)

    def done(self) -> Moved:
        """What came of it; the files are in their places."""
        self._moved.files = [one.path for one in self._files.all if one.rows]
        return self._moved

    def _tell(self, ask: Ask, came: str, answer: Answer) -> None:
        counts, (entry, refusal) = self._moved.tables[ask.table], answer
        if refusal is None:
            _count(counts, came, len(ask.rows))
            self._files.accept(ask, entry, came)
            return
        counts.refused += len(ask.rows)
        for row in ask.rows:
            if len(self._moved.first) < FIRST_MAX:
                self._moved.first.append((ask.table, row.line, refusal))
            self._files.refuse(ask.table, row, refusal)


class _Files:
    """The lists of a move, or none."""

    def __init__(
        self,
        folder: Path | None,
        form: str,
        tables: Mapping[str, tuple[str, ...]],
        stack: ExitStack,
    ) -> None:
        self._refused: dict[str, Written] = {}
        self._accepted: Written | None = None
        self._kept: dict[str, list[int]] = {}
        if folder is None:
            return
        self._accepted = stack.enter_context(accepted_file(folder, form))
        for table, heads in tables.items():
            self._kept[table] = [n for n, head in enumerate(heads) if head not in REFUSAL_COLUMNS]
            self._refused[table] = stack.enter_context(refused_file(folder, table, form, heads))

    @property
    def all(self) -> list[Written]:
        """All that are written."""
        return [*([self._accepted] if self._accepted else []), *self._refused.values()]

    def accept(self, ask: Ask, entry: int, came: str) -> None:
        """A line for each row that was taken in."""
        if self._accepted is not None:
            for row in ask.rows:
                self._accepted.line((ask.table, row.line, ask.name, entry, came))

    def refuse(self, table: str, row: Row, refusal: Refusal) -> None:
        """A line that says why, and gives the row back."""
        if self._refused:
            own = [shown(row.given[n]) for n in self._kept[table]]
            said = (row.line, refusal.code, refusal.sentence, refusal.what_next)
            self._refused[table].line((*said, *own))


def _batches(asks: Iterable[Ask], size: int) -> Iterator[list[Ask]]:
    source = iter(asks)
    while batch := list(islice(source, size)):
        yield batch


def _asked(desk: Desk, batch: list[Ask], actor: str) -> Iterator[tuple[Ask, str, Answer]]:
    """Each ask with what came of it, in order; what was accepted before is not asked again."""
    found: list[tuple[str, Answer]] = []
    asked: list[Asked] = []
    places: list[int] = []
    keys: dict[str, int] = {}  # of the batch: two rows may ask the same
    for place, ask in enumerate(batch):
        command, entry = _under_key(desk, ask)
        came = ENTERED if entry is None else BEFORE
        if command is not None:
            if keys.setdefault(f"{command.actor} {command.key}", place) != place:
                came = BEFORE
            asked.append((command, ask.sealed))
            places.append(place)
        found.append((came, (entry or 0, ask.fault)))
    for place, answer in zip(places, _answers(desk, asked, actor), strict=True):
        found[place] = (found[place][0], answer)
    for ask, (came, answer) in zip(batch, found, strict=True):
        yield ask, came, answer


def _answers(desk: Desk, asked: Sequence[Asked], actor: str) -> list[Answer]:
    """Ask in order; rows of one kind that do not build on each other go together."""
    answers: list[Answer] = []
    for run in _runs(asked):
        rows = [command for command, _ in run if actor and _names(*run[0])]
        answers += desk.together(rows, actor) if len(rows) > 1 else desk.ask(run)
    return answers


def _runs(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """What is asked, parted where another kind begins, or a row builds on one before."""
    run: list[Asked] = []
    known: dict[str, bool] = {}  # what the run makes
    for command, sealed in asked:
        made = _names(command, sealed)
        read = [*made, *_read(command)]
        is_other = bool(run) and (
            type(command) is not type(run[-1][0]) or bool(made) != bool(_names(*run[-1]))
        )
        if is_other or any(name in known for name in read):
            yield run
            run, known = [], {}
        run.append((command, sealed))
        known.update(dict.fromkeys(made, True))
    if run:
        yield run


def _names(command: Command, sealed: Mapping[str, str]) -> list[str]:
    """What a row makes, where it may go together with others of its kind; else nothing."""
    match command:
        case RegisterRight():
            others = [f"right {one.right}" for one in command.co_holders]
            return [f"unit {command.unit}", f"right {command.right}", *others]
        case RegisterParty() if not sealed:
            return [f"party {command.party}"]
        case PledgeRight():
            return [f"entry {command.entry}", f"pledge of {command.right}"]
    return []


def _read(command: Command) -> list[str]:
    """What a row builds on."""
    match command:
        case RegisterRight():
            return [f"right {right}" for right in command.made_from]
        case RegisterParty():
            return [f"party {one.party}" for one in command.members]
    return []


def _under_key(desk: Desk, ask: Ask) -> tuple[Command | None, int | None]:
    """The command with the key of its first attempt that was not refused, or its entry."""
    if ask.command is None:
        return None, None
    key = ""
    for attempt in range(1, ATTEMPTS_MAX):
        key = key_of(ask.command, attempt)
        entry = desk.entry_of(ask.command.actor, key)
        if entry is None:
            if _names(ask.command, ask.sealed):
                entry = desk.entered_in(replace(ask.command, key=key))
            if entry is not None:
                return None, entry
            break
        if desk.was_accepted(entry):
            return None, entry
    return replace(ask.command, key=key), None


def _count(counts: Counts, came: str, rows: int) -> None:
    if came == ENTERED:
        counts.entered += rows
    else:
        counts.before += rows
