"""What is due by time is kept soonest first: it says what walking all there is would find."""

from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from tests.core.walked_dues import walked
from yaosu import core
from yaosu.core import EVOLVE, State
from yaosu.core.dues import NAMED_BY, Dues, touched_by
from yaosu.core.events import TOGETHER
from yaosu.engine.recovery import fold
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event, tag_of
from yaosu.ledger.events import Posted
from yaosu.markets.events import ListingOpened

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"
# events of floors where things are due by time that are about none of these
ABOUT_NONE = {
    "markets.lots_committed/1", "markets.lots_freed/1", "settlement.money_recorded/1",
    "settlement.sale_notice_given/1", "settlement.pledge_offered/1",
    "settlement.pledge_realised/1",
}  # fmt: skip
NAMES = st.sampled_from(("c1", "c2", "c3", "c4", "c5"))


def test_after_every_entry_of_every_released_journal_the_same_is_due() -> None:
    """The recorded stories bring about every event."""
    for path in sorted(RECORDED.glob("*.db")):
        state = State()
        dues = {core.due_next(state)}
        with open_sqlite(path, readonly=True) as store:
            for entry, _ in fold(store, state):
                due = core.due_next(state)
                assert due == walked(state), (path.name, entry.header.sequence)
                dues.add(due)
        assert len(dues) > 10  # it was not the same all along


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NAMES, st.none() | st.integers(1, 6)), max_size=200))
def test_whatever_falls_due_earlier_later_or_no_more_the_soonest_is_first(
    changes: list[tuple[str, int | None]],
) -> None:
    state = State()
    waiting = state.settlement.waiting
    for name, due in changes:
        if due is None:
            waiting.pop(name, None)
        else:
            waiting[name] = due
        state.dues.touch(("contract", name))
        assert core.due_next(state) == walked(state) == Dues().first(state)


def test_every_event_where_things_fall_due_is_about_one_of_them_or_known_to_be_about_none() -> None:
    found = {tag_of(kind) for kind, (floor, _) in EVOLVE.items() if floor in NAMED_BY
             and kind is not ListingOpened and not _names(floor, kind)}  # fmt: skip
    assert found == ABOUT_NONE
    assert all(EVOLVE[kind][0] not in NAMED_BY for kind in TOGETHER)  # they are not looked at


def _names(floor: str, kind: type[Event]) -> bool:
    return any(field in kind.__struct_fields__ for field in NAMED_BY[floor])


def test_an_event_of_another_floor_touches_nothing() -> None:
    posted = Posted(batch="b", postings=Columns({}))
    assert touched_by(EVOLVE[Posted][0], posted) is None
