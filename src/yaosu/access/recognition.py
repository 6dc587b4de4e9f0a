"""One credential recognised as another: by the tables in force, or by a decision of its own."""

from collections.abc import Sequence

from yaosu.access import refusals
from yaosu.access.check_tables import DAYS_MAX, check_table
from yaosu.access.commands import (
    AdoptRecognition,
    RecogniseByDecision,
    RecogniseCredential,
    WithdrawRecognition,
)
from yaosu.access.events import CredentialRecognised, RecognitionAdopted
from yaosu.access.methods.recognise import (
    Reached,
    conditions_of,
    gain_of,
    reach_from,
    why_not,
)
from yaosu.access.state import AccessReach, tables_in_force
from yaosu.access.tables import (
    AnyTable,
    EntitlementTable,
    LearningTable,
    RecognitionRow,
    RecognitionTable,
    Scale,
)
from yaosu.access.values import Recognition
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import (
    LEVEL_MAX,
    attest_by_venue,
    attestations_about,
    party_of,
    withdraw_by_venue,
)
from yaosu.parties.events import AttestationWithdrawn
from yaosu.parties.proofs import use_proof
from yaosu.parties.values import ATTESTATION, Attestation
from yaosu.rules.facts import NAME_FORM

SUPERVISED = "supervised_"  # kind of a second attestation, while its holder is supervised
PURPOSE = "recognition"
__all__ = ["refusals"]


def decide_adopt_recognition(reach: AccessReach, command: AdoptRecognition) -> list[Event]:
    """A table holds together, is a new version, and gains nobody a level in a circle."""
    check_table(command.table)
    check_new_version(reach, command.table)
    check_no_gain(reach, command.table)
    return [RecognitionAdopted(table=command.table, at=reach.now)]


def decide_recognise_credential(reach: AccessReach, command: RecogniseCredential) -> list[Event]:
    """A credential of one's own, an original in force, counts as what the tables say it does."""
    attestation = _original(reach, command.attestation)
    refuse_unless(
        attestation.about == command.actor,
        "access.not_your_credential",
        attestation=attestation.id,
        actor=command.actor,
    )
    tables = tables_in_force(reach.access.recognition_tables, reach.now)
    rows = [row for table in tables for row in table.rows]
    a = attestation
    reached = reach_from(rows, a.kind, a.level, a.issuer).get(command.target)
    if reached is None or not reached.way:
        refuse(
            "access.not_listed",
            attestation=a.id,
            target=command.target,
            reason=why_not(rows, a.kind, a.level, a.issuer, command.target),
            appeal=" or ".join(sorted({table.appeal for table in tables})) or "of your registrar",
        )
    conditions = found(conditions_of(reached.way), "access.scopes_apart", target=command.target)
    scope, days, supervised = conditions
    _check_better(reach, a.about, command.target, reached.level, scope)
    if supervised:
        _check_supervisor(reach, command, reached.level)
    used = tuple(t.name for t in tables if any(row in reached.way for row in t.rows))
    recognition = Recognition(
        id=derive_id("recognised", reach.cause, a.id, command.target),
        party=a.about,
        credential=a.id,
        target=command.target,
        level=reached.level,
        tables=used,
        way=_way(a, reached),
        supervisor=command.supervisor if supervised else "",
        supervised_until=reach.now + supervised * DAY if supervised else 0,
        at=reach.now,
    )
    return _recognised(reach, recognition, scope, _end(reach, a, days), command.actor)


def decide_recognise_by_decision(reach: AccessReach, command: RecogniseByDecision) -> list[Event]:
    """What no table lists is recognised one by one, with a ground; so a case of appeal ends."""
    attestation = _original(reach, command.attestation)
    is_sound = (
        NAME_FORM.fullmatch(command.target)
        and 1 <= command.level <= LEVEL_MAX
        and 0 <= command.term_days <= DAYS_MAX
        and command.ground.strip()
    )
    refuse_unless(
        is_sound,
        "access.bad_decision",
        target=command.target,
        level=command.level,
        days=command.term_days,
    )
    _check_better(reach, attestation.about, command.target, command.level, attestation.scope)
    recognition = Recognition(
        id=derive_id("recognised", reach.cause, attestation.id, command.target),
        party=attestation.about,
        credential=attestation.id,
        target=command.target,
        level=command.level,
        way=(attestation.kind, command.target),
        ground=command.ground,
        at=reach.now,
    )
    end = _end(reach, attestation, command.term_days)
    return _recognised(reach, recognition, attestation.scope, end, command.actor)


def decide_withdraw_recognition(reach: AccessReach, command: WithdrawRecognition) -> list[Event]:
    """A recognition in force is withdrawn, with a reason; what was done by it stays valid."""
    known = found(
        reach.access.recognitions.get(command.recognition),
        "access.unknown_recognition",
        recognition=command.recognition,
    )
    refuse_unless(
        reach.parties.attestations[known.id].is_in_force(reach.now),
        "access.recognition_over",
        recognition=known.id,
    )
    return _ended(reach, known, command.reason)


def end_with_credential(reach: AccessReach, event: AttestationWithdrawn) -> list[Event]:
    """What a credential was recognised as ends with it."""
    ended: list[Event] = []
    for name in reach.access.recognised.get(event.attestation, []):
        known = reach.access.recognitions[name]
        ended += _ended(reach, known, f"{event.attestation} was withdrawn: {event.reason}")
    return ended


