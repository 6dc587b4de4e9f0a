"""Verify an all-or-nothing clearing from its clearing certificate: no solver, no search.

Linear in legs and links, but for the one sort that puts packages into canonical order. The fills
are taken as claimed and all that follows is made anew: that each is a number of units its package
allows, one of a group at most, nothing taken that is not given, what each pays. The bound is made
anew from the prices in the certificate, in whole numbers, and must be the one that is claimed.
"""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.indivisible_book import terms_of
from yaosu.markets.mechanisms.indivisible_bound import (
    PricedCuts,
    bound_of_prices,
    in_range,
    priced_cuts,
    scale_for,
)
from yaosu.markets.mechanisms.indivisible_cuts import Cuts, round_cuts
from yaosu.markets.mechanisms.indivisible_money import (
    Money,
    money_at_limits,
    money_at_prices,
    welfare_of,
)
from yaosu.markets.mechanisms.indivisible_payoffs import (
    AT_LIMITS,
    even_payoffs,
    limits_of,
    rows_sharing,
)
from yaosu.markets.mechanisms.indivisible_tables import (
    COALITION,
    CUT,
    NAME,
    RULE,
    bought_of,
    fills_of,
    flows_of,
    left_of,
    not_proved_in,
    prices_of,
    proved_in,
    told_digest,
)
from yaosu.markets.mechanisms.package_algebra import values_of
from yaosu.markets.mechanisms.package_book import Book, book_of
from yaosu.markets.mechanisms.package_verify import refuse_form, refuse_price
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

PRICE_MAX = 1 << 61
LOTS_MAX = 1 << 60
TEXTS = ("instrument", "region", "status", "source", "target")
PRICES = ("instrument", "region", "price", "price_subticks", "bought", "left_over", "status")
FILLS = ("row", "lots", "parts", "price", "payment")
FLOWS = (
    *("instrument", "source", "target", "lots", "parts"),
    *("shadow_price", "shadow_subticks", "cost", "rent"),
)
CORE_BOUND = ("instrument", "region", "bound_price", "core_price")  # the last of core payments
CORE_SCALES = (
    "subticks",
    "bound_subticks",
    "bound_checked",
    "bound_claimed",
    "allocation_welfare",
    "collected",
    "core_checked",
    "core_claimed",
)


def verify_indivisible(
    orders: Orders | Packages, network: Network, clearing: Clearing, parameters: Any
) -> None:
    """Return if the clearing keeps the rule for these packages and proves its bound, else refuse.

    Raises:
        Refusal: `markets.certificate_*`, naming the row, link or place.
    """
    packages = Packages.from_orders(orders) if isinstance(orders, Orders) else orders
    packages.check()
    book = book_of(packages, network)
    _verify_head(network, clearing, parameters, book)
    is_core = parameters.payments != AT_LIMITS
    _verify_forms(clearing, book, is_core=is_core)
    units = claimed_units(clearing, book)
    least, group = terms_of(packages, book)
    _verify_fills(book, units, least, group)
    price = clearing.prices["price_subticks"].astype(np.int64)
    bound_price = clearing.certificate.regions["bound_price"].astype(np.int64)
    bound_scale = scale_for(book.rows)
    scale = int(clearing.certificate.links["subticks"][0])
    for prices, parts in ((price, scale), (bound_price, bound_scale)):
        _verify_prices(book, prices, parts)
    if parameters.mode == "uniform":
        _verify_support(book, units, price, scale)
        money = money_at_prices(book, units, price, scale)
    else:
        same = np.flatnonzero(price != bound_price)
        for place in same[:1].tolist():
            refuse_price(book, place, "it is not the one that bounds")
        payoff = _payoffs(clearing, book, units, (least, group), parameters) if is_core else None
        money = money_at_limits(book, units, price, bound_scale, payoff)
    _compare("fills", clearing.fills, fills_of(orders, book, money))
    _compare("flows", clearing.flows, flows_of(book, money))
    _compare("prices", clearing.prices, prices_of(book, money))
    names = Columns({"instrument": book.instrument.sorted(), "region": book.region.sorted()})
    _compare("certificate.regions", clearing.certificate.regions, names)
    cuts = _claimed_cuts(clearing, book, least, group)
    bound = bound_of_prices(book.rows, group, bound_price, bound_scale, None, cuts)
    _verify_totals(clearing, book, money, bound, bound_scale)
    if is_core:
        _verify_core(clearing, book, group, money, bound_scale)


