"""Commands from the bytes of a request, and answers to bytes: JSON, or canonical bytes."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import Struct

from yaosu.core import COMMANDS, ENGINE, AnyCommand
from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Sealed, Submission
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns, Kept, Maybe, Text, as_column, kept_column
from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.commands import RegisterParties
from yaosu.rights.commands import RegisterMany, TakeOverPledges
from yaosu.server.problems import as_json

if TYPE_CHECKING:
    from yaosu.server.logins import Caller

JSON = "application/json"
CANONICAL = "application/vnd.yaosu.canonical"
ITEMS = "sealed_items"
BATCHES = (RegisterMany, RegisterParties, TakeOverPledges)  # of rows with keys of their own
BY_TAG: dict[str, type[Command]] = {
    tag_of(kind): kind for kind, row in COMMANDS.items() if row.roles != (ENGINE,)
}


class Answered(Struct, frozen=True, kw_only=True):
    """What came of an accepted command.

    Attributes:
        sequence: number of its entry. instant: microseconds UTC. hash: of the entry's header, hex.
        outcome: ``accepted``.
        repeated: the same key had been answered before; this is that answer.
        events: all that followed, each with its tag in ``event``; binary in base64.
    """

    sequence: int
    instant: int
    hash: str
    outcome: str
    repeated: bool
    events: tuple[Any, ...]


def kind_of(tag: str) -> type[Command]:
    """The command of a tag; what the engine makes itself is none."""
    return found(BY_TAG.get(tag), "server.unknown_command", command=tag[:100])


def read_asked(
    kind: type[Command], media_type: str, body: bytes, header_key: str, caller: "Caller"
) -> Submission:
    """The command of a request.

    Args:
        kind: which one the address names.
        header_key: of the header Idempotency-Key, or empty.
        caller: completes the actor where it acts for one party.

    Raises:
        Refusal: ``server.*``, ``kernel.*``; nothing is recorded.
    """
    if media_type == CANONICAL:
        command = _read_canonical(kind, body)
        refuse_unless(
            header_key in {"", command.key}, "server.two_keys", header=header_key, field=command.key
        )
        check_acts_for(caller, command.actor)
        return command
    raw = read_json(body, tag_of(kind))
    if not isinstance(raw, dict):
        refuse("server.bad_body", what=tag_of(kind), reason="an object is wanted")
    items = _items(raw.pop(ITEMS, None), tag_of(kind))
    named = complete(raw, header_key, caller)
    _complete_inner(kind, raw, named)
    command = convert(raw, kind)
    check_acts_for(caller, command.actor)
    return Sealed(command, items) if items else command


def read_json(body: bytes, what: str) -> Any:
    """Any JSON; too deep or broken is refused."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        refuse("server.bad_body", what=what, reason=str(error)[:200])


def convert(raw: Any, kind: Any) -> Any:
    """JSON values as a struct."""
    try:
        return msgspec.convert(raw, kind, dec_hook=_from_json)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        name = getattr(kind, "__name__", "request")
        refuse("server.bad_body", what=name, reason=str(error)[:300])


def complete(raw: dict[str, Any], header_key: str, caller: "Caller") -> dict[str, str]:
    """Put actor and key in place; what they are."""
    field = raw.get("key", "")
    if header_key and isinstance(field, str) and field not in {"", header_key}:
        refuse("server.two_keys", header=header_key, field=field[:100])
    raw["key"] = field or header_key
    refuse_unless(raw["key"], "server.no_key")
    if not raw.get("actor"):
        raw["actor"] = only_party(caller)
    return {"actor": raw["actor"], "key": raw["key"]}


def only_party(caller: "Caller") -> str:
    """The one party that a caller acts for."""
    refuse_unless(
        len(caller.parties) == 1,
        "server.party_needed",
        login=caller.login,
        count=len(caller.parties),
    )
    return caller.parties[0]


def check_acts_for(caller: "Caller", party: str) -> None:
    """Refuse a party that the caller does not act for."""
    refuse_unless(
        party in caller.parties, "server.not_your_party", login=caller.login, party=party[:100]
    )


