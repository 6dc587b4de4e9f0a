"""Who may be registered, hold which role, and have what attested."""

from collections.abc import Mapping

from msgspec.structs import replace

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.signed_note import parse_verifier_key
from yaosu.kernel.words import Event, tag_of
from yaosu.parties import refusals
from yaosu.parties.commands import (
    EndRole,
    EraseKey,
    FoundVenue,
    GrantRole,
    IssueAttestation,
    NameKey,
    RegisterParty,
    SealData,
    SpendAttestation,
    WithdrawAttestation,
)
from yaosu.parties.events import (
    AttestationIssued,
    AttestationWithdrawn,
    KeyErased,
    KeyNamed,
    PartyDeregistered,
    PartyRegistered,
    PowerWithdrawn,
    RoleEnded,
    RoleGranted,
    VenueFounded,
)
from yaosu.parties.groups import in_lowest_terms, members_fault
from yaosu.parties.methods.roles import ROLES, conflict_with, granter_of
from yaosu.parties.methods.succession import is_succession
from yaosu.parties.proofs import is_spent, use_proof
from yaosu.parties.sealed_data import keep_sealed, key_erasers
from yaosu.parties.state import PartiesReach
from yaosu.parties.values import (
    ATTESTATION,
    FACTS_MAX,
    FOUNDER,
    PARTY_KINDS,
    Attestation,
    Fact,
    Party,
    Venue,
    VenueKey,
)
from yaosu.rules.facts import NAME_FORM

ATTESTED = "attested_"
LICENSED = ("agency", "authority", "registrar", "supervisor")
REGISTRARS = ("operator", "registrar")
LEVEL_MAX = 1_000_000
__all__ = ["refusals"]


def decide_found_venue(reach: PartiesReach, command: FoundVenue) -> list[Event]:
    """A venue is founded once, by the founder, with an operator and an authority apart."""
    venue = reach.parties.venue
    refuse_unless(
        venue is None, "parties.already_founded", venue=venue.id if venue else command.venue
    )
    refuse_unless(command.actor == FOUNDER, "parties.not_founder", actor=command.actor)
    check_id(command.venue, "venue")
    check_id(command.operator, "party")
    check_id(command.authority, "party")
    refuse_unless(
        command.operator != command.authority, "parties.same_party", party=command.operator
    )
    is_currency = len(command.currency) == 3 and command.currency.isascii()
    refuse_unless(
        is_currency
        and command.currency.isalpha()
        and command.currency.isupper()
        and 0 <= command.minor_digits <= 6,
        "parties.bad_currency",
        currency=command.currency,
        digits=command.minor_digits,
    )
    events: list[Event] = [
        VenueFounded(
            venue=Venue(
                id=command.venue,
                operator=command.operator,
                authority=command.authority,
                currency=command.currency,
                minor_digits=command.minor_digits,
            )
        )
    ]
    for party, name, role in (
        (command.operator, command.operator_name, "operator"),
        (command.authority, command.authority_name, "authority"),
    ):
        known = Party(id=party, kind="organisation", name=name or party, facts={}, since=reach.now)
        events.append(PartyRegistered(party=known))
        events.append(RoleGranted(party=party, role=role, granted_by=FOUNDER, at=reach.now))
    return events


def decide_name_key(reach: PartiesReach, command: NameKey) -> list[Event]:
    """The first key is named; each later one is new, of the same name, signed by the one before."""
    refuse_unless(reach.parties.venue, "parties.not_founded")
    key = parse_verifier_key(command.vkey)
    known = reach.parties.keys
    refuse_unless(key.text not in [one.vkey for one in known], "parties.key_known", key=key.text)
    if known:
        before = known[-1]
        refuse_unless(
            key.name == before.name, "parties.key_elsewhere", name=key.name, origin=before.name
        )
        refuse_unless(
            command.endorsement and is_succession(command.endorsement, before.vkey, key.text),
            "parties.not_endorsed",
            key=before.vkey,
        )
    named = VenueKey(
        name=key.name,
        algorithm=key.algorithm,
        vkey=key.text,
        endorsement=command.endorsement if known else "",
        since=reach.now,
    )
    return [KeyNamed(key=named)]


