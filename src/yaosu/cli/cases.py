"""``yaosu cases``: whose turn it is, what is in the way, by when; and how a case goes on."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered, asking
from yaosu.cli.files import read_bytes, read_text
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.state_tables import say_rows
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse, refuse_unless

if TYPE_CHECKING:
    from yaosu.client import Answer
    from yaosu.engine.receipt import Receipt
    from yaosu.journal.opening import Place
    from yaosu.kernel.words import Command

journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
case_argument = click.argument("case")
by_option = click.option("--as", "actor", required=True, help="The party that asks.")
reason_option = click.option("--reason", required=True, help="Why; goes on record.")
stage_option = click.option("--stage", required=True, help="Stage of the procedure.")


@click.group()
def cases() -> None:
    """Follow procedures: what is done, what blocks it, whose turn it is, by when."""


@cases.command("list", cls=AtServer)
@journal_argument
@json_option
def list_them(journal: "Place | ServerPlace", as_json: bool) -> None:
    """List the cases of the JOURNAL: procedure, applicant, how far, when filed."""
    say_rows("cases-list/1", journal, answered(journal, "cases.list"), as_json)


@cases.command(cls=AtServer)
@journal_argument
@click.option("--role", default="", help="Only what waits for this role, or for `applicant`.")
@json_option
def inbox(journal: "Place | ServerPlace", role: str, as_json: bool) -> None:
    """List what waits for somebody, the most urgent first: due, stage, whose turn, what blocks."""
    rows = answered(journal, "cases.inbox", role=role)
    say_rows("cases-inbox/1", journal, rows, as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@json_option
def show(journal: "Place | ServerPlace", case: str, as_json: bool) -> None:
    """Show a CASE: what is done, whose turn it is, what is in the way, and where to appeal."""
    from msgspec import convert

    from yaosu.cases.views import CasePage

    told = answered(journal, "cases.show", case=case)
    if as_json:
        say_json("cases-show/1", journal=str(journal), page=told)
        return
    page = convert(told, CasePage)
    held = ", suspended" if page.is_suspended else ""
    say(f"{page.case}: {page.procedure}, of {page.applicant}, {page.phase}{held}")
    say(f"filed {format_instant(page.filed_at)}")
    for stage, at, by, outcome in page.done:
        say(f"  {outcome:7} {stage}: {format_instant(at)} by {by}")
    for turn in page.turns:
        late = " (overdue)" if turn.is_overdue else ""
        due = f", due {format_instant(turn.due)}{late}" if turn.due else ""
        block = f"; waits for {', '.join(turn.blocked_by)}" if turn.blocked_by else ""
        say(f"  now     {turn.stage}: {turn.whose}{due}{block}")
    for stage in page.to_come:
        say(f"  then    {stage}")
    for promise, (due_at, met, breached) in page.promises.items():
        standing = "met" if met else "breached" if breached else "due"
        at = met or breached or due_at
        say(f"  commitment {promise}: {standing} {format_instant(at) if at else ''}")
    for name, standing in page.objections.items():
        say(f"  objection {name}: {standing}")
    for code, reason in page.flags.items():
        say(f"  flag {code}: {reason}")
    for reason in page.reasons:
        say(f"  reason: {reason}")
    if page.appeal_to:
        until = f" until {format_instant(page.appeal_until)}" if page.appeal_until else ""
        say(f"  appeal to the {page.appeal_to}{until}")
    if page.carried:
        say(f"  what it leads to was refused: {page.carried}")


@cases.command(cls=AtServer)
@journal_argument
@click.argument(
    "what",
    type=click.Choice(["times", "owner_commitment", "level", "version", "charges", "frequency"]),
)
@json_option
def report(journal: "Place | ServerPlace", what: str, as_json: bool) -> None:
    """Report on all cases: times (side by side against one after the other), times by commitment,
    by competent level or by version of the procedure, charges, or how often each party met them."""
    rows = answered(journal, "cases.report", what=what)
    say_rows("cases-report/1", journal, rows, as_json, report=what)


@cases.command("file", cls=AtServer)
@journal_argument
@case_argument
@click.option("--procedure", required=True, help="Its id; the version in force is followed.")
@by_option
@click.option("--fact", "facts", multiple=True, help="NAME=VALUE, as the procedure asks.")
@click.option("--document", "documents", multiple=True, help="ID=FILE; its digest is filed.")
@click.option(
    "--owner-commitment", "owner_commitments", multiple=True, help="A commitment that is given."
)
@click.option("--region", default="", help="Where it belongs.")
@click.option("--request", type=PATH, help="JSON file of the command the approval leads to.")
@json_option
def file_case(
    journal: "Place | ServerPlace", case: str, procedure: str, actor: str, facts: tuple[str, ...],
    documents: tuple[str, ...], owner_commitments: tuple[str, ...], region: str,
    request: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """File a CASE of a procedure."""
    from yaosu.cases.commands import FileCase

    command = FileCase(
        actor=actor,
        key=f"cli-file-{case}",
        case=case,
        procedure=procedure,
        facts={name: _value(text) for name, text in _pairs(facts)},
        documents=_digests(documents),
        request=_request(request, case, actor) if request is not None else b"",
        owner_commitments=owner_commitments,
        region=region,
    )
    _ask(journal, command, as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@stage_option
@by_option
@click.option("--note", default="", help="A note; goes on record.")
@json_option
def complete(
    journal: "Place | ServerPlace", case: str, stage: str, actor: str, note: str, as_json: bool
) -> None:
    """Complete a stage of a CASE."""
    from yaosu.cases.commands import CompleteStage

    fields = {"case": case, "stage": stage, "note": note}
    _ask(journal, CompleteStage(actor=actor, key=f"cli-complete-{case}-{stage}", **fields), as_json)


@cases.command("refuse", cls=AtServer)
@journal_argument
@case_argument
@stage_option
@by_option
@click.option("--reason", "reasons", multiple=True, required=True, help="Why; may be repeated.")
@json_option
def refuse_case(
    journal: "Place | ServerPlace",
    case: str,
    stage: str,
    actor: str,
    reasons: tuple[str, ...],
    as_json: bool,
) -> None:
    """Refuse a CASE in a stage, with reasons."""
    from yaosu.cases.commands import RefuseCase

    fields: dict[str, Any] = {"case": case, "stage": stage, "reasons": reasons}
    _ask(journal, RefuseCase(actor=actor, key=f"cli-refuse-{case}-{stage}", **fields), as_json)


@cases.command("add", cls=AtServer)
@journal_argument
@case_argument
@by_option
@click.argument("documents", nargs=-1, required=True, metavar="ID=FILE...")
@json_option
def add(
    journal: "Place | ServerPlace", case: str, actor: str, documents: tuple[str, ...], as_json: bool
) -> None:
    """Add documents to an open CASE, or replace them; their digests are filed."""
    from yaosu.cases.commands import AddDocuments

    digests = _digests(documents)
    mark = sha256(repr(sorted(digests.items())).encode()).hexdigest()[:16]
    command = AddDocuments(actor=actor, key=f"cli-add-{mark}", case=case, documents=digests)
    _ask(journal, command, as_json)


@cases.command("object", cls=AtServer)
@journal_argument
@case_argument
@click.option("--objection", required=True, help="An id for it.")
@by_option
@reason_option
@json_option
def object_to(
    journal: "Place | ServerPlace",
    case: str,
    objection: str,
    actor: str,
    reason: str,
    as_json: bool,
) -> None:
    """Object to a CASE while its public notice is open."""
    from yaosu.cases.commands import ObjectToCase

    fields = {"case": case, "objection": objection, "reason": reason}
    key = f"cli-object-{case}-{objection}"
    _ask(journal, ObjectToCase(actor=actor, key=key, **fields), as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@by_option
@reason_option
@json_option
def appeal(
    journal: "Place | ServerPlace", case: str, actor: str, reason: str, as_json: bool
) -> None:
    """Appeal against the refusal of a CASE."""
    from yaosu.cases.commands import AppealCase

    key = f"cli-appeal-{case}-{sha256(reason.encode()).hexdigest()[:16]}"
    _ask(journal, AppealCase(actor=actor, key=key, case=case, reason=reason), as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@click.option("--objection", default="", help="The objection; without it, the open appeal.")
@click.option("--uphold/--dismiss", "upheld", required=True, help="Which way.")
@by_option
@click.option("--ground", required=True, help="Why; goes on record.")
@json_option
def decide(
    journal: "Place | ServerPlace", case: str, objection: str, upheld: bool, actor: str,
    ground: str, as_json: bool,
) -> None:  # fmt: skip
    """Decide an objection to a CASE, or an appeal in it."""
    from yaosu.cases.commands import DecideAppeal, DecideObjection

    mark = sha256(ground.encode()).hexdigest()[:16]
    fields: dict[str, Any] = {"case": case, "is_upheld": upheld, "ground": ground}
    if objection:
        key = f"cli-decide-{case}-{objection}"
        _ask(journal, DecideObjection(actor=actor, key=key, objection=objection, **fields), as_json)
    else:
        _ask(journal, DecideAppeal(actor=actor, key=f"cli-appealed-{mark}", **fields), as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@click.option("--owner-commitment", required=True, help="The commitment that was met.")
@click.option("--document", type=PATH, help="What proves it; its digest goes on record.")
@by_option
@json_option
def confirm(
    journal: "Place | ServerPlace",
    case: str,
    owner_commitment: str,
    document: Path | None,
    actor: str,
    as_json: bool,
) -> None:
    """Confirm that a commitment of a CASE was met."""
    from yaosu.cases.commands import ConfirmOwnerCommitment

    source = sha256(read_bytes(document)).hexdigest() if document is not None else ""
    fields = {"case": case, "owner_commitment": owner_commitment, "source": source}
    key = f"cli-confirm-{case}-{owner_commitment}"
    _ask(journal, ConfirmOwnerCommitment(actor=actor, key=key, **fields), as_json)


@cases.command(cls=AtServer)
@journal_argument
@case_argument
@by_option
@click.option("--reason", default="", help="Why; goes on record.")
@json_option
def withdraw(
    journal: "Place | ServerPlace", case: str, actor: str, reason: str, as_json: bool
) -> None:
    """Take a CASE back."""
    from yaosu.cases.commands import WithdrawCase

    key = f"cli-withdraw-{case}"
    _ask(journal, WithdrawCase(actor=actor, key=key, case=case, reason=reason), as_json)


def _submit(journal: "Place | ServerPlace", command: "Command") -> "Receipt | Answer":
    """Ask it; asked again after a refusal, the same words are a new question."""
    from msgspec.structs import replace

    with asking(journal) as (venue, size):
        return venue.submit(replace(command, key=f"{command.key}-{size}"[-96:])).accepted()


def _ask(journal: "Place | ServerPlace", command: "Command", as_json: bool) -> None:
    """Send a command through the one door, and tell what followed; a refusal is raised."""
    from yaosu.kernel.words import tag_of

    receipt = _submit(journal, command)
    events = [tag_of(event) for event in receipt.events]
    if as_json:
        say_json(
            "cases-asked/1",
            journal=str(journal),
            sequence=receipt.sequence,
            instant=format_instant(receipt.instant),
            events=events,
        )
        return
    say(f"entry {receipt.sequence}, {format_instant(receipt.instant)}")
    say_table(("what followed",), [(event,) for event in events], set())


def _pairs(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        refuse_unless(name and sign, "cli.bad_pair", text=text)
        pairs.append((name, value))
    return pairs


def _value(text: str) -> str | int | bool:
    """``true`` and ``false``, whole numbers, else text."""
    if text in {"true", "false"}:
        return text == "true"
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else text


def _digests(documents: tuple[str, ...]) -> dict[str, str]:
    return {name: sha256(read_bytes(Path(path))).hexdigest() for name, path in _pairs(documents)}


def _request(path: Path, case: str, applicant: str) -> bytes:
    import msgspec

    from yaosu.cases.requests import key_of, request_of
    from yaosu.core import AnyCommand
    from yaosu.kernel.words import Command

    try:
        fields = msgspec.json.decode(read_text(path), type=dict[str, Any])
        given = {**fields, "actor": applicant, "key": key_of(case)}
        command = msgspec.convert(given, AnyCommand, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        refuse("cli.bad_command", path=str(path), reason=str(error))
    assert isinstance(command, Command)
    return request_of(command, case, applicant)
