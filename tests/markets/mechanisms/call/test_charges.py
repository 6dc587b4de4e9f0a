"""What a link takes: cost that is used up, a fee for an authority, a rent for its owner."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.helpers import changed, with_table
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

ORDERS = Orders.from_columns(region=["a", "b"], side=[-1, 1], price=[3, 9], quantity=[10, 10])


def road(cost: int, fee: int) -> Network:
    """One full road with an owner."""
    return Network.from_links(["a"], ["b"], [4], [cost], fee=[fee], rent_owner=["roads"])


def test_a_fee_moves_trade_as_a_cost_does_and_lowers_welfare_by_nothing() -> None:
    """Same prices and flows; society loses the cost only."""
    cost, fee = clear(ORDERS, road(2, 0)), clear(ORDERS, road(0, 2))
    assert cost.prices == fee.prices
    assert cost.flows["lots"].tolist() == fee.flows["lots"].tolist() == [4]
    assert (cost.welfare, fee.welfare) == (4 * (9 - 3 - 2), 4 * (9 - 3))
    assert (cost.certificate.primal, fee.certificate.primal) == (16, 16)
    assert cost.flows["cost"].tolist() == fee.flows["fee"].tolist() == [8]
    assert fee.flows.text("rent_owner").tolist() == ["roads"]
    assert fee.flows["rent"].tolist() == [4 * (9 - 3 - 2)]


def test_a_fee_above_the_gap_stops_trade() -> None:
    """As a cost would."""
    assert clear(ORDERS, road(3, 4)).volume == 0


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_buyers_pay_what_sellers_owners_operators_and_the_authority_receive(seed: int) -> None:
    """Every tick paid is received by somebody."""
    orders, plain = random_market(seed, 60, 4)
    chance = np.random.default_rng(seed)
    links = plain.links
    network = Network.from_links(
        links.text("source"),
        links.text("target"),
        links["capacity"],
        links["cost"],
        regions=plain.regions,
        fee=chance.integers(0, 3, links.rows),
        rent_owner=np.array(["east", "west"])[chance.integers(0, 2, links.rows)],
    )
    clearing = clear(orders, network)
    verify_clearing(orders, network, clearing)
    fills, flows = clearing.fills, clearing.flows
    paid = int((orders.side[fills["row"]] * fills["price"] * fills["lots"]).sum())
    assert paid == sum(int(flows[name].sum()) for name in ("cost", "fee", "rent"))


def test_a_rent_given_to_another_owner_or_a_fee_off_by_one_is_rejected() -> None:
    """The owner is the one that the network names."""
    orders = Orders.from_columns(region=["a", "b"], side=[-1, 1], price=[3, 9], quantity=[9, 9])
    network = Network.from_links(
        ["a", "b"], ["b", "a"], [4, 4], fee=[1, 1], rent_owner=["east", "west"]
    )
    clearing = clear(orders, network)
    verify_clearing(orders, network, clearing)
    flows = clearing.flows
    falses = [flows.with_columns(rent_owner=["west", "west"])]
    falses.append(flows.with_columns(rent_owner=["west", "east"]))
    falses.append(changed(flows, "fee", 0, int(flows["fee"][0]) + 1))
    for false in falses:
        with pytest.raises(Refusal) as caught:
            verify_clearing(orders, network, with_table(clearing, "flows", false))
        assert caught.value.code.startswith("markets.certificate_")
