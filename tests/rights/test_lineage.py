"""What hangs below a right: grants of grants, and what was made out of what."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import DOCUMENT, Floors, settled
from tests.rights.entries import cancel, expire, freeze, grant, release, transfer
from tests.rights.samples import registration
from yaosu.kernel.refusal import Refusal
from yaosu.rights.lineage import below, directly_above, directly_below
from yaosu.rights.register import current_rights

KINDS = ("holding", "processing_use", "product_operation")


@pytest.fixture
def floors() -> Floors:
    """A resource of anna's, a processed set of bao's made under a grant, a product of watch's."""
    floors = settled()
    floors.when(registration("data", kind="processing_use", right="R0", unit="resource"))
    floors.when(grant("G0", "R0", 50))
    floors.when(registration("data", right="R1", unit="set", holder="bao", made_from=("G0",)))
    floors.when(grant("G1", "R1", 20, actor="bao", target="watch"))
    floors.when(
        registration(
            "data", right="R2", unit="product", holder="watch", made_from=("G1",), producer="bao"
        )
    )
    floors.when(grant("G2", "R2", 5, actor="watch", target="anna"))
    return floors


def test_lineage_runs_from_resource_to_product_and_back(floors: Floors) -> None:
    """S1-11: several rights at several levels, linked."""
    assert below(floors.rights, "R0") == ["G0", "R1", "G1", "R2", "G2"]
    assert directly_below(floors.rights, "G1") == ["R2"]
    assert directly_above(floors.rights, "R2") == ["G1"]
    assert directly_above(floors.rights, "G1") == ["R1"]
    assert directly_above(floors.rights, "R0") == []


def test_revoking_upstream_lists_and_suspends_what_hangs_below(floors: Floors) -> None:
    """S1-11: each is frozen and names what it depends on; releasing one frees that one."""
    events = floors.when(cancel("R0", "gov", DOCUMENT))
    frozen = [e.entry.right for e in events if hasattr(e, "entry") and e.entry.kind == "freeze"]
    assert frozen == ["G0", "R1", "G1", "R2", "G2"]
    for name in frozen:
        (entry,) = floors.rights.burdens[name]
        made = floors.rights.entries[entry]
        assert floors.rights.entries[made.caused_by].kind == "cancellation"
        assert made.reason == "cancellation of R0, which it depends on"
    refusal = floors.refused(grant("X", "R2", 1, actor="watch"), "rights.blocked")
    assert "freeze" in str(refusal)
    floors.refused(
        registration("data", right="R9", unit="more", holder="watch", made_from=("G1",)),
        "rights.blocked",
    )
    (entry,) = floors.rights.burdens["R2"]
    floors.when(release(entry, "reg"))
    floors.when(grant("X", "R2", 1, actor="watch"))


def test_an_expired_source_suspends_too(floors: Floors) -> None:
    """S1-11: by time as by revocation."""
    floors.now = floors.rights.rights["G0"].term_to
    floors.when(expire("G0"))
    assert [name for name in ("R1", "G1", "R2", "G2") if name in floors.rights.burdens] == [
        "R1", "G1", "R2", "G2",
    ]  # fmt: skip
    assert "R0" not in floors.rights.burdens, "what lies upstream is untouched"


def test_a_frozen_source_does_not_freeze_what_was_made(floors: Floors) -> None:
    floors.when(freeze("R0"))
    assert "R1" not in floors.rights.burdens
    floors.refused(
        registration("data", right="R9", unit="more", made_from=("R0",)), "rights.blocked"
    )


@pytest.mark.parametrize(
    ("made_from", "holder", "reason"),
    [
        (("R0",), "bao", "bao does not hold it"),
        (("R1",), "bao", "nothing is made under a right of kind holding"),
    ],
)
def test_things_are_made_only_under_a_right_that_lets_one(
    floors: Floors, made_from: tuple[str, ...], holder: str, reason: str
) -> None:
    """S1-12: holding a resource is not the right to process it."""
    made = registration("data", right="R9", unit="more", holder=holder, made_from=made_from)
    assert reason in str(floors.refused(made, "rights.may_not_make"))


