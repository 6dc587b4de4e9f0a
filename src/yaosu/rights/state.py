"""The state of the register: current rights, every earlier version, entries, and indexes."""

from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.parties.state import PartiesReach
from yaosu.rights.events import (
    BurdenReleased,
    ProfileAdopted,
    RightBurdened,
    RightRegistered,
    TitleMoved,
    UnitRegistered,
)
from yaosu.rights.profile import Profile
from yaosu.rights.values import RegisterEntry, Right, Unit

RightsEvent = (
    ProfileAdopted | UnitRegistered | RightRegistered | TitleMoved | RightBurdened | BurdenReleased
)


class RightsState(Struct, kw_only=True):
    """The register.

    Attributes:
        profiles: factor -> its profiles, oldest first; the last one holds.
        units: unit id -> unit.
        rights: right id -> its latest version, ended ones too.
        history: right id -> its earlier versions, oldest first; nothing is overwritten.
        entries: register entry id -> entry.
        burdens: right id -> ids of freezes, pledges, objections and notices not yet released.
        by_holder, by_unit, by_instrument: ids of current rights, as keys.
    """

    profiles: dict[str, list[Profile]] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    rights: dict[str, Right] = field(default_factory=dict)
    history: dict[str, list[Right]] = field(default_factory=dict)
    entries: dict[str, RegisterEntry] = field(default_factory=dict)
    burdens: dict[str, list[str]] = field(default_factory=dict)
    by_holder: dict[str, dict[str, bool]] = field(default_factory=dict)
    by_unit: dict[str, dict[str, bool]] = field(default_factory=dict)
    by_instrument: dict[str, dict[str, bool]] = field(default_factory=dict)


class RightsReach(PartiesReach, Protocol):
    """A decision that sees the register."""

    @property
    def rights(self) -> RightsState: ...

    def reserved_lots(self, right: str) -> int:
        """Lots of a right that are on offer or promised, as the floors above know it."""
        ...


def evolve(state: RightsState, event: RightsEvent) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case ProfileAdopted(profile=profile):
            state.profiles.setdefault(profile.name, []).append(profile)
        case UnitRegistered(unit=unit):
            state.units[unit.id] = unit
        case RightRegistered(right=right, entry=entry):
            state.entries[entry.id] = entry
            _put(state, right)
        case TitleMoved(entries=entries, rights=rights):
            for entry in entries:
                state.entries[entry.id] = entry
            for right in rights:
                _put(state, right)
        case RightBurdened(entry=entry):
            state.entries[entry.id] = entry
            state.burdens.setdefault(entry.right, []).append(entry.id)
        case BurdenReleased(entry=entry_id, released_by=released_by, at=at):
            entry = state.entries[entry_id]
            state.entries[entry_id] = replace(entry, released_at=at, released_by=released_by)
            rest = [other for other in state.burdens.get(entry.right, []) if other != entry_id]
            if rest:
                state.burdens[entry.right] = rest
            else:
                state.burdens.pop(entry.right, None)


def _put(state: RightsState, right: Right) -> None:
    """Keep the version before, put the new one in its place, and mend the indexes."""
    before = state.rights.get(right.id)
    if before is not None:
        closed = replace(before, end=right.begin)
        state.history.setdefault(right.id, []).append(closed)
        _unindex(state.by_holder, before.holder, right.id)
        _unindex(state.by_unit, before.unit, right.id)
        _unindex(state.by_instrument, before.instrument, right.id)
    state.rights[right.id] = right
    if right.end == 0:
        state.by_holder.setdefault(right.holder, {})[right.id] = True
        state.by_unit.setdefault(right.unit, {})[right.id] = True
        state.by_instrument.setdefault(right.instrument, {})[right.id] = True


def _unindex(index: dict[str, dict[str, bool]], key: str, right: str) -> None:
    rights = index.get(key)
    if rights is not None:
        rights.pop(right, None)
        if not rights:
            del index[key]
