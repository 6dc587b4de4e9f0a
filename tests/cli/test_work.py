"""``yaosu work``: the closed books of a journal are cleared and recorded."""

import json
from pathlib import Path

import pytest

from tests.stories import Story
from yaosu.cli.app import answer
from yaosu.door import Venue
from yaosu.journal.sqlite import open_sqlite
from yaosu.workers import clearing as worker


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal in which one book is closed."""
    path = tmp_path / "market.db"
    story = Story(open_sqlite(path)).found(factors=("compute",))
    story.party("ann")
    story.party("cyd", money=1_000)
    story.right("r1", "ann", 10, instrument="gpu")
    story.market(clear_at_close=False)
    story.order("ann", -1, 10, 5).accepted()
    story.order("cyd", 1, 20, 5).accepted()
    story.close()
    story.venue.close()
    return path


def test_a_closed_book_is_cleared_and_recorded(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["work", str(journal)]) == 0
    assert capsys.readouterr().out == "round 1 of m: cleared\n"
    with open_sqlite(journal, readonly=True) as store:
        state = Venue(store).state
        assert state.markets.markets["m"].round == 2
        assert state.ledger.balance("cyd", "gpu", "free") == 5
    assert answer(["work", str(journal), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["books"]) == ("yaosu.work/1", [])
    assert answer(["work", str(journal)]) == 0
    assert capsys.readouterr().out == f"{journal}: no book is closed\n"


def test_a_book_without_a_clearing_ends_with_one_and_stays_closed(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "WORKER", (worker.sys.executable, "-c", "raise SystemExit(7)"))
    assert answer(["work", str(journal)]) == 1
    said = capsys.readouterr()
    assert said.out == "round 1 of m: not cleared (workers.worker_died)\n"
    assert "workers.worker_died: the process that cleared m ended 3 times" in said.err


def test_a_journal_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["work", str(tmp_path / "none.db")]) == 1
    assert "cli.file_missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
