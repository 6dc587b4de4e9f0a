"""`yaosu cases`: a procedure followed from the shell, from filing to what it leads to."""

import json
from pathlib import Path

import pytest
from msgspec import to_builtins

from tests.cases.samples import wait
from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure
from yaosu.cases.parse import parse_procedure
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED
from yaosu.journal.sqlite import open_sqlite
from yaosu.parties.commands import GrantRole, IssueAttestation, RegisterParty
from yaosu.places.commands import DefineCalendar
from yaosu.rules.parse_places import parse_calendar


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    """The JSON object of a command that ends well."""
    assert answer([*map(str, arguments), "--json"]) == DONE, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def only_row(page: dict[str, object]) -> dict[str, object]:
    """The one row of a table."""
    rows = page["rows"]
    assert isinstance(rows, list)
    (row,) = rows
    assert isinstance(row, dict)
    return row


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with two procedures, an owner, a neighbour and a county office."""
    path = tmp_path / "venue.db"
    story = Story(open_sqlite(path))
    story.found(factors=("compute", "land"))
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    for name in ("first_registration", "land_use_approval"):
        procedure = parse_procedure(shipped(f"procedures/{name}.toml"))
        story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    for name in ("owner", "neighbour", "office"):
        story.ask(RegisterParty, EXCHANGE, party=name, kind="organisation", name=name)
    story.ask(GrantRole, EXCHANGE, party="office", role="agency")
    competent = {"about": "office", "kind": "competence", "scope": {"level": "county"}}
    story.ask(IssueAttestation, MINISTRY, attestation="county", **competent)
    wait(story, 1)
    story.venue.close()
    for name in ("application", "source"):
        (tmp_path / f"{name}.pdf").write_text(name)
    fields = {"command": "rights.register_right", **story.registration("R-1", "owner", 10)}
    (tmp_path / "request.json").write_text(json.dumps(fields, default=to_builtins))
    return path


def filed(journal: Path, *more: str) -> list[str]:
    folder = journal.parent
    return [
        "cases", "file", str(journal), "c-1", "--procedure", "first_registration", "--as", "owner",
        "--fact", "right=R-1", "--fact", "unit=unit-R-1",
        "--document", f"application={folder / 'application.pdf'}",
        "--request", str(folder / "request.json"), *more,
    ]  # fmt: skip


def test_a_case_is_followed_from_the_shell(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S2-49: what is done, what blocks it, whose turn it is, by when; then the next step."""
    folder = journal.parent
    asked = told(capsys, *filed(journal))
    assert "cases.case_filed/1" in str(asked["events"])
    row = only_row(told(capsys, "cases", "inbox", journal, "--role", "registrar"))
    assert (row["case"], row["stage"], row["blocked_by"]) == (
        "c-1",
        "acceptance",
        "document source",
    )
    done = ["cases", "complete", str(journal), "c-1", "--stage", "acceptance", "--as", REGISTRY]
    assert answer(done) == REFUSED
    assert "cases.documents_missing" in capsys.readouterr().err
    told(capsys, "cases", "add", journal, "c-1", f"source={folder / 'source.pdf'}", "--as", "owner")
    assert answer(done) == DONE
    capsys.readouterr()
    objection = ["cases", "object", str(journal), "c-1", "--objection", "fence"]
    told(capsys, *objection, "--as", "neighbour", "--reason", "the fence is mine")
    assert answer(["cases", "show", str(journal), "c-1"]) == DONE
    page = capsys.readouterr().out
    assert "done    acceptance" in page
    assert "waits for objection fence" in page
    decide = ["cases", "decide", str(journal), "c-1", "--as", REGISTRY, "--ground", "a deed"]
    told(capsys, *decide, "--objection", "fence", "--uphold")
    assert answer(["cases", "show", str(journal), "c-1"]) == DONE
    page = capsys.readouterr().out
    assert "refused" in page
    assert "reason: objection fence is upheld: a deed" in page
    assert "appeal to the authority until" in page
    told(capsys, "cases", "appeal", journal, "c-1", "--as", "owner", "--reason", "it is forged")
    told(
        capsys,
        "cases",
        "decide",
        journal,
        "c-1",
        "--as",
        MINISTRY,
        "--ground",
        "so it is",
        "--uphold",
    )
    shown = told(capsys, "cases", "show", journal, "c-1")["page"]
    assert isinstance(shown, dict)
    assert shown["phase"] == "open"
    told(capsys, "cases", "withdraw", journal, "c-1", "--as", "owner", "--reason", "sold")
    row = only_row(told(capsys, "cases", "list", journal))
    assert row["phase"] == "withdrawn"


def test_commitments_and_reports_from_the_shell(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S2-50 S2-51: how much shorter, by commitment and by level, from the journal alone."""
    folder = journal.parent
    paper = f"application={folder / 'application.pdf'}"
    file = ["cases", "file", journal, "--procedure", "land_use_approval", "--as", "owner"]
    facts = ["--fact", "project=yard", "--fact", "plot=p-1", "--fact", "plot_m2=9000"]
    promise = ["--document", f"owner_commitment={folder / 'source.pdf'}"]
    told(capsys, *file[:3], "y-1", *file[3:], *facts, "--document", paper, *promise,
         "--owner-commitment", "preliminary_design")  # fmt: skip
    told(capsys, "cases", "complete", journal, "y-1", "--stage", "acceptance", "--as", "office")
    told(capsys, "cases", "confirm", journal, "y-1", "--owner-commitment", "preliminary_design",
         "--document", folder / "source.pdf", "--as", "office")  # fmt: skip
    assert answer(["cases", "refuse", str(journal), "y-1", "--stage", "confirmation", "--as",
                   "office", "--reason", "no plan"]) == DONE  # fmt: skip
    capsys.readouterr()
    assert answer(["cases", "show", str(journal), "y-1"]) == DONE
    page = capsys.readouterr().out
    assert "commitment preliminary_design: met" in page
    for what in ("times", "owner_commitment", "level", "version", "charges", "frequency"):
        assert told(capsys, "cases", "report", journal, what)["report"] == what
    assert answer(["cases", "report", str(journal), "charges"]) == DONE
    assert "nothing to list" in capsys.readouterr().out


def test_what_cannot_be_filed_is_refused_with_its_reason(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(filed(journal, "--fact", "oops")) == REFUSED
    assert "cli.bad_pair: 'oops' is not NAME=VALUE" in capsys.readouterr().err
    (journal.parent / "request.json").write_text("{}")
    assert answer(filed(journal)) == REFUSED
    assert "cli.bad_command" in capsys.readouterr().err
    assert answer(["cases", "show", str(journal), "none"]) == REFUSED
    assert "cases.unknown" in capsys.readouterr().err
    assert answer(["cases", "withdraw", str(journal / "no"), "c", "--as", "owner"]) == REFUSED
