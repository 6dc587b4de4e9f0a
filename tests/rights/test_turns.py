"""Time-sharing: holders who take turns of a cycle."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.floors import Floors, settled
from tests.rights.entries import transfer
from tests.rights.samples import registration
from yaosu.kernel.numbers import Share
from yaosu.rights.commands import HolderShare, RegisterRight
from yaosu.rights.methods.turns import fault_of, turns_in


def shared(first: str, second: str) -> RegisterRight:
    """A facility of anna's and bao's, half and half, who take turns."""
    half = Share(1, 2)
    other = HolderShare(right="R2", holder="bao", share=half, turns=second)
    return registration("compute", share=half, turns=first, co_holders=(other,))


@pytest.fixture
def floors() -> Floors:
    return settled()


def test_holders_take_turns_and_no_turn_has_two(floors: Floors) -> None:
    """S0-59: shared use of a facility; a slot is never booked twice."""
    floors.refused(shared("1-26/52", "26-51/52"), "rights.bad_turns")
    floors.when(shared("1-26/52", "27-52/52"))
    scopes = [floors.rights.rights[name].scope for name in ("R-compute", "R2")]
    assert scopes == [{"turns": "1-26/52"}, {"turns": "27-52/52"}]
    floors.refused(transfer("R-compute", "watch", lots=10), "rights.indivisible")
    floors.when(transfer("R-compute", "bao"))
    assert len(floors.rights.by_holder["bao"]) == 2, "turns are not merged away"


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("1-20/52", "21-52/52", "a share of 1/2 is not 20 of 52 turns"),
        ("1-26", "27-52/52", "'1-26' does not name turns"),
        ("0-25/52", "27-52/52", "does not name turns"),
        ("27-53/52", "27-52/52", "does not name turns"),
        ("1,1/4", "3,4/4", "does not name turns"),
        ("1-26/52", "1/2", "others take turns in a cycle of 52"),
        ("1,3/4", "3,4/4", "turn 3 is held by another"),
    ],
)
def test_turns_that_do_not_fit_are_refused(
    floors: Floors, first: str, second: str, reason: str
) -> None:
    assert reason in str(floors.refused(shared(first, second), "rights.bad_turns"))


@given(st.integers(1, 60), st.data())
def test_turns_and_shares_say_the_same(cycle: int, data: st.DataObject) -> None:
    """S0-59: any cut of a cycle is accepted, and its parts sum to one."""
    cut = data.draw(st.integers(0, cycle))
    texts = [f"1-{cut}/{cycle}", f"{cut + 1}-{cycle}/{cycle}"]
    parts = [Fraction(cut, cycle), Fraction(cycle - cut, cycle)]
    for text, part in zip(texts, parts, strict=True):
        if part:
            read = turns_in(text)
            assert read is not None
            assert Fraction(len(read[0]), read[1]) == part
            assert fault_of(part, text, []) == ""
