"""The command line against a server: the same commands, refusals and exit codes, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import Served, serve
from yaosu.cli.app import answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = serve(tmp_path_factory.mktemp("at") / "venue")
    yield made
    made.stop()


def typed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert answer([*words, "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def as_(monkeypatch: pytest.MonkeyPatch, served: Served, login: str) -> None:
    monkeypatch.setenv("YAOSU_SERVER", served.url)
    monkeypatch.setenv("YAOSU_TOKEN", served.tokens[login])


def test_a_case_goes_on_at_a_server_as_it_does_in_a_journal(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    """Where a journal is named, the address of a server may be: listed, shown, asked, refused."""
    as_(monkeypatch, served, "anna")
    (listed,) = typed(capsys, "cases", "list", served.url)["rows"]
    assert (listed["case"], listed["applicant"]) == ("case-1", "anna")
    assert listed["filed"].endswith("Z")
    page = typed(capsys, "cases", "show", served.url, "case-1")["page"]
    assert page["applicant"] == "anna"
    assert answer(["cases", "show", served.url, "case-1"]) == 0
    assert "case-1: first_registration@2026.1, of anna" in capsys.readouterr().out
    words = ("cases", "complete", served.url, "case-1", "--stage", "acceptance", "--as", "anna")
    refused = typed(capsys, *words, code=1)
    assert refused["code"].startswith("cases.")
    deed = tmp_path / "deed.pdf"
    deed.write_bytes(b"a deed")
    added = typed(capsys, "cases", "add", served.url, "case-1", f"source={deed}", "--as", "anna")
    assert added["events"] == ["cases.documents_added/1"]
    unknown = typed(capsys, "cases", "show", served.url, "nowhere", code=1)
    assert unknown["code"] == "cases.unknown"
    as_(monkeypatch, served, "registrar")
    done = typed(capsys, *words[:-1], "registry")
    assert "cases.stage_completed/1" in done["events"]


def test_server_and_token_stand_for_the_journal(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    """--server takes the place of JOURNAL; where none is named, YAOSU_SERVER does."""
    monkeypatch.delenv("YAOSU_TOKEN", raising=False)
    token = tmp_path / "token"
    token.write_text(f"{served.tokens['anna']}\n")
    options = ("--server", served.url, "--token-file", str(token))
    shown = typed(capsys, "rights", "show", "gpu-anna", *options)
    assert [one["holder"] for one in shown["chains"]] == ["anna"]
    monkeypatch.setenv("YAOSU_SERVER", served.url)
    assert typed(capsys, "rights", "show", "gpu-anna", "--token-file", str(token)) == shown
    nobody = typed(capsys, "rights", "list", code=1)
    assert nobody["code"] == "server.not_signed_in"
    assert answer(["rights", "list", "--server", "market.example"]) == 2
    assert "name a server: --server https://HOST" in capsys.readouterr().err
    assert answer(["rights", "show", "market.db", "gpu-anna", "--server", served.url]) == 2
    monkeypatch.delenv("YAOSU_SERVER")
    assert answer(["rights", "list"]) == 2
    assert "Missing argument" in capsys.readouterr().err


def test_server_and_token_come_from_the_environment(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    as_(monkeypatch, served, "anna")
    shown = typed(capsys, "show", "markets", "call")
    assert shown["row"]["market"] == "call"
    assert answer(["show", "cases", "case-1"]) == 0
    assert "first_registration" in capsys.readouterr().out
    assert typed(capsys, "read", "markets")["rows"]
    missing = typed(capsys, "show", "markets", "nowhere", code=1)
    assert missing["code"] == "server.unknown_row"
    wrong = tmp_path / "token"
    wrong.write_text("yt_no\n")
    counts_more = typed(capsys, "read", "markets", "--token-file", str(wrong), code=1)
    assert counts_more["code"] == "server.bad_token"
    monkeypatch.delenv("YAOSU_SERVER")
    assert answer(["read", "markets"]) == 2
    assert "name a server: --server https://HOST, or YAOSU_SERVER" in capsys.readouterr().err
