"""Limits per party: what one may have and promise, alone or with those whom the same one controls.

S0-34: pre-trade checks hold what is asked against the limits. S0-64: exposure of a party is bounded
when it is promised. S0-40: an overlay moves a figure inside the nation's bounds.
"""

from typing import Any

import pytest

from tests.access.limited import (
    LimitStory,
    condition,
    exposure_of,
    figure,
    rules_with,
    table_of,
)
from tests.stories import EXCHANGE, MINISTRY, REGISTRY
from yaosu.access.limit_rows import check_limit_rows
from yaosu.access.limits import check_limits
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.explain import explain_entry
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import (
    AcceptTerms,
    CancelOrders,
    ConfirmDeal,
    OfferRight,
    PermitRevenue,
    PostTariff,
    ProposeDeal,
    ReplaceOrder,
    SubmitOrders,
)
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.markets.posted_terms import PostedTerms, TariffLine
from yaosu.parties.commands import IssueAttestation, WithdrawAttestation
from yaosu.rights.commands import GrantUse, RegisterMany, RegisterRight, TransferTitle
from yaosu.rights.events import RegistrationsRefused
from yaosu.rights.values import Promise
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

GROUP = {"group": "controlled_by"}


def orders(party: str, *lots: int, side: int = 1, region: str = "east", right: str = "") -> Columns:
    n = len(lots)
    return Columns.of(
        instrument=["gpu"] * n,
        region=[region] * n,
        side=[side] * n,
        price=[100] * n,
        quantity=list(lots),
        party=[party] * n,
        right=[right] * n,
    )


def selling(*rows: dict[str, str | int], more: str = "") -> LimitStory:
    """``state`` has 1,000 lots of ``gpu``, under limits that bind ``ann`` and ``bob`` alone."""
    story = LimitStory(*({"exempt": "state_owner", **row} for row in rows), more=more)
    story.exempt("state", "state_owner")
    story.right("r1", "state", 1_000, instrument="gpu")
    return story


def buy(story: LimitStory, party: str, *lots: int, batch: str = "") -> str:
    """Order to buy in the market ``m``; the refusal, or nothing."""
    receipt = story.try_to(
        SubmitOrders, party, market="m", batch=batch or story.key(), orders=orders(party, *lots)
    )
    return "" if receipt.refusal is None else receipt.refusal.code


def proved(story: LimitStory) -> None:
    """Recovery, audit and replay agree with what happened, none of which knew what was summed."""
    assert story.venue.audit().is_clean
    again = Venue(story.venue.store)
    assert state_hash(again.state) == state_hash(story.venue.state)
    assert story.venue.replay([]).is_without_effect


def test_what_one_has_orders_and_is_owed_counts_together() -> None:
    """S0-34, S0-64: lots held, open orders and contracts at their gates are one exposure."""
    story = selling({"most": 100})
    story.market("m", contract="notice", notice_days=5)
    assert buy(story, "ann", 60) == ""
    assert buy(story, "ann", 41) == "access.beyond_limit"
    story.order("state", -1, 100, 60)
    story.close("m")
    assert story.lots("ann") == 0  # it waits
    assert exposure_of(story, "ann", "gpu") == 60
    assert buy(story, "ann", 41) == "access.beyond_limit"
    assert buy(story, "ann", 40) == ""
    story.clock.forward(6 * DAY)
    assert buy(story, "ann", 1) == "access.beyond_limit"
    assert story.lots("ann") == 60
    proved(story)


def test_the_refusal_says_how_much_is_left() -> None:
    """The limit, the figure, what is used and what is left are named, in one sentence."""
    story = selling({"most": 100, "each": "instrument"})
    story.market("m")
    buy(story, "ann", 70)
    told = story.refused(SubmitOrders, "ann", market="m", batch="b", orders=orders("ann", 31, 1))
    assert told == (
        "access.beyond_limit: ann may have 100 lots of compute, instrument gpu at most (cap, "
        "national@2026.1); it has and is owed 70, and asks for 32 more; ask for 30 at most, sell "
        "or take back first, or have an exemption attested"
    )


