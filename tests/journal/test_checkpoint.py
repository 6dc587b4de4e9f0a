"""Checkpoints: what they say, who signed it, and whether a journal continues them."""

from hashlib import sha256

import pytest

from tests.journal.build import grow
from yaosu.journal import MemoryStore
from yaosu.journal.checkpoint import (
    Checkpoint,
    check_continues,
    make_checkpoint,
    parse_checkpoint,
    verify_checkpoint,
)
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import sign_note, signing_key

KEY = signing_key("example.org/market", bytes(range(32)))
ROOT = sha256(b"root").digest()
NOTE = make_checkpoint(20_852_163, ROOT, KEY)


def code_of(function, *arguments) -> str:
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    return caught.value.code


def test_a_checkpoint_says_origin_size_and_root() -> None:
    assert NOTE.startswith("example.org/market\n20852163\n")
    said = verify_checkpoint(NOTE, [KEY.verifier])
    assert said == Checkpoint("example.org/market", 20_852_163, ROOT) == parse_checkpoint(NOTE)
    assert parse_checkpoint(make_checkpoint(0, ROOT, KEY)).size == 0


def test_every_changed_byte_of_a_checkpoint_is_found() -> None:
    raw = NOTE.encode()
    for at in range(len(raw)):
        for bit in (0, 3, 6):
            changed = bytearray(raw)
            changed[at] ^= 1 << bit
            try:
                text = changed.decode()
            except UnicodeDecodeError:
                continue  # the door refuses what is not text
            code = code_of(verify_checkpoint, text, [KEY.verifier])
            assert code in {
                "kernel.bad_signed_note",
                "journal.bad_checkpoint",
                "kernel.not_signed",
                "kernel.signature_fails",
            }


def test_a_key_signs_for_its_own_origin_only() -> None:
    other = signing_key("example.org/other", bytes(32))
    text = NOTE.partition("\n\n")[0] + "\n"
    assert code_of(verify_checkpoint, sign_note(text, [other]), [other.verifier]) == (
        "kernel.not_signed"
    )
    both = sign_note(text, [other, KEY])
    assert verify_checkpoint(both, [other.verifier, KEY.verifier]).root == ROOT


@pytest.mark.parametrize(
    "text",
    [
        "example.org/market\n5\n",
        "example.org/market\n05\nAAAA\n",
        "example.org/market\n5\nAAAA\n",
        "example.org/market\n-1\n" + "A" * 43 + "=\n",
        "example.org/market\n\u0665\n" + "A" * 43 + "=\n",
        f"example.org/market\n{2**63}\n" + "A" * 43 + "=\n",
        "\n5\n" + "A" * 43 + "=\n",
        "example.org/market\n5\n" + "A" * 42 + "B=\n",
        "example.org/market\n5\n" + "A" * 43 + "=\n\nmore\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    assert code_of(verify_checkpoint, sign_note(text, [KEY]), [KEY.verifier]) == (
        "journal.bad_checkpoint"
    )


def test_further_lines_of_a_checkpoint_are_signed_and_passed_over() -> None:
    text = NOTE.partition("\n\n")[0] + "\nmore\n"
    assert verify_checkpoint(sign_note(text, [KEY]), [KEY.verifier]).root == ROOT


def test_a_journal_continues_every_checkpoint_of_its_past_and_no_other() -> None:
    store = MemoryStore()
    past = [Checkpoint("o", 0, store.root())]
    for _ in range(12):
        grow(store, 1)
        past.append(Checkpoint("o", store.size, store.root()))
    for earlier in past:
        check_continues(store, earlier)
    for size, why in ((3, "another root"), (12, "another root"), (13, "12 entries only")):
        with pytest.raises(Refusal) as caught:
            check_continues(store, Checkpoint("o", size, ROOT))
        assert caught.value.code == "journal.other_history"
        assert why in str(caught.value)
