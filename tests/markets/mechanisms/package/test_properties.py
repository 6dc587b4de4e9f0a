"""The result is the same on every run, in every order of rows, compiled or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.mechanisms.package.books import market_book, small_book
from yaosu.kernel import compiled
from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms.package_algebra import factor, solve_factored
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages


def turned(packages: Packages, by: np.ndarray) -> Packages:
    """The same packages in other rows: row i stands where by[i] says."""
    back = np.argsort(by)
    legs = packages.legs.with_columns(order=by[packages.legs["order"]])
    return Packages(
        packages.columns.take(back), legs.take(np.argsort(legs["order"], kind="stable"))
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), chance=st.randoms(use_true_random=False))
def test_row_position_decides_nothing(seed: int, chance: object) -> None:
    """Permuted, the book has the same prices, fills and certificate (S0-31)."""
    packages, network = small_book(seed)
    by = np.random.default_rng(seed + 1).permutation(packages.rows)
    first, second = (
        ys.clear(packages, network, "package"),
        ys.clear(turned(packages, by), network, "package"),
    )
    assert first.prices == second.prices
    assert first.flows == second.flows
    assert first.certificate == second.certificate
    moved = first.fills.with_columns(row=by[first.fills["row"]])
    assert moved.take(np.argsort(moved["row"])) == second.fills


def test_plain_code_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switched off, compiled code leaves no other last bit behind."""
    cases = [(market_book(40, 4, 7), None), small_book(3)]
    fast = [encode(ys.clear(book, network, "package")) for book, network in cases]
    monkeypatch.setenv("YAOSU_COMPILED", "0")
    try:
        plain = [encode(ys.clear(book, network, "package")) for book, network in cases]
        assert not compiled.is_enabled()
    finally:
        monkeypatch.delenv("YAOSU_COMPILED")
        ys.clear(Packages.from_columns([], [], [], [], []), Network.alone(), "package")
    assert fast == plain


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_plain_orders_gain_what_a_call_auction_makes_them_gain(seed: int) -> None:
    """One leg each: the same welfare as the exact mechanism for one instrument."""
    chance = np.random.default_rng(seed)
    rows = int(chance.integers(1, 20))
    orders = Orders.from_columns(
        region=[f"r{at}" for at in chance.integers(0, 3, rows).tolist()],
        side=chance.choice([1, -1], rows),
        price=chance.integers(1, 15, rows),
        quantity=chance.integers(1, 9, rows),
    )
    network = Network.from_links(
        ["r0", "r1", "r2"], ["r1", "r2", "r0"], capacity=[4, 5, 3], cost=[1, 0, 2]
    )
    package, call = ys.clear(orders, network, "package"), ys.clear(orders, network)
    assert call.welfare - 2 <= package.welfare <= call.welfare
    ys.verify_clearing(orders, network, package)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_splitting_an_order_changes_no_price_and_no_sum(seed: int) -> None:
    """Given in two halves, an order is filled as it would have been in one."""
    packages, network = small_book(seed)
    row = seed % packages.rows
    quantity = packages.quantity.copy()
    if quantity[row] < 2:
        return
    half = quantity[row] // 2
    quantity[row] -= half
    legs = packages.legs.take(packages.legs["order"] == row)
    split = Packages.from_columns(
        np.append(packages.limit, packages.limit[row]),
        np.append(quantity, half),
        np.append(packages.legs["order"], np.full(legs.rows, packages.rows)),
        packages.legs.text("instrument").tolist() + legs.text("instrument").tolist(),
        np.append(packages.legs["amount"], legs["amount"]),
        packages.legs.text("region").tolist() + legs.text("region").tolist(),
    )
    one, two = ys.clear(packages, network, "package"), ys.clear(split, network, "package")
    assert abs(one.welfare - two.welfare) <= 1


