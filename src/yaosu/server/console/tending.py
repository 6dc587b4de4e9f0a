"""Tending the server: how it is, and backups begun from the page."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

from msgspec import Struct

from yaosu.kernel.instant import SECOND
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.console.moving import errands_of
from yaosu.server.console.replaying import act_in, act_on
from yaosu.server.console.rooms import answer_page
from yaosu.server.errands import RUNNING, Errand
from yaosu.server.folder import place_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import check_office
from yaosu.server.standing_by import NOTE
from yaosu.server.words import JSON, convert, read_json

KIND, RUN = "backup", "backup"
FOLDER = "backups"  # in the folder of the server
JOURNAL = "market.db"  # of a demonstration: no other journal is ever thrown away
BYTES_PER_PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20
UNKEPT = {"Cache-Control": "no-store"}


class Machine(Struct, frozen=True, kw_only=True):
    """What the server needs of its machine.

    Attributes:
        head: hash of the last entry, hex; empty where there is none.
        journal: its name. durability: how it is made safe.
        free_mb: disk that is left; memory_mb: that the server takes; -1 where nobody says.
        last_backup: instant, 0 where none was made from here.
        leader: the address under which the server that writes said it is reached; a server that
            stands by leads there. Empty where none said so.
    """

    head: str
    journal: str
    durability: str
    free_mb: int
    memory_mb: int
    last_backup: int
    errands: int
    leader: str


class Reset(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the venue that is made anew, to be sure."""

    name: str


class BackupFile(Struct, frozen=True):
    """One backup in the folder."""

    name: str
    bytes: int
    made: int


class TendingPage(Struct, frozen=True, kw_only=True):
    """Backups, and the errand that makes one."""

    files: tuple[BackupFile, ...]
    errand: Errand | None
    folder: str

    @property
    def runs(self) -> bool:
        """Whether one is being made."""
        return self.errand is not None and self.errand.state == RUNNING


def machine_of(house: House) -> Machine:
    """How it is now. Blocks."""
    folder = house.folder or Path()
    with house.reading_store:
        last, notes = house.store.last(), house.store.notes()
    files = _files(folder)
    running = [] if house.errands is None else house.errands.running()
    return Machine(
        head="" if last is None else last[1].hex(),
        journal=Path(house.store.name).name,
        durability=house.store.durability,
        free_mb=shutil.disk_usage(folder).free // MEGABYTE,
        memory_mb=_memory(),
        last_backup=files[0].made if files else 0,
        errands=len(running),
        leader=notes.get(NOTE, b"").decode("utf-8", "replace"),
    )


async def backups_room(house: House, call: Call) -> Answer:
    """The backups there are, and a button for one more."""
    await check_office(house, call, "operate")
    errands = errands_of(house)

    def see() -> TendingPage:
        kept = errands.all(KIND)
        folder = (house.folder or Path()) / FOLDER
        return TendingPage(
            files=tuple(_files(house.folder or Path())),
            errand=kept[0] if kept else None,
            folder=str(folder.resolve()),
        )

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "backups.html", "operate", page)


async def new_backup(house: House, call: Call) -> Answer:
    """Begin a backup in a process of its own; the writer goes on meanwhile."""
    await _check(house, call)
    return _told(await asyncio.to_thread(_begin, house, call), 201)


async def told_backup(house: House, call: Call) -> Answer:
    """How far a backup is."""
    await _check(house, call)
    return _told(await asyncio.to_thread(errands_of(house).get, call.path["id"], KIND))


async def backup_on(house: House, call: Call) -> Answer:
    """Stop a backup, or forget that it was made; its file stays."""
    await _check(house, call)
    return _told(await asyncio.to_thread(act_on, house, call.path["id"], KIND, act_in(call)))


async def reset_demo(house: House, call: Call) -> Answer:
    """Make a demonstration venue anew: the server stops, throws its journal away, begins again."""
    await _check(house, call)
    asked: Reset = convert(read_json(call.body, "Reset"), Reset)
    is_demo = house.settings.text("demo") and house.settings.text("journal") == JOURNAL
    refuse_unless(is_demo, "server.not_demo", path=house.store.name)
    with house.venue.reading() as state:
        venue = state.parties.venue
    name = venue.id if venue is not None else ""
    refuse_unless(asked.name == name, "server.other_venue", name=asked.name[:100], venue=name)
    house.is_to_be_reset = True
    house.stop()
    return Answer(status=202, body=b'{"status":"made anew"}', headers=UNKEPT)


async def _check(house: House, call: Call) -> None:
    able = await asyncio.to_thread(house.has_office, call.caller, ("operator",))
    refuse_unless(able, "server.office_needed", what="backup", offices="operator")


def _begin(house: House, call: Call) -> Errand:
    assert house.folder is not None
    errands = errands_of(house)
    folder = house.folder.resolve() / FOLDER
    folder.mkdir(exist_ok=True)
    place = place_in(house.folder.resolve(), house.settings)
    errand = errands.new(KIND, call.caller.login, {})
    try:
        errands.run_process(errand, RUN, ["backup", place, str(folder)], house.venue.size)
    except BaseException:
        errands.forget(errand)
        raise
    return errands.get(errand.errand, KIND)


def _files(folder: Path) -> list[BackupFile]:
    """The newest first; what is not whole yet has another ending."""
    here = folder / FOLDER
    found: list[Any] = [one for one in here.glob("*.db") if one.is_file()] if here.is_dir() else []
    files = [
        BackupFile(one.name, one.stat().st_size, int(one.stat().st_mtime) * SECOND) for one in found
    ]
    return sorted(files, key=lambda one: (-one.made, one.name))


def _memory() -> int:
    """Resident memory of this process, megabytes; -1 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return -1
    return pages * BYTES_PER_PAGE // MEGABYTE


def _told(errand: Errand, status: int = 200) -> Answer:
    return Answer(body=as_json(errand), status=status, media_type=JSON, headers=UNKEPT)
