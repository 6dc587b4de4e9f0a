"""Clearing over lossy or ramped links, solved in fractions.

Welfare first, then least flow. The program has one row a node and one a ramp; its columns are the
links and the steps of each node's curve near its price, more of them where the price moves on. It
begins at the flows of the same network without losses, cut until they are possible.

The prices that support the result are the optimal face of the dual; its lowest member (least sum
of prices) and its highest are programs of the same kind, whose solutions prove them.

Source: P. A. Samuelson, "Spatial price equilibrium and linear programming" (1952); for losses as
gains of a generalised network, W. S. Jewell, "Optimal flow through networks with gains" (1962).
"""

from bisect import bisect_right
from fractions import Fraction
from typing import NamedTuple

from yaosu.markets.mechanisms.call_exact_curves import Curve
from yaosu.markets.mechanisms.call_exact_program import Program
from yaosu.markets.mechanisms.call_exact_ways import Ways, shortened
from yaosu.markets.mechanisms.call_face import any_equilibrium
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.network import PARTS

STEPS_AROUND = 8  # of a curve, on both sides of where it stands
PRICE_MAX = 2**55

Number = int | Fraction


class Face(NamedTuple):
    """What prices must keep to, to support exact flows.

    Attributes:
        least, most: by node. has_room, is_used: by link. may_fall, may_rise: by ramp, whether its
            multiplier may be below 0 or above 0.
    """

    least: list[int]
    most: list[int]
    has_room: list[bool]
    is_used: list[bool]
    may_fall: list[bool]
    may_rise: list[bool]


class Support(NamedTuple):
    """Prices of nodes, multipliers of ramps, and the pushes of links that prove both an end.

    A push above 0 leans on a link with room, one below 0 on a link in use.
    """

    prices: list[Number]
    ramps: list[Number]
    pushes: list[Number]


def exact_flows(problem: Problem, ways: Ways, curves: list[Curve]) -> list[Number]:
    """Lots sent over each link, in fractions."""
    begun = _first_flows(problem, ways, curves)
    program = Program(levels=2)
    nodes = len(curves)
    links = []
    for k, sent in enumerate(begun):
        entries: dict[int, Number] = {ways.source[k]: -1, ways.target[k]: ways.kept(k)}
        entries |= {nodes + number: sign for number, sign in ways.ramps_of[k]}
        links.append(program.add(entries, (ways.charge[k], 1), ways.capacity[k], sent))
    net = net_supplies(ways, begun)
    windows, basis = [], []
    for node, curve in enumerate(curves):
        window, basic = _first_steps(program, problem, node, curve, net[node])
        windows.append(window)
        basis.append(basic)
    for number, ramp in enumerate(ways.ramps):
        slack = ramp.lots - ramp.change(begun)
        basis.append(program.add({nodes + number: 1}, (0, 0), 2 * ramp.lots, slack))
    program.begin_with(basis)
    for levels in (1, 2):
        program.solve(levels)
        while _widen(program, curves, windows):
            program.solve(levels)
    return [program.value[column] for column in links]


def net_supplies(ways: Ways, flow: list[Number]) -> list[Number]:
    """What each node must supply, net, so that the flows balance."""
    net: list[Number] = [0] * len(ways.into)
    for k, sent in enumerate(flow):
        net[ways.source[k]] += sent
        net[ways.target[k]] -= ways.arrives(k, sent)
    return net


def _first_flows(problem: Problem, ways: Ways, curves: list[Curve]) -> list[Number]:
    """Possible flows near the best: those without losses, cut."""
    _, settled = any_equilibrium(problem)
    gives: list[Number | None] = [c.ends[-1] if c.ends else c.begin for c in curves]
    takes: list[Number | None] = [-c.begin for c in curves]
    for node, is_taker in enumerate(problem.is_taker.tolist()):
        if is_taker:
            gives[node] = takes[node] = None
    return list(shortened(settled.flow.tolist(), ways, gives, takes, ways.arrives))


def _first_steps(
    program: Program, problem: Problem, node: int, curve: Curve, net: Number
) -> tuple[list[int], int]:
    """Columns for a node: the first and last step taken in, and the column to begin with."""
    is_taker, price = bool(problem.is_taker[node]), int(problem.taken_price[node])
    stand = net
    if is_taker:
        below = bisect_right(curve.limits, price)
        stand = curve.ends[below - 1] if below else curve.begin
    at = curve.step_at(stand)
    low = max(at - STEPS_AROUND, 0)
    high = min(at + STEPS_AROUND, len(curve.limits) - 1)
    basic = -1
    for step in range(low, high + 1):
        column = _add_step(program, node, curve, step, stand)
        if step == min(at, high):
            basic = column
    if is_taker:
        rest = net - stand
        pair = [program.add({node: s}, (s * price, 0), None, max(s * rest, 0)) for s in (1, -1)]
        basic = pair[0] if rest >= 0 else pair[1]
    elif not curve.limits:
        basic = program.add({node: 1}, (0, 0), 0)
    return [low, high], basic


