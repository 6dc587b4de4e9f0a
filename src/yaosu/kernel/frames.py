"""Columns out to Arrow, polars and pandas, and any of these in; each imported where it is used."""

from typing import Any

import numpy as np

from yaosu.kernel.columns import Column, Columns, Maybe, Text, as_column
from yaosu.kernel.refusal import refuse


def to_arrow(columns: Columns) -> Any:
    """A pyarrow table; missing values are nulls, text is dictionary coded."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError:
        refuse("kernel.extra_missing", library="pyarrow", extra="arrow")
    return pa.table({name: _arrow_array(pa, columns.column(name)) for name in columns.names})


def to_polars(columns: Columns) -> Any:
    """A polars frame; missing values are nulls, text is categorical."""
    try:
        import polars as pl
    except ModuleNotFoundError:
        refuse("kernel.extra_missing", library="polars", extra="evaluation")
    return pl.DataFrame({name: _plain(columns.column(name)) for name in columns.names})


def to_pandas(columns: Columns) -> Any:
    """A pandas frame; missing values become its nullable whole numbers."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        refuse("kernel.extra_missing", library="pandas", extra="evaluation")
    frame = pd.DataFrame({name: _plain(columns.column(name)) for name in columns.names})
    for name in columns.names:
        if isinstance(columns.column(name), Maybe):
            frame[name] = frame[name].astype("Int64")
    return frame


def columns_from(table: Any) -> Columns:
    """Columns from a mapping of columns, or from an Arrow, polars or pandas table."""
    if isinstance(table, Columns):
        return table
    names = getattr(table, "column_names", None)  # Arrow
    if names is None:
        names = getattr(table, "columns", None)  # polars, pandas
    if names is None and hasattr(table, "keys"):
        names = list(table.keys())
    if names is None:
        refuse("kernel.not_a_table", found=type(table).__name__)
    return Columns({str(name): _column_from(str(name), table[name]) for name in names})


def _column_from(name: str, column: Any) -> Column:
    if isinstance(column, Text | Maybe):
        return column
    values = column
    if hasattr(column, "dictionary_encode") and hasattr(column, "null_count"):
        _refuse_nulls(name, column.null_count, column.is_null().to_numpy)
        values = column.to_numpy()
    elif hasattr(column, "is_null") and hasattr(column, "to_numpy"):
        _refuse_nulls(name, column.null_count(), column.is_null().to_numpy)
        values = column.to_numpy()
    elif hasattr(column, "isna") and hasattr(column, "to_numpy"):
        missing = column.isna()
        _refuse_nulls(name, int(missing.sum()), missing.to_numpy)
        values = column.to_numpy()
    return as_column(name, values)


def _refuse_nulls(name: str, count: int, mask: Any) -> None:
    if count:
        refuse("kernel.missing_values", column=name, row=int(np.flatnonzero(mask())[0]))


def _arrow_array(pa: Any, column: Column) -> Any:
    if isinstance(column, Text):
        return pa.DictionaryArray.from_arrays(
            pa.array(column.codes, pa.int32()), pa.array(column.values, pa.string())
        )
    if isinstance(column, Maybe):
        return pa.array(column.values, mask=~column.present)
    return pa.array(column)


def _plain(column: Column) -> Any:
    return column if isinstance(column, np.ndarray) else column.tolist()
