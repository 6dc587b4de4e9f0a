"""A standby follows, shows readers what it follows, leads when it may, and stops when it must.

Here in one process, step by step; tests/engine/test_take_over.py kills real ones.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.journal.proxy import Proxy
from tests.journal.test_postgres_lease import wait_for
from tests.postgres import journal_url, run_sql
from tests.stories import EXCHANGE, Story
from yaosu import door
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine import answers
from yaosu.engine.answers import key_of
from yaosu.engine.proof import verify
from yaosu.engine.standby import FOLLOWS, LEADS, STOPPED, Standby
from yaosu.engine.writer import Writer
from yaosu.journal import MemoryStore, open_store
from yaosu.journal.postgres_url import parse_postgres_url
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.parties.commands import RegisterParty

Begin = Callable[..., Standby]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A founded journal that nobody has open."""
    with ExitStack() as held:
        where = str(tmp_path / "market.db")
        if request.param == "postgres":
            where = held.enter_context(journal_url(lease_ms=1000))
        with open_store(where) as store:
            Story(store, ("east",)).found(factors=("compute",)).venue.close()
        yield where


@pytest.fixture
def begin(place: str) -> Iterator[Begin]:
    """Begins standbys on the journal; all are closed in the end."""
    with ExitStack() as held:

        def begin_one(**more: Any) -> Standby:
            standby = door.stand_by(place, **more)
            held.callback(standby.close)
            return standby

        yield begin_one


def party(name: str) -> Command:
    return RegisterParty(
        actor=EXCHANGE, key=f"key-of-{name}", party=name, kind="organisation", name=name
    )


def parties_of(standby: Standby) -> set[str]:
    with standby.reading() as state:
        return set(state.parties.parties)


def hash_of(standby: Standby) -> bytes:
    with standby.reading() as state:
        return state_hash(state)


def test_a_follower_shows_what_the_leader_writes_and_takes_no_commands(begin: Begin) -> None:
    leader, follower = begin(), begin()
    assert (leader.role, follower.role) == (LEADS, FOLLOWS)
    assert leader.leader == "this process"
    assert str(os.getpid()) in follower.leader
    leader.submit(party("ann")).accepted()
    wait_for(lambda: "ann" in parties_of(follower))
    assert follower.size == leader.size
    assert hash_of(follower) == hash_of(leader)
    with pytest.raises(Refusal) as refusal:
        follower.submit(party("bob"))
    assert refusal.value.code == "engine.not_leading"
    assert str(refusal.value) == (
        f"engine.not_leading: this process follows the journal; {follower.leader} writes it; "
        "send the command there, under the same key"
    )


def test_a_follower_takes_over_and_answers_what_was_answered_before(begin: Begin) -> None:
    led: list[Venue] = []
    leader = begin()
    follower = begin(on_leading=led.append)
    first = leader.submit(party("ann")).accepted()
    leader.close()
    assert leader.role == STOPPED
    wait_for(lambda: led)
    assert follower.led is led[0]
    assert follower.role == LEADS
    again = follower.submit(party("ann"))
    assert (again.repeated, again.hash, again.sequence) == (True, first.hash, first.sequence)
    one, two = follower.submit_many([party("bob"), party("cat")])
    assert two.sequence == one.sequence + 1
    assert {"ann", "bob", "cat"} <= parties_of(follower)


def test_who_only_follows_never_leads(begin: Begin, place: str) -> None:
    leader, watcher = begin(), begin(take_over=False)
    leader.submit(party("ann"))
    leader.close()
    wait_for(lambda: watcher.size == leader.size)
    time.sleep(0.5)
    assert watcher.role == FOLLOWS
    with open_store(place) as store:  # nobody holds it
        assert store.size == leader.size


def test_what_was_closed_neither_reads_nor_writes(begin: Begin) -> None:
    standby = begin()
    standby.close()
    standby.close()
    for ask in (lambda: standby.submit(party("ann")), lambda: parties_of(standby)):
        with pytest.raises(Refusal, match=r"engine\.stopped"):
            ask()


def test_a_journal_that_cannot_be_opened_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"journal\.not_found"):
        door.stand_by(str(tmp_path / "none.db"), take_over=False)
    (tmp_path / "other.db").write_bytes(b"something else altogether" * 100)
    with pytest.raises(Refusal, match=r"journal\.not_a_journal"):
        door.stand_by(str(tmp_path / "other.db"))


