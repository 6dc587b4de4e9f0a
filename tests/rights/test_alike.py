"""Rows that are alike are decided quickly, and never otherwise than by the rule."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.rights.test_registering_many import row, venue
from tests.stories import DOCUMENT, MORNING, REGISTRY, Story
from yaosu.core import state_bytes, state_of
from yaosu.core.machine import RUN_MIN
from yaosu.kernel import packed
from yaosu.kernel.canonical import encode
from yaosu.kernel.ids import cause_of
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.probing import LARGE
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.ledger.events import Posted
from yaosu.ledger.state import net_of
from yaosu.rights import indexes
from yaosu.rights.alike import Alike
from yaosu.rights.commands import HolderShare, RegisterMany, RegisterRight
from yaosu.rights.decide import decide_register_right
from yaosu.rights.state import RightsState, evolve, evolve_many
from yaosu.rules.listening import listening

LAND = {"use": "industrial", "land_title": "state"}
CHOICES: dict[str, list[Any]] = {
    "right": ["R-1", "R-old", "not an id"],
    "unit": ["U-1", "U-old", "register", ""],
    "factor": ["land", "carbon", "spectrum"],
    "region": ["east", "nowhere"],
    "quantity": [100, 0, -1, 2**62, 2**62 + 1],
    "holder": ["mill", "li", "nobody"],
    "unit_attributes": [
        LAND,
        {},
        LAND | {"use": "palace"},
        LAND | {"use": 1},
        LAND | {"colour": "red"},
        {"vintage": 2026, "kind": "allowance"},
        {"vintage": True, "kind": "allowance"},
    ],
    "share": [Share(1), Share(1, 2), Share(2, 2), Share(0)],
    "co_holders": [(), (HolderShare(right="R-2", holder="li", share=Share(1, 2)),)],
    "kind": ["", "use_right", "sunlight", "mineral_right"],
    "instrument": ["", "CNY", "shared", "U-old", "gpu"],
    "scope": [{}, {"purpose": "mill", "field": "b"}],
    "term_from": [None, MORNING - DAY, MORNING],
    "term_to": [MORNING + 3650 * DAY, 0, MORNING, MORNING + 400 * 365 * DAY],
    "source": [DOCUMENT, "", "deed"],
    "effective_from": [None, MORNING - DAY, MORNING + DAY],
    "made_from": [(), ("R-old",)],
    "producer": ["", "li"],
    "old_number": ["", "A-17", "not an id"],
    "turns": ["", "1-26/52"],
}


def register() -> Story:
    story = venue()
    story.ask(RegisterRight, REGISTRY, **fields_of(row(0, right="R-old", unit="U-old")))
    return story


def fields_of(asked: RegisterRight) -> dict[str, Any]:
    names = [name for name in asked.__struct_fields__ if name not in ("actor", "key")]
    return {name: getattr(asked, name) for name in names}


STORY = register()


def told(events: list[Event]) -> tuple[bytes, list[Any]]:
    """The events without postings, and the lines of the postings."""
    lines = [
        line for event in events if isinstance(event, Posted) for line in net_of(event.postings)
    ]
    return encode([event for event in events if not isinstance(event, Posted)]), lines


@settings(deadline=None, max_examples=300)
@given(
    changed=st.lists(st.sampled_from(sorted(CHOICES)), max_size=4, unique=True),
    data=st.data(),
)
def test_a_quick_answer_is_what_the_rule_decides(changed: list[str], data: st.DataObject) -> None:
    """S0-26: event for event, posting for posting; what the rule refuses is never answered."""
    other = {name: data.draw(st.sampled_from(CHOICES[name])) for name in changed}
    asked = row(1, **other)
    state = STORY.venue.state
    state.now, state.cause = STORY.clock(), cause_of(REGISTRY, asked.key)
    quick = Alike(state, REGISTRY, [asked]).decided(asked, state.cause)
    try:
        decided = decide_register_right(state, asked)
    except Refusal:
        assert quick is None
        return
    if quick is not None:
        lines = [(line[:3], line[3]) for line in quick.lines]
        assert (encode(list(quick.events)), lines) == told(decided)
    elif not changed:
        raise AssertionError("a plain row was left to the rule")


def test_plain_rows_are_quick_and_whoever_listens_hears_every_row() -> None:
    state = STORY.venue.state
    state.now = STORY.clock()
    asked = row(7)
    assert Alike(state, REGISTRY, [asked]).decided(asked, cause_of(REGISTRY, "k")) is not None
    with listening():
        assert Alike(state, REGISTRY, [asked]).decided(asked, cause_of(REGISTRY, "k")) is None


@pytest.mark.parametrize("large", [0, LARGE])
def test_many_rights_taken_in_together_are_those_taken_in_one_by_one(
    large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-26: the same tables, numbers and indexes, in bulk, compiled and one event at a time."""
    monkeypatch.setattr(indexes, "LARGE", large)
    monkeypatch.setattr(packed, "LARGE", large)
    story = venue()
    count = 2 * RUN_MIN
    rows = tuple(
        row(n, holder=("mill", "li")[n % 2], instrument="x" * (n % 3)) for n in range(count)
    )
    receipt = story.try_to(RegisterMany, REGISTRY, rows=rows)
    assert receipt.is_accepted
    single = empty_register(story)
    for event in receipt.events:
        if not isinstance(event, Posted):
            evolve(single, event)
    together = story.venue.state.rights
    assert encode(together) == encode(single)
    for name in ("by_holder", "by_unit", "by_instrument", "by_kind", "by_region"):
        left, right = getattr(together, name), getattr(single, name)
        assert list(left) == list(right)
        assert {key: left[key] for key in left} == {key: right[key] for key in right}
    again = state_of(state_bytes(story.venue.state)).rights
    for known in (together, single, again):
        assert known.by_number.get("land/east/2026/000000") is None
        assert known.by_number.get("land/east/2026/x") is None
        for entry in single.entries.values():
            assert known.by_number[entry.number] == entry
        assert [*known.by_holder.get("mill", {})] == [*single.by_holder.get("mill", {})]


def test_what_is_not_new_is_taken_in_one_by_one_all_the_same() -> None:
    story = venue()
    rows = tuple(row(n) for n in range(RUN_MIN))
    events = [e for e in story.ask(RegisterMany, REGISTRY, rows=rows) if not isinstance(e, Posted)]
    state = empty_register(story)
    evolve_many(state, events)
    again = [replace(one, right=replace(one.right, holder="li")) for one in events[1::2]]
    evolve_many(state, again)
    assert len(state.by_holder.get("li", {})) == RUN_MIN
    assert not state.by_holder.get("mill")
    assert all(len(versions) == 1 for versions in state.history.values())


def empty_register(story: Story) -> RightsState:
    """A register without rights, of the same profiles."""
    return RightsState(profiles=story.venue.state.rights.profiles)
