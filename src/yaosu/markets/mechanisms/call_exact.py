"""The call auction over links that lose on the way, or that are held to the period before.

Prices, flows and shadow prices are solved in fractions (`call_exact_solve`), where the law of the
gap holds exactly: what arrives of a lot is worth no more than the lot where it is sent from, the
charges, and what the ramps add. Then whole numbers: prices to the nearest tick, flows rounded
down, what is lost rounded up, and each region's longer side cut at its worst limits until it
balances. No order moves beyond its limit by this, for between two ticks lies no limit. What the
rounding moves in money is stated link by link.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Columns, Integers, Maybe, Text
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.rounding import divide_to_even
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.call_curves import Book, orders_digest
from yaosu.markets.mechanisms.call_exact_curves import (
    Ends,
    curves_of,
    ends_at,
    gains_at,
)
from yaosu.markets.mechanisms.call_exact_program import magnitude
from yaosu.markets.mechanisms.call_exact_solve import Support, end_of, exact_flows, face_of
from yaosu.markets.mechanisms.call_exact_ways import Ways, ways_of, whole_flows
from yaosu.markets.mechanisms.call_margin import filled_rows
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Positions, Problem, best_limits, problem_of
from yaosu.markets.mechanisms.call_tables import (
    bought_lots,
    charge_columns,
    fills_table,
    multipliers_digest,
    traded_regions,
)
from yaosu.markets.mechanisms.call_worth import add_sold, worth_of_fills
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

RULE = "call/exact/1"
PROVED = ("exact_welfare", "price_rule", "whole_lots", "margin")
NOT_PROVED = ("least_flow",)
RULES = ("mid", "low", "high")

Number = int | Fraction


class Exact(NamedTuple):
    """The result in fractions: lots sent over each link, and the ends of the prices."""

    sent: list[Number]
    low: Support
    high: Support


def clear_exact(
    orders: Orders, network: Network, parameters: CallParameters, book: Book
) -> Clearing:
    """Find prices, fills and flows.

    Raises:
        Refusal: `markets.negative_price_with_losses`, `markets.bad_parameter`,
            `markets.too_many_pivots`, `markets.no_price_inside_bounds`, and those of the call
            auction.
    """
    problem, ways = exact_problem(orders, network, parameters, book)
    curves = curves_of(problem)
    sent = exact_flows(problem, ways, curves)
    face = face_of(problem, ways, curves, sent)
    exact = Exact(sent, end_of(ways, face, 1), end_of(ways, face, -1))
    return exact_clearing(orders, network, parameters, book, problem, ways, exact)


def exact_problem(
    orders: Orders, network: Network, parameters: CallParameters, book: Book
) -> tuple[Problem, Ways]:
    """Curves and links; refuses what the exact way does not take."""
    refuse_unless(
        parameters.price_rule in RULES,
        "markets.bad_parameter",
        name="price_rule",
        value=parameters.price_rule,
        expected=f"one of {RULES}, where links have losses or ramps",
    )
    if "loss_ppm" in network.links:
        low = int(orders.price.min()) if orders.rows else 0
        where = [("an order", low)]
        where += [("a price-taker", row.price) for row in parameters.price_takers]
        if parameters.price_band is not None:
            where.append(("the price band", parameters.price_band[0]))
        for name, price in where:
            refuse_unless(price >= 0, "markets.negative_price_with_losses", where=name, price=price)
    problem = problem_of(book, network, parameters)
    return problem, ways_of(problem, network)


def ruled(rule: str, exact: Exact) -> tuple[list[Number], list[Number]]:
    """Prices, and multipliers of ramps, that the price rule names."""
    if rule != "mid":
        end = exact.low if rule == "low" else exact.high
        return end.prices, end.ramps
    ends = (exact.low.prices, exact.high.prices), (exact.low.ramps, exact.high.ramps)
    prices, ramps = (
        [(a + b) / Fraction(2) for a, b in zip(low, high, strict=True)] for low, high in ends
    )
    return list(prices), list(ramps)


def exact_clearing(
    orders: Orders,
    network: Network,
    parameters: CallParameters,
    book: Book,
    problem: Problem,
    ways: Ways,
    exact: Exact,
) -> Clearing:
    """The clearing that follows from the result in fractions; a check makes it anew."""
    prices, ramps = ruled(parameters.price_rule, exact)
    ends = ends_at(problem, prices)
    free = problem.is_taker.tolist()
    gives = [None if f else lots for f, lots in zip(free, ends.sold, strict=True)]
    takes = [None if f else lots for f, lots in zip(free, ends.bought, strict=True)]
    sent = np.array(whole_flows(exact.sent, ways, gives, takes), np.int64)
    arrived = [ways.arrives_whole(k, lots) for k, lots in enumerate(sent.tolist())]
    lots = _whole_fills(orders, parameters, book, problem, ways, ends, sent, arrived)
    filled = np.zeros(len(free), bool)
    filled[book.segment[lots > 0] >> 1] = True
    traded = traded_regions(network.capacity[problem.links], problem, filled, sent)
    ticks = _to_ticks(prices)
    gaps = _gaps(ways, prices, ramps)
    flows = _flows(network, problem, ways, sent, arrived, ticks, gaps, traded)
    primal = _primal(orders, problem, lots, flows, book)
    bound = gains_at(problem, prices, ends)
    for gap, most in zip(gaps, ways.capacity, strict=True):
        bound += max(gap.capacity, Fraction(0)) * most
    for n, ramp in zip(ramps, ways.ramps, strict=True):
        bound += magnitude(n) * ramp.lots
    for value in (primal, *flows["rent"].tolist()):
        _in_range("welfare", value)
    regions, links = _region_columns(exact), _link_columns(ways, exact)
    certificate = Certificate(
        rule=RULE,
        orders_digest=orders_digest(orders, book),
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=primal,
        dual=int(-(-bound // 1)),
        proved=PROVED,
        not_proved=NOT_PROVED,
        regions=regions,
        links=links,
        multipliers_digest=multipliers_digest(regions, links),
    )
    met = np.zeros(0, np.int64) if orders.party is None else np.flatnonzero(book.taken)
    return Clearing(
        mechanism="call",
        prices=_prices(book, problem, exact, ticks, traded),
        fills=fills_table(book, ticks, lots),
        decremented=Columns.of(row=met, lots=book.taken[met]),
        flows=flows,
        welfare=primal + sum(flows["fee"].tolist() if "fee" in flows else ()),
        volume=bought_lots(orders.side, lots),
        certificate=certificate,
    )


def _whole_fills(
    orders: Orders,
    parameters: CallParameters,
    book: Book,
    problem: Problem,
    ways: Ways,
    ends: Ends,
    sent: Integers,
    arrived: list[int],
) -> Integers:
    """Lots of each order: all at the price or better, the longer side cut at its worst limits."""
    left = [sold - bought for sold, bought in zip(ends.sold, ends.bought, strict=True)]
    for k, lots in enumerate(sent.tolist()):
        left[ways.source[k]] -= lots
        left[ways.target[k]] += arrived[k]
    free = problem.is_taker.tolist()
    over = [0 if f else n for f, n in zip(free, left, strict=True)]
    starts, sums = problem.starts.tolist(), problem.sums
    table = np.zeros((12, len(over)), np.int64)
    bought, sold = np.zeros(len(over), np.int64), np.zeros(len(over), np.int64)
    for node, more in enumerate(over):
        begin, middle, end = starts[2 * node : 2 * node + 3]
        kept = ends.bought[node] + min(more, 0), ends.sold[node] - max(more, 0)
        assert min(kept) >= 0, "a region cannot make up for what its links leave over"
        buy = int(np.searchsorted(sums, sums[middle] - kept[0], "right")) - 1
        sell = int(np.searchsorted(sums, sums[middle] + kept[1], "left"))
        first, last = _class_of(problem.limits, max(buy, begin), begin, middle)
        table[[8, 9], node] = first, last
        bought[node] = kept[0] - int(sums[middle] - sums[last])
        first, last = _class_of(problem.limits, min(sell, end) - 1, middle, end)
        table[[10, 11], node] = first, last
        sold[node] = kept[1] - int(sums[first] - sums[middle])
    return filled_rows(orders, book, Positions(*table), bought, sold, parameters)


def _class_of(limits: Integers, place: int, begin: int, end: int) -> tuple[int, int]:
    """Places of the orders of one side at the same limit as the one at ``place``."""
    if not begin <= place < end:
        return (begin, begin) if place < begin else (end, end)
    own = limits[begin:end]
    value = limits[place]
    return begin + int(own.searchsorted(value)), begin + int(own.searchsorted(value, "right"))


def _to_ticks(prices: list[Number]) -> Integers:
    fractions = [Fraction(price) for price in prices]
    for price in fractions:
        _in_range("a price", price)
    return np.array([divide_to_even(p.numerator, p.denominator) for p in fractions], np.int64)


def _in_range(what: str, value: Number) -> None:
    refuse_unless(
        -VALUE_MAX < value < VALUE_MAX,
        "markets.value_overflow",
        what=what,
        value=str(int(value)),
        limit=str(VALUE_MAX),
    )


class Gap(NamedTuple):
    """Of a link: what a further lot sent would gain, and what the ramps take of the gap."""

    capacity: Fraction
    ramp: Fraction


def _gaps(ways: Ways, prices: list[Number], ramps: list[Number]) -> list[Gap]:
    gaps = []
    for k, charge in enumerate(ways.charge):
        value = ways.kept(k) * prices[ways.target[k]] - prices[ways.source[k]] - charge
        ramp = Fraction(-sum(sign * ramps[number] for number, sign in ways.ramps_of[k]))
        gaps.append(Gap(Fraction(value - ramp), ramp))
    return gaps


def _flows(
    network: Network,
    problem: Problem,
    ways: Ways,
    sent: Integers,
    arrived: list[int],
    ticks: Integers,
    gaps: list[Gap],
    traded: Array,
) -> Columns:
    """Flows in whole lots; shadow prices in fractions; and where the money of each link goes."""
    links = problem.links
    numbers: dict[str, list[int]] = {n: [] for n in ("shadow_price", "cost", "rent", "rounding")}
    shadows, held = [], []
    for k, lots in enumerate(sent.tolist()):
        source, target = ways.source[k], ways.target[k]
        is_there = bool(traded[source] and traded[target])
        shadow = max(gaps[k].capacity, Fraction(0)) if is_there else Fraction(0)
        rent = int((gaps[k].capacity + gaps[k].ramp) * lots // 1)
        money = int(ticks[target]) * arrived[k] - int(ticks[source]) * lots
        shadows.append(str(shadow))
        held.append(str(gaps[k].ramp if is_there else Fraction(0)))
        numbers["shadow_price"].append(divide_to_even(shadow.numerator, shadow.denominator))
        numbers["cost"].append(int(network.cost[links[k]]) * lots)
        numbers["rent"].append(rent)
        numbers["rounding"].append(money - ways.charge[k] * lots - rent)
    for name, values in numbers.items():
        for value in values:
            _in_range(f"the {name} of links", value)
    instrument = problem.source // max(problem.regions, 1)
    table = Columns.of(
        instrument=Text(problem.instruments, instrument.astype(np.int32)),
        source=network.source.take(links),
        target=network.target.take(links),
        lots=sent,
        arrived=np.array(arrived, np.int64),
        shadow_price=np.array(numbers["shadow_price"], np.int64),
        shadow_exact=Text.of(shadows),
        ramp_exact=Text.of(held),
        cost=np.array(numbers["cost"], np.int64),
        rent=np.array(numbers["rent"], np.int64),
        rounding=np.array(numbers["rounding"], np.int64),
    )
    return table.with_columns(**charge_columns(network, links, sent))


def _primal(orders: Orders, problem: Problem, lots: Integers, flows: Columns, book: Book) -> int:
    """Worth of the whole lots, net of cost and fees; what price-takers take counts at the price."""
    worth = int(worth_of_fills(orders.side, orders.price, lots)) - sum(flows["cost"].tolist())
    worth -= sum(flows["fee"].tolist() if "fee" in flows else ())
    left = np.zeros(len(problem.is_taker), np.int64)
    add_sold(book.segment, orders.side, lots, left)
    np.subtract.at(left, problem.source, flows["lots"])
    np.add.at(left, problem.target, flows["arrived"])
    assert not left[~problem.is_taker].any(), "a region does not balance"
    rows = np.flatnonzero(problem.is_taker).tolist()
    return int(worth + sum(int(problem.taken_price[r]) * int(left[r]) for r in rows))


def _prices(book: Book, problem: Problem, exact: Exact, ticks: Integers, traded: Array) -> Columns:
    regions, instruments = len(book.regions), len(book.instruments)
    best, there = best_limits(problem.starts, problem.limits, problem.lots)
    every = np.arange(instruments, dtype=np.int32), np.arange(regions, dtype=np.int32)
    return Columns.of(
        instrument=Text(book.instruments, np.repeat(every[0], regions)),
        region=Text(book.regions, np.tile(every[1], instruments)),
        price=Maybe(ticks, traded),
        price_low=Maybe(_to_ticks(exact.low.prices), traded),
        price_high=Maybe(_to_ticks(exact.high.prices), traded),
        status=Text((NO_TRADE, TRADED), traded.astype(np.int32)),
        best_buy=Maybe(best[0], there[0]),
        best_sell=Maybe(best[2], there[1]),
    )


def _region_columns(exact: Exact) -> Columns:
    return Columns.of(low=_texts(exact.low.prices), high=_texts(exact.high.prices))


def _link_columns(ways: Ways, exact: Exact) -> Columns:
    """Of links; the multiplier of a ramp stands in the row of its link."""
    ramps: list[list[Number]] = [[0] * len(exact.sent) for _ in range(2)]
    for number, ramp in enumerate(ways.ramps):
        for column, end in zip(ramps, (exact.low, exact.high), strict=True):
            column[ramp.on] = end.ramps[number]
    return Columns.of(
        sent=_texts(exact.sent),
        low_push=_texts(exact.low.pushes),
        high_push=_texts(exact.high.pushes),
        low_ramp=_texts(ramps[0]),
        high_ramp=_texts(ramps[1]),
    )


def _texts(numbers: list[Number]) -> Text:
    """Fractions as text, such as 3/4 or -2."""
    return Text.of([str(Fraction(number)) for number in numbers])
