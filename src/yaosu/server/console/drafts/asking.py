"""What a command asks for, as fields of a form: made from its types, read back into its values."""

import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.rights.commands import HolderShare, UnitPart
from yaosu.rights.values import Correction
from yaosu.server.console.drafts.fields import Fields

TEXT, WHOLE, MONEY, DATE, TRUTH, SHARE = "text", "whole", "money", "date", "truth", "share"
LINES, PAIRS, PARTS, HOLDERS, DOCUMENT = "lines", "pairs", "parts", "holders", "document"
DATES = ("term_from", "term_to", "until", "effective_from", "dated")
LEFT_TO_PROGRAMS = ("certificate",)  # texts that nobody types
WHOLE_MOST = 10**15
DIGITS_MAX = 19  # of each side of a share
AREAS = (LINES, PAIRS, PARTS, HOLDERS)
PART = "."  # between a part of a command and a field of it
FACT_KINDS = {"int": WHOLE, "text": TEXT, "truth": TRUTH}


class Asked(Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        name: in the form; ``word``: of the label.
        value: that stands there at first. options: (value, name) to choose from or to type.
        is_closed: whether nothing but an option may be chosen.
    """

    name: str
    word: str
    kind: str
    is_needed: bool
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_closed: bool = False

    @property
    def is_area(self) -> bool:
        """Whether it takes several lines."""
        return self.kind in AREAS


def asked_of(kind: type[Struct], without: Collection[str], begin: str) -> list[Asked]:
    """The fields of a command, those first that are needed; ``begin``: before each name."""
    hints = typing.get_type_hints(kind)
    found: list[Asked] = []
    for one in msgspec.structs.fields(kind):
        if one.name in {"actor", "key", *LEFT_TO_PROGRAMS, *without}:
            continue
        hint = _bare(hints[one.name])
        if hint is Correction:
            found += asked_of(Correction, (), f"{begin}{one.name}{PART}")
            continue
        form = _form(one.name, hint)
        name = f"{begin}{one.name}"
        found.append(Asked(name=name, word=one.name, kind=form, is_needed=one.required))
    return sorted(found, key=lambda asked: not asked.is_needed)


def read_command(
    fields: Fields,
    kind: type[Command],
    given: Mapping[str, Any],
    begin: str,
    digits: int,
    attributes: Mapping[str, str],
) -> dict[str, Any]:
    """The values of a command that are typed, beside those given; faults are with the fields.

    Args:
        digits: of amounts of money. attributes: of the unit's profile, with their kinds.
    """
    hints = typing.get_type_hints(kind)
    values = dict(given)
    for asked in asked_of(kind, tuple(given), begin):
        head, _, tail = asked.name.removeprefix(begin).partition(PART)
        value = _read(fields, asked, digits, attributes)
        if value is None:
            continue
        if tail:
            values.setdefault(head, {})[tail] = value
        else:
            values[head] = value
    for name, value in values.items():
        if isinstance(value, dict) and _bare(hints[name]) is Correction:
            values[name] = Correction(**value)
    return values


def _bare(hint: Any) -> Any:
    """The type of what is given, where nothing may be given too."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        kinds = [one for one in typing.get_args(hint) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _form(name: str, hint: Any) -> str:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict:
        return PAIRS
    if origin is tuple:
        return {UnitPart: PARTS, HolderShare: HOLDERS}.get(inner[0], LINES)
    if hint is int:
        if name in DATES:
            return DATE
        return MONEY if name.endswith("_minor") else WHOLE
    if name == "source":
        return DOCUMENT
    return {bool: TRUTH, Share: SHARE}.get(hint, TEXT)


def _read(fields: Fields, asked: Asked, digits: int, attributes: Mapping[str, str]) -> Any:
    """The value that was typed; None where nothing was."""
    name = asked.name
    if asked.kind == TRUTH:
        return fields.is_on(name)
    if not fields.long_text(name).strip():
        if asked.is_needed:
            fields.fault(name, "draft.missing")
        return None
    if asked.kind in (WHOLE, MONEY):
        return fields.scaled(name, digits if asked.kind == MONEY else 0, 0, 0, WHOLE_MOST)
    if asked.kind == LINES:
        return fields.lines(name)
    if asked.kind == PAIRS:
        return _pairs(fields, name, {} if asked.word == "scope" else attributes)
    return _READERS.get(asked.kind, _text)(fields, name)


def _text(fields: Fields, name: str) -> str:
    return fields.text(name)


def _date(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    try:
        return parse_instant(text if "T" in text else f"{text}T00:00:00Z")
    except Refusal:
        fields.fault(name, "apply.not_a_date")
        return None


def _share(fields: Fields, name: str) -> Share | None:
    return _share_in(fields, name, fields.text(name))


def _share_in(fields: Fields, name: str, text: str) -> Share | None:
    numerator, _, denominator = text.replace(" ", "").partition("/")
    try:
        return Share.of(int(numerator[:DIGITS_MAX]), int(denominator[:DIGITS_MAX] or 1))
    except (ValueError, Refusal, AssertionError):
        fields.fault(name, "apply.not_a_share")
        return None


def _document(fields: Fields, name: str) -> str | None:
    digest = fields.text(name)
    if DIGEST_FORM.fullmatch(digest):
        return digest
    fields.fault(name, "apply.not_a_document")
    return None


def _pairs(fields: Fields, name: str, kinds: Mapping[str, str]) -> dict[str, Any] | None:
    """Lines of ``name = value``; a value as its attribute has it."""
    found: dict[str, Any] = {}
    for left, right in _sides(fields, name) or ():
        if not right:
            continue  # a line that was offered and not filled in
        kind = kinds.get(left, "text").removesuffix("?")
        if kind in ("int", "level") and right.isascii() and right.isdecimal() and len(right) <= 15:
            found[left] = int(right)
        elif kind == "truth" and right.lower() in _TRUTHS:
            found[left] = _TRUTHS[right.lower()]
        else:
            found[left] = right
    return found or None


def _parts(fields: Fields, name: str) -> tuple[UnitPart, ...] | None:
    found = []
    for unit, quantity in _sides(fields, name) or ():
        if not (quantity.isascii() and quantity.isdecimal() and len(quantity) <= 15):
            fields.fault(name, "apply.not_parts")
            return None
        found.append(UnitPart(unit=unit, quantity=int(quantity)))
    return tuple(found)


def _holders(fields: Fields, name: str) -> tuple[HolderShare, ...] | None:
    found = []
    for left, text in _sides(fields, name) or ():
        right, _, holder = left.partition(" ")
        share = _share_in(fields, name, text)
        if share is None or not holder:
            fields.fault(name, "apply.not_holders")
            return None
        found.append(HolderShare(right=right, holder=holder.strip(), share=share))
    return tuple(found)


def _sides(fields: Fields, name: str) -> list[tuple[str, str]] | None:
    """Lines of two sides with ``=`` between them."""
    found = []
    for line in fields.long_text(name).replace("＝", "=").splitlines():
        if not line.strip():
            continue
        left, middle, right = line.partition("=")
        if not middle or not left.strip():
            fields.fault(name, "apply.not_pairs")
            return None
        found.append((left.strip(), right.strip()))
    return found


_TRUTHS = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}
_READERS: dict[str, Callable[[Fields, str], Any]] = {
    DATE: _date,
    SHARE: _share,
    DOCUMENT: _document,
    PARTS: _parts,
    HOLDERS: _holders,
}
