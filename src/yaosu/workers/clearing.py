"""Clearing closed books outside the writer, each in a process of its own, which may die.

The writer never waits for a solver: a book is frozen (`BookClosed`), its clearing is worked out
here, and comes back by a command (`RecordClearing`), which is taken only if it verifies. A process
that ends without a result is noticed and its work is done again. Two workers at the same book do
no harm: the key is that of the market and the round, so the second gets the answer of the first.
"""

import subprocess
import sys
from threading import Event as Flag

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


def clear_closed(
    venue: Venue, market: str = "", actor: str = "", *, apart: bool = True
) -> dict[str, Answer]:
    """Clear every book that is closed, or that of one market, and record the results.

    Args:
        market: only this one; left out, all.
        actor: who records; left out, the venue's operator.
        apart: in a process of its own; else in this one.

    Returns:
        For each book, as ``market/round``, the receipt of its `RecordClearing`, or why there is
        no clearing: one bad book does not keep the others waiting.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    with venue.reading() as state:
        markets = state.markets.markets
        if market:
            found(markets.get(market), "markets.unknown_market", market=market)
        frozen = {
            name: canonical.encode(known)
            for name, known in sorted(markets.items())
            if known.phase == CLOSED and market in {"", name}
        }
        by = actor or (state.parties.venue.operator if state.parties.venue is not None else "")
    answers: dict[str, Answer] = {}
    for name, data in frozen.items():
        known = canonical.decode(data, Market)
        try:
            clearing = _apart(name, data) if apart else _cleared(known)
        except Refusal as refusal:
            answers[f"{name}/{known.round}"] = refusal
            continue
        command = RecordClearing(
            actor=by,
            key=f"clear/{name}/{known.round}",
            market=name,
            round=known.round,
            clearing=clearing,
        )
        answers[f"{name}/{known.round}"] = venue.submit(command)
    return answers


def keep_clearing(venue: Venue, stop: Flag, *, every_seconds: float = 1.0) -> None:
    """Clear whatever is closed, again and again, until the flag is set."""
    while not stop.wait(every_seconds):
        clear_closed(venue)


def _apart(name: str, data: bytes) -> Clearing:
    """The clearing of a frozen market, by a process of its own; again where it died."""
    reason = ""
    for _ in range(ATTEMPTS_MAX):
        process = subprocess.run(WORKER, input=data, capture_output=True, check=False)
        if process.returncode == 0:
            outcome = canonical.decode(process.stdout, Outcome)
            if outcome.clearing is None:
                raise Refusal(outcome.code, **outcome.facts)
            return outcome.clearing
        last = process.stderr.decode(errors="replace").strip().splitlines()[-1:]
        reason = f"exit code {process.returncode}{''.join(f': {line}' for line in last)}"
    refuse("workers.worker_died", market=name, attempts=ATTEMPTS_MAX, reason=reason)


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


WORKER = (
    sys.executable,
    "-c",
    "import sys; from yaosu.workers.clearing import work; "
    "sys.stdout.buffer.write(work(sys.stdin.buffer.read()))",
)