def test_one_order_in_many_gains_nothing() -> None:
    """Metamorphic: split in a batch, over batches, markets or regions, the limit is the same."""
    for parts in ((101,), (50, 51), (1,) * 101):
        story = selling({"most": 100})
        story.market("m")
        assert buy(story, "ann", *parts) == "access.beyond_limit"
    story = selling({"most": 100})
    for market in ("m", "n"):
        story.market(market)
    taken = 0
    for number in range(15):
        market, region = ("m", "n")[number % 2], story.regions[number % 3 % 2]
        receipt = story.try_to(
            SubmitOrders,
            "ann",
            market=market,
            batch=f"b{number}",
            orders=orders("ann", 9, region=region),
        )
        taken += 9 if receipt.refusal is None else 0
    assert taken == 99


def test_of_a_batch_row_by_row_only_who_asks_too_much_is_refused() -> None:
    """Rows of others stand; rows of who would pass the limit fall together, sales do not."""
    story = selling({"most": 100})
    story.market("m")
    rows = Columns.of(
        instrument=["gpu"] * 4,
        region=["east"] * 4,
        side=[1, 1, 1, -1],
        price=[100] * 4,
        quantity=[60, 60, 100, 10],
        party=["ann", "ann", "bob", "state"],
        right=["", "", "", "r1"],
    )
    (taken,) = [
        event
        for event in story.ask(
            SubmitOrders, EXCHANGE, market="m", batch="b", orders=rows, atomic=False
        )
        if type(event).__name__ == "OrdersAccepted"
    ]
    assert sorted(taken.orders.text("party").tolist()) == ["bob", "state"]
    assert set(taken.refused.text("code").tolist()) == {"access.beyond_limit"}
    assert taken.refused.rows == 2


def test_an_order_taken_back_or_not_filled_leaves_room() -> None:
    story = selling({"most": 100})
    story.market("m")
    assert buy(story, "ann", 100, batch="b1") == ""
    assert buy(story, "ann", 1) == "access.beyond_limit"
    story.ask(CancelOrders, "ann", market="m", batch="b1")
    assert buy(story, "ann", 100) == ""
    story.close("m")  # nobody sells: the round ends
    assert buy(story, "ann", 100) == ""
    proved(story)


def test_in_a_continuous_market_what_trades_moves_from_ordered_to_held() -> None:
    """Placing, trading, replacing and taking back keep the sums as the book has them."""
    story = selling({"most": 100})
    story.market("m", mechanism="continuous", clear_at_close=False)
    assert buy(story, "ann", 80, batch="b1") == ""
    assert buy(story, "ann", 21) == "access.beyond_limit"
    assert "access.beyond_limit" in story.refused(
        ReplaceOrder, "ann", market="m", batch="b1", number=0, quantity=101
    )
    story.ask(ReplaceOrder, "ann", market="m", batch="b1", number=0, quantity=100)
    story.order("state", -1, 100, 30)
    assert story.lots("ann") == 30
    assert exposure_of(story, "ann", "gpu") == 100
    assert buy(story, "ann", 1) == "access.beyond_limit"
    story.ask(ReplaceOrder, "ann", market="m", batch="b1", number=0, quantity=90)
    assert buy(story, "ann", 11) == "access.beyond_limit"
    assert buy(story, "ann", 10, batch="b2") == ""
    story.ask(CancelOrders, "ann", market="m", batch="b2")
    assert buy(story, "ann", 11) == "access.beyond_limit"
    assert buy(story, "ann", 10) == ""
    proved(story)


def test_those_whom_the_same_one_controls_count_as_one() -> None:
    """A holding and its daughters, down to any depth, and a group with a majority member."""
    story = selling({"most": 100, **GROUP})
    story.party("mother", money=1_000_000)
    story.party("daughter", money=1_000_000, controlled_by="mother")
    story.party("grandchild", money=1_000_000, controlled_by="daughter")
    story.party("stranger", money=1_000_000)
    story.market("m")
    assert buy(story, "grandchild", 60) == ""
    assert buy(story, "mother", 30) == ""
    assert buy(story, "daughter", 11) == "access.beyond_limit"
    assert buy(story, "daughter", 10) == ""
    assert buy(story, "stranger", 100) == ""
    told = story.refused(
        SubmitOrders, "daughter", market="m", batch="x", orders=orders("daughter", 1)
    )
    assert "it and those of mother has and is owed 100" in told


