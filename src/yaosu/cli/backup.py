"""``yaosu backup``, ``restore``, ``copy``, ``promote``: a journal in more than one place."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.output import json_option, progress, say, say_json
from yaosu.cli.verify import Advance
from yaosu.kernel.refusal import refuse, refuse_unless

HASH_CHARACTERS = 12
DIGITS_MAX = 40
ADDRESS = "://"  # in the name of a journal that is not a file
LOGINS = ".logins"  # the ending of the logins beside it
KEYS = ".keys"  # the ending of a key store beside its journal


@click.command()
@click.argument("journal")
@click.argument("place", metavar="FILE|FOLDER")
@json_option
def backup(journal: str, place: str, as_json: bool) -> None:
    """Copy the JOURNAL into one file while its writer goes on, and verify what was written.

    Everything acknowledged before this command began is in it. In a folder the file is named after
    its size and last hash. A backup is itself a journal: verify, audit, replay and export take it.
    The documents beside the journal go along, into a folder beside the backup.
    """
    from yaosu.engine.copies import BACKUP, make_copy

    meant = not place.endswith("/") or Path(place).is_dir()  # bk/ is a folder, there or not
    refuse_unless(meant or ADDRESS in place, "cli.no_folder", path=place)
    with _opened(journal) as store, progress("copying", None) as step:
        target = _named(Path(place), store) if Path(place).is_dir() else place
        refuse_unless(ADDRESS not in target, "cli.not_a_file", path=_shown(target))
        made = make_copy(store, target, BACKUP, None, Advance(step))
    _say_made(made, "backup/1", as_json)
    _copy_logins(journal, target, as_json)
    _copy_documents(journal, target, as_json)
    _copy_notices(journal, target, as_json)
    keys = Path(journal).with_suffix(KEYS)
    if not as_json and keys.exists():
        say(f"  {keys} is not in it: back the keys up apart from the journal")


@click.command()
@click.argument("source", metavar="BACKUP")
@click.argument("journal")
@click.option("--to", "moment", help="Last entry to restore: its number, or an instant.")
@click.option("--promote", "statement", help="Promote it at once, with this statement.")
@json_option
def restore(
    source: str, journal: str, moment: str | None, statement: str | None, as_json: bool
) -> None:
    """Make a JOURNAL from a BACKUP, whole or up to a moment, and verify it.

    It may be read, verified and replayed at once. It is written only after its promotion, which
    wants a statement that the original is retired.
    """
    from yaosu.engine.copies import RESTORE, make_copy, sequence_at
    from yaosu.journal.copied import read_copied
    from yaosu.kernel.instant import parse_instant

    with _opened(source) as store, progress("restoring", None) as step:
        mark = read_copied(store)
        is_backup = mark is not None and store.size == mark.size
        refuse_unless(is_backup, "journal.not_a_backup", path=store.name)
        last = None
        if moment is not None:
            is_number = moment.isdecimal() and len(moment) <= DIGITS_MAX
            last = int(moment) if is_number else sequence_at(store, parse_instant(moment))
        made = make_copy(store, journal, RESTORE, last, Advance(step))
    _copy_logins(source, journal, as_json)
    _copy_documents(source, journal, as_json)
    _copy_notices(source, journal, as_json)
    if statement is None:
        _say_made(made, "restore/1", as_json)
    else:
        if not as_json:
            _say_made(made, "restore/1", as_json)
        _promote(journal, statement, as_json)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@json_option
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy a journal FROM one store TO another: a file, or an address of a server.

    Both have the same hashes and the same root. The copy is written only after its promotion.
    """
    from yaosu.engine.copies import COPY, make_copy

    with _opened(source) as store, progress("copying", None) as step:
        made = make_copy(store, target, COPY, None, Advance(step))
    _say_made(made, "copy/1", as_json)


@click.command()
@click.argument("journal")
@click.option("--retired", "statement", required=True, help="Who retired the original, and why.")
@json_option
def promote(journal: str, statement: str, as_json: bool) -> None:
    """Let a restored or copied JOURNAL be written, in the place of its original.

    The journal is verified first. Where the original can be reached it must be closed and no
    longer than this one; it is then marked, and never written again. The statement goes on record
    as an entry.
    """
    _promote(journal, statement, as_json)


