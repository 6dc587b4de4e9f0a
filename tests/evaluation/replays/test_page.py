"""The pages of a replay: what is measured is on them, in both languages, with what they hide."""

import pytest

pytest.importorskip("altair", reason="needs the extra report")

from msgspec.structs import replace

from tests.engine.replay.test_policies import harder
from tests.engine.test_replay import pack, story
from yaosu.engine.replay import CLASSES, replay
from yaosu.evaluation.replays.comparison import Comparison, compare
from yaosu.evaluation.replays.overview import overview
from yaosu.evaluation.replays.page import page_of
from yaosu.evaluation.replays.tables import TABLES
from yaosu.evaluation.replays.words import OUTCOMES, POLICIES, UNRELIABLE, UNSEEN
from yaosu.evaluation.report.page import report_html
from yaosu.kernel.columns import Maybe, Text


@pytest.fixture(scope="module")
def lifted() -> Comparison:
    return compare(replay(story(limits=1).venue.store, [pack("b", limits=2)]), "lifted")


def test_every_class_and_policy_has_its_words() -> None:
    assert tuple(OUTCOMES) == CLASSES
    assert set(POLICIES) == {"prompt", "as_recorded", "none"}


def test_every_table_has_the_columns_and_kinds_it_says(lifted: Comparison) -> None:
    kinds = {"text": Text, "number or empty": Maybe}
    nothing = compare(replay(story(limits=1).venue.store, [], until=3))
    for comparison in (lifted, nothing):
        for name, columns in TABLES.items():
            table = comparison.table(name)
            assert set(table.names) == set(getattr(comparison, name).names) == set(columns)
            for column, (kind, _) in columns.items():
                if kind in kinds:
                    assert isinstance(table.column(column), kinds[kind]), (name, column)
                else:
                    assert table[column].dtype.name == "int64", (name, column)


def test_the_page_leads_with_the_gain_and_says_what_it_does_not_show(lifted: Comparison) -> None:
    page = page_of(lifted, ("yaosu verify market.db",))
    assert page.tiles[0].value.en == "+2.00 CNY"
    assert page.tiles[1].value.en == "5 → 30"
    assert page.tiles[3].value.en == "reliable"
    assert page.caveat == UNSEEN
    html = report_html(page)
    for shown in ("national@b#markets.link_limits", lifted.hash, UNSEEN.zh, "改革红利"):
        assert shown in html
    assert [figure.name for section in page.sections for figure in section.figures] == [
        "outcomes",
        "prices",
        "flows",
        "rounds",
        "money-kind",
        "money-region",
        "money-factor",
    ]


def test_a_replay_without_effect_says_so_in_every_chapter() -> None:
    none = compare(replay(story(limits=1).venue.store, [pack("b", limits=1)]))
    page = page_of(none)
    said = " ".join(text.en for section in page.sections for text in section.text)
    assert said.count("came out otherwise") == 6
    assert [figure.name for section in page.sections for figure in section.figures] == ["outcomes"]
    assert report_html(page) == report_html(page_of(none))


def test_an_unreliable_replay_says_so_first() -> None:
    found = compare(replay(story(limits=1).venue.store, [harder()]))
    page = page_of(found)
    assert page.tiles[3].value.en == "unreliable"
    assert page.caveat is not None
    assert page.caveat.en.startswith(UNRELIABLE.en)


def test_the_page_over_several_sets_them_side_by_side(lifted: Comparison) -> None:
    none = compare(replay(story(limits=1).venue.store, [pack("c", limits=1)]), "none")
    page = overview({"lifted": lifted, "none": none})
    (figure,) = page.sections[0].figures
    assert [row[0] for row in figure.table.rows] == ["lifted", "none"]
    assert [row[2] for row in figure.table.rows] == [2.0, 0.0]
    assert page.tiles[1].value.en == "1"
    assert lifted.hash in report_html(page)


def test_sealed_bids_that_nobody_opened_are_told_even_where_nothing_else_differs() -> None:
    none = compare(replay(story(limits=1).venue.store, [pack("b", limits=1)]))
    page = page_of(replace(none, unreadable=3))
    said = [text.en for text in page.sections[0].text]
    assert len(said) == 2
    assert said[1].startswith("3 sealed bids would have come in.")
