"""A batch of registrations is counted row by row where a replay takes some of them otherwise."""

from typing import Any

import pytest

from tests.access.limited import LimitStory, rules_with
from tests.stories import REGISTRY
from yaosu.engine.replay.run import ROWS
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rules.parse import parse_pack


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
