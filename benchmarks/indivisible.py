"""All-or-nothing packages against three solvers of whole-number programs: HiGHS, SCIP, CP-SAT.

Ours goes first with a given effort, on one processor; each peer then has the processor time that
ours took, and at least ``--seconds``; CP-SAT as much for each of its two workers. Processor time,
as other work may be on the machine; so a peer may take up to `KILL_AFTER` times as long by the
clock. Every run is a process of its own, one after another on the same processors.
Welfare is recounted from the fills; the gap is the claimed bound over the welfare, less one.
Peers that are not installed are left out and named. ``--many`` measures ours alone on a large book
of which few packages are marginal: 300 things, half of the packages sell.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from importlib.util import find_spec
from threading import Event, Thread
from time import perf_counter, process_time
from typing import Any

import numpy as np

from yaosu.door import use_compiled_code
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

NAME = "package-all-or-nothing"
PEERS = {"HiGHS": "highspy", "SCIP": "pyscipopt", "CP-SAT": "ortools"}
FULL = (200, 500, 1000, 2000)
EFFORT = {False: 2000, True: 60}
SECONDS = {False: 60.0, True: 4.0}
MANY_PLACES, MANY_EFFORT = 300, 200
KILL_AFTER = 4.0  # times the limit by the clock: a peer that overruns it has not answered


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--bids", type=int, nargs="*", help="these sizes only")
    given.add_argument("--seeds", type=int, nargs="*", default=[0])
    given.add_argument("--many", type=int, help="so many packages, few of them marginal")
    given.add_argument("--effort", type=int)
    given.add_argument("--seconds", type=float)
    given.add_argument("--peers", nargs="*", default=list(PEERS), help="against these only")
    given.add_argument("--side", help=argparse.SUPPRESS)
    arguments = given.parse_args()
    effort = arguments.effort or EFFORT[arguments.quick]
    seconds = arguments.seconds or SECONDS[arguments.quick]
    if arguments.many:
        show_many(arguments.many, arguments.seeds, arguments.effort or MANY_EFFORT)
        return
    if arguments.side:
        book, begun = book_of(arguments.bids[0], arguments.seeds[0]), process_time()
        run = ours if arguments.side == "ours" else SOLVE[arguments.side]
        found = run(book, effort if arguments.side == "ours" else seconds)
        found["processor"] = process_time() - begun
        found["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(found))
        return
    peers = {name: PEERS[name] for name in arguments.peers}
    missing = [name for name, module in peers.items() if find_spec(module) is None]
    if missing:
        print("not installed, left out:", ", ".join(missing))
    for bids in arguments.bids or ((200,) if arguments.quick else FULL):
        compare(bids, arguments.seeds, effort, seconds, peers)


def show_many(bids: int, seeds: list[int], effort: int) -> None:
    """A line a book: its proved gap, time, peak memory of the process."""
    for seed in seeds:
        found = ours(many_book(bids, seed), effort)
        gap = 100 * (found["bound_checked"] / max(found["welfare"], 1) - 1)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{bids} packages, few marginal, seed {seed}: welfare {found['welfare']}, "
            f"proved gap {gap:.2f} %, {found['seconds']:.1f} s, {memory} MB"
        )


def many_book(bids: int, seed: int) -> dict[str, np.ndarray]:
    """Packages of one to four of 300 things anywhere, in groups of one or two on average."""
    chance = np.random.default_rng([bids, seed, 5])
    base = np.exp(chance.normal(7, 0.5, MANY_PLACES))
    size = chance.integers(1, 5, bids)
    sells = chance.random(bids) < 0.5
    order = np.repeat(np.arange(bids), size)
    key = np.unique(order * MANY_PLACES + chance.integers(0, MANY_PLACES, len(order)))
    order, place = key // MANY_PLACES, key % MANY_PLACES
    amount = chance.integers(1, 9, len(order)) * np.where(sells[order], -1, 1)
    worth = np.bincount(order, base[place] * amount, bids) * np.exp(chance.normal(0, 0.3, bids))
    return {
        "limit": np.rint(worth).astype(np.int64),
        "group": np.cumsum(chance.random(bids) < 0.6),
        "order": order,
        "place": place,
        "amount": amount,
    }


def compare(
    bids: int, seeds: list[int], effort: int, seconds: float, peers: dict[str, str]
) -> None:
    """All sides on each book, and the figures of the claim."""
    ratios, narrower, ahead = [], 0, 0
    for seed in seeds:
        mine = run_side("ours", bids, seed, effort, seconds)
        print(line("ours", bids, seed, mine), flush=True)
        assert mine is not None, "ours must finish"
        limit = max(seconds, mine["processor"])
        others = []
        for name, module in peers.items():
            if find_spec(module) is not None:
                found = run_side(name, bids, seed, effort, limit)
                print(line(name, bids, seed, found), flush=True)
                others += [found] if found else []
        if others:
            best = max(other["welfare"] for other in others)
            ratios.append(mine["welfare"] / max(best, 1))
            ahead += mine["welfare"] >= best
            narrower += mine["gap"] <= min(other["gap"] for other in others) + 1e-9
    if ratios:
        print(
            f"{bids} bids: welfare {statistics.mean(ratios):.3f} of the best peer's on average, "
            f"no less on {ahead} of {len(ratios)} books; gap no larger on {narrower}"
        )


def run_side(side: str, bids: int, seed: int, effort: int, seconds: float) -> dict[str, Any] | None:
    """One run in a process of its own; None where it did not answer."""
    command = [sys.executable, __file__, "--side", side, "--bids", str(bids)]
    command += ["--seeds", str(seed), "--effort", str(effort), "--seconds", str(seconds)]
    patience = None if side == "ours" else KILL_AFTER * seconds + 60
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=True)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["gap"] = found["bound"] / max(found["welfare"], 1) - 1
    return found


def line(side: str, bids: int, seed: int, found: dict[str, Any] | None) -> str:
    """One line of the table."""
    if found is None:
        return f"{bids} bids, seed {seed}: {side:7} no answer"
    return (
        f"{bids} bids, seed {seed}: {side:7} welfare {found['welfare']:>9}, "
        f"gap {100 * found['gap']:5.1f} %, processor {found['processor']:6.1f} s, "
        f"clock {found['seconds']:6.1f} s, {found['memory_mb']} MB"
    )


def book_of(bids: int, seed: int) -> dict[str, np.ndarray]:
    """A market on a grid: buyers of up to five neighbouring things, sellers of one or two.

    Each party gives up to three alternatives, of which it wants one.
    """
    chance = np.random.default_rng([bids, seed, 4])
    places = max(20, bids // 10)
    side = int(np.ceil(np.sqrt(places)))
    base = np.rint(np.exp(chance.normal(7, 0.5, places))).astype(np.int64) + 1
    limit: list[int] = []
    group, order, place, amount = [], [], [], []
    party = 0
    while len(limit) < bids:
        sells = chance.random() < 0.4
        for _ in range(min(int(chance.integers(1, 4)), bids - len(limit))):
            things = {int(chance.integers(places))}
            size = int(chance.integers(1, 3 if sells else 6))
            while len(things) < size:
                x, y = divmod(sorted(things)[int(chance.integers(len(things)))], side)
                dx, dy = [(0, 1), (1, 0), (0, -1), (-1, 0)][int(chance.integers(4))]
                near = ((x + dx) % side) * side + (y + dy) % side
                things.add(near if near < places else int(chance.integers(places)))
            at = np.array(sorted(things))
            lots = chance.integers(2, 9, size) if sells else chance.integers(1, 5, size)
            worth = float((base[at] * lots).sum()) * np.exp(chance.normal(0, 0.2))
            worth *= 1 if sells else 1 + 0.04 * (size - 1)
            order += [len(limit)] * size
            place += at.tolist()
            amount += (-lots if sells else lots).tolist()
            limit.append(round(-worth if sells else worth))
            group.append(party)
        party += 1
    columns = {"limit": limit, "group": group, "order": order, "place": place, "amount": amount}
    return {name: np.array(values, np.int64) for name, values in columns.items()}


def ours(book: dict[str, np.ndarray], effort: float) -> dict[str, Any]:
    """The mechanism, its certificate verified; compiled code is loaded before the clock starts."""
    use_compiled_code()
    packages = Packages.from_columns(
        book["limit"],
        np.ones(len(book["limit"]), np.int64),
        book["order"],
        book["place"],
        book["amount"],
        group=book["group"],
    )
    network = Network.alone("only")
    clear(packages, network, NAME, effort=1)
    begun = perf_counter()
    clearing = clear(packages, network, NAME, effort=int(effort))
    seconds = perf_counter() - begun
    verify_clearing(packages, network, clearing, {"effort": int(effort)})
    return {
        "welfare": clearing.welfare,
        "bound": int(clearing.certificate.links["bound_claimed"][0]),
        "bound_checked": clearing.certificate.dual,
        "seconds": seconds,
    }


def recount(book: dict[str, np.ndarray], chosen: np.ndarray) -> int:
    """The welfare of fills that keep the rule."""
    taken = np.bincount(book["place"], book["amount"] * chosen[book["order"]])
    assert taken.max() <= 0
    assert np.bincount(book["group"], chosen).max() <= 1
    return int(book["limit"][chosen > 0].sum())


def highs(book: dict[str, np.ndarray], seconds: float) -> dict[str, Any]:
    """HiGHS as it comes."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", KILL_AFTER * seconds)
    begun = process_time()
    solver.cbMipInterrupt += lambda event: event.interrupt(process_time() - begun > seconds)
    accepted = [solver.addBinary(obj=float(-value)) for value in book["limit"]]
    for terms, most in rows_of(book):
        solver.addConstr(sum(int(by) * accepted[at] for at, by in terms) <= most)
    begun_at = perf_counter()
    solver.run()
    took = perf_counter() - begun_at
    info = solver.getInfo()
    values = np.array(solver.getSolution().col_value or [0.0] * len(accepted))
    welfare = recount(book, np.rint(values).astype(np.int64))
    return {"welfare": welfare, "bound": -info.mip_dual_bound, "seconds": took}


