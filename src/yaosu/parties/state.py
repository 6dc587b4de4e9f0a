"""The state of parties: who is known, which roles they had when, what is attested."""

from bisect import bisect_left, insort
from functools import cached_property
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.ledger.state import LedgerReach
from yaosu.parties.control import Control
from yaosu.parties.events import (
    ActedFor,
    AttestationIssued,
    AttestationWithdrawn,
    CommandSigned,
    DataSealed,
    KeyErased,
    KeyNamed,
    MembersChanged,
    PartiesRefused,
    PartyDeregistered,
    PartyRegistered,
    PowerGiven,
    PowerWithdrawn,
    ProofUsed,
    ResolutionConcluded,
    ResolutionProposed,
    RoleEnded,
    RoleGranted,
    SignaturesRequired,
    SigningKeyRegistered,
    SigningKeyRevoked,
    VenueFounded,
    VoteCast,
)
from yaosu.parties.values import (
    Attestation,
    DataKeyTerm,
    Party,
    PartyKey,
    Power,
    Resolution,
    RoleTerm,
    Use,
    Venue,
    VenueKey,
    Vote,
)
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
    | MembersChanged
    | ResolutionProposed
    | VoteCast
    | ResolutionConcluded
    | ProofUsed
    | PowerGiven
    | PowerWithdrawn
    | ActedFor
    | PartiesRefused
    | PartyDeregistered
    | SigningKeyRegistered
    | SigningKeyRevoked
    | SignaturesRequired
    | CommandSigned
)


class SigningState(Struct, kw_only=True):
    """Who signs with what.

    Attributes:
        keys: id -> key, revoked ones too.
        of: party -> ids of its keys, oldest first.
        required: party -> what it is heard with only when signed; nothing where it has no say.
    """

    keys: dict[str, PartyKey] = field(default_factory=dict)
    of: dict[str, list[str]] = field(default_factory=dict)
    required: dict[str, tuple[str, ...]] = field(default_factory=dict)


class PartiesState(Struct, kw_only=True, dict=True):
    """Who is known and what is said of them.

    Attributes:
        venue: None before the first entry.
        keys: that sign or signed its checkpoints, the one in force last.
        parties: party id -> the party.
        roles: party id -> every term of a role it ever had, oldest first.
        attestations: attestation id -> the attestation, withdrawn ones too.
        attested: id of what is spoken about -> ids of attestations about it, in order of issue.
        data_keys: id of a key that sealed something -> what is known of it, erased ones too.
        resolutions: id -> what a group was asked; those concluded with their count.
        votes: resolution -> member -> its vote.
        closing: (instant, resolution) of those still open, in that order.
        uses: kind of proof and its id, as ``kind/id`` -> what was decided on its strength.
        powers: id -> power of attorney, withdrawn ones too.
        deregistered: party -> instant at which it left for good.
        signing: keys of parties, and what is to be signed.
    """

    venue: Venue | None = None
    keys: list[VenueKey] = field(default_factory=list)
    parties: dict[str, Party] = field(default_factory=dict)
    roles: dict[str, list[RoleTerm]] = field(default_factory=dict)
    attestations: dict[str, Attestation] = field(default_factory=dict)
    attested: dict[str, list[str]] = field(default_factory=dict)
    data_keys: dict[str, DataKeyTerm] = field(default_factory=dict)
    resolutions: dict[str, Resolution] = field(default_factory=dict)
    votes: dict[str, dict[str, Vote]] = field(default_factory=dict)
    closing: list[tuple[int, str]] = field(default_factory=list)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    powers: dict[str, Power] = field(default_factory=dict)
    deregistered: dict[str, int] = field(default_factory=dict)
    signing: SigningState = field(default_factory=SigningState)

    @cached_property
    def controls(self) -> dict[str, Control]:
        """Fact that names who controls a party -> what follows from it; no state."""
        return {}

    def control_by(self, fact: str) -> Control:
        """Who controls whom by a fact."""
        if fact not in self.controls:
            self.controls[fact] = Control(self.parties, fact)
        return self.controls[fact]


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
            _note_control(state, party)
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
        case AttestationWithdrawn(attestation=attestation_id, reason=reason, at=at, is_false=false):
            standing = state.attestations[attestation_id]
            state.attestations[attestation_id] = replace(
                standing, withdrawn_at=at, withdrawn_for=reason, is_false=false
            )
        case DataSealed(party=party_id, notes=notes, at=at):
            for note in notes:
                known = state.data_keys.get(note.data_key)
                if known is None:
                    known = DataKeyTerm(party=party_id, items=0, since=at)
                state.data_keys[note.data_key] = replace(known, items=known.items + 1)
        case KeyErased(data_key=data_key, at=at):
            state.data_keys[data_key] = replace(state.data_keys[data_key], erased_at=at)
        case MembersChanged(group=group, members=members):
            state.parties[group] = replace(state.parties[group], members=members)
            _note_control(state, state.parties[group])
        case ResolutionProposed(resolution=proposed):
            state.resolutions[proposed.id] = proposed
            insort(state.closing, (proposed.closes, proposed.id))
        case VoteCast(resolution=resolution_id, member=member, vote=vote):
            state.votes.setdefault(resolution_id, {})[member] = vote
        case ResolutionConcluded(resolution=concluded):
            state.resolutions[concluded.id] = concluded
            del state.closing[bisect_left(state.closing, (concluded.closes, concluded.id))]
        case ProofUsed(proof=proof, kind=kind, use=use):
            state.uses.setdefault(f"{kind}/{proof}", []).append(use)
        case PowerGiven(power=power) | PowerWithdrawn(power=power):
            state.powers[power.id] = power
        case PartiesRefused():
            pass  # nothing was entered for these rows
        case PartyDeregistered(party=party_id, at=at):
            state.deregistered[party_id] = at
        case SigningKeyRegistered(key=key):
            state.signing.keys[key.id] = key
            state.signing.of.setdefault(key.party, []).append(key.id)
        case SigningKeyRevoked(key=key):
            state.signing.keys[key.id] = key
        case SignaturesRequired(party=party_id, commands=commands):
            if commands:
                state.signing.required[party_id] = commands
            else:
                state.signing.required.pop(party_id, None)
        case ActedFor() | CommandSigned():
            pass  # said for whoever reads the entry


def _note_control(state: PartiesState, party: Party) -> None:
    for control in state.controls.values() if "controls" in state.__dict__ else ():
        control.note(party)
