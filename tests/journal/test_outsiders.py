"""Verifiers that nobody here wrote accept the exported log and reject any damage to it.

Go's packages ``golang.org/x/mod/sumdb/note`` and ``tlog`` (Debian: golang-go and
golang-golang-x-mod-dev), and the Python package ``aics-tlog``. Both are optional: where one is
not there, its tests are skipped and say so.
"""

import os
import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journal.build import grow, journal_of
from yaosu.cli.app import answer
from yaosu.engine.keys import KeyWatch
from yaosu.journal import open_sqlite
from yaosu.journal.live_log import LiveLog
from yaosu.kernel.signed_note import signing_key
from yaosu.server.tlog import LogServer

SIZE = 700  # two full tiles, a partial one, and a level above
OLD_SIZE = 300
KEY = signing_key("example.org/market", bytes(range(32)))
CHECKER = Path(__file__).parent / "outsiders" / "check.go"
GO_PATHS = (*os.environ.get("GOPATH", "").split(os.pathsep), "/usr/share/gocode")
BUILD_SECONDS_MAX = 300
Accepts = Callable[..., bool]


def wrote(*arguments: object) -> None:
    assert answer([str(argument) for argument in arguments]) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log of 700 entries, its checkpoint of 300, and proofs of three entries."""
    folder = tmp_path_factory.mktemp("tlog")
    (folder / "key").write_text(KEY.text)
    journal = journal_of(folder / "market.db", OLD_SIZE)
    wrote("export", journal, "--tlog", folder / "log", "--key", folder / "key")
    shutil.copy(folder / "log" / "checkpoint", folder / "old")
    with open_sqlite(journal) as store:
        grow(store, SIZE - OLD_SIZE)
    wrote("export", journal, "--tlog", folder / "log", "--key", folder / "key")
    for sequence in (0, 255, SIZE - 1):
        wrote(
            "prove", journal, sequence, "--out", folder / f"{sequence}.tlog-proof",
            "--checkpoint", folder / "log" / "checkpoint",
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def go_accepts(tmp_path_factory: pytest.TempPathFactory) -> Accepts:
    """Whether Go's packages accept a log and further files."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("needs go (Debian: golang-go)")
    sources = [path for path in GO_PATHS if (Path(path) / "src/golang.org/x/mod/sumdb").is_dir()]
    if not sources:
        pytest.skip("needs golang.org/x/mod in GOPATH (Debian: golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    environment = dict(os.environ) | {
        "GO111MODULE": "off",
        "GOPATH": os.pathsep.join(sources),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run(
        [go, "build", "-o", str(folder / "check"), str(CHECKER)],
        env=environment,
        check=True,
        timeout=BUILD_SECONDS_MAX,
    )

    def accepts(log: Path | str, *more: Path, vkey: Path | None = None) -> bool:
        command = [folder / "check", log, vkey or Path(log) / "vkey", *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr  # 2 would be an error of the checker
        return done.returncode == 0

    return accepts


@pytest.fixture(scope="module")
def aics_accepts() -> Accepts:
    """Whether the package aics-tlog accepts a log."""
    aics = pytest.importorskip(
        "aics_tlog", reason="needs the package aics-tlog (for Python 3.12 and later)"
    )

    def accepts(log: Path) -> bool:
        try:
            note = aics.parse_note((log / "checkpoint").read_text(encoding="utf-8"))
            key = aics.parse_vkey((log / "vkey").read_text().strip())
            checked = aics.verify_checkpoint(note, key, expected_origin=key.name)
            if not checked.ok:
                return False
            said = aics.parse_checkpoint(note.text)
            aics.audit_tiles(aics.FileSystemTileReader(log), said.size, said.root)
        except (ValueError, OSError):
            return False
        return True

    return accepts


def damaged(made: Path, target: Path, name: str, at: int) -> Path:
    """A copy of the log with one bit of one file flipped."""
    shutil.copytree(made / "log", target)
    raw = bytearray((target / name).read_bytes())
    raw[at % len(raw)] ^= 1
    (target / name).write_bytes(raw)
    return target


DAMAGE = [
    ("checkpoint", 3),
    ("checkpoint", 20),
    ("checkpoint", 40),
    ("checkpoint", -10),
    ("vkey", -3),
    ("tile/0/000", 0),
    ("tile/0/001", 5000),
    ("tile/0/002.p/188", -1),
    ("tile/1/000.p/2", 33),
    ("tile/entries/000", 2),
    ("tile/entries/001", 40_000),
    ("tile/entries/002.p/188", -1),
    ("tile/entries/002.p/188", 0),
]


def test_go_reads_the_log_of_a_live_journal_over_http(
    made: Path, go_accepts: Accepts, tmp_path: Path
) -> None:
    """Served from the store; and the same with a checkpoint of another key is rejected."""
    with open_sqlite(made / "market.db", readonly=True) as store:
        log = LiveLog(store, KEY, KeyWatch(KEY.verifier))
        with LogServer(("127.0.0.1", 0), log) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            url = f"http://127.0.0.1:{server.server_address[1]}"
            other = tmp_path / "vkey"
            other.write_text(signing_key("example.org/market", bytes(32)).verifier.text)
            accepted = go_accepts(url, made / "old", vkey=made / "log" / "vkey")
            rejected = not go_accepts(url, vkey=other)
            server.shutdown()
            thread.join()
    assert (accepted, rejected) == (True, True)


def test_go_accepts_log_proofs_and_an_earlier_checkpoint(made: Path, go_accepts: Accepts) -> None:
    proofs = sorted(made.glob("*.tlog-proof"))
    assert len(proofs) == 3
    assert go_accepts(made / "log", made / "old", *proofs)


@pytest.mark.parametrize(("name", "at"), DAMAGE)
def test_go_rejects_one_flipped_bit(
    made: Path, go_accepts: Accepts, tmp_path: Path, name: str, at: int
) -> None:
    assert not go_accepts(damaged(made, tmp_path / "log", name, at))


def test_go_rejects_a_damaged_proof_and_another_past(
    made: Path, go_accepts: Accepts, tmp_path: Path
) -> None:
    text = (made / "255.tlog-proof").read_text(encoding="utf-8")
    (tmp_path / "proof").write_text(text.replace("index 255", "index 254"), encoding="utf-8")
    assert not go_accepts(made / "log", tmp_path / "proof")
    (tmp_path / "key").write_text(KEY.text)
    other = journal_of(tmp_path / "other.db", 200, payload=30)
    wrote("export", other, "--tlog", tmp_path / "other", "--key", tmp_path / "key")
    assert go_accepts(tmp_path / "other")
    assert not go_accepts(made / "log", tmp_path / "other" / "checkpoint")


def test_aics_tlog_accepts_the_log(made: Path, aics_accepts: Accepts) -> None:
    assert aics_accepts(made / "log")


@pytest.mark.parametrize(("name", "at"), DAMAGE)
def test_aics_tlog_rejects_one_flipped_bit(
    made: Path, aics_accepts: Accepts, tmp_path: Path, name: str, at: int
) -> None:
    assert not aics_accepts(damaged(made, tmp_path / "log", name, at))


def test_a_cosignature_of_a_witness_made_elsewhere_may_stand_under_a_checkpoint(
    made: Path,
) -> None:
    aics = pytest.importorskip(
        "aics_tlog", reason="needs the package aics-tlog (for Python 3.12 and later)"
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from yaosu.journal.checkpoint import verify_checkpoint
    from yaosu.kernel.signed_note import DASH

    note = (made / "log" / "checkpoint").read_text(encoding="utf-8")
    said = verify_checkpoint(note, [KEY.verifier])
    _, line = aics.sign_cosignature(
        Ed25519PrivateKey.from_private_bytes(bytes(32)),
        "witness.example", 1_767_225_600, said.origin, said.size, said.root,
    )  # fmt: skip
    key_id = line.key_id if isinstance(line.key_id, bytes) else line.key_id.to_bytes(4, "big")
    encoded = b64encode(key_id + line.signature).decode()
    assert verify_checkpoint(f"{note}{DASH} {line.name} {encoded}\n", [KEY.verifier]) == said
