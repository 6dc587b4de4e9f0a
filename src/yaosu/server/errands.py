"""Errands: long work beside the server, each in a folder of its own, told of while it goes on.

What only reads runs as a process, by the same command line that anybody types; what writes goes
through the one writer and runs as a thread. Both can be stopped. What came of it stays in the
folder until somebody throws it away; a server that starts again finds it there.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from yaosu.door import draw
from yaosu.engine.clock import Clock
from yaosu.kernel.refusal import Refusal, found, refuse_unless

FILE, RESULT = "errand.json", "result.json"
WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"
COMMAND_LINE = "yaosu.cli.telling"  # tells how far it is, a line of JSON each time
NICENESS = 10
FAULT_CHARACTERS_MAX = 2_000
STOP_SECONDS = 5
KEPT_MAX = 500


class Stopped(Exception):
    """Somebody stopped the errand."""


class Errand(Struct, frozen=True, kw_only=True):
    """One of them.

    Attributes:
        errand: its id. kind: ``import`` or ``replay``. login: who began it.
        what: of its kind, such as ``check``.
        state: ``waiting``, ``running``, ``done``, ``failed`` or ``stopped``.
        made, ended: instants; ``done`` of ``total`` (-1: not known).
        fault: why it failed, in words.
        facts: what it was asked with.
    """

    errand: str
    kind: str
    login: str
    made: int
    what: str = ""
    state: str = WAITING
    done: int = 0
    total: int = -1
    ended: int = 0
    fault: str = ""
    facts: dict[str, str] = {}


Step = Callable[[int], None]


class Errands:
    """All of them.

    Args:
        folder: each has a folder in it.
        most: run at one time.
    """

    def __init__(self, folder: Path, clock: Clock, most: int) -> None:
        self.folder, self._clock, self._most = folder, clock, most
        self._lock = threading.Lock()
        self._running: dict[str, Errand] = {}
        self._ends: dict[str, Callable[[], None]] = {}
        self._threads: list[threading.Thread] = []

    # ---- which there are

    def new(self, kind: str, login: str, facts: dict[str, str]) -> Errand:
        """One more, with an empty folder; nothing runs yet."""
        kept = self.all(kind)
        refuse_unless(len(kept) < KEPT_MAX, "server.too_many_errands", kind=kind, limit=KEPT_MAX)
        made = Errand(
            errand=f"{kind}-{draw(6).hex()}",
            kind=kind,
            login=login,
            made=self._clock(),
            facts=facts,
        )
        self.path(made.errand).mkdir(parents=True)
        self._write(made)
        return made

    def running(self) -> list[Errand]:
        """Those that run now."""
        with self._lock:
            return list(self._running.values())

    def path(self, errand: str) -> Path:
        """Its folder."""
        return self.folder / errand

    def get(self, errand: str, kind: str) -> Errand:
        """One of a kind, as it stands now.

        Raises:
            Refusal: ``server.unknown_row``.
        """
        known = self._running.get(errand)
        if known is None and errand.startswith(f"{kind}-") and errand.replace("-", "").isalnum():
            known = _read(self.path(errand))
        known = known if known is not None and known.kind == kind else None
        return found(known, "server.unknown_row", what=f"{kind}s", name=errand[:60])

    def all(self, kind: str) -> list[Errand]:
        """All of a kind, the newest first."""
        if not self.folder.is_dir():
            return []
        here = [path for path in self.folder.iterdir() if path.name.startswith(f"{kind}-")]
        read = [self._running.get(path.name) or _read(path) for path in here]
        return sorted((one for one in read if one is not None), key=lambda one: -one.made)

    def forget(self, errand: Errand) -> None:
        """Throw an errand away with all that came of it."""
        refuse_unless(errand.state != RUNNING, "server.errand_runs", errand=errand.errand)
        shutil.rmtree(self.path(errand.errand))

    def note(self, errand: Errand, **facts: str) -> Errand:
        """Keep what it is to be asked with."""
        noted = replace(errand, facts={**errand.facts, **facts})
        self._write(noted)
        return noted

    # ---- running

    def run_process(self, errand: Errand, what: str, words: Sequence[str], total: int) -> None:
        """Run the command line beside the server; its JSON becomes the result."""
        begun = self._begin(errand, what, total)
        command = [sys.executable, "-m", COMMAND_LINE, *words, "--json"]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            self._end(begun, FAILED, str(error))
            return
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)  # the writer comes first
        self._ends[errand.errand] = process.terminate
        self._spawn(lambda: self._watch(begun, process))

    def run_thread(
        self, errand: Errand, what: str, total: int, work: Callable[[Step], dict[str, Any]]
    ) -> None:
        """Run work that asks the writer; it hears of a stop between two steps."""
        begun = self._begin(errand, what, total)
        is_stopped = threading.Event()
        self._ends[errand.errand] = is_stopped.set

        def step(done: int) -> None:
            self._advance(errand.errand, done)
            if is_stopped.is_set():
                raise Stopped

        def run() -> None:
            try:
                result = work(step)
            except Stopped:
                self._end(begun, STOPPED)
            except Refusal as refusal:
                self._end(begun, FAILED, str(refusal))
            except Exception as error:  # noqa: BLE001  # told as its state, by its kind
                self._end(begun, FAILED, f"{type(error).__name__}: {error}")
            else:
                self._keep_result(errand.errand, result)
                self._end(begun, DONE)

        self._spawn(run)

    def stop(self, errand: str) -> None:
        """Stop one that runs; one that has ended stays as it is."""
        end = self._ends.get(errand)
        if end is not None:
            end()

    def close(self) -> None:
        """Stop all, and wait a little."""
        for errand in list(self._ends):
            self.stop(errand)
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def result(self, errand: str) -> dict[str, Any] | None:
        """What came of it, or None."""
        path = self.path(errand) / RESULT
        if not path.is_file():
            return None
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return told

    def _begin(self, errand: Errand, what: str, total: int) -> Errand:
        with self._lock:
            is_free = errand.errand not in self._running
            refuse_unless(is_free, "server.errand_runs", errand=errand.errand)
            has_room = len(self._running) < self._most
            refuse_unless(has_room, "server.errands_busy", limit=self._most)
            begun = replace(
                errand, what=what, state=RUNNING, done=0, total=total, fault="", ended=0
            )
            self._running[errand.errand] = begun
        (self.path(errand.errand) / RESULT).unlink(missing_ok=True)
        self._write(begun)
        return begun

    def _advance(self, errand: str, done: int) -> None:
        with self._lock:
            known = self._running[errand]
            self._running[errand] = replace(known, done=known.done + done)

    def _watch(self, errand: Errand, process: "subprocess.Popen[str]") -> None:
        """Hear how far a process is, and what came of it."""
        assert process.stderr is not None
        assert process.stdout is not None
        said: list[str] = []
        out: list[str] = []
        pipe = process.stdout
        reader = threading.Thread(target=lambda: out.append(pipe.read()), daemon=True)
        reader.start()
        for line in process.stderr:
            told = _progress(line)
            if told is None:
                said.append(line)
                continue
            with self._lock:
                known = self._running[errand.errand]
                self._running[errand.errand] = replace(known, done=told)
        code = process.wait()
        reader.join()
        process.stderr.close()
        process.stdout.close()
        if code < 0:
            self._end(errand, STOPPED)
            return
        result = _json_in("".join(out))
        is_refusal = result is None or str(result.get("schema", "")).startswith("yaosu.refusal")
        if is_refusal or result is None:
            self._end(errand, FAILED, "".join(said)[-FAULT_CHARACTERS_MAX:].strip() or str(code))
            return
        self._keep_result(errand.errand, result)
        self._end(errand, DONE)

    def _end(self, begun: Errand, state: str, fault: str = "") -> None:
        with self._lock:
            known = self._running.get(begun.errand, begun)
            ended = replace(known, state=state, ended=self._clock(), fault=fault)
            self._write(ended)
            self._running.pop(begun.errand, None)
            self._ends.pop(begun.errand, None)

    def _keep_result(self, errand: str, result: dict[str, Any]) -> None:
        _write_whole(self.path(errand) / RESULT, json.dumps(result, ensure_ascii=False).encode())

    def _write(self, errand: Errand) -> None:
        _write_whole(self.path(errand.errand) / FILE, msgspec.json.encode(errand))

    def _spawn(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name="yaosu-errand", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()


def _read(path: Path) -> Errand | None:
    """An errand as its folder tells it; one that ran when the server ended was stopped."""
    try:
        known = msgspec.json.decode((path / FILE).read_bytes(), type=Errand)
    except (OSError, msgspec.DecodeError):
        return None
    return replace(known, state=STOPPED) if known.state == RUNNING else known


def _progress(line: str) -> int | None:
    told = _json_in(line)
    done = None if told is None else told.get("done")
    return done if isinstance(done, int) else None


def _json_in(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
