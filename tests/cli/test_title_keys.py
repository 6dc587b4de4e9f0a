"""``yaosu rights check`` where the venue has replaced its signing key since."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.server.serving import Served, make_logins, make_venue
from yaosu.cli.app import answer
from yaosu.kernel.instant import DAY, format_instant
from yaosu.kernel.signed_note import parse_signing_key
from yaosu.rights.title_certificate import (
    make_title_certificate,
    read_key_of,
    verify_title_certificate,
)


def told(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    assert answer([*map(str, words), "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def venue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A venue that made a certificate, then named another key."""
    folder = tmp_path / "venue"
    make_venue(folder)
    journal, old, new = folder / "market.db", folder / "signing.key", folder / "next.key"
    made = ("rights", "certificate", journal, "gpu-anna", "--key", old, "--out")
    told(capsys, *made, tmp_path / "old.json")
    told(capsys, "key", "new", "venue-1", "--out", new)
    rotate = ("key", "rotate", journal, "--from", old, "--to", new, "--actor", "exchange")
    told(capsys, *rotate)
    refused = told(capsys, *made, tmp_path / "late.json", code=1)
    assert refused["code"] == "engine.key_replaced"
    made = ("rights", "certificate", journal, "gpu-anna", "--key", new, "--out")
    told(capsys, *made, tmp_path / "new.json")
    return folder


def forged(folder: Path, key: Path, name: str, **said: Any) -> Path:
    """The new certificate, as somebody signs it who has a key."""
    text = (folder.parent / "new.json").read_text()
    extract = verify_title_certificate(text, read_key_of(text))
    secret = parse_signing_key(key.read_text()).secret
    path = folder.parent / name
    path.write_text(make_title_certificate(replace(extract, **said), secret))
    return path


def vkey(path: Path) -> str:
    return parse_signing_key(path.read_text()).verifier.text


def check_all(folder: Path, capsys: pytest.CaptureFixture[str], *register: object) -> None:
    """What a register says: a journal here, or a server."""
    old, new = folder / "signing.key", folder / "next.key"
    papers = folder.parent
    for trusted in (vkey(old), vkey(new)):
        before = told(capsys, "rights", "check", papers / "old.json", "--vkey", trusted, *register)
        assert (before["status"]["status"], before["key"]["vkey"]) == ("valid", vkey(old))
        until = before["key"]["until"]
        assert until > before["extract"]["issued"]
        after = told(capsys, "rights", "check", papers / "new.json", "--vkey", trusted, *register)
        assert (after["key"]["vkey"], after["key"]["until"]) == (vkey(new), 0)
    words = ("rights", "check", papers / "old.json", "--vkey", vkey(old), *register)
    assert answer([*map(str, words)]) == 0
    line = f"signed with the key in force until {format_instant(until)}: {vkey(old)}"
    assert line in capsys.readouterr().out
    issued = after["extract"]["issued"]
    sequence = after["extract"]["sequence"]
    for name, key, said, code in (
        ("late", old, {}, "rights.key_not_in_force"),
        ("back", old, {"issued": issued - DAY}, "rights.other_register"),
        ("entry", old, {"sequence": sequence - 5}, "rights.other_register"),
        ("early", new, {"issued": 1}, "rights.other_register"),
    ):
        paper = forged(folder, key, f"{name}.json", **said)
        words = ("rights", "check", paper, "--vkey", vkey(new), *register)
        refused = told(capsys, *words, code=3)
        assert refused["code"] == code, name


def test_a_certificate_is_good_by_the_key_that_was_in_force_and_no_other(
    venue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S2-33: both ways, and with another date, against the journal."""
    check_all(venue, capsys, "--journal", venue / "market.db")
    old = venue.parent / "old.json"
    alone = told(capsys, "rights", "check", old, "--vkey", vkey(venue / "next.key"), code=3)
    assert alone["code"] == "rights.signed_with_other_key"
    never = venue.parent / "never.key"
    told(capsys, "key", "new", "venue-1", "--out", never)
    words = ("rights", "check", old, "--vkey", vkey(never), "--journal", venue / "market.db")
    assert told(capsys, *words, code=3)["code"] == "rights.signed_with_other_key"


def test_a_server_says_the_same_to_anybody(venue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S2-33: over HTTP, by a proof of the keys, and on the page where files are given."""
    served = Served(venue, make_logins(venue), "--signing-key", "next.key")
    try:
        check_all(venue, capsys, "--server", served.url)
        with served.as_(**{"Accept-Language": "en"}) as nobody:
            check = "/v1/title-certificates/check"
            old = nobody.post(check, content=(venue.parent / "old.json").read_bytes()).json()
            assert "a key that the venue has replaced since; it was in force until" in old["html"]
            new = nobody.post(check, content=(venue.parent / "new.json").read_bytes()).json()
            assert "Signed with the key that is in force today." in new["html"]
        with served.as_(**{"Accept-Language": "zh"}) as nobody:
            late = nobody.post(check, content=(venue.parent / "late.json").read_bytes())
            assert (late.status_code, late.json()["code"]) == (422, "rights.key_not_in_force")
            assert "有效期自" in late.json()["detail"]
    finally:
        served.stop()
