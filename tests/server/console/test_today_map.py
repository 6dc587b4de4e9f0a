"""The regional picture on the first page: one factor, where its regions lie, and the same told."""

from typing import Any

from tests.server.console.test_browser import KILOBYTES_MAX, pytestmark
from tests.server.console.test_forms import clean
from tests.server.console.test_result import browser, page, rounds
from tests.server.console.test_trading_pages import Watched
from tests.stories import Story, both_ways
from yaosu.server.console.pages.today import today
from yaosu.server.console.render import Look, render

__all__ = ["browser", "page", "pytestmark", "rounds"]


def priced(story: Story, market: str, factor: str) -> None:
    """A round that prices two regions."""
    story.market(market, factor=factor, links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 20, market=market)
    story.order("buyer", 1, 20, 10, region="west", market=market)
    story.order("buyer", 1, 12, 10, market=market)
    story.close(market)


def test_the_factor_that_is_chosen_is_drawn_and_told_as_a_table() -> None:
    """Console 1: the picture has a table twin and leads to its market; others are links."""
    story = Story().found(["compute", "capital"])
    story.party("seller")
    story.party("buyer", money=1_000_000)
    story.right("r1", "seller", 100, instrument="gpu")
    priced(story, "m", "compute")
    watched = Watched(story)
    found = today(watched.state, watched.record, watched.names(), "compute")
    assert found.picture is not None
    assert (found.picture.factor, found.picture.market) == ("compute", "m")
    assert [one.id for one in found.picture.map.regions] == ["east", "west"]
    look = Look(language="en")
    said = render("today.html", found, look, here="today", size=7, instant=story.clock())
    assert '<svg class="map' in said
    assert said.count('data-region="') == 2
    assert 'data-follow="/live?factor=compute"' in said
    assert len(said.encode()) < KILOBYTES_MAX * 1024
    for other in ("", "no such factor"):
        again = today(watched.state, watched.record, watched.names(), other).picture
        assert again == found.picture


def test_the_first_page_is_clean_with_a_picture(page: Any) -> None:
    page.goto("/")
    assert page.locator("svg [data-region]").count() > 0
    clean(page)
