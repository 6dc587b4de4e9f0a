"""What a group resolves: a question, its votes, their count, and its use as proof elsewhere."""

from collections.abc import Mapping

from msgspec.structs import replace

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.ids import DIGEST_FORM, check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties import refusals
from yaosu.parties.commands import CastVote, ChangeMembers, ProposeResolution
from yaosu.parties.decide import has_role, party_of
from yaosu.parties.events import (
    MembersChanged,
    ResolutionConcluded,
    ResolutionProposed,
    VoteCast,
)
from yaosu.parties.groups import in_lowest_terms, members_fault
from yaosu.parties.methods.voting import count_votes, fault_of
from yaosu.parties.proofs import REVOKED, is_spent, revoked_by, use_proof
from yaosu.parties.state import PartiesReach, PartiesState
from yaosu.parties.values import (
    CHOICES,
    FACTS_MAX,
    RESOLUTION,
    Fact,
    Member,
    Party,
    Resolution,
    Vote,
    VotingRule,
)
from yaosu.rules.decide import NATIONAL, ask, rules_in_force
from yaosu.rules.facts import NAME_FORM

RESOLUTIONS = "resolutions"  # rule table: purpose -> count, base, quorum, threshold, is_strict
PURPOSE = "purpose"
CHANGE_MEMBERS = "change_members"
REVOKE = "revoke_resolution"  # purpose of a resolution about an earlier one, its subject
__all__ = ["refusals"]


def decide_change_members(reach: PartiesReach, command: ChangeMembers) -> list[Event]:
    """A group has other members by a document, and by a resolution where the rules ask for one."""
    group = _group(reach, command.group)
    reason = members_fault(reach, group.kind, command.members)
    if not reason and any(member.party == group.id for member in command.members):
        reason = "it would be a member of itself"
    refuse_unless(not reason, "parties.bad_members", party=group.id, reason=reason)
    _check_source(command.source, is_needed=True)
    members = in_lowest_terms(command.members)
    events: list[Event] = []
    if voting_rule_for(reach, CHANGE_MEMBERS)[0] is not None or command.resolution:
        terms: dict[str, Fact] = {"members": members_digest(members)}
        events += prove_resolved(
            reach,
            command.resolution,
            group.id,
            CHANGE_MEMBERS,
            group.id,
            terms=terms,
            on=group.id,
            by=command.actor,
        )
    changed = MembersChanged(
        group=group.id,
        members=members,
        source=command.source,
        resolution=command.resolution,
        changed_by=command.actor,
        at=reach.now,
    )
    return [*events, changed]


def decide_propose_resolution(reach: PartiesReach, command: ProposeResolution) -> list[Event]:
    """A question is new, put by a member or a registrar, under the rule the purpose asks for."""
    check_id(command.resolution, "resolution")
    refuse_unless(
        command.resolution not in reach.parties.resolutions,
        "parties.resolution_exists",
        resolution=command.resolution,
    )
    group = _group(reach, command.group)
    is_member = any(member.party == command.actor for member in group.members)
    refuse_unless(
        is_member or has_role(reach, command.actor, "registrar"),
        "parties.not_a_member",
        actor=command.actor,
        group=group.id,
    )
    check_id(command.subject, "the subject")
    _check_source(command.source, is_needed=False)
    check_instant(command.closes, "the close")
    reason = ""
    if not NAME_FORM.fullmatch(command.purpose):
        reason = f"its purpose {command.purpose!r} is not a name"
    elif len(command.terms) > FACTS_MAX:
        reason = f"it has {len(command.terms)} terms, {FACTS_MAX} are allowed"
    elif any(not NAME_FORM.fullmatch(name) for name in command.terms):
        reason = "one of its terms has no name in lower case"
    elif command.closes <= reach.now:
        reason = f"it would close at {format_instant(command.closes)}, before it opens"
    refuse_unless(
        not reason, "parties.bad_resolution", resolution=command.resolution, reason=reason
    )
    if command.purpose == REVOKE:
        reason = _why_it_stands(reach, command.subject, group.id)
        refuse_unless(
            not reason, "parties.bad_resolution", resolution=command.resolution, reason=reason
        )
    voting, rules = _voting_rule(reach, command)
    proposed = Resolution(
        id=command.resolution,
        group=group.id,
        purpose=command.purpose,
        subject=command.subject,
        terms=dict(sorted(command.terms.items())),
        source=command.source,
        voting=voting,
        members=group.members,
        rules=rules,
        proposed_by=command.actor,
        opened=reach.now,
        closes=command.closes,
    )
    return [ResolutionProposed(resolution=proposed)]


