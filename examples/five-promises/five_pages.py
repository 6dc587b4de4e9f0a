"""Words, charts and tables of the five promises."""

import csv
from typing import Any

from yaosu.cli.story import Run
from yaosu.engine.receipt import Receipt
from yaosu.evaluation.report.charts import Axis, columns, signed_bars
from yaosu.evaluation.report.parts import (
    Column,
    Figure,
    Report,
    Section,
    Table,
    Tile,
    Words,
    same,
)
from yaosu.markets.clearing import Clearing
from yaosu.returns.events import IncomeShared

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
REFUSED_IN_ORDER = (
    ("over-registered", Words("Register two thirds of a plot and nobody for the rest", "只登记地块的三分之二")),
    ("not-verified", Words("Be admitted without a verified identity", "身份未核验即申请准入")),
    ("local-condition", Words("A region asks for a local office", "地区要求设立本地办事处")),
    ("cannot-leave", Words("Leave with orders open", "有未了结订单时退出")),
    ("set-price-north", Words("Set a price, asked from Beijing", "在北京要求指定成交价")),
    ("set-price-south", Words("Set a price, asked from Guangdong", "在广东要求指定成交价")),
    ("suspended-in-shanghai", Words("Order while suspended, in Shanghai", "被暂停后在上海下单")),
    ("suspended-in-gansu", Words("Order while suspended, in Gansu", "被暂停后在甘肃下单")),
)  # fmt: skip


def pages(run: Run, lifted: Clearing) -> Report:
    """The whole report."""
    today = run.clearings["compute", 1].clearing
    registered = run.receipts["registrations"]
    refused = [run.receipts[name][0].refusal for name, _ in REFUSED_IN_ORDER]
    gain = (lifted.welfare - today.welfare) * FEN
    shared = _income(run)
    paid = int(shared.payouts["amount"].sum())
    assert paid == shared.amount_minor
    gap, shadow = _gap_and_shadow(today)
    said = (
        f"one right: {len(registered)} rights of seven factors by one command",
        "one admission: decided once, valid in ten regions; a local condition is refused",
        f"one price: the limit binds, gap {gap} = shadow price {shadow} fen; without it "
        f"+{gain:,.2f} CNY",
        "one yardstick: the same act meets the same refusal in every region",
        f"same return: {paid * FEN:,.2f} CNY shared to the last cent",
    )
    return Report(
        title=Words("Five promises, seven factors", "五项承诺，七类要素"),
        lead=Words(
            "Land, labour, capital, technology, data, computing power and environmental rights "
            "pass through one register, one gate, one market and one set of books. Every step is "
            "an entry in a journal that anyone can check.",
            "土地、劳动力、资本、技术、数据、算力与环境权益，经由同一登记、同一准入、同一市场、"
            "同一账簿。每一步都是日志中的一条记录，任何人均可核验。",
        ),
        tiles=(
            Tile(same("7"), Words("factors, one command to register", "类要素，同一登记命令")),
            Tile(same("10"), Words("regions, one admission", "个区域，一次准入")),
            Tile(
                same(f"{gap} = {shadow}"),
                Words("gap of prices = shadow price, fen", "价差＝影子价格，分"),
                Words("where the limit binds", "限额起作用之处"),
            ),
            Tile(
                same(f"{len(refused)}"),
                Words("refusals, each with its reason", "次拒绝，均附理由"),
                Words("refused commands are entries too", "被拒命令同样入账"),
            ),
        ),
        sections=(
            _one_right(run),
            _one_admission(run),
            _one_price(run, today, lifted, gain),
            _one_yardstick(run),
            _one_return(run, shared),
            _settled(run),
        ),
        caveat=Words(
            "A small invented example: every party, plot and price is made up. Detecting "
            "manipulation (planted cartels, wash trades) and matching people with posts are not "
            "built yet; labour is registered and shares in income here, but is not traded.",
            "本例为虚构：主体、地块与价格均属假设。操纵行为识别与人岗匹配尚未实现；"
            "劳动力在此仅登记并参与分配，不参与交易。",
        ),
        proof=(
            "yaosu verify examples/five-promises/out/market.db",
            "yaosu journal show examples/five-promises/out/market.db --from 170",
            "yaosu replay examples/five-promises/out/market.db --rules "
            "examples/five-promises/rules/lifted.toml",
        ),
        said=said,
    )


