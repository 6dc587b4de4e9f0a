"""Grants: a derived right out of another, to any depth.

Where the factor is not rival a grant is counted: its lots leave the right it comes from, which
keeps its share. A rival right keeps its lots when a lease or the like is granted out of it; the
grants of one kind cover no more lots than it has, and are lots of their own in the books.
"""

from msgspec.structs import replace

from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import party_of
from yaosu.rights import refusals
from yaosu.rights.commands import GrantUse
from yaosu.rights.events import TitleMoved
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.profile import Profile
from yaosu.rights.promises import of_title
from yaosu.rights.register import (
    check_disposable,
    check_lots,
    check_not_reserved,
    check_unburdened,
    derived_from,
    is_granting,
    profile_of,
)
from yaosu.rights.registration import (
    check_instrument,
    check_kind,
    check_source,
    class_of_instrument,
)
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right

__all__ = ["refusals"]


def decide_grant_use(reach: RightsReach, command: GrantUse) -> list[Event]:
    """A use is granted by who holds the right, of a kind that may derive from it, in its term."""
    right = _grantable(reach, command)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    check_id(command.granted, "right")
    refuse_unless(
        command.granted not in reach.rights.rights, "rights.exists", right=command.granted
    )
    party_of(reach, command.target)
    profile = profile_of(reach, right.factor)
    kinds = _kinds_below(profile, right)
    refuse_unless(kinds, "rights.not_grantable", right=right.id, kind=right.kind)
    kind = command.kind or kinds[0]
    check_kind(profile, kind, kinds)
    end = right.term_to if command.term_to is None else command.term_to
    _check_term(reach, command, right, end)
    check_source(command.source)
    for name, value in sorted(command.scope.items()):
        refuse_unless(
            right.scope.get(name, value) == value,
            "rights.scope_widened",
            right=right.id,
            name=name,
            value=right.scope.get(name, ""),
        )
    if profile.nature.rival:
        return _granted_beside(reach, command, right, kind, end)
    check_lots(reach, right, command.lots, is_final=True)  # uses are counted, not cut
    check_not_reserved(reach, right, command.lots)
    return _granted_out(reach, command, right, kind, end)


def _grantable(reach: RightsReach, command: GrantUse) -> Right:
    """The right, if nothing bars a grant out of it; whoever got it may grant on without selling."""
    known = check_unburdened(reach, command.right, command.target)
    return known if known.based_on else check_disposable(reach, known.id, command.target)


def _kinds_below(profile: Profile, right: Right) -> tuple[str, ...]:
    """The kinds that may be granted out of a right; none where it may not be granted from."""
    if is_granting(profile, right) or (profile.nature.rival and right.kind in profile.kinds):
        return profile.rights.derived
    return profile.rights.sub_grants.get(right.kind, ())


def _check_term(reach: RightsReach, command: GrantUse, right: Right, end: int) -> None:
    begin = max(reach.now, right.term_from)
    reason, limit = "", right.term_to or end
    if end and check_instant(end, "the end") <= begin:
        reason = "it ends before it begins"
    elif right.term_to and not 0 < end <= right.term_to:
        reason = "it outlasts the right it is granted from"
    if reason:
        refuse(
            "rights.bad_term",
            right=command.granted,
            reason=reason,
            term_max=format_instant(limit),
        )


def _granted_out(
    reach: RightsReach, command: GrantUse, right: Right, kind: str, end: int
) -> list[Event]:
    """Counted: the lots leave the right, which keeps its share."""
    reach.check_limits(of_title(reach, right, command.target, command.lots, kind))
    entry = _entry_of(reach, command, right)
    derived = _derived(reach, command, right, kind, end, entry.id)
    base = replace(
        right,
        granted=right.granted + command.lots,
        version=right.version + 1,
        begin=reach.now,
        entry=entry.id,
    )
    batch = derive_id("batch", reach.cause, right.id, command.target)
    posted = book.give(reach, batch, right.holder, command.target, right.instrument, command.lots)
    return [TitleMoved(entries=(entry,), rights=(base, derived)), *posted]


def _granted_beside(
    reach: RightsReach, command: GrantUse, right: Right, kind: str, end: int
) -> list[Event]:
    """Over the lots of a rival right, which keeps them; of one kind over no more than it has."""
    state = reach.rights
    quantity = state.units[right.unit].quantity
    grants = [state.rights[one] for one in state.grants.get(right.id, [])]
    taken = sum(lots_in(one, quantity) for one in grants if one.kind == kind and one.end == 0)
    left = lots_in(right, quantity) - taken
    refuse_unless(
        1 <= command.lots <= left,
        "rights.not_enough_lots",
        right=right.id,
        available=left,
        lots=command.lots,
    )
    label = class_of_instrument(profile_of(reach, right.factor), right.instrument)
    name = f"{label}/{right.unit}/{kind}" if label else f"{right.unit}/{kind}"
    instrument = check_instrument(reach, name, right.factor, kind)
    entry = _entry_of(reach, command, right)
    derived = _derived(reach, command, right, kind, end, entry.id)
    derived = replace(derived, instrument=instrument)
    reach.check_limits(
        [replace(of_title(reach, derived, command.target, command.lots)[0], is_issued=True)]
    )
    batch = derive_id("batch", reach.cause, derived.id)
    posted = book.issue(reach, batch, command.target, instrument, command.lots)
    return [TitleMoved(entries=(entry,), rights=(derived,)), *posted]


def _derived(
    reach: RightsReach, command: GrantUse, right: Right, kind: str, end: int, entry: str
) -> Right:
    quantity = reach.rights.units[right.unit].quantity
    return replace(
        derived_from(right, command.target, command.lots, quantity, kind),
        id=command.granted,
        scope=dict(sorted({**command.scope, **right.scope}.items())),
        term_from=max(reach.now, right.term_from),
        term_to=end,
        source=command.source,
        version=1,
        begin=reach.now,
        entry=entry,
    )


def _entry_of(reach: RightsReach, command: GrantUse, right: Right) -> RegisterEntry:
    return RegisterEntry(
        id=derive_id("entry", reach.cause, right.id, command.target),
        kind="grant",
        right=right.id,
        target=command.granted,
        made_by=right.holder,
        beneficiary=command.target,
        lots=command.lots,
        source=command.source,
        at=reach.now,
    )
