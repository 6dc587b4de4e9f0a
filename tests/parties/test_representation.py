"""Powers of attorney: scope, limits, term and withdrawal; who acted for whom is in the entry."""

import pytest

from tests.stories import DOCUMENT, EXCHANGE, IDENTITIES, MINISTRY, REGISTRY, Story, row
from yaosu.access.commands import ApplyForAdmission
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event
from yaosu.markets.commands import ConfirmDeal, HaltTrading, ProposeDeal, SubmitOrders
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.parties import views
from yaosu.parties.commands import (
    ActFor,
    EraseKey,
    GivePower,
    GrantRole,
    IssueAttestation,
    RegisterParty,
    SealData,
    WithdrawPower,
)
from yaosu.parties.events import ActedFor
from yaosu.parties.representation import on_behalf
from yaosu.rights.commands import PledgeRight, RegisterRight, TransferTitle


@pytest.fixture(scope="module")
def ground() -> Story:
    """A seller with a right; ``broker`` and ``bao``, who have nothing."""
    story = Story().found(("compute",))
    story.party("seller")
    story.party("bao")
    story.ask(RegisterParty, EXCHANGE, party="broker", kind="organisation", name="broker")
    for what in IDENTITIES:
        story.ask(
            IssueAttestation, REGISTRY, attestation=f"{what}-broker", about="broker", kind=what
        )
    story.right("r1", "seller", 100, instrument="gpu")
    story.market("m")
    return story


def power(story: Story, name: str, actor: str = "seller", **changes: object) -> list[Event]:
    fields = {"power": name, "attorney": "broker", "commands": ("rights.*",), **changes}
    return story.ask(GivePower, actor, **fields)


def give(story: Story, name: str, lots: int = 1, asked_by: str = "broker") -> ActFor:
    """What the attorney asks: some lots of the seller's right for bao."""
    asked = TransferTitle(actor="seller", key=story.key(), right="r1", target="bao", lots=lots)
    return on_behalf(asked, asked_by, name)


def refused(story: Story, command: Command) -> str:
    refusal = story.venue.submit(command).refusal
    assert refusal is not None
    return str(refusal)


def test_an_attorney_acts_and_the_entry_says_for_whom(ground: Story) -> None:
    power(ground, "p1")
    events = ground.venue.submit(give(ground, "p1")).accepted().events
    (acted,) = [event for event in events if isinstance(event, ActedFor)]
    assert (acted.attorney, acted.principal, acted.power) == ("broker", "seller", "p1")
    assert acted.asked == "rights.transfer_title"
    assert ground.venue.state.ledger.balance("bao", "gpu", "free") == 1
    table = views.powers(ground.venue.state.parties, ground.clock())
    assert table.text("attorney").tolist()[0] == "broker"


def test_only_the_attorney_only_in_scope_and_only_within_its_limits(ground: Story) -> None:
    power(ground, "p2", limits={"lots": 2})
    assert "parties.no_power: power p2 does not allow it: lots must be 2" in refused(
        ground, give(ground, "p2")
    )
    assert "it is broker's" in refused(ground, give(ground, "p2", 2, asked_by="bao"))
    ground.venue.submit(give(ground, "p2", 2)).accepted()
    power(ground, "p3", commands=("markets.submit_orders",))
    assert "it does not cover rights.transfer_title" in refused(ground, give(ground, "p3"))
    other = TransferTitle(actor="bao", key="k", right="r1", target="broker", lots=1)
    assert "is not seller's with the same key" in refused(ground, on_behalf(other, "broker", "p2"))
    asked = give(ground, "p2", 2)
    moved = ActFor(actor="broker", key="another", power="p2", request=asked.request)
    assert "with the same key" in refused(ground, moved)


def test_what_the_principal_may_not_its_attorney_may_not(ground: Story) -> None:
    power(ground, "p4", commands=("*",))
    halt = HaltTrading(actor="seller", key=ground.key(), market="m", reason="none")
    assert "core.role_needed" in refused(ground, on_behalf(halt, "broker", "p4"))
    too_much = give(ground, "p4", 1_000)
    assert refused(ground, too_much).startswith("rights.")


