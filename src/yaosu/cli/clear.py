"""``yaosu clear``: orders in a file to prices, fills, flows and a clearing certificate."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from yaosu.cli.blocks import (
    BLOCK_COLUMNS,
    FileBook,
    block_counts,
    fills_with_blocks,
    parts_of,
    with_blocks,
)
from yaosu.cli.books import IN_FOLDERS, fills_in_words, read_folder
from yaosu.cli.chunks import (
    ORDER_COLUMNS,
    ORDER_COLUMNS_OPTIONAL,
    comes_in_chunks,
    read_whole,
    reader,
    writer,
)
from yaosu.cli.cluster import at_work
from yaosu.cli.files import make_folder, read_toml, write_whole
from yaosu.cli.incumbents import check_watch, clear_and_tell
from yaosu.cli.output import PATH, json_option, progress, say, say_json, say_table
from yaosu.cli.pictures import PICTURES, picture_of
from yaosu.cli.tables import (
    EXACT,
    TextTable,
    all_in_units,
    csv_bytes,
    in_units,
    parquet_bytes,
    read_table,
    unit_of,
)
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse_unless

LINK_COLUMNS = ("source", "target", "capacity")
LINK_COLUMNS_OPTIONAL = ("instrument", "cost", "fee", "rent_owner", "loss", "ramp")
LOSS_UNIT = Decimal("0.000001")  # losses are counted in parts of a million
ARROW_ENDINGS = (".arrow", ".feather")
CLEARING_FILE = "clearing.bin"  # all of it in canonical bytes: what `yaosu check` reads
PRICES_SHOWN_MAX = 40
SCARCE_SHOWN_MAX = 5  # of each kind
Given = tuple[Path, Path | None]  # files of orders and links
Told = tuple[dict[str, Any], Any, Any, Any]  # summary, clearing, orders or levels, network
BEST = {"call": "no other result reaches more welfare at these limits"}
BY_WORKERS = "package"  # the mechanism whose orders in one piece may be summed by workers
# mechanisms whose orders and results fit these files
BY_FILE = ("call", "continuous", "credit", "listing", "negotiated", "posted", *IN_FOLDERS)


@click.command()
@click.argument("orders", type=PATH)
@click.option("--network", "links", type=PATH, help="Links between regions.")
@click.option("--mechanism", default="call", show_default=True, help="How prices are made.")
@click.option("--terms", type=PATH, help="Parameters of the mechanism (TOML), in ticks and lots.")
@click.option("--tick", default="1", show_default=True, help="Smallest step of a price.")
@click.option("--lot", default="1", show_default=True, help="Smallest tradable quantity.")
@click.option("--out", type=PATH, required=True, help="Folder for results.")
@click.option(
    "--plot", type=PATH, metavar="FILE",
    help="Also draw curves, prices and flows: a .html page, or a .png or .svg picture.",
)  # fmt: skip
@click.option("--price-unit", default="", help="Unit of prices in the picture, such as CNY/MWh.")
@click.option("--quantity-unit", default="", help="Unit of quantities in the picture, such as MWh.")
@click.option("--dark", is_flag=True, help="A dark picture; a page follows its reader.")
@click.option(
    "--chunk-rows", type=click.IntRange(min=1), default=1_000_000, show_default=True,
    help="Rows at a time of a book in chunks.",
)  # fmt: skip
@click.option(
    "--jobs", type=int, default=1, show_default=True,
    help="Chunks at once, or pieces of a package auction; -1: all.",
)  # fmt: skip
@click.option(
    "--backend", default="loky", show_default=True,
    help="What runs them: loky (processes), threading, ray, spark.",
)  # fmt: skip
@click.option("--cluster", help="Address of a Dask scheduler whose workers see the same paths.")
@click.option("--watch", is_flag=True, help="Tell every better result of a search as it comes.")
@click.option(
    "--stop-at-gap", type=click.FloatRange(min=0), metavar="PERCENT",
    help="End a search once its claimed bound is no more than this above the welfare.",
)  # fmt: skip
@json_option
def clear(
    orders: Path,
    links: Path | None,
    mechanism: str,
    terms: Path | None,
    tick: str,
    lot: str,
    out: Path,
    plot: Path | None,
    price_unit: str,
    quantity_unit: str,
    dark: bool,
    chunk_rows: int,
    jobs: int,
    backend: str,
    cluster: str | None,
    watch: bool,
    stop_at_gap: float | None,
    as_json: bool,
) -> None:
    """Find the prices of the ORDERS in a file or folder.

    ORDERS has the columns region, side (buy or sell), price, quantity, and where wanted
    instrument, party, sequence, least (fewest lots, for credit). The network has source, target,
    capacity, and where wanted instrument, cost, fee, rent_owner, loss (a share such as 0.02), ramp.
    Rows with a name in the column block are legs of that block, which is accepted whole or not at
    all; with it parent, exclusive, ratio, income_fixed, income_each where wanted.
    Prices are whole multiples of the tick, quantities of the lot. Tables that a mechanism adds (the
    ranking of a listing) are in whole ticks and lots.

    Packages and choices come in several tables, and so in a folder: packages (package, limit,
    quantity) and legs (package, instrument, amount); or choices, seats and where wanted members.

    CSV and Parquet files are read whole. A Parquet file with more rows than --chunk-rows, an
    Arrow file, or a folder of such files is read, cleared and written chunk by chunk, in memory
    that does not grow with it; the result is the same (the call auction without losses only).
    """
    by_file, known = mechanism in BY_FILE, ", ".join(BY_FILE)
    refuse_unless(by_file, "cli.mechanism_from_python", mechanism=mechanism, known=known)
    if jobs == 0:
        raise click.UsageError("--jobs 0 runs nothing; -1 is as many as there are processors")
    if plot is not None and plot.suffix.lower() not in PICTURES:
        raise click.UsageError(f"--plot {plot}: a picture ends in {', '.join(PICTURES)}")
    units = unit_of("--tick", tick), unit_of("--lot", lot)
    parameters = read_terms(terms, mechanism)
    check_watch(mechanism, watch, stop_at_gap)
    if mechanism not in IN_FOLDERS and comes_in_chunks(orders, chunk_rows):
        refuse_unless(mechanism == "call", "cli.chunks_by_call", mechanism=mechanism)
        with at_work(cluster, backend if jobs != 1 else "sequential") as running:
            summary, clearing, book, network = _in_chunks(
                (orders, links), units, make_folder(out), (chunk_rows, jobs, running), parameters
            )
    else:
        with at_work(cluster, backend) as running:
            by_workers = {"jobs": jobs, "backend": running} if jobs != 1 or cluster else {}
            how = (mechanism, by_workers, watch, stop_at_gap)
            summary, clearing, book, network = _in_one_piece(
                (orders, links), units, out, how, parameters
            )
    if plot is not None:
        names = (price_unit, quantity_unit)
        with progress("drawing", None):
            drawn = picture_of(
                plot, clearing, parts_of(book)[0], network, (units, names), dark=dark
            )
            write_whole(plot, drawn)
        summary["plot"] = str(plot)
    scarce = scarce_rows(scarcity_in(book, clearing), *units)
    if as_json:
        prices = price_rows(clearing, units[0])
        say_json("clear/1", **summary, prices=prices, scarcity=scarce)
    else:
        bound = best_possible(clearing, EXACT.multiply(*units))
        _say(summary, price_rows(clearing, units[0]), scarce, bound)


def _in_one_piece(
    given: Given,
    units: tuple[Decimal, Decimal],
    out: Path,
    how: tuple[str, dict[str, Any], bool, float | None],
    parameters: dict[str, Any],
) -> Told:
    mechanism, by_workers, watch, stop_at_gap = how
    with progress("reading", None):
        book, network = read_given(mechanism, *given, *units)
    from yaosu.direct import clear as clear_orders
    from yaosu.direct import verify_clearing

    began = time.perf_counter()
    orders, more = parts_of(book)
    incumbents: list[dict[str, Any]] | None = None
    if watch or stop_at_gap is not None:
        value = EXACT.multiply(*units)
        clearing, incumbents = clear_and_tell(
            orders, network, mechanism, value, stop_at_gap, parameters
        )
    elif by_workers and mechanism == BY_WORKERS:
        from yaosu.workers.packages import clear_packages

        with progress("clearing", None):
            clearing = clear_packages(orders, network, **by_workers, **parameters)
    else:
        with progress("clearing", None):
            clearing = clear_orders(orders, network, mechanism, **more, **parameters)
    seconds = time.perf_counter() - began
    with progress("checking the certificate", None):
        verify_clearing(orders, network, clearing, parameters, **more)
    folder = make_folder(out)
    as_parquet = given[0].name.lower().endswith(".parquet")
    written = write_clearing(folder, clearing, book, *units, as_parquet=as_parquet)
    counts = {"orders": book.rows, "filled_orders": _distinct(clearing.fills["row"])}
    told = _summary(counts, clearing, units, seconds, folder, written)
    if incumbents is not None:
        told["incumbents"] = incumbents
    if isinstance(book, FileBook):
        told["filled_orders"] += clearing.details["block_fills"].rows
        told["blocks"] = block_counts(clearing)
    return told, clearing, book, network


def _distinct(rows: Any) -> int:
    """How many orders have fills; one may have several, at several prices."""
    import numpy as np

    return int(np.unique(rows).size)


def _in_chunks(
    given: Given,
    units: tuple[Decimal, Decimal],
    folder: Path,
    running: tuple[int, int, str],
    parameters: dict[str, Any],
) -> Told:
    from yaosu.workers.chunks.clear import clear_chunks

    began = time.perf_counter()
    orders, links = given
    chunk_rows, jobs, backend = running
    network = None if links is None else _network(links, *units)
    with progress("clearing in chunks", None):
        cleared = clear_chunks(
            orders,
            network,
            out=folder,
            rows_each=chunk_rows,
            jobs=jobs,
            backend=backend,
            read=reader(orders, *units),
            write=writer(*units),
            **parameters,
        )
    tables = _public_tables(cleared, *units)
    tables["scarcity"] = _scarcity(cleared.scarcity, *units)
    written = _write_tables(folder, tables, "parquet", parquet_bytes)
    write_whole(folder / "parts.parquet", parquet_bytes(cleared.parts))
    write_whole(folder / "certificate.json", certificate_json(cleared))
    write_whole(folder / CLEARING_FILE, canonical.encode(cleared.without_fills()))
    written += ["fills", "parts.parquet", "certificate.json", CLEARING_FILE]
    seconds = time.perf_counter() - began
    counts = {"orders": cleared.rows, "filled_orders": cleared.filled_orders}
    told = _summary(counts, cleared, units, seconds, folder, written)
    return told, cleared, cleared.levels, cleared.network


def _summary(
    counts: dict[str, int],
    clearing: Any,
    units: tuple[Decimal, Decimal],
    seconds: float,
    folder: Path,
    written: list[str],
) -> dict[str, Any]:
    return {
        **counts,
        "volume": in_units(clearing.volume, units[1]),
        "welfare": in_units(clearing.welfare, EXACT.multiply(*units)),
        "seconds": round(seconds, 4),
        "certificate": "verified",
        "not_proved": list(clearing.certificate.not_proved),
        "out": str(folder),
        "files": written,
    }


def read_terms(path: Path | None, mechanism: str) -> dict[str, Any]:
    """Parameters of a mechanism by name from a TOML file; none where there is no file."""
    if path is None:
        return {}
    from yaosu.markets.mechanisms import mechanism_named

    given = read_toml(path)
    made_by: Any = mechanism_named(mechanism).parameters
    known = getattr(made_by, "__self__", made_by).__struct_fields__
    for name, value in given.items():
        names = f"one of {', '.join(known)}"
        is_known = name in known
        refuse_unless(
            is_known, "markets.bad_parameter", name=name, value=str(value), expected=names
        )
    return given


def read_given(
    mechanism: str, orders: Path, links: Path | None, tick: Decimal, lot: Decimal
) -> tuple[Any, Any]:
    """Orders and network as the mechanism takes them, from a file or a folder."""
    if mechanism not in IN_FOLDERS:
        return read_book(mechanism, orders, links, tick, lot)
    network = None if links is None else _network(links, tick, lot)
    return read_folder(mechanism, orders, network, tick, lot)


def read_book(
    mechanism: str, orders: Path, links: Path | None, tick: Decimal, lot: Decimal
) -> tuple[Any, Any]:
    """Orders and network from their files; without links every region stands alone."""
    if orders.is_dir() or orders.name.endswith(ARROW_ENDINGS):
        rows = read_whole(orders, tick, lot)
        book: Any = rows
    else:
        more = BLOCK_COLUMNS if mechanism == "call" else ()
        table = read_table(orders, ORDER_COLUMNS, (*ORDER_COLUMNS_OPTIONAL, "least", *more))
        rows = _orders(table, tick, lot)
        book = with_blocks(table, rows, tick, lot)
    if links is not None:
        return book, _network(links, tick, lot)
    from yaosu.markets.network import Network

    regions = rows.region.values
    return book, Network.alone(*regions) if regions else Network.alone()


def _orders(table: TextTable, tick: Decimal, lot: Decimal) -> Any:
    from yaosu.markets.orders import Orders

    more: dict[str, Any] = {
        name: table.text(name) for name in ("instrument", "party") if name in table.columns
    }
    if "sequence" in table.columns:
        more["sequence"] = table.whole("sequence")
    if "least" in table.columns:
        more["least"] = table.whole("least", lot, "--lot")
    return Orders.from_columns(
        region=table.text("region"),
        side=table.sides("side"),
        price=table.whole("price", tick, "--tick"),
        quantity=table.whole("quantity", lot, "--lot"),
        **more,
    )


def _network(path: Path, tick: Decimal, lot: Decimal) -> Any:
    from yaosu.markets.network import Network

    table = read_table(path, LINK_COLUMNS, LINK_COLUMNS_OPTIONAL)
    more: dict[str, Any] = {}
    for name in ("instrument", "rent_owner"):
        if name in table.columns:
            more[name] = table.text(name)
    for name, column, unit, option in (
        ("cost", "cost", tick, "--tick"),
        ("fee", "fee", tick, "--tick"),
        ("ramp", "ramp", lot, "--lot"),
        ("loss_ppm", "loss", LOSS_UNIT, "unit"),
    ):
        if column in table.columns:
            more[name] = table.whole(column, unit, option)
    return Network.from_links(
        source=table.text("source"),
        target=table.text("target"),
        capacity=table.whole("capacity", lot, "--lot"),
        **more,
    )


def write_clearing(
    folder: Path, clearing: Any, book: Any, tick: Decimal, lot: Decimal, *, as_parquet: bool
) -> list[str]:
    """Write prices, fills, flows and the certificate; the names of the files."""
    ending, encode = ("parquet", parquet_bytes) if as_parquet else ("csv", csv_bytes)
    if clearing.mechanism in IN_FOLDERS:
        fills = fills_in_words(clearing, book, tick, lot)
    elif isinstance(book, FileBook):
        fills = fills_with_blocks(clearing, book, tick, lot)
    else:
        fills = _fills(clearing, book, tick, lot)
    tables = _public_tables(clearing, tick, lot)
    tables = {"prices": tables["prices"], "fills": fills, "flows": tables["flows"]}
    tables["scarcity"] = _scarcity(scarcity_in(book, clearing), tick, lot)
    for name, table in sorted(clearing.details.items()):
        if name == "block_fills":
            continue  # they stand among the fills
        tables[name] = {column: table.column(column).tolist() for column in table.names}
    written = _write_tables(folder, tables, ending, encode)
    write_whole(folder / "certificate.json", certificate_json(clearing))
    write_whole(folder / CLEARING_FILE, canonical.encode(clearing))
    return [*written, "certificate.json", CLEARING_FILE]


def scarcity_in(book: Any, clearing: Any) -> Any:
    """What a clearing, in one piece or in chunks, says is scarce."""
    from yaosu.markets.scarcity import scarcity_of

    return clearing.scarcity if hasattr(clearing, "scarcity") else scarcity_of(book, clearing)


def scarce_rows(found: Any, tick: Decimal, lot: Decimal) -> list[dict[str, Any]]:
    """The dearest of each kind: so many rows as are shown."""
    first = found.take(found["rank"] <= SCARCE_SHOWN_MAX)
    columns = _scarcity(first, tick, lot)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _scarcity(found: Any, tick: Decimal, lot: Decimal) -> dict[str, Any]:
    """What is scarce, ranked, in the units of the input."""
    return {
        **{name: found.column(name).tolist() for name in found.names[:5]},
        "shadow_price": all_in_units(found["shadow_price"], tick),
        "quantity": all_in_units(found["lots"], lot),
        "worth": all_in_units(found["worth"], EXACT.multiply(tick, lot)),
    }


def _fills(clearing: Any, book: Any, tick: Decimal, lot: Decimal) -> dict[str, Any]:
    taken = clearing.fills["row"]
    fills: dict[str, Any] = {
        "row": taken.tolist(),
        "instrument": book.instrument.take(taken).tolist(),
        "region": book.region.take(taken).tolist(),
        "side": ["buy" if side > 0 else "sell" for side in book.side[taken].tolist()],
        "quantity": all_in_units(clearing.fills["lots"], lot),
        "price": all_in_units(clearing.fills["price"], tick),
    }
    if book.party is not None:
        fills["party"] = book.party.take(taken).tolist()
    return fills


def best_possible(clearing: Any, unit: Decimal) -> str:
    """What the certificate proves of the result, as a sentence."""
    certificate = clearing.certificate
    missed = certificate.dual - certificate.primal
    if clearing.mechanism not in BEST:
        return f"proved: {', '.join(certificate.proved)}"
    if missed:
        return f"no result in fractions of lots gains more than {in_units(missed, unit)} on it"
    return BEST[clearing.mechanism]


def _public_tables(clearing: Any, tick: Decimal, lot: Decimal) -> dict[str, dict[str, Any]]:
    """Prices and flows in the units of the input."""
    rows = price_rows(clearing, tick)
    names = ("instrument", "region", "price", "price_low", "price_high", "status")
    flows = clearing.flows
    value = EXACT.multiply(tick, lot)
    shown: dict[str, Any] = {
        **{name: flows.column(name).tolist() for name in ("instrument", "source", "target")},
        "quantity": all_in_units(flows["lots"], lot),
        "shadow_price": all_in_units(flows["shadow_price"], tick),
        "rent": all_in_units(flows["rent"], value),
    }
    if "arrived" in flows:
        shown["arrived"] = all_in_units(flows["arrived"], lot)
        shown["rounding"] = all_in_units(flows["rounding"], value)
    return {"prices": {name: [row[name] for row in rows] for name in names}, "flows": shown}


def _write_tables(
    folder: Path, tables: dict[str, dict[str, Any]], ending: str, encode: Any
) -> list[str]:
    for name, columns in tables.items():
        write_whole(folder / f"{name}.{ending}", encode(columns))
    return [f"{name}.{ending}" for name in tables]


def price_rows(clearing: Any, tick: Decimal) -> list[dict[str, Any]]:
    """One row an instrument and region; prices as decimal text, None where nothing traded."""
    return [
        {
            "instrument": row["instrument"],
            "region": row["region"],
            **{
                name: None if row.get(name) is None else in_units(row[name], tick)
                for name in ("price", "price_low", "price_high")
            },
            "status": row["status"],
        }
        for row in clearing.prices.iterate()
    ]


def certificate_json(clearing: Any) -> bytes:
    """The clearing certificate as JSON: whole numbers of ticks and lots, columns by name."""
    from yaosu.kernel.columns import Columns

    certificate = clearing.certificate
    fields: dict[str, Any] = {"mechanism": clearing.mechanism, "welfare": clearing.welfare}
    for name in certificate.__struct_fields__:
        value = getattr(certificate, name)
        if isinstance(value, Columns):
            value = {column: value.column(column).tolist() for column in value.names}
        fields[name] = value
    return (json.dumps(fields, ensure_ascii=False, indent=1) + "\n").encode()


def _say(
    summary: dict[str, Any],
    prices: list[dict[str, Any]],
    scarce: list[dict[str, Any]],
    proved: str,
) -> None:
    rows: list[tuple[str, ...]] = [
        (row["instrument"], row["region"], row["price"] or "–", row["status"])
        for row in prices[:PRICES_SHOWN_MAX]
    ]
    say_table(("instrument", "region", "price", "status"), rows, {2})
    if len(prices) > PRICES_SHOWN_MAX:
        say(f"... and {len(prices) - PRICES_SHOWN_MAX} more prices in {summary['files'][0]}")
    say()
    _say_scarce(scarce)
    say(f"orders   {summary['orders']}, of which {summary['filled_orders']} trade")
    if "blocks" in summary:
        counts = [f"{count} {status}" for status, count in summary["blocks"].items()]
        say(f"blocks   {', '.join(counts).replace('_', ' ')}")
    say(f"volume   {summary['volume']}")
    say(f"welfare  {summary['welfare']}")
    say(f"time     {summary['seconds']} s")
    say(f"certificate verified: {proved}")
    if "plot" in summary:
        say(f"drawn in {summary['plot']}")
    say(f"written to {summary['out']}: {', '.join(summary['files'])}")


def _say_scarce(rows: list[dict[str, Any]]) -> None:
    """What one more would be worth most, kind by kind."""
    if not rows:
        return
    shown: list[tuple[str, ...]] = []
    for row in rows:
        ends = (row["region"], row["target"]) if row["kind"] == "link" else (row["region"],)
        where = " to ".join(end for end in ends if end)
        what = (row["kind"], str(row["rank"]), row["instrument"], where)
        shown.append((*what, row["shadow_price"], row["worth"]))
    head = ("scarce", "rank", "instrument", "where", "one more", "in all")
    say_table(head, shown, {1, 4, 5})
    say()
