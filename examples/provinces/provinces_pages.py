"""The report of the provinces: words, charts and tables."""

from provinces_data import LINK_PART, YEARS, Provinces
from provinces_effects import method, returns, winners, worth
from provinces_measure import WAYS, Measured
from provinces_words import LAST, NAMES, PROVINCE, TO_BILLION, YEAR, YIELD

from yaosu.evaluation.report.charts import Axis, dumbbells, lines
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
            worth(measured),
            winners(provinces, measured),
            returns(measured),
            method(provinces, measured),
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
                "Restuccia, Econometrica 90(3), 2022. Capital's part of one half is an assumption, "
                "near the parts in national income of those years (Bai and Qian, China Economic "
                "Review 21, 2010).",
                "方法：Hsieh 与 Klenow（2009）；Adamopoulos 等（2022）。资本份额二分之一为假设，"
                "接近同期国民收入中的份额（白重恩、钱震杰，2010）。",
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
        {
            "p": provinces.names[i].pair,
            "w": NAMES[way].pair,
            "v": measured.outcomes[LAST, way].yields[i],
        }
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
                    f"In {LAST} a yuan yields {alone.spread.highest_to_lowest:.1f} times as "
                    "much in "
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
                    "Partial opening: each pair of neighbours may exchange "
                    f"{100 * LINK_PART:.0f} % "
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
                    "High yield before: capital was scarce there. Discs by capital after the "
                    "market, lines by flow; places are schematic.",
                    "统一前收益越高，资本越稀缺。圆面积为统一后资本，线宽为流量；位置为示意。",
                ),
            ),
        ),
    )
