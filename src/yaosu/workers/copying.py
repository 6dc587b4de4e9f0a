"""A copy of a small SQLite file beside a copy of its journal: for backups, while others write."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing

from yaosu.kernel.refusal import refuse


def copy_beside(source: str, target: str, after: Sequence[str], code: str) -> None:
    """Copy the file as it is now, for its owner alone, and change the copy.

    Args:
        after: what is done to the copy, statement by statement: what must not come back with it.
        code: of the refusal, which has the facts ``path`` and ``reason``.

    Raises:
        Refusal: with that code, where the file cannot be read or the copy not be written.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_RDWR, 0o600))
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as kept,
            closing(sqlite3.connect(target)) as copy,
        ):
            kept.backup(copy)
            for statement in after:
                copy.execute(statement)
            copy.commit()
            copy.execute("vacuum")
    except (OSError, sqlite3.Error) as error:
        refuse(code, path=source, reason=str(error))
