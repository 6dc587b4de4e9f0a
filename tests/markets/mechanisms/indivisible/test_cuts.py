"""Cuts hold for all fills, make the bound tighter, and are made again by whoever checks."""

import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book, small_book
from tests.markets.mechanisms.indivisible.oracle import all_fills, left_over, rows_of
from tests.markets.mechanisms.indivisible.test_core import signed
from tests.markets.mechanisms.indivisible.test_examples import book
from tests.markets.mechanisms.indivisible.test_mutations import altered, refused
from yaosu.kernel.columns import Columns, concatenate
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.indivisible_book import choices_of
from yaosu.markets.mechanisms.indivisible_bound import bound_of_prices, scale_for
from yaosu.markets.mechanisms.indivisible_core import priced
from yaosu.markets.mechanisms.indivisible_cuts import Cuts, round_cuts, rounded

NAME = "package-all-or-nothing"
BOOK = grid_book(120, 4)
GIVEN = {"effort": 1}


def test_a_seller_too_large_for_its_buyer_is_cut_off() -> None:
    """Eight lots at 80, wanted are two at 30: a quarter would gain 10, all of it nothing.

    The cut says that no more buyers of two are served than sellers of eight are taken.
    """
    packages = book([(30, "", {"land": 2}), (-80, "", {"land": -8})])
    clearing = ys.clear(packages, mechanism=NAME, **GIVEN)
    assert (clearing.welfare, clearing.certificate.dual) == (0, 0)
    assert clearing.details["cuts"].rows == 1
    ys.verify_clearing(packages, None, clearing, GIVEN)


@pytest.mark.parametrize("part", range(4))
def test_every_cut_holds_for_all_fills_that_keep_the_rule(part: int) -> None:
    """Cuts at any place, with any divisor and anything taken off any groups."""
    tried = 0
    for seed in range(100 * part, 100 * part + 12):
        packages, network = small_book(seed, 8)
        choices = choices_of(packages, network)
        rows, links = choices.book.rows, choices.book.links
        top = rows.top.astype(np.int64)
        chance = np.random.default_rng(seed)
        in_parts = np.unique(choices.row_group[choices.least < top])
        heads = [
            at
            for at in range(links, len(top))
            if choices.row_group[at] == at and at not in in_parts.tolist()
        ]
        many = 12
        named = [
            (cut, head, int(chance.integers(-4, 5)))
            for cut in range(many)
            for head in heads
            if chance.random() < 0.5
        ]
        table = np.array(named, np.int64).reshape(len(named), 3)
        cuts = Cuts(
            chance.integers(0, rows.places, many),
            chance.integers(1, 7, many),
            *(table[:, at] for at in range(3)),
        )
        made = round_cuts(rows, choices.least, choices.row_group, cuts)
        times = np.zeros((many, len(top)), np.int64)
        times[made.cut, made.row] = made.factor
        told = rows_of(packages, network)
        order = [*(packages.rows + np.arange(links)).tolist(), *choices.book.order.tolist()]
        for units in all_fills(told):
            if min(left_over(told, units).values()) < 0:
                continue
            filled = np.array([units[at] for at in order])
            counted = np.where(choices.least == top, filled > 0, filled)
            assert (times @ counted <= made.most).all(), (seed, units)
            tried += 1
    assert tried > 100


def test_rounding_is_from_below_and_adds_up() -> None:
    """The sum of two rounded is at most the sum rounded: what makes a cut hold."""
    for divisor in range(1, 8):
        for rest in range(divisor):
            for one in range(-20, 21):
                assert rounded(one, divisor, rest) * divisor <= one * (divisor - rest)
                for other in range(-20, 21):
                    both = rounded(one, divisor, rest) + rounded(other, divisor, rest)
                    assert both <= rounded(one + other, divisor, rest)


def test_the_bound_with_cuts_is_tighter() -> None:
    """S0-45: on a book of a hundred and twenty packages by several parts of a hundred."""
    choices = choices_of(BOOK, ys.Network.alone("only"))
    scale = scale_for(choices.book.rows)
    prices = priced(choices, scale, 1_000_000)
    plain = prices.weight * scale
    without = bound_of_prices(choices.book.rows, choices.row_group, plain, scale)
    assert prices.bound * 100 < without * 97