def test_a_source_is_named_once_and_exists(floors: Floors) -> None:
    again = registration("data", right="R9", unit="more", made_from=("R0", "R0"))
    floors.refused(again, "rights.bad_quantity")
    floors.refused(
        registration("data", right="R9", unit="more", made_from=("R9",)), "rights.unknown_right"
    )
    later = registration(
        "data", right="R9", unit="set", holder="bao", made_from=("R0",), kind="processing_use"
    )
    floors.refused(later, "rights.unit_differs")


def test_licences_go_down_any_depth_and_the_producer_stays(floors: Floors) -> None:
    """S1-11 S2-24: invention, licence, sub-licence; the producer survives transfer."""
    floors.when(registration("technology", producer="anna"))
    floors.when(grant("L1", "R-technology", 10, kind="exclusive_licence"))
    floors.when(grant("L2", "L1", 4, actor="bao", target="watch"))
    assert floors.rights.rights["L2"].kind == "ordinary_licence"
    floors.refused(grant("L3", "L2", 1, actor="watch", target="anna"), "rights.not_grantable")
    assert below(floors.rights, "R-technology") == ["L1", "L2"]
    floors.when(transfer("R-technology"))
    assert floors.rights.units["U-technology"].producer == "anna"
    floors.when(cancel("L1", "bao"))
    assert "L2" in floors.rights.burdens
    assert "R-technology" not in floors.rights.burdens


def test_a_title_is_taken_over_with_its_old_number_and_not_examined() -> None:
    floors = settled()
    floors.when(registration("land", old_number="JT-1998-0042"))
    assert floors.rights.units["U-land"].old_number == "JT-1998-0042"
    entry = floors.rights.rights["R-land"].entry
    assert floors.rights.entries[entry].reason == "taken over, not examined"
    floors.when(registration("compute", old_number="沪(2016)字不动产权第 00123 号 / a"))
    for wrong in ("two\nlines", " around ", "x" * 201):
        floors.refused(registration("carbon", old_number=wrong), "rights.bad_old_number")


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), min_size=1, max_size=8))
def test_granting_one_of_the_three_data_rights_never_grants_another(
    steps: list[tuple[str, bool]],
) -> None:
    """S1-12: three rights stand apart, in one hand or three; a grant touches one of them."""
    floors = settled(regions=1)
    holders = {"holding": "anna", "processing_use": "bao", "product_operation": "watch"}
    for kind in KINDS:
        floors.when(
            registration("data", kind=kind, right=kind, unit="U-data", holder=holders[kind])
        )
    for number, (kind, is_transfer) in enumerate(steps):
        before = {one: floors.rights.rights[one] for one in KINDS}
        holder = before[kind].holder
        target = "anna" if holder != "anna" else "bao"
        floors.now += 1
        if is_transfer:
            floors.when(transfer(kind, target, actor=holder))
        else:
            floors.when(grant(f"g{number}", kind, 1, actor=holder, target=target))
        for other in KINDS:
            assert other == kind or floors.rights.rights[other] == before[other]
        made = current_rights(floors, instrument=before[kind].instrument)
        assert {right.kind for right in made} <= {kind, "usage_grant"}
        assert all(right.based_on in ("", kind) for right in made)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=25))
def test_there_are_no_cycles_however_things_are_made(steps: list[tuple[int, bool]]) -> None:
    """S1-11: what hangs below a right is younger, to any depth."""
    floors = settled(regions=1)
    floors.when(registration("data", kind="processing_use", right="r0", unit="u0"))
    for number, (pick, is_grant) in enumerate(steps, 1):
        floors.now += 1
        known = sorted(floors.rights.rights)
        source = floors.rights.rights[known[pick % len(known)]]
        command = (
            grant(f"r{number}", source.id, 2, actor=source.holder, target="bao")
            if is_grant
            else registration(
                "data", kind="processing_use", right=f"r{number}", unit=f"u{number}",
                holder=source.holder, made_from=(source.id,), quantity=100,
            )
        )  # fmt: skip
        with suppress(Refusal):  # a use that is granted is not granted on, and lots run out
            floors.when(command)
    for name in floors.rights.rights:
        assert name not in below(floors.rights, name)
