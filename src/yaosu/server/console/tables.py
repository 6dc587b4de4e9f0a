"""A statement as files: one CSV a table, or one workbook with a sheet for each.

Numbers stay numbers, exact: minor units are written as decimals. No text that a party may have
chosen is taken by a spreadsheet for a formula.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO

from yaosu.engine.extras import load_extra
from yaosu.server.console.numbers import HERE
from yaosu.server.console.pages.statement import Statement
from yaosu.server.console.words import say_in
from yaosu.workers.importing.cells import quiet

TABLES = ("balances", "orders", "trades", "postings")
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | Decimal | None
HEADS = {
    "balances": ("asset", "purpose", "amount"),
    "orders": ("market", "batch", "number", "instrument", "region", "side", "price", "lots"),
    "trades": ("entry", "when", "contract", "market", "instrument", "bought", "sold", "paid"),
    "postings": ("entry", "when", "batch", "asset", "purpose", "amount"),
}


def csv_of(page: Statement, table: str, language: str) -> bytes:
    """One table; UTF-8 with a mark in front, so that spreadsheets read Chinese."""
    said = StringIO(newline="")
    writer = csv.writer(said)
    for row in (heads_of(table, language), *rows_of(page, table, language)):
        writer.writerow([quiet(cell) if isinstance(cell, str) else cell for cell in row])
    return said.getvalue().encode("utf-8-sig")


def workbook_of(page: Statement, language: str) -> bytes:
    """All tables in one workbook; texts are marked as texts.

    Raises:
        Refusal: ``engine.extra_missing`` where the extra ``excel`` is not installed.
    """
    book = load_extra("openpyxl").Workbook(write_only=True)
    made = load_extra("openpyxl.cell").WriteOnlyCell
    for table in TABLES:
        sheet = book.create_sheet(say_in(language)(f"table.{table}"))
        for row in (heads_of(table, language), *rows_of(page, table, language)):
            cells = [made(sheet, value=cell) for cell in row]
            for cell, value in zip(cells, row, strict=True):
                if isinstance(value, str):
                    cell.data_type = "s"
            sheet.append(cells)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def heads_of(table: str, language: str) -> list[str]:
    """The heads of a table's columns in the reader's language."""
    say = say_in(language)
    return [say(f"column.{name}") for name in HEADS[table]]


def rows_of(page: Statement, table: str, language: str) -> Sequence[Sequence[Cell]]:
    """The rows of a table."""
    desk, say = page.desk, say_in(language)

    def money(amount: int | None) -> Decimal | None:
        return None if amount is None else Decimal(amount).scaleb(-desk.digits)

    match table:
        case "balances":
            return [
                (
                    row.asset,
                    say.word("ledger.purpose", purpose),
                    money(amount) if row.is_money else amount,
                )
                for row in desk.balances
                for purpose, amount in (("free", row.free), *row.held)
            ]
        case "orders":
            return [
                (row.market, row.batch, row.number, row.instrument, row.region,
                 say("desk.buy" if row.buys else "desk.sell"), money(row.price), row.lots)
                for row in desk.orders
            ]  # fmt: skip
        case "trades":
            return [
                (row.entry, _when(row.instant), row.contract, row.market, row.instrument,
                 row.bought, row.sold, money(row.amount))
                for row in page.trades
            ]  # fmt: skip
        case _:
            return [
                (row.entry, _when(row.instant), row.batch, row.asset,
                 say.word("ledger.purpose", row.purpose),
                 money(row.amount) if row.asset == desk.currency else row.amount)
                for row in page.postings
            ]  # fmt: skip


def _when(instant: int) -> str:
    at = datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(HERE)
    return at.strftime("%Y-%m-%d %H:%M:%S")
