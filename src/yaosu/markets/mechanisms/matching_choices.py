"""What a matching is asked: ranked choices of people, seats of posts, members of groups."""

from typing import Any, Self

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Column, Columns, Text
from yaosu.kernel.refusal import refuse, refuse_unless

KNOWN = {
    "choices": (("person", "post"), ("rank", "score")),
    "seats": (("post", "seats"), ("group", "precedence")),
    "members": (("person", "group"), ()),
}
NAMES = ("person", "post")


class Choices(Struct, frozen=True):
    """People's ranked choices, and who may sit where.

    People and posts go by name (text) or by number (from 0, so that they index arrays). Who is not
    qualified for a post has no row for it: whether someone is, is decided by whoever makes the
    rows.

    Attributes:
        choices: person, post, and where given rank (whole numbers, the smallest is liked best;
            else rows of a person stand in this order) and score (whole numbers, the highest is
            liked best by the post; else all are 0 and the lottery decides).
        seats: post, seats (how many, from 0), and where given group (text: only its members, or
            they first; empty: anybody) and precedence (whole numbers: seats of a post are given
            away from the smallest up; else reserved seats by name of the group, then the others).
        members: person, group (text).
    """

    choices: Columns
    seats: Columns
    members: Columns

    @classmethod
    def of(cls, choices: Any, seats: Any, members: Any = None) -> Self:
        """From dictionaries of columns, or Arrow, polars or pandas tables.

        Raises:
            Refusal: `markets.missing_column`, `markets.matching_column`,
                `markets.matching_names`, `kernel.*`.
        """
        from yaosu.kernel.frames import columns_from

        if members is None:
            person = _empty_like(columns_from(choices), "person")
            members = Columns({"person": person, "group": Text.of([])})
        tables = {"choices": choices, "seats": seats, "members": members}
        ready = {title: _table(title, columns_from(table)) for title, table in tables.items()}
        made = cls(**ready)
        for what, other in (("person", made.members), ("post", made.seats)):
            named = {isinstance(c.column(what), Text) for c in (made.choices, other) if c.rows}
            refuse_unless(len(named) < 2, "markets.matching_names", what=f"column {what}")
        return made

    @property
    def rows(self) -> int:
        """How many choices."""
        return self.choices.rows


def _table(title: str, columns: Columns) -> Columns:
    needed, more = KNOWN[title]
    for name in needed:
        refuse_unless(name in columns, "markets.missing_column", table=title, column=name)
    data: dict[str, Column] = {}
    for name in columns.names:
        if name not in needed + more:
            known = ", ".join(needed + more)
            refuse("markets.matching_column", table=title, column=name, known=known)
        data[name] = _column(f"{name} of {title}", columns.column(name), name)
    return Columns(data)


def _column(where: str, column: Column, name: str) -> Column:
    is_text = isinstance(column, Text)
    is_whole = isinstance(column, np.ndarray) and column.dtype.kind == "i"
    if name == "group":
        fits, expected = is_text or not len(column), "text"
    elif name in NAMES:
        fits, expected = is_text or is_whole, "text or whole numbers"
    else:
        fits, expected = is_whole, "whole numbers"
    found = column.dtype.name if isinstance(column, np.ndarray) else type(column).__name__
    refuse_unless(
        fits, "kernel.wrong_type", where=f"column {where}", found=found, expected=expected
    )
    if name == "group" and not is_text:
        return Text.of([])
    return column.sorted() if isinstance(column, Text) else column


def _empty_like(columns: Columns, name: str) -> Column:
    is_text = name in columns and isinstance(columns.column(name), Text)
    return Text.of([]) if is_text else np.zeros(0, np.int64)
