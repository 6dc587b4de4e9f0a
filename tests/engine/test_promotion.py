"""A copy refuses to be written beside its original; once promoted it goes on in its place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories import EXCHANGE, MORNING, Story
from yaosu import door
from yaosu.core import ContinueJournal, JournalContinued
from yaosu.engine.clock import StepClock
from yaosu.engine.copies import BACKUP, COPY, RESTORE, make_copy
from yaosu.engine.proof import audit, verify
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.replay import replay
from yaosu.journal import (
    Checkpoint,
    check_continues,
    inclusion_proof,
    open_sqlite,
    verify_inclusion,
)
from yaosu.journal.copied import read_retired
from yaosu.journal.opening import open_store
from yaosu.kernel.refusal import Refusal
from yaosu.settlement.commands import RecordDeposit

SAID = "Li Wei, 2026-03-02: the disk failed, the machine is switched off"


def venue_at(path: Path, deposits: int = 3) -> Path:
    """A founded venue with some deposits, closed."""
    story = Story(open_sqlite(path))
    story.found()
    story.party("firm", money=0)
    deposit(story, deposits)
    story.venue.close()
    return path


def deposit(story: Story, times: int) -> None:
    for _ in range(times):
        story.ask(RecordDeposit, EXCHANGE, party="firm", currency="CNY", amount_minor=100)


def go_on(path: Path, keys_from: int = 10_000) -> str:
    """Write one more deposit; the hash of its entry."""
    with door.open(path) as venue:
        receipt = venue.submit(
            RecordDeposit(
                actor=EXCHANGE, key=f"later-{keys_from}", party="firm", currency="CNY",
                amount_minor=1,
            )
        )  # fmt: skip
        return receipt.accepted().hash.hex()


def copy(source: Path, target: Path, kind: str = RESTORE, last: int | None = None) -> Path:
    with open_store(source, readonly=True) as store:
        return Path(make_copy(store, str(target), kind, last).name)


def size(path: Path) -> int:
    with open_store(path, readonly=True) as store:
        return store.size


def refused(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("kind", [BACKUP, RESTORE, COPY])
def test_a_copy_may_be_read_but_not_written(tmp_path: Path, kind: str) -> None:
    path = copy(venue_at(tmp_path / "market.db"), tmp_path / "copy.db", kind)
    with open_store(path, readonly=True) as store:
        assert verify(store).entries == store.size
        assert audit(store).is_clean
        assert replay(store, []).is_reliable
    before = path.read_bytes()
    assert str(refused(lambda: go_on(path))) == (
        f"journal.is_a_copy: {path} is a copy of {tmp_path / 'market.db'} and may be read only; "
        f"go on with {tmp_path / 'market.db'}; where that is lost, retire it and promote this copy"
    )
    assert path.read_bytes() == before
    go_on(tmp_path / "market.db")


def test_a_promoted_copy_goes_on_and_says_so_in_its_journal(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    entries = size(path)
    original.rename(tmp_path / "away.db")
    done = door.promote(path, f"  {SAID} ", clock=StepClock(MORNING + 77))
    assert (done.fate, done.incarnation, done.receipt.sequence) == ("unreachable", 2, entries)
    go_on(path)
    with open_store(path, readonly=True) as store:
        entry = next(iter(store.read(entries, entries)))
        assert verify(store).entries == entries + 3  # the statement, the deposit, the state's hash
        assert audit(store).is_clean
        replay(store, [])
    (event,) = events_of(entry)
    assert isinstance(event, JournalContinued)
    said = (event.original, event.entries, event.incarnation, event.statement)
    assert said == (str(original), entries, 2, SAID)
    assert isinstance(command_of(entry), ContinueJournal)


def test_an_original_that_can_be_reached_is_examined_and_retired(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    assert door.promote(path, SAID).fate == "retired"
    assert str(refused(lambda: go_on(original))) == (
        f"journal.retired: {original} was retired: {path} goes on in its place; "
        "write there; this one may still be read"
    )
    with open_store(original, readonly=True) as store:
        mark = read_retired(store)
        assert mark is not None
        assert (mark.successor, mark.statement) == (str(path), SAID)
        assert verify(store).entries == store.size
    go_on(path)


def test_a_living_original_is_not_replaced(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    with door.open(original):
        refusal = refused(lambda: door.promote(path, SAID))
        assert refusal.code == "journal.original_lives"
        assert f"is being written by process {os.getpid()}" in refusal.sentence
    assert refused(lambda: go_on(path)).code == "journal.is_a_copy"


def test_an_original_that_is_longer_is_not_replaced(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    go_on(original)
    found, copied = size(original), size(path)
    assert str(refused(lambda: door.promote(path, SAID))) == (
        f"journal.original_is_longer: {original} has {found} entries, its copy {path} has "
        f"{copied}: the rest would be lost; restore a newer backup, or go on with the original; "
        "if the rest is to be given up, move the original away first and say so in the statement"
    )
    go_on(original, 20_000)


def test_an_original_that_cannot_be_examined_is_to_be_moved_away(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    original.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    refusal = refused(lambda: door.promote(path, SAID))
    assert refusal.code == "journal.original_unclear"
    assert "move it away first" in str(refusal)
    original.unlink()
    assert door.promote(path, SAID).fate == "unreachable"


def test_another_journal_in_the_place_of_the_original_is_left_alone(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    original.rename(tmp_path / "away.db")
    story = Story(open_sqlite(original))
    story.clock.forward(5)
    story.found()
    story.venue.close()
    assert door.promote(path, SAID).fate == "unreachable"
    with open_store(original, readonly=True) as store:
        assert read_retired(store) is None


def test_a_copy_in_the_place_of_its_original_is_promoted(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    backup = copy(original, tmp_path / "b.db", BACKUP)
    original.rename(tmp_path / "away.db")
    copy(backup, original)
    assert door.promote(original, SAID).fate == "itself"
    go_on(original)


def test_there_is_one_successor_where_the_original_can_tell(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    first, second = copy(original, tmp_path / "1.db"), copy(original, tmp_path / "2.db")
    door.promote(first, SAID)
    assert str(refused(lambda: door.promote(second, SAID))) == (
        f"journal.already_succeeded: {original} was retired in favour of {first}, not of {second}; "
        f"go on with {first}: two successors would be two histories"
    )


def test_two_copies_that_were_both_promoted_are_two_histories(tmp_path: Path) -> None:
    """Each looks whole by itself; a checkpoint or a receipt of the one convicts the other."""
    original = venue_at(tmp_path / "market.db")
    paths = [copy(original, tmp_path / f"{at}.db") for at in (1, 2)]
    shared = size(original)
    original.unlink()
    clock = StepClock(MORNING + 5)  # at the same instant, with the same words
    receipts = [door.promote(path, SAID, clock=clock).receipt for path in paths]
    assert receipts[0].hash != receipts[1].hash
    heads = []
    for path in paths:
        go_on(path)
        with open_store(path, readonly=True) as store:
            verify(store)
            heads.append(Checkpoint("example.org/market", store.size, store.root()))
    for at, path in enumerate(paths):
        with open_store(path, readonly=True) as store:
            check_continues(store, heads[at])
            refusal = refused(lambda store=store, at=at: check_continues(store, heads[1 - at]))
            assert refusal.code == "journal.other_history"
            proof = inclusion_proof(store, shared, store.size)
            for other in (0, 1):
                stands = verify_inclusion(
                    receipts[other].hash, shared, store.size, proof, store.root()
                )
                assert stands == (other == at)


def test_incarnations_are_counted(tmp_path: Path) -> None:
    path = venue_at(tmp_path / "0.db")
    for at in (1, 2, 3):
        copied = copy(path, tmp_path / f"{at}.db")
        assert door.promote(copied, SAID).incarnation == at + 1
        go_on(copied, at)
        path = copied


def test_only_a_copy_that_waits_is_promoted(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    assert str(refused(lambda: door.promote(original, SAID))) == (
        f"journal.not_a_copy: {original} is no copy that waits for its promotion; write it as it is"
    )
    door.promote(path, SAID)
    assert refused(lambda: door.promote(path, SAID)).code == "journal.not_a_copy"
    assert refused(lambda: door.promote(tmp_path / "no.db", SAID)).code == "journal.not_found"
    assert not (tmp_path / "no.db").exists()


@pytest.mark.parametrize("said", ["", "  \n", "x" * 1001])
def test_a_promotion_wants_a_statement(tmp_path: Path, said: str) -> None:
    path = copy(venue_at(tmp_path / "market.db"), tmp_path / "copy.db")
    assert str(refused(lambda: door.promote(path, said))) == (
        "engine.no_statement: a promotion wants a statement about the original, of 1 to 1000 "
        "characters; say in words who retired it, when and why; the words go on record"
    )


def test_a_damaged_copy_is_not_promoted(tmp_path: Path) -> None:
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    data = bytearray(path.read_bytes())
    place = data.index(b"record_deposit")
    data[place] ^= 1
    path.write_bytes(data)
    assert refused(lambda: door.promote(path, SAID)).code == "journal.damaged"
    go_on(original)


def test_a_promotion_interrupted_before_its_entry_is_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original is marked first: at no moment may both be written."""
    original = venue_at(tmp_path / "market.db")
    path = copy(original, tmp_path / "copy.db")
    with monkeypatch.context() as patch:
        patch.setattr("yaosu.engine.writer.Writer.record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            door.promote(path, SAID)
    assert refused(lambda: go_on(original)).code == "journal.retired"
    assert refused(lambda: go_on(path)).code == "journal.is_a_copy"
    door.promote(path, SAID)
    go_on(path)


def test_nobody_at_a_door_may_record_a_promotion(tmp_path: Path) -> None:
    with door.open(venue_at(tmp_path / "market.db")) as venue:
        for actor in (EXCHANGE, "engine"):
            command = ContinueJournal(
                actor=actor, key="k", original="x", entries=1, incarnation=2, statement="", draw=""
            )
            assert refused(lambda c=command: venue.submit(c)).code == "core.engine_only"
