"""Block orders beside a call auction: accepted whole, over many instruments and regions, or not.

An accepted block trades all its legs at the prices of the auction, which then must not leave it at
a loss: no block is accepted paradoxically. A block in the money may stay outside, where taking it
would move prices against itself or others: it is listed as paradoxically rejected. Among all such
choices the welfare is greatest, found by search under the bound of the prices: for every p

    welfare of any choice  <=  D(p) + sum over blocks of max(0, surplus of the block at p),

D being the dual value of the orders alone. A block whose surplus at p is more than what is left
between the bound and the best choice keeps its place; the others are branched on. Blocks that
share no instrument and no family are searched for apart.

Source: M. Madani and M. Van Vyve, "A MIP framework for non-convex uniform price day-ahead
electricity auctions" (2017), for the no-loss rule; the bound is Lagrange's. Checked against all
subsets in tests/markets/mechanisms/call/test_blocks.py.
"""

from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call import clear_call, clear_prices
from yaosu.markets.mechanisms.call_block_orders import Blocks, orders_with, whole_limits
from yaosu.markets.mechanisms.call_curves import book_of
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import problem_of
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.mechanisms.call_worth import dual_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

EVALUATIONS_MAX = 20_000
IN, OUT, OPEN = 1, -1, 0

Choice = frozenset[int]


class BlockClearing(Struct, frozen=True, kw_only=True):
    """What an auction with blocks ended in.

    Attributes:
        clearing: of the orders, and behind them the legs of the accepted blocks in their order.
        accepted, rejected, paradoxically_rejected: names, sorted; the last are among the rejected.
        welfare: of orders and blocks, ticks x lots.
        bound_checked: no choice of blocks is worth more; counted from the prices.
        is_best: whether the search went to its end. evaluations: how many choices were priced.
    """

    clearing: Clearing
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]
    paradoxically_rejected: tuple[str, ...]
    welfare: int
    bound_checked: int
    is_best: bool
    evaluations: int


def clear_blocks(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    parameters: CallParameters,
    evaluations_max: int = EVALUATIONS_MAX,
) -> BlockClearing:
    """Choose the blocks, then clear.

    Args:
        evaluations_max: choices that may be priced for each set of blocks that hang together;
            when they are used up the best choice so far stands.

    Raises:
        Refusal: those of the call auction.
    """
    limits = whole_limits(orders, blocks, parameters)
    chosen: set[int] = set()
    evaluations, is_best = 0, True
    for part in _parts(blocks):
        search = _Search(orders, network, blocks, limits, part, parameters, evaluations_max)
        chosen |= search.best_choice()
        evaluations += search.evaluations
        is_best = is_best and search.is_complete
    legs = np.flatnonzero(np.isin(blocks.of, sorted(chosen)))
    full = orders_with(orders, blocks, legs, limits)
    clearing = clear_call(full, network, parameters)
    found = _outcome(blocks, limits, clearing, chosen)
    return BlockClearing(clearing=clearing, is_best=is_best, evaluations=evaluations, **found)


def verify_blocks(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    result: BlockClearing,
    parameters: CallParameters,
) -> None:
    """Return if the clearing is the rule's for these blocks and none of them loses, else refuse.

    Proved: everything of the clearing, the list of the paradoxically rejected, welfare and bound.
    Not proved: that no better choice lies between welfare and bound (`is_best`).

    Raises:
        Refusal: `markets.certificate_*`.
    """
    limits = whole_limits(orders, blocks, parameters)
    known = set(result.accepted) <= set(blocks.names)
    _expect(known, "it names a block that is not there")
    chosen = {i for i, name in enumerate(blocks.names) if name in result.accepted}
    legs = np.flatnonzero(np.isin(blocks.of, sorted(chosen)))
    full = orders_with(orders, blocks, legs, limits)
    verify_call(full, network, result.clearing, parameters)
    lots = np.zeros(full.rows, np.int64)
    lots[result.clearing.fills["row"]] = result.clearing.fills["lots"]
    is_whole = (lots[orders.rows :] == full.quantity[orders.rows :]).all()
    _expect(is_whole, "an accepted block is not filled whole")
    for name, value in _outcome(blocks, limits, result.clearing, chosen).items():
        _expect(getattr(result, name) == value, f"{name} is not what the prices say")
    surplus = _surpluses(blocks, _leg_prices(blocks, result.clearing))
    _expect(all(surplus[b] >= 0 for b in chosen), "an accepted block loses")
    _expect(blocks.keeps_families(chosen), "a family of blocks is broken")


def _expect(condition: object, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table="blocks", reason=reason)


