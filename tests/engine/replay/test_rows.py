"""A batch is counted row by row where a replay takes some of its rows otherwise."""

from typing import Any

import pytest

from tests.access.limited import LimitStory, rules_with
from tests.stories import REGISTRY
from yaosu.core import Outcome
from yaosu.engine.replay.classes import rows_of
from yaosu.engine.replay.run import ROW
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import RegisterParties, RegisterParty
from yaosu.parties.events import PartiesRefused
from yaosu.parties.values import RefusedRow
from yaosu.rights.commands import PledgeRight, RegisterMany, RegisterRight, TakeOverPledges
from yaosu.rules.parse import parse_pack

ROWS = ROW.format("rights.register_many")


@pytest.mark.parametrize(("atomic", "counts"), [(False, (2, 2)), (True, (0, 4))])
def test_a_row_newly_refused_counts(atomic: bool, counts: tuple[int, int]) -> None:
    """S0-57: who fell out is counted, also where the batch as a whole is accepted again."""
    story = LimitStory({"most": 100})
    asked: list[dict[str, Any]] = [story.registration(f"m{n}", "ann", 15) for n in range(4)]
    rows = tuple(
        RegisterRight(actor=REGISTRY, key=f"row-{n}", **fields) for n, fields in enumerate(asked)
    )
    story.ask(RegisterMany, REGISTRY, rows=rows, atomic=atomic)
    same = story.venue.replay([])
    assert {kind: t.commands for kind, t in same.tallies[ROWS].items()} == {"same": 4}
    other = story.venue.replay([parse_pack(rules_with({"most": 40}))])
    told = {kind: t.commands for kind, t in other.tallies[ROWS].items()}
    assert (told.get("same", 0), told.get("newly refused", 0)) == counts
    back = LimitStory({"most": 40})
    back.try_to(RegisterMany, REGISTRY, rows=rows, atomic=atomic)
    taken = back.venue.replay([parse_pack(rules_with({"most": 100}))])
    assert taken.tallies[ROWS]["newly accepted"].commands == counts[1]


def test_a_pledge_newly_refused_counts() -> None:
    """S0-57: pledges that were taken over on rights which other rules would not have registered."""
    story = LimitStory({"most": 100})
    for number in range(4):
        story.ask(RegisterRight, REGISTRY, **story.registration(f"m{number}", "ann", 15))
    rights = [right.id for right in story.venue.state.rights.by_holder.rights_of("ann")]
    assert len(rights) == 4
    pledges = tuple(
        PledgeRight(actor="ann", key=f"p-{n}", entry=f"P-{n}", right=right, creditor="bob")
        for n, right in enumerate(rights)
    )
    story.ask(TakeOverPledges, REGISTRY, rows=pledges)
    rows = ROW.format("rights.take_over_pledges")
    same = story.venue.replay([])
    assert {kind: t.commands for kind, t in same.tallies[rows].items()} == {"same": 4}
    other = story.venue.replay([parse_pack(rules_with({"most": 40}))])
    told = {kind: t.commands for kind, t in other.tallies[rows].items()}
    assert told == {"same": 2, "newly refused": 2}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((), (), {"same": 3}),
        ((1,), (1,), {"same": 3}),
        ((1,), (0, 2), {"newly accepted": 1, "newly refused": 2}),
        (None, (0,), {"newly accepted": 2, "same": 1}),
        ((0,), None, {"newly refused": 2, "same": 1}),
    ],
)
def test_rows_of_parties_count_one_by_one(
    before: tuple[int, ...] | None, after: tuple[int, ...] | None, told: dict[str, int]
) -> None:
    """S0-57: by the rows that each side refused; None is a batch refused as a whole."""
    one = RegisterParty(actor=REGISTRY, key="k", party="p", kind="person", name="P")
    command = RegisterParties(actor=REGISTRY, key="many", rows=(one, one, one))

    def refused(rows: tuple[int, ...] | None) -> list[Any]:
        facts = {"party": "p"}
        told = tuple(RefusedRow(row=row, code="parties.exists", facts=facts) for row in rows or ())
        return [PartiesRefused(rows=told)] if told else []

    refusal = Refusal("parties.exists", party="p") if after is None else None
    outcome = Outcome(events=refused(after), refusal=refusal)
    assert rows_of(command, before is not None, refused(before), outcome) == told
    assert rows_of(one, before is not None, [], outcome) == {}
