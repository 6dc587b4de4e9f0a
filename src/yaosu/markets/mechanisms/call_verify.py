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
from yaosu.kernel.columns import Array, Column, Columns, Integers, Maybe, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.call_claim import Claim, refuse_price
from yaosu.markets.mechanisms.call_curves import Book, book_of, orders_digest
from yaosu.markets.mechanisms.call_exact_verify import verify_exact
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import (
    Problem,
    best_limits,
    positions_at,
    problem_of,
)
from yaosu.markets.mechanisms.call_tables import (
    RULE,
    STEPS,
    bought_lots,
    charge_columns,
    check_link_values,
    multipliers_digest,
    shadow_prices,
    traded_regions,
)
from yaosu.markets.mechanisms.call_verify_prices import verify_prices
from yaosu.markets.mechanisms.call_verify_ties import verify_ties
from yaosu.markets.mechanisms.call_worth import balances, dual_of, primal_of
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
    if not network.is_plain:
        verify_exact(orders, network, clearing, parameters)
        return
    orders.check()
    book = book_of(orders, network)
    _verify_head(orders, network, clearing, parameters, book)
    problem = problem_of(book, network, parameters)
    _verify_form(clearing, book, network, problem)
    _verify_multipliers_digest(clearing.certificate)
    support = clearing.certificate.regions["support"]
    lots = _verify_fills(orders, clearing, book, support)
    _verify_balance(orders, clearing, book, problem, lots)
    claim = _claim_of(clearing, network, problem, book, lots)
    _verify_support(claim)
    _verify_flows(claim, clearing.flows, network)
    _verify_published(claim)
    verify_prices(claim, parameters, network)
    verify_ties(claim, orders, book, lots, parameters)
    _verify_totals(orders, clearing, parameters, claim, book, lots)


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
        ("orders", certificate.orders_digest, orders_digest(orders, book)),
        ("network", certificate.network_digest, digest(encode(network)).hex()),
        ("parameters", certificate.parameters_digest, digest(encode(parameters)).hex()),
    ):
        refuse_unless(published == found, "markets.certificate_digest", what=what)
    _shape(
        (certificate.proved, certificate.not_proved) == (STEPS, ()),
        "certificate",
        "it claims other steps than it must prove",
    )


def _verify_multipliers_digest(certificate: Certificate) -> None:
    """The multipliers are those that were published: others may prove the same result."""
    refuse_unless(
        certificate.multipliers_digest
        == multipliers_digest(certificate.regions, certificate.links),
        "markets.certificate_digest",
        what="multipliers",
    )


def _shape(condition: object, table: str, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table=table, reason=reason)


def _verify_form(clearing: Clearing, book: Book, network: Network, problem: Problem) -> None:
    rows, links = len(problem.is_taker), len(problem.links)
    certificate = clearing.certificate
    plain = np.ndarray
    charges = charge_columns(network, problem.links, np.zeros(links, np.int64))
    flow_columns = FLOW_COLUMNS | {name: type(column) for name, column in charges.items()}
    for table, columns, kinds, expected in (
        ("prices", clearing.prices, PRICE_COLUMNS, rows),
        ("flows", clearing.flows, flow_columns, links),
        ("regions", certificate.regions, REGION_COLUMNS, rows),
        ("links", certificate.links, LINK_COLUMNS, links),
        ("fills", clearing.fills, {"row": plain, "lots": plain, "price": plain}, None),
        ("decremented", clearing.decremented, {"row": plain, "lots": plain}, None),
    ):
        kinds_found = {name: type(columns.column(name)) for name in columns.names}
        _shape(kinds_found == kinds, table, "its columns are not the ones it must have")
        _shape(expected in (None, columns.rows), table, f"it has {columns.rows} rows")
        for name in columns.names:
            _verify_column(table, name, columns.column(name))
    totals = (clearing.welfare, clearing.volume, certificate.primal, certificate.dual)
    _shape(all(type(total) is int for total in totals), "certificate", "a total is no whole number")
    regions, instruments = len(book.regions), len(book.instruments)
    whole = Text(book.instruments, np.repeat(np.arange(instruments, dtype=np.int32), regions))
    _shape(clearing.prices.text("instrument") == whole, "prices", "instruments differ")
    places = Text(book.regions, np.tile(np.arange(regions, dtype=np.int32), instruments))
    _shape(clearing.prices.text("region") == places, "prices", "regions differ")
    named = (problem.source // max(regions, 1)).astype(np.int32)
    for name, text in (
        ("instrument", Text(book.instruments, named)),
        ("source", network.source.take(problem.links)),
        ("target", network.target.take(problem.links)),
    ):
        _shape(clearing.flows.text(name) == text, "flows", f"{name} differs")
    met = np.flatnonzero(book.taken)
    _shape(
        np.array_equal(clearing.decremented["row"], met)
        and np.array_equal(clearing.decremented["lots"], book.taken[met]),
        "decremented",
        "parties' own crossing orders are not taken off as the rule says",
    )


def _verify_column(table: str, name: str, column: Column) -> None:
    """Whole numbers of 64 bits within bounds, codes of texts that are there."""
    numbers: Array
    if isinstance(column, Text):
        numbers = column.codes
        _shape(
            not len(numbers) or 0 <= numbers.min() <= numbers.max() < len(column.values),
            table,
            f"{name} has a code that points to no text",
        )
    elif isinstance(column, Maybe):
        numbers = column.values
        _shape(column.present.dtype == np.bool_, table, f"{name} is not of the kind it must be")
        _shape(len(column.present) == len(numbers), table, f"{name} is not of one length")
    else:
        numbers = column
    kind = "int32" if isinstance(column, Text) else "int64"
    _shape(numbers.dtype == kind, table, f"{name} is not of the kind it must be")
    if name not in ("cost", "rent", "fee") and numbers.size:
        inside = numbers.min() > -MULTIPLIER_MAX and numbers.max() < MULTIPLIER_MAX
        _shape(inside, table, f"{name} is out of range")


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
    clearing: Clearing, network: Network, problem: Problem, book: Book, lots: Integers
) -> Claim:
    prices = clearing.certificate.regions["support"]
    at = positions_at(problem, prices)
    sold, bought = np.zeros(len(prices), np.int64), np.zeros(len(prices), np.int64)
    add_between(book.order, lots, at.sell_first, at.sell_end, sold)
    add_between(book.order, lots, at.buy_first, at.buy_end, bought)
    status = clearing.prices.text("status")
    return Claim(
        problem,
        at,
        prices,
        clearing.flows["lots"],
        network.capacity[problem.links],
        sold,
        bought,
        np.array([value == TRADED for value in status.values] or [False])[status.codes],
        clearing.certificate.regions,
        clearing.certificate.links,
        clearing.prices,
    )


