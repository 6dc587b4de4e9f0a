"""Who agreed: every party concerned by itself, or a resolution of all of them with its quorum.

A consent is given by a command, counts for one register entry and is used up by it; so does a
resolution, which a group passes with the quorum that the rules in force ask for.
"""

from collections.abc import Iterable

from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.resolutions import prove_resolved
from yaosu.rights import refusals
from yaosu.rights.state import RightsReach

__all__ = ["refusals"]

Spent = tuple[str, str, str]  # about, to, party


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


def resolved(
    reach: RightsReach, to: str, resolution: str, about: str, by: str, *, for_members: bool
) -> tuple[list[str], list[Event]]:
    """The parties for whom a resolution speaks, and that it is used up.

    It speaks for the group that passed it; for its members too where a quorum of the holders is
    enough (``for_members``). Its purpose is the kind of register entry, its subject what is made;
    the rules in force set how it is voted on.

    Raises:
        Refusal: ``parties.unknown_resolution``, ``parties.not_resolved``,
            ``rights.no_voting_rule``.
    """
    if not resolution:
        return [], []
    known = found(
        reach.parties.resolutions.get(resolution),
        "parties.unknown_resolution",
        resolution=resolution,
    )
    refuse_unless(known.rules, "rights.no_voting_rule", resolution=resolution, kind=to)
    used = prove_resolved(reach, resolution, known.group, to, about, terms={}, on=about, by=by)
    members = [member.party for member in known.members] if for_members else []
    return [known.group, *members], used
