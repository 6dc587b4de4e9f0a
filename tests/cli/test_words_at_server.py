"""Every word of the command line at a server: the same as on the journal, or refused with why."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.test_places import FILE
from tests.server.serving import Served, make_logins, make_venue
from tests.stories import EXCHANGE, MINISTRY
from yaosu import door
from yaosu.cli.app import answer, app
from yaosu.cli.at_server import AtServer
from yaosu.cli.where import WORDS
from yaosu.journal.checkpoint import parse_checkpoint
from yaosu.kernel.refusal import Refusal
from yaosu.languages import one_line
from yaosu.places.commands import DefinePlan, DefineSpatialTree
from yaosu.places.methods.geojson import read_geojson
from yaosu.places.spatial import PlanEntry, UseAmount

VKEY = "venue-1+9bf40940+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"  # of the tests' venue
SAME = (  # what the journal is asked, and an office asks a server: to the letter the same
    "rights list",
    "rights list --holder anna",
    "rights list --at 2100-01-01T00:00:00Z",
    "rights show gpu-anna",
    "rights show unit-gpu-anna",
    "rights pledges",
    "rights classes",
    "rights values unit-gpu-anna",
    "rights outlines",
    "access list admissions",
    "access list recognitions",
    "access list grades",
    "access list resolutions",
    "access list powers",
    "access list attestations",
    "access list doubtful",
    "access exit anna",
    "access limits",
    "access limits anna bert",
    "access entry-cost compute",
    "access equal-use",
    "access friction places",
    "cases list",
    "cases show case-1",
    "cases inbox",
    "cases inbox --role registrar",
    "cases report times",
    "cases report charges",
    "cases report frequency",
    "places uses east old-town",
    "places geojson east",
    "places geojson east --out OUT.geojson",
    "places geopackage east --out OUT.gpkg",
    "journal show",
    "journal show --from 3 --to 9 --full",
    "rules explain 12",
    "rules explain --command COMMAND",
    "rules diff national national@2026.1 AT",
    "quarantine list",
    "documents list",
)
SEEN_ONCE = {
    "rights certificate",
    "rights check",
    "prove",
    "verify",
    "documents get",
}  # tested below


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("words") / "venue"
    make_venue(folder)
    with door.open(folder / "market.db") as venue:
        units = read_geojson(FILE, 7)
        tree = DefineSpatialTree(actor=MINISTRY, key="t", tree="east", version="1", units=units)
        venue.submit(tree).accepted()
        parks = PlanEntry(unit="city", uses=(UseAmount(use="park", area_m2=40),))
        plan = DefinePlan(
            actor=MINISTRY, key="p", plan="green", version="1", tree="east", entries=(parks,)
        )
        venue.submit(plan).accepted()
    made = Served(folder, make_logins(folder), "--signing-key", "signing.key")
    yield made
    made.stop()


def words_of(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from words_of(inner, (*path, name))


def as_(monkeypatch: pytest.MonkeyPatch, served: Served, login: str) -> None:
    monkeypatch.setenv("YAOSU_TOKEN", served.tokens[login])


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int | None = 0) -> str:
    found = answer(words)
    told = capsys.readouterr()
    assert code in (None, found), told.err
    return told.out if found == 0 else told.err


def test_the_table_has_every_word_and_says_where_it_works() -> None:
    """Holds docs/reference/words-at-a-server.md: no word is missing, none is told wrongly."""
    found = dict(words_of(app))
    assert found.keys() == WORDS.keys()
    for word, command in found.items():
        options = {name for one in command.params for name in one.opts}
        asks = WORDS[word].at in {"both", "server"}
        assert ("--server" in options) is asks, word
        assert isinstance(command, AtServer) is (WORDS[word].at == "both"), word
        assert bool(WORDS[word].shown) is asks, word
        assert bool(WORDS[word].why and WORDS[word].instead) is not asks, word
    asked = {word for word, row in WORDS.items() if row.shown == "asked by a party of the login"}
    compared = {word for word in WORDS if any(one.startswith(word) for one in SAME)}
    read = {word for word, row in WORDS.items() if row.at == "both"} - asked
    assert read == compared | SEEN_ONCE


@pytest.mark.parametrize("word", [word for word, row in WORDS.items() if row.why])
def test_what_works_beside_a_journal_alone_says_why_and_what_to_do(
    word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in ([*word.split(), "http://127.0.0.1:1"], [*word.split(), "--server=http://x"]):
        refused = said(capsys, *words, code=1)
        row = WORDS[word]
        sentence = f"yaosu {word} does not work through a server: {row.why}"
        assert refused == f"cli.needs_journal: {sentence}; do it otherwise: {row.instead}\n"
    chinese = one_line(
        Refusal("cli.needs_journal", word=word, why=row.why, instead=row.instead), "zh"
    )
    assert row.why not in chinese
    assert row.instead not in chinese


@pytest.mark.parametrize("line", SAME)
def test_a_server_says_what_the_journal_says(
    line: str, served: Served, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """The same text and the same JSON, but for the name of where it was asked."""
    as_(monkeypatch, served, "operator")
    monkeypatch.chdir(tmp_path)
    Path("COMMAND").write_text(
        json.dumps(
            {
                "command": "access.apply_for_admission",
                "actor": "carl",
                "factor": "compute",
                "role": "bidder",
            }
        )
    )
    journal = str(served.folder / "market.db")
    words = line.removesuffix(" AT").split()
    group, rest = words[:2], words[2:]
    files: list[bytes] = []
    told: list[tuple[str, Any]] = []
    for place in (journal, served.url):
        if line.endswith(" AT"):
            here = (
                [*words, "--server", place] if place == served.url else [*words, "--journal", place]
            )
        else:
            here = [*group, place, *rest]
        text = said(capsys, *here).replace(place, "HERE")
        files += [path.read_bytes() for path in sorted(tmp_path.glob("OUT.*"))]
        is_json = line != "places geojson east"
        data = json.loads(said(capsys, *here, "--json")) if is_json else {}
        told.append((text, {name: value for name, value in data.items() if name != "journal"}))
    assert told[0] == told[1]
    assert told[0][0] or told[0][1]
    assert files[: len(files) // 2] == files[len(files) // 2 :]


def test_who_has_no_office_sees_their_own_and_no_more(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_(monkeypatch, served, "anna")
    at = ("--server", served.url)

    def rows(*words: str) -> Any:
        found = json.loads(said(capsys, *words, *at, "--json"))
        return found.get("rows", found.get("rights", found.get("entries")))

    assert {row["holder"] for row in rows("rights", "list")} == {"anna"}
    assert {row["party"] for row in rows("access", "limits")} <= {"anna"}
    assert {row["party"] for row in rows("access", "list", "admissions")} == {"anna"}
    assert {row["actor"] for row in rows("journal", "show")} == {"anna"}
    assert {row["applicant"] for row in rows("cases", "list")} == {"anna"}
    hidden = (
        ("rights", "show", "gpu-bert"), ("rights", "values", "unit-gpu-bert"),
        ("access", "exit", "bert"), ("access", "limits", "bert"), ("rules", "explain", "3"),
        ("prove", "3", "--out", "x", "--payloads", "y"),
    )  # fmt: skip
    for words in hidden:
        refused = json.loads(_out(capsys, *words, *at, "--json"))
        unknown = {
            "rights.unknown_thing", "rights.unknown_unit", "parties.unknown", "server.unknown_row",
        }  # fmt: skip
        assert refused["code"] in unknown, words
    for words in (
        ("rights", "classes"), ("access", "equal-use"), ("cases", "report", "times"),
        ("quarantine", "list"), ("rights", "outlines"),
    ):  # fmt: skip
        assert json.loads(_out(capsys, *words, *at, "--json"))["code"] == "server.office_needed"


def _out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert answer(words) == 1
    return capsys.readouterr().out


def test_proofs_come_over_http_and_hold_under_the_key_that_is_known(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    """From afar: inclusion, continuation, a party's rows, the whole log; all by a known key."""
    as_(monkeypatch, served, "anna")
    monkeypatch.chdir(tmp_path)
    at = ("--server", served.url)
    with served.as_("anna") as anna:
        Path("kept").write_text(anna.get("/checkpoint").text)
        vkey = anna.get("/v1/venue").json()["keys"][-1]
        (own, *_) = [row["sequence"] for row in anna.get("/v1/entries").json()["rows"]]
    said(capsys, "prove", str(own), *at, "--out", "entry", "--payloads", "held")
    shown = said(capsys, "verify", "--proof", "entry", "--vkey", vkey, "--payloads", "held")
    assert f"entry {own} stands in the journal" in shown
    assert "by anna" in shown
    said(capsys, "prove", *at, "--party", "anna", "--out", "rows")
    assert "rows of anna" in said(capsys, "verify", "--proof", "rows", "--vkey", vkey)
    said(capsys, "prove", *at, "--since", "kept", "--out", "longer")
    words = ("verify", "--proof", "longer", "--vkey", vkey, "--since", "kept")
    assert "continue the" in said(capsys, *words)
    said(capsys, "prove", *at, "--venue-keys", "--out", "keys")
    words = ("verify", "--proof", "entry", "--vkey", vkey, "--venue-keys", "keys")
    assert "stands in the journal" in said(capsys, *words)
    monkeypatch.delenv("YAOSU_TOKEN")  # the log is for anybody
    size = parse_checkpoint(Path("kept").read_text()).size
    told = json.loads(said(capsys, "verify", *at, "--vkey", vkey, "--since", "kept", "--json"))
    assert (told["verdict"], told["log"], told["since"]) == ("matches", served.url, size)
    other = "venue-1+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    assert answer(["verify", *at, "--vkey", other]) in {1, 3}
    capsys.readouterr()
    assert "is checked with --vkey" in said(capsys, "verify", *at, code=2)
    assert "leave --key" in said(capsys, "prove", "3", *at, "--key", "k", "--out", "x", code=2)


