"""An exported log by the public key alone, and the same log given out live over a socket."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.build import grow, journal_of, next_entries
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE
from yaosu.engine.keys import KeyWatch
from yaosu.journal import Entry, open_sqlite
from yaosu.journal.check_log import check_log
from yaosu.journal.checkpoint import make_checkpoint, parse_checkpoint
from yaosu.journal.live_log import LiveLog
from yaosu.journal.memory import MemoryStore
from yaosu.journal.merkle import inclusion_proof, root_of
from yaosu.journal.tiles import tiles_of
from yaosu.kernel.refusal import Refusal, refuse
from yaosu.kernel.signed_note import signing_key
from yaosu.server.tlog import LogServer

KEY = signing_key("example.org/market", bytes(range(32)))
SIZES = (0, 1, 255, 256, 257, 700)


def store_of(size: int) -> MemoryStore:
    store = MemoryStore()
    store.append(next_entries(store, size))
    return store


def files_of(store: MemoryStore) -> tuple[dict[str, bytes], str]:
    return dict(tiles_of(store.read())), make_checkpoint(store.size, store.root(), KEY)


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_log_is_accepted(size: int) -> None:
    files, note = files_of(store_of(size))
    assert check_log(files.__getitem__, note, [KEY.verifier]).size == size


@pytest.mark.parametrize(("size", "step"), [(11, 1), (300, 613)])
def test_any_flipped_bit_of_any_file_of_a_log_is_named_by_file(size: int, step: int) -> None:
    """One bit of every byte of a small log, a sample of a larger one: the file is named."""
    files, note = files_of(store_of(size))
    for name, data in files.items():
        for at in range(0, len(data), step):
            changed = bytes([*data[:at], data[at] ^ 1 << at % 8, *data[at + 1 :]])
            with pytest.raises(Refusal) as caught:
                check_log((files | {name: changed}).__getitem__, note, [KEY.verifier])
            assert caught.value.code == "journal.damaged"
            assert caught.value.facts["path"] == name
        for cut in (data[:-1], data + b"\0"):
            with pytest.raises(Refusal) as caught:
                check_log((files | {name: cut}).__getitem__, note, [KEY.verifier])
            assert caught.value.facts["path"] == name


def test_a_log_in_a_folder_is_checked_from_the_command_line(tmp_path: Path, capsys) -> None:
    journal = journal_of(tmp_path / "market.db", 300)
    (tmp_path / "key").write_text(KEY.text)
    log = tmp_path / "log"
    vkey = KEY.verifier.text
    assert answer(["export", str(journal), "--tlog", str(log), "--key", str(tmp_path / "key")]) == 0
    assert answer(["verify", "--tlog", str(log), "--vkey", vkey]) == DONE
    for path in sorted(path for path in log.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.write_bytes(whole[:10] + bytes([whole[10] ^ 4]) + whole[11:])
        capsys.readouterr()
        assert answer(["verify", "--tlog", str(log), "--vkey", vkey]) in (1, CHECK_FAILED)
        words = capsys.readouterr().err
        assert path.name == "checkpoint" or path.name in words
        path.write_bytes(whole)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Path, LogServer]]:
    """A journal of 300 entries on disk, served on a loopback port."""
    path = journal_of(tmp_path / "market.db", 300)
    with open_sqlite(path, readonly=True) as store:
        log = LiveLog(store, KEY, KeyWatch(KEY.verifier))
        with LogServer(("127.0.0.1", 0), log) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield path, server
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("entries", [1, 255, 256, 257, 700])
def test_the_root_of_any_beginning_is_made_from_full_tiles(tmp_path: Path, entries: int) -> None:
    path = journal_of(tmp_path / "market.db", entries)
    with open_sqlite(path, readonly=True) as store:
        log = LiveLog(store, KEY, KeyWatch(KEY.verifier))
        log.checkpoint()
        assert log.size == entries
        for size in {1, entries // 2 or 1, max(1, entries - 1), entries}:
            assert log.root(size) == root_of(store.hashes(0, size - 1)), size


def asked(server: LogServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    client = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    client.request(method, path)
    response = client.getresponse()
    body = response.read()
    client.close()
    return response.status, dict(response.headers), body


def reader(server: LogServer):
    def read(path: str) -> bytes:
        status, _, body = asked(server, f"/{path}")
        assert status == 200, path
        return body

    return read


def test_a_live_journal_is_read_over_a_socket_while_it_grows(live) -> None:
    """C2SP tlog-tiles from a store: checkpoint, tiles, bundles; every one leads to the root."""
    path, server = live
    first = asked(server, "/checkpoint")[2].decode()
    assert check_log(reader(server), first, [KEY.verifier]).size == 300
    with open_sqlite(path) as writer:
        grow(writer, 500)
        old = parse_checkpoint(first)
        assert asked(server, "/tile/0/001")[0] == 404  # not before a checkpoint covers it
        later = asked(server, "/checkpoint")[2].decode()
        assert check_log(reader(server), later, [KEY.verifier]).size == 800
        assert asked(server, "/tile/0/001.p/44")[0] == 200  # of the earlier checkpoint
        assert old.size == 300


def test_what_may_be_kept_and_what_must_be_asked_again(live) -> None:
    _, server = live
    status, headers, body = asked(server, "/checkpoint")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    status, headers, whole = asked(server, "/tile/0/000")
    assert (status, len(whole)) == (200, 256 * 32)
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Type"] == "application/octet-stream"
    status, headers, body = asked(server, "/tile/0/000", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(256 * 32), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/vkey", "/market.db", "/tile/0/001", "/tile/0/001.p/45", "/tile/0/001.p/0",
        "/tile/0/000.p/256", "/tile/0/0", "/tile/0/x000/000", "/tile/00/000", "/tile/64/000",
        "/tile/1/001", "/tile/2/000", "/tile/entries/002", "/tile/entries/000?x=1",
        "/../etc/passwd", "/tile/0/../0/000", "/tile/0/" + "x000/" * 60 + "000",
    ],
)  # fmt: skip
def test_everything_else_is_refused(live, path: str) -> None:
    _, server = live
    assert asked(server, "/checkpoint")[0] == 200
    assert asked(server, path)[0] == 404


def test_nothing_is_written_and_no_other_method_is_known(live) -> None:
    _, server = live
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert asked(server, "/checkpoint", method)[0] == 501


def test_a_client_beyond_the_number_allowed_is_let_go(live, monkeypatch) -> None:
    _, server = live
    port = server.server_address[1]
    monkeypatch.setattr(server, "_places", threading.BoundedSemaphore(1))
    with socket.create_connection(("127.0.0.1", port)) as holding:
        holding.sendall(b"GET /checkpoint HTTP/1.1\r\nHost: x\r\n\r\n")
        assert holding.recv(12) == b"HTTP/1.1 200"
        with socket.create_connection(("127.0.0.1", port)) as second:
            second.settimeout(10)
            assert second.recv(1) == b""
    assert server._places.acquire(timeout=10)  # the place is free again


def test_a_client_that_speaks_too_slowly_is_let_go(live, monkeypatch) -> None:
    """A byte now and then keeps no place for ever: the time of a client is counted as a whole."""
    monkeypatch.setattr("yaosu.server.tlog.CLIENT_SECONDS_MAX", 0.5)
    _, server = live
    with socket.create_connection(server.server_address[:2], timeout=0.1) as slow:
        gone = False
        for byte in b"GET /checkpoint HTTP/1.1\r\nX-Slow: " + b"a" * 300:
            try:
                slow.sendall(bytes([byte]))
                gone = slow.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                gone = True
            if gone:
                break
        assert gone
    assert asked(server, "/checkpoint")[0] == 200


class Strict:
    """Refuses to sign once it has seen an entry of this number."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.seen = 0

    def take(self, entry: Entry) -> None:
        self.seen = entry.header.sequence

    def check(self) -> None:
        if self.seen > self.last:
            refuse("journal.key_retired", key="k", size=self.last)


