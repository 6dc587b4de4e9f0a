"""Equal use and the cost of entry, read off the rules in force."""

import pytest

from tests.cases.samples import venue
from tests.stories import DOCUMENT, MINISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.evaluation.entry_cost import entry_cost, parse_sizes
from yaosu.evaluation.equal_use import OWNERSHIPS, SIZES, equal_use, treatment
from yaosu.kernel.refusal import Refusal
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

SIZE_RULE = """
[[condition]]
id          = "admission.large_only"
purpose     = "admission"
factors     = ["compute"]
roles       = ["bidder"]
expression  = "size == 'large' || size == 'medium'"
reason      = "too_small"
authority   = "an office that answers for it"
legal_basis = "a pilot"
expiry      = 2030-01-01
[[condition.example]]
facts  = { size = "large" }
result = true
"""
SIZE_PRICE = """
[[table]]
id      = "tariff.fee.entry"
key     = "ownership"
columns = { ownership = "text", fee = "int" }
reason  = "owner_not_listed"
authority   = "an office"
legal_basis = "a pilot"
expiry      = 2030-01-01
rows    = [{ ownership = "state", fee = 1 }, { ownership = "private", fee = 2 }]
[[table.example]]
facts  = { ownership = "state" }
result = { ownership = "state", fee = 1 }
"""
CAPITAL = """
[[condition]]
id         = "admission.capital"
purpose    = "admission"
factors    = ["compute"]
expression = "registered_capital_wan >= 1000"
reason     = "capital_too_low"
[[condition.example]]
facts  = { registered_capital_wan = 1000 }
result = true
"""


def under(more: str, **facts: str) -> Story:
    """A venue under the national rules with something added."""
    story = venue()
    text = shipped("rules/national.toml").replace('"2026.1"', '"2026.9"', 1)
    text = text.replace("effective   = 2025-01-01", "effective   = 2026-01-09", 1)
    declared = "".join(f'{name} = "{kind}"\n' for name, kind in facts.items())
    text = text.replace("[facts]\n", f"[facts]\n{declared}", 1)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(text + more))
    return story


def test_identical_requests_are_answered_alike_for_every_owner_and_size() -> None:
    """S1-05: under the shipped rules no owner type and no size changes an answer or a price."""
    story = venue()
    story.party("firm")
    table = equal_use(story.venue.state)
    assert table.rows > 0
    assert set(table["differ"].tolist()) == {0}
    assert table["requests"].tolist()[0] >= len(OWNERSHIPS) * len(SIZES)


def test_a_rule_that_reads_size_or_owner_is_found_and_named() -> None:
    """S1-05: also one that names an authority and an end, and is therefore allowed to."""
    story = under(SIZE_RULE + SIZE_PRICE, size="text", ownership="text")
    rows = {row["question"]: row for row in equal_use(story.venue.state).iterate()}
    assert rows["bidder of compute"]["by"] == "admission.large_only"
    assert rows["bidder of compute"]["differ"] > 0
    assert rows["holder of compute"]["differ"] == 0
    assert rows["price tariff.fee.entry"]["by"] == "tariff.fee.entry"


def test_what_became_of_cases_is_told_by_group() -> None:
    """S1-05: approvals and days by owner type, as the journal has them."""
    story = venue("land_use_approval")
    story.party("firm", ownership="state")
    facts = {"project": "p", "plot": "p", "plot_m2": 10}
    extra = {"project_kind": "town"}
    procedure = story.venue.state.cases.procedures["land_use_approval"][-1]
    facts |= {name: value for name, value in extra.items() if name in procedure.facts}
    story.ask(
        FileCase,
        "firm",
        case="c",
        procedure="land_use_approval",
        facts=facts,
        documents={"application": DOCUMENT},
    )
    rows = {row["group"]: row for row in treatment(story.venue.state, "ownership").iterate()}
    assert (rows["state"]["cases"], rows["state"]["admitted"], rows["state"]["days"]) == (1, 1, -1)
    assert rows[""]["cases"] == 0


def test_entry_costs_the_same_for_every_size_under_the_shipped_rules() -> None:
    """S4-03: steps, documents, days and deposit of a first trade, by size class."""
    story = venue()
    sizes = parse_sizes(shipped("sizes/cn.toml"))
    rows = list(entry_cost(story.venue.state, "land", "bidder", sizes).iterate())
    assert [row["size"] for row in rows] == ["micro", "small", "medium", "large"]
    assert {row["admitted"] for row in rows} == {1}
    assert {row["only_larger"] for row in rows} == {""}
    assert len({(row["steps"], row["documents"], row["days"], row["deposit"]) for row in rows}) == 1
    assert rows[0]["steps"] >= 4


def test_a_threshold_that_only_large_firms_meet_is_flagged() -> None:
    """S4-03: the condition is named for each class that fails it while a larger one passes."""
    story = under(CAPITAL, registered_capital_wan="int")
    sizes = parse_sizes(shipped("sizes/cn.toml"))
    rows = list(entry_cost(story.venue.state, "compute", "bidder", sizes).iterate())
    flags = ["admission.capital", "admission.capital", "", ""]
    assert [row["only_larger"] for row in rows] == flags
    assert [row["unmet"] for row in rows] == ["capital_too_low", "capital_too_low", "", ""]


NEEDED = """
[[parameter]]
id     = "case.access.apply_for_admission"
value  = "entry"
reason = "by_procedure_only"
[[parameter.example]]
facts  = {}
result = "entry"
"""
ENTRY = """
id          = "entry"
version     = "1"
text        = { en = "admission by an office" }
authority   = "an office"
legal_basis = "a law"
calendar    = "cn"

[[documents]]
id   = "form"
text = { en = "a form" }

[[stages]]
id   = "look"
text = { en = "an office looks" }
by   = "agency"
days = 5
documents = ["form"]

[[stages]]
id    = "other"
text  = { en = "another looks at once" }
by    = "agency"
days  = 3

[[stages]]
id    = "sign"
text  = { en = "it signs" }
by    = "agency"
days  = 2
after = ["look", "other"]

[leads_to]
command = "access.apply_for_admission"
"""


def test_a_procedure_that_the_rules_ask_for_costs_its_steps_and_days() -> None:
    """S4-03: three stages, two of them side by side: seven days."""
    plain, bound = venue(), under(NEEDED)
    sizes = parse_sizes(shipped("sizes/cn.toml"))
    before = next(iter(entry_cost(plain.venue.state, "land", "bidder", sizes).iterate()))
    nobody = next(iter(entry_cost(bound.venue.state, "land", "bidder", sizes).iterate()))
    assert nobody["days"] == 0
    bound.ask(AdoptProcedure, MINISTRY, procedure=parse_procedure(ENTRY))
    after = next(iter(entry_cost(bound.venue.state, "land", "bidder", sizes).iterate()))
    assert after["days"] == 7
    assert after["steps"] - before["steps"] == 3
    assert after["documents"] - before["documents"] == 1
    with pytest.raises(Refusal):
        parse_sizes("[[sizes]]\nname = 1")
