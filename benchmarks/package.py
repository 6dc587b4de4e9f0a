"""Divisible packages against an LP solver: purchases, sales and swaps of one to five of 300 things.

HiGHS' interior point method (presolve off, in a process of its own) solves the same welfare problem
and must find the same welfare. The two take turns; medians. At a million packages HiGHS takes most
of a minute a round, so there are three rounds, and seven below.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from time import perf_counter
from typing import Any

import numpy as np

from yaosu.door import use_compiled_code
from yaosu.kernel.columns import Text
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

INSTRUMENTS = 300
LEGS = ([1, 2, 3, 4, 5], [0.3, 0.25, 0.2, 0.15, 0.1])
ROUNDS = {10_000: 7, 100_000: 7, 1_000_000: 3}


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--orders", type=int, help="this size only")
    given.add_argument("--side", choices=["ours", "peer"], help=argparse.SUPPRESS)
    arguments = given.parse_args()
    if arguments.side:
        run = solve_with_highs if arguments.side == "peer" else clear_ours
        print(json.dumps(run(arguments.orders)))
        return
    sizes = (10_000,) if arguments.quick else (100_000, 1_000_000)
    for orders in (arguments.orders,) if arguments.orders else sizes:
        compare(orders, ROUNDS.get(orders, 7))


def columns_of(orders: int, seed: int = 0) -> dict[str, np.ndarray]:
    """A random market around one price for each instrument."""
    chance = np.random.default_rng([orders, seed, 3])
    base = np.rint(np.exp(chance.normal(7, 0.8, INSTRUMENTS))) + 1
    role = chance.choice([1, -1, 0], orders, p=[0.52, 0.43, 0.05])
    legs = chance.choice(LEGS[0], orders, p=LEGS[1])
    order = np.repeat(np.arange(orders), legs)
    steps = np.array([step for step in range(1, INSTRUMENTS) if np.gcd(step, INSTRUMENTS) == 1])
    step, first = chance.choice(steps, orders), chance.integers(0, INSTRUMENTS, orders)
    within = np.arange(len(order)) - np.repeat(np.cumsum(legs) - legs, legs)
    place = (first[order] + within * step[order]) % INSTRUMENTS
    side = np.where(role[order] == 0, chance.choice([1, -1], len(order)), role[order])
    amount = chance.integers(1, 11, len(order)) * side
    worth = np.bincount(order, base[place] * amount)
    gross = np.bincount(order, base[place] * np.abs(amount))
    better = 0.03 * (legs - 1) * role  # together things are worth more, and cost less to give
    limit = np.rint(worth + gross * (better + chance.normal(0, 0.25, orders)))
    return {
        "limit": limit.astype(np.int64),
        "quantity": 1 + np.floor(chance.pareto(1.5, orders) * 5).clip(max=500).astype(np.int64),
        "order": order,
        "place": place,
        "amount": amount,
    }


def packages_of(book: dict[str, np.ndarray]) -> Packages:
    """The same as packages."""
    names = tuple(f"g{at:03d}" for at in range(INSTRUMENTS))
    return Packages.from_columns(
        book["limit"],
        book["quantity"],
        book["order"],
        Text(names, book["place"].astype(np.int32)),
        book["amount"],
    )


def compare(orders: int, rounds: int) -> None:
    """Print medians of both, taking turns, and their ratio."""
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    found: dict[str, dict[str, Any]] = {}
    for _ in range(rounds):
        for side, times in taken.items():
            ended = subprocess.run(
                [sys.executable, __file__, "--side", side, "--orders", str(orders)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found[side] = json.loads(ended.stdout)
            times.append(found[side].get("seconds", 0.0))
    ours, peer = found["ours"], found["peer"]
    line = (
        f"{orders:>9,} packages, {INSTRUMENTS} instruments, medians of {rounds}: "
        f"clear {statistics.median(taken['ours']):.3f} s, check {ours['check']:.3f} s, "
        f"{ours['megabytes']} MB; welfare {ours['welfare']:,}, gap {ours['gap']:.1g}"
    )
    if "reason" in peer:
        print(f"{line}; HiGHS was not compared: {peer['reason']}")
        return
    # fills and prices are rounded to whole numbers: a few ticks, whatever the size
    assert abs(peer["welfare"] - ours["welfare"]) <= 1e-9 * ours["welfare"] + 10, (peer, ours)
    ratio = statistics.median(taken["peer"]) / statistics.median(taken["ours"])
    print(
        f"{line}; HiGHS IPM (presolve off) {statistics.median(taken['peer']):.2f} s, "
        f"{peer['megabytes']} MB; HiGHS/clear {ratio:.1f}"
    )


def clear_ours(orders: int) -> dict[str, Any]:
    """Clear and check once, after a small book has had the code compiled."""
    use_compiled_code()
    small, alone = packages_of(columns_of(2_000)), Network.alone()
    verify_clearing(small, alone, clear(small, alone, "package"))
    packages = packages_of(columns_of(orders))
    start = perf_counter()
    clearing = clear(packages, alone, "package")
    cleared = perf_counter()
    verify_clearing(packages, alone, clearing)
    checked = perf_counter()
    certificate = clearing.certificate
    return {
        "seconds": cleared - start,
        "check": checked - cleared,
        "welfare": clearing.welfare,
        "gap": (certificate.dual - certificate.primal) / max(certificate.dual, 1),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def solve_with_highs(orders: int) -> dict[str, Any]:
    """The welfare problem as a linear program."""
    try:
        import highspy
    except ModuleNotFoundError:
        return {"reason": "highspy is not installed"}
    book = columns_of(orders)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = orders, INSTRUMENTS
    model.col_cost_ = -book["limit"].astype(float)
    model.col_lower_ = np.zeros(orders)
    model.col_upper_ = book["quantity"].astype(float)
    model.row_lower_ = np.full(INSTRUMENTS, -highspy.kHighsInf)
    model.row_upper_ = np.zeros(INSTRUMENTS)
    starts = np.concatenate([[0], np.cumsum(np.bincount(book["order"], minlength=orders))])
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = book["place"]
    model.a_matrix_.value_ = book["amount"].astype(float)
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("presolve", "off"), ("solver", "ipm")):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    start = perf_counter()
    solver.run()
    seconds = perf_counter() - start
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return {"reason": solver.modelStatusToString(solver.getModelStatus())}
    return {
        "seconds": seconds,
        "welfare": -solver.getInfo().objective_function_value,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
