"""Keys and signed notes: a published vector, forged lines, and lines of others beside ours."""

import re
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import (
    SigningKey,
    VerifierKey,
    cosigned,
    open_note,
    parse_signing_key,
    parse_verifier_key,
    parse_witness_key,
    sign_note,
    signing_key,
    split_note,
)

# From the documentation of Go's package golang.org/x/mod/sumdb/note.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHERS = "\u2014 witness.example AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"
MINE = signing_key("example.org/market", bytes(range(32)))


def code_of(function, *arguments) -> str:
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    assert "{" not in str(caught.value)
    return caught.value.code


def test_the_published_note_is_signed_and_opened_the_same() -> None:
    key = parse_signing_key(SECRET)
    assert key.text == SECRET
    assert key.verifier.text == VKEY
    assert key.verifier == parse_verifier_key(VKEY)
    assert sign_note(TEXT, [key]) == f"{TEXT}\n{LINE}"
    assert open_note(f"{TEXT}\n{LINE}", [parse_verifier_key(VKEY)]) == TEXT


def test_a_key_names_its_algorithm_and_never_shows_its_secret() -> None:
    assert MINE.algorithm == MINE.verifier.algorithm == "Ed25519"
    assert repr(MINE) == "SigningKey('example.org/market', 'Ed25519')"
    assert MINE.secret.hex() not in str(MINE)
    assert parse_signing_key(MINE.text + "\n") == MINE


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_read_back_from_its_text(secret: bytes) -> None:
    """The last part is base64, which may hold a plus like those between the parts."""
    key = signing_key("example.org/market", secret)
    assert parse_signing_key(key.text) == key
    assert parse_verifier_key(key.verifier.text) == key.verifier


def test_lines_of_witnesses_and_other_suites_may_stand_beside() -> None:
    """Room for a second suite and for cosignatures: whoever does not know a line passes over it."""
    second = signing_key("example.org/market", bytes(32))
    note = sign_note(TEXT, [MINE, second]) + OTHERS
    for key in (MINE, second):
        assert open_note(note, [key.verifier]) == TEXT
    assert [name for name, _ in split_note(note)[1]] == [MINE.name, MINE.name, "witness.example"]
    assert open_note(f"{TEXT}\n{OTHERS}{LINE}", [parse_verifier_key(VKEY)]) == TEXT


def test_a_note_without_our_line_is_not_signed() -> None:
    stranger = signing_key("example.org/market", bytes(32)).verifier
    for note in (sign_note(TEXT, [MINE]), f"{TEXT}\n{OTHERS}"):
        assert code_of(open_note, note, [stranger]) == "kernel.not_signed"
    assert code_of(open_note, sign_note(TEXT, [MINE]), []) == "kernel.not_signed"


def test_a_changed_text_or_signature_is_found() -> None:
    note = sign_note(TEXT, [MINE])
    changed = note.replace("don't know", "do know")
    assert code_of(open_note, changed, [MINE.verifier]) == "kernel.signature_fails"
    encoded = re.findall(r" (\S+)\n$", note)[0]
    other = ("B" if encoded[20] == "A" else "A").join((encoded[:20], encoded[21:]))
    changed = note.replace(encoded, other)
    assert code_of(open_note, changed, [MINE.verifier]) == "kernel.signature_fails"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        TEXT + LINE,
        f"{TEXT}\n{LINE[:-1]}",
        f"{TEXT}\n{LINE}\n",
        f"{TEXT}\n{LINE}and more\n",
        f"{TEXT}\r\n\n{LINE}",
        f"{TEXT}\n{LINE.replace('=', '')}",
        f"{TEXT}\n{LINE.replace('M=', 'N=')}",
        f"{TEXT}\n\u2014 Peter+Neumann AAAAAAAA\n",
        f"{TEXT}\n\u2014 PeterNeumann AAAA\n",
        f"{TEXT}\n" + LINE * 65,
        "x" * 1_000_001,
    ],
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    assert code_of(open_note, note, [parse_verifier_key(VKEY)]) == "kernel.bad_signed_note"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        VKEY.replace("c74f", "C74F"),
        VKEY.replace("c74f", "c74e"),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.replace("PeterNeumann", ""),
        VKEY.replace("PeterNeumann", "P" * 256),
        VKEY.replace("+ARpc", "+AhpC"),
        VKEY[:-4],
        VKEY[:-1] + "*",
        SECRET,
    ],
)
def test_what_is_not_a_verifier_key_is_refused(text: str) -> None:
    assert code_of(parse_verifier_key, text) == "kernel.bad_key"


