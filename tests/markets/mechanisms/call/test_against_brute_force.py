"""Small books against a naive oracle that tries everything."""

import pytest

from tests.markets.mechanisms.call.books import NAMES, as_network, as_orders, tiny
from tests.markets.mechanisms.call.helpers import lots_by_row, prices_by_region
from tests.markets.mechanisms.call.oracle import best_of
from yaosu.markets.mechanisms import clear, verify_clearing


def agrees_with_oracle(seed: int) -> bool:
    """Whether welfare, interval, volume, pro-rata totals and flows of one book are all exact."""
    rows, links, regions, taken = tiny(seed)
    orders, network = as_orders(rows), as_network(links, regions)
    parameters = {"price_takers": {NAMES[r]: price for r, price in taken.items()}}
    clearing = clear(orders, network, **parameters)
    verify_clearing(orders, network, clearing, parameters)
    best = best_of(rows, links, regions, taken)
    lots = lots_by_row(clearing, len(rows))
    bought, sold = [0] * regions, [0] * regions
    for row, filled in zip(rows, lots, strict=True):
        (bought if row[1] > 0 else sold)[row[0]] += filled
    found = (clearing.welfare, clearing.volume, bought, sold, clearing.flows["lots"].tolist())
    if found != (best.welfare, best.volume, best.bought, best.sold, best.flow):
        return False
    low, high = prices_by_region(clearing, "price_low"), prices_by_region(clearing, "price_high")
    mid = prices_by_region(clearing)
    for r in range(regions):
        ends = best.low[r], best.high[r]
        prices = low[NAMES[r]], high[NAMES[r]], mid[NAMES[r]]
        if mid[NAMES[r]] is not None and prices != (*ends, sum(ends) // 2):
            return False
    return True


@pytest.mark.parametrize("block", range(8))
def test_the_whole_rule_equals_brute_force_on_random_small_books(block: int) -> None:
    """Prices, volume, shares, whole lots and flows are those found by trying everything (S0-31)."""
    wrong = [s for s in range(40 * block, 40 * block + 40) if not agrees_with_oracle(s)]
    assert wrong == []


@pytest.mark.long
def test_the_whole_rule_equals_brute_force_on_many_books() -> None:
    """The same on ten thousand books."""
    assert [seed for seed in range(1000, 11_000) if not agrees_with_oracle(seed)] == []
