"""Markets without a book are halted too: what stands stays, what would trade is refused."""

from tests.journeys import test_loans as loans
from tests.journeys import test_negotiated_deals as deals
from tests.journeys import test_posted_prices as posted
from tests.stories import EXCHANGE, MINISTRY, WATCH, Story
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    AcceptTerms,
    AwardLoan,
    ChangePhase,
    ConfirmDeal,
    EndPostedOffer,
    HaltTrading,
    OfferLoan,
    OfferRight,
    PermitRevenue,
    PostTariff,
    ProposeDeal,
    RequestLoan,
    ResumeTrading,
    WithdrawDeal,
    WithdrawLoanOffer,
)
from yaosu.markets.events import DealEnded
from yaosu.markets.posted_terms import TariffLine
from yaosu.settlement.events import LoanPaid

HALTED = (
    "is halted: nothing is offered, taken or awarded in it; wait until it resumes (ResumeTrading); "
    "what stands may be taken back"
)


def halt(story: Story, market: str) -> None:
    story.ask(HaltTrading, WATCH, market=market, reason="an inquiry")


def resume(story: Story, market: str) -> None:
    story.ask(ResumeTrading, EXCHANGE, market=market)


def test_in_a_halted_market_of_posted_prices_nothing_is_taken_or_put_up() -> None:
    """The tariff and the period may be made ready meanwhile; offers may be taken back."""
    story = posted.counter()
    halt(story, "m")
    take = {"market": "m", "instrument": "forecast", "region": "east"}
    assert story.refused(AcceptTerms, "firm", **take) == f"markets.is_halted: m {HALTED}"
    offer = {"market": "m", "right": "d1", "price": 0, "quantity": 1}
    assert story.refused(OfferRight, "operator", **offer).startswith("markets.is_halted")
    story.ask(PermitRevenue, MINISTRY, market="m", cost_minor=100)
    tariff = (TariffLine(instrument="forecast", expected=10),)
    story.ask(PostTariff, EXCHANGE, market="m", tariff=tariff)
    resume(story, "m")
    story.ask(AcceptTerms, "firm", **take)
    halt(story, "m")
    story.ask(EndPostedOffer, "operator", market="m", right="d1")
    assert story.lots("operator", "forecast") == 999
    posted.proved(story)


def test_in_a_halted_market_of_deals_nothing_is_proposed_or_confirmed_and_time_goes_on() -> None:
    """A proposal stands, or lapses at its instant; it may be taken back."""
    story = deals.market()
    story.ask(ProposeDeal, "ann", **deals.proposal())
    until = story.clock() + DAY
    story.ask(ProposeDeal, "ann", **deals.proposal(deal="d2", until=until))
    story.ask(ProposeDeal, "ann", **deals.proposal(deal="d3"))
    halt(story, "deals")
    confirm = {"market": "deals", "deal": "d1"}
    assert story.refused(ConfirmDeal, "bob", **confirm) == f"markets.is_halted: deals {HALTED}"
    proposal = deals.proposal(deal="d4")
    assert story.refused(ProposeDeal, "ann", **proposal).startswith("markets.is_halted")
    story.ask(WithdrawDeal, "bob", market="deals", deal="d3")
    story.clock.forward(2 * DAY)
    events = story.ask(ResumeTrading, EXCHANGE, market="deals")
    assert not [event for event in events if isinstance(event, DealEnded)], "it lapsed before"
    assert sorted(story.venue.state.markets.negotiated["deals"].proposed) == ["d1"]
    story.ask(ConfirmDeal, "bob", **confirm)
    assert story.lots("bob") == 25
    deals.proved(story)


def test_in_a_halted_market_of_loans_nothing_is_lent_but_what_is_due_is_paid() -> None:
    """S2-69: requests and offers stand, loans run their course."""
    story = loans.market()
    loans.request(story)
    loans.offer(story, "ann", 60_000, 400)
    loans.award(story)
    story.deposit("firm", 10_000)
    more = loans.wanted(story, request="s", collateral=())
    story.ask(RequestLoan, "firm", **more)
    loans.offer(story, "bob", 1_000, 400, request="s")
    halt(story, "loans")
    for command, actor, fields in (
        (RequestLoan, "firm", {**more, "request": "t"}),
        (OfferLoan, "cyd", {"market": "loans", "request": "s", "offer": "o", "amount_minor": 1,
                            "rate_bp": 1}),
        (AwardLoan, "firm", {"market": "loans", "request": "s"}),
    ):  # fmt: skip
        refusal = story.refused(command, actor, **fields)
        assert refusal == f"markets.is_halted: loans {HALTED}"
    story.ask(WithdrawLoanOffer, "bob", market="loans", request="s", offer="o-bob")
    assert [event for event in loans.pass_time(story, 31) if isinstance(event, LoanPaid)]
    resume(story, "loans")
    story.ask(AwardLoan, "firm", market="loans", request="s")
    assert story.venue.state.markets.credit["loans"].requests["s"].state == "unfilled"
    loans.proved(story)


def test_only_what_is_halted_resumes_and_phases_are_for_books() -> None:
    story = deals.market()
    assert story.refused(ResumeTrading, EXCHANGE, market="deals").startswith("markets.not_halted")
    halt(story, "deals")
    again = story.refused(HaltTrading, EXCHANGE, market="deals", reason="twice")
    assert again.startswith("markets.book_not_open: ")
    phase = story.refused(ChangePhase, EXCHANGE, market="deals", phase="closed")
    assert phase.startswith("markets.no_book")
