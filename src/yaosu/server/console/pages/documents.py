"""Documents on pages: those of the parties that read, one of them, and what may be asked of it."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from yaosu.cases import commands as asked
from yaosu.core import State
from yaosu.kernel.words import Command, tag_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, offer
from yaosu.server.documents_seen import may_see
from yaosu.workers.documents import DocumentFolder
from yaosu.workers.listed import DocumentRow, is_due, own_documents, row_of

ROWS_MAX = 200
SAMPLE = "sample"  # stands where something will be typed
HOPELESS = ("cases.document_not_kept", "cases.unknown_preservation",
            "cases.not_your_preservation")  # fmt: skip


class DocumentsPage(Struct, frozen=True, kw_only=True):
    """The list.

    Attributes:
        parties: for whom one may be given: (id, name). more: how many are not shown.
        due: digests of those that may be deleted now; for offices.
    """

    rows: tuple[DocumentRow, ...]
    more: int
    due: tuple[str, ...]
    parties: tuple[tuple[str, str], ...]
    names: dict[str, str]
    document_max: int


class DocumentPage(Struct, frozen=True, kw_only=True):
    """One document.

    Attributes:
        text: the beginning of it, where it is text. page, pages: of a PDF that is drawn, the first
            is 1; no pages where it is not. undrawn: why not.
    """

    row: DocumentRow
    right: str
    preservations: tuple[tuple[str, str, str, int], ...]
    deleted_by: str
    deleted_for: str
    acts: tuple[Act, ...]
    names: dict[str, str]
    text: str = ""
    is_cut: bool = False
    page: int = 1
    pages: int = 0
    undrawn: str = ""


def documents_page(
    state: State,
    names: Names,
    files: DocumentFolder,
    parties: tuple[str, ...],
    *,
    is_office: bool,
    document_max: int,
) -> DocumentsPage:
    """Of offices all documents, of others their own; the latest first."""
    known = state.cases.files.documents
    shown = list(known) if is_office else sorted(own_documents(state, parties))
    shown.sort(key=lambda digest: (-known[digest].keepings[-1].at, digest))
    rows = [row_of(state, files, one, parties, is_office=is_office) for one in shown[:ROWS_MAX]]
    people = {party for row in rows for party in row.given_by}
    return DocumentsPage(
        rows=tuple(rows),
        more=len(shown) - len(rows),
        due=tuple(row.document for row in rows if is_office and is_due(row, state.now)),
        parties=tuple((party, names.party(party)) for party in parties),
        names={who: names.party(who) for who in sorted(people)},
        document_max=document_max,
    )


def document_page(
    state: State,
    names: Names,
    files: DocumentFolder,
    digest: str,
    right: str,
    parties: tuple[str, ...],
    *,
    is_office: bool,
) -> DocumentPage | None:
    """One document, where the reader may see it; None where not."""
    known = state.cases.files.documents.get(digest)
    if known is None or not may_see(state, digest, parties, is_office=is_office, right=right):
        return None
    row = row_of(state, files, digest, parties, is_office=is_office)
    stands = tuple((n, one.reason, one.by, one.at) for n, one in known.preservations.items())
    people = {*row.given_by, *(by for _, _, by, _ in stands), known.deleted_by} - {""}
    return DocumentPage(
        row=row,
        right=right,
        preservations=stands if is_office else (),
        deleted_by=known.deleted_by,
        deleted_for=known.deleted_for,
        acts=tuple(act for party in parties for act in _acts(state, names, digest, party)),
        names={who: names.party(who) for who in sorted(people)},
    )


def _acts(state: State, names: Names, digest: str, party: str) -> Sequence[Act]:
    """What this party may ask of a document: to preserve it, to end that, to delete it."""
    same: dict[str, Any] = {"actor": party, "key": SAMPLE, "document": digest, "reason": SAMPLE}
    known = state.cases.files.documents[digest]
    samples: list[tuple[str, Command, str, str]] = [
        ("preserve", asked.PreserveDocument(**same, preservation=SAMPLE), "preservation", "")
    ]
    samples += [
        ("end_preservation", asked.EndPreservation(**same, preservation=one), "", one)
        for one in known.preservations
    ]
    samples.append(("delete_document", asked.DeleteDocument(**same), "", ""))
    found: list[Act] = []
    for name, sample, fresh, about in samples:
        typed = {"key", "reason", fresh}
        fixed = {n: getattr(sample, n) for n in sample.__struct_fields__ if n not in typed}
        form = Act(
            name=name,
            command=tag_of(type(sample)),
            fixed=fixed,
            party=names.party(party),
            about=about,
            fields=(Field(name="reason"),),
            fresh=fresh,
        )
        found += offer(state, sample, form, HOPELESS)
    return found
