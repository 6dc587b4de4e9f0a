"""A title certificate is taken as proof where a right is offered, pledged and disputed."""

from hashlib import sha256

import pytest

from tests.stories import DOCUMENT, REGISTRY, WATCH, Story
from yaosu.kernel.signed_note import SigningKey, signing_key
from yaosu.markets.commands import OfferRight, OpenListing
from yaosu.parties.commands import NameKey
from yaosu.rights.commands import (
    CancelRight,
    EnterObjection,
    FreezeRight,
    GrantUse,
    PledgeRight,
    TransferTitle,
)
from yaosu.rights.title_certificate import extract_title, make_title_certificate

KEY = signing_key("venue.example/register", bytes(range(32)))


def paper(story: Story, right: str, key: SigningKey = KEY, venue: str = "venue-1") -> str:
    """A certificate of a right as the register stands."""
    extract = extract_title(story.venue.state.rights, venue, right, 9, "00" * 32, story.clock())
    return make_title_certificate(extract, key.secret)


@pytest.fixture
def story() -> Story:
    story = Story().found(("compute",))
    for name in ("seller", "buyer", "bank"):
        story.party(name)
    story.right("r1", "seller", 100)
    story.ask(NameKey, "exchange", vkey=KEY.verifier.text)
    return story


def test_a_certificate_proves_an_offer_a_pledge_and_a_dispute(story: Story) -> None:
    """S2-33: listing proof, pledge collateral, dispute evidence; its digest is the source."""
    text = paper(story, "r1")
    digest = sha256(text.encode()).hexdigest()
    story.market(instruments=("unit-r1",))
    story.ask(OfferRight, "seller", market="m", right="r1", price=10, quantity=5, certificate=text)
    fields = {"creditor": "bank", "certificate": text}
    story.ask(PledgeRight, "seller", entry="P1", right="r1", **fields)
    assert story.venue.state.rights.entries["P1"].source == digest
    burdened = {"entry": "O1", "right": "r1", "reason": "mine", "certificate": text}
    story.ask(EnterObjection, "buyer", **burdened)
    assert story.venue.state.rights.entries["O1"].source == digest


def test_a_certificate_that_does_not_hold_proves_nothing(story: Story) -> None:
    """S2-33: superseded, revoked, of another right, another venue, another key."""
    text = paper(story, "r1")
    story.right("r2", "seller", 10)
    pledge = {"entry": "P", "creditor": "bank"}

    def refused(certificate: str, right: str = "r1", actor: str = "seller") -> str:
        said = story.refused(PledgeRight, actor, right=right, certificate=certificate, **pledge)
        return said.split(";")[0]

    assert "is of right r1 of venue-1, not of right r2 here" in refused(text, "r2")
    assert "of elsewhere" in refused(paper(story, "r1", venue="elsewhere"))
    other = signing_key("venue.example/register", bytes(32))
    assert refused(paper(story, "r1", other)).startswith("rights.signed_with_other_key")
    assert refused("{}").startswith("rights.bad_title_certificate")
    assert refused(text.replace("seller", "buyer")).startswith("rights.title_certificate_damaged")
    story.ask(TransferTitle, "seller", right="r1", target="buyer", lots=1)
    assert refused(text).endswith("it is superseded")
    story.market(instruments=("unit-r1",))
    offer = {"market": "m", "right": "r1", "price": 10, "quantity": 5, "certificate": text}
    assert "rights.certificate_stale" in story.refused(OfferRight, "seller", **offer)
    listing = {"listing": "l", "right": "r1", "terms": "x", "price": 1, "certificate": text}
    assert "rights.certificate_stale" in story.refused(OpenListing, "seller", **listing)
    objection = {"entry": "O", "right": "r1", "reason": "mine", "certificate": text}
    assert "rights.certificate_stale" in story.refused(EnterObjection, "buyer", **objection)
    mine = paper(story, "r2")
    story.ask(CancelRight, "ministry", right="r2", reason="recovered", source=DOCUMENT)
    revoked = story.refused(
        EnterObjection, "buyer", entry="O", right="r2", reason="mine", certificate=mine
    )
    assert "it is revoked" in revoked


def test_a_take_down_reaches_what_hangs_below_and_asks_nobody() -> None:
    """S2-24: one command of an office, the same whoever owns."""
    story = Story().found(("data",))
    for name in ("lab", "firm"):
        story.party(name, ("data",))
    story.right("r1", "lab", 10, factor="data")
    story.ask(GrantUse, "lab", granted="g1", right="r1", target="firm", lots=2)
    fields = {"entry": "F", "right": "r1", "reason": "unlawful source"}
    story.ask(FreezeRight, REGISTRY, **fields, reaches_below=True)
    state = story.venue.state.rights
    assert set(state.burdens) == {"r1", "g1"}
    (entry,) = state.burdens["g1"]
    assert (state.entries[entry].caused_by, state.entries[entry].kind) == ("F", "freeze")
    assert "core.role_needed" in story.refused(FreezeRight, WATCH, **fields)
