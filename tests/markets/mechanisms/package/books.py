"""Random package books, small ones with many ties and large ones as a market would send them."""

import numpy as np

from yaosu.kernel.columns import Text
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages


def small_book(seed: int) -> tuple[Packages, Network]:
    """Few packages, few places, small numbers: everything that can tie does."""
    chance = np.random.default_rng(seed)
    instruments = [f"i{at}" for at in range(int(chance.integers(1, 4)))]
    regions = [f"r{at}" for at in range(int(chance.integers(1, 4)))]
    rows = int(chance.integers(1, 14))
    limit, quantity, order, instrument, region, amount = [], [], [], [], [], []
    for row in range(rows):
        pairs = [(one, two) for one in instruments for two in regions]
        legs = int(chance.integers(1, min(4, len(pairs)) + 1))
        role = chance.choice([1, -1, 0], p=[0.45, 0.4, 0.15])
        worth = 0
        for at in chance.permutation(len(pairs))[:legs].tolist():
            lots = int(chance.integers(1, 4)) * (role or int(chance.choice([1, -1])))
            order.append(row)
            instrument.append(pairs[at][0])
            region.append(pairs[at][1])
            amount.append(lots)
            worth += 10 * lots
        limit.append(worth + int(chance.integers(-8, 9)))
        quantity.append(int(chance.integers(1, 7)))
    packages = Packages.from_columns(limit, quantity, order, instrument, amount, region)
    pairs = [(one, two) for one in regions for two in regions if one != two]
    links = [pair for pair in pairs if chance.random() < 0.6]
    network = Network.from_links(
        [one for one, _ in links],
        [two for _, two in links],
        capacity=chance.integers(0, 6, len(links)),
        cost=chance.integers(0, 4, len(links)),
        regions=regions,
    )
    return packages, network


def market_book(rows: int, places: int, seed: int) -> Packages:
    """Purchases, sales and swaps of one to five things around one price for each."""
    chance = np.random.default_rng(seed)
    base = np.exp(chance.normal(7, 0.8, places)) + 1
    role = chance.choice([1, -1, 0], rows, p=[0.52, 0.43, 0.05])
    legs = chance.integers(1, min(5, places) + 1, rows)
    order = np.repeat(np.arange(rows), legs)
    first = chance.integers(0, places, rows)
    within = np.arange(len(order)) - np.repeat(np.cumsum(legs) - legs, legs)
    place = (np.repeat(first, legs) + within) % places
    side = np.where(role[order] == 0, chance.choice([1, -1], len(order)), role[order])
    amount = chance.integers(1, 11, len(order)) * side
    worth = np.bincount(order, base[place] * amount)
    gross = np.bincount(order, base[place] * np.abs(amount))
    limit = np.rint(worth + gross * chance.normal(0, 0.2, rows)).astype(np.int64)
    names = tuple(f"g{at:04d}" for at in range(places))
    return Packages.from_columns(
        limit,
        1 + np.floor(chance.pareto(1.5, rows) * 5).clip(max=500).astype(np.int64),
        order,
        Text(names, place.astype(np.int32)),
        amount,
    )
