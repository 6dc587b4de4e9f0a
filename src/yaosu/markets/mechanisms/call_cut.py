"""Maximum flow and minimum cut on the small graph of one instrument's regions.

Arcs come in pairs: arc 2k leads forward, arc 2k + 1 back, and what flows over the one is room on
the other. Whole numbers only. The kernels copy arrays by loops, not by slices: what numba brings
in to check two shapes against each other takes many times longer to compile than all of this.

Source: Y. Dinitz, "Algorithm for solution of a problem of maximum flow in networks with power
estimation" (1970).
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled


@compiled
def send(net: Integers, source: Integers, target: Integers, lots: Integers) -> None:
    """Take lots from the source and give them to the target of each link, in ``net``, in place."""
    for k in range(len(lots)):
        net[source[k]] -= lots[k]
        net[target[k]] += lots[k]


@compiled
def arcs_by_node(nodes: int, tail: Integers, head: Integers) -> tuple[Integers, Integers]:
    """Linked lists of the arcs that leave each node: the first of a node, the next of an arc."""
    first = np.empty(nodes, np.int64)
    after = np.empty(2 * len(tail), np.int64)
    for node in range(nodes):
        first[node] = -1
    for k in range(len(tail) - 1, -1, -1):
        after[2 * k + 1] = first[head[k]]
        first[head[k]] = 2 * k + 1
        after[2 * k] = first[tail[k]]
        first[tail[k]] = 2 * k
    return first, after


@compiled
def graph_of(
    nodes: int, tail: Integers, head: Integers, ends: Integers
) -> tuple[Integers, Integers]:
    """`arcs_by_node`, and the node each arc leads to, written into ``ends``."""
    for k in range(len(tail)):
        ends[2 * k], ends[2 * k + 1] = head[k], tail[k]
    return arcs_by_node(nodes, tail, head)


@compiled
def max_flow(
    origin: int, sink: int, first: Integers, after: Integers, ends: Integers, room: Integers
) -> int:
    """Push as much as fits from origin to sink; ``room`` (one entry an arc) is used up in place.

    Args:
        ends: the node an arc leads to, one entry an arc. first, after: from `arcs_by_node`.

    Returns:
        Lots pushed. Afterwards `reached_from` gives the least cut.
    """
    nodes = len(first)
    total = 0
    level = np.empty(nodes, np.int64)
    queue = np.empty(nodes, np.int64)
    path = np.empty(nodes + 1, np.int64)
    place = np.empty(nodes, np.int64)
    while True:
        for node in range(nodes):
            level[node] = -1
            place[node] = first[node]
        level[origin] = 0
        queue[0] = origin
        done, waiting = 0, 1
        while done < waiting:
            node = queue[done]
            done += 1
            arc = first[node]
            while arc >= 0:
                if room[arc] > 0 and level[ends[arc]] < 0:
                    level[ends[arc]] = level[node] + 1
                    queue[waiting] = ends[arc]
                    waiting += 1
                arc = after[arc]
        if level[sink] < 0:
            return total
        depth = 0
        node = origin
        while True:
            if node == sink:
                least = room[path[0]]
                for i in range(depth):
                    least = min(least, room[path[i]])
                back = 0
                for i in range(depth - 1, -1, -1):
                    room[path[i]] -= least
                    room[path[i] ^ 1] += least
                    if room[path[i]] == 0:
                        back = i
                total += least
                depth = back
                node = ends[path[depth] ^ 1]
                continue
            arc = place[node]
            while arc >= 0 and not (room[arc] > 0 and level[ends[arc]] == level[node] + 1):
                arc = after[arc]
            place[node] = arc
            if arc >= 0:
                path[depth] = arc
                depth += 1
                node = ends[arc]
            elif depth == 0:
                break
            else:
                depth -= 1
                node = ends[path[depth] ^ 1]
                place[node] = after[path[depth]]


@compiled
def reached_from(
    origin: int, first: Integers, after: Integers, ends: Integers, room: Integers
) -> Integers:
    """1 for each node that can still be reached from origin: the origin's side of a least cut."""
    nodes = len(first)
    inside = np.zeros(nodes, np.int64)
    queue = np.empty(nodes, np.int64)
    inside[origin] = 1
    queue[0] = origin
    done, waiting = 0, 1
    while done < waiting:
        node = queue[done]
        done += 1
        arc = first[node]
        while arc >= 0:
            if room[arc] > 0 and inside[ends[arc]] == 0:
                inside[ends[arc]] = 1
                queue[waiting] = ends[arc]
                waiting += 1
            arc = after[arc]
    return inside


@compiled
def max_flow_blocks(
    begins: Integers, sizes: Integers, tail: Integers, head: Integers, room: Integers
) -> int:
    """`max_flow` in each of some graphs that do not touch; ``room`` is used up in place.

    Args:
        begins: where the arcs of each graph begin. sizes: its nodes, counted from 0 in each; the
            last two are origin and sink.

    Returns:
        Lots pushed in all.
    """
    pushed = 0
    for block in range(len(sizes)):
        a, b, nodes = begins[block], begins[block + 1], sizes[block]
        ends = np.empty(2 * (b - a), np.int64)
        first, after = graph_of(nodes, tail[a:b], head[a:b], ends)
        pushed += max_flow(nodes - 2, nodes - 1, first, after, ends, room[2 * a : 2 * b])
    return pushed
