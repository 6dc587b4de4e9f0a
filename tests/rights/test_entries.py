"""The register entries beyond the first: corrected, cancelled, expired, ranked, handed over."""

import pytest

from tests.floors import DOCUMENT, START, Floors, institution, settled
from tests.rights.entries import (
    cancel,
    confirm,
    correct,
    expire,
    freeze,
    grant,
    pledge,
    plot,
    release,
    transfer,
)
from tests.rights.samples import YEAR, registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.parties.commands import GrantRole, RegisterParty
from yaosu.rights.commands import AdoptProfile, PledgeRight, TransferTitle
from yaosu.rights.profiles import parse_profile
from yaosu.rights.register import pledges_on
from yaosu.rights.values import Correction
from yaosu.rights.views import title_history
from yaosu.rights.vocabulary import STANDING, VOCABULARY


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    floors.when(RegisterParty(actor="op", key="r", party="reg2", kind="organisation", name="2"))
    floors.when(GrantRole(actor="gov", key="r", party="reg2", role="registrar"))
    floors.when(registration("capital"))
    floors.when(registration("data"))
    floors.now += DAY
    return floors


def test_one_vocabulary_serves_all_factors() -> None:
    """S0-26: fifteen words, and what stands is what bars."""
    assert len(VOCABULARY) == 15
    assert STANDING == ("pledge", "objection", "priority_notice", "freeze")
    assert all(row.says and row.zh and row.needs and row.commands for row in VOCABULARY.values())


def test_a_correction_needs_two_different_officers_and_overwrites_nothing(floors: Floors) -> None:
    """S0-50: four eyes; the wrong version stays in the history."""
    wrong = floors.rights.units["U-data"].attributes
    correction = Correction(unit_attributes={"content_digest": "cd" * 32}, scope={"place": "R01"})
    floors.when(correct("R-data", correction))
    assert floors.rights.units["U-data"].attributes == wrong, "it waits"
    refusal = floors.refused(confirm("C1", "reg"), "rights.may_not_confirm")
    assert "a registrar other than the one who asked for it, not by reg" in str(refusal)
    floors.refused(confirm("C1", "anna"), "rights.may_not_confirm")
    floors.when(confirm("C1", "reg2"))
    assert floors.rights.units["U-data"].attributes["content_digest"] == "cd" * 32
    assert floors.rights.unit_history["U-data"][0].attributes == wrong
    first, second = title_history(floors.rights, "R-data")
    assert (first.right.scope, second.right.scope) == ({}, {"place": "R01"})
    assert (second.entry.kind, second.entry.made_by) == ("correction", "reg")
    assert second.entry.confirmed_by == "reg2"
    floors.refused(confirm("C1", "reg2"), "rights.unknown_entry")


def test_a_holder_is_corrected_with_the_lots_but_not_under_a_freeze(floors: Floors) -> None:
    """S0-50: a correction is no way round a freeze."""
    floors.when(correct("R-capital", Correction(holder="bao")))
    floors.when(freeze("R-capital"))
    floors.refused(confirm("C1", "reg2"), "rights.blocked")
    floors.when(release("F1", "reg"))
    floors.when(confirm("C1", "reg2"))
    assert floors.rights.rights["R-capital"].holder == "bao"
    assert floors.free("bao", "U-capital") == 500


def test_a_waiting_correction_is_dropped_by_a_registrar(floors: Floors) -> None:
    floors.when(correct("R-capital", Correction(holder="bao")))
    floors.refused(release("C1", "anna"), "rights.may_not_release")
    floors.refused(correct("R-capital", Correction(holder="bao")), "rights.entry_exists")
    floors.when(release("C1", "reg2"))
    floors.refused(confirm("C1", "reg2"), "rights.unknown_entry")


def test_a_correction_says_what_and_holds_together(floors: Floors) -> None:
    floors.refused(correct("R-data", Correction()), "rights.nothing_corrected")
    floors.refused(correct("R-data", Correction(holder="anna")), "rights.same_holder")
    unknown = Correction(unit_attributes={"x": 1})
    floors.refused(correct("R-data", unknown), "rights.attribute_wrong")
    floors.refused(correct("R-data", Correction(term_to=START + 4 * YEAR)), "rights.bad_term")
    no_document = correct("R-data", Correction(holder="bao"))
    no_document = type(no_document)(
        actor="reg", key="k", entry="C1", right="R-data", correction=Correction(holder="bao"),
        source="",
    )  # fmt: skip
    floors.refused(no_document, "rights.no_document")


