"""Core-selecting payments for fills that are decided: coalitions are sought until none is found.

First each accepted bid is left out once: what the others reach without it limits what it keeps.
Then, again and again, the fills are sought that would be worth most if each accepted bid in them
brought its payoff less. Where they are worth more than what the market would be left with, those
bids would rather trade so: their coalition becomes a limit, and the payoffs are made anew.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct, structs

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_bound import bound_of_prices, whole_prices
from yaosu.markets.mechanisms.indivisible_core import relaxed_prices
from yaosu.markets.mechanisms.indivisible_money import welfare_of
from yaosu.markets.mechanisms.indivisible_moves import NONE
from yaosu.markets.mechanisms.indivisible_payoffs import even_payoffs, limits_of, rows_sharing
from yaosu.markets.mechanisms.indivisible_solve import WEIGHINGS, Found, Stage, search

ROUNDS = 100
WORK_LEAST = 20_000
ANEW_MAX = 20  # times that better fills are taken, met on the way


class Paid(Struct, frozen=True):
    """Payoffs, and the coalitions that limit them.

    Attributes:
        found: the fills; better ones may have been met on the way.
        payoff: ticks, of each row of the book: what it pays less than its limit.
        coalitions: units of each row of the book, one a coalition.
        price: sub-ticks, one a place. checked: more than so many ticks no coalition gains, as
            these prices prove. claimed: the same by branch and bound.
    """

    found: Found
    payoff: Integers
    coalitions: tuple[Integers, ...]
    price: Integers
    checked: int
    claimed: int


def core_payments(choices: Choices, found: Found, payments: str, effort: int) -> Paid:
    """Payoffs of the accepted bids under every coalition that is found.

    Args:
        payments: "core": every accepted bid keeps something; "core-of-buyers": only what pays.
        effort: millions of steps for the searches, all together.
    """
    for _ in range(ANEW_MAX):
        coalitions = list(_without_each(choices, found, payments, effort))
        paid = _until_none(choices, found, payments, effort, coalitions)
        better = _better(choices, paid)
        if better is None:
            break
        found = better
    return paid


def _better(choices: Choices, paid: Paid) -> Found | None:
    """Fills of a coalition that are worth more than those paid for; None: there are none."""
    limit, found = choices.book.rows.limit.astype(np.int64), paid.found
    for units in paid.coalitions:
        worth = welfare_of(limit, units)
        if worth > found.welfare:
            claimed = max(found.claimed, worth)
            found = structs.replace(found, units=units, welfare=worth, claimed=claimed)
    return None if found is paid.found else found


def sharing(choices: Choices, units: Integers, payments: str) -> Integers:
    """Rows of the book that are accepted and keep something of their limits."""
    return rows_sharing(choices.book.rows.limit, choices.book.links, units, payments)


def _until_none(
    choices: Choices, found: Found, payments: str, effort: int, coalitions: list[Integers]
) -> Paid:
    book, group = choices.book, choices.row_group
    limit, rows = book.rows.limit.astype(np.int64), sharing(choices, found.units, payments)
    work = max(effort * WEIGHINGS // ROUNDS, WORK_LEAST)
    for turn in range(ROUNDS + 1):
        outside, most = limits_of(limit, group, found.units, rows, coalitions)
        payoff = np.zeros(len(limit), np.int64)
        payoff[rows] = even_payoffs(outside, most, found.welfare)
        left = found.welfare - int(payoff.sum())
        price, bound = _bound_less(choices, found, payoff)
        checked = max(bound - left, 0)
        is_bettered = any(welfare_of(limit, fills) > found.welfare for fills in coalitions)
        if turn == ROUNDS or not checked or is_bettered:
            return Paid(found, payoff, tuple(coalitions), price, checked, checked)
        stage = _search(choices, found, _worths(choices, payoff), found.units, bound, work)
        if stage.best.worth <= left:
            claimed = min(max(stage.bound - left, 0), checked)
            return Paid(found, payoff, tuple(coalitions), price, checked, claimed)
        coalitions.append(_units(choices, stage))
    raise AssertionError("the last turn returns")


def gain_of_coalition(choices: Choices, found: Found, payoff: Integers, effort: int) -> int:
    """Ticks that a coalition gains, the best that a search of this effort finds; 0: none."""
    worths = _worths(choices, payoff)
    stage = _search(choices, found, worths, found.units, found.checked, effort * WEIGHINGS)
    return max(stage.best.worth - (found.welfare - int(payoff.sum())), 0)


def _without_each(choices: Choices, found: Found, payments: str, effort: int) -> Iterator[Integers]:
    """What the others reach without each accepted bid, by itself."""
    rows = sharing(choices, found.units, payments)
    never = -1 - int(np.abs(choices.groups.value).sum())
    work = max(effort * WEIGHINGS // (len(rows) + 1), WORK_LEAST)
    for row in rows.tolist():
        is_out = choices.row_group[choices.row] == choices.row_group[row]
        value = np.where(is_out, never, choices.groups.value)
        start = found.units.copy()
        start[row] = 0
        stage = _search(choices, found, value, start, found.welfare, work)
        units = _units(choices, stage)
        if units.any():
            yield units


def _worths(choices: Choices, payoff: Integers) -> Integers:
    """The value of each option where an accepted bid brings its payoff less."""
    of_group = np.zeros(len(payoff), np.int64)
    np.add.at(of_group, choices.row_group, payoff)
    worths: Integers = choices.groups.value - of_group[choices.row_group[choices.row]]
    return worths


def _search(
    choices: Choices, found: Found, value: Integers, units: Integers, checked: int, work: int
) -> Stage:
    groups, options = choices.groups._replace(value=value), found.prices.options
    start = np.full(len(groups.first) - 1, NONE, np.int64)
    taken = np.flatnonzero(choices.units == units[choices.row])
    start[groups.group[taken]] = taken
    last: Stage | None = None
    if options is not None:
        options = options._replace(value=relaxed(groups).value)
    prices = found.prices._replace(bound=checked, start=start, options=options, work=0, basis=None)
    for stage in search(groups, prices, work):
        last = stage
    assert last is not None, "a search tells at least where it ends"
    return last


def _units(choices: Choices, stage: Stage) -> Integers:
    units = np.zeros(len(choices.book.rows.limit), np.int64)
    taken = stage.best.choice[stage.best.choice >= 0]
    units[choices.row[taken]] = choices.units[taken]
    return units


def _bound_less(choices: Choices, found: Found, payoff: Integers) -> tuple[Integers, int]:
    """Prices that bound the worth of all fills where accepted bids bring their payoffs less."""
    rows, group = choices.book.rows, choices.row_group
    less = np.zeros(len(payoff), np.int64)
    np.add.at(less, group, payoff)
    ticks = relaxed_prices(choices.groups._replace(value=_worths(choices, payoff)))
    tried = [found.price, whole_prices(rows, ticks, found.scale)]
    bounds = [bound_of_prices(rows, group, price, found.scale, less) for price in tried]
    return min(zip(tried, bounds, strict=True), key=lambda pair: pair[1])
