"""Promotion: a copy of a journal goes on in the place of its original, once and for all.

Two journals that go on from the same entry are two histories, and each looks whole by itself. So a
copy is not written until the operator states that the original is retired; where the original can
be reached it is examined, and marked so that nothing will be written there any more. The statement
is the first entry of the copy beyond the copied ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from yaosu import core
from yaosu.core import ContinueJournal
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.proof import verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import Progress, command_of
from yaosu.engine.writer import Writer
from yaosu.journal.copied import (
    Copied,
    Retired,
    check_whole,
    first_hash,
    mark_retired,
    read_copied,
    read_retired,
)
from yaosu.journal.opening import open_store
from yaosu.journal.store import Store
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

STATEMENT_CHARACTERS_MAX = 1000
GONE = ("journal.not_found", "journal.no_folder", "journal.no_connection")
ALIVE = ("journal.locked", "journal.leased", "journal.busy")


class Promoted(Struct, frozen=True):
    """What was done: the receipt of the first entry of the new incarnation, and what became of
    the original: ``retired`` (marked by us), ``itself`` (the copy stands in its place) or
    ``unreachable`` (the operator's word alone).
    """

    receipt: Receipt
    incarnation: int
    original: str
    fate: str


def promote_copy(
    name: str,
    statement: str,
    draw: str,
    clock: Clock = system_clock,
    on_progress: Progress | None = None,
) -> Promoted:
    """Make the copy called ``name`` the journal that goes on.

    Args:
        name: of the copy.
        statement: what the operator states about the original; goes on record.
        draw: random text, from the door.
        clock: stamps the entry.
        on_progress: called while the copy is verified.

    Raises:
        Refusal: `journal.not_a_copy`, `journal.original_lives`, `journal.original_is_longer`,
            `journal.original_unclear`, `journal.already_succeeded`, `journal.damaged`,
            `engine.no_statement`, `journal.locked`.
    """
    said = statement.strip()
    fits = 0 < len(said) <= STATEMENT_CHARACTERS_MAX
    refuse_unless(fits, "engine.no_statement", limit=STATEMENT_CHARACTERS_MAX)
    _mark_of(name)  # nothing is begun where there is nothing
    with open_store(name) as store:
        check_whole(store)
        mark = _waiting(store)
        verify(store, on_progress)
        incarnation = 2 + sum(
            isinstance(command_of(entry), ContinueJournal) for entry in store.read()
        )
        with _original_retired(store, mark, said) as fate:
            writer = Writer(store, clock, promoting=True)
            receipt = writer.record(
                ContinueJournal(
                    actor=core.ENGINE,
                    key=f"continue-{draw}",
                    original=mark.original,
                    entries=mark.size,
                    incarnation=incarnation,
                    statement=said,
                    draw=draw,
                )
            )
    return Promoted(receipt, incarnation, mark.original, fate)


def _mark_of(name: str) -> Copied:
    with open_store(name, readonly=True) as store:
        return _waiting(store)


def _waiting(store: Store) -> Copied:
    """The mark of a copy that waits for its promotion."""
    mark = read_copied(store)
    if mark is None or store.size > mark.size:
        refuse("journal.not_a_copy", path=store.name)
    return mark


@contextmanager
def _original_retired(store: Store, mark: Copied, statement: str) -> Iterator[str]:
    """Hold the original, where there is one, and mark it; the value says what became of it."""
    if mark.original == store.name:
        yield "itself"
        return
    original = _reach(store, mark)
    if original is None:
        yield "unreachable"
        return
    with original:
        found = original.size
        refuse_unless(
            found <= mark.size,
            "journal.original_is_longer",
            original=original.name,
            path=store.name,
            found=found,
            copied=mark.size,
        )
        before = read_retired(original)
        refuse_unless(
            before is None or before.successor == store.name,
            "journal.already_succeeded",
            original=original.name,
            path=store.name,
            successor="" if before is None else before.successor,
        )
        mark_retired(original, Retired(successor=store.name, statement=statement))
        yield "retired"


def _reach(store: Store, mark: Copied) -> Store | None:
    """The original, opened for writing so that nobody else does; None where it is not there."""
    name = mark.original
    facts = {"original": name, "path": store.name}
    try:
        with open_store(name, readonly=True) as found:
            if first_hash(found) != mark.journal:
                return None  # another journal has its place by now
        return open_store(name)
    except Refusal as refusal:
        if refusal.code in GONE:
            return None
        if refusal.code in ALIVE:
            raise Refusal("journal.original_lives", **facts, reason=str(refusal)) from None
        raise Refusal("journal.original_unclear", **facts, reason=str(refusal)) from None
