"""The server of a journal is killed in the midst of appends: nothing acknowledged is lost."""

import threading
import time

from tests.journal.build import grow, next_entries
from tests.postgres import fragile_server, with_parameters
from yaosu.journal import Entry, PostgresStore, open_postgres, verify
from yaosu.kernel.refusal import Refusal

LEASE_MS = 1000
WAIT_S = 60.0  # long past what any of this takes
BATCH = 3
ROUNDS = 2
UNKNOWN = {"journal.outcome_unknown", "journal.deposed", "journal.no_connection"}


def reopened(url: str) -> PostgresStore:
    """The journal, as soon as the server is up and the lease of the dead writer is over."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            return open_postgres(url)
        except Refusal as refusal:
            assert refusal.code in {"journal.leased", "journal.no_connection"}
            assert time.monotonic() < end, refusal
            time.sleep(0.1)


class Writing(threading.Thread):
    """Appends batches until it cannot; knows what was acknowledged."""

    def __init__(self, store: PostgresStore) -> None:
        super().__init__(daemon=True)
        self.store = store
        self.kept: list[Entry] = []
        self.tried: list[Entry] = []
        self.code = ""

    def run(self) -> None:
        try:
            while True:
                self.tried = next_entries(self.store, BATCH)
                self.store.append(self.tried)
                self.kept += self.tried
        except Refusal as refusal:
            self.code = refusal.code


def test_a_server_killed_under_load_loses_nothing_that_was_acknowledged() -> None:
    """S0-27: the writer ends, the server recovers, and the last batch is there whole or not."""
    with fragile_server() as server:
        url = with_parameters(server.url, schema="crash", lease_ms=LEASE_MS)
        with open_postgres(url) as store:
            known = grow(store, 2)
        for _ in range(ROUNDS):
            with reopened(url) as store:
                writing = Writing(store)
                writing.start()
                end = time.monotonic() + WAIT_S
                while len(writing.kept) < 10 * BATCH and time.monotonic() < end:
                    time.sleep(0.01)
                server.kill()
                writing.join(WAIT_S)
                assert writing.code in UNKNOWN
                assert len(writing.kept) >= 10 * BATCH
            server.start()
            known += writing.kept
            with open_postgres(url, readonly=True) as store:
                found = list(store.read())
                assert verify(store).entries == len(found)
            assert found in (known, known + writing.tried)
            known = found
