"""The state of the register: current rights, every earlier version, entries, and indexes."""

from collections.abc import Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.kernel.instant import date_of
from yaosu.kernel.packed import Packed, packed
from yaosu.parties.state import PartiesReach
from yaosu.rights.events import (
    BurdenReleased,
    ConsentGiven,
    EntryDropped,
    EntryWaiting,
    OutlineNoted,
    PledgeAssigned,
    ProfileAdopted,
    RegisterChanged,
    RegistrationsRefused,
    RightBurdened,
    RightRegistered,
    TitleMoved,
    UnitAssessed,
    UnitRegistered,
)
from yaosu.rights.holdings import Holdings, InHand
from yaosu.rights.index_set import Indexes
from yaosu.rights.indexes import ByNumber, Index
from yaosu.rights.many_new import first_registrations, next_number, numbered
from yaosu.rights.outline_index import OutlineIndex
from yaosu.rights.profile import Profile
from yaosu.rights.values import (
    Assessment,
    Consent,
    OutlineNote,
    Promise,
    RegisterEntry,
    Right,
    Unit,
    Waiting,
)
from yaosu.rights.vocabulary import STANDING

RightsEvent = (
    ProfileAdopted
    | UnitRegistered
    | RightRegistered
    | TitleMoved
    | RightBurdened
    | BurdenReleased
    | RegisterChanged
    | RegistrationsRefused
    | EntryWaiting
    | EntryDropped
    | ConsentGiven
    | UnitAssessed
    | PledgeAssigned
    | OutlineNoted
)


Ids = Mapping[str, dict[str, bool]]  # name -> ids of its current rights
ENTRIES_IN_USE = 64  # pages: few entries are looked at again
INDEXES = ("by_holder", "by_unit", "by_instrument", "by_kind", "by_region")
DERIVED = (*INDEXES, "by_number", "outlines")


