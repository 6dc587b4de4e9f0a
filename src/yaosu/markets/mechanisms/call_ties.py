"""Ties: which of the fills of equal welfare are taken, in exact whole numbers and fractions.

Volume: most lots filled. Pro rata: least sum of (filled lots)^2 / (offered lots) over the marginal
orders, so that all of them get the same share as far as no link hinders it: in each uncongested
part of the map one share (`call_shares`). Whole lots: each region's marginal total is its exact
share rounded down or up, the lots left over going to the largest remainders of the part.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.call_face import (
    Face,
    decide_links,
    decide_orders,
    settle_by_limits,
)
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.mechanisms.call_shares import Shares, fraction_order, shares_of

PRODUCT_MAX = 2**62


def ties_volume(problem: Problem, face: Face) -> tuple[Face, Integers]:
    """Most filled lots: an open offer is worth a little less, an open bid a little more."""
    one = np.ones(len(face.net), np.int64)
    bound = np.ones(len(problem.instruments), np.int64)
    multipliers = settle_by_limits(problem, face, -one, one, 0, bound)
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
    shares = shares_of(problem, face)
    return decide_links(problem, face, share_gains(problem, shares, multipliers)), shares


def share_gains(problem: Problem, shares: Shares, multipliers: Integers) -> Integers:
    """Sign of what one more lot over each link would gain in the pro-rata step.

    A region's worth is -multiplier * share, the multiplier -1, 0 or 1.
    """
    numerator = -multipliers * shares.numerator
    gains = np.zeros(len(problem.source), np.int64)
    compare_at_links(problem.source, problem.target, numerator, shares.denominator, gains)
    return gains


@compiled
def compare_at_links(
    source: Integers, target: Integers, numerator: Integers, denominator: Integers, gains: Integers
) -> None:
    """Write the sign of (fraction at the target - fraction at the source) of each link."""
    for k in range(len(source)):
        s, t = source[k], target[k]
        gains[k] = fraction_order(numerator[t], denominator[t], numerator[s], denominator[s])


def ties_whole_lots(problem: Problem, face: Face, shares: Shares) -> tuple[Face, Integers]:
    """Shares to whole lots: rounded down, the rest to the largest remainders that links allow."""
    face, weight = whole_lots_face(problem, face, shares)
    multipliers = np.zeros(len(weight), np.int64)
    if weight.any():
        bound = problem.by_block(weight).max(axis=1)
        multipliers = settle_by_limits(problem, face, -weight, weight, 0, bound)
    return whole_lots_decided(problem, face, weight, multipliers), multipliers


def whole_lots_face(problem: Problem, face: Face, shares: Shares) -> tuple[Face, Integers]:
    """Shares rounded down decided, one more lot open where there is a remainder; its rank."""
    floor, rest = shares_floor(shares, face.sell_room + face.buy_room)
    is_sell = face.sell_room > 0
    weight = np.zeros(len(rest), np.int64)
    rank_remainders(problem.regions, rest, shares.denominator, weight)
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


def shares_floor(shares: Shares, offered: Integers) -> tuple[Integers, Integers]:
    """Exact share of the offered lots, rounded down, and numerators of what is left over."""
    top, bottom = shares.numerator, shares.denominator
    if int(top.max(initial=0)) * int(offered.max(initial=0)) < PRODUCT_MAX:
        return top * offered // bottom, top * offered % bottom
    pairs = [
        divmod(n * q, d)
        for n, d, q in zip(top.tolist(), bottom.tolist(), offered.tolist(), strict=True)
    ]
    return np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], np.int64)


@compiled
def rank_remainders(
    regions: int, numerator: Integers, denominator: Integers, weight: Integers
) -> None:
    """Write 1 for the smallest remainder of an instrument upwards, 0 where there is none.

    Earlier regions win ties. Blocks of ``regions`` nodes each.
    """
    order = np.empty(max(regions, 1), np.int64)
    for begin in range(0, len(numerator), max(regions, 1)):
        count = 0
        for r in range(begin + regions - 1, begin - 1, -1):
            if numerator[r] == 0:
                continue
            place = count
            while place > 0 and (
                fraction_order(
                    numerator[r],
                    denominator[r],
                    numerator[order[place - 1]],
                    denominator[order[place - 1]],
                )
                < 0
            ):
                order[place] = order[place - 1]
                place -= 1
            order[place] = r
            count += 1
        for i in range(count):
            weight[order[i]] = i + 1
