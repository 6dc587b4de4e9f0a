"""Clearing closed books outside the writer, in a process of its own, which may die.

The writer never waits for a solver: a book is frozen (`BookClosed`), its clearing is worked out
here, and comes back by a command (`RecordClearing`), which is taken only if it verifies. A process
that ends without a result is noticed, another is begun and its work done again. Two workers at the
same book do no harm: the key is that of the market, the round and its orders, so the second gets
the answer of the first.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event as Flag
from typing import IO, Self

from msgspec import Struct

from yaosu.door import Venue, use_compiled_code
from yaosu.engine.receipt import Receipt
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, declare, found, refuse
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import RecordClearing
from yaosu.markets.coupling import clear_book
from yaosu.markets.state import CLOSED, Market

ATTEMPTS_MAX = 3
LOOKS_AFTER_DEATH, LOOKS_NEVER = 60, 2**62
FRAME = 8  # bytes that say how long what follows is
Answer = Receipt | Refusal

REFUSALS = declare(
    {
        "workers.worker_died": (
            "the process that cleared {market} ended {attempts} times without a result ({reason})",
            "see that it has memory enough, then clear the book again; it stays closed",
        ),
    }
)


class Outcome(Struct, frozen=True):
    """What a process sends back: a clearing, or the refusal that the mechanism gave."""

    clearing: Clearing | None = None
    code: str = ""
    facts: dict[str, str | int | bool] = {}


class Apart:
    """A process that clears one frozen market after another; begun again where it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._said = -1  # the file of what it said where errors are told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def clear(self, name: str, data: bytes) -> Clearing:
        """The clearing of a frozen market.

        Raises:
            Refusal: ``workers.worker_died``; what the mechanism refuses.
        """
        reason = ""
        for _ in range(ATTEMPTS_MAX):
            answer = self._ask(data)
            if answer is not None:
                outcome = canonical.decode(answer, Outcome)
                if outcome.clearing is None:
                    raise Refusal(outcome.code, **outcome.facts)
                return outcome.clearing
            reason = self.end()
        refuse("workers.worker_died", market=name, attempts=ATTEMPTS_MAX, reason=reason)

    def end(self) -> str:
        """End the process, if there is one; how it ended, in words."""
        process, self._process = self._process, None
        if process is None:
            return "it did not begin"
        with suppress(BrokenPipeError):  # the other end has gone already
            process.communicate()
        size = os.fstat(self._said).st_size
        said = os.pread(self._said, size, 0)
        os.close(self._said)
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        return f"exit code {process.returncode}{''.join(f': {line}' for line in last)}"

    def _ask(self, data: bytes) -> bytes | None:
        """What it makes of the data, or None where it died over it."""
        if self._process is None:
            self._said, path = tempfile.mkstemp()
            os.unlink(path)  # it lives as long as it is open
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(WORKER, stdin=pipe, stdout=pipe, stderr=self._said)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            write_frame(self._process.stdin, data)
        except BrokenPipeError:
            return None
        return read_frame(self._process.stdout)