def test_a_holder_gives_up_and_the_lots_are_retired(floors: Floors) -> None:
    """S0-26: issued = held + retired."""
    floors.when(cancel("R-capital"))
    known = floors.rights.rights["R-capital"]
    assert (known.share, known.end) == (Share(0, 1), floors.now)
    assert floors.ledger.balance("register", "U-capital", "issued") == 0
    floors.refused(transfer("R-capital"), "rights.ended")
    floors.when(registration("capital", right="R2"))
    assert floors.free("anna", "U-capital") == 500, "the share is free to be registered again"


def test_what_others_rely_on_bars_all_but_an_authority(floors: Floors) -> None:
    """S0-50 S1-13: cancellation."""
    floors.when(pledge("R-capital"))
    floors.refused(cancel("R-capital"), "rights.blocked")
    floors.refused(cancel("R-capital", "reg"), "rights.no_document")
    floors.refused(cancel("R-capital", "reg", DOCUMENT), "rights.blocked")
    floors.refused(cancel("R-capital", "bao"), "rights.not_holder")
    floors.when(cancel("R-capital", "gov", DOCUMENT))
    assert floors.rights.entries["P1"].released_by == "gov"
    assert "R-capital" not in floors.rights.burdens


def test_lots_on_offer_keep_a_right_from_ending(floors: Floors) -> None:
    floors.reserved["R-capital"] = 1
    floors.refused(cancel("R-capital"), "rights.lots_reserved")
    without = cancel("R-capital")
    without = type(without)(actor="anna", key="k", right="R-capital", reason=" ")
    floors.refused(without, "rights.no_reason")


def test_a_right_expires_when_its_term_is_over_and_not_before(floors: Floors) -> None:
    floors.refused(expire("R-capital"), "rights.term_runs")
    end = floors.rights.rights["R-data"].term_to
    floors.now = end - 1
    floors.refused(expire("R-data"), "rights.term_runs")
    floors.now = end
    floors.when(expire("R-data"))
    assert title_history(floors.rights, "R-data")[-1].entry.kind == "expiry"
    assert floors.free("anna", "U-data") == 0


def test_pledges_rank_by_time_and_say_so(floors: Floors) -> None:
    """S2-33: one pledge register for all factors, priority by time."""
    floors.when(pledge("R-capital", "P1", amount_minor=500))
    floors.refused(pledge("R-capital", "P2"), "rights.already_pledged")
    floors.refused(pledge("R-capital", "P2", rank=3), "rights.bad_rank")
    floors.now += 1
    floors.when(pledge("R-capital", "P2", rank=2, creditor="watch"))
    floors.when(pledge("R-capital", "P3", rank=3))
    assert [entry.id for entry in pledges_on(floors, "R-capital")] == ["P1", "P2", "P3"]
    floors.when(release("P1", "bao"))
    assert [entry.id for entry in pledges_on(floors, "R-capital")] == ["P2", "P3"]
    floors.refused(transfer("R-capital"), "rights.blocked")
    floors.refused(pledge("R-capital", "P4", rank=4), "rights.bad_rank")
    floors.refused(pledge("R-capital", "P4", rank=3, amount_minor=-1), "rights.bad_amount")
    floors.when(freeze("R-capital"))
    floors.refused(pledge("R-capital", "P4", rank=3), "rights.blocked")


def delivered(effect: str) -> Floors:
    """Capital whose rights arise as an effect says."""
    floors = settled()
    text = institution("factors/capital.toml").replace('version    = "1"', 'version = "2"')
    assert 'legal_effect = "' in text
    start = text.index('legal_effect = "')
    end = text.index('"', start + len('legal_effect = "')) + 1
    profile = parse_profile(text[:start] + f'legal_effect = "{effect}"' + text[end:])
    floors.when(AdoptProfile(actor="gov", key="k", profile=profile))
    floors.now += 10 * DAY
    return floors


def dated(instant: int | None) -> TransferTitle:
    return TransferTitle(
        actor="anna", key="k", right="R-capital", target="bao", effective_from=instant
    )


def test_a_constitutive_entry_counts_from_itself() -> None:
    floors = delivered("constitutive")
    floors.refused(registration("capital", effective_from=START), "rights.bad_effect")
    floors.when(registration("capital"))
    refusal = floors.refused(dated(START), "rights.bad_effect")
    assert "rights of capital arise by their entry" in str(refusal)
    floors.when(dated(floors.now))
    assert title_history(floors.rights, "R-capital")[-1].entry.counts_from == floors.now


