"""One list of changes, tried on the result of every kind of auction: each is refused.

A price moved, also inside its interval; a lot moved between tied orders, parties or regions; flow
round a cycle or both ways; a row dropped, doubled or altered; a shadow price scaled; rent given to
another owner; a bound lowered by one; an order dropped, doubled or altered.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from tests.conformance.kinds import KINDS, Auction, rows_of
from tests.markets.mechanisms.call.helpers import changed
from yaosu.kernel.columns import Columns, Maybe, Text, concatenate
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing

# told by the search of blocks, and proved by nothing: how many choices it priced, whether it ended
CLAIMED = {("search", "evaluations"), ("search", "is_complete")}
PUBLIC = ("prices", "fills", "decremented", "flows")
Change = tuple[str, Clearing]


def tables_of(clearing: Clearing) -> dict[str, Columns]:
    """Every published table: of the clearing, of the mechanism, of the certificate."""
    own = {name: getattr(clearing, name) for name in PUBLIC}
    certificate = clearing.certificate
    return {
        **own,
        **clearing.details,
        "regions": certificate.regions,
        "links": certificate.links,
    }


def put(clearing: Clearing, name: str, table: Columns) -> Clearing:
    """The clearing with this table."""
    if name in PUBLIC:
        return structs.replace(clearing, **{name: table})
    if name in ("regions", "links"):
        certificate = structs.replace(clearing.certificate, **{name: table})
        return structs.replace(clearing, certificate=certificate)
    return structs.replace(clearing, details={**clearing.details, name: table})


def rows_changed(clearing: Clearing) -> Iterator[Change]:
    """A row dropped or doubled, in every table."""
    for name, table in tables_of(clearing).items():
        for row in range(table.rows):
            kept = table.take(np.arange(table.rows) != row)
            yield f"{name} without row {row}", put(clearing, name, kept)
            twice = concatenate([table, table.take([row])])
            yield f"{name} with row {row} twice", put(clearing, name, twice)


def numbers_changed(clearing: Clearing) -> Iterator[Change]:
    """Every number one up, one down, doubled: prices inside their interval, shadow prices too."""
    for name, table in tables_of(clearing).items():
        for column in table.names:
            values = table.column(column)
            if isinstance(values, Text) or (name, column) in CLAIMED:
                continue
            for row in range(table.rows):
                if isinstance(values, Maybe):
                    if not values.present[row]:
                        continue
                    old = int(values.values[row])
                else:
                    old = int(values[row])
                for new in sorted({old - 1, old + 1, 2 * old} - {old}):
                    said = f"{name} {column} {row}: {old} to {new}"
                    yield said, put(clearing, name, changed(table, column, row, new))


def texts_changed(clearing: Clearing) -> Iterator[Change]:
    """Every text another one of its column, or one nobody knows: rent to another owner."""
    for name, table in tables_of(clearing).items():
        for column in table.names:
            values = table.column(column)
            if not isinstance(values, Text):
                continue
            texts = values.tolist()
            for row, old in enumerate(texts):
                for new in ({*texts, "nobody"} - {old}) if row < 8 else {"nobody"}:
                    false = [*texts[:row], new, *texts[row + 1 :]]
                    said = f"{name} {column} {row}: {old} to {new}"
                    yield said, put(clearing, name, table.with_columns(**{column: Text.of(false)}))


def lots_moved(clearing: Clearing) -> Iterator[Change]:
    """A lot from any fill to any other: tied, of another party, in another region."""
    fills = clearing.fills
    if "lots" not in fills:
        return
    for giver in range(fills.rows):
        for taker in range(fills.rows):
            if giver != taker and fills["lots"][giver] >= 1:
                lots = fills["lots"].copy()
                lots[giver] -= 1
                lots[taker] += 1
                moved = put(clearing, "fills", fills.with_columns(lots=lots))
                yield f"a lot from fill {giver} to fill {taker}", moved


def flows_changed(clearing: Clearing) -> Iterator[Change]:
    """A lot sent there and back, and a lot round every cycle of three or more regions."""
    flows = clearing.flows
    if not flows.rows:
        return
    names = (flows.text(name).tolist() for name in ("instrument", "source", "target"))
    place = {key: at for at, key in enumerate(zip(*names, strict=True))}
    for (good, source, target), at in place.items():
        back = place.get((good, target, source))
        if back is not None:
            yield f"both ways {source} {target}", _more(clearing, [at, back])
    for way in _cycles(place):
        yield f"round {way}", _more(clearing, way)


def _cycles(place: dict[Any, int]) -> Iterator[list[int]]:
    """Links that follow each other from a region back to it, shortest first, one a link."""
    for (good, source, target), first in place.items():
        ways = [(target, [first], {source, target})]
        while ways:
            here, links, seen = ways.pop(0)
            closing = place.get((good, here, source))
            if closing is not None and len(links) > 1:
                yield [*links, closing]
                break
            for (other, begin, end), at in place.items():
                if other == good and begin == here and end not in seen:
                    ways.append((end, [*links, at], {*seen, end}))


def _more(clearing: Clearing, rows: list[int]) -> Clearing:
    flows = clearing.flows
    lots = flows["lots"].copy()
    lots[rows] += 1
    more = {"lots": lots}
    if "arrived" in flows:
        arrived = flows["arrived"].copy()
        arrived[rows] += 1
        more["arrived"] = arrived
    return put(clearing, "flows", flows.with_columns(**more))


def totals_changed(clearing: Clearing) -> Iterator[Change]:
    """Welfare, volume, both sides of the proof by one; another rule, other claims."""
    certificate = clearing.certificate
    for by in (-1, 1):
        for name in ("welfare", "volume"):
            number = getattr(clearing, name) + by
            yield f"{name} by {by}", structs.replace(clearing, **{name: number})
        for name in ("primal", "dual"):
            number = getattr(certificate, name) + by
            other = structs.replace(certificate, **{name: number})
            yield f"{name} by {by}", structs.replace(clearing, certificate=other)
    for name, value in (
        ("rule", f"{certificate.rule}1"),
        ("proved", (*certificate.proved, "everything")),
        ("proved", certificate.proved[:-1]),
        ("orders_digest", "00" * 32),
        ("network_digest", "00" * 32),
        ("parameters_digest", "00" * 32),
    ):
        other = structs.replace(certificate, **{name: value})
        yield f"{name}: {value}", structs.replace(clearing, certificate=other)


CHANGES = (
    rows_changed,
    numbers_changed,
    texts_changed,
    lots_moved,
    flows_changed,
    totals_changed,
)
EVERY_OTHER = 600  # changes of one sort; of more of them some are tried, evenly spread


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_result_with_one_thing_changed_is_refused(kind: str, change: Any) -> None:
    """The mutation test of the price engine, over every kind of result."""
    auction: Auction = KINDS[kind]()
    clearing = auction.clear()
    auction.verify(clearing)
    assert clearing.fills.rows >= 4, "a result in which something happens"
    changes = [(what, false) for what, false in change(clearing) if false != clearing]
    for what, false in changes[:: len(changes) // EVERY_OTHER + 1]:
        assert code_of(auction, false, what).startswith("markets.certificate_"), what


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_result_is_of_these_orders_and_no_others(kind: str) -> None:
    """An order dropped, doubled or altered."""
    auction: Auction = KINDS[kind]()
    clearing = auction.clear()
    for orders in rows_of(auction.orders):
        code = code_of(auction.with_orders(orders), clearing, kind)
        assert code.startswith("markets.certificate_"), code


def code_of(auction: Auction, clearing: Clearing, what: str) -> str:
    """The code with which the check refuses; a failure where it does not."""
    try:
        auction.verify(clearing)
    except Refusal as refusal:
        return refusal.code
    pytest.fail(f"accepted: {what}")
