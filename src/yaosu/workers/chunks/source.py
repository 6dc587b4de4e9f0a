"""Where orders come from, chunk by chunk: Parquet or Arrow files, a folder of them, or tables.

A chunk of files is named by its place, so that whoever works on it reads it itself; only tables
that exist nowhere else travel.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.engine.extras import load_extra
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import Refusal, declare, refuse, refuse_unless
from yaosu.markets.orders import Orders

ENDINGS = (".parquet", ".arrow", ".feather")

REFUSALS = declare(
    {
        "workers.no_orders_here": (
            "{path} holds no file that ends in .parquet, .arrow or .feather",
            "name one such file, or the folder in which they are",
        ),
        "workers.cannot_read_chunk": (
            "{path} cannot be read as a table: {reason}",
            "write the file again; Parquet and Arrow files are read",
        ),
    }
)


class Chunk(Struct, frozen=True, kw_only=True):
    """Some rows of a book.

    Attributes:
        first_row: row of the book with which it begins. rows: how many.
        path: of the file; empty where ``table`` holds the rows.
        groups: row groups (Parquet) or record batches (Arrow) of the file, in order.
    """

    first_row: int
    rows: int
    path: str = ""
    groups: tuple[int, ...] = ()
    table: Any = None


def chunks_of(source: str | Path | Iterable[Any], rows_each: int) -> Iterator[Chunk]:
    """The chunks of a book, in order.

    Args:
        source: a file, a folder (its files by name), or tables of any kind that
            `Orders.from_table` takes, such as the batches of an Arrow stream.
        rows_each: rows of a chunk, about; a row group is cut where it is more than twice as long.
    """
    row = 0
    if isinstance(source, str | Path):
        for path in files_of(Path(source)):
            for chunk in _chunks_of_file(path, row, rows_each):
                row = chunk.first_row + chunk.rows
                yield chunk
        return
    for table in source:
        rows = len(table["price"]) if isinstance(table, dict) else len(table)
        yield Chunk(first_row=row, rows=rows, table=table)
        row += rows


def files_of(place: Path) -> list[Path]:
    """The files of a book, by name."""
    if not place.is_dir():
        return [place]
    found = sorted(p for p in place.iterdir() if p.name.endswith(ENDINGS) and p.name[0] not in "._")
    refuse_unless(found, "workers.no_orders_here", path=str(place))
    return found


def row_count(place: Path) -> int:
    """Rows of a file or folder, without reading them."""
    return sum(sum(_group_sizes(path)) for path in files_of(place))


def _chunks_of_file(path: Path, row: int, rows_each: int) -> Iterator[Chunk]:
    sizes = _group_sizes(path)
    if max(sizes, default=0) > 2 * rows_each:
        for table in _streamed(path, rows_each):
            yield Chunk(first_row=row, rows=len(table), table=table)
            row += len(table)
        return
    groups: list[int] = []
    rows = 0
    for group, size in enumerate(sizes):
        if groups and rows + size > rows_each:
            yield Chunk(first_row=row, rows=rows, path=str(path), groups=tuple(groups))
            row, rows, groups = row + rows, 0, []
        groups.append(group)
        rows += size
    if groups:
        yield Chunk(first_row=row, rows=rows, path=str(path), groups=tuple(groups))


def _group_sizes(path: Path) -> list[int]:
    opened = _open(path)
    if path.name.endswith(".parquet"):
        about = opened.metadata
        return [about.row_group(i).num_rows for i in range(about.num_row_groups)]
    return [opened.get_batch(i).num_rows for i in range(opened.num_record_batches)]


def _streamed(path: Path, rows_each: int) -> Iterator[Any]:
    """Tables of a file whose row groups are too long to be read whole."""
    pa = load_extra("pyarrow")
    opened = _open(path)
    if path.name.endswith(".parquet"):
        for batch in opened.iter_batches(rows_each):
            yield pa.Table.from_batches([batch])
        return
    for i in range(opened.num_record_batches):
        batch = opened.get_batch(i)
        for begin in range(0, batch.num_rows, rows_each):
            yield pa.Table.from_batches([batch.slice(begin, rows_each)])


def _open(path: Path) -> Any:
    pa = load_extra("pyarrow")
    try:
        if path.name.endswith(".parquet"):
            pq = load_extra("pyarrow.parquet")
            texts = [
                f.name for f in pq.read_schema(path) if f.type in (pa.string(), pa.large_string())
            ]
            return pq.ParquetFile(path, read_dictionary=texts)  # by codes: a text repeats
        return pa.ipc.open_file(pa.memory_map(str(path)))
    except (pa.ArrowException, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        refuse("workers.cannot_read_chunk", path=str(path), reason=reason)


def table_of(chunk: Chunk) -> Any:
    """The rows of a chunk: its own table, or an Arrow table from its file."""
    if chunk.table is not None:
        return chunk.table
    pa = load_extra("pyarrow")
    opened = _open(Path(chunk.path))
    try:
        if chunk.path.endswith(".parquet"):
            return opened.read_row_groups(list(chunk.groups))
        return pa.Table.from_batches([opened.get_batch(i) for i in chunk.groups])
    except (pa.ArrowException, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        refuse("workers.cannot_read_chunk", path=chunk.path, reason=reason)


def orders_of_table(table: Any) -> Orders:
    """Orders from any table; texts of an Arrow table are taken over by their codes."""
    if not hasattr(table, "schema") or not hasattr(table, "column_names"):
        return Orders.from_table(table)
    data = {name: arrow_column(table, name) for name in table.column_names}
    return Orders.from_table(Columns(data) if data else table)


def arrow_column(table: Any, name: str) -> Any:
    """A column of an Arrow table: texts coded, whole numbers as an array; else as it is."""
    pa = load_extra("pyarrow")
    column = table[name]
    if isinstance(column, pa.Array):  # of a record batch
        column = pa.chunked_array([column])
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        refuse("kernel.missing_values", column=name, row=row)
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        if not pa.types.is_dictionary(kind):
            column = column.dictionary_encode()
        whole = column.unify_dictionaries().combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            whole = whole.chunk(0) if whole.num_chunks else pa.array([], kind)
        if not len(whole):
            return Text((), np.zeros(0, np.int32))
        values = tuple(str(value) for value in whole.dictionary.to_pylist())
        return Text(values, whole.indices.to_numpy().astype(np.int32)).sorted()
    return column.to_numpy()


def in_the_book(refusal: Refusal, first_row: int) -> Refusal:
    """The refusal of a row of a chunk, told by its row in the book."""
    row = refusal.facts.get("row")
    if not isinstance(row, int):
        return refusal
    return Refusal(refusal.code, **{**refusal.facts, "row": row + first_row})
