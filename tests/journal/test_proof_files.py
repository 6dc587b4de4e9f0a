"""Proof files: what they prove, and that no changed byte of one still proves it."""

import json
from base64 import b64encode

import pytest

from tests.journal.build import grow
from yaosu.journal import MemoryStore
from yaosu.journal.checkpoint import Checkpoint, make_checkpoint, parse_checkpoint
from yaosu.journal.merkle import consistency_proof, inclusion_proof
from yaosu.journal.proof_files import (
    continuation_proof,
    entry_proof,
    is_continuation_proof,
    payloads_file,
    verify_continuation_proof,
    verify_entry_proof,
    verify_payloads,
)
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import signing_key

KEY = signing_key("example.org/market", bytes(range(32)))
TRUSTED = [KEY.verifier]
SIZE = 13


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    made = MemoryStore()
    grow(made, SIZE)
    return made


def code_of(function, *arguments) -> str:
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    return caught.value.code


def proof_of(store: MemoryStore, sequence: int) -> str:
    (entry,) = store.read(sequence, sequence)
    note = make_checkpoint(store.size, store.root(), KEY)
    return entry_proof(entry, inclusion_proof(store, sequence, store.size), note)


def continuation_of(store: MemoryStore, old: int) -> str:
    note = make_checkpoint(store.size, store.root(), KEY)
    return continuation_proof(old, consistency_proof(store, old, store.size), note)


def earlier(size: int) -> Checkpoint:
    past = MemoryStore()
    grow(past, size)
    return Checkpoint(KEY.name, size, past.root())


def test_every_entry_is_proved_by_its_file_alone(store: MemoryStore) -> None:
    for entry in store.read():
        text = proof_of(store, entry.header.sequence)
        proven = verify_entry_proof(text, TRUSTED)
        assert (proven.header, proven.hash) == (entry.header, entry.hash)
        assert proven.checkpoint == Checkpoint(KEY.name, SIZE, store.root())
        assert not is_continuation_proof(text)


def test_every_changed_byte_of_a_proof_is_found(store: MemoryStore) -> None:
    for text, verify in (
        (proof_of(store, 7), lambda text: verify_entry_proof(text, TRUSTED)),
        (
            continuation_of(store, 6),
            lambda text: verify_continuation_proof(text, earlier(6), TRUSTED),
        ),
    ):
        verify(text)
        raw = text.encode()
        for at in range(len(raw)):
            changed = bytearray(raw)
            changed[at] ^= 1 << at % 7
            try:
                damaged = changed.decode()
            except UnicodeDecodeError:
                continue  # the door refuses what is not text
            assert code_of(verify, damaged).startswith(("journal.", "kernel."))


def test_a_proof_of_one_entry_does_not_serve_another(store: MemoryStore) -> None:
    seven, eight = proof_of(store, 7).split("\n"), proof_of(store, 8).split("\n")
    mixed = "\n".join([seven[0], eight[1], *seven[2:]])
    assert code_of(verify_entry_proof, mixed, TRUSTED) == "journal.bad_proof"
    mixed = "\n".join([seven[0], eight[1], eight[2], *seven[3:]])
    assert code_of(verify_entry_proof, mixed, TRUSTED) == "journal.proof_fails"


def test_a_forged_header_under_a_true_checkpoint_is_found(store: MemoryStore) -> None:
    (entry,) = store.read(7, 7)
    forged = bytearray(entry.packed)
    forged[64] ^= 1  # the digest of the command
    text = proof_of(store, 7).replace(
        b64encode(entry.packed).decode(), b64encode(bytes(forged)).decode()
    )
    assert code_of(verify_entry_proof, text, TRUSTED) == "journal.proof_fails"


def test_every_beginning_is_proved_to_be_continued(store: MemoryStore) -> None:
    for old in range(1, SIZE + 1):
        text = continuation_of(store, old)
        assert is_continuation_proof(text)
        assert verify_continuation_proof(text, earlier(old), TRUSTED).size == SIZE


def test_another_beginning_is_not_proved_to_be_continued(store: MemoryStore) -> None:
    text = continuation_of(store, 6)
    for kept in (
        Checkpoint(KEY.name, 6, earlier(5).root),
        Checkpoint(KEY.name, 5, earlier(5).root),
        Checkpoint("example.org/other", 6, earlier(6).root),
    ):
        assert code_of(verify_continuation_proof, text, kept, TRUSTED) == "journal.proof_fails"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", ""),
        ("index 7", "index 07"),
        ("index 7", "index seven"),
        ("\n\n", "\n"),
        ("\n\nexample", "\nAAAA\n\nexample"),
        ("\n\nexample", "\n" + "A" * 43 + "=" + ("\n" + "A" * 43 + "=") * 128 + "\n\nexample"),
        ("extra eWFvc3Uv", "extra AAAA"),
    ],
)
def test_what_is_not_a_proof_is_refused(store: MemoryStore, old: str, new: str) -> None:
    text = proof_of(store, 7)
    assert old in text
    codes = {"journal.bad_proof", "kernel.bad_signed_note"}
    assert code_of(verify_entry_proof, text.replace(old, new, 1), TRUSTED) in codes
    assert code_of(verify_continuation_proof, text, earlier(6), TRUSTED) == "journal.bad_proof"


def test_payloads_are_held_against_the_proved_header(store: MemoryStore) -> None:
    for entry in store.read():
        proven = verify_entry_proof(proof_of(store, entry.header.sequence), TRUSTED)
        shown = verify_payloads(payloads_file(entry), proven)
        assert (shown.command, shown.events, shown.sealed) == (
            entry.command,
            entry.events,
            entry.sealed,
        )


@pytest.mark.parametrize("name", ["command", "events", "sealed"])
def test_a_changed_payload_is_named(store: MemoryStore, name: str) -> None:
    (entry,) = store.read(7, 7)
    proven = verify_entry_proof(proof_of(store, 7), TRUSTED)
    document = json.loads(payloads_file(entry))
    document[name] = b64encode(b"something else").decode()
    with pytest.raises(Refusal) as caught:
        verify_payloads(json.dumps(document), proven)
    assert caught.value.code == "journal.payload_differs"
    assert caught.value.facts["payload"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "yaosu entry payloads 2"),
        ("digest", "MD5"),
        ("sequence", 8),
        ("sequence", "seven"),
        ("command", "***"),
        ("more", 1),
    ],
)
def test_what_is_not_a_file_of_payloads_is_refused(
    store: MemoryStore, name: str, value: object
) -> None:
    (entry,) = store.read(7, 7)
    proven = verify_entry_proof(proof_of(store, 7), TRUSTED)
    document = json.loads(payloads_file(entry)) | {name: value}
    assert code_of(verify_payloads, json.dumps(document), proven) == "journal.bad_payloads"
    assert code_of(verify_payloads, "hello", proven) == "journal.bad_payloads"


def test_the_checkpoint_of_a_proof_stands_in_it_word_for_word(store: MemoryStore) -> None:
    note = proof_of(store, 3).partition("\n\n")[2]
    assert note == make_checkpoint(SIZE, store.root(), KEY)
    assert parse_checkpoint(note).size == SIZE
