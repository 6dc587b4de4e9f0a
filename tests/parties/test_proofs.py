"""Attestations as proofs: spent once for a purpose, and what depends on one found false."""

import pytest

from tests.floors import Floors, attest, settled
from yaosu.kernel.instant import DAY
from yaosu.parties import views
from yaosu.parties.commands import SpendAttestation, WithdrawAttestation
from yaosu.parties.decide import attestation_behind
from yaosu.parties.proofs import use_proof


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    attest(floors, "anna", "training_voucher")
    return floors


def spend(
    purpose: str = "welding_course", name: str = "att-anna-training_voucher"
) -> SpendAttestation:
    return SpendAttestation(
        actor="agency", key="k", attestation=name, purpose=purpose, on="enrolment-1"
    )


def withdraw(name: str, *, is_false: bool) -> WithdrawAttestation:
    return WithdrawAttestation(
        actor="agency", key="k", attestation=name, reason="forged", is_false=is_false
    )


def test_an_attestation_is_spent_once_for_a_purpose(floors: Floors) -> None:
    floors.when(spend())
    refusal = floors.refused(spend(), "parties.spent_before")
    assert "for welding_course" in str(refusal)
    floors.when(spend("language_course"))
    table = views.uses(floors.parties, "attestation", "att-anna-training_voucher")
    assert table.text("purpose").tolist() == ["welding_course", "language_course"]
    assert table["spent"].tolist() == [1, 1]


def test_only_what_is_in_force_is_spent_and_for_a_named_purpose(floors: Floors) -> None:
    floors.refused(spend(name="none"), "parties.unknown_attestation")
    floors.refused(spend("Welding"), "parties.bad_purpose")
    floors.when(withdraw("att-anna-training_voucher", is_false=False))
    floors.refused(spend(), "parties.attestation_not_in_force")


def test_what_depends_on_a_false_attestation_is_listed_all_the_way_down(floors: Floors) -> None:
    """Nothing is undone by itself; the list says what to look at, and by way of what."""
    attest(floors, "anna", "diploma")
    attest(floors, "anna", "licence")
    diploma, licence = "att-anna-diploma", "att-anna-licence"
    for proof, purpose, on in (
        (diploma, "recognition", licence),
        (licence, "admission", "anna/labour/holder"),
        (licence, "recognition", diploma),  # a circle ends
    ):
        for event in use_proof(floors, "attestation", proof, purpose, on, "anna"):
            floors.take(event)
    assert views.doubtful(floors.parties).rows == 0
    floors.now += DAY
    floors.when(withdraw(diploma, is_false=True))
    table = views.doubtful(floors.parties)
    assert table.text("attestation").tolist() == [diploma] * 3
    assert table.text("by_way_of").tolist() == [diploma, licence, licence]
    assert table.text("on").tolist() == [licence, "anna/labour/holder", diploma]


def test_a_withdrawn_attestation_is_not_a_false_one(floors: Floors) -> None:
    floors.when(spend())
    floors.when(withdraw("att-anna-training_voucher", is_false=False))
    assert views.doubtful(floors.parties).rows == 0


def test_rules_read_the_highest_level_and_it_is_known_where_it_stands(floors: Floors) -> None:
    attest(floors, "bao", "skill", 3)
    behind = attestation_behind(floors, "bao", "skill")
    assert behind is not None
    assert (behind.id, behind.level) == ("att-bao-skill", 3)
    assert attestation_behind(floors, "bao", "diploma") is None