def _one_right(run: Run) -> Section:
    with (run.scenario.folder / "rights.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parties = run.venue.state.parties.parties
    cells: list[tuple[Any, ...]] = []
    for row, receipt in zip(rows, run.receipts["registrations"], strict=True):
        facts = parties[row["holder"]].facts
        about = ", ".join(str(facts[f]) for f in ("region", "ownership", "size") if f in facts)
        number = int(row["quantity"])
        cells.append(
            (FACTORS[row["factor"]], row["unit"], number, parties[row["holder"]].name, about,
             receipt.is_accepted)
        )  # fmt: skip
    table = Table(
        (
            Column(Words("Factor", "要素")),
            Column(Words("Unit", "登记单元")),
            Column(Words("Lots", "交易单位数"), "number"),
            Column(Words("Holder", "持有人")),
            Column(Words("Region, ownership, size", "地区、所有制、规模")),
            Column(Words("Registered", "登记"), "mark"),
        ),
        tuple(cells),
    )
    return Section(
        Words("One right", "一种权利"),
        (
            Words(
                "A plot, a worker's time, a holding, a patent, a data resource, a hall of "
                "processors and an allowance are registered by the same command. What differs "
                "between them is written in seven profiles, and not in the program. Each factor "
                "is registered for two applicants from different regions, of different ownership "
                "and size: nothing changes.",
                "地块、劳动时间、资本份额、专利、数据资源、算力机房与配额，使用同一条登记命令。"
                "差异写在七份要素档案里，而不在程序中。每类要素由不同地区、所有制与规模的两个主体"
                "分别申请，结果相同。",
            ),
        ),
        tables=((Words("What was registered", "登记结果"), table),),
    )


def _one_admission(run: Run) -> Section:
    admitted = sum(receipt.is_accepted for receipt in run.receipts["admissions"])
    (bids,) = run.receipts["north-star-bids"]
    regions = len(next(e for e in bids.events if type(e).__name__ == "OrdersAccepted").orders)
    rows = _refusal_rows(run, ("not-verified", "local-condition", "cannot-leave"))
    return Section(
        Words("One admission", "一次准入"),
        (
            Words(
                f"{admitted} admissions were decided under one national set of conditions. North "
                f"Star, admitted once, bids in {regions} regions. It leaves when its orders are "
                "settled, and hears what stands in the way when it asks too early. A region that "
                "wants an office of its own from applicants is refused by the rules themselves.",
                f"{admitted}次准入均按同一套全国条件决定。“North Star”准入一次，即在{regions}个区域报价；"
                "过早申请退出时获知阻碍事项，订单了结后顺利退出。某地要求申请人设立本地办事处，"
                "该规则包被规则本身拒绝。",
            ),
        ),
        tables=(
            (Words("What was refused, and with what words", "被拒事项与理由"), _refusals(rows)),
        ),
    )


def _one_price(run: Run, today: Clearing, lifted: Clearing, gain: float) -> Section:
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
                "binds, there is one price. Between Hebei and Jiangsu the line carries 180 "
                "GPU-hours and no more: the coast pays more, and the gap is exactly the shadow "
                "price of that line. Replayed without the limits, the same orders meet at one "
                f"price; the gain from trade rises by {gain:,.2f} yuan. That is what the limit "
                "costs, the dividend of a reform.",
                "十个区域的算力订单进入同一订单簿。限额不起作用处价格相同；河北至江苏线路仅能承载180卡时，"
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


def _one_yardstick(run: Run) -> Section:
    rows = _refusal_rows(
        run,
        ("set-price-north", "set-price-south", "suspended-in-shanghai", "suspended-in-gansu"),
    )
    (frozen,) = run.receipts["freeze"]
    withdrawn = sum(
        len(event.numbers) for event in frozen.events if type(event).__name__ == "OrdersCancelled"
    )
    return Section(
        Words("One yardstick", "同一尺度"),
        (
            Words(
                "Nobody sets the price of what the market prices, in the north or in the south. A "
                "suspension by the supervisor holds in every region at once. And when a right is "
                f"frozen, its {withdrawn} open offers leave the book in the same entry.",
                "凡由市场定价者，无论南北，任何人不得指定成交价。监管作出的暂停在所有区域同时生效。"
                f"权利被查封时，其{withdrawn}笔未成交卖单在同一条记录中撤出订单簿。",
            ),
        ),
        tables=(
            (Words("The same act, the same answer", "同样的行为，同样的答复"), _refusals(rows)),
        ),
    )


def _one_return(run: Run, shared: IncomeShared) -> Section:
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
                f"一家企业使用土地、劳动、资本、技术与数据，收入{shared.amount_minor * FEN:,.2f}元。"
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


def _settled(run: Run) -> Section:
    state = run.venue.state
    holder = {name: state.parties.parties[right.holder].name for name, right in state.rights.rights.items()}
    land, carbon = (run.clearings[market, 1].clearing for market in ("land", "carbon"))
    rows: list[tuple[Any, ...]] = [
        (
            FACTORS["land"],
            Words(
                "sold at auction; title moved after fifteen days of notice",
                "公开出让；公告十五日后过户",
            ),
            f"{_prices(land)['jiangsu'] * FEN:,.2f} CNY / m²",
            holder["land-1"],
        ),
        (
            FACTORS["carbon"],
            Words("registered and offered by one command, sold", "登记与挂单一并完成并成交"),
            f"{_prices(carbon)['hebei'] * FEN:,.2f} CNY / t",
            "Glass House",
        ),
        (
            FACTORS["compute"],
            Words("ten regions, one clearing", "十个区域，一次出清"),
            f"{run.clearings['compute', 1].clearing.volume:,} GPU-hours",
            Words("eleven buyers", "十一个买方"),
        ),
        (
            FACTORS["technology"],
            Words("an ordinary licence granted; the patent stays", "授予普通许可，专利不移转"),
            "1",
            holder["licence-1"],
        ),
        (
            FACTORS["data"],
            Words("fifty usage grants; the resource stays", "授予五十份使用权，资源不移转"),
            "50",
            holder["use-1"],
        ),
        (
            FACTORS["capital"],
            Words("a third of a holding transferred", "转让三分之一份额"),
            "30,000",
            "Family Trust",
        ),
    ]  # fmt: skip
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


def _income(run: Run) -> IncomeShared:
    (receipt,) = run.receipts["income"]
    return next(event for event in receipt.events if isinstance(event, IncomeShared))


def _prices(clearing: Clearing) -> dict[str, int]:
    rows = clearing.prices.iterate()
    return {row["region"]: row["price"] for row in rows if row["price"] is not None}


def _gap_and_shadow(clearing: Clearing) -> tuple[int, int]:
    """Of the one link whose limit binds."""
    prices = _prices(clearing)
    (full,) = (row for row in clearing.flows.iterate() if row["shadow_price"])
    return prices[full["target"]] - prices[full["source"]], full["shadow_price"]


def _region_order(run: Run) -> list[str]:
    with (run.scenario.folder / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def _refusal_rows(run: Run, names: tuple[str, ...]) -> list[tuple[Words, Receipt]]:
    said = dict(REFUSED_IN_ORDER)
    return [(said[name], run.receipts[name][0]) for name in names]


def _refusals(rows: list[tuple[Words, Receipt]]) -> Table:
    cells = []
    for words, receipt in rows:
        refusal = receipt.refusal
        assert refusal is not None
        cells.append((words, refusal.code, refusal.sentence, receipt.sequence))
    return Table(
        (
            Column(Words("What was asked", "所提事项")),
            Column(Words("Code", "代码")),
            Column(Words("Answer", "答复")),
            Column(Words("Entry", "日志记录"), "number"),
        ),
        tuple(cells),
    )
