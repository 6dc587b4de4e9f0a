"""The gate: one set of conditions, one admission everywhere, an exit that lists what blocks."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import FACTORS, START, Floors, attest, institution, settled
from tests.rights.samples import registration
from yaosu.access import views
from yaosu.access.commands import (
    ApplyForAdmission,
    LeaveMarket,
    ReinstateAdmission,
    SuspendAdmission,
)
from yaosu.access.decide import check_admitted, entry_for, is_admitted
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.commands import GrantRole, RegisterParty
from yaosu.parties.decide import roles_of
from yaosu.rights.commands import PledgeRight
from yaosu.rules.commands import AdoptRules
from yaosu.rules.lint import lint
from yaosu.rules.parse import parse_pack

REGIONS = [f"R{i:02d}" for i in range(1, 11)]


def apply(factor: str = "capital", role: str = "bidder", actor: str = "bao") -> ApplyForAdmission:
    return ApplyForAdmission(actor=actor, key="k", factor=factor, role=role)


def suspend(until: int = 0, party: str = "bao") -> SuspendAdmission:
    return SuspendAdmission(
        actor="watch",
        key="k",
        party=party,
        factor="capital",
        role="bidder",
        reason="late payment",
        until=until,
    )


def reinstate() -> ReinstateAdmission:
    return ReinstateAdmission(actor="watch", key="k", party="bao", factor="capital", role="bidder")


def leave(factor: str = "", actor: str = "bao") -> LeaveMarket:
    return LeaveMarket(actor=actor, key="k", factor=factor)


@pytest.fixture
def floors() -> Floors:
    floors = settled(regions=10)
    attest(floors, "bao", "identity")
    attest(floors, "anna", "identity")
    return floors


def test_admitted_once_is_admitted_in_all_ten_regions(floors: Floors) -> None:
    """S0-29: ten regions, one admission, no second question."""
    events = floors.when(apply())
    assert [tag_of(event) for event in events] == [
        "access.party_admitted/1",
        "parties.role_granted/1",
        "parties.proof_used/1",  # of the attested identity
    ]
    assert is_admitted(floors, "bao", "capital", "bidder")
    attest(floors, "bao", "facility")
    for region in REGIONS:
        unit = {"grade": "A", "site": region}
        command = registration(
            "compute",
            right=f"R-{region}",
            unit=f"U-{region}",
            region=region,
            holder="bao",
            unit_attributes=unit,
        )
        floors.when(command)
        check_admitted(floors, "bao", "capital", "bidder")
    refusal = floors.refused(apply(), "access.admitted_before")
    assert str(refusal) == (
        "access.admitted_before: bao is admitted as bidder of capital already; "
        "one admission holds in every region; nothing is to be done"
    )


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("role", ["bidder", "holder"])
def test_every_region_gives_the_same_decision_with_the_same_reason_codes(
    factor: str, role: str
) -> None:
    """S0-28: applicants of ten regions, one predicate, one answer."""
    floors = settled(regions=10)
    answers = set()
    for region in REGIONS:
        party = f"firm-{region}"
        floors.when(
            RegisterParty(
                actor="op",
                key="k",
                party=party,
                kind="organisation",
                name=party,
                facts={"region": region},
            )
        )
        answers.add(entry_for(floors, party, factor, role).reasons)
    assert len(answers) == 1
    assert "identity_not_verified" in answers.pop()


@settings(max_examples=30)
@given(
    factor=st.sampled_from(FACTORS),
    role=st.sampled_from(["bidder", "holder"]),
    identity=st.integers(0, 2),
    region=st.sampled_from(REGIONS),
    ownership=st.sampled_from(["state", "private", "foreign"]),
    sector=st.sampled_from(["steel", "software"]),
    size=st.integers(0, 10**6),
)
def test_who_the_applicant_is_never_changes_the_answer(
    factor: str, role: str, identity: int, region: str, ownership: str, sector: str, size: int
) -> None:
    """S0-27 S0-28: the same applicant elsewhere, owned otherwise, smaller or larger."""
    floors = settled(regions=10)
    answers = []
    for party, facts in (
        ("plain", {}),
        ("other", {"region": region, "ownership": ownership, "sector": sector, "size": size}),
    ):
        floors.when(
            RegisterParty(
                actor="op", key="k", party=party, kind="organisation", name="n", facts=dict(facts)
            )
        )
        if identity:
            attest(floors, party, "identity", identity)
        try:
            floors.when(apply(factor, role, actor=party))
            answers.append("admitted")
        except Refusal as refusal:
            answers.append(str(refusal).replace(party, "it"))
    assert answers[0] == answers[1]


def test_a_refused_applicant_hears_all_that_is_missing_at_once(floors: Floors) -> None:
    """S0-28: reason codes of every condition not met, sorted by condition."""
    floors.when(RegisterParty(actor="op", key="k", party="new", kind="organisation", name="New"))
    refusal = floors.refused(apply("labour", "holder", "new"), "access.conditions_not_met")
    assert str(refusal) == (
        "access.conditions_not_met: new does not meet the conditions to be holder of labour: "
        "identity_not_verified, only_persons_offer_their_time; meet the conditions named and "
        "apply again; they are the same in every region"
    )
    floors.when(apply("labour", "holder", "anna"))


def test_an_admission_records_the_rules_and_conditions_it_was_given_under(floors: Floors) -> None:
    """S0-65: the version stays with the admission."""
    floors.when(apply())
    admission = floors.access.admissions["bao"]["capital/bidder"]
    assert admission.rules == "national@2026.1"
    assert admission.conditions == ("admission.identity",)
    table = views.admissions(floors.access)
    assert table.text("standing").tolist() == ["admitted"]


def test_a_condition_that_cannot_be_decided_is_not_met_and_says_so(floors: Floors) -> None:
    text = institution("rules/national.toml").replace('"2026.1"', '"2026.2"')
    text = text.replace("effective   = 2025-01-01", "effective = 2026-01-01")
    text = text.replace(
        'attested_identity       = "int"', 'attested_identity = "int"\nscore = "int"'
    )
    text = text.replace('"attested_identity >= 1"', '"attested_identity >= 1 && score > 5"')
    text = text.replace("{ attested_identity = 1 }", "{ attested_identity = 1, score = 6 }")
    floors.when(AdoptRules(actor="gov", key="k", pack=parse_pack(text)))
    refusal = floors.refused(apply(), "access.conditions_not_met")
    assert "(undecided: admission.identity: score is not known)" in str(refusal)


def test_an_extra_condition_of_a_region_is_linted_and_changes_nothing(floors: Floors) -> None:
    """S0-28, Appendix B story 2: caught by the linter, refused at adoption, admission unmoved."""
    text = """
