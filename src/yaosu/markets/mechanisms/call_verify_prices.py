"""Verify the interval of prices, by its forests, and the price rule."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.call_claim import Claim, refuse_price
from yaosu.markets.mechanisms.call_interval import (
    NOWHERE,
    OWN,
    Constraints,
    Interval,
    constraints_of,
    rows_over_all,
    rule_prices,
)
from yaosu.markets.mechanisms.call_nearest import nearest_bounds, nearest_rest
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import region_prices
from yaosu.markets.network import Network

UNKNOWN, ON_THE_WAY, PINNED, LOOSE = 0, 1, 2, 3


def verify_prices(claim: Claim, parameters: CallParameters, network: Network) -> None:
    """The published low and high are the ends of the interval; the price is the rule's."""
    traded = claim.traded
    constraints = constraints_of(
        claim.problem,
        claim.positions,
        claim.prices,
        claim.sold,
        claim.bought,
        claim.flow,
        claim.capacity,
    )
    low = np.where(traded, claim.table.maybe("price_low").values, claim.prices)
    high = np.where(traded, claim.table.maybe("price_high").values, claim.prices)
    for prices, reason in ((low, "its low end"), (high, "its high end")):
        _refuse(claim, _unsupported(constraints, prices, traded), reason + " supports no fills")
    pinned = pinned_by(
        low,
        rows_over_all(claim.problem, claim.regions["low_by"]),
        constraints.least,
        constraints.target,
        constraints.source,
        -constraints.weight,
    )
    _refuse(claim, traded & ~pinned, "its low end is not proved lowest")
    pinned = pinned_by(
        high,
        rows_over_all(claim.problem, claim.regions["high_by"]),
        constraints.most,
        constraints.source,
        constraints.target,
        constraints.weight,
    )
    _refuse(claim, traded & ~pinned, "its high end is not proved highest")
    if parameters.price_rule == "nearest":
        place = {name: i for i, name in enumerate(network.regions)}
        given, wanted = region_prices(parameters.reference_prices, claim.problem.instruments, place)
        _verify_nearest(claim, constraints, given, wanted)
        return
    none = np.full(len(low), OWN)
    ruled = rule_prices(parameters.price_rule, Interval(low, high, none, none))
    _refuse(claim, traded & (ruled != claim.prices), "it is not the one the price rule names")


def _refuse(claim: Claim, wrong: Array, reason: str) -> None:
    refuse_price(claim, wrong, reason)


def _unsupported(constraints: Constraints, prices: Integers, where: Array) -> Array:
    """Regions whose price breaks a bound or a difference constraint."""
    wrong = (prices < constraints.least) | (prices > constraints.most)
    rows = np.flatnonzero(constraints.target >= 0)
    source, target = constraints.source[rows], constraints.target[rows]
    broken = prices[target] - prices[source] > constraints.weight[rows]
    wrong[target[broken]] = True
    result: Array = wrong & where
    return result


def pinned_by(
    prices: Integers,
    pinned_rows: Integers,
    own: Integers,
    source: Integers,
    target: Integers,
    weight: Integers,
) -> Array:
    """Regions whose price follows, along tight constraints, from some region's own bound.

    Args:
        pinned_rows: for each region the row with target = region that is tight, or OWN.
        own: bound of each region by itself.
        source, target, weight: rows: price[target] = price[source] + weight where tight.
    """
    known = np.zeros(len(prices), np.int64)
    mark_pinned(prices, pinned_rows, own, source, target, weight, known)
    pinned: Array = known == PINNED
    return pinned


@compiled
def mark_pinned(
    prices: Integers,
    pinned_rows: Integers,
    own: Integers,
    source: Integers,
    target: Integers,
    weight: Integers,
    known: Integers,
) -> None:
    """Write PINNED or LOOSE for each region, following its row until a region is known."""
    path = np.empty(len(prices), np.int64)
    for start in range(len(prices)):
        length, region = 0, start
        while known[region] == UNKNOWN:
            known[region] = ON_THE_WAY
            path[length] = region
            length += 1
            row = pinned_rows[region]
            if row == OWN:
                known[region] = PINNED if prices[region] == own[region] else LOOSE
                break
            is_tight = (
                0 <= row < len(target)
                and target[row] == region
                and source[row] >= 0
                and prices[region] == prices[source[row]] + weight[row]
            )
            if not is_tight:
                known[region] = LOOSE
                break
            region = source[row]
        verdict = PINNED if known[region] == PINNED else LOOSE
        for i in range(length):
            known[path[i]] = verdict


def _verify_nearest(claim: Claim, constraints: Constraints, given: Array, wanted: Integers) -> None:
    """The prices are nearest to the references: the pulls and pushes at them balance."""
    prices, pull = claim.prices, claim.regions["pull"]
    push = np.concatenate([claim.links["push_on"], claim.links["push_back"]])
    holds = constraints.target >= 0
    target = np.where(holds, constraints.target, 0)
    is_tight = holds & (prices[target] - prices[constraints.source] == constraints.weight)
    far = np.where(given, np.sign(wanted - prices), 0)
    wrong = np.where(far != 0, pull != far, np.abs(pull) > given)
    bad_push = (push < 0) | ((push > 0) & ~is_tight) | (push > 2**48)
    wrong = wrong | _unsupported(constraints, prices, np.ones(len(prices), bool))
    wrong[target[bad_push]] = True
    _refuse(claim, wrong, "the pulls and pushes are not those of the nearest prices")
    rest = nearest_rest(constraints, pull, push)
    loose = ((rest > 0) & (prices != constraints.most)) | (
        (rest < 0) & (prices != constraints.least)
    )
    _refuse(claim, loose, "the pulls and pushes do not balance")
    least, rows = nearest_bounds(constraints, prices, given, wanted, pull, push)
    named = {OWN: OWN, **{int(name): i for i, name in enumerate(rows.named.tolist())}}
    over_all = rows_over_all(claim.problem, claim.regions["nearest_by"])
    by = np.array([named.get(n, NOWHERE) for n in over_all.tolist()], np.int64)
    pinned = pinned_by(prices, by, least, rows.target, rows.source, -rows.weight)
    _refuse(claim, claim.traded & ~pinned, "a lower price is as near to the reference")
