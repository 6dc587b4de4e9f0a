"""A market survives its machine: the leader is killed under load, a standby goes on.

Nodes and clients are real processes; the leader is killed by the system again and again. Each
client keeps a log of what was acknowledged, and these are held against the journal.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.load_process import CLIENTS
from tests.engine.standby_process import Caller
from tests.engine.test_kill import (
    Acknowledged,
    assert_a_clean_run_comes_out_the_same,
    assert_nothing_lost_nothing_doubled,
)
from tests.postgres import journal_url, server_url
from yaosu.engine.proof import verify
from yaosu.journal import open_postgres
from yaosu.journal.postgres_url import parse_postgres_url

LEASE_MS = 1000
NODES = 2
WAIT_S = 60.0
LEASE = (
    "SELECT split_part(holder, ':', 2), epoch, extract(epoch FROM expires_at)::float8 "
    "FROM {schema}.lease"
)
TAKE_OVER_S = 10.0  # after the end of the lease: what is promised
ACKNOWLEDGED_BETWEEN = 40  # of all clients together, between two kills


class Cluster:
    """Two nodes and the clients, in a folder of their own."""

    def __init__(self, url: str, folder: Path) -> None:
        import psycopg

        self.url, self.folder = url, folder
        self.schema = parse_postgres_url(url).schema
        self.database = psycopg.connect(server_url(), autocommit=True)
        self.sockets = [str(folder / f"node-{number}") for number in range(NODES)]
        self.logs = [folder / f"client-{number}.log" for number in range(CLIENTS)]
        self.nodes: dict[int, int] = {}  # process -> number of the node
        self.clients: list[int] = []
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.standby_process"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin_node(self, number: int) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.sockets[number])
        self.nodes[self._begin(f"node {self.url} {self.sockets[number]}")] = number

    def begin_clients(self) -> None:
        for number, log in enumerate(self.logs):
            log.touch()
            order = self.sockets[number % NODES :] + self.sockets[: number % NODES]
            self.clients.append(self._begin(f"client {number} {log} {' '.join(order)}"))

    def leader(self) -> tuple[int, int, float]:
        """Its process, its epoch, and when its lease ends."""
        row = self.database.execute(LEASE.format(schema=self.schema).encode()).fetchone()
        assert row is not None
        return int(row[0]), int(row[1]), float(row[2])

    def kill_leader(self) -> tuple[int, float]:
        """Kill it and begin another in its place; its epoch, and when its lease ends."""
        process, epoch, _ = self.leader()
        os.kill(process, signal.SIGKILL)
        self.wait_for(lambda: not alive(process))
        ends = self.leader()[2]
        self.begin_node(self.nodes.pop(process))
        return epoch, ends

    def count(self) -> int:
        """How many receipts the clients have."""
        return sum(log.read_bytes().count(b"\n") for log in self.logs)

    def acknowledged(self) -> Acknowledged:
        found: Acknowledged = {}
        for log in self.logs:
            for row in log.read_text().splitlines():
                _, number, sequence, entry_hash, outcome = row.split()
                receipt = (int(sequence), entry_hash, outcome)
                assert found.setdefault(int(number), receipt) == receipt, "another answer"
        return found

    def wait_for(self, what: object) -> None:
        assert callable(what)
        end = time.monotonic() + WAIT_S
        while not what():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    def shown(self, number: int) -> list[str]:
        """Role, size and hash of the state that a node shows."""
        return Caller([self.sockets[number]]).ask("hash").split()

    def stop(self) -> None:
        for process in (*self.clients, *self.nodes):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.nursery.communicate(timeout=WAIT_S)
        self.database.close()

    def _begin(self, asked: str) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(asked + "\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Reader(threading.Thread):
    """Reads from whichever node answers, all the time; how long was it ever not served?"""

    def __init__(self, sockets: list[str]) -> None:
        super().__init__(daemon=True)
        self.caller = Caller(sockets)
        self.longest_s = 0.0
        self.reads = 0
        self.ended = threading.Event()

    def run(self) -> None:
        served = None
        while not self.ended.is_set():
            if not self.caller.ask("read").startswith("no "):
                now = time.monotonic()
                self.longest_s = max(self.longest_s, now - (served or now))
                served = now
                self.reads += 1
            time.sleep(0.02)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    server_url()  # skips where there is no server
    folder = Path(tempfile.mkdtemp(prefix="yaosu-"))  # a short path: sockets stand in it
    with journal_url(lease_ms=LEASE_MS) as url:
        made = Cluster(url, folder)
        try:
            yield made
        finally:
            made.stop()
            shutil.rmtree(folder)


def kill_leaders(cluster: Cluster, times: int, seed: int) -> list[float]:
    """Kill the leader again and again under load; how long after the lease's end a client of
    the next one was answered, seconds."""
    chance = random.Random(seed)
    waits = []
    for number in range(NODES):
        cluster.begin_node(number)
    cluster.begin_clients()
    for _ in range(times):
        enough = cluster.count() + ACKNOWLEDGED_BETWEEN + chance.randrange(80)
        cluster.wait_for(lambda enough=enough: cluster.count() >= enough)
        time.sleep(chance.random() * 0.05)
        before, ends = cluster.kill_leader()
        known = cluster.count()
        cluster.wait_for(lambda before=before: cluster.leader()[1] > before)
        cluster.wait_for(lambda known=known: cluster.count() > known)
        waits.append(time.time() - ends)
    return waits


def prove(cluster: Cluster) -> None:
    """Stop the load, compare what each node shows with the journal, kill them, hold the logs
    against the journal."""
    for process in cluster.clients:
        os.kill(process, signal.SIGKILL)
    with open_postgres(cluster.url, readonly=True) as store:
        cluster.wait_for(
            lambda: {cluster.shown(number)[1] for number in range(NODES)} == {str(store.size)}
        )
    shown = [cluster.shown(number) for number in range(NODES)]
    assert sorted(role for role, _, _ in shown) == ["follows", "leads"]
    for process in cluster.nodes:
        os.kill(process, signal.SIGKILL)
    with open_postgres(cluster.url, readonly=True) as store:
        entries = list(store.read())
        proven = verify(store)
    assert {(size, found) for _, size, found in shown} == {
        (str(len(entries)), proven.state_hash.hex())
    }
    assert_nothing_lost_nothing_doubled(entries, cluster.acknowledged())
    assert_a_clean_run_comes_out_the_same(entries, proven.state_hash)


def test_a_leader_killed_five_times_under_load_loses_and_doubles_nothing(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """S0-63: the journal is what one writer that never died would have made of it."""
    survive(cluster, times=5, seed=20260101, capsys=capsys)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_a_leader_killed_twenty_times_under_load_loses_and_doubles_nothing(
    cluster: Cluster, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    survive(cluster, times=20, seed=seed, capsys=capsys)


def survive(cluster: Cluster, times: int, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    reader = Reader(list(cluster.sockets))
    reader.start()
    waits = kill_leaders(cluster, times, seed)
    reader.ended.set()
    reader.join()
    with capsys.disabled():
        print(
            f"\nleader killed {times} times: answered again after the end of its lease by "
            f"{', '.join(f'{wait:.2f}' for wait in waits)} s; "
            f"{len(cluster.acknowledged())} commands acknowledged; {reader.reads} readings, "
            f"the longest wait for one {reader.longest_s:.2f} s"
        )
    assert cluster.leader()[1] == times + 1
    assert max(waits) < TAKE_OVER_S
    assert reader.longest_s < TAKE_OVER_S
    prove(cluster)
