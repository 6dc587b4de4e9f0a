"""The shipped procedures, followed to their end."""

from tests.cases.samples import CITY, MONDAY, complete, file, venue, wait
from tests.institutions.test_shipped import NATIONAL
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.access.commands import ApplyForAdmission, LeaveMarket
from yaosu.cases.commands import AddDocuments, CompleteStage, FileCase
from yaosu.cases.requests import request_of
from yaosu.cases.views import case_page
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Command
from yaosu.parties.commands import GrantRole, IssueAttestation, RegisterParty
from yaosu.places.commands import DefineRegions
from yaosu.rights.commands import (
    ChangeUse,
    GiveConsent,
    MergeUnits,
    PledgeRight,
    RegisterRight,
    ReleaseRight,
    RenewRight,
    SplitUnit,
    TransferTitle,
    UnitPart,
)
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.rules.parse_places import parse_regions

MU_15, MU_15_01 = 10_000, 10_007  # m2: 15 mu is 10,000 m2 exactly, 15.01 mu is 10,006.67


def request(case: str, command: Command) -> bytes:
    return request_of(command, case, command.actor)


def chongqing() -> Story:
    """A venue with the pilot's overlay and a provincial office beside that of the county."""
    story = venue("farmland_conversion")
    regions = (
        *parse_regions(shipped("regions/cn.toml")),
        *parse_regions(shipped("regions/pilots.toml")),
    )
    wait(story, 1)  # a tree takes effect after the one before it
    story.ask(DefineRegions, MINISTRY, version="cn", regions=regions)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(shipped("rules/chongqing.toml"), NATIONAL))
    story.ask(RegisterParty, EXCHANGE, party="province", kind="organisation", name="province")
    story.ask(GrantRole, EXCHANGE, party="province", role="agency")
    story.ask(
        IssueAttestation,
        MINISTRY,
        attestation="competent-province",
        about="province",
        kind="competence",
        scope={"level": "province"},
    )
    return story


def plot(story: Story, case: str, m2: int, kind: str = "town", region: str = "CN-CQ") -> None:
    file(
        story,
        case,
        "farmland_conversion",
        region=region,
        facts={"project": f"of {case[0]}", "project_kind": kind, "plot": case, "plot_m2": m2},
        documents={"application": DOCUMENT, "scheme": DOCUMENT},
    )


def route(story: Story, case: str) -> tuple[tuple[str, ...], dict[str, str]]:
    filed = story.venue.state.cases.cases[case].filed
    return filed.left_out, filed.levels


def test_a_small_plot_of_a_town_is_decided_by_the_county_where_it_is_delegated() -> None:
    """S2-51: a town or village project of at most 15 mu goes to the county; 15.01 mu upward."""
    story = chongqing()
    county, province = (("higher",), {"county": "county"}), (("county",), {"higher": "province"})
    plot(story, "a1", MU_15)
    assert route(story, "a1") == county
    plot(story, "b1", MU_15_01)
    assert route(story, "b1") == province
    plot(story, "c1", MU_15, kind="factory")
    assert route(story, "c1") == province
    plot(story, "d1", MU_15, region="CN-SC-CD")  # Chengdu has no such rule
    assert route(story, "d1") == province
    complete(story, "a1", "acceptance")
    other = story.refused(CompleteStage, CITY, case="a1", stage="county")
    assert other.startswith("cases.not_your_turn")
    complete(story, "a1", "county")
    assert case_page(story.venue.state.cases, "a1").phase == "approved"
    complete(story, "b1", "acceptance")
    complete(story, "b1", "higher", "province")
    assert case_page(story.venue.state.cases, "b1").phase == "approved"


def test_one_project_filed_in_small_plots_is_flagged() -> None:
    """S2-51: splitting a plot to stay below the line is flagged, not refused."""
    story = chongqing()
    plot(story, "a1", 6_000)
    plot(story, "a2", 4_000)
    assert story.venue.state.cases.cases["a2"].flags == {}
    plot(story, "a3", 1)
    assert list(story.venue.state.cases.cases["a3"].flags) == ["split_plot_m2"]


