"""Entries that need a second hand, and consents to entries that others make.

A correction is asked for by one officer and made by another. A transfer or pledge that passes by
delivery is made by who receives the thing.
"""

from msgspec.structs import replace

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import has_role, party_of
from yaosu.rights import refusals
from yaosu.rights.commands import ConfirmEntry, CorrectRight, GiveConsent
from yaosu.rights.events import ConsentGiven, EntryWaiting, RegisterChanged, RightBurdened
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.outlines import outlined
from yaosu.rights.promises import of_title
from yaosu.rights.register import (
    check_disposable,
    check_new_entry,
    check_not_reserved,
    check_unburdened,
    pledges_on,
    profile_of,
    right_of,
)
from yaosu.rights.registration import check_source, check_term, class_of
from yaosu.rights.state import RightsReach
from yaosu.rights.title_transfers import check_rank, check_title_transfer, transferred
from yaosu.rights.units import check_attributes
from yaosu.rights.values import Consent, Correction, RegisterEntry, Right, Unit, Waiting

__all__ = ["refusals"]

CONSENTED = ("split", "merge", "renewal", "change")


def decide_correct_right(reach: RightsReach, command: CorrectRight) -> list[Event]:
    """A correction is complete, has a document, and would hold; it waits for another registrar."""
    right = right_of(reach, command.right)
    check_new_entry(reach, command.entry)
    refuse_unless(command.source, "rights.no_document", kind="correction", right=right.id)
    check_source(command.source)
    refuse_unless(command.correction != Correction(), "rights.nothing_corrected", right=right.id)
    _check_correction(reach, right, command.correction)
    entry = RegisterEntry(
        id=command.entry,
        kind="correction",
        right=right.id,
        made_by=command.actor,
        source=command.source,
        reason=command.reason,
        at=reach.now,
    )
    return [EntryWaiting(waiting=Waiting(entry=entry, correction=command.correction))]


def decide_confirm_entry(reach: RightsReach, command: ConfirmEntry) -> list[Event]:
    """What waits is made by the second hand, if it still holds as things stand now."""
    waiting = found(
        reach.rights.waiting.get(command.entry), "rights.unknown_entry", entry=command.entry
    )
    check_source(command.source)
    entry = replace(waiting.entry, at=reach.now, confirmed_by=command.actor)
    if waiting.correction is not None:
        refuse_unless(
            has_role(reach, command.actor, "registrar") and command.actor != entry.made_by,
            "rights.may_not_confirm",
            kind=entry.kind,
            entry=entry.id,
            who="a registrar other than the one who asked for it",
            actor=command.actor,
        )
        return _corrected(reach, entry, waiting.correction)
    refuse_unless(
        command.actor == entry.beneficiary,
        "rights.may_not_confirm",
        kind=entry.kind,
        entry=entry.id,
        who="who receives what is handed over",
        actor=command.actor,
    )
    right = right_of(reach, entry.right)
    refuse_unless(
        right.holder == entry.made_by, "rights.not_holder", actor=entry.made_by, right=right.id
    )
    entry = replace(entry, source=command.source or entry.source)
    if entry.kind == "pledge":
        check_rank(reach, right, len(pledges_on(reach, right.id)) + 1)
        return [RightBurdened(entry=entry)]
    check_disposable(reach, right.id, entry.beneficiary)
    check_title_transfer(reach, right, entry.beneficiary, entry.lots)
    return [*transferred(reach, right, entry), RegisterChanged(entries=(), confirmed=entry.id)]


def decide_give_consent(reach: RightsReach, command: GiveConsent) -> list[Event]:
    """A registered party agrees to an entry of a kind that asks for consent."""
    party_of(reach, command.actor)
    is_known = command.about in reach.rights.units or command.about in reach.rights.rights
    refuse_unless(is_known, "rights.unknown_thing", about=command.about)
    refuse_unless(
        command.to in CONSENTED,
        "rights.no_consent_asked",
        kind=command.to,
        kinds=", ".join(CONSENTED),
    )
    check_instant(command.until, "the end")
    refuse_unless(
        command.until == 0 or command.until > reach.now,
        "rights.consent_over",
        until=format_instant(command.until),
    )
    check_source(command.source)
    consent = Consent(
        party=command.actor,
        about=command.about,
        to=command.to,
        at=reach.now,
        until=command.until,
        source=command.source,
    )
    return [ConsentGiven(consent=consent)]


def _check_correction(reach: RightsReach, right: Right, correction: Correction) -> None:
    """As it would stand, the right and its unit are what their profile asks."""
    unit, profile = reach.rights.units[right.unit], profile_of(reach, right.factor)
    if correction.unit_attributes:
        attributes = {**unit.attributes, **correction.unit_attributes}
        check_attributes(reach, profile, unit.id, attributes)
        label = class_of(profile, attributes)
        refuse_unless(
            label == class_of(profile, unit.attributes),
            "rights.other_class",
            unit=unit.id,
            instrument=right.instrument,
            wanted=label or "of all others",
        )
    begin = right.term_from if correction.term_from is None else correction.term_from
    end = right.term_to if correction.term_to is None else correction.term_to
    if (begin, end) != (right.term_from, right.term_to):
        check_term(right.id, begin, end, profile.nature.term_max)
    if correction.source is not None:
        check_source(correction.source)
    if correction.holder is not None:
        party_of(reach, correction.holder)
        refuse_unless(
            correction.holder != right.holder,
            "rights.same_holder",
            target=correction.holder,
            right=right.id,
        )
        check_unburdened(reach, right.id, correction.holder, but=("objection",))
        lots = lots_in(right, unit.quantity)
        check_not_reserved(reach, right, lots)
        reach.check_limits(of_title(reach, right, correction.holder, lots))


def _corrected(reach: RightsReach, entry: RegisterEntry, correction: Correction) -> list[Event]:
    right = right_of(reach, entry.right)
    _check_correction(reach, right, correction)
    unit = reach.rights.units[right.unit]
    units: tuple[Unit, ...] = ()
    notes: list[Event] = []
    if correction.unit_attributes:
        attributes = dict(sorted({**unit.attributes, **correction.unit_attributes}.items()))
        units = (next_version(reach, unit, entry.id, attributes),)
        notes = outlined(reach, profile_of(reach, right.factor), units)
    posted: list[Event] = []
    holder = right.holder if correction.holder is None else correction.holder
    if holder != right.holder:
        lots = lots_in(right, unit.quantity)
        batch = derive_id("batch", reach.cause, right.id, holder)
        posted = book.give(reach, batch, right.holder, holder, right.instrument, lots)
        entry = replace(entry, beneficiary=holder, lots=lots)
    corrected = replace(
        right,
        holder=holder,
        scope=right.scope if correction.scope is None else dict(sorted(correction.scope.items())),
        term_from=right.term_from if correction.term_from is None else correction.term_from,
        term_to=right.term_to if correction.term_to is None else correction.term_to,
        source=right.source if correction.source is None else correction.source,
        version=right.version + 1,
        begin=reach.now,
        entry=entry.id,
    )
    changed = RegisterChanged(
        entries=(entry,), units=units, rights=(corrected,), confirmed=entry.id
    )
    return [*posted, changed, *notes]


def next_version(
    reach: RightsReach, unit: Unit, entry: str, attributes: dict[str, str | int | bool]
) -> Unit:
    """The unit with other attributes from now on."""
    return replace(
        unit,
        attributes=attributes,
        version=unit.version + 1,
        since=reach.now,
        entry=entry,
    )
