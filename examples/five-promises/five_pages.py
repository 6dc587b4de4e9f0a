"""Words, charts and tables of the five promises."""

import csv
from typing import Any

from five_market import FACTORS, FEN, gap_and_shadow, income, one_price, one_return, settled

from yaosu.cli.story import Run
from yaosu.engine.receipt import Receipt
from yaosu.evaluation.report.parts import (
    Column,
    Report,
    Section,
    Table,
    Tile,
    Words,
    same,
)
from yaosu.markets.clearing import Clearing

REFUSED_IN_ORDER = (
    ("over-registered", Words("Register only two thirds of a plot", "只登记地块的三分之二")),
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
    shared = income(run)
    paid = int(shared.payouts["amount"].sum())
    assert paid == shared.amount_minor
    gap, shadow = gap_and_shadow(today)
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
            one_price(run, today, lifted, gain),
            _one_yardstick(run),
            one_return(run, shared),
            settled(run),
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
                f"{admitted}次准入均按同一套全国条件决定。“North Star”准入一次，"
                f"即在{regions}个区域报价；"
                "过早申请退出时获知阻碍事项，订单了结后顺利退出。某地要求申请人设立本地办事处，"
                "该规则包被规则本身拒绝。",
            ),
        ),
        tables=(
            (Words("What was refused, and with what words", "被拒事项与理由"), _refusals(rows)),
        ),
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
