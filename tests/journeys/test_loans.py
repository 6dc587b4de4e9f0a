"""A loan from its request to the last payment: offers, award, pledge, instalments, default."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.core import AnyEvent, state_hash
from yaosu.door import Venue
from yaosu.kernel.canonical import decode
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    AwardLoan,
    CloseBook,
    DeclineLoan,
    OfferLoan,
    RequestLoan,
    WithdrawLoanOffer,
    WithdrawLoanRequest,
)
from yaosu.markets.credit_terms import CreditTerms, LoanTerms
from yaosu.markets.events import LoanAwarded
from yaosu.markets.mechanisms import verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.parties.commands import IssueAttestation, WithdrawAttestation
from yaosu.rights.commands import FreezeRight
from yaosu.settlement.commands import PayLoan, RecordWithdrawal
from yaosu.settlement.events import InstalmentMissed, LoanDefaulted, LoanMade, LoanPaid

RULES = (
    shipped("rules/national.toml").replace(
        "[facts]\n", '[facts]\nattested_lending_licence = "int"\n', 1
    )
    + """
[[condition]]
id         = "lending.licence"
purpose    = "lending"
factors    = ["capital"]
expression = "attested_lending_licence >= 1"
reason     = "no_lending_licence"
[[condition.example]]
facts  = { attested_lending_licence = 1 }
result = true
"""
)
LENDERS = ("ann", "bob", "cyd")
TERMS = CreditTerms(collateral_to="trustee", grace_days=10)
MONTHS = LoanTerms(kind="LAM", instalments=2, every_months=1)


def market(terms: CreditTerms = TERMS, **trading: object) -> Story:
    """A firm with a parcel, three lenders with a licence, a trustee, a market of loans."""
    story = Story().found(factors=("capital", "compute"), rules=RULES)
    story.party("firm", ("capital", "compute"))
    story.party("trustee", ())
    for lender in LENDERS:
        story.party(lender, ("capital",), money=100_000)
        story.ask(
            IssueAttestation,
            REGISTRY,
            attestation=f"licence-{lender}",
            about=lender,
            kind="lending_licence",
        )
    story.right("plant", "firm", 10)
    fields = {"mechanism": "credit", "clear_at_close": False, "credit": terms, **trading}
    story.market("loans", ("loan",), "capital", **fields)
    return story


def request(story: Story, **more: object) -> None:
    story.ask(RequestLoan, "firm", **wanted(story, **more))


def wanted(story: Story, **more: object) -> dict[str, object]:
    asked = {"market": "loans", "request": "r", "instrument": "loan", "region": "east"}
    until = story.clock() + DAY
    return {
        **asked,
        "amount_minor": 60_000,
        "rate_max_bp": 900,
        "offers_until": until,
        "terms": MONTHS,
        "collateral": ("plant",),
        **more,
    }


def offer(story: Story, lender: str, amount: int, rate: int, **more: object) -> None:
    fields = {"market": "loans", "request": "r", "offer": f"o-{lender}", **more}
    story.ask(OfferLoan, lender, amount_minor=amount, rate_bp=rate, **fields)


def award(story: Story) -> tuple[LoanAwarded, list[LoanMade]]:
    story.clock.forward(DAY)
    events = story.ask(AwardLoan, "firm", market="loans", request="r")
    (awarded,) = [event for event in events if isinstance(event, LoanAwarded)]
    return awarded, [event for event in events if isinstance(event, LoanMade)]


def pass_time(story: Story, days: int) -> list[object]:
    """Let days pass one by one; the events of what fell due."""
    seen = story.venue.store.size
    for _ in range(days):
        story.clock.forward(DAY)
        story.venue._writer.tick()
    rows = story.venue.store.read(seen, story.venue.store.size - 1)
    return [event for entry in rows for event in decode(entry.events, list[AnyEvent])]


def total(story: Story) -> int:
    parties = (*LENDERS, "firm", "trustee")
    return sum(story.money(p) + story.money(p, "order:loans") for p in parties)


def proved(story: Story) -> None:
    """Recovered state, audited decisions and a replay agree with what happened."""
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)
    assert story.venue.replay([]).is_without_effect


def test_one_request_many_lenders_and_paid_back() -> None:
    """S2-69: the cheapest money is taken; every offer has its reason; the loan runs its course."""
    story = market()
    request(story)
    offer(story, "ann", 40_000, 400)
    offer(story, "bob", 40_000, 500)
    offer(story, "cyd", 40_000, 600)
    assert story.money("ann", "order:loans") == 40_000
    awarded, loans = award(story)
    assert [(row["lender"], row["lent"], row["rate_bp"], row["reason"]) for row in
            awarded.offers.iterate()] == [
        ("ann", 40_000, 400, "accepted"),
        ("bob", 20_000, 500, "accepted_in_part"),
        ("cyd", 0, 0, "outbid"),
    ]  # fmt: skip
    assert (story.money("firm"), story.money("cyd")) == (60_000, 100_000)
    assert [(loan.lender, loan.principal_minor) for loan in loans] == [
        ("ann", 40_000),
        ("bob", 20_000),
    ]
    assert "plant" in story.venue.state.rights.burdens
    assert f"loan {loans[0].loan}" in story.venue.state.blockers("firm")
    assert total(story) == 300_000
    story.deposit("firm", 1_000)
    paid = [event for event in pass_time(story, 62) if isinstance(event, LoanPaid)]
    assert [(event.lender, event.amount_minor) for event in paid[:2]] in (
        [("ann", 20_133), ("bob", 10_083)],
        [("bob", 10_083), ("ann", 20_133)],
    )
    assert story.money("firm") == 1_000 - 133 - 67 - 83 - 42
    assert "plant" not in story.venue.state.rights.burdens, "the pledge is released"
    assert story.venue.state.blockers("firm") == []
    assert story.refused(PayLoan, "firm", loan=loans[0].loan).startswith(
        "settlement.nothing_overdue: nothing of loan"
    )
    proved(story)


def test_the_award_can_be_checked_by_anyone_and_a_uniform_rate_is_one_rate() -> None:
    story = market(CreditTerms(pricing="uniform", collateral_to="trustee"))
    request(story)
    for lender, rate in zip(LENDERS, (400, 500, 600), strict=True):
        offer(story, lender, 40_000, rate)
    awarded, loans = award(story)
    assert {loan.rate_bp for loan in loans} == {500}
    orders = Orders.from_columns(
        instrument=["loan"] * 4,
        region=["east"] * 4,
        side=[1, -1, -1, -1],
        price=[900, 400, 500, 600],
        quantity=[60_000, 40_000, 40_000, 40_000],
        party=["firm", *LENDERS],
        sequence=[0, 1, 2, 3],
        least=[0, 0, 0, 0],
    )
    terms = {"pricing": "uniform"}
    verify_clearing(orders, Network.alone("east"), awarded.clearing, terms)


def test_a_missed_payment_is_overdue_then_paid_or_a_default() -> None:
    """Grace, then default; what is paid late closes the loan and frees the pledge."""
    story = market()
    request(story)
    offer(story, "ann", 60_000, 400)
    _, (loan,) = award(story)
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=60_000)
    missed = pass_time(story, 31)
    assert [event.overdue_minor for event in missed if isinstance(event, InstalmentMissed)] == [
        30_200
    ]
    assert story.refused(PayLoan, "firm", loan=loan.loan).startswith("ledger.insufficient")
    story.deposit("firm", 30_200)
    assert story.refused(PayLoan, "ann", loan=loan.loan) == (
        f"settlement.not_the_borrower: loan {loan.loan} is not ann's to pay back; "
        "let its borrower ask"
    )
    story.ask(PayLoan, "firm", loan=loan.loan)
    later = pass_time(story, 31 + 10)
    (defaulted,) = [event for event in later if isinstance(event, LoanDefaulted)]
    assert (defaulted.overdue_minor, defaulted.accelerated_minor) == (30_100, 0)
    assert "plant" in story.venue.state.rights.burdens
    story.deposit("firm", 30_100)
    story.ask(PayLoan, "firm", loan=loan.loan)
    assert story.venue.state.settlement.loans[loan.loan].state == "repaid"
    assert "plant" not in story.venue.state.rights.burdens
    assert story.refused(PayLoan, "firm", loan="x").startswith("settlement.unknown_loan: loan x")
    proved(story)


def test_a_default_makes_the_whole_rest_due() -> None:
    story = market()
    request(story)
    offer(story, "ann", 60_000, 400)
    _, (loan,) = award(story)
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=60_000)
    events = pass_time(story, 90)
    (defaulted,) = [event for event in events if isinstance(event, LoanDefaulted)]
    assert (defaulted.overdue_minor, defaulted.accelerated_minor) == (30_200, 30_000)
    assert story.venue.state.settlement.loans[loan.loan].overdue_minor == 60_200
    assert story.venue.state.settlement.loans_due == {}
    proved(story)


def test_offers_and_requests_are_taken_back_and_lenders_say_why_not() -> None:
    story = market()
    request(story)
    offer(story, "ann", 40_000, 400)
    offer(story, "bob", 40_000, 400)
    story.ask(DeclineLoan, "cyd", market="loans", request="r", reason="the plant is too old")
    taken = story.venue.state.markets.credit["loans"].requests["r"]
    assert taken.declined == {"cyd": "the plant is too old"}
    story.ask(WithdrawLoanOffer, "ann", market="loans", request="r", offer="o-ann")
    assert story.money("ann") == 100_000
    assert story.refused(
        WithdrawLoanOffer, "ann", market="loans", request="r", offer="o-bob"
    ).startswith("markets.unknown_loan_offer: no offer o-bob of ann stands for request r")
    assert story.refused(WithdrawLoanRequest, "bob", market="loans", request="r").startswith(
        "markets.not_your_loan_request: request r is not bob's to award or to end"
    )
    assert story.venue.state.blockers("bob") == ["loan request loans/r"]
    story.ask(WithdrawLoanRequest, "firm", market="loans", request="r")
    assert story.money("bob") == 100_000
    assert story.refused(AwardLoan, "firm", market="loans", request="r").startswith(
        "markets.loan_request_over: request r is ended; make a new request"
    )
    assert story.refused(DeclineLoan, "cyd", market="loans", request="q", reason="no").startswith(
        "markets.unknown_loan_request: no request q for a loan stands in loans"
    )
    proved(story)


def test_where_nothing_is_lent_nothing_is_pledged_and_holds_are_free() -> None:
    story = market()
    request(story, least_minor=60_000)
    offer(story, "ann", 30_000, 400)
    offer(story, "bob", 90_000, 950)
    awarded, loans = award(story)
    assert (awarded.lent_minor, awarded.pledges, loans) == (0, (), [])
    assert awarded.offers.text("reason").tolist() == ["request_not_filled", "rate_above_limit"]
    assert story.venue.state.rights.burdens == {}
    assert [story.money(lender) for lender in LENDERS] == [100_000] * 3
    proved(story)


def test_collateral_that_was_frozen_since_stops_the_award_and_money_stays_held() -> None:
    story = market()
    request(story)
    offer(story, "ann", 60_000, 400)
    story.ask(FreezeRight, MINISTRY, right="plant", entry="f", reason="a case")
    story.clock.forward(DAY)
    assert story.refused(AwardLoan, EXCHANGE, market="loans", request="r").startswith(
        "rights.blocked"
    )
    story.ask(WithdrawLoanRequest, EXCHANGE, market="loans", request="r")
    assert story.money("ann") == 100_000


def test_who_may_not_lend_hears_why_and_offers_have_their_time() -> None:
    """S2-69: the refusal and its reasons stand in the journal."""
    story = market()
    request(story)
    give = {"market": "loans", "request": "r", "offer": "o", "amount_minor": 10, "rate_bp": 5}
    story.ask(WithdrawAttestation, REGISTRY, attestation="licence-cyd", reason="expired")
    assert story.refused(OfferLoan, "cyd", **give) == (
        "markets.lender_not_eligible: cyd may not lend here: no_lending_licence; "
        "meet the conditions named, and offer again"
    )
    assert story.refused(OfferLoan, "firm", **give).startswith(
        "markets.own_loan_request: firm cannot lend to itself"
    )
    assert story.refused(AwardLoan, "firm", market="loans", request="r").startswith(
        "markets.offers_go_on: offers for request r are taken until 2026-11-03T"
    )
    offer(story, "ann", 10, 5)
    for changed, text in (
        ({"offer": "o-ann"}, "markets.loan_offer_exists: offer o-ann was made for request r befo"),
        ({"amount_minor": 0}, "markets.bad_loan_terms: the term amount_minor of a loan is 0; give"),
        ({"least_minor": 11}, "markets.bad_loan_terms: the term least_minor"),
        ({"rate_bp": -1}, "markets.bad_loan_terms: the term rate_bp"),
        ({"amount_minor": 10**9}, "ledger.insufficient"),
        ({"party": "ann"}, "markets.not_for_others"),
    ):
        assert story.refused(OfferLoan, "bob", **{**give, **changed}).startswith(text)
    story.clock.forward(DAY)
    assert story.refused(OfferLoan, "bob", **give).startswith(
        "markets.offers_over: offers for request r were taken until"
    )


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {"terms": LoanTerms(kind="XYZ")},
            "markets.bad_loan_terms: the term kind of a loan is XYZ",
        ),
        ({"terms": LoanTerms(day_count="A1")}, "markets.bad_loan_terms: the term day_count"),
        ({"terms": LoanTerms(instalments=601)}, "markets.bad_loan_terms: the term instalments"),
        ({"terms": LoanTerms(every_months=0)}, "markets.bad_loan_terms: the term every_months"),
        ({"terms": LoanTerms(instalments=600, every_months=2)}, "markets.bad_loan_terms: the term"),
        ({"rate_max_bp": 100_001}, "markets.bad_loan_terms: the term rate_max_bp"),
        ({"offers_until": 5}, "markets.offers_in_the_past: offers until 1970-01-01T00:00:00"),
        ({"collateral": ("plant", "plant")}, "markets.bad_loan_terms: the term collateral"),
        ({"collateral": ("nothing",)}, "rights.unknown_right"),
        ({"collateral": ("other",)}, "markets.not_holder"),
        ({"instrument": "bond"}, "markets.unknown_instrument"),
        ({"request": "?"}, "kernel.bad_id"),
    ],
)
def test_a_request_that_cannot_be_is_refused(changed: dict[str, object], text: str) -> None:
    story = market()
    story.right("other", "trustee", 1)
    assert story.refused(RequestLoan, "firm", **wanted(story, **changed)).startswith(text)


def test_a_market_of_loans_has_no_book_and_sound_terms() -> None:
    story = market(CreditTerms())
    assert story.refused(RequestLoan, "firm", **wanted(story)).startswith(
        "markets.no_collateral_here: loans names nobody to pledge collateral to"
    )
    request(story, collateral=())
    assert story.refused(RequestLoan, "firm", **wanted(story, collateral=())).startswith(
        "markets.loan_request_exists: request r was made in loans before"
    )
    assert story.refused(CloseBook, EXCHANGE, market="loans").startswith("markets.no_book")
    for terms, text in (
        (CreditTerms(pricing="any"), "markets.bad_parameter"),
        (CreditTerms(grace_days=0), "markets.bad_loan_terms: the term grace_days"),
        (CreditTerms(collateral_to="nobody"), "parties.unknown"),
    ):
        with pytest.raises(Exception, match=text):
            story.market("n", ("loan",), "capital", mechanism="credit", clear_at_close=False,
                         credit=terms)  # fmt: skip


def test_a_request_has_room_for_so_many_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaosu.markets.credit.OFFERS_MAX", 1)
    story = market()
    request(story)
    offer(story, "ann", 10, 5)
    assert story.refused(
        OfferLoan, "bob", market="loans", request="r", offer="o", amount_minor=10, rate_bp=5
    ).startswith("markets.too_many_loan_offers: request r has 1 offers, the most there may be")


def test_a_request_that_nobody_offers_for_ends_unfilled() -> None:
    story = market()
    request(story)
    awarded, loans = award(story)
    assert (awarded.lent_minor, awarded.offers.rows, loans) == (0, 0, [])
    assert story.venue.state.markets.credit["loans"].requests["r"].state == "unfilled"
    assert story.venue.state.blockers("firm") == []


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 80_000), st.integers(0, 1_000)), min_size=3, max_size=3),
    st.sampled_from(["PAM", "LAM", "ANN"]),
    st.integers(0, 40_000),
)
def test_money_is_conserved_whatever_is_offered_and_paid(
    offers: list[tuple[int, int]], kind: str, later: int
) -> None:
    """No minor unit is made or lost by an award, a payment, an overdue one or a default."""
    story = market()
    request(story, terms=LoanTerms(kind=kind, instalments=3))
    for lender, (amount, rate) in zip(LENDERS, offers, strict=True):
        offer(story, lender, amount, rate)
    _, loans = award(story)
    assert total(story) == 300_000
    assert all(loan.rate_bp <= 900 for loan in loans)
    free = story.money("firm")
    if free:
        story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=free)
    if later:
        story.deposit("firm", later)
    pass_time(story, 110)
    assert total(story) == 300_000 - free + later
    for loan in story.venue.state.settlement.loans.values():
        assert loan.state in ("repaid", "defaulted")
        assert (loan.state == "repaid") == (loan.overdue_minor == 0)
    assert [story.money(lender, "order:loans") for lender in LENDERS] == [0, 0, 0]
    proved(story)
