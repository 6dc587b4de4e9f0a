"""Who may write: the lease, its epoch, and what becomes of a writer that lost it.

Writers are stopped and resumed by the system, and cut off from their database by a wire that loses
what it should carry. Whatever happens: what was acknowledged is there, once, and nothing is written
by a writer whose epoch is over.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.journal.build import grow, next_entries
from tests.journal.proxy import Proxy
from tests.postgres import journal_url, run_sql
from tests.stories import EXCHANGE, Story
from yaosu.door import Venue
from yaosu.journal import Entry, MemoryStore, PostgresStore, open_postgres, verify
from yaosu.journal.postgres_url import parse_postgres_url
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import RegisterParty

LEASE_MS = 1000
WAIT_S = 30.0  # long past what any of this takes


@pytest.fixture
def url() -> Iterator[str]:
    with journal_url(lease_ms=LEASE_MS) as made:
        yield made


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with Proxy() as made:
        yield made


def wait_for(what: object, seconds: float = WAIT_S) -> None:
    """Until it is so; fails where it never is."""
    assert callable(what)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def take_over(url: str) -> PostgresStore:
    """Open as soon as the lease is free."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            return open_postgres(url)
        except Refusal as refusal:
            assert refusal.code == "journal.leased"
            assert time.monotonic() < end, "the lease never ended"
            time.sleep(0.05)


def size_in_database(url: str) -> int:
    found = run_sql(f"SELECT size FROM {parse_postgres_url(url).schema}.head")[0][0]
    assert isinstance(found, int)
    return found


def test_a_second_writer_is_told_who_writes_and_how_long_at_least(url: str) -> None:
    with open_postgres(url) as store:
        with pytest.raises(Refusal) as refusal:
            open_postgres(url)
        assert refusal.value.code == "journal.leased"
        facts = refusal.value.facts
        assert (facts["epoch"], str(facts["holder"]).rsplit(":")[-1]) == (1, str(os.getpid()))
        assert 0 < int(facts["left_ms"]) <= LEASE_MS
        grow(store, 1)


def test_a_lease_that_was_given_back_is_free_at_once_and_its_epoch_is_never_used_again(
    url: str,
) -> None:
    for epoch in (1, 2, 3):
        with open_postgres(url) as store:
            assert (store.epoch, store.lease().epoch) == (epoch, epoch)
    with open_postgres(url, readonly=True) as reader:
        assert reader.epoch == 0
        assert reader.lease().left_ms <= 0


def test_the_lease_is_kept_while_nothing_is_written(url: str) -> None:
    with open_postgres(url) as store:
        time.sleep(2.5 * LEASE_MS / 1000)
        assert store.lease().left_ms > 0
        assert store.lease().epoch == 1
        grow(store, 1)


def test_a_lease_ends_by_the_clock_of_the_database_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clock of this machine is asked: one that is years off changes nothing."""
    with open_postgres(url):
        monkeypatch.setattr(time, "time", lambda: 9e9)
        monkeypatch.setattr(time, "time_ns", lambda: 9 * 10**18)
        with pytest.raises(Refusal, match=r"journal\.leased"):
            open_postgres(url)


def test_a_deposed_writer_writes_nothing(url: str) -> None:
    schema = parse_postgres_url(url).schema
    for write in (
        lambda store: grow(store, 1),
        lambda store: store.note("venue", b"x"),
        lambda store: store.index([bytes(16)]),
        lambda store: store.clear_index(),
    ):
        with open_postgres(url) as store:
            grow(store, 1)
            before = store.size, store.notes(), store.indexed
            run_sql(f"UPDATE {schema}.lease SET epoch = epoch + 1, holder = 'other:1'")
            with pytest.raises(Refusal) as refusal:
                write(store)
            assert refusal.value.code == "journal.deposed"
            assert "other:1 took the lease, epoch" in str(refusal.value)
            with pytest.raises(Refusal, match=r"journal\.deposed"):
                grow(store, 1)
            assert (store.size, store.notes(), store.indexed) == before
        run_sql(f"UPDATE {schema}.lease SET expires_at = clock_timestamp()")


def test_an_idle_writer_learns_that_it_was_deposed(url: str) -> None:
    told = threading.Event()
    with open_postgres(url, on_deposed=told.set) as store:
        run_sql(f"UPDATE {parse_postgres_url(url).schema}.lease SET epoch = 7, holder = 'other:1'")
        assert told.wait(WAIT_S)
        with pytest.raises(Refusal, match=r"journal\.deposed.*took the lease"):
            store.append(next_entries(MemoryStore(), 1))


@pytest.mark.parametrize(
    "entries", [20, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 200, 19))]
)
def test_a_writer_stopped_over_the_end_of_its_lease_writes_nothing_when_it_goes_on(
    url: str, entries: int
) -> None:
    """Stopped at any moment: its statement may even be on the way when the next one takes over."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.journal.writer_process", url],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(1 + entries)]
    assert lines[0] == "epoch 1\n"
    os.kill(writer.pid, signal.SIGSTOP)
    try:
        with take_over(url) as store:
            assert store.epoch == 2
            taken = store.size
            mine = grow(store, 3)
            os.kill(writer.pid, signal.SIGCONT)
            rest = writer.communicate(timeout=WAIT_S)[0].splitlines()
            grow(store, 3)
            assert store.size == taken + 6
            entries = list(store.read())
            assert entries[taken : taken + 3] == mine
            verify(store)
    finally:
        writer.kill()
    *acknowledged, ending = rest
    assert ending in ("journal.deposed", "journal.outcome_unknown")
    told = [int(line) for line in (*lines[1:], *acknowledged)]
    assert told == list(range(1, len(told) + 1))
    assert len(told) <= taken <= len(told) + 1  # at most the one whose answer never came


