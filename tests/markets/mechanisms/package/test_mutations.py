"""Whatever is altered in a clearing of packages, `verify_clearing` says no."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.package.books import market_book, small_book
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

BOOK = market_book(300, 6, 11)
COUPLED = small_book(51)  # with flows, in whole lots and in parts, and with rents


def refused(
    packages: Packages, network: Network | None, clearing: Clearing, *codes: str
) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ys.verify_clearing(packages, network, clearing)
    assert caught.value.code.startswith(codes or ("markets.certificate_",))
    return caught.value


def altered(table: Columns, column: str, row: int, by: int) -> Columns:
    values = table[column].copy()
    values[row] += by
    return table.with_columns(**{column: values})


def with_certificate(clearing: Clearing, **fields: object) -> Clearing:
    given = {name: getattr(clearing.certificate, name) for name in Certificate.__struct_fields__}
    return msgspec.structs.replace(clearing, certificate=Certificate(**{**given, **fields}))


@pytest.fixture(scope="module")
def clearing() -> Clearing:
    made = ys.clear(BOOK, mechanism="package")
    ys.verify_clearing(BOOK, None, made)
    return made


@pytest.mark.parametrize("column", ["price_subticks", "bought", "left_over"])
@pytest.mark.parametrize("by", [-1, 1, 1 << 14, -(1 << 62)])
def test_a_price_that_was_moved_is_found(clearing: Clearing, column: str, by: int) -> None:
    for row in range(clearing.prices.rows):
        prices = altered(clearing.prices, column, row, by)
        refused(BOOK, None, msgspec.structs.replace(clearing, prices=prices))


def test_a_price_in_ticks_that_does_not_follow_is_found(clearing: Clearing) -> None:
    price = clearing.prices.maybe("price")
    for row in range(clearing.prices.rows):
        values, present = price.values.copy(), price.present.copy()
        values[row] += 1
        present[row] = not present[row]
        for changed in (Maybe(values, price.present), Maybe(price.values, present)):
            prices = clearing.prices.with_columns(price=changed)
            if prices != clearing.prices:
                refused(BOOK, None, msgspec.structs.replace(clearing, prices=prices))


@pytest.mark.parametrize("column", ["row", "lots", "parts", "price", "payment"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_fill_that_was_altered_is_found(clearing: Clearing, column: str, by: int) -> None:
    for row in range(0, clearing.fills.rows, 7):
        fills = altered(clearing.fills, column, row, by)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=fills))


def test_an_order_that_was_dropped_or_doubled_is_found(clearing: Clearing) -> None:
    rows = np.arange(clearing.fills.rows)
    for drop in rows[::9].tolist():
        fills = clearing.fills.take(rows != drop)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=fills))
        twice = clearing.fills.take(np.sort(np.append(rows, drop)))
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=twice))


def test_a_lot_moved_between_orders_is_found(clearing: Clearing) -> None:
    fills = clearing.fills
    for one in range(0, fills.rows - 1, 5):
        moved = altered(altered(fills, "lots", one, -1), "lots", one + 1, 1)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=moved))


def test_a_lot_moved_between_equal_orders_is_found() -> None:
    """Same package, same limit: everything else fits, but they no longer share alike."""
    packages = Packages.from_columns(
        limit=[20, -10, -10],
        quantity=[6, 8, 8],
        order=[0, 1, 2],
        instrument=["x"] * 3,
        amount=[1, -1, -1],
    )
    made = ys.clear(packages, mechanism="package")
    fills = made.fills
    for column, size in (("lots", 1), ("payment", -10)):
        fills = altered(altered(fills, column, 1, -size), column, 2, size)
    refusal = refused(packages, None, msgspec.structs.replace(made, fills=fills))
    assert refusal.code == "markets.certificate_fill"
    assert refusal.facts["reason"] == "equal orders do not share alike"


def test_all_payments_shifted_alike_are_found(clearing: Clearing) -> None:
    payment = clearing.fills["payment"]
    for shift in (payment * 2, payment - 1, -payment):
        fills = clearing.fills.with_columns(payment=shift)
        refused(BOOK, None, msgspec.structs.replace(clearing, fills=fills))


@pytest.mark.parametrize(
    "column", ["lots", "parts", "shadow_price", "shadow_subticks", "cost", "rent"]
)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_flow_a_rent_a_shadow_price_that_was_altered_is_found(column: str, by: int) -> None:
    packages, network = COUPLED
    made = ys.clear(packages, network, "package")
    assert made.flows["lots"].any()
    for row in range(made.flows.rows):
        flows = altered(made.flows, column, row, by)
        refused(packages, network, msgspec.structs.replace(made, flows=flows))


@pytest.mark.parametrize("name", ["primal", "dual"])
@pytest.mark.parametrize("by", [-1, 1, 10**9])
def test_a_bound_that_was_altered_is_found(clearing: Clearing, name: str, by: int) -> None:
    given = getattr(clearing.certificate, name)
    refused(BOOK, None, with_certificate(clearing, **{name: given + by}))
    refused(BOOK, None, msgspec.structs.replace(clearing, welfare=clearing.welfare + by))
    refused(BOOK, None, msgspec.structs.replace(clearing, volume=clearing.volume + by))


def test_scales_and_promises_that_were_altered_are_found(clearing: Clearing) -> None:
    regions = clearing.certificate.regions
    for name in ("subticks", "parts", "rounding"):
        for by in (-1, 1):
            other = altered(regions, name, 0, by)
            refused(BOOK, None, with_certificate(clearing, regions=other))
    for name, value in (("rule", "package/2"), ("proved", ()), ("not_proved", ())):
        refused(BOOK, None, with_certificate(clearing, **{name: value}))


def test_other_fills_at_other_prices_do_not_pass(clearing: Clearing) -> None:
    """A clearing of half the market, in which everything adds up, is not the best there is."""
    half = np.arange(BOOK.rows) % 2 == 0
    kept = half[BOOK.legs["order"]]
    place = np.cumsum(half) - 1
    legs = BOOK.legs.take(kept)
    packages = Packages(BOOK.columns.take(half), legs.with_columns(order=place[legs["order"]]))
    part = ys.clear(packages, mechanism="package")
    fills = part.fills.with_columns(row=np.flatnonzero(half)[part.fills["row"]])
    digests = {
        name: getattr(clearing.certificate, name)
        for name in ("orders_digest", "network_digest", "parameters_digest")
    }
    forged = with_certificate(msgspec.structs.replace(part, fills=fills), **digests)
    refusal = refused(BOOK, None, forged)
    assert refusal.code in ("markets.certificate_price", "markets.certificate_total")


def test_tables_of_another_form_are_refused(clearing: Clearing) -> None:
    changes: list[Callable[[], Clearing]] = [
        lambda: msgspec.structs.replace(clearing, prices=clearing.prices.take(slice(1, None))),
        lambda: msgspec.structs.replace(clearing, fills=Columns({})),
        lambda: msgspec.structs.replace(
            clearing, prices=clearing.prices.with_columns(status=clearing.prices["bought"])
        ),
        lambda: msgspec.structs.replace(
            clearing,
            prices=clearing.prices.with_columns(status=Text.repeat("gone", clearing.prices.rows)),
        ),
        lambda: msgspec.structs.replace(clearing, decremented=Columns.of(row=[0], lots=[1])),
        lambda: msgspec.structs.replace(
            clearing,
            fills=clearing.fills.with_columns(lots=clearing.fills["lots"].astype(np.int32)),
        ),
    ]
    for change in changes:
        assert refused(BOOK, None, change()).code == "markets.certificate_shape"


def test_another_book_another_network_another_parameter_are_refused(clearing: Clearing) -> None:
    refused(market_book(300, 6, 12), None, clearing, "markets.certificate_digest")
    network = Network.from_links(["only"], ["x"], capacity=[1])
    refused(BOOK, network, clearing, "markets.certificate_")
    with pytest.raises(Refusal) as caught:
        ys.verify_clearing(BOOK, None, clearing, {"parts": 1000})
    assert caught.value.code == "markets.certificate_digest"
