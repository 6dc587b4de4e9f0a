"""Worked examples: from the literature, and the rule of each form by hand."""

import itertools
from fractions import Fraction

import pytest

from tests.markets.mechanisms.listing.books import (
    SEED,
    cleared,
    listed,
    many,
    paid,
    reason,
    standings,
    won,
)

VALUES = 20


@pytest.mark.parametrize(
    ("bids", "price"),
    [((100_000, 6), 6), ((7_000_000, 5_000), 5_000), ((1,), 0)],
)
def test_the_second_price_auctions_of_new_zealand_1990(bids: tuple[int, ...], price: int) -> None:
    """J. McMillan, "Selling spectrum rights" (1994), p. 148; P. Milgrom, "Putting auction theory
    to work" (2004), ch. 1: a bid of 100,000 paid 6, one of 7 million paid 5,000, one of 1 paid
    nothing, since no reserve was set; a reserve mends it."""
    orders = listed(*((f"firm {at}", bid) for at, bid in enumerate(bids)))
    assert won(orders, form="second_price") == {"firm 0": (1, price)}
    reserve = bids[0] // 2 + 1
    assert won(orders, form="second_price", reserve=reserve) == {"firm 0": (1, reserve)}


def test_first_and_second_price_bring_in_the_same_on_average() -> None:
    """W. Vickrey (1961), section II: with n values spread evenly, the best bid in a first-price
    auction is (n - 1)/n of the value, and both bring in the expectation of the second value. On a
    grid of m values for two the means are (m + 1)(2m + 1)/6m and (m + 1)(4m - 1)/12m: they differ
    by (m + 1)/4m, less than one tick of the grid however fine it is."""
    profiles = list(itertools.product(range(1, VALUES + 1), repeat=2))
    second = cleared(many(profiles), form="second_price")
    first = cleared(many(profiles), form="first_price")  # in halves of a tick: bids are v/2
    mean_second = Fraction(sum(second.prices.maybe("price").tolist()), VALUES**2)
    mean_first = Fraction(sum(first.prices.maybe("price").tolist()), 2 * VALUES**2)
    assert mean_second == Fraction((VALUES + 1) * (2 * VALUES + 1), 6 * VALUES)
    assert mean_first == Fraction((VALUES + 1) * (4 * VALUES - 1), 12 * VALUES)
    assert mean_second - mean_first == Fraction(VALUES + 1, 4 * VALUES)


def test_a_falling_clock_gives_what_sealed_first_prices_give() -> None:
    """Vickrey (1961): the two are one game; who stops the clock first is who bids most."""
    profiles = list(itertools.product(range(4), repeat=3))
    orders = many(profiles)
    clock = cleared(orders, form="dutch", clock_start=3)
    sealed = cleared(orders, form="first_price")
    assert clock.details["awards"] == sealed.details["awards"]
    assert clock.prices == sealed.prices


def test_an_english_auction_ends_a_step_from_the_second_value() -> None:
    """Milgrom (2004), ch. 2: bidders who go up to their values make it a second-price auction, but
    for the step."""
    values = {"ann": 70, "bo": 55, "cy": 31}
    for step in (1, 5, 10):
        bids, price, leader = [], 0, ""
        while callers := [n for n, v in sorted(values.items()) if n != leader and v >= price]:
            leader = callers[0]
            bids.append((leader, price))
            price += step
        (winner, (_, paid_price)) = won(listed(*bids), form="english", increment=step).popitem()
        (_, (_, second)) = won(listed(*values.items()), form="second_price").popitem()
        assert winner == "ann"
        assert second - step < paid_price <= second + step


def test_a_land_listing_goes_on_on_site_when_two_stay_in() -> None:
    """Written bids until 100; then those who stayed in go on until nobody bids for 5."""
    bids = [
        ("ann", 500, 1, 10),
        ("bo", 520, 1, 90),
        ("cy", 540, 1, 101),  # did not bid in writing
        ("ann", 530, 1, 103),  # a step is 20
        ("ann", 540, 1, 104),
        ("bo", 560, 1, 108),
        ("ann", 580, 1, 113),  # 5 after the last: it is over
    ]
    terms = {"form": "listing", "increment": 20, "ends": 100, "onsite": 5}
    orders = listed(*bids, start=500)
    clearing = cleared(orders, **terms)
    assert paid(orders, clearing) == {"bo": (1, 560)}
    told = ["raised", "raised", "not_in", "small_step", "outbid", "won", "late"]
    assert clearing.details["ranking"].text("standing").tolist() == told
    (outcome,) = clearing.details["outcome"].iterate()
    assert outcome["onsite"] == 1
    assert outcome["ends"] == 113
    alone = listed(bids[0], ("ann", 540, 1, 101), start=500)
    assert won(alone, **terms) == {"ann": (1, 500)}


def test_a_bid_near_the_end_puts_it_off() -> None:
    terms = {"form": "english", "ends": 100, "soft_close": 10, "extension": 15, "ends_latest": 120}
    bids = [("ann", 1, 1, 89), ("bo", 2, 1, 90), ("ann", 3, 1, 104), ("bo", 4, 1, 118)]
    bids += [("ann", 5, 1, 120)]
    orders = listed(*bids)
    clearing = cleared(orders, **terms)
    (outcome,) = clearing.details["outcome"].iterate()
    assert outcome["ends"] == 120
    assert clearing.details["ranking"].text("standing").tolist()[-1] == "late"
    assert won(orders, **terms) == {"bo": (1, 4)}


