"""How much of a limit is used, what is left, and by what: as one reads it everywhere."""

import json
from pathlib import Path

import pytest

from tests.access.limited import LimitStory
from tests.access.test_limits import buy, selling
from yaosu.access.limit_views import limit_uses, limits_page
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.instant import DAY
from yaosu.server.resources import RESOURCES, rows_of


def used(story: LimitStory) -> LimitStory:
    """Ann holds 20, is owed 30, and orders 10, of 100."""
    story.market("m", contract="notice", notice_days=5)
    for lots in (20, 30):
        buy(story, "ann", lots)
        story.order("state", -1, 100, lots)
        story.close("m")
        if lots == 20:
            story.clock.forward(6 * DAY)
    buy(story, "ann", 10)
    return story


def test_used_is_what_is_held_ordered_and_awaited() -> None:
    story = used(selling({"most": 100, "each": "instrument"}))
    (use,) = limit_uses(story.venue.state, "ann")
    assert (use.held, use.ordered, use.awaited, use.used, use.left) == (20, 10, 30, 60, 40)
    assert (use.what, use.measure, use.most) == ("compute, instrument gpu", "lots", 100)
    assert (use.packs, use.item, use.together) == ("national@2026.1", "limits", ())
    assert limit_uses(story.venue.state, "bob") == []


def test_a_lowered_limit_is_seen_as_passed_and_an_exempt_party_as_exempt() -> None:
    """Nothing is taken away: it is reported."""
    story = used(selling({"most": 100}))
    story.adopt({"most": 50, "exempt": "state_owner"})
    rows = {row["party"]: row for row in limits_page(story.venue.state).iterate()}
    assert (rows["ann"]["standing"], rows["ann"]["left"]) == ("above", 0)
    assert (rows["state"]["standing"], rows["state"]["held"]) == ("exempt", 980)


def test_those_who_count_as_one_see_what_all_of_them_use() -> None:
    story = LimitStory({"most": 100, "group": "controlled_by"})
    story.party("mother")
    story.party("daughter", controlled_by="mother")
    story.right("a", "mother", 40)
    story.right("b", "daughter", 50, region="west")
    for party in ("mother", "daughter"):
        (use,) = limit_uses(story.venue.state, party)
        assert (use.used, use.left, use.together) == (90, 10, ("daughter", "mother"))


def test_the_readable_table_and_the_shell_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "venue.db"
    story = LimitStory({"most": 100}, store=open_sqlite(journal))
    story.right("a", "ann", 40)
    resource = RESOURCES["limits"]
    (row,) = rows_of(resource, resource.make(story.venue.state)).rows
    assert set(row) == set(resource.columns)
    story.venue.close()
    assert answer(["access", "limits", str(journal), "ann", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["rows"] == [row]
    assert answer(["access", "limits", str(journal)]) == DONE
    assert "within" in capsys.readouterr().out
    assert answer(["access", "limits", str(journal), "nobody"]) == REFUSED
