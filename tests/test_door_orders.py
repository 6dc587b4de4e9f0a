"""The door refuses what is no orders, whatever else it was given."""

import pytest

import yaosu as ys
from tests.markets.mechanisms.call.books import random_market
from yaosu.kernel.refusal import Refusal


@pytest.mark.parametrize("orders", [None, 1, "orders", {"price": [1]}, [[1, 2]]])
def test_what_is_no_orders_is_refused_by_name(orders: object) -> None:
    given, network = random_market(1)
    clearing = ys.clear(given, network)
    for ask in (
        lambda: ys.clear(orders),  # type: ignore[arg-type]  # as a caller may get it wrong
        lambda: ys.clear(orders, network),  # type: ignore[arg-type]  # as above
        lambda: ys.verify_clearing(orders, None, clearing),  # type: ignore[arg-type]  # as above
    ):
        with pytest.raises(Refusal, match=r"kernel\.wrong_type.*Orders, Packages or Choices"):
            ask()
