"""Uniform-price call auction over coupled regions.

All orders of an instrument trade in one go, each region at one price, so that gains from trade net
of the cost of links are greatest. Where a link is not full, prices differ by no more than its
cost; where it is full, the rest of the gap is its shadow price. Whole ticks and lots, exactly.

The way: curves of the book (`call_curves`), the dual's minimum over prices (`call_prices`), the
tie chain on what these leave open (`call_ties`, `call_flows`), the lowest and highest prices that
support the result (`call_interval`), the margin (`call_margin`), then the tables and the clearing
certificate (`call_tables`). `call_verify` checks a result without any of this.

Source: P. A. Samuelson, "Spatial price equilibrium and linear programming" (1952); K. Murota,
"Discrete Convex Analysis" (2003). Checked against brute force in tests/markets/mechanisms/call.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_curves import Book, book_of
from yaosu.markets.mechanisms.call_face import face_at, settle_open, settle_orders
from yaosu.markets.mechanisms.call_flows import flows_even, flows_least
from yaosu.markets.mechanisms.call_interval import (
    Constraints,
    Interval,
    constraints_of,
    interval_of,
    rule_prices,
)
from yaosu.markets.mechanisms.call_margin import margin_lots
from yaosu.markets.mechanisms.call_nearest import nearest_prices
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_prices import descend
from yaosu.markets.mechanisms.call_problem import (
    Problem,
    positions_at,
    problems_of,
    region_prices,
)
from yaosu.markets.mechanisms.call_solution import Solution
from yaosu.markets.mechanisms.call_tables import clearing_of
from yaosu.markets.mechanisms.call_ties import (
    ties_pro_rata,
    ties_volume,
    ties_whole_lots,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


def clear_call(orders: Orders, network: Network, parameters: CallParameters) -> Clearing:
    """Find prices, fills and flows.

    Args:
        orders: limit orders in columns, n rows in any order.
        network: regions and links; every region of an order must be in it.

    Returns:
        Clearing: see `Clearing`. Permuting the orders permutes the fills and changes nothing else.

    Raises:
        Refusal: `markets.unknown_region`, `markets.price_outside_band`,
            `markets.value_overflow`, `markets.bad_parameter`, `markets.too_many_groups`.

    Cost: one sort of the n rows; then O(R log n + cuts on R + 2 nodes) a price step.
    """
    orders.check()
    book = book_of(orders, network)
    problems = problems_of(book, network, parameters)
    place = {name: i for i, name in enumerate(network.regions)}
    solutions = [clear_instrument(p, network, parameters, place) for p in problems]
    lots = clear_fill_rows(orders, book, problems, solutions, parameters)
    return clearing_of(orders, network, parameters, book, problems, solutions, lots)


def clear_instrument(
    problem: Problem, network: Network, parameters: CallParameters, place: dict[str, int]
) -> Solution:
    """Prices, marginal lots and flows of one instrument."""
    capacity = network.capacity[problem.links]
    interval, constraints = clear_interval(problem, capacity)
    prices, nearest = rule_prices(parameters.price_rule, interval), None
    if parameters.price_rule == "nearest":
        given, wanted = region_prices(parameters.reference_prices, problem.instrument, place)
        nearest = nearest_prices(constraints, interval, given, wanted)
        prices = nearest.prices
    positions = positions_at(problem, prices)
    face, volume = ties_volume(problem, face_at(problem, positions, prices))
    face, shares = ties_pro_rata(problem, face, volume)
    face, lots = ties_whole_lots(problem, face, shares)
    face, least = flows_least(problem, settle_orders(problem, face))
    settled, even, flow = flows_even(problem, face, capacity)
    final = constraints_of(problem, positions, prices, settled.sold, settled.bought, flow, capacity)
    proved = interval_of(final)
    assert (proved.low == interval.low).all(), "the low end moved with the fills"
    assert (proved.high == interval.high).all(), "the high end moved with the fills"
    if nearest is not None:
        nearest = nearest_prices(final, proved, given, wanted)
        assert (nearest.prices == prices).all()
    return Solution(
        prices, proved, positions, settled, flow, volume, shares, lots, least, even, nearest
    )


def clear_interval(problem: Problem, capacity: Integers) -> tuple[Interval, Constraints]:
    """Any equilibrium prices, any fills and flows with them, and from these all prices."""
    prices = (problem.lowest + problem.highest) >> 1
    widest = int((problem.highest - problem.lowest).max(initial=0))
    descend(
        prices,
        problem.lowest,
        problem.highest,
        1 << max(widest.bit_length() - 1, 0),
        problem.starts,
        problem.limits,
        problem.sums,
        np.zeros(len(prices), np.int64),
        problem.source,
        problem.target,
        problem.capacity,
        problem.cost,
    )
    positions = positions_at(problem, prices)
    settled = settle_open(problem, face_at(problem, positions, prices))
    constraints = constraints_of(
        problem, positions, prices, settled.sold, settled.bought, settled.flow, capacity
    )
    return interval_of(constraints), constraints


def clear_fill_rows(
    orders: Orders,
    book: Book,
    problems: list[Problem],
    solutions: list[Solution],
    parameters: CallParameters,
) -> Integers:
    """Lots filled of each order, by row."""
    is_pro_rata = "pro_rata_parties" in parameters.tie_chain
    party = None if orders.party is None else orders.party.codes
    by_place = np.zeros(len(book.order), np.int64)
    for problem, solution in zip(problems, solutions, strict=True):
        starts, at = problem.starts, solution.positions
        for r in range(len(solution.prices)):
            (buy, buy_end), (sell, sell_end) = at.buy_rows[r], at.sell_rows[r]
            by_place[buy_end : starts[2 * r + 1]] = book.lots[buy_end : starts[2 * r + 1]]
            by_place[starts[2 * r + 1] : sell] = book.lots[starts[2 * r + 1] : sell]
            settled = solution.settled
            for begin, end, filled in (
                (buy, buy_end, settled.bought[r]),
                (sell, sell_end, settled.sold[r]),
            ):
                if filled:
                    codes = None if party is None else party[book.order[begin:end]]
                    by_place[begin:end] = margin_lots(
                        int(filled), book.lots[begin:end], codes, is_pro_rata
                    )
    lots = np.empty_like(by_place)
    lots[book.order] = by_place
    return lots
