"""Every way to change one thing of a clearing: what a check must notice."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from tests.markets.mechanisms.call.helpers import changed
from yaosu.kernel.columns import Columns, Maybe, concatenate
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

TABLES = ("prices", "fills")


def forged(clearing: Clearing) -> Iterator[tuple[str, Clearing]]:
    """One number moved by one, one row dropped or doubled, one total or claim changed."""
    for name in (*TABLES, *clearing.details):
        table: Columns = (
            clearing.details[name] if name in clearing.details else getattr(clearing, name)
        )
        for row in range(table.rows):
            kept = np.arange(table.rows) != row
            doubled = concatenate([table, table.take([row])])
            yield f"{name} without row {row}", _put(clearing, name, table.take(kept))
            yield f"{name} with row {row} twice", _put(clearing, name, doubled)
            for column in table.names:
                if isinstance(table.column(column), Maybe):
                    values = table.maybe(column)
                    if not values.present[row]:
                        continue
                    old = int(values.values[row])
                elif isinstance(table.column(column), np.ndarray):
                    old = int(table[column][row])
                else:
                    continue
                for value in (old - 1, old + 1):
                    mutant = changed(table, column, row, value)
                    yield f"{name} {column} {row}: {value}", _put(clearing, name, mutant)
    for name in ("welfare", "volume"):
        yield name, _with(clearing, **{name: getattr(clearing, name) + 1})
    for name in ("primal", "dual"):
        for by in (-1, 1):
            number = getattr(clearing.certificate, name) + by
            yield f"{name} {by}", _certified(clearing, **{name: number})
    yield "claims", _certified(clearing, proved=(*clearing.certificate.proved, "everything"))
    yield "no claims", _certified(clearing, proved=())
    yield "other rule", _certified(clearing, rule=clearing.certificate.rule + "1")


def lots_moved(clearing: Clearing) -> Iterator[tuple[str, Clearing]]:
    """A lot moved from one filled row to another, on the same side of the table."""
    fills = clearing.fills
    for giver in range(fills.rows):
        for taker in range(fills.rows):
            if giver != taker and fills["lots"][giver] > 1:
                lots = fills["lots"].copy()
                lots[giver] -= 1
                lots[taker] += 1
                moved = _with(clearing, fills=fills.with_columns(lots=lots))
                yield f"a lot from fill {giver} to fill {taker}", moved


def assert_all_refused(
    orders: Orders, network: Network, clearing: Clearing, parameters: Any = None
) -> None:
    """The clearing is accepted, and none of its forgeries."""
    verify_clearing(orders, network, clearing, parameters)
    count = 0
    for what, mutant in (*forged(clearing), *lots_moved(clearing)):
        if mutant == clearing:
            continue
        code = _refusal_of(orders, network, mutant, parameters)
        assert code.startswith("markets.certificate_"), f"{what}: {code}"
        count += 1
    assert count > 10


def _refusal_of(orders: Orders, network: Network, clearing: Clearing, parameters: Any) -> str:
    try:
        verify_clearing(orders, network, clearing, parameters)
    except Refusal as refusal:
        return refusal.code
    return "accepted"


def _with(clearing: Clearing, **fields: Any) -> Clearing:
    return msgspec.structs.replace(clearing, **fields)


def _put(clearing: Clearing, name: str, table: Columns) -> Clearing:
    if name in clearing.details:
        return _with(clearing, details={**clearing.details, name: table})
    return _with(clearing, **{name: table})


def _certified(clearing: Clearing, **fields: Any) -> Clearing:
    return _with(clearing, certificate=msgspec.structs.replace(clearing.certificate, **fields))
