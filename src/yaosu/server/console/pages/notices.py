"""Notices on pages: the inbox of whoever reads, and how a party wants to be told."""

from msgspec import Struct

from yaosu.workers.notices.inbox import Inbox, Kept, Wish
from yaosu.workers.notices.texts import LANGUAGES, Said, forms, say

ROWS = 50
BLANK = "…"


class NoticeRow(Struct, frozen=True):
    """A notice in the reader's language."""

    kept: Kept
    said: Said


class NoticesPage(Struct, frozen=True, kw_only=True):
    """The inbox; ``older``: number to go on from, or 0. ``newest``: of what is shown, or 0."""

    rows: tuple[NoticeRow, ...]
    unread: int
    only_unread: bool
    older: int
    newest: int
    several: bool


class WishPage(Struct, frozen=True, kw_only=True):
    """How a party wants to be told; ``kinds``: (kind, its subject, whether by e-mail)."""

    party: str
    parties: tuple[tuple[str, str], ...]
    wish: Wish
    kinds: tuple[tuple[str, str, bool], ...]
    languages: tuple[str, ...]
    has_mail: bool


class _Blank(dict[str, str]):
    """Facts of which nothing is known."""

    def __missing__(self, key: str) -> str:
        return BLANK


def notices_page(
    inbox: Inbox, parties: tuple[str, ...], language: str, *, only_unread: bool, before: int
) -> NoticesPage:
    """Notices of these parties, newest first."""
    kept = inbox.listed(parties, only_unread=only_unread, before=before, limit=ROWS + 1)
    rows = kept[:ROWS]
    return NoticesPage(
        rows=tuple(NoticeRow(one, say(one.kind, one.facts, language)) for one in rows),
        unread=inbox.unread(parties),
        only_unread=only_unread,
        older=rows[-1].number if len(kept) > ROWS else 0,
        newest=rows[0].number if rows else 0,
        several=len(parties) > 1,
    )


def wish_page(
    inbox: Inbox, parties: tuple[tuple[str, str], ...], party: str, language: str, *, has_mail: bool
) -> WishPage:
    """What a party may choose, and has chosen."""
    wish = inbox.wish(party)
    kinds = []
    for kind, form in forms().items():
        said = form.zh if language == "zh" else form.en
        kinds.append((kind, said.subject.format_map(_Blank()), kind in wish.mail))
    return WishPage(
        party=party,
        parties=parties,
        wish=wish,
        kinds=tuple(kinds),
        languages=LANGUAGES,
        has_mail=has_mail,
    )