def decide_register_party(reach: PartiesReach, command: RegisterParty) -> list[Event]:
    """A party is new, of a known kind, with flat facts; a group has members with all its shares."""
    refuse_unless(reach.parties.venue, "parties.not_founded")
    check_id(command.party, "party")
    refuse_unless(command.party not in reach.parties.parties, "parties.exists", party=command.party)
    refuse_unless(command.kind in PARTY_KINDS, "parties.bad_kind", kind=command.kind)
    _check_facts(command)
    reason = members_fault(reach, command.kind, command.members)
    refuse_unless(not reason, "parties.bad_members", party=command.party, reason=reason)
    party = Party(
        id=command.party,
        kind=command.kind,
        name=command.name,
        facts=dict(sorted(command.facts.items())),
        members=in_lowest_terms(command.members),
        since=reach.now,
    )
    return [PartyRegistered(party=party), *keep_sealed(reach, command.party, command.sealed)]


def decide_seal_data(reach: PartiesReach, command: SealData) -> list[Event]:
    """Further sealed items about a party: by itself, a registrar or an operator."""
    party = party_of(reach, command.party)
    refuse_unless(command.sealed, "parties.nothing_sealed", command=tag_of(command))
    refuse_unless(
        command.actor == party.id
        or any(has_role(reach, command.actor, role) for role in REGISTRARS),
        "parties.may_not_seal",
        actor=command.actor,
        party=party.id,
        roles=" or ".join(REGISTRARS),
    )
    return keep_sealed(reach, party.id, command.sealed)


def decide_erase_key(reach: PartiesReach, command: EraseKey) -> list[Event]:
    """A key is erased once, by whom its items are about or who may by the rules, for a reason."""
    known = found(
        reach.parties.data_keys.get(command.data_key),
        "parties.unknown_key",
        data_key=command.data_key,
    )
    refuse_unless(not known.erased_at, "parties.key_erased_before", data_key=command.data_key)
    erasers = key_erasers(reach)
    refuse_unless(
        command.actor == known.party
        or any(has_role(reach, command.actor, role) for role in erasers),
        "parties.may_not_erase",
        actor=command.actor,
        party=known.party,
        roles=" ".join(erasers),
    )
    named = command.reason.strip() and command.legal_basis.strip()
    refuse_unless(named, "parties.no_legal_basis")
    waiting = reach.waiting_for_key(command.data_key)
    refuse_unless(
        not waiting,
        "parties.key_needed",
        data_key=command.data_key,
        reason=", ".join(waiting[:5]),
    )
    return [
        KeyErased(
            data_key=command.data_key,
            party=known.party,
            items=known.items,
            erased_by=command.actor,
            reason=command.reason,
            legal_basis=command.legal_basis,
            at=reach.now,
        )
    ]


def decide_grant_role(reach: PartiesReach, command: GrantRole) -> list[Event]:
    """An office is granted by whoever grants it, to a party that holds none it excludes."""
    _check_granter(reach, command.actor, command.role)
    refuse_unless(
        not has_role(reach, command.party, command.role),
        "parties.has_role",
        party=command.party,
        role=command.role,
    )
    return grant_role(reach, command.party, command.role, command.actor)


def decide_end_role(reach: PartiesReach, command: EndRole) -> list[Event]:
    """An office is ended by whoever grants it; the last operator and authority stay."""
    _check_granter(reach, command.actor, command.role)
    refuse_unless(
        has_role(reach, command.party, command.role),
        "parties.lacks_role",
        party=command.party,
        role=command.role,
    )
    refuse_unless(
        command.role not in {"operator", "authority"} or len(holders_of(reach, command.role)) > 1,
        "parties.last_of_role",
        party=command.party,
        role=command.role,
    )
    return end_role(reach, command.party, command.role, command.actor)


def decide_issue_attestation(reach: PartiesReach, command: IssueAttestation) -> list[Event]:
    """An attestation is new, by a licensed issuer, about another, of a named kind and a term."""
    refuse_unless(
        any(has_role(reach, command.actor, role) for role in LICENSED),
        "parties.not_licensed",
        actor=command.actor,
        roles=", ".join(LICENSED),
    )
    check_id(command.attestation, "attestation")
    check_id(command.about, "what is attested")
    known = reach.parties.attestations
    refuse_unless(
        command.attestation not in known,
        "parties.attestation_exists",
        attestation=command.attestation,
    )
    refuse_unless(command.about != command.actor, "parties.own_attestation", actor=command.actor)
    begin = reach.now if command.term_from is None else command.term_from
    check_instant(begin, "the beginning")
    check_instant(command.term_to, "the end")
    reason = ""
    if not NAME_FORM.fullmatch(command.kind):
        reason = f"{command.kind!r} is not a name"
    elif not 1 <= command.level <= LEVEL_MAX:
        reason = f"its level is {command.level}"
    elif command.term_to and command.term_to <= begin:
        reason = "it ends before it begins"
    refuse_unless(
        not reason, "parties.bad_attestation", attestation=command.attestation, reason=reason
    )
    attestation = Attestation(
        id=command.attestation,
        issuer=command.actor,
        about=command.about,
        kind=command.kind,
        level=command.level,
        scope=command.scope,
        term_from=begin,
        term_to=command.term_to,
        source=command.source,
    )
    return [AttestationIssued(attestation=attestation)]


