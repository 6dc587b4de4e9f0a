"""What a rule pack changes against another: items added, removed, changed, field by field."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.instant import format_instant
from yaosu.rules.evaluate import AnyItem
from yaosu.rules.pack import Pack, Text

INSTANTS = ("effective", "expiry")
WORDS = ("reason", "text", "source", "confidence", "example", "title", "legal_basis", "authority")


class FieldChange(Struct, frozen=True, kw_only=True):
    """A field that differs; both sides as text, empty where there was nothing."""

    field: str
    before: str
    after: str


class Change(Struct, frozen=True, kw_only=True):
    """One thing that differs.

    Attributes:
        change: ``added``, ``removed`` or ``changed``.
        what: kind of the item; ``pack`` of the head, ``fact`` of a declared fact.
        id: of the item; of the head the pack's, of a fact its name.
        fields: those that differ, of an item that changed.
        sentence: in words: what decides with both sides, of the words around it only that they
            differ.
        text: what an item says of itself, of one that is new or gone.
    """

    change: str
    what: str
    id: str
    fields: tuple[FieldChange, ...] = ()
    sentence: str
    text: Text | None = None


def differences(before: Pack, after: Pack) -> list[Change]:
    """What differs, the head first, then facts, then items by id.

    An overlay set beside its base changes what it lists and leaves the rest: nothing of the base
    counts as removed, and the head of the overlay is told by itself.
    """
    is_overlay = after.pack.base == before.pack.id
    changes = [] if is_overlay else list(_of_head(before, after))
    changes += _of_facts(before, after, is_overlay)
    old, new = ({item.id: item for item in pack.items} for pack in (before, after))
    for item in sorted({*old, *new}):
        if item not in new:
            if not is_overlay:
                changes.append(_whole("removed", old[item]))
        elif item not in old:
            changes.append(_whole("added", new[item]))
        else:
            changes += _of_item(old[item], new[item])
    return changes


def _of_head(before: Pack, after: Pack) -> Iterator[Change]:
    fields = tuple(_fields(before.pack, after.pack))
    if fields:
        yield _changed("pack", after.pack.id, fields)


def _of_facts(before: Pack, after: Pack, is_overlay: bool) -> Iterator[Change]:
    for name in sorted({*before.facts, *after.facts}):
        old, new = before.facts.get(name, ""), after.facts.get(name, "")
        if old and new and old != new:
            yield _changed("fact", name, (FieldChange(field="kind", before=old, after=new),))
        elif old != new and not (is_overlay and not new):
            change = "added" if new else "removed"
            sentence = f"fact {name} ({new or old}) is {change}"
            yield Change(change=change, what="fact", id=name, sentence=sentence)


def _of_item(before: AnyItem, after: AnyItem) -> Iterator[Change]:
    if type(before) is not type(after):
        kinds = tuple(type(item).__name__.lower() for item in (before, after))
        change = FieldChange(field="kind", before=kinds[0], after=kinds[1])
        yield _changed(kinds[1], after.id, (change,))
        return
    fields = tuple(_fields(before, after))
    if fields:
        yield _changed(type(after).__name__.lower(), after.id, fields)


def _fields(before: Struct, after: Struct) -> Iterator[FieldChange]:
    """The fields that differ; of a table's rows, those that do, by their key."""
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if name == "rows":
            yield from _rows(old, new, getattr(after, "key", ""))
        else:
            yield FieldChange(field=name, before=_said(name, old), after=_said(name, new))


def _rows(before: Any, after: Any, key: str) -> Iterator[FieldChange]:
    old, new = ({row.get(key, ""): row for row in rows} for rows in (before, after))
    for value in [*old, *(value for value in new if value not in old)]:
        was, now = old.get(value), new.get(value)
        if was != now:
            yield FieldChange(
                field=f"row {value}", before=_said("row", was), after=_said("row", now)
            )


def _said(name: str, value: Any) -> str:
    """A value as text."""
    if value is None or value == "":
        return ""
    if name in INSTANTS and isinstance(value, int):
        return format_instant(value) if value else ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _whole(change: str, item: AnyItem) -> Change:
    what = type(item).__name__.lower()
    text = f": {item.text.en}" if item.text else ""
    sentence = f"{what} {item.id} is {change}{text}"
    return Change(change=change, what=what, id=item.id, sentence=sentence, text=item.text)


def _changed(what: str, name: str, fields: tuple[FieldChange, ...]) -> Change:
    told = [
        f"{one.field} {one.before or 'nothing'} -> {one.after or 'nothing'}"
        for one in fields
        if one.field not in WORDS
    ]
    worded = [one.field for one in fields if one.field in WORDS]
    if worded:
        told.append(f"worded anew: {', '.join(worded)}")
    sentence = f"{what} {name} is changed: {'; '.join(told)}"
    return Change(change="changed", what=what, id=name, fields=fields, sentence=sentence)
