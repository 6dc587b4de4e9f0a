"""Where a journal is, and the store that belongs to it."""

import os

from yaosu.journal.sqlite import open_sqlite
from yaosu.journal.store import Store


def open_store(place: str | os.PathLike[str], readonly: bool = False) -> Store:
    """Open the journal that stands there, or begin one; see the store for what it refuses."""
    return open_sqlite(place, readonly)
