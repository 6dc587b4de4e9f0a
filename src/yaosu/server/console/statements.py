"""Statements as answers to requests: to read and print, as CSV, as a workbook."""

import asyncio
from decimal import Decimal
from importlib.util import find_spec
from urllib.parse import urlencode

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.console.names import Names
from yaosu.server.console.numbers import decimal, whole
from yaosu.server.console.pages.desk import DeskPage, desk_page
from yaosu.server.console.pages.statement import Statement, statement, stretch_of
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.console.tables import (
    CSV,
    TABLES,
    XLSX,
    Cell,
    csv_of,
    heads_of,
    rows_of,
    workbook_of,
)
from yaosu.server.console.words import say_in
from yaosu.server.house import Answer, Call, House

WORKBOOK = "all.xlsx"
ROWS_SHOWN = 1_000  # of a table on the page; the files hold them all
QUIET = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Table(Struct, frozen=True, kw_only=True):
    """A table as it is shown; ``numbers``: which of its columns are."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]


class StatementPage(Struct, frozen=True, kw_only=True):
    """The page of a statement; ``query``: of its files."""

    statement: Statement
    tables: tuple[Table, ...]
    query: str
    has_excel: bool


async def statement_room(house: House, call: Call) -> Answer:
    """A statement to read and to print."""
    made, language = await _made(house, call), look_of(call).language
    say = say_in(language)
    page = StatementPage(
        statement=made,
        tables=tuple(
            Table(
                name=name,
                title=say(f"table.{name}"),
                heads=tuple(heads_of(name, language)),
                rows=tuple(
                    tuple(shown(cell) for cell in row)
                    for row in rows_of(made, name, language)[:ROWS_SHOWN]
                ),
                numbers=_numbers(made, name, language),
            )
            for name in TABLES
        ),
        query=urlencode({"party": made.desk.party, "from": made.begins, "to": made.ends}),
        has_excel=find_spec("openpyxl") is not None,
    )
    return await answer_page(house, call, "statement.html", "desk", page)


async def statement_file(house: House, call: Call) -> Answer:
    """A table of a statement as CSV, or all of them as a workbook."""
    name = call.path["name"]
    table = name.removesuffix(".csv")
    known = name == WORKBOOK or (name.endswith(".csv") and table in TABLES)
    refuse_unless(known, "server.unknown_row", what="statements", name=name[:40])
    made, language = await _made(house, call), look_of(call).language
    if name == WORKBOOK:
        body, kind = await asyncio.to_thread(workbook_of, made, language), XLSX
    else:
        body, kind = await asyncio.to_thread(csv_of, made, table, language), CSV
    as_file = f'attachment; filename="{made.begins}-{made.ends}-{name}"'
    return Answer(body=body, media_type=kind, headers=QUIET | {"Content-Disposition": as_file})


def shown(cell: Cell) -> str:
    """A cell as pages say it."""
    if isinstance(cell, Decimal):
        digits = -int(cell.as_tuple().exponent)
        return decimal(int(cell.scaleb(digits)), digits)
    return cell if isinstance(cell, str) else whole(cell)


def _numbers(made: Statement, name: str, language: str) -> frozenset[int]:
    rows = rows_of(made, name, language)
    return frozenset(
        place for place, cell in enumerate(rows[0] if rows else ()) if not isinstance(cell, str)
    )


async def _made(house: House, call: Call) -> Statement:
    parties, chosen = call.caller.parties, call.query.get("party", "")[:100]
    language = look_of(call).language

    def make(state: State, names: Names) -> DeskPage:
        return desk_page(state, names, parties, chosen)

    days = stretch_of(call.query.get("from", ""), call.query.get("to", ""), house.clock())

    def read() -> Statement:
        desk: DeskPage = house.console.see(("desk", chosen, *parties), make, language)
        with house.reading_store:
            return statement(house.store, desk, days, house.venue.size)

    return await asyncio.to_thread(read)
