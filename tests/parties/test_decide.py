"""Parties: founded once, roles kept apart, attestations by licensed issuers."""

from collections.abc import Callable

import pytest

from tests.floors import START, Floors, attest, founded, settled
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.words import Command
from yaosu.parties import views
from yaosu.parties.commands import (
    EndRole,
    FoundVenue,
    GrantRole,
    IssueAttestation,
    RegisterParty,
    WithdrawAttestation,
)
from yaosu.parties.decide import attestations_about, facts_of, has_role, holders_of, roles_of
from yaosu.parties.events import PartyRegistered
from yaosu.parties.values import Fact, Member


def found(actor: str = "founder", **changes: object) -> FoundVenue:
    fields = {"venue": "V", "operator": "op", "authority": "gov", "currency": "CNY", **changes}
    return FoundVenue(actor=actor, key="k", **fields)


def register(party: str, kind: str = "organisation", **rest: object) -> RegisterParty:
    return RegisterParty(actor="op", key="k", party=party, kind=kind, name=party, **rest)


def grant(party: str, role: str, actor: str = "gov") -> GrantRole:
    return GrantRole(actor=actor, key="k", party=party, role=role)


def end(party: str, role: str, actor: str = "gov") -> EndRole:
    return EndRole(actor=actor, key="k", party=party, role=role)


def issue(name: str, actor: str = "agency", **changes: object) -> IssueAttestation:
    fields = {"about": "anna", "kind": "skill", **changes}
    return IssueAttestation(actor=actor, key="k", attestation=name, **fields)


def group(*members: tuple[str, Share]) -> RegisterParty:
    return register("team", "group", members=tuple(Member(*member) for member in members))


def test_a_venue_begins_with_an_operator_and_an_authority_apart() -> None:
    """S0-13: who runs the market and who makes its rules are two parties from the first entry."""
    floors = founded()
    assert roles_of(floors, "op") == ["operator"]
    assert roles_of(floors, "gov") == ["authority"]
    assert floors.parties.venue is not None
    assert floors.parties.venue.currency == "CNY"


def test_one_identity_cannot_hold_two_conflicting_roles() -> None:
    """S0-13: the refusal names the role that stands in the way."""
    floors = settled()
    refusal = floors.refused(grant("reg", "supervisor"), "parties.conflicting_role")
    assert str(refusal) == (
        "parties.conflicting_role: reg holds the role registrar, which nobody may hold together "
        "with supervisor; end the one role first, or give the other to another party"
    )
    floors.when(end("reg", "registrar"))
    floors.when(grant("reg", "supervisor"))
    assert roles_of(floors, "reg") == ["supervisor"]
    assert [term.role for term in floors.parties.roles["reg"]] == ["registrar", "supervisor"]
    assert floors.parties.roles["reg"][0].until == START


def test_government_offices_are_granted_by_the_authority_and_market_ones_by_the_operator() -> None:
    """S0-13: neither side fills the offices of the other."""
    floors = settled()
    floors.when(register("new"))
    floors.refused(grant("new", "registrar", actor="op"), "parties.may_not_grant")
    floors.refused(grant("new", "agency", actor="gov"), "parties.may_not_grant")
    floors.when(grant("new", "agency", actor="op"))
    assert holders_of(floors, "agency") == ["agency", "new"]


def test_a_group_has_members_whose_shares_sum_to_one() -> None:
    floors = settled()
    (event,) = floors.when(group(("bao", Share(2, 4)), ("anna", Share(1, 2))))
    assert isinstance(event, PartyRegistered)
    assert event.party.members == (Member("anna", Share(1, 2)), Member("bao", Share(1, 2)))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([], "there are 0"),
        ([("anna", Share(1, 2))], "the shares sum to 1/2"),
        ([("anna", Share(1, 2)), ("anna", Share(1, 2))], "a member is there twice"),
        ([("zoe", Share(1, 1))], "zoe is not registered"),
        ([("anna", Share(0, 1)), ("bao", Share(1, 1))], "anna has the share 0/1"),
        ([("anna", Share(3, 2))], "anna has the share 3/2"),
        ([("anna", Share(-1, 2)), ("bao", Share(3, 2))], "anna has the share -1/2"),
    ],
)
def test_members_that_do_not_make_a_group_are_refused(
    members: list[tuple[str, Share]], reason: str
) -> None:
    assert reason in str(settled().refused(group(*members), "parties.bad_members"))


