"""Choices made ready: people's lists one after the other, seats of a post by precedence."""

from hashlib import sha256

import numpy as np
from msgspec import Struct

from yaosu.kernel.canonical import digest, digest_columns, encode
from yaosu.kernel.columns import ROWS_MAX, Array, Column, Columns, Integers, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_order import NOBODY, SCORE_MAX
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters

GROUPS_MAX = 62
INT32_MAX = 2**31 - 1
GOLDEN = 0x9E3779B97F4A7C15
MIX_A, MIX_B = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Book(Struct, frozen=True):
    """Choices in canonical order: how rows were ordered in the tables makes no difference.

    Attributes:
        people, posts: how many.
        people_names, post_names: sorted names, or None where they go by number.
        groups: sorted names.
        starts: the choices of person i are from starts[i] to starts[i + 1], best first.
        chosen: post of each choice, int32 (choices,).
        score: of each choice, int32 where that holds them all, else int64 (choices,).
        bits: groups of each person, one bit a group (people,).
        class_starts: the classes of seats of post m are from class_starts[m], by precedence.
        class_group, class_seats: group (or NOBODY) and seats of each class (classes,).
        post_starts: sums of how often each post is chosen (posts + 1,).
        digest: SHA-256, hex, of all this.
        rows: row of the table of choices of each choice here; None where they came in order.
    """

    people: int
    posts: int
    people_names: tuple[str, ...] | None
    post_names: tuple[str, ...] | None
    groups: tuple[str, ...]
    starts: Integers
    chosen: Array
    score: Array
    bits: Integers
    class_starts: Integers
    class_group: Integers
    class_seats: Integers
    post_starts: Integers
    digest: str
    rows: Integers | None = None


def book_of(choices: Choices) -> Book:
    """Read and check the tables.

    Raises:
        Refusal: `markets.matching_number`, `markets.choice_of_nothing`, `markets.choice_twice`,
            `markets.seats_twice`, `markets.unknown_group`, `markets.too_many_reserves`.

    Cost: O(rows), and a sort where the rows of choices do not come in order.
    """
    people_names, people, (who, member) = _codes(choices.choices, choices.members, "person")
    post_names, posts, (chosen, seated) = _codes(choices.choices, choices.seats, "post")
    groups, class_post, class_group, class_seats = _classes(choices, seated)
    class_starts = np.searchsorted(class_post, np.arange(posts + 1)).astype(np.int64)
    starts, chosen, score, rows = _lists(choices, people, who, chosen)
    counts = np.zeros(posts, np.int64)
    person, post, is_known = check_lists(starts, chosen, class_starts, counts)
    if person >= 0:
        named = {"person": _name(people_names, person), "post": _name(post_names, post)}
        refuse("markets.choice_twice" if is_known else "markets.choice_of_nothing", **named)
    bits = _bits(choices, groups, people, member)
    classes = Columns({"post": class_post, "group": class_group, "seats": class_seats})
    lists = Columns({"post": chosen, "score": score})
    names = [
        digest_columns(Columns({"name": Text.of(named)})).hex() if named else ""
        for named in (people_names, post_names)
    ]
    parts = [names, list(groups), [people, posts]]
    tables = [lists, classes, Columns({"starts": starts}), Columns({"groups": bits})]
    return Book(
        people=people,
        posts=posts,
        people_names=people_names,
        post_names=post_names,
        groups=groups,
        starts=starts,
        chosen=chosen,
        score=score,
        bits=bits,
        class_starts=class_starts,
        class_group=class_group,
        class_seats=class_seats,
        post_starts=np.concatenate(([0], np.cumsum(counts))),
        digest=digest(encode([*parts, *(digest_columns(table).hex() for table in tables)])).hex(),
        rows=rows,
    )


def draws_of(book: Book, parameters: MatchingParameters) -> Integers:
    """The numbers of the lottery, one a person, or one a choice where every post draws anew.

    Each depends on the seed and on the names (or numbers) of the person and the post only: who
    else takes part, and in which row, makes no difference. The smaller is the better.
    """
    key = sha256(b"yaosu matching lottery/1" + bytes.fromhex(parameters.seed)).digest()
    words = np.frombuffer(key, "<u8")
    person = _mixed(_identity(book.people_names, book.people) ^ words[0]) ^ words[1]
    if parameters.is_per_choice:
        post = _mixed(_identity(book.post_names, book.posts) ^ words[2]) ^ words[3]
        person = np.repeat(person, np.diff(book.starts)) + post[book.chosen] * np.uint64(GOLDEN)
    return (_mixed(person) >> np.uint64(1)).astype(np.int64)


def _identity(names: tuple[str, ...] | None, count: int) -> Array:
    """64 bits of each: the number, or the head of the SHA-256 of the name."""
    if names is None:
        return np.arange(count, dtype=np.uint64)
    heads = b"".join(sha256(name.encode()).digest()[:8] for name in names)
    return np.frombuffer(heads, "<u8")


