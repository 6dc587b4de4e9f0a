"""`yaosu rules`: compare packs, find what is wrong with one, tell which rule decided."""

import json
from pathlib import Path

import pytest

from tests.engine.test_explain import OVERLAY
from tests.rules.packs import condition, pack, parameter
from tests.stories import EXCHANGE, Story
from yaosu.access.commands import ApplyForAdmission
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED, USAGE
from yaosu.journal import open_sqlite
from yaosu.parties.commands import RegisterParty

Out = pytest.CaptureFixture[str]


def said(capsys: Out, *arguments: str | Path) -> tuple[int, str]:
    code = answer([str(one) for one in arguments])
    return code, capsys.readouterr().out


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A journal with a refused admission, and its entry."""
    path = tmp_path_factory.mktemp("explain") / "m.db"
    store = open_sqlite(path)
    story = Story(store).found()
    story.ask(RegisterParty, EXCHANGE, party="acme", kind="organisation", name="Acme")
    receipt = story.try_to(ApplyForAdmission, "acme", factor="compute", role="holder")
    story.venue.close()
    return path, receipt.sequence


def test_diff_tells_what_an_overlay_changes_for_a_place_until_a_day(
    tmp_path: Path, capsys: Out
) -> None:
    """S0-40: the difference of a pilot to the national rule is shown, with its end."""
    (tmp_path / "east.toml").write_text(OVERLAY)
    code, text = said(capsys, "rules", "diff", "national", tmp_path / "east.toml")
    assert code == DONE
    assert "an overlay for east" in text
    assert "until 2027-12-31" in text
    assert "parameter land.levy_percent is changed: " in text
    assert "value 30 -> 40" in text
    code, text = said(capsys, "rules", "diff", "national", tmp_path / "east.toml", "--json")
    told = json.loads(text)
    assert (told["schema"], told["base"], told["place"]) == (
        "yaosu.rules-diff/1",
        "national",
        "east",
    )
    assert said(capsys, "rules", "diff", "national", "national")[1].endswith("nothing differs\n")


def test_lint_passes_the_shipped_rules_and_fails_what_a_region_adds(
    tmp_path: Path, capsys: Out
) -> None:
    """S0-09: pass, breach and exemption claimed, each with its article; extra conditions listed."""
    assert said(capsys, "rules", "lint", "national")[0] == DONE
    more = 'base = "national"\nregion = "R07"\nexpiry = 2027-01-01'
    local = condition("a > 1", id="local", facts="{ a = 2 }")
    path = tmp_path / "r07.toml"
    path.write_text(pack(local, id="r07", more=more, facts='a = "int"'))
    code, text = said(capsys, "rules", "lint", path)
    assert code == CHECK_FAILED
    assert "fault  extra: local: R07 asks more than the nation does (nobody named answers)" in text
    assert "8.4 local: the nation does not ask for it; claims no exemption" in text
    code, text = said(capsys, "rules", "lint", path, "--json")
    told = json.loads(text)
    assert (code, told["clean"]) == (CHECK_FAILED, False)
    assert {one["verdict"] for one in told["review"]} == {"pass", "breach", "not_screened"}
    path.write_text(pack(parameter("'x") + local))
    assert said(capsys, "rules", "lint", path)[0] == REFUSED


def test_explain_tells_which_item_decided_and_what_it_read(
    refused: tuple[Path, int], capsys: Out
) -> None:
    path, entry = refused
    code, text = said(capsys, "rules", "explain", path, str(entry))
    assert code == DONE
    assert f"entry {entry}, " in text
    assert "acme asks access.apply_for_admission" in text
    assert "decided by admission.identity of national@2026.1" in text
    assert "read: attested_identity = 0" in text
    code, text = said(capsys, "rules", "explain", path, str(entry), "--json")
    told = json.loads(text)
    assert told["deciding"] == ["admission.compute.facility", "admission.identity"]
    assert (told["recorded"], told["accepted"]) == ("refused", False)
    assert told["asked"][0]["facts"] == {"attested_facility": 0}


def test_explain_tells_how_a_command_would_come_out(
    refused: tuple[Path, int], tmp_path: Path, capsys: Out
) -> None:
    path, _ = refused
    asked = tmp_path / "asked.json"
    fields = {"command": "access.apply_for_admission", "actor": "acme", "factor": "nothing"}
    asked.write_text(json.dumps({**fields, "role": "holder"}))
    code, text = said(capsys, "rules", "explain", path, "--command", asked)
    assert code == DONE
    assert "not asked yet" in text
    assert "decided by the check rights.unknown_factor itself, not by a rule item" in text
    for bad in ("{", "[]", '{"command": "x.y", "actor": "a"}'):
        asked.write_text(bad)
        code, text = said(capsys, "rules", "explain", path, "--command", asked, "--json")
        assert (code, json.loads(text)["code"]) == (REFUSED, "cli.bad_command")
    assert answer(["rules", "explain", str(path), "99999"]) == REFUSED
    assert answer(["rules", "explain", str(path)]) == USAGE
