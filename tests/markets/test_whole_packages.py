"""Whole packages and alternatives in a market of the journal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.markets.package_market import GOODS, Leg, cleared, exchange, package, sell, send
from tests.stories import EXCHANGE, Story
from yaosu.core import state_hash
from yaosu.engine.proof import audit, verify
from yaosu.engine.replay import replay
from yaosu.kernel.columns import Columns, concatenate
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import CancelOrders, CloseBook, OpenMarket, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book, network_of, orders_of, parameters_of
from yaosu.markets.mechanisms import verify_clearing
from yaosu.markets.mechanisms.indivisible import AllOrNothingParameters
from yaosu.markets.mechanisms.indivisible_book import choices_of
from yaosu.markets.mechanisms.indivisible_bound import bound_of_prices
from yaosu.markets.mechanisms.indivisible_money import money_at_limits
from yaosu.markets.mechanisms.indivisible_payments import Paid
from yaosu.markets.mechanisms.indivisible_solve import solve_choices
from yaosu.markets.mechanisms.indivisible_tables import clearing_of
from yaosu.markets.state import Market
from yaosu.markets.terms import Trading, WholePackageTerms
from yaosu.settlement.events import ContractMade

NAME = "package-all-or-nothing"
ALL: tuple[Leg, ...] = tuple((good, 1, 3) for good in GOODS.values())


def market(**terms: object) -> Story:
    return exchange(NAME, **terms)


def one_of(group: str, *packages: Columns) -> Columns:
    """Packages of which one is wanted."""
    rows = concatenate(packages)
    return rows.with_columns(group=[group] * rows.rows)


def book(story: Story) -> Market:
    return story.venue.state.markets.markets["m"]


def nothing_found(story: Story) -> Clearing:
    """A sound result that accepts nothing, with an honest bound."""
    closed = book(story).closed_as
    assert closed is not None
    orders, network = orders_of(book(story)), network_of(book(story), closed.links)
    choices = choices_of(orders, network)
    found = solve_choices(choices, 1)
    none = structs.replace(found, units=np.zeros_like(found.units), welfare=0)
    money = money_at_limits(choices.book, none.units, none.price, none.scale)
    parameters = AllOrNothingParameters.of(**parameters_of(book(story).trading))
    return clearing_of(orders, network, parameters, choices, none, money)


def test_a_package_is_delivered_whole_and_pays_its_limit() -> None:
    """S0-53: every leg or none, for what each said; what buyers pay above goes to the market."""
    story = market()
    for factor in GOODS:
        sell(story, factor, 10, 3)
    send(story, "lab", package("all", 150, 1, *ALL))
    events = story.close()
    assert sum(isinstance(event, ContractMade) for event in events) == 1
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]
    assert story.money("lab") == 10_000 - 150
    assert [story.money(f"{factor}-owner") for factor in GOODS] == [30] * 4
    assert story.money("ministry") == 150 - 120
    held = [key for key, n in story.venue.state.ledger.balances.items() if n and ":m" in key[2]]
    assert held == []


def test_one_leg_too_few_and_nothing_trades() -> None:
    """S0-53: an offer is whole, too: three lots of four are not sold for a package of three."""
    story = market()
    for factor, lots in zip(GOODS, (3, 3, 3, 2), strict=True):
        sell(story, factor, 10, lots)
    send(story, "lab", package("all", 1000, 1, *ALL))
    assert cleared(story).clearing.volume == 0
    assert story.money("lab") == 10_000
    assert story.lots("land-owner", "parcel") == 10


def test_of_alternatives_one_is_accepted_and_the_dearest_is_held_for() -> None:
    """S0-45: either land with computing or data alone; OR between packages of no group."""
    story = market()
    for factor in GOODS:
        sell(story, factor, 10, 3)
    both = package("both", 90, 1, ("parcel", 1, 3), ("gpu", 1, 3))
    send(story, "lab", one_of("plan", both, package("data", 50, 1, ("records", 1, 3))))
    send(story, "lab", package("desks", 40, 1, ("desks", 1, 3)))
    assert story.money("lab", "order:m") == 90 + 40
    cleared(story)
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 0, 3]
    assert story.money("lab") == 10_000 - 130


def test_the_same_lots_are_offered_in_alternatives() -> None:
    """Held once; sold once."""
    story = market()
    ten = package("ten", -90, 1, ("gpu", -1, 10))
    six = package("six", -50, 1, ("gpu", -1, 6))
    send(story, "compute-owner", one_of("either", ten, six))
    assert story.lots("compute-owner", "gpu", "order:m") == 10
    assert book(story).offered == {"r-gpu": 10}
    send(
        story,
        "lab",
        package("six", 72, 1, ("gpu", 1, 6)),
    )
    cleared(story)
    assert story.lots("lab", "gpu") == 6
    assert story.lots("compute-owner", "gpu") == 4
    assert story.money("compute-owner") == 50


def test_an_alternative_taken_back_leaves_what_the_others_need() -> None:
    story = market()
    plan = [package(f"p{n}", limit, 1, ("gpu", 1, 1)) for n, limit in enumerate((30, 70, 50))]
    send(story, "lab", one_of("plan", *plan), batch="mine")
    for number, rest in ((1, 50), (0, 50), (2, 0)):
        story.ask(CancelOrders, "lab", market="m", batch="mine", numbers=(number,))
        assert story.money("lab", "order:m") == rest
    send(
        story,
        "compute-owner",
        one_of(
            "x", *(package(f"s{n}", -n, 1, ("gpu", -1, lots)) for n, lots in enumerate((10, 4)))
        ),
        batch="sale",
    )
    story.ask(CancelOrders, "compute-owner", market="m", batch="sale", numbers=(0,))
    assert story.lots("compute-owner", "gpu", "order:m") == 4
    assert book(story).offered == {"r-gpu": 4}
    story.ask(CancelOrders, "compute-owner", market="m", batch="sale")
    assert (book(story).offered, book(story).rows, book(story).value) == ({}, 0, 0)


def test_a_package_with_a_minimum_takes_so_many_units_at_least() -> None:
    story = market()
    sell(story, "compute", 10, 4)
    rows = package("a", 20, 6, ("gpu", 1, 6))
    send(story, "lab", rows.with_columns(minimum=[5]))
    send(story, "lab", rows.with_columns(minimum=[3], limit=[15]))
    cleared(story)
    assert story.lots("lab", "gpu") == 4
    assert story.money("lab") == 10_000 - 4 * 15


def test_what_nobody_takes_stays_with_who_gave_it() -> None:
    story = market()
    sell(story, "compute", 10, 5)
    send(story, "lab", package("a", 90, 1, ("gpu", 1, 3)))
    assert int(cleared(story).clearing.prices["left_over"].sum()) == 2
    assert (story.lots("lab", "gpu"), story.lots("compute-owner", "gpu")) == (3, 7)
    assert (story.money("compute-owner"), story.money("ministry")) == (50, 40)


def test_lots_left_over_behind_a_link_stay_where_they_came_from() -> None:
    """A link costs one a lot; two of the five lots offered are wanted in the west."""
    story = market()
    sell(story, "land", 10, 5)
    send(story, "lab", package("a", 90, 1, ("parcel", 1, 2), region="west"))
    assert cleared(story).clearing.welfare == 90 - 50 - 2
    assert (story.lots("lab", "parcel"), story.lots("land-owner", "parcel")) == (2, 8)
    assert (story.money("land-owner"), story.money("ministry")) == (50, 40)


def test_at_uniform_prices_nobody_accepted_loses() -> None:
    story = market(packages=WholePackageTerms(mode="uniform"))
    sell(story, "compute", 10, 3)
    send(story, "lab", package("a", 90, 1, ("gpu", 1, 3)))
    clearing = cleared(story).clearing
    assert "no package accepted at a loss" in clearing.certificate.proved
    paid = 10_000 - story.money("lab")
    assert 30 <= paid <= 90
    assert story.money("compute-owner") == paid


def closed_market(gap_ppm: int = 0) -> Story:
    story = market(clear_at_close=False, packages=WholePackageTerms(gap_ppm=gap_ppm))
    for factor, lots in zip(GOODS, (3, 3, 3, 5), strict=True):
        sell(story, factor, 10, lots)
    send(story, "lab", package("all", 200, 1, *ALL))
    send(story, "lab", package("some", 100, 1, ("parcel", 1, 2), ("desks", 1, 2)))
    story.close()
    return story


def test_a_result_is_taken_where_a_search_of_stated_work_finds_no_more() -> None:
    """A sound result that is worth less is refused, though its bound is honest."""
    story = closed_market()
    record = {"market": "m", "round": 1}
    refusal = story.refused(RecordClearing, EXCHANGE, **record, clearing=nothing_found(story))
    assert refusal == (
        "markets.too_little_found: the result is worth 0 ticks; a search of 1 million steps finds "
        "60; clear the frozen book with the effort of the market's terms and send that result"
    )
    closed = book(story).closed_as
    assert closed is not None
    story.ask(RecordClearing, EXCHANGE, **record, clearing=clear_book(book(story), closed))
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]


def test_a_result_whose_gap_is_within_the_terms_is_taken_without_a_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> Clearing:
        raise AssertionError("nothing is searched here")

    story = closed_market(gap_ppm=1_000_000)
    closed = book(story).closed_as
    assert closed is not None
    clearing = clear_book(book(story), closed)
    assert clearing.welfare < clearing.certificate.dual <= 2 * clearing.welfare
    monkeypatch.setattr("yaosu.markets.form_whole.solve_choices", never)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)


def test_core_payments_leave_no_coalition_better_off() -> None:
    """The lab pays what the rival bids would have paid together, and the sellers get their limits.

    Payments so low that the rivals would rather trade with the sellers are refused, though the
    certificate of a search that overlooked them verifies.
    """
    terms = WholePackageTerms(payments="core-of-buyers")
    story = market(clear_at_close=False, packages=terms)
    story.party("start-up", tuple(GOODS), money=10_000)
    for factor in ("land", "compute"):
        sell(story, factor, 10, 3)
    send(story, "lab", package("both", 200, 1, ("parcel", 1, 3), ("gpu", 1, 3)))
    send(story, "start-up", package("one", 50, 1, ("parcel", 1, 3)))
    send(story, "start-up", package("other", 60, 1, ("gpu", 1, 3)))
    story.close()
    closed = book(story).closed_as
    assert closed is not None
    clearing = clear_book(book(story), closed)
    orders, network = orders_of(book(story)), network_of(book(story), closed.links)
    choices = choices_of(orders, network)
    rows, found = choices.book.rows, solve_choices(choices, 1)
    payoff = np.where((found.units > 0) & (rows.limit > 0), found.welfare, 0)
    less = np.zeros_like(payoff)
    np.add.at(less, choices.row_group, payoff)
    gain = bound_of_prices(rows, choices.row_group, found.price, found.scale, less)
    blind = Paid(found, payoff, (), found.price, gain, gain)
    money = money_at_limits(choices.book, found.units, found.price, found.scale, payoff)
    parameters = AllOrNothingParameters.of(**parameters_of(book(story).trading))
    low = clearing_of(orders, network, parameters, choices, found, money, blind)
    verify_clearing(orders, network, low, parameters)
    refusal = story.refused(RecordClearing, EXCHANGE, market="m", round=1, clearing=low)
    assert refusal.startswith("markets.coalition_gains: a coalition of bids would gain 50 ticks")
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert story.money("lab") == 10_000 - 110
    assert (story.money("land-owner"), story.money("compute-owner")) == (30, 30)
    assert story.money("ministry") == 50


def test_a_result_of_other_terms_or_that_was_altered_is_refused() -> None:
    story = closed_market(gap_ppm=1_000_000)
    closed = book(story).closed_as
    assert closed is not None
    clearing = clear_book(book(story), closed)
    other = structs.replace(book(story).trading, packages=WholePackageTerms(effort=2))
    by_others = clear_book(structs.replace(book(story), trading=other), closed)
    dropped = structs.replace(clearing, fills=clearing.fills.take(slice(1, None)))
    for forged in (by_others, dropped, structs.replace(clearing, welfare=clearing.welfare + 1)):
        refusal = story.refused(RecordClearing, EXCHANGE, market="m", round=1, clearing=forged)
        assert refusal.startswith("markets.certificate_"), refusal


@pytest.mark.parametrize(
    ("terms", "clear_at_close", "words"),
    [
        ({"effort": 21}, True, "packages.effort is 21"),
        ({"effort": 30, "effort_checked": 21}, False, "packages.effort_checked is 21"),
        ({"effort": 2, "effort_checked": 3}, False, "packages.effort_checked is 3"),
        ({"gap_ppm": -1}, False, "packages.gap_ppm is -1"),
        ({"mode": "other"}, False, "mode"),
        ({"effort": 0}, False, "packages.effort_checked is 1"),
    ],
)
def test_terms_out_of_range_open_no_market(
    terms: dict[str, int], clear_at_close: bool, words: str
) -> None:
    story = Story().found(("compute",))
    trading = Trading(
        mechanism=NAME,
        clear_at_close=clear_at_close,
        packages=WholePackageTerms(**terms),  # type: ignore[arg-type]  # whole numbers and a mode
    )
    asked = {"factor": "compute", "instruments": ("gpu",), "regions": ("east",), "currency": "CNY"}
    assert words in story.refused(OpenMarket, EXCHANGE, market="m", trading=trading, **asked)
    other = structs.replace(trading, mechanism="call", packages=WholePackageTerms())
    refusal = story.refused(OpenMarket, EXCHANGE, market="m", trading=other, **asked)
    assert refusal.startswith("markets.term_without_use")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"minimum": [3]}, "its minimum is not from 1 to its units"),
        ({"minimum": [-1]}, "its minimum is not from 1 to its units"),
    ],
)
def test_an_unsound_package_is_refused_and_says_why(more: dict[str, object], reason: str) -> None:
    story = market()
    orders = package("a", 9, 2, ("gpu", 1, 2)).with_columns(**more)
    refusal = story.refused(SubmitOrders, "lab", market="m", batch="b", orders=orders)
    assert refusal.startswith("markets.bad_package: row ")
    assert reason in refusal


@pytest.mark.parametrize("more", [{"group": ["a", "b"]}, {"minimum": [1, 2]}])
def test_rows_of_one_package_say_the_same(more: dict[str, object]) -> None:
    story = market()
    orders = package("a", 9, 2, ("gpu", 1, 2), ("parcel", 1, 2)).with_columns(**more)
    refusal = story.refused(SubmitOrders, "lab", market="m", batch="b", orders=orders)
    assert "its rows differ in minimum or group" in refusal


def test_a_book_that_could_not_be_cleared_is_not_frozen() -> None:
    """Worth beyond what sums can take: refused at the close, and orders can still be taken back."""
    story = market()
    many = concatenate(
        [
            package(f"s{n}", -(2**44), 2**14, ("gpu", -1, 2**14)).with_columns(minimum=[1])
            for n in range(4)
        ]
    )
    owner = story.party("giant", ("compute",))
    story.right("r-giant", owner, 2**16, instrument="gpu")
    send(story, owner, many, batch="giant")
    refusal = story.refused(CloseBook, EXCHANGE, market="m")
    assert refusal.startswith("markets.value_overflow")
    story.ask(CancelOrders, owner, market="m", batch="giant")
    story.ask(CloseBook, EXCHANGE, market="m")


def test_a_round_of_whole_packages_is_verified_audited_and_replayed() -> None:
    """The journal alone gives the same state; decided again, the same entries."""
    story = closed_market()
    closed = book(story).closed_as
    assert closed is not None
    clearing = clear_book(book(story), closed)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert verify(story.venue.store).state_hash == state_hash(story.venue.state)
    assert audit(story.venue.store).unlike == 0
    again = replay(story.venue.store, [])
    assert again.diverged == 0
    assert state_hash(again.replayed) == state_hash(story.venue.state)


bids = st.lists(
    st.tuples(
        st.integers(0, 60),  # limit for a unit
        st.integers(1, 3),  # units
        st.integers(1, 3),  # at least
        st.lists(st.integers(-2, 2), min_size=3, max_size=3).filter(any),  # lots of each good
        st.sampled_from(["", "g", "h"]),
        st.sampled_from(["east", "west"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=25)
@given(bids=bids, uniform=st.booleans(), data=st.data())
def test_lots_and_money_are_neither_made_nor_lost(
    bids: list[tuple[int, int, int, list[int], str, str]], uniform: bool, data: st.DataObject
) -> None:
    """S0-53: whatever is asked, each gets all legs of what it was accepted for and no more."""
    terms = WholePackageTerms(mode="uniform" if uniform else "allocation", effort=1)
    story = market(packages=terms)
    goods = list(GOODS.values())[:3]
    parties = ["lab", "land-owner", "compute-owner", "data-owner"]
    for party in parties[1:]:
        story.deposit(party, 10_000)
    for row, (limit, units, least, lots, group, region) in enumerate(bids):
        legs = [
            (g, 1 if n > 0 else -1, abs(n) * units) for g, n in zip(goods, lots, strict=True) if n
        ]
        sign = 1 if sum(lots) >= 0 else -1
        orders = package(f"p{row}", sign * limit, units, *legs, region=region).with_columns(
            minimum=[min(least, units)] * len(legs), group=[group] * len(legs)
        )
        party = data.draw(st.sampled_from(parties))
        story.try_to(SubmitOrders, party, market="m", batch=f"b{row}", orders=orders)
    everybody = [*parties, "ministry"]
    before = sum(story.money(p) + story.money(p, "order:m") for p in everybody)
    cleared(story)
    assert sum(story.money(party) for party in everybody) == before
    for good in goods:
        assert sum(story.lots(party, good) for party in everybody) == 10
    held = [key for key, n in story.venue.state.ledger.balances.items() if n and ":m" in key[2]]
    assert held == []
