"""Public data at posted prices: permitted revenue, a tariff, acceptances, the next period."""

import pytest

from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    AcceptTerms,
    CloseBook,
    EndPostedOffer,
    OfferRight,
    PermitRevenue,
    PostTariff,
)
from yaosu.markets.events import (
    PostedOfferEnded,
    RevenuePermitted,
    TariffPosted,
    TermsAccepted,
)
from yaosu.markets.posted_terms import PostedTerms, TariffLine
from yaosu.parties.commands import IssueAttestation
from yaosu.rights.commands import FreezeRight
from yaosu.rights.title_certificate import extract_title
from yaosu.rules.parse import parse_pack
from yaosu.settlement.events import ContractPerformed

RULES = (
    shipped("rules/national.toml").replace(
        "[facts]\n",
        '[facts]\nattested_small_firm = "int"\ncost_minor = "int"\n',
        1,
    )
    + """
[[condition]]
id         = "tariff.public_good"
purpose    = "tariff"
expression = "purpose == 'public good'"
reason     = "not_for_the_public_good"
[[condition.example]]
facts  = { purpose = "public good" }
result = true

[[condition]]
id         = "tariff.small_firm"
purpose    = "tariff"
expression = "attested_small_firm >= 1"
reason     = "not_a_small_firm"
[[condition.example]]
facts  = { attested_small_firm = 1 }
result = true

[[formula]]
id         = "public_data.fair_profit"
expression = "cost_minor * 6 / 100"
rounding   = "down"
unit       = "CNY minor"
reason     = "no_fair_profit"
[[formula.example]]
facts  = { cost_minor = 1000 }
result = 60
"""
)
GROUPS = ("tariff.public_good", "tariff.small_firm")
TERMS = PostedTerms(profit_rule="public_data.fair_profit", group_rules=GROUPS, trial_lots=2)


def counter(terms: PostedTerms = TERMS, **trading: object) -> Story:
    """A data operator with 1,000 uses up, three takers, a market of posted prices."""
    story = Story().found(factors=("data",), rules=RULES)
    story.party("operator", ("data",))
    for name in ("firm", "shop", "clinic"):
        story.party(name, ("data",), money=1_000_000)
    story.ask(
        IssueAttestation, REGISTRY, attestation="small", about="shop", kind="small_firm", level=1
    )
    story.right("d1", "operator", 1_000, factor="data", instrument="forecast")
    given = {"mechanism": "posted", "clear_at_close": False, "posted": terms, **trading}
    story.market(instruments=("forecast",), factor="data", **given)
    story.ask(OfferRight, "operator", market="m", right="d1", price=0, quantity=1_000)
    return story


def permit(story: Story, cost: int) -> RevenuePermitted:
    (permitted,) = story.ask(PermitRevenue, MINISTRY, market="m", cost_minor=cost)
    assert isinstance(permitted, RevenuePermitted)
    return permitted


def post(story: Story, *lines: TariffLine) -> dict[tuple[str, int], int]:
    (posted,) = story.ask(PostTariff, EXCHANGE, market="m", tariff=lines)
    assert isinstance(posted, TariffPosted)
    return {(tier.group, tier.begin): tier.price for tier in posted.tariff}


def line(price: int | None, expected: int, group: str = "", begin: int = 0) -> TariffLine:
    return TariffLine(
        instrument="forecast", group=group, begin=begin, price=price, expected=expected
    )


def accept(story: Story, party: str, lots: int, purpose: str = "") -> TermsAccepted:
    events = story.ask(
        AcceptTerms,
        party,
        market="m",
        instrument="forecast",
        region="east",
        lots=lots,
        purpose=purpose,
    )
    (accepted,) = [event for event in events if isinstance(event, TermsAccepted)]
    assert [event for event in events if isinstance(event, ContractPerformed)]
    return accepted


def proved(story: Story) -> None:
    """Recovered state, audited decisions and the replay agree with what happened."""
    assert story.venue.verify().entries
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)


