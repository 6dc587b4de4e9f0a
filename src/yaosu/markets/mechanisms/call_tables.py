"""Tables: the solutions of all instruments as one clearing with its clearing certificate."""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Columns, Integers, Maybe, Text
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.call_curves import Book, orders_digest
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.mechanisms.call_solution import Solution
from yaosu.markets.mechanisms.call_worth import dual_of, primal_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders, exact_dot

RULE = "call/1"
STEPS = (
    "welfare",
    "price_rule",
    "volume",
    "pro_rata_regions",
    "whole_lots",
    "least_flow",
    "even_flow",
    "margin",
)


def clearing_of(
    orders: Orders,
    network: Network,
    parameters: CallParameters,
    book: Book,
    problems: list[Problem],
    solutions: list[Solution],
    lots: Integers,
) -> Clearing:
    """Put the tables together; ``lots`` filled by row of the orders."""
    traded = [
        traded_regions(network.capacity[p.links], p, _filled(s), s.flow)
        for p, s in zip(problems, solutions, strict=True)
    ]
    prices = _prices(book, problems, solutions, traded)
    flows = _flows(book, network, problems, solutions, traded)
    rows = np.flatnonzero(lots)
    all_prices = _joined([s.prices for s in solutions])
    fills = Columns.of(row=rows, lots=lots[rows], price=all_prices[book.segment[rows] >> 1])
    met = np.flatnonzero(book.taken)
    primal = primal_of(orders, network, parameters, book, lots, flows)
    refuse_unless(
        abs(primal) < VALUE_MAX,
        "markets.value_overflow",
        what="welfare",
        value=str(primal),
        limit=str(VALUE_MAX),
    )
    certificate = Certificate(
        rule=RULE,
        orders_digest=orders_digest(orders, book.order),
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=primal,
        dual=dual_of(orders, network, parameters, book, all_prices, flows),
        proved=STEPS,
        not_proved=(),
        regions=_region_multipliers(solutions),
        links=_link_multipliers(solutions),
    )
    assert certificate.primal == certificate.dual, "primal and dual differ"
    return Clearing(
        mechanism="call",
        prices=prices,
        fills=fills,
        decremented=Columns.of(row=met, lots=book.taken[met]),
        flows=flows,
        welfare=primal,
        volume=int(lots[orders.side > 0].sum()),
        certificate=certificate,
    )


def _filled(solution: Solution) -> Array:
    at, settled = solution.positions, solution.settled
    return (at.buys_in + at.sells_in + settled.sold + settled.bought) > 0


def traded_regions(capacity: Integers, problem: Any, filled: Array, flow: Integers) -> Array:
    """Whether anything was filled or sent in the part of the network a region lies in.

    Args:
        problem: anything with source and target of the instrument's links.
        filled: by region; flow: by link.
    """
    root = np.arange(len(filled))
    active = filled.copy()
    active[problem.source[flow > 0]] = True
    joined = np.flatnonzero(capacity > 0)
    source, target = problem.source[joined], problem.target[joined]
    while True:
        least = np.minimum(root[source], root[target])
        before = root.copy()
        np.minimum.at(root, source, least)
        np.minimum.at(root, target, least)
        root = root[root]
        if (root == before).all():
            break
    some = np.zeros(len(filled), bool)
    some[root[active]] = True
    return some[root]