def _copy_logins(journal: str, target: str, as_json: bool) -> None:
    """The logins of the journal's server, beside it, go along into a file beside the copy."""
    logins = Path(journal).with_suffix(LOGINS)
    if ADDRESS in journal or ADDRESS in target or not logins.exists():
        return
    from yaosu.server.logins_copy import copy_logins

    beside = Path(target).with_suffix(LOGINS)
    copy_logins(str(logins), str(beside))
    if not as_json:
        say(f"  {beside}: the logins of its server")


def _copy_notices(journal: str, target: str, as_json: bool) -> None:
    """The inboxes of the journal's server, beside it, go along into a file beside the copy."""
    from yaosu.workers.notices.inbox import ENDING, copy_inbox

    kept = Path(journal).with_suffix(ENDING)
    if ADDRESS in journal or ADDRESS in target or not kept.exists():
        return
    beside = Path(target).with_suffix(ENDING)
    copy_inbox(str(kept), str(beside))
    if not as_json:
        say(f"  {beside}: the notices of its server")


def _copy_documents(journal: str, target: str, as_json: bool) -> None:
    """The documents beside a journal go along; one that is not whole is told and left out."""
    from yaosu.workers.documents import DocumentFolder, folder_beside

    if ADDRESS in journal or ADDRESS in target or not folder_beside(journal).is_dir():
        return
    beside = DocumentFolder(folder_beside(target))
    copied, bad = DocumentFolder(folder_beside(journal)).copy_to(beside)
    for name in bad:
        click.echo(f"document {name} is not what it was: it was left out", err=True)
    if not as_json:
        say(f"  {beside.path}: {copied} documents, read back and verified")


def _opened(name: str) -> Any:
    from yaosu.door import use_compiled_code
    from yaosu.journal.opening import open_store

    refuse_unless(not Path(name).is_dir(), "cli.is_a_folder", path=name)
    use_compiled_code()
    return open_store(name, readonly=True)


def _shown(name: str) -> str:
    """The name without the password that an address may hold."""
    from yaosu.journal.opening import place_of

    return str(place_of(name))


def _named(folder: Path, store: Any) -> str:
    head = store.head()
    if not head.size:
        refuse("journal.nothing_to_copy", path=store.name)
    stem = Path(store.name).stem if ADDRESS not in store.name else "journal"
    return str(folder / f"{stem}-{head.size}-{head.last_hash.hex()[:HASH_CHARACTERS]}.db")


def _say_made(made: Any, schema: str, as_json: bool) -> None:
    mark = made.mark
    if as_json:
        say_json(
            schema,
            source=mark.source,
            path=made.name,
            original=mark.original,
            entries=mark.size,
            last_hash=mark.last_hash.hex(),
            root=mark.root.hex(),
            resumed=made.resumed,
        )
        return
    said = f" (the first {made.resumed} from an interrupted copy)" if made.resumed else ""
    say(f"{made.name}: {mark.size} entries{said}, read back and verified")
    say(f"  root       {mark.root.hex()}")
    say(f"  last hash  {mark.last_hash.hex()}")
    say(f"  a copy of {mark.original}; may be read, and written once it is promoted")


def _promote(name: str, statement: str, as_json: bool) -> None:
    from yaosu.door import promote as promote_copy

    with progress("verifying", None) as step:
        promoted = promote_copy(name, statement, on_progress=Advance(step))
    if as_json:
        say_json(
            "promote/1",
            journal=_shown(name),
            original=promoted.original,
            fate=promoted.fate,
            incarnation=promoted.incarnation,
            sequence=promoted.receipt.sequence,
            hash=promoted.receipt.hash.hex(),
        )
        return
    sequence = promoted.receipt.sequence
    say(f"{_shown(name)} goes on from entry {sequence}, incarnation {promoted.incarnation}")
    said = {
        "retired": f"{promoted.original} is retired: it is never written again",
        "itself": "it stands in the place of its original",
        "unreachable": (
            f"{promoted.original} could not be reached: nobody but you can keep it from being "
            "written, and two that go on are two histories"
        ),
    }
    say(f"  {said[promoted.fate]}")
