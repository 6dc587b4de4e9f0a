"""``yaosu import``: move in with the tables of another register."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.files import make_folder, read_text
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import DONE, PATH, REFUSED, json_option, progress, say, say_json, say_table
from yaosu.kernel.refusal import Refusal, refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

ENCODINGS = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}


@click.command("import")
@click.argument("journal", type=journal_place, required=False)
@click.argument("tables", nargs=-1, type=PATH)
@click.option("--as", "actor", default="", help="The registrar or operator who asks.")
@click.option("--map", "chart", type=PATH, help="TOML file: what your sheets and columns mean.")
@click.option("--out", type=PATH, help="Folder for the lists of accepted and refused rows.")
@click.option("--format", "form", type=click.Choice(("csv", "xlsx")), default="csv")
@click.option("--dry-run", is_flag=True, help="Decide every row, write nothing to the journal.")
@click.option(
    "--take-over", is_flag=True, help="Pledges only as taken over by the registrar (--as)."
)
@click.option("--encoding", type=click.Choice(tuple(ENCODINGS)), default="utf-8", help="Of CSV.")
@click.option("--wrapping-key", type=PATH, help="Default YAOSU_WRAPPING_KEY.")
@click.option("--template", type=PATH, help="Write empty templates into this folder, and end.")
@click.option("--language", type=click.Choice(("en", "zh")), default="en", help="Of templates.")
@json_option
def import_(
    journal: "Place | None",
    tables: tuple[Path, ...],
    actor: str,
    chart: Path | None,
    out: Path | None,
    form: str,
    dry_run: bool,
    take_over: bool,
    encoding: str,
    wrapping_key: Path | None,
    template: Path | None,
    language: str,
    as_json: bool,
) -> int:
    """Take parties, units, rights and pledges from TABLES into the JOURNAL.

    TABLES are Excel workbooks, CSV files, or folders of CSV files, named as in the templates; or
    one file of JSON that `yaosu export --register` wrote.
    Every row is accepted or refused by itself. Run it again after a crash or with corrected rows:
    what was accepted is not entered twice. Where a row is refused it ends with 1.
    """
    if template is not None:
        return _write_templates(template, language, as_json)
    if journal is None or not tables:
        raise click.UsageError("name the journal and the tables, or --template FOLDER")
    is_register = len(tables) == 1 and tables[0].suffix.lower() == ".json"
    move = _of_register(tables[0], actor) if is_register else _of(tables, chart, encoding, actor)
    registrar = actor if take_over else ""
    folder = None if out is None else make_folder(out)
    if isinstance(journal, Path):
        refuse_unless(not journal.is_dir(), "cli.is_a_folder", path=str(journal))
        refuse_unless(journal.exists(), "cli.file_missing", path=str(journal))
    with ExitStack() as stack:
        if dry_run:
            desk: Any = _rehearsal(stack, journal, wrapping_key, registrar)
        else:
            from yaosu import door
            from yaosu.workers.importing.desks import VenueDesk

            venue = stack.enter_context(door.open(journal, wrapping_key=wrapping_key))
            desk = VenueDesk(venue, registrar)
        with progress("importing", None) as step:
            moved = move(desk, folder, form, step)
    _say(moved, str(journal), dry_run, as_json)
    return REFUSED if any(one.refused for one in moved.tables.values()) else DONE


def _of(tables: tuple[Path, ...], chart: Path | None, encoding: str, actor: str) -> Any:
    """What is to be done with tables, once there is a desk."""
    from yaosu.workers.importing.mapping import parse_map
    from yaosu.workers.importing.run import move_in
    from yaosu.workers.importing.sheets import find_sheets

    chosen = {} if chart is None else parse_map(read_text(chart), str(chart))
    sheets = find_sheets(list(tables), chosen, ENCODINGS[encoding])
    return lambda desk, *rest: move_in(sheets, desk, actor, *rest)


def _of_register(path: Path, actor: str) -> Any:
    """What is to be done with a register file, once there is a desk."""
    from yaosu.workers.importing.register_file import read_register, register_asks
    from yaosu.workers.importing.run import move_register

    refuse_unless(actor, "workers.import_no_asker", table=str(path))
    file = read_register(read_text(path), str(path))
    return lambda desk, *rest: move_register(
        register_asks(file, actor, desk.parties()), desk, actor, *rest
    )


def _rehearsal(
    stack: ExitStack, journal: "Place", wrapping_key: Path | None, registrar: str
) -> Any:
    from yaosu.door import open_keys
    from yaosu.engine.rehearsal import Rehearsal
    from yaosu.workers.importing.desks import RehearsalDesk

    store = stack.enter_context(open_journal(journal))
    has_keys = True
    try:
        keys = open_keys(journal, wrapping_key, readonly=True)
    except Refusal as refusal:
        if refusal.code != "journal.keys_not_found":  # it would be made
            raise
    else:
        has_keys = keys is not None
        if keys is not None:
            keys.close()
    return RehearsalDesk(Rehearsal(store), has_keys=has_keys, registrar=registrar)


def _say(moved: Any, journal: str, dry_run: bool, as_json: bool) -> None:
    files = [str(path) for path in moved.files]
    if as_json:
        say_json(
            "import/1",
            journal=journal,
            dry_run=dry_run,
            tables={name: msgspec.to_builtins(one) for name, one in moved.tables.items()},
            refused=[
                {"table": table, "line": line, "code": refusal.code, "sentence": refusal.sentence}
                for table, line, refusal in moved.first
            ],
            files=files,
        )
        return
    rows: list[tuple[str, ...]] = [
        (name, str(one.rows), str(one.entered), str(one.before), str(one.refused))
        for name, one in moved.tables.items()
    ]
    entered = "would be entered" if dry_run else "entered"
    say_table(("table", "rows", entered, "entered before", "refused"), rows, {1, 2, 3, 4})
    for table, line, refusal in moved.first:
        say(f"  {table}, line {line}: {refusal}")
    for name in files:
        say(f"  {name}")


def _write_templates(folder: Path, language: str, as_json: bool) -> int:
    from yaosu.workers.importing.results import write_templates

    files = [str(path) for path in write_templates(make_folder(folder), language)]
    if as_json:
        say_json("import-template/1", files=files)
    else:
        for name in files:
            say(name)
    return DONE
