"""Current rights by holder, unit, instrument, kind and region, against looking at every one."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.stories import Story
from yaosu.cli.app import answer
from yaosu.core import state_bytes, state_hash, state_of
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.numbers import Share
from yaosu.kernel.packed import Packed
from yaosu.rights.commands import TransferTitle
from yaosu.rights.events import RightRegistered, TitleMoved, UnitRegistered
from yaosu.rights.index_set import Indexes, Noticed
from yaosu.rights.state import RightsState, evolve
from yaosu.rights.values import RegisterEntry, Right, Unit
from yaosu.rights.views import rights_by

NAMES = st.sampled_from([f"h{n}" for n in range(6)])
MOVES = st.lists(st.tuples(st.integers(0, 400), NAMES, st.booleans()), max_size=60)


def a_right(number: int, holder: str) -> Right:
    return Right(
        id=f"R{number}", unit=f"U{number % 90}", factor="land", instrument=f"I{number % 7}",
        holder=holder, kind=f"k{number % 3}", share=Share(1, 400), term_from=0, begin=1,
        entry=f"E{number}",
    )  # fmt: skip


def an_entry(number: int) -> RegisterEntry:
    return RegisterEntry(id=f"E{number}", kind="first", right=f"R{number}", made_by="r", at=1)


def a_register(count: int) -> RightsState:
    state = RightsState()
    for number in range(min(count, 90)):
        unit = Unit(
            id=f"U{number}", factor="land", region=f"r{number % 4}", quantity=400, attributes={},
            profile_version="1", since=1,
        )  # fmt: skip
        evolve(state, UnitRegistered(unit=unit))
    for number in range(count):
        right = a_right(number, f"h{number % 5}")
        evolve(state, RightRegistered(right=right, entry=an_entry(number)))
    return state


@settings(deadline=None, max_examples=40)
@given(count=st.integers(1, 400), moves=MOVES)
def test_an_index_finds_what_looking_at_every_right_finds(
    count: int, moves: list[tuple[int, str, bool]]
) -> None:
    state = a_register(count)
    for number, holder, ends in moves:
        known = state.rights.get(f"R{number}")
        if known is not None:
            moved = replace(known, holder=holder, end=9 if ends else 0, version=known.version + 1)
            evolve(state, TitleMoved(entries=(), rights=(moved,)))
    current = [right for right in state.rights.values() if right.end == 0]
    for index, name_of in (
        (state.by_holder, lambda right: right.holder),
        (state.by_unit, lambda right: right.unit),
        (state.by_instrument, lambda right: right.instrument),
        (state.by_kind, lambda right: right.kind),
        (state.by_region, lambda right: state.units[right.unit].region),
    ):
        wanted: dict[str, dict[str, bool]] = {}
        for right in sorted(current, key=lambda right: right.id):
            wanted.setdefault(name_of(right), {})[right.id] = True
        assert dict(index) == wanted
        assert all((name in index) == (name in wanted) for name in ("h0", "k1", "none"))


def test_a_state_that_is_read_again_has_the_same_hash_and_finds_the_same() -> None:
    story = Story().found(("compute",))
    for name in ("anna", "bao"):
        story.party(name)
    story.right("R-1", "anna", 100)
    story.right("R-2", "anna", 50, region="west")
    story.ask(TransferTitle, "anna", right="R-1", target="bao", lots=30)
    state = story.venue.state
    again = state_of(state_bytes(state))
    assert state_hash(again) == state_hash(state)
    assert dict(again.rights.by_holder) == dict(state.rights.by_holder)
    assert again.rights == state.rights
    table = rights_by(state.rights, holder="anna", region="west")
    assert [row["right"] for row in table.iterate()] == ["R-2"]
    assert rights_by(state.rights, kind="capacity_holding").rows == 3
    assert (
        rights_by(state.rights, unit="R-1").rows == rights_by(state.rights, holder="no").rows == 0
    )


def test_the_command_line_lists_rights_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(open_sqlite(tmp_path / "m.db")).found(("compute",))
    story.party("anna")
    story.right("R-1", "anna", 100)
    story.right("R-2", "anna", 50, region="west")
    story.venue.close()
    for words, found in (((), "R-1 R-2"), (("--region", "west"), "R-2"), (("--unit", "no"), "")):
        assert answer(["rights", "list", str(tmp_path / "m.db"), *words, "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)["rights"]
        assert [row["right"] for row in rows] == found.split()
    assert answer(["rights", "list", str(tmp_path / "m.db"), "--holder", "anna"]) == 0
    assert capsys.readouterr().out.split()[8:10] == ["R-1", "unit-R-1"]


def test_units_whose_hashes_fall_together_are_asked_one_by_one() -> None:
    """S0-26: the regions are then those that each right says."""
    state = a_register(200)
    assert isinstance(state.rights, Packed)
    assert isinstance(state.units, Packed)
    wanted = {region: state.by_region.get(region) for region in ("r0", "r1", "r2", "r3")}
    for times in (1, 2):
        noticed = Noticed()
        noticed.rights(list(state.rights), list(state.rights.values()))
        for _ in range(times):  # the second time every hash is there already
            noticed.units(list(state.units), list(state.units.values()))
        made = Indexes.empty(state.rights, state.units)
        noticed.fill(made)
        assert {region: made.by_region.get(region) for region in wanted} == wanted
        assert made.by_holder.get("h1") == state.by_holder["h1"]
