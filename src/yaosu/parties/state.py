"""The state of parties: who is known, which roles they had when, what is attested."""

from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.ledger.state import LedgerReach
from yaosu.parties.events import (
    AttestationIssued,
    AttestationWithdrawn,
    DataSealed,
    KeyErased,
    KeyNamed,
    PartyRegistered,
    RoleEnded,
    RoleGranted,
    VenueFounded,
)
from yaosu.parties.values import Attestation, DataKeyTerm, Party, RoleTerm, Venue, VenueKey
from yaosu.rules.state import RulesReach

PartiesEvent = (
    VenueFounded
    | KeyNamed
    | PartyRegistered
    | RoleGranted
    | RoleEnded
    | AttestationIssued
    | AttestationWithdrawn
    | DataSealed
    | KeyErased
)


class PartiesState(Struct, kw_only=True):
    """Who is known and what is said of them.

    Attributes:
        venue: None before the first entry.
        keys: that sign or signed its checkpoints, the one in force last.
        parties: party id -> the party.
        roles: party id -> every term of a role it ever had, oldest first.
        attestations: attestation id -> the attestation, withdrawn ones too.
        attested: id of what is spoken about -> ids of attestations about it, in order of issue.
        data_keys: id of a key that sealed something -> what is known of it, erased ones too.
    """

    venue: Venue | None = None
    keys: list[VenueKey] = field(default_factory=list)
    parties: dict[str, Party] = field(default_factory=dict)
    roles: dict[str, list[RoleTerm]] = field(default_factory=dict)
    attestations: dict[str, Attestation] = field(default_factory=dict)
    attested: dict[str, list[str]] = field(default_factory=dict)
    data_keys: dict[str, DataKeyTerm] = field(default_factory=dict)


class PartiesReach(RulesReach, LedgerReach, Protocol):
    """A decision that sees parties."""

    @property
    def parties(self) -> PartiesState: ...

    def waiting_for_key(self, data_key: str) -> list[str]:
        """What on the floors above still needs a data key, such as bids not yet opened."""
        ...


def evolve(state: PartiesState, event: PartiesEvent) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case VenueFounded(venue=venue):
            state.venue = venue
        case KeyNamed(key=key):
            state.keys.append(key)
        case PartyRegistered(party=party):
            state.parties[party.id] = party
        case RoleGranted(party=party_id, role=role, granted_by=granted_by, at=at):
            term = RoleTerm(role=role, since=at, granted_by=granted_by)
            state.roles.setdefault(party_id, []).append(term)
        case RoleEnded(party=party_id, role=role, ended_by=ended_by, at=at):
            terms = state.roles.get(party_id, [])
            state.roles[party_id] = [
                replace(term, until=at, ended_by=ended_by)
                if term.role == role and term.until == 0
                else term
                for term in terms
            ]
        case AttestationIssued(attestation=attestation):
            state.attestations[attestation.id] = attestation
            state.attested.setdefault(attestation.about, []).append(attestation.id)
        case AttestationWithdrawn(attestation=attestation_id, reason=reason, at=at):
            standing = state.attestations[attestation_id]
            state.attestations[attestation_id] = replace(
                standing, withdrawn_at=at, withdrawn_for=reason
            )
        case DataSealed(party=party_id, notes=notes, at=at):
            for note in notes:
                known = state.data_keys.get(note.data_key)
                if known is None:
                    known = DataKeyTerm(party=party_id, items=0, since=at)
                state.data_keys[note.data_key] = replace(known, items=known.items + 1)
        case KeyErased(data_key=data_key, at=at):
            state.data_keys[data_key] = replace(state.data_keys[data_key], erased_at=at)
