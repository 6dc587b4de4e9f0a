"""Every address needs its right, and there is no address that is not in the table."""

import re

import httpx
import pytest

from tests.server.serving import Served, ask
from yaosu.server.app import make_app
from yaosu.server.openapi import document
from yaosu.server.routes import ANYONE, ROUTES, SIGNED_IN, Route
from yaosu.server.words import BY_TAG

PARTS = {"tag": "markets.submit_orders", "market": "call", "listing": "l1", "id": "anna",
         "sequence": "1", "round": "1",
         "token": "aa", "login": "nobody", "name": "doors.js", "tile": "0/000"}  # fmt: skip


def address_of(route: Route) -> str:
    return re.sub(r"{(\w+)}", lambda found: PARTS[found[1]], route.path)


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{one.method} {one.path}")
def test_no_address_is_reached_without_its_right(served: Served, route: Route) -> None:
    """Whoever is not signed in, or whose token lacks the scope, is refused everywhere."""
    path = address_of(route)
    with served.as_() as nobody:
        answer = ask_for(nobody, route.method, path)
        assert is_sent_away(route, answer) is (route.right != ANYONE), answer.text
        forged = ask_for(nobody, route.method, path, Authorization="Bearer yt_00")
        assert is_sent_away(route, forged) is (route.right != ANYONE), forged.text
    if route.right in {ANYONE, SIGNED_IN}:
        return
    weak = token_without(served, route.right)
    with served.as_() as client:
        refused = client.request(route.method, path, headers={"Authorization": f"Bearer {weak}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "server.scope_needed")


def ask_for(client: httpx.Client, method: str, path: str, **headers: str) -> httpx.Response:
    """The answer; of a stream, which has no end, its head alone."""
    with client.stream(method, path, headers=headers) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
    return answer


def is_sent_away(route: Route, answer: httpx.Response) -> bool:
    """Told that nobody is signed in; a page leads to where one signs in, and shows nothing."""
    if route.is_page and answer.status_code == 303:
        return answer.headers["location"].startswith("/enter") and not answer.content
    return answer.status_code == 401


_weak: dict[str, str] = {}


def token_without(served: Served, scope: str) -> str:
    """A token of the operator with all scopes but one."""
    if scope not in _weak:
        scopes = [one for one in ("act", "manage", "metrics", "read") if one != scope]
        with served.as_("operator") as operator:
            made = operator.post("/v1/tokens", json={"name": "weak", "scopes": scopes})
        _weak[scope] = made.json()["secret"]
    return _weak[scope]


def test_the_application_has_the_addresses_of_the_table_and_no_other(served: Served) -> None:
    class House:  # what a handler would reach; none is called here
        pass

    app = make_app(House())  # type: ignore[arg-type]  # only looked at
    found = set()
    for one in app.routes:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", one.path)
        found |= {(method, path) for method in one.methods if method != "OPTIONS"}
    assert found == {(route.method, route.path) for route in ROUTES}


def test_the_document_tells_of_every_address_and_every_command() -> None:
    told = {(method.upper(), path) for path, ones in document()["paths"].items() for method in ones}
    wanted = {(r.method, r.path) for r in ROUTES if r.path != "/v1/commands/{tag}"}
    assert told == wanted | {("POST", f"/v1/commands/{tag}") for tag in BY_TAG}


def test_a_login_acts_for_its_own_parties_alone(served: Served) -> None:
    with served.as_("anna") as anna:
        answer = ask(anna, "parties.seal_data", "x-1", actor="bert", party="bert")
        assert (answer.status_code, answer.json()["code"]) == (403, "server.not_your_party")
        cancel = {"actor": "bert", "market": "call", "batch": "b"}
        assert ask(anna, "markets.cancel_orders", "x-2", **cancel).status_code == 403


def test_an_office_is_the_journals_to_give(served: Served) -> None:
    """A login has no office by itself: the command table of the core decides, and records it."""
    with served.as_("anna") as anna:
        answer = ask(anna, "parties.register_party", "x-3", party="eve", kind="person", name="")
        assert answer.status_code == 403, answer.text
        said = answer.json()
        assert said["code"] == "core.role_needed"
        assert said["facts"]["roles"] == "operator or registrar"
        assert said["sequence"] > 0


def test_only_managers_manage_logins(served: Served) -> None:
    with served.as_("anna") as anna:
        answer = anna.post("/v1/logins", json={"login": "eve", "parties": ["anna"]})
        assert answer.status_code == 403
        more = anna.post("/v1/tokens", json={"name": "more", "scopes": ["manage"]})
        assert (more.status_code, more.json()["code"]) == (403, "server.scope_needed")
        other = anna.post("/v1/tokens", json={"name": "other", "parties": ["bert"]})
        assert (other.status_code, other.json()["code"]) == (403, "server.not_your_party")