def _verify_head(network: Network, clearing: Clearing, parameters: Any, book: Book) -> None:
    certificate = clearing.certificate
    told = told_digest(certificate.regions, certificate.links, clearing.prices, clearing.details)
    for what, said, found in (
        ("orders", certificate.orders_digest, book.digest),
        ("network", certificate.network_digest, digest(encode(network)).hex()),
        ("parameters", certificate.parameters_digest, digest(encode(parameters)).hex()),
        ("multipliers", certificate.multipliers_digest, told),
    ):
        refuse_unless(said == found, "markets.certificate_digest", what=what)
    proved, not_proved = proved_in(parameters), not_proved_in(parameters)
    for what, claimed, known in (
        ("rule", certificate.rule, RULE),
        ("list of proved steps", ", ".join(certificate.proved), ", ".join(proved)),
        ("list of steps not proved", ", ".join(certificate.not_proved), ", ".join(not_proved)),
        ("mechanism", clearing.mechanism, NAME),
    ):
        _same(what, claimed, known)


def _verify_forms(clearing: Clearing, book: Book, *, is_core: bool) -> None:
    certificate = clearing.certificate
    tables = sorted(clearing.details)
    known = {**CUT, **(COALITION if is_core else {})}
    wanted = sorted(known)
    refuse_form(tables == wanted, "details", f"the tables are {', '.join(tables)}")
    details = ((name, table, known[name], table.rows) for name, table in clearing.details.items())
    for title, table, names, rows in (
        ("certificate.regions", certificate.regions, CORE_BOUND[: 3 + is_core], book.places),
        ("certificate.links", certificate.links, CORE_SCALES[: 6 + 2 * is_core], 1),
        *details,
        ("decremented", clearing.decremented, ("row", "lots"), 0),
        ("prices", clearing.prices, PRICES, book.places),
        ("flows", clearing.flows, FLOWS, book.links),
        ("fills", clearing.fills, FILLS, clearing.fills.rows),
    ):
        named = sorted(table.names)
        refuse_form(named == sorted(names), title, f"its columns are {', '.join(named)}")
        refuse_form(table.rows == rows, title, f"it has {table.rows} rows, wanted {rows}")
        for name in names:
            column = table.column(name)
            kind: type = Text if name in TEXTS else np.ndarray
            if title == "prices" and name == "price":
                kind = Maybe
            fits = isinstance(column, kind) and (
                not isinstance(column, np.ndarray) or column.dtype == np.int64
            )
            refuse_form(fits, title, f"{name} is of another kind")


def claimed_units(clearing: Clearing, book: Book) -> Integers:
    """Units of each row of the book as the tables claim them."""
    given, packages = clearing.fills["row"], len(book.order)
    inside = len(given) <= packages and bool(((given >= 0) & (given < packages)).all())
    refuse_form(inside and bool((np.diff(given) > 0).all()), "fills", "its rows do not rise")
    place = np.empty(packages, np.int64)
    place[book.order] = np.arange(packages)
    units = np.zeros(book.links + packages, np.int64)
    units[: book.links] = clearing.flows["lots"]
    units[book.links + place[given]] = clearing.fills["lots"]
    return units


def claimed_payments(clearing: Clearing, book: Book) -> Integers:
    """Ticks that each row of the book pays, as the fills claim them; those of links are zero."""
    place = np.empty(len(book.order), np.int64)
    place[book.order] = np.arange(len(book.order))
    payment = np.zeros(book.links + len(book.order), np.int64)
    payment[book.links + place[clearing.fills["row"]]] = clearing.fills["payment"]
    return payment


