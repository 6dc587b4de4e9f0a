"""The face: what stays open among all fills of equal merit, narrowed step by step.

Every step of the tie chain is a small flow problem on the face of the step before. Its multipliers
(one number a region) narrow the face by complementary slackness, and stand in the clearing
certificate: with them anyone sees that no other fills do better in that step.
"""

from typing import NamedTuple, Protocol

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_cut import arcs_by_node, max_flow
from yaosu.markets.mechanisms.call_prices import descend
from yaosu.markets.mechanisms.call_problem import Positions, Problem

UNBOUNDED = 2**61


class Face(NamedTuple):
    """Fills still possible: net = supply less demand already decided, rooms = what is open.

    Attributes:
        net: lots supplied less lots demanded less lots sent by decided flows, shape (R,).
        sold, bought: marginal lots already decided, shape (R,).
        sell_room, buy_room: marginal lots still open, shape (R,).
        flow: lots already decided, shape (L,). room: lots still open, 0 or the capacity.
    """

    net: Integers
    sold: Integers
    bought: Integers
    sell_room: Integers
    buy_room: Integers
    flow: Integers
    room: Integers


def face_at(problem: Problem, positions: Positions, prices: Integers) -> Face:
    """Everything that equilibrium prices leave open."""
    zero = np.zeros(len(prices), np.int64)
    face = Face(
        positions.sells_in - positions.buys_in,
        zero,
        zero,
        positions.sells_at,
        positions.buys_at,
        np.zeros(len(problem.source), np.int64),
        problem.capacity,
    )
    gap = prices[problem.target] - prices[problem.source] - problem.cost
    return decide_links(problem, face, gap)


def decide_links(problem: Problem, face: Face, gain: Integers) -> Face:
    """Links that gain are full, links that lose are empty, the others stay open."""
    full = (gain > 0) & (face.room > 0)
    sent = np.where(full, face.room, 0)
    net = face.net.copy()
    np.subtract.at(net, problem.source, sent)
    np.add.at(net, problem.target, sent)
    return face._replace(net=net, flow=face.flow + sent, room=np.where(gain == 0, face.room, 0))


def decide_orders(face: Face, sells: Array, buys: Array) -> Face:
    """Orders that gain (> 0) are filled, those that lose (< 0) are not, the others stay open."""
    sold = np.where(sells > 0, face.sell_room, 0)
    bought = np.where(buys > 0, face.buy_room, 0)
    return face._replace(
        net=face.net + sold - bought,
        sold=face.sold + sold,
        bought=face.bought + bought,
        sell_room=np.where(sells == 0, face.sell_room, 0),
        buy_room=np.where(buys == 0, face.buy_room, 0),
    )


def settle_by_limits(
    problem: Problem, face: Face, ask: Integers, bid: Integers, link_cost: int, bound: int
) -> Integers:
    """Multipliers of the best fills on the face when open lots are worth ``ask`` and ``bid``.

    Args:
        ask, bid: worth of selling or buying one open lot, with the sign of a limit price, (R,).
        link_cost: cost of one lot on an open link. bound: multipliers lie in -bound..bound.
    """
    regions = len(face.net)
    multipliers = np.zeros(regions, np.int64)
    limits = np.empty(2 * regions, np.int64)
    limits[0::2], limits[1::2] = bid, ask
    lots = np.empty(2 * regions, np.int64)
    lots[0::2], lots[1::2] = face.buy_room, face.sell_room
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)])
    free = np.where(problem.is_taker, 0, bound).astype(np.int64)
    is_open = np.flatnonzero(face.room > 0)
    descend(
        multipliers,
        -free,
        free,
        1 << max((bound).bit_length() - 1, 0),
        np.arange(2 * regions + 1),
        limits,
        sums,
        face.net,
        problem.source[is_open],
        problem.target[is_open],
        face.room[is_open],
        np.full(len(is_open), link_cost, np.int64),
    )
    return multipliers


def settle_orders(problem: Problem, face: Face) -> Face:
    """The same face with all marginal lots decided and its links still open."""
    if not (face.sell_room.any() or face.buy_room.any()):
        return face
    settled = settle_open(problem, face)
    zero = np.zeros(len(face.net), np.int64)
    return face._replace(
        net=face.net + (settled.sold - face.sold) - (settled.bought - face.bought),
        sold=settled.sold,
        bought=settled.bought,
        sell_room=zero,
        buy_room=zero,
    )


class Graph(Protocol):
    """The links and price-takers among some nodes."""

    @property
    def instrument(self) -> str: ...
    @property
    def source(self) -> Integers: ...
    @property
    def target(self) -> Integers: ...
    @property
    def is_taker(self) -> Array: ...


def settle_open(problem: Graph, face: Face) -> Face:
    """Some fills and flows of the face, chosen by nothing but the order of the arcs.

    A circulation through a market node that takes what regions supply: each region sends it
    between net - buy_room and net + sell_room; a price-taker sends or takes any quantity.
    """
    regions, links = len(face.net), len(problem.source)
    market, origin, sink = regions, regions + 1, regions + 2
    least = face.net - face.buy_room
    span = face.sell_room + face.buy_room
    everyone = np.arange(regions)
    hub = np.full(regions, market)
    tail = np.concatenate(
        [hub, problem.source, np.full(regions, origin), everyone, [origin, market]]
    )
    head = np.concatenate(
        [everyone, problem.target, everyone, np.full(regions, sink), [market, sink]]
    )
    room = np.zeros(2 * len(tail), np.int64)
    room[0 : 2 * regions : 2] = np.where(problem.is_taker, UNBOUNDED, span)
    room[1 : 2 * regions : 2] = np.where(problem.is_taker, UNBOUNDED, 0)
    room[2 * regions : 2 * (regions + links) : 2] = face.room
    fixed = 2 * (regions + links)
    room[fixed : fixed + 2 * regions : 2] = np.maximum(least, 0)
    room[fixed + 2 * regions : fixed + 4 * regions : 2] = np.maximum(-least, 0)
    whole = int(least.sum())
    room[fixed + 4 * regions] = max(-whole, 0)
    room[fixed + 4 * regions + 2] = max(whole, 0)
    wanted = int(np.maximum(least, 0).sum()) + max(-whole, 0)
    before = room.copy()
    first, after = arcs_by_node(regions + 3, tail, head)
    ends = np.empty(2 * len(tail), np.int64)
    ends[0::2], ends[1::2] = head, tail
    pushed = max_flow(origin, sink, first, after, ends, room)
    assert pushed == wanted, f"{problem.instrument}: {wanted - pushed} lots find no way"
    used = (before - room)[0::2]
    more = np.where(problem.is_taker, 0, used[:regions])
    bought = face.buy_room - np.minimum(more, face.buy_room)
    sold = more - np.minimum(more, face.buy_room)
    sent = used[regions : regions + links]
    net = face.net + sold - bought
    np.subtract.at(net, problem.source, sent)
    np.add.at(net, problem.target, sent)
    zero = np.zeros(regions, np.int64)
    return Face(
        net,
        face.sold + sold,
        face.bought + bought,
        zero,
        zero,
        face.flow + sent,
        np.zeros(links, np.int64),
    )
