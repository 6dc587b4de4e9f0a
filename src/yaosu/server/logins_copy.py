"""A copy of the logins beside a copy of their journal: for backups, while the server runs."""

import yaosu.server.refusals  # noqa: F401 - declares the texts
from yaosu.workers.copying import copy_beside

LEFT_OUT = ("session", "link", "guess", "device")  # who comes back with a backup signs in anew


def copy_logins(source: str, target: str) -> None:
    """Copy the file as it is now, for its owner alone; sessions and links are left out.

    Raises:
        Refusal: ``server.cannot_open_logins``.
    """
    emptied = [f"delete from {table}" for table in LEFT_OUT]
    copy_beside(source, target, emptied, "server.cannot_open_logins")
