"""What is refused, row by row, and what of a whole batch."""

import numpy as np
import pytest

from tests.markets.mechanisms.continuous.flows import (
    MINUTE,
    cancel,
    clock,
    matrix,
    new,
    opened,
    phase,
    send,
)
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook, Snapshot
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

BUY = 1
ROWS = {
    "markets.order_unknown": cancel(9),
    "markets.order_gone": cancel(1),
    "markets.order_number_not_rising": new(2, BUY, 100, 1),
    "markets.order_side": new(3, 2, 100, 1),
    "markets.order_type": new(3, BUY, 100, 1, kind=5),
    "markets.order_time_in_force": new(3, BUY, 100, 1, tif=5),
    "markets.order_price": new(3, BUY, 10**9 + 1, 1),
    "markets.order_stop": new(3, BUY, 0, 1, kind=c.STOP, stop=-(10**9) - 1),
    "markets.order_quantity": new(3, BUY, 100, 0),
    "markets.order_expiry": new(3, BUY, 100, 1, tif=c.GTD, expiry=MINUTE),
    "markets.order_outside_band": new(3, BUY, 200, 1),
    "markets.order_not_in_phase": new(3, BUY, 100, 1, tif=c.AT_OPEN),
    "markets.order_group": new(3, BUY, 100, 1, group=-1),
    "markets.command_unknown": [9, *[0] * 10],
    "markets.book_full": new(3, BUY, 100, 2**61 // 10**9),
    "markets.phase_change": phase(c.PRE_OPEN),
    "markets.time_runs_back": clock(1),
}


@pytest.mark.parametrize("code", ROWS)
@pytest.mark.parametrize("is_plain", [True, False])
def test_an_unsound_row_is_refused_by_its_code_and_the_rest_goes_on(
    code: str, is_plain: bool
) -> None:
    book = opened(is_plain=is_plain, static_band=1000, reference=100)
    send(book, new(1, BUY, 100, 1), cancel(1), new(2, BUY, 100, 1), clock(MINUTE))
    before = book.digest()
    assert send(book, ROWS[code]).refusal_codes() == [code]
    assert book.digest() == before
    assert Refusal(code).sentence
    assert send(book, new(3, BUY, 99, 1)).refusal_codes() == [""]


def test_a_closed_market_takes_no_orders() -> None:
    happened = send(ContinuousBook(is_plain=True), new(1, BUY, 1, 1))
    assert happened.refusal_codes() == ["markets.orders_not_taken"]


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (Columns.of(colour=[1]), "markets.unknown_command_column"),
        (Columns.of(kind=["now"]), "markets.wrong_command_column"),
        (Columns.of(price=["one"]), "markets.wrong_command_column"),
        (Columns.of(price=np.array([True])), "markets.wrong_command_column"),
    ],
)
def test_a_batch_of_other_columns_is_refused_whole(commands: Columns, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        ContinuousBook(is_plain=True).run(commands)


def test_a_batch_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaosu.markets.mechanisms.continuous.COMMANDS_PER_BATCH_MAX", 1)
    with pytest.raises(Refusal, match=r"markets.too_many_commands: .* 2 commands; 1 are"):
        send(ContinuousBook(is_plain=True), clock(1), clock(2))


@pytest.mark.parametrize(
    "given",
    [
        {"prevention": "never"},
        {"price_max": 0},
        {"static_band": 10_001},
        {"pause": -1},
        {"reference": 10**10},
        {"colour": 1},
        {"dynamic_band": True},
    ],
)
def test_parameters_are_checked(given: dict[str, object]) -> None:
    with pytest.raises(Refusal, match=r"markets.bad_parameter"):
        ContinuousParameters.of(**given)


def test_only_a_snapshot_is_put_back() -> None:
    good = opened().snapshot()
    for bad in (
        Snapshot(good.gaps, good.orders, good.gaps),
        Snapshot(good.registers, good.gaps, good.gaps),
    ):
        with pytest.raises((Refusal, KeyError)):
            ContinuousBook.restore(bad)
    twice = ContinuousBook(is_plain=True)
    twice.run(matrix([phase(c.CONTINUOUS), new(1, BUY, 1, 1)]))
    orders = twice.snapshot().orders.take(np.array([0, 0]))
    with pytest.raises(Refusal, match=r"markets.wrong_snapshot: .* an order stands twice"):
        ContinuousBook.restore(Snapshot(good.registers, orders, good.gaps))


def test_the_largest_prices_and_quantities_do_not_overflow() -> None:
    """Lots of the whole book times the largest price stay inside 64 bits."""
    parameters = ContinuousParameters.of(price_max=2**44, static_band=10_000, reference=2**44)
    book = ContinuousBook(parameters, is_plain=False)
    most = parameters.lots_max
    rows = [phase(c.PRE_OPEN), new(1, 1, 2**44, most - most // 2), new(2, -1, 0, most // 2)]
    happened = book.run(matrix([*rows, phase(c.CONTINUOUS)]))
    assert [a.lots for a in happened.auctions] == [most // 2]
    assert book.snapshot().orders.rows == 0
