"""Chapters about the market: one price, the same return, and what was settled."""

import csv
from typing import Any

from yaosu.cli.story import Run
from yaosu.engine.receipt import Receipt
from yaosu.evaluation.report.charts import Axis, columns, signed_bars
from yaosu.evaluation.report.parts import Column, Figure, Section, Table, Words
from yaosu.markets.clearing import Clearing
from yaosu.returns.events import IncomeShared
from yaosu.rights.events import TitleMoved
from yaosu.settlement.events import ContractMade

FACTORS = {
    "land": Words("Land", "土地"),
    "labour": Words("Labour", "劳动力"),
    "capital": Words("Capital", "资本"),
    "technology": Words("Technology", "技术"),
    "data": Words("Data", "数据"),
    "compute": Words("Computing power", "算力"),
    "carbon": Words("Environmental rights", "环境权益"),
}
TODAY = Words("With the limits of today", "现行限额")
LIFTED = Words("Without limits (replay)", "取消限额（重演）")
FEN = 0.01


def one_price(run: Run, today: Clearing, lifted: Clearing, gain: float) -> Section:
    """Ten regions in one book, with the limit and without."""
    regions = run.venue.state.places.trees[-1].regions
    order = [name for name in _region_order(run) if name in _prices(today)]
    names = {name: Words(regions[name].name, regions[name].name_zh) for name in order}
    before, after = _prices(today), _prices(lifted)
    rows = [
        {"r": names[name].pair, "p": prices[name] * FEN, "w": way.pair}
        for way, prices in ((TODAY, before), (LIFTED, after))
        for name in order
    ]
    table = Table(
        (
            Column(Words("Region", "区域")),
            Column(Words("Today, CNY per GPU-hour", "现行，元/卡时"), "number", 2),
            Column(Words("Without limits", "取消限额"), "number", 2),
        ),
        tuple((names[name], before[name] * FEN, after[name] * FEN) for name in order),
    )
    flows = [row for row in today.flows.iterate() if row["lots"]]
    (full,) = (row for row in flows if row["shadow_price"])
    source, target = names[full["source"]], names[full["target"]]
    flow_table = Table(
        (
            Column(Words("From", "流出")),
            Column(Words("To", "流入")),
            Column(Words("GPU-hours", "卡时"), "number"),
            Column(Words("Gap of prices, fen", "价差，分"), "number"),
            Column(Words("Shadow price, fen", "影子价格，分"), "number"),
            Column(Words("Rent, CNY", "租金，元"), "number", 2),
        ),
        tuple(
            (
                names[row["source"]],
                names[row["target"]],
                row["lots"],
                before[row["target"]] - before[row["source"]],
                row["shadow_price"],
                row["rent"] * FEN,
            )
            for row in flows
        ),
    )
    return Section(
        Words("One price", "同一价格"),
        (
            Words(
                "Ten regions send their orders for computing time into one book. Where nothing "
                f"binds, there is one price. Between {source.en} and {target.en} the line carries "
                f"{full['lots']} GPU-hours and no more: the coast pays more, and the gap is "
                "exactly the shadow "
                "price of that line. Replayed without the limits, the same orders meet at one "
                f"price; the gain from trade rises by {gain:,.2f} yuan. That is what the limit "
                "costs, the dividend of a reform.",
                "十个区域的算力订单进入同一订单簿。限额不起作用处价格相同；"
                f"{source.zh}至{target.zh}线路仅能承载{full['lots']}卡时，"
                "沿海价格较高，价差恰等于该线路的影子价格。取消限额重演，同样的订单汇于同一价格，"
                f"交易福利增加{gain:,.2f}元，这就是限额的代价，也是改革红利。",
            ),
        ),
        (
            Figure(
                "prices",
                Words(
                    "Computing time in ten regions: two prices while the line is full, one without",
                    "十个区域的算力价格：线路满载时两个价格，取消限额后一个价格",
                ),
                columns(
                    rows,
                    "r",
                    [names[name].pair for name in order],
                    Axis("p", Words("CNY per GPU-hour", "元/卡时"), ".2f", zero=True),
                    Words("Region", "区域"),
                    series="w",
                    names=[TODAY, LIFTED],
                ),
                table,
                open_table=False,
            ),
        ),
        ((Words("What flows, and what it earns", "流量与租金"), flow_table),),
    )


