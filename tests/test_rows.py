"""The table that says whose rows an entry holds, and the two ways of reading it."""

from collections import Counter

import msgspec
import numpy as np

from tests.stories import Story, both_ways
from yaosu import core
from yaosu.engine.recovery import events_of
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.commands import CloseBook
from yaosu.rows import MANY, OWNERS, count_rows, party_key, read_rows, rows_by_party

# names of fields that say whose something is; "payer" is not the place of its postings
NAMES_OF_PARTIES = ("party", "holder", "seller", "buyer", "payer", "released_by")


def test_every_event_with_a_field_that_names_a_party_is_in_the_table() -> None:
    """S2-26: a new event cannot be forgotten; tables are looked at below, as they are made."""
    for event in (*core.EVOLVE, *core.OWN_EVENTS):
        named = set(event.__struct_fields__) & set(NAMES_OF_PARTIES)
        listed = {place for place in OWNERS.get(event, ()) if MANY not in place}
        assert {name for name in named if event.__annotations__.get(name) is str} <= listed, event


def traded() -> Story:
    """One market day: parties, rights, orders, a clearing over two regions, contracts."""
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    story.refused(CloseBook, "buyer", market="m")
    return story


def columns_in(event: Event) -> list[tuple[str, Columns]]:
    return [
        (name, value)
        for name in event.__struct_fields__
        if isinstance(value := getattr(event, name), Columns)
    ]


def test_every_table_with_a_column_of_parties_is_in_the_table_of_owners() -> None:
    seen = 0
    for entry in traded().venue.store.read():
        for event in events_of(entry):
            for name, columns in columns_in(event):
                for column in set(columns.names) & set(NAMES_OF_PARTIES):
                    assert f"{name}{MANY}{column}" in OWNERS[type(event)]
                    seen += 1
    assert seen


def test_counting_and_writing_down_agree_and_miss_no_row() -> None:
    """S2-26: what a party is shown of an entry is as many rows as are counted for it."""
    store = traded().venue.store
    shown: Counter[str] = Counter()
    counts: dict[str, int] = {}
    for entry in store.read():
        actor = None if entry.header.actor == core.ENGINE_KEY else entry.header.actor
        events = events_of(entry)
        count_rows(counts, actor, events)
        for key, (rows, data) in rows_by_party(actor, events).items():
            assert read_rows(data)[0] == rows
            shown[key.hex()] += rows
    assert counts == dict(shown)
    assert counts[party_key("buyer").hex()] > 5


def test_a_party_is_shown_its_own_rows_and_nobody_elses() -> None:
    """S2-26: the words of another party's order do not occur."""
    store = traded().venue.store
    tags = set()
    for entry in store.read():
        rows = rows_by_party(None, events_of(entry)).get(party_key("seller"))
        if rows is None:
            continue
        for _, tag, place, content in read_rows(rows[1])[1]:
            tags.add(tag)
            if isinstance(content, Columns):
                column = place.partition(MANY)[2]
                assert content.text(column).tolist() == ["seller"] * content.rows
            else:
                assert b"seller" in msgspec.msgpack.encode(content)
    assert {"markets.orders_accepted/1", "settlement.contract_made/1", "ledger.posted/1"} <= tags


def test_a_table_without_rows_belongs_to_nobody() -> None:
    from yaosu.markets.events import OrdersAccepted

    none = Columns({"side": np.zeros(0, np.int8)})
    event = OrdersAccepted(market="m", batch="b", orders=none, refused=none)
    assert rows_by_party(None, [event]) == {}
