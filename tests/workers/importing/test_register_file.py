"""The register as one JSON file: what goes out and comes in again is the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from tests.workers.importing.tables import counts, move, state_at
from yaosu.cli.app import answer
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.instant import DAY, parse_instant
from yaosu.kernel.numbers import Share
from yaosu.parties.commands import RegisterParty
from yaosu.parties.values import Member
from yaosu.rights.commands import (
    EnterObjection,
    EnterPriorityNotice,
    FreezeRight,
    GrantUse,
    HolderShare,
    PledgeRight,
    RegisterRight,
    TransferTitle,
)

Capture = pytest.CaptureFixture[str]
END = parse_instant("2040-01-01")
FACTORS = ("land", "technology")


def register_at(path: Path) -> Path:
    """Land with two holders and burdens, a patent with its licence, a group, a transfer."""
    story = Story(open_sqlite(path)).found(factors=FACTORS)
    for party in ("li", "wang", "bank"):
        story.ask(
            RegisterParty, EXCHANGE, party=party, kind="organisation", name=party, facts={"size": 3}
        )
    half = Share(1, 2)
    members = (Member("li", half), Member("wang", half))
    story.ask(RegisterParty, EXCHANGE, party="pair", kind="group", name="", members=members)
    land = {"factor": "land", "region": "east", "term_to": END, "source": DOCUMENT}
    land |= {"unit_attributes": {"use": "industrial", "land_title": "state"}}
    others = (HolderShare(right="R-1b", holder="pair", share=Share(2, 3)),)
    story.ask(
        RegisterRight, REGISTRY, right="R-1a", unit="U-1", quantity=300, holder="li",
        share=Share(1, 3), co_holders=others, old_number="2016-00123", **land,
    )  # fmt: skip
    story.ask(RegisterRight, REGISTRY, right="R-2", unit="U-2", quantity=7, holder="wang", **land)
    story.ask(
        RegisterRight, REGISTRY, right="R-3", unit="P-1", quantity=100, holder="li",
        factor="technology", region="west", term_to=END, source=DOCUMENT, producer="wang",
        unit_attributes={"is_service_invention": True},
    )  # fmt: skip
    story.ask(
        GrantUse, "li", granted="R-4", right="R-3", target="wang", lots=5, scope={"field": "paper"}
    )
    story.ask(TransferTitle, "wang", right="R-2", target="bank")
    story.ask(
        PledgeRight, "li", entry="P-1", right="R-1a", creditor="bank", amount_minor=9,
        until=END - DAY,
    )  # fmt: skip
    story.ask(PledgeRight, "li", entry="P-2", right="R-1a", creditor="wang", rank=2, amount_minor=4)
    story.ask(EnterObjection, "wang", entry="O-1", right="R-1b", reason="the border")
    story.ask(FreezeRight, MINISTRY, entry="F-1", right="R-2", reason="a dispute")
    story.ask(EnterPriorityNotice, "li", entry="N-1", right="R-3", beneficiary="bank")
    story.venue.close()
    return path


def exported(journal: Path, file: Path, capsys: Capture) -> dict[str, Any]:
    assert answer(["export", str(journal), "--register", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert said["register"] == {name: len(read[name]) for name in said["register"]}
    return read


def test_a_register_goes_out_as_json_and_comes_in_with_the_same_content(
    tmp_path: Path, capsys: Capture
) -> None:
    first = exported(register_at(tmp_path / "one.db"), tmp_path / "one.json", capsys)
    Story(open_sqlite(tmp_path / "two.db")).found(factors=FACTORS).venue.close()
    code, said = move(capsys, tmp_path / "two.db", tmp_path / "one.json")
    assert (code, said["refused"]) == (0, [])
    assert [counts(said, "parties")[n] for n in (1, 3)] == [4, 0]  # the offices are there
    assert counts(said, "rights") == (5, 5, 0, 0)
    assert counts(said, "burdens") == (5, 5, 0, 0)
    second = exported(tmp_path / "two.db", tmp_path / "two.json", capsys)
    assert first == second
    again = move(capsys, tmp_path / "two.db", tmp_path / "one.json")[1]
    assert counts(again, "rights") == (5, 0, 5, 0)
    state = state_at(tmp_path / "two.db")
    assert state.rights.rights["R-3"].granted == 5
    assert state.rights.burdens["R-1a"] == ["P-1", "P-2"]


def test_a_file_that_is_no_register_is_refused(tmp_path: Path, capsys: Capture) -> None:
    Story(open_sqlite(tmp_path / "m.db")).found(factors=()).venue.close()
    file = tmp_path / "r.json"
    empty = {"parties": [], "units": [], "rights": [], "burdens": []}
    for text, reason in (
        ("[]", "Expected `object`, got `array`"),
        (json.dumps({"format": "x", **empty}), "its format is 'x', not 'yaosu register 1'"),
        (json.dumps({"format": "yaosu register 1"}), "Object missing required field `parties`"),
    ):
        file.write_text(text)
        code, said = move(capsys, tmp_path / "m.db", file)
        assert code == 1
        assert said["code"] == "workers.import_bad_register"
        assert reason in said["sentence"]
    line = {"entry": "E", "kind": "lease", "right": "R", "made_by": "a"}
    file.write_text(json.dumps({"format": "yaosu register 1", **empty, "burdens": [line]}))
    said = move(capsys, tmp_path / "m.db", file)[1]
    assert said["refused"][0]["sentence"] == (
        "kind is 'lease': not a freeze, pledge, objection or priority notice"
    )