def test_only_a_group_has_members() -> None:
    command = register("x", members=(Member("anna", Share(1, 1)),))
    assert "only a group has members" in str(settled().refused(command, "parties.bad_members"))


@pytest.mark.parametrize("name", ["Upper", "attested_identity", "party_kind", "with space", ""])
def test_a_party_cannot_state_what_others_must_state_or_use_odd_names(name: str) -> None:
    facts: dict[str, Fact] = {name: 1}
    settled().refused(register("x", facts=facts), "parties.bad_fact")


def test_facts_are_flat_and_carry_the_highest_level_attested() -> None:
    floors = settled()
    floors.when(register("c", facts={"region": "R01", "size": 7, "listed": True}))
    attest(floors, "c", "identity", 1)
    floors.when(issue("a2", about="c", kind="identity", level=3))
    floors.when(issue("a3", about="c", kind="skill", level=2, scope={"field": "welding"}))
    assert facts_of(floors, "c") == {
        "region": "R01",
        "size": 7,
        "listed": True,
        "party_kind": "organisation",
        "attested_identity": 3,
    }


def test_an_attestation_counts_in_its_term_until_it_is_withdrawn() -> None:
    floors = settled()
    floors.when(issue("a1", term_from=START + DAY, term_to=START + 3 * DAY))
    assert attestations_about(floors, "anna") == []
    floors.now = START + DAY
    assert [a.id for a in attestations_about(floors, "anna", "skill")] == ["a1"]
    floors.when(WithdrawAttestation(actor="agency", key="k", attestation="a1", reason="error"))
    assert attestations_about(floors, "anna") == []
    assert floors.parties.attestations["a1"].withdrawn_for == "error"
    table = views.attestations(floors.parties)
    assert table["withdrawn_at"].tolist() == [START + DAY]


def test_the_parties_of_a_venue_are_read_with_their_roles() -> None:
    table = views.parties(settled().parties)
    roles = dict(zip(table.text("party").tolist(), table.text("roles").tolist(), strict=True))
    assert roles["reg"] == "registrar"
    assert roles["anna"] == ""


def test_the_last_operator_stays() -> None:
    floors = settled()
    floors.refused(end("op", "operator", actor="op"), "parties.last_of_role")
    floors.when(register("op2"))
    floors.when(grant("op2", "operator", actor="op"))
    floors.when(end("op", "operator", actor="op2"))
    assert not has_role(floors, "op", "operator")


