"""Which rule decided: told of a party, a command, an entry; to whom it concerns and to offices."""

import json
from typing import Any

from msgspec.structs import replace

from tests.server.console.test_browser import browser, page, pytestmark, sign_in
from tests.server.console.test_forms import clean
from tests.server.console.test_trading_pages import Watched
from tests.server.serving import Served, ask
from tests.stories import EXCHANGE, Story
from yaosu.access.commands import ApplyForAdmission
from yaosu.kernel import canonical
from yaosu.parties.commands import RegisterParty
from yaosu.server.console.pages.why import why_of, why_page
from yaosu.server.console.words import say_in

__all__ = ["browser", "page", "pytestmark"]


def test_the_rule_that_decides_is_named_with_what_it_read_and_nothing_changes() -> None:
    story = Story().found(["compute"])
    story.ask(RegisterParty, EXCHANGE, party="anna", kind="organisation", name="anna")
    watched = Watched(story)
    before = canonical.encode(watched.state)
    for language, said in (("en", "A rule of the pack"), ("zh", "由现行规则包")):
        names = watched.names(language)
        for party in ("anna", "nobody-known"):
            command = ApplyForAdmission(actor=party, key="why", factor="compute", role="bidder")
            why = why_of(watched.state, names, command, watched.state.now)
            assert why.refusal is not None
            if party == "nobody-known":
                assert not why.by_rules
                continue
            assert why.by_rules
            assert why.rows[0].decides
            assert why.rows[0].packs
            told = why_page(watched.state, names, ["anna"])
            text = watched.said("why.html", _with(told, why), language=language)
            assert said in text
            assert why.rows[0].item in text
            assert say_in(language).why(why.refusal) in text
    assert canonical.encode(watched.state) == before


def _with(told: Any, why: Any) -> Any:
    return replace(told, why=why)


def test_others_than_offices_ask_about_their_own_parties_alone(served: Served) -> None:
    apply = {"party": "eve", "factor": "compute", "role": "bidder"}
    with served.as_("anna") as anna, served.as_("eve") as eve, served.as_("supervisor") as watch:
        assert anna.get("/why", params=apply).status_code == 403
        assert "identity" in eve.get("/why", params=apply).text
        assert "identity" in watch.get("/why", params=apply).text
        body = json.dumps({"factor": "compute", "role": "bidder"})
        named = {"command": "access.apply_for_admission", "body": body}
        assert "identity" in eve.get("/why", params=named).text
        assert eve.get("/why", params={**named, "body": "[]"}).status_code == 400
        stolen = json.dumps({"actor": "anna", "factor": "compute", "role": "bidder"})
        assert eve.get("/why", params={**named, "body": stolen}).status_code == 403
        closing = {"command": "markets.close_book", "body": '{"market": "call"}'}
        assert watch.get("/why", params=closing).status_code == 404
        refused = ask(eve, "access.apply_for_admission", "why-not", factor="compute", role="bidder")
        entry = {"entry": str(refused.json()["sequence"])}
        assert "It was refused" in eve.get("/why", params=entry).text
        assert anna.get("/why", params=entry).status_code == 404
        assert watch.get("/why", params={"entry": "99999999"}).status_code == 404


def test_a_refusal_on_the_desk_and_in_a_ticket_leads_to_its_rule(page: Any) -> None:
    sign_in(page, "eve")
    bidder = page.locator("tr[data-key='compute-bidder']")
    bidder.locator("summary").click()
    bidder.locator("a").click()
    page.wait_for_url("**/why?*")
    assert page.locator(".rule.decides").count() == 1
    assert "identity" in page.locator(".rule.decides").inner_text()
    clean(page)
