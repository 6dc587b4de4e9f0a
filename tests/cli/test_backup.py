"""`backup`, `restore`, `copy`, `promote` as an operator types them."""

import json
from pathlib import Path

import pytest

from tests.stories import MORNING, Story
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED, USAGE
from yaosu.journal import open_sqlite
from yaosu.kernel.instant import format_instant


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "market.db"
    story = Story(open_sqlite(path))
    story.found()
    story.clock.forward(60_000_000)
    story.party("firm", money=100)
    story.venue.close()
    return path


def say(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    """Run it with --json; what was said, with the exit code."""
    code = answer([*map(str, words), "--json"])
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    return {"exit": code, **said}


def test_a_day_in_the_life_of_a_backup(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = say(capsys, "backup", journal, tmp_path / "b.db")
    whole = say(capsys, "verify", journal)
    assert (made["exit"], made["schema"]) == (DONE, "yaosu.backup/1")
    assert [made[name] for name in ("entries", "root", "last_hash")] == [
        whole[name] for name in ("entries", "root", "last_hash")
    ]
    restored = say(capsys, "restore", tmp_path / "b.db", tmp_path / "r.db", "--to", "3")
    assert (restored["exit"], restored["entries"]) == (DONE, 4)
    assert say(capsys, "verify", tmp_path / "r.db")["entries"] == 4
    noon = format_instant(MORNING + 30_000_000)
    earlier = say(capsys, "restore", tmp_path / "b.db", tmp_path / "i.db", "--to", noon)
    assert 0 < int(str(earlier["entries"])) < int(str(whole["entries"]))
    copied = say(capsys, "copy", tmp_path / "b.db", tmp_path / "c.db")
    assert (copied["original"], copied["root"]) == (str(journal), whole["root"])
    shorter = say(capsys, "promote", tmp_path / "r.db", "--retired", "it is not")
    assert (shorter["exit"], shorter["code"]) == (REFUSED, "journal.original_is_longer")
    promoted = say(capsys, "promote", tmp_path / "c.db", "--retired", "switched off by Li Wei")
    assert (promoted["exit"], promoted["fate"], promoted["incarnation"]) == (DONE, "retired", 2)
    assert promoted["sequence"] == whole["entries"]


def test_a_backup_into_a_folder_is_named_after_what_it_holds(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").mkdir()
    made = say(capsys, "backup", journal, tmp_path / "kept")
    path = Path(str(made["path"]))
    assert path.parent == tmp_path / "kept"
    assert path.name == f"market-{made['entries']}-{str(made['last_hash'])[:12]}.db"
    again = say(capsys, "backup", journal, tmp_path / "kept")
    assert (again["exit"], again["code"]) == (REFUSED, "journal.exists")


def test_restored_and_promoted_in_one_go(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["backup", str(journal), str(tmp_path / "b.db")]) == DONE
    journal.unlink()
    words = ["restore", str(tmp_path / "b.db"), str(journal), "--promote", "lost in a fire"]
    assert answer(words) == DONE
    said = capsys.readouterr().out
    assert "read back and verified" in said
    assert "incarnation 2" in said
    assert "it stands in the place of its original" in said


def test_keys_are_kept_apart_and_the_operator_is_told(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.with_suffix(".keys").write_bytes(b"apart")
    assert answer(["backup", str(journal), str(tmp_path / "b.db")]) == DONE
    assert "market.keys is not in it" in capsys.readouterr().out


def test_what_is_no_backup_is_not_restored(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = say(capsys, "restore", journal, tmp_path / "r.db")
    assert (refusal["exit"], refusal["code"]) == (REFUSED, "journal.not_a_backup")
    (tmp_path / "text.db").write_text("not a journal")
    refusal = say(capsys, "restore", tmp_path / "text.db", tmp_path / "r.db")
    assert (refusal["exit"], refusal["code"]) == (REFUSED, "journal.not_a_journal")
    assert say(capsys, "backup", tmp_path, "b.db")["code"] == "cli.is_a_folder"
    refusal = say(capsys, "backup", journal, "postgresql://example.org/market")
    assert refusal["code"] == "cli.not_a_file"
    assert not (tmp_path / "r.db").exists()


def test_damage_ends_with_the_code_of_a_failed_check(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["backup", str(journal), str(tmp_path / "b.db")]) == DONE
    capsys.readouterr()
    data = bytearray((tmp_path / "b.db").read_bytes())
    data[data.index(b"found_venue")] ^= 1
    (tmp_path / "b.db").write_bytes(data)
    refusal = say(capsys, "restore", tmp_path / "b.db", tmp_path / "r.db")
    assert (refusal["exit"], refusal["code"]) == (CHECK_FAILED, "journal.damaged")


def test_a_moment_that_is_none_is_refused(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["backup", str(journal), str(tmp_path / "b.db")]) == DONE
    capsys.readouterr()
    for moment, code in (
        ("999999", "journal.no_such_moment"),
        ("1999-01-01", "journal.no_such_moment"),
        ("yesterday", "kernel.bad_instant"),
        ("-1", "kernel.bad_instant"),
        ("9" * 5_000, "kernel.bad_instant"),
    ):
        refusal = say(capsys, "restore", tmp_path / "b.db", tmp_path / "r.db", f"--to={moment}")
        assert (refusal["exit"], refusal["code"]) == (REFUSED, code)


def test_a_promotion_without_a_statement_is_wrong_usage(tmp_path: Path) -> None:
    assert answer(["promote", str(tmp_path / "r.db")]) == USAGE
