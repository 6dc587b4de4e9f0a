"""Rules that are adopted by two: one party of the authority proposes, another approves."""

import pytest

from tests.cases.samples import venue, wait
from tests.stories import EXCHANGE, MINISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, CompleteStage, FileCase, RefuseCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import fields_of, request_of
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import EndRole, GrantRole, RegisterParty
from yaosu.rules.commands import AdoptRules
from yaosu.rules.events import RulesAdopted
from yaosu.rules.pack import Pack
from yaosu.rules.parse import parse_pack

SECOND = "second-office"
NEEDED = """
[[parameter]]
id     = "case.rules.adopt_rules"
value  = "rule_adoption"
reason = "by_procedure_only"
[[parameter.example]]
facts  = {}
result = "rule_adoption"
"""


def pack(number: int, more: str = NEEDED) -> Pack:
    """The national rules of the nth day of 2026, with something added."""
    text = shipped("rules/national.toml").replace('"2026.1"', f'"2026-{number}"', 1)
    day = f"effective   = 2026-01-{number:02d}"
    return parse_pack(text.replace("effective   = 2025-01-01", day, 1) + more)


def two_offices(procedure: str = "rule_adoption") -> Story:
    """A venue where two parties hold the role of the authority and a procedure is adopted."""
    story = venue(procedure)
    story.ask(RegisterParty, EXCHANGE, party=SECOND, kind="organisation", name=SECOND)
    story.ask(GrantRole, MINISTRY, party=SECOND, role="authority")
    return story


def bound() -> Story:
    """The same, bound by its national rules."""
    story = two_offices()
    story.ask(AdoptRules, MINISTRY, pack=pack(1))
    return story


def propose(story: Story, case: str, proposed: Pack, by: str = MINISTRY) -> str:
    """File a proposal; what it was refused with."""
    request = request_of(AdoptRules(actor=by, key="any", pack=proposed), case, by)
    head = proposed.pack
    facts = {"pack": head.id, "version": head.version, "reason": "a lower fee"}
    fields = {"case": case, "procedure": "rule_adoption", "facts": facts, "request": request}
    receipt = story.try_to(FileCase, by, **fields)
    return "" if receipt.refusal is None else str(receipt.refusal)


def version(story: Story) -> str:
    """The national rules adopted last."""
    return story.venue.state.rules.packs["national"][-1].pack.pack.version


def test_rules_bound_by_themselves_are_adopted_by_two_and_as_they_were_proposed() -> None:
    """S0-40: alone it is refused; the second party's approval adopts the very pack proposed."""
    story = bound()
    refused = story.refused(AdoptRules, MINISTRY, pack=pack(2))
    assert refused.startswith("cases.procedure_needed")
    assert "rule_adoption" in refused
    assert propose(story, "rules-2", pack(2)) == ""
    assert version(story) == "2026-1"
    said = story.refused(CompleteStage, MINISTRY, case="rules-2", stage="approval")
    assert "nobody decides in an own case" in said
    said = story.refused(CompleteStage, EXCHANGE, case="rules-2", stage="approval")
    assert "it is the turn of a authority" in said
    events = story.ask(CompleteStage, SECOND, case="rules-2", stage="approval", note="read it")
    adopted = next(event for event in events if isinstance(event, RulesAdopted))
    request = fields_of(story.venue.state.cases.cases["rules-2"].filed.request)
    assert adopted.digest == canonical.digest(canonical.encode(pack(2))).hex()
    assert adopted.digest == canonical.digest(canonical.encode(request["pack"])).hex()
    assert version(story) == "2026-2"


def test_a_proposal_is_refused_with_reasons_or_lapses() -> None:
    """Ten working days after it was made nobody may approve it any more; nothing is adopted."""
    story = bound()
    assert propose(story, "rules-2", pack(2)) == ""
    story.ask(RefuseCase, SECOND, case="rules-2", stage="approval", reasons=("no basis",))
    assert propose(story, "rules-3", pack(3)) == ""
    wait(story, 30)
    case = story.venue.state.cases.cases["rules-3"]
    assert (case.phase, case.endings[-1].by) == ("refused", "")
    said = story.refused(CompleteStage, SECOND, case="rules-3", stage="approval")
    assert said.startswith("cases.not_open")
    assert version(story) == "2026-1"