def test_two_periods_of_public_data() -> None:
    """S2-23: cost and margin make the price; what was earned too much lowers the next one.

    S2-14: a trial first, another price for small firms, the public good free, one command each.
    """
    story = counter()
    permitted = permit(story, 100_000)
    assert (permitted.allowance.profit_minor, permitted.permitted_minor) == (6_000, 106_000)
    prices = post(story, line(None, 90), line(300, 50, GROUPS[1]), line(0, 0, GROUPS[0]))
    assert prices == {("", 0): (106_000 - 15_000) // 90, (GROUPS[1], 0): 300, (GROUPS[0], 0): 0}
    price = prices["", 0]
    first = accept(story, "firm", 102)
    assert (first.trial_lots, first.cost_minor, first.group) == (2, 100 * price, "")
    shop = accept(story, "shop", 12)
    assert (shop.cost_minor, shop.group) == (10 * 300, GROUPS[1])
    clinic = accept(story, "clinic", 50, "public good")
    assert (clinic.cost_minor, clinic.group) == (0, GROUPS[0])
    again = accept(story, "firm", 10)
    assert (again.trial_lots, again.cost_minor) == (0, 10 * price)
    revenue = 110 * price + 3_000
    assert story.money("operator") == revenue
    assert story.money("firm") == 1_000_000 - 110 * price
    assert story.lots("firm", "forecast") == 112
    assert story.lots("operator", "forecast", "order:m") == 1_000 - 112 - 12 - 50
    assert revenue > 106_000
    second = permit(story, 100_000)
    assert second.allowance.carried_minor == 106_000 - revenue
    lower = post(story, line(None, 90), line(300, 50, GROUPS[1]))
    assert lower["", 0] == (2 * 106_000 - revenue - 15_000) // 90 < price
    proved(story)


def test_acceptance_gives_a_right_that_its_certificate_names() -> None:
    """S2-14: anyone may accept the posted terms, and is given a title certificate for the use."""
    story = counter(PostedTerms(margin_bp=0))
    permit(story, 1_000)
    post(story, line(10, 100))
    accept(story, "clinic", 3)
    (right,) = story.venue.state.rights.by_holder["clinic"]
    extract = extract_title(story.venue.state.rights, "venue-1", right, 1, "00" * 32, 1)
    assert (extract.holder, extract.kind, extract.lots) == ("clinic", "usage_grant", 3)
    assert extract.based_on == "d1"


def test_tiers_count_in_the_period_and_a_trial_by_days_once() -> None:
    """S2-14: free for the first days; S2-23: a shortfall that lapses raises nothing."""
    story = counter(PostedTerms(margin_bp=600, shortfall="lapse", trial_days=3))
    permit(story, 10_000)
    post(story, line(40, 100), line(20, 100, begin=5))
    assert accept(story, "firm", 7).cost_minor == 0
    story.clock.forward(3 * DAY)
    story.deposit("firm", 1)
    assert accept(story, "firm", 7).cost_minor == 5 * 40 + 2 * 20
    assert accept(story, "firm", 1).cost_minor == 20
    assert permit(story, 10_000).allowance.carried_minor == 0
    post(story, line(40, 100), line(20, 100, begin=5))
    assert accept(story, "firm", 1).cost_minor == 40
    proved(story)


def test_a_frozen_right_is_no_longer_up_and_what_is_left_can_be_taken_back() -> None:
    story = counter()
    ended = story.ask(FreezeRight, MINISTRY, right="d1", entry="f", reason="a case")
    assert [event.reason for event in ended if isinstance(event, PostedOfferEnded)] == ["f"]
    assert story.lots("operator", "forecast") == 1_000
    story.right("d2", "operator", 10, factor="data", instrument="forecast")
    story.ask(OfferRight, "operator", market="m", right="d2", price=0, quantity=10)
    refused = story.refused(OfferRight, "operator", market="m", right="d2", price=0, quantity=1)
    assert refused.startswith("markets.offered_before: right d2 is up in m already; take it back")
    text = story.refused(EndPostedOffer, "firm", market="m", right="d2")
    assert text.startswith("markets.not_for_others")
    assert "offer m/d2" in story.venue.state.blockers("operator")
    story.ask(EndPostedOffer, "operator", market="m", right="d2")
    assert story.lots("operator", "forecast") == 1_010
    assert story.refused(EndPostedOffer, "operator", market="m", right="d2") == (
        "markets.not_offered: right d2 is not up in m; look up what is offered there"
    )
    proved(story)


def test_agreed_trades_make_no_last_price() -> None:
    story = counter(PostedTerms())
    permit(story, 1_000)
    post(story, line(10, 100))
    accept(story, "firm", 3)
    assert story.venue.state.markets.last_prices == {}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((line(11, 100),), "markets.tariff_over_permitted: the tariff would bring 1100 minor units "
         "of the 1060 that period 1 of m may still earn"),
        ((line(1, 0),), "markets.bad_tariff: line 0 of the tariff cannot be used: a price needs an "
         "expected volume"),
        ((line(None, 0),), "markets.bad_tariff: line 0 of the tariff cannot be used: it needs an"),
        ((line(1, 1, "x"),), "markets.bad_tariff: line 0 of the tariff cannot be used: x is no gr"),
        ((line(1, 1), line(2, 1)), "markets.bad_tariff: line 0 of the tariff cannot be used: "
         "forecast for anybody: it wants tiers"),
        ((TariffLine(instrument="gpu", price=0),), "markets.bad_tariff: line 0 of the tariff "
         "cannot be used: gpu is not traded here"),
        ((line(0, 1, begin=-1),), "markets.bad_tariff: line 0"),
        ((line(0, -1),), "markets.bad_tariff: line 0"),
        ((line(-1, 1),), "markets.bad_price"),
    ],
)  # fmt: skip
def test_a_tariff_that_earns_too_much_or_makes_no_sense_is_refused(
    lines: tuple[TariffLine, ...], text: str
) -> None:
    story = counter()
    missing = story.refused(PostTariff, EXCHANGE, market="m", tariff=lines)
    assert missing.startswith("markets.no_permitted_revenue: nothing is permitted to m yet")
    permit(story, 1_000)
    assert story.refused(PostTariff, EXCHANGE, market="m", tariff=lines).startswith(text)


