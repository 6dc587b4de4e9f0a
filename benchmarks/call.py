"""The call auction against sorting: clear and check n orders over 31 regions, argsort their keys.

The keys are (region, side, price) packed into one 64-bit number, sorted by `np.argsort` (stable) in
the same run, taking turns with the clearing; medians. Where highspy is installed, HiGHS (presolve
off, another process) solves the same welfare problem and must find the same welfare.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from time import perf_counter

import numpy as np

from yaosu.door import use_compiled_code
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

REGIONS = 31
PEER_ORDERS = 100_000


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = given.parse_args()
    if arguments.peer:
        print(json.dumps(solve_with_highs(int(arguments.peer))))
        return
    use_compiled_code()
    for orders in (100_000,) if arguments.quick else (100_000, 1_000_000):
        measure(orders, rounds=5 if arguments.quick else 7)
    compare_with_highs(10_000 if arguments.quick else PEER_ORDERS)


def columns_of(orders: int, seed: int = 0) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A random market: regions with price levels of their own, joined to near neighbours."""
    chance = np.random.default_rng([orders, seed])
    place = chance.random((REGIONS, 2))
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    pairs = {(i, i + 1) for i in range(REGIONS - 1)}
    for i in range(REGIONS):
        pairs |= {(min(i, j), max(i, j)) for j in np.argsort(distance[i])[1:4].tolist()}
    ends = np.array(sorted(pairs))
    source, target = np.concatenate([ends, ends[:, ::-1]]).T
    region = chance.integers(0, REGIONS, orders)
    side = np.where(chance.random(orders) < 0.5, 1, -1)
    level = np.exp(chance.normal(0, 0.25, REGIONS))
    spread = np.exp(chance.normal(0, 0.35, orders) + 0.05 * side)
    quantity = 1 + np.floor(chance.pareto(1.5, orders) * 10).clip(max=2000).astype(np.int64)
    capacity = quantity.sum() / REGIONS * 0.06 * np.exp(chance.normal(0, 0.8, len(source)))
    book = {
        "region": region,
        "side": side,
        "price": np.rint(100_000 * level[region] * spread).astype(np.int64),
        "quantity": quantity,
    }
    links = {
        "source": source,
        "target": target,
        "capacity": np.rint(capacity).astype(np.int64) + 1,
        "cost": np.rint(200 + 12_000 * distance[source, target]).astype(np.int64),
    }
    return book, links


def measure(orders: int, rounds: int) -> None:
    """Print medians of sort, clearing and check, taking turns, and their ratio."""
    book, links = columns_of(orders)
    submitted = Orders.from_columns(**book)
    network = Network.from_links(**links, regions=range(REGIONS))
    segment = 2 * book["region"] + (book["side"] < 0)
    keys = (segment << 40) | book["price"]
    clearing = clear(submitted, network)  # compiles
    verify_clearing(submitted, network, clearing)
    taken: dict[str, list[float]] = {"sort": [], "clear": [], "verify": []}
    for _ in range(rounds):
        for name, work in (
            ("sort", lambda: np.argsort(keys, kind="stable")),
            ("clear", lambda: clear(submitted, network)),
            ("verify", lambda: verify_clearing(submitted, network, clearing)),
        ):
            start = perf_counter()
            work()
            taken[name].append(perf_counter() - start)
    sort, cleared, verified = (statistics.median(taken[name]) for name in taken)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{orders:>9,} orders, {REGIONS} regions, {len(links['source'])} links: "
        f"clear {cleared:.3f} s, check {verified:.3f} s, argsort {sort:.3f} s; "
        f"clear/argsort {cleared / sort:.1f}; welfare {clearing.welfare:,}; "
        f"peak memory of the process {peak} MB"
    )


def compare_with_highs(orders: int) -> None:
    """Print the time of HiGHS on the same problem and the ratio; the welfare must be the same."""
    book, links = columns_of(orders)
    submitted = Orders.from_columns(**book)
    network = Network.from_links(**links, regions=range(REGIONS))
    start = perf_counter()
    clearing = clear(submitted, network)
    ours = perf_counter() - start
    peer = subprocess.run(
        [sys.executable, __file__, "--peer", str(orders)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = json.loads(peer.stdout) if peer.returncode == 0 else {"reason": "it failed"}
    if "seconds" not in found:
        print(f"HiGHS was not compared: {found['reason']}")
        return
    assert abs(found["welfare"] - clearing.welfare) <= 1e-6 * clearing.welfare, found
    print(
        f"{orders:>9,} orders: HiGHS (presolve off) {found['seconds']:.2f} s, clear {ours:.3f} s; "
        f"HiGHS/clear {found['seconds'] / ours:.0f}; welfare agrees to "
        f"{abs(found['welfare'] - clearing.welfare):.3g}"
    )


def solve_with_highs(orders: int) -> dict[str, float | str]:
    """The welfare problem as a linear program; in a process of its own."""
    try:
        import highspy
    except ModuleNotFoundError:
        return {"reason": "highspy is not installed"}
    book, links = columns_of(orders)
    count = len(links["source"])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = orders + count, REGIONS
    worth = (book["side"] * book["price"]).astype(float)
    model.col_cost_ = np.concatenate([-worth, links["cost"].astype(float)])
    model.col_lower_ = np.zeros(orders + count)
    model.col_upper_ = np.concatenate([book["quantity"], links["capacity"]]).astype(float)
    model.row_lower_ = model.row_upper_ = np.zeros(REGIONS)
    starts = np.concatenate([np.arange(orders), orders + 2 * np.arange(count + 1)])
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = np.concatenate(
        [book["region"], np.column_stack([links["source"], links["target"]]).ravel()]
    )
    model.a_matrix_.value_ = np.concatenate(
        [book["side"].astype(float), np.tile([1.0, -1.0], count)]
    )
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.passModel(model)
    start = perf_counter()
    solver.run()
    return {
        "seconds": perf_counter() - start,
        "welfare": -solver.getInfo().objective_function_value,
    }


if __name__ == "__main__":
    main()
