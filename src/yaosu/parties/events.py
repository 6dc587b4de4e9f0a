"""What has happened to parties."""

from yaosu.kernel.sealing import SealedNote
from yaosu.kernel.words import Event
from yaosu.parties.values import (
    Attestation,
    Member,
    Party,
    PartyKey,
    Power,
    RefusedRow,
    Resolution,
    Use,
    Venue,
    VenueKey,
    Vote,
)


class VenueFounded(Event, frozen=True, tag="parties.venue_founded/1"):
    """The venue exists."""

    venue: Venue


class KeyNamed(Event, frozen=True, tag="parties.key_named/1"):
    """The venue's checkpoints over this entry are signed with this key, not with one before."""

    key: VenueKey


class PartyRegistered(Event, frozen=True, tag="parties.party_registered/1"):
    """A party is known."""

    party: Party


class DataSealed(Event, frozen=True, tag="parties.data_sealed/1"):
    """Sealed items about a party stand beside this entry; of each, here is only its note."""

    party: str
    notes: tuple[SealedNote, ...]
    at: int


class KeyErased(Event, frozen=True, tag="parties.key_erased/1"):
    """The key of a party's sealed items is erased, for good.

    Attributes:
        party: whom the items were about.
        items: how many items it sealed.
    """

    data_key: str
    party: str
    items: int
    erased_by: str
    reason: str
    legal_basis: str
    at: int


class RoleGranted(Event, frozen=True, tag="parties.role_granted/1"):
    """A party has a role from this instant."""

    party: str
    role: str
    granted_by: str
    at: int


class RoleEnded(Event, frozen=True, tag="parties.role_ended/1"):
    """A party has a role no longer."""

    party: str
    role: str
    ended_by: str
    at: int


class AttestationIssued(Event, frozen=True, tag="parties.attestation_issued/1"):
    """Something is stated about a party, unit or programme."""

    attestation: Attestation


class AttestationWithdrawn(Event, frozen=True, tag="parties.attestation_withdrawn/1"):
    """A statement no longer counts.

    Attributes:
        is_false: it was never true; what was decided on its strength is listed (views.doubtful).
    """

    attestation: str
    reason: str
    at: int
    is_false: bool = False


class MembersChanged(Event, frozen=True, tag="parties.members_changed/1"):
    """A group has these members from now on."""

    group: str
    members: tuple[Member, ...]
    source: str
    resolution: str
    changed_by: str
    at: int


class ResolutionProposed(Event, frozen=True, tag="parties.resolution_proposed/1"):
    """The members of a group may vote on a question."""

    resolution: Resolution


class VoteCast(Event, frozen=True, tag="parties.vote_cast/1"):
    """A member has voted."""

    resolution: str
    member: str
    vote: Vote


class ResolutionConcluded(Event, frozen=True, tag="parties.resolution_concluded/1"):
    """The votes are counted: the resolution is passed, or it is not.

    Attributes:
        resolution: with what was counted; from now on others may take it as proof.
    """

    resolution: Resolution


class ProofUsed(Event, frozen=True, tag="parties.proof_used/1"):
    """Something was decided on the strength of an attestation or a resolution.

    Attributes:
        proof: its id. ``kind``: ``attestation`` or ``resolution``.
    """

    proof: str
    kind: str
    use: Use


class PowerGiven(Event, frozen=True, tag="parties.power_given/1"):
    """One party may ask certain things for another."""

    power: Power


class PowerWithdrawn(Event, frozen=True, tag="parties.power_withdrawn/1"):
    """A power of attorney no longer counts; what was done by it stands.

    Attributes:
        power: with who withdrew it, when and why.
    """

    power: Power


class ActedFor(Event, frozen=True, tag="parties.acted_for/1"):
    """What follows in this entry was asked by an attorney for its principal.

    Attributes:
        asked: tag of the command.
    """

    power: str
    principal: str
    attorney: str
    asked: str
    at: int


class PartyDeregistered(Event, frozen=True, tag="parties.party_deregistered/1"):
    """A party has left for good; it stays on record, and asks and takes nothing any more."""

    party: str
    reason: str
    at: int


class PartiesRefused(Event, frozen=True, tag="parties.parties_refused/1"):
    """Rows of a batch of parties were refused; the others were registered."""

    rows: tuple[RefusedRow, ...]


class SigningKeyRegistered(Event, frozen=True, tag="parties.signing_key_registered/1"):
    """A party signs with this key from now on."""

    key: PartyKey


class SigningKeyRevoked(Event, frozen=True, tag="parties.signing_key_revoked/1"):
    """A key signs no more; what it signed before stands.

    Attributes:
        key: with who revoked it, when and why.
    """

    key: PartyKey


class SignaturesRequired(Event, frozen=True, tag="parties.signatures_required/1"):
    """Of this party, these commands are heard only when signed."""

    party: str
    commands: tuple[str, ...]
    at: int


class CommandSigned(Event, frozen=True, tag="parties.command_signed/1"):
    """What follows in this entry was asked under a signature that holds.

    Attributes:
        asked: tag of the command.
    """

    party: str
    signing_key: str
    asked: str
    at: int
