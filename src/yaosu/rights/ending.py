"""Rights end: given up, revoked, or by time. Their lots are retired; what hangs below is frozen."""

from msgspec.structs import replace

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import format_instant
from yaosu.kernel.numbers import NOTHING
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import has_role
from yaosu.rights import refusals
from yaosu.rights.commands import CancelRight, RecordExpiry
from yaosu.rights.events import RegisterChanged
from yaosu.rights.lineage import suspended
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.register import check_not_reserved, check_unburdened, right_of
from yaosu.rights.registration import check_source
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right

__all__ = ["refusals"]


def decide_cancel_right(reach: RightsReach, command: CancelRight) -> list[Event]:
    """A right is given up by its holder, or revoked by an office with a document.

    What a creditor or another relies on bars the holder and the registrar; an authority revokes
    nevertheless, and what stood on the right ends with it.
    """
    right = right_of(reach, command.right)
    check_source(command.source)
    is_office = has_role(reach, command.actor, "authority")
    is_registrar = has_role(reach, command.actor, "registrar")
    refuse_unless(
        command.actor == right.holder or is_office or is_registrar,
        "rights.not_holder",
        actor=command.actor,
        right=right.id,
    )
    refuse_unless(command.reason.strip(), "rights.no_reason", kind="cancellation", right=right.id)
    if command.actor != right.holder:
        refuse_unless(command.source, "rights.no_document", kind="cancellation", right=right.id)
    if not is_office:
        own = ("freeze", "objection") if is_registrar else ()
        check_unburdened(reach, right.id, but=own)
    return _ended(reach, right, "cancellation", command.actor, command.reason, command.source)


def decide_record_expiry(reach: RightsReach, command: RecordExpiry) -> list[Event]:
    """A right whose term is over ends, whoever says so; what stood on it ends with it."""
    right = right_of(reach, command.right)
    end = format_instant(right.term_to) if right.term_to else "no instant: it is open"
    refuse_unless(0 < right.term_to <= reach.now, "rights.term_runs", right=right.id, end=end)
    return _ended(reach, right, "expiry", command.actor, "", "")


def _ended(
    reach: RightsReach, right: Right, kind: str, actor: str, reason: str, source: str
) -> list[Event]:
    lots = lots_in(right, reach.rights.units[right.unit].quantity)
    check_not_reserved(reach, right, lots)
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, kind, right.id),
        kind=kind,
        right=right.id,
        made_by=actor,
        beneficiary=right.holder,
        lots=lots,
        source=source,
        reason=reason,
        at=reach.now,
    )
    batch = derive_id("batch", reach.cause, right.id)
    retired = book.retire(reach, batch, right.holder, right.instrument, lots)
    ended = ended_by(reach, right, entry)
    burdens = [reach.rights.entries[one] for one in reach.rights.burdens.get(right.id, [])]
    released = [replace(one, released_at=reach.now, released_by=actor) for one in burdens]
    changed = RegisterChanged(entries=(entry, *released), rights=(ended,))
    return [*retired, changed, *suspended(reach, right.id, entry)]


def ended_by(reach: RightsReach, right: Right, entry: RegisterEntry) -> Right:
    """The last version of a right: nothing of it is left."""
    return replace(
        right,
        share=NOTHING,
        granted=0,
        version=right.version + 1,
        begin=reach.now,
        end=reach.now,
        entry=entry.id,
    )
