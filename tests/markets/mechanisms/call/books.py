"""Random small books for the tests of the call auction."""

from typing import Any

import numpy as np

from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

NAMES = ("a", "b", "c", "d", "e", "f")


def tiny(seed: int) -> tuple[list[Any], list[Any], int, dict[int, int]]:
    """Rows, links, number of regions and price-takers: small enough to try everything."""
    chance = np.random.default_rng(seed)
    regions = int(chance.integers(1, 4))
    top = int(chance.integers(2, 7))
    rows = [
        (
            int(chance.integers(regions)),
            int(chance.choice([-1, 1])),
            int(chance.integers(-1, top)),
            int(chance.integers(1, 4)),
        )
        for _ in range(int(chance.integers(1, 8)))
    ]
    pairs = [(s, t) for s in range(regions) for t in range(regions) if s != t]
    links = [
        (s, t, int(chance.integers(0, 4)), int(chance.choice([0, 0, 1, 2])))
        for s, t in pairs
        if chance.random() < 0.75
    ][:4]
    taken = {}
    if regions > 1 and chance.random() < 0.25:
        taken = {int(chance.integers(regions)): int(chance.integers(-1, top))}
    return rows, links, regions, taken


def as_orders(rows: list[Any], **more: Any) -> Orders:
    """Rows as orders."""
    return Orders.from_columns(
        region=[NAMES[row[0]] for row in rows],
        side=[row[1] for row in rows],
        price=[row[2] for row in rows],
        quantity=[row[3] for row in rows],
        **more,
    )


def as_network(links: list[Any], regions: int) -> Network:
    """Links as a network."""
    return Network.from_links(
        [NAMES[link[0]] for link in links],
        [NAMES[link[1]] for link in links],
        [link[2] for link in links],
        [link[3] for link in links],
        regions=NAMES[:regions],
    )


def random_market(
    seed: int, orders: int = 60, regions: int = 5, instruments: int = 2
) -> tuple[Orders, Network]:
    """A book with many ties, over several instruments, with parties and sequence."""
    chance = np.random.default_rng(seed)
    names = np.array([f"r{i}" for i in range(regions)])
    pairs = [(s, t) for s in range(regions) for t in range(regions) if s != t]
    kept = [pair for pair in pairs if chance.random() < 0.5]
    network = Network.from_links(
        [names[s] for s, _ in kept],
        [names[t] for _, t in kept],
        chance.integers(0, 40, len(kept)),
        chance.integers(0, 3, len(kept)),
        regions=names.tolist(),
    )
    book = Orders.from_columns(
        instrument=np.array([f"i{i}" for i in range(instruments)])[
            chance.integers(0, instruments, orders)
        ],
        region=names[chance.integers(0, regions, orders)],
        side=chance.choice([-1, 1], orders),
        price=chance.integers(90, 100, orders),
        quantity=chance.integers(1, 30, orders),
        party=np.array([f"p{i}" for i in range(12)])[chance.integers(0, 12, orders)],
        sequence=chance.permutation(orders),
    )
    return book, network
