"""The outbox: nothing is forgotten or goes out of order, and what fails waits ever longer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories import EXCHANGE, Story
from yaosu.engine.clock import StepClock
from yaosu.kernel.instant import DAY, SECOND
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import RegisterParty
from yaosu.workers import outbox as room
from yaosu.workers.delivering import Delivering, Happened
from yaosu.workers.outbox import DEAD, DELIVERED, WAITING, Delivery, Outbox, Told, ToSend

DONE = Told(is_done=True, told="200")
FAILED = Told(is_done=False, told="503")


@pytest.fixture
def clock() -> StepClock:
    return StepClock(1_000_000 * SECOND)


@pytest.fixture
def outbox(tmp_path: Path, clock: StepClock) -> Iterator[Outbox]:
    made = Outbox(str(tmp_path / "a.outbox"), clock, waits=(10, 60, 600))
    yield made
    made.close()


def one(id: str, lane: str = "a", entry: int = 1) -> ToSend:
    return ToSend(id=id, channel="webhook", lane=lane, entry=entry, body=b"{}")


def ids(taken: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in taken]


def test_what_is_put_twice_is_kept_once_and_goes_out_in_order(outbox: Outbox) -> None:
    assert outbox.put("feed", 2, [one("1"), one("2"), one("b", "b")]) == 3
    assert outbox.put("feed", 2, [one("1"), one("3")]) == 1
    first = outbox.take(10)
    assert ids(first) == ["1", "b"], "the first of each lane"
    assert outbox.take(10) == [], "the second waits for the first"
    assert outbox.told(first[0], DONE, 1) == DELIVERED
    assert ids(outbox.take(10)) == ["2"]
    assert outbox.counts() == {("webhook", WAITING): 3, ("webhook", DELIVERED): 1}


def test_waits_grow_until_it_is_a_dead_letter_and_the_next_goes_on(
    outbox: Outbox, clock: StepClock
) -> None:
    outbox.put("feed", 1, [one("1"), one("2")])
    for wait in (10, 60, 600):
        (taken,) = outbox.take()
        assert taken.id == "1"
        assert outbox.told(taken, FAILED, 1) == WAITING
        clock.forward((wait - 1) * SECOND)
        assert outbox.take() == []
        clock.forward(SECOND)
    (taken,) = outbox.take()
    assert outbox.told(taken, FAILED, 1) == DEAD
    assert ids(outbox.take()) == ["2"]
    (dead,) = outbox.deliveries("a", state=DEAD)
    assert (dead.attempts, dead.told) == (4, "503")
    assert [a.told for a in outbox.attempts(dead.number)] == ["503"] * 4
    outbox.begin_again("a", dead.number)
    with pytest.raises(Refusal) as refused:
        outbox.begin_again("a", dead.number)
    assert str(refused.value) == (
        f"workers.no_such_delivery: there is no dead letter {dead.number}; list the deliveries; "
        "only a dead letter can be begun again"
    )


def test_the_other_side_may_ask_for_more_time_or_never(outbox: Outbox, clock: StepClock) -> None:
    outbox.put("feed", 1, [one("1"), one("2", "b")])
    first, second = outbox.take(2)
    outbox.told(first, Told(is_done=False, told="429", wait_seconds=100), 1)
    assert outbox.told(second, Told(is_done=False, told="410", is_final=True), 1) == DEAD
    clock.forward(99 * SECOND)
    assert outbox.take() == []
    clock.forward(SECOND)
    assert ids(outbox.take()) == ["1"]


def test_a_lane_and_a_body_have_a_limit(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LANE_MAX", 2)
    large = ToSend(id="l", channel="webhook", lane="b", entry=1, body=bytes(room.BODY_MAX + 1))
    outbox.put("feed", 1, [one("1"), one("2"), one("3"), large])
    assert [(d.id, d.told) for d in outbox.deliveries("a", state=DEAD)] == [("3", "too many wait")]
    (dead,) = outbox.deliveries("b")
    assert (dead.state, dead.body, dead.told) == (DEAD, b"", "it is too large")


def test_an_attempt_that_ended_the_process_is_not_made_again_at_once(
    outbox: Outbox, tmp_path: Path, clock: StepClock
) -> None:
    outbox.put("feed", 1, [one("1")])
    assert ids(outbox.take()) == ["1"]
    again = Outbox(str(tmp_path / "a.outbox"), clock, waits=(10, 60))
    assert again.take() == []
    clock.forward(10 * SECOND)
    assert ids(again.take()) == ["1"]
    again.close()


def test_what_is_over_is_forgotten_in_time_and_a_closed_lane_at_once(
    outbox: Outbox, clock: StepClock
) -> None:
    outbox.put("feed", 1, [one("1"), one("2", "b")])
    outbox.told(outbox.take()[0], DONE, 1)
    clock.forward(room.KEPT_DAYS * DAY + 1)
    assert outbox.tidy() == 1
    assert outbox.deliveries("a") == []
    outbox.close_lane("b")
    assert outbox.counts() == {}


def test_it_is_for_its_owner_and_for_one_journal(outbox: Outbox, tmp_path: Path) -> None:
    assert (tmp_path / "a.outbox").stat().st_mode & 0o077 == 0
    outbox.belong_to(b"1" * 32)
    outbox.belong_to(b"1" * 32)
    with pytest.raises(Refusal, match=r"workers\.outbox_of_another: the outbox in .* belongs to"):
        outbox.belong_to(b"2" * 32)
    (tmp_path / "no.outbox").write_bytes(b"this is no file of deliveries at all")
    with pytest.raises(Refusal, match=r"workers\.cannot_open_outbox: the outbox in .*no\.outbox"):
        Outbox(str(tmp_path / "no.outbox"), StepClock(0))


# ---- feeds and channels


def told_of(happened: Happened) -> list[ToSend]:
    number = happened.entry.header.sequence
    return [one(f"e{number}", entry=number)]


def test_a_feed_begins_with_what_comes_from_now_on_and_forgets_nothing(outbox: Outbox) -> None:
    story = Story().found([])
    seen: list[str] = []

    def channel(delivery: Delivery) -> Told:
        seen.append(delivery.id)
        return DONE

    def make() -> Delivering:
        venue = story.venue
        return Delivering(
            outbox, venue.store, lambda: venue.size, {"f": told_of}, {"webhook": channel}
        )

    running = make()
    assert running.read_on() == 0
    first = story.venue.size
    story.ask(RegisterParty, EXCHANGE, party="a", kind="person", name="")
    assert make().read_on() == 1, "another process goes on where the last one was"
    story.ask(RegisterParty, EXCHANGE, party="b", kind="person", name="")
    later = make()
    later.read_on()
    while later.deliver_one():
        pass
    assert seen == [f"e{first}", f"e{first + 1}"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_noticed_and_started_again(tmp_path: Path) -> None:
    box = Outbox(str(tmp_path / "b.outbox"), StepClock(10), waits=(0, 0, 0))
    story = Story().found([])
    died: list[bool] = []
    seen: list[str] = []

    def channel(delivery: Delivery) -> Told:
        if not died:
            raise SystemExit
        seen.append(delivery.id)
        return DONE

    running = Delivering(
        box, story.venue.store, lambda: story.venue.size, {}, {"webhook": channel},
        lambda: died.append(True), threads=1,
    )  # fmt: skip
    box.put("f", 1, [one("1")])
    running.start()
    deadline = time.monotonic() + 20
    while not seen and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (seen, died) == (["1"], [True])
    assert running.is_alive
    running.stop()
    box.close()


def test_a_channel_that_is_not_there_is_a_failed_attempt(outbox: Outbox) -> None:
    running = Delivering(outbox, Story().venue.store, lambda: 0, {}, {})
    outbox.put("f", 1, [one("1")])
    assert running.deliver_one()
    assert outbox.deliveries("a")[0].told == "nobody delivers by webhook here"


KILLED = """
import os, signal, sys
from yaosu.engine.clock import system_clock
from yaosu.workers.delivering import Delivering
from yaosu.workers.outbox import Outbox, Told, ToSend
from yaosu.journal.opening import open_store