def test_what_is_not_a_signing_key_is_refused_and_not_repeated() -> None:
    for text in ("", VKEY, SECRET[:-4], SECRET.replace("c74f", "c74e"), SECRET[:-1] + "*"):
        assert code_of(parse_signing_key, text) == "kernel.bad_key"
    with pytest.raises(Refusal) as caught:
        parse_signing_key(SECRET.replace("c74f", "c74e"))
    assert "AYEKF" not in str(caught.value)
    assert code_of(signing_key, "two words", bytes(32)) == "kernel.bad_key"


def test_keys_of_one_name_have_different_ids() -> None:
    assert isinstance(MINE, SigningKey)
    assert isinstance(MINE.verifier, VerifierKey)
    assert MINE.verifier.id != signing_key(MINE.name, bytes(32)).verifier.id


def cosignature(note: str, name: str, secret: bytes, time: int) -> str:
    """What a witness puts under a note: written here by the letter of C2SP tlog-cosignature."""
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes_raw()
    text = note.rpartition("\n\n")[0] + "\n"
    signed = key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    key_id = sha256(name.encode() + b"\n\4" + public).digest()[:4]
    line = b64encode(key_id + time.to_bytes(8, "big") + signed).decode()
    return f"\u2014 {name} {line}\n"


def witness_key(name: str, secret: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    key_id = sha256(name.encode() + b"\n\4" + public).digest()[:4]
    return f"{name}+{key_id.hex()}+{b64encode(bytes([4]) + public).decode()}"


def test_cosignatures_of_witnesses_are_kept_read_and_counted() -> None:
    """Lines under the venue's own; each with the time at which its witness signed."""
    note = sign_note("example.org/m\n3\nroot\n", [signing_key("example.org/m", bytes(32))])
    ones = [(f"witness.example/{n}", bytes([n]) * 32) for n in (1, 2)]
    both = note + "".join(cosignature(note, *one, 1_700_000_000 + n) for n, one in enumerate(ones))
    keys = [parse_witness_key(witness_key(*one)) for one in ones]
    assert cosigned(note, keys) == {}
    told = {"witness.example/1": 1_700_000_000, "witness.example/2": 1_700_000_001}
    assert cosigned(both, keys) == told
    assert cosigned(both, keys[:1]) == {"witness.example/1": 1_700_000_000}
    venue = signing_key("example.org/m", bytes(32)).verifier
    assert open_note(both, [venue]).startswith("example.org/m\n3\n")


def test_a_cosignature_that_does_not_fit_is_refused() -> None:
    note = sign_note("example.org/m\n3\nroot\n", [signing_key("example.org/m", bytes(32))])
    one = ("witness.example/1", bytes([1]) * 32)
    key = parse_witness_key(witness_key(*one))
    line = cosignature(note, *one, 7)
    raw = b64decode(line.split()[2])
    for at in range(4, len(raw)):  # the id at the front says only whose line it is
        flipped = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        changed = f"\u2014 {one[0]} {b64encode(flipped).decode()}\n"
        with pytest.raises(Refusal) as caught:
            cosigned(note + changed, [key])
        assert caught.value.code == "kernel.signature_fails"
    short = f"\u2014 {one[0]} {b64encode(raw[:-1]).decode()}\n"
    with pytest.raises(Refusal, match=r"kernel\.signature_fails"):
        cosigned(note + short, [key])


def test_keys_of_witnesses_and_of_venues_are_not_taken_for_each_other() -> None:
    witness = witness_key("witness.example/1", bytes([1]) * 32)
    venue = signing_key("example.org/m", bytes(32)).verifier.text
    for parse, text in ((parse_verifier_key, witness), (parse_witness_key, venue)):
        with pytest.raises(Refusal, match="for witnesses"):
            parse(text)
