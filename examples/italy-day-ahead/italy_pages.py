"""The report of the Italian day: words, charts and tables."""

from typing import Any

from italy_book import (
    EUR_PER_UNIT,
    HOURS,
    LOT_MWH,
    TICK_EUR,
    ZONES,
    Day,
    Link,
    clear_hour_welfare,
    net_flows,
    zone_prices,
)
from msgspec import Struct

from yaosu.evaluation.report.charts import Axis, columns, heat, lines
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

HOUR = Words("Hour", "小时")
PRICE = Words("EUR per MWh", "欧元/兆瓦时")
EURO, MWH = float(TICK_EUR), float(LOT_MWH)
MAINLAND = Words("The six other zones", "其余六区")
SARDINIA = Words("Sardinia", "撒丁岛")
UNIFIED = Words("All seven without inner limits", "取消内部限额后的七区")


class Findings(Struct, frozen=True):
    """What the day came to.

    Attributes:
        day: the books and the published answer.
        priced: cleared with the neighbours at their published prices.
        flowed: cleared with the exchanges to them pinned as published.
        lifted: as ``priced``, without limits among the seven zones.
        equal_prices, equal_flows: how many equal the published ones.
    """

    day: Day
    priced: Clearing
    flowed: Clearing
    lifted: Clearing
    equal_prices: int
    equal_flows: int


def pages(found: Findings) -> Report:
    """The whole report."""
    prices, flows = len(HOURS) * len(ZONES), len(found.day.flows)
    gain = (found.lifted.welfare - found.priced.welfare) * EUR_PER_UNIT
    inside = _inside_interval(found)
    said = (
        f"{found.equal_prices} of {prices} zone prices equal the published ones",
        f"{found.equal_flows} of {flows} link flows equal the published ones to 0.01 MWh",
        f"{inside} of {prices} published prices lie in the exact interval found from the Italian "
        "book alone",
        f"without inner limits: one price in each hour, {gain:,.0f} EUR more welfare that day",
    )
    return Report(
        title=Words("Prices checked against a published market", "以公开市场核验价格"),
        lead=Words(
            "1 April 2025: 24 hourly auctions over seven Italian zones, cleared again from the "
            "public book by the mechanism that prices every market here, and laid beside the "
            "published answer.",
            "2025年4月1日：意大利七个区域、二十四个小时的拍卖，用本系统的撮合机制依据公开订单簿"
            "重新出清，并与公布结果逐一对照。",
        ),
        tiles=(
            Tile(
                Words(f"{found.equal_prices} of {prices}", f"{found.equal_prices} / {prices}"),
                Words("zone prices equal the published ones", "区域价格与公布值相等"),
                Words("to the last decimal", "精确到最后一位小数"),
            ),
            Tile(
                Words(f"{found.equal_flows} of {flows}", f"{found.equal_flows} / {flows}"),
                Words("link flows equal the published ones", "通道流量与公布值相等"),
                Words("to 0.01 MWh", "误差不超过0.01兆瓦时"),
            ),
            Tile(
                same(f"€ {gain:,.0f}"),
                Words("is what the inner limits cost that day", "内部限额当日的代价"),
                Words("welfare gained without them", "取消限额的福利增量"),
            ),
        ),
        sections=(
            _prices(found),
            _flows(found),
            _lifted(found),
            _check(found, inside),
        ),
        caveat=Words(
            "Block orders are not decided here: the accepted ones are in the book as price-takers. "
            "The zones around Italy are taken at their published prices, so where no limit binds "
            "the seven zones share a price that is given; what the mechanism adds shows where "
            "limits bind, in the flows, and in the second closure below, where no foreign price is "
            "given at all.",
            "本例不决定成组订单：已成交者作为价格接受者计入订单簿。周边区域取其公布价格，因此在限额"
            "不起作用时七区共用的价格是给定的；机制本身的作用体现在限额起作用的时段、各通道流量，"
            "以及下文不给定任何外部价格的第二种闭合方式。",
        ),
        sources=(
            Words(
                "Gestore dei Mercati Energetici (GME), Mercato del Giorno Prima: public offers, "
                "transit limits, prices and transits of 1 April 2025; as put together by the "
                "repository rebase-energy/OpenEUPHEMIA (data/italy/2025-04, MIT licence).",
                "意大利能源市场运营机构（GME）日前市场公开数据，2025年4月1日；由 rebase-energy/"
                "OpenEUPHEMIA 整理（MIT 许可）。",
            ),
        ),
        proof=("yaosu verify examples/italy-day-ahead/out/market.db",),
        said=said,
    )


def _inside_interval(found: Findings) -> int:
    """Published prices inside [low, high] of the clearing with pinned exchanges."""
    return sum(
        row["price_low"] <= found.day.prices[int(row["instrument"]), row["region"]]
        <= row["price_high"]
        for row in found.flowed.prices.iterate()
        if row["region"] in ZONES and row["price"] is not None
    )  # fmt: skip


