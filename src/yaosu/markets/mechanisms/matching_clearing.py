"""A matching as a clearing: awards as fills of choices, at no price, seats as its certificate.

So that one interface, one check and one record serve matching as they serve what has prices. A
fill is a choice that came true; ``certificate.regions`` is the public table of seats; ``primal`` is
how many were placed and ``dual`` how many took part, which no matching can exceed.
"""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.mechanisms.matching import Matching, match_book
from yaosu.markets.mechanisms.matching_book import book_of
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_verify import verify_matching
from yaosu.markets.network import Network

FILLS = ("row", "lots", "price", "group", "choice")
PROVED = ("seats", "no pair blocks", "best for those who propose")


def clear_matching(choices: Choices, network: Network, parameters: MatchingParameters) -> Clearing:
    """Place people in posts; regions and links have no part in it.

    Raises:
        Refusal: see `book_of`.
    """
    book = book_of(choices)
    matching = match_book(book, parameters)
    awards = matching.awards
    names = book.people_names
    person = awards.column("person")
    codes = (
        awards["person"]
        if names is None
        else _codes(person, {name: code for code, name in enumerate(names)})
    )
    at = book.starts[codes] + awards["choice"] - 1
    row = at if book.rows is None else book.rows[at]
    by_row = np.argsort(row, kind="stable")
    fills = Columns(
        {
            "row": row[by_row].astype(np.int64),
            "lots": np.ones(len(row), np.int64),
            "price": np.zeros(len(row), np.int64),
            "group": awards.text("group").take(by_row),
            "choice": awards["choice"][by_row],
        }
    )
    return Clearing(
        mechanism="matching",
        prices=NO_PRICES,
        fills=fills,
        decremented=Columns.of(row=NONE, lots=NONE),
        flows=NO_FLOWS,
        welfare=0,
        volume=matching.placed,
        certificate=Certificate(
            rule=matching.rule,
            orders_digest=matching.choices_digest,
            network_digest=digest(encode(network)).hex(),
            parameters_digest=matching.parameters_digest,
            primal=matching.placed,
            dual=matching.placed + matching.unplaced,
            proved=PROVED,
            not_proved=(),
            regions=matching.seats,
            links=Columns({}),
        ),
    )


def verify_matched(
    choices: Choices, network: Network, clearing: Clearing, parameters: MatchingParameters
) -> None:
    """Return if the clearing is the one the rule makes of these choices, else refuse.

    Raises:
        Refusal: `markets.certificate_*`, and those of `book_of`.
    """
    certificate = clearing.certificate
    same = certificate.network_digest == digest(encode(network)).hex()
    refuse_unless(same, "markets.certificate_digest", what="network")
    for what, said, found in (
        ("welfare", clearing.welfare, 0),
        ("volume", clearing.volume, certificate.primal),
        ("proved", ", ".join(certificate.proved), ", ".join(PROVED)),
        ("not_proved", ", ".join(certificate.not_proved), ""),
        ("multipliers", certificate.multipliers_digest, ""),
    ):
        refuse_unless(
            said == found,
            "markets.certificate_total",
            what=what,
            published=str(said),
            found=str(found),
        )
    for name, said_table, empty in (
        ("prices", clearing.prices, NO_PRICES),
        ("flows", clearing.flows, NO_FLOWS),
        ("decremented", clearing.decremented, Columns.of(row=NONE, lots=NONE)),
        ("certificate.links", certificate.links, Columns({})),
    ):
        _refuse_shape(said_table == empty, name, "a matching has none")
    matching = Matching(
        rule=certificate.rule,
        choices_digest=certificate.orders_digest,
        parameters_digest=certificate.parameters_digest,
        awards=_awards(choices, clearing.fills),
        seats=certificate.regions,
        placed=certificate.primal,
        unplaced=certificate.dual - certificate.primal,
    )
    verify_matching(choices, matching, parameters)


def _awards(choices: Choices, fills: Columns) -> Columns:
    """The table of awards behind the fills, person by person."""
    _refuse_shape(sorted(fills.names) == sorted(FILLS), "fills", "columns are missing")
    for name in FILLS:
        column: Any = fills.column(name)
        fits = isinstance(column, Text) if name == "group" else _is_whole(column)
        _refuse_shape(fits, "fills", f"{name} is of another kind")
    row = fills["row"]
    inside = bool(((row >= 0) & (row < choices.choices.rows)).all())
    _refuse_shape(inside and bool((np.diff(row) > 0).all()), "fills", "its rows do not rise")
    plain = bool((fills["lots"] == 1).all() and (fills["price"] == 0).all())
    _refuse_shape(plain, "fills", "a seat is one lot, at no price")
    chosen = choices.choices.take(row)
    person = chosen.column("person")
    codes = person.sorted().codes if isinstance(person, Text) else chosen["person"]
    by_person = np.argsort(codes, kind="stable")
    awards = {
        "person": chosen.column("person"),
        "post": chosen.column("post"),
        "group": fills.text("group"),
        "choice": fills["choice"],
    }
    ready = Columns(awards).take(by_person)
    numbers = {
        name: ready[name].astype(np.int64)
        for name in ("person", "post")
        if not isinstance(ready.column(name), Text)
    }
    texts = {name: ready.text(name).sorted() for name in ("person", "post") if name not in numbers}
    return ready.with_columns(**numbers, **texts, group=ready.text("group").sorted())


def _codes(column: Any, number: dict[str, int]) -> Integers:
    table = np.array([number[value] for value in column.values] or [0], np.int64)
    return np.asarray(table[column.codes])


def _is_whole(column: Any) -> bool:
    return isinstance(column, np.ndarray) and column.dtype == np.int64


def _refuse_shape(is_right: bool, table: str, reason: str) -> None:
    refuse_unless(is_right, "markets.certificate_shape", table=table, reason=reason)


NONE = np.zeros(0, np.int64)
EMPTY = Maybe(NONE, np.zeros(0, np.bool_))
NO_PRICES = Columns(
    {
        "instrument": Text.of([]),
        "region": Text.of([]),
        "price": EMPTY,
        "price_low": EMPTY,
        "price_high": EMPTY,
        "status": Text.of([]),
        "best_buy": EMPTY,
        "best_sell": EMPTY,
    }
)
NO_FLOWS = Columns(
    {
        "instrument": Text.of([]),
        "source": Text.of([]),
        "target": Text.of([]),
        "lots": NONE,
        "shadow_price": NONE,
        "cost": NONE,
        "rent": NONE,
    }
)
