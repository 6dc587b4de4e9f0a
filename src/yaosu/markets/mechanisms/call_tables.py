"""Tables: the solutions of all instruments as one clearing with its clearing certificate."""

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Columns, Integers, Maybe, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.call_curves import Book, orders_digest
from yaosu.markets.mechanisms.call_interval import rows_by_instrument
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Problem, best_limits
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
    problem: Problem,
    solution: Solution,
    lots: Integers,
) -> Clearing:
    """Put the tables together; ``lots`` filled by row of the orders."""
    at, settled = solution.positions, solution.settled
    filled = (at.buys_in + at.sells_in + settled.sold + settled.bought) > 0
    capacity = network.capacity[problem.links]
    traded = traded_regions(capacity, problem, filled, solution.flow)
    prices = _prices(book, problem, solution, traded)
    flows = _flows(network, problem, solution, traded)
    met = np.zeros(0, np.int64) if orders.party is None else np.flatnonzero(book.taken)
    primal = primal_of(orders, parameters, book, problem, lots, flows)
    refuse_unless(
        abs(primal) < VALUE_MAX,
        "markets.value_overflow",
        what="welfare",
        value=str(primal),
        limit=str(VALUE_MAX),
    )
    regions, links = _region_multipliers(problem, solution), _link_multipliers(solution)
    certificate = Certificate(
        rule=RULE,
        orders_digest=orders_digest(orders, book),
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=primal,
        dual=dual_of(book, problem, solution.prices, capacity),
        proved=STEPS,
        not_proved=(),
        regions=regions,
        links=links,
        multipliers_digest=multipliers_digest(regions, links),
    )
    assert certificate.primal == certificate.dual, "primal and dual differ"
    return Clearing(
        mechanism="call",
        prices=prices,
        fills=fills_table(book, solution.prices, lots),
        decremented=Columns.of(row=met, lots=book.taken[met]),
        flows=flows,
        welfare=primal + sum(flows["fee"].tolist() if "fee" in flows else ()),
        volume=bought_lots(orders.side, lots),
        certificate=certificate,
    )


def fills_table(book: Book, prices: Integers, lots: Integers) -> Columns:
    """One row a filled order, at the price of its node."""
    count = np.count_nonzero(lots)
    row, filled, paid = (np.empty(count, np.int64) for _ in range(3))
    write_fills(book.segment, prices, lots, row, filled, paid)
    return Columns.of(row=row, lots=filled, price=paid)


@compiled
def write_fills(
    segment: Array,
    prices: Integers,
    lots: Integers,
    row: Integers,
    filled: Integers,
    paid: Integers,
) -> None:
    """Write one fill for each row with lots."""
    place = 0
    for i in range(len(lots)):
        if lots[i] > 0:
            row[place], filled[place], paid[place] = i, lots[i], prices[segment[i] >> 1]
            place += 1


@compiled
def bought_lots(side: Array, lots: Integers) -> int:
    """Lots of all buys."""
    volume = 0
    for i in range(len(lots)):
        volume += lots[i] if side[i] > 0 else 0
    return int(volume)


def multipliers_digest(regions: Columns, links: Columns) -> str:
    """SHA-256, hex, of the canonical bytes of the certificate's multipliers."""
    return digest(encode([regions, links])).hex()


def traded_regions(capacity: Integers, problem: Problem, filled: Array, flow: Integers) -> Array:
    """Whether anything was filled or sent in the part of the network a region lies in.

    Args:
        capacity: of each link as the network states it. filled: by node; flow: by link.
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


def _prices(book: Book, problem: Problem, solution: Solution, traded: Array) -> Columns:
    regions, instruments = len(book.regions), len(book.instruments)
    best, there = best_limits(problem.starts, problem.limits, problem.lots)
    return Columns.of(
        instrument=Text(
            book.instruments, np.repeat(np.arange(instruments, dtype=np.int32), regions)
        ),
        region=Text(book.regions, np.tile(np.arange(regions, dtype=np.int32), instruments)),
        price=Maybe(solution.prices, traded),
        price_low=Maybe(solution.interval.low, traded),
        price_high=Maybe(solution.interval.high, traded),
        status=Text((NO_TRADE, TRADED), traded.astype(np.int32)),
        best_buy=Maybe(best[0], there[0]),
        best_sell=Maybe(best[2], there[1]),
    )


def _flows(network: Network, problem: Problem, solution: Solution, traded: Array) -> Columns:
    links, lots = problem.links, solution.flow
    instrument = problem.source // max(problem.regions, 1)
    shadow = shadow_prices(problem, solution.prices, lots, network.capacity[links], traded)
    check_link_values(network.charge[links], shadow, lots)
    table = Columns.of(
        instrument=Text(problem.instruments, instrument.astype(np.int32)),
        source=network.source.take(links),
        target=network.target.take(links),
        lots=lots,
        shadow_price=shadow,
        cost=lots * network.cost[links],
        rent=lots * shadow,
    )
    return table.with_columns(**charge_columns(network, links, lots))


def charge_columns(network: Network, links: Integers, lots: Integers) -> dict[str, Array | Text]:
    """What a network with fees, or with owners of rent, adds to the table of flows."""
    columns: dict[str, Array | Text] = {}
    if "fee" in network.links:
        columns["fee"] = lots * network.fee[links]
    if "rent_owner" in network.links:
        columns["rent_owner"] = network.links.text("rent_owner").take(links)
    return columns


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
    problem: Problem, prices: Integers, flow: Integers, capacity: Integers, traded: Array
) -> Integers:
    """What one more lot of capacity would be worth, ticks; 0 on links that are not full."""
    gap = prices[problem.target] - prices[problem.source] - problem.cost
    both = traded[problem.source] & traded[problem.target] & (flow == capacity)
    return np.where(both, np.maximum(gap, 0), 0)


def _region_multipliers(problem: Problem, solution: Solution) -> Columns:
    pull = nearest_by = np.zeros(len(solution.prices), np.int64)
    if solution.nearest is not None:
        pull = solution.nearest.pull
        nearest_by = rows_by_instrument(problem, solution.nearest.low_by)
    return Columns.of(
        support=solution.prices,
        low_by=rows_by_instrument(problem, solution.interval.low_by),
        high_by=rows_by_instrument(problem, solution.interval.high_by),
        volume=solution.volume,
        share_numerator=solution.shares.numerator,
        share_denominator=solution.shares.denominator,
        whole_lots=solution.lots,
        least_flow=solution.least,
        even_flow=solution.even,
        pull=pull,
        nearest_by=nearest_by,
    )


def _link_multipliers(solution: Solution) -> Columns:
    links = len(solution.flow)
    push = np.zeros(2 * links, np.int64) if solution.nearest is None else solution.nearest.push
    return Columns.of(
        share_whole=solution.shares.whole,
        share_rest=solution.shares.rest,
        push_on=push[:links],
        push_back=push[links:],
    )
