"""Resolutions: a group decides by quorum over shares or heads, and its decision is a proof."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import DOCUMENT, START, Floors, settled
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.parties import views
from yaosu.parties.commands import (
    CastVote,
    ChangeMembers,
    ProposeResolution,
    RegisterParty,
)
from yaosu.parties.events import ProofUsed, ResolutionConcluded
from yaosu.parties.methods.voting import count_votes
from yaosu.parties.resolutions import (
    REVOKE,
    conclude_due,
    members_digest,
    next_close,
    prove_resolved,
)
from yaosu.parties.values import Member, VotingRule

TWO_THIRDS = VotingRule(count="shares", base="all", quorum=Share(1, 2), threshold=Share(2, 3))
LAND = "grant_collective_land"


def village(*shares: tuple[str, Share]) -> Floors:
    """A venue with a group ``village`` of three, with unequal shares unless others are given."""
    floors = settled()
    floors.when(RegisterParty(actor="op", key="1", party="chen", kind="person", name="chen"))
    default = (("anna", Share(1, 2)), ("bao", Share(1, 3)), ("chen", Share(1, 6)))
    floors.when(
        RegisterParty(
            actor="op",
            key="2",
            party="village",
            kind="group",
            name="village",
            members=tuple(Member(*one) for one in shares or default),
        )
    )
    return floors


def propose(actor: str = "anna", **changes: object) -> ProposeResolution:
    fields: dict[str, object] = {
        "resolution": "res",
        "group": "village",
        "purpose": "lease_barn",
        "subject": "barn",
        "closes": START + 10 * DAY,
        "voting": TWO_THIRDS,
        **changes,
    }
    return ProposeResolution(actor=actor, key="k", **fields)


def cast(actor: str, choice: str = "for", **rest: str) -> CastVote:
    return CastVote(actor=actor, key="k", resolution="res", choice=choice, **rest)


def conclude(floors: Floors) -> list[Event]:
    """Let the days of the vote run out."""
    floors.now = next_close(floors.parties) or floors.now
    events = conclude_due(floors, floors.now)
    for event in events:
        floors.take(event)
    return events


def prove(floors: Floors, subject: str = "barn", **terms: str) -> list[Event]:
    events = prove_resolved(
        floors, "res", "village", "lease_barn", subject, terms=terms, on="deed-1", by="anna"
    )
    for event in events:
        floors.take(event)
    return events


def test_a_group_resolves_by_its_exact_shares() -> None:
    """A half and a sixth are just two thirds, which is enough where at least that is asked for."""
    floors = village()
    floors.when(propose())
    floors.when(cast("anna"))
    floors.when(cast("bao", "against"))
    _, concluded = floors.when(cast("chen"))
    assert isinstance(concluded, ResolutionConcluded)
    assert concluded.resolution.for_votes == Share(2, 3)
    assert concluded.resolution.is_passed
    table = views.resolutions(floors.parties)
    assert table.text("standing").tolist() == ["passed"]
    assert views.votes(floors.parties, "res").text("choice").tolist() == ["for", "against", "for"]
    shares = views.members(floors.parties, "village").text("share").tolist()
    assert shares == ["1/2", "1/3", "1/6"]


def test_more_than_is_not_as_much_as() -> None:
    floors = village()
    strict = VotingRule(
        count="shares", base="all", quorum=Share(1, 2), threshold=Share(2, 3), is_strict=True
    )
    floors.when(propose(voting=strict))
    for member in ("anna", "chen"):
        floors.when(cast(member))
    conclude(floors)
    assert views.resolutions(floors.parties).text("standing").tolist() == ["not_passed"]


def test_time_concludes_a_vote_and_a_quorum_is_needed() -> None:
    floors = village()
    floors.when(propose())
    floors.when(cast("bao"))
    assert conclude_due(floors, floors.now) == []
    (event,) = conclude(floors)
    assert isinstance(event, ResolutionConcluded)
    assert not event.resolution.has_quorum
    assert event.resolution.concluded_at == START + 10 * DAY
    assert views.resolutions(floors.parties).text("standing").tolist() == ["no_quorum"]
    with pytest.raises(Refusal, match="it had no quorum"):
        prove(floors)
    floors.refused(cast("anna"), "parties.vote_closed")


def test_heads_count_alike_where_the_rules_say_so() -> None:
    """Two of three households are two thirds, whatever their shares; the national pack says so."""
    floors = village()
    floors.when(propose(purpose=LAND, voting=None))
    standing = floors.parties.resolutions["res"]
    assert standing.rules.startswith("national@")
    assert standing.voting.count == "heads"
    for member in ("bao", "chen"):
        floors.when(cast(member))
    conclude(floors)
    assert floors.parties.resolutions["res"].is_passed
    assert floors.parties.resolutions["res"].for_votes == Share(2, 3)


def test_a_rule_in_force_is_not_replaced_by_the_proposer() -> None:
    floors = village()
    floors.refused(propose(purpose=LAND), "parties.rule_is_set")
    refusal = floors.refused(propose(voting=None), "parties.no_voting_rule")
    assert "lease_barn" in str(refusal)


def test_members_of_then_vote_on_what_was_put_to_them() -> None:
    """A change of members in between changes neither who votes nor what a vote weighs."""
    floors = village()
    floors.when(propose())
    members = (Member("chen", Share(9, 10)), Member("agency", Share(1, 10)))
    floors.when(
        ChangeMembers(actor="reg", key="k", group="village", members=members, source=DOCUMENT)
    )
    floors.refused(cast("agency"), "parties.not_a_member")
    for member in ("anna", "bao", "chen"):
        floors.when(cast(member))
    assert floors.parties.resolutions["res"].is_passed
    assert floors.parties.resolutions["res"].for_votes == Share(1, 1)
    assert {m.party for m in floors.parties.parties["village"].members} == {"chen", "agency"}


def test_members_change_by_a_resolution_that_names_them_and_shares_sum_to_one() -> None:
    floors = village()
    members = (Member("anna", Share(1, 3)), Member("chen", Share(2, 3)))
    digest = members_digest(members)
    terms = {"purpose": "change_members", "subject": "village", "terms": {"members": digest}}
    floors.when(propose(**terms))
    for member in ("anna", "bao", "chen"):
        floors.when(cast(member))

    def change(*shares: tuple[str, Share]) -> ChangeMembers:
        return ChangeMembers(
            actor="reg",
            key="k",
            group="village",
            members=tuple(Member(*one) for one in shares),
            source=DOCUMENT,
            resolution="res",
        )

    halves = change(("anna", Share(1, 2)), ("chen", Share(1, 2)))
    assert "its members is" in str(floors.refused(halves, "parties.not_resolved"))
    uneven = change(("anna", Share(1, 3)), ("chen", Share(1, 3)))
    floors.refused(uneven, "parties.bad_members")
    own = change(("village", Share(1, 1)))
    assert "itself" in str(floors.refused(own, "parties.bad_members"))
    floors.when(change(("chen", Share(4, 6)), ("anna", Share(1, 3))))
    assert floors.parties.parties["village"].members == members
    floors.refused(
        ChangeMembers(actor="reg", key="k", group="anna", members=(), source=DOCUMENT),
        "parties.not_a_group",
    )


def test_a_resolution_proves_one_thing_once() -> None:
    floors = village()
    floors.when(propose(terms={"rent": "10"}))
    floors.when(cast("anna"))
    with pytest.raises(Refusal, match="votes are taken until"):
        prove(floors)
    for member in ("bao", "chen"):
        floors.when(cast(member))
    with pytest.raises(Refusal, match="not for lease_barn of mill"):
        prove(floors, subject="mill")
    with pytest.raises(Refusal, match="its rent is 10, not 9"):
        prove(floors, rent="9")
    (event,) = prove(floors, rent="10")
    assert isinstance(event, ProofUsed)
    with pytest.raises(Refusal, match="it was used before"):
        prove(floors, rent="10")
    used = views.uses(floors.parties, "resolution", "res")
    assert used.text("on").tolist() == ["deed-1"]
    with pytest.raises(Refusal, match="never proposed"):
        prove_resolved(floors, "", "village", "a", "b", terms={}, on="c", by="anna")
    with pytest.raises(Refusal, match="it is one of village"):
        prove_resolved(floors, "res", "club", "a", "b", terms={}, on="c", by="anna")


def test_votes_are_one_s_own_or_entered_from_minutes() -> None:
    floors = village()
    floors.when(propose())
    floors.refused(cast("bao", member="anna"), "parties.not_your_vote")
    floors.refused(cast("reg", member="anna"), "parties.bad_source")
    floors.when(cast("reg", member="anna", source=DOCUMENT))
    vote = floors.parties.votes["res"]["anna"]
    assert (vote.cast_by, vote.source) == ("reg", DOCUMENT)
    floors.refused(cast("anna"), "parties.voted_before")
    floors.refused(cast("agency"), "parties.not_a_member")
    floors.refused(cast("bao", "perhaps"), "parties.bad_choice")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"actor": "agency"}, "parties.not_a_member"),
        ({"group": "anna"}, "parties.not_a_group"),
        ({"purpose": "Lease"}, "parties.bad_resolution"),
        ({"closes": START}, "parties.bad_resolution"),
        ({"terms": {"A": 1}}, "parties.bad_resolution"),
        ({"terms": {f"t{n}": n for n in range(101)}}, "parties.bad_resolution"),
        ({"source": "no"}, "parties.bad_source"),
    ],
)
def test_what_cannot_be_put_to_a_vote_is_refused(changes: dict[str, object], code: str) -> None:
    village().refused(propose(**changes), code)


@pytest.mark.parametrize(
    "changes",
    [
        {"count": "feet"},
        {"base": "some"},
        {"quorum": Share(0, 1)},
        {"threshold": Share(3, 2)},
        {"threshold": Share(1, 1), "is_strict": True},
    ],
)
def test_voting_rules_that_do_not_hold_together_are_refused(changes: dict[str, object]) -> None:
    fields = {
        "count": "heads",
        "base": "cast",
        "quorum": Share(1, 2),
        "threshold": Share(1, 2),
        **changes,
    }
    village().refused(propose(voting=VotingRule(**fields)), "parties.bad_voting_rule")


def test_a_resolution_is_proposed_once_and_an_unknown_one_has_no_votes() -> None:
    floors = village()
    floors.refused(cast("anna"), "parties.unknown_resolution")
    floors.when(propose())
    floors.refused(propose(), "parties.resolution_exists")


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.integers(1, 1000), min_size=1, max_size=8),
    data=st.data(),
    count=st.sampled_from(("shares", "heads")),
    base=st.sampled_from(("all", "cast")),
)
def test_parts_are_exact_and_nobody_counts_twice(
    weights: list[int], data: st.DataObject, count: str, base: str
) -> None:
    total = sum(weights)
    members = [Member(f"m{n}", Share.of(w, total)) for n, w in enumerate(weights)]
    choices = st.sampled_from(("for", "against", "abstain", ""))
    drawn = {m.party: data.draw(choices) for m in members}
    votes = {party: choice for party, choice in drawn.items() if choice}
    rule = VotingRule(count=count, base=base, quorum=Share(1, 2), threshold=Share(2, 3))
    counted = count_votes(rule, members, votes)
    parts = counted.for_votes.fraction + counted.against_votes.fraction
    parts += counted.abstained.fraction
    weighed = Fraction(
        sum(
            w if count == "shares" else 1
            for w, m in zip(weights, members, strict=True)
            if m.party in votes
        ),
        total if count == "shares" else len(weights),
    )
    assert parts == weighed
    assert counted.has_quorum == (parts >= Fraction(1, 2))
    if counted.is_passed:
        more = {**votes, **{m.party: "for" for m in members if m.party not in votes}}
        assert count_votes(rule, members, more).is_passed


def revoking(floors: Floors, voters: tuple[str, ...] = ("anna", "bao"), **changes: object) -> None:
    """Ask to revoke ``res``, and vote for it."""
    fields = {"resolution": "later", "purpose": REVOKE, "subject": "res", "voting": None}
    closes = floors.now + 10 * DAY
    floors.when(propose(**{**fields, "closes": closes, **changes}))
    for party in voters:
        floors.when(
            CastVote(actor=party, key="k", resolution="later", choice="for"),
        )
    conclude(floors)


def proved(floors: Floors) -> list[Event]:
    return prove_resolved(
        floors, "res", "village", "lease_barn", "barn", terms={}, on="lease-1", by="reg"
    )


def passed() -> Floors:
    floors = village()
    floors.when(propose())
    for party in ("anna", "bao", "chen"):
        floors.when(cast(party))
    return floors


def test_a_resolution_is_revoked_by_a_later_one_with_the_same_majority() -> None:
    """It proves nothing any more, and is seen as revoked; the later one names it."""
    floors = passed()
    revoking(floors)
    with pytest.raises(Refusal) as caught:
        proved(floors)
    assert caught.value.facts["reason"] == "it was revoked by later"
    standing = {
        row["resolution"]: row["standing"] for row in views.resolutions(floors.parties).iterate()
    }
    assert standing == {"res": "revoked", "later": "passed"}
    floors.refused(
        propose(resolution="again", purpose=REVOKE, subject="res", closes=floors.now + DAY),
        "parties.bad_resolution",
    )


def test_without_the_majority_it_took_a_resolution_stands() -> None:
    floors = passed()
    revoking(floors, voters=("anna",))
    assert proved(floors)


def test_what_was_used_is_not_revoked_and_what_others_resolved_neither() -> None:
    """Used before the vote, or while it went on: what rests on it stands."""
    floors = passed()
    closes = floors.now + DAY
    floors.when(
        propose(resolution="later", purpose=REVOKE, subject="res", voting=None, closes=closes)
    )
    for event in proved(floors):
        floors.take(event)
    for party in ("anna", "bao", "chen"):
        floors.when(CastVote(actor=party, key="k", resolution="later", choice="for"))
    row = views.resolutions(floors.parties)
    assert (
        dict(zip(row.text("resolution").tolist(), row.text("standing").tolist(), strict=True))[
            "res"
        ]
        == "passed"
    )
    for subject, reason in (("res", "was used"), ("none", "is no resolution of village")):
        refusal = floors.refused(
            propose(resolution="x", purpose=REVOKE, subject=subject, closes=floors.now + DAY),
            "parties.bad_resolution",
        )
        assert reason in str(refusal)


def test_revoking_takes_the_voting_rule_of_what_is_revoked() -> None:
    floors = passed()
    easier = VotingRule(count="heads", base="cast", quorum=Share(0, 1), threshold=Share(1, 3))
    floors.refused(
        propose(
            resolution="x", purpose=REVOKE, subject="res", voting=easier, closes=floors.now + DAY
        ),
        "parties.rule_is_set",
    )
