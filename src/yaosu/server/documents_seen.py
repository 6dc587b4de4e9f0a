"""Who may see a document: who gave it, who has a part in what names it, and offices."""

from collections.abc import Sequence

from yaosu.core import State
from yaosu.rights.title_chain import title_chain
from yaosu.server.console.pages.cases import WHOLE, seen_of


def may_see(
    state: State, digest: str, parties: Sequence[str], *, is_office: bool, right: str = ""
) -> bool:
    """Whether a document, kept or deleted, is shown to who acts for these parties.

    Args:
        right: a right whose chain rests on the document, where that is how the reader came to it.
    """
    if is_office:
        return True
    files = state.cases.files
    known = files.documents.get(digest)
    if known is not None and any(one.party in parties for one in known.keepings):
        return True
    for name in files.named.get(digest, ()):
        case = state.cases.cases[name]
        if seen_of(state, case, parties, is_office=False) == WHOLE:
            return True
    if any(s.document == digest and s.party in parties for s in files.served.values()):
        return True
    return bool(right) and _rests_on(state, right, digest, parties)


def _rests_on(state: State, right: str, digest: str, parties: Sequence[str]) -> bool:
    if right not in state.rights.rights:
        return False
    chain = title_chain(state, right)
    people = {chain.holder, *(who for step in chain.steps for who in (step.holder, step.protects))}
    return not people.isdisjoint(parties) and any(s.document == digest for s in chain.steps)


def is_kept(state: State, digest: str) -> bool:
    """Whether there is a file to a digest."""
    known = state.cases.files.documents.get(digest)
    return known is not None and not known.deleted_at
