"""What the register does for other floors: look-ups, burdens, and the moving of titles."""

from collections.abc import Iterable
from typing import NoReturn

from msgspec.structs import replace

from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.rights import refusals
from yaosu.rights.events import TitleMoved
from yaosu.rights.methods.moves import (
    added_to,
    given_up,
    lots_in,
    may_merge,
    share_of,
)
from yaosu.rights.methods.turns import TURNS_KEY
from yaosu.rights.profile import Profile
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right

__all__ = ["refusals"]

Move = tuple[str, str, int]  # source right, target party, lots


def profile_of(reach: RightsReach, factor: str) -> Profile:
    """The profile of a factor in force, or a refusal."""
    profiles = reach.rights.profiles.get(factor, [])
    return found(profiles[-1] if profiles else None, "rights.unknown_factor", factor=factor)


def right_of(reach: RightsReach, right: str) -> Right:
    """A right that has not ended, or a refusal."""
    known = found(reach.rights.rights.get(right), "rights.unknown_right", right=right)
    if known.end:
        refuse("rights.ended", right=right, end=format_instant(known.end))
    return known


def current_rights(
    reach: RightsReach, holder: str | None = None, instrument: str | None = None
) -> list[Right]:
    """Rights that have not ended, of a holder or in an instrument or both, by id."""
    state = reach.rights
    if holder is not None:
        ids = state.by_holder.get(holder, {})
    elif instrument is not None:
        ids = state.by_instrument.get(instrument, {})
    else:
        ids = {right: True for right, known in state.rights.items() if known.end == 0}
    rights = [state.rights[right] for right in sorted(ids)]
    return [known for known in rights if instrument in {None, known.instrument}]


def lots_of(reach: RightsReach, right: str) -> int:
    """The lots of a right that it can still give: its share, less what was granted out of it."""
    known = right_of(reach, right)
    return lots_in(known, reach.rights.units[known.unit].quantity)


def blocking_entry(
    reach: RightsReach, right: str, target: str = "", but: tuple[str, ...] = ()
) -> str | None:
    """The id of the first register entry that bars a right's disposal now, or None.

    Args:
        target: who would receive it; a priority notice does not bar the one it protects.
        but: kinds of entries that do not bar it here.
    """
    for entry_id in reach.rights.burdens.get(right, []):
        entry = reach.rights.entries[entry_id]
        is_for_target = entry.kind == "priority_notice" and target and entry.beneficiary == target
        is_barring = entry.kind not in but and not is_for_target
        if is_barring and entry.is_standing(reach.now):
            return entry_id
    return None


def check_new_entry(reach: RightsReach, entry: str) -> None:
    """A register entry has an id that was not used before."""
    check_id(entry, "register entry")
    is_new = entry not in reach.rights.entries and entry not in reach.rights.waiting
    refuse_unless(is_new, "rights.entry_exists", entry=entry)


def pledges_on(reach: RightsReach, right: str) -> list[RegisterEntry]:
    """The pledges that stand on a right now, the first in rank first: priority is by time."""
    entries = [reach.rights.entries[entry] for entry in reach.rights.burdens.get(right, [])]
    standing = [e for e in entries if e.kind == "pledge" and e.is_standing(reach.now)]
    return sorted(standing, key=lambda entry: entry.at)  # stable: of one instant, as entered


def pledges_following(reach: RightsReach, entry: str) -> list[str]:
    """A pledge, or what it was carried over to when its unit was split or merged: those standing.

    A debt is secured by all of them, and counted once.
    """
    waiting, standing = [entry], {}
    while waiting:
        known = reach.rights.entries[waiting.pop()]
        if known.kind == "pledge":
            waiting += reach.rights.following.get(known.id, [])
            if known.is_standing(reach.now):
                standing[known.id] = True
    return sorted(standing)


def check_standing(reach: RightsReach, right: str) -> Right:
    """The right, if its term runs and no freeze stands on it: one may act under it.

    Raises:
        Refusal: ``rights.unknown_right``, ``rights.ended``, ``rights.term_over``,
            ``rights.blocked`` naming the freeze.
    """
    known = right_of(reach, right)
    _check_term_runs(reach, known)
    for name in reach.rights.burdens.get(right, []):
        entry = reach.rights.entries[name]
        if entry.kind == "freeze" and entry.is_standing(reach.now):
            _refuse_blocked(right, entry)
    return known


def check_unburdened(
    reach: RightsReach, right: str, target: str = "", but: tuple[str, ...] = ()
) -> Right:
    """The right, if its term runs and nothing stands on it that bars a disposal to ``target``."""
    known = right_of(reach, right)
    _check_term_runs(reach, known)
    blocking = blocking_entry(reach, right, target, but)
    if blocking is not None:
        _refuse_blocked(right, reach.rights.entries[blocking])
    return known


