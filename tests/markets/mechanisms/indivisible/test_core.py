"""Core-selecting payments, against every coalition of small books and a published example."""

from itertools import combinations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book, small_book
from tests.markets.mechanisms.indivisible.oracle import Row, most_welfare, rows_of
from tests.markets.mechanisms.indivisible.test_examples import book, cleared
from tests.markets.mechanisms.indivisible.test_mutations import altered, refused, with_certificate
from yaosu.kernel.columns import Columns, concatenate
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.indivisible_payoffs import even_payoffs
from yaosu.markets.mechanisms.indivisible_tables import told_digest
from yaosu.markets.packages import Packages

NAME = "package-all-or-nothing"
# five bids for two licences; the winners bid 28 and 20 (P. Cramton, "Spectrum auction design",
# 2013, section on core prices: Vickrey 14 and 12, nearest to them in the core 17 and 15)
LICENCES = book(
    [
        *((28, "", {"A": 1}), (20, "", {"B": 1}), (32, "", {"A": 1, "B": 1})),
        *((14, "", {"A": 1}), (12, "", {"B": 1}), (0, "", {"A": -1}), (0, "", {"B": -1})),
    ]
)


def payoffs(packages: Packages, clearing: Clearing) -> dict[int, int]:
    """What each accepted package pays less than its limit."""
    return {
        row["row"]: int(packages.limit[row["row"]]) * row["lots"] - row["payment"]
        for row in clearing.fills.iterate()
    }


def test_the_published_example_of_core_prices() -> None:
    """The winners pay 17 and 15: more than 32 the bid for both would not give."""
    clearing = cleared(LICENCES, payments="core-of-buyers")
    assert clearing.fills["row"].tolist() == [0, 1, 5, 6]
    assert clearing.fills["payment"].tolist() == [17, 15, 0, 0]
    assert int(clearing.certificate.links["collected"][0]) == 32
    assert clearing.certificate.links["core_checked"].tolist() == [0]


def test_between_buyers_and_sellers_all_is_shared() -> None:
    """One buyer at 100, one seller at 40: as even as can be, and nothing is left to the market."""
    pair = book([(100, "", {"land": 1}), (-40, "", {"land": -1})])
    clearing = cleared(pair, payments="core")
    assert clearing.fills["payment"].tolist() == [70, -70]
    rival = book([(100, "", {"land": 1}), (-40, "", {"land": -1}), (-50, "", {"land": -1})])
    clearing = cleared(rival, payments="core")
    # without the seller at 40 the one at 50 would sell: it keeps 10 at most, the buyer 60, of 60
    assert clearing.fills["payment"].tolist() == [45, -45]


def groups_of(rows: list[Row], packages: int) -> list[list[int]]:
    """Rows of each bid: a group, or a package that stands alone."""
    found: dict[str, list[int]] = {}
    for at in range(packages):
        found.setdefault(rows[at][3] or f"row {at}", []).append(at)
    return list(found.values())


@pytest.mark.parametrize("payments", ["core", "core-of-buyers"])
@pytest.mark.parametrize("part", range(4))
def test_no_coalition_of_a_small_book_would_rather_trade_alone(payments: str, part: int) -> None:
    """Every coalition of bids, one by one; and no bid could keep more but for rounding."""
    shared = 0
    for seed in range(200 + 8 * part, 208 + 8 * part):
        packages, network = small_book(seed, 7)
        given_ = {"effort": 1, "payments": payments}
        clearing = ys.clear(packages, network, NAME, **given_)
        ys.verify_clearing(packages, network, clearing, given_)
        rows = rows_of(packages, network)
        bids, kept = groups_of(rows, packages.rows), payoffs(packages, clearing)
        links = rows[packages.rows :]
        of_bid = [sum(kept.get(at, 0) for at in bid) for bid in bids]
        takes_part = [
            any(at in kept and (payments == "core" or packages.limit[at] > 0) for at in bid)
            for bid in bids
        ]
        assert min(kept.values(), default=0) >= 0
        assert all(share or not keeps for share, keeps in zip(takes_part, of_bid, strict=True))
        room = [clearing.welfare] * len(bids)
        for size in range(len(bids)):
            for inside in combinations(range(len(bids)), size):
                some = [rows[at] for bid in inside for at in bids[bid]]
                alone = most_welfare([*some, *links]) if some else 0
                outside = sum(keeps for at, keeps in enumerate(of_bid) if at not in inside)
                left = clearing.welfare - alone - outside
                assert left >= 0, (seed, inside)
                for bid in range(len(bids)):
                    if bid not in inside:
                        room[bid] = min(room[bid], left)
        for bid, share in enumerate(takes_part):
            assert not share or room[bid] < sum(takes_part), (seed, bid)
        shared += sum(of_bid)
        assert clearing.certificate.links["core_claimed"].tolist() == [0]
    assert shared


@settings(deadline=None, max_examples=150)
@given(
    limits=st.lists(
        st.tuples(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 30)), max_size=6
    ),
    welfare=st.integers(0, 30),
)
def test_losses_are_as_even_as_the_limits_allow(
    limits: list[tuple[list[bool], int]], welfare: int
) -> None:
    """The largest loss is the least of all payoffs, tried one by one."""
    outside = np.array([row for row, _ in limits], bool).reshape(len(limits), 4)
    most = np.array([one for _, one in limits], np.int64)
    kept = even_payoffs(outside, most, welfare)
    alone = [
        min([welfare, *(int(most[at]) for at in range(len(limits)) if outside[at, bid])])
        for bid in range(4)
    ]
    fits = [kept.sum() <= welfare, *((outside @ kept) <= most)]
    assert all(fits)
    assert (kept >= 0).all()
    assert (kept <= np.array(alone)).all()
    loss = max(own - int(keeps) for own, keeps in zip(alone, kept, strict=True))
    if loss > 0:
        even = np.maximum(np.array(alone) - (loss - 1), 0)
        assert even.sum() > welfare or ((outside @ even) > most).any()


