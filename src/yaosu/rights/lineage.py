"""What hangs below a right, to any depth: grants out of it, and what was made under it.

A grant names the right it was granted from and a unit the rights it was made under, when they are
made and never again: so what is below is always younger, and there are no cycles.
"""

from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.rights import refusals
from yaosu.rights.events import RightBurdened
from yaosu.rights.register import check_standing, profile_of
from yaosu.rights.state import RightsReach, RightsState
from yaosu.rights.values import RegisterEntry

__all__ = ["refusals"]

MADE_FROM_MAX = 100


def directly_below(state: RightsState, right: str) -> list[str]:
    """Rights granted out of a right, and rights on units made under it, by id; ended ones too."""
    on_made = [
        other
        for unit in state.makings.get(right, [])
        for other in state.by_unit.get(unit, {})
        if not state.rights[other].based_on
    ]
    return sorted({*state.grants.get(right, []), *on_made})


def below(state: RightsState, right: str) -> list[str]:
    """All rights that hang below a right, each once, nearer ones first."""
    seen = {right: True}
    level = [right]
    while level:
        nearest = sorted({one for above in level for one in directly_below(state, above)})
        level = [one for one in nearest if one not in seen]
        seen.update(dict.fromkeys(level, True))
    return [one for one in seen if one != right]


def directly_above(state: RightsState, right: str) -> list[str]:
    """The right it was granted from, or the rights under which its unit was made; by id."""
    known = state.rights[right]
    if known.based_on:
        return [known.based_on]
    return sorted(state.units[known.unit].made_from)


def check_made_from(reach: RightsReach, unit: str, holder: str, made_from: tuple[str, ...]) -> None:
    """Whoever registers what was made out of others holds rights that let it make things.

    Raises:
        Refusal: ``rights.may_not_make`` naming the right and why, and those of
            :func:`~yaosu.rights.register.check_standing`.
    """
    refuse_unless(
        len(set(made_from)) == len(made_from) <= MADE_FROM_MAX,
        "rights.bad_quantity",
        what=f"the number of different rights that {unit} was made under",
        quantity=len(set(made_from)),
        limit=MADE_FROM_MAX,
    )
    for name in made_from:
        right = check_standing(reach, name)
        kinds = profile_of(reach, right.factor).register.made_under
        reason = ""
        if right.holder != holder:
            reason = f"{holder} does not hold it"
        elif right.kind not in kinds:
            reason = f"nothing is made under a right of kind {right.kind}"
        refuse_unless(not reason, "rights.may_not_make", unit=unit, right=name, reason=reason)


def suspended(reach: RightsReach, right: str, entry: RegisterEntry) -> list[Event]:
    """What hangs below a right that ended is frozen: one freeze a right, naming the entry."""
    events: list[Event] = []
    for name in below(reach.rights, right):
        known = reach.rights.rights[name]
        if known.end:
            continue
        freeze = RegisterEntry(
            id=derive_id("entry", reach.cause, "freeze", name),
            kind="freeze",
            right=name,
            made_by=entry.made_by,
            reason=f"{entry.kind} of {right}, which it depends on",
            source=entry.source,
            at=reach.now,
            caused_by=entry.id,
        )
        events.append(RightBurdened(entry=freeze))
    return events
