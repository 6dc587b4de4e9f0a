"""Documents as their readers see them: what is kept, for whom, until when, and what asks for it."""

from msgspec import Struct

from yaosu.cases.documents import FOR_EVER, kept_until
from yaosu.cases.documents_state import Document
from yaosu.core import State
from yaosu.workers.document_types import PREVIEWED, clean_name
from yaosu.workers.documents import DocumentFolder


class DocumentRow(Struct, frozen=True, kw_only=True):
    """A document as its readers see it. Instants in microseconds UTC, 0 is none.

    Attributes:
        name: as it was given. given_by: the parties; ``kinds``: what it was given as.
        kept_until: it may be deleted from then on; -1 never. ``why``: what asks for that.
        preserved: ids of what forbids its deletion.
        cases: that name it, of those the reader may see.
    """

    document: str
    name: str
    media_type: str
    size: int
    kinds: tuple[str, ...]
    given_by: tuple[str, ...]
    at: int
    kept_until: int
    why: str
    preserved: tuple[str, ...]
    cases: tuple[str, ...]
    deleted: int
    has_preview: bool


def row_of(
    state: State, files: DocumentFolder, digest: str, parties: tuple[str, ...], *, is_office: bool
) -> DocumentRow:
    """A document as it is shown to who acts for these parties."""
    document = state.cases.files.documents[digest]
    people = givers(document)
    until, why = (0, "") if document.deleted_at else kept_until(state, digest)
    cases = [
        name
        for name in state.cases.files.named.get(digest, ())
        if is_office or state.cases.cases[name].filed.applicant in parties
    ]
    return DocumentRow(
        document=digest,
        name=name_of(files, digest, document, parties),
        media_type=document.media_type,
        size=document.size,
        kinds=tuple(sorted({one.kind for one in document.keepings})),
        given_by=tuple(one for one in people if is_office or one in parties),
        at=document.keepings[0].at,
        kept_until=-1 if until == FOR_EVER else until,
        why=why,
        preserved=tuple(document.preservations),
        cases=tuple(cases),
        deleted=document.deleted_at,
        has_preview=document.media_type in PREVIEWED and not document.deleted_at,
    )


def is_due(row: DocumentRow, now: int) -> bool:
    """Whether it may be deleted now."""
    return not row.deleted and not row.preserved and 0 <= row.kept_until <= now


def name_of(
    files: DocumentFolder, digest: str, document: Document, parties: tuple[str, ...]
) -> str:
    """The reader's own name for it, else that of who gave it first, else one of its type."""
    names = files.names(digest)
    own = [names[party] for party in parties if party in names]
    first = [names[party] for party in givers(document) if party in names]
    return (*own, *first, clean_name(digest[:12], document.media_type))[0]


def givers(document: Document) -> list[str]:
    """Who gave a document, in order of giving, each once."""
    return list(dict.fromkeys(one.party for one in document.keepings))


def own_documents(state: State, parties: tuple[str, ...]) -> set[str]:
    """Digests of what these parties gave, and of the proofs of what they were told."""
    files = state.cases.files
    given = {
        digest
        for digest, one in files.documents.items()
        if any(keeping.party in parties for keeping in one.keepings)
    }
    return given | {one.document for one in files.served.values() if one.party in parties}
