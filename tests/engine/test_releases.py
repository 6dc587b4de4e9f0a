"""One recorded journal a release, which every later version must recover for ever."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.engine.test_writer import founding
from tests.fixtures.release_story import record
from tests.fixtures.released import found_in
from yaosu import __version__, core
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import audit
from yaosu.journal.sqlite import open_sqlite

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"
VERSIONS = sorted(path.stem for path in RECORDED.glob("*.db"))
# events that the story does not bring about, and why
LEFT_OUT = {
    "core.journal_continued/1": "a journal that goes on in a copy is told by the tests of copies",
}


@pytest.fixture(params=VERSIONS)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A copy of a released journal, and what must be found in it."""
    shutil.copy(RECORDED / f"{request.param}.db", tmp_path / "market.db")
    expected = json.loads((RECORDED / f"{request.param}.json").read_text("utf-8"))
    return tmp_path / "market.db", expected


def test_a_released_journal_recovers_and_verifies(
    released: tuple[Path, dict[str, Any]],
) -> None:
    """Same entries, same root, same balances, holders, contracts; the same state where it can."""
    path, expected = released
    found = found_in(path)
    if found["shape"] != expected["shape"]:  # the state has other fields now
        expected = {**expected, "shape": found["shape"], "state_hash": found["state_hash"]}
    assert {"version": expected["version"], **found} == expected


def test_a_released_journal_goes_on(released: tuple[Path, dict[str, Any]]) -> None:
    path, expected = released
    with open_sqlite(path) as store:
        last = next(iter(store.read(store.size - 1))).header.instant
        with Venue(store, StepClock(last + 1)) as venue:
            assert venue.state.parties.venue is not None
            before = venue.store.size
            again = structs.replace(founding("again"), actor="exchange")
            assert venue.submit(again).refusal is not None
            assert venue.store.size == before + 1
    with open_sqlite(path, readonly=True) as store:
        audited = audit(store)
    assert audited.recorded > expected["entries"]  # one that records a hash of the state
    assert audited.is_clean or expected["version"] != __version__


def test_the_story_of_a_release_has_every_event_and_is_the_same_every_time(
    tmp_path: Path,
) -> None:
    told = []
    for name in ("one", "two"):
        record(tmp_path / f"{name}.db")
        told.append(found_in(tmp_path / f"{name}.db"))
    assert told[0] == told[1]
    known = {word.__struct_config__.tag for word in (*core.EVOLVE, *core.OWN_EVENTS)}
    missing = known - set(told[0]["events"])
    assert missing == set(LEFT_OUT), "tell it in tests/fixtures/release_story.py"
