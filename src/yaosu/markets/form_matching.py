"""People's choices and posts' seats in the book of a market that matches.

A choice is an order to buy one lot at no price, with a rank; an offer of seats is an order to sell
lots of a right, with what the seats ask for. A post is an instrument in a region. Who has what is
asked for is attested, and read when the book is closed: nobody says it of themselves.
"""

from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.markets.form import TEXT, WHOLE, Fault, Form, Term, as_they_came
from yaosu.markets.mechanisms.matching_book import book_of as sorted_book
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_order import SCORE_MAX
from yaosu.markets.network import Network
from yaosu.markets.terms import MatchingTerms, Trading

RANK_MAX = 1_000_000
SEATS_MAX = 1_000_000
AT_LEAST = ">="
ASKED = ("group", "requires", "scored_by")  # kinds of attestation that an offer of seats names

Mask = NDArray[np.bool_]


class Selection(Struct, frozen=True):
    """What of a book takes part.

    Attributes:
        rows: row of the book of each choice, person by person, best first.
        post: post of each row of the book.
        is_seats: rows of the book that offer seats.
    """

    rows: Integers
    post: Text
    is_seats: Mask


def check_seats(rows: Columns, trading: Trading) -> list[Fault]:
    """What is unsound in choices and offers."""
    terms = trading.matching or MatchingTerms()
    is_choice = rows["side"] > 0
    rank, names = rows["rank"], {name: rows.text(name) for name in ASKED}
    asks = np.zeros(rows.rows, bool)
    for text in names.values():
        asks |= text.codes != text.code_of("")
    group = names["group"]
    requires = names["requires"]
    unclear = np.array([AT_LEAST in v and not read_asked(v)[1] for v in requires.values] or [False])
    foreign = np.array([value not in ("", *terms.groups) for value in group.values] or [False])
    reasons = (
        (rows["price"] != 0, "it has a price"),
        (is_choice & (rows["quantity"] != 1), "a choice is of one seat"),
        (is_choice & ((rank < 1) | (rank > RANK_MAX)), f"its rank is not from 1 to {RANK_MAX}"),
        (is_choice & (asks | (rows["precedence"] != 0)), "a choice says nothing about seats"),
        (~is_choice & (rank != 0), "an offer of seats has no rank"),
        (~is_choice & (rows["quantity"] > SEATS_MAX), f"it offers more than {SEATS_MAX} seats"),
        (foreign[group.codes], "the market's terms do not name its group"),
        (unclear[requires.codes], "it requires no whole level from 1 (kind>=level)"),
    )
    return [
        Fault(mask, "markets.bad_choice", ("row", "instrument"), {"reason": reason})
        for mask, reason in reasons
        if mask.any()
    ]


def kinds_asked(book: Columns) -> tuple[str, ...]:
    """Kinds of attestation that the offers of a round name."""
    offers = book.take(book["side"] < 0)
    named = [read_asked(v)[0] for name in ASKED for v in offers.text(name).tolist() if v]
    return tuple(sorted(set(named)))


def read_asked(text: str) -> tuple[str, int]:
    """A kind of attestation and its least level: ``skill_grade>=5``; a kind alone is level 1."""
    kind, at_least, level = text.partition(AT_LEAST)
    if not at_least:
        return text, 1
    return kind.strip(), int(level) if level.strip().isdecimal() and len(level) < 9 else 0


def select(book: Columns, facts: Columns) -> Selection:
    """The choices that count: of posts with seats, by those who have what the post requires.

    A person's choices stand by rank, then as they came; a post that is named again counts where it
    was named first.
    """
    post = _posts(book)
    is_seats = book["side"] < 0
    has_seats = np.zeros(max(len(post.values), 1), bool)
    has_seats[post.codes[is_seats]] = True
    counts = ~is_seats & has_seats[post.codes]
    party = book.text("party")
    for asked, posts in _asking(book, post, "requires").items():
        kind, least = read_asked(asked)
        able = [party.code_of(name) for name, lv in _levels(facts, kind).items() if lv >= least]
        has_it = np.isin(party.codes, able)
        counts &= ~np.isin(post.codes, posts) | has_it
    rows = np.flatnonzero(counts)
    keys = (book["number"], book["sequence"], book["rank"], party.sorted().codes)
    rows = rows[np.lexsort([np.asarray(key)[rows] for key in keys])]
    pair = party.codes[rows].astype(np.int64) * max(len(post.values), 1) + post.codes[rows]
    first = np.zeros(len(rows), bool)
    first[np.unique(pair, return_index=True)[1]] = True
    return Selection(rows[first], post, is_seats)


