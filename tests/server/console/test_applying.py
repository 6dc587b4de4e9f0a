"""Applications: forms made from procedures and commands, read into cases and register entries."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from tests.server.console.applications import adopt_procedures
from tests.server.serving import Served, ask, serve
from yaosu.server.console.drafts.offered import OFFERED

DIGEST = sha256(b"a deed").hexdigest()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("applying") / "venue"
    with pytest.MonkeyPatch.context() as patch:
        adopt_procedures(patch)
        server = serve(folder, sign_ins_per_minute="100000")
    yield server
    server.stop()


def draft(client: httpx.Client, digest: str = "", **fields: str) -> dict[str, Any]:
    body = {"fields": fields, "digest": digest}
    key = {"Idempotency-Key": f"a-{digest[:20]}-{fields.get('party')}"}
    answer = client.post("/v1/drafts/application", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def filed(client: httpx.Client, **fields: str) -> str:
    """The case that was filed, by its id."""
    shown = draft(client, **fields)
    assert shown["faults"] == [], shown
    done = draft(client, shown["digest"], **fields)
    assert done["next"].startswith("/cases/"), done
    return str(done["next"]).removeprefix("/cases/")


def decided(venue: Served, case: str, *stages: str) -> dict[str, Any]:
    """The case, once the registrar has completed these stages."""
    with venue.as_("registrar") as registrar:
        for stage in stages:
            done = ask(registrar, "cases.complete_stage", f"{case}-{stage}", case=case, stage=stage)
            assert done.status_code == 200, done.text
        return registrar.get(f"/v1/cases/{case}/page").json()


TRANSFER = {"procedure": "transfer", "party": "anna", "fact_right": "gpu-anna",
            "fact_target": "carl", "field_lots": "10", "region": "east",
            "document_application": DIGEST, "document_contract": DIGEST,
            "document_tax": DIGEST}  # fmt: skip


def test_the_form_says_all_that_the_procedure_asks_for(venue: Served) -> None:
    with venue.as_("anna") as anna:
        page = anna.get("/apply/transfer", params={"right": "gpu-anna"}).text
        assert 'name="fact_right" value="gpu-anna"' in page
        for name in ("fact_target", "field_lots", "document_contract", "region"):
            assert f'name="{name}"' in page, name
        listed = anna.get("/apply").text
        assert "/apply/transfer" in listed
        assert "/apply/rights.pledge_right" in listed
        assert "/apply/rights.freeze_right" not in listed  # an office's
        hidden = anna.get("/apply/rights.freeze_right")
        assert hidden.status_code == 404
    with venue.as_("registrar") as registrar:
        assert registrar.get("/apply/rights.correct_right").status_code == 200


def test_every_form_that_is_offered_can_be_opened_in_both_languages(venue: Served) -> None:
    for login in ("anna", "registrar"):
        with venue.as_(login) as client:
            listed = client.get("/apply").text
            names = [part.split('"')[0] for part in listed.split('href="/apply/')[1:]]
            assert len(names) > 5
            for name in names:
                for language in ("en", "zh"):
                    header = {"Accept-Language": language}
                    page = client.get(f"/apply/{name}", headers=header)
                    assert page.status_code == 200, (name, page.text[:300])
    assert len(OFFERED) > 15


def test_a_case_is_filed_followed_and_its_approval_moves_the_title(venue: Served) -> None:
    """What was shown is what is filed; the registrar sees what it leads to; the entry is made."""
    with venue.as_("anna") as anna:
        shown = draft(anna, **TRANSFER)
        assert shown["faults"] == []
        for words in ("taxes are paid", "10 working days", "No fee is asked.", "carl"):
            assert words in shown["html"], words
        assert "Not given yet" not in shown["html"]
        case = filed(anna, **TRANSFER)
        page = anna.get(f"/cases/{case}").text
        assert "On approval: Transfer the title" in page
        desk = anna.get("/desk").text
        assert f"/cases/{case}" in desk
        assert "Waits for others: case" in desk
        bare = draft(anna, **{**TRANSFER, "document_tax": ""})
        assert "Not given yet, may follow: proof that taxes are paid" in bare["html"]
    first = decided(venue, case, "acceptance")
    assert first["turns"][0]["whose"] == "applicant"
    with venue.as_("anna") as anna:
        paid = ask(anna, "cases.complete_stage", "tax", case=case, stage="taxes")
        assert paid.status_code == 200, paid.text
    last = decided(venue, case, "decision")
    assert last["phase"] == "carried_out", last
    with venue.as_("registrar") as registrar:
        rows = registrar.get("/v1/rights", params={"holder": "carl"}).json()["rows"]
        assert [row["lots"] for row in rows] == [10]
        steps = registrar.get(f"/v1/rights/{rows[0]['right']}/history").json()["steps"]
        assert steps[0]["entry"]["source"] == DIGEST  # the contract, not the application


def test_a_first_registration_is_asked_with_typed_attributes_and_shares(venue: Served) -> None:
    fields = {"procedure": "first_registration", "party": "anna", "fact_right": "gpu-9",
              "fact_unit": "cluster-9", "field_factor": "compute", "field_region": "east",
              "field_quantity": "1,000", "field_holder": "anna", "field_share": "1/2",
              "field_co_holders": "gpu-9-b bert = 1/2",
              "field_unit_attributes": "grade = A\nsite = east\nslot = \n",
              "field_term_to": "2027-06-01", "document_source": DIGEST}  # fmt: skip
    with venue.as_("anna") as anna:
        shown = draft(anna, **fields)
        assert shown["faults"] == [], shown
        assert "grade: A; site: east" in shown["html"]
        case = filed(anna, **fields)
        told = anna.get(f"/cases/{case}").text
        assert "cluster-9" in told


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("fact_target", "", "needed"),
        ("field_lots", "many", "whole"),
        ("field_effective_from", "soon", "date"),
        ("field_source", "no digest", "file"),
        ("party", "bert", "offered"),
    ],
)
def test_each_fault_of_an_application_stands_beside_its_field(
    venue: Served, field: str, typed: str, said: str
) -> None:
    with venue.as_("anna") as anna:
        shown = draft(anna, **{**TRANSFER, field: typed})
        found = {one["field"]: one["text"] for one in shown["faults"]}
        assert said in found[field], found
        assert shown["digest"] == ""


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("field_share", "half", "share"),
        ("field_co_holders", "bert = 1/2", "a blank"),
        ("field_unit_attributes", "grade A", "name = value"),
    ],
)
def test_lines_that_are_no_pairs_are_told_apart(
    venue: Served, field: str, typed: str, said: str
) -> None:
    fields = {"procedure": "first_registration", "party": "anna", "fact_right": "x",
              "fact_unit": "y", "field_factor": "compute", "field_region": "east",
              "field_quantity": "1", "field_holder": "anna", field: typed}  # fmt: skip
    with venue.as_("anna") as anna:
        found = {one["field"]: one["text"] for one in draft(anna, **fields)["faults"]}
        assert said in found[field], found


def test_what_the_register_would_say_today_is_told_before_and_hinders_nothing(
    venue: Served,
) -> None:
    """Anna files for more lots than she has: the case may be filed, and she knows what is due."""
    with venue.as_("anna") as anna:
        shown = draft(anna, **{**TRANSFER, "field_lots": "2000000"})
        assert shown["faults"] == []
        assert "As the register stands now, it would say:" in shown["html"]


def test_what_needs_no_case_is_asked_at_once_with_an_entry_of_its_own(venue: Served) -> None:
    """A pledge: what the decision says against it stands there before anything is asked."""
    fields = {"command": "rights.pledge_right", "party": "bert", "field_right": "gpu-bert",
              "field_creditor": "carl", "field_amount_minor": "1,000.50"}  # fmt: skip
    with venue.as_("bert") as bert:
        wrong = draft(bert, **{**fields, "field_right": "gpu-anna"})
        assert wrong["digest"] == ""
        assert wrong["faults"][0]["text"]
        shown = draft(bert, **fields)
        assert shown["faults"] == [], shown
        done = draft(bert, shown["digest"], **fields)
        assert done["next"] == "/register/gpu-bert"
        page = bert.get("/register/gpu-bert").text
        assert "1 000.50" in page.replace("\u202f", " ").replace("\u00a0", " ")
        assert "/apply/release" in page  # now there is something to release
    with venue.as_("anna") as anna:
        none = draft(anna, command="rights.adopt_profile", party="anna")
        assert none["digest"] == ""


def test_nobody_applies_for_a_party_of_others(venue: Served) -> None:
    with venue.as_("bert") as bert:
        shown = draft(bert, **TRANSFER)
        assert shown["digest"] == ""
        page = bert.get("/apply/transfer", params={"right": "gpu-anna"}).text
        assert "unit-gpu-anna" not in page  # what belongs to others is not filled in
