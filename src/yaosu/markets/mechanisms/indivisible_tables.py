"""The public tables of an all-or-nothing clearing, and its certificate."""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.indivisible_book import Choices
from yaosu.markets.mechanisms.indivisible_core import Prices
from yaosu.markets.mechanisms.indivisible_money import Money
from yaosu.markets.mechanisms.indivisible_payments import Paid
from yaosu.markets.mechanisms.indivisible_payoffs import AT_LIMITS
from yaosu.markets.mechanisms.indivisible_solve import Found
from yaosu.markets.mechanisms.package_book import Book
from yaosu.markets.mechanisms.package_exact import whole_balance
from yaosu.markets.mechanisms.package_tables import in_ticks
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

NAME = "package-all-or-nothing"
RULE = "package-all-or-nothing/1"
PROVED = ("minima and groups", "balance", "payments", "welfare", "bound_checked")
NOT_PROVED = ("bound_claimed", "allocation_welfare", "fills that tie, prices that support alike")
UNIFORM_PROVED = "no package accepted at a loss"
CORE_PROVED = ("payments under the coalitions shown", "core_checked")
CORE_NOT_PROVED = ("core_claimed", "that each coalition shown could not reach more")
CUT = {"cuts": ("place", "divisor", "price"), "cut_bases": ("cut", "row", "base")}
COALITION = {
    "coalitions": ("coalition", "row", "lots"),
    "coalition_flows": ("coalition", "flow", "lots"),
}


def clearing_of(
    orders: Orders | Packages,
    network: Network,
    parameters: Any,
    choices: Choices,
    found: Found,
    money: Money,
    paid: Paid | None = None,
) -> Clearing:
    """Everything in its table."""
    book = choices.book
    bound = Columns(
        {
            "instrument": book.instrument.sorted(),
            "region": book.region.sorted(),
            "bound_price": found.price,
        }
    )
    scales = Columns.of(
        subticks=[money.scale],
        bound_subticks=[found.scale],
        bound_checked=[found.checked],
        bound_claimed=[found.claimed],
        allocation_welfare=[found.welfare],
        collected=[money.collected],
    )
    details = cuts_of(book, found.prices)
    if paid is not None:
        bound = bound.with_columns(core_price=paid.price)
        scales = scales.with_columns(core_checked=[paid.checked], core_claimed=[paid.claimed])
        details |= coalitions_of(book, paid.coalitions)
    shown = prices_of(book, money)
    certificate = Certificate(
        rule=RULE,
        orders_digest=book.digest,
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=money.welfare,
        dual=found.checked,
        proved=proved_in(parameters),
        not_proved=not_proved_in(parameters),
        regions=bound,
        links=scales,
        multipliers_digest=told_digest(bound, scales, shown, details),
    )
    return Clearing(
        mechanism=NAME,
        prices=shown,
        fills=fills_of(orders, book, money),
        decremented=Columns.of(row=np.zeros(0, np.int64), lots=np.zeros(0, np.int64)),
        flows=flows_of(book, money),
        welfare=money.welfare,
        volume=int(bought_of(book, money).sum()),
        certificate=certificate,
        details=details,
    )


def told_digest(
    regions: Columns, links: Columns, prices: Columns, details: dict[str, Columns]
) -> str:
    """SHA-256, hex, of what proves a clearing beside its fills."""
    tables = [regions, links, prices, *(details[name] for name in CUT if name in details)]
    return digest(encode(tables)).hex()


def proved_in(parameters: Any) -> tuple[str, ...]:
    """What the numbers prove."""
    if parameters.payments != AT_LIMITS:
        return (*PROVED, *CORE_PROVED)
    return PROVED if parameters.mode == "allocation" else (*PROVED, UNIFORM_PROVED)


def not_proved_in(parameters: Any) -> tuple[str, ...]:
    """What is claimed only, or chosen."""
    return NOT_PROVED if parameters.payments == AT_LIMITS else (*NOT_PROVED, *CORE_NOT_PROVED)


