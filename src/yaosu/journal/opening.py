"""Where a journal is: a path or an address, and the store that belongs to it."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from yaosu.journal.postgres import open_postgres
from yaosu.journal.postgres_url import SCHEMES, PostgresUrl, is_postgres_url, parse_postgres_url
from yaosu.journal.sqlite import open_sqlite
from yaosu.journal.store import Store
from yaosu.kernel.refusal import refuse_unless

Place = Path | PostgresUrl
LOG = logging.getLogger("yaosu.journal")
MADE_INTO_PATHS = tuple(scheme[:-1] for scheme in SCHEMES)


def place_of(text: str | os.PathLike[str] | PostgresUrl) -> Place:
    """The path or the address that a text means; as text neither shows a password.

    Raises:
        Refusal: `journal.bad_url`.
    """
    if isinstance(text, PostgresUrl):
        return text
    if isinstance(text, str) and is_postgres_url(text):
        return parse_postgres_url(text)
    path = Path(text)
    # a path that was made of an address has lost a stroke, and may hold a password
    refuse_unless(
        not str(path).startswith(MADE_INTO_PATHS),
        "journal.bad_url",
        reason="it came as a path; give it as text",
    )
    return path


def open_store(
    place: str | os.PathLike[str] | PostgresUrl,
    readonly: bool = False,
    on_deposed: Callable[[], None] = lambda: None,
) -> Store:
    """Open the journal that stands there, or begin one; see the store for what it refuses.

    ``on_deposed`` is called from another thread where the right to write is lost to another
    process while nobody writes; the lock of a file cannot be lost. Opened for writing, the journal
    and its durability are told to the log ``yaosu.journal``, which the command line prints.
    """
    found = place_of(place)
    store: Store
    if isinstance(found, PostgresUrl):
        store = open_postgres(found, readonly, on_deposed)
    else:
        store = open_sqlite(found, readonly)
    if not readonly:
        LOG.info("writing %s: %s", store.name, store.durability)
    return store
