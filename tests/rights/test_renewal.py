"""Renewal within the law at a price by rule; other uses by matrix, plan and consent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.floors import DOCUMENT, START, Floors, settled
from tests.places.test_planning import CITY, TREE, entry
from tests.rights.entries import (
    assess,
    change_use,
    consent,
    freeze,
    fund,
    plan,
    pledge,
    plot,
    renew,
)
from tests.rights.samples import registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.places.commands import DefinePlan, DefineSpatialTree
from yaosu.rights.commands import SwapUses
from yaosu.rights.methods.prorating import months_in, price_of_months
from yaosu.rights.methods.term import latest_end
from yaosu.rights.views import title_history

TWENTY, FIFTY = latest_end(START, "P20Y"), latest_end(START, "P50Y")


@pytest.fixture
def floors() -> Floors:
    """A plot for industry, of at most fifty years, held for twenty."""
    floors = settled()
    plot(floors, "A", term_to=TWENTY)
    floors.now += DAY
    return floors


def test_a_term_is_renewed_up_to_the_legal_maximum_for_the_use_and_no_instant_more(
    floors: Floors,
) -> None:
    """S2-60: elapsed and renewed term <= 50 years of industry, at the boundary."""
    floors.refused(renew("R-A", FIFTY), "rights.consent_missing")
    floors.when(consent("R-A", "renewal"))
    refusal = floors.refused(renew("R-A", FIFTY + 1), "rights.bad_term")
    assert "longer than the law allows; give an end" in str(refusal)
    assert "P50Y" in str(refusal)
    floors.refused(renew("R-A", TWENTY), "rights.not_renewable")
    floors.when(renew("R-A", FIFTY))
    first, second = title_history(floors.rights, "R-A")
    assert (first.right.term_to, second.right.term_to) == (TWENTY, FIFTY)
    assert second.entry.kind == "renewal"


@settings(max_examples=30)
@given(st.integers(1, 60 * 366))
def test_any_length_is_accepted_exactly_when_it_is_within_the_law(days: int) -> None:
    """S2-60: property at every length."""
    floors = settled(regions=1)
    plot(floors, "A", term_to=TWENTY)
    floors.when(consent("A", "renewal"))
    end = START + days * DAY
    try:
        floors.when(renew("R-A", end))
        is_accepted = True
    except Refusal as refusal:
        assert refusal.code in {"rights.bad_term", "rights.not_renewable"}
        is_accepted = False
    assert is_accepted == (TWENTY < end <= FIFTY)


def test_what_is_open_or_frozen_is_not_renewed(floors: Floors) -> None:
    floors.when(registration("capital"))
    floors.refused(renew("R-capital", FIFTY), "rights.not_renewable")
    floors.when(freeze("R-A"))
    floors.refused(renew("R-A", FIFTY), "rights.blocked")


def test_the_price_of_the_years_added_is_paid_by_the_holder(floors: Floors) -> None:
    """S2-60: ten of fifty years by the month, at the rate of the rules or by time alone."""
    end = latest_end(TWENTY, "P10Y")
    fields = {"full_price_minor": 5_000_000, "payee": "gov"}
    floors.when(consent("R-A", "renewal"))
    floors.refused(renew("R-A", end, **fields), "ledger.insufficient")
    floors.refused(renew("R-A", end, full_price_minor=-1, payee="gov"), "rights.bad_amount")
    floors.refused(renew("R-A", end, full_price_minor=5, payee="none"), "parties.unknown")
    fund(floors, "anna", 1_500_000)
    floors.when(renew("R-A", end, **fields))
    paid = floors.free("gov", "CNY")
    assert paid == floors.rights.entries[floors.rights.rights["R-A"].entry].amount_minor
    assert paid == 1_000_000
    assert floors.free("anna", "CNY") == 500_000


@pytest.mark.parametrize("rate_bp", [0, 1, 450, 10_000])
def test_the_whole_term_costs_the_whole_price_and_longer_never_less(rate_bp: int) -> None:
    """S2-60: P_N is the price; monotone; against the formula of appraisal."""
    prices = [price_of_months(10**9, months, 600, rate_bp) for months in range(1, 601)]
    assert prices[-1] == 10**9
    assert prices == sorted(prices)
    if rate_bp:
        growth = 1 + rate_bp / 120_000
        wanted = 10**9 * (1 - growth**-240) / (1 - growth**-600)
        assert abs(prices[239] - wanted) < 2


def test_begun_months_count_whole() -> None:
    assert months_in(START, latest_end(START, "P1M")) == 1
    assert months_in(START, latest_end(START, "P1M") + 1) == 2
    assert months_in(START, START + 1) == 1
    assert months_in(START, FIFTY) == 600


def test_another_use_needs_the_matrix_the_plan_and_everybody_concerned(floors: Floors) -> None:
    """S2-58: allowed pairs need no new auction; the old use stays in the history."""
    refusal = floors.refused(change_use("A", "residential"), "rights.not_convertible")
    assert "from industrial to residential" in str(refusal)
    floors.refused(change_use("A", "nonsense"), "rights.attribute_wrong")
    floors.refused(change_use("A", "warehousing"), "rights.plan_forbids")
    plan(floors, "A", "warehousing")
    floors.when(pledge("R-A"))
    floors.when(consent("A", "change"))
    floors.refused(change_use("A", "warehousing"), "rights.consent_missing")
    floors.when(consent("A", "change", "bao"))
    floors.when(change_use("A", "warehousing", source=DOCUMENT))
    assert floors.rights.units["A"].attributes["use"] == "warehousing"
    assert floors.rights.unit_history["A"][0].attributes["use"] == "industrial"
    assert [step.entry.kind for step in title_history(floors.rights, "R-A")] == ["first", "change"]
    floors.when(registration("data"))
    floors.refused(change_use("U-data", "x"), "rights.no_uses")


def test_the_plans_over_its_plot_say_what_a_unit_may_become(floors: Floors) -> None:
    """S2-58: plan compatibility from the layers themselves, no attestation needed or heard."""
    attributes = {"use": "industrial", "land_title": "state", "floor_area_m2": 0, "plot": "t/p1"}
    plot(floors, "P", unit_attributes=attributes)
    tree = (replace(CITY, region="R01"), *TREE[1:])
    floors.when(DefineSpatialTree(actor="gov", key="k", tree="t", version="1", units=tree))
    entries = (entry("city", logistics=(1000, 0)),)
    floors.when(
        DefinePlan(actor="gov", key="k", plan="use", version="1", tree="t", entries=entries)
    )
    plan(floors, "P", "warehousing")
    floors.when(consent("P", "change"))
    floors.refused(change_use("P", "warehousing"), "rights.plan_forbids")
    floors.when(change_use("P", "logistics"))
    assert floors.rights.units["P"].attributes["use"] == "logistics"


def test_what_the_unit_is_worth_more_is_due_by_the_matrix(floors: Floors) -> None:
    """S2-58: all of the appraised difference from industry to research, paid by the holder."""
    plan(floors, "A", "research")
    floors.when(consent("A", "change"))
    floors.when(assess("old", "A", "cost", use="industrial", construction_minor=700))
    floors.when(assess("new", "A", "cost", use="research", construction_minor=1_000))
    fields = {"value_before": "old", "value_after": "old", "payee": "gov"}
    floors.refused(change_use("A", "research", **fields), "rights.not_that_value")
    fields["value_after"] = "new"
    floors.refused(change_use("A", "research", **fields), "ledger.insufficient")
    fund(floors, "anna", 300)
    floors.when(change_use("A", "research", **fields))
    assert floors.free("gov", "CNY") == 300


def test_two_plots_swap_their_uses_in_one_entry(floors: Floors) -> None:
    """S2-58: each change is allowed by itself, both or neither."""
    attributes = {"use": "logistics", "land_title": "state", "floor_area_m2": 1}
    plot(floors, "B", unit_attributes=attributes, holder="bao")
    swap = SwapUses(actor="reg", key="k", unit="A", other="B")
    plan(floors, "A", "logistics")
    floors.refused(swap, "rights.plan_forbids")
    plan(floors, "B", "industrial")
    floors.when(consent("A", "change"))
    floors.refused(swap, "rights.consent_missing")
    floors.when(consent("B", "change", "bao"))
    floors.when(swap)
    uses = [floors.rights.units[name].attributes["use"] for name in ("A", "B")]
    assert uses == ["logistics", "industrial"]
    floors.refused(SwapUses(actor="reg", key="k", unit="A", other="A"), "rights.bad_parts")
    floors.when(registration("capital"))
    odd = SwapUses(actor="reg", key="k", unit="A", other="U-capital")
    floors.refused(odd, "rights.unit_differs")
