"""Block orders in columns, their families, and what they become in the book once accepted."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd
from typing import Any, Self

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike

from yaosu.kernel.columns import Array, Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.call_parameters import EVERY, CallParameters
from yaosu.markets.orders import NUMBER_MAX, Names, Orders, names_of

BLOCKS_MAX = 10_000
PARTS = 1_000_000  # minimum acceptance ratios are counted in parts of a million
WHOLE = PARTS


class Income(Struct, frozen=True):
    """What a block must earn: ``fixed`` (ticks) and ``each`` (ticks a lot sold), or it stays out.

    The legs of such a block are served one by one by their own limits, as plain offers are.
    """

    block: str
    fixed: int
    each: int


class Blocks(Struct, frozen=True):
    """Orders over many instruments (periods) and regions that stand or fall together.

    Attributes:
        legs: orders, one row a leg: what a block buys or sells where, at which limit. Limits of
            one block may differ: what counts is the worth of all legs together.
        names: of the blocks, sorted. of: the block of each leg, as a place among the names.
        parents: (child, parent): the child is accepted only with the parent.
        exclusive: groups of which at most one is accepted.
        ratios: minimum acceptance ratio of each block, parts of a million; all of it by default.
            A block that may be filled in part is filled in equal parts, as many as the greatest
            number that divides all its legs.
        incomes: minimum incomes of the blocks that have one.
    """

    legs: Orders
    names: tuple[str, ...]
    of: Integers
    parents: tuple[tuple[str, str], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    ratios: tuple[int, ...] = ()
    incomes: tuple[Income, ...] = ()

    @classmethod
    def from_columns(
        cls,
        block: Names,
        instrument: Names,
        region: Names,
        side: ArrayLike | Text,
        price: ArrayLike,
        quantity: ArrayLike,
        parents: Mapping[str, str] | None = None,
        exclusive: Iterable[Iterable[str]] = (),
        ratio: Mapping[str, Any] | None = None,
        income: Mapping[str, tuple[int, int]] | None = None,
        party: Names = None,
    ) -> Self:
        """Blocks from columns of equal length, one row a leg; see `Orders.from_columns`.

        Args:
            ratio: block -> minimum acceptance ratio, above 0, at most six decimals ("0.5").
            income: block -> (fixed, each): the least it must earn, see `Income`.
            party: whose block; one value a leg, the same for all legs of a block.

        Raises:
            Refusal: `markets.block_unknown`, `markets.block_family_cycle`, `markets.bad_block`,
                `markets.block_leg_twice`, `markets.too_many_blocks`, and those of orders.
        """
        legs = Orders.from_columns(instrument, region, side, price, quantity, party)
        text = names_of("block", block, legs.rows).sorted()
        blocks = cls(
            legs,
            text.values,
            text.codes.astype(np.int64),
            tuple(sorted((parents or {}).items())),
            tuple(group for group in map(tuple, map(sorted, exclusive)) if group),
            tuple(_ratio_of(name, (ratio or {}).get(name, 1)) for name in text.values),
            tuple(Income(name, *least) for name, least in sorted((income or {}).items())),
        )
        for name in ratio or {}:
            refuse_unless(name in blocks.names, "markets.block_unknown", block=name)
        blocks.check()
        return blocks

    def check(self) -> None:
        """Refuse families of unknown blocks or in circles, and a block twice in one place."""
        count = len(self.names)
        refuse_unless(count <= BLOCKS_MAX, "markets.too_many_blocks", rows=count, limit=BLOCKS_MAX)
        named = [name for pair in self.parents for name in pair]
        named += [name for group in self.exclusive for name in group]
        named += [income.block for income in self.incomes]
        for name in named:
            refuse_unless(name in self.names, "markets.block_unknown", block=name)
        up = dict(self.parents)
        for name in up:
            above, steps = up.get(name), 0
            while above is not None and steps <= len(up):
                above, steps = up.get(above), steps + 1
            refuse_unless(above is None, "markets.block_family_cycle", block=name)
        self._check_incomes()
        places: set[tuple[int, str, str]] = set()
        text = zip(self.legs.instrument.tolist(), self.legs.region.tolist(), strict=True)
        for block, (instrument, region) in zip(self.of.tolist(), text, strict=True):
            place = (block, instrument, region)
            refuse_unless(
                place not in places,
                "markets.block_leg_twice",
                block=self.names[block],
                instrument=instrument,
                region=region,
            )
            places.add(place)

    def _check_incomes(self) -> None:
        for income in self.incomes:
            block = self.names.index(income.block)
            own = self.of == block
            numbers = (income.fixed, income.each)
            is_fit = all(isinstance(n, int) and 0 <= n < NUMBER_MAX for n in numbers)
            for condition, reason in (
                (is_fit, "its least income is not two whole numbers of ticks"),
                ((self.legs.side[own] < 0).all(), "it has a least income and a leg that buys"),
                (self.ratio_of(block) == WHOLE, "it has a least income and an acceptance ratio"),
            ):
                refuse_unless(condition, "markets.bad_block", block=income.block, reason=reason)

    def ratio_of(self, block: int) -> int:
        """Minimum acceptance ratio, parts of a million."""
        return self.ratios[block] if self.ratios else WHOLE

    def parts(self) -> tuple[list[int], list[int]]:
        """Of each block: in how many equal parts it may be filled, and the least of them."""
        many, least = [1] * len(self.names), [1] * len(self.names)
        sizes = [0] * len(self.names)
        for block, lots in zip(self.of.tolist(), self.legs.quantity.tolist(), strict=True):
            sizes[block] = gcd(sizes[block], lots)
        for block, size in enumerate(sizes):
            ratio = self.ratio_of(block)
            if ratio < WHOLE:
                many[block], least[block] = size, max(-(-size * ratio // WHOLE), 1)
        return many, least

    def income_of(self) -> dict[int, Income]:
        """Blocks with a minimum income, by place among the names."""
        return {self.names.index(income.block): income for income in self.incomes}

    def has_income(self) -> Array:
        """Of each leg: whether its block has a minimum income."""
        return np.isin(self.of, sorted(self.income_of()))

    def lots_at(self, levels: list[int]) -> Integers:
        """Lots of each leg when each block is filled in so many of its parts."""
        many, _ = self.parts()
        share = np.array(levels or [0], np.int64)[self.of]
        lots: Integers = self.legs.quantity // np.array(many or [1], np.int64)[self.of] * share
        return lots

    def links(self) -> list[tuple[int, int]]:
        """(child, parent) as places among the names."""
        place = {name: i for i, name in enumerate(self.names)}
        return [(place[child], place[parent]) for child, parent in self.parents]

    def groups(self) -> list[tuple[int, ...]]:
        """Exclusive groups as places among the names."""
        place = {name: i for i, name in enumerate(self.names)}
        return [tuple(place[name] for name in group) for group in self.exclusive]

    def keeps_families(self, chosen: set[int]) -> bool:
        """Whether no child stands without its parent and no group has two members."""
        linked = all(parent in chosen for child, parent in self.links() if child in chosen)
        return linked and all(len(chosen & set(group)) <= 1 for group in self.groups())


class OrdersWithBlocks(Struct, frozen=True):
    """A book of plain orders and blocks, as one thing to clear."""

    orders: Orders
    blocks: Blocks

    @property
    def rows(self) -> int:
        """How many orders and legs."""
        return self.orders.rows + self.blocks.legs.rows


def _ratio_of(name: str, given: Any) -> int:
    try:
        ratio = Fraction(str(given))
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    fits = 0 < ratio <= 1 and (ratio * PARTS).denominator == 1
    reason = f"its acceptance ratio is {given}, not a share above 0 with at most six decimals"
    refuse_unless(fits, "markets.bad_block", block=name, reason=reason)
    return int(ratio * PARTS)


def whole_limits(orders: Orders, blocks: Blocks, parameters: CallParameters) -> Integers:
    """A limit for each leg at which it is served before all orders: how it stands in the book.

    One tick beyond every limit and given price of its instrument, or the end of the band; its own
    limit where its block has a minimum income.
    """
    legs, is_plain = blocks.legs, blocks.has_income()
    if parameters.price_band is not None:
        low, high = parameters.price_band
        ends = np.where(legs.side > 0, high, low).astype(np.int64)
        return np.where(is_plain, legs.price, ends)
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    for table in (orders, legs):
        text = table.instrument
        for code, name in enumerate(text.values):
            own = table.price[text.codes == code]
            if own.size:
                least[name] = min(least.get(name, int(own.min())), int(own.min()))
                most[name] = max(most.get(name, int(own.max())), int(own.max()))
    for row in parameters.price_takers:
        for name in least if row.instrument == EVERY else {row.instrument} & set(least):
            least[name], most[name] = min(least[name], row.price), max(most[name], row.price)
    names = legs.instrument.tolist()
    sides = legs.side.tolist()
    limits = [most[n] + 1 if s > 0 else least[n] - 1 for n, s in zip(names, sides, strict=True)]
    return np.where(is_plain, legs.price, np.array(limits, np.int64))


def orders_with(orders: Orders, blocks: Blocks, lots: Integers, limits: Integers) -> Orders:
    """The orders, and behind them so many lots of each leg that has any, at its limit."""
    legs = np.flatnonzero(lots)
    rows = blocks.legs.columns.take(legs)
    rows = rows.with_columns(price=limits[legs], quantity=lots[legs])
    if orders.party is not None:
        text = Text(tuple(f"block:{name}" for name in blocks.names), blocks.of.astype(np.int32))
        rows = rows.with_columns(party=text.take(legs).sorted())
    if orders.sequence is not None:
        rows = rows.with_columns(sequence=np.zeros(len(legs), np.int64))
    same = Columns({name: rows.column(name) for name in orders.columns.names})
    return Orders(concatenate([orders.columns, same]))
