"""What a party may have and what it uses of it, as pages say it; in both languages."""

from tests.access.limited import LimitStory
from tests.access.test_limit_views import used
from tests.access.test_limits import selling
from tests.server.console.test_trading_pages import Watched
from tests.server.serving import Served
from yaosu.server.console.pages.limits import limits_about, limits_of


def test_a_member_sees_what_is_used_of_each_limit_and_by_what() -> None:
    """S0-34: what is held against the limits is seen by whom it binds."""
    watched = Watched(used(selling({"most": 100, "each": "instrument"})))
    told = limits_of(watched.state, watched.names(), ["ann"], "ann")
    (row,) = told.rows
    assert (row.held, row.ordered, row.awaited) == ("20", "10", "30")
    assert (row.used, row.most, row.left, row.part) == ("60", "100", "40", 60)
    assert row.about == "Compute · gpu"
    said = watched.said("limits.html", told)
    assert "within" in said
    assert "what a party has or would get, lots" in said
    zh = limits_of(watched.state, watched.names("zh"), ["ann"], "ann")
    assert "限额内" in watched.said("limits.html", zh, language="zh")


def test_one_sees_ones_own_and_money_as_money() -> None:
    watched = Watched(LimitStory({"counts": "value", "measure": "minor", "most": 123_456}))
    watched.story.market("m", clear_at_close=False)
    watched.story.order("ann", 1, 100, 3)
    (row,) = limits_of(watched.state, watched.names(), ["ann"], "bob").rows
    assert (row.used, row.most) == ("3.00", "1\u202f234.56")
    assert limits_of(watched.state, watched.names(), ["ann"], "bob").party == "ann"
    about = limits_about(watched.state, watched.names(), "compute", ["gpu"], ["east"])
    assert about == ["cap: money it may have to pay, at most 1\u202f234.56 CNY."]
    assert limits_about(watched.state, watched.names(), "land", ["p"], ["east"]) == []


def test_without_limits_the_page_and_the_form_of_a_market_say_so(served: Served) -> None:
    with served.as_("anna") as anna, served.as_("supervisor") as watch:
        assert "no limits per party" in anna.get("/desk/limits").text
        assert watch.get("/desk/limits", params={"party": "anna"}).status_code == 200
