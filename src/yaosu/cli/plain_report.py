"""The report of a scenario that has no story of its own: what was priced, and who holds what."""

from collections.abc import Iterator
from typing import Any

from yaosu.cases.views import times_table
from yaosu.cli.story import Run
from yaosu.core import State
from yaosu.evaluation.report.parts import Column, Report, Section, Table, Tile, Words, same
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import format_instant
from yaosu.rights.views import register_entries, rights

ROWS_MAX = 500  # of a table of the report
PRICE_COLUMNS = (
    Column(Words("Market", "市场")),
    Column(Words("Instrument", "交易品种")),
    Column(Words("Region", "区域")),
    Column(Words("Price, ticks", "价格，最小变动单位"), "number"),
    Column(Words("Status", "状态")),
)


def plain_report(run: Run) -> Report:
    """Prices of every clearing and what each step came to."""
    scenario = run.scenario
    prices: list[tuple[Any, ...]] = []
    for (market, _), event in sorted(run.clearings.items()):
        for row in event.clearing.prices.iterate():
            cells = (row["instrument"], row["region"], row["price"], row["status"])
            prices.append((market, *cells))
    volume = sum(event.clearing.volume for event in run.clearings.values())
    with run.venue.reading() as state:
        register = (*_register(state), *_cases(state))
        listed = tuple(_listings(state))
        ended = [one.reason for one in state.markets.listings.listings.values()]
        held, entered = len(state.rights.rights), len(state.rights.entries)
    priced = Section(
        Words("Prices", "价格"),
        tables=((Words("Prices of every clearing", "各次出清价格"), _table(prices)),),
    )
    return Report(
        title=Words(scenario.title, scenario.title_zh),
        lead=Words("What was asked, and what came of it.", "所提命令及其结果。"),
        tiles=(
            Tile(same(str(len(run.clearings))), Words("clearings", "次出清")),
            Tile(same(f"{volume:,}"), Words("lots traded", "成交单位数")),
            Tile(same(f"{entered:,}"), Words("register entries", "条登记记录")),
        ),
        sections=(*((priced,) if prices else ()), *listed, *register, _steps(run)),
        proof=("yaosu verify out/market.db",),
        said=(
            *_sold(ended),
            f"{len(run.clearings)} clearings, {volume} lots",
            f"{entered} register entries on {held} rights",
        ),
    )


def _listings(state: State) -> Iterator[Section]:
    """What was put up and what came of it, and which bidders have one owner; nothing without."""
    listings = sorted(state.markets.listings.listings.items())
    if not listings:
        return
    rows: list[tuple[Any, ...]] = []
    related: list[tuple[Any, ...]] = []
    for name, listing in listings:
        head = listing.head
        details = listing.clearing.details if listing.clearing is not None else {}
        won = [listing.bids[row["bid"] - 1] for row in _rows(details, "awards")]
        winners = ", ".join(sorted({bid.party for bid in won}))
        paid = ", ".join(f"{row['price']:,}" for row in _rows(details, "awards"))
        bidders = sum(row["bidders"] for row in _rows(details, "outcome"))
        outcome = listing.reason or listing.phase
        rows.append(
            (name, head.right, head.attempt, f"{head.price:,}", bidders, outcome, winners, paid)
        )
        for row in _rows(details, "related"):
            related.append((name, row["group"], row["party"], row["bids"], row["won"]))
    heads: tuple[tuple[str, str], ...] = (
        ("Listing", "挂牌"), ("Right", "权利"), ("Time offered", "第几次"),
        ("Started at", "起始价"),
        ("Bidders", "竞买人"), ("Outcome", "结果"), ("Won by", "竞得人"), ("Price", "成交价"),
    )  # fmt: skip
    yield _section(Words("What was listed", "挂牌结果"), heads, rows, number="Bidders")
    if related:
        heads = (
            ("Listing", "挂牌"), ("Controlled by", "控制人"), ("Party", "主体"),
            ("Bids", "报价数"), ("Lots won", "竞得单位数"),
        )  # fmt: skip
        title = Words("Bidders of one owner, counted as one", "同一控制人的竞买人，按一人计")
        yield _section(title, heads, related, number="Bids")


