"""Shares: the pro-rata step of the tie chain, exact.

In each part of the map that links still join, all marginal orders get one share, unless a full
cut hinders it: then the part falls apart at the cut, and each side is shared by itself.

Source of the decomposition: H. Groenevelt, "Two algorithms for maximizing a separable concave
function over a polymatroid feasible region" (1991), section 3.
"""

from math import gcd
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled, plain_twin
from yaosu.markets.mechanisms.call_cut import graph_of, max_flow, reached_from
from yaosu.markets.mechanisms.call_face import Face
from yaosu.markets.mechanisms.call_problem import Problem

SHARED, TOO_LARGE, FAILED = 0, 1, 2
INT64_SAFE = 2**60
NUMBER_OF_ANY_SIZE = 2**400


class Shares(NamedTuple):
    """The exact pro-rata step.

    Attributes:
        numerator, denominator: share of the offered marginal lots filled in each region, (N,).
        whole, rest: flows with which the exact shares balance, whole + rest / denominator of the
            part the link lies in; -1 in ``whole`` where the published flow itself does, (L,).
    """

    numerator: Integers
    denominator: Integers
    whole: Integers
    rest: Integers


def shares_of(problem: Problem, face: Face) -> Shares:
    """Shares of all instruments."""
    nodes, links = len(face.net), len(problem.source)
    shares = Shares(
        np.zeros(nodes, np.int64),
        np.ones(nodes, np.int64),
        np.full(links, -1, np.int64),
        np.zeros(links, np.int64),
    )
    columns = (problem.source % problem.regions, problem.target % problem.regions)
    verdicts = share_blocks(
        problem.link_starts,
        face.net.copy(),
        face.room.copy(),
        face.sell_room - face.buy_room,
        *columns,
        *shares,
    )
    assert FAILED not in verdicts, "a part cannot balance behind the volume step"
    for block in np.flatnonzero(verdicts == TOO_LARGE).tolist():
        _share_large(problem, face, columns, shares, block)
    return shares


def _share_large(
    problem: Problem, face: Face, ends: tuple[Integers, Integers], shares: Shares, block: int
) -> None:
    """Share one instrument whose products leave 64 bits: the plain twin in numbers of any size."""
    nodes = slice(block * problem.regions, (block + 1) * problem.regions)
    links = slice(int(problem.link_starts[block]), int(problem.link_starts[block + 1]))
    own = [shares.numerator[nodes], shares.denominator[nodes], shares.whole[links]]
    found: list[Array] = [column.astype(object) for column in (*own, shares.rest[links])]
    verdict = plain_twin(share_block)(
        NUMBER_OF_ANY_SIZE,
        face.net[nodes].astype(object),
        face.room[links].astype(object),
        (face.sell_room - face.buy_room)[nodes].astype(object),
        ends[0][links],
        ends[1][links],
        *found,
    )
    assert verdict == SHARED
    shares.numerator[nodes], shares.denominator[nodes] = found[0], found[1]
    shares.whole[links], shares.rest[links] = found[2], found[3]


@compiled
def share_blocks(
    link_starts: Integers,
    net: Integers,
    room: Integers,
    lots: Integers,
    source: Integers,
    target: Integers,
    numerator: Integers,
    denominator: Integers,
    whole: Integers,
    rest: Integers,
) -> Integers:
    """`share_block` of each instrument; the verdict on each."""
    blocks = len(link_starts) - 1
    size = len(net) // max(blocks, 1)
    verdicts = np.zeros(blocks, np.int64)
    for block in range(blocks):
        a, b = block * size, (block + 1) * size
        k, end = link_starts[block], link_starts[block + 1]
        verdicts[block] = share_block(
            INT64_SAFE,
            net[a:b],
            room[k:end],
            lots[a:b],
            source[k:end],
            target[k:end],
            numerator[a:b],
            denominator[a:b],
            whole[k:end],
            rest[k:end],
        )
    return verdicts


@compiled
def share_block(
    largest: int,
    net: Integers,
    room: Integers,
    lots: Integers,
    source: Integers,
    target: Integers,
    numerator: Integers,
    denominator: Integers,
    whole: Integers,
    rest: Integers,
) -> int:
    """Share one instrument; ``net`` and ``room`` are used up, the last four filled in.

    Args:
        lots: marginal lots to share in each region, > 0 where offers are, < 0 where bids are.

    Returns:
        SHARED; TOO_LARGE where a product might pass ``largest``; FAILED where nothing balances.
    """
    regions = len(net)
    part = parts_of(regions, room, source, target)
    waiting = np.empty(2 * regions, np.int64)
    count = parts_to_share(part, lots, waiting)
    labels = regions
    members = np.empty(regions, np.int64)
    place = np.empty(regions, np.int64)
    while count > 0:
        count -= 1
        label = waiting[count]
        size, selling, buying, supply, spread = 0, 0, 0, 0, 0
        for r in range(regions):
            place[r] = -1
            if part[r] == label:
                members[size], place[r] = r, size
                size += 1
                selling += max(lots[r], 0)
                buying += max(-lots[r], 0)
                supply += net[r]
                spread += abs(net[r]) + abs(lots[r])
        wanted, offered = (-supply if selling > 0 else supply), selling + buying
        if (selling > 0 and buying > 0) or not 0 <= wanted <= offered or offered == 0:
            return FAILED
        common = gcd(wanted, offered)
        top, scale = wanted // common, offered // common
        links = 0
        for k in range(len(room)):
            if room[k] > 0 and place[source[k]] >= 0 and place[target[k]] >= 0:
                links += 1
                spread = max(spread, room[k])
        if spread > largest // (4 * scale):
            return TOO_LARGE
        inside = share_part(
            members[:size],
            place,
            links,
            top,
            scale,
            net,
            room,
            lots,
            source,
            target,
            whole,
            rest,
        )
        if len(inside) == 0:
            for i in range(size):
                numerator[members[i]], denominator[members[i]] = top, scale
            continue
        shut_off(inside, place, net, room, source, target, whole)
        for i in range(size):
            if inside[i]:
                part[members[i]] = labels
        waiting[count], waiting[count + 1] = label, labels
        count += 2
        labels += 1
    return SHARED


