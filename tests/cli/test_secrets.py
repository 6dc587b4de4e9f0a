"""``yaosu secrets`` and ``yaosu verify --keys``: what an operator and an auditor type."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

import yaosu as ys
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED
from yaosu.parties.commands import EraseKey, FoundVenue, RegisterParty

NAME = "张三"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YAOSU_WRAPPING_KEY", raising=False)
    monkeypatch.delenv("YAOSU_KEYS", raising=False)
    return tmp_path


@pytest.fixture
def market(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert answer(["secrets", "new", "wrapping"]) == DONE
    with ys.open("market.db", wrapping_key="wrapping") as venue:
        venue.submit(
            FoundVenue(
                actor="founder", key="f", venue="v", operator="op", authority="gov", currency="CNY"
            )
        )
        for key, party in (("1", "anna"), ("2", "bao")):
            command = RegisterParty(actor="op", key=key, party=party, kind="person", name="")
            venue.submit(command, sealed={"name": NAME}).accepted()
    capsys.readouterr()
    return folder


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = answer([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_wrapping_key_is_made_for_its_owner_alone_and_never_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, made = ask(capsys, "secrets", "new", "wrapping")
    assert code == DONE
    assert stat.S_IMODE((folder / "wrapping").stat().st_mode) == 0o600
    text = (folder / "wrapping").read_text().split()[1]
    assert text not in json.dumps(made)
    code, refused = ask(capsys, "secrets", "new", "wrapping")
    assert (code, refused["code"]) == (REFUSED, "cli.file_exists")


def test_verify_counts_the_verdicts_and_names_what_is_missing(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S1-22: sealed without the keys, matches with them, erased by its entry, missing a fault."""
    code, found = ask(capsys, "verify", "market.db")
    assert code == DONE
    assert found["secrets"] == {
        "matches": 0, "sealed": 2, "erased": 0, "missing": 0, "erased_by": {}, "faults": [],
    }  # fmt: skip
    keys = ("--keys", "market.keys", "--wrapping-key", "wrapping")
    with ys.open("market.db", wrapping_key="wrapping") as venue:
        erasure = EraseKey(
            actor="anna", key="e", data_key="person/anna", reason="asked", legal_basis="art. 47"
        )
        receipt = venue.submit(erasure).accepted()
    assert answer(["verify", "market.db", *keys]) == DONE
    said = capsys.readouterr().out
    assert "sealed items: 1 match, 0 sealed, 1 erased, 0 missing" in said
    assert f"entry {receipt.sequence} erased the key person/anna" in said
    os.remove("market.keys")
    ys.open("market.db", wrapping_key="wrapping").close()
    assert answer(["verify", "market.db", *keys]) == CHECK_FAILED
    said = capsys.readouterr().out
    assert "missing: entry 2, item name: its key person/bao is gone and no entry erased it" in said
    code, found = ask(capsys, "verify", "market.db", *keys)
    assert (code, found["verdict"]) == (CHECK_FAILED, "missing")


