"""Processes on one journal, and clients that load them; to be killed.

    python -m tests.engine.standby_process

Reads lines, begins a process for each (forked, so that none has to import again), and prints its
number:

    node URL SOCKET             follows the journal, leads when it may, answers on the socket
    client NUMBER LOG SOCKET... sends command after command to whichever node takes them

A node is asked in lines of words: ``send NUMBER...`` is answered with a line of receipts or with
``no CODE``, ``read`` with role, size and something of the state, ``hash`` with its hash. A client
sends what was not answered again, to the next node, and writes what was acknowledged into its log
with the moment of it.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from tests.engine.load_process import BURST_MAX, CLIENTS, Load, command, line
from tests.stories import MORNING
from yaosu import door
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.kernel import compiled
from yaosu.kernel.refusal import Refusal

RETRY_S = 0.05


class Node(Load):
    """A standby, with the pen of the stories to prepare the venue once it leads."""

    def __init__(self, url: str) -> None:
        self.regions = ("east", "west")
        self.ready = threading.Event()
        self.clock = StepClock(MORNING)
        self.standby = door.stand_by(
            url,
            clock=lambda: MORNING + time.monotonic_ns() // 1000,  # the same in every process
            on_leading=self.lead,
            on_stopped=self.end,
        )

    def lead(self, venue: Venue) -> None:
        self.venue = venue
        self._keys = 0
        self.prepare()
        self.ready.set()

    def end(self, failure: BaseException) -> None:
        """As the one who runs it would: the process ends, and is begun again."""
        print(f"node {os.getpid()} stopped: {failure!r}", file=sys.stderr, flush=True)
        os._exit(5)

    def answer(self, words: list[str]) -> str:
        try:
            if words[0] == "read":
                with self.standby.reading() as state:
                    return f"{self.standby.role} {self.standby.size} {len(state.parties.parties)}"
            if words[0] == "hash":
                with self.standby.reading() as state:
                    return f"{self.standby.role} {self.standby.size} {state_hash(state).hex()}"
            if not self.ready.is_set():
                return "no engine.not_leading"
            numbers = [int(word) for word in words[1:]]
            receipts = self.standby.submit_many([command(number) for number in numbers])
        except Refusal as refusal:
            return f"no {refusal.code}"
        pairs = zip(numbers, receipts, strict=True)
        return ";".join(line(number, receipt).strip() for number, receipt in pairs)


def node(url: str, path: str) -> None:
    """Serve for ever; a failure of the standby ends the process."""
    compiled.configure(enabled=False, cache_root=None)  # small books; compiling takes longer
    door.use_compiled_code = lambda: None
    made = Node(url)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    while True:
        threading.Thread(target=serve, args=(made, listener.accept()[0]), daemon=True).start()


def serve(made: Node, wire: socket.socket) -> None:
    with wire, wire.makefile("rw") as stream:
        for asked in stream:
            stream.write(made.answer(asked.split()) + "\n")
            stream.flush()


class Caller:
    """Asks one node after the other until one answers."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self._stream: TextIO | None = None

    def ask(self, text: str) -> str:
        """The answer, or ``no answer`` where the node went away; the next one is asked then."""
        try:
            if self._stream is None:
                wire = socket.socket(socket.AF_UNIX)
                wire.connect(self._paths[0])
                self._stream = wire.makefile("rw")
            self._stream.write(text + "\n")
            self._stream.flush()
            answer = self._stream.readline().strip()
        except OSError:
            answer = ""
        if not answer or answer.startswith("no "):
            self._stream = None
            self._paths = [*self._paths[1:], self._paths[0]]
        return answer or "no answer"


def client(number: int, log: str, paths: list[str]) -> None:
    """Send for ever, in bursts; a burst that was not answered is sent again, whole."""
    caller = Caller(paths)
    with open(log, "a") as told:
        while True:
            numbers = [number + CLIENTS * step for step in range(1 + number % BURST_MAX)]
            while True:
                answer = caller.ask(" ".join(["send", *map(str, numbers)]))
                if not answer.startswith("no "):
                    break
                time.sleep(RETRY_S)
            told.write("".join(f"{time.time()} {one}\n" for one in answer.split(";")))
            told.flush()
            number = numbers[-1] + CLIENTS


def begin(run: Callable[[], None]) -> None:
    """A process of its own; its number is told."""
    child = os.fork()
    if child == 0:
        try:
            run()
        finally:
            os._exit(4)
    print(child, flush=True)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for asked in sys.stdin:
        match asked.split():
            case ["node", url, path]:
                begin(lambda url=url, path=path: node(url, path))
            case ["client", number, log, *paths]:
                begin(lambda n=number, log=log, paths=paths: client(int(n), log, paths))
            case other:
                raise AssertionError(other)


if __name__ == "__main__":
    main()
