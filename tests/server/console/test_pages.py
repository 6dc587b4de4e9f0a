"""What the pages show, as values, from a small venue: no server and no browser."""

from pathlib import Path

import pytest

from tests.stories import EXCHANGE, Story
from yaosu.engine.recovery import events_of
from yaosu.journal.chain import actor_digest
from yaosu.journal.opening import open_store
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CloseBook
from yaosu.parties.commands import RegisterParty
from yaosu.server.console.names import Names
from yaosu.server.console.numbers import decimal, moment, moved, whole
from yaosu.server.console.pages.desk import desk_page
from yaosu.server.console.pages.journal import entry_page, journal_page
from yaosu.server.console.pages.market import fills_of, market_page
from yaosu.server.console.pages.register import register_page
from yaosu.server.console.pages.right import right_page
from yaosu.server.console.pages.ticket import ticket_page
from yaosu.server.console.pages.today import today
from yaosu.server.console.record import Record
from yaosu.server.console.render import Look, render


class Seen:
    """A venue with a call auction, a seller and a buyer, and a reader's record of it."""

    def __init__(self, path: Path) -> None:
        self.story = Story(open_store(path)).found(["compute"])
        self.story.party("anna", money=1_000_000)
        self.story.party("bert")
        self.story.right("gpu-bert", "bert", 100, instrument="gpu")
        self.story.market("call", clear_at_close=True)
        self.record = Record()

    def caught_up(self) -> Record:
        for entry in self.story.venue.store.read(self.record.size):
            self.record.take(entry, events_of(entry))
        return self.record

    def trade(self, buy: int, sell: int, lots: int) -> None:
        self.story.order("anna", 1, buy, lots, market="call")
        self.story.order("bert", -1, sell, lots, market="call", right="gpu-bert")

    def close(self) -> None:
        self.story.ask(CloseBook, EXCHANGE, market="call")

    def names(self, language: str = "en") -> Names:
        return Names(self.story.venue.state, language)


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path / "market.db")


def test_an_open_book_is_indicated_and_a_cleared_one_is_told_from_the_journal(seen: Seen) -> None:
    state, store = seen.story.venue.state, seen.story.venue.store
    seen.trade(buy=120, sell=80, lots=10)
    page = market_page(state, seen.caught_up(), store, seen.names(), "call")
    assert (page.indicated, page.orders, page.volume, page.sequence) == (True, 2, 10, None)
    assert page.cross == (100, 10)
    seen.close()
    page = market_page(state, seen.caught_up(), store, seen.names(), "call")
    assert (page.indicated, page.orders, page.volume) == (False, 0, 10)
    assert page.rows[0].price == 100
    assert page.certificate is not None
    assert page.certificate.primal == page.certificate.dual == 400
    market = state.markets.markets["call"]
    (fill,) = fills_of(seen.caught_up(), store, seen.names(), market, ("anna",))
    assert (fill.buys, fill.lots, fill.other) == (True, 10, "bert")
    assert [(level.price, level.wanted, level.offered) for level in page.levels] == [
        (80, 10, 10),
        (120, 10, 10),
    ]


def test_the_list_tells_the_last_round_and_how_it_moved(seen: Seen) -> None:
    for buy, sell in ((120, 80), (140, 100)):
        seen.trade(buy=buy, sell=sell, lots=10)
        seen.close()
    page = today(seen.story.venue.state, seen.caught_up(), seen.names())
    (block,) = page.factors
    (line,) = block.lines
    assert (line.low, line.high, line.gap, line.change) == (120, 120, 0, 20)
    assert (line.lots, line.turnover, page.turnover) == (10, 1200, 1200)


def test_the_ticket_offers_what_is_free_and_the_desk_shows_what_is_held(seen: Seen) -> None:
    seen.trade(buy=120, sell=80, lots=10)
    state = seen.story.venue.state
    ticket = ticket_page(state, seen.names(), "call", ("bert",))
    assert [(one.right, one.lots) for one in ticket.rights] == [("gpu-bert", 90)]
    assert ticket_page(state, seen.names(), "call", ("anna",)).money == 1_000_000 - 1_200
    assert not ticket_page(state, seen.names(), "call", ()).takes
    desk = desk_page(state, seen.names(), ("anna",))
    assert desk.balances[0].held == (("order:call", 1_200),)
    assert [(one.buys, one.price, one.lots) for one in desk.orders] == [(True, 120, 10)]


def test_who_holds_no_office_is_shown_what_is_theirs(seen: Seen) -> None:
    state, store = seen.story.venue.state, seen.story.venue.store
    assert register_page(state, seen.names(), "GPU bert").rows[0].right == "gpu-bert"
    assert register_page(state, seen.names(), "", ("anna",)).rows == ()
    assert right_page(state, seen.names(), "gpu-bert", ("bert",)).chain.holder == "bert"
    with pytest.raises(Refusal, match=r"server\.unknown_row"):
        right_page(state, seen.names(), "gpu-bert", ("anna",))
    anna = frozenset([actor_digest("anna")])
    seen.trade(buy=120, sell=80, lots=10)
    shown = journal_page(store, None, anna)
    assert {entry.actor for entry in shown.rows} == {"anna"}
    assert entry_page(store, shown.rows[0].sequence, anna).row.command == "markets.submit_orders"
    with pytest.raises(Refusal, match=r"server\.unknown_row"):
        entry_page(store, 0, anna)


def test_the_journal_turns_its_pages_to_both_ends(seen: Seen) -> None:
    store = seen.story.venue.store
    newest = journal_page(store)
    assert newest.newer is None
    assert newest.rows[0].sequence == store.size - 1
    oldest = journal_page(store, 3)
    assert (oldest.older, [one.sequence for one in oldest.rows]) == (None, [3, 2, 1, 0])
    assert oldest.newer is not None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_people_wrote_is_shown_as_text(seen: Seen, language: str) -> None:
    """A name that is markup does not become markup."""
    name = "<script>alert(1)</script>"
    seen.story.ask(RegisterParty, EXCHANGE, party="carl", kind="person", name=name, facts={})
    page = desk_page(seen.story.venue.state, seen.names(language), ("carl",))
    html = render("desk.html", page, Look(language=language), here="desk", login="c", mark="m")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_numbers_are_exact_and_signs_are_not_colour_alone() -> None:
    assert decimal(123_456_789, 2) == "1\u202f234\u202f567.89"
    assert decimal(-5, 2) == "−0.05"
    assert whole(None) == "–"
    assert 'class="rise"' in moved(5, 2)
    assert 'class="fall"' in moved(-5, 2)
    assert "2026-11-02 17:00" in moment(1793610000000000)