@compiled
def parts_to_share(part: Integers, lots: Integers, waiting: Integers) -> int:
    """Write the labels of parts with open lots, ascending; how many they are."""
    count = 0
    for label in range(len(part)):
        for r in range(label, len(part)):
            if part[r] == label and lots[r] != 0:
                waiting[count] = label
                count += 1
                break
    return count


@compiled
def shut_off(
    inside: Integers,
    place: Integers,
    net: Integers,
    room: Integers,
    source: Integers,
    target: Integers,
    whole: Integers,
) -> None:
    """Fill the links that leave the inside of a part, empty those that enter it; in place."""
    for k in range(len(room)):
        s, t = place[source[k]], place[target[k]]
        if room[k] > 0 and s >= 0 and t >= 0 and inside[s] != inside[t]:
            whole[k] = 0
            if inside[s]:
                net[source[k]] -= room[k]
                net[target[k]] += room[k]
                whole[k] = room[k]
            room[k] = 0


@compiled
def share_part(
    members: Integers,
    place: Integers,
    links: int,
    top: int,
    scale: int,
    net: Integers,
    room: Integers,
    lots: Integers,
    source: Integers,
    target: Integers,
    whole: Integers,
    rest: Integers,
) -> Integers:
    """Flows, times ``scale``, that balance a part at the share top / scale; written if they exist.

    Args:
        members: regions of the part. place: of each region among them, or -1. links: how many
            links are open inside the part.

    Returns:
        Nothing, or 1 for each member that a full cut shuts off from the others.
    """
    size = len(members)
    origin, sink = size, size + 1
    tail = np.empty(links + 2 * size, np.int64)
    head = np.empty(links + 2 * size, np.int64)
    rooms = np.zeros(2 * len(tail), net.dtype)
    wanted = 0 * scale
    for i in range(size):
        r = members[i]
        amount = scale * net[r] + top * lots[r]
        tail[links + i], head[links + i] = origin, i
        tail[links + size + i], head[links + size + i] = i, sink
        rooms[2 * (links + i)] = max(amount, 0)
        rooms[2 * (links + size + i)] = max(-amount, 0)
        wanted += max(amount, 0)
    arc = 0
    for k in range(len(room)):
        s, t = place[source[k]], place[target[k]]
        if room[k] > 0 and s >= 0 and t >= 0:
            tail[arc], head[arc] = s, t
            rooms[2 * arc] = min(scale * room[k], wanted + 1)
            arc += 1
    ends = np.empty(2 * len(tail), np.int64)
    first, after = graph_of(size + 2, tail, head, ends)
    if max_flow(origin, sink, first, after, ends, rooms) < wanted:
        return reached_from(origin, first, after, ends, rooms)[:size]
    arc = 0
    for k in range(len(room)):
        if room[k] > 0 and place[source[k]] >= 0 and place[target[k]] >= 0:
            flow = rooms[2 * arc + 1]
            whole[k], rest[k] = flow // scale, flow % scale
            arc += 1
    return np.empty(0, np.int64)


@compiled
def parts_of(regions: int, room: Integers, source: Integers, target: Integers) -> Integers:
    """For each region the first region of the part that open links join it to."""
    part = np.empty(regions, np.int64)
    for r in range(regions):
        part[r] = r
    quiet = False
    while not quiet:
        quiet = True
        for k in range(len(room)):
            if room[k] > 0 and part[source[k]] != part[target[k]]:
                least = min(part[source[k]], part[target[k]])
                part[source[k]], part[target[k]] = least, least
                quiet = False
    return part


@compiled
def fraction_order(top: int, bottom: int, other_top: int, other_bottom: int) -> int:
    """Sign of top / bottom - other_top / other_bottom, denominators > 0, without products."""
    sign = 1
    while True:
        whole, other_whole = top // bottom, other_top // other_bottom
        if whole != other_whole:
            return sign if whole > other_whole else -sign
        left, other_left = top - whole * bottom, other_top - other_whole * other_bottom
        if left == 0 or other_left == 0:
            return sign * (int(left > 0) - int(other_left > 0))
        top, bottom, other_top, other_bottom = bottom, left, other_bottom, other_left
        sign = -sign
