"""The dual of a package auction evaluated by two workers against one process.

Ours in both cases: the certificates must be the same to the byte. Each way runs in a process of its
own, taking turns, with code compiled and workers started before; medians. Only the evaluations of
the dual are spread; sorting the book, its digest, the margin and the tables stay in one process,
which bounds what workers can gain.
"""

import argparse
import json
import statistics
import subprocess
import sys
from time import perf_counter
from typing import Any

from benchmarks.package import INSTRUMENTS, columns_of, packages_of
from yaosu.door import use_compiled_code
from yaosu.kernel.canonical import digest, encode
from yaosu.markets.mechanisms import clear
from yaosu.markets.network import Network
from yaosu.workers.packages import clear_packages

WARM = 50_000  # enough rows that the workers have something to do


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--rows", type=float, default=0)
    given.add_argument("--rounds", type=int, default=0)
    given.add_argument("--way", choices=["one", "two"], help=argparse.SUPPRESS)
    arguments = given.parse_args()
    rows = int(arguments.rows) or (100_000 if arguments.quick else 1_000_000)
    if arguments.way:
        print(json.dumps(one(arguments.way, rows)))
        return
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    found: dict[str, list[dict[str, Any]]] = {"one": [], "two": []}
    for _ in range(rounds):
        for way, runs in found.items():
            command = [sys.executable, "-m", "benchmarks.scale_packages"]
            command += ["--way", way, "--rows", str(rows)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout))
    digests = {run["digest"] for runs in found.values() for run in runs}
    assert len(digests) == 1, "the certificates differ"
    alone, together = (
        statistics.median(run["seconds"] for run in found[way]) for way in ("one", "two")
    )
    print(
        f"{rows:,} packages, {INSTRUMENTS} instruments, medians of {rounds}: one process "
        f"{alone:.2f} s, its dual by two workers {together:.2f} s; "
        f"speed-up {alone / together:.2f}; certificates: the same bytes"
    )


def one(way: str, rows: int) -> dict[str, Any]:
    """One way, once."""
    use_compiled_code()
    warm, packages = packages_of(columns_of(WARM)), packages_of(columns_of(rows))
    if way == "one":
        clear(warm, Network.alone(), "package")
        began = perf_counter()
        clearing = clear(packages, Network.alone(), "package")
    else:
        clear_packages(warm, jobs=2, backend="loky")
        began = perf_counter()
        clearing = clear_packages(packages, jobs=2, backend="loky")
    seconds = perf_counter() - began
    return {"seconds": seconds, "digest": digest(encode(clearing.certificate)).hex()}


if __name__ == "__main__":
    main()
