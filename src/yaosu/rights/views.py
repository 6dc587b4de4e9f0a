"""What one reads of the register."""

from msgspec import Struct

from yaosu.kernel.columns import Columns, Text
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.register import pledges_on
from yaosu.rights.registration import class_of, class_of_instrument
from yaosu.rights.restructuring import debt_of
from yaosu.rights.state import RightsReach, RightsState
from yaosu.rights.values import RegisterEntry, Right


class TitleStep(Struct, frozen=True, kw_only=True):
    """One version of a right and the register entry that made it."""

    right: Right
    entry: RegisterEntry


def rights(state: RightsState, at: int | None = None) -> Columns:
    """Rights as they stood at an instant (None is now), by id; one row a right that had not ended.

    Columns: right, unit, factor, instrument, holder, kind, share (text), lots, region, version,
    begin, term_from, term_to (instants, 0 is open).
    """
    latest = [right for _, right in sorted(state.rights.items())]
    return _table(state, [r for r in latest if r.end == 0] if at is None else _rights_at(state, at))


def rights_by(
    state: RightsState,
    *,
    holder: str = "",
    unit: str = "",
    instrument: str = "",
    kind: str = "",
    region: str = "",
) -> Columns:
    """Current rights that have all these names, by id, in the columns of :func:`rights`.

    Looked up by index, the one that is asked for first in this order; without any name, none.

    Cost: O(n log n) for n current rights of that name.
    """
    asked = {"holder": holder, "unit": unit, "instrument": instrument}
    asked |= {"kind": kind, "region": region}
    named = {name: value for name, value in asked.items() if value}
    found: list[Right] = []
    for name, value in list(named.items())[:1]:
        found = [state.rights[right] for right in getattr(state, f"by_{name}").get(value, {})]
    return _table(
        state,
        [
            right
            for right in found
            if all(
                (state.units[right.unit].region if name == "region" else getattr(right, name))
                == value
                for name, value in named.items()
            )
        ],
    )


def _table(state: RightsState, rows: list[Right]) -> Columns:
    units = [state.units[row.unit] for row in rows]
    return Columns.of(
        right=Text.of([row.id for row in rows]),
        unit=Text.of([row.unit for row in rows]),
        factor=Text.of([row.factor for row in rows]),
        instrument=Text.of([row.instrument for row in rows]),
        holder=Text.of([row.holder for row in rows]),
        kind=Text.of([row.kind for row in rows]),
        share=Text.of([str(row.share) for row in rows]),
        lots=[lots_in(row, unit.quantity) for row, unit in zip(rows, units, strict=True)],
        region=Text.of([unit.region for unit in units]),
        version=[row.version for row in rows],
        begin=[row.begin for row in rows],
        term_from=[row.term_from for row in rows],
        term_to=[row.term_to for row in rows],
    )


def title_history(state: RightsState, right: str) -> list[TitleStep]:
    """Every version of a right with its register entry, oldest first; empty when not known."""
    versions = [*state.history.get(right, [])]
    if right in state.rights:
        versions.append(state.rights[right])
    return [TitleStep(right=known, entry=state.entries[known.entry]) for known in versions]


def register_entries(state: RightsState, right: str = "") -> Columns:
    """Register entries by instant: all, or those that concern one right."""
    rows = sorted(state.entries.values(), key=lambda entry: (entry.at, entry.id))
    if right:
        rows = [row for row in rows if right in {row.right, row.target}]
    return Columns.of(
        entry=Text.of([row.id for row in rows]),
        number=Text.of([row.number for row in rows]),
        kind=Text.of([row.kind for row in rows]),
        right=Text.of([row.right for row in rows]),
        target=Text.of([row.target for row in rows]),
        made_by=Text.of([row.made_by for row in rows]),
        beneficiary=Text.of([row.beneficiary for row in rows]),
        lots=[row.lots for row in rows],
        at=[row.at for row in rows],
        released_at=[row.released_at for row in rows],
    )


def pledges(reach: RightsReach) -> Columns:
    """The register of pledges: those that stand now, over all factors, by right and rank.

    Columns: right, rank (1 is paid first), holder, creditor, amount_minor (0 is not stated), at,
    until (instants, 0 is never), entry, debt (the entry with which it began, before it was carried
    to parts of a unit: a debt counts once).
    """
    state = reach.rights
    rows = [
        (rank, state.rights[right], entry)
        for right in sorted(state.burdens)
        for rank, entry in enumerate(pledges_on(reach, right), 1)
    ]
    return Columns.of(
        right=Text.of([right.id for _, right, _ in rows]),
        rank=[rank for rank, _, _ in rows],
        holder=Text.of([right.holder for _, right, _ in rows]),
        creditor=Text.of([entry.beneficiary for _, _, entry in rows]),
        amount_minor=[entry.amount_minor for _, _, entry in rows],
        at=[entry.at for _, _, entry in rows],
        until=[entry.until for _, _, entry in rows],
        entry=Text.of([entry.id for _, _, entry in rows]),
        debt=Text.of([debt_of(reach, entry) for _, _, entry in rows]),
    )


def outline_notes(state: RightsState) -> Columns:
    """What of the outlines of current units does not fit, and was let pass: unit, factor, check
    (area, overlaps, outside, leaves_out), other (the unit it does not fit to), area_cm2.
    """
    rows = [
        (state.units[name], note)
        for name, notes in sorted(state.outline_notes.items())
        for note in notes
    ]
    return Columns.of(
        unit=Text.of([unit.id for unit, _ in rows]),
        factor=Text.of([unit.factor for unit, _ in rows]),
        check=Text.of([note.check for _, note in rows]),
        other=Text.of([note.other for _, note in rows]),
        area_cm2=[note.area_cm2 for _, note in rows],
    )


def ledger_classes(reach: RightsReach) -> Columns:
    """Every asset of rights by its class: class (empty is the general one), instrument, factor,
    units, lots held, and leaks: units of another class among them, which there are none of.
    """
    state = reach.rights
    rows: dict[tuple[str, str, str], list[int]] = {}
    for instrument, names in sorted(state.by_instrument.items()):
        for name in sorted(names):
            right = state.rights[name]
            unit = state.units[right.unit]
            profile = state.profiles[right.factor][-1]
            label = class_of_instrument(profile, instrument)
            row = rows.setdefault((label, instrument, right.factor), [0, 0])
            row[0] += lots_in(right, unit.quantity)
            row[1] += class_of(profile, unit.attributes) != label
    return Columns.of(
        label=Text.of([key[0] for key in rows]),
        instrument=Text.of([key[1] for key in rows]),
        factor=Text.of([key[2] for key in rows]),
        lots=[row[0] for row in rows.values()],
        leaks=[row[1] for row in rows.values()],
    )


def lots_by_holder(state: RightsState) -> dict[tuple[str, str], int]:
    """(holder, instrument) -> lots of its current rights: what its ledger accounts must sum to."""
    lots: dict[tuple[str, str], int] = {}
    for _, right in sorted(state.rights.items()):
        if right.end == 0:
            key = (right.holder, right.instrument)
            lots[key] = lots.get(key, 0) + lots_in(right, state.units[right.unit].quantity)
    return lots


def _rights_at(state: RightsState, at: int) -> list[Right]:
    found = []
    for right in sorted(state.rights):
        steps = [*state.history.get(right, []), state.rights[right]]
        found += [r for r in steps if r.begin <= at and (r.end == 0 or at < r.end)]
    return found
