"""What is particular to the orders of one kind of mechanism, in the book of a market.

A round is the same for all of them: orders come in and what they need is held, the book is
frozen, somebody clears it, the result is verified and settled, holds are released. A form says
which columns an order has, what makes it unsound, and what the mechanism is given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from yaosu.kernel.columns import Columns
from yaosu.markets.clearing import Clearing
from yaosu.markets.network import Network
from yaosu.markets.terms import Trading

TEXT, WHOLE = "text", "whole numbers"


class Term(Struct, frozen=True):
    """One column of an order: its kind, and its value where it is left out (None: it may not)."""

    kind: str
    default: str | int | None = None


class Fault(Struct, frozen=True):
    """Rows that are unsound, for one reason.

    Attributes:
        rows: which, as a mask.
        code: of the refusal.
        columns: their values in the first such row go into the refusal, and ``row`` its number.
        facts: further facts of the refusal.
    """

    rows: NDArray[np.bool_]
    code: str
    columns: tuple[str, ...] = ()
    facts: dict[str, str | int] = {}


class Form(Struct, frozen=True):
    """One row of the table of forms.

    Attributes:
        terms: columns of an order besides instrument, region, side, party and right.
        block_terms: further columns, of batches that have the column ``block``.
        complete: gives rows, in canonical order, what follows from the columns that came.
        check: (rows, trading) -> what is unsound in them.
        orders_of: (book, facts) -> what the mechanism takes; ``fills.row`` of a clearing counts
            its rows, and settlement finds the orders of the book by them.
        digest_of: (orders, network) -> their digest, as a clearing certificate names it.
        parameters_of: (trading, seed) -> parameters of the mechanism, by name.
        groups_by: a column whose rows of one value are one order; empty: every row is one.
        asks: (book) -> kinds of attestation that decide who may get what; see `BookClosed.facts`.
        draws: whether a lottery may decide, so that the market must commit to a seed.
        places_max: pairs of instrument and region that a market may have.
        check_book: (orders, network, trading): refuses a book that could not be cleared, before it
            is frozen.
        check_result: (orders, network, clearing, trading): refuses a result that is sound, but
            proves too little to be taken.
    """

    terms: dict[str, Term]
    complete: Callable[[Columns], Columns]
    check: Callable[[Columns, Trading], list[Fault]]
    orders_of: Callable[[Columns, Columns], Any]
    digest_of: Callable[[Any, Network], str]
    parameters_of: Callable[[Trading, str], dict[str, Any]]
    block_terms: dict[str, Term] = {}
    groups_by: str = ""
    asks: Callable[[Columns], tuple[str, ...]] = lambda _: ()
    draws: bool = False
    places_max: int = 10**8
    check_book: Callable[[Any, Network, Trading], None] | None = None
    check_result: Callable[[Any, Network, Clearing, Trading], None] | None = None


PRICED = {"price": Term(WHOLE), "quantity": Term(WHOLE)}


def as_they_came(rows: Columns) -> Columns:
    """Nothing to complete."""
    return rows


def nothing_more(_: Columns, __: Trading) -> list[Fault]:
    """Nothing to check beyond what holds for every order."""
    return []
