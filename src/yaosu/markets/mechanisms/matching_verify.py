"""Verify a matching from its public tables: no proposals, one pass over the choices.

First that awards are people's own choices, in seats they may take, no more than there are. Then
that no pair blocks: nobody wants a seat that is free or whose last admitted is liked less. Then
that no other stable matching is better for those who propose. Where people propose: let every
class of seats point to the class that holds the one it would take next; a better stable matching
exists if and only if these pointers close a cycle, round which all would gain. Where posts propose:
let every person point to whom they would push out of the next best seat that would take them.

Source: R. W. Irving, P. Leather (1986), D. Gusfield, R. W. Irving, "The Stable Marriage Problem"
(1989), ch. 2-3, on rotations; the reference page has the argument for quotas and reserved seats.
"""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Column, Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms.matching import RULE, Matching, matching_of
from yaosu.markets.mechanisms.matching_book import Book, book_of, draws_of
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_order import NOBODY
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_stable import (
    bar_of,
    blocking_choice,
    has_cycle,
    last_admitted,
    next_of_people,
    next_of_posts,
)


def verify_matching(choices: Choices, matching: Matching, parameters: MatchingParameters) -> None:
    """Return if the matching is the one the rule makes of these choices, else refuse.

    Raises:
        Refusal: `markets.certificate_*`, and those of `book_of`.
    """
    refuse_unless(
        matching.rule == RULE, "markets.certificate_rule", found=matching.rule, expected=RULE
    )
    book = book_of(choices)
    for what, said, found in (
        ("choices", matching.choices_digest, book.digest),
        ("parameters", matching.parameters_digest, digest(encode(parameters)).hex()),
    ):
        refuse_unless(said == found, "markets.certificate_digest", what=what)
    draw = draws_of(book, parameters)
    reached, seat = _read_awards(book, matching.awards)
    _verify_stable(book, draw, parameters, reached, seat)
    expected = matching_of(book, draw, parameters, reached, seat)
    for name in ("awards", "seats"):
        published: Columns = getattr(matching, name)
        wrong = _differing(published, getattr(expected, name))
        _refuse_shape(not wrong, name, f"{wrong} is not what the awards make it")
    for name in ("placed", "unplaced"):
        said, found = getattr(matching, name), getattr(expected, name)
        refuse_unless(
            type(said) is int and said == found,
            "markets.certificate_total",
            what=name,
            published=str(said),
            found=str(found),
        )


def _verify_stable(
    book: Book, draw: Integers, parameters: MatchingParameters, reached: Array, seat: Array
) -> None:
    liked = (book.score, draw, parameters.is_per_choice, book.bits)
    held, last, stranger = last_admitted(
        book.starts, *liked, book.class_group, parameters.is_open, reached, seat
    )
    if stranger != NOBODY:
        _refuse_award(seat, stranger, "the seat is reserved for a group the person is not in")
    over = np.flatnonzero(held > book.class_seats)
    if over.size:
        person = int(np.flatnonzero(seat == over[0])[-1])
        _refuse_award(seat, person, "more are placed there than there are seats")
    known = (
        *(book.starts, book.chosen, *liked, book.class_starts, book.class_group),
        *(parameters.is_open, reached, seat, bar_of(book.class_seats, held, last)),
    )
    person, row, first = blocking_choice(*known)
    if person != NOBODY:
        names = (_name(book.people_names, person), _name(book.post_names, book.chosen[row]))
        refuse("markets.certificate_blocked", person=names[0], post=names[1])
    is_for_people = parameters.proposing == "people"
    following = next_of_posts(seat, first) if is_for_people else next_of_people(*known)
    refuse_unless(
        not has_cycle(following), "markets.certificate_not_best", side=parameters.proposing
    )


def _read_awards(book: Book, awards: Columns) -> tuple[Array, Array]:
    """Place in the own list and class of seats of each person, from the table of awards."""
    _refuse_shape(
        sorted(awards.names) == ["choice", "group", "person", "post"],
        "awards",
        "columns are missing",
    )
    person = _codes(awards, "person", book.people_names, book.people)
    post = _codes(awards, "post", book.post_names, book.posts)
    group = _codes(awards, "group", ("", *book.groups), 0) - 1
    choice = _codes(awards, "choice", None, 1 << 31)
    late = np.flatnonzero(np.diff(person) <= 0)
    if late.size:
        _refuse_row(int(late[0]) + 1, "people do not come in order, each once")
    rows = book.starts[person] + choice - 1
    _refuse_first((choice < 1) | (rows >= book.starts[person + 1]), "there is no such choice")
    _refuse_first(book.chosen[rows] != post, "the choice is of another post")
    k_class = np.full(len(person), NOBODY, np.int32)
    widest = int(np.diff(book.class_starts).max(initial=0))
    for step in range(widest):
        at = book.class_starts[post] + step
        is_there = at < book.class_starts[post + 1]
        at = np.where(is_there, at, 0)
        k_class = np.where(is_there & (book.class_group[at] == group), at, k_class)
    _refuse_first(k_class == NOBODY, "the post has no seats of this group")
    reached = np.diff(book.starts).astype(np.int32)
    seat = np.full(book.people, NOBODY, np.int32)
    reached[person] = choice - 1
    seat[person] = k_class
    return reached, seat


def _codes(awards: Columns, name: str, names: tuple[str, ...] | None, count: int) -> Integers:
    column: Any = awards.column(name)
    if names is None:
        is_whole = isinstance(column, np.ndarray) and column.dtype == np.int64
        _refuse_shape(is_whole, "awards", f"{name} is not in whole numbers")
        _refuse_first((column < 0) | (column >= count), f"there is no such {name}")
        return np.asarray(column, np.int64)
    _refuse_shape(isinstance(column, Text), "awards", f"{name} is not text")
    place = {value: code for code, value in enumerate(names)}
    table = np.array([place.get(value, NOBODY) for value in column.values] or [0], np.int64)
    codes = np.asarray(table[column.codes])
    _refuse_first(codes < 0, f"there is no such {name}")
    return codes


def _differing(published: Columns, expected: Columns) -> str:
    """The first column that is not the same, or nothing."""
    if sorted(published.names) != sorted(expected.names) or published.rows != expected.rows:
        return "the list of columns or the number of rows"
    for name in expected.names:
        pair = published.column(name), expected.column(name)
        if type(pair[0]) is not type(pair[1]):
            return name
        if not all(map(np.array_equal, *map(_arrays, pair))):
            return name
    return ""


def _arrays(column: Column) -> tuple[Any, ...]:
    """What a column is made of."""
    if isinstance(column, Text):
        column = column.sorted()
        return column.codes, np.array(column.values, dtype=object)
    return (column.values, column.present) if isinstance(column, Maybe) else (column,)


def _name(names: tuple[str, ...] | None, code: int) -> str:
    return str(code) if names is None else names[code]


def _refuse_shape(is_right: bool, table: str, reason: str) -> None:
    refuse_unless(is_right, "markets.certificate_shape", table=table, reason=reason)


def _refuse_first(is_wrong: Array, reason: str) -> None:
    rows = np.flatnonzero(is_wrong)
    if rows.size:
        _refuse_row(int(rows[0]), reason)


def _refuse_award(seat: Array, person: int, reason: str) -> None:
    _refuse_row(int(np.count_nonzero(seat[:person] != NOBODY)), reason)


def _refuse_row(row: int, reason: str) -> None:
    refuse("markets.certificate_award", row=row, reason=reason)
