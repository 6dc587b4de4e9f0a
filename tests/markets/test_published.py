"""What everybody may see of a round: sums by price, no order, and bound to the entry."""

from typing import Any

import numpy as np
import pytest

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.lossy import lossy_market
from tests.markets.test_blocks import bids, legs, opened, sell
from tests.stories import Story, both_ways
from yaosu.engine.recovery import events_of
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.markets import published
from yaosu.markets.events import BookClosed, MarketCleared, RoundPublished
from yaosu.markets.mechanisms import clear
from yaosu.rows import EVERYBODY, party_key, rows_by_party

SEEDS = range(6)


def only(events: Any, kind: type) -> Any:
    """The one event of this kind."""
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def rows(table: Columns, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a table, of these columns."""
    return [tuple(row[name] for name in names) for row in table.iterate()]


def traded() -> tuple[Story, list[Any]]:
    """A day of three parties in two regions; one of them meets itself."""
    story = Story().found(factors=("compute",))
    for name in ("seller", "buyer", "both"):
        story.party(name, money=100_000)
        story.right(f"r-{name}", name, 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 30)
    story.order("both", -1, 10, 8)
    story.order("both", 1, 12, 3)
    story.order("buyer", 1, 20, 30, region="west")
    return story, story.close()


def test_a_round_is_published_by_price_and_without_parties() -> None:
    """Regions, links with limits, and lots by price; what met itself is gone."""
    _, events = traded()
    round_ = only(events, RoundPublished)
    assert rows(round_.levels, "region", "side", "price", "lots") == [
        ("east", -1, 10, 35),
        ("west", 1, 20, 30),
    ]
    assert rows(round_.regions, "region", "price", "bought", "sold", "traded") == [
        ("east", 10, 0, 5, 1),
        ("west", 20, 5, 0, 1),
    ]
    assert rows(round_.links, "source", "capacity", "cost", "lots", "shadow_price", "rent") == [
        ("east", 5, 2, 5, 8, 40),
        ("west", 5, 2, 0, 0, 0),
    ]
    assert (round_.crossed, round_.rows, round_.welfare) == (6, 6, 40)
    data = canonical.encode(round_)
    assert not any(name.encode() in data for name in ("seller", "buyer", "both"))


def test_it_stands_between_the_clearing_and_the_end_of_its_round() -> None:
    _, events = traded()
    place = {type(event).__name__: at for at, event in enumerate(events)}
    assert place["MarketCleared"] < place["RoundPublished"] < place["RoundEnded"]
    closed, cleared = only(events, BookClosed), only(events, MarketCleared)
    assert only(events, RoundPublished).orders_digest == closed.orders_digest
    assert only(events, RoundPublished).dual == cleared.clearing.certificate.dual


def test_what_is_published_is_a_row_of_everybody_and_of_no_party() -> None:
    """The trie over the parties of the entry binds it to the header."""
    story, _ = traded()
    entry = list(story.venue.store.read())[-1]
    events = events_of(entry)
    found = rows_by_party(entry.header.actor, events)
    assert found.pop(party_key(EVERYBODY))[0] == 1
    assert len(found) > 1
    assert not any(b"round_published" in data for _, data in found.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_added(seed: int) -> None:
    """Levels and lots by region add up to the orders and the fills."""
    orders, network = random_market(seed)
    clearing = clear(orders, network)
    found = published.tables_of(orders, network, clearing)
    offered = int(orders.quantity.sum()) - int(clearing.decremented["lots"].sum())
    assert int(found.levels["lots"].sum()) == offered
    assert found.crossed == int(clearing.decremented["lots"].sum())
    assert int(found.regions["bought"].sum()) == clearing.volume
    assert int((found.regions["bought"] + found.regions["sold"]).sum()) == int(
        clearing.fills["lots"].sum()
    )
    keys = rows(found.levels, "instrument", "region", "side", "price")
    assert len(set(keys)) == len(keys)
    by_side = [(i, r, -s, p) for i, r, s, p in keys]
    assert by_side == sorted(by_side)


def test_links_with_losses_show_what_arrives() -> None:
    orders, network, parameters = lossy_market(1)
    parameters.pop("price_takers", None)
    clearing = clear(orders, network, **parameters)
    found = published.tables_of(orders, network, clearing).links
    assert found["loss_ppm"].max() > 0
    assert found["arrived"].tolist() == clearing.flows["arrived"].tolist()


def test_lots_of_blocks_stand_beside_those_of_orders() -> None:
    story = Story().found(factors=("compute",))
    story.party("plant")
    story.party("buyer", money=100_000)
    for right, period in (("r1", "day"), ("r2", "night")):
        story.right(right, "plant", 100, instrument=period)
    opened(story, price_rule="high")
    sell(story, legs("run", 39, 10))
    bids(story, 50, 30)
    round_ = only(story.close(), RoundPublished)
    assert round_.rule == "call/blocks/1"
    assert sum(round_.regions["blocks_sold"].tolist()) == 20
    assert sum(round_.regions["sold"].tolist()) == 0
    assert (round_.levels["side"] == 1).all()


def test_a_round_with_too_many_rows_is_published_without_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published, "ROWS_PUBLISHED_MAX", 5)
    _, events = traded()
    round_ = only(events, RoundPublished)
    assert round_.rows == 6
    assert round_.regions.rows == round_.links.rows == round_.levels.rows == 0
    assert "price" in round_.levels


def test_other_mechanisms_publish_no_round() -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 10, instrument="gpu")
    story.market(mechanism="package")
    story.order("seller", -1, 10, 5)
    story.order("buyer", 1, 20, 5)
    events = story.close()
    assert [event for event in events if isinstance(event, MarketCleared)]
    assert not [event for event in events if isinstance(event, RoundPublished)]


def test_an_empty_round_is_published_too() -> None:
    story = Story().found(factors=("compute",))
    story.market()
    round_ = only(story.close(), RoundPublished)
    assert (round_.rows, round_.volume) == (0, 0)
    assert np.array_equal(round_.levels["lots"], np.zeros(0, np.int64))
