"""Verify a package clearing from its clearing certificate: no solver, no search.

Linear in legs and links, but for the one sort that puts packages into canonical order. The fills
and prices are taken as claimed, and all that follows from them is made anew and compared: who may
be filled, that nothing is taken that is not given, what each pays, what each link earns, the gains
from the fills and the most that the prices allow. Where these two meet, no other fills gain more.
"""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.package import clear_package
from yaosu.markets.mechanisms.package_book import Book, book_of
from yaosu.markets.mechanisms.package_equals import share_alike
from yaosu.markets.mechanisms.package_exact import (
    Exact,
    beyond_range,
    left_over,
    near_rows,
    subticks_of,
)
from yaosu.markets.mechanisms.package_least import least_violation
from yaosu.markets.mechanisms.package_money import Money, money_of
from yaosu.markets.mechanisms.package_tables import (
    RULE,
    fills_of,
    flows_of,
    is_close,
    prices_of,
    steps_of,
    taken_of,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

PRICE_MAX = 1 << 61
TEXTS = ("instrument", "region", "status", "source", "target")
PRICES = ("instrument", "region", "price", "price_subticks", "bought", "left_over", "status")
FILLS = ("row", "lots", "parts", "price", "payment")
FLOWS = (
    *("instrument", "source", "target", "lots", "parts"),
    *("shadow_price", "shadow_subticks", "cost", "rent"),
)
SCALES = ("subticks", "parts", "rounding")


def verify_package(
    orders: Orders | Packages, network: Network, clearing: Clearing, parameters: Any
) -> None:
    """Return if the clearing is what the rule makes of the packages, else refuse.

    Raises:
        Refusal: `markets.certificate_*`, naming the row, link or place.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    book = book_of(packages, network)
    _verify_head(network, clearing, parameters, book)
    exact = _claim_of(clearing, book, parameters.parts)
    _verify_fits(book, exact)
    _verify_equals(book, exact)
    money = money_of(book, exact)
    place = least_violation(book.rows, exact.price, money.surplus)
    if place >= 0:
        refuse_price(book, place, "moved alone, it would be better")
    _compare_flows(clearing, book, exact, money)
    _compare("fills", clearing.fills, fills_of(orders, book, exact, money))
    bought = taken_of(book, exact)
    _compare("prices", clearing.prices, prices_of(book, exact, bought))
    _verify_totals(clearing, exact, money, bought)
    if not is_close(money):
        _verify_again(orders, network, clearing, parameters)


def _verify_again(
    orders: Orders | Packages, network: Network, clearing: Clearing, parameters: Any
) -> None:
    """Where the bound of the prices proves nothing, the result must be found a second time."""
    same = encode(clear_package(orders, network, parameters)) == encode(clearing)
    refuse_unless(same, "markets.certificate_not_again", mechanism=clearing.mechanism)


def _verify_head(network: Network, clearing: Clearing, parameters: Any, book: Book) -> None:
    certificate = clearing.certificate
    for what, said, found in (
        ("orders", certificate.orders_digest, book.digest),
        ("network", certificate.network_digest, digest(encode(network)).hex()),
        ("parameters", certificate.parameters_digest, digest(encode(parameters)).hex()),
    ):
        refuse_unless(said == found, "markets.certificate_digest", what=what)
    for what, claimed, known in (
        ("rule", certificate.rule, RULE),
        ("mechanism", clearing.mechanism, "package"),
    ):
        refuse_unless(
            claimed == known,
            "markets.certificate_total",
            what=what,
            published=claimed,
            found=known,
        )


def _claim_of(clearing: Clearing, book: Book, whole: int) -> Exact:
    """Fills and prices as the tables claim them, every number within its range."""
    certificate = clearing.certificate
    _check_form("certificate.regions", certificate.regions, SCALES, 1)
    _check_form("certificate.links", certificate.links, (), 0)
    _check_form("decremented", clearing.decremented, ("row", "lots"), 0)
    _check_form("prices", clearing.prices, PRICES, book.places)
    _check_form("flows", clearing.flows, FLOWS, book.links)
    fills = clearing.fills
    _check_form("fills", fills, FILLS, fills.rows)
    given = fills["row"]
    packages = len(book.order)
    inside = fills.rows <= packages and bool(((given >= 0) & (given < packages)).all())
    refuse_form(inside and bool((np.diff(given) > 0).all()), "fills", "its rows do not rise")
    place = np.empty(packages, np.int64)
    place[book.order] = np.arange(packages)
    units = np.zeros(len(book.rows.limit), np.int64)
    parts = np.zeros(len(units), np.int64)
    for begin, at, table in (
        (0, np.arange(book.links), clearing.flows),
        (book.links, place[given], fills),
    ):
        units[begin + at], parts[begin + at] = table["lots"], table["parts"]
    price = clearing.prices["price_subticks"]
    for number in np.flatnonzero((price < 0) | (price > PRICE_MAX)).tolist():
        refuse_price(book, number, f"{int(price[number])} is out of range")
    return Exact(price.astype(np.int64), subticks_of(book.rows), units, parts, whole)


def _verify_fits(book: Book, exact: Exact) -> None:
    """No fill beyond its order, nothing taken that is not given, no payment beyond 62 bits."""
    rows, whole = book.rows, exact.whole
    top = rows.top.astype(np.int64)
    units, parts = exact.units, exact.parts
    bad = (
        (units < 0)
        | (parts < 0)
        | (parts >= whole)
        | (units > top)
        | ((units == top) & (parts > 0))
    )
    for row in np.flatnonzero(bad).tolist():
        if row < book.links:
            _refuse_flow(book, row, "it is below zero or beyond the capacity")
        _refuse_fill(book, row, "it is below zero or beyond the quantity")
    given = left_over(rows, units, parts, whole)
    for place in np.flatnonzero(given < 0).tolist():
        refuse(
            "markets.certificate_balance",
            instrument=book.instrument.tolist()[place],
            region=book.region.tolist()[place],
            lots=-(-int(given[place]) // whole),
        )
    row = beyond_range(rows, exact.price)
    if row >= 0:
        refuse_price(book, int(rows.place[rows.starts[row]]), "a payment would be out of range")


def _verify_equals(book: Book, exact: Exact) -> None:
    units, parts = exact.units.copy(), exact.parts.copy()
    near = near_rows(book.rows, exact.price, exact.subticks)
    share_alike(book, near, units, parts, exact.whole)
    for row in np.flatnonzero((units != exact.units) | (parts != exact.parts)).tolist():
        _refuse_fill(book, row, "equal orders do not share alike")


def _compare_flows(clearing: Clearing, book: Book, exact: Exact, money: Money) -> None:
    wanted = flows_of(book, exact, money)
    for name in FLOWS:
        said, found = clearing.flows.column(name).tolist(), wanted.column(name).tolist()
        for row, (one, other) in enumerate(zip(said, found, strict=True)):
            if one != other:
                _refuse_flow(book, row, f"its {name} is {one}, and {other} follows")


def _compare(table: str, said: Columns, wanted: Columns) -> None:
    """Every column of the table is what follows from fills and prices."""
    for name in wanted.names:
        one, other = said.column(name), wanted.column(name)
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
            rows = np.flatnonzero(one != other) if one.shape == other.shape else np.zeros(1, int)
        else:
            pairs = zip(one.tolist(), other.tolist(), strict=False)
            rows = np.array([at for at, (a, b) in enumerate(pairs) if a != b][:1], np.int64)
        if len(rows):
            row = int(rows[0])
            refuse_form(False, table, f"{name} in row {row} is not what follows from the rest")


def _verify_totals(clearing: Clearing, exact: Exact, money: Money, bought: Integers) -> None:
    certificate = clearing.certificate
    scales = certificate.regions
    proved, not_proved = steps_of(money)
    for what, claimed, known in (
        ("list of proved steps", certificate.proved, proved),
        ("list of steps not proved", certificate.not_proved, not_proved),
    ):
        refuse_unless(
            claimed == known,
            "markets.certificate_total",
            what=what,
            published=", ".join(claimed),
            found=", ".join(known),
        )
    for what, said, found in (
        ("welfare", clearing.welfare, money.primal),
        ("primal", certificate.primal, money.primal),
        ("dual", certificate.dual, money.dual),
        ("volume", clearing.volume, int(sum((bought // exact.whole).tolist()))),
        ("subticks", int(scales["subticks"][0]), exact.subticks),
        ("parts", int(scales["parts"][0]), exact.whole),
        ("rounding", int(scales["rounding"][0]), money.rounding),
    ):
        refuse_unless(
            said == found,
            "markets.certificate_total",
            what=what,
            published=str(said),
            found=str(found),
        )
    refuse_unless(
        is_close(money) or exact.whole == 1,
        "markets.certificate_total",
        what="gap between fills and prices",
        published=str(money.dual - money.primal),
        found=f"at most {money.allowance}",
    )


def _check_form(title: str, table: Columns, names: tuple[str, ...], rows: int) -> None:
    named = sorted(table.names)
    refuse_form(named == sorted(names), title, f"its columns are {', '.join(named)}")
    refuse_form(table.rows == rows, title, f"it has {table.rows} rows, wanted {rows}")
    for name in names:
        column = table.column(name)
        kind: type = Text if name in TEXTS else np.ndarray
        if title == "prices" and name == "price":
            kind = Maybe
        refuse_form(isinstance(column, kind), title, f"{name} is of another kind")
        if isinstance(column, np.ndarray):
            refuse_form(column.dtype == np.int64, title, f"{name} is of another kind")


def refuse_form(holds: bool, table: str, reason: str) -> None:
    """Refuse a table of another shape than its mechanism gives."""
    refuse_unless(holds, "markets.certificate_shape", table=table, reason=reason)


def refuse_price(book: Book, place: int, reason: str) -> None:
    """Refuse the price at a place of the book."""
    refuse(
        "markets.certificate_price",
        instrument=book.instrument.tolist()[place],
        region=book.region.tolist()[place],
        reason=reason,
    )


def _refuse_flow(book: Book, row: int, reason: str) -> None:
    regions = book.region.tolist()
    refuse(
        "markets.certificate_flow",
        source=regions[int(book.source[row])],
        target=regions[int(book.target[row])],
        instrument=book.instrument.tolist()[int(book.source[row])],
        reason=reason,
    )


def _refuse_fill(book: Book, row: int, reason: str) -> None:
    refuse("markets.certificate_fill", row=int(book.order[row - book.links]), reason=reason)
