"""Deals of two: proposed, confirmed inside the band, settled at once, outside the closing price."""

import pytest

from tests.stories import EXCHANGE, MINISTRY, Story
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import CloseBook, ConfirmDeal, ProposeDeal, WithdrawDeal
from yaosu.markets.events import DealConfirmed, DealEnded, DealProposed, TradesAgreed
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.parties.commands import GrantRole, RegisterParty
from yaosu.rights.commands import FreezeRight
from yaosu.settlement.events import ContractPerformed

TERMS = NegotiatedTerms(band_bp=1_000, least_lots=10, reference_market="m")


def market(terms: NegotiatedTerms = TERMS, **trading: object) -> Story:
    """A seller of 100 lots, two buyers, a call market whose last price is 100, and one of deals."""
    story = Story().found(factors=("compute",))
    story.party("ann")
    for buyer in ("bob", "cyd"):
        story.party(buyer, money=100_000)
    story.right("r1", "ann", 100, instrument="gpu")
    story.market("m")
    story.order("ann", -1, 100, 5)
    story.order("bob", 1, 100, 5)
    story.close("m")
    story.market("deals", mechanism="negotiated", clear_at_close=False, negotiated=terms, **trading)
    return story


def proposal(**more: object) -> dict[str, object]:
    deal = {"market": "deals", "deal": "d1", "instrument": "gpu", "region": "east", "side": -1}
    return {**deal, "price": 108, "lots": 20, "counterparty": "bob", "right": "r1", **more}


def proved(story: Story) -> None:
    """Recovered state, audited decisions and a replay agree with what happened."""
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)
    assert story.venue.replay([]).is_without_effect


def test_a_deal_of_two_is_published_and_settled_and_makes_no_price() -> None:
    """Proposed by the seller, confirmed by the buyer; the last price stays that of the market."""
    story = market()
    (*_, proposed) = story.ask(ProposeDeal, "ann", **proposal())
    assert isinstance(proposed, DealProposed)
    assert story.lots("ann", purpose="order:deals") == 20
    assert story.venue.state.reserved_lots("r1") == 20
    events = story.ask(ConfirmDeal, "bob", market="deals", deal="d1")
    assert [type(e) for e in events if isinstance(e, DealConfirmed | TradesAgreed)] == [
        DealConfirmed,
        TradesAgreed,
    ]
    assert [e for e in events if isinstance(e, ContractPerformed)]
    assert (story.lots("bob"), story.lots("ann")) == (25, 75)
    assert story.money("ann") == 500 + 20 * 108
    assert story.money("bob") == 100_000 - 500 - 20 * 108
    assert story.venue.state.reserved_lots("r1") == 0
    assert story.venue.state.markets.last_prices == {"m": {"gpu": {"east": 100}}}
    assert [r.holder for r in story.venue.state.rights.rights.values() if not r.end].count("bob")
    again = story.refused(ConfirmDeal, "bob", market="deals", deal="d1")
    assert again.startswith("markets.unknown_deal: no proposal d1 stands in deals")
    proved(story)


def test_a_buyer_may_propose_and_an_agency_report_for_both() -> None:
    """A broker reports the deal of two others, each half by a command of its own."""
    story = market()
    story.ask(RegisterParty, EXCHANGE, party="broker", kind="organisation", name="broker")
    story.ask(GrantRole, EXCHANGE, party="broker", role="agency")
    buying = proposal(side=1, right="", counterparty="ann")
    story.ask(ProposeDeal, "broker", party="cyd", **buying)
    assert story.money("cyd", "order:deals") == 20 * 108
    story.ask(ConfirmDeal, "broker", market="deals", deal="d1", party="ann", right="r1")
    assert (story.lots("cyd"), story.money("cyd")) == (20, 100_000 - 20 * 108)
    proved(story)


def test_the_band_is_that_of_the_moment_of_confirmation() -> None:
    story = market()
    story.ask(ProposeDeal, "ann", **proposal(price=110))
    story.order("ann", -1, 80, 5, market="m", right="r1")
    story.order("cyd", 1, 80, 5, market="m")
    story.close("m")
    assert story.refused(ConfirmDeal, "bob", market="deals", deal="d1") == (
        "markets.outside_the_band: a price of 110 lies outside the band from 72 to 88 round 80; "
        "agree on a price inside the band"
    )
    story.ask(WithdrawDeal, "ann", market="deals", deal="d1")
    assert story.lots("ann", purpose="order:deals") == 0
    proved(story)


def test_a_notice_contract_waits_at_its_gate() -> None:
    story = market(contract="notice", notice_days=2)
    story.ask(ProposeDeal, "ann", **proposal())
    story.ask(ConfirmDeal, "bob", market="deals", deal="d1")
    assert story.lots("bob") == 5
    story.clock.forward(2 * DAY)
    story.deposit("cyd", 1)
    assert story.lots("bob") == 25
    proved(story)