@pytest.fixture
def url() -> Iterator[str]:
    with journal_url(lease_ms=1000) as made:
        with open_store(made) as store:
            Story(store, ("east",)).found(factors=("compute",)).venue.close()
        yield made


def test_a_leader_that_is_deposed_while_idle_stops_and_tells_its_owner(url: str) -> None:
    told: list[BaseException] = []
    standby = door.stand_by(url, on_stopped=told.append)
    schema = parse_postgres_url(url).schema
    run_sql(f"UPDATE {schema}.lease SET epoch = epoch + 1, holder = 'other:1'")
    wait_for(lambda: told)
    assert "engine.stopped" in str(told[0])
    assert standby.role == STOPPED
    for ask in (lambda: standby.submit(party("ann")), lambda: parties_of(standby)):
        with pytest.raises(Refusal, match=r"engine\.stopped"):
            ask()
    standby.close()


def test_a_leader_whose_store_fails_stops_and_tells_its_owner(url: str) -> None:
    told: list[BaseException] = []
    standby = door.stand_by(url, on_stopped=told.append)
    run_sql(f"UPDATE {parse_postgres_url(url).schema}.head SET last_hash = 'other'")
    with pytest.raises(Refusal, match=r"journal\.overtaken"):
        standby.submit(party("ann"))
    wait_for(lambda: told)
    assert "journal.overtaken" in str(told[0])
    standby.close()


def test_a_follower_whose_connection_is_lost_makes_a_new_one(url: str) -> None:
    leader, follower = door.stand_by(url), door.stand_by(url, take_over=False)
    for name in ("ann", "bob"):
        run_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = "
            f"{follower._writer._store._connection.info.backend_pid}"
        )
        leader.submit(party(name)).accepted()
        wait_for(lambda name=name: name in parties_of(follower))
    follower.close()
    leader.close()


def test_a_leader_whose_wire_is_cut_stops_and_a_follower_takes_over(url: str) -> None:
    """Neither end is told: the leader counts how long it has waited, the database its lease."""
    told: list[BaseException] = []
    with Proxy() as proxy:
        leader = door.stand_by(proxy.url(url), on_stopped=told.append)
        follower = door.stand_by(url)
        first = leader.submit(party("ann")).accepted()
        proxy.asking = proxy.answering = False
        with pytest.raises(Refusal, match=r"journal\.outcome_unknown"):
            leader.submit(party("bob"))
        wait_for(lambda: told and follower.role == LEADS)
        assert leader.role == STOPPED
        assert follower.submit(party("ann")).hash == first.hash
        assert not follower.submit(party("bob")).accepted().repeated
        leader.close()
        follower.close()


def test_a_follower_keeps_no_more_keys_than_the_leader_and_goes_on_with_its_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Idempotency across a take-over: by the window, by the index, and nothing indexed twice."""
    monkeypatch.setattr(answers, "INDEX_EVERY", 4)
    store = MemoryStore()
    story = Story(store, ("east",)).found(factors=("compute",))
    leader = Writer(store, story.clock, window=6)
    follower = Writer(store, story.clock, window=6, follows=True)
    receipts = {}
    for number in range(40):
        command = party(f"firm-{number}")
        receipts[number] = leader.write([command])[0]
        if number % 7 == 0:
            follower.catch_up()
    follower.go_on(store, follows=False)
    assert state_hash(follower.state) == state_hash(leader.state)
    assert follower._answers._indexed == store.indexed > 20
    assert len(follower._answers._keys) == follower.size - store.indexed < 6 + 4
    for number, receipt in receipts.items():
        again = follower.write([party(f"firm-{number}")])[0]
        if isinstance(again, Refusal):
            assert (again.code, again.facts["sequence"]) == ("engine.too_old", receipt.sequence)
        else:
            assert (again.repeated, again.hash) == (True, receipt.hash)
    for number in range(40, 60):
        follower.write([party(f"firm-{number}")])
    found = store.find([key_of(party(f"firm-{number}")) for number in range(40)])
    assert sorted(found.values()) == [receipt.sequence for receipt in receipts.values()]
    assert verify(store).entries == follower.size