def _prices(found: Findings) -> Section:
    mine = zone_prices(found.priced)
    parted = sorted(h for h in HOURS if len({mine[h, zone] for zone in ZONES}) > 1)
    rows = []
    for hour in (*HOURS, HOURS[-1] + 1):  # a step needs its end
        at = min(hour, HOURS[-1])
        rows.append({"h": hour - 0.5, "p": (mine[at, "NORD"] or 0) * EURO, "z": MAINLAND.pair})
        rows.append({"h": hour - 0.5, "p": (mine[at, "SARD"] or 0) * EURO, "z": SARDINIA.pair})
    table = Table(
        (
            Column(HOUR, "number"),
            *(Column(same(zone), "number", 2) for zone in ZONES),
            Column(Words("All equal the published", "全部与公布值相等"), "mark"),
        ),
        tuple(
            (
                hour,
                *((mine[hour, zone] or 0) * EURO for zone in ZONES),
                all(mine[hour, zone] == found.day.prices[hour, zone] for zone in ZONES),
            )
            for hour in HOURS
        ),
    )
    first, last = (parted[0], parted[-1]) if parted else (0, 0)
    return Section(
        Words("The price of every hour", "每小时价格"),
        (
            Words(
                "Seven zones are coupled: electricity flows from cheap to dear until prices meet "
                "or a link is full. On this day they meet in all hours but "
                f"{len(parted)}: from hour {first} to {last} the cable to Sardinia is full and the "
                "island, where more is offered than it can use or send away, is cheaper.",
                "七区联合出清：电力由低价区流向高价区，直至价格相等或通道用满。当日仅第"
                f"{first}至{last}小时通往撒丁岛的电缆满载，岛上电力富余而无法送出，价格较低；其余时段七区同价。",
            ),
        ),
        (
            Figure(
                "prices",
                Words(
                    "One price for all, but for the afternoon in which Sardinia's cable is full",
                    "除撒丁岛电缆满载的午后外，七区同价",
                ),
                lines(
                    rows,
                    Axis("h", HOUR, "d", domain=(0.5, 24.5)),
                    Axis("p", PRICE, ",.0f", zero=True),
                    "z",
                    [MAINLAND, SARDINIA],
                    step=True,
                    ticks=HOURS,
                    height=320,
                ),
                table,
                Words(
                    "Every one of these prices equals the published one.",
                    "图中价格全部与公布值相等。",
                )
                if found.equal_prices == len(HOURS) * len(ZONES)
                else None,
            ),
        ),
    )


def _flows(found: Findings) -> Section:
    flows = net_flows(found.flowed, found.day)
    links = found.day.inner_links
    rows: list[dict[str, Any]] = []
    table_rows: list[tuple[Any, ...]] = []
    for link in links:
        for hour in HOURS:
            lots, published = flows[hour, link], found.day.flows[hour, link]
            limit = _limit(found.day, hour, link, lots)
            used = abs(lots) / limit if limit else 1.0
            is_full = abs(lots) >= limit
            rows.append(
                {
                    "h": hour,
                    "l": f"{link[0]} – {link[1]}",
                    "u": min(used, 1.0),
                    "full": is_full,
                    "tip": f"{abs(lots) * MWH:,.1f} / {limit * MWH:,.0f} MWh",
                }
            )
            table_rows.append(
                (
                    f"{link[0]} → {link[1]}" if lots >= 0 else f"{link[1]} → {link[0]}",
                    hour,
                    abs(lots) * MWH,
                    abs(published) * MWH,
                    limit * MWH,
                    "full" if is_full else "",
                )
            )
    table = Table(
        (
            Column(Words("Link and direction", "通道与方向")),
            Column(HOUR, "number"),
            Column(Words("Flow, MWh", "流量，兆瓦时"), "number", 2),
            Column(Words("Published, MWh", "公布，兆瓦时"), "number", 2),
            Column(Words("Limit, MWh", "限额，兆瓦时"), "number", 0),
            Column(Words("Congestion", "阻塞")),
        ),
        tuple(table_rows),
    )
    full = sum(row["full"] for row in rows)
    return Section(
        Words("What flows, and where it is full", "流量与阻塞"),
        (
            Words(
                "Prices are unique, flows are not: where steps of the book tie at the price, many "
                "flows are equally good. Shared in proportion to the quantity offered over all "
                f"zones that share the price, {found.equal_flows} of {len(found.day.flows)} flows "
                "come out as published. For this the exchanges with the outside are pinned as they "
                "were. A link may be full to the last megawatt-hour and the prices still meet: "
                "they part only where more would have flowed.",
                "价格唯一，流量未必：订单在边际价格上并列时，多种流量同样最优。按同价区域内的申报数量"
                f"比例分摊后，{len(found.day.flows)}个流量中有{found.equal_flows}个与公布值一致；"
                "此时对外交换量取公布值。通道用满未必使价格分离：只有在本可流得更多时，价格才会分开。",
            ),
        ),
        (
            Figure(
                "flows",
                Words(
                    f"How full each link is, hour by hour; a dot where it is full ({full} times)",
                    f"各通道每小时使用率；圆点表示满载（{full}次）",
                ),
                heat(
                    rows,
                    "h",
                    HOUR,
                    "l",
                    [f"{a} – {b}" for a, b in links],
                    Axis("u", Words("Part of the limit in use", "限额使用率"), "%"),
                    "full",
                    Words("full", "满载"),
                ),
                table,
            ),
        ),
    )


