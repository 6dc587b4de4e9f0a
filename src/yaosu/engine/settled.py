"""Whether a command is as its canonical bytes give it back, seen without reading them.

What is decided is what the journal will say: typed, and no array shared with whoever asked. For
that a command is checked, written, and read again. Most commands are a few texts and whole numbers
and one short table, of which a look says that reading them would give the same.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import structs

from yaosu.core import COMMANDS
from yaosu.kernel.canonical import TEXT_CHARACTERS_MAX, is_plain_table
from yaosu.kernel.columns import Columns
from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.kernel.words import Command


def is_settled(command: Command) -> bool:
    """Whether the command would be read again as it is; False where it must be read to know.

    Lists and texts of a short table stay shared: nobody changes them.
    """
    fields = _fields(type(command))
    for name, wanted in fields:
        value = getattr(command, name)
        if type(value) is not wanted or not IS_SETTLED[wanted](value):
            return False
    return bool(fields)


def _is_settled_text(text: str) -> bool:
    return text.isascii() and len(text) <= TEXT_CHARACTERS_MAX


def _is_settled_table(table: Columns) -> bool:
    """Read again, columns stand in order of their names, and a table without rows is of arrays."""
    names = [*table.all_kept]
    return table.rows > 0 and is_plain_table(table) and names == sorted(names)


@lru_cache(maxsize=1024)
def _fields(kind: type[Command]) -> tuple[tuple[str, type], ...]:
    """The fields of a command and their types, where all of them are plain; else none."""
    if kind not in COMMANDS:
        return ()
    fields = tuple((field.name, field.type) for field in structs.fields(kind))
    return fields if all(wanted in IS_SETTLED for _, wanted in fields) else ()


# type of a field -> whether a value of it is read again as it is
IS_SETTLED: dict[type, Callable[[Any], bool]] = {
    str: _is_settled_text,
    int: lambda number: INT64_MIN <= number <= INT64_MAX,
    bool: lambda value: True,
    bytes: lambda value: True,
    Columns: _is_settled_table,
}