def check_disposable(
    reach: RightsReach, right: str, target: str = "", but: tuple[str, ...] = ()
) -> Right:
    """The right, if it may be offered, transferred or granted from now.

    Args:
        target: who would receive it.
        but: kinds of register entries that do not bar it here.

    Raises:
        Refusal: ``rights.unknown_right``, ``rights.ended``, ``rights.term_over``,
            ``rights.blocked`` naming the entry, ``rights.not_transferable``.
    """
    known = check_unburdened(reach, right, target, but)
    refuse_unless(
        is_transferable(reach, known), "rights.not_transferable", right=right, kind=known.kind
    )
    return known


def _check_term_runs(reach: RightsReach, right: Right) -> None:
    if right.term_to and reach.now >= right.term_to:
        refuse("rights.term_over", right=right.id, end=format_instant(right.term_to))


def _refuse_blocked(right: str, entry: RegisterEntry) -> NoReturn:
    refuse("rights.blocked", right=right, kind=entry.kind, entry=entry.id, made_by=entry.made_by)


def is_transferable(reach: RightsReach, right: Right) -> bool:
    """Whether its profile lets a right of this kind be passed on, or granted from."""
    profile = profile_of(reach, right.factor)
    rights = profile.rights
    if right.kind in (*rights.restrictions, *rights.responsibilities, *rights.inalienable):
        return False  # they stay with the unit, or with who holds them
    is_own = right.kind in profile.kinds or (profile.nature.rival and not right.based_on)
    return is_own or rights.derived_transferable


def is_granting(profile: Profile, right: Right) -> bool:
    """Whether selling from a right grants derived ones: primary rights of non-rival factors."""
    return not profile.nature.rival and right.kind in profile.kinds


def is_divisible(reach: RightsReach, right: Right) -> bool:
    """Whether some of a right's lots may go without the others."""
    profile = profile_of(reach, right.factor)
    is_whole = TURNS_KEY in right.scope  # who takes turns passes them on together
    return (profile.nature.divisible and not is_whole) or is_granting(profile, right)


def check_lots(reach: RightsReach, right: Right, lots: int, *, is_final: bool = False) -> None:
    """Refuse more lots than a right has, none, or a part of what cannot be divided.

    ``is_final``: they were matched before; a profile adopted since then forbids nothing.
    """
    available = lots_in(right, reach.rights.units[right.unit].quantity)
    refuse_unless(
        1 <= lots <= available,
        "rights.not_enough_lots",
        right=right.id,
        available=available,
        lots=lots,
    )
    refuse_unless(
        lots == available or is_final or is_divisible(reach, right),
        "rights.indivisible",
        right=right.id,
        available=available,
    )


def check_not_reserved(reach: RightsReach, right: Right, lots: int) -> None:
    """Refuse to dispose of lots that are on offer in a book or promised in a contract."""
    reserved = reach.reserved_lots(right.id)
    available = lots_in(right, reach.rights.units[right.unit].quantity)
    refuse_unless(
        lots <= available - reserved,
        "rights.lots_reserved",
        right=right.id,
        available=available,
        reserved=reserved,
    )


def obstacle_to(reach: RightsReach, moves: Iterable[Move]) -> Refusal | None:
    """Why :func:`move_titles` would refuse, or None: for reactions, which never refuse."""
    try:
        move_titles(reach, reach.cause, moves)
    except Refusal as refusal:
        return refusal
    return None


def move_title(
    reach: RightsReach, cause: str, source_right: str, buyer: str, lots: int
) -> list[Event]:
    """Move lots of one right to a buyer; see :func:`move_titles`."""
    return move_titles(reach, cause, [(source_right, buyer, lots)])


def move_titles(
    reach: RightsReach,
    cause: str,
    moves: Iterable[Move],
    *,
    is_final: bool = False,
    entry: RegisterEntry | None = None,
) -> list[Event]:
    """Move lots of rights to buyers in the register, one after the other; posts nothing.

    A rival right is split exactly, and merged into a like one the buyer has (same unit, kind,
    instrument, term, scope; nothing standing on it); moved whole without such a one it keeps its
    id and changes its holder. From a primary right that is not rival a derived one is granted.
    Whoever calls moves the same lots in the ledger.

    Args:
        cause: what the moves follow from; ids of new rights and entries derive from it.
        moves: (source right, buyer, lots); a buyer who is the holder changes nothing.
        is_final: the lots were matched before whatever stands on the right now; what was matched
            is final, and the burden stays on the rest.
        entry: of a single move, as it was asked for: who, by which document, from when.

    Returns:
        One ``TitleMoved`` with every right touched in its new version, or nothing.

    Raises:
        Refusal: ``rights.not_enough_lots``, ``rights.indivisible``, and those of
            :func:`check_disposable`.

    Cost: O(m log h) for m moves and h rights of a buyer or unit.
    """
    book = _Moving(reach, cause, is_final=is_final)
    for source, buyer, lots in moves:
        book.move(source, buyer, lots, entry)
    return book.events()


