"""Where each word of the command line works: at a server, or only where the journal is, and why.

One literal table: the reference page is made from it, a test walks all words, and what does not
work through a server is refused with what stands here.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from yaosu.kernel.refusal import Refusal

WEB = ("http://", "https://")


class Where(Struct, frozen=True, kw_only=True):
    """Where a word works.

    Attributes:
        at: ``both``: where a journal is named, a server may be; ``server``: always asks one;
            ``journal``: only beside the files of a venue; ``files``: needs neither.
        shown: at a server, to whom.
        why: it does not work through a server.
        instead: what to do.
    """

    at: Literal["both", "server", "journal", "files"]
    shown: str = ""
    why: str = ""
    instead: str = ""


def _both(shown: str) -> Where:
    return Where(at="both", shown=shown)


def _server(shown: str) -> Where:
    return Where(at="server", shown=shown)


def _journal(why: str, instead: str) -> Where:
    return Where(at="journal", why=why, instead=instead)


def _files(what: str) -> Where:
    return Where(at="files", why=what, instead="leave the server out")


OWN = "to each their own, to offices all"
SIGNED_IN = "to whoever is signed in"
OFFICES = "to offices"
ASKS = "asked by a party of the login"
ANYBODY = "to anybody"
BACKUPS = "back up on the page Operate, Backups, or run it where the journal is"
MACHINE = "run it on the machine of the server"
KEYS_HERE = "run it where the key store is"
BESIDE = "run it where the journal is"

WORDS: dict[str, Where] = {
    "run": _files("a scenario makes a journal of its own"),
    "init": _files("it makes a new venue in a folder"),
    "serve": _journal("it is the server", MACHINE),
    "demo make": _files("it makes a new venue in a folder"),
    "demo reset": _journal(
        "it replaces the journal's file", "press reset on the page Operate, or run it there"
    ),
    "config show": _journal("the settings are a file beside the server", MACHINE),
    "login end": _journal(
        "it opens the file of logins", "ask DELETE /v1/logins/NAME, or " + MACHINE
    ),
    "login identity": _journal("it opens the file of logins", MACHINE),
    "login link": _journal("it opens the file of logins", "ask POST /v1/logins, or " + MACHINE),
    "login list": _journal("it opens the file of logins", "ask GET /v1/logins, or " + MACHINE),
    "ask": _server(ASKS),
    "read": _server(OWN),
    "show": _server(OWN),
    "clear": _files("it prices orders in files"),
    "check": _files("it checks a clearing in files"),
    "work": _journal(
        "a server has a worker of its own beside it", "leave it to that, or " + BESIDE
    ),
    "mechanisms": _files("it lists what this version has"),
    "verify": _both(ANYBODY),
    "audit": _journal("every entry is decided again, with its payloads", BESIDE),
    "replay": _journal(
        "every entry is decided again, which takes long",
        "order it on the page Operate, Replays, or run it where the journal is",
    ),
    "import": _journal(
        "it is made in many steps that resume", "use the page Operate, Import, or " + BESIDE
    ),
    "export": _journal(
        "it writes the whole journal with all payloads",
        "read rows with yaosu read RESOURCE, or run it where the journal is",
    ),
    "prove": _both(OWN),
    "key new": _files("it makes a key in a file"),
    "key register": _server(ASKS),
    "key rotate": _journal(
        "the server signs with the key until it is started with the new one",
        "stop the server, run it where the journal is, and start it with the new key",
    ),
    "tlog serve": _journal("it serves the log itself, as the server does at /checkpoint", BESIDE),
    "secrets backup": _journal("keys never leave their store over HTTP", KEYS_HERE),
    "secrets new": _files("it makes a key in a file"),
    "secrets open": _journal("keys never leave their store over HTTP", KEYS_HERE),
    "secrets prune": _journal("it takes ciphertext out of the journal's file", BESIDE),
    "secrets rotate": _journal("keys never leave their store over HTTP", KEYS_HERE),
    "secrets show": _journal("keys never leave their store over HTTP", KEYS_HERE),
    "rules diff": _both(SIGNED_IN),
    "rules explain": _both(OWN),
    "rules lint": _files("it reads packs in files"),
    "rights certificate": _both(OWN),
    "rights check": _both(ANYBODY),
    "rights classes": _both(OFFICES),
    "rights list": _both(OWN),
    "rights outlines": _both(OFFICES),
    "rights pledges": _both(OWN),
    "rights show": _both(OWN),
    "rights values": _both(OWN),
    "institutions adopt": _both(ASKS),
    "institutions list": _files("it lists what this version ships"),
    "institutions show": _files("it shows what this version ships"),
    "access entry-cost": _both(SIGNED_IN),
    "access equal-use": _both(OFFICES),
    "access exit": _both(OWN),
    "access friction": _both(OFFICES),
    "access limits": _both(OWN),
    "access list": _both(OWN),
    "cases add": _both(ASKS),
    "cases appeal": _both(ASKS),
    "cases complete": _both(ASKS),
    "cases confirm": _both(ASKS),
    "cases decide": _both(ASKS),
    "cases file": _both(ASKS),
    "cases inbox": _both(OWN),
    "cases list": _both(OWN),
    "cases object": _both(ASKS),
    "cases refuse": _both(ASKS),
    "cases report": _both(OFFICES),
    "cases show": _both(OWN),
    "cases withdraw": _both(ASKS),
    "documents check": _journal("it reads every file in the folder of documents", BESIDE),
    "documents delete": _journal("it deletes a file in the folder of documents", BESIDE),
    "documents get": _both("to those with a right to them"),
    "documents list": _both(OWN),
    "documents put": _both(ASKS),
    "places geojson": _both(SIGNED_IN),
    "places geopackage": _both(SIGNED_IN),
    "places uses": _both(SIGNED_IN),
    "journal server": _journal("it asks a database, not a venue", "name a journal in PostgreSQL"),
    "journal show": _both(OWN),
    "backup": _journal("it copies the journal's file", BACKUPS),
    "restore": _journal("it makes a journal from a file", BESIDE),
    "copy": _journal("it copies one store to another", BESIDE),
    "promote": _journal("it lets a copy be written that nobody serves yet", BESIDE),
    "snapshot": _journal("it writes a file beside the journal", BESIDE),
    "quarantine list": _both(OFFICES),
    "quarantine release": _both(ASKS),
    "version": _files("it is that of this program"),
}


def word_of(arguments: Sequence[str]) -> str:
    """The word that a command line begins with; empty where it begins with none."""
    two = " ".join(arguments[:2])
    return two if two in WORDS else next((one for one in arguments[:1] if one in WORDS), "")


def check_where(arguments: Sequence[str]) -> None:
    """Refuse a server where a word does not work through one.

    Raises:
        Refusal: ``cli.needs_journal``.
    """
    word = word_of(arguments)
    row = WORDS.get(word)
    if row is None or row.at in {"both", "server"}:
        return
    behind = arguments[len(word.split()) :]
    first = next(iter(behind), "")
    is_named = any(one == "--server" or one.startswith("--server=") for one in behind)
    if is_named or first.startswith(WEB):
        raise Refusal("cli.needs_journal", word=word, why=row.why, instead=row.instead)