def test_inside_a_group_titles_go_to_and_fro() -> None:
    """What one has less the other has more: a limit on both together is not touched."""
    story = LimitStory({"most": 100, **GROUP})
    story.party("mother")
    story.party("daughter", controlled_by="mother")
    story.right("own", "mother", 100)
    story.ask(TransferTitle, "mother", right="own", target="daughter")
    assert exposure_of(story, "daughter", "unit-own") == 100
    told = story.refused(RegisterRight, REGISTRY, **story.registration("more", "mother", 1))
    assert told.startswith("access.beyond_limit")


def test_registrations_grants_and_titles_are_held_against_it() -> None:
    """Registration, one by one and many at once; title transfer; grant out of a rival right."""
    story = LimitStory({"most": 100})
    story.right("a", "ann", 60)
    assert story.refused(RegisterRight, REGISTRY, **story.registration("b", "ann", 41)).startswith(
        "access.beyond_limit"
    )
    asked: list[dict[str, Any]] = [story.registration(f"m{n}", "ann", 15) for n in range(4)]
    many = tuple(
        RegisterRight(actor=REGISTRY, key=f"row-{n}", **fields) for n, fields in enumerate(asked)
    )
    events = story.ask(RegisterMany, REGISTRY, rows=many)
    (refused,) = [event for event in events if isinstance(event, RegistrationsRefused)]
    assert [(row.row, row.code) for row in refused.rows] == [
        (2, "access.beyond_limit"),
        (3, "access.beyond_limit"),
    ]
    story.right("c", "bob", 100)
    assert story.refused(TransferTitle, "bob", right="c", target="ann", lots=11).startswith(
        "access.beyond_limit"
    )
    story.ask(TransferTitle, "bob", right="c", target="ann", lots=10)
    assert story.refused(
        GrantUse, "bob", right="c", granted="g", target="ann", lots=1, kind="reserved_use"
    ).startswith("access.beyond_limit")


def test_proposed_deals_and_their_confirmation_count() -> None:
    story = selling({"most": 100})
    story.market(
        "d", mechanism="negotiated", clear_at_close=False, negotiated=NegotiatedTerms(band_bp=-1)
    )
    deal = {"market": "d", "instrument": "gpu", "region": "east", "price": 10}
    story.ask(ProposeDeal, "ann", deal="1", side=1, lots=70, counterparty="state", **deal)
    assert story.refused(
        ProposeDeal, "ann", deal="2", side=1, lots=31, counterparty="state", **deal
    ).startswith("access.beyond_limit")
    story.ask(
        ProposeDeal, "state", deal="3", side=-1, lots=31, counterparty="ann", right="r1", **deal
    )
    assert story.refused(ConfirmDeal, "ann", market="d", deal="3").startswith("access.beyond_limit")
    story.ask(ConfirmDeal, "state", market="d", deal="1", right="r1")
    assert exposure_of(story, "ann", "gpu") == 70
    assert story.refused(ConfirmDeal, "ann", market="d", deal="3").startswith("access.beyond_limit")
    proved(story)


def test_lots_at_posted_prices_count_as_they_are_taken() -> None:
    story = selling({"most": 100})
    story.market("p", mechanism="posted", clear_at_close=False, posted=PostedTerms())
    story.ask(PermitRevenue, MINISTRY, market="p", cost_minor=1_000_000)
    story.ask(
        PostTariff,
        EXCHANGE,
        market="p",
        tariff=(TariffLine(instrument="gpu", price=1, expected=10),),
    )
    story.ask(OfferRight, "state", market="p", right="r1", price=1, quantity=500)
    taken = {"market": "p", "instrument": "gpu", "region": "east"}
    assert story.refused(AcceptTerms, "ann", lots=101, **taken).startswith("access.beyond_limit")
    story.ask(AcceptTerms, "ann", lots=100, **taken)
    assert story.refused(AcceptTerms, "ann", lots=1, **taken).startswith("access.beyond_limit")