def _outcome(
    blocks: Blocks, limits: Integers, clearing: Clearing, chosen: set[int]
) -> dict[str, Any]:
    """Everything of a `BlockClearing` that prices and choice say."""
    surplus = _surpluses(blocks, _leg_prices(blocks, clearing))
    out = [b for b in range(len(blocks.names)) if b not in chosen]
    paradoxical = [b for b in out if surplus[b] > 0]
    welfare = clearing.welfare + _limits_worth(blocks, limits, chosen)
    fees = clearing.welfare - clearing.certificate.primal
    return {
        "accepted": tuple(blocks.names[b] for b in sorted(chosen)),
        "rejected": tuple(blocks.names[b] for b in out),
        "paradoxically_rejected": tuple(blocks.names[b] for b in paradoxical),
        "welfare": welfare,
        "bound_checked": welfare - fees + sum(surplus[b] for b in paradoxical),
    }


def _leg_prices(blocks: Blocks, clearing: Clearing) -> list[int]:
    """The price at each leg: of the certificate, so that there is one without trade too."""
    prices = clearing.prices
    names = zip(prices.text("instrument").tolist(), prices.text("region").tolist(), strict=True)
    support = clearing.certificate.regions["support"].tolist()
    known = dict(zip(names, support, strict=True))
    legs = zip(blocks.legs.instrument.tolist(), blocks.legs.region.tolist(), strict=True)
    return [known.get(place, 0) for place in legs]


def _surpluses(blocks: Blocks, prices: list[int]) -> list[int]:
    """What each block gains over its limits at the prices of its legs; any size of numbers."""
    surplus = [0] * len(blocks.names)
    legs = blocks.legs
    rows = zip(
        blocks.of.tolist(),
        legs.side.tolist(),
        legs.price.tolist(),
        legs.quantity.tolist(),
        prices,
        strict=True,
    )
    for block, side, limit, lots, price in rows:
        surplus[block] += side * (limit - price) * lots
    return surplus


def _limits_worth(blocks: Blocks, limits: Integers, chosen: set[int]) -> int:
    """What legs in the book at ``limits`` are worth less (more, if > 0) at their own limits."""
    legs = blocks.legs
    numbers = (blocks.of, legs.side, legs.price, limits, legs.quantity)
    rows = zip(*(column.tolist() for column in numbers), strict=True)
    return sum(s * (own - limit) * q for b, s, own, limit, q in rows if b in chosen)


def _parts(blocks: Blocks) -> list[list[int]]:
    """Blocks that hang together by instruments and families, each part ascending."""
    root = list(range(len(blocks.names)))

    def find(block: int) -> int:
        while root[block] != block:
            block = root[block]
        return block

    first: dict[str, int] = {}
    pairs = blocks.links() + [(group[0], b) for group in blocks.groups() for b in group]
    for block, name in zip(blocks.of.tolist(), blocks.legs.instrument.tolist(), strict=True):
        pairs.append((first.setdefault(name, block), block))
    for one, other in pairs:
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    parts: dict[int, list[int]] = {}
    for block in range(len(root)):
        parts.setdefault(find(block), []).append(block)
    return list(parts.values())


class _Priced(NamedTuple):
    """One choice of blocks, priced: welfare, surplus of every block, whether it may stand."""

    welfare: int
    surplus: list[int]
    may_stand: bool


