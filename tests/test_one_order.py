"""The page about one order is true: a real order is watched on its way."""

import re
import sys
import threading
from types import FrameType
from typing import Any

from tests.reviewer import HOUSE
from tests.stories import EXCHANGE, Story, both_ways
from yaosu.engine.intake import Intake

PAGE = HOUSE / "docs" / "explanation" / "one-order.md"
STOP = re.compile(r"^## \d+\. .*: `(?P<file>[^`]+)`, `(?P<function>[^`]+)`$", re.MULTILINE)
FILES_MAX = 9
SOURCE = "/src/yaosu/"


def stops() -> list[tuple[str, str]]:
    """(file, function) of every stop of the page, in its order."""
    return [(m["file"], m["function"]) for m in STOP.finditer(PAGE.read_text("utf-8"))]


def walk() -> tuple[Story, list[tuple[str, str]]]:
    """The story of the page, and every function of ours in the order of its first call."""
    story = Story().found(factors=("compute",))
    story.party("centre")
    story.party("lab", money=1_000)
    story.right("r1", "centre", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("centre", -1, 10, 40)
    seen: dict[tuple[str, str], None] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and SOURCE in code.co_filename:
            file = "src/yaosu/" + code.co_filename.rpartition(SOURCE)[2]
            seen.setdefault((file, code.co_qualname), None)

    threading.setprofile(watch)  # watches threads begun from here on: the writer gets a new one
    sys.setprofile(watch)
    try:
        story.venue._intake.close()
        story.venue._intake = Intake(story.venue._writer)
        story.order("lab", 1, 20, 30, region="west")
        story.close()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return story, list(seen)


def test_the_page_names_at_most_nine_files_that_are_there() -> None:
    files = [file for file, _ in stops()]
    assert 1 <= len(set(files)) <= FILES_MAX
    assert files == list(dict.fromkeys(files))
    assert all((HOUSE / file).is_file() for file in files)


def test_a_real_order_passes_the_stops_of_the_page_in_their_order() -> None:
    _, called = walk()
    places = {stop: place for place, stop in enumerate(called)}
    missing = [stop for stop in stops() if stop not in places]
    assert not missing, f"the order never came through {missing}"
    walked = [places[stop] for stop in stops()]
    assert walked == sorted(walked), f"the order came through in another order: {walked}"


def test_the_figures_of_the_page_are_what_happens() -> None:
    story, _ = walk()
    assert story.money("lab") == 1_000 - 100
    assert story.money("centre") == 50
    assert story.money(EXCHANGE) == 50
    assert story.lots("lab") == 5
    assert story.money("lab", "order:m") == 0
    share = next(r.share for r in story.venue.state.rights.rights.values() if r.holder == "lab")
    assert str(share) == "1/20"
