"""Sharing an income: exact, complete, and fair between equal claims."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from yaosu.returns.methods.weighted_shares import Claim, split

SIZES = st.fractions(min_value=0, max_value=50, max_denominator=12)


@given(
    st.integers(0, 10**12),
    st.lists(st.tuples(st.sampled_from(["land", "labour", "data"]), SIZES), min_size=1, max_size=9),
    st.integers(1, 9),
)
def test_the_payouts_sum_to_the_income_to_the_last_cent(
    total: int, rows: list[tuple[str, Fraction]], weight: int
) -> None:
    """S0-36: one engine for all factors; sum of payouts = amount, each within one of exact."""
    claims = [Claim(group, size + 1, f"c{i}") for i, (group, size) in enumerate(rows)]
    weights = {"land": weight, "labour": 2, "data": 5}
    amounts = split(total, weights, claims)
    assert sum(amounts) == total
    sizes: dict[str, Fraction] = {}
    for claim in claims:
        sizes[claim.group] = sizes.get(claim.group, Fraction(0)) + claim.size
    whole = sum(weights[group] for group in sizes)
    for claim, amount in zip(claims, amounts, strict=True):
        exact = Fraction(total) * weights[claim.group] * claim.size / sizes[claim.group] / whole
        assert abs(amount - exact) < 1


def test_a_worked_example() -> None:
    """100.00 over labour (3) and data (1, held by thirds): 75.00, and 8.34, 8.33, 8.33."""
    claims = [
        Claim("data", Fraction(1, 3), "a"),
        Claim("data", Fraction(1, 3), "b"),
        Claim("data", Fraction(1, 3), "c"),
        Claim("labour", Fraction(1), "d"),
    ]
    assert split(10_000, {"data": 1, "labour": 3}, claims) == [834, 833, 833, 7_500]


def test_a_claim_of_nothing_gets_nothing() -> None:
    claims = [Claim("data", Fraction(0), "a"), Claim("land", Fraction(2), "b")]
    assert split(7, {"data": 1, "land": 1}, claims) == [0, 7]
