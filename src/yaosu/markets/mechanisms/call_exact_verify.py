"""Verify a clearing made in fractions: no solver, O(n + links) sums of fractions.

The certificate brings lots sent in fractions, the two ends of the prices, and pushes. Checked: the
flows are possible; both ends support them (so no flows are worth more, by the duality of linear
programs); no supporting prices have a lesser, or a greater, sum (by the pushes, Farkas's way); and
everything published is what follows from them, made anew.
"""

import re
from fractions import Fraction
from typing import Any

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.mechanisms.call_curves import Book, book_of, orders_digest
from yaosu.markets.mechanisms.call_exact import (
    NOT_PROVED,
    PROVED,
    RULE,
    Exact,
    exact_clearing,
    exact_problem,
)
from yaosu.markets.mechanisms.call_exact_curves import Curve, curves_of
from yaosu.markets.mechanisms.call_exact_program import magnitude
from yaosu.markets.mechanisms.call_exact_solve import (
    Face,
    Support,
    face_of,
    lean,
    net_supplies,
)
from yaosu.markets.mechanisms.call_exact_ways import Ways
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.mechanisms.call_tables import multipliers_digest
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

FRACTION = re.compile(r"-?[0-9]{1,1200}(/[1-9][0-9]{0,1199})?")
REGION_COLUMNS = ("low", "high")
LINK_COLUMNS = ("sent", "low_push", "high_push", "low_ramp", "high_ramp")

Number = int | Fraction