def check_new_version(reach: AccessReach, table: AnyTable) -> None:
    """Refuse a version that was adopted before."""
    access = reach.access
    versions: Sequence[AnyTable]
    match table:
        case RecognitionTable():
            versions = access.recognition_tables.get(table.id, [])
        case LearningTable():
            versions = access.learning_tables.get(table.id, [])
        case Scale():
            versions = access.scales.get(table.id, [])
        case EntitlementTable():
            versions = access.entitlement_tables.get(table.id, [])
    refuse_unless(
        table.version not in [known.version for known in versions],
        "access.version_exists",
        table=table.name,
    )


def check_no_gain(reach: AccessReach, table: AnyTable) -> None:
    """Refuse a table with which somebody could come back with more than they went round with.

    All tables that may be in force beside it are read together, with what single outcomes of
    learning and leaps of grades add to the rows.
    """
    access = reach.access
    known: list[AnyTable] = [
        *(one for _, versions in sorted(access.recognition_tables.items()) for one in versions),
        *(one for _, versions in sorted(access.learning_tables.items()) for one in versions),
        *(one for _, versions in sorted(access.scales.items()) for one in versions),
    ]
    others = [
        one
        for one in known
        if (type(one), one.id) != (type(table), table.id)
        and (one.expiry == 0 or reach.now < one.expiry)
    ]
    way = gain_of([row for one in (*others, table) for row in rows_of(one)])
    refuse_unless(
        not way,
        "access.gain_in_circle",
        table=table.name,
        way=" to ".join(
            (f"{way[0].kind} {way[0].level}", *(f"{r.gives} {r.gives_level}" for r in way))
            if way
            else ()
        ),
    )


def rows_of(table: AnyTable) -> list[RecognitionRow]:
    """What of a table leads from one credential alone to another."""
    if isinstance(table, RecognitionTable):
        return list(table.rows)
    if isinstance(table, Scale):
        return [
            RecognitionRow(kind=kind, level=level, gives=table.kind, gives_level=one.grade)
            for one in table.grades
            for kind, level in sorted(one.leap.items())
            if len(one.leap) == 1
        ]
    if isinstance(table, EntitlementTable):
        return []
    rows = []
    for award in table.awards:
        for row in table.conversions:
            is_for = not row.awards or award.id in row.awards
            alone = max(award.credits, award.needs.get(row.kind, 0))
            is_enough = not row.credits_max or row.credits_max >= alone
            if is_for and is_enough and set(award.needs) <= {row.kind}:
                level = -(-alone // row.credits) * row.per
                rows.append(
                    RecognitionRow(
                        kind=row.kind, level=level, gives=award.kind, gives_level=award.level
                    )
                )
    return rows


def _original(reach: AccessReach, name: str) -> Attestation:
    attestation = found(
        reach.parties.attestations.get(name), "parties.unknown_attestation", attestation=name
    )
    refuse_unless(name not in reach.access.recognitions, "access.not_original", attestation=name)
    refuse_unless(
        attestation.is_in_force(reach.now), "parties.attestation_not_in_force", attestation=name
    )
    party_of(reach, attestation.about)
    return attestation


def _check_better(
    reach: AccessReach, party: str, target: str, level: int, scope: dict[str, str]
) -> None:
    """Refuse what would add nothing to what the party has already, with the same scope or none."""
    known = [
        one
        for one in attestations_about(reach, party, target)
        if one.level >= level and one.scope in ({}, scope)
    ]
    refuse_unless(
        not known,
        "access.recognised_before",
        party=party,
        target=target,
        attestation=known[0].id if known else "",
        level=known[0].level if known else 0,
    )


def _check_supervisor(reach: AccessReach, command: RecogniseCredential, level: int) -> None:
    name, target = command.supervisor, command.target
    is_supervised = bool(attestations_about(reach, name, f"{SUPERVISED}{target}"))
    is_able = any(
        one.level >= level and not one.scope for one in attestations_about(reach, name, target)
    )
    refuse_unless(
        name and name != command.actor and is_able and not is_supervised,
        "access.no_supervisor",
        supervisor=name or "nobody",
        target=target,
        level=level,
    )


def _recognised(
    reach: AccessReach, recognition: Recognition, scope: dict[str, str], term_to: int, by: str
) -> list[Event]:
    source = reach.parties.attestations[recognition.credential].source
    until = recognition.supervised_until
    events: list[Event] = [
        CredentialRecognised(recognition=recognition),
        *use_proof(reach, ATTESTATION, recognition.credential, PURPOSE, recognition.id, by),
        *attest_by_venue(
            reach,
            recognition.id,
            recognition.party,
            recognition.target,
            scope,
            level=recognition.level,
            term_to=term_to,
            source=source,
        ),
    ]
    if recognition.supervisor:
        events += attest_by_venue(
            reach,
            f"{recognition.id}/supervised",
            recognition.party,
            f"{SUPERVISED}{recognition.target}",
            scope,
            level=recognition.level,
            term_to=min(until, term_to) if term_to else until,
        )
    return events


def _ended(reach: AccessReach, known: Recognition, reason: str) -> list[Event]:
    ended = withdraw_by_venue(reach, known.id, reason)
    if known.supervisor:
        ended += withdraw_by_venue(reach, f"{known.id}/supervised", reason)
    return ended


def _end(reach: AccessReach, credential: Attestation, days: int) -> int:
    """The instant at which a recognition ends, 0 where nothing ends it."""
    ends = [credential.term_to] if credential.term_to else []
    if days:
        ends.append(reach.now + days * DAY)
    return min(ends, default=0)


def _way(credential: Attestation, reached: Reached) -> tuple[str, ...]:
    return (credential.kind, *(row.gives for row in reached.way))
