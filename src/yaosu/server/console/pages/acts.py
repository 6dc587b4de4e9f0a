"""What a reader may ask from a page: a command, for whom, what is fixed and what is typed.

Nothing is offered that would be refused whoever is asked: the decision itself is asked first, with
the state as it stands, and what it says against it decides between no button and one that is off.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import COMMANDS, State
from yaosu.core.commands import authorise
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.server.console.names import Names

TEXT, LINES, TRUTH, DIGEST = "text", "lines", "truth", "digest"


class Option(Struct, frozen=True, kw_only=True):
    """One of several; ``gives``: what else the command says where it is chosen."""

    value: str
    name: str
    gives: dict[str, str | int] = {}


def options_of_places(names: Names, places: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    """Instruments to choose from, each with the region that it is in."""
    return tuple(
        Option(
            value=instrument,
            name=f"{instrument} · {names.region(region)}",
            gives={"region": region},
        )
        for instrument, region in places
    )


class Field(Struct, frozen=True, kw_only=True):
    """One thing to type or choose.

    Attributes:
        kind: ``text`` and ``lines`` are typed, ``truth`` is chosen, ``digest`` is of a file;
            ``whole`` is a whole number, ``ticks`` a price, ``signed`` one that may be below zero,
            ``minor`` an amount of money, ``side`` buys or sells, ``instant`` a moment.
        options: to choose from; as ``choices``, and more of them.
        into: the part of the command that it stands in; left out, the command itself.
        row: of that part, where it is a table; ``*`` all of them, ``b*`` those that begin so. A row
            is left out where its first field says nothing.
        head: key of words above it, where a group of fields begins.
        when: the condition under which it counts, such as ``type:limit,stop_limit;side:1``.
        other: what the command says where it does not count, or where nothing need be typed and
            nothing is, as JSON; left out, nothing.
        value: that stands there at first. hint: key of words beside it.
        label: key of the words for it; left out, its name.
        choices: (value, name); of a ``digest``, the documents it may be.
    """

    name: str
    kind: str = TEXT
    is_needed: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    into: str = ""
    row: str = "0"
    when: str = ""
    other: str = ""
    value: str = ""
    hint: str = ""
    label: str = ""
    head: str = ""


class Cell(Struct, frozen=True, kw_only=True):
    """One number of a sheet; ``label``: what it is of; ``gives``: what else its row says."""

    label: str
    most: int
    value: str
    gives: dict[str, str]


class Sheet(Struct, frozen=True, kw_only=True):
    """A form that is a table of whole numbers.

    Attributes:
        into: the table of the command; name: its column of numbers.
        heads: of the columns; rows: (head, cells).
    """

    into: str
    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


class Act(Struct, frozen=True, kw_only=True):
    """One form.

    Attributes:
        name: of its words. about: what it concerns, in words.
        command: tag. fixed: its fields that are not typed, the actor among them.
        party: name of whom it is asked for.
        fresh: field that gets an id of its own each time.
        why_not: what stands in its way just now. why: where it is told which rule says so.
        tick, digits: of prices that are typed: minor units of a tick, digits of a minor unit.
        seal: the table that is sealed before it is sent. tables: parts that are tables.
        sheet: numbers that are typed into a table.
    """

    name: str
    command: str
    fixed: dict[str, object]
    party: str
    about: str = ""
    fields: tuple[Field, ...] = ()
    fresh: str = ""
    why_not: Refusal | None = None
    why: str = ""
    tick: int = 1
    digits: int = 0
    seal: str = ""
    tables: tuple[str, ...] = ()
    sheet: Sheet | None = None


def against(state: State, command: Command) -> Refusal | None:
    """What the decision would say against a command now; None: it would be taken."""
    row = COMMANDS[type(command)]
    try:
        authorise(state, row, command)
        row.decide(state, command)
    except Refusal as refusal:
        return refusal
    return None


def offer(state: State, command: Command, act: Act, hopeless: Sequence[str]) -> list[Act]:
    """The form, off where something that can change stands against it; none where hopeless.

    Args:
        command: a sample of what would be asked, with typed fields filled in.
        hopeless: codes of refusals after which no form is shown.
    """
    refusal = against(state, command)
    if refusal is None:
        return [act]
    if refusal.code in hopeless or refusal.code == "core.role_needed":
        return []
    return [replace(act, why_not=refusal)]