def test_orders_are_the_principal_s(ground: Story) -> None:
    """The hold is on the principal's lots, and the order is its own."""
    power(ground, "p5", commands=("markets.submit_orders",), limits={"market": "m"})
    rows = row("seller", -1, 10, 5, "east", "gpu", right="r1")
    asked = SubmitOrders(actor="seller", key=ground.key(), market="m", batch="b", orders=rows)
    ground.venue.submit(on_behalf(asked, "broker", "p5")).accepted()
    assert ground.venue.state.markets.markets["m"].offered == {"r1": 5}


def test_a_power_has_a_term_and_may_be_withdrawn(ground: Story) -> None:
    begin = ground.clock() + DAY
    power(ground, "p6", term_from=begin, term_to=begin + DAY)
    assert "it counts from" in refused(ground, give(ground, "p6"))
    power(ground, "p7")
    assert ground.refused(WithdrawPower, "bao", power="p7").startswith("parties.not_your_power")
    ground.venue.submit(give(ground, "p7")).accepted()
    ground.ask(WithdrawPower, "seller", power="p7", reason="no longer needed")
    assert "it was withdrawn at" in refused(ground, give(ground, "p7"))
    again = ground.refused(WithdrawPower, "broker", power="p7")
    assert again.startswith("parties.power_withdrawn_before")
    assert ground.refused(WithdrawPower, "bao", power="none").startswith("parties.unknown_power")
    assert "parties.unknown_power" in refused(ground, give(ground, "none"))
    power(ground, "p8")
    ground.ask(WithdrawPower, "broker", power="p8", reason="given up")


def test_a_registrar_enters_a_power_from_its_document(ground: Story) -> None:
    fields = {"power": "p9", "attorney": "broker", "commands": ("*",), "principal": "seller"}
    assert ground.refused(GivePower, REGISTRY, **fields).startswith("parties.bad_source")
    ground.ask(GivePower, REGISTRY, **fields, source=DOCUMENT)
    standing = ground.venue.state.parties.powers["p9"]
    assert (standing.principal, standing.given_by) == ("seller", REGISTRY)
    refusal = ground.refused(GivePower, "bao", **{**fields, "power": "p10"})
    assert refusal.startswith("parties.not_your_power")
    assert ground.refused(GivePower, "seller", **fields).startswith("parties.power_exists")


@pytest.mark.parametrize(
    "changes",
    [
        {"attorney": "seller"},
        {"commands": ()},
        {"commands": ("",)},
        {"limits": {f"f{n}": n for n in range(101)}},
        {"term_to": 1},
    ],
)
def test_powers_that_do_not_hold_together_are_refused(
    ground: Story, changes: dict[str, object]
) -> None:
    fields = {"power": "bad", "attorney": "broker", "commands": ("*",), **changes}
    assert ground.refused(GivePower, "seller", **fields).startswith("parties.bad_power")


def test_powers_are_not_passed_on_unless_they_say_so(ground: Story) -> None:
    power(ground, "p11", commands=("*", "parties.*"))
    pass_on = {"power": "sub", "attorney": "bao", "commands": ("*",)}
    asked = GivePower(actor="seller", key=ground.key(), **pass_on)
    assert "does not cover parties.give_power" in refused(ground, on_behalf(asked, "broker", "p11"))
    power(ground, "p12", commands=("parties.give_power",))
    asked = GivePower(actor="seller", key=ground.key(), **pass_on)
    ground.venue.submit(on_behalf(asked, "broker", "p12")).accepted()
    nested = on_behalf(give(ground, "p1"), "broker", "p11")
    with pytest.raises(Refusal, match=r"parties\.never_for_another"):
        ground.venue.submit(nested)