def decide_cast_vote(reach: PartiesReach, command: CastVote) -> list[Event]:
    """A member votes once, itself or by minutes that a registrar enters; the last one concludes."""
    resolution = _known(reach, command.resolution)
    refuse_unless(not resolution.concluded_at, "parties.vote_closed", resolution=command.resolution)
    refuse_unless(
        command.choice in CHOICES,
        "parties.bad_choice",
        choice=command.choice,
        known=", ".join(CHOICES),
    )
    member = command.member or command.actor
    refuse_unless(
        any(one.party == member for one in resolution.members),
        "parties.not_a_member",
        actor=member,
        group=resolution.group,
    )
    is_own = member == command.actor
    refuse_unless(
        is_own or has_role(reach, command.actor, "registrar"),
        "parties.not_your_vote",
        actor=command.actor,
        member=member,
    )
    _check_source(command.source, is_needed=not is_own)
    votes = reach.parties.votes.get(resolution.id, {})
    refuse_unless(
        member not in votes, "parties.voted_before", member=member, resolution=resolution.id
    )
    vote = Vote(choice=command.choice, cast_by=command.actor, source=command.source, at=reach.now)
    cast = VoteCast(resolution=resolution.id, member=member, vote=vote)
    if len(votes) + 1 < len(resolution.members):
        return [cast]
    return [cast, *_concluded(reach, resolution, {**votes, member: vote}, reach.now)]


def next_close(state: PartiesState) -> int | None:
    """The next instant at which a vote closes, or None."""
    return state.closing[0][0] if state.closing else None


def conclude_due(reach: PartiesReach, until: int) -> list[Event]:
    """Votes that close by ``until`` are counted, in (instant, id) order."""
    events: list[Event] = []
    for at, name in reach.parties.closing:
        if at > until:
            break
        votes = reach.parties.votes.get(name, {})
        events += _concluded(reach, reach.parties.resolutions[name], votes, at)
    return events


def voting_rule_for(reach: PartiesReach, purpose: str) -> tuple[VotingRule | None, str]:
    """The voting rule that the national rules set for a purpose, and their name; else None."""
    rules = rules_in_force(reach, NATIONAL)
    if rules is None or RESOLUTIONS not in rules.items:
        return None, ""
    row = ask(rules, RESOLUTIONS, {PURPOSE: purpose}).result
    if not isinstance(row, dict):
        return None, ""
    voting = VotingRule(
        count=str(row.get("count")),
        base=str(row.get("base")),
        quorum=_part(str(row.get("quorum"))),
        threshold=_part(str(row.get("threshold"))),
        is_strict=row.get("is_strict") is True,
    )
    fault = fault_of(voting)
    refuse_unless(not fault, "parties.bad_voting_rule", reason=fault)
    return voting, rules.name


def prove_resolved(
    reach: PartiesReach,
    resolution: str,
    group: str,
    purpose: str,
    subject: str,
    *,
    terms: Mapping[str, Fact],
    on: str,
    by: str,
) -> list[Event]:
    """A group has resolved this; the proof is spent on it, or there is a refusal.

    Args:
        terms: what the resolution must say, name by name; it may say more.
        on: id of what is now done on its strength. ``by``: who does it.

    Raises:
        Refusal: ``parties.unknown_resolution``, ``parties.not_resolved``.
    """
    known = _known(reach, resolution)
    reason = ""
    if known.group != group:
        reason = f"it is one of {known.group}, not of {group}"
    elif not known.concluded_at:
        reason = f"votes are taken until {format_instant(known.closes)}"
    elif not known.is_passed:
        reason = "it was not passed" if known.has_quorum else "it had no quorum"
    elif revoked_by(reach.parties, resolution):
        reason = f"it was revoked by {revoked_by(reach.parties, resolution)}"
    elif (known.purpose, known.subject) != (purpose, subject):
        reason = f"it is for {known.purpose} of {known.subject}, not for {purpose} of {subject}"
    else:
        for name, value in sorted(terms.items()):
            if name not in known.terms or known.terms[name] != value:
                reason = f"its {name} is {known.terms.get(name, 'not said')}, not {value}"
                break
    if not reason and is_spent(reach, RESOLUTION, resolution, purpose):
        reason = "it was used before"
    refuse_unless(not reason, "parties.not_resolved", resolution=resolution, reason=reason)
    return use_proof(reach, RESOLUTION, resolution, purpose, on, by, is_spent=True)


