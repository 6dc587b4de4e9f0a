"""Random books over links with losses and ramps, and the same problem as a linear program."""

import itertools
from typing import Any

import numpy as np
import pytest

from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

LOSSES = ["0", "0.02", "0.1", "0.005", "0.25", "0.000001"]


def lossy_market(
    seed: int, *, losses: bool = True, ramps: bool = True, orders: int = 40
) -> tuple[Orders, Network, dict[str, Any]]:
    """Up to three periods over up to four regions; sometimes a price-taker."""
    chance = np.random.default_rng([seed, losses, ramps])
    regions = [f"r{i}" for i in range(int(chance.integers(2, 5)))]
    periods = [str(h) for h in range(8, 8 + int(chance.integers(1, 4)))]
    count = int(chance.integers(2, orders))
    busy = int(chance.integers(1, len(regions) + 1))
    book = Orders.from_columns(
        np.array(periods)[chance.integers(0, len(periods), count)],
        np.array(regions)[chance.integers(0, busy, count)],
        chance.choice([-1, 1], count),
        chance.integers(0, 40, count),
        chance.integers(1, 30, count),
        np.array(["p", "q", "s"])[chance.integers(0, 3, count)],
    )
    pairs = [(s, t) for s in regions for t in regions if s != t and chance.random() < 0.7]
    more: dict[str, Any] = {}
    if losses:
        more["loss"] = [str(chance.choice(LOSSES)) for _ in pairs]
    if ramps:
        more["ramp"] = chance.integers(0, 12, len(pairs))
    network = Network.from_links(
        [s for s, _ in pairs],
        [t for _, t in pairs],
        chance.integers(0, 30, len(pairs)),
        chance.integers(0, 4, len(pairs)),
        regions=regions,
        fee=chance.integers(0, 2, len(pairs)),
        **more,
    )
    parameters: dict[str, Any] = {"price_rule": str(chance.choice(["low", "mid", "high"]))}
    if chance.random() < 0.25:
        parameters["price_takers"] = {regions[-1]: int(chance.integers(0, 40))}
    return book, network, parameters


def best_welfare(orders: Orders, network: Network, parameters: dict[str, Any]) -> float:
    """Greatest welfare less fees in fractions of lots, as HiGHS finds it."""
    highspy = pytest.importorskip("highspy")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    periods = sorted(set(orders.instrument.tolist()), key=int)
    names = list(network.regions)
    row_of = {(h, r): i for i, (h, r) in enumerate((h, r) for h in periods for r in names)}
    for _ in row_of:
        solver.addRow(0, 0, 0, np.empty(0, np.int32), np.empty(0))
    taken = [int(a or b) for a, b in zip(own_crossings(orders), [0] * orders.rows, strict=True)]
    columns = zip(
        orders.instrument.tolist(),
        orders.region.tolist(),
        orders.side.tolist(),
        orders.price.tolist(),
        orders.quantity.tolist(),
        taken,
        strict=True,
    )
    for period, region, side, price, lots, off in columns:
        row = np.array([row_of[period, region]], np.int32)
        solver.addCol(-side * price, 0, lots - off, 1, row, np.array([-float(side)]))
    for region, price in parameters.get("price_takers", {}).items():
        for period in periods:
            row = np.array([row_of[period, region]], np.int32)
            solver.addCol(price, -highspy.kHighsInf, highspy.kHighsInf, 1, row, np.array([1.0]))
    place: dict[tuple[str, str, str], int] = {}
    links = network.links.iterate()
    for link in list(links):
        for period in periods:
            ends = [row_of[period, link["source"]], row_of[period, link["target"]]]
            kept = 1 - link.get("loss_ppm", 0) / 1e6
            place[period, link["source"], link["target"]] = solver.getNumCol()
            charge = link["cost"] + link.get("fee", 0)
            values = np.array([-1.0, kept])
            solver.addCol(charge, 0, link["capacity"], 2, np.array(ends, np.int32), values)
    if "ramp" in network.links:
        limits = {
            (link["source"], link["target"]): link["ramp"] for link in network.links.iterate()
        }
        for before, now in itertools.pairwise(periods):
            for (s, t), limit in limits.items():
                terms = [(place[now, s, t], 1.0), (place[before, s, t], -1.0)]
                if (t, s) in limits:
                    terms += [(place[now, t, s], -1.0), (place[before, t, s], 1.0)]
                index = np.array([k for k, _ in terms], np.int32)
                values = np.array([v for _, v in terms])
                solver.addRow(-limit, limit, len(terms), index, values)
    solver.run()
    return -float(solver.getInfo().objective_function_value)


def own_crossings(orders: Orders) -> list[int]:
    """Lots that parties' own orders take off each other."""
    from yaosu.markets.mechanisms.call_curves import book_of

    return book_of(orders, Network.alone(*orders.region.values)).taken.tolist()
