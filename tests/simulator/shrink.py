"""Make a failure small: fewer steps, fewer kinds of faults, and say the command that repeats it."""

from collections.abc import Sequence

from tests.simulator.world import FAULTS, Failure, Parts, simulate


def shrink(
    seed: int, steps: int, faults: Sequence[str] = tuple(FAULTS), parts: Parts | None = None
) -> tuple[int, tuple[str, ...], Failure] | None:
    """The fewest steps and faults found that still break a promise; None where none is broken.

    A fault is left out for good if the failure stays without it; after each success the steps
    behind the failure are cut off. Greedy, so small, not smallest.
    """
    failure = simulate(seed, steps, faults, parts)
    if failure is None:
        return None
    kept = tuple(faults)
    steps, failure = _fewer_steps(seed, steps, kept, parts, failure)
    for fault in faults:
        fewer = tuple(name for name in kept if name != fault)
        found = simulate(seed, steps, fewer, parts)
        if found is not None:
            kept = fewer
            steps, failure = _fewer_steps(seed, steps, kept, parts, found)
    return steps, kept, failure


def _fewer_steps(
    seed: int, steps: int, faults: Sequence[str], parts: Parts | None, failure: Failure
) -> tuple[int, Failure]:
    """Cut off what comes behind the failing step, then halve what is left while it still fails."""
    tried = min(failure.step, steps)
    while tried > 0:
        found = simulate(seed, tried, faults, parts)
        if found is None:
            break
        steps, failure = tried, found
        tried = min(found.step, tried - max(1, tried // 8))
    return steps, failure


def told(seed: int, steps: int, faults: Sequence[str], failure: Failure) -> str:
    """The failure, and one line that repeats it."""
    without = ",".join(name for name in FAULTS if name not in faults)
    command = f"python -m tests.simulator --seed {seed} --steps {steps}"
    if without:
        command += f" --without {without}"
    return f"seed {seed}, step {failure.step}: {failure.what}\n  {command}"
