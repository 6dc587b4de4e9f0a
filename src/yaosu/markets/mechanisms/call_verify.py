"""Verify a call auction's clearing from its clearing certificate: no solver, no search for prices.

Linear in orders and links, but for the one sort that puts the orders into canonical order for
their digest. What is checked: digests; the form of the tables; every fill against its limit;
balances; every flow against its gap; totals (welfare from the fills equals the bound
from the prices); the interval and the price rule (`call_verify_prices`); the tie chain
(`call_verify_ties`). A published number that is not what the rule makes is refused.
"""

from typing import Any

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Clearing
from yaosu.markets.mechanisms.call_claim import Claim, refuse_price
from yaosu.markets.mechanisms.call_curves import Book, book_of, orders_digest
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import (
    Problem,
    positions_at,
    problems_of,
)
from yaosu.markets.mechanisms.call_tables import (
    RULE,
    STEPS,
    best_limits,
    check_link_values,
    shadow_prices,
    traded_regions,
)
from yaosu.markets.mechanisms.call_verify_prices import verify_prices
from yaosu.markets.mechanisms.call_verify_ties import verify_ties
from yaosu.markets.mechanisms.call_worth import dual_of, flow_ends, primal_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

MULTIPLIER_MAX = 2**60
PRICE_COLUMNS = {
    "instrument": Text,
    "region": Text,
    "price": Maybe,
    "price_low": Maybe,
    "price_high": Maybe,
    "status": Text,
    "best_buy": Maybe,
    "best_sell": Maybe,
}
FLOW_COLUMNS = {
    "instrument": Text,
    "source": Text,
    "target": Text,
    "lots": np.ndarray,
    "shadow_price": np.ndarray,
    "cost": np.ndarray,
    "rent": np.ndarray,
}
REGION_COLUMNS = dict.fromkeys(
    (
        "support",
        "low_by",
        "high_by",
        "volume",
        "share_numerator",
        "share_denominator",
        "whole_lots",
        "least_flow",
        "even_flow",
        "pull",
        "nearest_by",
    ),
    np.ndarray,
)
LINK_COLUMNS = dict.fromkeys(("share_whole", "share_rest", "push_on", "push_back"), np.ndarray)


def verify_call(
    orders: Orders, network: Network, clearing: Clearing, parameters: CallParameters
) -> None:
    """Return if the clearing is what the rule makes of the orders, else refuse.

    Raises:
        Refusal: `markets.certificate_*`, naming the row, link or region.
    """
    orders.check()
    book = book_of(orders, network)
    _verify_head(orders, network, clearing, parameters, book)
    problems = problems_of(book, network, parameters)
    links = [len(p.links) for p in problems]
    _verify_form(clearing, book, network, problems)
    support = clearing.certificate.regions["support"]
    lots = _verify_fills(orders, clearing, book, support)
    _verify_balance(orders, network, clearing, book, problems, lots)
    filled = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots[book.order])])
    regions = len(book.regions)
    link = 0
    for i, problem in enumerate(problems):
        rows, edges = slice(i * regions, (i + 1) * regions), slice(link, link + links[i])
        link += links[i]
        claim = _claim_of(clearing, network, problem, rows, edges, filled)
        _verify_support(problem, claim, parameters)
        _verify_flows(claim, clearing.flows.take(edges))
        _verify_published(claim, book, network)
        verify_prices(claim, parameters, network)
        verify_ties(claim, orders, book, lots, parameters)
    _verify_totals(orders, network, clearing, parameters, book, lots)


def _verify_head(
    orders: Orders,
    network: Network,
    clearing: Clearing,
    parameters: CallParameters,
    book: Book,
) -> None:
    certificate = clearing.certificate
    refuse_unless(
        certificate.rule == RULE and clearing.mechanism == "call",
        "markets.certificate_rule",
        found=certificate.rule,
        expected=RULE,
    )
    for what, published, found in (
        ("orders", certificate.orders_digest, orders_digest(orders, book.order)),
        ("network", certificate.network_digest, digest(encode(network)).hex()),
        ("parameters", certificate.parameters_digest, digest(encode(parameters)).hex()),
    ):
        refuse_unless(published == found, "markets.certificate_digest", what=what)
    _shape(
        (certificate.proved, certificate.not_proved) == (STEPS, ()),
        "certificate",
        "it claims other steps than it must prove",
    )


def _shape(condition: object, table: str, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table=table, reason=reason)


