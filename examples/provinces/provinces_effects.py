"""The second half of the provinces' report: what it is worth, to whom, and how it is done."""

from typing import Any

from provinces_data import ALPHA, BAND, YEARS, Provinces
from provinces_measure import WAYS, Measured, Outcome
from provinces_words import LAST, NAMES, PROVINCE, TO_BILLION, YEAR

from yaosu.evaluation.indices.misallocation import misallocation
from yaosu.evaluation.indices.technology import recover_producers
from yaosu.evaluation.report.charts import Axis, columns, signed_bars
from yaosu.evaluation.report.parts import Column, Figure, Section, Table, Words, same


def worth(measured: Measured) -> Section:
    """What each step of opening is worth, by year."""
    ways = WAYS[1:]
    rows = [
        {"y": str(year), "g": measured.outcomes[year, way].gain, "w": NAMES[way].pair}
        for year in YEARS
        for way in ways
    ]
    billions = Column(Words("Output gained, billion yuan", "产出增加，十亿元"), "signed", 1)
    table = Table(
        (
            YEAR,
            Column(Words("Output observed, billion yuan", "实际产出，十亿元"), "number", 1),
            Column(Words("Partial opening", "部分开放"), "percent", 2),
            Column(Words("One market", "统一市场"), "percent", 2),
            billions,
            Column(Words("Closed form", "解析解"), "percent", 2),
            Column(Words("Largest distance of a province", "单省最大偏差"), "percent", 3),
        ),
        tuple(
            (
                str(year),
                measured.ideal[year].output * TO_BILLION,
                *(measured.outcomes[year, way].gain for way in ways),
                (measured.outcomes[year, "one-market"].output - measured.ideal[year].output)
                * TO_BILLION,
                measured.ideal[year].gain,
                measured.worst_error[year],
            )
            for year in YEARS
        ),
    )
    return Section(
        Words("What unification is worth", "统一值多少"),
        (
            Words(
                "The orders were recorded once, under the rule of one market. Two replays decide "
                "them again with the limits between provinces in force, and with the borders shut. "
                "The differences are what each step of opening is worth.",
                "订单只在统一市场规则下记录一次；两次重演分别恢复省际限额、关闭省际边界，"
                "差额即每一步开放的价值。",
            ),
        ),
        (
            Figure(
                "gain",
                Words(
                    "Output gained from the same capital, by year",
                    "同样的资本，各年多产出多少",
                ),
                columns(
                    rows,
                    "y",
                    [str(year) for year in YEARS],
                    Axis("g", Words("Output gained", "产出增幅"), ".1%", zero=True),
                    Words("Year", "年份"),
                    series="w",
                    names=[NAMES[way] for way in ways],
                ),
                table,
                Words(
                    "Closed form: capital in proportion to A^(1/(1-a)) L, the allocation that no "
                    "move can better.",
                    "解析解：资本与 A^(1/(1-a))·L 成比例，任何调动都不能再改进。",
                ),
                open_table=True,
            ),
        ),
    )


def winners(provinces: Provinces, measured: Measured) -> Section:
    """Provinces, workers and owners: who has more and who has less."""
    one = measured.outcomes[LAST, "one-market"]
    output = measured.outcomes[LAST, "alone"]
    before = [float(v) for v in output.yields * output.capital / ALPHA]
    books = one.ledgers

    def part(i: int, amount: float) -> float:
        return 100 * amount / before[i]

    order = sorted(range(len(provinces.ids)), key=lambda i: -part(i, books.labour[i]))
    rows = [{"p": provinces.names[i].pair, "v": part(i, books.labour[i])} for i in order]
    table = Table(
        (
            PROVINCE,
            *(
                Column(Words(f"{en}, billion yuan", f"{zh}，十亿元"), "signed", 1)
                for en, zh in (
                    ("Output", "产出"),
                    ("Rent for capital lent", "出借资本所得"),
                    ("Income of the province", "全省收入"),
                    ("of workers", "其中劳动"),
                    ("of owners of capital", "其中资本所有者"),
                )
            ),
        ),
        tuple(
            (
                provinces.names[i],
                *(
                    float(column[i]) * TO_BILLION
                    for column in (
                        books.output, books.rent, books.income, books.labour, books.capital
                    )
                ),
            )
            for i in order
        ),
    )  # fmt: skip
    losing = sum(books.labour[i] < 0 for i in order)
    poorest = min(part(i, books.income[i]) for i in order)
    return Section(
        Words("Who gains and who loses", "谁得谁失"),
        (
            Words(
                "Trade at one price makes no province poorer as a whole: the smallest change of a "
                f"province's income is {poorest:+.2f} % of its output. Inside provinces it "
                "divides. "
                f"Where capital leaves, workers have less to work with: in {losing} of 31 "
                "provinces "
                "labour's part falls, while the owners of capital there earn more elsewhere than "
                "they did at home. A reform that wants to be accepted has to share this.",
                f"按统一价格交易不会使任何一省整体受损：全省收入变化最小者为其产出的{poorest:+.2f}%。"
                f"但省内有得有失：资本流出之处，劳动可用资本减少，31省中有{losing}省劳动所得下降，"
                "资本所有者则因外借而增收。改革要被接受，就须分享这份收益。",
            ),
        ),
        (
            Figure(
                "workers",
                Words(
                    f"Labour's income by province in the one market, {LAST}: change in per cent of "
                    "output before",
                    f"{LAST}年统一市场中各省劳动所得变化，占原产出百分比",
                ),
                signed_bars(
                    rows,
                    "p",
                    [provinces.names[i].pair for i in order],
                    Axis("v", Words("Change, % of output before", "变化，占原产出%"), "+.1f"),
                ),
                table,
            ),
        ),
    )


