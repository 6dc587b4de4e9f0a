"""Many registrations in one entry: each row as if it had been asked by itself."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import DOCUMENT, MORNING, REGISTRY, Story
from yaosu.engine.receipt import Receipt
from yaosu.journal.store import Store
from yaosu.kernel.canonical import encode
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of
from yaosu.ledger.state import ISSUED
from yaosu.rights import registering_many
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rights.events import RegistrationsRefused
from yaosu.rights.registering_many import ROWS_MAX, entry_of

TERM = MORNING + 10 * 365 * DAY


def venue(store: Store | None = None) -> Story:
    story = Story(store).found(factors=("land", "carbon"))
    for name in ("mill", "li"):
        story.party(name, factors=())
    return story


def row(number: int, **other: Any) -> RegisterRight:
    fields = {
        "actor": REGISTRY,
        "key": f"row-{number}",
        "right": f"R-{number}",
        "unit": f"U-{number}",
        "factor": "land",
        "region": "east",
        "quantity": 100 + number,
        "holder": "mill",
        "unit_attributes": {"use": "industrial", "land_title": "state"},
        "term_to": TERM,
        "source": DOCUMENT,
    }
    return RegisterRight(**(fields | other))


def many(story: Story, *rows: RegisterRight, atomic: bool = False) -> Receipt:
    return story.try_to(RegisterMany, REGISTRY, rows=rows, atomic=atomic)


def refused_in(receipt: Receipt) -> dict[int, Refusal]:
    return {
        one.row: Refusal(one.code, **one.facts)
        for event in receipt.events
        if isinstance(event, RegistrationsRefused)
        for one in event.rows
    }


KINDS: list[dict[str, Any]] = [
    {},
    {"holder": "nobody"},
    {"region": "nowhere"},
    {"quantity": 0},
    {"term_to": MORNING},
    {"source": "deed"},
    {"unit_attributes": {}},
    {"factor": "spectrum"},
    {"kind": "sunlight"},
    {"instrument": "CNY"},
    {"instrument": "shared"},
    {"right": "R-0"},
]


@settings(max_examples=6, deadline=None)
@given(chosen=st.lists(st.integers(0, len(KINDS) - 1), min_size=1, max_size=7))
def test_a_batch_comes_to_the_same_as_its_rows_asked_one_by_one(chosen: list[int]) -> None:
    """S0-26: the same refusals with the same facts, ids, versions, entries and balances."""
    rows = [row(number, **KINDS[kind]) for number, kind in enumerate(chosen)]
    together, single = venue(), venue()
    receipt = many(together, *rows)
    refused = {}
    for number, one in enumerate(rows):
        answer = single.venue.submit(one)
        if answer.refusal is not None:
            refused[number] = answer.refusal
    assert receipt.is_accepted
    told = refused_in(receipt)
    assert {n: (r.code, r.facts) for n, r in told.items()} == {
        n: (r.code, r.facts) for n, r in refused.items()
    }
    assert encode(together.venue.state.rights) == encode(single.venue.state.rights)
    for right in together.venue.state.rights.rights.values():
        for party, purpose in (("mill", "free"), ("register", ISSUED)):
            assert together.lots(party, right.instrument, purpose) == single.lots(
                party, right.instrument, purpose
            )


def test_all_that_is_registered_is_one_posting_of_one_entry() -> None:
    story = venue()
    before = story.venue.store.size
    receipt = many(story, row(1), row(2, holder="li"), row(3, holder="nobody"))
    assert story.venue.store.size == before + 1
    assert [tag_of(event).partition("/")[0] for event in receipt.events] == [
        *("rights.unit_registered", "rights.right_registered") * 2,
        "ledger.posted",
        "rights.registrations_refused",
    ]
    known = story.venue.state.rights.rights["R-2"]
    assert known.entry == entry_of(REGISTRY, "row-2", "R-2")
    assert (story.lots("li", "U-2"), story.lots("register", "U-2", ISSUED)) == (102, -102)


def test_an_atomic_batch_is_refused_whole_and_names_the_row() -> None:
    story = venue()
    refusal = many(story, row(1), row(2, holder="nobody"), atomic=True).refusal
    assert refusal is not None
    assert refusal.code == "rights.batch_refused"
    assert (refusal.facts["row"], refusal.facts["reason"]) == (1, "parties.unknown")
    assert not story.venue.state.rights.rights
    assert many(story, row(1), row(2), atomic=True).is_accepted
    assert sorted(story.venue.state.rights.rights) == ["R-1", "R-2"]


def test_a_row_that_builds_on_another_of_its_batch_is_refused() -> None:
    story = venue()
    told = refused_in(many(story, row(1), row(2, unit="U-1"), row(3, made_from=("R-1",))))
    assert [one.code for one in told.values()] == ["rights.not_independent"] * 2
    assert [told[n].facts["other"] for n in (1, 2)] == ["U-1", "R-1"]


def test_an_instrument_that_a_row_began_is_taken_for_other_factors() -> None:
    story = venue()
    carbon = {"factor": "carbon", "unit_attributes": {"vintage": 2026, "kind": "allowance"}}
    rows = (row(1, instrument="shared"), row(2, instrument="shared", **carbon))
    told, single = refused_in(many(story, *rows)), venue()
    answers = [single.venue.submit(one).refusal for one in rows]
    assert answers[0] is None
    assert answers[1] is not None
    assert {n: one.code for n, one in told.items()} == {1: answers[1].code}


def test_lots_of_one_instrument_stay_within_the_range_of_the_books() -> None:
    story = venue()
    rows = [row(number, instrument="shared", quantity=2**62) for number in (1, 2, 3)]
    told = refused_in(many(story, *rows))
    assert {number: one.code for number, one in told.items()} == {
        1: "ledger.beyond_range", 2: "ledger.beyond_range",
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 3])
def test_a_batch_has_rows_and_not_too_many(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registering_many, "ROWS_MAX", 2)
    story = venue()
    refusal = many(story, *(row(number) for number in range(count))).refusal
    assert refusal is not None
    assert refusal.code == "rights.bad_batch"
    assert ROWS_MAX == 1_000


def test_who_is_no_registrar_registers_nothing() -> None:
    story = venue()
    assert "core.role_needed" in story.refused(RegisterMany, "mill", rows=(row(1),))