def _add_step(program: Program, node: int, curve: Curve, step: int, stand: Number) -> int:
    lots = curve.lots[step]
    filled = min(max(stand - (curve.ends[step] - lots), 0), lots)
    return program.add({node: 1}, (curve.limits[step], 0), lots, filled)


def _widen(program: Program, curves: list[Curve], windows: list[list[int]]) -> bool:
    """Take in further steps of curves whose price has left the steps taken in."""
    is_wider = False
    for node, curve in enumerate(curves):
        price, window = program.duals[0][node], windows[node]
        last = len(curve.limits) - 1
        for _ in range(max(window[1] - window[0], STEPS_AROUND)):
            if window[1] < last and curve.limits[window[1] + 1] <= price:
                window[1] += 1
                _add_step(program, node, curve, window[1], curve.begin)
                is_wider = True
            if window[0] > 0 and curve.limits[window[0] - 1] >= price:
                window[0] -= 1
                _add_step(program, node, curve, window[0], curve.ends[-1])
                is_wider = True
    return is_wider


def face_of(problem: Problem, ways: Ways, curves: list[Curve], flow: list[Number]) -> Face:
    """What prices must keep to."""
    lowest, highest = _outer_bounds(problem, ways)
    least, most = [], []
    for node, net in enumerate(net_supplies(ways, flow)):
        low = high = int(problem.taken_price[node])
        if not problem.is_taker[node]:
            low, high = curves[node].bounds(net, lowest[node], highest[node])
        least.append(max(low, lowest[node]))
        most.append(min(high, highest[node]))
    changes = [ramp.change(flow) for ramp in ways.ramps]
    return Face(
        least,
        most,
        [sent < most_sent for sent, most_sent in zip(flow, ways.capacity, strict=True)],
        [sent > 0 for sent in flow],
        [change == r.lots for change, r in zip(changes, ways.ramps, strict=True)],
        [change == -r.lots for change, r in zip(changes, ways.ramps, strict=True)],
    )


def _outer_bounds(problem: Problem, ways: Ways) -> tuple[list[int], list[int]]:
    """Bounds of all prices; a ramp may force a price out of the hull of the limits.

    What a ramp is worth adds up over periods, and each may add no more than the span of limits and
    charges.
    """
    lowest, highest = problem.lowest.tolist(), problem.highest.tolist()
    if not ways.ramps or not lowest:
        return lowest, highest
    span = max(highest) - min(lowest) + problem.regions * (max(ways.charge) + 1)
    far = span * len(problem.instruments)
    most = Fraction(max(highest) + far)
    for _ in range(problem.regions):
        most /= Fraction(PARTS - max(ways.lost), PARTS)
    top = min(int(most) + 1, PRICE_MAX)
    takers = problem.is_taker.tolist()
    pairs = zip(lowest, highest, takers, strict=True)
    wide = [(low, high) if fixed else (low - far, max(high, top)) for low, high, fixed in pairs]
    return [low for low, _ in wide], [high for _, high in wide]


def end_of(ways: Ways, face: Face, sign: int) -> Support:
    """The prices of least sum (sign 1) or of greatest sum (sign -1) on the face, with a proof."""
    program = Program()
    nodes = len(face.least)
    basis, pushes = [], []
    for node, (least, most) in enumerate(zip(face.least, face.most, strict=True)):
        pair = (
            program.add({node: 1}, (-least,), None, max(sign, 0)),
            program.add({node: -1}, (most,), None, max(-sign, 0)),
        )
        basis.append(pair[0] if sign > 0 else pair[1])
    for k in range(len(ways.source)):
        entries = lean(ways, nodes, k)
        if face.has_room[k]:
            pushes.append((k, 1, program.add(entries, (ways.charge[k],), None)))
        if face.is_used[k]:
            back = {row: -n for row, n in entries.items()}
            pushes.append((k, -1, program.add(back, (-ways.charge[k],), None)))
    for number in range(len(ways.ramps)):
        row = nodes + number
        held = [] if face.may_rise[number] else [program.add({row: -1}, (0,), None)]
        held += [] if face.may_fall[number] else [program.add({row: 1}, (0,), None)]
        basis.append(held[0] if held else program.add({row: 1}, (0,), 0))
    program.begin_with(basis)
    program.solve(1)
    total: list[Number] = [0] * len(ways.source)
    for k, way, column in pushes:
        total[k] += way * program.value[column]
    duals = [-dual for dual in program.duals[0]]
    return Support(duals[:nodes], duals[nodes:], total)


def lean(ways: Ways, nodes: int, link: int) -> dict[int, Number]:
    """Coefficients of price at the source less what arrives at the price of the target."""
    entries: dict[int, Number] = {ways.source[link]: 1, ways.target[link]: -ways.kept(link)}
    return entries | {nodes + number: -sign for number, sign in ways.ramps_of[link]}
