"""Title certificates on paper: drawn the same again, their proof within, no byte to be changed."""

import inspect
import json
import sys
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import DOCUMENT, REGISTRY, Story
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import FreezeRight, PledgeRight
from yaosu.rights.title_certificate import TitleExtract, extract_title, verify_title_certificate
from yaosu.rights.title_link import link_of, sign_link, verify_link
from yaosu.rights.title_paper import BYTES_MAX, read_key_of_paper, verify_title_paper
from yaosu.rights.title_status import link_status
from yaosu.workers.titles import face, paper
from yaosu.workers.titles.face import Face, face_of
from yaosu.workers.titles.paper import make_title_paper
from yaosu.workers.titles.words import LANGUAGES, WORDS

pytest.importorskip("reportlab", reason="needs reportlab")
segno = pytest.importorskip("segno", reason="needs segno")
PRIVATE = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
ADDRESS = "https://venue.example"


def told(freezes: int = 1) -> tuple[Story, TitleExtract, dict[str, Face]]:
    """A right that is pledged and frozen, its extract, its words in both languages."""
    story = Story(MemoryStore()).found(("compute",))
    for name in ("seller", "bank"):
        story.party(name)
    story.right("r1", "seller", 100)
    story.ask(PledgeRight, "seller", entry="P1", right="r1", creditor="bank", amount_minor=90_005)
    for number in range(freezes):
        reason = "法院裁定（2026）第3号, as the court ordered"
        story.ask(FreezeRight, REGISTRY, entry=f"F{number}", right="r1", reason=reason)
    state = story.venue.state
    assert state.parties.venue is not None
    extract = extract_title(state.rights, state.parties.venue.id, "r1", 41, "cd" * 32, state.now)
    return story, extract, {one: face_of(state, extract, one) for one in LANGUAGES}


STORY, EXTRACT, FACES = told()
PAPERS = {one: make_title_paper(FACES[one], EXTRACT, PRIVATE, ADDRESS) for one in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_is_the_same_again_and_its_certificate_verifies_from_the_file(
    language: str,
) -> None:
    again = make_title_paper(FACES[language], EXTRACT, PRIVATE, ADDRESS)
    assert again == PAPERS[language]
    text = verify_title_paper(again, PUBLIC)
    assert verify_title_certificate(text, PUBLIC) == EXTRACT
    assert read_key_of_paper(again) == PUBLIC
    assert again.startswith(b"%PDF-1.")
    assert again.endswith(b"%%EOF\n")
    assert b"/EmbeddedFile" in again
    assert PRIVATE.hex().encode() not in again


def test_a_paper_says_all_of_the_title_in_both_languages() -> None:
    """Venue, right, unit, holder with share, what stands on it, instant, entry, digests, key."""
    lines = dict(line for block in FACES["en"].blocks for line in block.lines)
    assert (lines["Holder"], lines["Share of the unit"]) == (
        "seller",
        "1/1 (100 of 100 device-hour)",
    )
    assert lines["Pledge"].startswith("for bank; 900.05 CNY; since 2026-")
    assert "法院裁定（2026）第3号" in lines["Freeze"]
    assert lines["Registration number"].startswith("compute/east/2026/")
    assert lines["Document (SHA-256)"].replace(" ", "") == DOCUMENT
    chinese = dict(line for block in FACES["zh"].blocks for line in block.lines)
    assert len(chinese) == len(lines)
    assert chinese["要素"] == "算力"
    assert "受益人：bank" in chinese["质押（抵押）登记"]
    drawn = PAPERS["en"]
    for said in ("Title certificate", "41, 2026-", "Key of the venue", "cdcdcdcd cdcdcdcd"):
        assert said.encode() in drawn, said  # its pages are not packed
    assert b"STSong-Light" in drawn
    assert b"FontFile" not in drawn


def test_a_title_without_burdens_says_so() -> None:
    story = Story(MemoryStore()).found(("compute",))
    story.party("seller")
    story.right("r1", "seller", 100)
    state = story.venue.state
    extract = extract_title(state.rights, "V", "r1", 9, "cd" * 32, state.now)
    blocks = face_of(state, extract, "en").blocks
    assert [block.text for block in blocks if not block.lines] == ["Nothing stands on the right."]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PAPERS["en"]) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_paper_is_refused(place: int, bit: int) -> None:
    raw = bytearray(PAPERS["en"])
    raw[place] ^= 1 << bit
    with pytest.raises(Refusal) as caught:
        verify_title_paper(bytes(raw), PUBLIC)
    assert caught.value.code in {"rights.bad_title_paper", "rights.title_paper_damaged"}


def test_what_people_read_cannot_be_changed_beside_a_good_certificate() -> None:
    raw = PAPERS["en"].replace(b"(seller)", b"(celler)")
    assert raw != PAPERS["en"]
    with pytest.raises(Refusal) as caught:
        verify_title_paper(raw, PUBLIC)
    assert str(caught.value) == (
        "rights.title_paper_damaged: the title certificate on paper is not the file that was "
        "signed; do not rely on it; ask for an extract from the register"
    )
    with pytest.raises(Refusal, match=r"rights\.title_paper_damaged"):
        verify_title_paper(PAPERS["en"], OTHER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"%PDF-1.4\n%%EOF\n",
        PAPERS["en"][:-20],
        PAPERS["en"] + b"\n",
        PAPERS["en"][:2000],
        PAPERS["en"] + PAPERS["en"][-100:],
        b"%PDF-" + b" " * BYTES_MAX,
    ],
)
def test_what_is_no_paper_of_ours_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        verify_title_paper(data, PUBLIC)
    assert str(caught.value).startswith(
        "rights.bad_title_paper: the file is no title certificate on paper: "
    )