def verify_exact(
    orders: Orders, network: Network, clearing: Clearing, parameters: CallParameters
) -> None:
    """Return if the clearing is what the rule makes of the orders, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    orders.check()
    book = book_of(orders, network)
    _verify_head(orders, network, clearing, parameters, book)
    problem, ways = exact_problem(orders, network, parameters, book)
    exact = _exact_of(clearing.certificate, problem, ways)
    curves = curves_of(problem)
    _verify_flows(problem, ways, curves, exact.sent)
    face = face_of(problem, ways, curves, exact.sent)
    for sign, end in ((1, exact.low), (-1, exact.high)):
        _verify_support(problem, ways, face, end)
        _verify_end(problem, ways, face, end, sign)
    _verify_published(
        clearing, exact_clearing(orders, network, parameters, book, problem, ways, exact)
    )


def _verify_head(
    orders: Orders, network: Network, clearing: Clearing, parameters: CallParameters, book: Book
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
    is_whole = (certificate.proved, certificate.not_proved) == (PROVED, NOT_PROVED)
    _shape(is_whole, "certificate", "it claims other steps than it must prove")


def _shape(condition: object, table: str, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table=table, reason=reason)


def _exact_of(certificate: Certificate, problem: Problem, ways: Ways) -> Exact:
    """The numbers of the certificate, if they are formed as they must be."""
    nodes, links = len(problem.is_taker), len(ways.source)
    numbers: dict[str, list[Number]] = {}
    for table, columns, names, rows in (
        ("regions", certificate.regions, REGION_COLUMNS, nodes),
        ("links", certificate.links, LINK_COLUMNS, links),
    ):
        _shape(set(columns.names) == set(names), table, "its columns are not the ones it must have")
        _shape(columns.rows == rows, table, f"it has {columns.rows} rows")
        for name in names:
            numbers[name] = _fractions(table, name, columns)
    _shape(
        certificate.multipliers_digest
        == multipliers_digest(certificate.regions, certificate.links),
        "certificate",
        "the digest of its multipliers is another",
    )
    held = {ramp.on for ramp in ways.ramps}
    for name in ("low_ramp", "high_ramp"):
        stray = any(value for k, value in enumerate(numbers[name]) if k not in held)
        _shape(not stray, "links", f"{name} stands where no ramp is")
    ends = [
        Support(
            numbers[end],
            [numbers[f"{end}_ramp"][ramp.on] for ramp in ways.ramps],
            numbers[f"{end}_push"],
        )
        for end in REGION_COLUMNS
    ]
    return Exact(numbers["sent"], ends[0], ends[1])


def _fractions(table: str, name: str, columns: Columns) -> list[Number]:
    column = columns.column(name)
    if not isinstance(column, Text):
        refuse("markets.certificate_shape", table=table, reason=f"{name} is not text")
    codes = column.codes
    inside = not len(codes) or 0 <= int(codes.min()) <= int(codes.max()) < len(column.values)
    _shape(inside, table, f"{name} has a code that points to no text")
    known: list[Number] = []
    for text in column.values:
        _shape(FRACTION.fullmatch(text), table, f"{name} has a value that is no fraction")
        value = Fraction(text)
        _shape(str(value) == text, table, f"{name} has a fraction that is not in lowest terms")
        known.append(value.numerator if value.denominator == 1 else value)
    return [known[code] for code in codes.tolist()]


def _refuse_node(problem: Problem, node: int, reason: str) -> None:
    refuse(
        "markets.certificate_price",
        instrument=problem.instruments[node // problem.regions],
        region=str(node % problem.regions),
        reason=reason,
    )


def _refuse_link(problem: Problem, ways: Ways, link: int, reason: str) -> None:
    regions = problem.regions
    refuse(
        "markets.certificate_flow",
        source=str(ways.source[link] % regions),
        target=str(ways.target[link] % regions),
        instrument=problem.instruments[ways.source[link] // regions],
        reason=reason,
    )


def _verify_flows(problem: Problem, ways: Ways, curves: list[Curve], sent: list[Number]) -> None:
    """Flows within capacity and ramps, and every node able to make up for them."""
    for link, (lots, most) in enumerate(zip(sent, ways.capacity, strict=True)):
        if not 0 <= lots <= most:
            _refuse_link(problem, ways, link, "outside the capacity")
    for ramp in ways.ramps:
        if magnitude(ramp.change(sent)) > ramp.lots:
            _refuse_link(problem, ways, ramp.on, "too far from the flow of the period before")
    takers = problem.is_taker.tolist()
    for node, net in enumerate(net_supplies(ways, sent)):
        most = curves[node].ends[-1] if curves[node].ends else curves[node].begin
        if not (takers[node] or curves[node].begin <= net <= most):
            _refuse_node(problem, node, "its orders cannot make up for the flows")


def _verify_support(problem: Problem, ways: Ways, face: Face, end: Support) -> None:
    """These prices and multipliers of ramps support the flows: the flows are worth most."""
    for node, price in enumerate(end.prices):
        if not face.least[node] <= price <= face.most[node]:
            _refuse_node(problem, node, "it does not support the orders")
    for ramp, n in zip(range(len(ways.ramps)), end.ramps, strict=True):
        if (n < 0 and not face.may_fall[ramp]) or (n > 0 and not face.may_rise[ramp]):
            _refuse_link(problem, ways, ways.ramps[ramp].on, "a ramp has a price and does not bind")
    nodes = len(end.prices)
    both = [*end.prices, *end.ramps]
    for link, charge in enumerate(ways.charge):
        cost = charge + sum(n * both[row] for row, n in lean(ways, nodes, link).items())
        if (cost < 0 and face.has_room[link]) or (cost > 0 and face.is_used[link]):
            _refuse_link(problem, ways, link, "the gap of prices does not support it")


def _verify_end(problem: Problem, ways: Ways, face: Face, end: Support, sign: int) -> None:
    """No supporting prices have a sum further down (sign 1) or up (-1).

    Each push leans on a link's constraint, the rest of each node on its own bound: added up, they
    say that sign times the sum of the prices is at least what it is here.
    """
    nodes = len(end.prices)
    rest: list[Number] = [*[sign] * nodes, *[0] * len(ways.ramps)]
    total: Number = 0
    for link, push in enumerate(end.pushes):
        if (push > 0 and not face.has_room[link]) or (push < 0 and not face.is_used[link]):
            _refuse_link(problem, ways, link, "a push leans on what does not hold it")
        if push:
            total -= push * ways.charge[link]
            for row, n in lean(ways, nodes, link).items():
                rest[row] -= n * push
    for node in range(nodes):
        total += rest[node] * (face.least[node] if rest[node] > 0 else face.most[node])
    for ramp, left in enumerate(rest[nodes:]):
        if (left > 0 and face.may_fall[ramp]) or (left < 0 and face.may_rise[ramp]):
            _refuse_link(
                problem, ways, ways.ramps[ramp].on, "a push leans on what does not hold it"
            )
    if total != sign * sum(end.prices):
        _refuse_node(problem, 0, "another sum of prices supports the flows too")


def _verify_published(clearing: Clearing, expected: Clearing) -> None:
    """Every table and total is the one that follows."""
    tables: tuple[tuple[str, str], ...] = (
        ("prices", "markets.certificate_price"),
        ("flows", "markets.certificate_flow"),
        ("fills", "markets.certificate_fill"),
    )
    _verify_totals(clearing, expected)
    for name, code in tables:
        found, wanted = getattr(clearing, name), getattr(expected, name)
        _same_columns(name, found, wanted)
        row = _first_other(found, wanted)
        if row is not None:
            refuse(code, **_facts(name, wanted, row))
    same = clearing.decremented == expected.decremented
    _shape(same, "decremented", "parties' own crossing orders are not taken off as the rule says")


def _verify_totals(clearing: Clearing, expected: Clearing) -> None:
    for what, published, found in (
        ("welfare", clearing.welfare, expected.welfare),
        ("primal value", clearing.certificate.primal, expected.certificate.primal),
        ("dual value", clearing.certificate.dual, expected.certificate.dual),
        ("volume", clearing.volume, expected.volume),
    ):
        refuse_unless(
            type(published) is int and published == found,
            "markets.certificate_total",
            what=what,
            published=str(published),
            found=str(found),
        )


def _same_columns(table: str, found: Columns, wanted: Columns) -> None:
    same = set(found.names) == set(wanted.names) and all(
        _kind_of(found, n) == _kind_of(wanted, n) for n in wanted.names
    )
    _shape(same, table, "its columns are not the ones it must have")
    _shape(found.rows == wanted.rows, table, f"it has {found.rows} rows")


def _kind_of(columns: Columns, name: str) -> tuple[str, str]:
    """What a column is made of."""
    column = columns.column(name)
    numbers = column.values if isinstance(column, Maybe) else column
    return type(column).__name__, str(getattr(numbers, "dtype", ""))


def _first_other(found: Columns, wanted: Columns) -> int | None:
    """The first row in which two tables differ."""
    if found == wanted:
        return None
    pairs = zip(found.iterate(), wanted.iterate(), strict=True)
    return next((row for row, (a, b) in enumerate(pairs) if a != b), 0)


def _facts(table: str, wanted: Columns, row: int) -> dict[str, Any]:
    reason = "it is not what follows from the clearing certificate"
    at = wanted.take([row]).iterate() if wanted.rows else iter([{}])
    facts: dict[str, Any] = dict.fromkeys(("instrument", "region", "source", "target"), "")
    facts |= next(iter(at))
    names = {
        "prices": ("instrument", "region"),
        "flows": ("source", "target", "instrument"),
        "fills": ("row",),
    }[table]
    return {**{name: facts.get(name, 0) for name in names}, "reason": reason}