def test_a_proposal_lapses_is_declined_or_falls_with_its_right() -> None:
    story = market()
    story.ask(ProposeDeal, "ann", **proposal(until=story.clock() + DAY))
    story.ask(ProposeDeal, "cyd", **proposal(deal="d2", side=1, right="", counterparty="bob"))
    story.ask(ProposeDeal, "ann", **proposal(deal="d3"))
    assert story.venue.state.blockers("cyd") == ["deal deals/d2"]
    story.clock.forward(DAY)
    story.deposit("cyd", 1)
    assert story.lots("ann", purpose="order:deals") == 20, "d1 is over, d3 stands"
    assert story.refused(ConfirmDeal, "bob", market="deals", deal="d1").startswith(
        "markets.unknown_deal"
    )
    story.ask(WithdrawDeal, "bob", market="deals", deal="d2", reason="too dear")
    assert story.money("cyd") == 100_001
    ended = story.ask(FreezeRight, MINISTRY, right="r1", entry="f", reason="a case")
    assert [event.reason for event in ended if isinstance(event, DealEnded)] == ["f"]
    assert story.lots("ann") == 95
    proved(story)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"price": 111}, "markets.outside_the_band: a price of 111 lies outside the band from 90"),
        ({"lots": 9}, "markets.deal_too_small: a deal of 9 lots is under the least of 10; agree"),
        ({"counterparty": "ann"}, "markets.own_deal: ann cannot make a deal with itself; name"),
        ({"counterparty": "eve"}, "parties.unknown"),
        ({"region": "west"}, "markets.no_reference_price: there is no reference price of gpu in "),
        ({"region": "north"}, "markets.region_outside"),
        ({"instrument": "cpu"}, "markets.unknown_instrument"),
        ({"side": 0}, "markets.bad_side"),
        ({"right": ""}, "markets.right_for_a_buy: who buys names no right, and who sells does: "
         "ann is to sell in deal d1; leave the right out to buy"),
        ({"right": "r9"}, "rights.unknown_right"),
        ({"lots": 96}, "rights.not_enough_lots"),
        ({"party": "bob"}, "markets.own_deal"),
        ({"party": "cyd"}, "markets.not_for_others"),
        ({"until": 1}, "markets.deal_in_the_past: a proposal until 1970-01-01T00:00:00.000001Z "
         "would end before it begins; give a later end, or 0 for none"),
        ({"deal": "?"}, "kernel.bad_id"),
        ({"market": "m"}, "markets.trades_otherwise"),
    ],
)  # fmt: skip
def test_a_proposal_that_cannot_be_is_refused(changed: dict[str, object], text: str) -> None:
    story = market()
    assert story.refused(ProposeDeal, "ann", **proposal(**changed)).startswith(text)


def test_only_its_parties_confirm_and_end_a_deal() -> None:
    story = market()
    story.ask(ProposeDeal, "ann", **proposal())
    assert story.refused(ProposeDeal, "ann", **proposal()).startswith(
        "markets.deal_exists: deal d1 was proposed in deals before; give the deal an id of its own"
    )
    assert story.refused(ConfirmDeal, "cyd", market="deals", deal="d1") == (
        "markets.not_the_counterparty: deal d1 was proposed to bob, not to cyd; "
        "let bob confirm it, or its agency"
    )
    assert story.refused(ConfirmDeal, "cyd", market="deals", deal="d1", party="bob").startswith(
        "markets.not_for_others"
    )
    assert story.refused(WithdrawDeal, "cyd", market="deals", deal="d1") == (
        "markets.not_your_deal: cyd is no side of deal d1; let one of its parties end it"
    )
    assert story.refused(CloseBook, EXCHANGE, market="deals").startswith("markets.no_book: deals")
    poor = market()
    poor.party("eve")
    poor.ask(ProposeDeal, "ann", **proposal(counterparty="eve"))
    assert poor.refused(ConfirmDeal, "eve", market="deals", deal="d1").startswith(
        "ledger.insufficient"
    )


@pytest.mark.parametrize(
    ("trading", "text"),
    [
        ({"negotiated": NegotiatedTerms(band_bp=10_000)}, "markets.bad_negotiated_terms: the term"),
        ({"negotiated": NegotiatedTerms(least_lots=0)}, "markets.bad_negotiated_terms: the term"),
        ({"negotiated": NegotiatedTerms(reference_market="x")}, "markets.unknown_market"),
        ({"mechanism": "call"}, "markets.term_without_use"),
    ],
)
def test_terms_that_make_no_market_of_deals_are_refused(
    trading: dict[str, object], text: str
) -> None:
    story = market()
    given = {"mechanism": "negotiated", "clear_at_close": False, "negotiated": TERMS, **trading}
    with pytest.raises(Exception, match=text):
        story.market("n", **given)


def test_without_a_band_any_price_goes_and_a_price_that_stands_may_be_the_reference() -> None:
    free = market(NegotiatedTerms())
    free.ask(ProposeDeal, "ann", **proposal(price=1, lots=1))
    stands = market(NegotiatedTerms(band_bp=100, reference_price=1_000))
    assert stands.refused(ProposeDeal, "ann", **proposal(price=989)).startswith(
        "markets.outside_the_band: a price of 989 lies outside the band from 990 to 1010"
    )