def codes(monkeypatch: pytest.MonkeyPatch, address: str) -> str:
    """What the QR code of a paper says."""
    said: list[str] = []
    make = segno.make

    def noted(text: str, **how: Any) -> Any:
        said.append(text)
        return make(text, **how)

    monkeypatch.setattr(segno, "make", noted)
    make_title_paper(FACES["en"], EXTRACT, PRIVATE, address)
    (one,) = said
    return one


def test_the_code_leads_to_the_page_that_checks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    address, _, link = codes(monkeypatch, f"{ADDRESS}/").partition("?title=")
    assert address == f"{ADDRESS}/verify"
    said, signer = verify_link(link, [OTHER, PUBLIC])
    assert signer == PUBLIC
    assert (said.right, said.version, said.sequence) == ("r1", 1, 41)
    assert "seller" not in repr(said)  # who holds it is not in the link
    assert link_status(STORY.venue.state, said).status == "valid"


def test_without_an_address_the_code_holds_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    text = verify_title_paper(PAPERS["en"], PUBLIC)
    digest = link_of(EXTRACT, text).certificate.hex()
    assert codes(monkeypatch, "") == f"sha256:{digest}"


@pytest.mark.parametrize("link", ["", "?", "x" * 2_000, "AAAA", "Ä"])
def test_a_link_that_no_key_signed_is_refused(link: str) -> None:
    with pytest.raises(Refusal) as caught:
        verify_link(link, [PUBLIC])
    assert str(caught.value).startswith("rights.bad_title_link: the link of a title certificate")
    good = sign_link(link_of(EXTRACT, "text"), PRIVATE)
    with pytest.raises(Refusal, match="no key of this venue signed it"):
        verify_link(good, [OTHER])


def test_a_link_says_when_something_else_stands_on_the_right() -> None:
    story, extract, _ = told()
    link = link_of(extract, "text")
    assert link_status(story.venue.state, link).status == "valid"
    story.ask(FreezeRight, REGISTRY, entry="F9", right="r1", reason="another claim")
    assert link_status(story.venue.state, link).status == "burdened"


def test_texts_of_any_length_and_script_are_printed_or_clipped() -> None:
    """Whoever gives a ground of a million characters makes no paper of a thousand pages."""
    story, _, _ = told()
    for number, reason in enumerate(("x" * 900_000, "😀é\n\t(\\)％" * 40, "字" * 3_000)):
        story.ask(FreezeRight, REGISTRY, entry=f"G{number}", right="r1", reason=reason)
    state = story.venue.state
    extract = extract_title(state.rights, "venue-1", "r1", 41, "cd" * 32, state.now)
    made = make_title_paper(face_of(state, extract, "en"), extract, PRIVATE)
    assert len(made) < 100_000
    assert verify_title_certificate(verify_title_paper(made, PUBLIC), PUBLIC) == extract


def test_a_title_with_many_burdens_goes_on_overleaf() -> None:
    _, extract, faces = told(freezes=120)
    made = make_title_paper(faces["zh"], extract, PRIVATE)
    assert made.count(b"/Type /Page\n") > 1
    assert len(json.loads(verify_title_paper(made, PUBLIC))["extract"]["burdens"]) == 121
    told_lines = [text for block in faces["en"].blocks for _, text in block.lines]
    assert any("21 more" in text for text in told_lines)


def test_where_a_library_is_missing_the_refusal_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(Refusal, match=r"pip install 'yaosu\[paper\]'") as caught:
        make_title_paper(FACES["en"], EXTRACT, PRIVATE)
    assert caught.value.code == "kernel.extra_missing"


def test_every_word_is_there_in_both_languages() -> None:
    for key, texts in WORDS.items():
        assert len(texts) == len(LANGUAGES), key
        assert all(texts), key
    used = "".join(inspect.getsource(module) for module in (paper, face))
    assert [key for key in WORDS if f'"{key}"' not in used] == []


def test_an_outsider_checks_a_paper_by_what_is_written_down() -> None:
    """docs/reference/proofs.md, done with no code of ours: line, digest, signature, certificate."""
    data = PAPERS["zh"]
    begin = data.rindex(b"%yaosu title paper 1 ")
    line, *end = data[begin:].split(b"\n")
    place, size, signature = line.removeprefix(b"%yaosu title paper 1 ").split(b" ")
    said = b"yaosu title paper 1\n%s %s\n" % (place, size) + sha256(data[:begin]).digest()
    key = Ed25519PublicKey.from_public_bytes(PUBLIC)
    key.verify(b64decode(signature), said)
    assert data[:begin].endswith(b"\n".join(end))
    certificate = json.loads(data[int(place) :][: int(size)])
    assert certificate["extract"]["right"] == "r1"
    assert certificate["public_key"] == PUBLIC.hex()
