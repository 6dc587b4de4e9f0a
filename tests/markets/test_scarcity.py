"""What is scarce, ranked: goods, regions and links."""

import yaosu as ys
from tests.markets.mechanisms.call.books import random_market
from tests.markets.package_market import cleared, exchange, package, sell, send
from yaosu.markets.coupling import orders_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.scarcity import scarcity_of


def test_goods_regions_and_links_are_ranked_by_what_one_more_would_be_worth() -> None:
    """S3-05: shadow prices of each scarce good, region and link, the dearest first."""
    orders = Orders.from_columns(
        ["power"] * 3 + ["land"] * 2,
        ["north", "south", "south", "north", "north"],
        ["sell", "buy", "sell", "sell", "buy"],
        [10, 50, 40, 7, 9],
        [100, 30, 100, 5, 5],
    )
    network = Network.from_links(["north"], ["south"], [20], [0], instrument=["power"])
    table = list(scarcity_of(orders, ys.clear(orders, network)).iterate())
    told = [(row["kind"], row["rank"], row["instrument"], row["region"]) for row in table]
    assert told == [
        ("good", 1, "power", ""),
        ("good", 2, "land", ""),
        ("region", 1, "power", "south"),
        ("link", 1, "power", "north"),
    ]
    power, _, south, link = table
    assert (power["shadow_price"], power["lots"], power["worth"]) == (40, 30, 1200)
    assert (south["shadow_price"], south["worth"]) == (30, 900)
    assert (link["target"], link["shadow_price"], link["lots"]) == ("south", 30, 20)
    assert link["worth"] == 600


def test_worth_falls_from_rank_to_rank_and_links_earn_their_rent() -> None:
    """S3-05: on random coupled books the ranking is one, and agrees with the rents."""
    for seed in range(1, 8):
        orders, network = random_market(seed)
        clearing = ys.clear(orders, network)
        table = scarcity_of(orders, clearing)
        for kind in ("good", "region", "link"):
            rows = [row for row in table.iterate() if row["kind"] == kind]
            assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
            worths = [row["worth"] for row in rows]
            assert worths == sorted(worths, reverse=True)
        rent = sum(row["worth"] for row in table.iterate() if row["kind"] == "link")
        assert rent == int(clearing.flows["rent"].sum())


def test_the_scarce_factor_of_a_package_market_leads_the_ranking() -> None:
    """S3-05: of four factors in one bundle the one that runs out has the highest price."""
    story = exchange(clear_at_close=False)
    for factor, lots in (("land", 10), ("compute", 3), ("data", 10), ("capital", 10)):
        sell(story, factor, 10, lots)
    goods = ("parcel", "gpu", "records", "desks")
    for limit in (90, 80, 70):
        send(story, "lab", package(f"p{limit}", limit, 2, *((good, 1, 2) for good in goods)))
    story.close()
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    orders = orders_of(market)
    clearing = ys.clear(orders, Network.alone("east", "west"), "package", parts=1)
    first = next(scarcity_of(orders, clearing).iterate())
    assert (first["kind"], first["instrument"], first["rank"]) == ("good", "gpu", 1)
    assert first["shadow_price"] > 10


def test_where_nothing_is_short_nothing_is_ranked() -> None:
    """S3-05: a price of zero is not scarcity, and neither is a book without trade."""
    story = exchange()
    assert (
        scarcity_of(
            Orders.from_columns(side=[], price=[], quantity=[]), cleared(story).clearing
        ).rows
        == 0
    )
