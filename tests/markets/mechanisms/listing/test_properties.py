"""What holds of every listing: against a naive oracle, and what nobody gains by."""

import itertools

import numpy as np
import pytest

from tests.markets.mechanisms.listing.books import SEED, cleared, listed, many, paid
from yaosu.markets.clearing import Clearing
from yaosu.markets.orders import Orders


def surplus(
    profiles: list[tuple[int, ...]], form: dict[str, object], supply: int
) -> dict[tuple[int, ...], dict[int, int]]:
    """Profile -> bidder who won -> price."""
    orders = many(profiles, supply)
    clearing = cleared(orders, **form)
    assert orders.party is not None
    place, party = orders.instrument.tolist(), orders.party.tolist()
    result: dict[tuple[int, ...], dict[int, int]] = {profile: {} for profile in profiles}
    for row in clearing.details["awards"].iterate():
        bidder = int(party[row["bid"]].removeprefix("bidder "))
        result[profiles[int(place[row["bid"]])]][bidder] = row["price"]
    return result


@pytest.mark.parametrize(
    ("form", "bidders", "supply"),
    [
        ({"form": "second_price"}, 3, 1),
        ({"form": "second_price", "reserve": 2}, 3, 1),
        ({"form": "uniform", "uniform_price": "highest_rejected"}, 3, 2),
        ({"form": "uniform", "uniform_price": "highest_rejected"}, 4, 2),
    ],
)
def test_truth_is_the_best_bid_whatever_others_bid(
    form: dict[str, object], bidders: int, supply: int
) -> None:
    """Vickrey (1961): every value and every bid of 0..3, all of the others' bids, every place in
    time; the value as bid is never worse than another. Exhaustive (S0-31)."""
    prices = range(4)
    profiles = list(itertools.product(prices, repeat=bidders))
    result = surplus(profiles, form, supply)
    for profile in profiles:
        for bidder, value in enumerate(profile):
            truth = value - result[profile].get(bidder, value)
            for bid in prices:
                other = (*profile[:bidder], bid, *profile[bidder + 1 :])
                assert truth >= value - result[other].get(bidder, value), (profile, bidder, bid)


def test_in_first_price_auctions_truth_is_not_the_best_bid() -> None:
    """The test above can fail: under the first price it pays to bid less than the value."""
    result = surplus([(3, 1), (2, 1)], {"form": "first_price"}, 1)
    assert 3 - result[3, 1][0] < 3 - result[2, 1][0]


def random_listing(seed: int) -> tuple[Orders, int]:
    chance = np.random.default_rng(seed)
    count, supply = int(chance.integers(0, 9)), int(chance.integers(1, 8))
    bids = [
        (f"p{chance.integers(6)}", int(chance.integers(0, 6)), int(chance.integers(1, 5)), at)
        for at in range(count)
    ]
    return listed(*bids, start=int(chance.integers(0, 3)), supply=supply), supply


def oracle(orders: Orders, supply: int, reserve: int, rejected: bool) -> tuple[list[int], int]:
    """Lot by lot: prices of the lots wanted, the best first; lots of each bid and the price."""
    start = int(orders.price[0])
    wanted = [
        (-int(orders.price[row]), row)
        for row in range(1, orders.rows)
        for _ in range(int(orders.quantity[row]))
        if orders.price[row] >= start
    ]
    wanted.sort()
    taken = [lot for lot in wanted if -lot[0] >= reserve][:supply]
    lots = [sum(row == lot[1] for lot in taken) for row in range(1, orders.rows)]
    if not taken:
        return lots, 0
    if not rejected:
        return lots, -taken[-1][0]
    beyond = -wanted[supply][0] if len(wanted) > supply else 0
    return lots, max(start, reserve, beyond)