def test_a_lowered_limit_takes_nothing_away_and_refuses_more() -> None:
    """Orders that stand still trade; nothing more is promised until there is room."""
    story = selling({"most": 100})
    story.market("m")
    buy(story, "ann", 90)
    story.adopt({"most": 50, "exempt": "state_owner"})
    assert buy(story, "ann", 1) == "access.beyond_limit"
    story.order("state", -1, 100, 90)
    story.close("m")
    assert story.lots("ann") == 90
    assert buy(story, "bob", 50) == ""
    story.order(
        "ann", -1, 100, 50, right=story.venue.state.rights.by_holder.get("ann", {}).popitem()[0]
    )
    story.close("m")
    assert story.lots("ann") == 40
    assert buy(story, "ann", 11) == "access.beyond_limit"
    assert buy(story, "ann", 10) == ""


def test_an_exemption_on_record_takes_a_party_out_while_it_stands() -> None:
    """Attested it is not bound; withdrawn it is, and keeps what it has."""
    story = selling({"most": 100})
    story.market("m")
    name = story.exempt("ann", "state_owner")
    assert buy(story, "ann", 400) == ""
    story.ask(WithdrawAttestation, MINISTRY, attestation=name, reason="the term is over")
    assert buy(story, "ann", 1) == "access.beyond_limit"


def test_a_limit_binds_whom_its_condition_means() -> None:
    """Foreign holders: who is meant, or is controlled by one who is, may have no more."""
    foreign = condition("limits.foreign", "foreign", "foreign = true", "true")
    story = LimitStory(
        {"most": 10, "who": "limits.foreign", **GROUP}, more=foreign, facts='foreign = "truth"'
    )
    story.party("abroad", foreign=True)
    story.party("at_home", foreign=False)
    story.party("front", foreign=False, controlled_by="abroad")
    story.right("h", "at_home", 500)
    for name in ("abroad", "front"):
        assert story.refused(
            RegisterRight, REGISTRY, **story.registration(f"f-{name}", name, 11)
        ).startswith("access.beyond_limit")
    assert story.refused(RegisterRight, REGISTRY, **story.registration("x", "ann", 11)).startswith(
        "access.beyond_limit"
    ), "of ann nothing is known: what cannot be decided binds"


def test_a_share_of_what_is_issued_may_be_the_limit() -> None:
    """30 % of an instrument: 3,000 basis points of 1,000 lots."""
    story = selling({"most": 3_000, "measure": "basis_points", "each": "instrument"})
    story.market("m")
    assert buy(story, "ann", 301) == "access.beyond_limit"
    assert buy(story, "ann", 300) == ""
    told = story.refused(SubmitOrders, "ann", market="m", batch="x", orders=orders("ann", 1))
    assert "300 lots (3000 of 10000 of what there is)" in told


def test_the_number_of_units_may_be_the_limit() -> None:
    """Houses for each holder: a part of one is one, more of the same is no other."""
    story = LimitStory({"most": 2, "measure": "units", "factor": "", "kind": "capacity_holding"})
    story.right("a", "ann", 10)
    story.right("b", "ann", 10)
    assert story.refused(RegisterRight, REGISTRY, **story.registration("c", "ann", 10)).startswith(
        "access.beyond_limit"
    )
    story.right("d", "bob", 10)
    story.ask(TransferTitle, "ann", right="a", target="bob", lots=4)
    story.ask(TransferTitle, "ann", right="a", target="bob", lots=4)
    assert story.refused(TransferTitle, "ann", right="b", target="bob", lots=1).startswith(
        "access.beyond_limit"
    )
    story.market("m", instruments=("unit-b", "unit-d"))
    order = orders("bob", 10).with_columns(instrument=["unit-d"])
    assert story.refused(
        SubmitOrders,
        "bob",
        market="m",
        batch="1",
        orders=orders("bob", 1).with_columns(instrument=["unit-b"]),
    ).startswith("access.beyond_limit")
    story.ask(SubmitOrders, "bob", market="m", batch="2", orders=order)


