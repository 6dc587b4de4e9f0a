"""A clearing with one number changed is not accepted."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.helpers import changed, with_table
from yaosu.kernel.columns import Columns, concatenate
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

SEEDS = range(4)


def market(seed: int) -> tuple[Orders, Network, Clearing]:
    """A random market and its clearing."""
    orders, network = random_market(seed, 80, 5)
    return orders, network, clear(orders, network)


def refused(orders: Orders, network: Network, clearing: Clearing, parameters: object = None) -> str:
    """The code with which the check refuses; a failure where it does not."""
    with pytest.raises(Refusal) as caught:
        verify_clearing(orders, network, clearing, parameters)
    assert caught.value.code.startswith("markets.certificate_")
    return caught.value.code


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_moved_inside_its_interval_is_rejected(seed: int) -> None:
    """Every such price proves the same welfare; only the rule tells them apart."""
    orders, network, clearing = market(seed)
    moved = 0
    for row, old in enumerate(clearing.prices.iterate()):
        if old["price"] is None:
            continue
        for price in {old["price_low"], old["price"] + 1, old["price_high"]} - {old["price"]}:
            prices = changed(clearing.prices, "price", row, price)
            refused(orders, network, with_table(clearing, "prices", prices))
            # and with everything that follows from the price changed with it
            false = with_table(clearing, "prices", prices)
            regions = changed(clearing.certificate.regions, "support", row, price)
            false = with_table(false, "regions", regions)
            names = zip(orders.instrument.tolist(), orders.region.tolist(), strict=True)
            here = np.array([name == (old["instrument"], old["region"]) for name in names])
            paid = np.where(here[clearing.fills["row"]], price, clearing.fills["price"])
            false = with_table(false, "fills", clearing.fills.with_columns(price=paid))
            refused(orders, network, false)
            moved += 1
    assert moved


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ends_of_an_interval_cannot_be_moved(seed: int) -> None:
    """Low and high are pinned by their forests."""
    orders, network, clearing = market(seed)
    for row, old in enumerate(clearing.prices.iterate()):
        for name in ("price_low", "price_high", "best_buy", "best_sell"):
            if old[name] is not None:
                for step in (-1, 1):
                    prices = changed(clearing.prices, name, row, old[name] + step)
                    refused(orders, network, with_table(clearing, "prices", prices))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lot_moved_between_orders_is_rejected(seed: int) -> None:
    """From any filled order to any other of its side: tied, another party, another region."""
    orders, network, clearing = market(seed)
    lots = np.zeros(orders.rows, np.int64)
    lots[clearing.fills["row"]] = clearing.fills["lots"]
    prices = {(r["instrument"], r["region"]): r["price"] for r in clearing.prices.iterate()}
    names = list(zip(orders.instrument.tolist(), orders.region.tolist(), strict=True))
    moved = 0
    for giver in np.flatnonzero(lots).tolist():
        for taker in range(orders.rows):
            fits = orders.side[giver] == orders.side[taker] and giver != taker
            is_priced = prices[names[taker]] is not None
            if fits and is_priced and lots[taker] < orders.quantity[taker]:
                false = lots.copy()
                false[giver] -= 1
                false[taker] += 1
                rows = np.flatnonzero(false)
                fills = Columns.of(
                    row=rows,
                    lots=false[rows],
                    price=np.array([prices[names[r]] for r in rows.tolist()], np.int64),
                )
                refused(orders, network, with_table(clearing, "fills", fills))
                moved += 1
    assert moved


def circle(seed: int) -> tuple[Orders, Network, Clearing]:
    """A market on a ring of free links both ways, where flows have many ways to go wrong."""
    orders, _ = random_market(seed, 60, 5, 1)
    names = [f"r{i}" for i in range(5)]
    ring = [(names[i], names[(i + 1) % 5]) for i in range(5)]
    pairs = ring + [(b, a) for a, b in ring]
    network = Network.from_links([a for a, _ in pairs], [b for _, b in pairs], [100] * 10)
    return orders, network, clear(orders, network)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_round_a_cycle_or_both_ways_is_rejected(seed: int) -> None:
    """Balances hold and welfare is the same, yet it is not the least flow."""
    orders, network, clearing = circle(seed)
    flows = clearing.flows
    ends = list(zip(flows.text("source").tolist(), flows.text("target").tolist(), strict=True))
    forward = np.array([(int(b[1]) - int(a[1])) % 5 == 1 for a, b in ends])
    for more in (forward, ~forward):
        refused(
            orders,
            network,
            with_table(
                clearing, "flows", flows.with_columns(lots=flows["lots"] + more.astype(np.int64))
            ),
        )
    for k, (a, b) in enumerate(ends):
        both = flows["lots"].copy()
        both[k] += 1
        both[ends.index((b, a))] += 1
        false = flows.with_columns(lots=both)
        refused(orders, network, with_table(clearing, "flows", false))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_of_the_flow_table_is_pinned(seed: int) -> None:
    """Lots, shadow price, cost and rent, one up and one down; a shadow price doubled."""
    orders, network, clearing = market(seed)
    flows = clearing.flows
    for row in range(flows.rows):
        for name in ("lots", "shadow_price", "cost", "rent"):
            old = int(flows[name][row])
            for new in {old - 1, old + 1, 2 * old} - {old}:
                false = changed(flows, name, row, new)
                refused(orders, network, with_table(clearing, "flows", false))


def test_a_lot_over_another_way_of_equal_length_is_rejected() -> None:
    """Two ways from a to d share by capacity; moving one lot keeps balance, cost and length."""
    orders = Orders.from_columns(region=["a", "d"], side=[-1, 1], price=[5, 9], quantity=[11, 11])
    network = Network.from_links(["a", "a", "b", "c"], ["b", "c", "d", "d"], [30, 20, 30, 20])
    clearing = clear(orders, network)
    assert clearing.flows["lots"].tolist() == [7, 4, 7, 4]
    for by in (-1, 1):
        lots = clearing.flows["lots"] + by * np.array([1, -1, 1, -1])
        false = with_table(clearing, "flows", clearing.flows.with_columns(lots=lots))
        assert refused(orders, network, false) == "markets.certificate_step"
    even = Network.from_links(["a", "a", "b", "c"], ["b", "c", "d", "d"], [30, 30, 30, 30])
    clearing = clear(orders, even)
    assert clearing.flows["lots"].tolist() == [5, 6, 5, 6]
    lots = np.array([6, 5, 6, 5])
    false = with_table(clearing, "flows", clearing.flows.with_columns(lots=lots))
    assert refused(orders, even, false) == "markets.certificate_step"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_order_dropped_doubled_or_altered_is_noticed(seed: int) -> None:
    """The digest of the orders is in the certificate."""
    orders, network, clearing = market(seed)
    columns = orders.columns
    dropped = columns.take(np.arange(orders.rows - 1))
    doubled = concatenate([columns, columns.take(np.array([0]))])
    altered = [
        changed(columns, name, 3, int(columns[name][3]) + 1)
        for name in ("price", "quantity", "sequence")
    ]
    for false in (dropped, doubled, *altered):
        assert refused(Orders(false), network, clearing) == "markets.certificate_digest"


def test_another_network_or_other_parameters_are_noticed() -> None:
    """So are those of the network and the parameters."""
    orders, network, clearing = market(0)
    links = changed(network.links, "capacity", 0, int(network.capacity[0]) + 1)
    other = msgspec.structs.replace(network, links=links)
    assert refused(orders, other, clearing) == "markets.certificate_digest"
    assert refused(orders, network, clearing, {"price_rule": "low"}) == "markets.certificate_digest"


TOTALS: list[tuple[str, Callable[[Clearing, int], Clearing]]] = [
    ("welfare", lambda c, by: msgspec.structs.replace(c, welfare=c.welfare + by)),
    ("volume", lambda c, by: msgspec.structs.replace(c, volume=c.volume + by)),
    *(
        (
            name,
            lambda c, by, name=name: msgspec.structs.replace(
                c,
                certificate=msgspec.structs.replace(
                    c.certificate, **{name: getattr(c.certificate, name) + by}
                ),
            ),
        )
        for name in ("primal", "dual")
    ),
]


@pytest.mark.parametrize(("name", "change"), TOTALS, ids=[name for name, _ in TOTALS])
def test_totals_off_by_one_are_rejected(
    name: str, change: Callable[[Clearing, int], Clearing]
) -> None:
    """Welfare, volume, and both sides of the proof."""
    orders, network, clearing = market(1)
    for by in (-1, 1):
        assert refused(orders, network, change(clearing, by)) == "markets.certificate_total"


def test_another_rule_or_a_step_left_out_is_rejected() -> None:
    """A certificate names its rule and everything it must prove."""
    orders, network, clearing = market(1)
    other = msgspec.structs.replace(clearing.certificate, rule="call/0")
    false = msgspec.structs.replace(clearing, certificate=other)
    assert refused(orders, network, false) == "markets.certificate_rule"
    less = msgspec.structs.replace(
        clearing.certificate,
        proved=clearing.certificate.proved[:-1],
        not_proved=clearing.certificate.proved[-1:],
    )
    false = msgspec.structs.replace(clearing, certificate=less)
    assert refused(orders, network, false) == "markets.certificate_shape"


def test_tables_that_are_not_formed_as_they_must_be_are_refused_not_crashed_on() -> None:
    """Missing columns, wrong kinds, missing rows, numbers far out of range."""
    orders, network, clearing = market(2)
    tables = {
        "prices": clearing.prices,
        "fills": clearing.fills,
        "flows": clearing.flows,
        "decremented": clearing.decremented,
        "regions": clearing.certificate.regions,
        "links": clearing.certificate.links,
    }
    for table, columns in tables.items():
        for name in columns.names:
            rest = Columns({n: columns.column(n) for n in columns.names if n != name})
            refused(orders, network, with_table(clearing, table, rest))
            strange = columns.with_columns(**{name: np.ones(columns.rows, bool)})
            refused(orders, network, with_table(clearing, table, strange))
            if columns.rows and isinstance(columns.column(name), np.ndarray):
                for value in (2**63 - 1, -(2**63)):
                    wild = changed(columns, name, 0, value)
                    refused(orders, network, with_table(clearing, table, wild))
        shorter = columns.take(np.arange(max(columns.rows - 1, 0)))
        if columns.rows:
            refused(orders, network, with_table(clearing, table, shorter))


def test_a_false_status_is_rejected() -> None:
    """A region that traded cannot be published as one that did not, nor the reverse."""
    orders = Orders.from_columns(
        region=["a", "a", "b"], side=[1, -1, 1], price=[5, 3, 4], quantity=[1, 1, 1]
    )
    network = Network.alone("a", "b")
    clearing = clear(orders, network)
    for status in (["no_trade", "no_trade"], ["traded", "traded"], ["traded", "maybe"]):
        prices = clearing.prices.with_columns(status=status)
        refused(orders, network, with_table(clearing, "prices", prices))
    hidden = clearing.prices.take(np.array([0, 1]))
    price = hidden.maybe("price")
    from yaosu.kernel.columns import Maybe

    false = hidden.with_columns(price=Maybe(price.values, np.array([False, False])))
    refused(orders, network, with_table(clearing, "prices", false))


def test_nearest_prices_cannot_be_replaced_by_others_of_the_interval() -> None:
    """Every other supporting price is farther from the references, and found out."""
    orders = Orders.from_columns(
        region=["a", "a", "b", "b"], side=[1, -1, 1, -1], price=[9, 2, 8, 3], quantity=[1, 1, 1, 1]
    )
    network = Network.from_links(["a", "b"], ["b", "a"], [5, 5], [2, 2])
    parameters = {"price_rule": "nearest", "reference_prices": {"a": 4, "b": 9}}
    clearing = clear(orders, network, **parameters)
    verify_clearing(orders, network, clearing, parameters)
    right = clearing.prices.maybe("price").tolist()
    for a in range(1, 10):
        for b in range(1, 10):
            if [a, b] == right:
                continue
            false = changed(changed(clearing.prices, "price", 0, a), "price", 1, b)
            support = changed(
                changed(clearing.certificate.regions, "support", 0, a), "support", 1, b
            )
            paid = np.where(np.isin(clearing.fills["row"], [0, 1]), a, b)
            mutated = with_table(clearing, "prices", false)
            mutated = with_table(mutated, "regions", support)
            mutated = with_table(mutated, "fills", clearing.fills.with_columns(price=paid))
            refused(orders, network, mutated, parameters)