def members_digest(members: tuple[Member, ...]) -> str:
    """What a resolution to change members says under ``members``: SHA-256 of them, hex."""
    return digest(encode(in_lowest_terms(members))).hex()


def _voting_rule(reach: PartiesReach, command: ProposeResolution) -> tuple[VotingRule, str]:
    by_rules, name = voting_rule_for(reach, command.purpose)
    if by_rules is not None:
        refuse_unless(
            command.voting in {None, by_rules},
            "parties.rule_is_set",
            purpose=command.purpose,
            rules=name,
        )
        return by_rules, name
    if command.purpose == REVOKE:  # by the majority that it took
        earlier = reach.parties.resolutions[command.subject]
        refuse_unless(
            command.voting in {None, earlier.voting},
            "parties.rule_is_set",
            purpose=command.purpose,
            rules=earlier.id,
        )
        return earlier.voting, earlier.rules
    voting = found(command.voting, "parties.no_voting_rule", purpose=command.purpose)
    fault = fault_of(voting)
    refuse_unless(not fault, "parties.bad_voting_rule", reason=fault)
    return voting, ""


def _concluded(
    reach: PartiesReach, resolution: Resolution, votes: Mapping[str, Vote], at: int
) -> list[Event]:
    """The count, and what falls with it: an earlier resolution that was not used so far."""
    count = count_votes(
        resolution.voting, resolution.members, {m: vote.choice for m, vote in votes.items()}
    )
    counted = replace(
        resolution,
        concluded_at=at,
        is_passed=count.is_passed,
        has_quorum=count.has_quorum,
        for_votes=count.for_votes,
        against_votes=count.against_votes,
        abstained=count.abstained,
    )
    concluded: list[Event] = [ResolutionConcluded(resolution=counted)]
    earlier, group = counted.subject, counted.group
    revokes = counted.is_passed and counted.purpose == REVOKE
    if revokes and not _why_it_stands(reach, earlier, group):
        concluded += use_proof(
            reach, RESOLUTION, earlier, REVOKED, counted.id, group, is_spent=True
        )
    return concluded


def _why_it_stands(reach: PartiesReach, resolution: str, group: str) -> str:
    """Why a resolution is none that its group could revoke now, in words; empty where it is."""
    known = reach.parties.resolutions.get(resolution)
    if known is None or known.group != group:
        return f"{resolution} is no resolution of {group}"
    if not known.is_passed:
        return f"{resolution} was not passed"
    if is_spent(reach, RESOLUTION, resolution, known.purpose):
        return f"{resolution} was used, and what rests on it stands"
    before = revoked_by(reach.parties, resolution)
    return f"{resolution} was revoked by {before}" if before else ""


def _group(reach: PartiesReach, group: str) -> Party:
    party = party_of(reach, group)
    refuse_unless(party.kind == "group", "parties.not_a_group", party=group)
    return party


def _known(reach: PartiesReach, resolution: str) -> Resolution:
    return found(
        reach.parties.resolutions.get(resolution),
        "parties.unknown_resolution",
        resolution=resolution or "(none)",
    )


def _check_source(source: str, is_needed: bool) -> None:
    is_there = DIGEST_FORM.fullmatch(source) or (source == "" and not is_needed)
    refuse_unless(is_there, "parties.bad_source", source=source or "missing")


def _part(text: str) -> Share:
    above, _, below = text.partition("/")
    is_part = above.isdecimal() and below.isdecimal() and int(below) >= int(above)
    return Share.of(int(above), int(below)) if is_part and int(below) else Share(0, 1)
