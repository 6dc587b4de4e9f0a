"""Parts of a book that choose anew: what they find fits, and is the same every time."""

import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book
from yaosu.kernel import compiled
from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import choices_of
from yaosu.markets.mechanisms.indivisible_bound import scale_for
from yaosu.markets.mechanisms.indivisible_core import levels_at, priced
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups, walk_from, wander
from yaosu.markets.mechanisms.indivisible_near import (
    Near,
    choose_parts,
    doubted,
    gather,
    worth_of,
)
from yaosu.markets.mechanisms.indivisible_part import (
    core_at,
    fits,
    levels_said,
    narrowed,
    part_of,
)
from yaosu.markets.mechanisms.indivisible_simplex import Floats

WORK = 40_000


def groups_of(rows: int) -> Groups:
    return choices_of(grid_book(rows, 1), ys.Network.alone("only")).groups


def nothing(groups: Groups) -> Integers:
    return np.full(len(groups.first) - 1, NONE, np.int64)


def walked(groups: Groups) -> Integers:
    """What a short walk finds."""
    weight = np.full(len(groups.rhs), 1_000)
    walk = walk_from(groups, nothing(groups), weight, 7)
    wander(groups, walk, 1_000_000, weight // 4, 1 << 40)
    return walk.best


def said(groups: Groups) -> Floats:
    """What one price for everything says to each group."""
    return levels_said(groups, np.full(len(groups.rhs), 1_000.0))


def last_of(groups: Groups, choice: Integers, work: int) -> Near:
    *_, last = choose_parts(groups, choice, said(groups), work, 7)
    return last


def test_parts_find_fills_that_fit_and_tell_their_worth() -> None:
    """S0-45: on a book of two hundred packages, from a choice that is plainly not the best."""
    groups = groups_of(200)
    start = walked(groups)
    start[np.argmax(np.where(start >= 0, groups.value[start], 0))] = NONE  # the dearest is left out
    worths = [worth_of(groups, start)]
    for near in choose_parts(groups, start, said(groups), 60_000_000, 7):
        assert fits(groups, near.best)
        assert fits(groups, near.choice)
        assert near.best_worth == worth_of(groups, near.best) >= max(near.worth, worths[-1])
        worths.append(near.best_worth)
    assert worths[-1] > worths[0] > 0, worths


def test_parts_are_the_same_without_compiled_code() -> None:
    groups = groups_of(60)
    start = walked(groups)
    one = last_of(groups, start, WORK)
    is_enabled, root = compiled.is_enabled(), compiled._Setting.cache_root
    compiled.configure(enabled=False, cache_root=root)
    try:
        other = last_of(groups, start, WORK)
    finally:
        compiled.configure(enabled=is_enabled, cache_root=root)
    assert one.parts == other.parts > 0
    assert (one.best == other.best).all()
    assert one[1::2] == other[1::2]


@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_a_part_is_as_large_as_asked_and_hangs_together(size: int) -> None:
    groups = groups_of(200)
    many, rows = len(groups.first) - 1, len(groups.rhs)
    is_inside, is_met = np.zeros(many, np.int8), np.zeros(rows, np.int8)
    gather(groups, np.array([3]), size, is_inside, is_met, np.zeros(rows, np.int64))
    assert 0 < is_inside.sum() <= min(size, many)
    assert is_inside.sum() == size or size > many
    part = narrowed(part_of(groups, np.flatnonzero(is_inside), nothing(groups)))
    assert len(part.groups.rhs) <= is_met.sum()


def test_a_part_of_what_is_doubted_has_all_whose_choice_is_another() -> None:
    """Those who choose as the relaxation does come last, and by chance."""
    groups = groups_of(200)
    many = len(groups.first) - 1
    level = said(groups)
    agreed = np.argmax(level[: len(groups.value), None] * (groups.group[:, None] == range(many)), 0)
    choice = np.where(level[len(groups.value) :] > 0, NONE, agreed)
    others = np.arange(0, many, 9)
    choice[others] = np.where(choice[others] == NONE, groups.first[others], NONE)
    inside = doubted(groups, np.array([3]), 2 * len(others), choice, level)
    assert set(others) < set(inside.tolist())
    assert len(inside) == 2 * len(others)
    assert (np.diff(inside) > 0).all()
    again = doubted(groups, np.array([4]), 2 * len(others), choice, level)
    assert set(again.tolist()) != set(inside.tolist())


def test_the_relaxation_says_how_much_it_likes_each_choice() -> None:
    """Levels of a group add up to one; a large book is told by its prices."""
    choices = choices_of(grid_book(200, 1), ys.Network.alone("only"))
    groups = choices.groups
    prices = priced(choices, scale_for(choices.book.rows), 10_000_000)
    for told in (prices, prices._replace(basis=None), prices._replace(
        options=None, guide=np.full(len(groups.rhs), 1_000.0)
    )):  # fmt: skip
        level = levels_at(groups, told)
        sums = level[len(groups.value) :] + np.bincount(groups.group, level[: len(groups.value)])
        assert np.allclose(sums, 1.0)
        assert level.min() > -1e-9


def test_what_stays_counts_against_what_a_part_may_take() -> None:
    """A choice of the whole fits where what it has inside fits what is left for the inside."""
    groups = groups_of(200)
    choice = walked(groups)
    core = core_at(groups, np.ones(len(groups.rhs)), 100)
    part = narrowed(part_of(groups, core.inside, choice))
    inside = choice[core.inside]
    start = np.where(inside >= 0, np.searchsorted(part.option, inside), NONE)
    assert fits(part.groups, start)
    assert (part.whole(start) == choice).all()
    too_many = np.array([*(groups.first[:-1])], np.int64)
    assert not fits(groups, too_many)
