"""Moving in by dropped files: read as said, checked row by row, entered, gone on with."""

import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.console.test_browser import browser, page, playwright, sign_in
from tests.server.console.test_forms import clean
from tests.server.serving import Served
from yaosu.server.console.pages.moving import chart_of, chart_text
from yaosu.workers.importing.mapping import parse_map
from yaosu.workers.importing.sheets import Head

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra excel")
__all__ = ["browser", "page"]
expect = playwright.expect
PARTIES = (("party", "Sort", "name"), ("mill", "organisation", "Mill"), ("odd", "firm", "Odd"))


def book(
    *rows: tuple[str, ...],
    sheet: str = "parties",
    others: dict[str, tuple[tuple[str, ...], ...]] | None = None,
) -> bytes:
    made = openpyxl.Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    for name, more in (others or {}).items():
        page = made.create_sheet(name)
        for row in more:
            page.append(row)
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def give(client: httpx.Client, name: str, data: bytes, **query: str) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/v1/imports", params={"name": name, **query}, content=data, headers=headers)


def act(client: httpx.Client, errand: str, name: str, **fields: str) -> httpx.Response:
    return client.post(f"/v1/imports/{errand}", json={"act": name, "fields": fields})


def ended(client: httpx.Client, errand: str) -> dict[str, Any]:
    for _ in range(600):
        told: dict[str, Any] = client.get(f"/v1/imports/{errand}").json()
        if told["state"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_a_column_is_named_beside_its_heading_then_rows_are_checked_and_entered(
    served: Served,
) -> None:
    """Nothing is written by checking; a corrected file enters only what was not entered."""
    with served.as_("registrar") as client:
        before = client.get("/v1/venue").json()["entries"]
        errand = give(client, "members.xlsx", book(*PARTIES)).json()["errand"]
        page = client.get(f"/operate/import/{errand}").text
        assert "kind" in page.partition("These columns are needed:")[2][:40]
        chosen = {"actor": "registry", "column-0-1": "kind"}
        assert act(client, errand, "check", **chosen).status_code == 200
        told = ended(client, errand)
        assert told["state"] == "done", told
        assert client.get("/v1/venue").json()["entries"] == before
        page = client.get(f"/operate/import/{errand}").text
        assert "Nothing was written" in page
        assert "parties.bad_kind" in page
        assert act(client, errand, "enter", **chosen).status_code == 200
        told = ended(client, errand)
        assert told["state"] == "done", told
        assert client.get("/v1/parties/mill").json()["name"] == "Mill"
        listed = client.get(f"/operate/import/{errand}/files/parties-refused.csv")
        assert listed.headers["content-disposition"].startswith("attachment")
        assert "firm" in listed.text
        right = book(PARTIES[0], PARTIES[1], ("odd", "organisation", "Odd"))
        assert give(client, "members.xlsx", right, **{"import": errand}).status_code == 201
        assert act(client, errand, "enter", **chosen).status_code == 200
        told = ended(client, errand)
        assert told["state"] == "done", told
        page = client.get(f"/operate/import/{errand}").text
        assert client.get("/v1/parties/odd").status_code == 200
        assert page.count('data-label="Entered before">1<') == 1
        assert act(client, errand, "forget").status_code == 200
        assert client.get(f"/operate/import/{errand}").status_code == 404


RIGHTS = (
    (
        "right",
        "unit",
        "holder",
        "kind",
        "factor",
        "region",
        "quantity",
        "source",
        "attribute.grade",
        "attribute.site",
        "term_to",
    ),
    (
        "kiln-1",
        "kiln-u1",
        "kiln",
        "capacity_holding",
        "compute",
        "east",
        "100",
        "c" * 64,
        "A",
        "east",
        f"{datetime.now(UTC).year + 1}-06-30",
    ),
)
PLEDGES = (
    ("登记编号", "权利编号", "权利人", "债权人", "担保额"),
    ("kiln-p1", "kiln-1", "kiln", "lender", "500000"),
    ("kiln-p2", "kiln-1", "lender", "kiln", "500000"),
    ("kiln-p3", "none-1", "kiln", "lender", "500000"),
)
MEMBERS = (
    ("party", "kind", "name"),
    ("kiln", "organisation", "Kiln"),
    ("lender", "organisation", "Lender"),
)


def test_pledges_come_in_as_the_registrar_takes_them_over(page: Any, served: Served) -> None:
    """S1-9: from one workbook, headings in Chinese; a row that is refused says why, in the reader's
    language; nobody enters a pledge in a holder's name but the registrar, and one row no less."""
    sign_in(page, "registrar", "/operate/import")
    assert page.locator("a[href$='pledges.csv']").count() == 1
    clean(page)
    whole = book(*MEMBERS, others={"rights": RIGHTS, "pledges": PLEDGES})
    given = {"name": "register.xlsx", "mimeType": "application/octet-stream", "buffer": whole}
    page.set_input_files("#files", files=[given])
    page.wait_for_url("**/operate/import/import-*")
    page.click("[data-act=check]")
    errors = page.locator("table.errors", has_text="kiln-p3")
    expect(errors).to_be_visible(timeout=90_000)
    assert errors.locator("tbody tr").count() == 2
    assert "none-1" in errors.inner_text()
    clean(page)
    page.click("[data-sure=sure-enter]")
    page.click("dialog[open] .first")
    caption = page.locator("caption", has_text="What was entered")
    expect(caption).to_be_visible(timeout=90_000)
    row = page.locator("table:has(caption:has-text('What was entered')) tr", has_text="Pledges")
    assert row.locator("td").all_inner_texts() == ["3", "1", "0", "2"]
    with served.as_("registrar") as client:
        assert "Lender" in client.get("/register/kiln-1").text
        chinese = client.get("/operate/templates/pledges.csv", headers={"Accept-Language": "zh"})
        assert "登记编号" in chinese.text
        before = client.get("/v1/venue").json()["entries"]
    with served.as_("operator") as client:  # members are its to ask for, pledges are not
        one = b"entry,right,holder,creditor\nkiln-p9,kiln-1,kiln,lender\n"
        errand = give(client, "pledges.csv", one).json()["errand"]
        for what in ("check", "enter"):
            assert act(client, errand, what, actor="exchange").status_code == 200
            told = ended(client, errand)
            assert told["state"] == "done", told
            assert "core.role_needed" in client.get(f"/operate/import/{errand}").text
        act(client, errand, "forget")
        entries = client.get("/v1/entries", params={"from": before}).text
        assert "rights.pledge_right" not in entries


def test_only_offices_import_and_only_as_their_own_party(served: Served) -> None:
    with served.as_("anna") as anna:
        assert give(anna, "members.csv", b"party,kind\n").status_code == 403
        assert anna.get("/operate/import").status_code == 403
    with served.as_("registrar") as client:
        errand = give(client, "parties.csv", b"party,kind\nx,person\n").json()["errand"]
        answer = act(client, errand, "check", actor="exchange")
        assert answer.json()["code"] == "server.not_your_party"
        for name in ("../x.csv", "x.exe", ".csv", "a/b.csv"):
            assert give(client, name, b"").json()["code"] == "server.bad_file_name"
        bad = client.post("/v1/imports/import-..%2f..", json={"act": "check"})
        assert bad.status_code in (403, 404, 422)
        assert act(client, errand, "forget").status_code == 200


def test_a_file_that_cannot_be_read_says_so_beside_it(served: Served) -> None:
    with served.as_("registrar") as client:
        errand = give(client, "parties.xlsx", b"no workbook").json()["errand"]
        assert "workers.import_bad_workbook" in client.get(f"/operate/import/{errand}").text
        answer = act(client, errand, "check", actor="registry")
        assert answer.status_code == 422
        act(client, errand, "forget")


def test_what_was_chosen_is_what_the_command_line_reads() -> None:
    """The map that is written is read back the same, whatever the headings hold."""
    heads = [Head(path=Path("a.csv"), sheet='my "list"\n', heads=("party", "the\\kind", "other"))]
    facts = {"table-0": "parties", "column-0-1": "kind", "column-0-2": "not a column"}
    chart = chart_of(heads, facts)
    assert chart["parties"].columns == {"party": "party", "kind": "the\\kind"}
    assert chart["parties"].ignore == ("other",)
    assert parse_map(chart_text(chart), "map.toml") == chart


def test_templates_are_headed_in_the_readers_language(served: Served) -> None:
    with served.as_("registrar") as client:
        english = client.get("/operate/templates/parties.csv").text
        chinese = client.get("/operate/templates/parties.csv", headers={"Accept-Language": "zh"})
        assert english.lstrip("\ufeff").startswith("party,")
        assert "主体编号" in chinese.text
        assert client.get("/operate/templates/templates.xlsx").content[:2] == b"PK"
        assert client.get("/operate/templates/passwords.csv").status_code == 404
