"""Several counterfactuals at once: the same hash wherever they are made."""

from collections.abc import Iterator
from pathlib import Path

import joblib
import pytest

import yaosu as ys
from tests.engine.test_replay import pack, rules
from tests.stories import EXCHANGE, Story, both_ways
from yaosu.door import use_compiled_code
from yaosu.engine.replay import replay
from yaosu.evaluation.replays.comparison import compare
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import RecordClearing
from yaosu.markets.coupling import clear_book
from yaosu.rules.pack import Pack

OTHERS: dict[str, list[Pack]] = {
    "lifted": [pack("lifted", limits=2)],
    "closed": [pack("closed", limits=0)],
    "as it was": [pack("same", limits=1)],
}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    use_compiled_code()
    path = tmp_path_factory.mktemp("journal") / "market.db"
    story = Story(open_sqlite(path)).found(factors=("compute",), rules=rules("a"))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2), clear_at_close=False)
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    story.venue.close()
    return path


@pytest.fixture(scope="module")
def hashes(journal: Path) -> dict[str, str]:
    """What a plain loop gives, one replay after another."""
    found = {}
    with open_sqlite(journal, readonly=True) as store:
        for name, packs in OTHERS.items():
            found[name] = compare(replay(store, packs), name).hash
    return found


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as local,
        distributed.Client(local),
    ):
        yield


@pytest.mark.parametrize("backend", ["sequential", "loky", "threading", None])
def test_every_backend_gives_the_same_hash(
    journal: Path, hashes: dict[str, str], backend: str | None
) -> None:
    """S0-57: several counterfactuals in parallel, the same result to the bit."""
    done: list[str] = []
    found = ys.replay_many(journal, OTHERS, backend=backend, jobs=2, on_done=done.append)
    assert {name: one.hash for name, one in found.items()} == hashes
    assert list(found) == done == list(OTHERS)
    assert len(set(hashes.values())) == len(OTHERS)


@pytest.mark.usefixtures("cluster")
def test_a_dask_cluster_gives_the_same_hash(journal: Path, hashes: dict[str, str]) -> None:
    """S0-57: named here, or chosen by joblib around the call as for any registered backend."""
    named = ys.replay_many(journal, OTHERS, backend="dask")
    assert {name: one.hash for name, one in named.items()} == hashes
    with joblib.parallel_config(backend="dask"):
        around = ys.replay_many(journal, OTHERS)
    assert {name: one.hash for name, one in around.items()} == hashes


def test_a_refusal_in_a_worker_is_the_callers_refusal(journal: Path) -> None:
    for backend in ("sequential", "loky"):
        with pytest.raises(Refusal) as caught:
            ys.replay_many(journal, OTHERS, since=10_000, backend=backend, jobs=1)
        assert caught.value.code == "engine.period_beyond"


def test_at_least_one_counterfactual_is_needed(journal: Path) -> None:
    with pytest.raises(Refusal) as caught:
        ys.replay_many(journal, {})
    assert str(caught.value) == (
        "engine.no_counterfactual: no counterfactual is given; "
        "name at least one, with the rule packs that would have been in force"
    )
