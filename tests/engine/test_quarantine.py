"""Poison commands: what crashes the writer twice is set aside, on record; all others are served."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.test_writer import desk, newcomer, only
from tests.stories import Story
from yaosu import core
from yaosu.cli.app import answer
from yaosu.core import AdvanceTime
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import audit, verify
from yaosu.engine.recovery import command_of
from yaosu.engine.suspects import CRASHES_MAX, NOTE, Suspect, Suspects
from yaosu.engine.writer import Writer
from yaosu.journal.memory import MemoryStore
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel import canonical
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.parties.commands import RegisterParty
from yaosu.quarantine import QuarantineCommand, ReleaseCommand

ROOT = Path(__file__).parents[2]
ROW = core.COMMANDS[RegisterParty]


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registering ``poison`` divides by zero."""

    def decide(reach: core.State, command: RegisterParty) -> list[Event]:
        if command.party == "poison":
            raise ZeroDivisionError("a bug of ours")
        decided: list[Event] = ROW.decide(reach, command)
        return decided

    monkeypatch.setitem(core.COMMANDS, RegisterParty, core.Row(decide, ROW.roles, ROW.kind))


def live(path: Path, poison: str) -> tuple[int, list[str]]:
    """One life of the poisoned process: how it ended, and its answers."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.poisoned_process", str(path)],
        env={**os.environ, "POISON": poison, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize("poison", ["error", "kill", "segfault"])
def test_a_command_that_ends_the_process_twice_is_refused_and_the_others_are_served(
    tmp_path: Path, poison: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that crashes the writer twice is quarantined and needs an operator."""
    path = tmp_path / "market.db"
    for _ in range(2):
        code, answers = live(path, poison)
        assert code != 0
        assert answers == []
    served = ["accepted", "accepted", "engine.quarantined", "accepted", "accepted"]
    assert live(path, poison) == (0, served)
    assert live(path, poison) == (0, served)
    with open_sqlite(path, readonly=True) as store:
        verify(store)
        set_aside = [c for c in map(command_of, store.read()) if isinstance(c, QuarantineCommand)]
        assert [(c.party, c.party_key, c.crashes) for c in set_aside] == [("exchange", "d3", 2)]
    assert answer(["quarantine", "list", str(path), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["commands"]
    assert (listed["party_key"], listed["crashes"]) == ("d3", 2)
    words = ["quarantine", "release", str(path), listed["asked"], "--actor", "exchange"]
    assert answer([*words, "--reason", "mended"]) == 0
    assert "no command is set aside" in capsys.readouterr().out
    assert live(path, "") == (0, ["accepted"] * 5)
    with open_sqlite(path, readonly=True) as store:
        assert audit(store).is_clean
        assert Suspects(store, None).counted == {}


@pytest.mark.usefixtures("planted")
def test_only_the_culprit_of_a_batch_is_suspected() -> None:
    writer, clock, store = desk()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            writer.write([newcomer("a"), newcomer("poison"), newcomer("b")])
        assert store.size == 1
        writer = Writer(store, clock)
    assert store.size == 2  # the entry that sets it aside
    a, poison, b = writer.write([newcomer("a"), newcomer("poison"), newcomer("b")])
    assert only([a]).is_accepted
    assert only([b]).is_accepted
    assert isinstance(poison, Refusal)
    name = str(poison.facts["asked"])
    assert str(poison) == (
        "engine.quarantined: op used the key k-poison for a command that crashed the writer more "
        f"than once; tell the operator, who may release {name} once the cause is mended"
    )
    released = only(writer.write([ReleaseCommand(actor="op", key="r", asked=name, reason="new")]))
    assert released.is_accepted
    again = only(writer.write([ReleaseCommand(actor="op", key="r2", asked=name, reason="new")]))
    assert str(again.refusal) == (
        f"quarantine.not_quarantined: no command {name} is in quarantine; "
        "list those that are (yaosu quarantine list)"
    )


def test_a_command_that_is_answered_after_a_crash_is_suspected_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> list[Event]:
        raise MemoryError

    writer, clock, store = desk()
    with monkeypatch.context() as patch:
        patch.setitem(core.COMMANDS, RegisterParty, core.Row(fails, ROW.roles, ROW.kind))
        with pytest.raises(MemoryError):
            writer.write([newcomer("a")])
    writer = Writer(store, clock)
    assert [suspect.crashes for suspect in writer._suspects.counted.values()] == [1]
    only(writer.write([newcomer("b")]))
    assert len(writer._suspects.counted) == 1
    only(writer.write([newcomer("a")]))
    assert Writer(store, clock)._suspects.counted == {}


def test_who_stops_the_process_from_outside_accuses_no_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> list[Event]:
        raise KeyboardInterrupt

    writer, clock, store = desk()
    monkeypatch.setitem(core.COMMANDS, RegisterParty, core.Row(interrupted, ROW.roles, ROW.kind))
    with pytest.raises(KeyboardInterrupt):
        writer.write([newcomer("a")])
    assert Writer(store, clock)._suspects.counted == {}


@pytest.mark.usefixtures("planted")
def test_who_only_follows_sets_nothing_aside_until_it_leads() -> None:
    writer, clock, store = desk()
    with pytest.raises(ZeroDivisionError):
        writer.write([newcomer("poison")])
    writer = Writer(store, clock)
    standby = Writer(store, clock, follows=True)
    with pytest.raises(ZeroDivisionError):
        writer.write([newcomer("poison")])
    again = Writer(store, clock, follows=True)
    assert store.size == 1
    for one in (standby, again):
        one.go_on(store, follows=False)
        (poison,) = one.write([newcomer("poison")])
        assert isinstance(poison, Refusal)
        assert poison.code == "engine.quarantined"
        assert store.size == 2


def test_a_torn_mark_is_no_mark(tmp_path: Path) -> None:
    """After a loss of power the page may hold anything."""
    path = tmp_path / "inhand"
    for content in (b"\1" + b"\xff" * 100, b"\1\0\0", b"\1\5\0hello"):
        path.write_bytes(content)
        suspects = Suspects(MemoryStore(), str(path))
        assert suspects.counted == {}
        suspects.hold(b"k" * 16, "actor", "key")
        suspects.close()
        assert len(Suspects(MemoryStore(), str(path)).counted) == 1
        assert Suspects(MemoryStore(), str(path)).counted == {}


def test_what_is_due_happens_before_a_command_is_set_aside() -> None:
    """The entry that opens a gate is stamped with when it was due, whoever comes first."""
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(contract="notice", notice_days=1)
    story.order("seller", -1, 10, 20)
    story.order("buyer", 1, 10, 20)
    story.close()
    store = story.venue.store
    due = story.clock.instant + DAY
    note = {"ab" * 16: Suspect("buyer", "poison", CRASHES_MAX)}
    store.note(NOTE, canonical.encode(note))
    Writer(store, StepClock(due + DAY))
    first, second = list(store.read(store.size - 2))
    assert isinstance(command_of(first), AdvanceTime)
    assert isinstance(command_of(second), QuarantineCommand)
    assert (first.header.instant, second.header.instant) == (due, due + DAY)
