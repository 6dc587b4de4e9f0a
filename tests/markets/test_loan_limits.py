"""What a lender may have lent and a borrower may owe: caps by exposure.

S2-69: what is offered, asked for and not yet paid back counts together. S0-64: it is bounded when
it is promised.
"""

from tests.access.limited import rules_with
from tests.journeys.test_loans import MONTHS, wanted
from tests.journeys.test_loans import market as loans
from tests.stories import MINISTRY, Story
from yaosu.access.limit_views import limit_uses
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import AwardLoan, OfferLoan, RequestLoan, WithdrawLoanOffer
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

LICENCE = """
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


def limited(counts: str, most: int) -> Story:
    story = loans()
    row = {"counts": counts, "measure": "minor", "factor": "capital", "most": most}
    facts = 'attested_lending_licence = "int"'
    text = rules_with(row, more=LICENCE, version=2, facts=facts)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(text))
    return story


def offer(story: Story, name: str, amount: int, request: str = "r1") -> str:
    fields = {"market": "loans", "request": request, "offer": name, "rate_bp": 500}
    receipt = story.try_to(OfferLoan, "ann", amount_minor=amount, **fields)
    return "" if receipt.refusal is None else receipt.refusal.code


def test_what_a_lender_offers_and_is_owed_has_a_cap() -> None:
    story = limited("lent", 10_000)
    story.ask(RequestLoan, "firm", **wanted(story, request="r1", amount_minor=20_000, terms=MONTHS))
    assert offer(story, "o1", 10_001) == "access.beyond_limit"
    assert offer(story, "o1", 10_000) == ""
    assert offer(story, "o2", 1) == "access.beyond_limit"
    story.ask(WithdrawLoanOffer, "ann", market="loans", request="r1", offer="o1")
    assert offer(story, "o3", 8_000) == ""
    story.clock.forward(DAY)
    story.ask(AwardLoan, "firm", market="loans", request="r1")
    (use,) = limit_uses(story.venue.state, "ann")
    assert (use.held, use.ordered, use.left) == (8_000, 0, 2_000)
    story.ask(RequestLoan, "firm", **wanted(story, request="r2", amount_minor=5_000, collateral=()))
    assert offer(story, "o4", 2_001, "r2") == "access.beyond_limit"
    assert offer(story, "o4", 2_000, "r2") == ""
    assert story.venue.audit().is_clean


def test_what_a_borrower_asks_for_and_owes_has_a_cap() -> None:
    story = limited("owed", 10_000)
    told = story.refused(RequestLoan, "firm", **wanted(story, request="r1", amount_minor=10_001))
    assert told.startswith("access.beyond_limit: firm may have 10000 minor units of capital")
    story.ask(RequestLoan, "firm", **wanted(story, request="r1", amount_minor=9_000))
    assert offer(story, "o1", 9_000) == ""
    story.clock.forward(DAY)
    story.ask(AwardLoan, "firm", market="loans", request="r1")
    more = wanted(story, request="r2", amount_minor=1_001, collateral=())
    assert story.refused(RequestLoan, "firm", **more).startswith("access.beyond_limit")
    story.ask(RequestLoan, "firm", **{**more, "amount_minor": 1_000})