def _claimed_cuts(clearing: Clearing, book: Book, least: Integers, group: Integers) -> PricedCuts:
    """The cuts that the tables name, made anew, with their prices."""
    heads, bases = clearing.details["cuts"], clearing.details["cut_bases"]
    place, divisor, price = (heads[name] for name in CUT["cuts"])
    cut, row, base = (bases[name] for name in CUT["cut_bases"])
    rows, packages = book.rows, len(book.order)
    inside = (place >= 0) & (place < rows.places) & (divisor > 0) & (divisor < LOTS_MAX)
    inside &= (price >= 0) & (price <= PRICE_MAX)
    refuse_form(bool(inside.all()), "cuts", "it names what is not there")
    inside = (cut >= 0) & (cut < heads.rows) & (row >= 0) & (row < packages)
    inside &= np.abs(base) < LOTS_MAX
    refuse_form(bool(inside.all()), "cut_bases", "it names what is not there")
    summed = np.bincount(cut, np.abs(base), heads.rows)
    refuse_form(bool((summed < LOTS_MAX).all()), "cut_bases", "sums would be out of range")
    at = book.links + row
    in_parts = np.unique(group[least < rows.top])
    is_whole = ~np.isin(group[at], in_parts)
    refuse_form(bool(is_whole.all()), "cut_bases", "a package of the group may be filled in part")
    named = cut * len(group) + group[at]
    refuse_form(len(np.unique(named)) == len(named), "cut_bases", "it names a group twice")
    made = round_cuts(rows, least, group, Cuts(place, divisor, cut, at, base))
    found = priced_cuts(rows, least, made, price)
    refuse_form(found.fits, "cuts", "sums would be out of range")
    return found


def _verify_fills(book: Book, units: Integers, least: Integers, group: Integers) -> None:
    """Each a number of units it may have, one of a group, nothing taken that is not given."""
    top = book.rows.top.astype(np.int64)
    wrong = (units < 0) | (units > top) | ((units > 0) & (units < least))
    for row in np.flatnonzero(wrong)[:1].tolist():
        _refuse_row(book, row, "its units are outside minimum and quantity")
    accepted = np.flatnonzero(units > 0)
    many = np.bincount(group[accepted], minlength=len(units))
    for row in accepted[many[group[accepted]] > 1][:1].tolist():
        _refuse_row(book, row, "another package of its group is accepted")
    left = left_of(book, units)
    for place in np.flatnonzero(left < 0)[:1].tolist():
        refuse(
            "markets.certificate_balance",
            instrument=book.instrument.tolist()[place],
            region=book.region.tolist()[place],
            lots=int(left[place]),
        )


def _verify_prices(book: Book, price: Integers, scale: int) -> None:
    _same("subticks", str(scale), str(min(max(scale, 1), 1 << 61)))
    for place in np.flatnonzero((price < 0) | (price > PRICE_MAX))[:1].tolist():
        refuse_price(book, place, f"{int(price[place])} is out of range")
    if not in_range(book.rows, price, scale):
        refuse_price(book, int(np.argmax(price)), "sums would be out of range")


def _verify_support(book: Book, units: Integers, price: Integers, scale: int) -> None:
    """No accepted package pays above its limit; what is left over has no price."""
    rows = book.rows
    value = values_of(rows.starts, rows.place, rows.amount, price)
    loses = (units > 0) & (value > rows.limit.astype(np.int64) * scale)
    for row in np.flatnonzero(loses)[:1].tolist():
        _refuse_row(book, row, "it is accepted at a loss")
    for place in np.flatnonzero((left_of(book, units) > 0) & (price > 0))[:1].tolist():
        refuse_price(book, place, "some of it is left over, so its price is zero")


def _payoffs(
    clearing: Clearing,
    book: Book,
    units: Integers,
    terms: tuple[Integers, Integers],
    parameters: Any,
) -> Integers:
    """What each row keeps of its limit under the coalitions shown, each of which could trade."""
    least, group = terms
    coalitions = _claimed_coalitions(clearing, book)
    for fills in coalitions:
        _verify_fills(book, fills, least, group)
    limit = book.rows.limit.astype(np.int64)
    rows = rows_sharing(limit, book.links, units, parameters.payments)
    outside, most = limits_of(limit, group, units, rows, coalitions)
    payoff = np.zeros(len(limit), np.int64)
    payoff[rows] = even_payoffs(outside, most, welfare_of(limit, units))
    return payoff


