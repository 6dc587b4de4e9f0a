"""Journeys through the register, as anybody runs them: what the journal holds at their end."""

import json
from pathlib import Path

import pytest

from yaosu.cases.views import times_table
from yaosu.cli.app import answer
from yaosu.cli.output import DONE
from yaosu.core import State
from yaosu.engine.proof import verify
from yaosu.engine.recovery import command_of, events_of, fold
from yaosu.journal.chain import ACCEPTED
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.words import tag_of
from yaosu.markets.events import MarketCleared
from yaosu.rights.views import lots_by_holder, title_history

pytest.importorskip("altair", reason="needs the extra report")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Capture = pytest.CaptureFixture[str]


def walk(name: str, folder: Path, capsys: Capture) -> tuple[State, list[str]]:
    """Run an example: the state at its end, and what was refused in order, by code."""
    assert answer(["run", str(EXAMPLES / name), "--out", str(folder), "--json"]) == DONE
    assert "report.html" in json.loads(capsys.readouterr().out)["files"]
    state, refused = State(), []
    with open_sqlite(folder / "market.db", readonly=True) as store:
        assert verify(store).entries == store.size
        for entry, events in fold(store, state):
            if entry.header.outcome != ACCEPTED:
                refused.append(getattr(events[0], "code", ""))
    return state, refused


def test_a_villages_plot_goes_from_consent_to_a_right_that_is_split_and_merged(
    tmp_path: Path, capsys: Capture
) -> None:
    """S0-26: two thirds consent, one registration, one sale; the mortgage follows every part."""
    state, refused = walk("collective-plot", tmp_path, capsys)
    assert refused == ["rights.shares_do_not_sum", "rights.consent_missing"]
    assert state.parties.resolutions["resolution-7"].is_passed
    lots = lots_by_holder(state.rights)
    assert sum(n for (party, _), n in lots.items() if party == "harbour-tools") == 9_000
    assert sum(n for (party, _), n in lots.items() if party == "stone-bridge-village") == 9_000
    used = [r for r in state.rights.rights.values() if r.kind == "use_right"]
    current = {right.unit: right for right in used if right.end == 0}
    assert {unit: state.rights.units[unit].quantity for unit in current} == {
        "plot-12-c": 2_000,
        "plot-12-d": 7_000,
    }
    for right in current.values():
        standing = [state.rights.entries[e] for e in state.rights.burdens[right.id]]
        assert {(e.kind, e.beneficiary) for e in standing} == {("pledge", "county-bank")}
    merged = state.rights.units["plot-12-d"]
    assert merged.parents == ("plot-12-a", "plot-12-b")
    assert merged.attributes["floor_area_m2"] == 9_000
    assert [state.rights.units[u].parents for u in merged.parents] == [("plot-12",)] * 2
    history = title_history(state.rights, "plot-12-use")
    assert [step.right.holder for step in history][:2] == ["stone-bridge-village", "harbour-tools"]
    assert history[-1].right.end
    assert state.ledger.balance("stone-bridge-village", "CNY") == 9_000 * 49_500


def test_an_invention_made_in_service_keeps_its_inventors_on_record(
    tmp_path: Path, capsys: Capture
) -> None:
    """S0-26: shares sum to one; licence, pledge, objection and release each bar what they must."""
    state, refused = walk("service-invention", tmp_path, capsys)
    assert refused == [
        "rights.not_holder",
        "rights.blocked",
        "rights.blocked",
        "rights.may_not_release",
    ]
    register = state.rights
    assert {name: str(right.share) for name, right in register.rights.items()} == {
        "patent-1-institute": "3/10",
        "patent-1-liu": "1/2",
        "patent-1-he": "1/5",
        "licence-1": "1/20",
    }
    licence = register.rights["licence-1"]
    assert (licence.holder, licence.based_on) == ("mill-works", "patent-1-institute")
    assert register.units["patent-1"].producer == "green-institute"
    assert register.rights["patent-1-he"].holder == "green-institute"
    assert register.burdens == {}
    ended = [register.entries[entry] for entry in ("pledge-1", "objection-1")]
    assert [entry.released_by for entry in ended] == ["tech-bank", "sun-rui"]


def test_a_firm_admitted_once_trades_in_ten_regions_and_leaves(
    tmp_path: Path, capsys: Capture
) -> None:
    """S0-29: one admission, ten regions, one price; S0-04: it leaves once nothing is open."""
    state, refused = walk("one-firm-ten-regions", tmp_path, capsys)
    assert refused == [
        "markets.not_admitted",
        "access.admitted_before",
        "access.exit_blocked",
        "markets.not_admitted",
    ]
    with open_sqlite(tmp_path / "market.db", readonly=True) as store:
        asked = [tag_of(command_of(e)) for e in store.read() if command_of(e).actor == FIRM]
        (cleared,) = (
            event
            for entry in store.read()
            for event in events_of(entry)
            if isinstance(event, MarketCleared)
        )
    assert asked.count("access.apply_for_admission") == 2  # the second was refused
    rows = list(cleared.clearing.prices.iterate())
    assert len(rows) == 10
    assert len({row["price"] for row in rows}) == 1
    bought = sum(
        right.share.of_whole(state.rights.units[right.unit].quantity)
        for right in state.rights.rights.values()
        if right.holder == FIRM
    )
    assert bought == 850
    assert state.ledger.balance(FIRM, "CNY") == 2_000_000 - 850 * rows[0]["price"]


def test_a_revocation_upstream_suspends_all_that_was_made_of_the_data(
    tmp_path: Path, capsys: Capture
) -> None:
    """S1-12: three separable rights; set and product below them; one revocation lists the rest."""
    state, refused = walk("data-lineage", tmp_path, capsys)
    assert refused == ["rights.may_not_make", "rights.blocked"]
    register = state.rights
    kinds = {r.kind: r.holder for r in register.rights.values() if r.unit == "berth-calls"}
    assert kinds == {
        "holding": "port-of-ningbo",
        "processing_use": "tide-analytics",
        "product_operation": "port-of-ningbo",
    }
    assert register.units["delay-index"].made_from == ("calls-processed",)
    assert register.units["delay-forecast"].made_from == ("index-operated",)
    assert state.parties.attestations["review-1"].issuer == "fair-review"
    assert register.rights["calls-processed"].end
    assert sorted(register.burdens) == [
        "forecast-use-1",
        "index-held",
        "index-operated",
        "product-held",
    ]
    (cancelled,) = (e.id for e in register.entries.values() if e.kind == "cancellation")
    for entries in register.burdens.values():
        assert [register.entries[entry].caused_by for entry in entries] == [cancelled]


def test_an_engineer_from_abroad_is_admitted_in_one_region_and_works_in_another(
    tmp_path: Path, capsys: Capture
) -> None:
    """S0-29: recognised and admitted once; S2-40: two permits side by side, beside the serial."""
    state, refused = walk("foreign-engineer", tmp_path, capsys)
    assert refused == ["access.not_listed", "access.conditions_not_met"]
    (times,) = times_table(state.cases).iterate()
    assert times["cases"] == 1
    assert times["combined"] < times["serial"] < times["stated"] == 27
    service = state.rights.rights["service-1"]
    assert (service.holder, service.kind) == ("chengdu-avionics", "employment")
    assert state.rights.units[service.unit].region == "chengdu"
    assert state.parties.parties["maria-lindt"].facts["region"] == "hefei"
    assert list(state.rights.by_region["chengdu"]) == ["service-1", "time-1"]


FIRM = "river-robotics"
