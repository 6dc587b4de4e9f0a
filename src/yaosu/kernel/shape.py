"""The shape of a type: a digest of all that its canonical bytes depend on, field by field."""

from functools import lru_cache
from typing import Any, get_args, get_type_hints

import msgspec

from yaosu.kernel.canonical import digest


@lru_cache(maxsize=64)
def shape_of(kind: type) -> bytes:
    """SHA-256 over names, tags, fields and their types, of a struct and of all it is made of.

    Two builds whose state has the same shape write and read the same bytes for it. Types that are
    no structs count by their names.
    """
    lines: dict[str, str] = {}
    _describe(kind, lines)
    return digest("\n".join(lines[name] for name in sorted(lines)).encode())


def _describe(kind: Any, lines: dict[str, str]) -> None:
    for part in get_args(kind):
        _describe(part, lines)
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name in lines:
        return
    lines[name] = ""  # so that a struct that holds itself ends
    hints = get_type_hints(kind)
    fields = [f"{field}: {_words(hints[field])}" for field in kind.__struct_fields__]
    lines[name] = f"{name} {kind.__struct_config__.tag} {'; '.join(fields)}"
    for field in kind.__struct_fields__:
        _describe(hints[field], lines)


def _words(hint: Any) -> str:
    return f"{hint.__module__}.{hint.__qualname__}" if isinstance(hint, type) else str(hint)
