"""Read institutions written in TOML: text in, plain values out; fractions and oddities refused."""

import tomllib
from datetime import date, datetime, time
from typing import Any, NoReturn, TypeVar

import msgspec

from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rules import refusals

__all__ = ["refusals"]

T = TypeVar("T")
CHARACTERS_MAX = 1_000_000


def read_toml(text: str, what: str) -> dict[str, Any]:
    """The tables of a TOML text; dates become their ISO text.

    Args:
        what: how messages call the file, such as ``rule pack``.

    Raises:
        Refusal: ``rules.malformed``, ``rules.too_large``, ``kernel.*`` for values that have no
            canonical bytes.
    """
    refuse_unless(
        len(text) <= CHARACTERS_MAX,
        "rules.too_large",
        what=what,
        size=f"{len(text)} characters",
        limit=CHARACTERS_MAX,
    )
    try:
        raw = tomllib.loads(text, parse_float=_no_fractions)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        refuse("rules.malformed", what=what, reason=str(error))
    plain = _plain(raw)
    assert isinstance(plain, dict)
    canonical.check(plain, what)
    return plain


def convert(raw: Any, kind: type[T], what: str) -> T:
    """A plain value as a typed one; a refusal that names the place in the file."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        refuse("rules.malformed", what=what, reason=str(error))


def _no_fractions(text: str) -> NoReturn:
    raise tomllib.TOMLDecodeError(f"{text} is a fraction; give whole numbers of a smaller unit")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value