def decide_withdraw_attestation(reach: PartiesReach, command: WithdrawAttestation) -> list[Event]:
    """An attestation is withdrawn once, by its issuer."""
    attestation = found(
        reach.parties.attestations.get(command.attestation),
        "parties.unknown_attestation",
        attestation=command.attestation,
    )
    refuse_unless(
        attestation.issuer == command.actor,
        "parties.not_issuer",
        attestation=attestation.id,
        issuer=attestation.issuer,
        actor=command.actor,
    )
    refuse_unless(
        attestation.withdrawn_at == 0,
        "parties.withdrawn_before",
        attestation=attestation.id,
    )
    return [
        AttestationWithdrawn(
            attestation=attestation.id,
            reason=command.reason,
            at=reach.now,
            is_false=command.is_false,
        )
    ]


def decide_spend_attestation(reach: PartiesReach, command: SpendAttestation) -> list[Event]:
    """An attestation in force is spent for a purpose, once."""
    attestation = found(
        reach.parties.attestations.get(command.attestation),
        "parties.unknown_attestation",
        attestation=command.attestation,
    )
    refuse_unless(
        attestation.is_in_force(reach.now),
        "parties.attestation_not_in_force",
        attestation=attestation.id,
    )
    check_id(command.on, "what it is spent on")
    is_name = NAME_FORM.fullmatch(command.purpose)
    refuse_unless(is_name, "parties.bad_purpose", purpose=command.purpose)
    return spend(reach, attestation.id, command.purpose, command.on, command.actor)


def spend(reach: PartiesReach, attestation: str, purpose: str, on: str, by: str) -> list[Event]:
    """Spend an attestation for a purpose, or a refusal where that was done before."""
    refuse_unless(
        not is_spent(reach, ATTESTATION, attestation, purpose),
        "parties.spent_before",
        attestation=attestation,
        purpose=purpose,
    )
    return use_proof(reach, ATTESTATION, attestation, purpose, on, by, is_spent=True)


def party_of(reach: PartiesReach, party: str) -> Party:
    """A registered party that has not left for good, or a refusal."""
    known = found(reach.parties.parties.get(party), "parties.unknown", party=party)
    if party in reach.parties.deregistered:
        left = format_instant(reach.parties.deregistered[party])
        refuse("parties.deregistered", party=party, at=left)
    return known


def deregister(reach: PartiesReach, party: str, reason: str) -> list[Event]:
    """A party leaves for good; the powers it gave or was given end with it."""
    powers = [
        PowerWithdrawn(
            power=replace(
                power, withdrawn_at=reach.now, withdrawn_by=party, withdrawn_for="deregistered"
            )
        )
        for _, power in sorted(reach.parties.powers.items())
        if party in {power.principal, power.attorney} and not power.withdrawn_at
    ]
    return [*powers, PartyDeregistered(party=party, reason=reason, at=reach.now)]


def groups_of(reach: PartiesReach, party: str) -> list[str]:
    """The groups a party is a member of, sorted."""
    return sorted(
        group.id
        for group in reach.parties.parties.values()
        if any(member.party == party for member in group.members)
    )


def check_currency(reach: PartiesReach, currency: str) -> None:
    """Refuse to pay in anything but the venue's money: lots are no means of payment."""
    venue = reach.parties.venue
    known = venue.currency if venue else ""
    refuse_unless(currency == known, "parties.unknown_currency", currency=currency, known=known)


def roles_of(reach: PartiesReach, party: str) -> list[str]:
    """The roles a party holds now, sorted. Core checks them against its table of commands."""
    return sorted({term.role for term in reach.parties.roles.get(party, []) if term.until == 0})


def has_role(reach: PartiesReach, party: str, role: str) -> bool:
    """Whether a party holds a role now."""
    return role in roles_of(reach, party)


