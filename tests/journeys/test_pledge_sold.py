"""After a default: notice, the sale of what was pledged, its proceeds; fees and early repayment."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.test_loans import LENDERS, award, market, offer, pass_time, proved, request
from tests.stories import EXCHANGE, Story
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import CancelListing, EnterListing, PayAward, PlaceBid
from yaosu.markets.credit_terms import CreditTerms, LoanTerms
from yaosu.markets.events import ListingEnded
from yaosu.rights.commands import PledgeRight
from yaosu.settlement.commands import (
    GiveSaleNotice,
    PayLoan,
    RecordWithdrawal,
    RepayLoan,
    SellPledge,
)
from yaosu.settlement.contracts.loan import accrued
from yaosu.settlement.events import LoanRepaidEarly, PledgeRealised

TERMS = CreditTerms(
    collateral_to="trustee", grace_days=10, sale_terms="land_auction", sale_notice_days=14
)
BUYERS = ("dan", "eve", "fay")
REQUEST = {"market": "loans", "request": "r"}


def in_default(terms: CreditTerms = TERMS, **asked: object) -> Story:
    """Ann lent 40,000 and bob 20,000 on the plant; the firm took the money and pays nothing."""
    story = market(terms)
    for buyer in BUYERS:
        story.party(buyer, money=200_000)
    request(story, **asked)
    offer(story, "ann", 40_000, 400)
    offer(story, "bob", 20_000, 400)
    award(story)
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=60_000)
    pass_time(story, 50)
    return story


def sale(story: Story, **more: object) -> dict[str, object]:
    begins = story.clock() + 20 * DAY
    times = {"begins": begins, "ends": begins + DAY}
    return {**REQUEST, "right": "plant", "listing": "sale", "price": 50_000, **times, **more}


def announced(story: Story, **more: object) -> None:
    """Notice, its time, and the announcement."""
    story.ask(GiveSaleNotice, "trustee", **REQUEST)
    story.clock.forward(14 * DAY)
    story.ask(SellPledge, "trustee", **sale(story, **more))


def bid(story: Story, **prices: int) -> None:
    """The buyers come, bid in this order, and the time for bids ends."""
    story.clock.forward(20 * DAY)
    for buyer in BUYERS:
        story.ask(EnterListing, buyer, listing="sale")
    for buyer, price in prices.items():
        story.ask(PlaceBid, buyer, listing="sale", price=price)
    story.clock.forward(DAY)
    story.venue._writer.tick()


def overdue(story: Story) -> dict[str, int]:
    loans = story.venue.state.settlement.loans.values()
    return {loan.made.lender: loan.overdue_minor for loan in loans}


def test_what_was_pledged_is_sold_and_its_price_pays_the_loans_the_rest_is_the_borrowers() -> None:
    """S2-33: notice, forced sale through the market, proceeds by priority, rest to the pledgor."""
    story = in_default()
    owed = overdue(story)
    assert set(owed) == {"ann", "bob"}
    announced(story)
    assert "plant" in story.venue.state.rights.burdens, "the pledge stands until it is sold"
    bid(story, dan=50_000, fay=51_000, eve=90_000)
    before = {name: story.money(name) for name in LENDERS}
    events = story.ask(PayAward, "eve", listing="sale")
    (realised,) = [event for event in events if isinstance(event, PledgeRealised)]
    assert realised.proceeds_minor == 90_000
    assert realised.rest_minor == 90_000 - sum(owed.values()) == story.money("firm")
    assert {n: story.money(n) - before[n] for n in ("ann", "bob")} == owed
    assert overdue(story) == {"ann": 0, "bob": 0}
    assert story.venue.state.rights.rights["plant"].holder == "eve"
    assert story.venue.state.rights.burdens == {}
    assert story.venue.state.blockers("firm") == []
    proved(story)


def test_where_the_price_does_not_reach_loans_share_it_by_what_is_overdue() -> None:
    """The rest stays owed, and may be paid later."""
    story = in_default()
    owed = overdue(story)
    announced(story, price=20_000)
    bid(story, dan=20_000, eve=30_001, fay=40_003)
    story.ask(PayAward, "fay", listing="sale")
    left = overdue(story)
    assert sum(owed.values()) - sum(left.values()) == 40_003
    total = sum(owed.values())
    for lender in ("ann", "bob"):
        exact = Fraction(40_003 * owed[lender], total)
        assert abs(owed[lender] - left[lender] - exact) < 1
    assert story.money("firm") == 0
    (loan, *_) = story.venue.state.settlement.loans.values()
    assert loan.state == "defaulted"
    story.deposit("firm", sum(left.values()))
    for name in sorted(story.venue.state.settlement.loans):
        story.ask(PayLoan, "firm", loan=name)
    assert overdue(story) == {"ann": 0, "bob": 0}
    proved(story)


def test_who_pays_everything_before_the_award_ends_the_sale() -> None:
    story = in_default()
    announced(story)
    story.clock.forward(20 * DAY)
    story.ask(EnterListing, "dan", listing="sale")
    story.ask(PlaceBid, "dan", listing="sale", price=50_000)
    story.deposit("firm", 100_000)
    events = [
        event
        for name in sorted(story.venue.state.settlement.loans)
        for event in story.ask(PayLoan, "firm", loan=name)
    ]
    (ended,) = [event for event in events if isinstance(event, ListingEnded)]
    assert ended.reason == "the loan was paid back"
    assert story.money("dan") == 200_000, "its deposit is free again"
    assert story.venue.state.rights.burdens == {}
    assert story.lots("firm", "unit-plant") == 10
    proved(story)


def test_an_unsold_pledge_stands_and_may_be_offered_again() -> None:
    story = in_default()
    announced(story)
    story.clock.forward(30 * DAY)
    story.venue._writer.tick()
    assert "plant" in story.venue.state.rights.burdens
    low = story.refused(SellPledge, "trustee", **sale(story, listing="again", price=30_000))
    assert low.startswith("markets.starts_too_low"), "the limits of the terms guard the borrower"
    story.ask(SellPledge, "trustee", **sale(story, listing="again", price=45_000))
    story.ask(CancelListing, "trustee", listing="again", reason="terms agreed")
    proved(story)


def test_only_the_creditor_sells_only_after_notice_and_only_what_is_pledged() -> None:
    """Each refusal with its sentence; the pledgor neither cancels the sale nor bids in it."""
    story = in_default()
    other = story.refused(GiveSaleNotice, "ann", **REQUEST)
    assert other == (
        "settlement.not_the_creditor: nothing that stands for request r is pledged to ann; "
        "let the creditor of the pledge ask"
    )
    assert story.refused(SellPledge, "trustee", **sale(story)) == (
        "settlement.no_sale_notice: no notice of a sale was given for request r; "
        "give it first (GiveSaleNotice)"
    )
    story.ask(GiveSaleNotice, "trustee", **REQUEST)
    assert story.refused(GiveSaleNotice, "trustee", **REQUEST).startswith(
        "settlement.notice_given: notice of a sale was given for request r before"
    )
    assert story.refused(SellPledge, "trustee", **sale(story)).startswith(
        "settlement.sale_too_early: what was pledged for request r may be sold from 2027-01-"
    )
    story.clock.forward(14 * DAY)
    assert story.refused(SellPledge, "trustee", **sale(story, right="mill")).startswith(
        "settlement.not_pledged_for: right mill is not pledged for request r"
    )
    story.ask(SellPledge, "trustee", **sale(story))
    assert story.refused(SellPledge, "trustee", **sale(story, listing="two")).startswith(
        "rights.lots_reserved"
    )
    stop = story.refused(CancelListing, "firm", listing="sale", reason="mine")
    assert stop.startswith("markets.not_your_listing")
    story.clock.forward(20 * DAY)
    for party in ("firm", "trustee"):
        assert not story.try_to(EnterListing, party, listing="sale").is_accepted
    nothing = story.refused(GiveSaleNotice, "trustee", market="loans", request="q")
    assert nothing.startswith("settlement.not_in_default: no loan of request q in loans")


def test_a_market_without_terms_of_sale_sells_nothing_and_a_sale_is_whole() -> None:
    plain = in_default(CreditTerms(collateral_to="trustee", grace_days=10))
    assert plain.refused(GiveSaleNotice, "trustee", **REQUEST).startswith(
        "settlement.no_sale_terms: loans names no terms on which collateral is sold"
    )
    parts = in_default(
        CreditTerms(collateral_to="trustee", grace_days=10, sale_terms="allowance_auction")
    )
    parts.ask(GiveSaleNotice, "trustee", **REQUEST)
    parts.clock.forward(14 * DAY)
    refusal = parts.refused(SellPledge, "trustee", **sale(parts, begins=0))
    assert refusal.startswith("markets.listing_does_not_fit"), refusal


def test_the_borrower_pays_the_fee_of_the_award_out_of_what_is_lent() -> None:
    story = market(CreditTerms(collateral_to="trustee", origination=12_345))
    request(story)
    offer(story, "ann", 60_000, 400)
    awarded, (loan,) = award(story)
    assert awarded.fee_minor == 740  # 740.7, rounded down
    assert loan.principal_minor == 60_000
    assert (story.money("firm"), story.money(EXCHANGE)) == (60_000 - 740, 740)
    proved(story)


@pytest.mark.parametrize("days", [0, 10, 40])
def test_a_loan_is_paid_back_early_with_its_interest_and_its_stated_charge(days: int) -> None:
    """Interest up to the day, the charge on what had not fallen due; then the pledge is free."""
    story = market(CreditTerms(collateral_to="trustee", early=10_000))
    request(story)
    offer(story, "ann", 60_000, 400)
    _, (loan,) = award(story)
    assert loan.early == 10_000
    story.deposit("firm", 10_000)
    pass_time(story, days)
    firm = story.money("firm")
    assert story.refused(RepayLoan, "ann", loan=loan.loan).startswith("settlement.not_the_borrower")
    (repaid,) = [
        event
        for event in story.ask(RepayLoan, "firm", loan=loan.loan)
        if isinstance(event, LoanRepaidEarly)
    ]
    rest, since = (60_000, 0) if days < 30 else (30_000, 30)
    expected = {0: 0, 10: 67, 40: 33}[days]  # 400 bp on the rest for 0, 10 and 10 days of 360
    assert (repaid.principal_minor, repaid.charge_minor) == (rest, rest // 100)
    assert repaid.interest_minor == expected, since
    paid = rest + expected + rest // 100
    assert story.money("firm") == firm - paid
    assert story.venue.state.rights.burdens == {}
    assert story.venue.state.settlement.loans_due == {}
    again = story.refused(RepayLoan, "firm", loan=loan.loan)
    assert again.startswith(f"settlement.loan_not_running: loan {loan.loan} is repaid; pay what")
    assert story.refused(RepayLoan, "firm", loan="x").startswith("settlement.unknown_loan")
    proved(story)


@pytest.mark.parametrize(
    ("terms", "term"),
    [
        (CreditTerms(origination=100_001), "origination"),
        (CreditTerms(early=-1), "early"),
        (CreditTerms(sale_notice_days=-1), "sale_notice_days"),
        (CreditTerms(sale_terms="land_auction"), "sale_terms"),
    ],
)
def test_charges_and_terms_of_sale_that_cannot_be_are_refused(
    terms: CreditTerms, term: str
) -> None:
    with pytest.raises(Exception, match=f"markets.bad_loan_terms: the term {term} of a loan is"):
        market(terms)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10**9), st.integers(0, 2_000), st.integers(0, 400), st.integers(0, 400))
def test_interest_up_to_a_day_grows_with_the_days(
    rest: int, rate: int, one: int, more: int
) -> None:
    terms = LoanTerms(day_count="A360")
    begin = 1_700_000_000_000_000
    first = accrued(rest, rate, begin, begin + one * DAY, terms)
    assert 0 <= first <= accrued(rest, rate, begin, begin + (one + more) * DAY, terms)
    assert abs(first - Fraction(rest * rate * one, 3_600_000)) <= Fraction(1, 2)


def test_pledges_are_paid_by_rank() -> None:
    """S2-33: a later pledge gets what it states of what is left, and ends with the first."""
    story = in_default()
    story.party("gus", ())
    later = {"right": "plant", "creditor": "gus", "rank": 2, "amount_minor": 12_000}
    story.ask(PledgeRight, "firm", entry="second", **later)
    owed = sum(overdue(story).values())
    announced(story)
    bid(story, dan=50_000, fay=51_000, eve=90_000)
    events = story.ask(PayAward, "eve", listing="sale")
    (realised,) = [event for event in events if isinstance(event, PledgeRealised)]
    assert realised.paid.text("payee").tolist() == ["ann", "bob", "gus"]
    assert story.money("gus") == 12_000
    assert story.money("firm") == realised.rest_minor == 90_000 - owed - 12_000
    assert story.venue.state.rights.burdens == {}
    proved(story)


@settings(deadline=None, max_examples=6)
@given(
    st.integers(20_000, 150_000),
    st.integers(0, 30_000),
    st.integers(0, 40_000),
    st.integers(1, 59_999),
)
def test_whatever_a_pledge_brings_no_money_is_made_or_lost(
    price: int, later: int, paid: int, first: int
) -> None:
    """Any price, any later pledge, any payment meanwhile, any division among the lenders."""
    story = market(TERMS)
    for buyer in (*BUYERS, "gus"):
        story.party(buyer, money=200_000)
    request(story)
    offer(story, "ann", first, 400)
    offer(story, "bob", 60_000 - first, 400)
    award(story)
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=60_000)
    pass_time(story, 50)
    further = {"right": "plant", "creditor": "gus", "rank": 2, "amount_minor": later}
    story.ask(PledgeRight, "firm", entry="second", **further)
    if paid:
        story.deposit("firm", paid)
        for name in sorted(story.venue.state.settlement.loans):
            story.try_to(PayLoan, "firm", loan=name)
    everyone = (*LENDERS, *BUYERS, "gus", "firm", "trustee", EXCHANGE)
    before = sum(story.money(name) for name in everyone)
    owed = overdue(story)
    announced(story, price=20_000)
    bid(story, dan=price, eve=price + 100, fay=price + 300)
    story.ask(PayAward, "fay", listing="sale")
    held = sum(story.money(name, "listing:sale") for name in everyone)
    assert sum(story.money(name) for name in everyone) + held == before
    left = overdue(story)
    assert all(0 <= left[lender] <= owed[lender] for lender in owed)
    assert story.venue.state.rights.burdens == {}
    assert sum(left.values()) == 0 or story.money("gus") == 200_000, "the first rank comes first"
    proved(story)