class _Moving:
    """Rights as they stand in the middle of several moves; nothing else sees it."""

    def __init__(self, reach: RightsReach, cause: str, *, is_final: bool) -> None:
        self.reach = reach
        self.is_final = is_final
        self.cause = cause
        self.touched: dict[str, Right] = {}
        self.born: dict[tuple[str, str], list[str]] = {}  # (holder, unit) -> new or moved rights
        self.entries: list[RegisterEntry] = []

    def move(self, source: str, buyer: str, lots: int, asked: RegisterEntry | None) -> None:
        right = self.touched.get(source)
        if right is None and self.is_final:
            right = right_of(self.reach, source)
        elif right is None:
            right = check_disposable(self.reach, source, buyer)
        if right.holder == buyer:
            return
        check_lots(self.reach, right, lots, is_final=self.is_final)
        profile = profile_of(self.reach, right.factor)
        quantity = self.reach.rights.units[right.unit].quantity
        number = len(self.entries)
        entry = derive_id("entry", self.cause, source, buyer, number) if not asked else asked.id
        if is_granting(profile, right):
            self._touch(replace(right, granted=right.granted + lots, entry=entry))
            granted = derived_from(right, buyer, lots, quantity, profile.rights.derived[0])
            target = self._receive(granted, lots, quantity, entry, number)
            kind = "grant"
        else:
            moved = replace(right, holder=buyer, share=share_of(lots, quantity), granted=0)
            target = self._receive(moved, lots, quantity, entry, number, whole_of=right)
            if target != source:
                self._touch(given_up(right, lots, quantity, self.reach.now, entry))
            kind = "transfer"
        made = asked or RegisterEntry(
            id=entry,
            kind=kind,
            right=source,
            made_by=right.holder,
            beneficiary=buyer,
            lots=lots,
            at=self.reach.now,
        )
        self.entries.append(replace(made, target=target))

    def _receive(
        self,
        given: Right,
        lots: int,
        quantity: int,
        entry: str,
        number: int,
        whole_of: Right | None = None,
    ) -> str:
        """Merge what is given into a like right of the holder, or make it a right of its own."""
        for candidate in self._rights_of(given.holder, given.unit):
            is_free = blocking_entry(self.reach, candidate.id) is None
            if candidate.id != given.id and is_free and may_merge(candidate, given):
                self._touch(added_to(candidate, lots, quantity, entry))
                return candidate.id
        if whole_of is not None and whole_of.share == given.share:
            self._touch(replace(whole_of, holder=given.holder, entry=entry))
            self.born.setdefault((given.holder, given.unit), []).append(given.id)
            return given.id
        new = derive_id("right", self.cause, given.id, given.holder, number)
        self.touched[new] = replace(
            given, id=new, version=1, begin=self.reach.now, entry=entry, came_from=()
        )
        self.born.setdefault((given.holder, given.unit), []).append(new)
        return new

    def _rights_of(self, holder: str, unit: str) -> list[Right]:
        """The holder's rights in a unit as they stand now, by id."""
        state = self.reach.rights
        of_holder, of_unit = state.by_holder.get(holder, {}), state.by_unit.get(unit, {})
        fewer, other = sorted((of_holder, of_unit), key=len)
        ids = {right for right in fewer if right in other}
        ids.update(self.born.get((holder, unit), ()))
        rights = [self.touched.get(right) or state.rights[right] for right in sorted(ids)]
        return [right for right in rights if right.holder == holder and right.end == 0]

    def _touch(self, right: Right) -> None:
        before = self.reach.rights.rights.get(right.id)
        if before is not None:
            right = replace(right, version=before.version + 1, begin=self.reach.now)
        self.touched[right.id] = right

    def events(self) -> list[Event]:
        if not self.entries:
            return []
        rights = tuple(right for _, right in sorted(self.touched.items()))
        return [TitleMoved(entries=tuple(self.entries), rights=rights)]


def derived_from(right: Right, holder: str, lots: int, quantity: int, kind: str) -> Right:
    """The derived right of a kind that a grant of lots gives; its id is still that of its base."""
    return replace(
        right,
        holder=holder,
        kind=kind,
        share=share_of(lots, quantity),
        granted=0,
        based_on=right.id,
        came_from=(),
        source="",
    )