def test_wide_worths_are_shared_exactly() -> None:
    outside = np.array([[True, True, False], [False, True, True]])
    most = np.array([2**61, 2**60 + 1])
    kept = even_payoffs(outside, most, 2**61 + 5)
    one, two, three = kept.tolist()
    assert one + two <= 2**61
    assert two + three <= 2**60 + 1
    assert 2**61 + 5 - 3 < one + two + three <= 2**61 + 5


def test_better_fills_that_a_coalition_shows_are_taken() -> None:
    """In a larger book the search without one bid may find more; then all is paid for that."""
    packages = grid_book(150, 3)
    plain = ys.clear(packages, mechanism=NAME, effort=1)
    paid = ys.clear(packages, mechanism=NAME, effort=1, payments="core")
    ys.verify_clearing(packages, None, paid, {"effort": 1, "payments": "core"})
    assert paid.welfare >= plain.welfare
    assert paid == ys.clear(packages, mechanism=NAME, effort=1, payments="core")


def test_core_payments_of_too_large_a_book_are_refused() -> None:
    many = 4_100
    packages = Packages.from_columns(
        [5] * many, [1] * many, list(range(many)), ["gpu"] * many, [1] * many
    )
    with pytest.raises(Refusal) as error:
        ys.clear(packages, mechanism=NAME, payments="core")
    assert error.value.code == "markets.too_many_options"


@pytest.mark.parametrize(
    "given_", [{"payments": "half"}, {"payments": "core", "mode": "uniform"}, {"payments": 1}]
)
def test_unknown_payments_are_refused(given_: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="payments"):
        ys.clear(LICENCES, mechanism=NAME, **given_)


CORE = {"effort": 1, "payments": "core-of-buyers"}


@pytest.fixture(scope="module")
def paid() -> Clearing:
    return ys.clear(LICENCES, mechanism=NAME, **CORE)


def signed(clearing: Clearing, **changes: object) -> Clearing:
    """Changed, with a digest made anew."""
    changed = msgspec.structs.replace(clearing, **changes)
    told = changed.certificate
    digest = told_digest(told.regions, told.links, changed.prices, changed.details)
    certificate = msgspec.structs.replace(told, multipliers_digest=digest)
    return msgspec.structs.replace(changed, certificate=certificate)


def refused_core(clearing: Clearing) -> Refusal:
    return refused(LICENCES, None, clearing, payments="core-of-buyers")


def test_a_payment_that_was_moved_is_found(paid: Clearing) -> None:
    """Also from one winner to the other, so that the sums are the same."""
    for row in range(paid.fills.rows):
        for by in (-1, 1):
            fills = altered(paid.fills, "payment", row, by)
            refused_core(signed(paid, fills=fills))
    fills = altered(altered(paid.fills, "payment", 0, 1), "payment", 1, -1)
    refused_core(signed(paid, fills=fills))


@pytest.mark.parametrize("column", ["coalition", "row", "lots"])
def test_a_coalition_that_was_altered_is_found(paid: Clearing, column: str) -> None:
    table = paid.details["coalitions"]
    for row in range(table.rows):
        for by in (-1, 1):
            details = {**paid.details, "coalitions": altered(table, column, row, by)}
            refused_core(msgspec.structs.replace(paid, details=details))


def test_coalitions_that_were_dropped_or_doubled_are_found(paid: Clearing) -> None:
    """One that binds cannot be left out: with it goes what the winners pay."""
    table = paid.details["coalitions"]
    none = {**paid.details, "coalitions": table.take(slice(0, 0))}
    refused_core(signed(paid, details=none))
    doubled = {**paid.details, "coalitions": concatenate([table, table])}
    refused_core(signed(paid, details=doubled))
    refused_core(signed(paid, details={}))
    more = {**paid.details, "others": Columns.of(row=[1])}
    refused_core(signed(paid, details=more))


def test_a_coalition_that_could_not_trade_is_found(paid: Clearing) -> None:
    """A bid for both licences and the sale of one: nobody would be kept from paying less."""
    table = paid.details["coalitions"]
    new = int(table["coalition"].max()) + 1
    made_up = Columns.of(coalition=[new, new], row=[2, 5], lots=[1, 1])
    details = {**paid.details, "coalitions": concatenate([table, made_up])}
    assert refused_core(signed(paid, details=details)).code == "markets.certificate_balance"


@pytest.mark.parametrize("name", ["core_checked", "core_claimed"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_bound_of_what_coalitions_gain_that_was_moved_is_found(
    paid: Clearing, name: str, by: int
) -> None:
    links = altered(paid.certificate.links, name, 0, by)
    refused_core(with_certificate(paid, links=links))


def test_a_price_that_bounds_coalitions_and_was_moved_is_found() -> None:
    packages, network = small_book(4, 10)
    made = ys.clear(packages, network, NAME, effort=1, payments="core")
    ys.verify_clearing(packages, network, made, {"effort": 1, "payments": "core"})
    for row in range(made.prices.rows):
        for by in (-(1 << 40), 1 << 40):
            regions = altered(made.certificate.regions, "core_price", row, by)
            moved = signed(
                made, certificate=msgspec.structs.replace(made.certificate, regions=regions)
            )
            refused(packages, network, moved, payments="core")


def test_payments_at_limits_are_not_taken_for_core_payments(paid: Clearing) -> None:
    refused(LICENCES, None, paid)
    plain = ys.clear(LICENCES, mechanism=NAME, effort=1)
    refused_core(plain)
