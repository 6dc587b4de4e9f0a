"""What is typed: logins from the machine of the server, commands and lists from another one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import PASSWORD, Served, make_logins, make_venue, orders
from yaosu.cli.app import answer


def typed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert answer([*words, "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_a_command_and_a_list_go_to_a_server(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, fields = tmp_path / "token", tmp_path / "order.json"
    token.write_text(served.tokens["anna"])
    where = ("--server", served.url, "--token-file", str(token))
    given = {"market": "call", "batch": "typed-1", "orders": orders((1, 8, 2))}
    fields.write_text(json.dumps(given))
    words = ("ask", "markets.submit_orders", str(fields), "--as", "anna", "--key", "typed-1")
    first = typed(capsys, *words, *where)
    again = typed(capsys, *words, *where)
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["sequence"] == again["sequence"]
    shown = typed(capsys, "read", "orders", "batch=typed-1", *where)
    assert [row["price"] for row in shown["rows"]] == [8]
    fields.write_text(json.dumps({**given, "market": "none"}))
    refused = ("ask", "markets.submit_orders", str(fields), "--as", "anna", "--key", "typed-2")
    said = typed(capsys, *refused, *where, code=1)
    assert said["code"] == "markets.unknown_market"
    fields.write_text("[1]")
    assert answer([*refused, *where]) == 1
    assert answer(["read", "orders", "batch", *where]) == 2
    assert answer(["read", "orders", "--server", served.url]) == 1


def test_a_login_is_made_listed_and_ended_on_the_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_venue(tmp_path)
    make_logins(tmp_path)
    folder = str(tmp_path)
    made = typed(capsys, "login", "link", folder, "eve", "--party", "carl")
    assert "/join#" in str(made["url"])
    listed = typed(capsys, "login", "list", folder)
    names = [one["login"] for one in listed["logins"]]
    assert names == ["anna", "bert", "carl", "eve", "operator", "registrar", "supervisor"]
    typed(capsys, "login", "end", folder, "bert")
    assert typed(capsys, "login", "end", folder, "bert", code=1)["code"] == "server.no_such_login"
    assert answer(["login", "link", folder, "a b"]) == 1


def test_a_backup_takes_the_logins_along_and_their_sessions_not(tmp_path: Path) -> None:
    from tests.server.serving import QUICK
    from yaosu.door import draw
    from yaosu.engine.clock import system_clock
    from yaosu.kernel.refusal import Refusal
    from yaosu.server.logins import Logins

    make_venue(tmp_path)
    tokens = make_logins(tmp_path)
    first = Logins(str(tmp_path / "market.logins"), system_clock, draw, hasher=QUICK)
    session, _ = first.sign_in("anna", PASSWORD)
    assert answer(["backup", str(tmp_path / "market.db"), str(tmp_path / "copy.db")]) == 0
    first.close()
    assert (tmp_path / "copy.logins").stat().st_mode & 0o077 == 0
    copied = Logins(str(tmp_path / "copy.logins"), system_clock, draw, hasher=QUICK)
    assert copied.caller_of(tokens["anna"]).login == "anna"
    assert copied.sign_in("anna", PASSWORD)[1].parties == ("anna",)
    with pytest.raises(Refusal, match=r"server\.bad_token"):
        copied.caller_of(session)
    copied.close()
