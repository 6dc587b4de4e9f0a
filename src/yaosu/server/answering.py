"""Questions of the command line over HTTP: answered for what the login may see."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yaosu.core import State
from yaosu.engine.recovery import fold
from yaosu.engine.snapshot import shelf_beside, start_from
from yaosu.journal.opening import open_store
from yaosu.journal.store import Store
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.server.folder import place_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.questions import QUESTIONS
from yaosu.server.questions.looking import ALL, OFFICE
from yaosu.server.reads import check_office
from yaosu.server.words import JSON, convert, read_json

FOLDED_MAX = 20_000  # entries that are folded for one answer; where the journal is, any number
UNKEPT = {"Cache-Control": "private, no-store"}


async def answer_question(house: House, call: Call) -> Answer:
    """Answer one question of the table; what is not for offices alone, to each their own."""
    name = call.path["name"]
    question = found(QUESTIONS.get(name), "server.not_here", path=f"/v1/questions/{name[:100]}")
    refuse_unless(
        call.media_type == JSON, "server.wrong_media_type", found=call.media_type[:100], known=JSON
    )
    asked = convert(read_json(call.body, name), question.asked)
    if question.shown == OFFICE:
        await check_office(house, call, name)
    is_whole = question.shown == ALL or await asyncio.to_thread(house.has_office, call.caller)
    parties = None if is_whole else frozenset(call.caller.parties)
    look = _Here(house, parties, call.caller.login)
    body = await asyncio.to_thread(lambda: as_json({"answer": question.answer(look, asked)}))
    return Answer(body=body, headers=UNKEPT)


class _Here:
    """The journal that is served."""

    def __init__(self, house: House, parties: frozenset[str] | None, login: str) -> None:
        self._house, self.parties, self._login = house, parties, login
        self._is_counted = False

    @contextmanager
    def state(self, at: int | None = None) -> Iterator[State]:
        if at is not None:
            yield self._state_at(at)
            return
        with self._house.venue.reading() as state:
            yield state

    @contextmanager
    def state_apart(self) -> Iterator[State]:
        with self.store() as store:
            state, first, _ = start_from(store, shelf_beside(store))
            self.check_entries(store.size - first)
            for _ in fold(store, state, first=first):
                pass
        yield state

    @contextmanager
    def store(self) -> Iterator[Store]:
        folder = found(self._house.folder, "server.not_here", path="the journal")
        with open_store(place_in(folder, self._house.settings), readonly=True) as store:
            yield store

    def check_entries(self, count: int) -> None:
        if not self._is_counted:
            self._house.checks.take(f"{self._login}: entries to read")  # so often in a minute
            self._is_counted = True
        refuse_unless(count <= FOLDED_MAX, "server.too_many_entries", count=count, limit=FOLDED_MAX)

    def _state_at(self, at: int) -> State:
        state, count = State(), 0
        with self.store() as store:
            entries = iter(store.read())

            def wanted() -> Iterator[Any]:
                nonlocal count
                for entry in entries:
                    if entry.header.instant > at:
                        return
                    count += 1
                    self.check_entries(count)
                    yield entry

            for _ in fold(store, state, entries=wanted()):
                pass
        state.now = at
        return state
