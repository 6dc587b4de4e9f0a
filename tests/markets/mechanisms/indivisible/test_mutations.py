"""Whatever is altered in an all-or-nothing clearing, `verify_clearing` says no."""

from typing import Any

import msgspec
import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book, small_book
from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

NAME = "package-all-or-nothing"
BOOK = grid_book(120, 4)
GIVEN = {"effort": 1}
COUPLED = small_book(38)  # with a flow


@pytest.fixture(scope="module")
def clearing() -> Clearing:
    made = ys.clear(BOOK, mechanism=NAME, **GIVEN)
    ys.verify_clearing(BOOK, None, made, GIVEN)
    return made


def refused(
    packages: Packages, network: Network | None, clearing: Clearing, **given: Any
) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ys.verify_clearing(packages, network, clearing, {**GIVEN, **given})
    assert caught.value.code.startswith("markets.certificate_")
    return caught.value


def altered(table: Columns, column: str, row: int, by: int) -> Columns:
    values = table[column].copy()
    values[row] += by
    return table.with_columns(**{column: values})


def with_certificate(clearing: Clearing, **fields: object) -> Clearing:
    """With other numbers, and the digest that fits them."""
    given = {name: getattr(clearing.certificate, name) for name in Certificate.__struct_fields__}
    given.update(fields)
    given["multipliers_digest"] = digest(
        encode([given["regions"], given["links"], clearing.prices])
    ).hex()
    return msgspec.structs.replace(clearing, certificate=Certificate(**given))


@pytest.mark.parametrize("by", [-1, 1, -(1 << 61)])
def test_a_bound_that_was_moved_is_found(clearing: Clearing, by: int) -> None:
    """Even where all places that name it are moved together."""
    certificate = clearing.certificate
    links = altered(certificate.links, "bound_checked", 0, by)
    refused(BOOK, None, with_certificate(clearing, dual=certificate.dual + by, links=links))
    refused(BOOK, None, with_certificate(clearing, links=links))
    refused(BOOK, None, with_certificate(clearing, dual=certificate.dual + by))


@pytest.mark.parametrize(
    "name", ["subticks", "bound_subticks", "collected", "allocation_welfare", "bound_claimed"]
)
def test_a_total_that_was_moved_is_found(clearing: Clearing, name: str) -> None:
    by = -clearing.welfare if name == "bound_claimed" else -1
    refused(
        BOOK,
        None,
        with_certificate(clearing, links=altered(clearing.certificate.links, name, 0, by)),
    )


@pytest.mark.parametrize("column", ["row", "lots", "parts", "price", "payment"])
@pytest.mark.parametrize("by", [-1, 1, 1 << 40, -(1 << 62)])
def test_an_award_that_was_altered_is_found(clearing: Clearing, column: str, by: int) -> None:
    for row in range(clearing.fills.rows):
        fills = altered(clearing.fills, column, row, by)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=fills))


def test_an_award_that_was_dropped_or_doubled_is_found(clearing: Clearing) -> None:
    rows = np.arange(clearing.fills.rows)
    for taken in (rows[1:], rows[:-1], np.sort(np.append(rows, 0))):
        fills = clearing.fills.take(taken)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=fills))


def test_a_bid_that_was_dropped_doubled_or_altered_is_found(clearing: Clearing) -> None:
    for columns in (
        altered(BOOK.columns, "limit", 7, 1),
        BOOK.columns.with_columns(group=["other"] * BOOK.rows),
        BOOK.columns.with_columns(minimum=BOOK.quantity, quantity=BOOK.quantity + 1),
    ):
        error = refused(Packages(columns, BOOK.legs), None, clearing)
        assert error.code == "markets.certificate_digest"
    rows = np.arange(BOOK.rows)
    for taken in (rows[:-1], np.append(rows, BOOK.rows - 1)):
        where = [np.flatnonzero(BOOK.legs["order"] == row) for row in taken.tolist()]
        legs = BOOK.legs.take(np.concatenate(where))
        order = np.repeat(np.arange(len(taken)), [len(some) for some in where])
        other = Packages(BOOK.columns.take(taken), legs.with_columns(order=order))
        refused(other, None, clearing)


@pytest.mark.parametrize("column", ["price_subticks", "bought", "left_over"])
def test_a_price_or_a_rest_that_was_moved_is_found(clearing: Clearing, column: str) -> None:
    for by in (-1, 1, 1 << 62):
        prices = altered(clearing.prices, column, 3, by)
        refused(BOOK, None, msgspec.structs.replace(clearing, prices=prices))
    regions = altered(clearing.certificate.regions, "bound_price", 3, 1 << 20)
    prices = altered(clearing.prices, "price_subticks", 3, 1 << 20)
    moved = msgspec.structs.replace(clearing, prices=prices)
    refused(BOOK, None, with_certificate(moved, regions=regions))


@pytest.mark.parametrize(
    "column", ["lots", "parts", "shadow_price", "shadow_subticks", "cost", "rent"]
)
@pytest.mark.parametrize("mode", ["allocation", "uniform"])
def test_a_flow_that_was_altered_is_found(column: str, mode: str) -> None:
    packages, network = COUPLED
    made = ys.clear(packages, network, NAME, mode=mode, **GIVEN)
    ys.verify_clearing(packages, network, made, {"mode": mode, **GIVEN})
    for row in range(made.flows.rows):
        for by in (-1, 1, 1 << 40):
            flows = altered(made.flows, column, row, by)
            refused(packages, network, msgspec.structs.replace(made, flows=flows), mode=mode)


def test_a_mode_is_not_taken_for_another(clearing: Clearing) -> None:
    refused(BOOK, None, clearing, mode="uniform")


def test_a_package_at_a_loss_is_found() -> None:
    packages, network = small_book(1003, 9)
    given = {"mode": "uniform", **GIVEN}
    made = ys.clear(packages, network, NAME, **given)
    for row in range(made.prices.rows):
        for by in (-(1 << 12), 1 << 24):
            prices = altered(made.prices, "price_subticks", row, by)
            refused(packages, network, msgspec.structs.replace(made, prices=prices), mode="uniform")


def test_rows_may_come_in_any_order() -> None:
    order = np.random.default_rng(1).permutation(BOOK.rows)
    where = [np.flatnonzero(BOOK.legs["order"] == row) for row in order.tolist()]
    legs = BOOK.legs.take(np.concatenate(where))
    names = np.repeat(np.arange(BOOK.rows), [len(some) for some in where])
    other = Packages(BOOK.columns.take(order), legs.with_columns(order=names))
    one = ys.clear(BOOK, mechanism=NAME, **GIVEN)
    two = ys.clear(other, mechanism=NAME, **GIVEN)
    assert one.certificate == two.certificate
    assert sorted(order[two.fills["row"]].tolist()) == one.fills["row"].tolist()
