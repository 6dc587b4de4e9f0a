"""A market of packages over several factors, and a pen for orders of many legs."""

from tests.stories import EXCHANGE, Story, links
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.commands import OpenMarket, SubmitOrders
from yaosu.markets.events import MarketCleared
from yaosu.markets.terms import Trading
from yaosu.places.commands import DefineLinks

GOODS = {"land": "parcel", "compute": "gpu", "data": "records", "capital": "desks"}
Leg = tuple[str, int, int]  # instrument, side, lots of all units


def package(name: str, limit: int, units: int, *legs: Leg, region: str = "east") -> Columns:
    """One package; a plain order where it has no name."""
    return Columns.of(
        instrument=[leg[0] for leg in legs],
        region=[region] * len(legs),
        side=[leg[1] for leg in legs],
        quantity=[leg[2] for leg in legs],
        package=[name] * len(legs),
        units=[units] * len(legs),
        limit=[limit] * len(legs),
    )


def send(story: Story, party: str, orders: Columns, batch: str = "") -> list[Event]:
    """Into the book of m."""
    name = batch or f"b-{story.key()}"
    return story.ask(SubmitOrders, party, market="m", batch=name, orders=orders)


def sell(story: Story, factor: str, price: int, lots: int) -> None:
    """An offer of one good by its owner."""
    story.order(f"{factor}-owner", -1, price, lots, instrument=GOODS[factor]).accepted()


def exchange(mechanism: str = "package", money: int = 10_000, **trading: object) -> Story:
    """Four factors in one market, an owner of each with ten lots, a lab with money."""
    story = Story().found(tuple(GOODS))
    for factor, good in GOODS.items():
        owner = story.party(f"{factor}-owner", (factor,))
        story.right(f"r-{good}", owner, 10, factor=factor, instrument=good)
    story.party("lab", tuple(GOODS), money=money)
    one_way = links(("east", "west", 2, 1))
    story.ask(DefineLinks, EXCHANGE, network="net", version="1", links=one_way)
    terms = {"mechanism": mechanism, "clear_at_close": True, **trading}
    story.ask(
        OpenMarket,
        EXCHANGE,
        market="m",
        factor="compute",
        more_factors=tuple(GOODS),
        instruments=tuple(GOODS.values()),
        regions=("east", "west"),
        currency="CNY",
        network="net",
        rent_to="ministry",
        trading=Trading(**terms),  # type: ignore[arg-type]  # any of its fields
    )
    return story


def cleared(story: Story) -> MarketCleared:
    """The book is closed and cleared in one."""
    (found,) = [event for event in story.close() if isinstance(event, MarketCleared)]
    return found
