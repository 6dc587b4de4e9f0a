"""Any one thing changed in a clearing, anywhere: refused, or provably the same clearing."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.helpers import sealed
from yaosu.kernel.canonical import encode
from yaosu.kernel.columns import Column, Columns, Maybe, Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

RULES: list[dict[str, Any]] = [
    {},
    {"price_rule": "nearest", "reference_prices": {"r0": 92, "r2": 97}},
    {"price_takers": {"r1": 94}},
]


def verdict(orders: Orders, network: Network, clearing: Clearing, rule: dict[str, Any]) -> str:
    """The code of the refusal, or "accepted". Anything but a refusal is a failure of the check."""
    try:
        verify_clearing(orders, network, clearing, rule)
    except Refusal as refusal:
        assert refusal.code.startswith(("markets.certificate_", "markets.unknown_mechanism"))
        return refusal.code
    return "accepted"


def public(clearing: Clearing) -> bytes:
    """Everything but the numbers that prove it."""
    tables = [clearing.prices, clearing.fills, clearing.decremented, clearing.flows]
    return encode([clearing.mechanism, *tables, clearing.welfare, clearing.volume])


@pytest.mark.parametrize(("seed", "rule"), list(enumerate(RULES)), ids=["mid", "nearest", "takers"])
def test_nothing_can_be_changed_in_a_clearing(seed: int, rule: dict[str, Any]) -> None:
    """Every element one up and one down, two swapped, rows dropped or doubled, other kinds."""
    orders, network = random_market(seed, 20, 3, 1 + seed % 2)
    clearing = clear(orders, network, **rule)
    verify_clearing(orders, network, clearing, rule)
    tried = 0
    for what, false in mutations(clearing):
        if encode_or_none(false) == encode(clearing):
            continue
        tried += 1
        assert verdict(orders, network, false, rule) != "accepted", what
    assert tried > 400


@pytest.mark.parametrize(("seed", "rule"), list(enumerate(RULES)), ids=["mid", "nearest", "takers"])
def test_forged_multipliers_prove_nothing_else(seed: int, rule: dict[str, Any]) -> None:
    """Even with their digest made anew: refused, or the public result is the one of the rule."""
    orders, network = random_market(seed, 20, 3, 1 + seed % 2)
    clearing = clear(orders, network, **rule)
    for what, false in mutations(clearing):
        false = sealed(false)
        if verdict(orders, network, false, rule) == "accepted":
            assert public(false) == public(clearing), what


def test_an_empty_table_of_another_kind_is_refused() -> None:
    """No element differs, yet it is not the clearing that the rule makes."""
    orders, network = random_market(3, 10, 2)
    orders = Orders(Columns({n: orders.columns.column(n) for n in PLAIN}))
    clearing = clear(orders, network)
    assert clearing.decremented.rows == 0
    for kind in (np.int32, np.int8, bool):
        other = Columns({"row": np.zeros(0, kind), "lots": np.zeros(0, np.int64)})
        false = msgspec.structs.replace(clearing, decremented=other)
        assert verdict(orders, network, false, {}) == "markets.certificate_shape"


PLAIN = ("instrument", "region", "side", "price", "quantity")


def encode_or_none(clearing: Clearing) -> bytes | None:
    """Canonical bytes, where there are any."""
    try:
        return encode(clearing)
    except (KeyError, IndexError, NotImplementedError, TypeError):
        return None


def mutations(clearing: Clearing) -> Iterator[tuple[str, Clearing]]:
    """Every field of a clearing and of its certificate, changed in every way."""
    replace = msgspec.structs.replace
    certificate = clearing.certificate
    for name in Clearing.__struct_fields__:
        if name != "certificate":
            for how, value in changes(getattr(clearing, name)):
                yield f"{name} {how}", replace(clearing, **{name: value})
    for name in Certificate.__struct_fields__:
        for how, value in changes(getattr(certificate, name)):
            false = replace(clearing, certificate=replace(certificate, **{name: value}))
            yield f"certificate {name} {how}", false


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    """Other values of the same or of another kind."""
    if isinstance(value, Columns):
        yield from table_changes(value)
    elif isinstance(value, str):
        yield from (("empty", ""), ("longer", value + "0"), ("upper", value.upper() + "X"))
    elif isinstance(value, tuple):
        yield from (("shorter", value[:-1] or ("volume",)), ("longer", (*value, "volume")))
    elif isinstance(value, dict):
        yield "a table more", {**value, "more": Columns.of(row=[0])}
    else:
        yield from (("+1", value + 1), ("-1", value - 1), ("float", float(value)))


def table_changes(table: Columns) -> Iterator[tuple[str, Columns]]:
    """Rows dropped, doubled, swapped; columns dropped, added, changed."""
    rows = np.arange(table.rows)
    if table.rows:
        yield "first row dropped", table.take(rows[1:])
        yield "last row dropped", table.take(rows[:-1])
        yield "last row doubled", table.take(np.append(rows, table.rows - 1))
        for row in range(1, table.rows):
            swapped = rows.copy()
            swapped[[row - 1, row]] = row, row - 1
            yield f"rows {row - 1} and {row} swapped", table.take(swapped)
    for name in table.names:
        rest = {n: table.column(n) for n in table.names if n != name}
        yield f"{name} dropped", Columns(rest)
        yield f"{name} renamed", Columns({**rest, name + "_": table.column(name)})
        for how, column in column_changes(table.column(name)):
            yield f"{name} {how}", Columns({**rest, name: column})


def column_changes(column: Column) -> Iterator[tuple[str, Column]]:
    """One element one up, one down, another sign, far out; another kind of number."""
    if isinstance(column, Text):
        for row in range(len(column)):
            for code in range(len(column.values)):
                codes = column.codes.copy()
                codes[row] = code
                yield f"row {row} text {code}", Text(column.values, codes)
        yield "other names", Text(tuple(v + "x" for v in column.values), column.codes)
        yield "codes too far", Text(column.values[:-1], column.codes)
        return
    if isinstance(column, Maybe):
        for row in range(len(column)):
            present = column.present.copy()
            present[row] = not present[row]
            yield f"row {row} present", Maybe(column.values, present)
        for how, values in column_changes(column.values):
            assert isinstance(values, np.ndarray)
            yield how, Maybe(values, column.present)
        return
    for kind in (np.int32, np.int8, bool, float, object):
        yield f"as {np.dtype(kind)}", column.astype(kind)
    for row in range(len(column)):
        for by in (1, -1, -2 * int(column[row]), 2**40, 2**61):
            values = column.copy()
            values[row] += by
            yield f"row {row} by {by}", values