def clear_closed(
    venue: Venue,
    market: str = "",
    actor: str = "",
    *,
    apart: bool = True,
    process: Apart | None = None,
    leave: Collection[str] = (),
) -> dict[str, Answer]:
    """Clear every book that is closed, or that of one market, and record the results.

    Args:
        market: only this one; left out, all.
        actor: who records; left out, the venue's operator.
        apart: in a process of its own; else in this one.
        process: the one to use; left out, one for this call.
        leave: books to leave alone, as ``market/round/orders``.

    Returns:
        For each book, as ``market/round``, the receipt of its `RecordClearing`, or why there is
        no clearing: one bad book does not keep the others waiting.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    if apart and process is None:
        with Apart() as own:
            return clear_closed(venue, market, actor, process=own, leave=leave)
    frozen, by = _frozen(venue, market, leave)
    answers: dict[str, Answer] = {}
    for name, (book, data) in frozen.items():
        known = canonical.decode(data, Market)
        try:
            clearing = process.clear(name, data) if process is not None else _cleared(known)
        except Refusal as refusal:
            answers[f"{name}/{known.round}"] = refusal
            continue
        command = RecordClearing(
            actor=actor or by,
            key=f"clear/{book}",
            market=name,
            round=known.round,
            clearing=clearing,
        )
        answers[f"{name}/{known.round}"] = venue.submit(command)
    return answers


def keep_clearing(
    venue: Venue,
    stop: Flag,
    *,
    every_seconds: float = 1.0,
    told: Callable[[dict[str, Answer]], None] = lambda _: None,
) -> None:
    """Clear whatever is closed, again and again, until the flag is set.

    A book without a clearing is told once and then left alone, until it is closed with other
    orders; one whose process died is tried again later.

    Args:
        told: hears of every book that was looked at.
    """
    waits: dict[str, int] = {}  # book -> looks until it is tried again
    with Apart() as process:
        seen = -1
        while not stop.wait(every_seconds):
            size = venue.size
            if not venue.is_running or (size == seen and not waits):
                continue  # nothing has happened, so nothing was closed
            seen = size
            waits = {book: looks - 1 for book, looks in waits.items() if looks > 1}
            frozen, _ = _frozen(venue, "", waits)
            answers = clear_closed(venue, process=process, leave=waits)
            for name, (book, _) in frozen.items():
                answer = answers.get(f"{name}/{book.split('/')[1]}")
                if isinstance(answer, Refusal):
                    has_died = answer.code == "workers.worker_died"
                    waits[book] = LOOKS_AFTER_DEATH if has_died else LOOKS_NEVER
                elif answer is not None and answer.refusal is not None:
                    waits[book] = LOOKS_NEVER
            if answers:
                told(answers)


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Its length in eight bytes, and the data."""
    stream.write(len(data).to_bytes(FRAME, "big") + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The data of the next frame; None where the stream ends before it is whole."""
    head = stream.read(FRAME)
    if len(head) < FRAME:
        return None
    size = int.from_bytes(head, "big")
    data = stream.read(size)
    return data if len(data) == size else None


def _frozen(
    venue: Venue, market: str, leave: Collection[str]
) -> tuple[dict[str, tuple[str, bytes]], str]:
    """Market -> (book as ``market/round/orders``, canonical bytes), and the operator."""
    with venue.reading() as state:
        markets = state.markets.markets
        if market:
            found(markets.get(market), "markets.unknown_market", market=market)
        frozen: dict[str, tuple[str, bytes]] = {}
        for name, known in sorted(markets.items()):
            if known.closed_as is None or known.phase != CLOSED or market not in {"", name}:
                continue
            book = f"{name}/{known.round}/{known.closed_as.orders_digest[:16]}"
            if book not in leave:
                frozen[name] = (book, canonical.encode(known))
        by = state.parties.venue.operator if state.parties.venue is not None else ""
    return frozen, by


def _cleared(market: Market) -> Clearing:
    assert market.closed_as is not None
    return clear_book(market, market.closed_as)


def work(data: bytes) -> bytes:
    """What the process does: a frozen market in, its outcome out, both in canonical bytes."""
    use_compiled_code()
    try:
        outcome = Outcome(_cleared(canonical.decode(data, Market)))
    except Refusal as refusal:
        outcome = Outcome(code=refusal.code, facts=refusal.facts)
    return canonical.encode(outcome)


def serve(stream: IO[bytes], answers: IO[bytes]) -> None:
    """Clear one frozen market after another, until no more come."""
    while (data := read_frame(stream)) is not None:
        write_frame(answers, work(data))


WORKER = (
    sys.executable,
    "-c",
    "import sys; answers = sys.stdout.buffer; sys.stdout = sys.stderr; "
    "from yaosu.workers import clearing; clearing.serve(sys.stdin.buffer, answers)",
)