def test_orders_outstanding_and_what_they_may_cost_have_limits() -> None:
    """Lots of both sides, orders counted, and money that buying may take."""
    story = selling({"most": 100, "counts": "orders"})
    story.market("m")
    assert buy(story, "ann", 100) == ""
    assert buy(story, "ann", 1) == "access.beyond_limit"
    story = selling({"most": 2, "counts": "orders", "measure": "orders"})
    story.market("m")
    assert buy(story, "ann", 5, 5, 5) == "access.beyond_limit"
    assert buy(story, "ann", 5, 5) == ""
    story = selling({"most": 1_000, "counts": "value", "measure": "minor"})
    story.market("m")
    assert buy(story, "ann", 11) == "access.beyond_limit"
    assert buy(story, "ann", 10) == ""
    assert buy(story, "ann", 1) == "access.beyond_limit"


def test_net_of_what_is_sold_a_party_has_room_again() -> None:
    """What is sold under a contract that waits is gone from the net, not from the holding."""
    for counts, code in (("net", ""), ("holding", "access.beyond_limit")):
        story = selling({"most": 100, "counts": counts})
        story.right("own", "ann", 100, instrument="gpu")
        story.market("m", contract="notice", notice_days=5)
        story.order("ann", -1, 100, 50, right="own")
        story.order("bob", 1, 100, 50)
        story.close("m")
        assert buy(story, "ann", 50) == code
        assert buy(story, "ann", 51) == "access.beyond_limit"


def test_a_region_has_its_own_figure_by_its_overlay() -> None:
    """S0-40: each region by itself, the overlay's figure inside the nation's bounds."""
    story = selling(
        {"most": 100, "area": "each"}, more=figure("limits.cap", 100, "least = 10\ngreatest = 500")
    )
    overlay = OVERLAY.format(items=figure("limits.cap", 20), version=1, precedence=0)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(overlay))
    story.market("m")
    assert buy(story, "ann", 21) == "access.beyond_limit"  # east
    assert buy(story, "ann", 20) == ""
    west = {"market": "m", "orders": orders("ann", 100, region="west")}
    story.ask(SubmitOrders, "ann", batch="w", **west)
    assert story.refused(SubmitOrders, "ann", batch="w2", **west).startswith("access.beyond_limit")


def test_an_overlay_may_have_a_limit_of_its_own_in_its_region() -> None:
    """A cap that one city sets counts what lies there, and nothing elsewhere."""
    story = LimitStory()
    own = table_of({"limit": "city", "most": 50, "area": "east"}, table="limits.east")
    text = OVERLAY.format(items=own, version=1, precedence=0)
    text = text.replace("[pack]", '[facts]\nlimit = "text"\n[pack]', 1)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(text))
    story.right("w", "ann", 500, region="west")
    assert story.refused(RegisterRight, REGISTRY, **story.registration("e", "ann", 51)).startswith(
        "access.beyond_limit"
    )
    story.right("e", "ann", 50)


def test_an_overlay_takes_no_national_limit_away_and_moves_no_unbounded_figure() -> None:
    """S0-40: what a pilot may move the nation says, with bounds."""
    story = LimitStory({"most": 100})
    facts = '[facts]\nlimit = "text"\n[pack]'
    gone = OVERLAY.format(items=table_of({"most": 10**9}), version=1, precedence=0)
    pack = parse_pack(gone.replace("[pack]", facts, 1))
    told = story.refused(AdoptRules, MINISTRY, pack=pack)
    assert "the table is one of national@2026.1; give one of your own another id" in told
    wide = OVERLAY.format(items=figure("limits.cap", 10**9), version=1, precedence=0)
    told = story.refused(AdoptRules, MINISTRY, pack=parse_pack(wide))
    assert "national@2026.1 has no such figure with bounds to move it in" in told