def test_only_the_authority_proposes_and_what_is_named_is_what_is_sent() -> None:
    story = bound()
    assert propose(story, "other", pack(2), by=EXCHANGE).startswith("core.role_needed")
    request = request_of(AdoptRules(actor=MINISTRY, key="any", pack=pack(2)), "lie", MINISTRY)
    facts = {"pack": "national", "version": "2026-9", "reason": "none"}
    fields = {"case": "lie", "procedure": "rule_adoption", "facts": facts, "request": request}
    said = story.refused(FileCase, MINISTRY, **fields)
    assert "its pack.pack.version is 2026-2, version is 2026-9" in said


def test_what_cannot_be_adopted_when_it_is_approved_falls_through_with_its_reason() -> None:
    story = bound()
    assert propose(story, "rules-2", pack(2)) == propose(story, "rules-3", pack(3)) == ""
    story.ask(CompleteStage, SECOND, case="rules-3", stage="approval")
    story.ask(CompleteStage, SECOND, case="rules-2", stage="approval")
    case = story.venue.state.cases.cases["rules-2"]
    assert (case.phase, case.carried) == ("fell_through", "rules.not_later")
    assert version(story) == "2026-3"


def test_the_demand_is_taken_back_as_it_was_made_by_two() -> None:
    story = bound()
    assert propose(story, "free", pack(2, more="")) == ""
    story.ask(CompleteStage, SECOND, case="free", stage="approval")
    story.ask(AdoptRules, MINISTRY, pack=pack(3, more=""))
    assert version(story) == "2026-3"


def test_rules_do_not_bind_themselves_to_what_nobody_can_do() -> None:
    """Without the procedure, or with one office alone, the demand is refused: no venue is locked
    out of its own rules; an office that is left alone later grants the role to another."""
    story = venue("rule_adoption")
    said = story.refused(AdoptRules, MINISTRY, pack=pack(1))
    assert said.startswith("cases.no_second_person: national@2026-1 would bind the adoption of")
    assert f"{MINISTRY} alone holds the role of the authority" in said
    story = two_offices("transfer")
    said = story.refused(AdoptRules, MINISTRY, pack=pack(1))
    assert "no version of procedure rule_adoption is in force" in said
    other = NEEDED.replace("rule_adoption", "transfer")
    said = story.refused(AdoptRules, MINISTRY, pack=pack(1, other))
    assert "procedure transfer does not lead to rules.adopt_rules" in said
    story = bound()
    story.ask(EndRole, MINISTRY, party=SECOND, role="authority")
    assert story.refused(AdoptRules, MINISTRY, pack=pack(2)).startswith("cases.procedure_needed")
    story.ask(GrantRole, MINISTRY, party=SECOND, role="authority")
    assert propose(story, "rules-2", pack(2)) == ""
    story.ask(CompleteStage, SECOND, case="rules-2", stage="approval")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('by      = "authority"', 'by      = "applicant"'),
        ('by      = "authority"', 'by      = "operator"'),
        ('overdue = "refuse"', 'overdue = "pass"'),
        ('actor   = "applicant"', 'actor   = "decider"\ndecided_in = "approval"'),
        ("[leads_to]", '[appeal]\nby = "authority"\ndays = 5\n\n[leads_to]'),
    ],
)
def test_no_version_of_the_procedure_does_without_the_second_person(old: str, new: str) -> None:
    """Else one person would adopt a laxer version of it first."""
    text = shipped("procedures/rule_adoption.toml")
    assert old in text
    story = two_offices()
    with pytest.raises(Refusal) as refused:
        story.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(text.replace(old, new, 1)))
    assert refused.value.code == "cases.bad_procedure"
    assert "another of the authority completes a stage of its own" in str(refused.value)