def holders_of(reach: PartiesReach, role: str) -> list[str]:
    """The parties that hold a role now, sorted."""
    return [party for party in sorted(reach.parties.roles) if has_role(reach, party, role)]


def grant_role(reach: PartiesReach, party: str, role: str, granted_by: str) -> list[Event]:
    """Give a role a party has not yet; refused where it holds one that excludes it."""
    party_of(reach, party)
    held = roles_of(reach, party)
    if role in held:
        return []
    conflict = conflict_with(role, held)
    refuse_unless(not conflict, "parties.conflicting_role", party=party, role=role, held=conflict)
    return [RoleGranted(party=party, role=role, granted_by=granted_by, at=reach.now)]


def end_role(reach: PartiesReach, party: str, role: str, ended_by: str) -> list[Event]:
    """Take a role away that a party holds."""
    if not has_role(reach, party, role):
        return []
    return [RoleEnded(party=party, role=role, ended_by=ended_by, at=reach.now)]


def attest_by_venue(
    reach: PartiesReach,
    attestation: str,
    about: str,
    kind: str,
    scope: dict[str, str],
    *,
    level: int = 1,
    term_to: int = 0,
    source: str = "",
) -> list[Event]:
    """What the venue itself has seen, stated by its authority, from now on (0: without end)."""
    venue = reach.parties.venue
    assert venue is not None
    if attestation in reach.parties.attestations:
        return []
    stated = Attestation(
        id=attestation,
        issuer=venue.authority,
        about=about,
        kind=kind,
        level=level,
        scope=scope,
        term_from=reach.now,
        term_to=term_to,
        source=source,
    )
    return [AttestationIssued(attestation=stated)]


def withdraw_by_venue(reach: PartiesReach, attestation: str, reason: str) -> list[Event]:
    """Withdraw what the venue itself stated; nothing where that was done before."""
    if reach.parties.attestations[attestation].withdrawn_at:
        return []
    return [AttestationWithdrawn(attestation=attestation, reason=reason, at=reach.now)]


def attestations_about(reach: PartiesReach, about: str, kind: str = "") -> list[Attestation]:
    """Attestations in force now about a party, unit or programme, in order of issue."""
    known = [reach.parties.attestations[one] for one in reach.parties.attested.get(about, [])]
    return [a for a in known if a.is_in_force(reach.now) and kind in {"", a.kind}]


def attestation_behind(reach: PartiesReach, party: str, kind: str) -> Attestation | None:
    """The attestation a rule reads where it asks for a kind: the highest level, the first of it."""
    known = [a for a in attestations_about(reach, party, kind) if not a.scope]
    return max(known, key=lambda one: one.level, default=None)


def facts_of(reach: PartiesReach, party: str) -> dict[str, Fact]:
    """What rules may read about a party: its facts, its kind, and the levels attested to it."""
    known = party_of(reach, party)
    facts: dict[str, Fact] = {**known.facts, "party_kind": known.kind}
    for attestation in attestations_about(reach, party):
        if attestation.scope:
            continue  # counts only in its scope, which a flat fact cannot say
        name = f"{ATTESTED}{attestation.kind}"
        before = facts.get(name, 0)
        assert isinstance(before, int)
        facts[name] = max(before, attestation.level)
    return facts


def unattested(kinds: Mapping[str, str]) -> dict[str, Fact]:
    """Every attestation that rules read, at level 0: what nobody stated counts as none.

    Args:
        kinds: facts that the rules declare, and their kinds.
    """
    return {name: 0 for name, kind in kinds.items() if name.startswith(ATTESTED) and kind == "int"}


def _check_granter(reach: PartiesReach, actor: str, role: str) -> None:
    refuse_unless(role in ROLES, "parties.unknown_role", role=role, roles=", ".join(ROLES))
    granter = granter_of(role)
    refuse_unless(granter, "parties.role_by_admission", role=role)
    refuse_unless(
        has_role(reach, actor, granter),
        "parties.may_not_grant",
        actor=actor,
        granter=granter,
        role=role,
    )


def _check_facts(command: RegisterParty) -> None:
    for name in sorted(command.facts):
        reason = ""
        if not NAME_FORM.fullmatch(name):
            reason = "it is not a name"
        elif name.startswith(ATTESTED) or name == "party_kind":
            reason = "others state it, not the party"
        elif len(command.facts) > FACTS_MAX:
            reason = f"there are more than {FACTS_MAX}"
        if reason:
            refuse("parties.bad_fact", party=command.party, name=name, reason=reason)
