"""Runs: each chunk of a book on disk in canonical order, with its part of the regional curves.

A run is a folder of plain columns of numbers. A *level* is one limit of one side of one instrument
and region: the rows of a run are ordered by level, and a level tells how many rows it has. Codes
of names are the run's own until `join` maps them to those of the whole book.
"""

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from msgspec import Struct

from yaosu.engine.extras import load_extra
from yaosu.kernel.canonical import digest_columns
from yaosu.kernel.columns import Array, Columns, Integers, Text
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.markets.orders import Orders, exact_dot
from yaosu.workers.chunks.source import Chunk, in_the_book, orders_of_table, table_of

BUCKETS = 256  # of parties: all orders of a party are in one
KINDS = {
    "level_instrument": np.int32,
    "level_region": np.int32,
    "level_side": np.int8,
    "level_segment": np.int64,
    "level_price": np.int64,
    "level_rows": np.int64,
    "curve_segment": np.int64,
    "curve_price": np.int64,
    "curve_lots": np.int64,
    "quantity": np.int64,
    "sequence": np.int64,
    "party": np.int32,
    "row": np.int32,
    "left": np.int64,
    "dealt_segment": np.int64,
    "dealt_price": np.int64,
    "dealt_quantity": np.int64,
    "dealt_sequence": np.int64,
    "dealt_party": np.int32,
    "dealt_row": np.int32,
    "by_bucket": np.int32,
    "bucket_starts": np.int64,
}


class Run(Struct, frozen=True, kw_only=True):
    """What is known of a run without opening it.

    Attributes:
        folder: where its columns are. first_row, rows: of the book.
        instruments, regions: names that occur, sorted.
        has: optional columns it has, of party and sequence.
        highest: greatest absolute limit, ticks. lots: in all. value: sum of |limit| x lots.
        orders_digest: SHA-256, hex, of its rows in canonical order: the digest of its book.
    """

    folder: str
    first_row: int
    rows: int
    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    has: tuple[str, ...]
    highest: int
    lots: int
    value: int
    orders_digest: str


def save(folder: str, name: str, values: Array) -> None:
    """Write a column whole."""
    kind = KINDS[name.partition("-")[0]]
    np.ascontiguousarray(values, kind).tofile(Path(folder, name))


def load(folder: str, name: str, begin: int = 0, end: int | None = None) -> Array:
    """Read rows begin..end of a column."""
    kind = np.dtype(KINDS[name.partition("-")[0]])
    count = -1 if end is None else end - begin
    return np.fromfile(Path(folder, name), kind, count=count, offset=begin * kind.itemsize)


def spill(chunk: Chunk, read: Any, folder: str) -> Run:
    """Read a chunk, put it into canonical order and write it down.

    Args:
        read: (table, first row) -> Orders; None reads columns of whole numbers.
        folder: for the run; made.
    """
    table = table_of(chunk)
    try:
        orders = orders_of_table(table) if read is None else read(table, chunk.first_row)
    except Refusal as refusal:
        if read is not None:
            raise
        raise in_the_book(refusal, chunk.first_row) from None
    del table
    ordered = in_canonical_order(orders)
    Path(folder).mkdir(parents=True)
    _save_levels(folder, ordered)
    has = tuple(name for name in ("party", "sequence") if name in ordered)
    save(folder, "quantity", ordered["quantity"])
    save(folder, "row", ordered["row"])
    if "sequence" in has:
        save(folder, "sequence", ordered["sequence"])
    if "party" in has:
        party = ordered.text("party")
        save_names(Path(folder, "parties"), party.values)
        save(folder, "party", party.codes)  # the run's own; the book's after `join`
        _save_buckets(folder, party)
    own = Columns({name: ordered.column(name) for name in ordered.names if name != "row"})
    prices = np.abs(orders.price)
    return Run(
        folder=folder,
        first_row=chunk.first_row,
        rows=orders.rows,
        instruments=ordered.text("instrument").values,
        regions=ordered.text("region").values,
        has=has,
        highest=int(prices.max(initial=0)),
        lots=int(orders.quantity.sum()),
        value=exact_dot(prices, orders.quantity),
        orders_digest=digest_columns(own).hex(),
    )


def in_canonical_order(orders: Orders) -> Columns:
    """The rows in canonical order, texts canonically coded, and ``row``: where each stood."""
    texts = {n: orders.columns.text(n).sorted() for n in ("instrument", "region")}
    keys: list[Array] = [texts["instrument"].codes, texts["region"].codes]
    keys += [(orders.side < 0).view(np.int8), orders.price]
    if orders.sequence is not None:
        keys.append(orders.sequence)
    if orders.party is not None:
        texts["party"] = orders.party.sorted()
        keys.append(texts["party"].codes)
    order = order_of([*keys, orders.quantity])
    data: dict[str, Any] = {n: texts.get(n, orders.columns.column(n)) for n in orders.columns.names}
    return Columns(data).take(order).with_columns(row=order.astype(np.int32))


