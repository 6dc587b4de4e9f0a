"""One small auction of every kind: orders, network, parameters, blocks, and its clearing.

A kind is a mechanism, or a way of the call auction that has a certificate of its own.
"""

from typing import Any, NamedTuple

import numpy as np
from msgspec import structs

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.lossy import lossy_market
from tests.markets.mechanisms.indivisible.books import small_book as whole_book
from tests.markets.mechanisms.matching.markets import random_market as random_choices
from tests.markets.mechanisms.package.books import market_book, small_book
from yaosu.door import use_compiled_code
from yaosu.kernel.canonical import digest, encode
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.mechanisms.call_block_orders import Blocks
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

SEED = {"seed": "07" * 32}


class Auction(NamedTuple):
    """What is cleared, and how."""

    mechanism: str
    orders: Any
    network: Network
    parameters: dict[str, Any]
    blocks: Blocks | None = None

    def clear(self) -> Clearing:
        """The clearing."""
        return clear(
            self.orders, self.network, self.mechanism, blocks=self.blocks, **self.parameters
        )

    def verify(self, clearing: Clearing) -> None:
        """Return if the certificate proves it, else refuse."""
        verify_clearing(self.orders, self.network, clearing, self.parameters, self.blocks)

    def with_orders(self, orders: Any) -> "Auction":
        """The same of other orders."""
        return self._replace(orders=orders)


def call() -> Auction:
    """Two instruments over a ring of five regions, free and full links, fees and owners."""
    orders, _ = random_market(3, 60, 5)
    names = [f"r{i}" for i in range(5)]
    ring = [(names[i], names[(i + 1) % 5]) for i in range(5)]
    pairs = ring + [(b, a) for a, b in ring]
    network = Network.from_links(
        [a for a, _ in pairs],
        [b for _, b in pairs],
        [4, 100, 3, 100, 100] * 2,
        [0, 1, 0, 2, 0] * 2,
        fee=[1, 0, 0, 1, 0] * 2,
        rent_owner=["grid", "rail"] * 5,
        regions=orders.region.values,
    )
    return Auction("call", orders, network, {})


def call_exact() -> Auction:
    """Links with losses and ramps, cleared in fractions."""
    orders, network, parameters = lossy_market(69)
    owner = ["grid", "rail"] * network.links.rows
    links = network.links.with_columns(rent_owner=owner[: network.links.rows])
    return Auction("call", orders, structs.replace(network, links=links), parameters)


def call_blocks() -> Auction:
    """Blocks of each status beside plain orders, over two regions."""
    orders = Orders.from_columns(
        region=["a", "a", "b", "b", "a", "b"],
        side=[-1, -1, 1, 1, 1, -1],
        price=[20, 45, 50, 30, 44, 48],
        quantity=[8, 20, 10, 10, 3, 4],
        party=["p", "q", "s", "p", "t", "q"],
    )
    blocks = Blocks.from_columns(
        block=["plant", "peaker", "mill", "mill"],
        instrument=["only"] * 4,
        region=["a", "a", "a", "b"],
        side=[-1, -1, 1, 1],
        price=[40, 40, 60, 60],
        quantity=[10, 10, 1, 1],
        ratio={"peaker": "0.1"},
    )
    network = Network.from_links(["a", "b"], ["b", "a"], [9, 9], [1, 1], rent_owner=["g", "h"])
    return Auction("call", orders, network, {}, blocks)


def package() -> Auction:
    """Divisible packages over three regions with links, some of them full."""
    return Auction("package", *small_book(51), {})


def package_many() -> Auction:
    """Enough packages that fills are in parts and prices in sub-ticks."""
    packages = market_book(300, 12, 1)
    return Auction("package", packages, Network.alone(*packages.legs.text("region").values), {})


def package_whole() -> Auction:
    """All or nothing, each accepted package paying its limit."""
    return Auction("package-all-or-nothing", *whole_book(10), {"effort": 1})


def package_supported() -> Auction:
    """All or nothing, at prices that support what is accepted."""
    return Auction("package-all-or-nothing", *whole_book(10), {"mode": "uniform", "effort": 1})


def matching() -> Auction:
    """People and posts."""
    return Auction("matching", random_choices(3, people=20, posts=4).choices, Network.alone(), SEED)


def negotiated() -> Auction:
    """Two deals that both sides say alike, and one they do not."""
    orders = Orders.from_columns(
        side=[1, -1] * 3,
        price=[60, 60, 50, 50, 7, 8],
        quantity=[9, 9, 4, 4, 3, 3],
        party=["a", "b", "c"] * 2,
        sequence=[1, 1, 2, 2, 3, 3],
    )
    return Auction("negotiated", orders, Network.alone("only"), {})


def plain(mechanism: str) -> Auction:
    """A mechanism that takes plain orders."""
    return Auction(mechanism, *random_market(4, 30, 3), {})


KINDS: dict[str, Any] = {
    "call": call,
    "call-exact": call_exact,
    "call-blocks": call_blocks,
    "package": package,
    "package-many": package_many,
    "package-whole": package_whole,
    "package-supported": package_supported,
    "matching": matching,
    "continuous": lambda: plain("continuous"),
    "credit": lambda: plain("credit"),
    "listing": lambda: plain("listing"),
    "negotiated": negotiated,
    "posted": lambda: plain("posted"),
}


def digests() -> dict[str, str]:
    """Of each kind: the digest of the canonical bytes of its clearing, as this process makes it."""
    use_compiled_code()
    return {name: digest(encode(kind().clear())).hex() for name, kind in sorted(KINDS.items())}


def rows_of(orders: Any) -> list[Any]:
    """The orders with one row dropped, with one doubled, and with one altered."""
    if isinstance(orders, Orders):
        every = np.arange(orders.rows)
        price = orders.price.copy()
        price[1] += 1
        return [
            Orders(orders.columns.take(every[1:])),
            Orders(orders.columns.take(np.append(every, 0))),
            Orders(orders.columns.with_columns(price=price)),
        ]
    if isinstance(orders, Packages):
        return [_without_first(orders), _doubled(orders), _dearer(orders)]
    every = np.arange(orders.rows)
    score = orders.choices["score"].copy()
    score[0] += 1
    return [
        structs.replace(orders, choices=orders.choices.take(every[1:])),
        structs.replace(orders, choices=orders.choices.with_columns(score=score)),
        structs.replace(
            orders, seats=orders.seats.with_columns(seats=orders.seats["seats"] + every[:1] + 1)
        ),
    ]


def _without_first(packages: Packages) -> Packages:
    legs = packages.legs
    kept = legs.take(legs["order"] > 0)
    rows = packages.columns.take(np.arange(1, packages.rows))
    return structs.replace(packages, columns=rows, legs=kept.with_columns(order=kept["order"] - 1))


def _doubled(packages: Packages) -> Packages:
    legs = packages.legs
    chosen = np.append(np.arange(legs.rows), np.flatnonzero(legs["order"] == 0))
    order = np.append(legs["order"], np.full(int((legs["order"] == 0).sum()), packages.rows))
    rows = packages.columns.take(np.append(np.arange(packages.rows), 0))
    return structs.replace(packages, columns=rows, legs=legs.take(chosen).with_columns(order=order))


def _dearer(packages: Packages) -> Packages:
    limit = packages.columns["limit"].copy()
    limit[0] += 1
    return structs.replace(packages, columns=packages.columns.with_columns(limit=limit))
