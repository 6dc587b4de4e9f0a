"""Permitted revenue: cost recovery and fair profit, and what is carried on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.markets.mechanisms.posted_revenue import (
    CARRY,
    LAPSE,
    Allowance,
    carried_on,
    fair_profit,
    one_price,
    revenue_at,
)

PERIODS = st.lists(
    st.tuples(
        st.integers(0, 10**9),  # cost
        st.integers(0, 3_000),  # margin, basis points
        st.integers(1, 10**5),  # lots expected
        st.integers(0, 3 * 10**5),  # lots sold
    ),
    min_size=1,
    max_size=12,
)


def test_two_years_of_a_public_data_product() -> None:
    """S2-23: price from cost and margin; what exceeds the permitted revenue is deducted next year.

    Made after articles 2 and 4 of notice Fagai Jiage (2025) No. 65, which gives the rule and no
    figures. Year one: cost 1,000,000.00 and 6 percent, 50,000 calls expected: 21.20 a call. 60,000
    are sold: 212,000.00 too much. Year two, the same cost: 848,000.00, at 60,000 calls 14.13.
    """
    profit = fair_profit(100_000_000, 600)
    first = Allowance(cost_minor=100_000_000, profit_minor=profit)
    assert first.permitted_minor == 106_000_000
    price = one_price(first.permitted_minor, 50_000, 1)
    assert price == 2_120
    carried = carried_on(first, 60_000 * price)
    assert carried == -21_200_000
    second = Allowance(cost_minor=100_000_000, profit_minor=profit, carried_minor=carried)
    assert second.permitted_minor == 84_800_000
    assert one_price(second.permitted_minor, 60_000, 1) == 1_413


@settings(max_examples=100, deadline=None)
@given(PERIODS, st.integers(1, 100))
def test_no_minor_unit_is_lost_between_periods(
    periods: list[tuple[int, int, int, int]], tick: int
) -> None:
    """Revenue and what is carried on add up to what was allowed, whatever is sold."""
    allowed = revenue = carried = 0
    for cost, margin, expected, sold in periods:
        allowance = Allowance(
            cost_minor=cost, profit_minor=fair_profit(cost, margin), carried_minor=carried
        )
        price = one_price(allowance.permitted_minor, expected, tick)
        assert revenue_at([price], [expected], tick) <= allowance.permitted_minor
        allowed += allowance.base_minor
        revenue += price * sold * tick
        carried = carried_on(allowance, price * sold * tick, CARRY)
        assert revenue + carried == allowed


@settings(max_examples=100, deadline=None)
@given(PERIODS, st.sampled_from([CARRY, LAPSE]))
def test_who_sells_no_more_than_expected_never_earns_more_than_permitted(
    periods: list[tuple[int, int, int, int]], shortfall: str
) -> None:
    """The cap holds over any number of periods, carry-forward included."""
    allowed = revenue = carried = 0
    for cost, margin, expected, sold in periods:
        allowance = Allowance(
            cost_minor=cost, profit_minor=fair_profit(cost, margin), carried_minor=carried
        )
        price = one_price(allowance.permitted_minor, expected, 1)
        earned = price * min(sold, expected)
        carried = carried_on(allowance, earned, shortfall)
        allowed, revenue = allowed + allowance.base_minor, revenue + earned
        assert 0 <= carried <= allowed - revenue
        assert carried == 0 or shortfall == CARRY


@settings(max_examples=100, deadline=None)
@given(PERIODS)
def test_what_was_earned_too_much_is_given_back_in_full(
    periods: list[tuple[int, int, int, int]],
) -> None:
    """Revenue beyond the cap is never kept: it stands as a deduction until prices have borne it."""
    allowed = revenue = carried = 0
    for cost, margin, expected, sold in periods:
        allowance = Allowance(
            cost_minor=cost, profit_minor=fair_profit(cost, margin), carried_minor=carried
        )
        earned = one_price(allowance.permitted_minor, expected, 1) * sold
        carried = carried_on(allowance, earned, LAPSE)
        allowed, revenue = allowed + allowance.base_minor, revenue + earned
        assert carried <= 0
        assert revenue + carried <= allowed
    rest = 0
    cost = max(10**8, -carried // 1_000)  # a thousand periods bear it, whatever it is
    while carried < 0 and rest < 10_000:
        allowance = Allowance(cost_minor=cost, profit_minor=0, carried_minor=carried)
        assert allowance.permitted_minor < cost, "the next price is lower"
        carried = carried_on(allowance, allowance.permitted_minor, LAPSE)
        rest += 1
    assert carried == 0
