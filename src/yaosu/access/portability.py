"""What goes along when somebody moves: periods of social insurance, and what they entitle to."""

from collections.abc import Sequence

from yaosu.access import refusals
from yaosu.access.check_tables import check_table
from yaosu.access.commands import AdoptEntitlements, MoveResidence
from yaosu.access.events import EntitlementsAdopted, ResidenceMoved
from yaosu.access.recognition import check_new_version
from yaosu.access.state import AccessReach, tables_in_force
from yaosu.access.tables import Entitlement
from yaosu.access.values import Period, Residence
from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import attestations_about, has_role, party_of
from yaosu.parties.proofs import use_proof
from yaosu.parties.values import ATTESTATION
from yaosu.places.decide import region_of

PERIOD = "insurance_period"  # kind of attestation: level is months, scope is scheme and region
SCHEME, REGION = "scheme", "region"
__all__ = ["refusals"]


def decide_adopt_entitlements(reach: AccessReach, command: AdoptEntitlements) -> list[Event]:
    """A table holds together and is a version not seen before."""
    check_table(command.table)
    check_new_version(reach, command.table)
    return [EntitlementsAdopted(table=command.table, at=reach.now)]


def decide_move_residence(reach: AccessReach, command: MoveResidence) -> list[Event]:
    """A person lives somewhere else from now on; its periods go along and are named."""
    party = party_of(reach, command.party)
    refuse_unless(party.kind == "person", "access.not_a_person", party=party.id)
    refuse_unless(
        command.actor == party.id or has_role(reach, command.actor, "registrar"),
        "access.not_your_residence",
        actor=command.actor,
        party=party.id,
    )
    region_of(reach, command.region)
    is_digest = command.source == "" or DIGEST_FORM.fullmatch(command.source)
    refuse_unless(is_digest, "parties.bad_source", source=command.source)
    before = residence_of(reach, party.id)
    refuse_unless(
        before != command.region,
        "access.lives_there",
        party=party.id,
        region=command.region,
    )
    periods = periods_of(reach, party.id)
    known = entitlements_in_force(reach)
    kept = entitled(known, periods, command.region)
    had = entitled(known, periods, before) if before else ()
    residence = Residence(
        party=party.id,
        region=command.region,
        before=before,
        periods=periods,
        kept=kept,
        lost=tuple(one for one in had if one not in kept),
        source=command.source,
        at=reach.now,
    )
    on = f"{party.id}@{command.region}"
    used = [
        event
        for one in periods
        for event in use_proof(reach, ATTESTATION, one.attestation, "residence", on, command.actor)
    ]
    return [ResidenceMoved(residence=residence), *used]


def residence_of(reach: AccessReach, party: str) -> str:
    """The region a person lives in, or empty."""
    known = reach.access.residences.get(party, [])
    return known[-1].region if known else ""


def periods_of(reach: AccessReach, party: str) -> tuple[Period, ...]:
    """Periods of social insurance attested to a person and in force, in order of issue."""
    return tuple(
        Period(
            attestation=one.id,
            scheme=one.scope.get(SCHEME, ""),
            region=one.scope.get(REGION, ""),
            months=one.level,
        )
        for one in attestations_about(reach, party, PERIOD)
    )


def entitlements_in_force(reach: AccessReach) -> tuple[Entitlement, ...]:
    """The entitlements of all tables in force."""
    tables = tables_in_force(reach.access.entitlement_tables, reach.now)
    return tuple(one for table in tables for one in table.entitlements)


def entitled(
    known: Sequence[Entitlement],
    periods: Sequence[Period],
    region: str,
    *,
    is_carried: bool | None = None,
) -> tuple[str, ...]:
    """What a person is entitled to in a region.

    Args:
        is_carried: whether months elsewhere count; None is as each entitlement says.
    """
    found = []
    for one in known:
        counts_all = one.is_portable if is_carried is None else is_carried
        months = sum(
            period.months
            for period in periods
            if period.scheme == one.scheme and (counts_all or period.region == region)
        )
        if months >= one.months:
            found.append(one.id)
    return tuple(found)