def test_a_certificate_is_made_and_checked_by_the_server(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    as_(monkeypatch, served, "anna")
    monkeypatch.chdir(tmp_path)
    at = ("--server", served.url)
    with served.as_() as anybody:
        vkey = anybody.get("/v1/venue").json()["keys"][-1]
    said(capsys, "rights", "certificate", "gpu-anna", *at, "--out", "c.json", "--pdf", "c.pdf")
    monkeypatch.delenv("YAOSU_TOKEN")
    for file in ("c.json", "c.pdf"):
        there = said(capsys, "rights", "check", file, "--vkey", vkey, *at)
        assert "the register says: valid" in there
        assert "signed with the key in force, which still is" in there
        words = ("rights", "check", file, "--vkey", vkey, "--journal")
        assert said(capsys, *words, str(served.folder / "market.db")) == there
    assert "leave --key" in said(
        capsys, "rights", "certificate", "gpu-anna", *at, "--key", "k", "--out", "x", code=2
    )


def test_commands_and_documents_go_through_the_server(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    as_(monkeypatch, served, "operator")
    monkeypatch.chdir(tmp_path)
    at = ("--server", served.url)
    Path("deed.txt").write_text("a deed")
    given = json.loads(
        said(capsys, "documents", "put", "deed.txt", "--as", EXCHANGE, *at, "--json")
    )
    said(capsys, "documents", "get", given["document"], "--out", "again.txt", *at)
    assert Path("again.txt").read_text() == "a deed"
    words = ("institutions", "adopt", "regions/cn", "--as", EXCHANGE, *at)
    (adopted,) = json.loads(said(capsys, *words, "--json"))["adopted"]
    assert (adopted["command"], adopted["what"]) == ("places.define_regions", "regions")
    words = ("quarantine", "release", "ab" * 32, "--actor", EXCHANGE, "--reason", "mended", *at)
    assert json.loads(_out(capsys, *words, "--json"))["code"].startswith("quarantine.")


def test_what_a_server_says_no_with_is_told_as_it_says_it(tmp_path: Path) -> None:
    """A process that has read nothing of the server knows its codes all the same."""
    make_venue(tmp_path / "venue")
    bare = Served(tmp_path / "venue", make_logins(tmp_path / "venue"))  # signs nothing
    try:
        for words in (("verify", "--vkey", VKEY), ("prove", "3", "--out", "x")):
            line = (sys.executable, "-m", "yaosu", *words, "--server", bare.url)
            environment = {**os.environ, "YAOSU_TOKEN": bare.tokens["anna"]}
            ended = subprocess.run(line, capture_output=True, text=True, env=environment)
            assert (ended.returncode, ended.stderr[:23]) == (1, "server.no_signing_key: ")
    finally:
        bare.stop()


def test_what_a_question_cannot_be_is_refused(served: Served) -> None:
    with served.as_("anna") as anna:
        for name, asked, code in (
            ("rights.lists", {}, "server.not_here"),
            ("rights.list", {"holders": "anna"}, "server.bad_body"),
            ("rules.explain", {}, "server.bad_body"),
            ("rules.pack", {"pack": "national@0"}, "server.unknown_row"),
            ("journal.payloads", {"sequence": -1}, "server.unknown_row"),
        ):
            refused = anna.post(f"/v1/questions/{name}", json=asked)
            assert refused.json()["code"] == code
        wrong = anna.post("/v1/questions/rights.list", content=b"{}")
        assert wrong.json()["code"] == "server.wrong_media_type"
