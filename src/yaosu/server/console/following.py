"""Pages that follow what happens: the parts of a page that changed, as server-sent events.

A page marks its parts with comments (``part`` and ``end_part``). Whoever watches a page is sent the
parts that are not as they were, at most a few times a second, made once for all who see the same.
Each event has an id, the number of entries it shows: who lost the connection sends the last one
(``Last-Event-ID``) and is sent what changed since. While nobody watches, nothing is made.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

from markupsafe import Markup
from msgspec import Struct

from yaosu.server.problems import as_json

PERIOD_SECONDS = 0.25
QUIET_SECONDS = 10.0  # after which a pulse tells that the page is still as the venue is
LIFE_SECONDS = 600.0  # of one connection: then who asks is looked at again
MARKED = re.compile(r"<!--\[([a-z-]+)-->(.*?)<!--\1\]-->", re.DOTALL)


class Shown(Struct, frozen=True):
    """A page as it was made: after how many entries, and its parts as HTML by name."""

    size: int
    parts: dict[str, str]


Make = Callable[[], Shown]


class Page:
    """One page that somebody watches."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.size = -1
        self.parts: dict[str, tuple[int, str]] = {}  # name -> entries when it changed, HTML
        self.viewers = 0
        self.fresh = asyncio.Event()
        self.maker: asyncio.Task[None] | None = None
        self.has_ended = False
        self._made: dict[int, bytes] = {}  # entries that were seen -> the event that follows

    def take(self, shown: Shown) -> None:
        """The page was made anew: note what of it changed."""
        changed = {
            name: (shown.size, html)
            for name, html in shown.parts.items()
            if self.parts.get(name, (0, None))[1] != html
        }
        self.size = shown.size
        self.parts |= changed
        self._made = {}
        if changed:  # else there is nothing to send, and the quiet goes on
            self.wake()

    def wake(self) -> None:
        """Let those go on who wait for it."""
        self.fresh.set()
        self.fresh = asyncio.Event()

    def since(self, seen: int) -> bytes:
        """The event for who saw the page after so many entries; empty where nothing changed."""
        if seen not in self._made:
            changed = {name: html for name, (at, html) in sorted(self.parts.items()) if at > seen}
            text = b"event: parts\nid: %d\ndata: %s\n\n" % (self.size, as_json(changed))
            self._made[seen] = text if changed else b""
        return self._made[seen]


class Following:
    """The pages that are watched, by what they show and to whom.

    Args:
        size: how many entries are durable now.
    """

    def __init__(self, size: Callable[[], int]) -> None:
        self._size = size
        self._pages: dict[tuple[str, ...], Page] = {}
        self._stopped = False
        self.strangers = 0  # streams open to who is not signed in

    def stop(self) -> None:
        """Let all viewers go."""
        self._stopped = True
        for page in self._pages.values():
            page.fresh.set()

    async def watch(self, key: tuple[str, ...], make: Make, seen: int) -> AsyncIterator[bytes]:
        """What changes in a page from the one that was seen on; a pulse where it is quiet.

        Who has seen more entries than there are looks at another journal, and is sent everything;
        who has seen more than the page shows yet is never sent back to what was before.
        """
        seen = seen if seen <= self._size() else -1
        clock = asyncio.get_running_loop().time
        until = clock() + LIFE_SECONDS
        page = self._pages.get(key)
        if page is None or page.has_ended:
            page = self._pages[key] = Page(make)
        page.viewers += 1
        try:
            yield b"retry: 2000\n\n"
            while not (self._stopped or page.has_ended) and clock() < until:
                fresh, text = page.fresh, b""
                if page.size > seen:
                    text, seen = page.since(seen), page.size
                if text:
                    yield text
                if page.maker is None:
                    page.maker = asyncio.create_task(self._make(key, page))
                if not await _woken(fresh):
                    yield b'event: pulse\ndata: {"entries":%d}\n\n' % max(page.size, 0)
        finally:
            page.viewers -= 1

    async def counted(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The stream of somebody who is not signed in, counted as long as it is open."""
        self.strangers += 1
        try:
            async for piece in source:
                yield piece
        finally:
            self.strangers -= 1

    async def _make(self, key: tuple[str, ...], page: Page) -> None:
        """Make the page anew whenever entries came, as long as somebody watches it."""
        try:
            while page.viewers and not self._stopped:
                if self._size() != page.size:
                    page.take(await asyncio.to_thread(page.make))
                await asyncio.sleep(PERIOD_SECONDS)
        finally:
            page.has_ended = True
            if self._pages.get(key) is page:
                del self._pages[key]
            page.fresh.set()


async def _woken(fresh: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(fresh.wait(), QUIET_SECONDS)
    except TimeoutError:
        return False
    return True


def part(name: str) -> Markup:
    """Where a part of a page begins."""
    return Markup(f"<!--[{name}-->")


def end_part(name: str) -> Markup:
    """Where it ends."""
    return Markup(f"<!--{name}]-->")


def parts_of(html: str) -> dict[str, str]:
    """The parts of a page by name."""
    return dict(MARKED.findall(html))