def test_nothing_is_given_out_that_no_checkpoint_covers() -> None:
    """Where no checkpoint may be signed any more, the log ends at the last one."""
    store = store_of(200)
    log = LiveLog(store, KEY, Strict(250))
    assert parse_checkpoint(log.checkpoint()).size == 200
    assert log.file("tile/0/000.p/200") is not None
    store.append(next_entries(store, 200))
    with pytest.raises(Refusal, match=r"journal\.key_retired"):
        log.checkpoint()
    assert log.file("tile/0/000.p/201") is None
    assert log.file("tile/0/000") is None
    assert log.file("tile/entries/000") is None
    assert log.file("tile/1/000.p/1") is None
    assert log.file("tile/0/000.p/200") is not None


def test_a_log_that_would_not_continue_the_last_checkpoint_signs_nothing() -> None:
    """A venue never signs two histories."""
    kept = make_checkpoint(3, bytes(32), KEY)
    with pytest.raises(Refusal, match=r"journal\.other_history"):
        LiveLog(store_of(5), KEY, KeyWatch(KEY.verifier), kept)


def test_each_checkpoint_is_put_away_before_it_is_given_out() -> None:
    notes: list[str] = []
    store = store_of(5)
    log = LiveLog(store, KEY, KeyWatch(KEY.verifier), keep=notes.append)
    assert [log.checkpoint(), log.checkpoint()] == [notes[0], notes[0]]
    store.append(next_entries(store, 1))
    assert log.checkpoint() == notes[1]


def test_a_damaged_journal_is_said_to_be_so_and_not_signed(live) -> None:
    import sqlite3

    path, server = live
    with sqlite3.connect(path) as hand:
        hand.execute("UPDATE head SET root = zeroblob(32)")
    hand.close()
    status, _, body = asked(server, "/checkpoint")
    assert status == 503
    assert body.startswith(b"journal.damaged")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_an_entry_leads_to_the_root_by_the_hashes_of_full_tiles(size: int) -> None:
    """The same proof as from all headers, wherever the entry stands."""
    store = store_of(size)
    log = LiveLog(store, KEY, KeyWatch(KEY.verifier))
    log.checkpoint()
    for sequence in {0, 1, 100, 254, 255, 256, 511, 512, size // 2, size - 1}:
        if sequence < size:
            assert log.inclusion(sequence) == inclusion_proof(store, sequence, size)
