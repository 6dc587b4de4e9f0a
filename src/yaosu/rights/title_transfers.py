"""Transfers outside a market, and from when an entry counts.

The profile's legal effect says when a right arises: ``constitutive`` by the entry itself,
``declaratory`` before it, at an instant the entry states, ``by_delivery`` at the hand-over, until
which the entry waits.
"""

from msgspec.structs import replace

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import party_of
from yaosu.rights import refusals
from yaosu.rights.events import TitleMoved
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.profile import BY_DELIVERY, DECLARATORY, Profile
from yaosu.rights.promises import of_title
from yaosu.rights.register import (
    check_disposable,
    check_lots,
    check_not_reserved,
    is_granting,
    move_titles,
    pledges_on,
    profile_of,
)
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right

__all__ = ["BY_DELIVERY", "refusals"]


def effect_of(reach: RightsReach, profile: Profile, stated: int | None) -> int:
    """The instant from which an entry counts, 0 where that is its own.

    Raises:
        Refusal: ``rights.bad_effect``: stated where the entry itself makes the right, or later
            than now.
    """
    if stated is None or stated == reach.now:
        return 0
    check_instant(stated, "the effect")
    reason = ""
    if profile.nature.legal_effect != DECLARATORY:
        reason = f"rights of {profile.name} arise {_WHEN[profile.nature.legal_effect]}"
    elif stated > reach.now:
        reason = "it is still to come"
    refuse_unless(not reason, "rights.bad_effect", instant=format_instant(stated), reason=reason)
    return stated


_WHEN = {"constitutive": "by their entry", "by_delivery": "at the hand-over that is confirmed"}


def check_title_transfer(reach: RightsReach, right: Right, target: str, lots: int | None) -> int:
    """The lots that a transfer moves; all of them where none are named."""
    party_of(reach, target)
    refuse_unless(target != right.holder, "rights.same_holder", target=target, right=right.id)
    available = lots_in(right, reach.rights.units[right.unit].quantity)
    asked = available if lots is None else lots
    profile = profile_of(reach, right.factor)
    if is_granting(profile, right):
        refuse_unless(asked == available, "rights.only_whole", right=right.id, factor=right.factor)
    else:
        check_lots(reach, right, asked)
    check_not_reserved(reach, right, asked)
    reach.check_limits(of_title(reach, right, target, asked))
    return asked


def transferred(reach: RightsReach, right: Right, entry: RegisterEntry) -> list[Event]:
    """The title moves and the lots with it."""
    if is_granting(profile_of(reach, right.factor), right):
        title: list[Event] = [_moved_whole(reach, right, entry)]
    else:
        moves = [(right.id, entry.beneficiary, entry.lots)]
        title = move_titles(reach, reach.cause, moves, entry=entry)
    batch = derive_id("batch", reach.cause, right.id, entry.beneficiary)
    posted = book.give(reach, batch, right.holder, entry.beneficiary, right.instrument, entry.lots)
    return title + posted


def check_rank(reach: RightsReach, right: Right, rank: int) -> None:
    """A pledge takes the next rank; nothing but earlier pledges stands on the right."""
    before = pledges_on(reach, right.id)
    if rank <= len(before):
        refuse(
            "rights.already_pledged",
            right=right.id,
            creditor=before[-1].beneficiary,
            entry=before[-1].id,
        )
    refuse_unless(
        rank == len(before) + 1, "rights.bad_rank", rank=rank, right=right.id, next=len(before) + 1
    )
    check_disposable(reach, right.id, but=("pledge",))


def _moved_whole(reach: RightsReach, right: Right, entry: RegisterEntry) -> Event:
    """The same right under a new holder: what was granted out of it stays granted."""
    moved = replace(
        right,
        holder=entry.beneficiary,
        version=right.version + 1,
        begin=reach.now,
        entry=entry.id,
    )
    return TitleMoved(entries=(replace(entry, target=right.id),), rights=(moved,))