class _Search:
    """Branch and bound over the blocks of one part."""

    def __init__(
        self,
        orders: Orders,
        network: Network,
        blocks: Blocks,
        limits: Integers,
        part: list[int],
        parameters: CallParameters,
        evaluations_max: int,
    ) -> None:
        legs = np.flatnonzero(np.isin(blocks.of, part))
        names = {blocks.legs.instrument.tolist()[row] for row in legs.tolist()}
        text = orders.instrument
        wanted = np.array([name in names for name in text.values] or [False])
        own = Orders(orders.columns.take(np.flatnonzero(wanted[text.codes])))
        full = orders_with(own, blocks, legs, limits)
        full.check()
        self.book = book_of(full, network)
        self.places = np.flatnonzero(self.book.order >= own.rows)  # of legs, by place
        self.leg_rows = legs[self.book.order[self.places] - own.rows]
        self.leg_nodes = self.book.segment[self.book.order[self.places]] >> 1
        self.network, self.blocks, self.limits, self.part = network, blocks, limits, part
        self.parameters, self.evaluations_max = parameters, evaluations_max
        self.families = (
            [pair for pair in blocks.links() if pair[0] in part],
            [group for group in blocks.groups() if group[0] in part],
        )
        self.known: dict[Choice, _Priced] = {}
        self.evaluations = 0
        self.best: tuple[int, Choice] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the search went to its end."""
        return self.evaluations <= self.evaluations_max

    def best_choice(self) -> Choice:
        """The blocks of greatest welfare that may stand together."""
        self._consider(frozenset(), self._priced(frozenset()))
        self._branch(dict.fromkeys(self.part, OPEN), self._priced(frozenset()))
        assert self.best is not None, "even without blocks nothing stands"
        return self.best[1]

    def _priced(self, choice: Choice) -> _Priced:
        """Prices, welfare and surpluses with the choice in the book."""
        if choice in self.known:
            return self.known[choice]
        self.evaluations += 1
        blocks, book = self.blocks, self.book
        is_in = np.isin(blocks.of[self.leg_rows], sorted(choice))
        lots = book.lots.copy()
        lots[self.places] = np.where(is_in, blocks.legs.quantity[self.leg_rows], 0)
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)])
        problem = problem_of(book._replace(lots=lots, sums=sums), self.network, self.parameters)
        prices = clear_prices(problem, self.network, self.parameters)[-1]
        capacity = self.network.capacity[problem.links]
        dual = dual_of(book._replace(lots=lots, sums=sums), problem, prices, capacity)
        at_legs = np.zeros(len(blocks.of), np.int64)
        at_legs[self.leg_rows] = prices[self.leg_nodes]
        surplus = _surpluses(blocks, at_legs.tolist())
        welfare = dual + _limits_worth(blocks, self.limits, set(choice))
        gain = blocks.legs.side * (self.limits - at_legs)
        is_whole = (gain[self.leg_rows][is_in] > 0).all()
        no_loss = all(surplus[b] >= 0 for b in choice)
        may_stand = bool(is_whole) and no_loss and blocks.keeps_families(set(choice))
        self.known[choice] = _Priced(welfare, surplus, may_stand)
        return self.known[choice]

    def _consider(self, choice: Choice, priced: _Priced) -> None:
        if priced.may_stand and (self.best is None or priced.welfare > self.best[0]):
            self.best = (priced.welfare, choice)

    def _branch(self, state: dict[int, int], priced: _Priced) -> None:
        """Search the choices that keep to ``state``; ``priced``: any prices to begin with."""
        if not self._propagate(state):
            return
        bound: int | None = None
        for _ in range(len(self.part) + 2):  # the blocks' best answer to prices, and prices to it
            choice = self._answer(state, priced.surplus)
            if choice in self.known and bound is not None:
                break
            priced = self._priced(choice)
            self._consider(choice, priced)
            slack = self._slack(state, choice, priced)
            if bound is None or priced.welfare + slack < bound:
                bound, surplus = priced.welfare + slack, priced.surplus
                at = choice
        assert bound is not None
        if self.best is not None:
            if bound <= self.best[0] or not self.is_complete:
                return
            for b in [b for b in self.part if state[b] == OPEN]:
                if bound - abs(surplus[b]) <= self.best[0]:
                    state[b] = IN if surplus[b] > 0 else OUT
            if not self._propagate(state):
                return
        block = self._next(state, at)
        if block is None:
            choice = self._answer(state, surplus)
            self._consider(choice, self._priced(choice))
            return
        for side in (OUT, IN):
            self._branch({**state, block: side}, self.known[at])

    def _answer(self, state: dict[int, int], surplus: list[int]) -> Choice:
        """The blocks that are in, and of the open ones those in the money."""
        return frozenset(
            b for b in self.part if state[b] == IN or (state[b] == OPEN and surplus[b] > 0)
        )

    def _slack(self, state: dict[int, int], choice: Choice, priced: _Priced) -> int:
        """How much more than its welfare any choice may be worth, by the prices of this one."""
        gain = priced.surplus
        return sum(
            max(-gain[b], 0) if b in choice else max(gain[b], 0)
            for b in self.part
            if state[b] == OPEN
        )

    def _next(self, state: dict[int, int], at: Choice) -> int | None:
        """The open block to branch on: what loses or stays out in the money most, else first."""
        free = [b for b in self.part if state[b] == OPEN]
        surplus = self.known[at].surplus
        wrong = [(-abs(surplus[b]), b) for b in free if (surplus[b] > 0) != (b in at)]
        near = [(abs(surplus[b]), b) for b in free]
        return min(wrong or near)[1] if free else None

    def _propagate(self, state: dict[int, int]) -> bool:
        """What families make of decided blocks; False where they contradict each other."""
        links, groups = self.families
        while True:
            before = dict(state)
            wanted = [(parent, IN) for child, parent in links if state[child] == IN]
            wanted += [(child, OUT) for child, parent in links if state[parent] == OUT]
            for group in groups:
                inside = [b for b in group if state[b] == IN]
                wanted += [(b, OUT) for b in group if inside and b != inside[0]]
            for b, side in wanted:
                if state[b] == -side:
                    return False
                state[b] = side
            if state == before:
                return True
