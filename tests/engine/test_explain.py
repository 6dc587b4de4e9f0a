"""Which rule items decided a command, with the facts they read."""

from tests.stories import EXCHANGE, MINISTRY, Story
from yaosu.access.commands import ApplyForAdmission
from yaosu.engine.explain import explain_command, explain_entry
from yaosu.journal.memory import MemoryStore
from yaosu.parties.commands import RegisterParty
from yaosu.rules.commands import AdoptRules
from yaosu.rules.listening import listening
from yaosu.rules.parse import parse_pack

OVERLAY = """
[pack]
id = "east"
version = "1"
base = "national"
region = "east"
title = { en = "rules of the east" }
effective = 2026-01-01
expiry = 2027-12-31
authority = "the east"
legal_basis = "an order"

[[parameter]]
id = "land.levy_percent"
value = 40
reason = "outside"
[[parameter.example]]
facts = {}
result = 40
"""


def test_a_recorded_refusal_is_explained_by_the_item_that_decided_and_what_it_read() -> None:
    store = MemoryStore()
    story = Story(store).found()
    story.ask(RegisterParty, EXCHANGE, party="acme", kind="organisation", name="Acme")
    refused = story.try_to(ApplyForAdmission, "acme", factor="compute", role="holder")
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(OVERLAY))  # what comes later has no say
    explained = explain_entry(store, refused.sequence)
    assert explained.recorded is False
    assert explained.refusal is not None
    assert explained.refusal.code == "access.conditions_not_met"
    assert explained.deciding == ("admission.compute.facility", "admission.identity")
    heard = {one.item.id: one for one in explained.heard}
    assert heard["admission.identity"].facts == {"attested_identity": 0}
    assert heard["admission.identity"].outcome.reason == "identity_not_verified"
    assert explained.packs["admission.identity"] == ("national@2026.1",)


def test_a_command_nobody_asked_yet_is_explained_and_nothing_is_written() -> None:
    store = MemoryStore()
    story = Story(store).found()
    story.party("seller")
    size = store.size
    given = ApplyForAdmission(actor="seller", key="x", factor="carbon", role="holder")
    explained = explain_command(store, given)
    assert (explained.sequence, explained.recorded, explained.refusal) == (None, None, None)
    assert explained.deciding == ()
    assert [one.item.id for one in explained.heard] == [
        "admission.carbon.account",
        "admission.identity",
    ]
    assert store.size == size


def test_what_the_code_itself_decides_names_no_rule_item() -> None:
    story = Story(store := MemoryStore()).found()
    explained = explain_command(
        store, ApplyForAdmission(actor="nobody", key="x", factor="land", role="holder")
    )
    assert explained.refusal is not None
    assert (explained.deciding, explained.heard) == ((), ())
    assert story.venue is not None


def test_what_an_item_reads_is_heard_before_it_and_deeper() -> None:
    from tests.floors import institution
    from yaosu.rules.evaluate import evaluate

    pack = parse_pack(institution("rules/national.toml"))
    items = {item.id: item for item in pack.items}
    with listening() as heard:
        evaluate(
            items, pack.facts, "registration.land.term", {"unit_use": "mixed", "term_years": 9}
        )
    assert [(one.item.id, one.depth) for one in heard] == [
        ("land_uses", 1),
        ("registration.land.term", 0),
    ]
    assert heard[1].facts == {"land_uses_years_max": 50, "term_years": 9}
    with listening() as nothing:
        pass
    evaluate(items, pack.facts, "fee.registration", {"items": 1})
    assert nothing == []