def _claimed_coalitions(clearing: Clearing, book: Book) -> list[Integers]:
    """Units of each row of the book in each coalition, as the tables claim them."""
    packages, links = len(book.order), book.links
    place = np.empty(packages, np.int64)
    place[book.order] = np.arange(packages)
    found: list[Integers] = []
    for name, column, rows in (("coalitions", "row", packages), ("coalition_flows", "flow", links)):
        table = clearing.details[name]
        number, at, lots = (table[title] for title in ("coalition", column, "lots"))
        if name == "coalitions":
            many = int(number.max()) + 1 if table.rows else 0
            first = np.concatenate([[-1], number])
            in_line = bool((np.isin(np.diff(first), (0, 1))).all())
            refuse_form(in_line, name, "its coalitions are not numbered from 0")
            found = [np.zeros(len(book.rows.limit), np.int64) for _ in range(many)]
        inside = (number >= 0) & (number < len(found)) & (at >= 0) & (at < rows) & (lots > 0)
        refuse_form(bool(inside.all()), name, "it names what is not there")
        key = number * (rows + 1) + at
        refuse_form(bool((np.diff(key) > 0).all()), name, "its rows do not rise")
        for coalition, row, units in zip(number.tolist(), at.tolist(), lots.tolist(), strict=True):
            spot = links + int(place[row]) if name == "coalitions" else row
            found[coalition][spot] = units
    return found


def _verify_core(clearing: Clearing, book: Book, group: Integers, money: Money, scale: int) -> None:
    """No coalition gains more than ``core_checked``, as the prices of the certificate prove."""
    certificate = clearing.certificate
    price = certificate.regions["core_price"].astype(np.int64)
    _verify_prices(book, price, scale)
    limit = book.rows.limit.astype(np.int64)
    less = np.zeros(len(limit), np.int64)
    np.add.at(less, group, limit * money.units - money.payment)
    bound = bound_of_prices(book.rows, group, price, scale, less)
    gain = max(bound - money.collected, 0)
    said, claimed = (int(certificate.links[name][0]) for name in ("core_checked", "core_claimed"))
    _same("core_checked", str(said), str(gain))
    _same("core_claimed", str(claimed), str(min(max(claimed, 0), gain)))


def _compare(table: str, said: Columns, wanted: Columns) -> None:
    """Every column of the table is what follows from fills and prices."""
    for name in wanted.names:
        one, other = said.column(name).tolist(), wanted.column(name).tolist()
        refuse_form(len(one) == len(other), table, f"{name} has {len(one)} rows")
        for row, (had, due) in enumerate(zip(one, other, strict=True)):
            if had != due:
                refuse_form(False, table, f"{name} in row {row} is {had}, and {due} follows")


def _verify_totals(clearing: Clearing, book: Book, money: Money, bound: int, scale: int) -> None:
    certificate = clearing.certificate
    said = {name: int(certificate.links[name][0]) for name in certificate.links.names}
    for what, claimed, found in (
        ("welfare", clearing.welfare, money.welfare),
        ("primal", certificate.primal, money.welfare),
        ("dual", certificate.dual, bound),
        ("bound_checked", said["bound_checked"], bound),
        ("volume", clearing.volume, int(bought_of(book, money).sum())),
        ("subticks", said["subticks"], money.scale),
        ("bound_subticks", said["bound_subticks"], scale),
        ("collected", said["collected"], money.collected),
    ):
        _same(what, str(claimed), str(found))
    for what, low, high in (
        ("bound_claimed", said["allocation_welfare"], bound),
        ("allocation_welfare", money.welfare, said["bound_claimed"]),
    ):
        _same(what, str(said[what]), str(min(max(said[what], low), high)))


def _same(what: str, claimed: str, found: str) -> None:
    refuse_unless(
        claimed == found, "markets.certificate_total", what=what, published=claimed, found=found
    )


def _refuse_row(book: Book, row: int, reason: str) -> None:
    if row >= book.links:
        refuse("markets.certificate_fill", row=int(book.order[row - book.links]), reason=reason)
    regions = book.region.tolist()
    refuse(
        "markets.certificate_flow",
        source=regions[int(book.source[row])],
        target=regions[int(book.target[row])],
        instrument=book.instrument.tolist()[int(book.source[row])],
        reason=reason,
    )
