"""What the tests of the call auction share: clearings by row, mutations of a clearing."""

from typing import Any

import msgspec
import numpy as np

from yaosu.kernel.columns import Columns, Maybe
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_tables import multipliers_digest
from yaosu.markets.orders import Orders


def lots_by_row(clearing: Clearing, rows: int) -> list[int]:
    """Lots filled of each order."""
    lots = np.zeros(rows, np.int64)
    lots[clearing.fills["row"]] = clearing.fills["lots"]
    return lots.tolist()


def prices_by_region(clearing: Clearing, name: str = "price") -> dict[str, int | None]:
    """One price a region, for clearings of one instrument."""
    regions = clearing.prices.text("region").tolist()
    return dict(zip(regions, clearing.prices.maybe(name).tolist(), strict=True))


def flows_by_link(clearing: Clearing, name: str = "lots") -> dict[tuple[str, str], int]:
    """One number a link, for clearings of one instrument."""
    return {(row["source"], row["target"]): row[name] for row in clearing.flows.iterate()}


def permuted(orders: Orders, places: Any) -> Orders:
    """The same orders in other rows."""
    return Orders(orders.columns.take(places))


def changed(columns: Columns, name: str, row: int, value: int) -> Columns:
    """The table with one number changed."""
    column = columns.column(name)
    if isinstance(column, Maybe):
        values = column.values.copy()
        values[row] = value
        return columns.with_columns(**{name: Maybe(values, column.present)})
    values = np.array(column)
    values[row] = value
    return columns.with_columns(**{name: values})


def with_table(clearing: Clearing, table: str, columns: Columns) -> Clearing:
    """The clearing with another table; of the certificate: "regions" or "links".

    Whoever forges multipliers forges their digest too.
    """
    if table not in ("regions", "links"):
        return msgspec.structs.replace(clearing, **{table: columns})
    certificate = msgspec.structs.replace(clearing.certificate, **{table: columns})
    return sealed(msgspec.structs.replace(clearing, certificate=certificate))


def sealed(clearing: Clearing) -> Clearing:
    """The clearing with the digest of its multipliers made anew."""
    given = clearing.certificate
    try:
        fresh = multipliers_digest(given.regions, given.links)
    except (
        KeyError,
        IndexError,
        NotImplementedError,
        TypeError,
    ):  # columns that have no canonical bytes
        return clearing
    return msgspec.structs.replace(
        clearing, certificate=msgspec.structs.replace(given, multipliers_digest=fresh)
    )
