"""The report of the provinces: words, charts and tables."""

from typing import Any

from provinces_data import ALPHA, BAND, LINK_PART, YEARS, Provinces
from provinces_measure import WAYS, Measured, Outcome

from yaosu.evaluation.indices.misallocation import misallocation
from yaosu.evaluation.indices.technology import recover_producers
from yaosu.evaluation.report.charts import Axis, columns, dumbbells, lines, signed_bars
from yaosu.evaluation.report.network import network
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

LAST = YEARS[-1]
NAMES = {
    "alone": Words("Each alone", "各省单独"),
    "partial": Words("Partial opening", "部分开放"),
    "one-market": Words("One market", "统一市场"),
}
PROVINCE = Column(Words("Province", "省份"))
YEAR = Column(Words("Year", "年份"))
YIELD = Words("Yield of one yuan of capital, yuan a year", "每元资本年产出，元")
BILLION = Words("billion yuan", "十亿元")
TO_BILLION = 0.1  # from 100 million


def pages(provinces: Provinces, measured: Measured) -> Report:
    """The whole report."""
    last = measured.outcomes[LAST, "one-market"]
    alone = measured.outcomes[LAST, "alone"]
    gains = [measured.outcomes[year, "one-market"].gain for year in YEARS]
    worst = max(measured.worst_error.values())
    return Report(
        title=Words(
            "What one capital market would be worth to 31 provinces",
            "统一资本市场对31个省份值多少",
        ),
        lead=Words(
            "Official figures of industry, 2005 to 2009. Each province is one firm with a stated "
            "technology. Its capital is registered, its firm admitted, its offers and bids priced, "
            "the trades settled and the return paid; then the same orders are decided again under "
            "two other rules, and the difference is measured.",
            "2005至2009年工业官方数据。每个省份视为一家企业，采用给定的生产技术；资本登记、"
            "主体准入、报价撮合、结算交割、收益分配全程入账，再以另外两套规则重演同一批订单并度量差异。",
        ),
        tiles=(
            Tile(
                same(f"+{100 * last.gain:.1f} %"),
                Words(f"output in {LAST}, one market", f"{LAST}年产出，统一市场"),
                Words(
                    f"{100 * min(gains):.1f} to {100 * max(gains):.1f} % over the five years",
                    f"五年间为{100 * min(gains):.1f}%至{100 * max(gains):.1f}%",
                ),
            ),
            Tile(
                same(f"{alone.spread.highest_to_lowest:.1f} → {last.spread.highest_to_lowest:.3f}"),
                Words("highest yield over lowest", "最高与最低收益之比"),
                Words("the same capital, before and after", "同样的资本，统一前后"),
            ),
            Tile(
                same(f"{100 * measured.ideal[LAST].moved:.0f} %"),
                Words("of capital changes its place", "资本重新配置比例"),
                Words("the total stays the same", "总量不变"),
            ),
            Tile(
                same(f"{100 * worst:.2f} %"),
                Words("largest distance from the closed form", "与解析解的最大偏差"),
                Words("any province, any year", "任一省份、任一年份"),
            ),
        ),
        sections=(
            _before(provinces, measured),
            _flows(provinces, measured),
            _worth(measured),
            _winners(provinces, measured),
            _returns(measured),
            _method(provinces, measured),
        ),
        caveat=Words(
            "This is a demonstration at book values, not a measurement. Capital is total assets, "
            "output counts purchased materials again at every stage, nothing is deflated, one "
            "exponent stands for every industry, and a province is taken for one firm. The sizes "
            "depend on these choices; the machinery does not.",
            "本例以账面价值演示，并非实证测算：资本为资产总计，产值含中间投入的重复计算，"
            "未作价格平减，各行业共用一个指数，一省视为一家企业。数值大小取决于这些设定，机制本身则不然。",
        ),
        sources=(
            Words(
                "Industrial enterprises by province, 2005-2009, from China's statistical yearbooks "
                "as gathered by Y.-M. Wang and Y.-X. Lan, Mathematical and Computer Modelling 54 "
                "(2011) 2760-2771; table EconomyLong of the R package deaR. Spelling of provinces "
                "corrected, numbers untouched.",
                "分省工业企业数据，2005至2009年，源自中国统计年鉴，由 Wang 与 Lan（2011）整理，"
                "取自 R 软件包 deaR 的 EconomyLong 表；仅订正省名拼写，数字未改。",
            ),
            Words(
                "Method: Hsieh and Klenow, QJE 124(4), 2009; Adamopoulos, Brandt, Leight and "
                "Restuccia, Econometrica 90(3), 2022. Capital's part of one half: near the average "
                "found for China by Bai, Hsieh and Qian, Brookings Papers on Economic Activity, 2006.",
                "方法：Hsieh 与 Klenow（2009）；Adamopoulos 等（2022）。资本份额取二分之一，"
                "接近 Bai、Hsieh 与钱颖一（2006）对中国的估计。",
            ),
        ),
        proof=(
            "yaosu verify examples/provinces/out/market.db",
            "yaosu audit examples/provinces/out/market.db",
            "yaosu replay examples/provinces/out/market.db --rules "
            "examples/provinces/rules/partial.toml",
        ),
        said=_said(measured),
    )


