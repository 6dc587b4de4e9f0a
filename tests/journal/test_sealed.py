"""Sealed items: what they hide, what they are bound to, and the bytes that the page describes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from yaosu.journal.sealed import (
    KEY_BYTES,
    SM4_GCM,
    DataKey,
    check_fits,
    decode_items,
    digest_of,
    encode_items,
    open_item,
    prove_opened,
    seal_item,
    size_class,
)
from yaosu.kernel import sealing
from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.sealing import Binding, check_notes, hash_commitment

BOUND = Binding(venue="v", actor="anna", key="k-1", item="name")
SECRET = bytes(range(32))
NAME = "张三".encode()


def data_key(suite: str = "aes-256-gcm", name: str = "person/anna") -> DataKey:
    return DataKey(name, SECRET, suite)


def refused(code: str) -> "pytest.RaisesExc[Refusal]":
    return pytest.raises(Refusal, match=f"^{code}: ")


@pytest.mark.parametrize("suite", sorted(KEY_BYTES))
def test_what_was_sealed_opens_with_its_key_and_is_what_was_committed_to(suite: str) -> None:
    """S1-22: two suites, each by its name; SM4 has its room."""
    item, note = seal_item(data_key(suite), BOUND, NAME, "personal")
    opened = open_item(data_key(suite), BOUND, item)
    assert opened.content == NAME
    assert len(opened.salt) >= sealing.SALT_BYTES_MIN
    assert prove_opened(note, BOUND, opened)
    assert item.suite == suite
    assert note.digest == digest_of(item)
    assert NAME not in encode(item) + encode(note)


@pytest.mark.parametrize("change", ["venue", "actor", "key", "item"])
def test_an_item_does_not_open_in_another_place(change: str) -> None:
    """S1-22: venue, actor, key of the command and name of the item are authenticated."""
    item, note = seal_item(data_key(), BOUND, NAME, "personal")
    elsewhere = replace(BOUND, **{change: "other"})
    moved = replace(item, name=elsewhere.item)
    with refused("journal.does_not_open"):
        open_item(data_key(), elsewhere, moved)
    assert not prove_opened(note, elsewhere, open_item(data_key(), BOUND, item))


def test_a_changed_item_or_another_key_does_not_open_it() -> None:
    item, _ = seal_item(data_key(), BOUND, NAME, "personal")
    for place in range(0, len(item.ciphertext), 7):
        changed = bytearray(item.ciphertext)
        changed[place] ^= 1
        with refused("journal.does_not_open"):
            open_item(data_key(), BOUND, replace(item, ciphertext=bytes(changed)))
    for other in (
        replace(item, nonce=bytes(12)),
        replace(item, nonce=b""),
        replace(item, ciphertext=b""),
        replace(item, suite=SM4_GCM),
        replace(item, data_key="person/bao"),
    ):
        with pytest.raises(Refusal) as caught:
            open_item(data_key(), BOUND, other)
        assert str(caught.value) == (
            f"journal.does_not_open: item name does not open with the key {other.data_key}; "
            "it was sealed with another key, for another command, or changed since"
        )


def test_the_same_submission_is_the_same_bytes_and_another_content_shares_nothing() -> None:
    """S1-22: a retry is answered as the same; salt and nonce follow from key, place and content."""
    again = [seal_item(data_key(), BOUND, NAME, "personal") for _ in range(2)]
    assert again[0] == again[1]
    other, _ = seal_item(data_key(), BOUND, "李四".encode(), "personal")
    elsewhere, _ = seal_item(data_key(), replace(BOUND, key="k-2"), NAME, "personal")
    nonces = {again[0][0].nonce, other.nonce, elsewhere.nonce}
    salts = {
        open_item(data_key(), bound, item).salt
        for bound, item in (
            (BOUND, again[0][0]),
            (BOUND, other),
            (replace(BOUND, key="k-2"), elsewhere),
        )
    }
    assert len(nonces) == len(salts) == 3


@given(st.binary(max_size=700))
def test_a_length_says_only_its_size_class(content: bytes) -> None:
    item, _ = seal_item(data_key(), BOUND, content, "personal")
    assert len(item.ciphertext) - 16 in {256, 512, 1024}
    assert open_item(data_key(), BOUND, item).content == content
    assert size_class(40 + len(content)) == len(item.ciphertext) - 16


def test_prices_of_few_and_many_digits_have_one_length() -> None:
    lengths = {
        len(seal_item(data_key(), BOUND, encode({"price": price}), "core")[0].ciphertext)
        for price in (1, 10**6, 2**44)
    }
    assert lengths == {256 + 16}


def test_the_vectors_of_the_reference_page_hold() -> None:
    """docs/reference/secrets.md: whoever writes a second implementation meets these bytes."""
    item, note = seal_item(data_key(), BOUND, NAME, "personal")
    salt = open_item(data_key(), BOUND, item).salt
    assert salt.hex() == "f8eec8a197a907367c40bcd499998e16bf273d8bb9cf90bddc4fe29febc851f0"
    assert item.nonce.hex() == "c38e909b9bab80df22de0e8a"
    assert item.ciphertext[:16].hex() == "feb7185d56f14c2c51ee914a5d185f86"
    assert note.digest.hex() == "635705564287bab7d0d4e5e9786882b7d3ca3ee649c1f578a6cd2608a2281c7e"
    assert (
        note.hash_commitment.hex()
        == "1a4bf7ffe18465691999d6dbe709c0713cf6ac2802b5e178fa02900424b527c6"
    )
    assert note.hash_commitment == hash_commitment(BOUND, salt, NAME)


def test_neither_a_key_nor_what_was_opened_shows_itself() -> None:
    """S1-22: nothing that a log or a traceback prints holds a secret."""
    item, _ = seal_item(data_key(), BOUND, b"plain words", "personal")
    opened = open_item(data_key(), BOUND, item)
    for shown in (repr(data_key()), str(opened), repr([opened]), f"{opened!r}"):
        assert SECRET.hex() not in shown
        assert "plain" not in shown
        assert repr(SECRET) not in shown


def test_items_that_a_command_does_not_name_are_refused() -> None:
    one, note = seal_item(data_key(), BOUND, NAME, "personal")
    two, other = seal_item(data_key(), replace(BOUND, item="phone"), b"1", "personal")
    check_fits((note, other), encode_items([one, two]))
    for notes, items, why in (
        ((note,), [one, two], "the command names 1 items, 2 came with it"),
        ((note, other), [], "the command names 2 items, 0 came with it"),
        ((note,), [two], "item name is not the one that the command names"),
        ((note,), [replace(one, nonce=bytes(12))], "item name is not the one that the command "),
    ):
        with refused("journal.bad_sealed") as caught:
            check_fits(notes, encode_items(items))
        assert why in str(caught.value)
    with refused("journal.bad_sealed"):
        decode_items(b"\xc1")
    with refused("journal.bad_sealed"):
        decode_items(b"\xdc\x00\x00")  # an empty list, in more bytes than it wants
    unknown = replace(one, suite="rot13")
    with refused("journal.unknown_suite") as caught:
        check_fits((replace(note, digest=digest_of(unknown)),), encode_items([unknown]))
    assert str(caught.value) == (
        "journal.unknown_suite: cipher suite rot13 is not known; use one of: aes-256-gcm, sm4-gcm"
    )


def test_a_note_that_cannot_be_one_is_refused() -> None:
    _, note = seal_item(data_key(), BOUND, NAME, "personal")
    for notes, why in (
        ((note, note), "items are in order of their names, each once"),
        ((replace(note, level="public"),), "its level is none of important, core, personal"),
        ((replace(note, digest=b"short"),), "a digest does not have 32 bytes"),
        ((replace(note, name=""),), "its name does not have 1 to 96 characters"),
        ((replace(note, data_key=""),), "the id of its key does not have 1 to 400 characters"),
        ((note,) * 65, "64 items may travel with one command"),
    ):
        with refused("kernel.bad_note") as caught:
            check_notes(notes)
        assert why in str(caught.value)


def test_all_items_of_a_command_have_a_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    item, note = seal_item(data_key(), BOUND, NAME, "personal")
    monkeypatch.setattr("yaosu.journal.sealed.SEALED_BYTES_MAX", 300)
    with pytest.raises(Refusal, match=r"^kernel\.too_large: the sealed items has"):
        check_fits((note,), encode_items([item]))


def test_a_secret_beyond_the_limit_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("yaosu.journal.sealed.CONTENT_BYTES_MAX", 3)
    with refused("journal.secret_too_large") as caught:
        seal_item(data_key(), BOUND, b"hush", "personal")
    assert str(caught.value) == (
        "journal.secret_too_large: item name is too large to be sealed; "
        "seal at most 3 bytes, or keep a document and name its digest"
    )