def test_a_right_is_transferred_pledged_and_released_by_procedure() -> None:
    """S1-13: the approval of a transfer, a pledge or a release carries the register entry."""
    story = venue("transfer", "pledge", "release")
    story.right("R-1", "owner", 10)
    given = PledgeRight(actor="owner", key="-", entry="P-1", right="R-1", creditor="neighbour")
    file(
        story,
        "p1",
        "pledge",
        facts={"right": "R-1", "creditor": "neighbour"},
        documents={"application": DOCUMENT, "debt": DOCUMENT, "security": DOCUMENT},
        request=request("p1", given),
    )
    complete(story, "p1", "acceptance", REGISTRY)
    complete(story, "p1", "decision", REGISTRY)
    assert story.venue.state.rights.entries["P-1"].is_standing(story.venue.state.now)
    released = ReleaseRight(actor="neighbour", key="-", entry="P-1")
    story.ask(
        FileCase,
        "neighbour",
        case="r1",
        procedure="release",
        facts={"entry": "P-1"},
        documents={"consent": DOCUMENT},
        request=request("r1", released),
    )
    complete(story, "r1", "decision", REGISTRY)
    assert not story.venue.state.rights.entries["P-1"].is_standing(story.venue.state.now)
    moved = TransferTitle(actor="owner", key="-", right="R-1", target="neighbour")
    file(
        story,
        "t1",
        "transfer",
        facts={"right": "R-1", "target": "neighbour"},
        documents={"application": DOCUMENT, "contract": DOCUMENT},
        request=request("t1", moved),
    )
    complete(story, "t1", "acceptance", REGISTRY)
    story.ask(AddDocuments, "owner", case="t1", documents={"tax": DOCUMENT})
    complete(story, "t1", "taxes", "owner")
    complete(story, "t1", "decision", REGISTRY)
    assert case_page(story.venue.state.cases, "t1").phase == "carried_out"
    holders = {right.holder for right in story.venue.state.rights.rights.values()}
    assert "neighbour" in holders
    assert story.venue.audit().is_clean


def test_a_party_leaves_by_procedure_after_a_notice() -> None:
    """S0-04: leaving is a case; while anything else stands open it falls through and says what."""
    story = venue("exit")
    for what in ("identity", "facility"):
        story.ask(IssueAttestation, REGISTRY, attestation=f"{what}-o", about="owner", kind=what)
    story.ask(ApplyForAdmission, "owner", factor="compute", role="holder")
    leaving = LeaveMarket(actor="owner", key="-", factor="compute")
    file(
        story,
        "e1",
        "exit",
        facts={"factor": "compute"},
        documents={"plan": DOCUMENT},
        request=request("e1", leaving),
    )
    assert story.clock.instant >= MONDAY
    complete(story, "e1", "plan", "owner")
    wait(story, 20)
    complete(story, "e1", "decision", EXCHANGE)
    page = case_page(story.venue.state.cases, "e1")
    assert (page.phase, page.carried) == ("carried_out", "")


def parcel(story: Story, unit: str, area: int = 900, years: int = 20, **attributes: int) -> None:
    """A registered parcel of industrial land, held by the owner."""
    story.ask(
        RegisterRight,
        REGISTRY,
        right=f"R-{unit}",
        unit=unit,
        factor="land",
        region="east",
        holder="owner",
        quantity=area,
        unit_attributes={"use": "industrial", "land_title": "state", **attributes},
        term_to=story.clock.instant + years * 365 * DAY,
        source=DOCUMENT,
    )


def agreed(story: Story, about: str, to: str) -> None:
    story.ask(GiveConsent, "owner", about=about, to=to)