def test_a_declaratory_entry_counts_from_before_and_never_from_later() -> None:
    floors = delivered("declaratory")
    floors.when(registration("capital", effective_from=START))
    floors.refused(dated(floors.now + 1), "rights.bad_effect")
    floors.when(dated(START + DAY))
    first, second = title_history(floors.rights, "R-capital")
    assert (first.entry.counts_from, first.entry.at) == (START, floors.now)
    assert (second.entry.kind, second.entry.counts_from) == ("transfer", START + DAY)


def test_what_passes_by_delivery_waits_for_the_one_who_receives() -> None:
    """A transfer and a pledge take effect at the hand-over, not when they are asked for."""
    floors = delivered("by_delivery")
    floors.when(registration("capital"))
    floors.refused(dated(START), "rights.bad_effect")
    floors.when(dated(None))
    assert floors.rights.rights["R-capital"].holder == "anna"
    (entry,) = floors.rights.waiting
    floors.refused(confirm(entry, "anna"), "rights.may_not_confirm")
    floors.now += DAY
    floors.when(confirm(entry, "bao"))
    assert floors.rights.rights["R-capital"].holder == "bao"
    last = title_history(floors.rights, "R-capital")[-1].entry
    assert (last.kind, last.at, last.confirmed_by) == ("transfer", floors.now, "bao")
    assert not floors.rights.waiting
    given = PledgeRight(actor="bao", key="k", entry="P1", right="R-capital", creditor="anna")
    floors.when(given)
    assert not pledges_on(floors, "R-capital")
    floors.refused(given, "rights.entry_exists")
    floors.when(confirm("P1", "anna"))
    assert [one.at for one in pledges_on(floors, "R-capital")] == [floors.now]


def test_a_hand_over_comes_too_late_when_the_title_has_gone_elsewhere() -> None:
    floors = delivered("by_delivery")
    floors.when(registration("capital"))
    floors.when(dated(None))
    (first,) = floors.rights.waiting
    floors.when(transfer("R-capital", "watch"))
    second = next(entry for entry in floors.rights.waiting if entry != first)
    floors.when(confirm(second, "watch"))
    floors.refused(confirm(first, "bao"), "rights.not_holder")
    floors.when(release(first, "anna"))
    assert not floors.rights.waiting


def test_a_lease_is_granted_beside_the_right_it_burdens(floors: Floors) -> None:
    """S0-48: of one kind over no more lots than the right has; it ends by itself."""
    plot(floors, "A")
    floors.when(grant("L1", "R-A", 600, term_to=floors.now + YEAR))
    assert floors.rights.rights["R-A"].granted == 0
    assert floors.free("bao", "A/lease") == 600
    floors.refused(grant("L2", "R-A", 301), "rights.not_enough_lots")
    floors.when(grant("E1", "R-A", 900, kind="easement"))
    floors.when(grant("S1", "L1", 100, actor="bao", target="watch"))
    assert floors.rights.rights["S1"].kind == "sublease"
    floors.refused(grant("X", "S1", 1, actor="watch"), "rights.not_grantable")
    floors.refused(
        grant("X", "L1", 1, actor="bao", term_to=floors.now + 2 * YEAR), "rights.bad_term"
    )
    floors.refused(transfer("L1", "watch", actor="bao"), "rights.not_transferable")
    floors.now += YEAR
    floors.when(expire("S1"))
    floors.when(expire("L1"))
    floors.when(grant("L2", "R-A", 900))
    assert floors.free("bao", "A/lease") == 900


def test_what_restricts_a_unit_stays_with_it(floors: Floors) -> None:
    """LADM: restrictions and responsibilities stand beside rights, and nobody sells them."""
    plot(floors, "A")
    floors.when(registration("land", right="D", unit="A", quantity=900, unit_attributes={},
                             kind="removal_duty"))  # fmt: skip
    floors.refused(transfer("D"), "rights.not_transferable")
    assert floors.rights.rights["D"].instrument == "A/removal_duty"


def test_a_grant_stays_inside_the_scope_it_comes_from(floors: Floors) -> None:
    floors.when(
        registration("technology", scope={"field": "batteries"}),
    )
    widened = grant("G", "R-technology", 1, scope={"field": "cars"})
    floors.refused(widened, "rights.scope_widened")
    floors.when(grant("G", "R-technology", 1, scope={"place": "R01"}))
    assert floors.rights.rights["G"].scope == {"field": "batteries", "place": "R01"}
