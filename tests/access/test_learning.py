"""The bank of learning credits: any source counts, none counts twice for one award."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.access.tables import learning, recognition, row
from tests.floors import DOCUMENT, Floors, settled
from yaosu.access import views
from yaosu.access.commands import (
    AdoptLearning,
    AdoptRecognition,
    ClaimAward,
    RecogniseCredential,
)
from yaosu.access.tables import Award, Conversion, LearningTable
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import IssueAttestation
from yaosu.parties.decide import facts_of
from yaosu.rules.pack import Text

HOURS = Conversion(kind="hours", measure="hours", per=10, credits=1)
WORK = Conversion(kind="work", measure="hours", per=20, credits=1, credits_max=4)


def award(name: str = "diploma", credits: int = 10, **more: object) -> Award:
    fields = {"kind": "degree", "text": Text(en="an award"), "credits": credits, **more}
    return Award(id=name, **fields)  # type: ignore[arg-type]  # any of its fields


def adopt(table: LearningTable) -> AdoptLearning:
    return AdoptLearning(actor="gov", key="k", table=table)


def outcome(floors: Floors, name: str, amount: int, kind: str = "hours", **more: object) -> str:
    fields = {"about": "anna", "kind": kind, "level": amount, **more}
    floors.when(IssueAttestation(actor="agency", key="k", attestation=name, **fields))
    return name


def claim(*outcomes: str, name: str = "diploma", actor: str = "anna") -> ClaimAward:
    return ClaimAward(actor=actor, key="k", award=name, outcomes=outcomes)


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    floors.when(adopt(learning(HOURS, WORK, awards=(award(), award("second", 8, level=2)))))
    return floors


def test_outcomes_from_any_source_are_converted_and_add_up(floors: Floors) -> None:
    """S2-44: lessons and training at work together give the award; the account shows each."""
    outcome(floors, "course", 69)
    outcome(floors, "job", 200, "work")
    floors.when(claim("course", "job"))
    assert facts_of(floors, "anna")["attested_degree"] == 1
    account = views.learning_account(floors.access, "anna")
    assert dict(
        zip(account.text("outcome").tolist(), account["credits"].tolist(), strict=True)
    ) == {
        "course": 6,
        "job": 10,
    }
    (known,) = floors.access.claims.values()
    assert known.credits == 10  # training at work counts for at most 4


def test_an_outcome_counts_once_for_an_award_but_for_others_too(floors: Floors) -> None:
    """S2-44: once for the same award; the same learning may count for another."""
    outcome(floors, "course", 100)
    floors.when(claim("course"))
    floors.when(claim("course", name="second"))
    floors.now += DAY
    floors.refused(claim("course"), "access.award_held")
    twice = claim("course", "course", name="second")
    floors.refused(twice, "access.award_held")


def test_one_document_behind_two_attestations_is_one_outcome(floors: Floors) -> None:
    """S2-44: two issuers who attest the same paper do not make two outcomes."""
    outcome(floors, "a", 60, source=DOCUMENT)
    outcome(floors, "b", 60, source=DOCUMENT)
    floors.refused(claim("a", "b"), "access.counted_before")
    floors.refused(claim("a", "a"), "access.bad_outcome")
    outcome(floors, "c", 40, source="cd" * 32)
    floors.when(claim("a", "c"))


def test_what_is_derived_from_an_outcome_does_not_count_beside_it() -> None:
    """S2-44: by way of a recognition or of another award, the same learning stays the same."""
    floors = settled()
    certificate = Conversion(kind="certificate", measure="levels", credits=5)
    first = Conversion(kind="minor", measure="awards", credits=5)
    table = learning(HOURS, certificate, first, awards=(award(), award("small", 5, kind="minor")))
    floors.when(adopt(table))
    floors.when(
        AdoptRecognition(
            actor="gov", key="k", table=recognition(row("hours", 50, "certificate", 1))
        )
    )
    outcome(floors, "course", 50)
    floors.when(
        RecogniseCredential(actor="anna", key="k", attestation="course", target="certificate")
    )
    (recognised,) = floors.access.recognitions
    floors.refused(claim("course", recognised), "access.counted_before")
    floors.when(claim("course", name="small"))
    (small,) = floors.access.claims
    floors.refused(claim("course", small), "access.counted_before")
    outcome(floors, "other", 50)
    floors.when(claim("other", small))


def test_a_bank_that_gives_more_than_went_in_is_not_adopted() -> None:
    """S2-43: a circle through an award is a circle."""
    floors = settled()
    table = recognition(row("degree", 1, "skill", 5))
    floors.when(AdoptRecognition(actor="gov", key="k", table=table))
    skill = Conversion(kind="skill", measure="levels", credits=2)
    gain = learning(skill, awards=(award(credits=6),))
    refusal = floors.refused(adopt(gain), "access.gain_in_circle")
    assert "degree 1 to skill 5 to degree 1" in str(refusal) or "skill 3" in str(refusal)
    capped = Conversion(kind="skill", measure="levels", credits=2, credits_max=4)
    floors.when(adopt(learning(capped, awards=(award(credits=6),))))


def test_what_lacks_is_said(floors: Floors) -> None:
    """S2-44: credits short, and a kind that is asked for and is not there."""
    needs = award("third", 10, needs={"work": 3})
    floors.when(adopt(learning(HOURS, WORK, awards=(needs,), id="more")))
    outcome(floors, "course", 85)
    refusal = floors.refused(claim("course", name="third"), "access.too_few_credits")
    assert "it lacks 2 more credits, 3 more from work" in str(refusal)


def test_outcomes_that_cannot_be_counted_are_refused(floors: Floors) -> None:
    outcome(floors, "odd", 100, "chess")
    outcome(floors, "few", 9)
    outcome(floors, "old", 100, term_to=floors.now + DAY)
    for refused, reason in (
        (claim("odd"), "does not convert chess for diploma"),
        (claim("few"), "9 hours give no credit, 10 do"),
        (claim("few", actor="bao"), "it is none of bao's"),
        (claim(), "give 1 to"),
    ):
        assert reason in str(floors.refused(refused, "access.bad_outcome"))
    floors.now += DAY
    assert "it does not count now" in str(floors.refused(claim("old"), "access.bad_outcome"))
    floors.refused(claim("odd", name="none"), "access.unknown_award")


@pytest.mark.parametrize(
    "table",
    [
        learning(awards=(award(),)),
        learning(HOURS, awards=()),
        learning(HOURS, HOURS, awards=(award(),)),
        learning(HOURS, awards=(award(), award())),
        learning(HOURS, awards=(award(credits=0),)),
        learning(HOURS, awards=(award(level=0),)),
        learning(HOURS, awards=(award(needs={"hours": 0}),)),
        learning(Conversion(kind="H", measure="x", credits=1), awards=(award(),)),
        learning(Conversion(kind="h", measure="x", credits=0), awards=(award(),)),
        learning(Conversion(kind="h", measure="x", credits=1, credits_max=-1), awards=(award(),)),
        learning(Conversion(kind="h", measure="x", credits=1, awards=("z",)), awards=(award(),)),
    ],
)
def test_banks_that_do_not_hold_together_are_refused(table: LearningTable) -> None:
    settled().refused(adopt(table), "access.bad_table")


@settings(max_examples=40, deadline=None)
@given(
    amounts=st.lists(st.integers(10, 60), min_size=1, max_size=6),
    asked=st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6),
)
def test_no_sequence_of_claims_counts_an_outcome_twice(
    amounts: list[int], asked: list[list[int]]
) -> None:
    """S2-44: over any claims for two awards, no original stands twice in one of them."""
    floors = settled()
    low = (award(credits=3), award("second", 3, level=2))
    floors.when(adopt(learning(HOURS, awards=low)))
    for number, amount in enumerate(amounts):
        outcome(floors, f"o{number}", amount)
    for number, chosen in enumerate(asked):
        names = tuple(f"o{n}" for n in chosen)
        try:
            floors.when(claim(*names, name=("diploma", "second")[number % 2]))
        except Refusal:
            continue
    for key, roots in floors.access.counted.items():
        assert len(roots) == len(set(roots)), key
    for known in floors.access.claims.values():
        assert known.credits == sum(known.outcomes.values()) >= 3
