"""The regions of a round as a picture: prices where they lie, flows, links that are full."""

from collections.abc import Mapping

from yaosu.markets.clearing import Clearing
from yaosu.server.console.layout import spot_of
from yaosu.server.console.maps import Line, PricedRegion, RegionMap
from yaosu.server.console.names import Names


def region_map_of(
    clearing: Clearing | None, instrument: str, before: dict[str, int], tick: int, names: Names
) -> RegionMap | None:
    """The picture of one instrument; none where there are not at least two regions.

    Args:
        before: region -> price of the round before, ticks. tick: minor units of one.
    """
    if clearing is None or "price" not in clearing.prices or "region" not in clearing.prices:
        return None
    prices = {
        str(row["region"]): row["price"]
        for row in clearing.prices.iterate()
        if row.get("instrument", instrument) == instrument
    }
    if len(prices) < 2:
        return None
    drawn = map_of_prices(prices, before, tick, names)
    return RegionMap(drawn.regions, _lines(clearing, instrument, tick, prices))


def map_of_prices(
    prices: Mapping[str, int | None], before: Mapping[str, int], tick: int, names: Names
) -> RegionMap:
    """The picture of prices by region, ticks, without what flows between them."""
    regions = []
    for region, price in sorted(prices.items()):
        old = before.get(region)
        regions.append(
            PricedRegion(
                id=region,
                name=names.region(region),
                price=None if price is None else price * tick,
                change=None if price is None or old is None else (price - old) * tick,
                spot=spot_of(region, names.known_as),
            )
        )
    return RegionMap(tuple(regions), ())


def _lines(
    clearing: Clearing, instrument: str, tick: int, prices: dict[str, int | None]
) -> tuple[Line, ...]:
    if "source" not in clearing.flows:
        return ()
    lines = [
        Line(
            source=str(row["source"]),
            target=str(row["target"]),
            lots=row["lots"],
            shadow_price=row.get("shadow_price", 0) * tick,
            rent=row.get("rent", 0) * tick,
        )
        for row in clearing.flows.iterate()
        if row.get("instrument", instrument) == instrument
        and row["source"] in prices
        and row["target"] in prices
        and row["source"] != row["target"]
    ]
    return tuple(sorted(lines, key=lambda line: (line.lots, line.source, line.target)))
