"""The chapters on prices, flows, rounds and money of the page of one replay."""

from typing import Any

from yaosu.evaluation.replays.comparison import Comparison
from yaosu.evaluation.replays.words import (
    BY,
    SIDES,
    SOURCES,
    bare,
    group_name,
    in_currency,
    main_units,
    no_difference,
    scale_for,
)
from yaosu.evaluation.report.charts import Axis, Spec, dumbbells, signed_bars
from yaosu.evaluation.report.parts import Column, Figure, Section, Table, Words
from yaosu.kernel.columns import Columns

MARKS_MAX = 24  # rows of a chart; the tables have more
ROWS_MAX = 500  # rows of a table; the files have all
Row = dict[str, Any]
ONE_SIDED = Words(
    "Prices differ only in that one side did not trade where the other did.",
    "价格之不同，仅在于一侧成交而另一侧未成交。",
)


def prices(comparison: Comparison) -> Section:
    """Prices of every round, and those that differ most."""
    rows = _labelled(comparison.prices, "region")
    table = Table(
        (
            *_market_columns(),
            Column(Words("region", "区域")),
            Column(Words("recorded, ticks", "实录，价位"), "number"),
            Column(Words("replayed, ticks", "重演，价位"), "number"),
            Column(Words("difference", "差额"), "signed"),
        ),
        tuple(
            (*_market_cells(row), row["region"], row["recorded"], row["replayed"], change(row))
            for _, row in rows[:ROWS_MAX]
        ),
    )
    title = Words("Prices", "价格")
    differ = [row for _, row in rows if row["recorded"] != row["replayed"]]
    moved = _most_moved(
        [pair for pair in rows if None not in (pair[1]["recorded"], pair[1]["replayed"])]
    )
    if not moved:
        said = ONE_SIDED if differ else no_difference("price", "价格")
        return Section(title, (said,), (), bare(title, table))
    marks = [
        {"r": label, "s": SIDES[side].pair, "v": row[side]}
        for label, row in moved
        for side in SIDES
    ]
    chart = dumbbells(
        marks,
        "r",
        [label for label, _ in moved],
        Axis("v", Words("price, ticks", "价格，价位")),
        "s",
        tuple(SIDES.values()),
    )
    shown = Words("Prices that differ most", "差异最大的价格")
    note = Words(
        "A diamond is what the replay gave, a circle what was recorded. Places without trade on "
        "one side are in the table.",
        "菱形为重演价，圆点为实录价；一侧无成交者见表。",
    )
    return Section(title, (), (Figure("prices", shown, chart, table, note),))


def flows(comparison: Comparison) -> Section:
    """Lots sent over the links, and those that differ most."""
    rows = _labelled(comparison.flows, "source", "target")
    table = Table(
        (
            *_market_columns(),
            Column(Words("from", "自")),
            Column(Words("to", "至")),
            Column(Words("recorded, lots", "实录，单位"), "number"),
            Column(Words("replayed, lots", "重演，单位"), "number"),
            Column(Words("difference", "差额"), "signed"),
            Column(Words("shadow price recorded, ticks", "影子价格：实录"), "number"),
            Column(Words("shadow price replayed, ticks", "影子价格：重演"), "number"),
        ),
        tuple(
            (
                *_market_cells(row),
                row["source"],
                row["target"],
                row["recorded"],
                row["replayed"],
                change(row),
                row["recorded_shadow"],
                row["replayed_shadow"],
            )
            for _, row in rows[:ROWS_MAX]
        ),
    )
    moved = _most_moved(rows)
    title = Words("Flows between regions", "区域间流量")
    if not moved:
        said = no_difference("flow", "流量") if rows else Words("There were none.", "无。")
        return Section(title, (said,), (), bare(title, table))
    marks = [{"r": label, "v": change(row)} for label, row in moved]
    chart = signed_bars(
        marks,
        "r",
        [label for label, _ in moved],
        Axis("v", Words("lots more (+) or less (−)", "增（+）减（−）单位数"), "+,.0f", zero=True),
    )
    shown = Words("Flows that differ most", "差异最大的流量")
    return Section(title, (), (Figure("flows", shown, chart, table),))


def rounds(comparison: Comparison) -> Section:
    """Lots and welfare of every round, and what the rules are worth in it."""
    digits = comparison.minor_digits
    rows = list(comparison.volumes.iterate())
    table = Table(
        (
            Column(Words("market", "市场")),
            Column(Words("round", "轮次"), "number"),
            Column(Words("lots recorded", "成交：实录"), "number"),
            Column(Words("lots replayed", "成交：重演"), "number"),
            Column(Words("welfare recorded, ticks x lots", "福利：实录"), "number"),
            Column(Words("welfare replayed, ticks x lots", "福利：重演"), "number"),
            Column(in_currency(comparison, Words("dividend", "红利")), "signed", digits),
        ),
        tuple(
            (
                row["market"],
                row["round"],
                row["recorded"],
                row["replayed"],
                row["recorded_welfare"],
                row["replayed_welfare"],
                main_units(comparison, row["reform_dividend_minor"]),
            )
            for row in rows[:ROWS_MAX]
        ),
    )
    title = Words("Volumes and the reform dividend", "成交量与改革红利")
    gains = [row for row in rows if row["reform_dividend_minor"]]
    if not gains:
        return Section(title, (no_difference("round", "轮次"),), (), bare(title, table))
    gains = sorted(gains, key=lambda row: -abs(row["reform_dividend_minor"]))[:MARKS_MAX]
    pairs = [(f"{row['market']}/{row['round']}", row["reform_dividend_minor"]) for row in gains]
    chart = money_bars(comparison, pairs, Words("reform dividend", "改革红利"))
    text = Words(
        "The reform dividend of a round is the gain in welfare: what buyers would have paid less "
        "what sellers would have taken, net of the cost of links, by the limits they gave.",
        "一轮的改革红利即福利增量：按各方所报限价，买方愿付减卖方愿受，再扣除通道成本。",
    )
    shown = Words("Reform dividend by round", "各轮改革红利")
    return Section(title, (text,), (Figure("rounds", shown, chart, table, open_table=True),))


