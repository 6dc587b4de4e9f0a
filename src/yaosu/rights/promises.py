"""Promises as the register tells them: what is entered to a party, and what a buyer gets."""

from collections.abc import Iterable

from msgspec.structs import replace

from yaosu.kernel.words import Event
from yaosu.rights.events import RightRegistered
from yaosu.rights.profile import Profile
from yaosu.rights.register import is_granting, profile_of
from yaosu.rights.state import RightsReach
from yaosu.rights.values import Promise, Right

TITLE = "title"


def of_title(
    reach: RightsReach, right: Right, party: str, lots: int, kind: str = ""
) -> list[Promise]:
    """Lots of a right of the register that are entered to a party, and leave its holder.

    Args:
        kind: of the right it gets, where that is granted out of this one, which keeps its own.
    """
    got = Promise(
        party=party,
        source=TITLE,
        factor=right.factor,
        kind=kind or right.kind,
        instrument=right.instrument,
        region=reach.rights.units[right.unit].region,
        unit=right.unit,
        gets=lots,
    )
    return [got, replace(got, party=right.holder, kind=right.kind, gets=0, gives=lots)]


def issued_by(events: Iterable[Event], region: str) -> list[Promise]:
    """What holders get with the rights that a registration makes in a region."""
    return [
        Promise(
            party=right.holder,
            source=TITLE,
            factor=right.factor,
            kind=right.kind,
            instrument=right.instrument,
            region=region,
            unit=right.unit,
            gets=event.entry.lots,
            is_issued=True,
        )
        for event in events
        if isinstance(event, RightRegistered)
        for right in (event.right,)
    ]


def kind_sold(reach: RightsReach, right: Right) -> str:
    """The kind of right that a buyer of lots of this right gets."""
    profile = profile_of(reach, right.factor)
    return profile.rights.derived[0] if is_granting(profile, right) else right.kind


def kind_bought(reach: RightsReach, instrument: str, factor: str) -> str:
    """The kind of right that a buyer of an instrument gets, as its name says; empty: any kind.

    An instrument is named after its unit, ``unit/kind`` where it is not of the first kind; of one
    with a name of its own the register is not searched.
    """
    profile = profile_of(reach, factor)
    stem, _, last = instrument.rpartition("/")
    if stem and last in profile.all_kinds:
        return last
    is_named_after_unit = last in reach.rights.units or instrument in reach.rights.units
    return _first_kind(profile) if is_named_after_unit else ""


def _first_kind(profile: Profile) -> str:
    """What a sale gives where nothing else is said: a grant where the factor is not rival."""
    rights = profile.rights
    return rights.primary if profile.nature.rival or not rights.derived else rights.derived[0]
