"""The folder of a server: its settings, and where journal and logins lie."""

from collections.abc import Mapping
from pathlib import Path

from yaosu import door
from yaosu.journal.opening import place_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.settings import FILE, Settings, read_settings
from yaosu.workers.documents import ENDING as DOCUMENTS_ENDING
from yaosu.workers.notices.inbox import ENDING as NOTICES_ENDING

ENDING, OUTBOX_ENDING = ".logins", ".outbox"


def settings_of(folder: Path, flags: Mapping[str, object]) -> Settings:
    """The settings of a folder: its file, the environment, the command line."""
    file = folder / FILE
    found = (str(file), file.read_text("utf-8")) if file.is_file() else None
    return read_settings(found, door.environment(), flags)


def keep_setting(folder: Path, name: str, value: str) -> None:
    """Write one setting that is text into the folder's file; the other lines stay as they are."""
    file = folder / FILE
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    line = f'{name} = "{value}"'
    places = [at for at, one in enumerate(lines) if one.partition("=")[0].strip() == name]
    if places:
        lines[places[0]] = line
    else:
        lines.append(line)
    part = file.with_name(f".{FILE}.part")
    part.write_text("\n".join(lines) + "\n", "utf-8")
    part.replace(file)


def place_in(folder: Path, settings: Settings) -> str:
    """Where the journal is."""
    given = settings.text("journal")
    return given if isinstance(place_of(given), PostgresUrl) else str(folder / given)


def logins_path(folder: Path, settings: Settings) -> Path:
    """The file of the logins: as set, or beside the journal."""
    return _beside(folder, settings, "logins", ENDING)


def outbox_path(folder: Path, settings: Settings) -> Path:
    """The file of what is to be sent: as set, or beside the journal."""
    return _beside(folder, settings, "outbox", OUTBOX_ENDING)


def _beside(folder: Path, settings: Settings, name: str, ending: str) -> Path:
    given = settings.text(name)
    if given:
        return folder / given
    place = place_of(place_in(folder, settings))
    if isinstance(place, PostgresUrl):
        return folder / f"journal{ending}"
    return Path(place).with_suffix(ending)


def documents_path(folder: Path, settings: Settings) -> Path:
    """The folder of the documents: as set, or beside the journal."""
    return _beside(folder, settings, "documents", DOCUMENTS_ENDING)


def notices_path(folder: Path, settings: Settings) -> Path:
    """The file of the inboxes: as set, or beside the journal."""
    return _beside(folder, settings, "notices_file", NOTICES_ENDING)


def address_of(listen: str) -> tuple[str, int]:
    """Host and port."""
    host, colon, port = listen.rpartition(":")
    fits = bool(colon) and port.isdecimal() and int(port[:6]) <= 65535
    refuse_unless(
        fits,
        "server.bad_setting",
        setting="listen",
        origin="its value",
        value=listen[:100],
        reason="HOST:PORT is wanted",
    )
    return host.strip("[]"), int(port)
