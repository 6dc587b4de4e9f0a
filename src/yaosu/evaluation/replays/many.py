"""Several counterfactuals of one journal at once, through joblib.

Every worker opens the journal read-only by its path and sends back canonical bytes, so that the
result cannot depend on where it was made. The backend is joblib's: processes (``loky``) unless
the caller chooses another by ``joblib.parallel_config``, such as ``dask`` on a cluster that sees
the same path. Every worker keeps to one thread of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import joblib

from yaosu.door import use_compiled_code
from yaosu.engine.replay import Bound, replay
from yaosu.evaluation.replays.comparison import Comparison, compare
from yaosu.journal.opening import Place, open_store, place_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.pack import Pack

PROCESSES = "loky"
THREADS_EACH = 1


def replay_many(
    journal: str | Path | PostgresUrl,
    counterfactuals: Mapping[str, Sequence[Pack]],
    *,
    policy: str = "prompt",
    since: Bound = None,
    until: Bound = None,
    jobs: int = -1,
    backend: str | None = None,
    on_done: Callable[[str], None] | None = None,
) -> dict[str, Comparison]:
    """Replay a journal once for each counterfactual; the results in the order they were given.

    Args:
        journal: path of the file, as every worker sees it, or address of a journal in PostgreSQL.
        counterfactuals: name -> rule packs in force in the place of the recorded ones.
        policy, since, until: as in :func:`yaosu.engine.replay.replay`.
        jobs: how many at once; -1 is as many as there are processors.
        backend: ``loky``, ``threading``, ``sequential``, ``dask`` or another that is registered
            with joblib; left out, what ``joblib.parallel_config`` says, else processes.
        on_done: called with the name of each counterfactual as its result arrives.

    Raises:
        Refusal: as :func:`yaosu.engine.replay.replay`; ``engine.no_counterfactual``.

    Cost: each worker holds one state; no two share anything.
    """
    refuse_unless(counterfactuals, "engine.no_counterfactual")
    place = place_of(journal)
    if isinstance(place, Path):
        place = place.resolve()
    found: dict[str, Comparison] = {}
    with _backend(backend):
        asked = joblib.Parallel(n_jobs=jobs, return_as="generator")(
            joblib.delayed(_replay_one)(place, name, tuple(packs), policy, since, until)
            for name, packs in counterfactuals.items()
        )
        for data in asked:
            comparison = canonical.decode(data, Comparison)
            found[comparison.name] = comparison
            if on_done is not None:
                on_done(comparison.name)
    return found


def _backend(name: str | None) -> AbstractContextManager[Any]:
    """The backend for the calls inside; what the caller has chosen stands where none is named."""
    if name is None:
        chosen = joblib.parallel.get_active_backend()[0]
        if not isinstance(chosen, joblib.parallel.LokyBackend):
            return nullcontext()
        name = PROCESSES
    threads = {"inner_max_num_threads": THREADS_EACH} if name == PROCESSES else {}
    found: AbstractContextManager[Any] = joblib.parallel_config(backend=name, **threads)
    return found


def _replay_one(
    place: Place, name: str, packs: tuple[Pack, ...], policy: str, since: Bound, until: Bound
) -> bytes:
    _prepare()
    with open_store(place, readonly=True) as store:
        replayed = replay(store, packs, policy, since=since, until=until)
    return canonical.encode(compare(replayed, name))


@cache
def _prepare() -> None:
    """Once a process: compiled code is found where the door keeps it."""
    use_compiled_code()
