"""Outlines of units in the register: refused or noted, as the profile says."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.rights.test_registering_many import many, refused_in, row, venue
from tests.stories import DOCUMENT, MINISTRY, REGISTRY, Story
from yaosu.core import state_bytes, state_of
from yaosu.engine.receipt import Receipt
from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import GrantRole
from yaosu.rights.commands import (
    AdoptProfile,
    ChangeUnit,
    ConfirmEntry,
    CorrectRight,
    GiveConsent,
    MergeUnits,
    RegisterRight,
    SplitUnit,
    UnitPart,
)
from yaosu.rights.events import OutlineNoted
from yaosu.rights.profiles import check_profile
from yaosu.rights.state import outlines_of
from yaosu.rights.values import Correction
from yaosu.rights.views import outline_notes

LAND = {"use": "industrial", "land_title": "state"}


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as text."""
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    return "POLYGON((" + ",".join(f"{a:.10g} {b:.10g}" for a, b in corners) + "))"


def drawn(number: int, outline: str, quantity: int = 100, **other: Any) -> RegisterRight:
    attributes = LAND | {"outline": outline} | other.pop("attributes", {})
    return row(number, quantity=quantity, unit_attributes=attributes, **other)


def register(story: Story, asked: RegisterRight) -> Receipt:
    return story.venue.submit(replace(asked, key=story.key()))


def refusal_of(receipt: Receipt) -> Refusal:
    assert receipt.refusal is not None, receipt
    return receipt.refusal


def notes_in(receipt: Receipt) -> list[tuple[str, str, str, int]]:
    return [
        (event.unit, note.check, note.other, note.area_cm2)
        for event in receipt.events
        if isinstance(event, OutlineNoted)
        for note in event.notes
    ]


def with_checks(story: Story, **checks: object) -> None:
    """Adopt the profile of land with other checks of outlines."""
    profile = story.venue.state.rights.profiles["land"][-1]
    assert profile.register.outline is not None
    outline = replace(profile.register.outline, **checks)
    changed = replace(
        profile, version=story.key(), register=replace(profile.register, outline=outline)
    )
    story.ask(AdoptProfile, MINISTRY, profile=changed)


def test_two_rival_rights_do_not_claim_the_same_ground() -> None:
    """S0-26: what overlaps is refused with how much; neighbours share an edge freely."""
    story = venue()
    assert register(story, drawn(1, box(0, 0, 10, 10))).is_accepted
    refusal = refusal_of(register(story, drawn(2, box(9, 0, 10, 10))))
    assert refusal.code == "rights.outline_overlaps"
    assert refusal.sentence == "unit U-2 overlaps unit U-1 by 100000 cm2; 10000 cm2 is let pass"
    assert register(story, drawn(2, box(10, 0, 10, 10))).is_accepted
    assert register(story, drawn(3, box(-9.9, 0, 10, 10))).is_accepted  # one square metre
    below = drawn(4, box(0, 0, 10, 10), attributes={"position": "below"})
    assert register(story, below).is_accepted
    far = register(story, drawn(5, box(1000, 1000, 10, 10)))
    assert far.is_accepted
    assert not notes_in(far)


def test_rows_of_one_batch_are_held_against_each_other() -> None:
    """S0-26: the register as it stood before, and the rows before in the batch."""
    story = venue()
    rows = (drawn(1, box(0, 0, 10, 10)), drawn(2, box(5, 0, 10, 10)), drawn(3, box(10, 0, 10, 10)))
    told = refused_in(many(story, *rows))
    assert {number: one.code for number, one in told.items()} == {1: "rights.outline_overlaps"}
    assert told[1].facts["other"] == "U-1"
    assert sorted(story.venue.state.rights.units) == ["U-1", "U-3"]


def test_the_area_drawn_is_noted_where_it_is_not_the_quantity() -> None:
    """S0-26: within five permille it passes; beyond it is noted, or refused by another profile."""
    story = venue()
    assert not notes_in(register(story, drawn(1, box(0, 0, 20, 50.2), quantity=1000)))
    noted = register(story, drawn(2, box(100, 0, 20, 51), quantity=1000))
    assert notes_in(noted) == [("U-2", "area", "", 200_000)]
    shown = outline_notes(story.venue.state.rights)
    assert list(shown.iterate()) == [
        {"unit": "U-2", "factor": "land", "check": "area", "other": "", "area_cm2": 200_000}
    ]
    with_checks(story, area="refuse")
    refusal = refusal_of(register(story, drawn(3, box(200, 0, 20, 51), quantity=1000)))
    assert refusal.sentence == (
        "the outline of unit U-3 and its quantity differ by 200000 cm2; 5 permille of the "
        "quantity is let pass"
    )
    with_checks(story, area="", overlap="note")
    asked = register(story, drawn(3, box(110, 0, 20, 51), quantity=1))
    assert notes_in(asked) == [("U-3", "overlaps", "U-2", 5_100_000)]