def _said(measured: Measured) -> tuple[str, ...]:
    rows = []
    for year in YEARS:
        partial, one = (measured.outcomes[year, way] for way in WAYS[1:])
        rows.append(
            f"{year}: output +{100 * partial.gain:.2f} % partly open, +{100 * one.gain:.2f} % as "
            f"one market; within {100 * measured.worst_error[year]:.3f} % of the closed form"
        )
    rows.append("a demonstration at book values, not a measurement")
    return tuple(rows)


def _before(provinces: Provinces, measured: Measured) -> Section:
    alone = measured.outcomes[LAST, "alone"]
    order = sorted(range(len(provinces.ids)), key=lambda i: -alone.yields[i])
    rows = [
        {"p": provinces.names[i].pair, "w": NAMES[way].pair, "v": measured.outcomes[LAST, way].yields[i]}
        for i in order
        for way in WAYS
    ]
    table = Table(
        (PROVINCE, *(Column(NAMES[way], "number", 4) for way in WAYS)),
        tuple(
            (provinces.names[i], *(measured.outcomes[LAST, way].yields[i] for way in WAYS))
            for i in order
        ),
    )
    best, least = provinces.names[order[0]], provinces.names[order[-1]]
    spread = [
        {"y": year, "s": measured.outcomes[year, way].spread.sd_log, "w": NAMES[way].pair}
        for way in WAYS
        for year in YEARS
    ]
    spread_table = Table(
        (YEAR, *(Column(NAMES[way], "number", 4) for way in WAYS)),
        tuple(
            (str(year), *(measured.outcomes[year, way].spread.sd_log for way in WAYS))
            for year in YEARS
        ),
    )
    return Section(
        Words("The same yuan, 31 yields", "同样一元，三十一种收益"),
        (
            Words(
                "Where provinces keep their capital to themselves, the last yuan adds very "
                "different amounts. Half-open borders pull the yields together; in one market "
                "they meet.",
                "各省资本各自为用时，最后一元的产出相差悬殊；边界半开，收益趋近；市场统一，收益归一。",
            ),
        ),
        (
            Figure(
                "yields",
                Words(
                    f"In {LAST} a yuan yields {alone.spread.highest_to_lowest:.1f} times as much in "
                    f"{best.en} as in {least.en}; in one market it yields the same",
                    f"{LAST}年，{best.zh}一元资本的产出是{least.zh}的"
                    f"{alone.spread.highest_to_lowest:.1f}倍；统一市场中则相同",
                ),
                dumbbells(
                    rows, "p", [provinces.names[i].pair for i in order],
                    Axis("v", YIELD, ".2f"), "w", [NAMES[way] for way in WAYS],
                ),
                table,
                Words(
                    f"Partial opening: each pair of neighbours may exchange {100 * LINK_PART:.0f} % "
                    "of the smaller one's capital in either direction.",
                    f"部分开放：相邻两省可双向流动，以较小一方资本的{100 * LINK_PART:.0f}%为限。",
                ),
            ),
            Figure(
                "spread",
                Words(
                    "The spread of yields in every year, three ways", "历年收益离散度，三种规则"
                ),
                lines(
                    spread,
                    Axis("y", Words("Year", "年份"), "d", domain=(YEARS[0], LAST)),
                    Axis(
                        "s",
                        Words("Standard deviation of log yields", "收益对数的标准差"),
                        ".2f",
                        zero=True,
                    ),
                    "w",
                    [NAMES[way] for way in WAYS],
                    ticks=YEARS,
                    height=260,
                ),
                spread_table,
                open_table=True,
            ),
        ),
    )  # fmt: skip