[pack]
id = "r07"
version = "1"
title = { en = "local conditions" }
effective = 2026-01-01
expiry = 2027-01-01
authority = "R07"
legal_basis = "a notice"
base = "national"
region = "R07"
[facts]
attested_local_deposit = "int"
[[condition]]
id = "local.deposit"
purpose = "admission"
expression = "attested_local_deposit >= 1"
reason = "no_local_deposit"
authority = "R07"
expiry = 2027-01-01
[[condition.example]]
facts = { attested_local_deposit = 1 }
result = true
"""
    pack = parse_pack(text)
    national = parse_pack(institution("rules/national.toml"))
    assert [finding.item for finding in lint(pack, national) if finding.kind == "extra"] == [
        "local.deposit"
    ]
    command = AdoptRules(actor="gov", key="k", pack=pack)
    floors.refused(command, "rules.extra_entry_condition")
    floors.when(apply())
    assert is_admitted(floors, "bao", "capital", "bidder")


def test_who_runs_or_watches_the_market_is_not_admitted_to_it(floors: Floors) -> None:
    """S0-13: the conflict is found whichever of the two roles comes first."""
    floors.when(GrantRole(actor="gov", key="k", party="anna", role="price_regulator"))
    floors.refused(apply(actor="anna"), "parties.conflicting_role")
    floors.when(apply())
    floors.refused(
        GrantRole(actor="gov", key="k", party="bao", role="supervisor"),
        "parties.conflicting_role",
    )


def test_a_suspension_holds_until_it_ends_or_is_lifted(floors: Floors) -> None:
    floors.when(apply())
    floors.when(suspend(until=START + DAY))
    assert not is_admitted(floors, "bao", "capital", "bidder")
    with pytest.raises(Refusal) as caught:
        check_admitted(floors, "bao", "capital", "bidder")
    assert str(caught.value) == (
        "access.suspended: bao is suspended as bidder of capital: late payment; "
        "have the suspension lifted (reinstate_admission)"
    )
    floors.now = START + DAY
    assert is_admitted(floors, "bao", "capital", "bidder"), "it ended by itself"
    assert floors.refused(reinstate(), "access.not_suspended")
    floors.when(suspend())
    floors.when(reinstate())
    assert is_admitted(floors, "bao", "capital", "bidder")
    standings = [admission.standing for admission in floors.access.history["bao"]]
    assert standings == ["admitted", "suspended", "suspended"]


def test_who_leaves_is_told_everything_that_stands_open_and_then_leaves_cleanly(
    floors: Floors,
) -> None:
    """S0-04 S0-28: a party with open things cannot vanish."""
    floors.when(apply())
    floors.when(apply(role="holder"))
    floors.when(registration("capital", holder="bao"))
    floors.when(PledgeRight(actor="bao", key="k", entry="P1", right="R-capital", creditor="anna"))
    floors.open_things = ["order m/1", "contract C-1"]
    refusal = floors.refused(leave(), "access.exit_blocked")
    assert str(refusal) == (
        "access.exit_blocked: bao cannot leave yet; still open (3): pledge P1 stands on right "
        "R-capital; order m/1; contract C-1; settle, cancel or release each of them, then leave"
    )
    floors.open_things = []
    floors.rights.burdens.clear()
    floors.when(leave())
    assert not is_admitted(floors, "bao", "capital", "bidder")
    assert roles_of(floors, "bao") == []
    floors.refused(leave(), "access.nothing_to_leave")
    floors.when(apply())
    assert is_admitted(floors, "bao", "capital", "bidder"), "who left may come back"


def test_a_creditor_does_not_leave_while_it_holds_a_pledge(floors: Floors) -> None:
    """S0-04: pledges are released or assigned first."""
    floors.when(apply())
    floors.when(registration("capital"))
    floors.when(PledgeRight(actor="anna", key="k", entry="P1", right="R-capital", creditor="bao"))
    refusal = floors.refused(leave(), "access.exit_blocked")
    assert "pledge P1 of right R-capital is held as security" in str(refusal)


def test_who_leaves_one_factor_keeps_the_role_for_another(floors: Floors) -> None:
    floors.when(apply())
    floors.when(apply("technology"))
    floors.when(leave("capital"))
    assert is_admitted(floors, "bao", "technology", "bidder")
    assert roles_of(floors, "bao") == ["bidder"]


REFUSED: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: apply(role="registrar"),
        "access.bad_role: 'registrar' is not a role one is admitted to; use one of: bidder, holder",
    ),
    (
        lambda: suspend(),
        "access.not_admitted: bao is not admitted as bidder of capital; "
        "apply for admission (apply_for_admission)",
    ),
    (
        lambda: leave(),
        "access.nothing_to_leave: bao has no admission at all; nothing is to be done",
    ),
    (
        lambda: leave("capital"),
        "access.nothing_to_leave: bao has no admission for capital; nothing is to be done",
    ),
    (
        lambda: apply("gold"),
        "rights.unknown_factor: no profile of 'gold' is adopted; "
        "adopt one (adopt_profile), or correct the name",
    ),
]


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[m.split(":")[0] for _, m in REFUSED])
def test_what_may_not_be_is_refused_with_what_to_do(
    floors: Floors, command: Callable[[], Command], message: str
) -> None:
    assert str(floors.refused(command(), message.split(":")[0])) == message


def test_a_suspension_ends_after_it_begins(floors: Floors) -> None:
    floors.when(apply())
    assert str(floors.refused(suspend(until=START), "access.bad_term")) == (
        "access.bad_term: a suspension until 2026-03-02T09:00:00Z would end before it begins; "
        "give a later end, or 0 for none"
    )
    assert str(floors.refused(reinstate(), "access.not_suspended")) == (
        "access.not_suspended: bao is not suspended as bidder of capital; nothing is to be done"
    )


def test_without_national_rules_nobody_is_let_in(floors: Floors) -> None:
    floors.rules.packs.clear()
    assert str(floors.refused(apply(), "rules.not_in_force")) == (
        "rules.not_in_force: no pack national is in force; adopt one (adopt_rules)"
    )