def _verify_form(clearing: Clearing, book: Book, network: Network, problems: list[Problem]) -> None:
    rows = len(book.instruments) * len(book.regions)
    links = sum(len(p.links) for p in problems)
    certificate = clearing.certificate
    plain = np.ndarray
    for table, columns, kinds, expected in (
        ("prices", clearing.prices, PRICE_COLUMNS, rows),
        ("flows", clearing.flows, FLOW_COLUMNS, links),
        ("regions", certificate.regions, REGION_COLUMNS, rows),
        ("links", certificate.links, LINK_COLUMNS, links),
        ("fills", clearing.fills, {"row": plain, "lots": plain, "price": plain}, None),
        ("decremented", clearing.decremented, {"row": plain, "lots": plain}, None),
    ):
        kinds_found = {name: type(columns.column(name)) for name in columns.names}
        _shape(kinds_found == kinds, table, "its columns are not the ones it must have")
        _shape(expected in (None, columns.rows), table, f"it has {columns.rows} rows")
        for name, kind in kinds_found.items():
            if kind is plain and columns.rows:
                column = columns[name]
                fits = (
                    column.dtype == np.int64
                    and column.min() > -MULTIPLIER_MAX
                    and column.max() < MULTIPLIER_MAX
                )
                if name not in ("cost", "rent"):
                    _shape(fits, table, f"{name} is out of range")
    regions, instruments = len(book.regions), len(book.instruments)
    whole = Text(book.instruments, np.repeat(np.arange(instruments, dtype=np.int32), regions))
    _shape(clearing.prices.text("instrument") == whole, "prices", "instruments differ")
    places = Text(book.regions, np.tile(np.arange(regions, dtype=np.int32), instruments))
    _shape(clearing.prices.text("region") == places, "prices", "regions differ")
    own = np.concatenate([p.links for p in problems] or [np.zeros(0, np.int64)])
    named = np.repeat(np.arange(instruments, dtype=np.int32), [len(p.links) for p in problems])
    for name, text in (
        ("instrument", Text(book.instruments, named)),
        ("source", network.source.take(own)),
        ("target", network.target.take(own)),
    ):
        _shape(clearing.flows.text(name) == text, "flows", f"{name} differs")
    met = np.flatnonzero(book.taken)
    _shape(
        np.array_equal(clearing.decremented["row"], met)
        and np.array_equal(clearing.decremented["lots"], book.taken[met]),
        "decremented",
        "parties' own crossing orders are not taken off as the rule says",
    )


def _verify_fills(orders: Orders, clearing: Clearing, book: Book, support: Integers) -> Integers:
    """Every order against the price of its region; lots filled by row."""
    rows, filled = clearing.fills["row"], clearing.fills["lots"]
    inside = rows.size == 0 or (rows.min() >= 0 and rows.max() < orders.rows)
    _shape(inside and (np.diff(rows) > 0).all(), "fills", "rows do not ascend within the orders")
    _shape((filled > 0).all(), "fills", "a fill is empty")
    lots = np.zeros(orders.rows, np.int64)
    lots[rows] = filled
    price = support[book.segment >> 1]
    gain = orders.side * (orders.price - price)
    offered = orders.quantity - book.taken
    for wrong, reason in (
        (lots > offered, "more than it offers"),
        ((gain < 0) & (lots > 0), "beyond its limit"),
        ((gain > 0) & (lots < offered), "not in full although its limit is better than the price"),
    ):
        bad = np.flatnonzero(wrong)
        if bad.size:
            refuse("markets.certificate_fill", row=int(bad[0]), reason=reason)
    bad = rows[clearing.fills["price"] != price[rows]]
    if bad.size:
        refuse("markets.certificate_fill", row=int(bad[0]), reason="not at its region's price")
    return lots


def _claim_of(
    clearing: Clearing,
    network: Network,
    problem: Problem,
    rows: slice,
    edges: slice,
    filled: Integers,
) -> Claim:
    regions = clearing.certificate.regions.take(rows)
    prices = regions["support"]
    at = positions_at(problem, np.clip(prices, -MULTIPLIER_MAX, MULTIPLIER_MAX))
    table = clearing.prices.take(rows)
    return Claim(
        problem,
        at,
        prices,
        clearing.flows["lots"][edges],
        network.capacity[problem.links],
        filled[at.sell_rows[:, 1]] - filled[at.sell_rows[:, 0]],
        filled[at.buy_rows[:, 1]] - filled[at.buy_rows[:, 0]],
        np.array([status == TRADED for status in table.text("status").tolist()], bool),
        regions,
        clearing.certificate.links.take(edges),
        table,
    )


