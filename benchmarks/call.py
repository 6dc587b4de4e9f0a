"""The call auction against sorting: clear and check books of many shapes, argsort their keys.

The keys are (region, side, price) packed into one 64-bit number, sorted by `np.argsort` as it
comes in the same run, taking turns with the clearing; medians. Memory is the peak of what is
allocated while clearing (tracemalloc, in a process of its own), the orders themselves not counted.
Where highspy is installed, HiGHS (presolve off, another process) solves the same welfare problem
and must find the same welfare.

    python benchmarks/call.py            the shapes at 1e6 orders, 1e5, 1e7, many instruments
    python benchmarks/call.py --quick    smaller
"""

import argparse
import json
import statistics
import subprocess
import sys
import tracemalloc
from time import perf_counter

import numpy as np

from yaosu.door import use_compiled_code
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

REGIONS = 31
PEER_ORDERS = 100_000
ROUNDS = 7
SHAPES = ("plain", "equal_prices", "far_outliers", "log_uniform", "one_region")
INSTRUMENTS, ORDERS_EACH = 2_000, 500

Book = dict[str, np.ndarray]


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--peer", type=int, help=argparse.SUPPRESS)
    given.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    arguments = given.parse_args()
    if arguments.peer:
        print(json.dumps(solve_with_highs(arguments.peer)))
        return
    use_compiled_code()
    if arguments.memory:
        shape, orders, instruments = arguments.memory
        print(json.dumps(peak_above_input(shape, int(orders), int(instruments))))
        return
    sizes = (100_000,) if arguments.quick else (100_000, 1_000_000, 10_000_000)
    for orders in sizes:
        measure("plain", orders)
    for shape in SHAPES[1:]:
        measure(shape, 100_000 if arguments.quick else 1_000_000)
    instruments = 200 if arguments.quick else INSTRUMENTS
    measure("plain", instruments * ORDERS_EACH, instruments)
    compare_with_highs(10_000 if arguments.quick else PEER_ORDERS)


def columns_of(orders: int, seed: int = 0, shape: str = "plain") -> tuple[Book, Book]:
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
    if shape == "equal_prices":
        book["price"] = np.full(orders, 100_000)
    elif shape == "far_outliers":
        book["price"][chance.random(orders) < 0.001] = 10**12
    elif shape == "log_uniform":
        book["price"] = np.exp(chance.uniform(0, np.log(1e9), orders)).astype(np.int64)
    elif shape == "one_region":
        book["region"] = np.where(chance.random(orders) < 0.99, 7, region)
    return book, links


def market_of(shape: str, orders: int, instruments: int = 1) -> tuple[Orders, Network, np.ndarray]:
    """Orders, network, and the keys that a sort of the book would sort."""
    book, links = columns_of(orders, shape=shape)
    segment = 2 * book["region"] + (book["side"] < 0)
    names = None
    if instruments > 1:
        instrument = np.random.default_rng(1).integers(0, instruments, orders)
        names = np.array([f"i{k:05d}" for k in range(instruments)])[instrument]
        links["capacity"] = np.maximum(links["capacity"] // instruments, 1)
        segment += 2 * REGIONS * instrument
    keys = (segment << 40) | book["price"]
    submitted = Orders.from_columns(instrument=names, **book)
    return submitted, Network.from_links(**links, regions=range(REGIONS)), keys


def measure(shape: str, orders: int, instruments: int = 1) -> None:
    """Print medians of sort, clearing and check, taking turns, and their ratio."""
    submitted, network, keys = market_of(shape, orders, instruments)
    clearing = clear(submitted, network)  # compiles
    verify_clearing(submitted, network, clearing)
    taken: dict[str, list[float]] = {"sort": [], "clear": [], "verify": []}
    for _ in range(ROUNDS):
        for name, work in (
            ("sort", lambda: np.argsort(keys)),
            ("clear", lambda: clear(submitted, network)),
            ("verify", lambda: verify_clearing(submitted, network, clearing)),
        ):
            start = perf_counter()
            work()
            taken[name].append(perf_counter() - start)
    sort, cleared, verified = (statistics.median(taken[name]) for name in taken)
    ratio = statistics.median(c / s for c, s in zip(taken["clear"], taken["sort"], strict=True))
    memory = in_another_process("--memory", shape, str(orders), str(instruments))
    print(
        f"{shape}, {orders:,} orders, {instruments:,} x {REGIONS} regions, "
        f"{network.links.rows} links: clear {cleared:.3f} s, check {verified:.3f} s, "
        f"argsort {sort:.3f} s; clear/argsort {ratio:.2f}; welfare {clearing.welfare:,}; "
        f"memory above the input {memory['above_mb']:.0f} MB (input {memory['input_mb']:.0f} MB)",
        flush=True,
    )


def peak_above_input(shape: str, orders: int, instruments: int) -> dict[str, float]:
    """Peak memory of this process while it clears, above what it holds before."""
    clear(*market_of(shape, 10_000)[:2])  # compiles, and loads what is loaded once
    submitted, network, _ = market_of(shape, orders, instruments)
    tracemalloc.start()
    clear(submitted, network)
    peak = tracemalloc.get_traced_memory()[1]
    held = submitted.columns
    numbers = [held["side"], held["price"], held["quantity"]]
    numbers += [held.text("region").codes, held.text("instrument").codes]
    return {
        "above_mb": peak / 2**20,
        "input_mb": sum(column.nbytes for column in numbers) / 2**20,
    }


def in_another_process(*arguments: str) -> dict[str, float | str]:
    """What this file prints when run with the arguments."""
    ran = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    found: dict[str, float | str] = {"reason": "it failed"}
    return json.loads(ran.stdout) if ran.returncode == 0 else found


def compare_with_highs(orders: int) -> None:
    """Print the time of HiGHS on the same problem and the ratio; the welfare must be the same."""
    submitted, network, _ = market_of("plain", orders)
    clear(submitted, network)
    start = perf_counter()
    clearing = clear(submitted, network)
    ours = perf_counter() - start
    found = in_another_process("--peer", str(orders))
    if "seconds" not in found:
        print(f"HiGHS was not compared: {found['reason']}")
        return
    assert abs(found["welfare"] - clearing.welfare) <= 1e-6 * clearing.welfare, found
    print(
        f"{orders:,} orders: HiGHS (presolve off) {found['seconds']:.2f} s, clear {ours:.3f} s; "
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
