"""`yaosu documents`: kept, fetched, listed, checked and deleted from the shell; and in backups."""

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import Served
from tests.stories import EXCHANGE, REGISTRY, Story
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED
from yaosu.engine.clock import system_clock
from yaosu.journal.sqlite import open_sqlite
from yaosu.parties.commands import RegisterParty
from yaosu.workers.notices.inbox import Inbox, Wish

LEASE = b"the lease of the field"
DIGEST = sha256(LEASE).hexdigest()


def told(capsys: pytest.CaptureFixture[str], *words: object, code: int = DONE) -> dict[str, Any]:
    assert answer([*map(str, words), "--json"]) == code, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "venue.db"
    story = Story(open_sqlite(path)).found()
    story.ask(RegisterParty, EXCHANGE, party="owner", kind="person", name="owner")
    story.venue.close()
    (tmp_path / "lease.txt").write_bytes(LEASE)
    return path


def put(capsys: pytest.CaptureFixture[str], journal: Path) -> dict[str, Any]:
    lease = journal.with_name("lease.txt")
    return told(capsys, "documents", "put", journal, lease, "--as", "owner", "--kind", "evidence")


def place(journal: Path) -> Path:
    return journal.with_suffix(".documents") / DIGEST[:2] / DIGEST


def test_a_file_is_kept_listed_fetched_and_checked(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = put(capsys, journal)
    assert (kept["document"], kept["name"], kept["repeated"]) == (DIGEST, "lease.txt", False)
    assert put(capsys, journal)["repeated"]
    (row,) = told(capsys, "documents", "list", journal)["rows"]
    assert (row["document"], row["kinds"], row["given_by"]) == (DIGEST, ["evidence"], ["owner"])
    assert row["kept_until"] > "2035"
    out = journal.with_name("back.txt")
    told(capsys, "documents", "get", journal, DIGEST, "--out", out)
    assert out.read_bytes() == LEASE
    assert told(capsys, "documents", "check", journal)["kept"] == 1
    assert told(capsys, "documents", "list", journal, "--due")["rows"] == []


@pytest.mark.parametrize(("harm", "what"), [("gone", "missing"), ("bent", "altered")])
def test_a_document_that_is_missing_or_altered_is_found(
    journal: Path, capsys: pytest.CaptureFixture[str], harm: str, what: str
) -> None:
    """Also by `yaosu verify`: a journal whose documents are not there does not match."""
    put(capsys, journal)
    assert told(capsys, "verify", journal)["documents"]["faults"] == []
    if harm == "gone":
        place(journal).unlink()
    else:
        place(journal).write_bytes(LEASE[::-1])
    fault = [{"what": what, "document": DIGEST}]
    assert told(capsys, "documents", "check", journal, code=CHECK_FAILED)["faults"] == fault
    verified = told(capsys, "verify", journal, code=CHECK_FAILED)
    assert (verified["verdict"], verified["documents"]["faults"]) == ("missing", fault)
    out = journal.with_name("back.txt")
    words = ["documents", "get", str(journal), DIGEST, "--out", str(out)]
    assert answer(words) == REFUSED
    assert "workers.document_missing" in capsys.readouterr().err
    assert not out.exists()


def test_backup_and_restore_carry_the_documents(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(capsys, journal)
    copy, again = journal.with_name("copy.db"), journal.with_name("again.db")
    assert answer(["backup", str(journal), str(copy)]) == DONE
    assert "1 documents" in capsys.readouterr().out
    assert place(copy).read_bytes() == LEASE
    shutil.rmtree(journal.with_suffix(".documents"))
    told(capsys, "restore", copy, again, "--promote", "venue.db is retired")
    assert told(capsys, "verify", again)["documents"] == {"kept": 1, "deleted": 0, "faults": []}
    (row,) = told(capsys, "documents", "list", again)["rows"]
    assert row["name"] == "lease.txt"


def test_backup_carries_the_inboxes_without_codes(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = Inbox(str(journal.with_suffix(".notices")), system_clock)
    inbox.set_wish("owner", "zh", ("halt",))
    inbox.ask_address("owner", "owner@home.example", "12345678")
    inbox.close()
    copy = journal.with_name("copy.db")
    assert answer(["backup", str(journal), str(copy)]) == DONE
    assert "the notices of its server" in capsys.readouterr().out
    kept = Inbox(str(copy.with_suffix(".notices")), system_clock)
    assert kept.wish("owner") == Wish(language="zh", mail=("halt",))
    kept.close()


def test_an_altered_file_is_told_and_not_carried_into_a_backup(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(capsys, journal)
    place(journal).write_bytes(LEASE[::-1])
    copy = journal.with_name("copy.db")
    assert answer(["backup", str(journal), str(copy)]) == DONE
    assert DIGEST in capsys.readouterr().err
    assert not place(copy).exists()


def test_a_document_is_not_deleted_before_its_time(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(capsys, journal)
    words = ["documents", "delete", str(journal), DIGEST, "--as", REGISTRY, "--reason", "old"]
    assert answer(words) == REFUSED
    assert "cases.document_needed" in capsys.readouterr().err
    assert place(journal).exists()


def test_a_file_of_no_known_type_is_refused(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = journal.with_name("lease.pdf")
    program.write_bytes(b"\x7fELF\x02\x01\x01")
    assert answer(["documents", "put", str(journal), str(program), "--as", "owner"]) == REFUSED
    assert "workers.document_type" in capsys.readouterr().err
    assert list(journal.with_suffix(".documents").glob("incoming/*")) == []


def test_the_same_commands_ask_a_server(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, token, out = tmp_path / "deed.txt", tmp_path / "token", tmp_path / "back.txt"
    file.write_bytes(b"a deed that went by the wire")
    token.write_text(served.tokens["anna"])
    asked = (served.url, "--token-file", token)
    kept = told(capsys, "documents", "put", *asked, file, "--as", "anna", "--kind", "deed")
    digest = kept["document"]
    rows = told(capsys, "documents", "list", *asked)["rows"]
    (row,) = [one for one in rows if one["document"] == digest]
    assert row["kept_until"] == "for ever"
    told(capsys, "documents", "get", *asked, digest, "--out", out)
    assert out.read_bytes() == file.read_bytes()
