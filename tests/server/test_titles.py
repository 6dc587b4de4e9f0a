"""Title certificates over HTTP: for who may see the right, signed by the venue's key."""

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from tests.server.serving import Served, ask
from yaosu.kernel.signed_note import signing_key
from yaosu.rights.title_certificate import make_title_certificate, verify_title_certificate
from yaosu.rights.title_link import link_of, sign_link
from yaosu.rights.title_paper import verify_title_paper

pytest.importorskip("reportlab", reason="needs reportlab")
KEY = signing_key("venue-1", bytes(range(32)))
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY.secret).public_key().public_bytes_raw()
PLACE = "/v1/rights/gpu-anna/certificate"
CHECK = "/v1/title-certificates/check"


def test_a_holder_has_the_certificate_of_the_right_as_data_and_on_paper(served: Served) -> None:
    """S2-33: what the file says is under the venue's key, and names an entry of the journal."""
    with served.as_("anna") as anna:
        data = anna.get(PLACE)
        extract = verify_title_certificate(data.text, PUBLIC)
        assert (extract.holder, extract.right) == ("anna", "gpu-anna")
        assert 0 < extract.sequence < anna.get("/v1/venue").json()["entries"]
        paper = anna.get(PLACE, params={"as": "pdf", "language": "zh"})
        assert paper.headers["content-type"] == "application/pdf"
        assert "filename*=UTF-8''gpu-anna.pdf" in paper.headers["content-disposition"]
        on_paper = verify_title_certificate(verify_title_paper(paper.content, PUBLIC), PUBLIC)
        assert on_paper.holder == "anna"
        said = json.loads(data.text)
        assert said["extract"]["journal_root"] == extract.journal_root


def test_a_certificate_is_for_who_is_in_the_chain_and_for_offices(served: Served) -> None:
    with served.as_("bert") as bert, served.as_("registrar") as registrar:
        hidden = bert.get(PLACE)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "server.unknown_row")
        none = bert.get("/v1/rights/none/certificate")
        assert none.json()["code"] == "server.unknown_row"
        assert registrar.get(PLACE).status_code == 200


@pytest.mark.parametrize(("name", "value"), [("as", "docx"), ("language", "fr")])
def test_what_a_certificate_cannot_be_made_as_is_refused(
    served: Served, name: str, value: str
) -> None:
    with served.as_("anna") as anna:
        answer = anna.get(PLACE, params={name: value})
        assert (answer.status_code, answer.json()["code"]) == (400, "server.bad_query")


def sent(client: httpx.Client, data: bytes | str) -> tuple[int, dict[str, Any]]:
    answer = client.post(CHECK, content=data)
    return answer.status_code, answer.json()


def test_a_stranger_checks_a_certificate_and_learns_whether_it_still_holds(
    served: Served,
) -> None:
    """S2-33: without being signed in; the file as data and on paper, then after a freeze."""
    with served.as_("bert") as bert, served.as_() as nobody:
        place = "/v1/rights/gpu-bert/certificate"
        data = bert.get(place).text
        paper = bert.get(place, params={"as": "pdf"}).content
        for file in (data, paper):
            status, said = sent(nobody, file)
            assert (status, said["status"]["status"]) == (200, "valid"), said
            assert said["extract"]["holder"] == "bert"
            assert "You may rely on it." in said["html"]
        with served.as_("registrar") as registrar:
            freeze = {"entry": "freeze-titles", "right": "gpu-bert", "reason": "a claim"}
            assert (
                ask(registrar, "rights.freeze_right", "titles-freeze-1", **freeze).status_code
                == 200
            )
            status, said = sent(nobody, paper)
            assert said["status"]["status"] == "burdened"
            assert "freeze-titles" in said["html"]
            lift = {"entry": "freeze-titles", "reason": "settled"}
            assert ask(registrar, "rights.release_right", "lift-1", **lift).status_code == 200


def test_what_is_no_certificate_of_this_venue_is_refused(served: Served) -> None:
    with served.as_("anna") as anna:
        data = anna.get(PLACE).text
        paper = bytearray(anna.get(PLACE, params={"as": "pdf"}).content)
    extract = verify_title_certificate(data, PUBLIC)
    forged = make_title_certificate(replace(extract, holder="bert"), bytes(32))
    elsewhere = make_title_certificate(replace(extract, journal_root="ab" * 32), KEY.secret)
    foreign = make_title_certificate(replace(extract, venue="other"), KEY.secret)
    paper[5_000] ^= 1
    with served.as_() as nobody:
        for file, code in (
            (b"", "rights.bad_title_certificate"),
            (b"\xff\xfe\x00", "rights.bad_title_certificate"),
            (data.replace('"anna"', '"bert"'), "rights.title_certificate_damaged"),
            (forged, "rights.signed_with_other_key"),
            (elsewhere, "rights.other_register"),
            (foreign, "rights.bad_title_certificate"),
            (bytes(paper), "rights.title_paper_damaged"),
            (b"%PDF-1.4\n%%EOF\n", "rights.bad_title_paper"),
            (b" " * 2_000_001, "kernel.too_large"),
        ):
            status, said = sent(nobody, file)
            assert (status >= 400, said["code"]) == (True, code), said


def test_the_link_of_the_code_leads_to_what_became_of_it(served: Served) -> None:
    """In both languages; it says nothing of the holder, and a forged one proves nothing."""
    with served.as_("anna") as anna:
        text = anna.get(PLACE).text
    link = link_of(verify_title_certificate(text, PUBLIC), text)
    good, bad = sign_link(link, KEY.secret), sign_link(link, bytes(32))
    future = sign_link(replace(link, sequence=10**9), KEY.secret)
    with served.as_(**{"Accept-Language": "en"}) as nobody:
        page = nobody.get("/verify", params={"title": good})
        assert page.status_code == 200
        assert "You may rely on it." in page.text
        assert "gpu-anna" in page.text
        assert ">anna<" not in page.text
        for wrong in (bad, future, "x", "x" * 3_000):
            assert (
                "This link proves nothing." in nobody.get("/verify", params={"title": wrong}).text
            )
    with served.as_(**{"Accept-Language": "zh-CN"}) as nobody:
        assert "可以信赖。" in nobody.get("/verify", params={"title": good}).text
        assert "核验权属证书" in nobody.get("/verify").text
