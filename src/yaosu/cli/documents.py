"""``yaosu documents``: files kept by their digest, of a journal here or of a server elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace
from yaosu.cli.documents_check import documents_of, folder_of
from yaosu.cli.files import read_bytes, write_whole
from yaosu.cli.opening import journal_place
from yaosu.cli.output import CHECK_FAILED, DONE, PATH, json_option, say, say_json, say_table
from yaosu.cli.state_tables import read_state
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

LOCAL_MAX = 1 << 40
journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
folder_option = click.option("--documents", type=PATH, help="Their folder; default: beside it.")


@click.group()
def documents() -> None:
    """Files kept by their SHA-256: give, fetch, list, check, delete.

    A journal here is read, or the server of --server is asked.
    """


@documents.command(cls=AtServer)
@journal_argument
@click.argument("file", type=PATH)
@click.option("--as", "party", required=True, help="The party that gives it.")
@click.option("--kind", default="other", show_default=True, help="evidence, deed or other.")
@folder_option
@json_option
def put(
    journal: "Place | ServerPlace",
    file: Path,
    party: str,
    kind: str,
    documents: Path | None,
    as_json: bool,
) -> None:
    """Keep FILE as a document; the entry says its digest, type, size and who gave it.

    Its type is found out from its bytes: PDF, PNG, JPEG, GIF, WebP, TIFF, docx and xlsx without
    macros, OFD and text in UTF-8 are taken.
    """
    data = read_bytes(file)
    if isinstance(journal, ServerPlace):
        with journal.client() as venue:
            kept = venue.keep_document(data, file.name, party=party, kind=kind)
    else:
        kept = _put(journal, data, file.name, party, kind, documents)
    if as_json:
        say_json("documents-put/1", **kept)
        return
    entry = f"entry {kept['sequence']}" if kept["sequence"] is not None else "kept before"
    say(f"{kept['document']}  {kept['name']}: {kept['media_type']}, {kept['size']} bytes, {entry}")


@documents.command(cls=AtServer)
@journal_argument
@click.argument("document", metavar="SHA256")
@click.option("--out", type=PATH, required=True, help="Where to write it.")
@folder_option
@json_option
def get(
    journal: "Place | ServerPlace",
    document: str,
    out: Path,
    documents: Path | None,
    as_json: bool,
) -> None:
    """Write a document to a file, once its bytes are known to be those that were given."""
    from hashlib import sha256

    if isinstance(journal, ServerPlace):
        with journal.client() as venue:
            data = venue.document(document)
    else:
        from yaosu.workers.documents import DocumentFolder

        known = read_state(journal).cases.files.documents.get(document)
        known = None if known is None or known.deleted_at else known
        kept = found(known, "cases.document_not_kept", document=document[:100])
        with DocumentFolder(_folder(journal, documents)).open(document, kept.size) as file:
            data = file.read()
    is_whole = sha256(data).hexdigest() == document
    refuse_unless(is_whole, "workers.document_missing", document=document[:100])
    write_whole(out, data)
    if as_json:
        say_json("documents-get/1", document=document, path=str(out), size=len(data))
    else:
        say(f"{out}: {len(data)} bytes, as they were given")


@documents.command("list", cls=AtServer)
@journal_argument
@click.option("--due", is_flag=True, help="Only those that may be deleted now.")
@folder_option
@json_option
def list_them(
    journal: "Place | ServerPlace", due: bool, documents: Path | None, as_json: bool
) -> None:
    """List documents: digest, kind, type, size, who gave them, until when they are kept and why."""
    if isinstance(journal, ServerPlace):
        with journal.client() as venue:
            rows = list(venue.rows("documents", **({"due": "true"} if due else {})))
    else:
        rows = _rows(journal, documents, due)
    told = [
        {**row, "at": format_instant(row["at"]), "kept_until": _until(row["kept_until"])}
        | {"deleted": format_instant(row["deleted"]) if row["deleted"] else ""}
        for row in rows
    ]
    if as_json:
        say_json("documents-list/1", journal=str(journal), rows=told)
        return
    if not told:
        say(f"{journal}: no documents")
        return
    heads = ("document", "name", "media_type", "size", "given_by", "kept_until", "why")
    table = [tuple(_cell(row[head]) for head in heads) for row in told]
    say_table(heads, table, {3})


@documents.command()
@click.argument("journal", type=journal_place)
@folder_option
@json_option
def check(journal: Any, documents: Path | None, as_json: bool) -> int:
    """Read every document of a JOURNAL and hold it against its digest.

    Ends with 3 where one that is kept is missing or altered. What is there and should not be is
    told as well: it does no harm.
    """
    held = documents_of(journal, read_state(journal).cases.files.documents, documents)
    if as_json:
        say_json("documents-check/1", journal=str(journal), **held.told)
    else:
        say(f"{journal}: {held.kept} documents are kept")
        held.say()
    return CHECK_FAILED if held.is_bad else DONE


@documents.command()
@click.argument("journal", type=journal_place)
@click.argument("document", metavar="SHA256")
@click.option("--as", "actor", required=True, help="The party that asks: a registrar, or operator.")
@click.option("--reason", required=True, help="Why; goes on record.")
@folder_option
@json_option
def delete(
    journal: Any, document: str, actor: str, reason: str, documents: Path | None, as_json: bool
) -> None:
    """Delete a document that need not be kept any longer: its digest and the entry stay.

    Backups that were made before still hold it.
    """
    from yaosu.cases.commands import DeleteDocument

    with _keeper(journal, documents) as keeper:
        key = f"cli-delete-{keeper.new_draw()}"
        command = DeleteDocument(actor=actor, key=key, document=document, reason=reason)
        receipt = keeper.delete(command).accepted()
    if as_json:
        say_json("documents-delete/1", document=document, sequence=receipt.sequence)
    else:
        say(f"{document} is deleted, entry {receipt.sequence}")


def _put(
    journal: "Place | ServerPlace",
    data: bytes,
    name: str,
    party: str,
    kind: str,
    folder: Path | None,
) -> dict[str, Any]:
    from msgspec import to_builtins

    with _keeper(journal, folder) as keeper:
        kept: dict[str, Any] = to_builtins(keeper.keep_bytes(data, party, kind, name))
    return kept


@contextmanager
def _keeper(journal: Any, folder: Path | None) -> Iterator[Any]:
    """The keeper of a journal that is opened to be written."""
    from yaosu import door
    from yaosu.workers.documents import DocumentFolder
    from yaosu.workers.keeping import Keeper

    is_there = not isinstance(journal, Path) or journal.is_file()
    refuse_unless(is_there, "cli.file_missing", path=str(journal))
    path = _folder(journal, folder)
    with door.open(journal) as venue:
        yield Keeper(venue, DocumentFolder(path), door.draw, LOCAL_MAX)


def _folder(journal: Any, folder: Path | None) -> Path:
    if folder is None and not isinstance(journal, Path):
        raise click.UsageError("--documents: say in which folder they are")
    path = folder_of(journal, folder)
    assert path is not None
    return path


def _rows(journal: "Place", folder: Path | None, due: bool) -> list[dict[str, Any]]:
    from msgspec import to_builtins

    from yaosu.workers.documents import DocumentFolder
    from yaosu.workers.listed import is_due, row_of

    state = read_state(journal)
    files = DocumentFolder(_folder(journal, folder))
    rows = [
        row_of(state, files, digest, (), is_office=True)
        for digest in sorted(state.cases.files.documents)
    ]
    return [to_builtins(row) for row in rows if not due or is_due(row, state.now)]


def _until(instant: int) -> str:
    return "for ever" if instant < 0 else format_instant(instant) if instant else ""


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
