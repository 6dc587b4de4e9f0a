"""Forms read into commands: faults by field, what is shown is what is asked, who may."""

from typing import Any

import httpx
import pytest

from tests.server.serving import Served
from yaosu.server.console.drafts.fields import Fields
from yaosu.server.console.words import say_in

MARKET = {"market": "evening", "factor": "compute", "mechanism": "call", "instruments": "gpu",
          "regions": "east\nwest", "tick": "0.05"}  # fmt: skip


def draft(client: httpx.Client, kind: str, digest: str = "", **fields: str) -> httpx.Response:
    body = {"fields": fields, "digest": digest}
    return client.post(f"/v1/drafts/{kind}", json=body, headers={"Idempotency-Key": f"k-{digest}"})


def faults(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {one["field"]: one["text"] for one in answer.json()["faults"]}


def test_what_was_shown_is_what_is_asked_and_nothing_else(served: Served) -> None:
    """A preview asks nothing; other fields under an old digest are refused."""
    with served.as_("operator") as client:
        before = client.get("/v1/venue").json()["entries"]
        shown = draft(client, "market", **MARKET).json()
        assert shown["faults"] == []
        assert "steps of 0.05 CNY" in shown["html"]
        assert client.get("/v1/venue").json()["entries"] == before
        other = draft(client, "market", shown["digest"], **{**MARKET, "tick": "0.50"})
        assert other.json()["code"] == "server.draft_changed"
        done = draft(client, "market", shown["digest"], **MARKET).json()
        assert done["entry"] >= before
        market = client.get("/v1/markets/evening").json()
        assert market["market"] == "evening"
        again = draft(client, "market", **MARKET)
        assert "markets.market_exists" not in again.text
        assert "evening" in faults(again)["market"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("tick", "0.001", "2 digits"),
        ("tick", "abc", "2 digits"),
        ("tick", "-1", "From 0.01"),
        ("market", "", "needed"),
        ("market", "no blanks", "is not an id"),
        ("regions", "east\nmoon", "moon"),
        ("mechanism", "magic", "offered"),
        ("notice_days", "1.5", "whole"),
        ("factor", "nothing", "offered"),
    ],
)
def test_each_fault_stands_beside_its_field(
    served: Served, field: str, typed: str, said: str
) -> None:
    with served.as_("operator") as client:
        found = faults(draft(client, "market", **{**MARKET, "market": "m", field: typed}))
        assert said in found[field], found


def test_continuous_terms_are_read_with_their_times_fees_and_bands(served: Served) -> None:
    fields = {**MARKET, "market": "day", "mechanism": "continuous", "pre_open_at": "09:00",
              "auction_at": "09:15", "continuous_at": "09:30", "closed_at": "15:00",
              "taker": "0.0200", "maker": "-0.01", "static_band": "10"}  # fmt: skip
    with served.as_("operator") as client:
        shown = draft(client, "market", **fields).json()
        assert shown["faults"] == []
        for words in ("09:30 Trading", "taker 0.0200 %", "maker −0.0100 %", "within 10.00 %"):
            assert words in shown["html"].replace("Maker", "maker")
        bad = draft(client, "market", **{**fields, "auction_at": "08:00"})
        assert "follow one another" in faults(bad)["closed_at"]
        assert (
            "09:30"
            in faults(draft(client, "market", **{**fields, "auction_at": "25:00"}))["auction_at"]
        )


def test_only_offices_draft_and_each_only_what_its_roles_may_ask(served: Served) -> None:
    with served.as_("anna") as anna:
        assert draft(anna, "market", **MARKET).json()["code"] == "server.office_needed"
    with served.as_("registrar") as client:
        told = draft(client, "market", **{**MARKET, "market": "mine"}).json()
        assert not told["digest"]
        assert "role" in told["faults"][0]["text"]
        assert draft(client, "no-such").json()["code"] == "server.unknown_draft"
    with served.as_("operator") as client:
        told = draft(client, "rules", pack="chongqing").json()
        assert not told["digest"]  # the authority adopts rules, not who runs the market
        assert "Fair-competition checklist" in told["html"]


def test_a_pack_of_ones_own_is_linted_and_compared(served: Served) -> None:
    with served.as_("supervisor") as client:
        text = client.get("/operate/packs/national").text
        changed = text.replace("8000 * items", "9000 * items").replace("24000", "27000")
        told: dict[str, Any] = draft(client, "rules", pack="own", text=changed, version="b").json()
        assert "fee.registration" in told["html"]
        assert "9000 * items" in told["html"]
        assert "rules.malformed" not in told["html"]
        broken = draft(client, "rules", pack="own", text="[pack")
        assert faults(broken)[""]
        assert client.get("/operate/packs/passwords").status_code == 404


def test_numbers_are_read_exactly_and_in_full_width_too() -> None:
    fields = Fields({"a": "１２．５", "b": "1,000", "c": "", "d": "−0.01"}, say_in("zh"))
    assert fields.scaled("a", 2, 0, 0, 10**9) == 1250
    assert fields.whole("b", 0, 0, 10**9) == 1000
    assert fields.whole("c", 7, 0, 10) == 7
    assert fields.scaled("d", 4, 0, -(10**6), 10**6) == -100
    assert fields.faults == []
    assert Fields({"x": "a，b；c\nd"}, say_in("zh")).lines("x") == ("a", "b", "c", "d")
