"""What the environment may say: one literal table. It is read in door.py and nowhere else."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaosu.engine.refusals  # noqa: F401 - declares the texts
from yaosu.kernel.refusal import refuse_unless

DIGITS_MAX = 18
SETTINGS = {
    "YAOSU_WRAPPING_KEY": "file of the key that the key store is wrapped with; see yaosu secrets",
    "YAOSU_KEYS": "the key store; left out: the journal's name with the ending .keys",
    "YAOSU_COMPILED": "0 runs the plain twins of compiled code: slow, with the same results",
    "YAOSU_CACHE_DIR": "folder in which compiled code is kept; left out: yaosu in the cache folder",
    "YAOSU_WINDOW": (
        "entries within which a repeated command is given its first answer; left out: 100000"
    ),
    "YAOSU_SNAPSHOT_EVERY": (
        "entries between two snapshots by a process that follows the journal; left out: none"
    ),
    "YAOSU_SERVER": "address of the server that yaosu ask, read, show and cases go to",
    "YAOSU_TOKEN": "a token for that server; --token-file counts more",
    "YAOSU_LANG": "language in which the command line refuses, en or zh; left out: English",
    "XDG_CACHE_HOME": "the cache folder of this login; left out: ~/.cache",
}


def whole_number(setting: str, text: str | None, default: int) -> int:
    """A setting that is a whole number; `engine.bad_setting` where it is something else."""
    refuse_unless(
        not text or (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX),
        "engine.bad_setting",
        setting=setting,
        value=str(text)[:DIGITS_MAX],
    )
    return int(text) if text else default


def cache_folder(environment: Mapping[str, str]) -> str | None:
    """Where compiled code is kept; None where nothing can be written."""
    chosen = environment.get("YAOSU_CACHE_DIR")
    home = environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(chosen) if chosen else Path(home) / "yaosu"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder) if os.access(folder, os.W_OK) else None
