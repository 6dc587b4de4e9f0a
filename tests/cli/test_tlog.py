"""`yaosu tlog serve`: a process that gives out the log of a journal until it is stopped."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.journal.build import grow, journal_of
from yaosu.cli.app import answer
from yaosu.cli.output import REFUSED, USAGE
from yaosu.journal import open_sqlite
from yaosu.journal.checkpoint import parse_checkpoint
from yaosu.kernel.signed_note import signing_key

KEY = signing_key("example.org/market", bytes(range(32)))


def test_a_process_serves_the_log_and_keeps_the_last_checkpoint(tmp_path: Path, capsys) -> None:
    journal = journal_of(tmp_path / "market.db", 5)
    (tmp_path / "key").write_text(KEY.text)
    command = [
        sys.executable, "-m", "yaosu", "tlog", "serve", str(journal), "--key",
        str(tmp_path / "key"), "--listen", "127.0.0.1:0", "--keep", str(tmp_path / "kept"),
        "--json",
    ]  # fmt: skip
    path = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with open_sqlite(journal) as writer:
            grow(writer, 2)
        with urlopen(url, timeout=30) as response:
            note = response.read().decode()
        process.terminate()
    assert parse_checkpoint(note).size == 7
    assert (tmp_path / "kept").read_text() == note
    for listen in ("here", "127.0.0.1:http", "127.0.0.1:70000"):
        arguments = ["tlog", "serve", str(journal), "--key", str(tmp_path / "key")]
        assert answer([*arguments, "--listen", listen]) == USAGE
        assert "HOST:PORT" in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused(tmp_path: Path, capsys) -> None:
    journal = journal_of(tmp_path / "market.db", 1)
    (tmp_path / "key").write_text(KEY.text)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = ["tlog", "serve", str(journal), "--key", str(tmp_path / "key")]
        assert answer([*arguments, "--listen", address]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.cannot_listen: ")