def money(comparison: Comparison) -> Section:
    """Who is paid: payouts of income, and what changes hands for lots, by group."""
    rows = list(comparison.payouts.iterate())
    title = Words("Who is paid", "款项归属")
    figures = tuple(
        _money_figure(comparison, by, [row for row in rows if row["by"] == by])
        for by in BY
        if any(row["by"] == by and change(row) for row in rows)
    )
    if figures:
        return Section(title, (), figures)
    said = no_difference("payment", "款项") if rows else Words("There were none.", "无。")
    by_kind = [row for row in rows if row["by"] == "kind"]
    return Section(title, (said,), (), bare(title, _money_table(comparison, by_kind)))


def _money_figure(comparison: Comparison, by: str, rows: list[Row]) -> Figure:
    moved = _most_moved([(_money_label(row), row) for row in rows])
    pairs = [(label, change(row)) for label, row in moved]
    chart = money_bars(comparison, pairs, Words("more (+) or less (−)", "增减"))
    title = Words(f"Replayed less recorded, by {BY[by].en}", f"重演减实录，按{BY[by].zh}")
    table = _money_table(comparison, rows)
    return Figure(f"money-{by}", title, chart, table, open_table=len(rows) <= MARKS_MAX // 2)


def _money_table(comparison: Comparison, rows: list[Row]) -> Table:
    digits = comparison.minor_digits
    return Table(
        (
            Column(Words("group", "组别")),
            Column(Words("money", "款项")),
            *(
                Column(in_currency(comparison, SIDES[side]), "number", digits)
                for side in ("recorded", "replayed")
            ),
            Column(Words("difference", "差额"), "signed", digits),
        ),
        tuple(
            (
                group_name(row["by"], row["group"]),
                SOURCES[row["source"]],
                main_units(comparison, row["recorded"]),
                main_units(comparison, row["replayed"]),
                main_units(comparison, change(row)),
            )
            for row in rows[:ROWS_MAX]
        ),
    )


def money_bars(
    comparison: Comparison, pairs: list[tuple[str, int]], title: Words, *, height_each: int = 20
) -> Spec:
    """Bars of amounts in minor units, counted in what keeps their numbers short."""
    amounts = [main_units(comparison, minor) for _, minor in pairs]
    scale, words = scale_for(amounts)
    digits = comparison.minor_digits if scale == 1 else 2
    return signed_bars(
        [
            {"r": label, "v": amount / scale}
            for (label, _), amount in zip(pairs, amounts, strict=True)
        ],
        "r",
        [label for label, _ in pairs],
        Axis("v", in_currency(comparison, title, words), f"+,.{digits}f", zero=True),
        height_each=height_each,
    )


def _money_label(row: Row) -> str:
    source, group = SOURCES[row["source"]], group_name(row["by"], row["group"])
    return Words(f"{group.en}: {source.en}", f"{group.zh}：{source.zh}").pair


def _labelled(table: Columns, *names: str) -> list[tuple[str, Row]]:
    """Rows with a name each: where, and as much of what and when as tells them apart."""
    rows = list(table.iterate())
    markets = {row["market"] for row in rows}
    has_instruments = len({(row["market"], row["instrument"]) for row in rows}) > len(markets)
    has_rounds = len({(row["market"], row["round"]) for row in rows}) > len(markets)
    found = []
    for row in rows:
        parts = [" → ".join(row[name] for name in names)]
        parts += [row["instrument"]] if has_instruments else []
        parts += [row["market"]] if len(markets) > 1 else []
        parts += [f"round {row['round']}"] if has_rounds else []
        found.append((" · ".join(parts), row))
    return found


def change(row: Row) -> int:
    """Replayed less recorded; nothing counts as zero."""
    return (row["replayed"] or 0) - (row["recorded"] or 0)


def _most_moved(rows: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """The rows that differ, the greatest difference first, as many as a chart holds."""
    moved = [(label, row) for label, row in rows if row["recorded"] != row["replayed"]]
    return sorted(moved, key=lambda pair: (-abs(change(pair[1])), pair[0]))[:MARKS_MAX]


def _market_columns() -> tuple[Column, ...]:
    return (
        Column(Words("market", "市场")),
        Column(Words("round", "轮次"), "number"),
        Column(Words("instrument", "交易品种")),
    )


def _market_cells(row: Row) -> tuple[Any, ...]:
    return row["market"], row["round"], row["instrument"]
