"""Random books of packages that are accepted whole or not at all, small enough for an oracle."""

import numpy as np

from yaosu.markets.network import Network
from yaosu.markets.packages import Packages


def small_book(seed: int, rows_max: int = 14) -> tuple[Packages, Network]:
    """At most 14 packages over at most four places, with groups, minima and perhaps a link."""
    chance = np.random.default_rng(seed)
    places = [(f"i{at}", "east") for at in range(int(chance.integers(1, 4)))]
    has_link = chance.random() < 0.3
    if has_link:
        places.append(("i0", "west"))
    rows = int(chance.integers(2, rows_max + 1))
    limit, quantity, minimum, group, order, legs = [], [], [], [], [], []
    for row in range(rows):
        side = int(chance.choice([1, -1]))
        worth = 0
        for at in chance.permutation(len(places))[: int(chance.integers(1, 3))].tolist():
            amount = side * int(chance.integers(1, 4))
            order.append(row)
            legs.append((*places[at], amount))
            worth += 10 * amount
        limit.append(worth + int(chance.integers(-6, 9)))
        quantity.append(int(chance.choice([1, 1, 1, 2])))
        minimum.append(int(chance.integers(1, quantity[-1] + 1)))
        group.append(f"g{int(chance.integers(0, 4))}" if chance.random() < 0.5 else "")
    packages = Packages.from_columns(
        limit,
        quantity,
        order,
        [leg[0] for leg in legs],
        [leg[2] for leg in legs],
        region=[leg[1] for leg in legs],
        group=group,
        minimum=minimum,
    )
    if has_link:
        return packages, Network.from_links(["west"], ["east"], [2], [1])
    return packages, Network.alone("east")


def grid_book(rows: int, seed: int) -> Packages:
    """Buyers of neighbouring instruments, sellers of one or two, up to three alternatives each."""
    chance = np.random.default_rng(seed)
    places = max(8, rows // 10)
    base = np.rint(np.exp(chance.normal(7, 0.5, places))).astype(np.int64) + 1
    limit, group, order, instrument, amount = [], [], [], [], []
    while len(limit) < rows:
        sells = chance.random() < 0.4
        name = f"g{len(limit)}"
        for _ in range(min(int(chance.integers(1, 4)), rows - len(limit))):
            first, size = int(chance.integers(places)), int(chance.integers(1, 3 if sells else 6))
            worth = 0
            for at in range(size):
                lots = int(chance.integers(2, 9)) if sells else int(chance.integers(1, 5))
                order.append(len(limit))
                instrument.append(f"i{(first + at) % places}")
                amount.append(-lots if sells else lots)
                worth += lots * int(base[(first + at) % places])
            worth = int(worth * np.exp(chance.normal(0, 0.2)))
            limit.append(-worth if sells else worth)
            group.append(name)
    return Packages.from_columns(
        limit, np.ones(rows, np.int64), order, instrument, amount, group=group
    )
