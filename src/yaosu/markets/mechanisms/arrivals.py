"""Orders in canonical order and in order of arrival, and what small mechanisms publish alike.

For mechanisms that serve orders one after the other: regions are not coupled, so links of the
network play no part, and prices are given or asked, not found.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from yaosu.kernel.canonical import digest, digest_columns, encode
from yaosu.kernel.columns import Array, Column, Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


class Fill(Struct, frozen=True):
    """Lots of one order at one price: row of the orders, lots, ticks."""

    row: int
    lots: int
    price: int


class Row(Struct, frozen=True):
    """One order as plain values; see `Orders`."""

    row: int
    instrument: str
    region: str
    side: int
    price: int
    quantity: int
    party: str
    least: int

    @property
    def place(self) -> tuple[str, str]:
        """Where it trades: instrument and region."""
        return (self.instrument, self.region)


def typed_rows(name: str, given: Any, kinds: tuple[type, ...], form: str) -> list[tuple[Any, ...]]:
    """Rows of a parameter as tuples of these kinds, from structs, lists or a dictionary.

    Raises:
        Refusal: `markets.bad_parameter`, with the form that rows must have.
    """
    items = given.items() if isinstance(given, Mapping) else given
    rows: list[tuple[Any, ...]] = []
    for item in items if isinstance(items, Iterable) and not isinstance(items, str) else [items]:
        row: Any = structs.astuple(item) if isinstance(item, Struct) else item
        if isinstance(given, Mapping) and isinstance(row[0], tuple):
            row = (*row[0], row[1])
        fits = isinstance(row, tuple | list) and [type(value) for value in row] == list(kinds)
        refuse_unless(fits, "markets.bad_parameter", name=name, value=str(item), expected=form)
        rows.append(tuple(row))
    return rows


def canonical_rows(orders: Orders) -> Integers:
    """Rows by every column; rows that are equal in all of them are interchangeable."""
    if not orders.rows:
        return np.zeros(0, np.int64)
    columns: list[Array] = [
        orders.instrument.sorted().codes,
        orders.region.sorted().codes,
        orders.side,
        orders.price,
        orders.quantity,
    ]
    if orders.party is not None:
        columns.append(orders.party.sorted().codes)
    columns += [column for column in (orders.sequence, orders.least) if column is not None]
    return order_of(columns).astype(np.int64)


def arrived(orders: Orders, network: Network) -> list[Row]:
    """Every order, who came first first; equal sequences, and none, go by canonical order.

    Where no party is named every order is a party of its own.

    Raises:
        Refusal: `markets.unknown_region`.
    """
    for name in orders.region.sorted().values:
        if name not in network.regions:
            refuse("markets.unknown_region", where="an order", region=name)
    rows = canonical_rows(orders)
    if orders.sequence is not None:
        rows = rows[np.argsort(orders.sequence[rows], kind="stable")]
    party = orders.party
    return [
        Row(*values)
        for values in zip(
            rows.tolist(),
            orders.instrument.take(rows).tolist(),
            orders.region.take(rows).tolist(),
            orders.side[rows].tolist(),
            orders.price[rows].tolist(),
            orders.quantity[rows].tolist(),
            [f"#{row}" for row in rows.tolist()] if party is None else party.take(rows).tolist(),
            [0] * len(rows) if orders.least is None else orders.least[rows].tolist(),
            strict=True,
        )
    ]


def clearing_of(
    rule: str,
    orders: Orders,
    network: Network,
    parameters: Struct,
    fills: list[Fill],
    prices: Columns,
    *,
    proved: tuple[str, ...],
    dual: int | None = None,
    details: dict[str, Columns] | None = None,
) -> Clearing:
    """Put the public tables together.

    Args:
        rule: mechanism and version; fills: of both sides, in any order; those of one order at one
            price become one.
        prices: as in `Clearing.prices`. dual: a bound on the welfare, where one is known.
    """
    sums: dict[tuple[int, int], int] = {}
    for fill in fills:
        sums[fill.row, fill.price] = sums.get((fill.row, fill.price), 0) + fill.lots
    done = [(row, lots, price) for (row, price), lots in sorted(sums.items())]
    rows, lots, paid = (np.array([fill[k] for fill in done], np.int64) for k in range(3))
    side, limit = orders.side[rows].astype(np.int64), orders.price[rows]
    gains = zip(side.tolist(), limit.tolist(), lots.tolist(), strict=True)
    welfare = sum(sign * price * count for sign, price, count in gains)
    order = canonical_rows(orders)
    table: dict[str, Column] = {}
    for name in orders.columns.names:
        column = orders.columns.column(name)
        kept = column.take(order) if isinstance(column, Text | Maybe) else column[order]
        table[name] = kept.sorted() if isinstance(kept, Text) else kept
    steps = (*proved, "bound") if dual == welfare else proved
    return Clearing(
        mechanism=rule.partition("/")[0],
        prices=prices,
        fills=Columns.of(row=rows, lots=lots, price=paid),
        decremented=Columns.of(row=np.zeros(0, np.int64), lots=np.zeros(0, np.int64)),
        flows=NO_FLOWS,
        welfare=welfare,
        volume=int(lots[side > 0].sum()),
        certificate=Certificate(
            rule=rule,
            orders_digest=digest_columns(Columns(table)).hex(),
            network_digest=digest(encode(network)).hex(),
            parameters_digest=digest(encode(parameters)).hex(),
            primal=welfare,
            dual=welfare if dual is None else dual,
            proved=steps,
            not_proved=() if dual == welfare else ("bound",),
            regions=Columns({}),
            links=Columns({}),
        ),
        details=details or {},
    )


def prices_table(orders: Orders, rows: Sequence[tuple[str, str, int | None, list[int]]]) -> Columns:
    """`Clearing.prices` from rows of (instrument, region, price, prices paid in fills)."""
    best: dict[tuple[str, str, int], int] = {}
    for name, region, side, price in zip(
        orders.instrument.tolist(),
        orders.region.tolist(),
        orders.side.tolist(),
        orders.price.tolist(),
        strict=True,
    ):
        key = (name, region, side)
        best[key] = price if key not in best else side * max(side * best[key], side * price)
    return Columns.of(
        instrument=Text.of([row[0] for row in rows]),
        region=Text.of([row[1] for row in rows]),
        price=_maybe([row[2] for row in rows]),
        price_low=_maybe([min(row[3], default=None) for row in rows]),
        price_high=_maybe([max(row[3], default=None) for row in rows]),
        status=Text.of([TRADED if row[3] else NO_TRADE for row in rows]),
        best_buy=_maybe([best.get((row[0], row[1], 1)) for row in rows]),
        best_sell=_maybe([best.get((row[0], row[1], -1)) for row in rows]),
    )


def verify_alike(orders: Orders, clearing: Clearing, expected: Clearing) -> None:
    """Return if a clearing is the one that its rule makes of these orders; else say what is wrong.

    First what anyone can see from the fills alone (limits, quantities, balance), so that the
    refusal names it; then every table against the rule's own.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    found, made = clearing.certificate, expected.certificate
    refuse_unless(
        found.rule == made.rule,
        "markets.certificate_rule",
        found=found.rule,
        expected=made.rule,
    )
    for what in ("orders", "network", "parameters"):
        name = f"{what}_digest"
        same = getattr(found, name) == getattr(made, name)
        refuse_unless(same, "markets.certificate_digest", what=what)
    _verify_fills(orders, clearing.fills)
    for table in ("fills", "prices", "flows", "decremented"):
        _same_table(table, getattr(clearing, table), getattr(expected, table))
    named = sorted(clearing.details)
    _formed(named == sorted(expected.details), "details", f"it has {', '.join(named) or 'none'}")
    for table in named:
        _same_table(table, clearing.details[table], expected.details[table])
    for table in ("regions", "links"):
        _same_table(table, getattr(found, table), getattr(made, table))
    for what, published, counted in (
        ("welfare", clearing.welfare, expected.welfare),
        ("volume", clearing.volume, expected.volume),
        ("primal", found.primal, made.primal),
        ("dual", found.dual, made.dual),
        ("proved", found.proved, made.proved),
        ("not_proved", found.not_proved, made.not_proved),
        ("multipliers_digest", found.multipliers_digest, made.multipliers_digest),
    ):
        refuse_unless(
            published == counted,
            "markets.certificate_total",
            what=what,
            published=str(published),
            found=str(counted),
        )


