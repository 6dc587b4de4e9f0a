"""Keys on record: each follows the one before by its own word, and signs what it may."""

import json

import pytest

from tests.stories import EXCHANGE, MINISTRY, Story
from yaosu.engine.keys import (
    check_may_sign,
    keys_named,
    prove_keys,
    terms_on_record,
    verify_keys,
)
from yaosu.journal.checkpoint import make_checkpoint, verify_checkpoint
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import SigningKey, signing_key
from yaosu.parties.commands import NameKey
from yaosu.parties.methods.succession import succession

NAME = "example.org/market"
FIRST, SECOND, THIRD, STRANGER = (signing_key(NAME, bytes([n]) * 32) for n in range(4))


def name_key(story: Story, key: SigningKey, by: SigningKey | None = None) -> int:
    note = "" if by is None else succession(by, key.verifier.text)
    story.ask(NameKey, EXCHANGE, vkey=key.verifier.text, endorsement=note)
    return story.venue.store.size - 1


@pytest.fixture
def rotated() -> tuple[MemoryStore, list[int]]:
    """A journal whose key was named once and followed twice, and the entries that did it."""
    store = MemoryStore()
    story = Story(store).found(factors=())
    places = [name_key(story, FIRST)]
    story.party("a", factors=())
    places.append(name_key(story, SECOND, FIRST))
    story.party("b", factors=())
    places.append(name_key(story, THIRD, SECOND))
    story.party("c", factors=())
    return store, places


def code_of(act) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def test_a_key_signs_up_to_the_entry_that_names_the_next(rotated) -> None:
    """A checkpoint by a retired key for a later size is refused."""
    store, (_, second, third) = rotated
    for terms in (
        terms_on_record(store, FIRST.verifier),
        verify_keys(
            prove_keys(store, make_checkpoint(store.size, store.root(), THIRD)), FIRST.verifier
        )[0],
    ):
        for key, first, last in (
            (FIRST, 0, second), (SECOND, second + 1, third), (THIRD, third + 1, store.size),
        ):  # fmt: skip
            for size in (first, last):
                assert verify_checkpoint(make_checkpoint(size, bytes(32), key), terms).size == size
            for size in {max(first - 1, 0), last + 1} - set(range(first, last + 1)):
                if key is THIRD and size > last:
                    continue  # nothing has retired it
                note = make_checkpoint(size, bytes(32), key)
                code = code_of(lambda note=note, terms=terms: verify_checkpoint(note, terms))
                assert code == "journal.key_retired"


def test_who_trusts_a_later_key_does_not_trust_an_earlier_one(rotated) -> None:
    store, (_, second, _) = rotated
    terms = terms_on_record(store, SECOND.verifier)
    note = make_checkpoint(second, bytes(32), FIRST)
    assert code_of(lambda: verify_checkpoint(note, terms)) == "kernel.not_signed"


def test_a_key_that_is_not_on_record_leads_to_none(rotated) -> None:
    store, _ = rotated
    code = code_of(lambda: terms_on_record(store, STRANGER.verifier))
    assert code == "journal.key_unknown"


def test_the_venue_signs_with_the_key_in_force_only(rotated) -> None:
    store, _ = rotated
    check_may_sign(keys_named(store.read()), THIRD.verifier)
    code = code_of(lambda: check_may_sign(keys_named(store.read()), SECOND.verifier))
    assert code == "engine.key_replaced"
    check_may_sign([], SECOND.verifier)


def test_a_key_is_named_once_with_the_word_of_the_one_before() -> None:
    story = Story().found(factors=())
    vkey = SECOND.verifier.text
    name_key(story, FIRST)
    other = signing_key("example.org/other", bytes(32))
    cases = (
        ("kernel.bad_key", {"vkey": "nonsense"}),
        ("parties.key_known", {"vkey": FIRST.verifier.text}),
        ("parties.key_elsewhere", {"vkey": other.verifier.text}),
        ("parties.not_endorsed", {"vkey": vkey}),
        ("parties.not_endorsed", {"vkey": vkey, "endorsement": "nonsense"}),
        ("parties.not_endorsed", {"vkey": vkey, "endorsement": succession(STRANGER, vkey)}),
        (
            "parties.not_endorsed",
            {"vkey": vkey, "endorsement": succession(FIRST, THIRD.verifier.text)},
        ),
    )
    for code, fields in cases:
        assert story.refused(NameKey, MINISTRY, **fields).startswith(f"{code}: ")
    story.party("firm", factors=())
    denied = story.refused(NameKey, "firm", vkey=vkey, endorsement=succession(FIRST, vkey))
    assert denied.startswith("core.role_needed: ")


def test_any_change_of_a_proof_of_keys_is_refused(rotated) -> None:
    """Every byte of the file, one bit each; and a step left out."""
    store, _ = rotated
    text = prove_keys(store, make_checkpoint(store.size, store.root(), THIRD))
    raw = text.encode()
    for at in range(0, len(raw), 3):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << at % 8
        try:
            changed = flipped.decode()
        except UnicodeDecodeError:
            continue
        assert code_of(lambda changed=changed: verify_keys(changed, FIRST.verifier))
    document = json.loads(text)
    for gone in range(3):
        steps = document["steps"][:gone] + document["steps"][gone + 1 :]
        less = json.dumps(document | {"steps": steps}, indent=1, ensure_ascii=False) + "\n"
        assert code_of(lambda less=less: verify_keys(less, FIRST.verifier)) in (
            "journal.bad_proof", "journal.key_unknown", "kernel.not_signed",
        )  # fmt: skip
