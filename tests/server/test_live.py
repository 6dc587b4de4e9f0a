"""Followers are told every entry; while there is none, nobody reads and the writer wakes nobody."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from tests.engine.test_writer import desk, newcomer
from yaosu.engine.writer import Writer
from yaosu.journal.chain import Entry
from yaosu.journal.memory import MemoryStore
from yaosu.server.live import Live

LONG = 30.0  # seconds, by when whatever a test waits for has long happened
Desk = tuple[Live, Writer, "Counted"]


class Counted(MemoryStore):
    """Counts how often somebody began to read."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        self.readings += 1
        return super().read(first, last)


@pytest.fixture
def followed() -> Iterator[Desk]:
    """A journal of one entry, and what follows it."""
    store = Counted()
    writer, _, _ = desk(store)
    live = Live(store, lambda: store.size)
    live.start()
    yield live, writer, store
    live.stop()


def ask(live: Live, writer: Writer, *names: str) -> None:
    for name in names:
        writer.write([newcomer(name)])
        live.wake()


async def next_numbers(live: Live, first: int, count: int) -> list[int]:
    """Numbers of the next entries from there on."""
    found: list[int] = []
    async with asyncio.timeout(LONG):
        async for told in live.follow(first):
            found += [one.entry.header.sequence for one in told]
            if len(found) >= count:
                break
    return found


def test_while_nobody_follows_nothing_is_read_and_the_next_is_the_next_that_comes(
    followed: Desk,
) -> None:
    live, writer, store = followed
    before = store.readings
    ask(live, writer, "li", "wang", "chen")
    time.sleep(0.05)  # a thread that was woken would have read by now
    assert store.readings == before
    assert live.next == store.size == 4


def test_who_begins_to_follow_is_told_what_comes_from_there_on_and_what_it_missed(
    followed: Desk,
) -> None:
    live, writer, _ = followed
    ask(live, writer, "li", "wang")

    async def story() -> None:
        newest = asyncio.create_task(next_numbers(live, live.next, 2))
        oldest = asyncio.create_task(next_numbers(live, 1, 4))
        await asyncio.sleep(0.02)
        thread = threading.Thread(target=ask, args=(live, writer, "chen", "zhao"))
        thread.start()
        assert await newest == [3, 4]
        assert await oldest == [1, 2, 3, 4]
        thread.join()

    asyncio.run(story())


def test_what_comes_between_two_followers_is_not_lost_to_the_second(followed: Desk) -> None:
    live, writer, _ = followed
    assert asyncio.run(next_numbers(live, 0, 1)) == [0]
    ask(live, writer, "li", "wang")
    assert asyncio.run(next_numbers(live, 1, 2)) == [1, 2]