def test_what_cannot_be_taken_is_refused_with_the_reason() -> None:
    story = counter(PostedTerms())
    take = {"market": "m", "instrument": "forecast", "region": "east"}
    assert story.refused(AcceptTerms, "firm", **take) == (
        "markets.no_posted_price: no price of forecast stands in m for anybody; "
        "wait until a tariff is posted for it (PostTariff)"
    )
    permit(story, 10_000_000)
    post(story, line(10, 100_000))
    assert story.refused(AcceptTerms, "firm", **take, lots=1_001) == (
        "markets.not_enough_offered: 1001 lots of forecast in east are wanted, 1000 can be taken; "
        "take fewer, or wait until more are offered"
    )
    assert story.refused(AcceptTerms, "firm", **take, lots=5, most_minor=49) == (
        "markets.costs_more: 5 lots of forecast cost 50 minor units, over 49; "
        "accept the price, or take fewer lots"
    )
    for changed, code in (
        ({"instrument": "gpu"}, "markets.unknown_instrument"),
        ({"region": "north"}, "markets.region_outside"),
        ({"lots": 0}, "markets.bad_quantity"),
        ({"party": "shop"}, "markets.not_for_others"),
        ({"market": "x"}, "markets.unknown_market"),
    ):
        assert story.refused(AcceptTerms, "firm", **{**take, **changed}).startswith(code)
    story.party("poor", ("data",))
    assert story.refused(AcceptTerms, "poor", **take).startswith("ledger.insufficient")
    story.party("stranger", ())
    assert story.refused(AcceptTerms, "stranger", **take).startswith("access.not_admitted")
    assert story.refused(PermitRevenue, EXCHANGE, market="m", cost_minor=1).startswith("core.role")
    assert story.refused(PermitRevenue, MINISTRY, market="m", cost_minor=-1) == (
        f"markets.cost_not_in_range: a cost of -1 minor units cannot be allowed; give 0 to {2**58}"
    )


