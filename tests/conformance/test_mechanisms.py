"""What every mechanism of the table must keep."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.matching.markets import random_market as random_choices
from yaosu.kernel.canonical import decode, digest, encode
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import MECHANISMS, clear, verify_clearing
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

ALL = sorted(MECHANISMS)
PRICED = [name for name in ALL if name != "matching"]
SEED = {"seed": "07" * 32}


def book(name: str, seed: int) -> tuple[Any, Network, dict[str, Any]]:
    """What a mechanism is tried on: orders, network, parameters."""
    if name == "matching":
        return random_choices(seed, people=40, posts=6).choices, Network.alone(), SEED
    return *random_market(seed), {}


@pytest.mark.parametrize("name", ALL)
def test_a_mechanism_is_one_row_of_the_table_with_a_sentence(name: str) -> None:
    """Found by name, cleared through one interface (S0-30)."""
    assert MECHANISMS[name].sentence.endswith(".")
    orders, network, parameters = book(name, 1)
    assert clear(orders, network, name, **parameters).mechanism == name


@pytest.mark.parametrize("name", ALL)
def test_a_mechanism_refuses_orders_of_another_kind(name: str) -> None:
    takes = MECHANISMS[name].takes
    for other in (Orders, Packages, Choices):
        if other not in takes:
            with pytest.raises(Refusal) as caught:
                clear(EMPTY[other](), Network.alone(), name)
            assert caught.value.code == "markets.wrong_kind_of_orders"


@pytest.mark.parametrize("name", ALL)
def test_a_clearing_survives_its_canonical_bytes_and_is_still_proved(name: str) -> None:
    """What is journalled can be read back and checked by anyone."""
    orders, network, parameters = book(name, 2)
    clearing = clear(orders, network, name, **parameters)
    again = decode(encode(clearing), Clearing)
    assert again == clearing
    verify_clearing(orders, network, again, parameters)


@pytest.mark.parametrize("name", ALL)
def test_a_mechanism_is_pure(name: str) -> None:
    """Same orders, same bytes; the orders are not touched."""
    orders, network, parameters = book(name, 3)
    before = digest(encode(orders))
    first, second = (clear(orders, network, name, **parameters) for _ in range(2))
    assert encode(first) == encode(second)
    assert digest(encode(orders)) == before


@pytest.mark.parametrize("name", PRICED)
def test_fills_keep_to_their_orders(name: str) -> None:
    """Within quantity and limit, at whole ticks and lots."""
    orders, network = random_market(4)
    fills = clear(orders, network, name).fills
    rows = fills["row"]
    assert (fills["lots"] >= 1).all()
    assert (fills["lots"] <= orders.quantity[rows]).all()
    assert (orders.side[rows] * (orders.price[rows] - fills["price"]) >= 0).all()


@pytest.mark.parametrize("name", ALL)
def test_the_row_of_an_order_is_only_its_name(name: str) -> None:
    """Turned round, the book clears the same (S0-31)."""
    orders, network, parameters = book(name, 5)
    first = clear(orders, network, name, **parameters)
    second = clear(turned(orders), network, name, **parameters)
    assert first.prices == second.prices
    assert first.certificate == second.certificate
    assert sorted(orders.rows - 1 - first.fills["row"]) == sorted(second.fills["row"])


def turned(orders: Any) -> Any:
    """The same, the last row first; people's ranks say what the order of rows said before."""
    if isinstance(orders, Orders):
        return Orders(orders.columns.take(np.arange(orders.rows)[::-1]))
    ranked = orders.choices.with_columns(rank=np.arange(orders.rows))
    return Choices.of(ranked.take(np.arange(orders.rows)[::-1]), orders.seats, orders.members)


@pytest.mark.parametrize("name", ALL)
def test_another_book_is_refused_with_the_same_clearing(name: str) -> None:
    """A clearing belongs to the orders it was made from."""
    orders, network, parameters = book(name, 6)
    other, _, _ = book(name, 7)
    with pytest.raises(Refusal) as caught:
        verify_clearing(other, network, clear(orders, network, name, **parameters), parameters)
    assert caught.value.code == "markets.certificate_digest"


EMPTY: dict[type, Callable[[], Any]] = {
    Orders: lambda: Orders.from_columns(side=[], price=[], quantity=[]),
    Packages: lambda: Packages.from_columns([], [], [], [], []),
    Choices: lambda: random_choices(0, people=0).choices,
}
