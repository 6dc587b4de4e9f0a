"""Verify the tie chain: each step's multipliers narrow the face, and the fills lie on it."""

from typing import Any

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms.call_claim import Claim
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_face import Face, decide_links, face_at
from yaosu.markets.mechanisms.call_flows import even_places, flow_weights, single_lot_cycle
from yaosu.markets.mechanisms.call_margin import filled_rows
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.mechanisms.call_shares import Shares
from yaosu.markets.mechanisms.call_ties import (
    share_gains,
    volume_decided,
    whole_lots_decided,
    whole_lots_face,
)
from yaosu.markets.orders import Orders


def verify_ties(
    claim: Claim, orders: Orders, book: Book, lots: Integers, parameters: CallParameters
) -> None:
    """Walk the chain. After each step the published fills must lie on the face."""
    problem, regions = claim.problem, claim.regions
    for name in ("volume", "whole_lots", "least_flow", "even_flow"):
        _refuse_regions(claim, name, problem.is_taker & (regions[name] != 0))
    face = face_at(problem, claim.positions, claim.prices)
    face = volume_decided(problem, face, regions["volume"])
    _verify_on_face(claim, face, "volume")
    shares = Shares(
        regions["share_numerator"],
        regions["share_denominator"],
        claim.links["share_whole"],
        claim.links["share_rest"],
    )
    _verify_shares(claim, face, shares)
    face = decide_links(problem, face, share_gains(problem, shares, regions["volume"]))
    face, weight = whole_lots_face(problem, face, shares)
    _verify_on_face(claim, face, "pro_rata_regions")
    face = whole_lots_decided(problem, face, weight, regions["whole_lots"])
    _verify_on_face(claim, face, "whole_lots")
    least = regions["least_flow"]
    face = decide_links(problem, face, least[problem.target] - least[problem.source] - 1)
    _verify_on_face(claim, face, "least_flow")
    _verify_even(claim, face)
    _verify_margin(claim, orders, book, lots, parameters)


def _refuse_regions(claim: Claim, step: str, wrong: Array) -> None:
    for node in np.flatnonzero(wrong)[:1].tolist():
        instrument, where = claim.instrument_of(node), claim.region_of(node)
        refuse("markets.certificate_step", step=step, instrument=instrument, where=where)


def _refuse_links(claim: Claim, step: str, wrong: Array) -> None:
    for k in np.flatnonzero(wrong)[:1].tolist():
        source, target = int(claim.problem.source[k]), int(claim.problem.target[k])
        refuse(
            "markets.certificate_step",
            step=step,
            instrument=claim.instrument_of(source),
            where=f"{claim.region_of(source)} to {claim.region_of(target)}",
        )


def _verify_on_face(claim: Claim, face: Face, step: str) -> None:
    for filled, decided, room in (
        (claim.sold, face.sold, face.sell_room),
        (claim.bought, face.bought, face.buy_room),
    ):
        _refuse_regions(claim, step, (filled < decided) | (filled > decided + room))
    # capacities were cut to what can flow at all, which no flow reaches
    wrong = (claim.flow < face.flow) | (claim.flow > face.flow + face.room)
    _refuse_links(claim, step, wrong)


def _verify_shares(claim: Claim, face: Face, shares: Shares) -> None:
    """Exact shares balance with the given flows, and links are full or empty as shares differ.

    With these two no other shares have a smaller sum of squares (the problem is convex).
    """
    problem, step = claim.problem, "pro_rata_regions"
    top, bottom = shares.numerator, shares.denominator
    _refuse_regions(claim, step, (bottom < 1) | (top < 0) | (top > bottom))
    is_open = (face.sell_room > 0) | (face.buy_room > 0)
    both = (face.sell_room > 0) & (face.buy_room > 0)
    volume = claim.regions["volume"]
    sign = np.where(face.sell_room > 0, -1, 1)
    _refuse_regions(claim, step, (abs(volume) > 1) | both | (is_open & (volume != sign)))
    gains = share_gains(problem, shares, volume)
    given = shares.whole >= 0
    whole = np.where(given, shares.whole, claim.flow)
    rest = np.where(given, shares.rest, 0)
    ends = bottom[problem.source], bottom[problem.target]
    bad = (rest < 0) | (rest >= ends[0]) | ((rest > 0) & (ends[0] != ends[1]))
    bad |= (whole + (rest > 0)) > face.room
    bad |= ((gains > 0) & (whole != face.room)) | ((gains < 0) & (whole + rest != 0))
    _refuse_links(claim, step, bad & (face.room > 0))
    moves = np.where(face.room > 0, whole, 0), np.where(face.room > 0, rest, 0)
    _refuse_regions(claim, step, _unbalanced(problem, face, shares, moves) & ~problem.is_taker)


