"""Deferred acceptance of people and posts: quotas, reserved seats, a lottery from a seed.

Everybody names posts from the best down, posts like people by score, and nobody is placed against
their will. The result is stable: no person and post would both rather have each other than what
they got. Of all stable results it is the best for every person (or, where posts propose, for every
post), so it is one and no other.

The way: the tables checked and put in canonical order (`matching_book`), proposals
(`matching_propose`), the public tables (here); `matching_verify` checks a result in one pass over
the choices, without proposals.

Source: D. Gale, L. S. Shapley, "College admissions and the stability of marriage" (1962);
S. D. Kominers, T. Sönmez, "Matching with slot-specific priorities: theory" (2016) for seats filled
by precedence; checked against brute force in tests/markets/mechanisms/matching.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Column, Columns, Integers, Maybe, Text
from yaosu.kernel.sorting import order_of
from yaosu.markets.mechanisms.matching_book import Book, book_of, draws_of
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_order import MEMBER, NOBODY, Keys
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_propose import people_propose, posts_propose
from yaosu.markets.mechanisms.matching_refusals import REFUSALS
from yaosu.markets.mechanisms.matching_stable import last_admitted

__all__ = ["REFUSALS", "Matching", "match_choices"]

RULE = "matching/1"


class Matching(Struct, frozen=True, kw_only=True):
    """Who sits where.

    Attributes:
        rule: mechanism and version of the rule.
        choices_digest, parameters_digest: SHA-256, hex; the choices in canonical order.
        awards: one row a person placed, by person: person, post, group (whose reserved seat it
            is; empty: a seat for anybody), choice (1: the first of the own list).
        seats: one row a class of seats, by post and precedence: post, group, seats, held, and
            where full member (1: the last admitted was one), score and draw of the last admitted:
            whoever comes after these in the liking of the seat was not admitted.
        placed, unplaced: people with and without a post, of those who chose one.
    """

    rule: str
    choices_digest: str
    parameters_digest: str
    awards: Columns
    seats: Columns
    placed: int
    unplaced: int


def match_choices(choices: Choices, parameters: MatchingParameters) -> Matching:
    """Place people in posts.

    Raises:
        Refusal: see `book_of`.

    Cost: O(choices x classes of a post x log seats); 60 bytes a choice, 100 more where posts
    propose.
    """
    return match_book(book_of(choices), parameters)


def match_book(book: Book, parameters: MatchingParameters) -> Matching:
    """Place the people of a book that is made ready."""
    draw = draws_of(book, parameters)
    reached, seat = proposed(book, draw, parameters)
    return matching_of(book, draw, parameters, reached, seat)


def proposed(book: Book, draw: Integers, parameters: MatchingParameters) -> tuple[Array, Array]:
    """Place in the own list and class of seats of each person, by proposals."""
    is_per_choice = parameters.is_per_choice
    keys = Keys.of(book.starts, book.score, draw, is_per_choice)
    if parameters.proposing == "people":
        post_of = np.repeat(np.arange(book.posts), np.diff(book.class_starts))
        room = np.minimum(book.class_seats, np.diff(book.post_starts)[post_of])
        return people_propose(
            book.starts,
            book.chosen,
            keys.score,
            keys.draw,
            keys.who,
            keys.bits,
            is_per_choice,
            book.bits,
            book.class_starts,
            book.class_group,
            parameters.is_open,
            np.concatenate((np.zeros(1, np.int64), np.cumsum(room))),
        )
    key = keys.of_choices(book.starts, is_per_choice)
    ranked = order_of([book.chosen, -key]) if book.chosen.size else key
    person = np.repeat(np.arange(book.people, dtype=np.int32), np.diff(book.starts))
    return posts_propose(
        book.starts,
        book.bits,
        book.class_starts,
        book.class_group,
        book.class_seats,
        parameters.is_open,
        book.post_starts,
        ranked,
        person,
    )


def matching_of(
    book: Book, draw: Integers, parameters: MatchingParameters, reached: Array, seat: Array
) -> Matching:
    """The public tables."""
    placed = np.flatnonzero(seat != NOBODY)
    group = book.class_group[seat[placed]]
    awards = Columns(
        {
            "person": _named(book.people_names, placed),
            "post": _named(book.post_names, book.chosen[book.starts[placed] + reached[placed]]),
            "group": _named(("", *book.groups), group + 1),
            "choice": reached[placed].astype(np.int64) + 1,
        }
    )
    took_part = int(np.count_nonzero(np.diff(book.starts)))
    return Matching(
        rule=RULE,
        choices_digest=book.digest,
        parameters_digest=digest(encode(parameters)).hex(),
        awards=awards,
        seats=seats_of(book, draw, parameters, reached, seat),
        placed=len(placed),
        unplaced=took_part - len(placed),
    )


def seats_of(
    book: Book, draw: Integers, parameters: MatchingParameters, reached: Array, seat: Array
) -> Columns:
    """The table of seats."""
    held, last, _ = last_admitted(
        book.starts,
        book.score,
        draw,
        parameters.is_per_choice,
        book.bits,
        book.class_group,
        parameters.is_open,
        reached,
        seat,
    )
    is_full = (held == book.class_seats) & (held > 0)
    bit = np.where(book.class_group >= 0, book.class_group, 0)
    liking, last_draw, person = np.where(is_full[:, None], last, 0).T
    of_last = book.bits[person] if book.people else person
    is_member = is_full & (book.class_group >= 0) & ((of_last >> bit) & 1).astype(bool)
    post = np.repeat(np.arange(book.posts), np.diff(book.class_starts))
    return Columns(
        {
            "post": _named(book.post_names, post),
            "group": _named(("", *book.groups), book.class_group + 1),
            "seats": book.class_seats,
            "held": held,
            "member": Maybe(is_member.astype(np.int64), is_full),
            "score": Maybe(liking - np.where(is_member, MEMBER, 0), is_full),
            "draw": Maybe(last_draw, is_full),
        }
    )


def _named(names: tuple[str, ...] | None, codes: Array) -> Column:
    return codes.astype(np.int64) if names is None else Text(names, codes.astype(np.int32)).sorted()
