"""Several counterfactuals of one journal at once, through joblib.

Every worker opens the journal read-only by its path and sends back canonical bytes, so that the
result cannot depend on where it was made; a cluster must see the same path. Which backend runs
them is said in :mod:`yaosu.engine.backends`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from yaosu.door import use_compiled_code
from yaosu.engine.backends import run_jobs
from yaosu.engine.replay import Bound, replay
from yaosu.evaluation.replays.comparison import Comparison, compare
from yaosu.journal.opening import Place, open_store, place_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules.pack import Pack


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
        backend: as in :func:`yaosu.engine.backends.run_jobs`.
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
    tasks = (
        (_replay_one, (place, name, tuple(packs), policy, since, until))
        for name, packs in counterfactuals.items()
    )
    for data in run_jobs(tasks, jobs=jobs, backend=backend):
        comparison = canonical.decode(data, Comparison)
        found[comparison.name] = comparison
        if on_done is not None:
            on_done(comparison.name)
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
