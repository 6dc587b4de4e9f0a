"""The report of a scenario that has no story of its own: what was priced, and who holds what."""

from typing import Any

from yaosu.cli.story import Run
from yaosu.evaluation.report.parts import Column, Report, Section, Table, Tile, Words, same

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
    steps = [
        (name, len(answers), sum(answer.refusal is not None for answer in answers))
        for name, answers in run.receipts.items()
    ]
    volume = sum(event.clearing.volume for event in run.clearings.values())
    return Report(
        title=Words(scenario.title, scenario.title_zh),
        lead=Words("What was asked, and what came of it.", "所提命令及其结果。"),
        tiles=(
            Tile(same(str(len(run.clearings))), Words("clearings", "次出清")),
            Tile(same(f"{volume:,}"), Words("lots traded", "成交单位数")),
        ),
        sections=(
            Section(
                Words("Prices", "价格"),
                tables=((Words("Prices of every clearing", "各次出清价格"), _table(prices)),),
            ),
            Section(
                Words("Steps", "步骤"),
                tables=(
                    (
                        Words("Commands of each step", "各步骤命令"),
                        Table(
                            (
                                Column(Words("Step", "步骤")),
                                Column(Words("Commands", "命令"), "number"),
                                Column(Words("Refused", "拒绝"), "number"),
                            ),
                            tuple(steps),
                        ),
                    ),
                ),
            ),
        ),
        proof=("yaosu verify out/market.db",),
        said=(f"{len(run.clearings)} clearings, {volume} lots",),
    )


def _table(rows: list[tuple[Any, ...]]) -> Table:
    return Table(PRICE_COLUMNS, tuple(rows))
