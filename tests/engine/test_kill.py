"""A writer that is killed at any moment has lost nothing that it acknowledged, and doubled nothing.

The process is a real one, under load from several clients, and is killed by the system. It is
started again on the same journal, and each client goes on a little before its first unanswered
command, as a client would that does not know what became of it.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.load_process import CLIENTS
from yaosu.core import ENGINE, state_hash
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import verify
from yaosu.engine.recovery import command_of
from yaosu.engine.writer import Writer
from yaosu.journal import Entry, MemoryStore, open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.quarantine import QuarantineCommand

AGAIN = 3  # commands of each client that are sent once more though they were answered
Acknowledged = dict[int, tuple[int, str, str]]  # number: sequence, hash, outcome


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    """A process that begins the processes to be killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.load_process"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate(timeout=60)


def run_until_killed(
    nursery: subprocess.Popen[str], path: Path, firsts: list[int], chance: random.Random
) -> Acknowledged:
    """Start, kill at a moment that chance names, and collect what was acknowledged till then."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write("\t".join([str(path), *map(str, firsts)]) + "\n")
    nursery.stdin.flush()
    lines = [nursery.stdout.readline()]
    while not lines[0].startswith("process "):
        lines.insert(0, nursery.stdout.readline())
    if chance.random() < 0.25:  # while it begins, recovers, or prepares
        time.sleep(chance.random() * 0.5)
    else:
        for _ in range(2 + chance.randrange(250)):
            lines.append(nursery.stdout.readline())
            if lines[-1].startswith("ended ") or not lines[-1]:
                break  # by itself, which is told below
        time.sleep(chance.random() * 0.01)
    with suppress(ProcessLookupError):  # it ended by itself, which is told below
        os.kill(int(lines[0].split()[1]), signal.SIGKILL)
    while not lines[-1].startswith("ended "):
        lines.append(nursery.stdout.readline())
        assert lines[-1], "the nursery ended"
    assert lines[-1] == "ended -9\n", "the process ended by itself"
    found: Acknowledged = {}
    for line in lines:
        if line[0].isdigit():
            number, sequence, entry_hash, outcome = line.split()
            found[int(number)] = (int(sequence), entry_hash, outcome)
    return found


def go_on_from(acknowledged: Acknowledged) -> list[int]:
    """For each client a number a little before its first unanswered command."""
    firsts = []
    for client in range(CLIENTS):
        number = client
        while number in acknowledged:
            number += CLIENTS
        firsts.append(max(client, number - AGAIN * CLIENTS))
    return firsts


def kill_again_and_again(
    nursery: subprocess.Popen[str], path: Path, times: int, seed: int
) -> Acknowledged:
    """Kill ``times`` times; what was ever acknowledged, each answer the same each time."""
    chance = random.Random(seed)
    acknowledged: Acknowledged = {}
    for _ in range(times):
        told = run_until_killed(nursery, path, go_on_from(acknowledged), chance)
        for number, receipt in told.items():
            assert acknowledged.setdefault(number, receipt) == receipt, "another answer than before"
    return acknowledged


def assert_nothing_lost_nothing_doubled(entries: list[Entry], acknowledged: Acknowledged) -> None:
    keys = Counter((command_of(e).actor, command_of(e).key) for e in entries)
    assert not [key for key, count in keys.items() if count > 1]
    for number, (sequence, entry_hash, outcome) in acknowledged.items():
        entry = entries[sequence]
        assert command_of(entry).key == f"load-{number}"
        assert (entry.hash.hex(), str(entry.header.outcome)) == (entry_hash, outcome)


def assert_a_clean_run_comes_out_the_same(entries: list[Entry], state: bytes) -> None:
    """The same commands at the same instants, without a crash, in a journal in memory.

    A command that was in hand at two kills is set aside, innocent as it is: that is repeated.
    """
    clock = StepClock(0)
    clean = Writer(MemoryStore(), clock)
    store = clean._store
    for entry in entries:
        command = command_of(entry)
        if isinstance(command, QuarantineCommand):
            clock.instant = entry.header.instant
            clean.tick()
            clean.record(command)
        elif command.actor != ENGINE:
            clock.instant = entry.header.instant
            assert not isinstance(clean.write([command])[0], Refusal)
    assert list(store.read()) == entries
    assert state_hash(clean.state) == state


def prove(path: Path, acknowledged: Acknowledged) -> None:
    """All that must hold of a journal whose writer was killed."""
    with open_sqlite(path, readonly=True) as store:
        entries = list(store.read())
        proven = verify(store)
    assert proven.entries == len(entries)
    assert {entry.header.outcome for entry in entries} == {1, 2}
    assert_nothing_lost_nothing_doubled(entries, acknowledged)
    assert_a_clean_run_comes_out_the_same(entries, proven.state_hash)


def test_a_writer_killed_twenty_times_loses_and_doubles_nothing(
    tmp_path: Path, nursery: subprocess.Popen[str]
) -> None:
    path = tmp_path / "market.db"
    acknowledged = kill_again_and_again(nursery, path, times=20, seed=20260101)
    assert len(acknowledged) > 200
    prove(path, acknowledged)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_writer_killed_a_hundred_times_loses_and_doubles_nothing(
    tmp_path: Path, nursery: subprocess.Popen[str], seed: int
) -> None:
    path = tmp_path / "market.db"
    acknowledged = kill_again_and_again(nursery, path, times=20, seed=seed)
    assert len(acknowledged) > 200
    prove(path, acknowledged)