def _complete_inner(kind: type[Command], raw: dict[str, Any], named: Mapping[str, str]) -> None:
    """A command inside a command has its actor and key; one in bytes may come as JSON."""
    inner = raw.get("register")
    if isinstance(inner, dict):
        raw["register"] = {**named, **inner}
    rows = raw.get("rows")
    if kind in BATCHES and isinstance(rows, list):  # each row has a key of its own
        raw["rows"] = [
            {**named, "key": f"{named['key']}/{number}", **row} if isinstance(row, dict) else row
            for number, row in enumerate(rows)
        ]
    request = raw.get("request")
    if isinstance(request, dict) and kind.__struct_fields__.count("request"):
        asked = convert({**named, **request}, AnyCommand)
        canonical.check(asked)
        raw["request"] = canonical.encode(asked)


def _items(given: Any, what: str) -> bytes:
    if given is None:
        return b""
    try:
        return msgspec.convert(given, bytes)
    except msgspec.ValidationError as error:
        refuse("server.bad_body", what=what, reason=f"{ITEMS}: {error}")


def _read_canonical(kind: type[Command], body: bytes) -> Command:
    try:
        return _reader(kind)(body)
    except RecursionError:
        refuse("server.bad_body", what=tag_of(kind), reason="it is nested too deep")


@lru_cache(maxsize=256)
def _reader(kind: type[Command]) -> Callable[[bytes], Command]:
    return canonical.reader(kind)


def _from_json(kind: type, value: Any) -> Any:
    if kind is Columns:
        return columns_from_json(value)
    raise ValueError(f"expected {kind.__name__}")


def columns_from_json(value: Any) -> Columns:
    """Columns from lists by name, or from a list of rows; null is a missing whole number.

    Raises:
        ValueError: with the reason, as a hook of msgspec must.
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        single = _one_row(value[0])
        if single is not None:
            return single
    lists = _lists_of_rows(value) if isinstance(value, list) else value
    if not isinstance(lists, dict):
        raise ValueError("columns are lists by name, or a list of rows")
    try:
        return Columns({str(name): _column(str(name), cells) for name, cells in lists.items()})
    except Refusal as refusal:
        raise ValueError(refusal.sentence) from None


def _one_row(row: dict[str, Any]) -> Columns | None:
    """The columns of one row of texts and whole numbers; None where something else is among it."""
    kept: dict[str, Kept] = {}
    for name, cell in sorted(row.items()):  # as the journal has them
        if type(cell) is str:
            kept[name] = Text.short([cell])
        elif type(cell) is int and INT64_MIN <= cell <= INT64_MAX:
            kept[name] = [cell]
        else:
            return None
    return Columns.short(kept, 1) if kept else None


def _lists_of_rows(rows: list[Any]) -> dict[str, list[Any]]:
    first = rows[0] if rows else {}
    if not isinstance(first, dict):
        raise ValueError("a row is an object")
    names = list(first)
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or len(row) != len(names) or any(n not in row for n in names):
            raise ValueError(f"row {number} has other fields than row 0")
    return {name: [row[name] for row in rows] for name in names}


def _column(name: str, cells: Any) -> Kept:
    if not isinstance(cells, list):
        raise ValueError(f"column {name} is no list")
    kinds = {type(cell) for cell in cells}
    if kinds in ({int}, {str}):
        return kept_column(name, cells)
    if any(type(cell) not in {int, str, bool, type(None)} for cell in cells):
        raise ValueError(f"column {name}: whole numbers, text or truth values are wanted")
    if cells and isinstance(cells[0], str) and all(isinstance(cell, str) for cell in cells):
        return Text.of(cells)
    if None in cells:
        present = np.array([cell is not None for cell in cells], bool)
        values = as_column(name, [0 if cell is None else cell for cell in cells])
        if isinstance(values, Text | Maybe):
            raise ValueError(f"column {name}: text may not be missing")
        return Maybe(values, present)
    return as_column(name, cells)


def receipt_bytes(receipt: Receipt, accept: str) -> tuple[bytes, str]:
    """A receipt for whoever asked, and its media type."""
    if CANONICAL in accept:
        return canonical.encode(receipt), CANONICAL
    said = Answered(
        sequence=receipt.sequence,
        instant=receipt.instant,
        hash=receipt.hash.hex(),
        outcome="accepted",
        repeated=receipt.repeated,
        events=receipt.events,
    )
    return as_json(said), JSON
