"""The relaxation with cuts: found where packages in parts do what whole ones cannot."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_branch import levels_of
from yaosu.markets.mechanisms.indivisible_cuts import NO_CUTS, Cuts, round_cuts, rounded
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_part import Core
from yaosu.markets.mechanisms.indivisible_simplex import (
    SETTLED,
    Basis,
    Floats,
    Marks,
    Options,
    basis_for,
    begin,
    bound_of,
    factor,
    settle,
)

ROUNDS = 30
CUTS_EACH = 2  # cuts at once, for each place
DIVISORS = 12  # tried at a place
DEEP = 0.01  # a cut must cut off so much, in its own length
LEG_COST, CELL_COST = 0.3, 0.035  # of a pivot, in moves
GAIN = 1e-4  # of the bound, that a round must bring


class Root(NamedTuple):
    """A relaxation with cuts.

    Attributes:
        options: with rows for cuts after those for places; each cut in parts of its largest factor.
        price: of all rows, ticks. cuts: these. largest: their largest factors.
        plain: prices of the places without cuts. work: moves of the same cost.
        basis: where it stands: key of each group, and column of each row.
    """

    options: Options
    price: Floats
    cuts: Cuts
    largest: Floats
    plain: Floats
    work: int
    basis: tuple[Integers, Integers]


def root_of(choices: Choices, pivots_max: int, work_max: int, core: Core | None = None) -> Root:
    """The relaxation, settled, with cuts added in rounds; those that do not bind are left out.

    Args:
        pivots_max: in each round. work_max: moves of the same cost after which none follows.
        core: of a large book the part that is relaxed; all others stay as they are. The cuts are
            those of the whole book all the same.
    """
    plain = relaxed(choices.groups if core is None else core.groups)
    table = _legs_by_place(choices)
    places, options, basis = len(plain.rhs), plain, basis_for(plain)
    begin(options, basis)
    begun = basis.key.copy(), basis.basic.copy()
    root = Root(plain, np.zeros(0), NO_CUTS, np.zeros(0), np.zeros(0), 0, begun)
    last, spent = 1e300, 0
    for turn in range(ROUNDS + 1):
        before = int(basis.turns[1])
        is_settled = settle(options, basis, -1e300, pivots_max) == SETTLED
        spent += (int(basis.turns[1]) - before) * pivot_cost(options)
        root = root._replace(work=spent)
        bound = bound_of(options, basis)
        if turn == 0:
            root = root._replace(plain=basis.price.copy())
        if bound < last:
            stands = basis.key.copy(), basis.basic.copy()
            root = root._replace(price=basis.price.copy(), options=options, basis=stands)
        if spent > work_max or not is_settled or turn == ROUNDS or last - bound < GAIN * abs(last):
            break
        last = bound
        level = np.zeros(len(basis.barred))
        levels_of(options, basis, level)
        tight = _binding(root.cuts, options, basis, places)
        room = CUTS_EACH * places - len(tight)
        level = _level_of_all(choices.groups, core, level)
        deep = _deepest_of_all(choices.groups, table, level)[: max(room, 0)]
        if not deep:
            break
        cuts = joined(some_of(root.cuts, tight), deep)
        options, largest = _with_cuts(choices, plain, cuts, core)
        basis = _carried(options, places, basis, tight)
        stands = basis.key.copy(), basis.basic.copy()
        root = Root(options, basis.price.copy(), cuts, largest, root.plain, spent, stands)
    return root


def pivot_cost(options: Options) -> int:
    """Moves that cost as much as a pivot."""
    rows = len(options.rhs)
    return int(2.0 + LEG_COST * len(options.row) + CELL_COST * rows * rows)


class Legs(NamedTuple):
    """What separation reads.

    Attributes:
        amount: lots, in the order of ``Groups.in_row``; of an option that is not whole those of
            one unit.
        units: by which the amount counts: 1 of a whole option. may_base: whether multiples of its
            group may be taken off. head: first row of the book of each group.
    """

    amount: Integers
    units: Integers
    may_base: Marks
    head: Integers


def _legs_by_place(choices: Choices) -> Legs:
    groups, rows = choices.groups, choices.book.rows
    is_whole = (choices.least == rows.top.astype(np.int64))[choices.row]
    units = np.where(is_whole, 1, choices.units)
    may_base = np.ones(len(groups.first) - 1, np.int8)
    based = is_whole & (choices.row >= choices.book.links)
    np.minimum.at(may_base, groups.group, based.astype(np.int8))
    head = np.zeros(len(groups.first) - 1, np.int64)
    head[groups.group[::-1]] = choices.row[::-1]
    amount = groups.amount[np.argsort(groups.row, kind="stable")] // units[groups.in_row]
    return Legs(amount, units, may_base, head)


Deep = tuple[float, int, int, Integers]  # depth below zero, place, divisor, [rows; bases]


def _deepest_of_all(groups: Groups, legs: Legs, level: Floats) -> list[Deep]:
    """The deepest cut of each place that has one, the deepest first."""
    base = np.zeros(len(groups.first) - 1, np.int64)
    found: list[Deep] = []
    for place in range(len(groups.rhs)):
        depth, divisor = deepest(groups, legs, level, place, base)
        at = groups.in_row[groups.at_row[place] : groups.at_row[place + 1]]
        if divisor:
            used = np.unique(groups.group[at])
            used = used[base[used] != 0]
            found.append((-depth, place, divisor, np.stack([legs.head[used], base[used]])))
    found.sort(key=lambda one: one[:3])
    return found


def joined(cuts: Cuts, deep: list[Deep]) -> Cuts:
    """The cuts, and the new ones after them."""
    many = len(cuts.place)
    numbers = [np.full(one[3].shape[1], many + at) for at, one in enumerate(deep)]
    return Cuts(
        np.concatenate([cuts.place, np.array([one[1] for one in deep], np.int64)]),
        np.concatenate([cuts.divisor, np.array([one[2] for one in deep], np.int64)]),
        np.concatenate([cuts.cut, *numbers]),
        np.concatenate([cuts.row, *(one[3][0] for one in deep)]),
        np.concatenate([cuts.base, *(one[3][1] for one in deep)]),
    )


def some_of(cuts: Cuts, wanted: Integers) -> Cuts:
    """These cuts, in this order."""
    number = np.full(len(cuts.place), -1, np.int64)
    number[wanted] = np.arange(len(wanted))
    inside = number[cuts.cut] >= 0
    return Cuts(
        cuts.place[wanted],
        cuts.divisor[wanted],
        number[cuts.cut[inside]],
        cuts.row[inside],
        cuts.base[inside],
    )


def _binding(cuts: Cuts, options: Options, basis: Basis, places: int) -> Integers:
    """Numbers of the cuts whose slack is not in the basis."""
    slack = len(options.value) + len(options.first) - 1 + places
    is_loose = np.zeros(len(cuts.place), bool)
    is_loose[basis.basic[basis.basic >= slack] - slack] = True
    return np.flatnonzero(~is_loose)


def _level_of_all(groups: Groups, core: Core | None, level: Floats) -> Floats:
    """Of every option: how much of it is chosen inside, or whether it is outside."""
    if core is None:
        return level[: len(groups.value)]
    found = np.zeros(len(groups.value))
    found[core.choice[core.choice >= 0]] = 1.0
    found[core.option] = level[: len(core.option)]
    return found


def _with_cuts(
    choices: Choices, plain: Options, cuts: Cuts, core: Core | None
) -> tuple[Options, Floats]:
    """The options with a leg in every cut they are in, and the largest factor of each cut."""
    places = len(plain.rhs)
    cut, option, amount, most = legs_of_cuts(choices, cuts)
    if core is not None:
        inside = np.full(len(choices.row), NONE, np.int64)
        inside[core.option] = np.arange(len(core.option))
        is_taken = np.zeros(len(choices.row), np.int8)
        is_taken[core.choice[core.choice >= 0]] = 1
        taken = np.flatnonzero(is_taken[option])
        np.subtract.at(most, cut[taken], amount[taken])
        kept = np.flatnonzero(inside[option] >= 0)
        cut, option, amount = cut[kept], inside[option[kept]], amount[kept]
    largest = np.ones(len(cuts.place))
    np.maximum.at(largest, cut, np.abs(amount))
    owner = np.repeat(np.arange(len(plain.value)), np.diff(plain.starts))
    owner = np.concatenate([owner, option])
    by = np.argsort(owner, kind="stable")
    starts = np.zeros(len(plain.value) + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=len(plain.value)), out=starts[1:])
    options = plain._replace(
        starts=starts,
        row=np.concatenate([plain.row, places + cut])[by].astype(np.int64),
        amount=np.concatenate([plain.amount, amount / largest[cut]])[by],
        rhs=np.concatenate([plain.rhs, most / largest]),
    )
    return options, largest


def legs_of_cuts(choices: Choices, cuts: Cuts) -> tuple[Integers, Integers, Floats, Floats]:
    """Cut, option and amount of each leg in a cut, and what each cut may add up to."""
    rows = choices.book.rows
    made = round_cuts(rows, choices.least, choices.row_group, cuts)
    order = np.argsort(choices.row, kind="stable")
    first = np.searchsorted(choices.row[order], np.arange(len(rows.limit) + 1))
    counts = first[made.row + 1] - first[made.row]
    ends = np.cumsum(counts)
    option = order[
        np.arange(int(counts.sum())) - np.repeat(ends - counts - first[made.row], counts)
    ]
    is_whole = (choices.least == rows.top.astype(np.int64))[choices.row[option]]
    cut, factors = np.repeat(made.cut, counts), np.repeat(made.factor, counts)
    amount = (factors * np.where(is_whole, 1, choices.units[option])).astype(np.float64)
    return cut, option, amount, made.most.astype(np.float64)


def _carried(options: Options, places: int, old: Basis, tight: Integers) -> Basis:
    """The basis as it was without the cuts that do not bind, with the slack of each new one."""
    basis = basis_for(options)
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    slack, before = many + groups, places + len(tight)
    basic = old.basic[old.basic < slack + places]
    assert len(basic) == before, "a cut that binds has its slack outside"
    basis.key[:] = old.key
    basis.basic[:before] = basic
    basis.basic[before:] = np.arange(slack + before, slack + rows)
    is_sound = factor(options, basis)
    assert is_sound, "rows of cuts that do not bind are their slacks alone"
    return basis


@compiled
def deepest(
    groups: Groups, legs: Legs, level: Floats, place: int, base: Integers
) -> tuple[float, int]:
    """The divisor whose cut at a place cuts off most of where the relaxation stands; and how much.

    ``base`` receives what is taken off each group here: what its option most chosen takes or gives,
    where that is chosen more than all that is elsewhere.
    """
    start = groups.at_row[place]
    many = groups.at_row[place + 1] - start
    is_first = np.ones(many, np.int8)
    total = 0
    for at in range(many):
        group = groups.group[groups.in_row[start + at]]
        if at > 0 and groups.group[groups.in_row[start + at - 1]] == group:
            is_first[at] = 0
            continue
        base[group] = 0
        rest, most, lots = 1.0, 0.0, 0
        for other in range(at, many):
            option = groups.in_row[start + other]
            if groups.group[option] != group:
                break
            rest -= level[option]
            if level[option] > most:
                most, lots = level[option], legs.amount[start + other]
        if legs.may_base[group] and most > rest:
            base[group] = lots
        total -= base[group]
    best, found = DEEP, 0
    tried = np.zeros(DIVISORS, np.int64)
    count = 0
    for at in range(2 * many):
        group = groups.group[groups.in_row[start + at // 2]]
        divisor = abs(base[group] if at % 2 else legs.amount[start + at // 2] - base[group])
        is_new = divisor > 1 and total % divisor != 0
        for other in range(count):
            is_new = is_new and tried[other] != divisor
        if is_new and count < DIVISORS:
            tried[count] = divisor
            count += 1
            depth = depth_of(groups, legs, level, (start, many, total), divisor, base, is_first)
            if depth > best:
                best, found = depth, divisor
    return best, int(found)


@compiled
def depth_of(
    groups: Groups,
    legs: Legs,
    level: Floats,
    where: tuple[int, int, int],
    divisor: int,
    base: Integers,
    is_first: Marks,
) -> float:
    """By how much a cut is broken where the relaxation stands, in its own length."""
    start, many, total = where
    rest = total % divisor
    broken = -float((divisor - rest) * (total // divisor))
    square = 0.0
    for at in range(many):
        option = groups.in_row[start + at]
        its = base[groups.group[option]]
        off = rounded(-its, divisor, rest)
        one = rounded(legs.amount[start + at] - its, divisor, rest) - off
        many_times = float(one * legs.units[option])
        broken += many_times * level[option]
        square += many_times * many_times
        if is_first[at]:
            broken += float(off)
    return broken / np.sqrt(square) if square > 0.0 else 0.0
