"""A certificate counts where its key was in force when it was issued: then, and no other day."""

import json

import pytest
from msgspec.structs import replace

from tests.rights.test_certificates_as_proof import KEY, paper
from tests.stories import Story
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import SigningKey, signing_key
from yaosu.parties.commands import NameKey
from yaosu.parties.methods.succession import succession
from yaosu.rights.commands import PledgeRight, ReleaseRight
from yaosu.rights.title_certificate import extract_title, make_title_certificate
from yaosu.rights.title_keys import key_in_force, title_keys

NEXT = signing_key("venue.example/register", bytes(range(1, 33)))


@pytest.fixture
def story() -> Story:
    story = Story().found(("compute",))
    for name in ("seller", "bank"):
        story.party(name)
    story.right("r1", "seller", 100)
    story.ask(NameKey, "exchange", vkey=KEY.verifier.text)
    return story


def rotate(story: Story) -> None:
    story.clock.forward(DAY)
    note = succession(KEY, NEXT.verifier.text)
    story.ask(NameKey, "exchange", vkey=NEXT.verifier.text, endorsement=note)
    story.clock.forward(DAY)


def dated(story: Story, days: int, key: SigningKey) -> str:
    """A certificate of r1 whose date is so many days after now."""
    issued = story.clock() + days * DAY
    state = story.venue.state.rights
    return make_title_certificate(
        extract_title(state, "venue-1", "r1", 9, "00" * 32, issued), key.secret
    )


def test_what_a_key_signed_while_it_was_in_force_stays_good(story: Story) -> None:
    """S2-33: replaced since or not."""
    old = paper(story, "r1")
    rotate(story)
    story.ask(PledgeRight, "seller", entry="P1", right="r1", creditor="bank", certificate=old)
    story.ask(ReleaseRight, "bank", entry="P1", reason="paid")
    new = paper(story, "r1", NEXT)
    story.ask(PledgeRight, "seller", entry="P2", right="r1", creditor="bank", certificate=new)
    first, second = title_keys(story.venue.state.parties.keys)
    assert (first.vkey, first.until) == (KEY.verifier.text, second.since)
    assert (second.vkey, second.until) == (NEXT.verifier.text, 0)


def test_a_replaced_key_signs_nothing_more_and_a_new_one_nothing_before(story: Story) -> None:
    """S2-33: dated after its end, or before its beginning."""
    rotate(story)
    pledge = {"entry": "P", "right": "r1", "creditor": "bank"}
    late = story.refused(PledgeRight, "seller", **pledge, certificate=dated(story, 0, KEY))
    assert late.startswith("rights.key_not_in_force: the title certificate of right r1 is dated ")
    assert f"the key {KEY.verifier.text} that signed it was in force from " in late
    assert late.endswith("; ask the venue for a new one, signed with the key of today")
    early = story.refused(PledgeRight, "seller", **pledge, certificate=dated(story, -3, NEXT))
    assert "until today" in early
    assert early.startswith("rights.key_not_in_force")
    tampered = json.loads(dated(story, 0, KEY))
    tampered["extract"]["issued"] -= 2 * DAY
    forged = story.refused(PledgeRight, "seller", **pledge, certificate=json.dumps(tampered))
    assert forged.startswith("rights.title_certificate_damaged")


def test_the_ends_of_a_term_are_to_the_microsecond(story: Story) -> None:
    """The first key may be older than its naming; the instant of a naming is the next one's."""
    rotate(story)
    keys = story.venue.state.parties.keys
    end = keys[1].since
    assert key_in_force(keys, KEY.verifier.public, "r1", 0).vkey == KEY.verifier.text
    assert key_in_force(keys, KEY.verifier.public, "r1", end - 1).until == end
    assert key_in_force(keys, NEXT.verifier.public, "r1", end).until == 0
    for public, issued, code in (
        (KEY.verifier.public, end, "rights.key_not_in_force"),
        (NEXT.verifier.public, end - 1, "rights.key_not_in_force"),
        (bytes(32), end, "rights.signed_with_other_key"),
    ):
        with pytest.raises(Refusal) as refused:
            key_in_force(keys, public, "r1", issued)
        assert refused.value.code == code


def test_a_stolen_key_cannot_say_of_a_version_what_the_register_never_had(story: Story) -> None:
    """S2-33: dated back into the key's own days, it is still held against the register."""
    extract = extract_title(story.venue.state.rights, "venue-1", "r1", 9, "00" * 32, story.clock())
    rotate(story)
    pledge = {"entry": "P", "right": "r1", "creditor": "bank"}
    for field, said in (("holder", "thief"), ("share", "1/2"), ("version", 7)):
        forged = make_title_certificate(replace(extract, **{field: said}), KEY.secret)
        refused = story.refused(PledgeRight, "seller", **pledge, certificate=forged)
        assert refused.startswith("rights.certificate_contradicts: the title certificate says")
        assert f": {field} {said}; the register has" in refused
