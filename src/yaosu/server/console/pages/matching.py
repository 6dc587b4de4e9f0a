"""A market that matches people and posts: seats, who filed, the last result, own choices.

What a person wants is between the person and the market: the page counts who filed and shows the
choices of the reader's own parties alone.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from yaosu.core import State
from yaosu.engine.recovery import events_of
from yaosu.journal.store import Store
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.coupling import orders_in, with_terms
from yaosu.markets.events import BookClosed
from yaosu.markets.form_matching import select
from yaosu.markets.state import OPEN, Market
from yaosu.markets.terms import MatchingTerms
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option
from yaosu.server.console.pages.heads import Head, head_of
from yaosu.server.console.pages.market import book_behind, clearing_of
from yaosu.server.console.pages.orders import Own, own_in
from yaosu.server.console.record import MarketRecord, Record, Round

CHOICES = 6  # that the form takes; programs file as many as they like
POSTS_MAX = 300


class PostRow(Struct, frozen=True, kw_only=True):
    """Seats of a post, for a group where it is reserved, and what they ask for."""

    post: str
    instrument: str
    region: str
    group: str
    seats: int
    requires: str
    scored_by: str


class Placed(Struct, frozen=True):
    """Of the last round: seats of a post and group, and how many were filled."""

    post: str
    group: str
    seats: int
    held: int


class MatchingPage(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        people: who filed in the open round. proposing, lottery: of the terms.
        seed_hash: of the lottery's seed, committed to before; ``seed``: where it was shown.
        placed, took_part: of the last round; ``result``: post by post.
    """

    template: str = "matching.html"
    head: Head
    people: int
    proposing: str
    lottery: str
    seed_hash: str
    posts: tuple[PostRow, ...]
    result: tuple[Placed, ...]
    placed: int
    took_part: int
    sequence: int | None
    proved: tuple[str, ...]


class OwnChoice(Struct, frozen=True):
    """A choice of one's own: rank and post."""

    rank: int
    post: str


class OwnMatching(Struct, frozen=True, kw_only=True):
    """What a party filed, with what takes it back, and where it was placed last."""

    party: str = ""
    choices: tuple[OwnChoice, ...] = ()
    place: str = ""
    place_rank: int = 0
    standing: Own | None = None
    tickets: tuple[Act, ...] = ()
    venue: str = ""


def matching_page(
    state: State, record: Record, store: Store, names: Names, market: Market
) -> MatchingPage:
    """The page of one market that matches."""
    book = orders_in(market)
    terms = market.trading.matching or MatchingTerms()
    people = {row["party"] for row in book.iterate() if row["side"] > 0}
    kept = record.markets.get(market.market, MarketRecord())
    last = kept.rounds[-1] if kept.rounds else None
    clearing = clearing_of(store, last) if last is not None else None
    seats = clearing.certificate.regions if clearing is not None else None
    return MatchingPage(
        head=head_of(market, names),
        people=len(people),
        proposing=terms.proposing,
        lottery=terms.lottery,
        seed_hash=market.trading.seed_hash,
        posts=tuple(_posts(book, names))[:POSTS_MAX],
        result=tuple(
            Placed(_post(row["post"], names), row["group"], row["seats"], row["held"])
            for row in (seats.iterate() if seats is not None else ())
        ),
        placed=clearing.certificate.primal if clearing is not None else 0,
        took_part=clearing.certificate.dual if clearing is not None else 0,
        sequence=last.sequence if last is not None else None,
        proved=clearing.certificate.proved if clearing is not None else (),
    )


def own_matching(
    state: State, record: Record, store: Store, names: Names, market: Market, parties: Sequence[str]
) -> OwnMatching:
    """What the first of the reader's parties filed, and where it was placed."""
    if not parties:
        return OwnMatching()
    party, book = parties[0], orders_in(market)
    mine = [row for row in book.iterate() if row["party"] == party and row["side"] > 0]
    mine.sort(key=lambda row: row["rank"])
    place, rank = _place(record, store, names, market, party)
    is_open = market.phase == OPEN
    return OwnMatching(
        party=names.party(party),
        choices=tuple(OwnChoice(row["rank"], _name(row, names)) for row in mine),
        place=place,
        place_rank=rank,
        standing=own_in(state, names, market.market, (party,)),
        tickets=(_file(market, party, names, _open_posts(book, names)),)
        if is_open and not mine
        else (),
    )


def _posts(book: Any, names: Names) -> list[PostRow]:
    rows = [
        PostRow(
            post=_name(row, names),
            instrument=row["instrument"],
            region=row["region"],
            group=row["group"],
            seats=row["quantity"],
            requires=row["requires"],
            scored_by=row["scored_by"],
        )
        for row in book.iterate()
        if row["side"] < 0
    ]
    return sorted(rows, key=lambda row: (row.post, row.group))


def _open_posts(book: Any, names: Names) -> list[tuple[str, str, str]]:
    found = {(row.instrument, row.region, row.post) for row in _posts(book, names)}
    return sorted(found, key=lambda place: place[2])


def _name(row: dict[str, Any], names: Names) -> str:
    return f"{row['instrument']} · {names.region(row['region'])}"


def _post(post: str, names: Names) -> str:
    instrument, _, region = post.rpartition("@")
    return f"{instrument} · {names.region(region)}"


def _place(
    record: Record, store: Store, names: Names, market: Market, party: str
) -> tuple[str, int]:
    """Where a party was placed in the last round, and as which of its choices."""
    kept = record.markets.get(market.market, MarketRecord())
    if not kept.rounds:
        return "", 0
    last = kept.rounds[-1]
    book, closed = book_behind(store, market.market, last), _closed(store, market, last)
    if book is None or closed is None:
        return "", 0
    rows = select(with_terms(market, book), closed.facts).rows  # of the book, by choice
    for fill in clearing_of(store, last).fills.iterate():
        row = next(iter(book.take(rows[fill["row"] : fill["row"] + 1]).iterate()))
        if row["party"] == party:
            return _name(row, names), fill["choice"]
    return "", 0


def _closed(store: Store, market: Market, last: Round) -> BookClosed | None:
    """What froze the book of a round, with what was attested then."""
    for sequence in last.book[::-1]:
        for event in events_of(next(iter(store.read(sequence, sequence)))):
            if isinstance(event, BookClosed) and event.market == market.market:
                return event
    return None


def _file(market: Market, party: str, names: Names, posts: list[tuple[str, str, str]]) -> Act:
    """A form for the first few choices, best first."""
    fields = []
    for rank in range(1, min(CHOICES, max(1, len(posts))) + 1):
        options = [] if rank == 1 else [Option(value="", name="ask.no_choice")]
        options += [
            Option(
                value=f"{instrument}@{region}",
                name=post,
                gives={
                    "instrument": instrument,
                    "region": region,
                    "side": 1,
                    "rank": rank,
                },
            )
            for instrument, region, post in posts
        ]
        fields.append(
            Field(
                name=f"choice{rank}",
                kind="given",
                into="orders",
                row=str(rank),
                is_needed=rank == 1,
                options=tuple(options),
            )
        )
    return Act(
        name="file",
        command=tag_of(SubmitOrders),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=tuple(fields) if posts else (),
        fresh="batch",
        tables=("orders",),
    )
