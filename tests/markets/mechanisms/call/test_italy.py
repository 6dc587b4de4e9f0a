"""The Italian day-ahead auction of 1 to 3 April 2025, with its published answer."""

import pytest

from tests.markets.mechanisms.call import italy
from tests.markets.mechanisms.call.helpers import flows_by_link, prices_by_region
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.mechanisms.call_block_orders import Blocks
from yaosu.markets.mechanisms.call_blocks import clear_blocks, verify_blocks
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

pytestmark = pytest.mark.skipif(not italy.FOLDER.exists(), reason="the data are not unpacked")


def test_every_published_zone_price_of_three_days_is_found() -> None:
    """Border zones are price-takers; 504 of 504 prices, each the only one possible."""
    books, limits = italy.rows("bid-curves"), italy.rows("transfer-capacities")
    published = italy.rows("published-prices")
    right = 0
    for hour in sorted(books):
        answer = {
            row["zone"]: italy.whole(row["price_eur_per_mwh"], italy.TICKS)
            for row in published[hour]
        }
        orders = Orders.from_columns(**italy.book(books[hour]))
        network = Network.from_links(**italy.links(limits[hour], inner=False))
        borders = [z for z in network.regions if z not in italy.ZONES and z in answer]
        parameters = {"price_takers": {zone: answer[zone] for zone in borders}}
        clearing = clear(orders, network, **parameters)
        verify_clearing(orders, network, clearing, parameters)
        prices = prices_by_region(clearing)
        low, high = (prices_by_region(clearing, f"price_{end}") for end in ("low", "high"))
        for zone in italy.ZONES:
            assert low[zone] == high[zone]
            right += prices[zone] == answer[zone]
    assert right == 504


def test_every_published_flow_of_three_days_is_found() -> None:
    """Borders pinned at the published exchanges; 432 of 432 link-hours to 0.01 MWh."""
    books, limits = italy.rows("bid-curves"), italy.rows("transfer-capacities")
    exchanges, published = italy.rows("published-exchanges"), italy.rows("published-flows")
    near = 0
    for hour in sorted(books):
        columns = italy.with_exchanges(italy.book(books[hour]), exchanges[hour])
        orders = Orders.from_columns(**columns)
        links = italy.links(limits[hour], inner=True)
        network = Network.from_links(**links, regions=italy.ZONES)
        clearing = clear(orders, network)
        verify_clearing(orders, network, clearing)
        flows = flows_by_link(clearing)
        for row in published[hour]:
            a, b = row["from_zone"], row["to_zone"]
            off = flows[a, b] - flows[b, a] - italy.whole(row["flow_mwh"], italy.LOTS)
            near += abs(off) <= italy.LOTS // 100
    assert near == 432


def test_the_blocks_of_three_days_are_decided_blind() -> None:
    """504 of 504 prices; all 55 accepted and all 45 rejected blocks as published; the 4 named.

    Nothing published goes in but the prices of the zones around, which are price-takers. The four
    blocks that were published as rejected although in the money are found and accepted here: they
    gain at the very prices that come out, and welfare is greater with them. (With the borders
    pinned they are rejected as published: see the next test.)
    """
    book, ways, legs = italy.three_days()
    answer, status = italy.published_prices(), italy.published_blocks()
    orders, network = Orders.from_columns(**book), Network.from_links(**ways)
    around = [zone for zone in network.regions if zone not in italy.ZONES]
    takers = {key: price for key, price in answer.items() if key[1] in around}
    parameters = CallParameters.of(price_takers=takers)
    blocks = Blocks.from_columns(**legs)
    result = clear_blocks(orders, network, blocks, parameters)
    verify_blocks(orders, network, blocks, result, parameters)
    assert result.is_best
    found = {
        (row["instrument"], row["region"]): row["price"]
        for row in result.clearing.prices.iterate()
        if row["region"] in italy.ZONES
    }
    assert len(found) == 504
    assert {key: answer[key] for key in found} == found
    by_status = {name: {b for b, s in status.items() if s == name} for name in status.values()}
    assert set(result.accepted) == by_status["ACC"] | by_status["PREJ"]
    assert set(result.rejected) == by_status["REJ"]
    assert result.paradoxically_rejected == ()
    assert result.welfare == result.bound_checked


def test_with_borders_pinned_every_block_comes_out_as_published_the_paradoxical_named() -> None:
    """All 104: 55 accepted, 45 rejected, and just the four PREJ listed as paradoxically rejected.

    Decided blind; of what was published only the exchanges over the borders go in. Where the
    neighbours cannot take up what a block adds, it would lower its own price to a loss: that is
    why these four stayed outside.
    """
    book, ways, legs = italy.three_days_pinned()
    status = italy.published_blocks()
    orders, network = Orders.from_columns(**book), Network.from_links(**ways, regions=italy.ZONES)
    blocks = Blocks.from_columns(**legs)
    clearing = clear(orders, network, blocks=blocks)
    verify_clearing(orders, network, clearing, blocks=blocks)
    assert clearing.details["search"]["is_complete"].tolist() == [1]
    table = clearing.details["blocks"]
    found = dict(zip(table.text("block").tolist(), table.text("status").tolist(), strict=True))
    words = {"ACC": "accepted", "REJ": "rejected", "PREJ": "paradoxically_rejected"}
    assert found == {block: words[said] for block, said in status.items()}
