"""Recognition: both ways, with conditions, from originals only, and no gain round a circle."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.access.tables import recognition, row
from tests.floors import START, Floors, attest, institution, settled
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.access import views
from yaosu.access.commands import (
    AdoptRecognition,
    ApplyForAdmission,
    RecogniseByDecision,
    RecogniseCredential,
    WithdrawRecognition,
)
from yaosu.access.decide import is_admitted
from yaosu.access.methods.recognise import gain_of, levels_of, reach_from
from yaosu.access.parse import parse_recognition
from yaosu.access.tables import RecognitionRow, RecognitionTable
from yaosu.cases.commands import AdoptProcedure, CompleteStage, FileCase, RefuseCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Command
from yaosu.parties import views as parties_views
from yaosu.parties.commands import (
    GrantRole,
    IssueAttestation,
    RegisterParty,
    WithdrawAttestation,
)
from yaosu.parties.decide import attestations_about, facts_of
from yaosu.places.commands import DefineCalendar
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.rules.parse_places import parse_calendar

BOTH_WAYS = (
    row("degree", 2, "skill", 3),
    row("degree", 3, "skill", 5),
    row("skill", 3, "degree", 1),
    row("skill", 5, "degree", 2),
)


def adopt(*rows: RecognitionRow, **changes: object) -> AdoptRecognition:
    return AdoptRecognition(actor="gov", key="k", table=recognition(*rows, **changes))


def ask(attestation: str, target: str, actor: str = "anna", supervisor: str = "") -> Command:
    return RecogniseCredential(
        actor=actor, key="k", attestation=attestation, target=target, supervisor=supervisor
    )


def level(floors: Floors, kind: str, party: str = "anna") -> object:
    return facts_of(floors, party).get(f"attested_{kind}", 0)


@pytest.fixture
def floors() -> Floors:
    """Anna has a degree of level 3; the table recognises both ways."""
    floors = settled()
    attest(floors, "anna", "degree", 3)
    floors.when(adopt(*BOTH_WAYS))
    return floors


def test_recognition_goes_both_ways(floors: Floors) -> None:
    """S2-43: a degree counts as a skill level, and a skill level as a degree."""
    floors.when(ask("att-anna-degree", "skill"))
    assert level(floors, "skill") == 5
    attest(floors, "bao", "skill", 5)
    floors.when(ask("att-bao-skill", "degree", actor="bao"))
    assert level(floors, "degree", "bao") == 2


def test_what_was_recognised_leads_no_further(floors: Floors) -> None:
    """S2-43: only originals count, so that nobody goes round."""
    floors.when(ask("att-anna-degree", "skill"))
    (recognised,) = floors.access.recognitions
    floors.refused(ask(recognised, "degree"), "access.not_original")
    floors.refused(ask("att-anna-degree", "skill"), "access.recognised_before")
    floors.refused(ask("att-anna-degree", "degree"), "access.not_listed")


def test_a_table_with_a_gain_in_a_circle_is_not_adopted(floors: Floors) -> None:
    """S2-43: the refusal names the way round; two tables are read together."""
    gain = adopt(row("skill", 4, "licence", 1), row("licence", 1, "degree", 4), id="other")
    refusal = floors.refused(gain, "access.gain_in_circle")
    assert "degree 3 to skill 5 to licence 1 to degree 4" in str(refusal)
    floors.when(adopt(row("skill", 4, "licence", 1), row("licence", 1, "degree", 2), id="other"))


@st.composite
def tables(draw: st.DrawFn) -> list[RecognitionRow]:
    kinds = st.sampled_from(("a", "b", "c", "d"))
    levels = st.integers(1, 5)
    return [
        row(draw(kinds), draw(levels), draw(kinds), draw(levels))
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=300, deadline=None)
@given(
    rows=tables(),
    held=st.dictionaries(st.sampled_from(("a", "b", "c", "d")), st.integers(1, 5), min_size=1),
    steps=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(("a", "b", "c", "d")))),
)
def test_no_sequence_of_recognitions_gains_by_going_round(
    rows: list[RecognitionRow], held: dict[str, int], steps: list[tuple[int, str]]
) -> None:
    """S2-43: in a table that may be adopted, no credential comes back as more than it was, and
    no order of asking gives more than the originals do at once."""
    assume(not gain_of(rows))
    for kind, lv in held.items():
        assert reach_from(rows, kind, lv)[kind].level == lv
    most = levels_of(held, rows)
    # somebody who could use what was recognised again and again, row by row, gets no further
    reached = dict(held)
    for number, _ in steps * 3:
        one = rows[number % len(rows)]
        if reached.get(one.kind, 0) >= one.level:
            reached[one.gives] = max(reached.get(one.gives, 0), one.gives_level)
    assert all(lv <= most[kind] for kind, lv in reached.items())
    assert levels_of(most, rows) == most


@settings(max_examples=300, deadline=None)
@given(rows=tables(), start=st.integers(1, 6))
def test_a_table_that_is_refused_has_a_gain_and_one_that_is_not_has_none(
    rows: list[RecognitionRow], start: int
) -> None:
    """S2-43: against all walks, tried one by one."""
    gains = any(
        reach_from(rows, kind, lv)[kind].level > lv for kind in "abcd" for lv in range(1, 7)
    )
    assert bool(gain_of(rows)) == gains
    found = {("a", start)}
    while True:
        more = {
            (r.gives, r.gives_level)
            for kind, lv in found
            for r in rows
            if r.kind == kind and lv >= r.level
        }
        if more <= found:
            break
        found |= more
    best = {kind: max(lv for k, lv in found if k == kind) for kind, _ in found}
    assert {k: r.level for k, r in reach_from(rows, "a", start).items()} == best


def test_a_credential_of_one_region_serves_in_another_and_withdrawal_undoes_nothing() -> None:
    """S0-54: recognised without another examination; what was done by it stays valid."""
    floors = settled()
    pack = institution("rules/national.toml").replace('"2026.1"', '"2026.2"', 1)
    pack = pack.replace("effective   = 2025-01-01", "effective   = 2025-01-02", 1)
    pack = pack.replace(
        "attested_identity       = ", 'attested_engineer = "int"\nattested_identity = ', 1
    )
    engineer = """
