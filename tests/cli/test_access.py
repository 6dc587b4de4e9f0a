"""`yaosu access`: entry, recognition, equal use and exit from the shell."""

import json
from pathlib import Path

import pytest

from tests.stories import Story
from yaosu.cli.access import TABLES
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED
from yaosu.journal.sqlite import open_sqlite


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "venue.db"
    story = Story(open_sqlite(path)).found(("compute",))
    story.party("firm", money=1_000)
    story.right("r1", "firm", 10, instrument="gpu")
    story.venue.close()
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    assert answer([*map(str, arguments), "--json"]) == DONE, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_every_table_is_listed(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for what in TABLES:
        assert told(capsys, "access", "list", journal, what)["what"] == what
    assert answer(["access", "list", str(journal), "admissions"]) == DONE
    assert "compute" in capsys.readouterr().out


def test_what_keeps_a_party_is_told_step_by_step(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S0-04: a blocked exit lists what blocks it, from the shell too."""
    steps = told(capsys, "access", "exit", journal, "firm")["steps"]
    assert isinstance(steps, list)
    assert [step["step"] for step in steps if not step["done"]] == [
        "close positions", "give up admissions", "deregister",
    ]  # fmt: skip
    assert answer(["access", "exit", str(journal), "firm"]) == DONE
    assert "right r1" in capsys.readouterr().out
    assert answer(["access", "exit", str(journal), "nobody"]) == REFUSED
    assert "parties.unknown" in capsys.readouterr().err


def test_entry_cost_equal_use_and_friction_are_reported(
    journal: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """S1-05 S4-03 S0-07: the three reports from the shell."""
    rows = told(capsys, "access", "entry-cost", journal, "compute")["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 4
    own = tmp_path / "sizes.toml"
    own.write_text('[[sizes]]\nid = "one"\nfacts = {}\n')
    rows = told(capsys, "access", "entry-cost", journal, "compute", "--sizes", own)["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 1
    assert answer(["access", "equal-use", str(journal)]) == DONE
    assert "no requests were answered otherwise" in capsys.readouterr().out
    assert told(capsys, "access", "equal-use", journal, "--by", "size")["by"] == "size"
    assert answer(["access", "friction", str(journal), "none"]) == REFUSED
    assert "markets.unknown" in capsys.readouterr().err
