"""Handing over: whom a login acts for is changed at once, by managers alone."""

from pathlib import Path

from tests.server.serving import PASSWORD, Served
from yaosu.server.folder import keep_setting
from yaosu.server.settings import read_settings


def test_whom_a_login_acts_for_changes_at_once_also_in_open_sessions(served: Served) -> None:
    with served.as_("operator") as manager, served.as_() as dora:
        link = manager.post("/v1/logins", json={"login": "dora", "parties": ["anna", "bert"]})
        dora.post("/v1/links", json={"link": link.json()["link"], "password": PASSWORD})
        dora.post("/v1/session", json={"login": "dora", "password": PASSWORD})
        assert dora.get("/v1/session").json()["parties"] == ["anna", "bert"]
        path = "/v1/logins/dora/parties"
        assert dora.post(path, json={"parties": ["exchange"]}).status_code == 403
        assert manager.post(path, json={"parties": ["bert"]}).status_code == 204
        assert dora.get("/v1/session").json()["parties"] == ["bert"]
        assert manager.post(path, json={"parties": ["no blanks"]}).status_code == 422
        unknown = manager.post("/v1/logins/nobody/parties", json={"parties": []})
        assert unknown.json()["code"] == "server.no_such_login"
        assert manager.delete("/v1/logins/dora").status_code == 204


def test_one_setting_is_written_and_the_other_lines_stay(tmp_path: Path) -> None:
    file = tmp_path / "yaosu.toml"
    file.write_text('# mine\nlisten = "127.0.0.1:1"\n', "utf-8")
    keep_setting(tmp_path, "language", "zh")
    keep_setting(tmp_path, "language", "en")
    assert file.read_text("utf-8") == '# mine\nlisten = "127.0.0.1:1"\nlanguage = "en"\n'
    found = read_settings((str(file), file.read_text("utf-8")), {}, {})
    assert found.text("language") == "en"
