"""Run the benchmarks one after another and write docs/reference/benchmarks.md.

    python tools/run_benchmarks.py [--full] [NAME ...]

A benchmark is a script benchmarks/NAME.py. It accepts --quick, measures against a peer or a limit
in the same run, and prints lines a person can read, the ratio among them; its docstring says in
one line what is compared with what. It exits with 1 when it could not measure: then no page is
written.
"""

import argparse
import ast
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
PAGE = HOUSE / "docs" / "reference" / "benchmarks.md"
LEAD = """\
# Benchmarks

<!-- made by `make bench` -->

What `make bench` printed on the machine named below. Each benchmark compares with a peer or with a
limit in the same run, so that the ratio means something on other machines too; the seconds do not.
"""


def main() -> int:
    """Run and write; 0 when all could measure."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--full", action="store_true", help="the sizes of the claims: minutes")
    arguments.add_argument("names", nargs="*", help="only these, and write no page")
    given = arguments.parse_args()
    found = sorted((HOUSE / "benchmarks").glob("[!_]*.py"))
    chosen = [path for path in found if not given.names or path.stem in given.names]
    if not chosen:
        print("no such benchmark; there are:", ", ".join(path.stem for path in found) or "none")
        return 2
    where = machine("quick" if not given.full else "full")  # before the benchmarks load it
    sections = []
    for path in chosen:
        told = measure(path, quick=not given.full)
        if told is None:
            print(f"{path.name} could not measure; no page is written")
            return 1
        sections.append(told)
    if not given.names:
        PAGE.write_text("\n".join([LEAD, where, "", *sections]), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(HOUSE)}")
    return 0


def measure(path: Path, *, quick: bool) -> str | None:
    """The section of one benchmark, or none where it failed."""
    print(f"== {path.stem}", flush=True)
    command = [sys.executable, str(path), *(["--quick"] if quick else [])]
    where = {**os.environ, "PYTHONPATH": str(HOUSE)}  # benchmarks may tell the tests' stories
    done = subprocess.run(
        command, cwd=HOUSE, env=where, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout, flush=True)
    if done.returncode != 0:
        return None
    about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    title = path.stem.replace("_", " ")
    return f"## {title}\n\n{about}\n\n```\n{done.stdout.rstrip()}\n```\n"


def machine(size: str) -> str:
    """Where and when it was measured."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    day = datetime.now(UTC).date().isoformat()
    busy = f"{os.getloadavg()[0]:.1f}"
    return (
        f"Measured {day}, {size} sizes, on {os.cpu_count()} cores ({model}), "
        f"Python {platform.python_version()}; {busy} other processes were running."
    )


if __name__ == "__main__":
    sys.exit(main())
