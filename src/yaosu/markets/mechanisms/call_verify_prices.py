"""Verify the interval of prices, by its forests, and the price rule."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_claim import Claim, refuse_price
from yaosu.markets.mechanisms.call_interval import (
    OWN,
    Constraints,
    Interval,
    constraints_of,
    rule_prices,
)
from yaosu.markets.mechanisms.call_nearest import nearest_bounds, nearest_rest
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import region_prices
from yaosu.markets.network import Network


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
        claim.regions["low_by"],
        constraints.least,
        constraints.target,
        constraints.source,
        -constraints.weight,
    )
    _refuse(claim, traded & ~pinned, "its low end is not proved lowest")
    pinned = pinned_by(
        high,
        claim.regions["high_by"],
        constraints.most,
        constraints.source,
        constraints.target,
        constraints.weight,
    )
    _refuse(claim, traded & ~pinned, "its high end is not proved highest")
    if parameters.price_rule == "nearest":
        place = {name: i for i, name in enumerate(network.regions)}
        given, wanted = region_prices(parameters.reference_prices, claim.problem.instrument, place)
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
    known = np.zeros(len(prices), np.int64)  # 0 not looked at, 1 on the way, 2 pinned, 3 not
    for start in range(len(prices)):
        path, region = [], start
        while known[region] == 0:
            known[region] = 1
            path.append(region)
            row = int(pinned_rows[region])
            if row == OWN:
                known[region] = 2 if prices[region] == own[region] else 3
                break
            is_tight = (
                0 <= row < len(target)
                and int(target[row]) == region
                and int(source[row]) >= 0
                and prices[region] == prices[source[row]] + weight[row]
            )
            if not is_tight:
                known[region] = 3
                break
            region = int(source[row])
        verdict = 2 if known[region] == 2 else 3
        for node in path:
            known[node] = verdict
    pinned: Array = known == 2
    return pinned


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
    named = {int(name): i for i, name in enumerate(rows.named.tolist())}
    by = np.array([named.get(n, OWN) for n in claim.regions["nearest_by"].tolist()], np.int64)
    pinned = pinned_by(prices, by, least, rows.target, rows.source, -rows.weight)
    _refuse(claim, claim.traded & ~pinned, "a lower price is as near to the reference")
