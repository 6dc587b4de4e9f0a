"""Documents kept and deleted: the journal says so, the folder does so, in an order that may break.

A file waits until the journal has recorded it; a deletion is recorded before its file goes.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from msgspec import Struct

from yaosu.cases.commands import DeleteDocument, KeepDocument
from yaosu.cases.documents_state import Document
from yaosu.core import State
from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.kernel.refusal import Refusal, found
from yaosu.workers.documents import DocumentFolder, Incoming

DRAW_BYTES = 16


class KeptNow(Struct, frozen=True, kw_only=True):
    """A document that is kept; ``repeated``: it was so before, by the same party."""

    document: str
    name: str
    kind: str
    media_type: str
    size: int
    sequence: int | None
    repeated: bool = False


class Keeper:
    """Keeps the documents of a venue; several threads, one at a time where it counts."""

    def __init__(
        self, venue: Venue, folder: DocumentFolder, draw: Callable[[int], bytes], limit: int
    ) -> None:
        """Whatever was interrupted is finished or forgotten.

        Args:
            limit: bytes of one document.
        """
        self._venue, self.folder, self._limit, self._draw = venue, folder, limit, draw
        self._turn = threading.Lock()
        with venue.reading() as state:
            known = dict(state.cases.files.documents)
        folder.mend(known)

    def new_draw(self) -> str:
        """A name for a file that comes."""
        return self._draw(DRAW_BYTES).hex()

    def receive(self, draw: str, expected: int = 0) -> AbstractContextManager[Incoming]:
        """Take a file in parts; see :meth:`DocumentFolder.receive`."""
        return self.folder.receive(draw, self._limit, expected)

    def keep(self, draw: str, incoming: Incoming, party: str, kind: str, name: str) -> KeptNow:
        """Record a file that has come whole, and put it in its place. Blocks.

        Raises:
            Refusal: ``workers.*``, ``cases.*``: it is not kept then.
        """
        with self._turn:
            came = self.folder.finish(draw, incoming, name)
            with self._venue.reading() as state:
                operator, known = _operator(state), state.cases.files.documents.get(came.document)
            is_kept = known is not None and not known.deleted_at
            given = () if known is None or not is_kept else known.keepings
            receipt: Receipt | None = None
            if not any((one.party, one.kind) == (party, kind) for one in given):
                receipt = self._ask(
                    KeepDocument(
                        actor=operator,
                        key=f"document/{draw}",
                        document=came.document,
                        party=party,
                        kind=kind,
                        media_type=came.media_type,
                        size=came.size,
                    ),
                    is_kept=is_kept,
                )
            self.folder.put(came.document, party, came.name)
        return KeptNow(
            document=came.document,
            name=came.name,
            kind=kind,
            media_type=came.media_type,
            size=came.size,
            sequence=None if receipt is None else receipt.sequence,
            repeated=receipt is None,
        )

    def keep_bytes(self, data: bytes, party: str, kind: str, name: str) -> KeptNow:
        """Keep what is in memory."""
        draw = self.new_draw()
        with self.receive(draw, len(data)) as incoming:
            incoming.write(data)
        return self.keep(draw, incoming, party, kind, name)

    def delete(self, command: DeleteDocument) -> Receipt:
        """Delete a document where the journal allows it. Blocks."""
        with self._turn:
            receipt = self._venue.submit(command)
            if receipt.refusal is None:
                self.folder.forget(command.document)
        return receipt

    def forget_deleted(self, document: str) -> None:
        """The journal says that a document is deleted: so is its file."""
        with self._turn:
            known = self.known(document)
            if known is not None and known.deleted_at:
                self.folder.forget(document)

    def known(self, document: str) -> Document | None:
        """What the journal knows of a document."""
        with self._venue.reading() as state:
            return state.cases.files.documents.get(document)

    def open(self, document: str) -> tuple[Document, BinaryIO]:
        """A document that is kept, and its file.

        Raises:
            Refusal: ``cases.document_not_kept``, ``workers.document_missing``.
        """
        known = self.known(document)
        kept = None if known is None or known.deleted_at else known
        kept = found(kept, "cases.document_not_kept", document=document[:100])
        return kept, self.folder.open(document, kept.size)

    def _ask(self, command: KeepDocument, *, is_kept: bool) -> Receipt:
        """Where the journal says no, the file that waits goes; not where nobody knows its word."""
        try:
            return self._venue.submit(command).accepted()
        except Refusal as refusal:
            if refusal.code.startswith(("cases.", "core.", "kernel.")) and not is_kept:
                self.folder.drop(command.document)
            raise


def _operator(state: State) -> str:
    venue = state.parties.venue
    assert venue is not None
    return venue.operator
