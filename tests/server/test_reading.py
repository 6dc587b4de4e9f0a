"""What is read: whole, in pages, filtered, and no row of anybody else."""

import pytest

from tests.server.serving import Served, ask, orders
from yaosu.server.resources import RESOURCES


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_a_resource_has_the_columns_it_names(served: Served, name: str) -> None:
    with served.as_("operator") as operator:
        rows = operator.get(f"/v1/{name}").json()["rows"]
        assert all(set(row) == set(RESOURCES[name].columns) for row in rows)
        for row in rows[:3]:
            for column, what in RESOURCES[name].columns.items():
                assert isinstance(row[column], int if what.startswith("#") else str)


def test_pages_hold_every_row_once(served: Served) -> None:
    with served.as_("operator") as operator:
        whole = operator.get("/v1/accounts", params={"limit": 1000}).json()["rows"]
        found, after = [], None
        while True:
            query = {"limit": 2} | ({"after": after} if after else {})
            page = operator.get("/v1/accounts", params=query).json()
            found += page["rows"]
            after = page["next"]
            if after is None:
                break
        assert found == whole
        assert len(found) > 4


def test_rows_are_filtered_and_fields_chosen(served: Served) -> None:
    with served.as_("operator") as operator:
        query = {"party": "anna", "fields": "asset,balance", "purpose": "free"}
        rows = operator.get("/v1/accounts", params=query).json()["rows"]
        assert {row["asset"] for row in rows} == {"CNY", "gpu"}
        assert all(set(row) == {"asset", "balance"} for row in rows)
        for query in ({"colour": "red"}, {"fields": "colour"}, {"limit": "0"}, {"after": "%"},
                      {"limit": "many"}, {"balance": "much"}):  # fmt: skip
            answer = operator.get("/v1/accounts", params=query)
            assert (answer.status_code, answer.json()["code"]) == (400, "server.bad_query")


def test_rows_of_others_are_shown_to_offices_alone(served: Served) -> None:
    with served.as_("anna") as anna, served.as_("supervisor") as supervisor:
        for name, resource in RESOURCES.items():
            own = anna.get(f"/v1/{name}", params={"limit": 1000}).json()["rows"]
            if resource.owners:
                assert all("anna" in [row[c] for c in resource.owners] for row in own), name
        everybody = {row["party"] for row in supervisor.get("/v1/accounts").json()["rows"]}
        assert {"anna", "bert"} <= everybody
        assert anna.get("/v1/rights/gpu-anna").json()["holder"] == "anna"
        other = anna.get("/v1/rights/gpu-bert")
        missing = anna.get("/v1/rights/gpu-none")
        assert other.status_code == missing.status_code == 404
        assert other.json()["code"] == missing.json()["code"] == "server.unknown_row"
        assert anna.get("/v1/rights/gpu-bert/history").status_code == 404
        assert supervisor.get("/v1/rights/gpu-bert/history").json()["steps"]


def test_entries_of_others_are_shown_to_offices_alone(served: Served) -> None:
    with served.as_("anna") as anna, served.as_("supervisor") as supervisor:
        whole = supervisor.get("/v1/entries", params={"limit": 1000}).json()
        own = anna.get("/v1/entries", params={"limit": 1000}).json()
        assert len(whole["rows"]) > len(own["rows"]) > 0
        assert {row["actor"] for row in own["rows"]} == {"anna"}
        foreign = next(row["sequence"] for row in whole["rows"] if row["actor"] == "bert")
        assert anna.get(f"/v1/entries/{foreign}").status_code == 404
        assert supervisor.get(f"/v1/entries/{foreign}").json()["actor"] == "bert"
        assert supervisor.get("/v1/entries/99999999").status_code == 404


def test_an_answer_that_is_known_is_not_sent_again(served: Served) -> None:
    with served.as_("anna") as anna:
        first = anna.get("/v1/regions")
        again = anna.get("/v1/regions", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = anna.get("/v1/regions", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


def test_who_has_written_reads_what_was_written(served: Served) -> None:
    with served.as_("bert") as bert:
        for number in range(5):
            made = ask(
                bert, "markets.submit_orders", f"own-{number}", market="call",
                batch=f"own-{number}", orders=orders((1, 2, 1)),
            )  # fmt: skip
            query = {"batch": f"own-{number}", "at_least": made.json()["sequence"] + 1}
            assert len(bert.get("/v1/orders", params=query).json()["rows"]) == 1


def test_a_proof_of_an_entry_and_of_a_party_holds_away_from_the_server(served: Served) -> None:
    """The files are those of `yaosu prove`: checked by the same code, with the venue's key."""
    from yaosu.engine.party_proof import verify_rows
    from yaosu.journal.checkpoint import parse_checkpoint
    from yaosu.journal.proof_files import verify_entry_proof
    from yaosu.kernel.signed_note import parse_verifier_key

    with served.as_("anna") as anna, served.as_() as nobody:
        said = nobody.get("/v1/venue").json()
        assert said["venue"]["id"] == "venue-1"
        key = parse_verifier_key(said["keys"][0])
        proven = verify_entry_proof(anna.get("/v1/entries/3/proof").text, [key])
        assert proven.header.sequence == 3
        assert parse_checkpoint(nobody.get("/checkpoint").text).size >= 3
        rows = verify_rows(anna.get("/v1/proofs/parties/anna").text, [key])
        assert rows.party == "anna"
        assert anna.get("/v1/proofs/parties/bert").status_code == 403
        since = anna.get("/v1/proofs/continuation", params={"since": 5})
        assert since.text.startswith("old 5") or "old" in since.text
        tile = nobody.get("/tile/0/000.p/5")
        assert tile.status_code in {200, 404}