@compiled
def add_between(
    order: Integers, lots: Integers, begins: Integers, ends: Integers, sums: Integers
) -> None:
    """Add up the lots of the rows at places begin..end, for each begin and end."""
    for r in range(len(sums)):
        for place in range(begins[r], ends[r]):
            sums[r] += lots[order[place]]


def _verify_support(claim: Claim) -> None:
    problem = claim.problem
    for wrong, reason in (
        (problem.is_taker & (claim.prices != problem.taken_price), "it is given"),
        ((claim.prices < problem.lowest) | (claim.prices > problem.highest), "out of bounds"),
    ):
        refuse_price(claim, wrong, reason)


def _verify_flows(claim: Claim, flows: Columns, network: Network) -> None:
    problem, flow = claim.problem, claim.flow
    gap = claim.prices[problem.target] - claim.prices[problem.source] - problem.cost
    _refuse_flow(claim, (flow < 0) | (flow > claim.capacity), "outside the capacity")
    _refuse_flow(
        claim, (gap > 0) & (flow < claim.capacity), "not full although the gap exceeds the cost"
    )
    _refuse_flow(claim, (gap < 0) & (flow > 0), "used although the gap is less than the cost")
    shadow = shadow_prices(problem, claim.prices, flow, claim.capacity, claim.traded)
    check_link_values(problem.cost, shadow, flow)
    checks = [
        ("shadow_price", shadow, "the shadow price is not the gap less the cost"),
        ("cost", flow * network.cost[problem.links], "the cost is not cost times lots"),
        ("rent", flow * shadow, "the rent is not shadow price times lots"),
    ]
    for name, expected in charge_columns(network, problem.links, flow).items():
        if isinstance(expected, Text):
            _shape(flows.text(name) == expected, "flows", f"{name} differs")
        else:
            checks.append((name, expected, f"the {name} is not {name} times lots"))
    for name, numbers, reason in checks:
        _refuse_flow(claim, flows[name] != numbers, reason)


def _refuse_flow(claim: Claim, wrong: Any, reason: str) -> None:
    for k in np.flatnonzero(wrong)[:1].tolist():
        refuse(
            "markets.certificate_flow",
            source=claim.region_of(int(claim.problem.source[k])),
            target=claim.region_of(int(claim.problem.target[k])),
            instrument=claim.instrument_of(int(claim.problem.source[k])),
            reason=reason,
        )


def _verify_published(claim: Claim) -> None:
    """Status, prices and best limits as published."""
    at, table = claim.positions, claim.table
    filled = (at.buys_in + at.sells_in + claim.sold + claim.bought) > 0
    traded = traded_regions(claim.capacity, claim.problem, filled, claim.flow)
    status = table.text("status")
    known = np.array([value in (TRADED, NO_TRADE) for value in status.values] or [True])
    refuse_price(claim, (traded != claim.traded) | ~known[status.codes], "its status is wrong")
    for name in ("price", "price_low", "price_high"):
        is_there = table.maybe(name).present
        refuse_price(claim, is_there != traded, "a price stands where and only where trade is")
    wrong = traded & (table.maybe("price").values != claim.prices)
    refuse_price(claim, wrong, "it is not the price that supports the fills")
    problem = claim.problem
    best, has = best_limits(problem.starts, problem.limits, problem.lots)
    for name, limits, there in (("best_buy", best[0], has[0]), ("best_sell", best[2], has[1])):
        found = table.maybe(name)
        wrong = (found.present != there) | (there & (found.values != limits))
        refuse_price(claim, wrong, f"{name} is not the best limit")


def _verify_balance(
    orders: Orders, clearing: Clearing, book: Book, problem: Problem, lots: Integers
) -> None:
    left = balances(orders, book, problem, lots, clearing.flows["lots"])
    for row in np.flatnonzero((left != 0) & ~problem.is_taker)[:1].tolist():
        refuse(
            "markets.certificate_balance",
            instrument=book.instruments[row // len(book.regions)],
            region=book.regions[row % len(book.regions)],
            lots=int(left[row]),
        )


def _verify_totals(
    orders: Orders,
    clearing: Clearing,
    parameters: CallParameters,
    claim: Claim,
    book: Book,
    lots: Integers,
) -> None:
    certificate, problem = clearing.certificate, claim.problem
    primal = primal_of(orders, parameters, book, problem, lots, clearing.flows)
    dual = dual_of(book, problem, claim.prices, claim.capacity)
    volume = bought_lots(orders.side, lots)
    flows = clearing.flows
    fees = sum(flows["fee"].tolist() if "fee" in flows else ())
    for what, published, found in (
        ("welfare", clearing.welfare, primal + fees),
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
