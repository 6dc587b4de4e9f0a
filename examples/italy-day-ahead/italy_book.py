"""A day of the Italian day-ahead auction: its books, its network, and the published answer."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

import yaosu as ys
from yaosu.markets.clearing import Clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

ZONES = ("NORD", "CNOR", "CSUD", "SUD", "CALA", "SICI", "SARD")
DAYS = ("2025-04-01", "2025-04-02", "2025-04-03")
HOURS = tuple(range(1, 25))
# Published prices have up to five decimals in some hours, quantities one and exchanges three.
TICK_EUR = Decimal("0.00001")
LOT_MWH = Decimal("0.001")
PRICE_MIN, PRICE_MAX = -50_000_000, 400_000_000  # ticks: -500 and 4000 EUR/MWh, the market's band
EUR_PER_UNIT = float(TICK_EUR * LOT_MWH)  # of welfare: tick x lot
FLOW_TOLERANCE_MWH = 0.01

Link = tuple[str, str]


class Day(Struct, frozen=True):
    """One delivery day. Prices in ticks, quantities in lots.

    Attributes:
        day: ISO date.
        bids: (hour, zone, side, price, quantity) of every step.
        limits: hour, link -> (most backward, most forward), both >= 0.
        prices: (hour, zone) -> published price, of the seven zones and those around them.
        flows: (hour, link) -> published flow, positive from the first-named zone.
        exchanges: (hour, zone, outer zone) -> published, positive out of the zone.
    """

    day: str
    bids: list[tuple[int, str, str, int, int]]
    limits: dict[tuple[int, Link], tuple[int, int]]
    prices: dict[tuple[int, str], int]
    flows: dict[tuple[int, Link], int]
    exchanges: dict[tuple[int, str, str], int]

    @property
    def inner_links(self) -> list[Link]:
        """Links among the seven zones."""
        return sorted({link for _, link in self.limits if set(link) <= set(ZONES)})

    @property
    def border_zones(self) -> list[str]:
        """Zones outside the seven that a link joins to one of them."""
        ends = {zone for _, link in self.limits for zone in link}
        return sorted(ends - set(ZONES))


def read_days(data: Path, days: tuple[str, ...] = DAYS) -> dict[str, Day]:
    """The days wanted, from the files of the data folder."""
    made = {day: Day(day, [], {}, {}, {}, {}) for day in days}
    for day, row in _rows(data / "bid-curves.csv.gz", made):
        if row["zone"] in ZONES:
            side = "buy" if row["side"] == "demand" else "sell"
            price, lots = _ticks(row["price_eur_per_mwh"]), _lots(row["quantity_mwh"])
            day.bids.append((int(row["period"]), row["zone"], side, price, lots))
    for day, row in _rows(data / "transfer-capacities.csv.gz", made):
        link = (row["from_zone"], row["to_zone"])
        if set(link) & set(ZONES):
            back, forward = -_lots(row["min_flow_mwh"]), _lots(row["max_flow_mwh"])
            day.limits[int(row["period"]), link] = (max(back, 0), max(forward, 0))
    for day, row in _rows(data / "published-prices.csv.gz", made):
        day.prices[int(row["period"]), row["zone"]] = _ticks(row["price_eur_per_mwh"])
    for day, row in _rows(data / "published-flows.csv.gz", made):
        link = (row["from_zone"], row["to_zone"])
        day.flows[int(row["period"]), link] = _lots(row["flow_mwh"])
    for day, row in _rows(data / "published-exchanges.csv.gz", made):
        if row["zone"] in ZONES:
            key = (int(row["period"]), row["zone"], row["external_zone"])
            day.exchanges[key] = _lots(row["exchange_mwh"])
    return made


def clear_at_border_prices(day: Day, *, lifted: bool = False) -> Clearing:
    """The day with the zones around taking part at their published prices, within the limits.

    Args:
        lifted: without any limit among the seven zones; those to the outside stay.
    """
    links: list[tuple[str, str, str, int]] = []
    everything = sum(bid[4] for bid in day.bids)
    for (hour, (source, target)), (back, forward) in sorted(day.limits.items()):
        is_free = lifted and {source, target} <= set(ZONES)
        links.append((_hour(hour), source, target, everything if is_free else forward))
        links.append((_hour(hour), target, source, everything if is_free else back))
    takers = {
        (_hour(hour), zone): day.prices[hour, zone] for hour in HOURS for zone in day.border_zones
    }
    return ys.clear(_orders(day.bids), _network(links), price_takers=takers)


def clear_at_border_exchanges(day: Day) -> Clearing:
    """The day with the exchanges to the outside pinned as they came out: this decides the flows."""
    bids = list(day.bids)
    for (hour, zone, _), lots in sorted(day.exchanges.items()):
        if lots > 0:
            bids.append((hour, zone, "buy", PRICE_MAX, lots))
        elif lots < 0:
            bids.append((hour, zone, "sell", PRICE_MIN, -lots))
    links: list[tuple[str, str, str, int]] = []
    for (hour, (source, target)), (back, forward) in sorted(day.limits.items()):
        if {source, target} <= set(ZONES):
            links.append((_hour(hour), source, target, forward))
            links.append((_hour(hour), target, source, back))
    return ys.clear(_orders(bids), _network(links))


def zone_prices(clearing: Clearing) -> dict[tuple[int, str], int | None]:
    """(hour, zone) -> price of the seven zones, ticks."""
    return {
        (int(row["instrument"]), row["region"]): row["price"]
        for row in clearing.prices.iterate()
        if row["region"] in ZONES
    }


def net_flows(clearing: Clearing, day: Day) -> dict[tuple[int, Link], int]:
    """(hour, link) -> flow among the seven zones, positive from the first-named zone, lots."""
    flows = {(hour, link): 0 for hour in HOURS for link in day.inner_links}
    for row in clearing.flows.iterate():
        hour, link = int(row["instrument"]), (row["source"], row["target"])
        if (hour, link) in flows:
            flows[hour, link] += row["lots"]
        elif (hour, link[::-1]) in flows:
            flows[hour, link[::-1]] -= row["lots"]
    return flows


def equal_prices(clearing: Clearing, day: Day) -> int:
    """How many zone prices equal the published ones to the tick."""
    return sum(price == day.prices[key] for key, price in zone_prices(clearing).items())


def equal_flows(clearing: Clearing, day: Day) -> int:
    """How many link-hours equal the published flows to 0.01 MWh."""
    mine = net_flows(clearing, day)
    allowed = round(FLOW_TOLERANCE_MWH / float(LOT_MWH))
    return sum(abs(mine[key] - lots) <= allowed for key, lots in day.flows.items())


def _orders(bids: list[tuple[int, str, str, int, int]]) -> Orders:
    hours, zones, sides, prices, lots = zip(*bids, strict=True)
    return Orders.from_columns(
        instrument=[_hour(hour) for hour in hours],
        region=list(zones),
        side=list(sides),
        price=list(prices),
        quantity=list(lots),
    )


def _network(links: list[tuple[str, str, str, int]]) -> Network:
    hours, sources, targets, limits = zip(*links, strict=True)
    return Network.from_links(
        instrument=list(hours), source=list(sources), target=list(targets), capacity=list(limits)
    )


def _hour(hour: int) -> str:
    return f"{hour:02d}"


def _ticks(price: str) -> int:
    ticks, rest = divmod(Decimal(price), TICK_EUR)
    assert rest == 0, f"{price} is no multiple of {TICK_EUR}"
    return int(ticks)


def _lots(quantity: str) -> int:
    """Sums of the source carry float noise (0.7000000000000001): rounded to the lot."""
    return round(Decimal(quantity) / LOT_MWH)


def _rows(path: Path, wanted: dict[str, Day]) -> Any:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["delivery_day"] in wanted:
                yield wanted[row["delivery_day"]], row


def clear_hour_welfare(day: Day, clearing: Clearing, hour: int) -> int:
    """Welfare of one hour at border prices, tick x lot: value of what was bought less cost.

    Electricity over a border is worth the outer zone's price there; sums over the hours to
    ``clearing.welfare``.
    """
    total = 0
    for row in clearing.fills.iterate():
        at, _, side, price, _ = day.bids[row["row"]]
        if at == hour:
            total += (price if side == "buy" else -price) * row["lots"]
    for row in clearing.flows.iterate():
        if int(row["instrument"]) == hour:
            if row["target"] not in ZONES:
                total += day.prices[hour, row["target"]] * row["lots"]
            if row["source"] not in ZONES:
                total -= day.prices[hour, row["source"]] * row["lots"]
    return total
