"""What has happened to parties."""

from yaosu.kernel.sealing import SealedNote
from yaosu.kernel.words import Event
from yaosu.parties.values import Attestation, Party, Venue, VenueKey


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
    """A statement no longer counts."""

    attestation: str
    reason: str
    at: int
