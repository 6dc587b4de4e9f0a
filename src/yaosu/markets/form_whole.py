"""Packages in the book of a market that are filled whole, or for a least number of units.

The rows are those of divisible packages, and two columns more: the least units a package takes,
and a group, of which one package is accepted at most. The search for the best fills need not end
at the best, so a result is taken only where its certificate proves a gap within the market's
terms, or where it is worth no less than what a search of stated work finds, which is done again
before it is taken.
"""

from typing import Any

import numpy as np
from msgspec import structs

from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.form import TEXT, WHOLE, Fault, Form, Term
from yaosu.markets.form_package import (
    PACKAGE,
    check_packages,
    complete_packages,
    is_first,
    packages_of,
)
from yaosu.markets.mechanisms.indivisible import UNIFORM, AllOrNothingParameters, check_size
from yaosu.markets.mechanisms.indivisible_book import choices_of
from yaosu.markets.mechanisms.indivisible_bound import scale_for
from yaosu.markets.mechanisms.indivisible_payments import gain_of_coalition
from yaosu.markets.mechanisms.indivisible_payoffs import AT_LIMITS
from yaosu.markets.mechanisms.indivisible_solve import solve_choices
from yaosu.markets.mechanisms.indivisible_uniform import supported_fills
from yaosu.markets.mechanisms.indivisible_verify import claimed_payments, claimed_units
from yaosu.markets.mechanisms.package_book import book_of as sorted_book
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages
from yaosu.markets.terms import Trading, WholePackageTerms

EFFORT_CHECKED_MAX = 20  # millions of steps that whoever decides may be kept waiting for
PARTS = 1_000_000


def terms_of(trading: Trading) -> WholePackageTerms:
    """The terms of the market, or the defaults."""
    return trading.packages or WholePackageTerms()


def complete_whole(rows: Columns) -> Columns:
    """A package that states no minimum takes all its units or none."""
    rows = complete_packages(rows)
    least = rows["minimum"]
    return rows.with_columns(minimum=np.where(least == 0, rows["units"], least))


def check_whole(rows: Columns, trading: Trading) -> list[Fault]:
    """What is unsound in them; rows of one package stand together."""
    name, group, least = rows.text("package"), rows.text("group"), rows["minimum"]
    differs = (group.codes[1:] != group.codes[:-1]) | (least[1:] != least[:-1])
    follows = (name.codes[1:] == name.codes[:-1]) & (name.codes[1:] != name.code_of(""))
    apart = np.zeros(rows.rows, bool)
    apart[1:] = differs & follows
    reasons = (
        ((least < 1) | (least > rows["units"]), "its minimum is not from 1 to its units"),
        (apart, "its rows differ in minimum or group"),
    )
    return [
        *check_packages(rows, trading),
        *(
            Fault(mask, "markets.bad_package", ("row", "package"), {"reason": reason})
            for mask, reason in reasons
            if mask.any()
        ),
    ]


def whole_packages_of(book: Columns, facts: Columns) -> Packages:
    """The book of the round, packages in the order of the book."""
    first = is_first(book)
    packages = packages_of(book, facts)
    columns = packages.columns.with_columns(
        group=book.text("group").take(first).sorted(), minimum=book["minimum"][first]
    )
    whole = Packages(columns, packages.legs)
    whole.check()
    return whole


def check_book(orders: Any, network: Network, trading: Trading) -> None:
    """Refuse a book that could not be cleared.

    Raises:
        Refusal: `markets.too_many_options`, `markets.value_overflow` and those of the mechanism.
    """
    choices = choices_of(orders, network)
    scale_for(choices.book.rows)
    check_size(choices, AllOrNothingParameters(**_parameters(trading, "")))


def check_worth(orders: Any, network: Network, clearing: Clearing, trading: Trading) -> None:
    """Refuse a result whose gap is wider than the terms, and that a short search betters.

    Raises:
        Refusal: `markets.too_little_found`, `markets.coalition_gains`.

    Cost: ``effort_checked`` million steps, unless the certificate alone is enough.
    """
    terms, certificate = terms_of(trading), clearing.certificate
    most = terms.gap_ppm * clearing.welfare
    is_core = terms.payments != AT_LIMITS
    could_gain = int(certificate.links["core_checked"][0]) if is_core else 0
    if (certificate.dual - clearing.welfare + could_gain) * PARTS <= most:
        return
    choices = choices_of(orders, network)
    found = solve_choices(choices, terms.effort_checked)
    best = supported_fills(choices, found, terms.effort_checked) if terms.mode == UNIFORM else found
    refuse_unless(
        clearing.welfare >= best.welfare,
        "markets.too_little_found",
        welfare=clearing.welfare,
        found=best.welfare,
        effort=terms.effort_checked,
    )
    if is_core:
        units = claimed_units(clearing, choices.book)
        limit = choices.book.rows.limit.astype(np.int64)
        payoff = limit * units - claimed_payments(clearing, choices.book)
        payoff[: choices.book.links] = 0
        paid_for = structs.replace(found, units=units, welfare=clearing.welfare)
        gain = gain_of_coalition(choices, paid_for, payoff, terms.effort_checked)
        refuse_unless(gain <= 0, "markets.coalition_gains", gain=gain, effort=terms.effort_checked)


def _digest(packages: Packages, network: Network) -> str:
    return sorted_book(packages, network).digest


def _parameters(trading: Trading, _: str) -> dict[str, Any]:
    terms = terms_of(trading)
    effort_max = min(EFFORT_CHECKED_MAX, terms.effort)
    if trading.clear_at_close:
        _check("effort", terms.effort, 1, EFFORT_CHECKED_MAX)
    _check("effort_checked", terms.effort_checked, 1, effort_max)
    _check("gap_ppm", terms.gap_ppm, 0, PARTS)
    return {"mode": terms.mode, "effort": terms.effort, "payments": terms.payments}


def _check(term: str, value: int, least: int, most: int) -> None:
    refuse_unless(
        least <= value <= most,
        "markets.bad_terms",
        term=f"packages.{term}",
        value=str(value),
        least=least,
        most=most,
    )


WHOLE_PACKAGE: Form = structs.replace(
    PACKAGE,
    terms={**PACKAGE.terms, "minimum": Term(WHOLE, 0), "group": Term(TEXT, "")},
    complete=complete_whole,
    check=check_whole,
    orders_of=whole_packages_of,
    digest_of=_digest,
    parameters_of=_parameters,
    check_book=check_book,
    check_result=check_worth,
)
