"""Small listings for the tests: one offer, some bids, told in a line."""

from typing import Any

import yaosu as ys
from yaosu.markets.clearing import Clearing
from yaosu.markets.orders import Orders

SEED = "5e" * 32
BidRow = tuple[Any, ...]  # party, price, and where wanted quantity and sequence


def listed(*bids: BidRow, start: int = 0, supply: int = 1, seller: str = "seller") -> Orders:
    """An offer of ``supply`` lots from ``start`` on, and bids as (party, price, lots, time)."""
    rows = [(bid[0], bid[1], *(bid[2:] or (supply,))) for bid in bids]
    rows = [row if len(row) > 3 else (*row, number) for number, row in enumerate(rows)]
    return Orders.from_columns(
        side=[-1] + [1] * len(rows),
        price=[start, *(row[1] for row in rows)],
        quantity=[supply, *(row[2] for row in rows)],
        party=[seller, *(row[0] for row in rows)],
        sequence=[0, *(row[3] for row in rows)],
    )


def many(profiles: list[tuple[int, ...]], supply: int = 1, start: int = 0) -> Orders:
    """One listing a profile of bids: bidder 0 bids first, each for one lot."""
    rows = [
        (str(number), 1, price, 1, f"bidder {bidder}", bidder)
        for number, profile in enumerate(profiles)
        for bidder, price in enumerate(profile)
    ]
    rows += [(str(number), -1, start, supply, "seller", 0) for number in range(len(profiles))]
    names = ("instrument", "side", "price", "quantity", "party", "sequence")
    columns: dict[str, Any] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return Orders.from_columns(**columns)


def cleared(orders: Orders, **terms: Any) -> Clearing:
    """Cleared and checked."""
    clearing = ys.clear(orders, mechanism="listing", **terms)
    ys.verify_clearing(orders, None, clearing, terms)
    return clearing


def paid(orders: Orders, clearing: Clearing) -> dict[str, tuple[int, int]]:
    """Winner -> lots, and the lowest price it pays."""
    assert orders.party is not None
    names = orders.party.tolist()
    result: dict[str, tuple[int, int]] = {}
    for row in clearing.details["awards"].iterate():
        lots, price = result.get(names[row["bid"]], (0, row["price"]))
        result[names[row["bid"]]] = lots + row["lots"], min(price, row["price"])
    return result


def won(orders: Orders, **terms: Any) -> dict[str, tuple[int, int]]:
    """Winner -> lots and price."""
    return paid(orders, cleared(orders, **terms))


def reason(orders: Orders, **terms: Any) -> str:
    """Why a listing of one place ended so."""
    (row,) = cleared(orders, **terms).details["outcome"].iterate()
    told: str = row["reason"]
    return told


def standings(orders: Orders, **terms: Any) -> list[str]:
    """What became of each bid, by row."""
    standing: list[str] = cleared(orders, **terms).details["ranking"].text("standing").tolist()
    return standing