def _joined(parts: list[Any]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _prices(
    book: Book, problems: list[Problem], solutions: list[Solution], traded: list[Array]
) -> Columns:
    regions, instruments = len(book.regions), len(book.instruments)
    is_traded = _joined(traded).astype(bool)
    best = [best_limits(p) for p in problems]
    return Columns.of(
        instrument=Text(
            book.instruments, np.repeat(np.arange(instruments, dtype=np.int32), regions)
        ),
        region=Text(book.regions, np.tile(np.arange(regions, dtype=np.int32), instruments)),
        price=Maybe(_joined([s.prices for s in solutions]), is_traded),
        price_low=Maybe(_joined([s.interval.low for s in solutions]), is_traded),
        price_high=Maybe(_joined([s.interval.high for s in solutions]), is_traded),
        status=Text((NO_TRADE, TRADED), is_traded.astype(np.int32)),
        best_buy=Maybe(_joined([b[0] for b in best]), _joined([b[1] for b in best]).astype(bool)),
        best_sell=Maybe(_joined([b[2] for b in best]), _joined([b[3] for b in best]).astype(bool)),
    )


def best_limits(problem: Problem) -> tuple[Integers, Array, Integers, Array]:
    """Highest bid and lowest offer of each region, and whether there is one."""
    regions = len(problem.starts) // 2
    table = np.zeros((4, regions), np.int64)
    starts = problem.starts.tolist()
    for r in range(regions):
        begin, middle, end = starts[2 * r : 2 * r + 3]
        for i in range(middle - 1, begin - 1, -1):
            if problem.lots[i] > 0:
                table[0, r], table[1, r] = problem.limits[i], 1
                break
        for i in range(middle, end):
            if problem.lots[i] > 0:
                table[2, r], table[3, r] = problem.limits[i], 1
                break
    return table[0], table[1] > 0, table[2], table[3] > 0


def _flows(
    book: Book,
    network: Network,
    problems: list[Problem],
    solutions: list[Solution],
    traded: list[Array],
) -> Columns:
    links = _joined([p.links for p in problems])
    instrument = _joined([np.full(len(p.links), i, np.int32) for i, p in enumerate(problems)])
    lots = _joined([s.flow for s in solutions])
    shadow = _joined(
        [
            shadow_prices(p, s.prices, s.flow, network.capacity[p.links], t)
            for p, s, t in zip(problems, solutions, traded, strict=True)
        ]
    )
    check_link_values(network.cost[links], shadow, lots)
    return Columns.of(
        instrument=Text(book.instruments, instrument.astype(np.int32)),
        source=Text(network.source.values, network.source.codes[links]),
        target=Text(network.target.values, network.target.codes[links]),
        lots=lots,
        shadow_price=shadow,
        cost=lots * network.cost[links],
        rent=lots * shadow,
    )


def check_link_values(cost: Integers, shadow: Integers, lots: Integers) -> None:
    """Refuse costs and rents that leave 64 bits."""
    for what, factor in (("cost", cost), ("rent", shadow)):
        value = exact_dot(factor, lots)
        refuse_unless(
            value < VALUE_MAX,
            "markets.value_overflow",
            what=f"the {what} of links",
            value=str(value),
            limit=str(VALUE_MAX),
        )


def shadow_prices(
    problem: Any, prices: Integers, flow: Integers, capacity: Integers, traded: Array
) -> Integers:
    """What one more lot of capacity would be worth, ticks; 0 on links that are not full."""
    gap = prices[problem.target] - prices[problem.source] - problem.cost
    both = traded[problem.source] & traded[problem.target] & (flow == capacity)
    return np.where(both, np.maximum(gap, 0), 0)


def _region_multipliers(solutions: list[Solution]) -> Columns:
    return Columns.of(
        support=_joined([s.prices for s in solutions]),
        low_by=_joined([s.interval.low_by for s in solutions]),
        high_by=_joined([s.interval.high_by for s in solutions]),
        volume=_joined([s.volume for s in solutions]),
        share_numerator=_joined([s.shares.numerator for s in solutions]),
        share_denominator=_joined([s.shares.denominator for s in solutions]),
        whole_lots=_joined([s.lots for s in solutions]),
        least_flow=_joined([s.least for s in solutions]),
        even_flow=_joined([s.even for s in solutions]),
        pull=_joined([_near(s, "pull", len(s.prices)) for s in solutions]),
        nearest_by=_joined([_near(s, "low_by", len(s.prices)) for s in solutions]),
    )


def _link_multipliers(solutions: list[Solution]) -> Columns:
    push = [_near(s, "push", 2 * len(s.flow)) for s in solutions]
    return Columns.of(
        share_whole=_joined([s.shares.whole for s in solutions]),
        share_rest=_joined([s.shares.rest for s in solutions]),
        push_on=_joined([p[: len(p) // 2] for p in push]),
        push_back=_joined([p[len(p) // 2 :] for p in push]),
    )


def _near(solution: Solution, name: str, size: int) -> Integers:
    if solution.nearest is None:
        return np.zeros(size, np.int64)
    values: Integers = getattr(solution.nearest, name)
    return values
