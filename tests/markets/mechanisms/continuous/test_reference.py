"""The plainest book there is, a list of orders a side, gives the same trades under every mode."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.mechanisms.continuous.flows import Row, cancel, matrix, new, opened, trades
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_feed import FEED_COLUMNS, FeedBook

Trade = tuple[int, int, int, int]  # maker, taker, price, lots


class Reference:
    """Orders in lists; every step looks at all of them."""

    def __init__(self, prevention: str) -> None:
        self.prevention = prevention
        self.standing: list[list[int]] = []  # order, side, price, lots, group: by arrival
        self.trades: list[Trade] = []

    def order(self, order: int, side: int, price: int | None, lots: int, group: int) -> None:
        while lots:
            others = [o for o in self.standing if o[1] == -side]
            if price is not None:
                others = [o for o in others if (o[2] - price) * side <= 0]
            if not others:
                break
            best = min(others, key=lambda o: o[2] * side)  # the first of the best price
            both = min(lots, best[3])
            if self.prevention != "none" and group and best[4] == group:
                mine, yours = {
                    "cancel_taker": (lots, 0),
                    "cancel_maker": (0, best[3]),
                    "cancel_both": (lots, best[3]),
                    "decrement": (both, both),
                }[self.prevention]
            else:
                mine = yours = both
                self.trades.append((best[0], order, best[2], both))
            lots -= mine
            best[3] -= yours
            self.standing = [o for o in self.standing if o[3]]
        if lots and price is not None:
            self.standing.append([order, side, price, lots, group])

    def cancel(self, order: int) -> None:
        self.standing = [o for o in self.standing if o[0] != order]


def flow(seed: int, count: int) -> list[Row]:
    """Limits, market orders, and cancels of which many come too late."""
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    order = 0
    for _ in range(count):
        if chance.random() < 0.3 and order:
            rows.append(cancel(int(chance.integers(1, order + 1))))
            continue
        order += 1
        side = 1 if chance.random() < 0.5 else -1
        price = 100 - side * int(chance.integers(-4, 8))
        is_market = chance.random() < 0.15
        rows.append(
            new(
                order, side, 0 if is_market else price, int(chance.integers(1, 20)),
                kind=c.MARKET if is_market else c.LIMIT, tif=c.IOC if is_market else c.GTC,
                group=int(chance.integers(0, 5)),
            )
        )  # fmt: skip
    return rows


def reference_of(rows: list[Row], prevention: str) -> Reference:
    book = Reference(prevention)
    for row in rows:
        if row[c.C_KIND] == c.CANCEL:
            book.cancel(row[c.C_ORDER])
        else:
            price = None if row[c.C_TYPE] == c.MARKET else row[c.C_PRICE]
            book.order(row[c.C_ORDER], row[c.C_SIDE], price, row[c.C_QUANTITY], row[c.C_GROUP])
    return book


@pytest.mark.parametrize("prevention", c.PREVENTIONS)
@pytest.mark.parametrize("is_plain", [False, True])
@settings(max_examples=10)
@given(st.integers(0, 10**9))
def test_trades_are_those_of_the_plainest_book(prevention: str, is_plain: bool, seed: int) -> None:
    rows = flow(seed, 150)
    expected = reference_of(rows, prevention)
    book = opened(is_plain=is_plain, prevention=prevention)
    assert trades(book.run(matrix(rows))) == expected.trades
    standing = [(o["order"], o["price"], o["open"]) for o in book.snapshot().orders.iterate()]
    assert sorted(standing) == sorted((o[0], o[2], o[3]) for o in expected.standing)


@given(st.integers(0, 10**9), st.sampled_from(c.PREVENTIONS))
def test_a_file_of_orders_is_cleared_into_its_trades_and_its_feed(
    seed: int, prevention: str
) -> None:
    """`ys.clear` with mechanism continuous: orders one after the other, in order of sequence."""
    rows = [row for row in flow(seed, 60) if row[c.C_KIND] == c.NEW and row[c.C_TYPE] == c.LIMIT]
    for row in rows:
        row[c.C_GROUP] += 1  # every order has a party here
    expected = reference_of(rows, prevention)
    chance = np.random.default_rng(seed)
    place = chance.permutation(len(rows))  # where an order stands in the file says nothing
    given_rows = [rows[at] for at in place]
    orders = ys.Orders.from_columns(
        side=[row[c.C_SIDE] for row in given_rows],
        price=[row[c.C_PRICE] for row in given_rows],
        quantity=[row[c.C_QUANTITY] for row in given_rows],
        party=[f"p{row[c.C_GROUP]}" for row in given_rows],
        sequence=[row[c.C_ORDER] for row in given_rows],
    )
    clearing = ys.clear(orders, None, "continuous", prevention=prevention)
    ys.verify_clearing(orders, None, clearing, {"prevention": prevention})
    number = [row[c.C_ORDER] for row in given_rows]
    made = [
        (number[t["buy_row"]], number[t["sell_row"]], t["price"], t["lots"])
        for t in clearing.details["trades"].iterate()
    ]
    side = {row[c.C_ORDER]: row[c.C_SIDE] for row in rows}
    wanted = [
        (maker, taker, price, lots) if side[maker] > 0 else (taker, maker, price, lots)
        for maker, taker, price, lots in expected.trades
    ]
    assert made == wanted
    rebuilt = FeedBook()
    rebuilt.take(clearing.details["feed"])
    assert sum(lots for *_, lots in rebuilt.rows()) == sum(o[3] for o in expected.standing)
    assert set(FEED_COLUMNS) < set(clearing.details["feed"].names)
