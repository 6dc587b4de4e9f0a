"""Ties: which of the fills of equal welfare are taken, in exact whole numbers and fractions.

Volume: most lots filled. Pro rata: least sum of (filled lots)^2 / (offered lots) over the marginal
orders, so that all of them get the same share as far as no link hinders it: in each uncongested
part of the map one share. Whole lots: each region's marginal total is its exact share rounded
down or up, the lots left over going to the largest remainders of the part.

Source of the decomposition: H. Groenevelt, "Two algorithms for maximizing a separable concave
function over a polymatroid feasible region" (1991), section 3.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_cut import arcs_by_node, max_flow, reached_from
from yaosu.markets.mechanisms.call_face import (
    Face,
    decide_links,
    decide_orders,
    settle_by_limits,
)
from yaosu.markets.mechanisms.call_problem import Problem

INT64_SAFE = 2**60


class Shares(NamedTuple):
    """The exact pro-rata step.

    Attributes:
        numerator, denominator: share of the offered marginal lots filled in each region, (R,).
        whole, rest: flows with which the exact shares balance, whole + rest / denominator of the
            part the link lies in; -1 in ``whole`` where the published flow itself does, (L,).
    """

    numerator: Integers
    denominator: Integers
    whole: Integers
    rest: Integers


def ties_volume(problem: Problem, face: Face) -> tuple[Face, Integers]:
    """Most filled lots: an open offer is worth a little less, an open bid a little more."""
    one = np.ones(len(face.net), np.int64)
    multipliers = settle_by_limits(problem, face, -one, one, 0, 1)
    return volume_decided(problem, face, multipliers), multipliers


def volume_decided(problem: Problem, face: Face, multipliers: Integers) -> Face:
    """The face once volume is greatest."""
    face = decide_orders(face, multipliers + 1, 1 - multipliers)
    gain = multipliers[problem.target] - multipliers[problem.source]
    return decide_links(problem, face, gain)


def ties_pro_rata(problem: Problem, face: Face, multipliers: Integers) -> tuple[Face, Shares]:
    """Equal shares in every uncongested part; the parts and their shares are exact.

    Args:
        multipliers: of the volume step: -1 where offers are open, +1 where bids are.
    """
    regions = len(face.net)
    shares = Shares(
        np.zeros(regions, np.int64),
        np.ones(regions, np.int64),
        np.full(len(problem.source), -1, np.int64),
        np.zeros(len(problem.source), np.int64),
    )
    offered = face.sell_room + face.buy_room
    net, room = face.net.copy(), face.room.copy()
    waiting = [part for part in open_parts(problem, face.room) if offered[part].any()]
    while waiting:
        part = waiting.pop()
        cut = _share_part(problem, face, net, room, part, shares)
        if cut is not None:
            _shut(problem, part, cut, net, room, shares)
            rest = np.setdiff1d(part, cut)
            waiting += [rest, cut]
    return decide_links(problem, face, share_gains(problem, shares, multipliers)), shares


def share_gains(problem: Problem, shares: Shares, multipliers: Integers) -> Integers:
    """Sign of what one more lot over each link would gain in the pro-rata step."""
    worth = [
        -m * Fraction(n, d)
        for m, n, d in zip(
            multipliers.tolist(),
            shares.numerator.tolist(),
            shares.denominator.tolist(),
            strict=True,
        )
    ]
    pairs = zip(problem.source.tolist(), problem.target.tolist(), strict=True)
    return np.array([(worth[t] > worth[s]) - (worth[t] < worth[s]) for s, t in pairs], np.int64)


def _shut(
    problem: Problem,
    part: Integers,
    cut: Integers,
    net: Integers,
    room: Integers,
    shares: Shares,
) -> None:
    """Fill the links that leave the cut, empty those that enter it; in place."""
    inside, within = np.zeros(len(net), bool), np.zeros(len(net), bool)
    inside[cut], within[part] = True, True
    between = within[problem.source] & within[problem.target] & (room > 0)
    leaving = between & inside[problem.source] & ~inside[problem.target]
    entering = between & ~inside[problem.source] & inside[problem.target]
    np.subtract.at(net, problem.source[leaving], room[leaving])
    np.add.at(net, problem.target[leaving], room[leaving])
    shares.whole[leaving], shares.whole[entering] = room[leaving], 0
    room[leaving | entering] = 0


def open_parts(problem: Problem, room: Integers) -> list[Integers]:
    """Regions joined by open links, each part ascending, parts by their first region."""
    root = list(range(len(problem.is_taker)))

    def find(r: int) -> int:
        while root[r] != r:
            root[r] = root[root[r]]
            r = root[r]
        return r

    is_open = np.flatnonzero(room > 0)
    for s, t in zip(
        problem.source[is_open].tolist(), problem.target[is_open].tolist(), strict=True
    ):
        a, b = find(s), find(t)
        root[max(a, b)] = min(a, b)
    parts: dict[int, list[int]] = {}
    for r in range(len(root)):
        parts.setdefault(find(r), []).append(r)
    return [np.array(part, np.int64) for part in parts.values()]


def _share_part(
    problem: Problem,
    face: Face,
    net: Integers,
    room: Integers,
    part: Integers,
    shares: Shares,
) -> Integers | None:
    """Write one share for the part, or return the regions that a full cut shuts off."""
    sells, buys = face.sell_room[part], face.buy_room[part]
    assert not (sells.any() and buys.any()), "both sides open behind the volume step"
    sign = 1 if sells.any() else -1
    offered = (sells + buys).tolist()
    wanted, whole = -sign * sum(net[part].tolist()), sum(offered)
    assert 0 <= wanted <= whole, "a part cannot balance"
    share = Fraction(wanted, whole)
    scale = share.denominator
    supply = [
        scale * n + sign * share.numerator * q
        for n, q in zip(net[part].tolist(), offered, strict=True)
    ]
    place = {r: i for i, r in enumerate(part.tolist())}
    links = [
        k
        for k in np.flatnonzero(room > 0).tolist()
        if int(problem.source[k]) in place and int(problem.target[k]) in place
    ]
    flows, inside = _route(
        supply,
        [place[int(problem.source[k])] for k in links],
        [place[int(problem.target[k])] for k in links],
        [scale * int(room[k]) for k in links],
    )
    if inside is not None:
        shut: Integers = part[np.array(inside, bool)]
        return shut
    shares.numerator[part], shares.denominator[part] = share.numerator, scale
    for k, flow in zip(links, flows, strict=True):
        shares.whole[k], shares.rest[k] = divmod(flow, scale)
    return None


def _route(
    supply: list[int], source: list[int], target: list[int], room: list[int]
) -> tuple[list[int], list[int] | None]:
    """Flows that bring supply to demand, or the nodes that a full cut shuts off; any numbers."""
    nodes, links = len(supply), len(source)
    origin, sink = nodes, nodes + 1
    everyone = list(range(nodes))
    tail = np.array([*source, *[origin] * nodes, *everyone], np.int64)
    head = np.array([*target, *everyone, *[sink] * nodes], np.int64)
    wanted = sum(max(s, 0) for s in supply)
    amounts = [min(c, wanted + 1) for c in room]
    amounts += [max(s, 0) for s in supply] + [max(-s, 0) for s in supply]
    is_safe = wanted < INT64_SAFE // 4
    rooms: Array = np.zeros(2 * len(tail), np.int64 if is_safe else object)
    rooms[0::2] = np.array(amounts, rooms.dtype)
    first, after = arcs_by_node(nodes + 2, tail, head)
    ends = np.empty(2 * len(tail), np.int64)
    ends[0::2], ends[1::2] = head, tail
    run: Any = max_flow
    look: Any = reached_from
    if not is_safe:  # the plain twins take numbers of any size
        run, look = run.__wrapped__, look.__wrapped__
    if run(origin, sink, first, after, ends, rooms) == wanted:
        return [int(rooms[2 * k + 1]) for k in range(links)], None
    return [], look(origin, first, after, ends, rooms)[:nodes].tolist()


def ties_whole_lots(problem: Problem, face: Face, shares: Shares) -> tuple[Face, Integers]:
    """Shares to whole lots: rounded down, the rest to the largest remainders that links allow."""
    face, weight = whole_lots_face(face, shares)
    bound = int(weight.max(initial=0))
    multipliers = np.zeros(len(weight), np.int64)
    if bound:
        multipliers = settle_by_limits(problem, face, -weight, weight, 0, bound)
    return whole_lots_decided(problem, face, weight, multipliers), multipliers


def whole_lots_face(face: Face, shares: Shares) -> tuple[Face, Integers]:
    """Shares rounded down decided, one more lot open where there is a remainder; its rank."""
    floor, rest = shares_floor(shares, face.sell_room + face.buy_room)
    is_sell = face.sell_room > 0
    weight = remainder_ranks(shares, rest)
    one = (weight > 0).astype(np.int64)
    sold, bought = np.where(is_sell, floor, 0), np.where(is_sell, 0, floor)
    return face._replace(
        net=face.net + sold - bought,
        sold=face.sold + sold,
        bought=face.bought + bought,
        sell_room=np.where(is_sell, one, 0),
        buy_room=np.where(is_sell, 0, one),
    ), weight


def whole_lots_decided(
    problem: Problem, face: Face, weight: Integers, multipliers: Integers
) -> Face:
    """The face once the odd lots go to the greatest ranks."""
    face = decide_orders(face, multipliers + weight, weight - multipliers)
    gain = multipliers[problem.target] - multipliers[problem.source]
    return decide_links(problem, face, gain)


def shares_floor(shares: Shares, offered: Integers) -> tuple[Integers, list[int]]:
    """Exact share of the offered lots, rounded down, and numerators of what is left over."""
    pairs = [
        divmod(n * q, d)
        for n, d, q in zip(
            shares.numerator.tolist(), shares.denominator.tolist(), offered.tolist(), strict=True
        )
    ]
    return np.array([p[0] for p in pairs], np.int64), [p[1] for p in pairs]


def remainder_ranks(shares: Shares, rest: list[int]) -> Integers:
    """1 for the smallest remainder upwards, 0 where there is none; earlier regions win ties."""
    weight = np.zeros(len(rest), np.int64)
    remainders = [
        (Fraction(rest[r], int(shares.denominator[r])), -r) for r in range(len(rest)) if rest[r]
    ]
    for rank, (_, r) in enumerate(sorted(remainders), start=1):
        weight[-r] = rank
    return weight
