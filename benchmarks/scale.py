"""A book in chunks against the same book in one piece, and two workers against one.

Ours in both cases: what is shown is that memory does not grow with the book while the certificate
stays the same to the byte, what that costs, and what another process gains. Each way runs in a
process of its own, taking turns; medians of CPU time and of the clock, the greatest memory of
driver and workers together. Peak memory stands beside the size of the file and of its columns.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import yaosu as ys
from yaosu.door import use_compiled_code
from yaosu.kernel.canonical import digest, encode
from yaosu.workers.chunks.clear import clear_chunks
from yaosu.workers.chunks.source import orders_of_table

REGIONS = 31
PARTIES = 20_000
COLUMNS_BYTES = 4 + 1 + 8 + 8 + 4  # of an order: region, side, price, quantity, party


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--rows", type=float, default=0)
    given.add_argument("--rounds", type=int, default=0)
    given.add_argument("--one", nargs=2, metavar=("HOW", "FILE"))
    given.add_argument("--chunk", type=int, default=0)
    arguments = given.parse_args()
    if arguments.one:
        print(json.dumps(one(*arguments.one, arguments.chunk)))
        return
    rows = int(arguments.rows) or (300_000 if arguments.quick else 20_000_000)
    rounds = arguments.rounds or (3 if arguments.quick else 1)
    with tempfile.TemporaryDirectory() as place:
        compare(Path(place) / "orders.parquet", rows, rounds, max(rows // 20, 50_000))


def compare(path: Path, rows: int, rounds: int, chunk: int) -> None:
    """Take turns and print."""
    write_book(path, rows)
    chunk = min(chunk, 1_000_000)
    ways = ["piece", "chunks", "workers"]
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            command = [sys.executable, __file__, "--one", way, str(path), "--chunk", str(chunk)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[way].append(json.loads(done.stdout))
    digests = {run["digest"] for runs in found.values() for run in runs}
    assert len(digests) == 1, "the certificates differ"
    size, columns = path.stat().st_size / 1e6, rows * COLUMNS_BYTES / 1e6
    print(f"{rows:,} orders, {REGIONS} regions, {PARTIES:,} parties, chunks of {chunk:,}")
    print(f"  file {size:,.0f} MB compressed, its columns {columns:,.0f} MB in memory")
    middle = {
        way: {k: medians(runs, k) for k in ("cpu", "clock", "mb")} for way, runs in found.items()
    }
    for way, told in (
        ("piece", "in one piece"),
        ("chunks", "in chunks, one process"),
        ("workers", "in chunks, two workers"),
    ):
        m = middle[way]
        print(f"  {told}: {m['clock']:.2f} s, CPU {m['cpu']:.2f} s, peak {m['mb']:,.0f} MB")
    gained = middle["chunks"]["clock"] / middle["workers"]["clock"]
    work = middle["chunks"]["cpu"] / middle["piece"]["cpu"]
    print(f"  ratio of CPU, chunks to one piece: {work:.1f}")
    print(f"  speed-up of two workers against one process: {gained:.2f}")
    print("  certificates: the same bytes")


def medians(runs: list[dict[str, Any]], name: str) -> float:
    """The middle one."""
    return float(statistics.median(run[name] for run in runs))


def one(way: str, path: str, chunk: int) -> dict[str, Any]:
    """One way, measured in this process; compiled code and workers are warm before it begins."""
    use_compiled_code()
    network = links()
    with tempfile.TemporaryDirectory() as out:
        warm = [{"region": ["r00"] * 2, "side": [1, -1], "price": [2, 1], "quantity": [1, 1]}]
        backend, jobs = ("loky", 2) if way == "workers" else ("sequential", 1)
        clear_chunks(warm * 2, network, out=out, jobs=jobs, backend=backend)
        began, cpu = perf_counter(), used()
        if way == "piece":
            clearing = ys.clear(orders_of_table(pq.read_table(path)), network)
            certificate = clearing.certificate
        else:
            certificate = clear_chunks(
                path, network, out=out, rows_each=chunk, jobs=jobs, backend=backend
            ).certificate
        clock, cpu = perf_counter() - began, used() - cpu
    if way == "workers":
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
        cpu = used()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = (own + (2 * child if way == "workers" else 0)) / 1024
    return {"clock": clock, "cpu": cpu, "mb": peak, "digest": digest(encode(certificate)).hex()}


def used() -> float:
    """CPU seconds of this process and of children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def links() -> ys.Network:
    """A ring over all regions, both ways."""
    names = [f"r{i:02}" for i in range(REGIONS)]
    after = [*names[1:], names[0]]
    return ys.Network.from_links(
        names + after, after + names, [40_000] * (2 * REGIONS), [300] * (2 * REGIONS)
    )


def write_book(path: Path, rows: int) -> None:
    """Prices spread widely, so that there are nearly as many levels as orders."""
    chance = np.random.default_rng(rows)
    names = pa.array([f"r{i:02}" for i in range(REGIONS)])
    parties = pa.array([f"firm-{i:05}" for i in range(PARTIES)])
    writer = None
    for begin in range(0, rows, 1_000_000):
        some = min(1_000_000, rows - begin)
        side = chance.integers(0, 2, some).astype(np.int32)
        level = 100_000 * np.exp(chance.normal(0, 0.35, some) - 0.1 * side)
        table = pa.table(
            {
                "region": coded(chance.integers(0, REGIONS, some), names),
                "side": coded(side, pa.array(["buy", "sell"])),
                "price": pa.array(np.rint(level).astype(np.int64)),
                "quantity": pa.array(chance.integers(1, 200, some)),
                "party": coded(chance.integers(0, PARTIES, some), parties),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=min(1_000_000, max(rows // 20, 50_000)))
    assert writer is not None
    writer.close()


def coded(codes: Any, names: Any) -> Any:
    """Text as codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)


if __name__ == "__main__":
    main()
