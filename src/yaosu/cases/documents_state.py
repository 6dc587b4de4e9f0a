"""What is known of documents: who gave them, which cases name them, what forbids their deletion."""

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.cases.events import (
    DocumentDeleted,
    DocumentKept,
    DocumentPreserved,
    NoticeServed,
    PreservationEnded,
)


class Keeping(Struct, frozen=True):
    """One time a document was given: by whom, as what kind, when."""

    party: str
    kind: str
    at: int


class Preservation(Struct, frozen=True):
    """Why a document may not be deleted, by whose word."""

    reason: str
    by: str
    at: int


class Document(Struct, frozen=True, kw_only=True):
    """A document that is or was kept.

    Attributes:
        size: bytes. keepings: oldest first; those since its last deletion.
        preservations: id -> one that is in force.
        deleted_at: instant, 0 while it is kept; by whom, why.
    """

    media_type: str
    size: int
    keepings: tuple[Keeping, ...]
    preservations: dict[str, Preservation] = {}
    deleted_at: int = 0
    deleted_by: str = ""
    deleted_for: str = ""


class Served(Struct, frozen=True, kw_only=True):
    """A notice that a party was given; instants."""

    party: str
    about: str
    form: str
    channel: str
    document: str
    told_at: int
    at: int


class DocumentsState(Struct, kw_only=True):
    """Documents and notices.

    Attributes:
        documents: digest -> document.
        named: digest -> ids of the cases that name it, in the order in which they did.
        given: party -> bytes of what it gave and is kept.
        served: notice id -> notice. served_about: case -> ids of notices.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    served: dict[str, Served] = field(default_factory=dict)
    served_about: dict[str, list[str]] = field(default_factory=dict)


DocumentEvent = (
    DocumentKept | DocumentPreserved | PreservationEnded | DocumentDeleted | NoticeServed
)


def evolve_documents(state: DocumentsState, event: DocumentEvent) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case DocumentKept(document=name, party=party):
            known = state.documents.get(name)
            is_new = known is None or known.deleted_at
            earlier = () if is_new or known is None else known.keepings
            given = Keeping(party, event.kind, event.at)
            state.documents[name] = Document(
                media_type=event.media_type,
                size=event.size,
                keepings=(*earlier, given),
                preservations={} if known is None else known.preservations,
            )
            if party not in {one.party for one in earlier}:
                state.given[party] = state.given.get(party, 0) + event.size
        case DocumentPreserved(document=name, preservation=preservation):
            known = state.documents[name]
            given_now = Preservation(event.reason, event.preserved_by, event.at)
            kept = {**known.preservations, preservation: given_now}
            state.documents[name] = replace(known, preservations=dict(sorted(kept.items())))
        case PreservationEnded(document=name, preservation=preservation):
            known = state.documents[name]
            left = {one: p for one, p in known.preservations.items() if one != preservation}
            state.documents[name] = replace(known, preservations=left)
        case DocumentDeleted(document=name):
            known = state.documents[name]
            for party in sorted({one.party for one in known.keepings}):
                state.given[party] -= known.size
            state.documents[name] = replace(
                known, deleted_at=event.at, deleted_by=event.deleted_by, deleted_for=event.reason
            )
        case NoticeServed(notice=notice, about=about):
            state.served[notice] = Served(
                party=event.party,
                about=about,
                form=event.form,
                channel=event.channel,
                document=event.document,
                told_at=event.told_at,
                at=event.at,
            )
            if about:
                state.served_about.setdefault(about, []).append(notice)


def name_document(state: DocumentsState, document: str, case: str) -> None:
    """A case names a document, whether its file is kept or not."""
    if document and case not in state.named.setdefault(document, []):
        state.named[document].append(case)