def test_numbers_of_many_sizes_are_cleared() -> None:
    """Limits from a tick to 10^9 in one book."""
    chance = np.random.default_rng(0)
    rows = 400
    scale = np.exp(chance.uniform(0, np.log(1e9), 10))
    place = chance.integers(0, 10, rows)
    side = chance.choice([1, -1], rows)
    limit = np.maximum(np.rint(scale[place] * np.exp(chance.normal(0, 0.3, rows))), 1)
    packages = Packages.from_columns(
        (side * limit).astype(np.int64),
        chance.integers(1, 100, rows),
        np.arange(rows),
        [f"g{at}" for at in place.tolist()],
        side,
    )
    clearing = ys.clear(packages, mechanism="package")
    ys.verify_clearing(packages, None, clearing)
    call = ys.clear(
        Orders.from_columns(
            instrument=[f"g{at}" for at in place.tolist()],
            side=side,
            price=limit.astype(np.int64),
            quantity=packages.quantity,
        )
    )
    assert abs(clearing.welfare - call.welfare) <= max(call.welfare * 1e-9, 2)


def test_the_factor_solves_what_it_factored() -> None:
    chance = np.random.default_rng(1)
    for size in (1, 2, 7, 8, 9, 30):
        half = chance.normal(size=(size, size))
        matrix = half @ half.T + np.eye(size)
        wanted = chance.normal(size=size)
        factored = np.tril(matrix).copy()
        factor(factored)
        assert np.allclose(solve_factored(factored, matrix @ wanted), wanted)


def test_a_dependent_row_is_passed_over() -> None:
    matrix = np.array([[4.0, 0.0], [4.0, 4.0]])  # the second unknown repeats the first
    factor(matrix)
    assert solve_factored(matrix, np.array([8.0, 8.0])) == pytest.approx([2.0, 0.0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"amount": [0]},
            "markets.bad_leg: leg row 0 cannot be used: its amount is zero; give each package at "
            "least one leg, and one leg a place with an amount",
        ),
        (
            {"order": [1]},
            "markets.bad_leg: leg row 0 cannot be used: there is no such package; give each "
            "package at least one leg, and one leg a place with an amount",
        ),
        (
            {"quantity": [0]},
            "markets.quantity_not_positive: order row 0 has quantity 0; give whole lots, at least "
            "1, or leave the row out",
        ),
        (
            {"limit": [2**51]},
            f"markets.value_overflow: a limit reaches {2**51}; it must stay below {2**51}; use a "
            "larger tick or a larger lot",
        ),
    ],
)
def test_what_is_no_package_is_refused(given: dict[str, list[int]], said: str) -> None:
    fields = {"limit": [1], "quantity": [1], "order": [0], "amount": [1], **given}
    with pytest.raises(Refusal) as caught:
        Packages.from_columns(instrument=["x"], **fields)
    assert str(caught.value) == said


def test_what_cannot_be_cleared_is_refused() -> None:
    twice = Packages.from_columns([1], [1], [0, 0], ["x", "x"], [1, -1])
    with pytest.raises(Refusal, match="another leg at the same place"):
        ys.clear(twice, mechanism="package")
    many = 4097
    wide = Packages.from_columns(
        [1] * many, [1] * many, np.arange(many), np.arange(many), [1] * many
    )
    with pytest.raises(Refusal) as caught:
        ys.clear(wide, mechanism="package")
    assert caught.value.code == "markets.too_many_places"
    elsewhere = Packages.from_columns([1], [1], [0], ["x"], [1], region=["moon"])
    with pytest.raises(Refusal) as caught:
        ys.clear(elsewhere, Network.alone("earth"), "package")
    assert str(caught.value).startswith("markets.unknown_region: a leg names region 'moon'")
    with pytest.raises(Refusal) as caught:
        ys.clear(twice, Network.alone())
    assert str(caught.value) == (
        "markets.wrong_kind_of_orders: the mechanism call takes Orders, not Packages; give it such "
        "orders, or choose another mechanism (yaosu mechanisms lists them)"
    )
    for wrong in ({"parts": 0}, {"parts": 2**40}, {"parts": "many"}, {"price_rule": "mid"}):
        with pytest.raises(Refusal) as caught:
            ys.clear(elsewhere, mechanism="package", **wrong)
        assert caught.value.code == "markets.bad_parameter"