def _save_levels(folder: str, ordered: Columns) -> None:
    columns: dict[str, Array] = {
        "level_instrument": ordered.text("instrument").codes,
        "level_region": ordered.text("region").codes,
        "level_side": (ordered["side"] < 0).view(np.int8),
        "level_price": ordered["price"],
    }
    begins = first_of_each(list(columns.values()))
    for name, values in columns.items():
        save(folder, name, values[begins])
    save(folder, "level_rows", np.diff(np.append(begins, ordered.rows)))


def first_of_each(columns: list[Array]) -> Integers:
    """Where rows begin that differ from the row before."""
    rows = len(columns[0])
    is_first = np.zeros(rows, bool)
    is_first[:1] = True
    for values in columns:
        is_first[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(is_first)


def _save_buckets(folder: str, party: Text) -> None:
    bucket_of = np.array([crc32(name.encode()) % BUCKETS for name in party.values], np.int64)
    bucket = bucket_of[party.codes]
    save(folder, "by_bucket", np.argsort(bucket, kind="stable"))
    save(folder, "bucket_starts", np.searchsorted(np.sort(bucket), np.arange(BUCKETS + 1)))


def save_names(path: Path, names: Any) -> None:
    """Write names, sorted by code point."""
    pa = load_extra("pyarrow")
    table = pa.table({"name": pa.array(names, pa.string())})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def load_names(path: Path) -> Any:
    """Names as an Arrow array."""
    pa = load_extra("pyarrow")
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()["name"].combine_chunks()


class Frame(Struct, frozen=True, kw_only=True):
    """What all runs share once they are joined.

    Attributes:
        runs: in the order of their rows. rows: in all.
        instruments: names that occur, sorted. regions: of the network, sorted.
        parties: file of all names, sorted; empty where orders name none. party_count: how many.
        has: optional columns.
    """

    runs: tuple[Run, ...]
    rows: int
    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    parties: str
    party_count: int
    has: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """Instruments times regions."""
        return len(self.instruments) * len(self.regions)


def frame_of(runs: list[Run], regions: tuple[str, ...], folder: Path) -> Frame:
    """All names of the book; refuses a region that is not there, and columns that differ."""
    has = runs[0].has if runs else ()
    instruments: set[str] = set()
    for run in runs:
        for name in sorted(set(has) ^ set(run.has)):
            refuse("markets.missing_column", table="orders", column=name)
        instruments.update(run.instruments)
        for name in run.regions:
            known = name in regions
            refuse_unless(known, "markets.unknown_region", where="an order", region=name)
    parties, count = "", 0
    if "party" in has:
        parties = str(folder / "parties")
        count = _join_names([Path(run.folder, "parties") for run in runs], Path(parties))
    return Frame(
        runs=tuple(runs),
        rows=sum(run.rows for run in runs),
        instruments=tuple(sorted(instruments)),
        regions=regions,
        parties=parties,
        party_count=count,
        has=has,
    )


def _join_names(paths: list[Path], into: Path) -> int:
    pa, pc = load_extra("pyarrow"), load_extra("pyarrow.compute")
    names = pa.array([], pa.string())
    for path in paths:
        names = pc.unique(pa.concat_arrays([names, load_names(path)]))
    names = names.take(pc.sort_indices(names))  # by bytes of UTF-8: by code point
    save_names(into, names)
    return len(names)


def join(frame: Frame, run: Run) -> None:
    """Map the run's codes to those of the book."""
    instruments = {name: i for i, name in enumerate(frame.instruments)}
    regions = {name: i for i, name in enumerate(frame.regions)}
    instrument_of = np.array([instruments[name] for name in run.instruments] or [0], np.int64)
    region_of = np.array([regions[name] for name in run.regions] or [0], np.int64)
    instrument = instrument_of[load(run.folder, "level_instrument")]
    region = region_of[load(run.folder, "level_region")]
    segment = 2 * (instrument * max(len(regions), 1) + region) + load(run.folder, "level_side")
    save(run.folder, "level_segment", segment)
    if frame.parties:
        pc = load_extra("pyarrow.compute")
        own = load_names(Path(run.folder, "parties"))
        places = pc.index_in(own, value_set=load_names(Path(frame.parties)))
        party_of = places.to_numpy(zero_copy_only=False).astype(np.int32)
        save(run.folder, "party", party_of[load(run.folder, "party")])
        _deal(run, segment)


def _deal(run: Run, segment: Integers) -> None:
    """Write the rows once more, by bucket of their parties, so that one bucket is read at once."""
    dealt = load(run.folder, "by_bucket")
    level = np.repeat(np.arange(len(segment)), load(run.folder, "level_rows"))[dealt]
    save(run.folder, "dealt_segment", segment[level])
    save(run.folder, "dealt_price", load(run.folder, "level_price")[level])
    for name in ("quantity", "row", *run.has):
        save(run.folder, f"dealt_{name}", load(run.folder, name)[dealt])
