"""Block orders in columns, their families, and what they become in the book once accepted."""

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike

from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.call_parameters import EVERY, CallParameters
from yaosu.markets.orders import Names, Orders, names_of

BLOCKS_MAX = 10_000


class Blocks(Struct, frozen=True):
    """All-or-nothing orders over many instruments (periods) and regions.

    Attributes:
        legs: orders, one row a leg: what a block buys or sells where, at which limit. Limits of
            one block may differ: what counts is the worth of all legs together.
        names: of the blocks, sorted. of: the block of each leg, as a place among the names.
        parents: (child, parent): the child is accepted only with the parent.
        exclusive: groups of which at most one is accepted.
    """

    legs: Orders
    names: tuple[str, ...]
    of: Integers
    parents: tuple[tuple[str, str], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()

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
    ) -> Self:
        """Blocks from columns of equal length, one row a leg; see `Orders.from_columns`.

        Raises:
            Refusal: `markets.block_unknown`, `markets.block_family_cycle`,
                `markets.block_leg_twice`, `markets.too_many_blocks`, and those of orders.
        """
        legs = Orders.from_columns(instrument, region, side, price, quantity)
        text = names_of("block", block, legs.rows).sorted()
        blocks = cls(
            legs,
            text.values,
            text.codes.astype(np.int64),
            tuple(sorted((parents or {}).items())),
            tuple(group for group in map(tuple, map(sorted, exclusive)) if group),
        )
        blocks.check()
        return blocks

    def check(self) -> None:
        """Refuse families of unknown blocks or in circles, and a block twice in one place."""
        count = len(self.names)
        refuse_unless(count <= BLOCKS_MAX, "markets.too_many_blocks", rows=count, limit=BLOCKS_MAX)
        named = [name for pair in self.parents for name in pair]
        named += [name for group in self.exclusive for name in group]
        for name in named:
            refuse_unless(name in self.names, "markets.block_unknown", block=name)
        up = dict(self.parents)
        for name in up:
            above, steps = up.get(name), 0
            while above is not None and steps <= len(up):
                above, steps = up.get(above), steps + 1
            refuse_unless(above is None, "markets.block_family_cycle", block=name)
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


def whole_limits(orders: Orders, blocks: Blocks, parameters: CallParameters) -> Integers:
    """A limit for each leg at which it is served before all orders: how it stands in the book.

    One tick beyond every limit and given price of its instrument, or the end of the band.
    """
    legs = blocks.legs
    if parameters.price_band is not None:
        low, high = parameters.price_band
        return np.where(legs.side > 0, high, low).astype(np.int64)
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
    return np.array(limits, np.int64)


def orders_with(orders: Orders, blocks: Blocks, legs: Integers, limits: Integers) -> Orders:
    """The orders, and behind them these legs (rows) at their limits."""
    rows = blocks.legs.columns.take(legs).with_columns(price=limits[legs])
    if orders.party is not None:
        text = Text(tuple(f"block:{name}" for name in blocks.names), blocks.of.astype(np.int32))
        rows = rows.with_columns(party=text.take(legs).sorted())
    if orders.sequence is not None:
        rows = rows.with_columns(sequence=np.zeros(len(legs), np.int64))
    same = Columns({name: rows.column(name) for name in orders.columns.names})
    return Orders(concatenate([orders.columns, same]))
