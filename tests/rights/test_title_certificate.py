"""Title certificates: signed, verified by the public key alone, refused when damaged."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import START, settled
from tests.rights.samples import registration
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import FreezeRight
from yaosu.rights.title_certificate import (
    TitleExtract,
    extract_title,
    make_title_certificate,
    verify_title_certificate,
)

PRIVATE = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
ROOT = "cd" * 32


def extract() -> TitleExtract:
    floors = settled(regions=1)
    floors.when(registration("compute"))
    floors.when(FreezeRight(actor="reg", key="k", entry="F1", right="R-compute", reason="x"))
    return extract_title(floors.rights, "V", "R-compute", 41, ROOT, START)


EXTRACT = extract()
TEXT = make_title_certificate(EXTRACT, PRIVATE)


def test_a_title_certificate_says_what_the_register_holds_and_verifies_offline() -> None:
    read = verify_title_certificate(TEXT, PUBLIC)
    assert read == EXTRACT
    assert (read.holder, read.lots, read.measurement) == ("anna", 2400, "device-hour")
    assert (read.sequence, read.journal_root, read.burdens) == (41, ROOT, ("F1",))
    document = json.loads(TEXT)
    assert (document["algorithm"], document["digest"]) == ("Ed25519", "SHA-256")
    assert PRIVATE.hex() not in TEXT


def test_a_title_certificate_of_another_signer_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    with pytest.raises(Refusal) as caught:
        verify_title_certificate(TEXT, other)
    assert str(caught.value) == (
        "rights.signed_with_other_key: the title certificate was signed with another key than the "
        "one given; get the public key from the venue that issued it"
    )


@pytest.mark.parametrize("field", list(EXTRACT.__struct_fields__))
def test_every_field_of_the_extract_is_under_the_signature(field: str) -> None:
    document = json.loads(TEXT)
    value = document["extract"][field]
    changed = {str: lambda v: v + "x", int: lambda v: v + 1, list: lambda v: [*v, "x"]}
    document["extract"][field] = (
        {**value, "x": "y"} if isinstance(value, dict) else changed[type(value)](value)
    )
    with pytest.raises(Refusal) as caught:
        verify_title_certificate(json.dumps(document), PUBLIC)
    assert caught.value.code == "rights.title_certificate_damaged"
    right = document["extract"]["right"]
    assert str(caught.value) == (
        f"rights.title_certificate_damaged: the title certificate of right {right} is not what was "
        "signed; do not rely on it; ask for an extract from the register"
    )


@settings(max_examples=60)
@given(st.integers(0, len(TEXT.encode()) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_said(place: int, bit: int) -> None:
    raw = bytearray(TEXT.encode())
    raw[place] ^= 1 << bit
    text = raw.decode("utf-8", errors="replace")
    try:
        read = verify_title_certificate(text, PUBLIC)
    except Refusal as refusal:
        said = refusal.code
    else:
        said = "" if read == EXTRACT else "another extract"
    assert said in {
        "",
        "rights.bad_title_certificate",
        "rights.signed_with_other_key",
        "rights.title_certificate_damaged",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        TEXT[:-20],
        TEXT.replace("Ed25519", "none"),
        TEXT.replace('"sequence": 41', '"sequence": 41.0'),
        TEXT.replace('"format"', '"digest"'),
        TEXT.replace("yaosu title certificate 1", "yaosu title certificate 2"),
        "[" * 100_000,
        " " * 100_001,
    ],
)
def test_what_is_no_title_certificate_is_refused_as_such(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        verify_title_certificate(text, PUBLIC)
    assert caught.value.code == "rights.bad_title_certificate"
    assert str(caught.value).startswith(
        "rights.bad_title_certificate: the title certificate cannot be read: "
    )


def test_there_is_no_extract_of_a_right_that_is_not_registered() -> None:
    with pytest.raises(Refusal, match=r"rights\.unknown_right"):
        extract_title(settled(regions=1).rights, "V", "R-9", 1, ROOT, START)