def scip(book: dict[str, np.ndarray], seconds: float) -> dict[str, Any]:
    """SCIP as it comes."""
    from pyscipopt import Model, quicksum

    model = Model()
    model.hideOutput()
    model.setParam("timing/clocktype", 1)  # processor time
    model.setParam("limits/time", seconds)
    accepted = [model.addVar(vtype="B", obj=float(value)) for value in book["limit"]]
    model.setMaximize()
    for terms, most in rows_of(book):
        model.addCons(quicksum(int(by) * accepted[at] for at, by in terms) <= most)
    begun = perf_counter()
    model.optimize()
    took = perf_counter() - begun
    values = np.array([model.getVal(one) for one in accepted])
    welfare = recount(book, np.rint(values).astype(np.int64))
    return {"welfare": welfare, "bound": model.getDualbound(), "seconds": took}


def cp_sat(book: dict[str, np.ndarray], seconds: float) -> dict[str, Any]:
    """CP-SAT with two workers."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    accepted = [model.new_bool_var(f"x{at}") for at in range(len(book["limit"]))]
    for terms, most in rows_of(book):
        model.add(sum(int(by) * accepted[at] for at, by in terms) <= most)
    model.maximize(sum(int(v) * x for v, x in zip(book["limit"], accepted, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = KILL_AFTER * seconds
    solver.parameters.num_workers = 2
    begun, done = perf_counter(), Event()
    Thread(target=stop_at, args=(solver, 2 * seconds, done), daemon=True).start()
    solver.solve(model)
    done.set()
    took = perf_counter() - begun
    chosen = np.array([solver.value(one) for one in accepted], np.int64)
    bound = solver.best_objective_bound
    return {"welfare": recount(book, chosen), "bound": bound, "seconds": took}


def stop_at(solver: Any, seconds: float, done: Event) -> None:
    """Stop a solver that has used so much processor time."""
    begun = process_time()
    while not done.wait(0.2):
        if process_time() - begun > seconds:
            solver.stop_search()
            return


def rows_of(book: dict[str, np.ndarray]) -> list[tuple[list[tuple[int, int]], int]]:
    """Each constraint as (column, factor) pairs and what they may add up to."""
    places: dict[int, list[tuple[int, int]]] = {}
    for order, place, amount in zip(book["order"], book["place"], book["amount"], strict=True):
        places.setdefault(int(place), []).append((int(order), int(amount)))
    groups: dict[int, list[tuple[int, int]]] = {}
    for at, group in enumerate(book["group"].tolist()):
        groups.setdefault(group, []).append((at, 1))
    shared = [terms for terms in groups.values() if len(terms) > 1]
    return [(terms, 0) for terms in places.values()] + [(terms, 1) for terms in shared]


SOLVE = {"HiGHS": highs, "SCIP": scip, "CP-SAT": cp_sat}


if __name__ == "__main__":
    main()
