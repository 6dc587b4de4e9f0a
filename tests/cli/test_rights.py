"""``yaosu rights``: chains, drawings, pledges, certificates with their status."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED, USAGE
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.instant import DAY, format_instant
from yaosu.parties.commands import GrantRole
from yaosu.rights.commands import (
    AssessUnit,
    CancelRight,
    FreezeRight,
    GiveConsent,
    PledgeRight,
    SplitUnit,
    TransferTitle,
    UnitPart,
)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A journal on disk: a right is moved in part, pledged, split."""
    story = Story(open_sqlite(tmp_path / "market.db")).found(("compute",))
    for name in ("seller", "buyer", "bank"):
        story.party(name)
    story.right("r1", "seller", 100)
    story.clock.forward(DAY)
    story.ask(TransferTitle, "seller", right="r1", target="buyer", lots=40, source=DOCUMENT)
    story.clock.forward(DAY)
    story.ask(PledgeRight, "seller", entry="P1", right="r1", creditor="bank", amount_minor=900)
    for party in ("seller", "buyer", "bank"):
        story.ask(GiveConsent, party, about="unit-r1", to="split")
    parts = (UnitPart(unit="left", quantity=50), UnitPart(unit="right", quantity=50))
    story.clock.forward(DAY)
    story.ask(SplitUnit, REGISTRY, unit="unit-r1", parts=parts, source=DOCUMENT)
    return story


def said(capsys, *arguments: object) -> dict:
    capsys.readouterr()
    assert answer([*map(str, arguments), "--json"]) == DONE
    return json.loads(capsys.readouterr().out)


def told(capsys, code: int, *arguments: object) -> str:
    capsys.readouterr()
    assert answer([str(argument) for argument in arguments]) == code
    out = capsys.readouterr()
    return out.out if code == DONE else out.out + out.err


def test_a_chain_goes_back_over_split_and_transfer_to_the_first(story, tmp_path, capsys) -> None:
    """S0-26 S2-59: who, what, when, by which document and rule; as text, JSON and drawing."""
    journal = tmp_path / "market.db"
    chains = said(capsys, "rights", "show", journal, "left")["chains"]
    assert sorted(chain["holder"] for chain in chains) == ["buyer", "seller"]
    mine = next(chain for chain in chains if chain["holder"] == "seller")
    assert mine["fragments"] == ["unit-r1"]
    assert mine["state"] == "burdened"
    words = [(step["kind"], step["made_by"]) for step in mine["steps"]]
    assert words[:3] == [("first", REGISTRY), ("transfer", "seller"), ("pledge", "seller")]
    assert ("split", REGISTRY) in words
    documents = [step["document"] for step in mine["steps"] if step["kind"] == "split"]
    assert set(documents) == {DOCUMENT}
    assert all(step["rule"].startswith("national@") for step in mine["steps"])
    text = told(capsys, DONE, "rights", "show", journal, mine["right"])
    assert "split 分割登记, number " in text
    assert "document abababababababab; rules national@" in text
    drawn = tmp_path / "chain.svg"
    told(capsys, DONE, "rights", "show", journal, mine["right"], "--svg", drawn)
    root = ElementTree.fromstring(drawn.read_text())
    circles = [node for node in root if node.tag.endswith("circle")]
    assert len(circles) == len(mine["steps"])
    two = told(capsys, REFUSED, "rights", "show", journal, "left", "--svg", drawn)
    assert "cli.one_right" in two


