"""Audit: every decision made again; what another version decided is said to be so."""

import threading
from pathlib import Path

import pytest
from msgspec import structs

from tests.engine.test_writer import desk, founding, newcomer
from tests.stories import MORNING
from yaosu import core
from yaosu.core import State
from yaosu.engine.answers import key_of_entry
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import audit, verify
from yaosu.engine.writer import Writer
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import Command, Event
from yaosu.parties.commands import RegisterParty
from yaosu.parties.decide import decide_register_party


def refuses_persons(state: object, command: Command) -> list[Event]:
    refuse("core.unknown_actor", actor=command.actor)


def test_what_another_version_decided_is_named_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both numbers are said: the one in the header and that of the code at hand."""
    monkeypatch.setattr(core, "DECIDE_VERSION", 7)
    writer, _, store = desk()
    writer.write([newcomer("a")])
    monkeypatch.setattr(core, "DECIDE_VERSION", 8)
    same = audit(store)
    assert (same.is_clean, same.version, same.versions) == (True, 8, {7: 2})

    row = structs.replace(core.COMMANDS[RegisterParty], decide=refuses_persons)
    monkeypatch.setitem(core.COMMANDS, RegisterParty, row)
    changed = audit(store)
    (found,) = changed.differences
    assert (found.sequence, found.recorded, found.now) == (1, "accepted", "core.unknown_actor")
    assert (found.version, changed.version) == (7, 8)
    assert changed.is_clean
    assert (changed.unlike, changed.changed) == (0, 1)


def test_an_audit_goes_on_behind_each_difference_from_what_was_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Later entries that rest on a changed one are not blamed for it; both kinds are told apart."""
    monkeypatch.setattr(core, "DECIDE_VERSION", 7)
    writer, _, store = desk()
    writer.write([newcomer("a"), newcomer("a", "again"), newcomer("b")])
    monkeypatch.setattr(core, "DECIDE_VERSION", 8)
    writer.write([newcomer("c"), newcomer("c", "again-c"), newcomer("b", "late")])
    row = structs.replace(core.COMMANDS[RegisterParty], decide=refuses_persons)
    monkeypatch.setitem(core.COMMANDS, RegisterParty, row)
    found = audit(store)
    assert [(one.sequence, one.recorded, one.version) for one in found.differences] == [
        (1, "accepted", 7),
        (2, "parties.exists", 7),
        (3, "accepted", 7),
        (4, "accepted", 8),
        (5, "parties.exists", 8),
        (6, "parties.exists", 8),
    ]
    assert (found.unlike, found.changed, found.is_clean) == (3, 3, False)
    assert (found.entries, found.recorded) == (1, 7)
    monkeypatch.undo()
    monkeypatch.setattr(core, "DECIDE_VERSION", 7)
    assert audit(store).differences == ()


def registers_by_another_name(state: State, command: RegisterParty) -> list[Event]:
    if command.party != "a":
        return decide_register_party(state, command)
    return decide_register_party(state, structs.replace(command, name="somebody"))


def test_what_rests_on_a_changed_entry_still_comes_out_as_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core, "DECIDE_VERSION", 7)
    writer, _, store = desk()
    writer.write([newcomer("a"), newcomer("b"), newcomer("a", "again")])
    row = structs.replace(core.COMMANDS[RegisterParty], decide=registers_by_another_name)
    monkeypatch.setitem(core.COMMANDS, RegisterParty, row)
    found = audit(store)
    assert [(one.sequence, one.now) for one in found.differences] == [
        (1, "accepted with other events")
    ]
    assert (found.unlike, found.changed, found.entries) == (1, 0, 3)


def test_the_index_is_looked_at_in_the_same_moment_as_the_entries(tmp_path: Path) -> None:
    """A writer that moves keys into the index beside ``verify`` is not taken for damage."""
    path = tmp_path / "market.db"
    with open_sqlite(path) as store:
        writer = Writer(store, StepClock(MORNING))
        writer.write([founding(), newcomer("a"), newcomer("b")])
        beside = threading.Event()

        def index_now(done: int, size: int) -> None:
            if not beside.is_set():
                beside.set()
                store.index([key_of_entry(entry) for entry in store.read()])

        with open_sqlite(path, readonly=True) as reader:
            assert verify(reader, index_now).entries == 3
            assert beside.is_set()
            assert reader.indexed == 3
            assert verify(reader).entries == 3