REFUSED: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: found(),
        "parties.already_founded: venue V is founded already; "
        "found a venue once, in the first entry of a journal",
    ),
    (
        lambda: register("anna"),
        "parties.exists: party anna is registered already; choose another id",
    ),
    (
        lambda: register("x", "robot"),
        "parties.bad_kind: 'robot' is not a kind of party; use person, organisation or group",
    ),
    (
        lambda: register("x", facts={"Bad": 1}),
        "parties.bad_fact: fact 'Bad' of x cannot be kept: it is not a name; use lower-case names "
        "with _, at most 100 of them, none that begins with attested_",
    ),
    (
        lambda: grant("zoe", "registrar"),
        "parties.unknown: party zoe is not registered; register it first (register_party)",
    ),
    (
        lambda: grant("anna", "king"),
        "parties.unknown_role: 'king' is not a role; use one of: agency, authority, bidder, "
        "holder, operator, owner_of_state_assets, price_regulator, registrar, supervisor",
    ),
    (
        lambda: grant("anna", "bidder"),
        "parties.role_by_admission: the role bidder comes with an admission; "
        "let the party apply for admission (apply_for_admission)",
    ),
    (
        lambda: grant("anna", "registrar", actor="bao"),
        "parties.may_not_grant: bao does not hold the role authority, which grants and ends "
        "registrar; ask a party that holds authority",
    ),
    (
        lambda: grant("reg", "registrar"),
        "parties.has_role: reg holds the role registrar already; nothing is to be done",
    ),
    (
        lambda: end("anna", "registrar"),
        "parties.lacks_role: anna does not hold the role registrar; look up its roles first",
    ),
    (
        lambda: end("gov", "authority"),
        "parties.last_of_role: gov is the last to hold the role authority; "
        "grant it to another party first",
    ),
    (
        lambda: issue("a1", actor="bao"),
        "parties.not_licensed: bao may not attest anything; it holds none of the roles agency, "
        "authority, registrar, supervisor; ask a licensed issuer",
    ),
    (
        lambda: issue("a1", about="agency"),
        "parties.own_attestation: agency cannot attest something about itself; "
        "ask another licensed issuer",
    ),
    (
        lambda: issue("a1", level=0),
        "parties.bad_attestation: attestation a1 cannot be kept: its level is 0; use a lower-case "
        "kind with _, a level from 1, and an end after the beginning",
    ),
    (
        lambda: issue("a0"),
        "parties.attestation_exists: attestation a0 was issued before; choose another id",
    ),
    (
        lambda: WithdrawAttestation(actor="agency", key="k", attestation="a9", reason=""),
        "parties.unknown_attestation: attestation a9 was never issued; check the id",
    ),
    (
        lambda: WithdrawAttestation(actor="reg", key="k", attestation="a0", reason=""),
        "parties.not_issuer: attestation a0 was issued by agency, not by reg; "
        "ask its issuer to withdraw it",
    ),
    (
        lambda: group(("anna", Share(1, 2))),
        "parties.bad_members: the members of team do not hold together: the shares sum to 1/2; "
        "give a group at least one registered member each once, with shares that sum to one",
    ),
]


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[m.split(":")[0] for _, m in REFUSED])
def test_what_may_not_be_is_refused_with_what_to_do(
    command: Callable[[], Command], message: str
) -> None:
    floors = settled()
    floors.when(issue("a0"))
    assert str(floors.refused(command(), message.split(":")[0])) == message


def test_an_attestation_is_withdrawn_once() -> None:
    floors = settled()
    floors.when(issue("a0"))
    withdraw = WithdrawAttestation(actor="agency", key="k", attestation="a0", reason="error")
    floors.when(withdraw)
    assert str(floors.refused(withdraw, "parties.withdrawn_before")) == (
        "parties.withdrawn_before: attestation a0 was withdrawn before; nothing is to be done"
    )


FOUNDING: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: found("anna"),
        "parties.not_founder: anna cannot found a venue; send found_venue as the actor founder",
    ),
    (
        lambda: found(authority="op"),
        "parties.same_party: op cannot be both operator and authority; "
        "name two parties: one runs the market, the other its rules",
    ),
    (
        lambda: found(currency="yuan"),
        "parties.bad_currency: currency yuan with 2 minor digits is not usable; "
        "use three capital letters and 0 to 6 digits",
    ),
    (
        lambda: register("anna"),
        "parties.not_founded: no venue is founded yet; "
        "begin with found_venue, by the actor founder",
    ),
]


@pytest.mark.parametrize(
    ("command", "message"), FOUNDING, ids=[m.split(":")[0] for _, m in FOUNDING]
)
def test_before_a_venue_is_founded_little_is_possible(
    command: Callable[[], Command], message: str
) -> None:
    assert str(Floors().refused(command(), message.split(":")[0])) == message
