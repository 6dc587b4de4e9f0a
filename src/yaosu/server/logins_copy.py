"""A copy of the logins beside a copy of their journal: for backups, while the server runs."""

import os
import sqlite3
from contextlib import closing

import yaosu.server.refusals  # noqa: F401 - declares the texts
from yaosu.kernel.refusal import refuse

LEFT_OUT = ("session", "link", "guess", "device")  # who comes back with a backup signs in anew


def copy_logins(source: str, target: str) -> None:
    """Copy the file as it is now, for its owner alone; sessions and links are left out.

    Raises:
        Refusal: ``server.cannot_open_logins``.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_RDWR, 0o600))
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as kept,
            closing(sqlite3.connect(target)) as copy,
        ):
            kept.backup(copy)
            for table in LEFT_OUT:
                copy.execute(f"delete from {table}")
            copy.commit()
            copy.execute("vacuum")
    except (OSError, sqlite3.Error) as error:
        refuse("server.cannot_open_logins", path=source, reason=str(error))
