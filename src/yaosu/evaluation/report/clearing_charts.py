"""A clearing to look at: supply and demand crossing, prices by region, flows over the links.

Numbers come in ticks and lots and are shown in the units of the input. The figures stand in a page
of their own (`clearing_page`) or under each other in one picture (`clearing_sheet`).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct, structs

from yaosu.evaluation.report.charts import Axis, Spec, dumbbells, finish, lines, load_altair
from yaosu.evaluation.report.parts import Column, Figure, Report, Section, Table, Tile, Words, same
from yaosu.kernel.columns import Integers
from yaosu.markets.clearing import TRADED
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

PANELS_MAX = 6
ROWS_MAX = 31
LINKS_MAX = 30
POINTS_MAX = 160  # of a curve: more are not to be seen
FAR = 2**60  # a limit beyond every edge
BEYOND = 1.9  # curves are shown up to so many times what trades
WHOLE_MIN, WHOLE_MAX = 10, 10_000_000  # quantities written without decimals, and in full
SUPPLY, DEMAND = Words("supply", "供给"), Words("demand", "需求")
LEAST, PRICE, MOST = Words("lowest", "最低"), Words("price", "价格"), Words("highest", "最高")


class Units(Struct, frozen=True):
    """How numbers are shown.

    Attributes:
        tick, lot: of the input, for one tick and one lot.
        price, quantity: names of the units, such as "CNY/MWh"; empty where none was given.
    """

    tick: Decimal = Decimal(1)
    lot: Decimal = Decimal(1)
    price: str = ""
    quantity: str = ""

    def prices(self, ticks: Any) -> Any:
        """Ticks as shown."""
        return np.asarray(ticks, np.float64) * float(self.tick)

    def quantities(self, lots: Any) -> Any:
        """Lots as shown."""
        return np.asarray(lots, np.float64) * float(self.lot)

    def price_axis(self, field: str) -> Axis:
        """An axis of prices."""
        digits = max(-int(self.tick.normalize().as_tuple().exponent), 0)
        unit = self.price or f"ticks of {self.tick:f}"
        chinese = self.price or f"最小变动价位 {self.tick:f}"
        return Axis(field, Words(f"price, {unit}", f"价格，{chinese}"), f",.{min(digits, 4)}f")

    def quantity_axis(self, field: str, most: float) -> Axis:
        """An axis of quantities from zero to ``most``."""
        unit = self.quantity or f"lots of {self.lot:f}"
        chinese = self.quantity or f"交易单位 {self.lot:f}"
        number = "~s" if most >= WHOLE_MAX else ",.0f" if most >= WHOLE_MIN else ",.2~f"
        return Axis(field, Words(f"quantity, {unit}", f"数量，{chinese}"), number, zero=True)


class Shown(Struct, frozen=True):
    """One (instrument, region) and its row of the table of prices."""

    instrument: str
    region: str
    price: int
    low: int
    high: int
    row: int


def clearing_page(clearing: Any, orders: Orders, network: Network, units: Units) -> Report:
    """The page: curves of the regions that trade most, prices, flows."""
    rows = list(_traded(clearing))
    rule, digest = clearing.certificate.rule, clearing.certificate.orders_digest
    sections = [Section(title=Words("Supply and demand", "供给与需求"), figures=tuple(
        _curve_figure(i, shown, orders, units, _several(rows))
        for i, shown in enumerate(_busiest(rows, orders))
    ))]  # fmt: skip
    if len(rows) > 1:
        sections.append(
            Section(Words("Prices by region", "各区域价格"), figures=(_prices(rows, units),))
        )
    flows = _flow_rows(clearing, network, units)
    if flows:
        sections.append(Section(Words("Flows", "流量"), figures=(_flows(flows, units),)))
    volume = f"{units.quantities(clearing.volume):,.10g}"
    welfare = f"{float(units.tick) * float(units.lot) * clearing.welfare:,.10g}"
    return Report(
        title=Words("One clearing", "一次出清"),
        lead=Words(
            "All orders of an instrument trade in one go, each region at one price. Where supply "
            "and demand of a region do not meet at its price, the links carry the difference.",
            "同一品种的全部订单一次成交，每个区域一个价格。区域内供需在该价格上不相等时，差额由通道输送。",
        ),
        tiles=(
            Tile(
                same(volume),
                Words("volume", "成交量"),
                same(units.quantity) if units.quantity else None,
            ),
            Tile(same(welfare), Words("gains from trade", "交易收益")),
            Tile(same(str(len(rows))), Words("regions with trade", "有成交的区域")),
        ),
        sections=tuple(sections) if rows else (),
        sources=(
            Words(
                f"Clearing certificate under {rule}; orders {digest}.",
                f"出清凭证依据 {rule}；订单摘要 {digest}。",
            ),
        ),
    )


def clearing_sheet(clearing: Any, orders: Orders, network: Network, units: Units) -> Spec:
    """All figures under each other in one specification, for a picture."""
    rows = list(_traded(clearing))
    busiest = _busiest(rows, orders)
    width = 920 if len(busiest) == 1 else 420
    panels = [
        _without_legend(_panel(_curves(shown, orders, units, _several(rows)), width, 260))
        for shown in busiest
    ]
    curves = {"concat": panels, "columns": 2, "spacing": {"row": 42, "column": 70}}
    parts: list[Spec] = [{"vconcat": [_legend(), curves], "spacing": 18}]
    if len(rows) > 1:
        parts.append(_titled(_prices(rows, units)))
    flows = _flow_rows(clearing, network, units)
    if flows:
        parts.append(_titled(_flows(flows, units)))
    whole = finish(load_altair().Chart().mark_point(), 1)
    return {
        "$schema": whole["$schema"],
        "config": whole["config"],
        "vconcat": parts if rows else [],
        "spacing": 56,
        "resolve": {"scale": {"color": "independent", "shape": "independent"}},
    }


def _traded(clearing: Any) -> Iterator[Shown]:
    for i, row in enumerate(clearing.prices.iterate()):
        if row["status"] == TRADED:
            yield Shown(
                row["instrument"],
                row["region"],
                row["price"],
                row["price_low"],
                row["price_high"],
                i,
            )


def _several(rows: list[Shown]) -> bool:
    return len({shown.instrument for shown in rows}) > 1


def _busiest(rows: list[Shown], orders: Orders) -> list[Shown]:
    """Those whose orders better than the price are most, in the order of the table."""
    weight = []
    for shown in rows:
        price, lots, is_buy = _book(orders, shown)
        gain = np.where(is_buy, price - shown.price, shown.price - price)
        weight.append(int(lots[gain >= 0].sum()))
    chosen = sorted(range(len(rows)), key=lambda i: (-weight[i], i))[:PANELS_MAX]
    return [rows[i] for i in sorted(chosen)]


def _book(orders: Orders, shown: Shown) -> tuple[Integers, Integers, Any]:
    own = orders.instrument.codes == orders.instrument.code_of(shown.instrument)
    own &= orders.region.codes == orders.region.code_of(shown.region)
    return orders.price[own], orders.quantity[own], orders.side[own] > 0


def _name(shown: Shown, several: bool) -> str:
    return f"{shown.instrument} · {shown.region}" if several else shown.region


def _curve_rows(shown: Shown, orders: Orders, units: Units) -> list[dict[str, Any]]:
    """Corners of both curves, cut where nothing happens any more."""
    price, lots, is_buy = _book(orders, shown)
    bought = int(lots[is_buy & (price >= shown.price)].sum())
    sold = int(lots[~is_buy & (price <= shown.price)].sum())
    until = int(max(bought, sold, 1) * BEYOND)
    rows: list[dict[str, Any]] = []
    for words, chosen, sign in ((DEMAND, is_buy, -1), (SUPPLY, ~is_buy, 1)):
        order = np.argsort(sign * price[chosen], kind="stable")
        at, sums = price[chosen][order], np.cumsum(lots[chosen][order])
        if not len(at):
            continue
        begins = np.append(0, sums[:-1])
        kept = np.flatnonzero(begins < until)
        if len(kept) > POINTS_MAX:  # corners evenly over the quantity
            wanted = np.linspace(0, min(until, int(sums[-1])), POINTS_MAX)
            kept = np.unique(np.searchsorted(begins[kept], wanted, side="right") - 1)
        points = [(begins[i], at[i]) for i in kept.tolist()]
        points.append((min(until, int(sums[kept[-1]])), at[kept[-1]]))
        if sums[-1] <= until:  # nobody offers more: straight to the edge
            points.append((int(sums[-1]), sign * FAR))
        rows += [
            {
                "quantity": float(units.quantities(quantity)),
                "price": float(units.prices(limit)),
                "curve": words.pair,
            }
            for quantity, limit in points
        ]
    return rows


def _curves(shown: Shown, orders: Orders, units: Units, several: bool) -> Spec:
    """Both curves as steps, a dashed line at the price, the price written on it."""
    alt = load_altair()
    rows = _curve_rows(shown, orders, units)
    axis = units.price_axis("price")
    ends = float(units.prices(FAR))
    corners = [row["price"] for row in rows if abs(row["price"]) < ends]
    low, high = _price_range(corners, float(units.prices(shown.price)))
    most = max((row["quantity"] for row in rows), default=1.0)
    reach = high - low  # beyond the edges lines are cut off, not bent
    inside = [{**row, "price": min(max(row["price"], low - reach), high + reach)} for row in rows]
    y = Axis("price", axis.title, axis.number, domain=(low, high))
    x = structs.replace(units.quantity_axis("quantity", most), domain=(0.0, most * 1.16))
    spec = lines(inside, x, y, "curve", [SUPPLY, DEMAND], step=True)
    at = float(units.prices(shown.price))
    rule = alt.Chart(alt.Data(values=[{"at": at, "text": f"{at:{axis.number}}"}]))
    line = rule.mark_rule(strokeDash=[2, 3], strokeWidth=1.4, color="$$quiet")
    beside = {"align": "right", "baseline": "bottom", "dy": -4, "dx": -2, "fontSize": 13}
    place = {"x": alt.value("width"), "y": alt.Y("at:Q"), "text": "text:N"}
    halo = rule.mark_text(**beside, fontWeight="bold", stroke="$$card", strokeWidth=4)
    text = rule.mark_text(**beside, fontWeight="bold", color="$$ink")
    marked = line.encode(y=alt.Y("at:Q")) + halo.encode(**place) + text.encode(**place)
    spec, over = _inline(spec), _inline(marked.to_dict())
    curve = {key: spec.pop(key) for key in ("data", "mark", "encoding")}
    curve["mark"] = {**curve["mark"], "clip": True}
    return {
        **spec,
        "title": _title(_name(shown, several)),
        "layer": [curve, *({**layer, "data": over["data"]} for layer in over["layer"])],
    }


def _inline(spec: Spec) -> Spec:
    """The specification with its rows where they are used, so that it can become a part."""
    sets = spec.get("datasets", {})

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"name"} and value["name"] in sets:
                return {"values": sets[value["name"]]}
            return {key: placed(item) for key, item in value.items() if key != "datasets"}
        if isinstance(value, list):
            return [placed(item) for item in value]
        return value

    found: Spec = placed(spec)
    return found


def _title(text: str) -> dict[str, Any]:
    return {"text": text, "anchor": "start", "color": "$$ink", "fontSize": 14, "offset": 10}


def _price_range(corners: list[float], at: float) -> tuple[float, float]:
    """Around the price, as far as most of both curves goes."""
    prices = np.array(corners or [at])
    reach = np.quantile(np.abs(prices - at), 0.85) * 1.15
    reach = reach or max(abs(at), 1.0) * 0.1
    low, high = max(prices.min(), at - reach), min(prices.max(), at + reach)
    room = 0.08 * (high - low or reach)
    return float(min(low, at) - room), float(max(high, at) + room)


def _curve_figure(number: int, shown: Shown, orders: Orders, units: Units, several: bool) -> Figure:
    spec = _curves(shown, orders, units, several)
    del spec["title"]
    name = _name(shown, several)
    far = float(units.prices(FAR))
    rows = [row for row in _curve_rows(shown, orders, units) if abs(row["price"]) < far]
    step = max(len(rows) // 40, 1)
    table = Table(
        (
            Column(Words("curve", "曲线")),
            Column(units.quantity_axis("q", 1).title, "number", 2),
            Column(units.price_axis("p").title, "number", 4),
        ),
        tuple(
            (Words(*row["curve"][2:].split("@@")), row["quantity"], row["price"])
            for row in rows[::step]
        ),
    )
    return Figure(
        f"curves-{number}", Words(f"{name}: supply meets demand", f"{name}：供需曲线"), spec, table
    )


def _prices(rows: list[Shown], units: Units) -> Figure:
    several = _several(rows)
    ordered = sorted(rows, key=lambda shown: (-shown.price, shown.row))[:ROWS_MAX]
    names = [_name(shown, several) for shown in ordered]
    values: list[dict[str, Any]] = [
        {"name": name, "price": float(units.prices(ticks)), "state": words.pair}
        for name, shown in zip(names, ordered, strict=True)
        for words, ticks in ((LEAST, shown.low), (MOST, shown.high), (PRICE, shown.price))
    ]
    axis = units.price_axis("price")
    ends = min(row["price"] for row in values), max(row["price"] for row in values)
    room = 0.06 * (ends[1] - ends[0]) or max(abs(ends[0]) * 0.1, 1.0)
    axis = structs.replace(axis, domain=(ends[0] - room, ends[1] + room))
    chart = dumbbells(values, "name", names, axis, "state", [LEAST, MOST, PRICE])
    table = Table(
        (
            Column(Words("region", "区域")),
            *(Column(words, "number", 4) for words in (LEAST, PRICE, MOST)),
        ),
        tuple(
            (name, *(float(units.prices(t)) for t in (shown.low, shown.price, shown.high)))
            for name, shown in zip(names, ordered, strict=True)
        ),
    )
    note = Words(
        "Between the lowest and the highest every price supports the same trades; the price rule "
        "picks one.",
        "最低与最高之间的任一价格都支持同样的成交；由价格规则择一。",
    )
    return Figure("prices", Words("Prices by region", "各区域价格"), chart, table, note)


def _flow_rows(clearing: Any, network: Network, units: Units) -> list[dict[str, Any]]:
    """Links that carry something, most first."""
    flows = clearing.flows
    used = [k for k in range(flows.rows) if flows["lots"][k]]
    used = sorted(used, key=lambda k: (-int(flows["lots"][k]), k))[:LINKS_MAX]
    several = len(set(flows.text("instrument").tolist())) > 1
    capacity = {}
    for row in network.links.iterate():
        capacity[row.get("instrument", ""), row["source"], row["target"]] = row["capacity"]
    found = []
    for row in flows.take(np.array(used, np.int64)).iterate():
        ends = (row["source"], row["target"])
        most = capacity.get((row["instrument"], *ends), capacity.get(("", *ends), row["lots"]))
        name = f"{ends[0]} → {ends[1]}"
        shadow = float(units.prices(row["shadow_price"]))
        found.append(
            {
                "name": f"{row['instrument']} · {name}" if several else name,
                "lots": float(units.quantities(row["lots"])),
                "capacity": float(units.quantities(most)),
                "shadow": shadow,
                "text": f"+{shadow:,.6g}" if shadow else "",
            }
        )
    return found


def _flows(rows: list[dict[str, Any]], units: Units) -> Figure:
    alt = load_altair()
    most = max(row["lots"] for row in rows)
    axis = units.quantity_axis("lots", most)
    shown = [{**row, "room": min(row["capacity"], most * 1.25)} for row in rows]
    data = alt.Data(values=shown)
    order = [row["name"] for row in rows]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=250))
    scale = alt.Scale(domain=[0, most * 1.25], nice=False)
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("lots:Q", title=axis.title.pair, format=",.6~g"),
        alt.Tooltip("capacity:Q", title=Words("capacity", "容量").pair, format=",.6~g"),
        alt.Tooltip("shadow:Q", title=Words("shadow price", "影子价格").pair, format=",.6~g"),
    ]
    base = alt.Chart(data).encode(y=y, tooltip=tips)
    room = base.mark_bar(height={"band": 0.74}, color="$$line", cornerRadius=2).encode(
        x=alt.X(
            "room:Q",
            scale=scale,
            title=axis.title.pair,
            axis=alt.Axis(format=axis.number, grid=True),
        )
    )
    flow = base.mark_bar(height={"band": 0.42}, color="$$accent", cornerRadius=2).encode(
        x=alt.X("lots:Q", scale=scale)
    )
    text = base.mark_text(
        align="left", dx=6, fontSize=11, color="$$full", fontWeight="bold"
    ).encode(x=alt.X("room:Q", scale=scale), text="text:N")
    chart = finish(room + flow + text, 24 * len(rows))
    table = Table(
        (
            Column(Words("link", "通道")),
            Column(axis.title, "number", 2),
            Column(Words("capacity", "容量"), "number", 2),
            Column(Words("shadow price", "影子价格"), "number", 4),
        ),
        tuple((row["name"], row["lots"], row["capacity"], row["shadow"]) for row in rows),
    )
    note = Words(
        "Dark: what flows; light: what the link can carry, cut at the right edge. A number stands "
        "where the link is full: its shadow price, what one more lot of room would be worth.",
        "深色为流量，浅色为通道容量（超出右缘者截断）。数字只出现在满载通道：影子价格，即多一单位容量的价值。",
    )
    return Figure("flows", Words("Flows over links", "通道流量"), chart, table, note)


def _legend() -> Spec:
    """Which curve is which, once for all panels."""
    alt = load_altair()
    rows = [
        {"x": 90 * i, "end": 90 * i + 26, "text": 90 * i + 33, "curve": words.pair}
        for i, words in enumerate((SUPPLY, DEMAND))
    ]
    base = alt.Chart(alt.Data(values=rows))
    scale = alt.Scale(domain=[0, 910], nice=False)
    whole = None
    for i, (colour, dash) in enumerate((("$$accent", [1, 0]), ("$$second", [6, 3]))):
        own = base.transform_filter(alt.datum.x == 90 * i)
        line = own.mark_rule(color=colour, strokeDash=dash, strokeWidth=2.2).encode(
            x=alt.X("x:Q", scale=scale, axis=None), x2="end:Q"
        )
        text = own.mark_text(align="left", fontSize=13, color="$$ink").encode(
            x=alt.X("text:Q", scale=scale, axis=None), text="curve:N"
        )
        whole = line + text if whole is None else whole + line + text
    return _panel(finish(whole, 18), 910, 18)


def _without_legend(panel: Spec) -> Spec:
    encoding = panel["layer"][0]["encoding"]
    for channel in ("color", "strokeDash"):
        encoding[channel] = {**encoding[channel], "legend": None}
    return panel


def _panel(spec: Spec, width: int, height: int) -> Spec:
    """A chart as one part of a sheet."""
    kept = {k: v for k, v in _inline(spec).items() if k not in ("config", "$schema", "autosize")}
    return {**kept, "width": width, "height": height}


def _titled(figure: Figure) -> Spec:
    spec = {**figure.chart, "title": {**_title(figure.title.pair), "fontSize": 16}}
    return _panel(spec, 910, spec["height"])
