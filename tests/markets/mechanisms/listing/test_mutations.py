"""Whatever is altered in a listing's clearing, `verify_clearing` says no."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

import yaosu as ys
from tests.markets.mechanisms.listing.books import SEED, cleared, listed
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.orders import Orders

BOOK = listed(("ann", 80, 3), ("bo", 75, 3), ("cy", 75, 3), ("di", 60, 5), start=40, supply=5)
TERMS = {"form": "uniform", "ties": "seed", "seed": SEED, "reserve": 50}


def refused(clearing: Clearing, orders: Orders = BOOK, code: str = "", **terms: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ys.verify_clearing(orders, None, clearing, {**TERMS, **terms})
    assert caught.value.code.startswith(code or "markets.certificate_")
    return caught.value


def moved(table: Columns, column: str, row: int, by: int) -> Columns:
    values = table.column(column)
    if isinstance(values, Maybe):
        changed = values.values.copy()
        changed[row] += by
        return table.with_columns(**{column: Maybe(changed, values.present)})
    numbers = table[column].copy()
    numbers[row] += by
    return table.with_columns(**{column: numbers})


@pytest.mark.parametrize("by", [-1, 1, 1 << 40])
@pytest.mark.parametrize("table", ["prices", "fills", "awards", "outcome", "ranking"])
def test_every_number_that_was_moved_is_found(table: str, by: int) -> None:
    clearing = cleared(BOOK, **TERMS)
    here = clearing.details.get(table) or getattr(clearing, table)
    for column in here.names:
        if isinstance(here.column(column), Text):
            continue
        for row in range(here.rows):
            changed = moved(here, column, row, by)
            if changed == here:
                continue  # an empty cell stays empty
            if table in clearing.details:
                refused(replace(clearing, details={**clearing.details, table: changed}))
            else:
                refused(replace(clearing, **{table: changed}))


def standing_changed(clearing: Clearing) -> Clearing:
    ranking = clearing.details["ranking"]
    words = ranking.text("standing").tolist()
    words[-1] = "late"
    table = ranking.with_columns(standing=words)
    return replace(clearing, details={**clearing.details, "ranking": table})


def lot_moved_between_tied(clearing: Clearing) -> Clearing:
    """A lot is taken from one who won in the lottery and given to one who lost."""
    lots = dict(zip(clearing.fills["row"].tolist(), clearing.fills["lots"].tolist(), strict=True))
    tied = [row for row in (2, 3) if row in lots]
    swapped = {2: 3, 3: 2}
    rows = np.array([swapped.get(row, row) for row in lots], np.int64)
    assert tied
    return replace(clearing, fills=clearing.fills.with_columns(row=rows))


CHANGES: list[Callable[[Clearing], Clearing]] = [
    standing_changed,
    lot_moved_between_tied,
    lambda c: replace(c, welfare=c.welfare + 1),
    lambda c: replace(c, volume=c.volume - 1),
    lambda c: replace(c, certificate=replace(c.certificate, rule="listing/0")),
    lambda c: replace(c, certificate=replace(c.certificate, dual=c.certificate.dual - 1)),
    lambda c: replace(c, certificate=replace(c.certificate, proved=("award",))),
    lambda c: replace(c, details={}),
    lambda c: replace(c, fills=c.fills.take([0])),
    lambda c: replace(c, fills=c.fills.take([0, 0, 1])),
    lambda c: replace(c, decremented=Columns.of(row=[0], lots=[1])),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_what_was_altered_is_found(number: int) -> None:
    refused(CHANGES[number](cleared(BOOK, **TERMS)), code="markets.")


def test_a_clearing_belongs_to_its_bids_and_to_its_terms() -> None:
    clearing = cleared(BOOK, **TERMS)
    other = listed(("ann", 80, 3), ("bo", 75, 3), ("cy", 75, 3), ("di", 61, 5), start=40, supply=5)
    refused(clearing, other, "markets.certificate_digest")
    refused(clearing, BOOK, "markets.certificate_digest", reserve=51)
    refused(clearing, BOOK, "markets.certificate_digest", seed="aa" * 32)
