"""What holds of every book."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.helpers import lots_by_row, permuted, prices_by_region
from yaosu.kernel import compiled
from yaosu.kernel.canonical import encode
from yaosu.kernel.columns import concatenate
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

SEEDS = st.integers(0, 100_000)
SIZES = st.integers(1, 120)


@given(SEEDS, SIZES, st.integers(1, 7), st.sampled_from(["mid", "low", "high", "nearest"]))
@settings(max_examples=40, deadline=None)
def test_every_clearing_is_proved_by_its_certificate(
    seed: int, size: int, regions: int, rule: str
) -> None:
    """Under every price rule, with several instruments, parties and own crossings."""
    orders, network = random_market(seed, size, regions)
    references = dict.fromkeys(network.regions[::2], 95)
    parameters = {"price_rule": rule, "reference_prices": references}
    clearing = clear(orders, network, **parameters)
    assert clearing.certificate.primal == clearing.certificate.dual
    verify_clearing(orders, network, clearing, parameters)


@given(SEEDS, SIZES)
@settings(max_examples=25, deadline=None)
def test_permuting_rows_changes_nothing(seed: int, size: int) -> None:
    """Neither prices nor flows nor certificate move, and every order keeps its fill (S0-31)."""
    orders, network = random_market(seed, size)
    places = np.random.default_rng(seed).permutation(orders.rows)
    before, after = clear(orders, network), clear(permuted(orders, places), network)
    assert after.prices == before.prices
    assert after.flows == before.flows
    assert after.certificate == before.certificate
    lots = np.array(lots_by_row(before, orders.rows))
    assert lots_by_row(after, orders.rows) == lots[places].tolist()


@given(SEEDS, SIZES)
@settings(max_examples=25, deadline=None)
def test_no_fill_beyond_quantity_or_limit_and_nothing_is_lost(seed: int, size: int) -> None:
    """Every fill keeps to its order; every region balances; every gap is explained (S0-32)."""
    orders, network = random_market(seed, size)
    clearing = clear(orders, network)
    rows, lots = clearing.fills["row"], clearing.fills["lots"]
    price, side = clearing.fills["price"], orders.side[rows]
    assert (lots >= 1).all()
    assert (lots <= orders.quantity[rows]).all()
    assert (side * (orders.price[rows] - price) >= 0).all()
    left: dict[tuple[str, str], int] = {}
    names = zip(
        orders.instrument.take(rows).tolist(),
        orders.region.take(rows).tolist(),
        (-side * lots).tolist(),
        strict=True,
    )
    for instrument, region, amount in names:
        left[instrument, region] = left.get((instrument, region), 0) + amount
    prices = {(r["instrument"], r["region"]): r["price"] for r in clearing.prices.iterate()}
    cost = dict(
        zip(
            zip(network.source.tolist(), network.target.tolist(), strict=True),
            zip(network.cost.tolist(), network.capacity.tolist(), strict=True),
            strict=True,
        )
    )
    for flow in clearing.flows.iterate():
        source = flow["instrument"], flow["source"]
        target = flow["instrument"], flow["target"]
        left[source] = left.get(source, 0) - flow["lots"]
        left[target] = left.get(target, 0) + flow["lots"]
        unit, capacity = cost[flow["source"], flow["target"]]
        if prices[source] is None or prices[target] is None:
            assert flow["lots"] == 0
            continue
        gap = prices[target] - prices[source] - unit
        assert 0 <= flow["lots"] <= capacity
        if flow["lots"] < capacity:
            assert gap <= 0
            assert flow["shadow_price"] == 0
        else:
            assert flow["shadow_price"] == max(gap, 0)
        if flow["lots"] > 0:
            assert gap >= 0
    assert not any(left.values())


@given(SEEDS, st.integers(2, 60), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_splitting_an_order_gains_its_party_nothing(seed: int, size: int, pick: int) -> None:
    """Two halves with the same limit and arrival get together what the whole got (S2-26)."""
    orders, network = random_market(seed, size)
    row = pick % orders.rows
    quantity = int(orders.quantity[row])
    if quantity < 2:
        return
    columns = orders.columns
    part = columns.take(np.array([row]))
    half = quantity // 2
    quantities = columns["quantity"].copy()
    quantities[row] = quantity - half
    halves = concatenate(
        [columns.with_columns(quantity=quantities), part.with_columns(quantity=[half])]
    )
    whole = lots_by_row(clear(orders, network), orders.rows)
    split = lots_by_row(clear(Orders(halves), network), orders.rows + 1)
    party = orders.party
    assert party is not None
    members = [i for i, p in enumerate(party.tolist()) if p == party.tolist()[row]]
    assert sum(split[i] for i in members) + split[-1] == sum(whole[i] for i in members)
    others = [i for i in range(orders.rows) if i not in members]
    assert [split[i] for i in others] == [whole[i] for i in others]


@given(SEEDS, SIZES, st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_a_wash_pair_of_one_party_moves_nothing(seed: int, size: int, lots: int) -> None:
    """A bid high above and an offer far below the market, of a newcomer, cancel out."""
    orders, network = random_market(seed, size)
    columns = orders.columns
    pair = Orders.from_columns(
        [orders.instrument.tolist()[0]] * 2,
        [orders.region.tolist()[0]] * 2,
        side=[1, -1],
        price=[500, 1],
        quantity=[lots, lots],
        party=["wash", "wash"],
        sequence=[-2, -1],
    )
    both = Orders(concatenate([columns, pair.columns]))
    before, after = clear(orders, network), clear(both, network)
    assert after.prices == before.prices
    assert after.fills == before.fills
    assert after.flows == before.flows


@given(SEEDS, st.integers(10, 60), st.integers(0, 1000), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_a_mirror_order_in_another_region_gains_its_party_nothing_beyond_the_price(
    seed: int, size: int, pick: int, lots: int
) -> None:
    """Buying here and selling there at any price earns the gap of prices and no more.

    At the prices as they then are, the pair's trades are worth at most what the links between its
    regions earn a lot (cost and rent): no arbitrage that the links did not offer already (S2-26).
    """
    orders, network = random_market(seed, size, 4, 1)
    here, there = network.regions[pick % 4], network.regions[(pick // 4) % 4]
    pair = Orders.from_columns(
        ["i0", "i0"],
        [here, there],
        side=[1, -1],
        price=[500, 1],
        quantity=[lots, lots],
        party=["mirror", "mirror"],
        sequence=[-2, -1],
    )
    both = Orders(concatenate([orders.columns, pair.columns]))
    clearing = clear(both, network)
    verify_clearing(both, network, clearing)
    filled = lots_by_row(clearing, both.rows)[-2:]
    if here == there:
        assert filled == [0, 0]
        return
    price = prices_by_region(clearing)
    direct = {row["source"]: row for row in clearing.flows.iterate() if row["target"] == there}
    if 0 in filled or here not in direct:
        return
    charges = zip(network.source.tolist(), network.target.tolist(), strict=True)
    cost = dict(zip(charges, network.cost.tolist(), strict=True))[here, there]
    bought, sold = price[here], price[there]
    assert bought is not None
    assert sold is not None
    assert sold - bought <= cost + direct[here]["shadow_price"]


def test_with_compiled_code_off_the_bytes_are_the_same() -> None:
    """The plain twin of every kernel gives the same clearing, byte for byte."""
    markets = [random_market(seed, 40, 4) for seed in range(6)]
    was_enabled, root = compiled.is_enabled(), compiled._Setting.cache_root
    fast = [encode(clear(orders, network)) for orders, network in markets]
    try:
        compiled.configure(enabled=False, cache_root=root)
        plain = [encode(clear(orders, network)) for orders, network in markets]
    finally:
        compiled.configure(enabled=was_enabled, cache_root=root)
    assert plain == fast


def test_numbers_too_large_for_products_in_64_bits_still_divide_exactly() -> None:
    """Shares of a margin of 10**14 lots: products of two such numbers need 128 bits."""
    big = 10**14
    orders = Orders.from_columns(
        region=["a", "b", "c", "c"],
        side=[-1, -1, 1, 1],
        price=[5, 5, 9, 9],
        quantity=[big + 1, 2 * big, big, 7],
    )
    network = Network.from_links(["a", "b"], ["c", "c"], [3 * big, 3 * big])
    clearing = clear(orders, network)
    verify_clearing(orders, network, clearing)
    lots = lots_by_row(clearing, 4)
    total = big + 7
    exact = total * (big + 1) / (3 * big + 1)
    assert sum(lots[:2]) == total
    assert abs(lots[0] - exact) <= 1
