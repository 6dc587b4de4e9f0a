"""A result does not depend on how it was computed: threads, processes, compiled code or not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.kinds import KINDS, digests
from yaosu.engine.backends import run_jobs
from yaosu.markets.mechanisms import MECHANISMS

HOUSE = Path(__file__).parents[2]
TELL = "import json; from tests.conformance.kinds import digests; print(json.dumps(digests()))"
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
WAYS = ("one thread", "four threads", "without compiled code", "threading", "loky")


def told(**environment: str) -> dict[str, str]:
    """The digests as a process of its own makes them."""
    where = {**os.environ, "PYTHONPATH": f"{HOUSE / 'src'}:{HOUSE}", **environment}
    done = subprocess.run(
        [sys.executable, "-c", TELL], env=where, capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def made(way: str) -> dict[str, str]:
    """The digests, made one way."""
    if way == "without compiled code":
        return told(YAOSU_COMPILED="0")
    if way in ("threading", "loky"):
        (found,) = run_jobs([(digests, ())], jobs=2, backend=way)
        return dict(found)
    return told(**dict.fromkeys(THREADS, "1" if way == "one thread" else "4"))


@pytest.fixture(scope="module", params=WAYS)
def other(request: pytest.FixtureRequest) -> dict[str, str]:
    """Digests of all kinds, made another way."""
    return made(request.param)


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    """Digests of all kinds, made in this process."""
    return digests()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_result_is_the_same_however_it_is_made(
    kind: str, here: dict[str, str], other: dict[str, str]
) -> None:
    """The same canonical bytes: with one thread or four, by a thread or a process of joblib, and
    with compiled code switched off."""
    assert other[kind] == here[kind]


def test_every_mechanism_is_among_the_kinds() -> None:
    assert {make().mechanism for make in KINDS.values()} == set(MECHANISMS)
