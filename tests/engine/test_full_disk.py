"""A venue whose disk takes no more: it says so, stops, and goes on once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stories import MORNING
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import verify
from yaosu.engine.receipt import Receipt
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import FoundVenue, RegisterParty


@contextmanager
def no_file_longer_than(limit: int) -> Iterator[None]:
    """What a full disk or a quota does: the system refuses to write on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def opened(path: Path) -> Venue:
    return Venue(open_sqlite(path), StepClock(MORNING))


def newcomer(number: int) -> RegisterParty:
    name = f"p{number}"
    return RegisterParty(actor="op", key=name, party=name, kind="person", name=name)


def submit_until_refused(venue: Venue) -> tuple[list[Receipt], Refusal]:
    receipts: list[Receipt] = []
    try:
        while len(receipts) < 10_000:
            receipts.append(venue.submit(newcomer(len(receipts))))
    except Refusal as refusal:
        return receipts, refusal
    raise AssertionError("the disk was not full")


def test_a_full_disk_stops_the_venue_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    venue = opened(path)
    venue.submit(
        FoundVenue(
            actor="founder", key="f", venue="v", operator="op", authority="auth", currency="CNY"
        )
    )
    with no_file_longer_than(400_000):
        receipts, reason = submit_until_refused(venue)
    assert receipts
    assert reason.code == "journal.write_failed"
    with pytest.raises(Refusal) as refusal:
        venue.submit(newcomer(len(receipts)))
    assert refusal.value.code == "engine.stopped"
    venue.close()
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 1 + len(receipts)
    with opened(path) as again:
        for number, receipt in enumerate(receipts):
            told = again.submit(newcomer(number))
            assert (told.sequence, told.hash, told.repeated) == (
                receipt.sequence,
                receipt.hash,
                True,
            )
        assert not again.submit(newcomer(len(receipts))).repeated
        assert again.verify().entries == 2 + len(receipts)