def test_an_office_is_not_exercised_by_a_power(ground: Story) -> None:
    """S0-13: what one party may not hold together, it may not do for another either."""
    power(ground, "p13", actor=REGISTRY)
    fields = ground.registration("r2", "seller", 5)
    asked = RegisterRight(actor=REGISTRY, key=ground.key(), **fields)
    assert "parties.office_not_delegated" in refused(ground, on_behalf(asked, "broker", "p13"))
    ground.ask(RegisterParty, EXCHANGE, party="clerk", kind="person", name="clerk")
    ground.ask(GrantRole, MINISTRY, party="clerk", role="registrar")
    power(ground, "p14", attorney="clerk")
    said = refused(ground, give(ground, "p14", asked_by="clerk"))
    assert said.startswith("parties.conflicting_role: clerk holds the role registrar")
    assert "for seller" in said


def test_what_travels_sealed_is_asked_by_the_party_itself(ground: Story) -> None:
    """What is examined at the door would be hidden behind a request; nothing is recorded."""
    power(ground, "p15", commands=("*",))
    size = ground.venue.store.size
    for asked in (
        SealData(actor="seller", key="s1", party="seller"),
        EraseKey(actor="seller", key="s2", data_key="k", reason="r", legal_basis="l"),
        RegisterParty(actor="seller", key="s3", party="new", kind="person", name="Anna"),
    ):
        with pytest.raises(Refusal, match=r"parties\.never_for_another"):
            ground.venue.submit(on_behalf(asked, "broker", "p15"))
    assert ground.venue.store.size == size


def test_a_request_that_cannot_be_read_is_refused_at_once(ground: Story) -> None:
    broken = ActFor(actor="broker", key="b", power="p1", request=b"")
    with pytest.raises(Refusal, match=r"kernel\.malformed"):
        ground.venue.submit(broken)
    huge = ActFor(actor="broker", key="b", power="p1", request=bytes((1 << 20) + 1))
    with pytest.raises(Refusal, match="a request of 1048577 bytes"):
        ground.venue.submit(huge)


def test_an_attorney_does_not_deal_with_itself_unless_the_power_says_so(ground: Story) -> None:
    """Neither in a field of the command nor by way of a deal; a limit that names it allows it."""
    story = ground
    for tag in ("rights.*", "markets.*"):
        power(story, f"self-{tag[:2]}", commands=(tag,))
    asked = TransferTitle(actor="seller", key=story.key(), right="r1", target="broker", lots=1)
    told = refused(story, on_behalf(asked, "broker", "self-ri"))
    assert told.startswith(
        "parties.deals_with_itself: broker would deal with itself for seller: "
        "rights.transfer_title has it on the other side (target)"
    )
    pledge = PledgeRight(
        actor="seller", key=story.key(), right="r1", entry="e-self", creditor="broker",
        amount_minor=1, source=DOCUMENT,
    )  # fmt: skip
    assert "(creditor)" in refused(story, on_behalf(pledge, "broker", "self-ri"))
    power(story, "self-allowed", limits={"target": "broker"})
    given = TransferTitle(actor="seller", key=story.key(), right="r1", target="broker", lots=1)
    story.venue.submit(on_behalf(given, "broker", "self-allowed")).accepted()
    terms = NegotiatedTerms(band_bp=-1)
    story.market("deals", mechanism="negotiated", clear_at_close=False, negotiated=terms)
    for factor_role in ("bidder", "holder"):
        story.ask(ApplyForAdmission, "broker", factor="compute", role=factor_role)
    story.deposit("broker", 1_000)
    story.ask(
        ProposeDeal, "broker", market="deals", deal="d", instrument="gpu", region="east", side=1,
        price=1, lots=1, counterparty="seller",
    )  # fmt: skip
    confirm = ConfirmDeal(actor="seller", key=story.key(), market="deals", deal="d", right="r1")
    assert "(trade)" in refused(story, on_behalf(confirm, "broker", "self-ma"))
    story.ask(ConfirmDeal, "seller", market="deals", deal="d", right="r1")