def test_a_parcel_is_split_by_procedure_and_merged_again() -> None:
    """S2-59 S2-61: plan opinion, consent of the holder, notice; the quantities return exactly."""
    story = venue("split", "merge")
    parcel(story, "A", floor_area_m2=300)
    wait(story, 1)
    parts = tuple(
        UnitPart(unit=name, quantity=area, attributes={"floor_area_m2": floor})
        for name, area, floor in (("A1", 500, 100), ("A2", 400, 200))
    )
    asked = SplitUnit(actor="owner", key="-", unit="A", parts=parts)
    papers = {"application": DOCUMENT, "plan_opinion": DOCUMENT}
    facts = {"unit": "A"}
    file(story, "s1", "split", facts=facts, documents=papers, request=request("s1", asked))
    complete(story, "s1", "acceptance", REGISTRY)
    complete(story, "s1", "plan")
    early = story.refused(CompleteStage, REGISTRY, case="s1", stage="decision")
    assert early.startswith("cases.stage_not_open")
    agreed(story, "A", "split")
    complete(story, "s1", "decision", REGISTRY)
    assert case_page(story.venue.state.cases, "s1").phase == "carried_out"
    units = story.venue.state.rights.units
    assert (units["A1"].quantity, units["A2"].quantity) == (500, 400)
    asked_back = MergeUnits(actor="owner", key="-", unit="B", units=("A1", "A2"))
    facts = {"unit": "B", "first_part": "A1"}
    file(story, "m1", "merge", facts=facts, documents=papers, request=request("m1", asked_back))
    complete(story, "m1", "acceptance", REGISTRY)
    complete(story, "m1", "plan")
    for part in ("A1", "A2"):
        agreed(story, part, "merge")
    wait(story, 30)
    complete(story, "m1", "decision", REGISTRY)
    assert case_page(story.venue.state.cases, "m1").phase == "carried_out"
    assert units["B"].quantity == 900
    assert units["B"].attributes["floor_area_m2"] == 300
    assert story.venue.audit().is_clean


def test_a_use_right_is_renewed_within_its_legal_maximum_by_procedure() -> None:
    """A term chosen within the maximum is entered; one beyond it falls through."""
    story = venue("renewal")
    parcel(story, "A")
    begun = story.venue.state.rights.rights["R-A"].term_from
    for case, years in (("n1", 51), ("n2", 49)):
        asked = RenewRight(
            actor="owner", key="-", right="R-A", term_to=begun + years * 365 * DAY, source=DOCUMENT
        )
        papers = {"application": DOCUMENT, "contract": DOCUMENT}
        file(
            story,
            case,
            "renewal",
            facts={"right": "R-A"},
            documents=papers,
            request=request(case, asked),
        )
        complete(story, case, "application", "owner")
        agreed(story, "R-A", "renewal")
        complete(story, case, "review")
        complete(story, case, "decision", REGISTRY)
    cases = story.venue.state.cases
    assert case_page(cases, "n1").carried == "rights.bad_term"
    assert case_page(cases, "n2").phase == "carried_out"


def test_a_use_is_changed_by_procedure_where_the_table_allows_it() -> None:
    """Industrial to logistics needs no auction; industrial to housing is not listed."""
    story = venue("use_change")
    parcel(story, "A")
    for use in ("logistics", "residential"):
        story.ask(
            IssueAttestation,
            MINISTRY,
            attestation=f"plan-{use}",
            about="A",
            kind="plan_permits",
            scope={"use": use},
        )
    for case, use in (("u1", "residential"), ("u2", "logistics")):
        asked = ChangeUse(actor="owner", key="-", unit="A", use=use, source=DOCUMENT)
        file(
            story,
            case,
            "use_change",
            facts={"unit": "A", "use": use},
            documents={"application": DOCUMENT, "values": DOCUMENT},
            request=request(case, asked),
        )
        complete(story, case, "acceptance", REGISTRY)
        complete(story, case, "plan")
        agreed(story, "A", "change")
        complete(story, case, "decision", REGISTRY)
    cases = story.venue.state.cases
    assert case_page(cases, "u1").carried == "rights.not_convertible"
    assert case_page(cases, "u2").phase == "carried_out"
    assert story.venue.state.rights.units["A"].attributes["use"] == "logistics"
