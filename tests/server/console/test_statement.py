"""Statements: what they tell of which days, and that a file of them is safe to open."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.server.console.test_pages import Seen
from tests.server.serving import Served
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CancelOrders
from yaosu.server.console.pages.desk import desk_page
from yaosu.server.console.pages.statement import Statement, statement, stretch_of
from yaosu.server.console.tables import TABLES, csv_of, rows_of, workbook_of


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path / "market.db")


def of(seen: Seen, party: str, begins: str = "2026-11-01", ends: str = "2026-11-30") -> Statement:
    state, store = seen.story.venue.state, seen.story.venue.store
    desk = desk_page(state, seen.names(), (party,))
    days = stretch_of(begins, ends, seen.story.clock.instant)
    return statement(store, desk, days, store.size)


def table(page: Statement, name: str) -> list[list[str]]:
    return list(csv.reader(StringIO(csv_of(page, name, "en").decode("utf-8-sig"))))


def test_postings_of_all_days_add_up_to_the_balances(seen: Seen) -> None:
    seen.trade(buy=120, sell=80, lots=10)
    seen.close()
    for party in ("anna", "bert"):
        page = of(seen, party)
        totals: dict[tuple[str, str], int] = {}
        for row in page.postings:
            key = row.asset, row.purpose
            totals[key] = totals.get(key, 0) + row.amount
        held = {
            (row.asset, purpose): amount
            for row in page.desk.balances
            for purpose, amount in (("free", row.free), *row.held)
            if amount
        }
        assert {key: total for key, total in totals.items() if total} == held
    (trade,) = of(seen, "anna").trades
    assert (trade.bought, trade.sold, trade.amount) == (10, 0, -1000)


def test_days_outside_tell_nothing_and_bad_days_are_refused(seen: Seen) -> None:
    seen.trade(buy=120, sell=80, lots=10)
    assert of(seen, "anna", "2026-11-03", "2026-11-30").postings == ()
    assert of(seen, "anna", "2026-11-02", "2026-11-02").postings
    assert of(seen, "anna", "2026-10-01", "2026-11-01").postings == ()
    for begins, ends in (
        ("2026-13-01", ""),
        ("x", ""),
        ("2026-11-02", "2026-11-01"),
        ("0001-01-01", ""),
    ):
        with pytest.raises(Refusal, match=r"server\.bad_query"):
            stretch_of(begins, ends, seen.story.clock.instant)


def test_numbers_stay_numbers_and_no_text_becomes_a_formula(seen: Seen) -> None:
    seen.trade(buy=120, sell=80, lots=10)
    seen.close()
    page = of(seen, "anna")
    assert "-10.00" in [row[-1] for row in table(page, "trades")]
    loud = replace(page, postings=(replace(page.postings[0], batch="=cmd|' /C calc'!A0"),))
    assert table(loud, "postings")[1][2] == "'=cmd|' /C calc'!A0"
    openpyxl = pytest.importorskip("openpyxl", reason="needs the extra excel")
    book = openpyxl.load_workbook(BytesIO(workbook_of(loud, "zh")))
    assert len(book.sheetnames) == len(TABLES)
    cell = book["记账"].cell(2, 3)
    assert (cell.data_type, cell.value) == ("s", "=cmd|' /C calc'!A0")


def test_an_order_may_be_taken_back_while_its_book_is_open(seen: Seen) -> None:
    seen.trade(buy=120, sell=80, lots=10)
    (order,) = of(seen, "anna").desk.orders
    assert order.cancel is not None
    fixed = {name: value for name, value in order.cancel.fixed.items() if name != "actor"}
    seen.story.ask(CancelOrders, "anna", **fixed)
    assert of(seen, "anna").desk.orders == ()
    assert rows_of(of(seen, "anna"), "orders", "en") == []


def test_a_reader_gets_files_of_their_own_parties_alone(served: Served) -> None:
    with served.as_("anna") as anna:
        path = "/desk/statement/balances.csv?from=2026-11-01"
        answer = anna.get(path)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.text == anna.get(f"{path}&party=bert").text
        assert anna.get("/desk/statement/secrets.csv").status_code == 404
        assert anna.get("/desk/statement?from=nonsense").status_code == 400
