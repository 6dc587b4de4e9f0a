"""Clear a book in chunks: the same prices, fills, flows and certificate as in one piece.

1. Each chunk is read, put into canonical order and written down as a run, with the digest of its
   rows and its part of the regional curves (`runs`).
2. A party's own crossing orders are taken off each other (`curves`).
3. The curves of all runs are added up and cleared: prices, flows, marginal lots (`search`).
4. Each run's fills follow, and are written; what they add up to must be what the curves say, and
   the bound counted anew from all levels must be the welfare (`fills`).
5. The book's digest is taken from its rows in canonical order, which are never all in memory
   (`ordering`).

Memory grows with the rows of a chunk and the levels looked at together, not with the book. Every
step that looks at rows is a task for `run_jobs`: processes here, or a cluster that sees the same
folder. Names of parties are the exception: all of them are in memory once.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, structs

from yaosu.door import use_compiled_code
from yaosu.engine.backends import run_jobs
from yaosu.engine.extras import load_extra
from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import declare, refuse_unless
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, NUMBER_MAX, SELL, Orders
from yaosu.markets.scarcity import scarcity_of
from yaosu.workers.chunks import curves, fills, ordering, runs
from yaosu.workers.chunks.search import Found, find_prices
from yaosu.workers.chunks.source import chunks_of

ROWS_EACH = 1_000_000
LEVELS_MAX = 1_000_000
VALUE_MAX = 2**62
NONE = np.zeros(0, np.int64)

REFUSALS = declare(
    {
        "workers.plain_links_only": (
            "a book in chunks is cleared over links without losses and ramps",
            "leave loss and ramp out of the links, or clear the book in one piece",
        ),
    }
)

Task = tuple[Callable[..., Any], tuple[Any, ...]]
Run = Callable[[Iterable[Task]], list[Any]]


class ClearedChunks(Struct, frozen=True, kw_only=True):
    """What a book in chunks ended in; as `Clearing`, but the fills are in files.

    Attributes:
        mechanism, prices, flows, welfare, volume, certificate: as in `Clearing`.
        rows: orders. filled_orders: how many of them trade.
        parts: one row a chunk: first_row, rows, orders_digest, curve_digest, fills.
        folder: holds ``fills/part-*.parquet`` (row, instrument, region, side, lots, price, party)
            and, where own orders crossed, ``decremented/part-*.parquet`` (row, lots).
        rounds: how often the curves were cleared until every price was exact.
        levels: the curves that were cleared at last, one order a level: exact around the prices.
        network: it was cleared over.
        scarcity: what is scarce, ranked (`scarcity_of`).
    """

    mechanism: str
    prices: Columns
    flows: Columns
    welfare: int
    volume: int
    certificate: Certificate
    rows: int
    filled_orders: int
    parts: Columns
    folder: str
    rounds: int
    levels: Orders
    network: Network
    scarcity: Columns

    def without_fills(self) -> Clearing:
        """Everything that does not grow with the book."""
        return Clearing(
            mechanism=self.mechanism,
            prices=self.prices,
            flows=self.flows,
            welfare=self.welfare,
            volume=self.volume,
            certificate=self.certificate,
            fills=Columns.of(row=NONE, lots=NONE, price=NONE),
            decremented=Columns.of(row=NONE, lots=NONE),
        )

    def whole(self) -> Clearing:
        """All of it in memory, as `clear` gives it; only where it was written in ticks and lots."""
        return structs.replace(
            self.without_fills(),
            fills=_read_parts(Path(self.folder, "fills"), ("row", "lots", "price")),
            decremented=_read_parts(Path(self.folder, "decremented"), ("row", "lots")),
        )


def _read_parts(folder: Path, names: Sequence[str]) -> Columns:
    pq = load_extra("pyarrow.parquet")
    empty = Columns({name: np.zeros(0, np.int64) for name in names})
    parts = [pq.read_table(path, columns=list(names)) for path in sorted(folder.glob("part-*"))]
    return concatenate(
        [empty, *(Columns({name: part[name].to_numpy() for name in names}) for part in parts)]
    )


def clear_chunks(
    source: str | Path | Iterable[Any],
    network: Network | None = None,
    *,
    out: str | Path,
    rows_each: int = ROWS_EACH,
    levels_max: int = LEVELS_MAX,
    jobs: int = -1,
    backend: str | None = None,
    read: Callable[[Any, int], Orders] | None = None,
    write: fills.Write | None = None,
    on_step: Callable[[str], None] | None = None,
    **parameters: Any,
) -> ClearedChunks:
    """Clear a book that need not fit into memory, by the call auction.

    Args:
        source: a Parquet or Arrow file, a folder of them, or tables as they arrive.
        network: regions and links; None lets every region stand alone.
        out: folder for fills; what is in between is in it too, and gone at the end.
        rows_each: rows of a chunk, about. levels_max: levels of all curves looked at together.
        jobs, backend: as in `run_jobs`.
        read: (table of a chunk, its first row) -> orders, where it is not plain whole numbers.
        write: changes the table of a part's fills before it is written.
        on_step: called with what begins now.
        parameters: of the call auction.

    Raises:
        Refusal: as `clear`; ``workers.*``, ``kernel.extra_missing``, ``engine.unknown_backend``.

    Cost: about three readings of the book, and 150 bytes of disk an order for the time being.
    """
    terms = CallParameters.of(**parameters)
    refuse_unless(network is None or network.is_plain, "workers.plain_links_only")
    folder = Path(out).resolve()
    work = folder / ".work"
    for place in (work, folder / "fills", folder / "decremented"):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    tell = on_step or (lambda _: None)

    def run(tasks: Iterable[Task]) -> list[Any]:
        prepared = ((_with_compiled_code, task) for task in tasks)
        return list(run_jobs(prepared, jobs=jobs, backend=backend))

    try:
        tell("reading")
        frame, network = _frame(source, network, rows_each, read, work, terms, run)
        tell("adding up curves")
        crossed = _curves(frame, rows_each, run)
        tell("finding prices")

        def parts(low: Integers, high: Integers, each: int) -> list[curves.Part]:
            return run((curves.part_of, (own, low, high, each)) for own in frame.runs)

        found = find_prices(frame, network, terms, parts, crossed, levels_max)
        tell("checking the certificate")
        verify_call(found.orders, network, found.clearing, terms)
        tell("filling")
        filled = _fill(frame, found, terms, folder, write, run)
        tell("taking the digest")
        digest = _digest(frame, work, rows_each, run)
        return _cleared(frame, network, found, filled, digest, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if not any((folder / "decremented").iterdir()):
            (folder / "decremented").rmdir()


def _with_compiled_code(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    _prepare()
    return function(*arguments)


@cache
def _prepare() -> None:
    """Once a process: compiled code is found where the door keeps it."""
    use_compiled_code()


def _frame(
    source: Any,
    network: Network | None,
    rows_each: int,
    read: Any,
    work: Path,
    terms: CallParameters,
    run: Run,
) -> tuple[runs.Frame, Network]:
    """Spill all chunks, and join their names."""
    _prepare()
    chunks = chunks_of(source, rows_each)
    tasks = (
        (runs.spill, (chunk, read, str(work / f"run-{i:06}")))
        for i, chunk in enumerate(chunks)
        if chunk.rows
    )
    spilled: list[runs.Run] = run(tasks)
    _check_sums(spilled)
    if network is None:
        regions = sorted({name for own in spilled for name in own.regions})
        network = Network.alone(*regions)
    frame = runs.frame_of(spilled, network.regions, work)
    run((runs.join, (frame, own)) for own in frame.runs)
    if terms.price_band is not None:
        for own in frame.runs:
            _check_band(own, *terms.price_band)
    return frame, network


def _check_sums(spilled: list[runs.Run]) -> None:
    lots, value = sum(run.lots for run in spilled), sum(run.value for run in spilled)
    for what, number, limit in (
        ("the sum of quantities", lots, NUMBER_MAX),
        ("the sum of price times quantity", value, VALUE_MAX),
    ):
        refuse_unless(
            number < limit,
            "markets.value_overflow",
            what=what,
            value=str(number),
            limit=str(limit),
        )


def _check_band(run: runs.Run, low: int, high: int) -> None:
    prices = runs.load(run.folder, "level_price")
    outside = np.flatnonzero((prices < low) | (prices > high))
    if outside.size:
        level = int(outside[0])
        place = int(runs.load(run.folder, "level_rows", 0, level).sum())
        row = int(runs.load(run.folder, "row", place, place + 1)[0]) + run.first_row
        refuse_unless(
            outside.size == 0,
            "markets.price_outside_band",
            row=row,
            price=int(prices[level]),
            low=low,
            high=high,
        )


def _curves(frame: runs.Frame, rows_each: int, run: Run) -> Orders | None:
    """Take own crossings off and add up the levels; orders of instruments with nothing left."""
    if frame.parties:
        tasks = min(max(-(-frame.rows // rows_each), 1), runs.BUCKETS)
        ends = [runs.BUCKETS * i // tasks for i in range(tasks + 1)]
        pairs = pairwise(ends)
        run((curves.take_own_crossings, (frame, first, after)) for first, after in pairs)
    left: set[int] = set()
    for some in run((curves.write_curve, (frame, own)) for own in frame.runs):
        left.update(some.tolist())
    lost = [i for i in range(len(frame.instruments)) if i not in left]
    return _orders_of(frame, lost) if lost else None


def _orders_of(frame: runs.Frame, instruments: list[int]) -> Orders:
    """Orders of some instruments, those of one party at one limit as one."""
    regions = max(len(frame.regions), 1)
    rows = []
    for own in frame.runs:
        segment = runs.load(own.folder, "level_segment")
        counts = runs.load(own.folder, "level_rows")
        level = np.repeat(np.arange(len(segment)), counts)
        chosen = np.isin(segment // (2 * regions), instruments)[level]
        party = runs.load(own.folder, "party")
        price = runs.load(own.folder, "level_price")
        lots = runs.load(own.folder, "quantity")
        columns = [segment[level], price[level], party, lots]
        rows.append(np.stack([column[chosen] for column in columns], axis=1))
    every = np.concatenate(rows)
    keys, member = np.unique(every[:, :3], axis=0, return_inverse=True)
    quantity = np.zeros(len(keys), np.int64)
    np.add.at(quantity, member.ravel(), every[:, 3])
    node = keys[:, 0] >> 1
    return Orders.from_columns(
        Text(frame.instruments, (node // regions).astype(np.int32)),
        Text(frame.regions, (node % regions).astype(np.int32)),
        np.where(keys[:, 0] & 1, SELL, BUY),
        keys[:, 1],
        quantity,
        party=keys[:, 2],
    )


def _fill(
    frame: runs.Frame,
    found: Found,
    terms: CallParameters,
    folder: Path,
    write: fills.Write | None,
    run: Run,
) -> list[fills.Filled]:
    def at_margin(segments: Integers, prices: Integers) -> list[Integers]:
        return run((fills.rows_at, (own, segments, prices)) for own in frame.runs)

    is_pro_rata = "pro_rata_parties" in terms.tie_chain
    margins = fills.margins_of(frame, found, is_pro_rata, at_margin)
    shares = zip(frame.runs, margins.places, margins.lots, strict=True)
    common = (str(folder), write)
    return run(
        (fills.fill_run, (frame, own, found.prices, margins.verdict, places, lots, *common))
        for own, places, lots in shares
    )


def _digest(frame: runs.Frame, work: Path, rows_each: int, run: Run) -> str:
    if not frame.runs:
        return ordering.digest_of(frame, work, 0)
    samples = run((ordering.sample, (own,)) for own in frame.runs)
    keys = ordering.cuts_between(samples, frame.rows, rows_each)
    cuts = run((ordering.cut, (own, keys)) for own in frame.runs)
    pieces = len(keys) + 1
    run((ordering.merge, (frame, cuts, number, str(work))) for number in range(pieces))
    return ordering.digest_of(frame, work, pieces)


def _cleared(
    frame: runs.Frame,
    network: Network,
    found: Found,
    filled: list[fills.Filled],
    digest: str,
    folder: Path,
) -> ClearedChunks:
    """Put the result together, and hold what the parts add up to against the curves."""
    clearing = found.clearing
    taken, lots = clearing.fills["row"], clearing.fills["lots"]
    orders = found.orders
    expected = np.zeros(2 * frame.pairs, np.int64)
    np.add.at(expected, found.segment[taken], lots)
    given = np.zeros(2 * frame.pairs, np.int64)
    for part in filled:
        np.add.at(given, part.segment, part.lots)
    assert np.array_equal(expected, given), "the fills do not add up to the curves"
    by_levels = int((orders.side[taken] * orders.price[taken] * lots).sum())
    worth = sum(part.worth for part in filled)
    assert worth == by_levels + found.value_moved, "the worth of fills is not that of the curves"
    bound = sum(part.bound for part in filled)
    bound -= fills.bound_of(found.segment, found.price, found.lots, found.prices)
    certificate = structs.replace(
        clearing.certificate,
        orders_digest=digest,
        primal=clearing.certificate.primal + worth - by_levels,
        dual=clearing.certificate.dual + bound,
    )
    assert certificate.primal == certificate.dual, "primal and dual differ"
    return ClearedChunks(
        mechanism=clearing.mechanism,
        prices=clearing.prices,
        flows=clearing.flows,
        welfare=clearing.welfare + worth - by_levels,
        volume=clearing.volume,
        certificate=certificate,
        rows=frame.rows,
        filled_orders=sum(part.fills for part in filled),
        parts=_parts(frame, filled),
        folder=str(folder),
        rounds=found.rounds,
        levels=found.orders,
        network=network,
        scarcity=scarcity_of(found.orders, clearing),
    )


def _parts(frame: runs.Frame, filled: list[fills.Filled]) -> Columns:
    return Columns.of(
        first_row=np.array([own.first_row for own in frame.runs], np.int64),
        rows=np.array([own.rows for own in frame.runs], np.int64),
        fills=np.array([part.fills for part in filled], np.int64),
        orders_digest=Text.of([own.orders_digest for own in frame.runs]),
        curve_digest=Text.of([part.curve_digest for part in filled]),
    )
