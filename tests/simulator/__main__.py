"""Run the simulator by hand, or repeat a failure: python -m tests.simulator --seed N --steps M."""

import argparse
import sys

from tests.simulator.planted import PLANTED
from tests.simulator.shrink import shrink, told
from tests.simulator.world import FAULTS, Parts
from yaosu.kernel import compiled

STEPS = 120


def main() -> int:
    """Exit code 1 where a promise was broken."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    asked.add_argument("--seed", type=int, default=0, help="the first seed")
    asked.add_argument("--seeds", type=int, default=1, help="how many, one after another")
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--without", default="", help=f"faults to leave out: {','.join(FAULTS)}")
    asked.add_argument("--planted", choices=sorted(PLANTED), help="test a bug planted on purpose")
    options = asked.parse_args()
    left_out = set(filter(None, options.without.split(",")))
    if left_out - set(FAULTS):
        asked.error(f"unknown faults: {', '.join(sorted(left_out - set(FAULTS)))}")
    compiled.configure(enabled=False, cache_root=None)  # small books; compiling takes longer
    faults = tuple(name for name in FAULTS if name not in left_out)
    parts = PLANTED[options.planted] if options.planted else Parts()
    failed = 0
    for seed in range(options.seed, options.seed + options.seeds):
        found = shrink(seed, options.steps, faults, parts)
        if found is not None:
            failed += 1
            print(told(seed, *found))
    print(f"{options.seeds} seeds, {options.steps} steps each: {failed} broke a promise")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
