"""Moving in by dropped files: taken, read, checked row by row, entered; as answers to requests."""

import asyncio
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.parties.decide import has_role
from yaosu.server.console.names import Names
from yaosu.server.console.pages.moving import (
    ENCODINGS,
    ENDINGS,
    TABLES,
    MovingPage,
    chart_of,
    chart_text,
    files_in,
    heads_in,
    moving_page,
)
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.errands import Errand, Errands, Step
from yaosu.server.folder import place_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import check_office
from yaosu.server.words import JSON, check_acts_for, convert, read_json
from yaosu.workers.importing.desks import VenueDesk
from yaosu.workers.importing.results import write_templates
from yaosu.workers.importing.run import move_in
from yaosu.workers.importing.sheets import find_sheets

KIND = "import"
ASKERS = ("registrar", "operator")  # who may ask for what tables hold
NAME = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,120}")
FILES_MAX = 20
CHECK, ENTER, STOP, FORGET, KEEP = "check", "enter", "stop", "forget", "keep"
FACT = re.compile(r"(table-\d{1,3}|column-\d{1,3}-\d{1,3}|encoding|actor)")
FACTS_MAX = 2_000
TYPES = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument"
         ".spreadsheetml.sheet"}  # fmt: skip
UNKEPT = {"Cache-Control": "no-store"}


class MoveOn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with an import.

    Attributes:
        act: ``check`` every row and write nothing, ``enter`` them, ``stop``, ``forget`` it all,
            or only ``keep`` what was chosen.
        fields: what was chosen: the table of each sheet, the column of each heading.
    """

    act: str
    fields: dict[str, str] = {}


async def import_room(house: House, call: Call) -> Answer:
    """Where files are dropped, and the imports there are."""
    await check_office(house, call, "import")
    errands = errands_of(house)
    kept = await asyncio.to_thread(errands.all, KIND)
    return await answer_page(house, call, "import.html", "operate", kept)


async def moving_room(house: House, call: Call) -> Answer:
    """One import: its sheets, and what came of it."""
    await check_office(house, call, "import")
    errands, is_chinese = errands_of(house), look_of(call).language == "zh"

    def see() -> MovingPage:
        errand = errands.get(call.path["id"], KIND)
        with house.venue.reading() as state:
            names = Names(state, look_of(call).language)
            able = [p for p in call.caller.parties if any(has_role(state, p, r) for r in ASKERS)]
            actors = [(party, names.party(party)) for party in able]
        told = errands.result(errand.errand)
        path = errands.path(errand.errand)
        return moving_page(errand, path, told, actors, is_chinese=is_chinese)

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "moving.html", "operate", page)


async def template_file(house: House, call: Call) -> Answer:
    """A template to fill in, with headings in the reader's language."""
    name = call.path["name"]
    made = await asyncio.to_thread(_templates, look_of(call).language)
    body = found(made.get(name), "server.not_here", path=call.address_path[:200])
    return _file(name, body)


async def take_file(house: House, call: Call) -> Answer:
    """Take a workbook or a CSV file in: into an import there is, or a new one."""
    await check_office(house, call, "import")
    errands, name = errands_of(house), call.query.get("name", "")
    fits = NAME.fullmatch(name) and name.lower().endswith(ENDINGS)
    refuse_unless(fits, "server.bad_file_name", name=name[:100])

    def take() -> Errand:
        reserve = house.settings.number("documents_reserve")
        left = shutil.disk_usage(house.folder or Path()).free - len(call.body)
        refuse_unless(left > reserve, "server.no_room", bytes=len(call.body), reserve=reserve)
        given = call.query.get("import", "")
        errand = errands.get(given, KIND) if given else errands.new(KIND, call.caller.login, {})
        folder = errands.path(errand.errand) / "files"
        folder.mkdir(exist_ok=True)
        few = len(list(folder.iterdir())) < FILES_MAX or (folder / name).exists()
        reason = f"{FILES_MAX} files at most"
        refuse_unless(few, "server.bad_query", name="import", value=given, reason=reason)
        (folder / name).write_bytes(call.body)
        return errand

    return _told(await asyncio.to_thread(take), 201)


async def told_import(house: House, call: Call) -> Answer:
    """How far an import is."""
    await check_office(house, call, "import")
    errand = await asyncio.to_thread(errands_of(house).get, call.path["id"], KIND)
    return _told(errand)