def returns(measured: Measured) -> Section:
    """What one yuan of capital was paid, over all holdings."""
    table = Table(
        (
            YEAR,
            Column(Words("Least paid for a yuan", "每元最低收益"), "number", 6),
            Column(Words("Most paid for a yuan", "每元最高收益"), "number", 6),
            Column(Words("Same", "一致"), "mark"),
        ),
        tuple(
            (str(year), low, high, high - low < 1e-8)
            for year, (low, high) in sorted(measured.payouts.items())
        ),
    )
    return Section(
        Words("The return goes to whoever holds the capital", "收益归持有者"),
        (
            Words(
                "After settlement the register says who holds which part of each province's "
                "capital. Capital's part of the year's observed output is then paid out by lots, "
                "under a named rule, to the last cent. Wherever a lot lies and whoever holds it, "
                "it earns the same.",
                "结算之后，登记簿载明各省资本的持有人与份额。当年实际产出中资本应得的部分，"
                "依明示规则按份额分配到分；无论资本在何地、归何人，每份收益相同。",
            ),
        ),
        tables=((Words("Paid for one yuan of capital, over all holdings", "每元资本所得"), table),),
    )


def method(provinces: Provinces, measured: Measured) -> Section:
    """The technology, the orders, and other exponents."""
    rows: list[tuple[Any, ...]] = []
    for alpha in (1 / 3, ALPHA, 0.6):
        gains = []
        for year in YEARS:
            found = provinces.years[year]
            producers = recover_producers(found.output, found.capital, found.labour, alpha)
            gains.append(misallocation(producers, found.capital).gain)
        rows.append((f"{alpha:.2f}", *gains))
    table = Table(
        (
            Column(Words("Exponent of capital", "资本指数")),
            *(Column(same(str(year)), "percent", 1) for year in YEARS),
        ),
        tuple(rows),
    )
    links = sum(1 for _ in provinces.links)
    outcome: Outcome = measured.outcomes[LAST, "partial"]
    return Section(
        Words("How it is done", "做法"),
        (
            Words(
                f"Output is Y = A K^a L^(1-a) with a = {ALPHA} for every province: one national "
                "value, so that a distortion is not read as a technology. A is such that observed "
                "output is met at observed capital; labour stays where it is.",
                f"产出 Y = A·K^a·L^(1-a)，各省同取 a = {ALPHA}：全国一个数值，"
                "以免把扭曲当作技术差异。"
                "A 使实际资本下恰得实际产出；劳动不流动。",
            ),
            Words(
                "A province offers each step of the capital it holds, and bids for each step "
                "beyond, at what the step adds on average. Steps lie 0.04 % apart in price near "
                "the "
                f"national average and 0.5 % elsewhere, inside a band of {BAND[0]:.2f} to "
                f"{BAND[1]:.2f} yuan a year. A lot is the use of one million yuan for a year, a "
                "tick one hundred yuan a lot.",
                "各省对持有资本的每一档报出卖价，对更多资本的每一档报出买价，均按该档的平均边际产出。"
                f"全国均值附近档距0.04%，其余0.5%，价格区间{BAND[0]:.2f}至{BAND[1]:.2f}元/年。"
                "交易单位为一百万元资本一年的使用，最小变动价位为每单位一百元。",
            ),
            Words(
                f"There are {links} common borders. Partly opened, the borders that are full "
                "earned "
                f"{outcome.link_rent * TO_BILLION:,.0f} billion yuan of congestion rent in {LAST}: "
                "the price of the limit, seen at every border as a gap of yields.",
                f"共{links}条省界。部分开放时，{LAST}年满额边界共形成阻塞租金"
                f"{outcome.link_rent * TO_BILLION:,.0f}十亿元：这就是限额的代价，"
                "体现为边界两侧的收益差。",
            ),
        ),
        tables=(
            (
                Words(
                    "Output gained by one market under other exponents (closed form)",
                    "不同资本指数下统一市场的产出增幅（解析解）",
                ),
                table,
            ),
        ),
    )
