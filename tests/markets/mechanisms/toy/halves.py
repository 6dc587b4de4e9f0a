"""Each seller sells half of what it offers, at its own limit, to whoever bids the most there.

A toy: the smallest file that is a mechanism. It shows what docs/how-to/add-a-mechanism.md tells,
and exists in the tests only. Regions do not touch each other.

Source: made up for this page; there is nothing behind it.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Integers, Maybe, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.call_curves import book_of, orders_digest
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


class HalvesParameters(Struct, frozen=True, kw_only=True):
    """``least_lots``: a half below it is not sold."""

    least_lots: int = 1

    @classmethod
    def of(cls, least_lots: int = 1) -> "HalvesParameters":
        """Checked parameters."""
        fits = isinstance(least_lots, int) and least_lots >= 1
        refuse_unless(
            fits,
            "markets.bad_parameter",
            name="least_lots",
            value=str(least_lots),
            expected="a whole number, at least 1",
        )
        return cls(least_lots=least_lots)


def clear_halves(orders: Orders, network: Network, parameters: HalvesParameters) -> Clearing:
    """Serve the dearest bid of each place from its cheapest offer, and stop."""
    orders.check()
    book = book_of(orders, network)
    lots = halves(orders, parameters)
    filled = np.flatnonzero(lots)
    nodes = len(book.instruments) * len(book.regions)
    price, traded = np.zeros(nodes, np.int64), np.zeros(nodes, bool)
    node = book.segment[filled] >> 1
    is_sell = orders.side[filled] < 0
    price[node[is_sell]] = orders.price[filled][is_sell]
    traded[node] = True
    welfare = int((orders.side * orders.price * lots).sum())
    return Clearing(
        mechanism="halves",
        prices=Columns.of(
            instrument=Text(
                book.instruments,
                np.repeat(np.arange(len(book.instruments), dtype=np.int32), len(book.regions)),
            ),
            region=Text(
                book.regions,
                np.tile(np.arange(len(book.regions), dtype=np.int32), len(book.instruments)),
            ),
            price=Maybe(price, traded),
            price_low=Maybe(price, traded),
            price_high=Maybe(price, traded),
            status=Text((NO_TRADE, TRADED), traded.astype(np.int32)),
            best_buy=Maybe(price, np.zeros(nodes, bool)),
            best_sell=Maybe(price, np.zeros(nodes, bool)),
        ),
        fills=Columns.of(row=filled, lots=lots[filled], price=price[node]),
        decremented=Columns.of(row=np.zeros(0, np.int64), lots=np.zeros(0, np.int64)),
        flows=no_flows(),
        welfare=welfare,
        volume=int(lots[orders.side > 0].sum()),
        certificate=Certificate(
            rule="halves/1",
            orders_digest=orders_digest(orders, book),
            network_digest=digest(encode(network)).hex(),
            parameters_digest=digest(encode(parameters)).hex(),
            primal=welfare,
            dual=welfare,
            proved=("halves",),
            not_proved=("bound",),
            regions=Columns.of(none=np.zeros(0, np.int64)),
            links=Columns.of(none=np.zeros(0, np.int64)),
        ),
    )


def verify_halves(
    orders: Orders, network: Network, clearing: Clearing, parameters: HalvesParameters
) -> None:
    """So small a rule is checked by making it again."""
    again = clear_halves(orders, network, parameters)
    same = encode(again) == encode(clearing)
    refuse_unless(same, "markets.certificate_shape", table="clearing", reason="it is another one")


def halves(orders: Orders, parameters: HalvesParameters) -> Integers:
    """Lots of each row."""
    lots = np.zeros(orders.rows, np.int64)
    places = list(zip(orders.instrument.tolist(), orders.region.tolist(), strict=True))
    for place in sorted(set(places)):
        rows = [i for i, own in enumerate(places) if own == place]
        key = [(int(orders.price[i]), int(orders.quantity[i]), i) for i in rows]
        bids = sorted((k for k in key if orders.side[k[2]] > 0), reverse=True)
        offers = sorted(k for k in key if orders.side[k[2]] < 0)
        if bids and offers and bids[0][0] >= offers[0][0]:
            given = min(bids[0][1], offers[0][1] // 2)
            if given >= parameters.least_lots:
                lots[bids[0][2]] = lots[offers[0][2]] = given
    return lots


def no_flows() -> Columns:
    """The table of flows of a mechanism that sends nothing."""
    names = ("lots", "shadow_price", "cost", "rent")
    texts = {name: Text.of([]) for name in ("instrument", "source", "target")}
    return Columns({**texts, **{name: np.zeros(0, np.int64) for name in names}})
