"""Uniform-price call auction over coupled regions.

All orders of an instrument trade in one go, each region at one price, so that gains from trade net
of the cost of links are greatest. Where a link is not full, prices differ by no more than its
cost; where it is full, the rest of the gap is its shadow price. Whole ticks and lots, exactly.

The way: curves of the book (`call_curves`), the dual's minimum over prices (`call_prices`), the
tie chain on what these leave open (`call_ties`, `call_flows`), the lowest and highest prices that
support the result (`call_interval`), the margin (`call_margin`), then the tables and the clearing
certificate (`call_tables`). `call_verify` checks a result without any of this. Links that lose, or
whose flow is held to that of the period before, are cleared in fractions (`call_exact`).

Source: P. A. Samuelson, "Spatial price equilibrium and linear programming" (1952); K. Murota,
"Discrete Convex Analysis" (2003). Checked against brute force in tests/markets/mechanisms/call.
"""

from yaosu.kernel.columns import Integers
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_curves import book_of
from yaosu.markets.mechanisms.call_exact import clear_exact
from yaosu.markets.mechanisms.call_face import any_equilibrium, face_at, settle_orders
from yaosu.markets.mechanisms.call_flows import flows_even, flows_least
from yaosu.markets.mechanisms.call_interval import (
    Constraints,
    Interval,
    constraints_of,
    interval_of,
    rule_prices,
)
from yaosu.markets.mechanisms.call_margin import filled_rows
from yaosu.markets.mechanisms.call_nearest import Nearest, nearest_prices
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import (
    Problem,
    positions_at,
    problem_of,
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

    Cost: one order of the n rows, by digits; then O(R log n + cuts on R + 2 nodes) a price step.
    """
    orders.check()
    book = book_of(orders, network)
    if not network.is_plain:
        return clear_exact(orders, network, parameters, book)
    problem = problem_of(book, network, parameters)
    solution = clear_problem(problem, network, parameters)
    at, settled = solution.positions, solution.settled
    lots = filled_rows(orders, book, at, settled.bought, settled.sold, parameters)
    return clearing_of(orders, network, parameters, book, problem, solution, lots)


def clear_problem(problem: Problem, network: Network, parameters: CallParameters) -> Solution:
    """Prices, marginal lots and flows of all instruments."""
    capacity = network.capacity[problem.links]
    interval, prices = clear_prices(problem, network, parameters)
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
    nearest = None
    if parameters.price_rule == "nearest":
        nearest = _nearest(problem, network, parameters, final, proved)
        assert (nearest.prices == prices).all()
    return Solution(
        prices, proved, positions, settled, flow, volume, shares, lots, least, even, nearest
    )


def clear_prices(
    problem: Problem, network: Network, parameters: CallParameters
) -> tuple[Interval, Integers]:
    """The interval of prices, and those of the price rule."""
    interval, constraints = clear_interval(problem, network.capacity[problem.links])
    if parameters.price_rule == "nearest":
        return interval, _nearest(problem, network, parameters, constraints, interval).prices
    return interval, rule_prices(parameters.price_rule, interval)


def _nearest(
    problem: Problem,
    network: Network,
    parameters: CallParameters,
    constraints: Constraints,
    interval: Interval,
) -> Nearest:
    place = {name: i for i, name in enumerate(network.regions)}
    wanted = region_prices(parameters.reference_prices, problem.instruments, place)
    return nearest_prices(problem, constraints, interval, *wanted)


def clear_interval(problem: Problem, capacity: Integers) -> tuple[Interval, Constraints]:
    """Any equilibrium prices, any fills and flows with them, and from these all prices."""
    prices, settled = any_equilibrium(problem)
    positions = positions_at(problem, prices)
    constraints = constraints_of(
        problem, positions, prices, settled.sold, settled.bought, settled.flow, capacity
    )
    return interval_of(constraints), constraints
