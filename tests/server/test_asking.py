"""Commands over HTTP: answered once, refused with a reason, reachable all of them."""

import json

import pytest

from tests.server.serving import Served, ask, orders
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import SubmitOrders
from yaosu.parties.commands import RegisterParty
from yaosu.server.logins import Caller
from yaosu.server.samples import sample_of
from yaosu.server.words import BY_TAG, CANONICAL, read_asked


def test_the_same_key_is_answered_once(served: Served) -> None:
    with served.as_("operator") as operator:
        fields = {"party": "once", "kind": "organisation", "name": "Once"}
        first = ask(operator, "parties.register_party", "once-1", **fields)
        again = ask(operator, "parties.register_party", "once-1", **fields)
        assert first.status_code == again.status_code == 200
        assert first.json()["repeated"] is False
        assert again.json() == {**first.json(), "repeated": True}
        assert first.headers["yaosu-entry"] == str(first.json()["sequence"])
        other = ask(operator, "parties.register_party", "once-1", **{**fields, "party": "two"})
        assert (other.status_code, other.json()["code"]) == (409, "engine.key_conflict")


def test_the_key_comes_in_the_header_or_the_body_and_not_twice(served: Served) -> None:
    path = "/v1/commands/parties.register_party"
    body = {"party": "keyed", "kind": "organisation", "name": "Keyed"}
    with served.as_("operator") as operator:
        none = operator.post(path, json=body)
        assert (none.status_code, none.json()["code"]) == (400, "server.no_key")
        both = operator.post(path, json={**body, "key": "a"}, headers={"Idempotency-Key": "b"})
        assert both.json()["code"] == "server.two_keys"
        quoted = operator.post(path, json=body, headers={"Idempotency-Key": '"keyed-1"'})
        plain = operator.post(path, json={**body, "key": "keyed-1"})
        assert quoted.json()["sequence"] == plain.json()["sequence"]


def test_a_refusal_on_record_is_a_problem_with_its_entry(served: Served) -> None:
    """The same code, sentence and facts as at every other door."""
    with served.as_("anna") as anna:
        fields = {"market": "nowhere", "batch": "b-1", "orders": orders((1, 5, 1))}
        answer = ask(anna, "markets.submit_orders", "refused-1", **fields)
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert said["code"] == "markets.unknown_market"
        assert said["status"] == answer.status_code == 404
        assert said["detail"] == "market nowhere does not exist"
        assert said["what_next"]
        assert said["facts"] == {"market": "nowhere"}
        entry = anna.get(f"/v1/entries/{said['sequence']}").json()
        assert (entry["outcome"], entry["hash"]) == ("refused", said["hash"])


@pytest.mark.parametrize("tag", sorted(BY_TAG))
def test_every_command_of_the_core_can_be_asked_with_its_example(served: Served, tag: str) -> None:
    """What the document gives as an example is a command, and is heard: decided and on record."""
    kind = BY_TAG[tag]
    sample = sample_of(kind)
    caller = Caller(login="x", parties=(sample["actor"],))
    body = json.dumps(sample).encode()
    read = read_asked(kind, "application/json", body, "", caller)
    assert tag_of(read) == tag  # type: ignore[arg-type]  # nothing sealed here
    with served.as_("carl") as carl:
        answer = carl.post(
            f"/v1/commands/{tag}", json={**sample, "actor": "carl", "key": f"sample-{tag}"}
        )
        assert answer.status_code < 500, answer.text
        assert not answer.json().get("code", "").startswith("server."), answer.text


def test_a_command_in_canonical_bytes_is_the_same_command(served: Served) -> None:
    command = RegisterParty(
        actor="exchange", key="bytes-1", party="bytes", kind="organisation", name="Bytes"
    )
    with served.as_("operator") as operator:
        answer = operator.post(
            "/v1/commands/parties.register_party",
            content=canonical.encode(command),
            headers={"Content-Type": CANONICAL},
        )
        fields = {"party": "bytes", "kind": "organisation", "name": "Bytes"}
        again = ask(operator, "parties.register_party", "bytes-1", **fields)
        assert again.json()["sequence"] == answer.json()["sequence"]
        entry = operator.get(f"/v1/entries/{answer.json()['sequence']}").json()
        assert entry["body"]["name"] == "Bytes"


def test_columns_come_as_lists_or_as_rows(served: Served) -> None:
    columns = Columns.of(
        instrument=["gpu", "gpu"], region=["east", "west"], side=[1, 1], price=[3, 2],
        quantity=[5, 6],
    )  # fmt: skip
    with served.as_("anna") as anna:
        lists = {name: columns.column(name).tolist() for name in columns.names}
        rows = [dict(row) for row in columns.iterate()]
        first = ask(anna, "markets.submit_orders", "c-1", market="call", batch="c", orders=lists)
        again = ask(anna, "markets.submit_orders", "c-1", market="call", batch="c", orders=rows)
        assert first.status_code == 200, first.text
        assert again.json()["sequence"] == first.json()["sequence"]
        shown = anna.get(
            "/v1/orders", params={"batch": "c", "at_least": first.json()["sequence"] + 1}
        )
        assert [row["price"] for row in shown.json()["rows"]] == [3, 2]


def test_who_wants_little_is_told_little(served: Served) -> None:
    with served.as_("anna", Prefer="return=minimal") as anna:
        answer = ask(
            anna, "markets.submit_orders", "little-1", market="call", batch="little",
            orders=orders((1, 1, 1)),
        )  # fmt: skip
        assert answer.json()["events"] == []
        assert answer.headers["preference-applied"] == "return=minimal"


def test_orders_are_the_same_in_arrow_lines_and_an_array(served: Served) -> None:
    """One request, one SubmitOrders, whichever form its orders have."""
    pa = pytest.importorskip("pyarrow")
    rows = orders((1, 7, 1), (1, 6, 2), (1, 5, 3))
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    forms = {
        "application/vnd.apache.arrow.stream": sink.getvalue().to_pybytes(),
        "application/x-ndjson": "\n".join(json.dumps(row) for row in rows).encode(),
        "application/json": json.dumps(rows).encode(),
    }
    numbers = []
    with served.as_("anna") as anna:
        for media_type, body in forms.items():
            answer = anna.post(
                "/v1/markets/call/orders?batch=forms",
                content=body,
                headers={"Content-Type": media_type, "Idempotency-Key": "forms-1"},
            )
            assert answer.status_code == 200, answer.text
            numbers.append(answer.json()["sequence"])
        assert len(set(numbers)) == 1
        entry = anna.get(f"/v1/entries/{numbers[0]}").json()
        assert entry["command"] == tag_of(SubmitOrders)
        assert entry["body"]["orders"]["price"] == [7, 6, 5]
