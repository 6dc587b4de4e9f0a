"""Rules that allow an entry only by a case, and conditions that must hold to the end."""

from tests.cases.samples import PAPERS, complete, file, registration, venue, wait
from tests.stories import MINISTRY, REGISTRY, Story, shipped
from yaosu.access.commands import ApplyForAdmission
from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import RegisterAndOffer
from yaosu.parties.commands import IssueAttestation, WithdrawAttestation
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

NEEDED = """
[[parameter]]
id     = "case.rights.register_right{factor}"
value  = "first_registration"
reason = "by_procedure_only"
[[parameter.example]]
facts  = {{}}
result = "first_registration"
"""
FACTS = {"right": "R-1", "unit": "unit-R-1"}


def rule(story: Story, more: str, version: str = "2026.9") -> None:
    """The national rules with something added, in force from now on."""
    text = shipped("rules/national.toml").replace('"2026.1"', f'"{version}"', 1)
    day = f"2026-01-{int(version[-1]):02d}"
    text = text.replace("effective   = 2025-01-01", f"effective   = {day}", 1)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(text + more))


def register(story: Story, right: str) -> str:
    """What comes of an entry asked for by itself."""
    receipt = story.try_to(RegisterRight, REGISTRY, **story.registration(right, "owner", 10))
    return "" if receipt.refusal is None else str(receipt.refusal)


def test_where_no_rule_asks_for_a_case_an_entry_is_made_as_before() -> None:
    assert register(venue(), "R-0") == ""


def test_where_the_rules_say_so_an_entry_is_made_only_by_an_approved_case() -> None:
    """S1-13: the same command alone is refused and names the procedure; by its case it is done."""
    story = venue("first_registration")
    rule(story, NEEDED.format(factor=""))
    said = register(story, "R-1")
    assert said.startswith(
        "cases.procedure_needed: the rules in force allow rights.register_right only as the end "
        "of a case of first_registration"
    )
    entry = RegisterRight(actor=REGISTRY, key="k", **story.registration("R-2", "owner", 10))
    both = {"register": entry, "market": "m", "price": 1, "quantity": 1}
    assert story.refused(RegisterAndOffer, REGISTRY, **both).startswith("cases.procedure_needed")
    assert story.refused(RegisterMany, REGISTRY, rows=(entry,)).startswith("cases.procedure_needed")
    request = registration(story, "c-1")
    file(story, "c-1", "first_registration", facts=FACTS, documents=PAPERS, request=request)
    complete(story, "c-1", "acceptance", REGISTRY)
    wait(story, 30)
    complete(story, "c-1", "decision", REGISTRY)
    assert "R-1" in story.venue.state.rights.rights
    assert register(story, "R-3").startswith("cases.procedure_needed")


def test_a_rule_may_ask_for_a_case_for_one_factor_alone() -> None:
    story = venue("first_registration")
    rule(story, NEEDED.format(factor=".land"))
    assert register(story, "R-1") == ""


OVERLAY = """
[pack]
id = "pilot"
version = "{version}"
title = {{ en = "A pilot in the east" }}
base = "national"
region = "east"
effective = 2026-01-0{version}
expiry = 2030-01-01
authority = "east"
legal_basis = "pilot"
"""


def test_an_overlay_may_ask_for_a_procedure_in_its_region_alone() -> None:
    """S0-40: dated, with its authority, and gone with its end; elsewhere the nation's holds."""
    story = venue("first_registration")
    pilot = OVERLAY.format(version=1) + NEEDED.format(factor=".compute")
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(pilot))
    assert register(story, "R-1").startswith("cases.procedure_needed")
    fields = story.registration("R-2", "owner", 10, region="west")
    story.ask(RegisterRight, REGISTRY, **fields)
    row = RegisterRight(actor=REGISTRY, key="k", **story.registration("R-3", "owner", 10))
    assert story.refused(RegisterMany, REGISTRY, rows=(row,)).startswith("cases.procedure_needed")


def test_an_overlay_lifts_no_procedure_and_may_name_another() -> None:
    story = venue("first_registration")
    rule(story, NEEDED.format(factor=""))
    none = NEEDED.format(factor="").replace('"first_registration"', '""')
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(OVERLAY.format(version=1) + none))
    assert "as the end of a case of first_registration" in register(story, "R-1")
    other = NEEDED.format(factor="").replace('"first_registration"', '"strict"')
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(OVERLAY.format(version=2) + other))
    assert "as the end of a case of strict" in register(story, "R-1")


def test_a_case_of_another_procedure_does_not_do() -> None:
    """The rule names the procedure; an easier one that leads to the same command is not it."""
    story = venue()
    rule(story, NEEDED.format(factor=""))
    text = shipped("procedures/first_registration.toml")
    easier = text.replace('id          = "first_registration"', 'id = "easier"', 1)
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(easier))
    request = registration(story, "c-1")
    file(story, "c-1", "easier", facts=FACTS, documents=PAPERS, request=request)
    complete(story, "c-1", "acceptance", REGISTRY)
    wait(story, 30)
    complete(story, "c-1", "decision", REGISTRY)
    case = story.venue.state.cases.cases["c-1"]
    assert (case.phase, case.carried) == ("fell_through", "cases.procedure_needed")


SIMPLE = """
id          = "entry"
version     = "1"
text        = { en = "admission by an office" }
authority   = "an office"
legal_basis = "a law"
calendar    = "cn"
conditions  = ["admission.identity"]

[[stages]]
id   = "look"
text = { en = "an office looks" }
by   = "agency"

[leads_to]
command = "access.apply_for_admission"
"""


def test_the_conditions_of_a_case_are_read_again_when_it_is_carried_out() -> None:
    """What was true at filing and is not at the end does not carry; the case says which rule."""
    story = venue()
    story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(SIMPLE))
    asked = {"about": "owner", "kind": "identity"}
    story.ask(IssueAttestation, REGISTRY, attestation="id", **asked)
    for case in ("c-1", "c-2"):
        wanted = ApplyForAdmission(actor="owner", key="k", factor="land", role="holder")
        request = request_of(wanted, case, "owner")
        story.ask(FileCase, "owner", case=case, procedure="entry", request=request)
    story.clock.forward(DAY)
    story.ask(WithdrawAttestation, REGISTRY, attestation="id", reason="it was another")
    complete(story, "c-1", "look")
    state = story.venue.state
    assert state.cases.cases["c-1"].carried == "cases.condition_not_met"
    assert state.access.admissions == {}
    story.ask(IssueAttestation, REGISTRY, attestation="id-2", **asked)
    complete(story, "c-2", "look")
    assert state.cases.cases["c-2"].phase == "carried_out"
