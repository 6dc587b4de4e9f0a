"""Technology, misallocation and dispersion: identities, a worked case, and the bound on steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.evaluation.indices.curves import Grid, capital_steps, price_cuts
from yaosu.evaluation.indices.dispersion import arbitrage_left, price_dispersion
from yaosu.evaluation.indices.misallocation import (
    efficient_capital,
    gains_and_losses,
    misallocation,
)
from yaosu.evaluation.indices.technology import (
    average_product,
    capital_wanted,
    marginal_product,
    output_of,
    recover_producers,
)

amounts = st.floats(0.5, 500.0)
places = st.integers(2, 8).flatmap(
    lambda n: st.tuples(*(st.lists(amounts, min_size=n, max_size=n) for _ in range(3)))
)
alphas = st.floats(0.2, 0.7)


@given(places, alphas)
def test_recovered_producers_make_the_observed_output(given_place, alpha):
    output, capital, labour = given_place
    producers = recover_producers(output, capital, labour, alpha)
    assert np.allclose(output_of(producers, capital), output)
    assert np.allclose(marginal_product(producers, capital), alpha * np.divide(output, capital))
    assert np.allclose(capital_wanted(producers, marginal_product(producers, capital)), capital)


@given(places, alphas)
def test_the_efficient_allocation_equalises_marginal_products_and_is_never_worse(
    given_place, alpha
):
    output, capital, labour = given_place
    producers = recover_producers(output, capital, labour, alpha)
    measured = misallocation(producers, capital)
    best = efficient_capital(producers, sum(capital))
    assert np.isclose(best.sum(), sum(capital))
    assert np.allclose(marginal_product(producers, best), measured.price)
    assert measured.gain >= -1e-12
    assert np.isclose(misallocation(producers, best).gain, 0, atol=1e-12)


@given(places, alphas, st.floats(0.01, 100))
def test_the_gain_does_not_depend_on_the_currency(given_place, alpha, rate):
    output, capital, labour = (np.array(column) for column in given_place)
    here = misallocation(recover_producers(output, capital, labour, alpha), capital)
    there = misallocation(
        recover_producers(output * rate, capital * rate, labour, alpha), capital * rate
    )
    assert np.isclose(here.gain, there.gain, atol=1e-12)


def test_two_places_worked_by_hand():
    """a = 1/2, L = 1: Y = A sqrt(K). A = 1, 3 with K = 5, 5 wants K = 1, 9 and makes 10."""
    producers = recover_producers([5**0.5, 3 * 5**0.5], [5, 5], [1, 1], 0.5)
    assert np.allclose(producers.productivity, [1, 3])
    assert np.allclose(efficient_capital(producers, 10), [1, 9])
    measured = misallocation(producers, [5, 5])
    assert np.isclose(measured.output_efficient, 10)
    assert np.isclose(measured.gain, 10 / (4 * 5**0.5) - 1)
    assert np.isclose(measured.moved, 0.4)
    assert np.isclose(measured.price, 0.5)


def test_with_small_differences_the_loss_is_half_the_weighted_variance():
    """Second order: gain = 1/2 a/(1-a) Var(log MPK), weights efficient capital (Hsieh-Klenow)."""
    alpha, generator = 0.4, np.random.default_rng(20261121)
    best, labour = generator.uniform(1, 3, 40), np.ones(40)
    capital = best * np.exp(generator.normal(0, 0.01, 40))
    producers = recover_producers(best, best, labour, alpha)  # marginal products equal at `best`
    measured = misallocation(producers, capital)
    assert np.isclose(measured.gain, alpha / (1 - alpha) * measured.log_variance / 2, rtol=0.05)


@given(places, alphas)
def test_what_all_gain_is_the_output_gained(given_place, alpha):
    output, capital, labour = (np.array(column) for column in given_place)
    producers = recover_producers(output, capital, labour, alpha)
    best = efficient_capital(producers, float(capital.sum()))
    price = misallocation(producers, capital).price
    shared = gains_and_losses(producers, capital, best, price * (capital - best))
    assert np.isclose(shared.rent.sum(), 0, atol=1e-6)
    assert np.isclose(shared.income.sum(), shared.output.sum(), atol=1e-6)
    assert np.allclose(shared.labour + shared.capital, shared.income)
    assert (shared.income >= -1e-7 * output.sum()).all(), "trade at one price makes nobody poorer"


def test_impossible_figures_are_an_error():
    with pytest.raises(ValueError, match="positive"):
        recover_producers([1.0], [0.0], [1.0], 0.5)
    with pytest.raises(ValueError, match="alpha"):
        recover_producers([1.0], [1.0], [1.0], 1.0)


def test_a_step_is_worth_what_it_adds_on_average():
    producers = recover_producers([7.0], [3.0], [2.0], 0.45)
    low, high = 0.9, 1.1
    more, less = capital_wanted(producers, low), capital_wanted(producers, high)
    added = output_of(producers, more) - output_of(producers, less)
    assert np.isclose(average_product(0.45, low, high), float((added / (more - less))[0]))


@given(places, alphas)
def test_a_producers_own_offers_and_bids_never_cross(given_place, alpha):
    output, capital, labour = given_place
    capital = [round(k, 1) for k in capital]
    producers = recover_producers(output, capital, labour, alpha)
    at = marginal_product(producers, capital)
    grid = Grid(np.geomspace(at.min() / 1.5, at.max() * 1.5, 60), 1e-4 * at.min(), 0.1)
    steps = capital_steps(producers, capital, grid)
    for i in range(len(capital)):
        mine = steps.producer == i
        bids = steps.price[mine & (steps.side > 0)]
        offers = steps.price[mine & (steps.side < 0)]
        assert not bids.size or not offers.size or bids.max() < offers.min()
        assert steps.quantity[mine & (steps.side < 0)].sum() <= round(capital[i] / 0.1)
    assert (steps.quantity >= 1).all()


def test_cuts_are_fine_near_the_reference_and_cover_the_band():
    cuts = price_cuts((0.1, 0.85), 0.5, fine=0.001, coarse=0.01, within=0.05)
    assert np.isclose(cuts[0], 0.1)
    assert np.isclose(cuts[-1], 0.85)
    ratios = cuts[1:] / cuts[:-1] - 1
    near = (cuts[:-1] > 0.476) & (cuts[1:] < 0.524)
    assert ratios[near].max() <= 0.001 + 1e-9
    assert ratios.max() <= 0.01 + 1e-9
    assert ratios.min() > 0


def test_dispersion_of_known_prices():
    spread = price_dispersion([1.0, np.e, np.nan])
    assert spread.regions == 2
    assert spread.without_price == 1
    assert np.isclose(spread.sd_log, 0.5)
    assert np.isclose(spread.highest_to_lowest, np.e)
    assert price_dispersion([3.0, 3.0]).sd_log == 0
    assert price_dispersion([]).regions == 0
    with pytest.raises(ValueError, match="logarithm"):
        price_dispersion([1.0, 0.0])


def test_arbitrage_is_left_only_where_a_link_has_room_and_the_gap_exceeds_its_cost():
    assert arbitrage_left([1, 1, 1], [4, 4, 2], [1, 1, 1], [5, 0, 5]) == 10
