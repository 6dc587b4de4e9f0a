"""Who starts to write a journal is told where it is and what keeps an acknowledged entry."""

import json
from pathlib import Path

import pytest

from tests.postgres import journal_url
from tests.stories import Story
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED
from yaosu.journal import open_postgres, open_sqlite
from yaosu.journal.postgres_url import parse_postgres_url

Output = pytest.CaptureFixture[str]
SOURCE = Path(__file__).parents[2] / "src" / "yaosu"
SETTINGS = "SQLite, journal_mode=wal, synchronous=FULL"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "market.db"
    story = Story(open_sqlite(path)).found()
    story.party("firm", money=100)
    story.venue.close()
    return path


def test_every_command_that_writes_a_journal_says_how_it_is_kept(
    journal: Path, tmp_path: Path, capsys: Output
) -> None:
    """On stderr, one line; --json on stdout stays one object."""
    key = str(tmp_path / "m.key")
    assert answer(["key", "new", "example.org/m", "--out", key]) == DONE
    assert answer(["copy", str(journal), str(tmp_path / "copy.db")]) == DONE
    capsys.readouterr()
    told = f"writing {journal}: {SETTINGS}\n"
    for code, words in (
        (DONE, ["key", "rotate", str(journal), "--to", key, "--actor", "exchange"]),
        (DONE, ["secrets", "prune", str(journal)]),
        (REFUSED, ["quarantine", "release", str(journal), "x", "--actor", "a", "--reason", "r"]),
    ):
        assert answer([*words, "--json"]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        assert said.err.startswith(told)
        assert said.err.count("writing") == 1
        assert json.loads(said.out)
    copied = tmp_path / "copy.db"
    assert answer(["promote", str(copied), "--retired", "it is switched off", "--json"]) in (
        DONE,
        REFUSED,
    )
    said = capsys.readouterr()
    assert f"writing {copied}: {SETTINGS}\n" in said.err
    assert json.loads(said.out)


def test_who_only_reads_is_told_nothing(journal: Path, capsys: Output) -> None:
    for words in (["verify"], ["audit"], ["journal", "show"], ["snapshot"]):
        answer([*words, str(journal)])
        assert "writing" not in capsys.readouterr().err


def test_a_server_says_what_it_promises_and_what_was_accepted(
    capsys: Output, tmp_path: Path
) -> None:
    """Every setting as it was read at opening; an accepted one is marked."""
    with journal_url() as url:
        with open_postgres(url) as store:
            story = Story(store, ("east",)).found(factors=("compute",))
            story.venue.close()
        key = str(tmp_path / "m.key")
        assert answer(["key", "new", "example.org/m", "--out", key]) == DONE
        capsys.readouterr()
        answer(["secrets", "prune", url, "--json"])
        said = capsys.readouterr()
        assert json.loads(said.out)
        (line,) = [line for line in said.err.splitlines() if line.startswith("writing ")]
        assert line.startswith(f"writing {parse_postgres_url(url).name}: PostgreSQL, fsync=")
        assert "synchronous_commit=on" in line
        with open_postgres(url) as store:
            marked = [one for one in store.settings if one.verdict == "accepted"]
            assert line.count("(accepted)") == len(marked)


def test_no_command_opens_a_journal_to_write_it_unsaid() -> None:
    """Doors open by `open_store`, which tells; the stores themselves do not."""
    for path in [*SOURCE.glob("cli/*.py"), SOURCE / "door.py", *SOURCE.glob("server/**/*.py")]:
        text = path.read_text("utf-8")
        assert "open_sqlite" not in text, path
        assert "open_postgres" not in text, path