def test_the_parts_of_a_split_lie_in_the_whole_and_apart() -> None:
    """S0-26: one part outside, two parts over each other, and the split that is right."""
    story = venue()
    register(story, drawn(1, box(0, 0, 10, 10)))

    def split(*parts: tuple[str, int, str]) -> Receipt:
        return story.try_to(
            SplitUnit,
            REGISTRY,
            unit="U-1",
            parts=tuple(
                UnitPart(unit=name, quantity=quantity, attributes={"outline": outline})
                for name, quantity, outline in parts
            ),
            source=DOCUMENT,
        )

    story.ask(GiveConsent, "mill", about="U-1", to="split")
    outside = split(("a", 50, box(0, 0, 5, 10)), ("b", 50, box(6, 0, 5, 10)))
    assert refusal_of(outside).sentence == (
        "unit b lies outside U-1 with 100000 cm2; 10000 cm2 is let pass"
    )
    over = split(("a", 50, box(0, 0, 5, 10)), ("b", 50, box(4, 0, 5, 10)))
    assert refusal_of(over).code == "rights.outline_overlaps"
    assert split(("a", 50, box(0, 0, 5, 10)), ("b", 50, box(5, 0, 5, 10))).is_accepted
    again = refusal_of(register(story, drawn(2, box(0, 0, 10, 10))))
    assert again.facts["other"] == "a"  # the whole is historic and in nobody's way

    for name in ("a", "b"):
        story.ask(GiveConsent, "mill", about=name, to="merge")

    def merge(outline: str) -> Receipt:
        return story.try_to(
            MergeUnits, REGISTRY, unit="c", units=("a", "b"), attributes={"outline": outline},
            source=DOCUMENT,
        )  # fmt: skip

    assert refusal_of(merge(box(0, 0, 9, 10))).sentence == (
        "unit c leaves 100000 cm2 of b out; 10000 cm2 is let pass"
    )
    assert refusal_of(merge(box(0, 0, 11, 10))).code == "rights.outline_outside"
    assert merge(box(0, 0, 10, 10)).is_accepted


def test_a_corrected_and_a_changed_outline_are_checked_like_a_new_one() -> None:
    """S0-26: and its own former outline is in nobody's way."""
    story = venue()
    story.party("clerk", factors=())
    story.ask(GrantRole, MINISTRY, party="clerk", role="registrar")
    register(story, drawn(1, box(0, 0, 10, 10)))
    register(story, drawn(2, box(20, 0, 10, 10)))
    story.ask(GiveConsent, "mill", about="U-1", to="change")
    changed = {"unit": "U-1", "source": DOCUMENT}
    refused = story.try_to(
        ChangeUnit, REGISTRY, attributes={"outline": box(15, 0, 10, 10)}, **changed
    )
    assert refusal_of(refused).code == "rights.outline_overlaps"
    noted = story.try_to(ChangeUnit, REGISTRY, attributes={"outline": box(1, 0, 11, 10)}, **changed)
    assert notes_in(noted) == [("U-1", "area", "", 100_000)]
    wanted = Correction(unit_attributes={"outline": box(2, 0, 10, 10)})
    story.ask(
        CorrectRight, REGISTRY, entry="fix", right="R-1", correction=wanted, source=DOCUMENT,
        reason="survey",
    )  # fmt: skip
    receipt = story.try_to(ConfirmEntry, "clerk", entry="fix")
    assert receipt.is_accepted, receipt.refusal
    assert not story.venue.state.rights.outline_notes  # the note went with the version


def test_a_text_that_is_no_outline_is_refused_as_an_attribute() -> None:
    story = venue()
    refusal = refusal_of(register(story, drawn(1, "POLYGON((0 0,1.0005 0,1 1,0 0))")))
    assert refusal.code == "rights.attribute_wrong"
    assert refusal.facts["reason"] == "1.0005 has more than 3 decimals"


def test_units_are_found_where_they_lie_also_from_a_snapshot() -> None:
    """S0-26: the index says what looking at every unit says, before and after a reading."""
    story = venue()
    with_checks(story, area="", overlap="note")
    sizes = (1, 3, 10, 40, 200)
    places = [(n * 7 % 90, n * 13 % 90, sizes[n % 5]) for n in range(40)]
    for number, (x, y, size) in enumerate(places):
        assert register(story, drawn(number, box(x - 40, y - 40, size, size))).is_accepted
    state = story.venue.state
    again = state_of(state_bytes(state))
    assert encode(again.rights) == encode(state.rights)
    for x, y, size in (*places, (-500, -500, 2_000)):
        left, below, side = (10**6 * number for number in (x - 40, y - 40, size))
        asked = (left, below, left + side, below + side)
        near = [one.id for one in outlines_of(state.rights).near("land", asked)]
        wanted = [
            f"U-{n}"
            for n, (a, b, c) in enumerate(places)
            if a <= x + size and x <= a + c and b <= y + size and y <= b + c
        ]
        assert set(wanted) <= set(near)
        assert near == [one.id for one in outlines_of(again.rights).near("land", asked)]


@pytest.mark.parametrize(
    ("changed", "attributes", "reason"),
    [
        ({"overlap": "warn"}, {}, "register.outline.overlap is 'warn', not refuse or note"),
        ({"overlap_cm2": -1}, {}, "register.outline.overlap_cm2 is below zero"),
        ({"m2_in_lot": 0}, {}, "register.outline.m2_in_lot is 0"),
        ({"apart": ("floor",)}, {}, "register.outline.apart names floor, which is not"),
        ({}, {"outline": None}, "register.outline needs the attribute outline"),
        ({}, {"outline": "text"}, "attribute outline is of kind 'text'"),
        ({}, {"outline": "outline:7"}, "attribute outline is of kind 'outline:7'"),
        ({}, {"plan": "outline:3"}, "attribute plan is of kind 'outline:3'"),
    ],
)
def test_a_profile_switches_on_what_can_be_checked(
    changed: dict[str, object], attributes: dict[str, str | None], reason: str
) -> None:
    profile = venue().venue.state.rights.profiles["land"][-1]
    assert profile.register.outline is not None
    kinds = {n: k for n, k in {**profile.attributes, **attributes}.items() if k is not None}
    part = replace(profile.register, outline=replace(profile.register.outline, **changed))
    with pytest.raises(Refusal) as refused:
        check_profile(replace(profile, attributes=kinds, register=part))
    assert reason in str(refused.value.facts["reason"])
