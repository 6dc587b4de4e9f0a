"""An operator's first hour, from an empty folder to a supervisor's check away from the server."""

import time
from pathlib import Path

import httpx

from tests.server.serving import PASSWORD, Served, ask
from yaosu.cli.app import answer

SOURCE = "ab" * 32
YEAR = 365 * 86_400 * 1_000_000


class Hour:
    """The people of an exchange, each with a client that is signed in by a token of its own."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.people: dict[str, httpx.Client] = {}
        self.keys = 0

    def enter(self, link: str, login: str) -> None:
        """Open a one-time link, sign in, and make a token."""
        with self.server.as_() as browser:
            chosen = {"link": link, "password": PASSWORD}
            assert browser.post("/v1/links", json=chosen).is_success
            said = browser.post("/v1/session", json={"login": login, "password": PASSWORD})
            scopes = [one for one in said.json()["scopes"] if one != "metrics"]
            made = browser.post(
                "/v1/tokens",
                json={"name": "first hour", "scopes": scopes},
                headers={"X-CSRF-Token": said.json()["csrf"]},
            )
        self.server.tokens[login] = made.json()["secret"]
        self.people[login] = self.server.as_(login)

    def invite(self, login: str, party: str) -> None:
        """The operator gives out a link; its owner opens it."""
        asked = {"login": login, "parties": [party]}
        made = self.people["operator"].post("/v1/logins", json=asked)
        self.enter(made.json()["link"], login)

    def ask(self, login: str, tag: str, /, **fields: object) -> dict[str, object]:
        """Ask a command that must be accepted."""
        self.keys += 1
        said = ask(self.people[login], tag, f"hour-{self.keys}", **fields)
        assert said.status_code == 200, said.text
        answered: dict[str, object] = said.json()
        return answered

    def end(self) -> None:
        for client in self.people.values():
            client.close()


def test_from_an_empty_folder_to_a_proof_that_a_supervisor_checks(tmp_path: Path) -> None:
    """docs/how-to/run-an-exchange.md, step by step."""
    folder = tmp_path / "my-exchange"
    assert answer(["init", str(folder), "--template", "compute"]) == 0
    server = Served(folder, {})
    hour = Hour(server)
    hour.enter(server.told["first_link"].partition("#")[2], "operator")
    hour.invite("registrar", "registry")
    hour.invite("supervisor", "supervision")
    for party in ("mill", "cluster"):
        hour.ask("operator", "parties.register_party", party=party, kind="organisation", name=party)
        hour.invite(party, party)
        for kind in ("identity", "facility"):
            fields = {"attestation": f"{kind}-{party}", "about": party, "kind": kind}
            hour.ask("registrar", "parties.issue_attestation", **fields)
    hour.ask("mill", "access.apply_for_admission", factor="compute", role="bidder")
    hour.ask("cluster", "access.apply_for_admission", factor="compute", role="holder")
    hour.ask(
        "registrar", "rights.register_right", right="c-1", unit="cluster-1", factor="compute",
        region="east", quantity=1000, holder="cluster", instrument="gpu-hour", source=SOURCE,
        unit_attributes={"grade": "A", "site": "east"}, term_to=time.time_ns() // 1000 + YEAR,
    )  # fmt: skip
    money = {"party": "mill", "currency": "CNY", "amount_minor": 1_000_000}
    hour.ask("operator", "settlement.record_deposit", **money)
    order = {"instrument": "gpu-hour", "region": "east", "quantity": 100}
    bid = [{**order, "side": 1, "price": 600}]
    offer = [{**order, "side": -1, "price": 400}]
    hour.ask("mill", "markets.submit_orders", market="auction", batch="bid", orders=bid)
    hour.ask("cluster", "markets.submit_orders", market="auction", batch="offer", orders=offer)
    hour.ask("operator", "markets.close_book", market="auction")
    for _ in range(300):
        prices = hour.people["mill"].get("/v1/prices").json()["rows"]
        if prices:
            break
        time.sleep(0.1)
    assert [(row["region"], row["price"]) for row in prices] == [("east", 500)]
    query = {"fields": "asset,purpose,balance", "purpose": "free"}
    shown = hour.people["cluster"].get("/v1/accounts", params=query).json()["rows"]
    assert {"asset": "CNY", "purpose": "free", "balance": 50_000} in shown
    entries = hour.people["supervisor"].get("/v1/entries", params={"limit": 1000}).json()["rows"]
    cleared = next(e for e in entries if e["command"] == "markets.record_clearing")
    proof = hour.people["supervisor"].get(f"/v1/entries/{cleared['sequence']}/proof").text
    own = hour.people["cluster"].get("/v1/contracts").json()["rows"]
    assert [(row["party"], row["money"]) for row in own] == [("cluster", 50_000)]
    key = hour.people["supervisor"].get("/v1/venue").json()["keys"][0]
    hour.end()
    assert server.stop() == 0
    (tmp_path / "proof").write_text(proof)
    assert answer(["verify", "--proof", str(tmp_path / "proof"), "--vkey", key]) == 0
    assert answer(["verify", str(folder / "market.db")]) == 0
    assert answer(["audit", str(folder / "market.db")]) == 0
