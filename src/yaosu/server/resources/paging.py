"""A resource, and the page of its rows that is asked for: filters, fields, limit, cursor."""

import types
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse, refuse_unless

PAGE = 100  # rows, where nothing is said
PLAIN = ("after", "at_least", "fields", "limit")  # parameters that are no filters


class Resource(Struct, frozen=True, kw_only=True):
    """One thing that can be read.

    Attributes:
        make: the table, from the state.
        key: columns that together name a row; rows are given in their order.
        columns: name -> what it holds; ``#`` before it says whole number.
        owners: columns that name whom a row concerns; empty: shown to whoever is signed in.
        what: one sentence.
    """

    make: Callable[[State], Columns]
    key: tuple[str, ...]
    columns: dict[str, str]
    what: str
    owners: tuple[str, ...] = ()


class Rows(Struct, frozen=True):
    """A published table: its rows in order of their keys, and those keys."""

    rows: list[dict[str, Any]]
    keys: list[tuple[Any, ...]]


def rows_of(resource: Resource, table: Columns) -> Rows:
    """The rows of a resource, sorted."""
    keyed = sorted(
        ((tuple(row[name] for name in resource.key), row) for row in table.iterate()),
        key=lambda pair: pair[0],
    )
    return Rows([row for _, row in keyed], [key for key, _ in keyed])


class Page(Struct, frozen=True, kw_only=True):
    """Some rows of a resource.

    Attributes:
        entries: how many entries of the journal the rows take in.
        instant: of the last of them, microseconds UTC.
        next: to be sent as ``after`` for the rows that follow; null where there are none.
    """

    entries: int
    instant: int
    rows: list[dict[str, Any]]
    next: str | None


def page_of(
    resource: Resource,
    table: Rows,
    query: Mapping[str, str],
    shown_to: Sequence[str] | None,
    limit_max: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows asked for, and the cursor for those that follow.

    Args:
        query: filters by column, ``limit``, ``after``, ``fields``.
        shown_to: only rows that concern one of these parties; None is all.

    Raises:
        Refusal: ``server.bad_query``.
    """
    limit = number_of(query, "limit", PAGE, 1, limit_max)
    begin = bisect_right(table.keys, _key_of(resource, query["after"])) if "after" in query else 0
    filters = _filters(resource, query)
    fields = _fields(resource, query.get("fields"))
    found: list[dict[str, Any]] = []
    last: tuple[Any, ...] = ()
    for key, row in zip(table.keys[begin:], table.rows[begin:], strict=True):
        if not all(row[name] == value for name, value in filters):
            continue
        if shown_to is not None and not any(row[name] in shown_to for name in resource.owners):
            continue
        if len(found) == limit:
            return found, _cursor(last)
        found.append(row if fields is None else {name: row[name] for name in fields})
        last = key
    return found, None


def number_of(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A parameter that is a whole number."""
    text = query.get(name)
    if text is None:
        return default
    fits = text.isascii() and text.isdecimal() and len(text) <= 18 and least <= int(text) <= most
    reason = f"a whole number from {least} to {most} is wanted"
    refuse_unless(fits, "server.bad_query", name=name, value=text[:100], reason=reason)
    return int(text)


def _filters(resource: Resource, query: Mapping[str, str]) -> list[tuple[str, Any]]:
    filters: list[tuple[str, Any]] = []
    for name, text in query.items():
        if name in PLAIN:
            continue
        reason = f"columns are {', '.join(resource.columns)}"
        known = name in resource.columns
        refuse_unless(known, "server.bad_query", name=name[:100], value=text[:100], reason=reason)
        value: Any = text
        if resource.columns[name].startswith("#"):
            sign = text.removeprefix("-")
            fits = sign.isascii() and sign.isdecimal() and len(sign) <= 18
            reason = "a whole number is wanted"
            refuse_unless(fits, "server.bad_query", name=name, value=text[:100], reason=reason)
            value = int(text)
        filters.append((name, value))
    return filters


def _fields(resource: Resource, text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = text.split(",")
    unknown = next((name for name in names if name not in resource.columns), None)
    if unknown is not None:
        reason = f"columns are {', '.join(resource.columns)}"
        refuse("server.bad_query", name="fields", value=unknown[:100], reason=reason)
    return names


def _cursor(key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _key_of(resource: Resource, cursor: str) -> tuple[Any, ...]:
    kinds = tuple(int if resource.columns[name].startswith("#") else str for name in resource.key)
    wanted: Any = types.GenericAlias(tuple, kinds)
    try:
        padded = cursor[:2000] + "=" * (-len(cursor[:2000]) % 4)
        key: tuple[Any, ...] = msgspec.json.decode(
            urlsafe_b64decode(padded.encode("ascii")), type=wanted
        )
    except (ValueError, msgspec.DecodeError, RecursionError):
        reason = "take it from the field next of the page before"
        refuse("server.bad_query", name="after", value=cursor[:100], reason=reason)
    return key