def _sold(ended: list[str]) -> tuple[str, ...]:
    return (f"{ended.count('sold')} of {len(ended)} listings sold",) if ended else ()


def _rows(details: dict[str, Columns], table: str) -> list[dict[str, Any]]:
    return list(details[table].iterate()) if table in details else []


def _register(state: State) -> Iterator[Section]:
    """Who holds what, and the register entries that made it so; nothing where there are none."""
    if not state.rights.rights:
        return
    standing = [
        (
            *(row[name] for name in ("right", "unit", "region", "kind", "share", "lots", "holder")),
            " ".join(state.rights.burdens.get(row["right"], [])),
        )
        for row in rights(state.rights).iterate()
    ]
    heads: tuple[tuple[str, str], ...] = (
        ("Right", "权利"), ("Unit", "登记单元"), ("Region", "区域"), ("Kind", "类型"),
        ("Share", "份额"), ("Lots", "单位数"), ("Holder", "权利人"), ("Stands on it", "其上负担"),
    )  # fmt: skip
    yield _section(Words("Who holds what", "谁持有什么"), heads, standing, number="Lots")
    entered = [
        (
            format_instant(row["at"])[:10],
            *(row[name] for name in ("kind", "right", "target", "made_by", "beneficiary", "lots")),
        )
        for row in register_entries(state.rights).iterate()
    ]
    heads = (
        ("Day", "日期"), ("Entry", "登记"), ("Right", "权利"), ("To", "至"),
        ("Made by", "申请人"), ("For", "受益人"), ("Lots", "单位数"),
    )  # fmt: skip
    yield _section(Words("How it came to be", "如何形成"), heads, entered, number="Lots")


def _cases(state: State) -> Iterator[Section]:
    """How long cases took, side by side and one stage after the other, from the journal alone."""
    rows = [
        tuple(row[name] for name in ("procedure", "cases", "combined", "serial", "stated"))
        for row in times_table(state.cases).iterate()
    ]
    if not rows:
        return
    title = Words("Days of the cases", "办件天数")
    columns = (
        Column(Words("Procedure", "办理流程")),
        Column(Words("Cases", "办件"), "number"),
        Column(Words("Taken, side by side", "并联实际天数"), "number"),
        Column(Words("The same stages, one by one", "逐环节相加天数"), "number"),
        Column(Words("Published, one by one", "公布的串联天数"), "number"),
    )
    yield Section(title, tables=((title, Table(columns, tuple(rows))),))


def _section(
    title: Words, heads: tuple[tuple[str, str], ...], rows: list[tuple[Any, ...]], number: str
) -> Section:
    columns = tuple(Column(Words(en, zh), "number" if en == number else "text") for en, zh in heads)
    left = len(rows) - ROWS_MAX
    more = Words(f"and {left:,} rows more", f"另有{left:,}行")
    table = (title, Table(columns, tuple(rows[:ROWS_MAX])))
    return Section(title, text=(more,) if left > 0 else (), tables=(table,))


def _steps(run: Run) -> Section:
    """What each step came to; a refusal is told with its sentence."""
    rows = tuple(
        (
            name,
            len(answers),
            "; ".join(sorted({a.refusal.sentence for a in answers if a.refusal is not None})),
        )
        for name, answers in run.receipts.items()
    )
    columns = (
        Column(Words("Step", "步骤")),
        Column(Words("Commands", "命令"), "number"),
        Column(Words("Refused, because", "拒绝原因")),
    )
    title = Words("Commands of each step", "各步骤命令")
    return Section(Words("Steps", "步骤"), tables=((title, Table(columns, rows)),))


def _table(rows: list[tuple[Any, ...]]) -> Table:
    return Table(PRICE_COLUMNS, tuple(rows))