def test_keys_are_listed_rotated_and_open_their_items(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = ("--wrapping-key", "wrapping")
    assert ask(capsys, "secrets", "show", "market.keys", *old)[1]["standing"] == {
        "person/anna": True,
        "person/bao": True,
    }
    assert answer(["secrets", "new", "fresh"]) == DONE
    assert answer(["secrets", "rotate", "market.keys", "--to", "fresh", *old]) == DONE
    assert "2 data keys are wrapped with" in capsys.readouterr().out
    code, refused = ask(capsys, "secrets", "open", "market.db", "1", "name", *old)
    assert (code, refused["code"]) == (REFUSED, "journal.wrong_wrapping_key")
    fresh = ("--wrapping-key", "fresh")
    code, opened = ask(capsys, "secrets", "open", "market.db", "1", "name", *fresh)
    assert (code, opened["value"]) == (DONE, NAME)
    assert answer(["secrets", "open", "market.db", "1", "name", *fresh]) == DONE
    assert capsys.readouterr().out == f"{NAME}\n"
    code, refused = ask(capsys, "secrets", "open", "market.db", "9", "name", *fresh)
    assert (code, refused["code"]) == (REFUSED, "engine.no_such_item")


def test_a_key_store_is_not_read_without_its_wrapping_key(
    market: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, refused = ask(capsys, "secrets", "show", "market.keys")
    assert (code, refused["code"]) == (REFUSED, "cli.no_wrapping_key")
    monkeypatch.setenv("YAOSU_WRAPPING_KEY", str(market / "wrapping"))
    assert ask(capsys, "secrets", "show", "market.keys")[0] == DONE
    code, refused = ask(capsys, "secrets", "rotate", "nothing.keys", "--to", "wrapping")
    assert (code, refused["code"]) == (REFUSED, "journal.keys_not_found")
    assert not (market / "nothing.keys").exists()


@pytest.mark.parametrize("cells", ["nonce = 7", "wrapped = 'text'", "suite = 5", "suite = 'rot13'"])
def test_a_key_store_whose_cells_are_of_another_kind_is_damaged_and_no_crash(
    market: Path, capsys: pytest.CaptureFixture[str], cells: str
) -> None:
    """Whatever stands in a row, the verdict is missing, and the words tell no secret."""
    with closing(sqlite3.connect("market.keys")) as keys, keys:
        keys.execute(f"UPDATE data_keys SET {cells} WHERE id = 'person/anna'")
    more = ["--keys", "market.keys", "--wrapping-key", "wrapping"]
    assert answer(["verify", "market.db", *more]) == CHECK_FAILED
    said = capsys.readouterr()
    assert "1 match, 0 sealed, 0 erased, 1 missing" in said.out
    assert answer(["secrets", "open", "market.db", "1", "name", *more]) == REFUSED
    assert "Traceback" not in said.err + capsys.readouterr().err
    with closing(sqlite3.connect("market.keys")) as keys, keys:
        keys.execute("UPDATE facts SET value = 7 WHERE name = 'wrapping'")
    assert answer(["verify", "market.db", *more]) == REFUSED
    assert capsys.readouterr().err.startswith("journal.wrong_wrapping_key: ")


def test_keys_are_backed_up_apart_and_ciphertext_of_erased_items_is_pruned(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = ("--wrapping-key", "wrapping")
    code, made = ask(capsys, "secrets", "backup", "market.keys", "copy.keys", *old)
    assert (code, made["count"]) == (DONE, 2)
    assert answer(["secrets", "backup", "market.keys", "again.keys", *old]) == DONE
    assert "2 data keys" in capsys.readouterr().out
    with ys.open("market.db", wrapping_key="wrapping") as venue:
        erasure = EraseKey(
            actor="op", key="e", data_key="person/anna", reason="asked", legal_basis="art. 47"
        )
        venue.submit(erasure).accepted()
    code, pruned = ask(capsys, "secrets", "prune", "market.db")
    assert (code, pruned["entries"]) == (DONE, [1])
    assert answer(["secrets", "prune", "market.db"]) == DONE
    assert "the ciphertext of 0 entries is forgotten" in capsys.readouterr().out
    assert ask(capsys, "verify", "market.db")[0] == DONE


def test_show_prints_a_table(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["secrets", "show", "market.keys", "--wrapping-key", "wrapping"]) == DONE
    assert "person/anna" in capsys.readouterr().out


def test_an_audit_says_how_much_was_erased(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ys.open("market.db", wrapping_key="wrapping") as venue:
        erasure = EraseKey(
            actor="op", key="e", data_key="person/anna", reason="asked", legal_basis="art. 47"
        )
        venue.submit(erasure).accepted()
    assert answer(["audit", "market.db"]) == DONE
    said = capsys.readouterr().out
    assert "1 sealed items were erased; no decision reads what is sealed" in said
