"""Which journal a command reads: its place, and the journal opened to be read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


def journal_place(text: str) -> "Place":
    """A file, or the address of a journal in PostgreSQL, which as text shows no password."""
    from yaosu.journal.opening import place_of

    return place_of(text)


def open_journal(place: "Place") -> Any:
    """A journal to read; nothing is written and a running writer is not disturbed.

    Raises:
        Refusal: `cli.file_missing`, `cli.is_a_folder`, `journal.*`.
    """
    from yaosu.door import use_compiled_code
    from yaosu.journal.opening import open_store

    if isinstance(place, Path):
        refuse_unless(not place.is_dir(), "cli.is_a_folder", path=str(place))
        refuse_unless(place.exists(), "cli.file_missing", path=str(place))
    use_compiled_code()
    return open_store(place, readonly=True)
