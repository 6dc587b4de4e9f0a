"""Worth: welfare counted from fills, and its bound counted from prices, in unbounded numbers."""

import numpy as np

from yaosu.kernel.columns import Columns, Integers
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_problem import region_prices
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders, exact_dot


def primal_of(
    orders: Orders,
    network: Network,
    parameters: CallParameters,
    book: Book,
    lots: Integers,
    flows: Columns,
) -> int:
    """Worth of what is bought less worth of what is sold less cost of links.

    What price-takers take in or give out counts at their price.
    """
    worth = int((orders.side * orders.price * lots).sum()) - sum(flows["cost"].tolist())
    if not parameters.price_takers:
        return int(worth)
    regions = len(book.regions)
    left = np.zeros(len(book.instruments) * regions, np.int64)
    np.add.at(left, book.segment >> 1, -orders.side * lots)
    source, target = flow_ends(flows, network, book)
    np.subtract.at(left, source, flows["lots"])
    np.add.at(left, target, flows["lots"])
    place = {name: i for i, name in enumerate(book.regions)}
    for i, name in enumerate(book.instruments):
        given, price = region_prices(parameters.price_takers, name, place)
        for r in np.flatnonzero(given).tolist():
            worth += int(price[r]) * int(left[i * regions + r])
    return int(worth)


def dual_of(
    orders: Orders,
    network: Network,
    parameters: CallParameters,
    book: Book,
    prices: Integers,
    flows: Columns,
) -> int:
    """What all orders and links could gain at these prices: no fills can be worth more.

    Summed by limbs, so that products of any size are exact.
    """
    price = prices[book.segment >> 1]
    gain = np.maximum(orders.side * (orders.price - price), 0)
    bound = exact_dot(gain, orders.quantity - book.taken)
    source, target = flow_ends(flows, network, book)
    capacity, cost = _of_links(flows, network, book)
    rise = np.maximum(prices[target] - prices[source] - cost, 0)
    return bound + exact_dot(rise, capacity)


def flow_ends(flows: Columns, network: Network, book: Book) -> tuple[Integers, Integers]:
    """Rows of the price table at both ends of each flow."""
    place = {name: i for i, name in enumerate(book.regions)}
    ends = []
    own = flows.text("instrument").codes.astype(np.int64) * len(book.regions)
    for name in ("source", "target"):
        text = flows.text(name)
        table = np.array([place[value] for value in text.values] or [0], np.int64)
        ends.append(own + table[text.codes])
    return ends[0], ends[1]


def _of_links(flows: Columns, network: Network, book: Book) -> tuple[Integers, Integers]:
    from yaosu.markets.mechanisms.call_problem import links_of

    links = [links_of(network, name) for name in book.instruments]
    rows = np.concatenate(links) if links else np.zeros(0, np.int64)
    return network.capacity[rows], network.cost[rows]