def _verify_fills(orders: Orders, fills: Columns) -> None:
    names = ("row", "lots", "price")
    formed = sorted(fills.names) == sorted(names) and all(
        isinstance(fills.column(name), np.ndarray) and fills[name].dtype == np.int64
        for name in names
    )
    _formed(formed, "fills", "it wants the columns row, lots and price")
    filled: dict[int, int] = {}
    balance: dict[tuple[str, str], int] = {}
    for fill in fills.iterate():
        row, lots, price = fill["row"], fill["lots"], fill["price"]
        _formed(0 <= row < orders.rows, "fills", f"there is no order row {row}")
        filled[row] = filled.get(row, 0) + lots
        side, limit = int(orders.side[row]), int(orders.price[row])
        _filled_well(lots >= 1, row, "no lots")
        _filled_well(filled[row] <= orders.quantity[row], row, "more lots than it asked for")
        _filled_well(side * (limit - price) >= 0, row, "the price is beyond its limit")
        text, region = orders.instrument, orders.region
        key = (text.values[text.codes[row]], region.values[region.codes[row]])
        balance[key] = balance.get(key, 0) + side * lots
    for (instrument, region_name), lots in sorted(balance.items()):
        refuse_unless(
            lots == 0,
            "markets.certificate_balance",
            instrument=instrument,
            region=region_name,
            lots=abs(lots),
        )


def _filled_well(condition: object, row: int, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_fill", row=row, reason=reason)


def _same_table(name: str, published: Columns, expected: Columns) -> None:
    columns = sorted(published.names)
    _formed(columns == sorted(expected.names), name, f"its columns are {', '.join(columns)}")
    _formed(published.rows == expected.rows, name, f"it has {published.rows} rows")
    _formed(encode(published) == encode(expected), name, "it is not what the rule makes")


def _formed(condition: object, table: str, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table=table, reason=reason)


def _maybe(values: list[int | None]) -> Maybe:
    numbers = np.array([value or 0 for value in values], np.int64)
    return Maybe(numbers, np.array([value is not None for value in values], np.bool_))


NO_FLOWS = Columns(
    {
        "instrument": Text.of([]),
        "source": Text.of([]),
        "target": Text.of([]),
        **{name: np.zeros(0, np.int64) for name in ("lots", "shadow_price", "cost", "rent")},
    }
)