folder, dies_at = sys.argv[1], int(sys.argv[2])
calls = 0

def die_sometimes():
    global calls
    calls += 1
    if calls == dies_at:
        os.kill(os.getpid(), signal.SIGKILL)

def feed(happened):
    die_sometimes()
    number = happened.entry.header.sequence
    return [ToSend(id=f"e{number}", channel="c", lane="a", entry=number, body=b"")]

def channel(delivery):
    die_sometimes()
    with open(folder + "/arrived", "a") as file:
        file.write(delivery.id + "\\n")
    die_sometimes()
    return Told(is_done=True)

outbox = Outbox(folder + "/k.outbox", system_clock, waits=(0,) * 50)
outbox.position("f", 0)
with open_store(folder + "/market.db", readonly=True) as store:
    running = Delivering(outbox, store, lambda: store.size, {"f": feed}, {"c": channel})
    while running.read_on() or running.deliver_one():
        pass
"""


def test_killed_at_any_moment_everything_arrives_at_least_once_and_in_order(
    tmp_path: Path,
) -> None:
    """kill -9 while reading, before sending, and between arrival and its record."""
    from yaosu.journal.opening import open_store

    story = Story(open_store(tmp_path / "market.db")).found([])
    story.venue.close()
    with open_store(tmp_path / "market.db", readonly=True) as store:
        entries = store.size
    codes = []
    for dies_at in (5, entries + 2, 8, 1_000):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), str(dies_at)],
            env={**os.environ, "YAOSU_COMPILED": "0"}, check=False,
        )  # fmt: skip
        codes.append(done.returncode)
    assert codes == [-signal.SIGKILL] * 3 + [0]
    arrived = (tmp_path / "arrived").read_text().split()
    wanted = [f"e{number}" for number in range(entries)]
    assert list(dict.fromkeys(arrived)) == wanted, "each, in order, when what came twice is left"
    assert len(arrived) > len(wanted), "and some did come twice"
