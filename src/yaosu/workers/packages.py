"""A package auction whose dual is evaluated by workers: the same result as in one process.

The dual is a sum over orders in as many unknowns as there are prices. So the orders are written
down once, in pieces, where every worker can read them; each step sends the prices out, and brings a
value, a slope and a curvature back from each piece. What is added is added in the order of the
pieces, which depends on the number of orders alone: whoever made the sums, they are the same to
the last bit.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from yaosu.door import use_compiled_code
from yaosu.engine.backends import run_jobs
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.package import PackageParameters, clear_package
from yaosu.markets.mechanisms.package_algebra import Floats
from yaosu.markets.mechanisms.package_smooth import (
    Evaluate,
    Rows,
    Sums,
    added,
    pieces_of,
    smoothed_piece,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

COLUMNS = ("starts", "place", "amount", "limit", "top", "width")


def clear_packages(
    orders: Orders | Packages,
    network: Network | None = None,
    *,
    work: str | Path | None = None,
    jobs: int = -1,
    backend: str | None = None,
    **parameters: Any,
) -> Clearing:
    """Clear divisible packages, the evaluations of the dual spread over workers.

    Args:
        network: regions and links; None lets every region stand alone.
        work: a folder that all workers see under this path; left out, one of this machine.
        jobs, backend: as in `run_jobs`.
        parameters: of the package auction.

    Raises:
        Refusal: as `clear`; ``engine.unknown_backend``, ``kernel.extra_missing``.

    Cost: as in one process, and about 60 bytes of disk a leg for the time being.
    """
    use_compiled_code()
    if network is None:
        table = orders.columns if isinstance(orders, Orders) else orders.legs
        network = Network.alone(*table.text("region").values)
    refuse_unless(network.is_plain, "markets.only_plain_links", what="the mechanism package")
    chosen = PackageParameters.of(**parameters)
    with tempfile.TemporaryDirectory(dir=work, prefix="yaosu-packages-") as folder:
        over = partial(_over, Path(folder).resolve(), jobs, backend)
        return clear_package(orders, network, chosen, over)


def _over(folder: Path, jobs: int, backend: str | None, rows: Rows, width: Floats) -> Evaluate:
    """Write the pieces down, and evaluate them by tasks."""
    paths = []
    for number, (begin, end) in enumerate(pieces_of(len(rows.limit))):
        path = folder / f"piece-{number}"
        path.mkdir()
        piece = rows.between(begin, end)
        for name in COLUMNS[:-1]:
            np.save(path / f"{name}.npy", getattr(piece, name))
        np.save(path / "width.npy", width[begin:end])
        paths.append(str(path))

    def evaluate(price: Floats) -> Sums:
        tasks: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
            (evaluate_piece, (path, price)) for path in paths
        ]
        pieces = list(run_jobs(tasks, jobs=jobs, backend=backend))
        return added([(value, _whole(slope), _whole(curve)) for value, slope, curve in pieces])

    return evaluate


def _whole(numbers: Floats) -> Floats:
    """What came back, as an array that may be added to."""
    return np.array(numbers)


def evaluate_piece(path: str, price: Floats) -> Sums:
    """The smoothed dual of one piece, read from its files."""
    use_compiled_code()
    columns = [np.load(Path(path, f"{name}.npy"), mmap_mode="c") for name in COLUMNS]
    starts, place, amount, limit, top, width = (np.asarray(column) for column in columns)
    rows = Rows(starts, place, amount, limit, top, len(price))
    return smoothed_piece(rows, width, np.array(price))
