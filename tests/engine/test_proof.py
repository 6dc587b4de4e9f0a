"""Audit: every decision made again; what another version decided is said to be so."""

import pytest
from msgspec import structs

from tests.engine.test_writer import desk, newcomer
from yaosu import core
from yaosu.engine.proof import audit
from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import Command, Event
from yaosu.parties.commands import RegisterParty


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
