"""Title certificates over HTTP: for who may see the right, signed by the venue's key."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.server.serving import Served
from yaosu.kernel.signed_note import signing_key
from yaosu.rights.title_certificate import verify_title_certificate
from yaosu.rights.title_paper import verify_title_paper

pytest.importorskip("reportlab", reason="needs reportlab")
KEY = signing_key("venue-1", bytes(range(32)))
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY.secret).public_key().public_bytes_raw()
PLACE = "/v1/rights/gpu-anna/certificate"


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