def cuts_of(book: Book, prices: Prices) -> dict[str, Columns]:
    """Cuts by their place, each with its price, and what is taken off which groups in them.

    Packages by their number in canonical order, so that the certificate is that of any order.
    """
    cuts = prices.cuts
    columns = (
        [cuts.place, cuts.divisor, prices.cut_price],
        [cuts.cut, cuts.row - book.links, cuts.base],
    )
    return {
        name: Columns(dict(zip(CUT[name], some, strict=True)))
        for name, some in zip(CUT, columns, strict=True)
    }


def coalitions_of(book: Book, coalitions: tuple[Integers, ...]) -> dict[str, Columns]:
    """What coalitions would trade: packages by their row in those given, links by that of flows."""
    links = book.links
    packages: list[Integers] = []
    flows: list[Integers] = []
    for at, units in enumerate(coalitions):
        filled = np.flatnonzero(units[links:] > 0)
        filled = filled[np.argsort(book.order[filled], kind="stable")]
        lots = units[links + filled]
        packages.append(np.stack([np.full(len(filled), at), book.order[filled], lots]))
        sent = np.flatnonzero(units[:links] > 0)
        flows.append(np.stack([np.full(len(sent), at), sent, units[sent]]))
    tables = {"coalitions": packages, "coalition_flows": flows}
    return {name: _columns(COALITION[name], some) for name, some in tables.items()}


def _columns(names: tuple[str, ...], pieces: list[Integers]) -> Columns:
    table = np.concatenate([np.zeros((len(names), 0), np.int64), *pieces], axis=1)
    return Columns(dict(zip(names, table.astype(np.int64), strict=True)))


def bought_of(book: Book, money: Money) -> Integers:
    """Lots that packages take at each place; what they give does not count."""
    rows = book.rows
    takes = np.maximum(rows.amount, 0)
    takes[: rows.starts[book.links]] = 0
    return whole_balance(rows.starts, rows.place, takes, money.units, rows.places)


def left_of(book: Book, units: Integers) -> Integers:
    """Lots given and not taken, one a place; below zero where too much is taken."""
    rows = book.rows
    return -whole_balance(rows.starts, rows.place, rows.amount, units, rows.places)


def prices_of(book: Book, money: Money) -> Columns:
    """One row a place: price, lots taken by packages, lots left over."""
    bought = bought_of(book, money)
    return Columns(
        {
            "instrument": book.instrument.sorted(),
            "region": book.region.sorted(),
            "price": Maybe(in_ticks(money.price, money.scale), bought > 0),
            "price_subticks": money.price,
            "bought": bought,
            "left_over": left_of(book, money.units),
            "status": Text.of([TRADED if lots > 0 else NO_TRADE for lots in bought.tolist()]),
        }
    )


def fills_of(orders: Orders | Packages, book: Book, money: Money) -> Columns:
    """One row an accepted package, by its row in the packages given.

    ``price`` is the payment for a unit, rounded down; of a plain order that for a lot, rounded so
    that it is never beyond its limit. ``payment`` is below zero where the package receives.
    """
    filled = np.flatnonzero(money.units[book.links :] > 0)
    filled = filled[np.argsort(book.order[filled], kind="stable")]
    given, at = book.order[filled], filled + book.links
    price = money.payment[at] // money.units[at]
    if isinstance(orders, Orders):
        price = price * orders.side[given].astype(np.int64)
    return Columns(
        {
            "row": given,
            "lots": money.units[at],
            "parts": np.zeros(len(at), np.int64),
            "price": price,
            "payment": money.payment[at],
        }
    )


def flows_of(book: Book, money: Money) -> Columns:
    """One row an (instrument, link): lots sent, shadow price, cost, rent."""
    many = book.links
    sent = money.units[:many]
    cost = -book.rows.limit[:many].astype(np.int64)
    gap = money.price[book.target] - money.price[book.source]
    shadow = np.maximum(gap - cost * money.scale, 0)
    names, regions = book.instrument.tolist(), book.region.tolist()
    return Columns(
        {
            "instrument": Text.of([names[at] for at in book.source.tolist()]),
            "source": Text.of([regions[at] for at in book.source.tolist()]),
            "target": Text.of([regions[at] for at in book.target.tolist()]),
            "lots": sent,
            "parts": np.zeros(many, np.int64),
            "shadow_price": in_ticks(shadow, money.scale),
            "shadow_subticks": shadow,
            "cost": cost * sent,
            "rent": -money.payment[:many] - cost * sent,
        }
    )
