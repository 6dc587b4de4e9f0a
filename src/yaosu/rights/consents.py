"""Who agreed: every party concerned by itself, or a resolution of all of them with its quorum.

A consent is given by a command, counts for one register entry and is used up by it. A resolution
is an attestation about the unit, by a licensed issuer; its level is the percentage that agreed.
"""

from collections.abc import Iterable
from fractions import Fraction

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.parties.decide import attestations_about
from yaosu.rights import refusals
from yaosu.rights.state import RightsReach

__all__ = ["refusals"]

Spent = tuple[str, str, str]  # about, to, party
RESOLUTION = "collective_resolution"  # its level is the percentage of members that agreed
PERCENT = 100


def consents_of(
    reach: RightsReach, to: str, about: Iterable[str], parties: Iterable[str]
) -> list[Spent]:
    """The consent of every party to a register entry, to be used up with it.

    Args:
        to: kind of the register entry.
        about: the unit or rights concerned; a consent about any one of them counts.

    Raises:
        Refusal: ``rights.consent_missing`` naming the first party, by id, that has not agreed.
    """
    things = list(about)
    spent: list[Spent] = []
    for party in sorted(set(parties)):
        given = [thing for thing in things if has_consented(reach, to, thing, party)]
        if not given:
            refuse("rights.consent_missing", party=party, kind=to, about=", ".join(things))
        spent += [(thing, to, party) for thing in given]
    return spent


def has_consented(reach: RightsReach, to: str, about: str, party: str) -> bool:
    """Whether a consent stands that is not used up."""
    consent = reach.rights.consents.get(about, {}).get(to, {}).get(party)
    return consent is not None and consent.is_in_force(reach.now)


def check_resolution(
    reach: RightsReach, resolution: str, units: Iterable[str], quorum: Fraction
) -> None:
    """A resolution about each of the units stands, with at least the quorum behind it.

    Raises:
        Refusal: ``rights.no_resolution`` naming the unit.
    """
    for unit in sorted(units):
        share = resolved_share(reach, unit, resolution)
        refuse_unless(
            share >= quorum,
            "rights.no_resolution",
            resolution=resolution,
            unit=unit,
            quorum=str(quorum),
        )


def resolved_share(reach: RightsReach, unit: str, resolution: str = "") -> Fraction:
    """The greatest part of the members that agreed, of resolutions in force about a unit."""
    levels = [
        attestation.level
        for attestation in attestations_about(reach, unit, RESOLUTION)
        if resolution in {"", attestation.id}
    ]
    return Fraction(max(levels, default=0), PERCENT)
