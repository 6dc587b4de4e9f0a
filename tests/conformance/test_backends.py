"""One suite for all backends of `run_jobs`: the same result, refusals and order on each.

Processes, threads and one after another run everywhere; Dask is the tested cluster. Ray and Spark
are tried where they are installed, and say why not elsewhere.
"""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import yaosu as ys
from yaosu.engine.backends import run_jobs
from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal, refuse
from yaosu.workers.chunks.clear import clear_chunks
from yaosu.workers.packages import clear_packages


def ready(backend: str) -> str:
    """Empty where the backend can be tried here, else what is missing."""
    wanted = {"dask": ["distributed"], "ray": ["ray"], "spark": ["joblibspark", "pyspark"]}
    for library in wanted.get(backend, []):
        if find_spec(library) is None:
            return f"{library} is not installed"
    if backend == "spark" and shutil.which("java") is None:
        return "Spark needs Java"
    return ""


@pytest.fixture(scope="module", params=["sequential", "threading", "loky", "dask", "ray", "spark"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """A backend by name, with what it needs running."""
    name: str = request.param
    missing = ready(name)
    if missing:
        pytest.skip(missing)
    if name == "dask":
        import distributed

        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
            ) as local,
            distributed.Client(local),
        ):
            yield name
    elif name == "ray":
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield name
        ray.shutdown()
    else:
        yield name


def book() -> dict[str, Any]:
    chance = np.random.default_rng(4)
    rows = 900
    return {
        "region": [f"r{k}" for k in chance.integers(0, 5, rows)],
        "side": chance.choice([-1, 1], rows),
        "price": chance.integers(80, 120, rows),
        "quantity": chance.integers(1, 30, rows),
        "party": [f"p{k}" for k in chance.integers(0, 40, rows)],
    }


NETWORK = ys.Network.from_links(
    ["r0", "r1", "r2", "r3"], ["r1", "r2", "r3", "r4"], [90, 40, 70, 10], [1, 2, 1, 3]
)


def test_a_book_in_chunks_clears_to_the_same_bytes(backend: str, tmp_path: Path) -> None:
    """S0-57: prices, fills, flows and certificate are those of one process and one piece."""
    table = book()
    pieces = [{n: c[i : i + 300] for n, c in table.items()} for i in range(0, 900, 300)]
    found = clear_chunks(
        pieces, NETWORK, out=tmp_path, rows_each=300, jobs=2, backend=backend, levels_max=50
    )
    assert encode(found.whole()) == encode(ys.clear(ys.Orders.from_table(table), NETWORK))


def packages(rows: int = 61_000) -> ys.Packages:
    """Enough of them that the dual is summed in pieces: two legs each, over twelve goods."""
    chance = np.random.default_rng(5)
    first = chance.integers(0, 12, rows)
    good = np.stack([first, (first + chance.integers(1, 12, rows)) % 12], axis=1).ravel()
    amount = np.repeat(chance.choice([-1, 1], rows), 2) * chance.integers(1, 4, 2 * rows)
    order = np.repeat(np.arange(rows), 2)
    worth = np.bincount(order, amount * (200 + 30 * good))
    return ys.Packages.from_columns(
        limit=np.rint(worth * chance.normal(1, 0.2, rows)).astype(np.int64),
        quantity=chance.integers(1, 40, rows),
        order=order,
        instrument=[f"g{k:02}" for k in good],
        amount=amount,
    )


def test_the_dual_of_packages_is_evaluated_to_the_same_bytes(backend: str) -> None:
    """Sums of pieces are added in one order, whoever made them: the whole result is the same."""
    orders = packages()
    found = clear_packages(orders, jobs=2, backend=backend)
    assert found.volume > 0
    assert encode(found) == encode(ys.clear(orders, None, "package"))


def double(number: int) -> int:
    return 2 * number


def test_results_come_in_the_order_of_the_tasks(backend: str) -> None:
    tasks = ((double, (number,)) for number in range(7))
    assert list(run_jobs(tasks, jobs=2, backend=backend)) == [0, 2, 4, 6, 8, 10, 12]


def no_region() -> None:
    refuse("markets.unknown_region", where="an order", region="nowhere")


def test_a_refusal_in_a_task_is_the_callers(backend: str) -> None:
    with pytest.raises(Refusal) as caught:
        list(run_jobs([(no_region, ())], jobs=2, backend=backend))
    assert caught.value.code == "markets.unknown_region"


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        list(run_jobs([(double, (1,))], backend="abacus"))
    assert caught.value.code == "engine.unknown_backend"


@pytest.mark.parametrize("name", ["ray", "spark"])
def test_a_backend_without_its_library_says_what_to_install(name: str) -> None:
    if not ready(name):
        pytest.skip(f"{name} is installed here")
    with pytest.raises(Refusal) as caught:
        list(run_jobs([(double, (1,))], backend=name))
    assert caught.value.code == "kernel.extra_missing"
