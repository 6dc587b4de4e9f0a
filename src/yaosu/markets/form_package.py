"""Packages in the book of a market: several rows that are filled together, in one proportion.

A row is a leg: so many lots of an instrument that the package takes (side +1) or gives (-1). The
rows of a package name it, and each says the same limit and the same number of units. A row that
names no package is a plain order, and so a package of one leg with a lot in each unit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yaosu.kernel.columns import Columns, Integers
from yaosu.markets.form import TEXT, WHOLE, Fault, Form, Term
from yaosu.markets.mechanisms.package_book import PLACES_MAX
from yaosu.markets.mechanisms.package_book import book_of as sorted_book
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages
from yaosu.markets.terms import Trading

LIMIT_MAX = 2**44  # ticks for a unit, either way
UNITS_MAX = 2**44
LEGS_MAX = 1000
UNSET = -(2**62)  # a limit that was not given

Mask = NDArray[np.bool_]


def complete_packages(rows: Columns) -> Columns:
    """Rows that name no package get the limit and units of a plain order."""
    name = rows.text("package")
    is_plain = name.codes == name.code_of("")
    side = rows["side"].astype(np.int64)
    return rows.with_columns(
        units=np.where(is_plain & (rows["units"] == 0), rows["quantity"], rows["units"]),
        limit=np.where(is_plain & (rows["limit"] == UNSET), side * rows["price"], rows["limit"]),
    )


def check_packages(rows: Columns, _: Trading) -> list[Fault]:
    """What is unsound; rows of one package stand together, by instrument and region."""
    name = rows.text("package")
    is_plain = name.codes == name.code_of("")
    units, limit, quantity = rows["units"], rows["limit"], rows["quantity"]
    follows = np.zeros(rows.rows, bool)
    follows[1:] = (name.codes[1:] == name.codes[:-1]) & ~is_plain[1:]
    legs = np.zeros(max(len(name.values), 1), np.int64)
    np.add.at(legs, name.codes, ~is_plain)
    plain_limit = rows["side"].astype(np.int64) * rows["price"]
    reasons = (
        (~is_plain & (rows["price"] != 0), "it has a price, where a package has one limit"),
        (is_plain & ((units != quantity) | (limit != plain_limit)), "it names no package"),
        (limit == UNSET, "it has no limit"),
        (np.abs(limit) > LIMIT_MAX, f"its limit is beyond {LIMIT_MAX} ticks"),
        ((units < 1) | (units > UNITS_MAX), f"its units are not from 1 to {UNITS_MAX}"),
        (quantity % np.maximum(units, 1) != 0, "its lots are not a whole number in each unit"),
        (_differs(rows, follows, "limit", "units"), "its rows differ in limit or units"),
        (_differs(rows, follows, "party"), "its rows are of several parties"),
        (follows & ~_differs(rows, follows, "instrument", "region"), "it names a place twice"),
        ((legs > LEGS_MAX)[name.codes], f"it has more than {LEGS_MAX} rows"),
    )
    return [
        Fault(mask, "markets.bad_package", ("row", "package"), {"reason": reason})
        for mask, reason in reasons
        if mask.any()
    ]


def packages_of(book: Columns, _: Columns) -> Packages:
    """The book of the round as the package auction takes it, packages in the order of the book."""
    first = is_first(book)
    side = book["side"].astype(np.int64)
    packages = Packages(
        Columns(
            {
                "limit": book["limit"][first],
                "quantity": book["units"][first],
                "party": book.text("party").take(first).sorted(),
                "sequence": book["sequence"][first],
            }
        ),
        Columns(
            {
                "order": np.cumsum(first) - 1,
                "instrument": book.text("instrument").sorted(),
                "region": book.text("region").sorted(),
                "amount": side * (book["quantity"] // book["units"]),
            }
        ),
    )
    packages.check()
    return packages


def is_first(book: Columns) -> Mask:
    """Whether a row is the first of its order: rows of one stand together."""
    first = np.ones(book.rows, bool)
    number, sequence = book["number"], book["sequence"]
    first[1:] = (number[1:] != number[:-1]) | (sequence[1:] != sequence[:-1])
    return first


def _differs(rows: Columns, follows: Mask, *columns: str) -> Mask:
    """Rows that do not say the same as the row before, in any of these columns."""
    differs = np.zeros(rows.rows, bool)
    for column in columns:
        values: Integers = (
            rows.text(column).codes.astype(np.int64)
            if column in ("party", "instrument", "region")
            else rows[column]
        )
        differs[1:] |= values[1:] != values[:-1]
    return differs & follows


def _digest(packages: Packages, network: Network) -> str:
    return sorted_book(packages, network).digest


def _parameters(trading: Trading, _: str) -> dict[str, Any]:
    return {"parts": 1}


PACKAGE = Form(
    terms={
        "price": Term(WHOLE, 0),
        "quantity": Term(WHOLE),
        "package": Term(TEXT, ""),
        "units": Term(WHOLE, 0),
        "limit": Term(WHOLE, UNSET),
    },
    complete=complete_packages,
    check=check_packages,
    orders_of=packages_of,
    digest_of=_digest,
    parameters_of=_parameters,
    groups_by="package",
    places_max=PLACES_MAX,
)
