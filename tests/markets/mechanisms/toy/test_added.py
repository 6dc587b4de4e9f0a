"""A mechanism is one file and one row of the table: a toy proves it (docs/how-to)."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from msgspec import structs

import yaosu as ys
from tests.conformance import test_mechanisms as conformance
from tests.markets.mechanisms.toy.halves import HalvesParameters, clear_halves, verify_halves
from tests.reviewer import HOUSE
from tests.stories import Story
from yaosu.cli.app import answer
from yaosu.kernel.refusal import Refusal
from yaosu.markets.form_plain import PLAIN
from yaosu.markets.forms import FORMS
from yaosu.markets.mechanisms import MECHANISMS, Mechanism
from yaosu.settlement.deals import DEALS, each_instrument


@pytest.fixture(autouse=True)
def halves(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one row."""
    row = Mechanism(
        clear_halves,
        verify_halves,
        HalvesParameters.of,
        "Half of what is offered, to the best bid.",
    )
    monkeypatch.setitem(MECHANISMS, "halves", row)
    return iter(())


def orders() -> Any:
    return ys.Orders.from_columns(
        region=["a", "a", "a", "b"],
        side=["sell", "buy", "buy", "buy"],
        price=[10, 12, 15, 99],
        quantity=[20, 5, 30, 1],
        party=["s", "t", "u", "v"],
    )


def test_it_is_priced_and_checked_by_its_name() -> None:
    """S0-30: found by name through one interface."""
    network = ys.Network.alone("a", "b")
    clearing = ys.clear(orders(), network, "halves")
    assert [(f["row"], f["lots"], f["price"]) for f in clearing.fills.iterate()] == [
        (0, 10, 10),
        (2, 10, 10),
    ]
    ys.verify_clearing(orders(), network, clearing)
    assert ys.clear(orders(), network, "halves", least_lots=11).volume == 0


def test_a_changed_result_is_refused() -> None:
    network = ys.Network.alone("a", "b")
    clearing = ys.clear(orders(), network, "halves")
    changed = structs.replace(clearing, fills=clearing.fills.with_columns(lots=np.array([9, 9])))
    with pytest.raises(Refusal):
        ys.verify_clearing(orders(), network, changed)
    with pytest.raises(Refusal):
        ys.clear(orders(), network, "halves", least_lots=0)


def test_it_keeps_what_every_mechanism_must_keep() -> None:
    """The suite for all mechanisms runs over it as over any row of the table."""
    for check in (
        conformance.test_a_mechanism_is_one_row_of_the_table_with_a_sentence,
        conformance.test_a_clearing_survives_its_canonical_bytes_and_is_still_proved,
        conformance.test_a_mechanism_is_pure,
    ):
        check("halves")


def test_the_command_line_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["mechanisms", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["mechanisms"]}
    assert rows["halves"]["sentence"].startswith("Half of what")
    assert rows["call"] == {
        "name": "call",
        "sentence": MECHANISMS["call"].sentence,
        "file": True,
        "market": True,
    }
    assert {"continuous", "matching", "package"} < set(rows)
    assert answer(["mechanisms"]) == 0
    assert "halves" in capsys.readouterr().out


def test_a_market_of_the_journal_trades_under_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held for, closed, cleared, verified, settled: a row for its orders, and one for its deals."""
    form = structs.replace(PLAIN, parameters_of=lambda trading, seed: {})
    monkeypatch.setitem(FORMS, "halves", form)
    monkeypatch.setitem(DEALS, "halves", each_instrument)
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(mechanism="halves")
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 12, 30)
    story.close()
    state = story.venue.state
    assert state.markets.last_prices["m"]["gpu"][story.regions[0]] == 10
    assert story.lots("buyer", "gpu") == 20


def test_the_page_shows_the_row_and_the_files() -> None:
    page = (HOUSE / "docs" / "how-to" / "add-a-mechanism.md").read_text(encoding="utf-8")
    for words in ("tests/markets/mechanisms/toy/halves.py", "MECHANISMS", "verify", "FORMS"):
        assert words in page