def test_an_extract_of_any_past_instant(story, tmp_path, capsys) -> None:
    """S0-26: nothing is overwritten."""
    journal = tmp_path / "market.db"
    then = format_instant(story.clock() - 2 * DAY - DAY // 2)
    (chain,) = said(capsys, "rights", "show", journal, "r1", "--at", then)["chains"]
    assert (chain["state"], chain["share"], len(chain["steps"])) == ("current", "1/1", 1)
    (now,) = said(capsys, "rights", "show", journal, "r1")["chains"]
    assert now["state"] == "ended"
    assert said(capsys, "rights", "pledges", journal, "--at", then)["pledges"] == []
    early = told(capsys, REFUSED, "rights", "show", journal, "r1", "--at", "2020-01-01T00:00Z")
    assert "cli.nothing_then" in early
    unknown = told(capsys, REFUSED, "rights", "show", journal, "nothing")
    assert "rights.unknown_thing: nothing is neither a unit, a right nor" in unknown


def test_a_title_is_found_by_its_registration_number(story, tmp_path, capsys) -> None:
    """S1-13: of a split, all rights that it made."""
    journal = tmp_path / "market.db"
    left = said(capsys, "rights", "show", journal, "left")["chains"]
    (number,) = {step["number"] for one in left for step in one["steps"] if step["kind"] == "split"}
    found = said(capsys, "rights", "show", journal, number)["chains"]
    assert {one["unit"] for one in found} == {"left", "right"}
    numbers = [step["number"] for one in found for step in one["steps"]]
    assert all(one.startswith("compute/") for one in numbers)
    told(capsys, REFUSED, "rights", "show", journal, f"{number}0")


def test_the_register_of_pledges_counts_a_debt_once(story, tmp_path, capsys) -> None:
    """S2-33: one register for all factors, with rank."""
    journal = tmp_path / "market.db"
    rows = said(capsys, "rights", "pledges", journal)["pledges"]
    assert {row["debt"] for row in rows} == {"P1"}
    assert [(row["rank"], row["amount_minor"]) for row in rows] == [(1, 900), (1, 900)]
    assert said(capsys, "rights", "pledges", journal, "--creditor", "buyer")["pledges"] == []
    assert "bank" in told(capsys, DONE, "rights", "pledges", journal, "--holder", "seller")


def test_values_are_computed_again_and_classes_are_listed(story, tmp_path, capsys) -> None:
    """S0-12 S2-08: from the journal the same figure; no unit in a class that is not its own."""
    journal = tmp_path / "market.db"
    story.ask(GrantRole, EXCHANGE, party="bank", role="agency")
    inputs = {"income_minor": 1_000, "rate_bp": 500, "years": 3}
    story.ask(AssessUnit, "bank", assessment="v", unit="left", method="income", inputs=inputs)
    (row,) = said(capsys, "rights", "values", journal, "left")["assessments"]
    assert (row["result"], row["recomputed"], row["assessor"]) == (2_723, 2_723, "bank")
    assert "the same again" in told(capsys, DONE, "rights", "values", journal, "left")
    assert "rights.unknown_unit" in told(capsys, REFUSED, "rights", "values", journal, "none")
    classes = said(capsys, "rights", "classes", journal)
    assert classes["leaks"] == 0
    assert {row["instrument"]: row["lots"] for row in classes["assets"]} == {
        "left": 50, "right": 50,
    }  # fmt: skip
    assert "general" in told(capsys, DONE, "rights", "classes", journal)


def test_a_certificate_is_checked_by_the_key_alone_and_then_against_the_journal(
    story, tmp_path, capsys
) -> None:
    """S2-33: offline by the public key; valid, burdened, superseded, revoked, and of another."""
    journal, key, paper = tmp_path / "market.db", tmp_path / "key", tmp_path / "paper.json"
    vkey = said(capsys, "key", "new", "venue.example", "--out", key)["vkey"]
    (right,) = (
        chain["right"]
        for chain in said(capsys, "rights", "show", journal, "right")["chains"]
        if chain["holder"] == "buyer"
    )
    told(capsys, DONE, "rights", "certificate", journal, right, "--key", key, "--out", paper)
    offline = told(capsys, DONE, "rights", "check", paper, "--vkey", vkey)
    assert f"signed: right {right}, version 1, held by buyer" in offline
    assert "not asked of the register" in offline

    def status(code: int) -> str:
        capsys.readouterr()
        arguments = ("rights", "check", paper, "--vkey", vkey, "--journal", journal, "--json")
        assert answer([str(one) for one in arguments]) == code
        return str(json.loads(capsys.readouterr().out)["status"]["status"])

    assert status(DONE) == "valid"
    story.ask(FreezeRight, REGISTRY, entry="F", right=right, reason="claim")
    assert status(DONE) == "burdened"
    story.ask(CancelRight, MINISTRY, right=right, reason="recovered", source=DOCUMENT)
    assert status(CHECK_FAILED) == "revoked"
    assert "revoked by cancellation" in told(
        capsys, CHECK_FAILED, "rights", "check", paper, "--vkey", vkey, "--journal", journal
    )
    paper.write_text(paper.read_text().replace('"holder": "buyer"', '"holder": "seller"'))
    damaged = told(capsys, CHECK_FAILED, "rights", "check", paper, "--vkey", vkey)
    assert "rights.title_certificate_damaged" in damaged


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_certificate_on_paper_is_checked_from_the_file_itself(
    story, tmp_path, capsys, language
) -> None:
    """S2-33: the PDF carries its proof; one changed byte, and it is refused."""
    pytest.importorskip("reportlab", reason="needs reportlab")
    journal, key, paper = tmp_path / "market.db", tmp_path / "key", tmp_path / "paper.pdf"
    vkey = said(capsys, "key", "new", "venue.example", "--out", key)["vkey"]
    (chain, *_) = said(capsys, "rights", "show", journal, "right")["chains"]
    asked = ("rights", "certificate", journal, chain["right"], "--key", key, "--pdf", paper)
    made = said(capsys, *asked, "--language", language, "--address", "https://venue.example")
    assert (made["pdf"], made["out"]) == (str(paper), None)
    first = paper.read_bytes()
    told(capsys, DONE, *asked, "--language", language, "--address", "https://venue.example")
    assert paper.read_bytes() == first
    checked = ("rights", "check", paper, "--vkey", vkey)
    assert f"signed: right {chain['right']}" in told(capsys, DONE, *checked)
    assert "says: burdened" not in told(capsys, DONE, *checked, "--journal", journal)
    paper.write_bytes(first.replace(b"Helvetica", b"Helvetico", 1))
    assert "rights.title_paper_damaged" in told(capsys, CHECK_FAILED, *checked)
    paper.write_bytes(first[:-9])
    assert "rights.bad_title_paper" in told(capsys, REFUSED, *checked)
    neither = told(capsys, USAGE, "rights", "certificate", journal, "r1", "--key", key)
    assert "give --out, --pdf, or both" in neither


def test_a_certificate_of_another_journal_is_told_apart(story, tmp_path, capsys) -> None:
    """S2-33"""
    key, paper = tmp_path / "key", tmp_path / "paper.json"
    vkey = said(capsys, "key", "new", "venue.example", "--out", key)["vkey"]
    other = Story(open_sqlite(tmp_path / "other.db")).found(("compute",))
    other.party("seller")
    other.right("r1", "seller", 100)
    other.venue.close()
    told(
        capsys, DONE, "rights", "certificate", tmp_path / "other.db", "r1",
        "--key", key, "--out", paper,
    )  # fmt: skip
    arguments = ("rights", "check", paper, "--vkey", vkey, "--journal", tmp_path / "market.db")
    assert "rights.other_register" in told(capsys, CHECK_FAILED, *arguments)


def test_a_certificate_is_of_a_right_that_is_there(story, tmp_path, capsys) -> None:
    key = tmp_path / "key"
    told(capsys, DONE, "key", "new", "venue.example", "--out", key)
    missing = told(
        capsys, REFUSED, "rights", "certificate", tmp_path / "market.db", "none",
        "--key", key, "--out", tmp_path / "paper.json",
    )  # fmt: skip
    assert "rights.unknown_right" in missing