async def move_on(house: House, call: Call) -> Answer:
    """Check, enter, stop or throw away an import."""
    await check_office(house, call, "import")
    asked: MoveOn = convert(read_json(call.body, "MoveOn"), MoveOn)
    known = asked.act in (CHECK, ENTER, STOP, FORGET, KEEP)
    refuse_unless(known, "server.bad_body", what="MoveOn", reason="no such act")
    fits = len(asked.fields) <= FACTS_MAX and all(FACT.fullmatch(one) for one in asked.fields)
    refuse_unless(fits, "server.bad_body", what="MoveOn", reason="no such field")
    if asked.act in (CHECK, ENTER):
        check_acts_for(call.caller, asked.fields.get("actor", ""))
    return _told(await asyncio.to_thread(_move_on, house, call.path["id"], asked))


async def import_file(house: House, call: Call) -> Answer:
    """A list of what was refused, or of what was taken in."""
    await check_office(house, call, "import")
    errands, name = errands_of(house), call.path["name"]

    def read() -> bytes | None:
        errand = errands.get(call.path["id"], KIND)
        path = errands.path(errand.errand) / "out" / name
        return path.read_bytes() if NAME.fullmatch(name) and path.is_file() else None

    body = await asyncio.to_thread(read)
    return _file(name, found(body, "server.not_here", path=call.address_path[:200]))


def errands_of(house: House) -> Errands:
    """The errands of the server."""
    return found(house.errands, "server.not_ready", reason="it has no folder to work in")


def _move_on(house: House, name: str, asked: MoveOn) -> Errand:
    errands = errands_of(house)
    errand = errands.get(name, KIND)
    if asked.act == STOP:
        errands.stop(name)
        return errands.get(name, KIND)
    if asked.act == FORGET:
        errands.forget(errand)
        return errand
    refuse_unless(errand.state != "running", "server.errand_runs", errand=name)
    encoding = asked.fields.get("encoding", errand.facts.get("encoding", "utf-8"))
    refuse_unless(encoding in ENCODINGS, "server.bad_body", what="MoveOn", reason="encoding")
    errand = errands.note(errand, **{**asked.fields, "encoding": encoding})
    if asked.act != KEEP:
        _run(house, errands, errand, asked.act, encoding)
    return errands.get(name, KIND)


def _run(house: House, errands: Errands, errand: Errand, act: str, encoding: str) -> None:
    folder = errands.path(errand.errand).resolve()
    heads, _ = heads_in(folder, encoding)
    chart = chart_of(heads, errand.facts)
    files = files_in(folder)
    actor = errand.facts["actor"]
    out = folder / "out"
    out.mkdir(exist_ok=True)
    before = errands.result(errand.errand) or {"tables": {}}
    total = sum(counts["rows"] for counts in before["tables"].values()) or -1
    for path in out.iterdir():
        path.unlink()
    found_sheets = find_sheets(files, chart, ENCODINGS[encoding])
    sheets = {table: one for table, one in found_sheets.items() if table in TABLES}
    refuse_unless(sheets, "server.nothing_to_import", errand=errand.errand)
    if act == CHECK:
        (folder / "map.toml").write_text(chart_text(chart), "utf-8")
        assert house.folder is not None
        place = place_in(house.folder.resolve(), house.settings)
        words = ["import", place, *map(str, files), "--as", actor, "--dry-run", "--take-over"]
        words += ["--map", str(folder / "map.toml"), "--out", str(out), "--encoding", encoding]
        errands.run_process(errand, CHECK, words, total)
        return

    def work(step: Step) -> dict[str, Any]:
        moved = move_in(sheets, VenueDesk(house.venue, actor), actor, out, "csv", step)
        counts = {name: msgspec.to_builtins(one) for name, one in moved.tables.items()}
        return {"dry_run": False, "tables": counts}

    errands.run_thread(errand, ENTER, total, work)


@cache
def _templates(language: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in write_templates(Path(folder), language)}


def _file(name: str, body: bytes) -> Answer:
    media_type = TYPES[Path(name).suffix]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    headers = UNKEPT | {"Content-Disposition": f'attachment; filename="{plain}"'}
    return Answer(body=body, media_type=media_type, headers=headers)


def _told(errand: Errand, status: int = 200) -> Answer:
    return Answer(body=as_json(errand), status=status, media_type=JSON, headers=UNKEPT)
