"""Do the outlines of units fit: beside each other, in the whole they come from, to their quantity?

A profile switches each check on: ``refuse`` what does not fit, or ``note`` it and go on. What is
decided here follows from whole numbers alone (``methods/overlay.py``).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import Event
from yaosu.rights.events import OutlineNoted
from yaosu.rights.methods.outline import SQUARE_CM, SQUARE_METRE, Outline, read_outline
from yaosu.rights.methods.overlay import boxes_meet, doubled_intersection
from yaosu.rights.outline_index import outline_text
from yaosu.rights.profile import Profile
from yaosu.rights.state import RightsReach, outlines_of
from yaosu.rights.values import OutlineNote, Unit

REFUSE = "refuse"
PERMILLE = 1_000
Drawn = tuple[Unit, Outline]


def outlined(
    reach: RightsReach,
    profile: Profile,
    units: Sequence[Unit],
    parents: Sequence[Unit] = (),
    beside: Sequence[Drawn] = (),
) -> list[Event]:
    """What is noted of the outlines of units that are about to stand in the register.

    Args:
        units: new ones, or new versions; of a split or merger all that come of it.
        parents: units that these take the place of.
        beside: further units that are about to stand, not yet in the register.

    Raises:
        Refusal: ``rights.outline_overlaps``, ``rights.outline_outside``, ``rights.outline_area``.
    """
    part = profile.register.outline
    if part is None:
        return []
    known = drawn(units)
    notes: list[Event] = []
    for number, (unit, outline) in enumerate(known):
        found: list[OutlineNote] = []
        if part.area:
            found += _area_note(profile, unit, outline)
        if part.overlap:
            gone = {one.id: True for one in (*parents, unit)}
            near = outlines_of(reach.rights).near(unit.factor, outline.box)
            rivals = drawn(one for one in near if one.id not in gone)
            found += _overlaps(profile, unit, outline, [*rivals, *beside, *known[:number]])
        if part.outside and parents:
            found += _outside(profile, unit, outline, parents, is_whole=len(units) == 1)
        if found:
            notes.append(OutlineNoted(unit=unit.id, notes=tuple(found), at=reach.now))
    return notes


def drawn(units: Iterable[Unit]) -> list[Drawn]:
    """The units that have an outline, each with it."""
    return [(unit, read_outline(text)) for unit in units if (text := outline_text(unit))]


def _area_note(profile: Profile, unit: Unit, outline: Outline) -> list[OutlineNote]:
    """The area drawn and the area that its quantity says differ by more than is let pass."""
    part = profile.register.outline
    assert part is not None
    stated = unit.quantity * part.m2_in_lot * SQUARE_METRE
    differs = abs(Fraction(outline.doubled_area, 2) - stated)
    if differs * PERMILLE <= stated * part.area_permille:
        return []
    return [_told(part.area, "area", unit, "", differs, f"{part.area_permille} permille")]


def _overlaps(
    profile: Profile, unit: Unit, outline: Outline, rivals: Sequence[Drawn]
) -> list[OutlineNote]:
    """Units of the factor that claim some of the same ground, by id."""
    part = profile.register.outline
    assert part is not None
    found = []
    for other, ground in sorted(rivals, key=lambda one: one[0].id):
        is_apart = any(unit.attributes.get(n) != other.attributes.get(n) for n in part.apart)
        if is_apart or other.factor != unit.factor or not boxes_meet(outline.box, ground.box):
            continue
        common = doubled_intersection(outline.edges, ground.edges) / 2
        if common > part.overlap_cm2 * SQUARE_CM:
            limit = f"{part.overlap_cm2} cm2"
            found.append(_told(part.overlap, "overlaps", unit, other.id, common, limit))
    return found


def _outside(
    profile: Profile, unit: Unit, outline: Outline, parents: Sequence[Unit], *, is_whole: bool
) -> list[OutlineNote]:
    """What of a part lies outside its parent; of a whole, also what it leaves out of its parents.

    Parents without an outline say nothing about where they lie.
    """
    part = profile.register.outline
    assert part is not None
    wholes = drawn(parents)
    if len(wholes) < len(parents):
        return []
    limit = f"{part.outside_cm2} cm2"
    common = [doubled_intersection(outline.edges, one.edges) / 2 for _, one in wholes]
    outside = Fraction(outline.doubled_area, 2) - sum(common)
    found = []
    if outside > part.outside_cm2 * SQUARE_CM:
        names = " ".join(one.id for one in parents)
        found.append(_told(part.outside, "outside", unit, names, outside, limit))
    if is_whole and len(parents) > 1:
        for (parent, of_parent), shared in zip(wholes, common, strict=True):
            missing = Fraction(of_parent.doubled_area, 2) - shared
            if missing > part.outside_cm2 * SQUARE_CM:
                found.append(_told(part.outside, "leaves_out", unit, parent.id, missing, limit))
    return found


REFUSALS = {
    "area": "rights.outline_area",
    "overlaps": "rights.outline_overlaps",
    "outside": "rights.outline_outside",
    "leaves_out": "rights.outline_leaves_out",
}


def _told(
    how: str, check: str, unit: Unit, other: str, amount: Fraction, limit: str
) -> OutlineNote:
    """A note of what does not fit; refused where the profile refuses it."""
    area_cm2 = int(amount / SQUARE_CM)
    if how == REFUSE:
        code = REFUSALS[check]
        refuse(code, unit=unit.id, other=other, area_cm2=area_cm2, limit=limit)
    return OutlineNote(check=check, other=other, area_cm2=area_cm2)
