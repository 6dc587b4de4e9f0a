"""The state as a file keeps it: its large tables at rest, so that opening it reads few of its rows.

What is kept is the canonical bytes of the state and nothing beside them: who opens the pages hashes
them on the way.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from msgspec import DecodeError, Raw, Struct

from yaosu.core.state import (
    FLOORS,
    LARGE_TABLES,
    PAGES_IN_USE,
    KeptState,
    State,
    state_without_tables,
)
from yaosu.kernel import canonical
from yaosu.kernel.packed import IN_USE, Opened, Packed, PackedTable, map_head, packed_from
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rights.index_set import Indexes, Noticed, RightNames, UnitRegion

Notice = Callable[[Sequence[str], Sequence[Any]], None]


class PackedState(Struct, frozen=True, kw_only=True):
    """The state as a file keeps it: its canonical bytes, the large tables of them at rest.

    Attributes:
        plain: the bytes before, between and behind the large tables.
        tables: those, in order of their names.
    """

    plain: tuple[bytes, ...]
    tables: tuple[PackedTable, ...]


def pack_state(state: State) -> tuple[PackedState, bytes]:
    """The state as a file keeps it, and SHA-256 of its canonical bytes."""
    register = state.rights
    hashed = sha256()
    plain, tables, since = [], [], [map_head(len(FLOORS))]
    for floor in sorted(FLOORS):
        since.append(canonical.encode(floor))
        if floor != "rights":
            since.append(canonical.encode(getattr(state, floor)))
            continue
        fields = sorted(register.__struct_fields__)
        since.append(map_head(len(fields)))
        for name in fields:
            table = getattr(register, name)
            since.append(canonical.encode(name))
            if name not in LARGE_TABLES:
                since.append(canonical.encode(table))
                continue
            plain.append(b"".join(since))
            hashed.update(plain[-1])
            hashed.update(map_head(len(table)))
            tables.append(table.packed_table(hashed.update))
            since = []
    plain.append(b"".join(since))
    hashed.update(plain[-1])
    return PackedState(plain=tuple(plain), tables=tuple(tables)), hashed.digest()


def unpack_state(kept: PackedState) -> tuple[State, bytes]:
    """The state, and SHA-256 of the canonical bytes from which it was made.

    Every page is opened once: for the hash, its keys, and the names that stand in indexes.

    Raises:
        Refusal: ``kernel.malformed`` where the bytes are no state.
    """
    fits = len(kept.tables) == len(LARGE_TABLES) == len(kept.plain) - 1
    refuse_unless(fits, "kernel.malformed", what="PackedState", reason="other tables")
    hashed = sha256()
    noticed = Noticed()
    tables: dict[str, Packed[Any]] = {}
    looked_at: dict[str, tuple[Any, Notice]] = {
        "entries": (Raw, _unnoticed),
        "rights": (RightNames, noticed.rights),
        "units": (UnitRegion, noticed.units),
    }
    try:
        for name, plain, table in zip(sorted(LARGE_TABLES), kept.plain, kept.tables, strict=False):
            hashed.update(plain)
            hashed.update(map_head(table.rows))
            part, notice = looked_at[name]
            opened = Opened(hashed.update, part, notice)
            in_use = PAGES_IN_USE.get(name, IN_USE)
            tables[name] = packed_from(table, LARGE_TABLES[name], opened, in_use)
    except DecodeError as error:
        refuse("kernel.malformed", what="PackedState", reason=str(error))
    hashed.update(kept.plain[-1])
    state = state_without_tables(canonical.decode(map_head(0).join(kept.plain), KeptState))
    units, rights = tables["units"], tables["rights"]
    indexes = Indexes.empty(rights, units)
    noticed.fill(indexes)
    state.rights.hold(units, rights, tables["entries"], indexes)
    return state, hashed.digest()


def _unnoticed(_: Sequence[str], __: Sequence[Any]) -> None:
    """Register entries stand in no index until a number is asked for."""