def _unbalanced(
    problem: Problem, face: Face, shares: Shares, moves: tuple[Integers, Integers]
) -> Array:
    """Regions where net + share of the open lots - sent + received is not 0, in exact numbers.

    Args:
        moves: whole lots sent over each link, and denominators' parts sent besides.
    """
    kind: Any = np.int64
    rooms = face.sell_room - face.buy_room
    amounts = [abs(face.net), abs(rooms), *moves]
    largest = sum(int(amount.max(initial=0)) for amount in amounts) * (len(problem.source) + 2)
    if largest * int(shares.denominator.max(initial=1)) >= 2**62:
        kind = object
    bottom = shares.denominator.astype(kind)
    left = face.net.astype(kind)
    np.subtract.at(left, problem.source, moves[0].astype(kind))
    np.add.at(left, problem.target, moves[0].astype(kind))
    left = left * bottom + shares.numerator.astype(kind) * rooms
    np.subtract.at(left, problem.source, moves[1].astype(kind))
    np.add.at(left, problem.target, moves[1].astype(kind))
    uneven: Array = np.asarray(left != 0, bool)
    return uneven


def _verify_even(claim: Claim, face: Face) -> None:
    """No lot can move to make the flows more even, nor, at no cost, off an earlier link."""
    problem, step = claim.problem, "even_flow"
    is_open = np.flatnonzero(face.room > 0)
    flow, room = claim.flow[is_open], face.room[is_open]
    place = even_places(problem)
    source, target = place[problem.source[is_open]], place[problem.target[is_open]]
    level = np.zeros((len(problem.instruments), problem.regions + 1), np.int64)
    level[problem.block, place] = claim.regions["even_flow"]
    weight = flow_weights(claim.capacity[is_open])
    block = problem.block[problem.source[is_open]]
    rise = level[block, target] - level[block, source]
    wrong = np.zeros(len(claim.flow), bool)
    wrong[is_open] = ((flow < room) & (rise > (2 * flow + 1) * weight)) | (
        (flow > 0) & (rise < (2 * flow - 1) * weight)
    )
    _refuse_links(claim, step, wrong)
    starts = np.searchsorted(is_open, problem.link_starts)
    link = first_movable(flow, room, weight, starts, source, target, level)
    wrong[is_open[[link] if link >= 0 else []]] = True
    _refuse_links(claim, step, wrong)


@compiled
def first_movable(
    flow: Integers,
    room: Integers,
    weight: Integers,
    link_starts: Integers,
    source: Integers,
    target: Integers,
    levels: Integers,
) -> int:
    """The first link from which a lot could go to later links at no cost, or -1."""
    for block in range(len(levels)):
        k, end = link_starts[block], link_starts[block + 1]
        own = (flow[k:end], room[k:end], weight[k:end])
        for link in range(end - k):
            cycle = single_lot_cycle(
                link, own[0], own[1], own[2], source[k:end], target[k:end], levels[block]
            )
            if len(cycle):
                return int(k + link)
    return -1


def _verify_margin(
    claim: Claim, orders: Orders, book: Book, lots: Integers, parameters: CallParameters
) -> None:
    """Each region's marginal lots go to its marginal orders as the rule says: recomputed."""
    expected = filled_rows(orders, book, claim.positions, claim.bought, claim.sold, parameters)
    wrong = np.flatnonzero(lots != expected)
    refuse_unless(
        not wrong.size,
        "markets.certificate_fill",
        row=int(wrong[0]) if wrong.size else 0,
        reason="the margin is not shared as the tie chain says",
    )