def test_a_writer_that_is_cut_off_stops_within_its_lease_and_another_takes_over(
    url: str, proxy: Proxy
) -> None:
    """The wire carries nothing any more, either way, and neither end is told."""
    told = threading.Event()
    with open_postgres(proxy.url(url), on_deposed=told.set) as store:
        entries = grow(store, 3)
        proxy.asking = proxy.answering = False
        batch = next_entries_after(entries)
        with pytest.raises(Refusal) as refusal:
            store.append(batch)
        assert refusal.value.code == "journal.outcome_unknown"
        assert told.wait(WAIT_S)
        with take_over(url) as next_store:
            assert list(next_store.read()) == entries
            grow(next_store, 2)
            with pytest.raises(Refusal, match=r"journal\.deposed"):
                store.append(batch)
            assert verify(next_store).entries == 5


def next_entries_after(entries: list[Entry]) -> list[Entry]:
    twin = MemoryStore()
    twin.append(entries)
    return next_entries(twin, 1)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_connection_lost_during_a_commit_loses_and_doubles_nothing(
    url: str, proxy: Proxy, arrived: bool
) -> None:
    """S0-63: the wire is cut between the commit and its answer, or before; nobody can tell.

    The writer stops for good; opened again, the tail of the journal says what happened, and the
    command sent again under its key is answered, not done twice.
    """
    store = open_postgres(proxy.url(url))
    market = Story(store, ("east",)).found(factors=("compute",))
    before = store.size
    command = RegisterParty(
        actor=EXCHANGE, key="lost", party="buyer", kind="organisation", name="buyer"
    )
    proxy.asking, proxy.answering = arrived, False
    answer = market.venue._intake.send(command)
    if arrived:
        wait_for(lambda: size_in_database(url) == before + 1)
    else:
        time.sleep(0.1)
    proxy.cut()
    with pytest.raises(Refusal) as refusal:
        answer.result(WAIT_S)
    assert refusal.value.code == "journal.outcome_unknown"
    with pytest.raises(Refusal, match=r"engine\.stopped"):
        market.venue.submit(command)
    proxy.asking = proxy.answering = True
    market.venue.close()

    with Venue(take_over(url), market.clock) as venue:
        assert venue.store.size == before + arrived
        receipt = venue.submit(command)
        assert receipt.accepted().repeated is arrived
        assert receipt.sequence == before
        assert venue.store.size == before + 1
        assert venue.verify().entries == before + 1


def test_a_lease_that_lasts_longer_is_waited_for(url: str) -> None:
    long = url.replace(f"lease_ms={LEASE_MS}", "lease_ms=3600000")
    with open_postgres(long), pytest.raises(Refusal) as refusal:
        open_postgres(url)
    assert int(refusal.value.facts["left_ms"]) > 3_000_000
