"""The public tables of a package clearing, and its certificate."""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.package_book import Book
from yaosu.markets.mechanisms.package_exact import Exact, left_over
from yaosu.markets.mechanisms.package_money import Money
from yaosu.markets.mechanisms.package_smooth import Rows
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

RULE = "package/1"
WELFARE = "welfare"
PROVED = ("limits", "balance", "payments", WELFARE, "equal orders", "each price")
NOT_PROVED = ("fills among packages that tie", "prices that move together")
GAP = 1_000_000_000  # the dual may exceed the primal by one part in so many
GAP_IN_UNITS = 1_000  # and, where only whole units are filled, by one in so many for the margin


def is_close(money: Money) -> bool:
    """Whether the fills are as good as the prices allow, but for rounding."""
    allowed = max(money.dual // GAP, money.allowance, min(money.margin, money.dual // GAP_IN_UNITS))
    return 0 <= money.dual - money.primal + 1 <= allowed + 1


def steps_of(money: Money) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Steps of the rule that the numbers prove, and those that they do not.

    Where a few whole units are all there is, the bound of the prices may lie far above what whole
    units can reach: then it proves nothing, and a check has to find the same result again.
    """
    if is_close(money):
        return PROVED, NOT_PROVED
    return tuple(step for step in PROVED if step != WELFARE), (WELFARE, *NOT_PROVED)


def clearing_of(
    orders: Orders | Packages,
    network: Network,
    parameters: Any,
    book: Book,
    exact: Exact,
    money: Money,
) -> Clearing:
    """Everything in its table."""
    bought = taken_of(book, exact)
    proved, not_proved = steps_of(money)
    certificate = Certificate(
        rule=RULE,
        orders_digest=book.digest,
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=money.primal,
        dual=money.dual,
        proved=proved,
        not_proved=not_proved,
        regions=Columns.of(
            subticks=[exact.subticks], parts=[exact.whole], rounding=[money.rounding]
        ),
        links=Columns({}),
    )
    return Clearing(
        mechanism="package",
        prices=prices_of(book, exact, bought),
        fills=fills_of(orders, book, exact, money),
        decremented=Columns.of(row=np.zeros(0, np.int64), lots=np.zeros(0, np.int64)),
        flows=flows_of(book, exact, money),
        welfare=money.primal,
        volume=int(sum((bought // exact.whole).tolist())),
        certificate=certificate,
    )


def prices_of(book: Book, exact: Exact, bought: Integers) -> Columns:
    """One row a place: price, lots taken by packages, parts of a lot left over."""
    left = left_over(book.rows, exact.units, exact.parts, exact.whole)
    status = [TRADED if lots > 0 else NO_TRADE for lots in bought.tolist()]
    return Columns(
        {
            "instrument": book.instrument.sorted(),
            "region": book.region.sorted(),
            "price": Maybe(in_ticks(exact.price, exact.subticks), bought > 0),
            "price_subticks": exact.price,
            "bought": bought // exact.whole,
            "left_over": left,
            "status": Text.of(status),
        }
    )


def in_ticks(price: Integers, subticks: int) -> Integers:
    """To the nearest tick, halves up."""
    return (price + subticks // 2) // subticks


def fills_of(orders: Orders | Packages, book: Book, exact: Exact, money: Money) -> Columns:
    """One row a filled package, by its row in the packages given.

    ``price`` is that of a unit, rounded down; of a plain order that of a lot, never beyond its
    limit. ``payment`` is below zero where the package receives.
    """
    first = book.links
    filled = np.flatnonzero((exact.units[first:] > 0) | (exact.parts[first:] > 0))
    given = book.order[filled]
    filled = filled[np.argsort(given, kind="stable")]
    given, at = book.order[filled], filled + first
    price = money.unit_price[at]
    if isinstance(orders, Orders):
        price = price * orders.side[given].astype(np.int64)
    return Columns(
        {
            "row": given,
            "lots": exact.units[at],
            "parts": exact.parts[at],
            "price": price,
            "payment": money.payment[at],
        }
    )


def flows_of(book: Book, exact: Exact, money: Money) -> Columns:
    """One row an (instrument, link): lots and parts sent, shadow price, cost, rent."""
    many, whole = book.links, exact.whole
    rows = np.arange(many)
    cost = -book.rows.limit[:many]
    gap = exact.price[book.target] - exact.price[book.source]
    shadow = np.maximum(gap - cost * exact.subticks, 0)
    sent = [
        -(-price * (units * whole + parts) // whole)
        for price, units, parts in zip(
            cost.tolist(), exact.units[rows].tolist(), exact.parts[rows].tolist(), strict=True
        )
    ]
    costs = np.array(sent, np.int64)
    names, regions = book.instrument.tolist(), book.region.tolist()
    return Columns(
        {
            "instrument": Text.of([names[at] for at in book.source.tolist()]),
            "source": Text.of([regions[at] for at in book.source.tolist()]),
            "target": Text.of([regions[at] for at in book.target.tolist()]),
            "lots": exact.units[rows],
            "parts": exact.parts[rows],
            "shadow_price": in_ticks(shadow, exact.subticks),
            "shadow_subticks": shadow,
            "cost": costs,
            "rent": -money.payment[rows] - costs,
        }
    )


def taken_of(book: Book, exact: Exact) -> Integers:
    """Parts of lots that packages take at each place; what they give does not count."""
    rows = book.rows
    takes = np.maximum(rows.amount, 0)
    takes[: rows.starts[book.links]] = 0
    return -left_over(
        Rows(rows.starts, rows.place, takes, rows.limit, rows.top, rows.places),
        exact.units,
        exact.parts,
        exact.whole,
    )
