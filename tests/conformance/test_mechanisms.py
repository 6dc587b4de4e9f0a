"""What every mechanism of the table must keep."""

import numpy as np
import pytest

from tests.markets.mechanisms.call.books import random_market
from yaosu.kernel.canonical import decode, digest, encode
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import MECHANISMS, clear, verify_clearing
from yaosu.markets.orders import Orders

ALL = sorted(MECHANISMS)


@pytest.mark.parametrize("name", ALL)
def test_a_mechanism_is_one_row_of_the_table_with_a_sentence(name: str) -> None:
    """Found by name, priced through one interface (S0-30)."""
    assert MECHANISMS[name].sentence.endswith(".")
    orders, network = random_market(1)
    assert clear(orders, network, name).mechanism == name


@pytest.mark.parametrize("name", ALL)
def test_a_clearing_survives_its_canonical_bytes_and_is_still_proved(name: str) -> None:
    """What is journalled can be read back and checked by anyone."""
    orders, network = random_market(2)
    clearing = clear(orders, network, name)
    again = decode(encode(clearing), Clearing)
    assert again == clearing
    verify_clearing(orders, network, again)


@pytest.mark.parametrize("name", ALL)
def test_a_mechanism_is_pure(name: str) -> None:
    """Same orders, same bytes; the orders are not touched."""
    orders, network = random_market(3)
    before = digest(encode(orders))
    first, second = clear(orders, network, name), clear(orders, network, name)
    assert encode(first) == encode(second)
    assert digest(encode(orders)) == before


@pytest.mark.parametrize("name", ALL)
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
    orders, network = random_market(5)
    turned = Orders(orders.columns.take(np.arange(orders.rows)[::-1]))
    first, second = clear(orders, network, name), clear(turned, network, name)
    assert first.prices == second.prices
    assert first.certificate == second.certificate


@pytest.mark.parametrize("name", ALL)
def test_another_book_is_refused_with_the_same_clearing(name: str) -> None:
    """A clearing belongs to the orders it was made from."""
    orders, network = random_market(6)
    other, _ = random_market(7)
    with pytest.raises(Refusal) as caught:
        verify_clearing(other, network, clear(orders, network, name))
    assert caught.value.code == "markets.certificate_digest"