def choices_of(book: Columns, facts: Columns) -> Choices:
    """The book of the round as the matching takes it; its rows of choices are those of `select`."""
    chosen = select(book, facts)
    rows, post = chosen.rows, chosen.post
    party = book.text("party")
    score = np.zeros(len(rows), np.int64)
    for kind, posts in _asking(book, post, "scored_by").items():
        table = np.zeros(max(len(party.values), 1), np.int64)
        for name, level in _levels(facts, kind).items():
            table[max(party.code_of(name), 0)] = level
        score += np.where(np.isin(post.codes[rows], posts), table[party.codes[rows]], 0)
    seats, groups = _seats(book, chosen)
    takes_part = np.zeros(max(len(party.values), 1), bool)
    takes_part[party.codes[rows]] = True
    members = [
        (name, kind)
        for kind in groups
        for name in _levels(facts, kind)
        if takes_part[party.code_of(name)]
    ]
    return Choices(
        Columns(
            {
                "person": party.take(rows).sorted(),
                "post": post.take(rows).sorted(),
                "score": np.clip(score, 0, SCORE_MAX),
            }
        ),
        seats,
        Columns(
            {
                "person": Text.of([name for name, _ in members]),
                "group": Text.of([kind for _, kind in members]),
            }
        ),
    )


def _seats(book: Columns, chosen: Selection) -> tuple[Columns, tuple[str, ...]]:
    """Seats of each post and group, all offers together, by precedence; and the groups."""
    found: dict[tuple[str, str], list[int]] = {}
    group = book.text("group").tolist()
    names = chosen.post.tolist()
    for row in np.flatnonzero(chosen.is_seats).tolist():
        precedence, lots = int(book["precedence"][row]), int(book["quantity"][row])
        known = found.setdefault((names[row], group[row]), [precedence, 0])
        known[0], known[1] = min(known[0], precedence), known[1] + lots
    by_rule = sorted(found, key=lambda key: (key[0], found[key][0], key[1] == "", key[1]))
    table = Columns(
        {
            "post": Text.of([post for post, _ in by_rule]),
            "group": Text.of([kind for _, kind in by_rule]),
            "seats": np.array([min(found[key][1], SEATS_MAX) for key in by_rule], np.int64),
            "precedence": np.arange(len(by_rule), dtype=np.int64),
        }
    )
    return table, tuple(sorted({kind for _, kind in by_rule if kind}))


def _posts(book: Columns) -> Text:
    """The post of each row: its instrument and region."""
    instrument, region = book.text("instrument"), book.text("region")
    key = instrument.codes.astype(np.int64) * max(len(region.values), 1) + region.codes
    distinct, codes = np.unique(key, return_inverse=True)
    width = max(len(region.values), 1)
    names = tuple(
        f"{instrument.values[code // width]}@{region.values[code % width]}"
        for code in distinct.tolist()
    )
    return Text(names, codes.astype(np.int32)).sorted()


def _asking(book: Columns, post: Text, name: str) -> dict[str, list[int]]:
    """Kind of attestation -> codes of the posts whose offers name it in this column."""
    text = book.text(name)
    rows = np.flatnonzero((book["side"] < 0) & (text.codes != text.code_of("")))
    found: dict[str, set[int]] = {}
    for row in rows.tolist():
        found.setdefault(text.values[text.codes[row]], set()).add(int(post.codes[row]))
    return {kind: sorted(posts) for kind, posts in sorted(found.items())}


def _levels(facts: Columns, kind: str) -> dict[str, int]:
    """Party -> the level attested to it."""
    rows = facts.take(facts.text("kind").codes == facts.text("kind").code_of(kind))
    return dict(zip(rows.text("party").tolist(), rows["level"].tolist(), strict=True))


def _digest(choices: Choices, _: Network) -> str:
    return sorted_book(choices).digest


def _parameters(trading: Trading, seed: str) -> dict[str, Any]:
    terms = structs.asdict(trading.matching or MatchingTerms())
    return {"seed": seed} | {name: terms[name] for name in terms if name != "groups"}


MATCHING = Form(
    terms={
        "price": Term(WHOLE, 0),
        "quantity": Term(WHOLE, 1),
        "rank": Term(WHOLE, 0),
        "group": Term(TEXT, ""),
        "precedence": Term(WHOLE, 0),
        "requires": Term(TEXT, ""),
        "scored_by": Term(TEXT, ""),
    },
    complete=as_they_came,
    check=check_seats,
    orders_of=choices_of,
    digest_of=_digest,
    parameters_of=_parameters,
    asks=kinds_asked,
    draws=True,
)
