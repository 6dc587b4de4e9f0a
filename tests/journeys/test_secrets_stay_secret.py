"""Plant words and a price, live through a day with them, and look for them everywhere."""

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import yaosu as ys
from tests.journeys.planted import (
    ID_NUMBER,
    LATIN,
    NAME,
    PRICE,
    TEXTS,
    forms_of_number,
    forms_of_text,
    found_in,
    found_under,
)
from tests.journeys.secret_day import PERSON
from tests.reviewer import HOUSE
from tests.stories import EXCHANGE, MORNING
from yaosu.cli.app import answer
from yaosu.door import new_wrapping_key
from yaosu.engine.clock import StepClock
from yaosu.engine.receipt import Receipt
from yaosu.markets.commands import CloseBook
from yaosu.parties.commands import EraseKey
from yaosu.workers.opening import open_bids

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder that the day left behind, and all that its process said."""
    folder = tmp_path_factory.mktemp("day")
    (folder / "wrapping").touch(0o600)
    (folder / "wrapping").write_text(new_wrapping_key().text)
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.secret_day", str(folder)],
        cwd=HOUSE,
        env={
            "PYTHONPATH": f"{HOUSE / 'src'}:{HOUSE}",
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    return (folder, done.stdout + done.stderr)


def said_by(*arguments: str) -> str:
    """All that a command line prints, to whichever side."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        answer(arguments)
    return said.getvalue()


def test_the_search_finds_what_stands_in_plain(tmp_path: Path) -> None:
    """A search that finds nothing proves nothing, unless it would have found it."""
    for text in TEXTS:
        for form, raw in forms_of_text(text):
            assert len(raw) >= 6, (text, form)
            assert found_in(b"before" + raw + b"after"), (text, form)
    for _, raw in forms_of_number(PRICE):
        assert found_in(b"\x00" + raw)
    (tmp_path / LATIN).write_bytes(NAME.encode())
    assert len(found_under(tmp_path)) >= 2
    assert not found_in(b"nothing of the kind" * 100)


def test_nothing_planted_stands_in_any_file_or_line_that_a_day_leaves_behind(
    day: tuple[Path, str],
) -> None:
    """S1-22: journal, write-ahead log, lock, key store, copies, log, output, tracebacks."""
    folder, said = day
    assert said.count("Traceback") >= 10, "the mistakes were made, and shown"
    assert "went through" not in said
    assert "journal.bad_sealed" in said
    assert found_in(said.encode()) == []
    names = {path.name for path in folder.rglob("*")}
    assert {"market.db", "market.db-wal", "market.keys", "log"} <= names
    assert found_under(folder) == []


def test_nothing_planted_comes_out_of_the_command_line(
    day: tuple[Path, str], tmp_path: Path
) -> None:
    """S1-22: exports, proofs, backups and reports are made of what the journal holds."""
    folder, _ = day
    journal = str(folder / "market.db")
    keys = ("--keys", str(folder / "market.keys"), "--wrapping-key", str(folder / "wrapping"))
    said = [
        said_by("verify", journal, *keys),
        said_by("verify", journal, "--json"),
        said_by("audit", journal),
        said_by("journal", "show", journal, "--full"),
        said_by("journal", "show", journal, "--full", "--json"),
        said_by("export", journal, "--tlog", str(tmp_path / "tlog")),
        said_by("backup", journal, str(tmp_path / "backup.db")),
        said_by("secrets", "show", keys[1], *keys[2:]),
        said_by("secrets", "show", keys[1], "--wrapping-key", journal),
    ]
    assert "0 missing" in said[0]
    assert (tmp_path / "backup.db").exists()
    assert found_in("".join(said).encode()) == []
    assert found_under(tmp_path) == []


def test_nothing_planted_stands_in_exported_tables(day: tuple[Path, str], tmp_path: Path) -> None:
    """S1-22: the tables are compressed, so they are read before they are searched."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra arrow")
    folder, _ = day
    said_by("export", str(folder / "market.db"), "--out", str(tmp_path))
    tables = sorted(tmp_path.glob("*.parquet"))
    assert len(tables) > 3
    for table in tables:
        text = str(parquet.read_table(table).to_pylist())
        assert found_in(text.encode()) == [], table.name


def copied(day: Path, folder: Path) -> Path:
    """What the crash left, somewhere else; the journal's path."""
    for name in ("market.db", "market.db-wal", "market.keys", "wrapping"):
        (folder / name).write_bytes((day / name).read_bytes())
        (folder / name).chmod(0o600)
    return folder / "market.db"


def test_nothing_planted_stands_in_a_snapshot(day: tuple[Path, str], tmp_path: Path) -> None:
    """S1-22: a snapshot holds the state, and the state holds no secret."""
    journal = copied(day[0], tmp_path)
    ys.open(journal, clock=StepClock(MORNING + HOUR), wrapping_key=tmp_path / "wrapping").close()
    made = ys.snapshot(journal)
    assert made is not None
    assert b"person/wei" in made.read_bytes()
    assert found_under(tmp_path) == []


def test_after_the_crash_what_was_sealed_opens_and_what_was_erased_does_not(
    day: tuple[Path, str], tmp_path: Path
) -> None:
    """S1-22: recovery reads no secret; opening makes the bid public, and nothing else."""
    journal = copied(day[0], tmp_path)
    clock = StepClock(MORNING + HOUR)
    with ys.open(journal, clock=clock, wrapping_key=tmp_path / "wrapping") as venue:
        wei = venue.entry_of(EXCHANGE, "person-0")
        gone = venue.entry_of(EXCHANGE, "person-1")
        assert wei is not None
        assert gone is not None
        for item, value in PERSON.items():
            assert venue.open_sealed(wei, item).value == value
        with pytest.raises(ys.Refusal, match=r"journal\.key_erased"):
            venue.open_sealed(gone, "name")
        venue.submit(CloseBook(actor=EXCHANGE, key="close-1", market="m")).accepted()
        (opened,) = open_bids(venue, "m").values()
        assert isinstance(opened, Receipt)
        assert opened.is_accepted
        venue.submit(CloseBook(actor=EXCHANGE, key="close-2", market="m")).accepted()
        for party in ("wei", "anna"):
            for number, data_key in enumerate((f"person/{party}", f"bids/m/1/{party}")):
                erasure = EraseKey(
                    actor=EXCHANGE,
                    key=f"erase-{party}-{number}",
                    data_key=data_key,
                    reason="asked",
                    legal_basis="PIPL art. 47",
                )
                venue.submit(erasure)
        found = venue.verify().secrets
        assert (found.matches, found.missing) == (0, 0)
        assert found.erased == 13
        assert venue.audit().is_clean
    left = found_in((tmp_path / "market.db").read_bytes())
    assert left, "the opened bid is public"
    assert all(str(PRICE) in what for what in left), "and nothing else is"
    assert not any(text in "".join(left) for text in (NAME, LATIN, ID_NUMBER))