def one_return(run: Run, shared: IncomeShared) -> Section:
    """One income shared by rule, to the last cent."""
    parties = run.venue.state.parties.parties
    rows = sorted(shared.payouts.iterate(), key=lambda row: (-row["amount"], row["party"]))
    bars: dict[str, float] = {}
    for row in rows:
        pair = FACTORS[row["factor"]].pair
        bars[pair] = bars.get(pair, 0.0) + row["amount"] * FEN
    table = Table(
        (
            Column(Words("To", "收款人")),
            Column(Words("Factor", "要素")),
            Column(Words("Unit", "登记单元")),
            Column(Words("CNY", "元"), "number", 2),
            Column(Words("Rule", "规则")),
        ),
        (
            *(
                (
                    parties[row["party"]].name,
                    FACTORS[row["factor"]],
                    row["unit"],
                    row["amount"] * FEN,
                    row["rule"],
                )
                for row in rows
            ),
            (Words("Sum", "合计"), "", "", sum(row["amount"] for row in rows) * FEN, ""),
        ),
    )
    return Section(
        Words("Same factor, same return", "同一要素，同等回报"),
        (
            Words(
                f"A venture that uses land, labour, capital, technology and data earns "
                f"{shared.amount_minor * FEN:,.2f} yuan. One published table says which part each "
                "factor gets; inside a factor the registered shares decide. What cannot be divided "
                "goes where the rule says, and the sum is exact.",
                "一家企业使用土地、劳动、资本、技术与数据，"
                f"收入{shared.amount_minor * FEN:,.2f}元。"
                "各要素比例由公开表格规定，要素内部按登记份额分配；除不尽的余数按规则归属，合计分毫不差。",
            ),
        ),
        (
            Figure(
                "income",
                Words("One income, five factors, to the last cent", "一笔收入，五类要素，分毫不差"),
                signed_bars(
                    [{"f": name, "v": amount} for name, amount in bars.items()],
                    "f",
                    list(bars),
                    Axis("v", Words("CNY", "元"), ",.2f"),
                    height_each=34,
                ),
                table,
                open_table=True,
            ),
        ),
    )


def settled(run: Run) -> Section:
    """What became of each factor."""
    state = run.venue.state
    parties, rights = state.parties.parties, state.rights.rights

    def with_whom(right: str) -> str:
        return parties[rights[right].holder].name

    def buyers(market: str) -> list[str]:
        return sorted({parties[row["buyer"]].name for row in trades_of(run, market)})

    land, carbon = (run.clearings[market, 1].clearing for market in ("land", "carbon"))
    many = len(buyers("compute"))
    moved = title_moved(run.receipts["transfer"][0])
    rows: list[tuple[Any, ...]] = [
        (
            FACTORS["land"],
            Words(
                "sold at auction; title moved when the notice period was over",
                "公开出让；公告期满后过户",
            ),
            f"{_prices(land)['jiangsu'] * FEN:,.2f} CNY / m²",
            with_whom("land-1"),
        ),
        (
            FACTORS["carbon"],
            Words("registered and offered by one command, sold", "登记与挂单一并完成并成交"),
            f"{_prices(carbon)['hebei'] * FEN:,.2f} CNY / t",
            ", ".join(buyers("carbon")),
        ),
        (
            FACTORS["compute"],
            Words("ten regions, one clearing", "十个区域，一次出清"),
            f"{run.clearings['compute', 1].clearing.volume:,} GPU-hours",
            Words(f"{many} buyers", f"{many}个买方"),
        ),
        (
            FACTORS["technology"],
            Words("an ordinary licence granted; the patent stays", "授予普通许可，专利不移转"),
            _lots(run, "licence-1"),
            with_whom("licence-1"),
        ),
        (
            FACTORS["data"],
            Words("usage grants; the resource stays", "授予使用权，资源不移转"),
            _lots(run, "use-1"),
            with_whom("use-1"),
        ),
        (
            FACTORS["capital"],
            Words("part of a holding transferred", "转让部分份额"),
            f"{moved[0]:,}",
            parties[moved[1]].name,
        ),
    ]
    table = Table(
        (
            Column(Words("Factor", "要素")),
            Column(Words("What happened", "经过")),
            Column(Words("How much", "数量或价格")),
            Column(Words("Now with", "现持有人")),
        ),
        tuple(rows),
    )
    return Section(
        Words("Settled", "交割"),
        (
            Words(
                "Rights and money move in one batch of postings or not at all, and the register "
                "follows the books.",
                "权利与资金在同一批分录中同时转移，否则都不转移；登记随账簿变更。",
            ),
        ),
        tables=((Words("Factor by factor", "逐一列示"), table),),
    )


def trades_of(run: Run, market: str) -> list[dict[str, Any]]:
    """Who gave how many lots of what right to whom, in the first round of a market."""
    events = [event for receipt in run.receipts[market] for event in receipt.events]
    made = [event for event in events if isinstance(event, ContractMade)]
    return [row for contract in made for row in contract.trades.iterate()]


def title_moved(receipt: Receipt) -> tuple[int, str]:
    """Lots of a title transfer and who has them now."""
    moved = next(event for event in receipt.events if isinstance(event, TitleMoved))
    (entry,) = moved.entries
    return entry.lots, next(right.holder for right in moved.rights if right.id == entry.target)


def _lots(run: Run, right: str) -> str:
    found = run.venue.state.rights.rights[right]
    return f"{int(found.share.of_whole(run.venue.state.rights.units[found.unit].quantity)):,}"


def income(run: Run) -> IncomeShared:
    """The event of the joint income."""
    (receipt,) = run.receipts["income"]
    return next(event for event in receipt.events if isinstance(event, IncomeShared))


def _prices(clearing: Clearing) -> dict[str, int]:
    rows = clearing.prices.iterate()
    return {row["region"]: row["price"] for row in rows if row["price"] is not None}


def gap_and_shadow(clearing: Clearing) -> tuple[int, int]:
    """Of the one link whose limit binds."""
    prices = _prices(clearing)
    (full,) = (row for row in clearing.flows.iterate() if row["shadow_price"])
    return prices[full["target"]] - prices[full["source"]], full["shadow_price"]


def _region_order(run: Run) -> list[str]:
    with (run.scenario.folder / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]