def test_of_what_lies_anywhere_the_nation_alone_says_the_figure() -> None:
    story = selling({"most": 100}, more=figure("limits.cap", 100, "least = 10\ngreatest = 500"))
    overlay = OVERLAY.format(items=figure("limits.cap", 20), version=1, precedence=0)
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(overlay))
    story.market("m")
    assert buy(story, "ann", 100) == ""


def test_an_exemption_is_attested_by_an_office_that_may() -> None:
    """A registrar may attest much, but no exemption."""
    story = selling({"most": 100})
    story.market("m")
    story.ask(IssueAttestation, REGISTRY, attestation="x", about="ann", kind="state_owner")
    assert buy(story, "ann", 101) == "access.beyond_limit"


OVERLAY = """
[pack]
id = "east"
version = "{version}"
title = {{ en = "East" }}
base = "national"
region = "east"
effective = 2025-06-01
expiry = 2030-01-01
authority = "east"
legal_basis = "pilot"
precedence = {precedence}
{items}
"""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"counts": "holdng"}, "counts is none of holding, net, orders, value, lent, owed"),
        ({"measure": "minor"}, "holding is measured in lots or basis_points or units"),
        ({"most": -1}, "most is not from 0"),
        ({"each": "party"}, "each is none of"),
        ({"measure": "basis_points"}, "say of which, or each"),
        ({"counts": "value", "measure": "minor", "area": "east"}, "by factor alone"),
        ({"counts": "orders", "unit": "u"}, "orders name no unit"),
        ({"who": "limits.nobody"}, "the condition limits.nobody is not there"),
        ({"limit": ""}, "a limit has a name"),
        ({"colour": "red"}, "unknown field"),
    ],
)
def test_limits_that_say_nothing_are_not_adopted(row: dict[str, str | int], reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_limit_rows(parse_pack(rules_with(row)))
    told = str(caught.value)
    assert told.startswith("access.bad_limit: row 0 of the table limits says no limit: ")
    assert reason in told


def test_adopting_rules_refuses_a_figure_that_is_none() -> None:
    story = LimitStory()
    wrong = rules_with({}, version=2, more=figure("limits.cap", -5))
    told = story.refused(AdoptRules, MINISTRY, pack=parse_pack(wrong))
    assert told == (
        "access.bad_limit: row 0 of the table limits says no limit: limits.cap is no figure from 0 "
        "to 4611686018427387904; correct that row and adopt the pack again"
    )


def test_explain_names_the_limit_that_decided() -> None:
    """The item that says the figure is heard, and named as what stood in the way."""
    story = selling({"most": 100}, more=figure("limits.cap", 80))
    story.market("m")
    receipt = story.try_to(SubmitOrders, "ann", market="m", batch="b", orders=orders("ann", 81))
    told = explain_entry(story.venue.store, receipt.sequence)
    assert told.deciding == ("limits.cap",)
    assert told.refusal is not None
    assert told.refusal.facts["most"] == 80


def test_without_limits_nothing_is_summed_up() -> None:
    """Where no rules ever had limits, no decision looks a promise up."""
    story = LimitStory()
    story.right("r1", "state", 1_000, instrument="gpu")
    story.market("m")
    assert buy(story, "ann", 500) == ""
    state = story.venue.state
    assert "open_sums" not in state.markets.markets["m"].__dict__
    assert "in_hand" not in state.rights.__dict__
    assert "waiting_sums" not in state.settlement.__dict__


def test_check_limits_counts_what_the_same_decision_gave_before() -> None:
    story = LimitStory({"most": 10})
    state = story.venue.state
    one = Promise(
        party="ann",
        source="title",
        factor="compute",
        kind="",
        instrument="i",
        region="east",
        gets=6,
    )
    check_limits(state, [one])
    with pytest.raises(Refusal) as caught:
        check_limits(state, [one], {"ann": [one]})
    assert caught.value.facts["left"] == 4