def test_a_right_that_cannot_be_sold_is_not_put_up() -> None:
    story = counter()
    offer = {"market": "m", "price": 0, "quantity": 1}
    story.right("d3", "firm", 5, factor="data", instrument="other")
    for actor, right, more, code in (
        ("firm", "d3", {}, "markets.unknown_instrument"),
        ("shop", "d3", {}, "markets.not_for_others"),
        ("shop", "d9", {}, "markets.unknown_right"),
        ("firm", "d3", {"price": -1}, "markets.bad_price"),
    ):
        refused = story.refused(OfferRight, actor, right=right, **{**offer, **more})
        assert refused.startswith(code)


def test_a_market_of_posted_prices_has_no_book() -> None:
    story = counter()
    assert story.refused(CloseBook, EXCHANGE, market="m") == (
        "markets.no_book: m has no book of orders: it trades by posted; "
        "use OfferRight and AcceptTerms"
    )
    bought = story.order("firm", 1, 10, 1, market="m", instrument="forecast").refusal
    assert bought is not None
    assert bought.code == "markets.no_book"
    story.market("c", instruments=("forecast",), factor="data")
    assert story.refused(PermitRevenue, MINISTRY, market="c", cost_minor=1) == (
        "markets.trades_otherwise: c trades by call, this is for a market that trades by posted; "
        "name such a market, or use the commands of c"
    )


@pytest.mark.parametrize(
    ("trading", "text"),
    [
        ({"contract": "notice", "notice_days": 1}, r"markets.spot_only: n would trade by posted"),
        ({"clear_at_close": True}, r"markets.term_without_use: n would trade by posted, which has"),
        (
            {"posted": PostedTerms(shortfall="keep")},
            r"markets.bad_posted_terms: the term shortfall",
        ),
        ({"posted": PostedTerms(trial_days=-1)}, r"markets.bad_posted_terms: the term trial_days"),
        ({"mechanism": "call"}, r"markets.term_without_use: n would trade by call, which has no u"),
    ],
)
def test_terms_that_make_no_posted_market_are_refused(
    trading: dict[str, object], text: str
) -> None:
    story = counter()
    given = {"mechanism": "posted", "clear_at_close": False, "posted": TERMS, **trading}
    with pytest.raises(Exception, match=text):
        story.market("n", instruments=("forecast",), factor="data", **given)


def test_a_profit_that_no_rule_gives_is_not_guessed() -> None:
    story = counter(PostedTerms(profit_rule="public_data.none"))
    assert story.refused(PermitRevenue, MINISTRY, market="m", cost_minor=5) == (
        "markets.no_profit_by_rule: the rule item public_data.none gives no profit for a cost of "
        "5: national@2026.1 has no such item; adopt rules with a formula of that name that reads "
        "cost_minor, or give a margin"
    )


def test_a_replay_under_another_margin_accepts_at_another_price() -> None:
    """S2-23 and promise of the replay: the same acceptances under half the fair profit."""
    story = counter()
    permit(story, 100_000)
    post(story, line(None, 100))
    price = accept(story, "firm", 12).cost_minor // 10
    assert price == 1_060
    other = parse_pack(
        RULES.replace("cost_minor * 6 / 100", "cost_minor * 3 / 100").replace(
            "result = 60", "result = 30"
        )
    )
    replayed = story.venue.replay([other])
    assert replayed.replayed.markets.posted["m"].tariff[0].price == 1_030
    assert replayed.replayed.ledger.balance("operator", "CNY") == 10 * 1_030
    assert story.venue.replay([]).is_without_effect
