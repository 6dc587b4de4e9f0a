"""The book of an all-or-nothing auction as groups of options, in whole numbers.

An option is a number of units of one row: a package whole, or, where its minimum is below its
quantity, one of a few numbers between. A link between regions is a row that may carry any number
of lots. Of each group one option is chosen at most.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.indivisible_moves import Groups
from yaosu.markets.mechanisms.indivisible_simplex import Options
from yaosu.markets.mechanisms.package_book import Book, book_of, take_rows
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

OPTIONS_MAX = 400_000
LEVELS_MAX = 16


class Choices(Struct, frozen=True):
    """What may be chosen.

    Attributes:
        book: rows and places. least: units below which a row is not accepted.
        row_group: group of each row of the book.
        groups: options by group. row, units: of each option.
    """

    book: Book
    least: Integers
    row_group: Integers
    groups: Groups
    row: Integers
    units: Integers


def choices_of(packages: Packages, network: Network) -> Choices:
    """Groups of options from packages and links.

    Raises:
        Refusal: those of `package_book.book_of`, `markets.too_many_options`.
    """
    book = book_of(packages, network)
    least, row_group = terms_of(packages, book)
    top = book.rows.top.astype(np.int64)
    row, units = _levels(least, top)
    order = np.lexsort((units, row, row_group[row]))
    row, units = row[order], units[order]
    limit = OPTIONS_MAX
    refuse_unless(len(row) <= limit, "markets.too_many_options", options=len(row), limit=limit)
    starts, place, amount = take_rows(
        row, book.rows.starts, book.rows.place, book.rows.amount.astype(np.int64)
    )
    group = row_group[row]
    _, group = np.unique(group, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    lots = amount * np.repeat(units, np.diff(starts))
    groups = grouped(
        book.rows.limit.astype(np.int64)[row] * units,
        starts,
        place.astype(np.int64),
        lots,
        np.searchsorted(group, np.arange(count + 1)).astype(np.int64),
        np.zeros(book.places, np.int64),
    )
    return Choices(book, least, row_group, groups, row, units)


def terms_of(packages: Packages, book: Book) -> tuple[Integers, Integers]:
    """The least units and the group of each row of the book; links have none and their own."""
    links, many = book.links, len(book.order)
    least = np.ones(links + many, np.int64)
    given = packages.quantity if packages.minimum is None else packages.minimum
    least[links:] = given[book.order]
    own = np.arange(links + many, dtype=np.int64)
    if packages.group is None:
        return least, own
    named = packages.group.sorted()
    party = packages.party.codes if packages.party is not None else np.zeros(many, np.int64)
    key = party.astype(np.int64) * (len(named.values) + 1) + named.codes
    key = key[book.order]
    is_alone = np.array([not name for name in named.values] or [True])[named.codes][book.order]
    # the first row of a group, in the order of the book, stands for it
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    own[links:] = np.where(is_alone, own[links:], links + first[inverse])
    return least, own


def _levels(least: Integers, top: Integers) -> tuple[Integers, Integers]:
    """Rows and numbers of units that are looked at: at most `LEVELS_MAX` of a row."""
    rows: list[Integers] = []
    units: list[Integers] = []
    step = np.maximum((top - least + LEVELS_MAX - 2) // (LEVELS_MAX - 1), 1)
    for level in range(LEVELS_MAX):
        at = top - level * step
        some = np.flatnonzero((at >= least) & (top >= least))
        rows.append(some)
        units.append(at[some])
    short = np.flatnonzero((top >= least) & ((top - least) % step > 0))
    rows.append(short)
    units.append(least[short])
    return np.concatenate(rows), np.concatenate(units)


def grouped(
    value: Integers,
    starts: Integers,
    row: Integers,
    amount: Integers,
    first: Integers,
    rhs: Integers,
) -> Groups:
    """Groups with the index from rows to options."""
    option = np.repeat(np.arange(len(value), dtype=np.int64), np.diff(starts))
    at_row = np.zeros(len(rhs) + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=len(rhs)), out=at_row[1:])
    group = np.repeat(np.arange(len(first) - 1, dtype=np.int64), np.diff(first))
    return Groups(
        value=value.astype(np.int64),
        starts=starts,
        row=row,
        amount=amount,
        group=group,
        first=first,
        rhs=rhs,
        at_row=at_row,
        in_row=option[np.argsort(row, kind="stable")],
    )


def relaxed(groups: Groups) -> Options:
    """The same for the linear relaxation, in floats."""
    return Options(
        value=groups.value.astype(np.float64),
        starts=groups.starts,
        row=groups.row,
        amount=groups.amount.astype(np.float64),
        group=groups.group,
        first=groups.first,
        rhs=groups.rhs.astype(np.float64),
    )