def wide_book(packages: int, places: int) -> ys.Packages:
    """Packages of one to four things anywhere, half of them sell, in groups of one or two."""
    chance = np.random.default_rng(packages)
    base = np.exp(chance.normal(7, 0.5, places))
    order = np.repeat(np.arange(packages), chance.integers(1, 5, packages))
    key = np.unique(order * places + chance.integers(0, places, len(order)))
    order, place = key // places, key % places
    sells = chance.random(packages) < 0.5
    amount = chance.integers(1, 9, len(order)) * np.where(sells[order], -1, 1)
    worth = np.bincount(order, base[place] * amount, packages)
    limit = np.rint(worth * np.exp(chance.normal(0, 0.3, packages))).astype(np.int64)
    group = np.cumsum(chance.random(packages) < 0.6)
    return ys.Packages.from_columns(
        limit, np.ones(packages, np.int64), order, place, amount, group=group
    )


def test_a_book_too_large_to_be_branched_on_has_the_cuts_of_its_core() -> None:
    """S0-45: sought where four thousand options stand, they hold for the whole book."""
    packages = wide_book(4_600, 25)
    given = {"effort": 60}
    made = ys.clear(packages, mechanism=NAME, **given)
    ys.verify_clearing(packages, None, made, given)
    assert made.details["cuts"].rows > 0
    choices = choices_of(packages, ys.Network.alone("only"))
    price = made.certificate.regions["bound_price"]
    scale = int(made.certificate.links["bound_subticks"][0])
    without = bound_of_prices(choices.book.rows, choices.row_group, price, scale)
    assert made.welfare <= made.certificate.dual < without
    few = made.details["cuts"].take(slice(1, None))
    with pytest.raises(Refusal, match="certificate"):
        ys.verify_clearing(packages, None, with_table(made, "cuts", few), given)


@pytest.fixture(scope="module")
def clearing() -> Clearing:
    made = ys.clear(BOOK, mechanism=NAME, **GIVEN)
    ys.verify_clearing(BOOK, None, made, GIVEN)
    assert made.details["cuts"].rows > 5
    return made


def with_table(clearing: Clearing, name: str, table: object) -> Clearing:
    return signed(clearing, details={**clearing.details, name: table})


def test_a_cut_whose_price_was_scaled_is_found(clearing: Clearing) -> None:
    table = clearing.details["cuts"]
    for row in range(table.rows):
        for by in (1 << 24, 1 << 50, -(1 << 61)):
            refused(BOOK, None, with_table(clearing, "cuts", altered(table, "price", row, by)))


def test_a_cut_that_was_altered_is_found(clearing: Clearing) -> None:
    """The dearest one: another divisor or place, and the bound no longer follows."""
    table = clearing.details["cuts"]
    row = int(np.argmax(table["price"]))
    for column in ("divisor", "place"):
        for by in (-1, 1):
            refused(BOOK, None, with_table(clearing, "cuts", altered(table, column, row, by)))


def test_a_cut_that_was_dropped_or_doubled_is_found(clearing: Clearing) -> None:
    table = clearing.details["cuts"]
    refused(BOOK, None, with_table(clearing, "cuts", table.take(slice(1, None))))
    refused(BOOK, None, with_table(clearing, "cuts", concatenate([table, table])))
    bases = clearing.details["cut_bases"]
    refused(BOOK, None, with_table(clearing, "cut_bases", concatenate([bases, bases])))
    refused(BOOK, None, with_table(clearing, "cut_bases", bases.take(slice(0, 0))))
    kept = {name: table for name, table in clearing.details.items() if name != "cuts"}
    refused(BOOK, None, signed(clearing, details=kept))


@pytest.mark.parametrize("name", ["place", "divisor", "price"])
def test_a_cut_of_what_is_not_there_is_found(clearing: Clearing, name: str) -> None:
    table = clearing.details["cuts"]
    for by in (1 << 62, -(1 << 62)):
        refused(BOOK, None, with_table(clearing, "cuts", altered(table, name, 0, by)))
    bases = clearing.details["cut_bases"]
    for column in ("cut", "row", "base"):
        for by in (1 << 62, -(1 << 62)):
            refused(BOOK, None, with_table(clearing, "cut_bases", altered(bases, column, 0, by)))


def test_nothing_is_taken_off_a_package_that_may_be_filled_in_part() -> None:
    """For it one option or none is not all there is."""
    packages = book([(30, "", {"land": 2}), (-80, "", {"land": -8})])
    made = ys.clear(packages, mechanism=NAME, **GIVEN)
    in_parts = ys.Packages(
        packages.columns.with_columns(quantity=[2, 1], minimum=[1, 1]), packages.legs
    )
    honest = ys.clear(in_parts, mechanism=NAME, **GIVEN)
    ys.verify_clearing(in_parts, None, honest, GIVEN)
    for row in range(2):
        details = {
            "cuts": made.details["cuts"],
            "cut_bases": Columns.of(cut=[0], row=[row], base=[2]),
        }
        refused(in_parts, None, signed(honest, details=details))