@pytest.mark.parametrize("seed", range(120))
def test_uniform_prices_are_those_found_lot_by_lot(seed: int) -> None:
    orders, supply = random_listing(seed)
    reserve, rejected = seed % 4, bool(seed % 2)
    rule = "highest_rejected" if rejected else "lowest_accepted"
    clearing = cleared(orders, form="uniform", reserve=reserve, uniform_price=rule)
    lots, price = oracle(orders, supply, reserve, rejected)
    filled = dict(zip(clearing.fills["row"].tolist(), clearing.fills["lots"].tolist(), strict=True))
    assert [filled.get(row, 0) for row in range(1, orders.rows)] == lots
    assert set(clearing.fills["price"].tolist()) <= {price}
    assert clearing.certificate.primal == clearing.certificate.dual


@pytest.mark.parametrize("seed", range(40))
def test_on_the_same_bids_own_prices_bring_most_and_rejected_ones_least(seed: int) -> None:
    """Revenue on the same bids: pay as bid >= lowest accepted >= highest rejected; of one lot
    the last two are the first and the second price."""

    def revenue(clearing: Clearing) -> int:
        return sum(row["lots"] * row["price"] for row in clearing.details["awards"].iterate())

    orders, _ = random_listing(seed)
    forms: list[dict[str, str]] = [
        {"form": "pay_as_bid"},
        {"form": "uniform"},
        {"form": "uniform", "uniform_price": "highest_rejected"},
    ]
    revenues = [revenue(cleared(orders, **form)) for form in forms]
    assert revenues == sorted(revenues, reverse=True)
    one = listed(*((f"p{n}", int(p), 1) for n, p in enumerate(orders.price[1:].tolist())))
    for single, form in (("first_price", forms[1]), ("second_price", forms[2])):
        assert paid(one, cleared(one, form=single)) == paid(one, cleared(one, **form))


TIMED = {"ends": 50, "increment": 2, "onsite": 10, "soft_close": 5, "extension": 5}


@pytest.mark.parametrize("form", ["listing", "english", "dutch", "first_price", "second_price"])
@pytest.mark.parametrize("seed", range(12))
def test_a_bid_after_the_end_changes_nothing(form: str, seed: int) -> None:
    """Whoever bids too late gains nothing, and costs nobody anything (S2-26)."""
    chance = np.random.default_rng(seed)
    times = sorted(chance.integers(0, 60, 6).tolist())
    bids = [(f"p{chance.integers(3)}", int(chance.integers(0, 30)), 1, at) for at in times]
    orders = listed(*bids)
    clearing = cleared(orders, form=form, **TIMED)
    (outcome,) = clearing.details["outcome"].iterate()
    later = listed(*bids, ("late", 1_000, 1, max(outcome["ends"], times[-1] + 1)))
    after = cleared(later, form=form, **TIMED)
    assert after.details["awards"] == clearing.details["awards"]
    assert after.details["ranking"].text("standing").tolist()[-1] == "late"


@pytest.mark.parametrize("seed", range(10))
def test_the_row_of_a_bid_is_only_its_name(seed: int) -> None:
    """Turned round, the same win at the same price, also where a lottery decides (S0-31)."""
    orders, _ = random_listing(seed)
    turned = Orders(orders.columns.take(np.arange(orders.rows)[::-1]))
    for terms in ({"form": "uniform", "ties": "seed", "seed": SEED}, {"form": "english"}):
        first, second = cleared(orders, **terms), cleared(turned, **terms)
        assert paid(orders, first) == paid(turned, second)
        assert first.certificate == second.certificate


def test_dividing_a_bid_draws_no_better_number() -> None:
    """One number a party: ten bids at the margin for a lot each fare as one for ten (S2-26)."""
    for n in range(20):
        terms = {"form": "uniform", "ties": "seed", "seed": f"{n:02x}" * 32}
        divided = listed(*(("ann", 5, 1) for _ in range(4)), ("bo", 5, 4), supply=4)
        winners = paid(divided, cleared(divided, **terms))
        assert len(winners) == 1  # the better number takes all that is left