def _flows(provinces: Provinces, measured: Measured) -> Section:
    one = measured.outcomes[LAST, "one-market"]
    nodes = [
        {
            "x": x,
            "y": y,
            "label_y": y - 0.12 - 0.0011 * one.capital[i] ** 0.5,
            "name": provinces.names[i].pair,
            "v": measured.outcomes[LAST, "alone"].yields[i],
            "k": one.capital[i] * TO_BILLION,
        }
        for i, (x, y) in enumerate(provinces.places)
    ]
    place = {name: i for i, name in enumerate(provinces.ids)}
    flows = sorted(one.flows.items(), key=lambda item: -item[1])
    links = []
    for (source, target), lots in flows:
        (x, y), (x2, y2) = provinces.places[place[source]], provinces.places[place[target]]
        names = provinces.names[place[source]], provinces.names[place[target]]
        pair = Words(f"{names[0].en} → {names[1].en}", f"{names[0].zh} → {names[1].zh}")
        links.append(
            {"x": x, "y": y, "x2": x2, "y2": y2, "f": lots * TO_BILLION, "name": pair.pair}
        )
    table = Table(
        (
            Column(Words("From", "流出")),
            Column(Words("To", "流入")),
            Column(Words("Capital, billion yuan", "资本，十亿元"), "number", 1),
        ),
        tuple(
            (provinces.names[place[s]], provinces.names[place[t]], lots * TO_BILLION)
            for (s, t), lots in flows
        ),
    )
    return Section(
        Words("Where capital goes", "资本去向"),
        (
            Words(
                "Capital moves along common borders until its yield is the same everywhere. What "
                "passes through a province on its way is counted on each border it crosses.",
                "资本沿省界流动，直至各地收益相同。途经省份的流量在每一道边界上分别计入。",
            ),
        ),
        (
            Figure(
                "flows",
                Words(
                    f"Flows of capital in the one market, {LAST}", f"{LAST}年统一市场中的资本流动"
                ),
                network(
                    nodes,
                    links,
                    Axis("v", Words("Yield before, yuan a year", "统一前收益，元/年"), ".2f"),
                    Axis("k", Words("Capital after, billion yuan", "统一后资本，十亿元"), ",.0f"),
                    Axis("f", Words("Flow, billion yuan", "流量，十亿元"), ",.0f"),
                ),
                table,
                Words(
                    "Dark: capital was scarce there. Discs by capital after the market, lines by "
                    "flow; places are schematic.",
                    "颜色越深，原先资本越稀缺。圆面积为统一后资本，线宽为流量；位置为示意。",
                ),
            ),
        ),
    )


def _worth(measured: Measured) -> Section:
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


def _winners(provinces: Provinces, measured: Measured) -> Section:
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
                f"province's income is {poorest:+.2f} % of its output. Inside provinces it divides. "
                f"Where capital leaves, workers have less to work with: in {losing} of 31 provinces "
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


def _returns(measured: Measured) -> Section:
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


def _method(provinces: Provinces, measured: Measured) -> Section:
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
                f"产出 Y = A·K^a·L^(1-a)，各省同取 a = {ALPHA}：全国一个数值，以免把扭曲当作技术差异。"
                "A 使实际资本下恰得实际产出；劳动不流动。",
            ),
            Words(
                "A province offers each step of the capital it holds, and bids for each step "
                "beyond, at what the step adds on average. Steps lie 0.04 % apart in price near the "
                f"national average and 0.5 % elsewhere, inside a band of {BAND[0]:.2f} to "
                f"{BAND[1]:.2f} yuan a year. A lot is the use of one million yuan for a year, a "
                "tick one hundred yuan a lot.",
                "各省对持有资本的每一档报出卖价，对更多资本的每一档报出买价，均按该档的平均边际产出。"
                f"全国均值附近档距0.04%，其余0.5%，价格区间{BAND[0]:.2f}至{BAND[1]:.2f}元/年。"
                "交易单位为一百万元资本一年的使用，最小变动价位为每单位一百元。",
            ),
            Words(
                f"There are {links} common borders. Partly opened, the borders that are full earned "
                f"{outcome.link_rent * TO_BILLION:,.0f} billion yuan of congestion rent in {LAST}: "
                "the price of the limit, seen at every border as a gap of yields.",
                f"共{links}条省界。部分开放时，{LAST}年满额边界共形成阻塞租金"
                f"{outcome.link_rent * TO_BILLION:,.0f}十亿元：这就是限额的代价，体现为边界两侧的收益差。",
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
