"""The files of documents held against the journal: what every check of a journal says of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from yaosu.cli.output import say

if TYPE_CHECKING:
    from yaosu.cases.documents_state import Document
    from yaosu.journal.opening import Place


class Held(Struct, frozen=True):
    """What came of it: how many are kept, and (what, digest) of each fault."""

    kept: int
    deleted: int
    faults: tuple[tuple[str, str], ...]

    @property
    def is_bad(self) -> bool:
        """Whether a document that is kept is not there as it was given."""
        return any(what in {"missing", "altered"} for what, _ in self.faults)

    @property
    def told(self) -> dict[str, Any]:
        """For programs."""
        faults = [{"what": what, "document": document} for what, document in self.faults]
        return {"kept": self.kept, "deleted": self.deleted, "faults": faults}

    def say(self) -> None:
        """For people; nothing where there are no documents."""
        from yaosu.workers.documents import FAULTS

        if self.kept or self.deleted or self.faults:
            good = self.kept - sum(what in {"missing", "altered"} for what, _ in self.faults)
            say(f"  documents: {good} of {self.kept} match, {self.deleted} deleted")
        for what, document in self.faults:
            say(f"  {what}: document {document} ({FAULTS[what]})")


def documents_of(journal: "Place", known: "Mapping[str, Document]", folder: Path | None) -> Held:
    """Hold every file against what the journal knows; nothing is changed."""
    from yaosu.workers.documents import DocumentFolder

    path = folder_of(journal, folder)
    faults = (
        ()
        if path is None
        else tuple((fault.what, fault.document) for fault in DocumentFolder(path).check(known))
    )
    deleted = sum(1 for one in known.values() if one.deleted_at)
    if path is None:
        faults = tuple(("missing", name) for name, one in sorted(known.items())
                       if not one.deleted_at)  # fmt: skip
    return Held(len(known) - deleted, deleted, faults)


def folder_of(journal: "Place", folder: Path | None) -> Path | None:
    """Where the documents are: as said, or beside a journal that is a file."""
    from yaosu.workers.documents import folder_beside

    if folder is not None or not isinstance(journal, Path):
        return folder
    return folder_beside(journal)