def _mixed(words: Array) -> Array:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one on 64 bits."""
    words = words + np.uint64(GOLDEN)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(MIX_A)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(MIX_B)
    words ^= words >> np.uint64(31)
    return np.asarray(words)


def _codes(
    first: Columns, second: Columns, name: str
) -> tuple[tuple[str, ...] | None, int, list[Array]]:
    """Names of both tables, how many, and the code of each row; numbers are their own codes."""
    columns: list[Column] = [first.column(name), second.column(name)]
    texts = [column for column in columns if isinstance(column, Text)]
    if texts:
        names = tuple(sorted({value for text in texts for value in text.values}))
        place = {value: i for i, value in enumerate(names)}
        tables = [
            np.array([place[v] for v in c.values] or [0], np.int32)[c.codes]
            if isinstance(c, Text)
            else np.zeros(0, np.int32)
            for c in columns
        ]
        return names, len(names), tables
    numbers = [column for column in columns if isinstance(column, np.ndarray)]
    other = {"person": "members", "post": "seats"}[name]
    for column, title in zip(numbers, ("choices", other), strict=True):
        _refuse_range(column, name, title, 0, ROWS_MAX - 1)
    return None, max((int(c.max()) + 1 for c in numbers if c.size), default=0), numbers


def _refuse_range(column: Array, what: str, table: str, least: int, most: int) -> None:
    if not column.size:
        return
    for row in (int(column.argmin()), int(column.argmax())):
        refuse_unless(
            least <= int(column[row]) <= most,
            "markets.matching_number",
            what=what,
            value=str(column[row]),
            row=row,
            table=table,
            least=str(least),
            most=str(most),
        )


def _name(names: tuple[str, ...] | None, code: int) -> str:
    return str(code) if names is None else names[code]


def _lists(
    choices: Choices, people: int, who: Array, chosen: Array
) -> tuple[Integers, Array, Array, Integers | None]:
    """Where lists start, posts and scores, person by person and rank by rank; and rows."""
    table = choices.choices
    rank = table["rank"] if "rank" in table else np.zeros(0, np.int64)
    score = table["score"] if "score" in table else np.zeros(len(who), np.int32)
    _refuse_range(score, "a score", "choices", -SCORE_MAX, SCORE_MAX)
    if score.size and score.min() >= -INT32_MAX and score.max() <= INT32_MAX:
        score = score.astype(np.int32, copy=False)
    else:
        score = score.astype(np.int64)
    order = None
    if not is_in_order(who, rank):
        order = np.lexsort((rank, who)) if rank.size else np.argsort(who, kind="stable")
        who, chosen, score = who[order], chosen[order], score[order]
        if rank.size:
            rank = rank[order]
            same = np.flatnonzero((np.diff(who) == 0) & (np.diff(rank) == 0))
            if same.size:
                row = table.take(order[same[:1]])
                refuse(
                    "markets.choice_twice", person=_first(row, "person"), post=_first(row, "post")
                )
    starts = np.zeros(people + 1, np.int64)
    count_people(who, starts)
    return starts, chosen.astype(np.int32, copy=False), score, order


def _first(columns: Columns, name: str) -> str:
    return str(columns.column(name).tolist()[0])


def _classes(
    choices: Choices, seated: Array
) -> tuple[tuple[str, ...], Integers, Integers, Integers]:
    """Groups, and post, group and seats of each class, by post and precedence."""
    table = choices.seats
    seats = table["seats"].astype(np.int64)
    _refuse_range(seats, "the number of seats", "seats", 0, INT32_MAX)
    text = table.text("group") if "group" in table else Text.repeat("", len(seats))
    groups = tuple(value for value in text.sorted().values if value)
    refuse_unless(
        len(groups) <= GROUPS_MAX,
        "markets.too_many_reserves",
        count=len(groups),
        limit=GROUPS_MAX,
    )
    place = {"": NOBODY} | {name: i for i, name in enumerate(groups)}
    group = np.array([place[v] for v in text.values] or [NOBODY], np.int64)[text.codes]
    by_rule = np.where(group == NOBODY, GROUPS_MAX, group)
    precedence = table["precedence"].astype(np.int64) if "precedence" in table else by_rule
    order = np.lexsort((by_rule, precedence, seated))
    for key in (precedence, by_rule):
        look = np.lexsort((key, seated))
        twice = np.flatnonzero((np.diff(seated[look]) == 0) & (np.diff(key[look]) == 0))
        if twice.size:
            row = table.take(look[twice[:1]])
            refuse("markets.seats_twice", post=_first(row, "post"))
    return groups, seated[order].astype(np.int64), group[order], seats[order]


def _bits(choices: Choices, groups: tuple[str, ...], people: int, member: Array) -> Integers:
    text = choices.members.text("group")
    unknown = [value for value in text.sorted().values if value not in groups]
    if unknown:
        refuse("markets.unknown_group", group=unknown[0])
    bits = np.zeros(people, np.int64)
    bit = np.array([1 << groups.index(v) for v in text.values if v in groups] or [0], np.int64)
    if member.size:
        np.bitwise_or.at(bits, member, bit[text.codes])
    return bits


@compiled
def is_in_order(who: Array, rank: Array) -> bool:
    """Whether rows come person by person, and rank by rank where there are ranks."""
    for row in range(1, len(who)):
        if who[row] < who[row - 1]:
            return False
        if len(rank) > 0 and who[row] == who[row - 1] and rank[row] <= rank[row - 1]:
            return False
    return True


@compiled
def count_people(who: Array, starts: Integers) -> None:
    """Where each person's rows start; rows come person by person."""
    for row in range(len(who)):
        starts[who[row] + 1] += 1
    for person in range(1, len(starts)):
        starts[person] += starts[person - 1]


@compiled
def check_lists(
    starts: Integers, chosen: Array, class_starts: Integers, counts: Integers
) -> tuple[int, int, bool]:
    """The first choice that is not in order, as person, post, whether the post has seats; or -1.

    Counts how often each post is chosen.
    """
    last = np.full(len(counts), -1, np.int64)
    for person in range(len(starts) - 1):
        for row in range(starts[person], starts[person + 1]):
            post = chosen[row]
            if class_starts[post] == class_starts[post + 1]:
                return person, post, False
            if last[post] == person:
                return person, post, True
            last[post] = person
            counts[post] += 1
    return -1, -1, False