ALLOWANCES = [("ann", 80, 300), ("bo", 75, 300), ("cy", 75, 300), ("di", 75, 300), ("ed", 60, 500)]


def test_allowances_go_at_one_price_with_ties_in_random_order() -> None:
    """The rule of European allowance auctions: bids by price, the price where demand covers the
    volume, ties at the margin by a lottery, the last of them in part (S2-26)."""
    orders = listed(*ALLOWANCES, supply=1_000)
    result = won(orders, form="uniform", ties="seed", seed=SEED)
    assert {price for _, price in result.values()} == {75}
    assert result["ann"] == (300, 75)
    assert sorted(lots for lots, _ in result.values()) == [100, 300, 300, 300]
    orders_drawn = {
        tuple(won(orders, form="uniform", ties="seed", seed=f"{n:02x}" * 32).items())
        for n in range(24)
    }
    assert len(orders_drawn) == 3  # each of the three was drawn last
    rejected = won(orders, form="uniform", uniform_price="highest_rejected")
    assert {price for _, price in rejected.values()} == {75}
    own = won(orders, form="pay_as_bid")
    assert own["ann"] == (300, 80)


def test_an_auction_is_cancelled_where_bids_are_short() -> None:
    orders = listed(("ann", 80, 300), ("bo", 70, 200), supply=1_000)
    assert reason(orders, form="uniform", if_short="cancel") == "short"
    just = listed(("ann", 80, 300), ("bo", 70, 700), supply=1_000)
    assert reason(just, form="uniform", if_short="cancel") == "sold"
    assert won(orders, form="uniform") == {"ann": (300, 70), "bo": (200, 70)}
    assert reason(orders, form="uniform", bidders_min=3) == "too_few_bidders"
    assert reason(orders, form="uniform", reserve=81) == "reserve_not_reached"
    assert reason(listed(), form="uniform") == "no_bids"
    held = won(orders, form="uniform", reserve=75)
    assert held == {"ann": (300, 80)}


CARD = {
    "form": "tender",
    "price_weight": "3/10",
    "criteria": [
        {"name": "plan", "weight": "1/2", "points_max": 10},
        {"name": "energy", "weight": "1/5", "points_max": 10},
    ],
}


def scores(**given: tuple[int, ...]) -> list[dict[str, object]]:
    """Party -> points for plan and energy by the first evaluator, then by the second."""
    return [
        {
            "party": party,
            "criterion": criterion,
            "evaluator": f"evaluator {number // 2}",
            "points": points,
        }
        for party, row in given.items()
        for number, (criterion, points) in enumerate(zip(("plan", "energy") * 2, row, strict=True))
    ]


def test_a_tender_is_won_by_the_exact_total_of_its_scorecard() -> None:
    """Plan 1/2, energy 1/5, price 3/10 as the bid over the highest bid; two evaluators each."""
    orders = listed(("ann", 900), ("bo", 1_000), start=800)
    terms = {**CARD, "scores": scores(ann=(9, 8, 10, 7), bo=(7, 7, 6, 9))}
    clearing = cleared(orders, **terms)
    assert paid(orders, clearing) == {"ann": (1, 900)}
    ann = Fraction(3, 10) * Fraction(9, 10) + Fraction(1, 2) * Fraction(19, 20)
    ann += Fraction(1, 5) * Fraction(3, 4)
    bo = Fraction(3, 10) + Fraction(1, 2) * Fraction(13, 20) + Fraction(1, 5) * Fraction(4, 5)
    assert clearing.details["ranking"].text("points").tolist() == [str(ann), str(bo)]
    assert clearing.certificate.primal == 100
    assert clearing.certificate.dual == 200  # what the higher price would have been worth


def test_equal_totals_go_to_the_dearer_bid_then_to_the_earlier() -> None:
    flat = {**CARD, "price_bends": [{"ratio": "1/2", "score": "1"}]}
    same = scores(ann=(5, 5, 5, 5), bo=(5, 5, 5, 5))
    orders = listed(("ann", 900), ("bo", 1_000))
    assert won(orders, **flat, scores=same) == {"bo": (1, 1_000)}
    orders = listed(("bo", 900), ("ann", 900))
    assert won(orders, **flat, scores=same) == {"bo": (1, 900)}


def test_prices_may_be_measured_by_their_mean() -> None:
    """Bends below and above the mean: a bid far above it gains no more."""
    bends = [
        {"ratio": "1/2", "score": "0"},
        {"ratio": "1", "score": "1"},
        {"ratio": "3/2", "score": "1/2"},
    ]
    terms = {"form": "tender", "price_base": "mean", "price_bends": bends}
    orders = listed(("ann", 50), ("bo", 100), ("cy", 150))
    points = cleared(orders, **terms).details["ranking"].text("points").tolist()
    assert points == ["0", "1", "1/2"]


def test_who_offers_may_not_bid_and_who_left_binds_nobody() -> None:
    orders = listed(("seller", 900), ("ann", 500), ("bo", 400))
    assert standings(orders, form="second_price")[0] == "own_offer"
    assert won(orders, form="second_price") == {"ann": (1, 400)}
    assert won(orders, form="second_price", left=["bo"]) == {"ann": (1, 0)}
    whole = listed(("ann", 9, 3), ("bo", 8, 2), supply=3)
    assert standings(whole, form="first_price") == ["won", "not_whole"]