class RightsState(Struct, kw_only=True, dict=True):
    """The register.

    Attributes:
        profiles: factor -> its profiles, oldest first; the last one holds.
        units: unit id -> unit.
        rights: right id -> its latest version, ended ones too.
        history: right id -> its earlier versions, oldest first; nothing is overwritten.
        entries: register entry id -> entry.
        burdens: right id -> ids of freezes, pledges, objections and notices not yet released.
        by_holder, by_unit, by_instrument, by_kind, by_region: ids of current rights, as keys.
        by_number: registration number -> register entry.
        outlines: current units by where they lie.
        outline_notes: unit id -> what of its outline does not fit.
        unit_history: unit id -> its earlier versions, oldest first.
        waiting: register entry id -> what waits for a second hand.
        consents: unit or right -> kind of register entry -> party -> its consent, not used up.
        grants: right -> rights that were ever granted out of it.
        makings: right -> units that were made under it.
        following: register entry id -> entries that follow from it.
        released: right id -> entries that stood on it and stand no more.
        assessments: assessment id -> it; ``assessed``: unit id -> ids of those of it, in order.
        numbered: factor/region/year -> how many register entries have a number of it.
    """

    profiles: dict[str, list[Profile]] = field(default_factory=dict)
    units: MutableMapping[str, Unit] = field(default_factory=dict)
    rights: MutableMapping[str, Right] = field(default_factory=dict)
    history: dict[str, list[Right]] = field(default_factory=dict)
    entries: MutableMapping[str, RegisterEntry] = field(default_factory=dict)
    burdens: dict[str, list[str]] = field(default_factory=dict)
    by_holder: Ids = field(default_factory=dict)
    by_unit: Ids = field(default_factory=dict)
    by_instrument: Ids = field(default_factory=dict)
    by_kind: Ids = field(default_factory=dict)
    by_region: Ids = field(default_factory=dict)
    unit_history: dict[str, list[Unit]] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    consents: dict[str, dict[str, dict[str, Consent]]] = field(default_factory=dict)
    grants: dict[str, list[str]] = field(default_factory=dict)
    makings: dict[str, list[str]] = field(default_factory=dict)
    following: dict[str, list[str]] = field(default_factory=dict)
    released: dict[str, list[str]] = field(default_factory=dict)
    assessments: dict[str, Assessment] = field(default_factory=dict)
    assessed: dict[str, list[str]] = field(default_factory=dict)
    numbered: dict[str, int] = field(default_factory=dict)
    by_number: Mapping[str, RegisterEntry] = field(default_factory=dict)
    outlines: Mapping[str, bool] = field(default_factory=dict)
    outline_notes: dict[str, tuple[OutlineNote, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the large tables packed, and make the indexes, which nothing records."""
        units, rights = packed(self.units, Unit), packed(self.rights, Right)
        entries = packed(self.entries, RegisterEntry, ENTRIES_IN_USE)
        self.hold(units, rights, entries, Indexes.of(rights, units))

    def hold(
        self,
        units: Packed[Unit],
        rights: Packed[Right],
        entries: Packed[RegisterEntry],
        indexes: Indexes,
    ) -> None:
        """Keep these large tables, with the indexes that follow from them."""
        self.units, self.rights, self.entries = units, rights, entries
        self.by_number = ByNumber(entries)
        self.outlines = OutlineIndex(units)
        for name in INDEXES:
            setattr(self, name, getattr(indexes, name))

    @cached_property
    def in_hand(self) -> InHand:
        """Holdings of parties that were asked for; no state."""
        return InHand(self.units)

    def holdings_of(self, party: str) -> Holdings:
        """What a party holds, summed up."""
        known = self.in_hand.get(party)
        if known is not None:
            return known
        assert isinstance(self.by_holder, Index)
        return self.in_hand.take(party, self.by_holder.rights_of(party))


class RightsReach(PartiesReach, Protocol):
    """A decision that sees the register."""

    @property
    def rights(self) -> RightsState: ...

    def reserved_lots(self, right: str) -> int:
        """Lots of a right that are on offer or promised, as the floors above know it."""
        ...

    def check_limits(
        self, asked: Sequence[Promise], before: Mapping[str, Sequence[Promise]] | None = None
    ) -> None:
        """Refuse what would take a party beyond a limit, as the floors above know them.

        Args:
            before: party -> what the same decision gives it already.
        """
        ...


def evolve(state: RightsState, event: RightsEvent) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case ProfileAdopted(profile=profile):
            state.profiles.setdefault(profile.name, []).append(profile)
        case UnitRegistered(unit=unit):
            _put_unit(state, unit)
        case RightRegistered(right=right, entry=entry):
            _put(state, right)
            _put_entry(state, entry)
        case TitleMoved(entries=entries, rights=rights):
            for right in rights:
                _put(state, right)
            for entry in entries:
                _put_entry(state, entry)
        case PledgeAssigned(entry=entry_id, target=target):
            state.entries[entry_id] = replace(state.entries[entry_id], beneficiary=target)
        case RightBurdened(entry=entry):
            state.waiting.pop(entry.id, None)
            _put_entry(state, entry)
        case BurdenReleased(entry=entry_id, released_by=released_by, at=at):
            entry = state.entries[entry_id]
            _put_entry(state, replace(entry, released_at=at, released_by=released_by))
        case EntryWaiting(waiting=waiting):
            state.waiting[waiting.entry.id] = waiting
        case EntryDropped(entry=entry_id):
            state.waiting.pop(entry_id, None)
        case ConsentGiven(consent=consent):
            given = state.consents.setdefault(consent.about, {}).setdefault(consent.to, {})
            given[consent.party] = consent
        case UnitAssessed(assessment=assessment):
            state.assessments[assessment.id] = assessment
            state.assessed.setdefault(assessment.unit, []).append(assessment.id)
        case RegisterChanged():
            _change(state, event)
        case OutlineNoted(unit=name, notes=notes):
            state.outline_notes[name] = notes
        case RegistrationsRefused():
            pass  # nothing was entered for these rows


def evolve_many(state: RightsState, events: Sequence[UnitRegistered | RightRegistered]) -> None:
    """Apply many first registrations, as :func:`evolve` would one after the other."""
    assert isinstance(state.rights, Packed)
    assert isinstance(state.units, Packed)
    assert isinstance(state.entries, Packed)
    first = first_registrations(events)
    if first is not None:
        units, made = first
        rights = [event.right for event in made]
        is_new = (
            max(state.units.rows_of([unit.id for unit in units])) < 0
            and max(state.rights.rows_of([right.id for right in rights]), default=-1) < 0
            and max(state.entries.rows_of([event.entry.id for event in made]), default=-1) < 0
        )
    if first is None or not is_new:
        for event in events:
            evolve(state, event)
        return
    state.units.add_many([unit.id for unit in units], units)
    for unit in units:
        outlines_of(state).move(None, unit)
        for right in unit.made_from:
            state.makings.setdefault(right, []).append(unit.id)
    region_of = {unit.id: unit.region for unit in units}
    regions = [region_of[right.unit] for right in rights]
    row = state.rights.add_many([right.id for right in rights], rights)
    Indexes(*(getattr(state, name) for name in INDEXES)).add(row, rights, regions)
    if "in_hand" in state.__dict__:
        for one in rights:
            state.in_hand.move(None, one)
    entries = list(numbered(state.numbered, made, regions))
    row = state.entries.add_many([entry.id for entry in entries], entries)
    _by_number(state).add_many(row, [entry.number for entry in entries])


def _change(state: RightsState, event: RegisterChanged) -> None:
    """Everything that register entries change, in the order in which it hangs together."""
    state.waiting.pop(event.confirmed, None)
    for unit in event.units:
        _put_unit(state, unit)
    for right in event.rights:
        _put(state, right)
    for entry in event.entries:
        _put_entry(state, entry)
    for about, to, party in event.spent:
        given = state.consents.get(about, {})
        given.get(to, {}).pop(party, None)
        if not given.get(to):
            given.pop(to, None)
        if not given:
            state.consents.pop(about, None)


def _put_entry(state: RightsState, entry: RegisterEntry) -> None:
    """Keep an entry, and where it stands on a right say so there; released it stands no more."""
    known = state.entries.get(entry.id)
    is_new = known is None
    number = _next_number(state, entry) if known is None else known.number
    assert isinstance(state.entries, Packed)
    row, _ = state.entries.put(entry.id, replace(entry, number=number))
    if is_new:
        _by_number(state).add_many(row, (number,))
    if is_new and entry.caused_by:
        state.following.setdefault(entry.caused_by, []).append(entry.id)
    if entry.kind not in STANDING:
        return
    if is_new and entry.released_at == 0:
        state.burdens.setdefault(entry.right, []).append(entry.id)
    elif entry.released_at:
        state.released.setdefault(entry.right, []).append(entry.id)
        rest = [other for other in state.burdens.get(entry.right, []) if other != entry.id]
        if rest:
            state.burdens[entry.right] = rest
        else:
            state.burdens.pop(entry.right, None)


def outlines_of(state: RightsState) -> OutlineIndex:
    """The current units by where they lie."""
    assert isinstance(state.outlines, OutlineIndex)
    return state.outlines


def _by_number(state: RightsState) -> ByNumber:
    assert isinstance(state.by_number, ByNumber)
    return state.by_number


def _next_number(state: RightsState, entry: RegisterEntry) -> str:
    """``factor/region/year/running`` of a new entry, counted from 1 in each factor, region, year.

    The unit is there before the entry; the year is that of the entry's instant in UTC.
    """
    unit = state.units[entry.unit or state.rights[entry.right].unit]
    group = f"{unit.factor}/{unit.region}/{date_of(entry.at).year}"
    return next_number(state.numbered, group)


def _put_unit(state: RightsState, unit: Unit) -> None:
    """Keep the version before; a new unit is known to the rights it was made under."""
    assert isinstance(state.units, Packed)
    _, before = state.units.put(unit.id, unit)
    outlines_of(state).move(before, unit)
    state.outline_notes.pop(unit.id, None)
    if before is not None:
        closed = replace(before, end=unit.since)
        state.unit_history.setdefault(unit.id, []).append(closed)
    else:
        for right in unit.made_from:
            state.makings.setdefault(right, []).append(unit.id)


def _put(state: RightsState, right: Right) -> None:
    """Keep the version before, put the new one in its place, and mend the indexes."""
    assert isinstance(state.rights, Packed)
    row, before = state.rights.put(right.id, right)
    if before is not None:
        closed = replace(before, end=right.begin)
        state.history.setdefault(right.id, []).append(closed)
    elif right.based_on:
        state.grants.setdefault(right.based_on, []).append(right.id)
    for name in INDEXES:
        index = getattr(state, name)
        assert isinstance(index, Index)
        index.move(row, before, right)
    if "in_hand" in state.__dict__:
        state.in_hand.move(before, right)
