"""The face: what stays open among all fills of equal merit, narrowed step by step.

Every step of the tie chain is a small flow problem on the face of the step before. Its multipliers
(one number a region) narrow the face by complementary slackness, and stand in the clearing
certificate: with them anyone sees that no other fills do better in that step.
"""

from typing import NamedTuple, Protocol

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_cut import max_flow_blocks, send
from yaosu.markets.mechanisms.call_prices import descend_blocks, first_steps
from yaosu.markets.mechanisms.call_problem import Positions, Problem, positions_at

UNBOUNDED = 2**61


class Face(NamedTuple):
    """Fills still possible: net = supply less demand already decided, rooms = what is open.

    Attributes:
        net: lots supplied less lots demanded less lots sent by decided flows, shape (N,).
        sold, bought: marginal lots already decided, shape (N,).
        sell_room, buy_room: marginal lots still open, shape (N,).
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
    send(net, problem.source, problem.target, sent)
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


def any_equilibrium(problem: Problem) -> tuple[Integers, Face]:
    """Any prices of greatest welfare, and any fills and flows with them."""
    prices = (problem.lowest + problem.highest) >> 1
    descend_blocks(
        prices,
        problem.lowest,
        problem.highest,
        first_steps(problem.by_block(problem.highest - problem.lowest).max(axis=1, initial=0)),
        4,
        problem.starts,
        problem.limits,
        problem.sums,
        np.zeros(len(prices), np.int64),
        problem.link_starts,
        problem.source % max(problem.regions, 1),
        problem.target % max(problem.regions, 1),
        problem.capacity,
        problem.cost,
    )
    return prices, settle_open(problem, face_at(problem, positions_at(problem, prices), prices))


def settle_by_limits(
    problem: Problem, face: Face, ask: Integers, bid: Integers, link_cost: int, bound: Integers
) -> Integers:
    """Multipliers of the best fills on the face when open lots are worth ``ask`` and ``bid``.

    Args:
        ask, bid: worth of selling or buying one open lot, with the sign of a limit price, (N,).
        link_cost: cost of one lot on an open link.
        bound: by instrument, (I,): multipliers lie in -bound..bound.
    """
    nodes = len(face.net)
    multipliers = np.zeros(nodes, np.int64)
    limits = np.empty(2 * nodes, np.int64)
    limits[0::2], limits[1::2] = bid, ask
    lots = np.empty(2 * nodes, np.int64)
    lots[0::2], lots[1::2] = face.buy_room, face.sell_room
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)])
    free = np.where(problem.is_taker, 0, np.repeat(bound, problem.regions)).astype(np.int64)
    is_open = np.flatnonzero(face.room > 0)
    descend_blocks(
        multipliers,
        -free,
        free,
        first_steps(bound),
        2,
        np.arange(2 * nodes + 1),
        limits,
        sums,
        face.net,
        np.searchsorted(is_open, problem.link_starts),
        problem.source[is_open] % problem.regions,
        problem.target[is_open] % problem.regions,
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
    """The links and price-takers among some nodes, and the block in which each node lies."""

    @property
    def block(self) -> Integers: ...
    @property
    def source(self) -> Integers: ...
    @property
    def target(self) -> Integers: ...
    @property
    def is_taker(self) -> Array: ...


def settle_open(graph: Graph, face: Face) -> Face:
    """Some fills and flows of the face, chosen by nothing but the order of the arcs.

    In each block a circulation through a market node that takes what regions supply: each sends
    it between net - buy_room and net + sell_room; a price-taker sends or takes any quantity.
    """
    block, links = graph.block, len(graph.source)
    nodes, blocks = len(block), int(block.max(initial=-1)) + 1
    sizes = np.bincount(block, minlength=blocks)
    place = np.empty(nodes, np.int64)  # of each node within its block
    place[np.argsort(block, kind="stable")] = _counted(sizes)
    hub, origin, sink = sizes, sizes + 1, sizes + 2
    least = face.net - face.buy_room
    span = face.sell_room + face.buy_room
    whole = np.zeros(blocks, np.int64)
    np.add.at(whole, block, least)
    every = np.arange(blocks)
    arcs = (  # block, tail, head, room
        (block, hub[block], place, np.where(graph.is_taker, UNBOUNDED, span)),
        (block[graph.source], place[graph.source], place[graph.target], face.room),
        (block, origin[block], place, np.maximum(least, 0)),
        (block, place, sink[block], np.maximum(-least, 0)),
        (every, origin, hub, np.maximum(-whole, 0)),
        (every, hub, sink, np.maximum(whole, 0)),
    )
    own, tail, head, forward = (np.concatenate([arc[i] for arc in arcs]) for i in range(4))
    room = np.zeros(2 * len(tail), np.int64)
    room[0::2] = forward
    room[1 : 2 * nodes : 2] = np.where(graph.is_taker, UNBOUNDED, 0)
    wanted = int(np.maximum(least, 0).sum()) + int(np.maximum(-whole, 0).sum())
    order = np.argsort(own, kind="stable")
    left = room.reshape(-1, 2)[order].ravel()
    begins = np.searchsorted(own[order], np.arange(blocks + 1))
    pushed = max_flow_blocks(begins, sizes + 3, tail[order], head[order], left)
    assert pushed == wanted, f"{wanted - pushed} lots find no way"
    used = np.empty_like(forward)
    used[order] = forward[order] - left[0::2]
    more = np.where(graph.is_taker, 0, used[:nodes])
    bought = face.buy_room - np.minimum(more, face.buy_room)
    sold = more - np.minimum(more, face.buy_room)
    sent = used[nodes : nodes + links]
    net = face.net + sold - bought
    send(net, graph.source, graph.target, sent)
    zero = np.zeros(nodes, np.int64)
    return Face(
        net,
        face.sold + sold,
        face.bought + bought,
        zero,
        zero,
        face.flow + sent,
        np.zeros(links, np.int64),
    )


def _counted(sizes: Integers) -> Integers:
    """0, 1, 2 ... up to each size in turn."""
    ends = np.cumsum(sizes)
    return np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