def _verify_support(problem: Problem, claim: Claim, parameters: CallParameters) -> None:
    for wrong, reason in (
        (problem.is_taker & (claim.prices != problem.taken_price), "it is given"),
        ((claim.prices < problem.lowest) | (claim.prices > problem.highest), "out of bounds"),
    ):
        refuse_price(claim, wrong, reason)


def _verify_flows(claim: Claim, flows: Columns) -> None:
    problem, flow = claim.problem, claim.flow
    gap = claim.prices[problem.target] - claim.prices[problem.source] - problem.cost
    _refuse_flow(claim, (flow < 0) | (flow > claim.capacity), "outside the capacity")
    _refuse_flow(
        claim, (gap > 0) & (flow < claim.capacity), "not full although the gap exceeds the cost"
    )
    _refuse_flow(claim, (gap < 0) & (flow > 0), "used although the gap is less than the cost")
    shadow = shadow_prices(problem, claim.prices, flow, claim.capacity, claim.traded)
    check_link_values(problem.cost, shadow, flow)
    for name, expected, reason in (
        ("shadow_price", shadow, "the shadow price is not the gap less the cost"),
        ("cost", flow * problem.cost, "the cost is not cost times lots"),
        ("rent", flow * shadow, "the rent is not shadow price times lots"),
    ):
        _refuse_flow(claim, flows[name] != expected, reason)


def _refuse_flow(claim: Claim, wrong: Any, reason: str) -> None:
    names = claim.table.text("region").tolist()
    for k in np.flatnonzero(wrong)[:1].tolist():
        refuse(
            "markets.certificate_flow",
            source=names[int(claim.problem.source[k])],
            target=names[int(claim.problem.target[k])],
            instrument=claim.problem.instrument,
            reason=reason,
        )


def _verify_published(claim: Claim, book: Book, network: Network) -> None:
    """Status, prices and best limits as published."""
    at, table = claim.positions, claim.table
    filled = (at.buys_in + at.sells_in + claim.sold + claim.bought) > 0
    traded = traded_regions(claim.capacity, claim.problem, filled, claim.flow)
    known = [status in (TRADED, NO_TRADE) for status in table.text("status").tolist()]
    refuse_price(claim, (traded != claim.traded) | ~np.array(known, bool), "its status is wrong")
    for name in ("price", "price_low", "price_high"):
        is_there = table.maybe(name).present
        refuse_price(claim, is_there != traded, "a price stands where and only where trade is")
    wrong = traded & (table.maybe("price").values != claim.prices)
    refuse_price(claim, wrong, "it is not the price that supports the fills")
    buy, has_buy, sell, has_sell = best_limits(claim.problem)
    for name, limits, there in (("best_buy", buy, has_buy), ("best_sell", sell, has_sell)):
        found = table.maybe(name)
        wrong = (found.present != there) | (there & (found.values != limits))
        refuse_price(claim, wrong, f"{name} is not the best limit")


def _verify_balance(
    orders: Orders,
    network: Network,
    clearing: Clearing,
    book: Book,
    problems: list[Problem],
    lots: Integers,
) -> None:
    left = np.zeros(len(book.instruments) * len(book.regions), np.int64)
    np.add.at(left, book.segment >> 1, -orders.side * lots)
    source, target = flow_ends(clearing.flows, network, book)
    np.subtract.at(left, source, clearing.flows["lots"])
    np.add.at(left, target, clearing.flows["lots"])
    taker = np.concatenate([p.is_taker for p in problems] or [np.zeros(0, bool)])
    for row in np.flatnonzero((left != 0) & ~taker)[:1].tolist():
        refuse(
            "markets.certificate_balance",
            instrument=book.instruments[row // len(book.regions)],
            region=book.regions[row % len(book.regions)],
            lots=int(left[row]),
        )


def _verify_totals(
    orders: Orders,
    network: Network,
    clearing: Clearing,
    parameters: CallParameters,
    book: Book,
    lots: Integers,
) -> None:
    certificate = clearing.certificate
    primal = primal_of(orders, network, parameters, book, lots, clearing.flows)
    prices = certificate.regions["support"]
    dual = dual_of(orders, network, parameters, book, prices, clearing.flows)
    volume = int(lots[orders.side > 0].sum())
    for what, published, found in (
        ("welfare", clearing.welfare, primal),
        ("primal value", certificate.primal, primal),
        ("dual value", certificate.dual, dual),
        ("volume", clearing.volume, volume),
        ("bound", primal, dual),
    ):
        refuse_unless(
            published == found,
            "markets.certificate_total",
            what=what,
            published=str(published),
            found=str(found),
        )