[[condition]]
id         = "admission.engineer"
purpose    = "admission"
factors    = ["labour"]
expression = "attested_engineer >= 1"
reason     = "not_an_engineer"
[[condition.example]]
facts  = { attested_engineer = 1 }
result = true
"""
    floors.when(AdoptRules(actor="gov", key="k", pack=parse_pack(pack + engineer)))
    text = institution("recognition/cn.toml")
    floors.when(AdoptRecognition(actor="gov", key="k", table=parse_recognition(text)))
    attest(floors, "anna", "identity")
    floors.when(
        IssueAttestation(
            actor="agency", key="k", attestation="lic", about="anna", kind="regional_engineer"
        )
    )
    apply = ApplyForAdmission(actor="anna", key="k", factor="labour", role="holder")
    floors.refused(apply, "access.conditions_not_met")
    floors.when(ask("lic", "engineer"))
    floors.when(apply)
    (recognised,) = floors.access.recognitions
    used = parties_views.uses(floors.parties, "attestation", recognised)
    assert used.text("on").tolist() == ["anna/labour/holder"]
    floors.now += DAY
    withdraw = WithdrawRecognition(actor="gov", key="k", recognition=recognised, reason="changed")
    floors.when(withdraw)
    assert level(floors, "engineer") == 0
    assert is_admitted(floors, "anna", "labour", "holder")
    floors.refused(withdraw, "access.recognition_over")
    unknown = WithdrawRecognition(actor="gov", key="k", recognition="none", reason="changed")
    floors.refused(unknown, "access.unknown_recognition")


def test_conditions_of_a_list_are_kept() -> None:
    """S0-24: scope, term and supervision of the list go into what is recognised."""
    floors = settled()
    conditions = {"scope": {"region": "R02"}, "term_days": 10, "supervision_days": 4}
    floors.when(adopt(row("overseas_nurse", 1, "nurse", 2, **conditions)))
    attest(floors, "anna", "overseas_nurse")
    own = ask("att-anna-overseas_nurse", "nurse")
    assert "nobody cannot supervise" in str(floors.refused(own, "access.no_supervisor"))
    under = ask("att-anna-overseas_nurse", "nurse", supervisor="bao")
    floors.refused(under, "access.no_supervisor")
    attest(floors, "bao", "nurse", 2)
    floors.when(under)
    (known,) = floors.access.recognitions.values()
    assert (known.supervisor, known.supervised_until) == ("bao", START + 4 * DAY)
    (nurse,) = attestations_about(floors, "anna", "nurse")
    assert (nurse.scope, nurse.term_to) == ({"region": "R02"}, START + 10 * DAY)
    assert len(attestations_about(floors, "anna", "supervised_nurse")) == 1
    floors.now += 5 * DAY
    assert attestations_about(floors, "anna", "supervised_nurse") == []
    floors.now += 6 * DAY
    assert attestations_about(floors, "anna", "nurse") == []
    table = views.recognitions(floors.access)
    assert table.text("way").tolist() == ["overseas_nurse > nurse"]


def test_an_unlisted_credential_is_refused_with_reasons_and_a_way_to_go(floors: Floors) -> None:
    """S0-24: why, and which procedure hears an appeal."""
    attest(floors, "anna", "overseas_doctor", 1)
    refusal = str(floors.refused(ask("att-anna-overseas_doctor", "skill"), "access.not_listed"))
    assert "skill is given for degree, not for overseas_doctor" in refusal
    assert "file a case of the procedure appeal" in refusal
    refusal = str(floors.refused(ask("att-anna-degree", "nurse"), "access.not_listed"))
    assert "no row gives nurse" in refusal
    attest(floors, "bao", "degree", 1)
    low = ask("att-bao-degree", "skill", actor="bao")
    assert "it asks for degree of level 2" in str(floors.refused(low, "access.not_listed"))
    floors.when(adopt(row("craft", 1, "skill", 1, issuers=("reg",)), id="craft"))
    attest(floors, "bao", "craft", 1)
    foreign = ask("att-bao-craft", "skill", actor="bao")
    assert "agency is not among the issuers" in str(floors.refused(foreign, "access.not_listed"))
    floors.refused(ask("att-bao-degree", "skill"), "access.not_your_credential")
    floors.refused(ask("none", "skill"), "parties.unknown_attestation")
    floors.now += DAY
    gone = WithdrawAttestation(actor="agency", key="k", attestation="att-anna-degree", reason="x")
    floors.when(gone)
    floors.refused(ask("att-anna-degree", "skill"), "parties.attestation_not_in_force")


def test_rows_of_places_that_exclude_each_other_lead_nowhere() -> None:
    floors = settled()
    floors.when(
        adopt(
            row("a", 1, "b", 1, scope={"region": "R01"}),
            row("b", 1, "c", 1, scope={"region": "R02"}),
        )
    )
    attest(floors, "anna", "a")
    floors.refused(ask("att-anna-a", "c"), "access.scopes_apart")


@pytest.mark.parametrize(
    "table",
    [
        recognition(),
        recognition(*BOTH_WAYS, appeal=""),
        recognition(*BOTH_WAYS, authority=" "),
        recognition(*BOTH_WAYS, effective=2, expiry=1),
        recognition(row("A", 1, "b", 1)),
        recognition(row("a", 0, "b", 1)),
        recognition(row("a", 1, "b", 1, term_days=-1)),
    ],
)
def test_tables_that_do_not_hold_together_are_refused(table: RecognitionTable) -> None:
    settled().refused(AdoptRecognition(actor="gov", key="k", table=table), "access.bad_table")


def test_a_version_is_adopted_once_and_a_later_one_replaces_it(floors: Floors) -> None:
    """S0-54: a row that is gone recognises nobody anew; who was recognised keeps it."""
    floors.refused(adopt(*BOTH_WAYS), "access.version_exists")
    floors.when(ask("att-anna-degree", "skill"))
    floors.when(adopt(row("degree", 5, "skill", 5), version="2"))
    attest(floors, "bao", "degree", 3)
    floors.refused(ask("att-bao-degree", "skill", actor="bao"), "access.not_listed")
    assert level(floors, "skill") == 5


def test_what_rests_on_a_credential_ends_with_it() -> None:
    """A forged degree: its recognition ends, what was decided by it is listed, nothing undone."""
    story = Story().found(("labour",))
    table = parse_recognition(shipped("recognition/cn.toml"))
    story.ask(AdoptRecognition, MINISTRY, table=table)
    story.ask(RegisterParty, EXCHANGE, party="anna", kind="person", name="")
    fields = {"attestation": "deg", "about": "anna", "kind": "degree", "level": 3}
    story.ask(IssueAttestation, REGISTRY, **fields)
    story.ask(RecogniseCredential, "anna", attestation="deg", target="skill_grade")
    (recognised,) = story.venue.state.access.recognitions
    story.clock.forward(DAY)
    story.ask(WithdrawAttestation, REGISTRY, attestation="deg", reason="forged", is_false=True)
    state = story.venue.state
    assert state.parties.attestations[recognised].withdrawn_for == "deg was withdrawn: forged"
    table_ = parties_views.doubtful(state.parties)
    assert table_.text("on").tolist() == [recognised]


def test_an_appeal_is_a_case_that_ends_in_a_recognition_or_reasons() -> None:
    """S0-24: what no list names is compared and decided, with reasons, by a procedure."""
    story = Story().found(("labour",))
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    procedure = parse_procedure(shipped("procedures/recognition_appeal.toml"))
    story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    for name in ("anna", "office"):
        story.ask(RegisterParty, EXCHANGE, party=name, kind="person", name="")
    story.ask(GrantRole, EXCHANGE, party="office", role="agency")
    fields = {"attestation": "deg", "about": "anna", "kind": "overseas_diver", "level": 3}
    story.ask(IssueAttestation, REGISTRY, **fields)
    asked = RecogniseByDecision(
        actor="anna",
        key="any",
        attestation="deg",
        target="diver",
        level=2,
        term_days=100,
        ground="the same training",
    )
    for case in ("one", "two"):
        story.ask(
            FileCase,
            "anna",
            case=case,
            procedure="recognition_appeal",
            facts={"attestation": "deg", "target": "diver"},
            documents={"credential": DOCUMENT, "curriculum": DOCUMENT},
            request=request_of(asked, case, "anna"),
        )
        for stage in ("acceptance", "comparison"):
            story.ask(CompleteStage, "office", case=case, stage=stage)
    story.ask(RefuseCase, MINISTRY, case="one", stage="decision", reasons=("no proof",))
    assert attestations_about(story.venue.state, "anna", "diver") == []
    story.ask(CompleteStage, MINISTRY, case="two", stage="decision")
    (given_,) = attestations_about(story.venue.state, "anna", "diver")
    assert given_.level == 2
    assert story.venue.state.access.recognitions[given_.id].ground == "the same training"
    bad = {"attestation": "deg", "target": "Diver", "ground": "x"}
    assert story.refused(RecogniseByDecision, MINISTRY, **bad).startswith("access.bad_decision")