def _lifted(found: Findings) -> Section:
    with_limits, without = zone_prices(found.priced), zone_prices(found.lifted)
    one = all(len({without[hour, zone] for zone in ZONES}) == 1 for hour in HOURS)
    gains = _gain_by_hour(found)
    hours = [hour for hour in HOURS if gains[hour] > 0]
    rows = [{"h": str(hour), "g": gains[hour]} for hour in hours]
    table = Table(
        (
            Column(HOUR, "number"),
            Column(Words("Sardinia with limits", "撒丁岛，有限额"), "number", 2),
            Column(Words("Six others with limits", "其余六区，有限额"), "number", 2),
            Column(Words("All seven without", "七区，无限额"), "number", 2),
            Column(Words("Gain, EUR", "增量，欧元"), "signed", 0),
        ),
        tuple(
            (
                hour,
                (with_limits[hour, "SARD"] or 0) * EURO,
                (with_limits[hour, "NORD"] or 0) * EURO,
                (without[hour, "NORD"] or 0) * EURO,
                gains[hour],
            )
            for hour in HOURS
        ),
    )
    total = sum(gains.values())
    return Section(
        Words("The same day without inner limits", "取消内部限额的同一天"),
        (
            Words(
                "Lift every limit among the seven zones, leave the borders as they are, and clear "
                "the same book again: "
                + ("one price in each of the 24 hours. " if one else "prices still part. ")
                + f"The gain from trade rises by {total:,.0f} euro: what these limits cost on this "
                "day, and the most a stronger cable could have earned.",
                "取消七区之间的全部限额、保持对外边界不变，对同一订单簿重新出清："
                + ("二十四小时每小时只有一个价格。" if one else "价格仍有差异。")
                + f"交易福利增加{total:,.0f}欧元，即当日限额的代价，也是扩建电缆当日收益的上限。",
            ),
        ),
        (
            Figure(
                "gain",
                Words("What lifting the limits gains, by hour", "取消限额的增量，按小时"),
                columns(
                    rows,
                    "h",
                    [str(hour) for hour in hours],
                    Axis("g", Words("EUR", "欧元"), ",.0f", zero=True),
                    HOUR,
                    height=240,
                ),
                table,
                Words(
                    "Hours that are not shown gain nothing: no inner limit bound.",
                    "未列出的小时没有增量：内部限额未起作用。",
                ),
            ),
        ),
    )


def _check(found: Findings, inside: int) -> Section:
    return Section(
        Words("What the comparison proves", "对照说明了什么"),
        (
            Words(
                "First closure: the zones around take part at their published prices, within the "
                "links' limits. All seven prices of all hours come out to the last decimal, also "
                "where Sardinia parts from the rest.",
                "第一种闭合：周边区域按公布价格、在通道限额内参与。各小时七区价格全部精确吻合，"
                "包括撒丁岛价格分离的时段。",
            ),
            Words(
                "Second closure: no foreign price is given, only how much was exchanged. Then the "
                "Italian book alone determines an interval of prices that support the day, and "
                f"{inside} of {len(HOURS) * len(ZONES)} published prices lie inside it.",
                "第二种闭合：不给定任何外部价格，只给定交换量。此时仅凭意大利订单簿可确定支持当日结果的"
                f"价格区间，{len(HOURS) * len(ZONES)}个公布价格中有{inside}个落在区间内。",
            ),
            Words(
                "Each clearing carries a certificate that anyone checks without a solver; the "
                "digests of both are in the journal of this run.",
                "每次出清都附有凭证，任何人无需求解器即可核验；两份凭证的摘要已记入本次日志。",
            ),
        ),
    )


def _limit(day: Day, hour: int, link: Link, lots: int) -> int:
    back, forward = day.limits[hour, link]
    return forward if lots >= 0 else back


def _gain_by_hour(found: Findings) -> dict[int, float]:
    """Welfare without limits minus with them, EUR, from fills and limits hour by hour."""
    return {
        hour: (
            clear_hour_welfare(found.day, found.lifted, hour)
            - clear_hour_welfare(found.day, found.priced, hour)
        )
        * EUR_PER_UNIT
        for hour in HOURS
    }
