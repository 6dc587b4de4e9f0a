"""The search for the best choice of blocks: branch and bound over the parts filled of each."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call import clear_prices, clear_problem
from yaosu.markets.mechanisms.call_block_orders import Blocks, Income, orders_with
from yaosu.markets.mechanisms.call_curves import book_of
from yaosu.markets.mechanisms.call_margin import filled_rows
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Problem, problem_of
from yaosu.markets.mechanisms.call_worth import dual_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

Choice = tuple[int, ...]


def surpluses(blocks: Blocks, prices: list[int]) -> list[int]:
    """What each block, filled whole, gains over its limits at these prices; any size of numbers.

    A block with a minimum income is filled where its limits allow, so that no leg loses.
    """
    surplus = [0] * len(blocks.names)
    legs, single = blocks.legs, blocks.has_income().tolist()
    numbers = (blocks.of, legs.side, legs.price, legs.quantity)
    rows = zip(*(column.tolist() for column in numbers), prices, single, strict=True)
    for block, side, limit, lots, price, is_single in rows:
        gain = side * (limit - price) * lots
        surplus[block] += max(gain, 0) if is_single else gain
    return surplus


def limits_worth(blocks: Blocks, limits: Integers, levels: Sequence[int]) -> int:
    """What legs in the book at ``limits`` are worth less (more, if > 0) at their own limits."""
    legs = blocks.legs
    numbers = (legs.side, legs.price, limits, blocks.lots_at(list(levels)))
    rows = zip(*(column.tolist() for column in numbers), strict=True)
    return sum(side * (own - limit) * lots for side, own, limit, lots in rows)


def earns_enough(
    blocks: Blocks, income: Income, block: int, prices: list[int], lots: Integers | None
) -> bool:
    """Whether a block earns its minimum at these prices, or sells nothing and so needs nothing.

    Args:
        lots: filled of each leg; None: those that the limits promise, which must be some.
    """
    legs = np.flatnonzero(blocks.of == block).tolist()
    earned = sold = 0
    for leg in legs:
        limit, price = int(blocks.legs.price[leg]), prices[leg]
        more = int(blocks.legs.quantity[leg]) if limit < price else 0
        filled = more if lots is None else int(lots[leg])
        earned += price * filled
        sold += filled
    if not sold:
        return lots is not None
    return earned >= income.fixed + income.each * sold


class Domain(NamedTuple):
    """The numbers of parts in which a block may still be filled: low..high, and 0 if it may."""

    may_stay_out: bool
    low: int
    high: int

    @property
    def may_come_in(self) -> bool:
        return self.low <= self.high

    @property
    def is_decided(self) -> bool:
        return self.low == self.high if not self.may_stay_out else not self.may_come_in

    def best(self, unit: int) -> int:
        """The best number of parts, each of which gains so much."""
        if not self.may_come_in or (self.may_stay_out and unit <= 0):
            return 0
        return self.high if unit > 0 else self.low


class Priced(NamedTuple):
    """One choice, priced: welfare, gain of a part of each block, whether it may stand."""

    welfare: int
    units: list[int]
    may_stand: bool


class Search:
    """Branch and bound over the blocks of one part of the market.

    Attributes:
        evaluations: choices priced so far.
    """

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
        inside = np.where(np.isin(blocks.of, part), blocks.legs.quantity, 0)
        full = orders_with(own, blocks, inside, limits)
        full.check()
        self.full = full
        self.book = book_of(full, network)
        self.places = np.flatnonzero(self.book.order >= own.rows)  # of legs, by place
        self.leg_rows = legs[self.book.order[self.places] - own.rows]
        self.leg_nodes = self.book.segment[self.book.order[self.places]] >> 1
        self.network, self.blocks, self.limits, self.part = network, blocks, limits, part
        self.parameters, self.evaluations_max = parameters, evaluations_max
        many, least = blocks.parts()
        self.many, self.least = [many[b] for b in part], [least[b] for b in part]
        incomes = blocks.income_of()
        self.incomes = {i: incomes[b] for i, b in enumerate(part) if b in incomes}
        self.has_income = blocks.has_income()
        place = {b: i for i, b in enumerate(part)}
        self.links = [(place[c], place[p]) for c, p in blocks.links() if c in place]
        self.groups = [[place[b] for b in g] for g in blocks.groups() if g[0] in place]
        self.known: dict[Choice, Priced] = {}
        self.evaluations = 0
        self.best: tuple[int, Choice] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the search went to its end."""
        return self.evaluations <= self.evaluations_max

    def best_choice(self) -> Choice:
        """Parts filled of each block, for the greatest welfare that may stand."""
        nothing = (0,) * len(self.part)
        self._consider(nothing, self._priced(nothing))
        domains = [
            Domain(True, least, many) for least, many in zip(self.least, self.many, strict=True)
        ]
        self._branch(domains, self._priced(nothing).units)
        assert self.best is not None, "even without blocks nothing stands"
        return self.best[1]

    def _priced(self, choice: Choice) -> Priced:
        """Prices, welfare and gains with the choice in the book."""
        if choice in self.known:
            return self.known[choice]
        self.evaluations += 1
        blocks = self.blocks
        levels = [0] * len(blocks.names)
        for block, level in zip(self.part, choice, strict=True):
            levels[block] = level
        offered = blocks.lots_at(levels)
        lots = self.book.lots.copy()
        lots[self.places] = offered[self.leg_rows]
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)])
        book = self.book._replace(lots=lots, sums=sums)
        problem = problem_of(book, self.network, self.parameters)
        prices = clear_prices(problem, self.network, self.parameters)[-1]
        dual = dual_of(book, problem, prices, self.network.capacity[problem.links])
        at_legs = np.zeros(len(blocks.of), np.int64)
        at_legs[self.leg_rows] = prices[self.leg_nodes]
        surplus = surpluses(blocks, at_legs.tolist())
        welfare = dual + limits_worth(blocks, self.limits, levels)
        gain = blocks.legs.side * (self.limits - at_legs)
        must = (offered > 0) & ~self.has_income
        chosen = {b for b, level in enumerate(levels) if level}
        may_stand = (
            bool((gain[must] >= 0).all())
            and all(surplus[b] >= 0 for b in chosen)
            and blocks.keeps_families(chosen)
            and (self.best is None or welfare > self.best[0])
            and self._fills_hold(choice, problem, at_legs, offered, must & (gain == 0))
        )
        units = [surplus[b] // many for b, many in zip(self.part, self.many, strict=True)]
        self.known[choice] = Priced(welfare, units, may_stand)
        return self.known[choice]

    def _fills_hold(
        self,
        choice: Choice,
        problem: Problem,
        at_legs: Integers,
        offered: Integers,
        at_margin: Array,
    ) -> bool:
        """Whether legs at the margin are filled, and blocks that are in earn their minimum.

        The fills are those that the whole rule makes; they are made only where they decide.
        """
        if not at_margin.any() and not any(choice[i] for i in self.incomes):
            return True
        solution = clear_problem(problem, self.network, self.parameters)
        settled = solution.settled
        book = self.book._replace(lots=problem.lots, sums=problem.sums)
        by_row = filled_rows(
            self.full, book, solution.positions, settled.bought, settled.sold, self.parameters
        )
        lots = np.zeros(len(at_legs), np.int64)
        lots[self.leg_rows] = by_row[self.book.order[self.places]]
        if (lots[at_margin] != offered[at_margin]).any():
            return False
        prices = at_legs.tolist()
        return all(
            earns_enough(self.blocks, income, self.part[i], prices, lots)
            for i, income in self.incomes.items()
            if choice[i]
        )

    def _consider(self, choice: Choice, priced: Priced) -> None:
        if priced.may_stand and (self.best is None or priced.welfare > self.best[0]):
            self.best = (priced.welfare, choice)

    def _branch(self, domains: list[Domain], units: list[int]) -> None:
        """Search the choices within these domains; ``units``: gains at any prices to begin with."""
        if not self._propagate(domains):
            return
        bound: int | None = None
        at: Choice = ()
        for _ in range(len(self.part) + 2):  # the blocks' best answer to prices, and prices to it
            choice = tuple(d.best(unit) for d, unit in zip(domains, units, strict=True))
            if choice in self.known and bound is not None:
                break
            priced = self._priced(choice)
            self._consider(choice, priced)
            units = priced.units
            reach = priced.welfare + self._slack(domains, choice, units)
            if bound is None or reach < bound:
                bound, at = reach, choice
        assert bound is not None
        units = self.known[at].units
        if self.best is not None:
            if bound <= self.best[0] or not self.is_complete:
                return
            domains = [
                self._narrowed(i, domain, units[i], bound - self.best[0])
                for i, domain in enumerate(domains)
            ]
            if not self._propagate(domains):
                return
        self._divide(domains, units, at)

    def _divide(self, domains: list[Domain], units: list[int], at: Choice) -> None:
        """Take the domains apart at one block, or price the one choice that is left."""
        i = self._next(domains, units, at)
        if i is None:
            choice = tuple(domain.best(1) for domain in domains)
            self._consider(choice, self._priced(choice))
            return
        domain = domains[i]
        middle = (domain.low + domain.high) // 2
        halves = [Domain(False, domain.low, middle), Domain(False, middle + 1, domain.high)]
        if domain.may_stay_out:
            halves = [Domain(True, 1, 0), Domain(False, domain.low, domain.high)]
        for half in halves:
            self._branch([*domains[:i], half, *domains[i + 1 :]], units)

    def _slack(self, domains: list[Domain], choice: Choice, units: list[int]) -> int:
        """How much more than its welfare any choice may be worth, by the prices of this one."""
        rows = zip(domains, choice, units, strict=True)
        return sum(unit * (domain.best(unit) - level) for domain, level, unit in rows)

    def _narrowed(self, i: int, domain: Domain, unit: int, gap: int) -> Domain:
        """The domain without numbers of parts that cost more than the gap to the best choice."""
        if not unit or i in self.incomes:
            return domain
        top = unit * domain.best(unit)
        may_stay_out = domain.may_stay_out and top < gap
        low, high = domain.low, domain.high
        if unit > 0:
            low = max(low, -((gap - 1 - top) // unit)) if top - unit * low >= gap else low
        elif top - unit * high >= gap:
            high = min(high, (gap - 1 - top) // -unit)
        return Domain(may_stay_out, low, high)

    def _next(self, domains: list[Domain], units: list[int], at: Choice) -> int | None:
        """The open block to branch on: what loses or stays out in the money most, else first."""
        free = [i for i, domain in enumerate(domains) if not domain.is_decided]
        wrong = [(-abs(units[i]), i) for i in free if (units[i] > 0) != (at[i] > 0)]
        near = [(abs(units[i]), i) for i in free]
        return min(wrong or near)[1] if free else None

    def _propagate(self, domains: list[Domain]) -> bool:
        """What families make of decided blocks, in place; False where they contradict."""
        while True:
            before = list(domains)
            for domain in domains:
                if not (domain.may_stay_out or domain.may_come_in):
                    return False
            goes_in, goes_out = [], []
            for child, parent in self.links:
                if not domains[child].may_stay_out:
                    goes_in.append(parent)
                if not domains[parent].may_come_in:
                    goes_out.append(child)
            for group in self.groups:
                inside = [i for i in group if not domains[i].may_stay_out]
                goes_out += [i for i in group if inside and i != inside[0]]
            for i in goes_in:
                domains[i] = domains[i]._replace(may_stay_out=False)
            for i in goes_out:
                domains[i] = domains[i]._replace(low=1, high=0)
            if domains == before:
                return True
