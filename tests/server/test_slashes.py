"""Ids with a slash in them: pages, resources, certificates, cases and orders; and no way around."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.server.serving import PASSWORD, QUICK, Served, orders
from tests.server.test_attacks import raw
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.journal.opening import open_store
from yaosu.kernel.signed_note import signing_key
from yaosu.parties.commands import NameKey
from yaosu.places.commands import DefineCalendar
from yaosu.rights.commands import RegisterRight
from yaosu.rules.parse_places import parse_calendar
from yaosu.server.logins import Logins
from yaosu.server.routes import ROUTES
from yaosu.server.slashes import MARK, names_apart

MILL, RIGHT, MARKET, CASE = "mill/1", "land/jinjiang/7", "call/east", "case/2026/1"
MILL_, RIGHT_, MARKET_, CASE_ = (one.replace("/", "%2F") for one in (MILL, RIGHT, MARKET, CASE))


@pytest.fixture(scope="module")
def slashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("slashes") / "venue"
    folder.mkdir()
    make_venue(folder)
    logins = Logins(str(folder / "market.logins"), system_clock, draw, hasher=QUICK)
    tokens = {}
    for name, party in (("mill", MILL), ("registrar", REGISTRY)):
        logins.use_link(logins.new_link(name, [party], manages=False), PASSWORD)
        _, caller = logins.sign_in(name, PASSWORD)
        tokens[name], _ = logins.new_token(caller, "tests", caller.scopes, (), 3600)
    logins.close()
    made = Served(folder, tokens, "--signing-key", "signing.key")
    yield made
    made.stop()


def make_venue(folder: Path) -> None:
    story = Story(open_store(folder / "market.db")).found(["compute"])
    key = signing_key("venue-1", bytes(range(32)))
    (folder / "signing.key").write_text(key.text)
    story.ask(NameKey, EXCHANGE, vkey=key.verifier.text)
    story.party(MILL, money=1_000_000)
    story.right(RIGHT, MILL, 100, instrument="gpu")
    story.market(MARKET, clear_at_close=False)
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    procedure = parse_procedure(shipped("procedures/first_registration.toml"))
    story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    given: dict[str, Any] = story.registration("gpu/new", MILL, 10)
    entry = RegisterRight(actor=MILL, key="any", **given)
    story.ask(
        FileCase,
        MILL,
        case=CASE,
        procedure="first_registration",
        facts={"right": "gpu/new", "unit": given["unit"]},
        documents={"application": DOCUMENT},
        request=request_of(entry, CASE, MILL),
    )
    story.venue.close()


def test_what_has_a_slash_in_its_id_has_its_page_and_is_linked_to(slashed: Served) -> None:
    """From the rooms where it is listed to its own page, as a browser follows the links."""
    with slashed.as_("mill") as mill:
        for room, link, told in (
            ("/register", f"/register/{RIGHT_}", RIGHT),
            ("/desk", f"/register/{RIGHT_}", RIGHT),
            ("/cases", f"/cases/{CASE_}", CASE),
            ("/", f"/markets/{MARKET_}", MARKET),
            (f"/markets/{MARKET_}", f"/markets/{MARKET_}/order", MARKET),
        ):
            listed = mill.get(room)
            assert listed.status_code == 200, room
            assert f'href="{link}' in listed.text, room
            page = mill.get(link)
            assert page.status_code == 200, link
            assert told in page.text
        right = mill.get(f"/register/{RIGHT_}").text
        assert f'href="/v1/rights/{RIGHT_}/certificate?as=' in right
        market = mill.get(f"/markets/{MARKET_}").text
        assert f'data-follow="/live/markets/{MARKET_}"' in market
        with mill.stream("GET", f"/live/markets/{MARKET_}?after=0") as live:
            assert live.status_code == 200
    with slashed.as_() as nobody:
        sent = nobody.get(f"/register/{RIGHT_}")
        assert sent.status_code == 303
        to = parse_qs(urlsplit(sent.headers["location"]).query)["to"]
        assert to == [f"/register/{RIGHT_}"]


def test_what_has_a_slash_in_its_id_is_read_and_asked_over_http(slashed: Served) -> None:
    with slashed.as_("mill") as mill:
        for path, name, value in (
            (f"/v1/rights/{RIGHT_}", "right", RIGHT),
            (f"/v1/rights/{RIGHT_}/history", "right", RIGHT),
            (f"/v1/rights/{RIGHT_.replace('F', 'f')}", "right", RIGHT),
            (f"/v1/parties/{MILL_}", "party", MILL),
            (f"/v1/markets/{MARKET_}", "market", MARKET),
            (f"/v1/cases/{CASE_}", "case", CASE),
            (f"/v1/cases/{CASE_}/page", "case", CASE),
        ):
            found = mill.get(path)
            assert (found.status_code, found.json().get(name)) == (200, value), path
        paper = mill.get(f"/v1/rights/{RIGHT_}/certificate")
        assert paper.json()["extract"]["right"] == RIGHT
        assert f"''{RIGHT_}.json" in paper.headers["content-disposition"]
        assert mill.get(f"/v1/notices/wishes/{MILL_}").status_code == 200
        sent = mill.post(
            f"/v1/markets/{MARKET_}/orders",
            json=orders((1, 500, 10)),
            headers={"Idempotency-Key": "o-1"},
        )
        assert (sent.status_code, sent.json()["outcome"]) == (200, "accepted"), sent.text


def test_a_slash_in_a_name_leads_nowhere_else(slashed: Served) -> None:
    """Neither to files, nor to what another right guards, nor around a route's own right."""
    with slashed.as_("mill") as mill, slashed.as_() as nobody:
        for path, code in (
            ("/assets/..%2F..%2Fapp.py", "server.not_here"),
            ("/assets/x/..%2Fdoors.js", "server.not_here"),
            ("/v1%2Frights", "server.not_here"),
            ("/v1/rights%2F..%2Flogins", "server.not_here"),
            ("/v1/rights/..%2F..%2Flogins", "server.unknown_row"),
            ("/v1/rights/%2E%2E%2F%2E%2E%2Fetc%2Fpasswd", "server.unknown_row"),
            ("/v1/documents/..%2Fmarket.db", "server.not_here"),
            ("/v1/documents/..%2Fmarket.db/file", "server.not_here"),
            ("/v1/imports/..%2F..%2Fx", "server.not_here"),
            (f"/v1/rights/{RIGHT}", "server.not_here"),
            (f"/v1/rights/{RIGHT_.replace('%', '%25')}", "server.unknown_row"),
        ):
            answer = mill.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, code), path
        files = ("/operate/import/a/files/..%2F..%2Fmarket.db", "/desk/statement/..%2Fx",
                 "/operate/packs/..%2F..%2Fx", "/operate/templates/..%2Fx")  # fmt: skip
        for path in files:
            assert mill.get(path).status_code == 404, path
        assert nobody.get("/v1/rights/a%2Fb").status_code == 401
        asked = mill.post("/v1/commands/markets%2Fx", json={})
        assert (asked.status_code, asked.json()["code"]) == (404, "server.not_here")
    told = raw(slashed, "GET /v1/venue/..%2F..%2Fhealth HTTP/1.1\r\nHost: x\r\n\r\n", 1.0)
    assert told.startswith("HTTP/1.1 404")


def test_only_what_names_something_of_the_journal_may_hold_a_slash() -> None:
    """Files, errands, tokens and the like never do: their names become paths or keys elsewhere."""
    held = {route.path for route in ROUTES if route.holds_ids}
    for begin in ("/assets", "/tile", "/operate", "/desk", "/v1/tokens", "/v1/logins",
                  "/v1/imports", "/v1/backups", "/v1/replays", "/v1/webhooks", "/v1/documents",
                  "/documents", "/v1/commands", "/v1/questions", "/apply"):  # fmt: skip
        assert not [path for path in held if path.startswith(begin)], begin
    assert all("{" in path for path in held)


def test_each_part_of_an_address_is_undone_by_itself() -> None:
    def path(raw_path: bytes) -> str:
        given = {"type": "http", "path": "as it was", "raw_path": raw_path}
        found: str = names_apart(given)["path"]
        return found

    assert path(b"/a/b") == "as it was"
    assert path(b"/a%20b") == "as it was"
    assert path(b"/a%2fb/%E4%B8%AD%2F") == f"/a{MARK}b/中{MARK}"
    assert path(b"/a%252Fb%2Fc") == f"/a%2Fb{MARK}c"
    assert path(b"/%FF%2F") == f"/\ufffd{MARK}"
