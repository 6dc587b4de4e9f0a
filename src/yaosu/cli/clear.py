"""``yaosu clear``: orders in a file to prices, fills, flows and a clearing certificate."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import make_folder, read_toml, write_whole
from yaosu.cli.output import PATH, json_option, progress, say, say_json, say_table
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

ORDER_COLUMNS = ("region", "side", "price", "quantity")
ORDER_COLUMNS_OPTIONAL = ("instrument", "party", "sequence", "least")
LINK_COLUMNS = ("source", "target", "capacity")
LINK_COLUMNS_OPTIONAL = ("instrument", "cost", "fee", "rent_owner", "loss", "ramp")
LOSS_UNIT = Decimal("0.000001")  # losses are counted in parts of a million
CLEARING_FILE = "clearing.bin"  # all of it in canonical bytes: what `yaosu check` reads
PRICES_SHOWN_MAX = 40
BEST = {"call": "no other result reaches more welfare at these limits"}
# mechanisms whose orders and results fit these files
BY_FILE = ("call", "listing", "posted", "credit", "negotiated")


@click.command()
@click.argument("orders", type=PATH)
@click.option("--network", "links", type=PATH, help="Links between regions.")
@click.option("--mechanism", default="call", show_default=True, help="How prices are made.")
@click.option("--terms", type=PATH, help="Parameters of the mechanism (TOML), in ticks and lots.")
@click.option("--tick", default="1", show_default=True, help="Smallest step of a price.")
@click.option("--lot", default="1", show_default=True, help="Smallest tradable quantity.")
@click.option("--out", type=PATH, required=True, help="Folder for results.")
@click.option("--plot", is_flag=True, help="Also draw prices and flows (picture.html).")
@json_option
def clear(
    orders: Path,
    links: Path | None,
    mechanism: str,
    terms: Path | None,
    tick: str,
    lot: str,
    out: Path,
    plot: bool,
    as_json: bool,
) -> None:
    """Find the prices of the ORDERS in a CSV or Parquet file.

    ORDERS has the columns region, side (buy or sell), price, quantity, and where wanted
    instrument, party, sequence, least (fewest lots, for credit). The network has source, target,
    capacity, and where wanted instrument, cost, fee, rent_owner, loss (a share such as 0.02), ramp.
    Prices are whole multiples of the tick, quantities of the lot. Tables that a mechanism adds (the
    ranking of a listing) are in whole ticks and lots.
    """
    refuse_unless(mechanism in BY_FILE, "cli.mechanism_from_python", mechanism=mechanism)
    tick_size, lot_size = unit_of("--tick", tick), unit_of("--lot", lot)
    with progress("reading", None):
        book, network = read_book(orders, links, tick_size, lot_size)
        parameters = read_terms(terms, mechanism)
    from yaosu.door import clear as clear_orders
    from yaosu.door import verify_clearing

    began = time.perf_counter()
    with progress("clearing", None):
        clearing = clear_orders(book, network, mechanism, **parameters)
    seconds = time.perf_counter() - began
    with progress("checking the certificate", None):
        verify_clearing(book, network, clearing, parameters)
    folder = make_folder(out)
    as_parquet = orders.name.lower().endswith(".parquet")
    written = write_clearing(folder, clearing, book, tick_size, lot_size, as_parquet=as_parquet)
    if plot:
        write_whole(folder / "picture.html", clearing._repr_html_().encode())
        written.append("picture.html")
    summary = {
        "orders": book.rows,
        "filled_orders": len(set(clearing.fills["row"].tolist())),
        "volume": in_units(clearing.volume, lot_size),
        "welfare": in_units(clearing.welfare, EXACT.multiply(tick_size, lot_size)),
        "seconds": round(seconds, 4),
        "certificate": "verified",
        "not_proved": list(clearing.certificate.not_proved),
        "out": str(folder),
        "files": written,
    }
    if as_json:
        say_json("clear/1", **summary, prices=price_rows(clearing, tick_size))
    else:
        bound = best_possible(clearing, EXACT.multiply(tick_size, lot_size))
        _say(summary, price_rows(clearing, tick_size), bound)


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


def read_book(orders: Path, links: Path | None, tick: Decimal, lot: Decimal) -> tuple[Any, Any]:
    """Orders and network from their files; without links every region stands alone."""
    book = _orders(read_table(orders, ORDER_COLUMNS, ORDER_COLUMNS_OPTIONAL), tick, lot)
    return book, _network(links, book, tick, lot)


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


def _network(path: Path | None, book: Any, tick: Decimal, lot: Decimal) -> Any:
    from yaosu.markets.network import Network

    regions = book.region.values
    if path is None:
        return Network.alone(*regions) if regions else Network.alone()
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
    flows = {
        "instrument": clearing.flows.column("instrument").tolist(),
        "source": clearing.flows.column("source").tolist(),
        "target": clearing.flows.column("target").tolist(),
        "quantity": [in_units(lots, lot) for lots in clearing.flows["lots"].tolist()],
        "shadow_price": [in_units(p, tick) for p in clearing.flows["shadow_price"].tolist()],
        "rent": [
            in_units(rent, EXACT.multiply(tick, lot)) for rent in clearing.flows["rent"].tolist()
        ],
    }
    if "arrived" in clearing.flows:
        flows["arrived"] = all_in_units(clearing.flows["arrived"], lot)
        flows["rounding"] = all_in_units(clearing.flows["rounding"], EXACT.multiply(tick, lot))
    rows = price_rows(clearing, tick)
    names = ("instrument", "region", "price", "price_low", "price_high", "status")
    prices = {name: [row[name] for row in rows] for name in names}
    ending, encode = ("parquet", parquet_bytes) if as_parquet else ("csv", csv_bytes)
    written = []
    tables: dict[str, dict[str, Any]] = {"prices": prices, "fills": fills, "flows": flows}
    for name, columns in tables.items():
        write_whole(folder / f"{name}.{ending}", encode(columns))
        written.append(f"{name}.{ending}")
    for name, table in sorted(clearing.details.items()):
        columns = {column: table.column(column).tolist() for column in table.names}
        write_whole(folder / f"{name}.{ending}", encode(columns))
        written.append(f"{name}.{ending}")
    write_whole(folder / "certificate.json", certificate_json(clearing))
    write_whole(folder / CLEARING_FILE, canonical.encode(clearing))
    return [*written, "certificate.json", CLEARING_FILE]


def best_possible(clearing: Any, unit: Decimal) -> str:
    """What the certificate proves of the result, as a sentence."""
    certificate = clearing.certificate
    missed = certificate.dual - certificate.primal
    if clearing.mechanism not in BEST:
        return f"proved: {', '.join(certificate.proved)}"
    if missed:
        return f"no result in fractions of lots gains more than {in_units(missed, unit)} on it"
    return BEST[clearing.mechanism]


def price_rows(clearing: Any, tick: Decimal) -> list[dict[str, Any]]:
    """One row an instrument and region; prices as decimal text, None where nothing traded."""
    return [
        {
            "instrument": row["instrument"],
            "region": row["region"],
            **{
                name: None if row[name] is None else in_units(row[name], tick)
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


def _say(summary: dict[str, Any], prices: list[dict[str, Any]], proved: str) -> None:
    rows: list[tuple[str, ...]] = [
        (row["instrument"], row["region"], row["price"] or "–", row["status"])
        for row in prices[:PRICES_SHOWN_MAX]
    ]
    say_table(("instrument", "region", "price", "status"), rows, {2})
    if len(prices) > PRICES_SHOWN_MAX:
        say(f"... and {len(prices) - PRICES_SHOWN_MAX} more prices in {summary['files'][0]}")
    say()
    say(f"orders   {summary['orders']}, of which {summary['filled_orders']} trade")
    say(f"volume   {summary['volume']}")
    say(f"welfare  {summary['welfare']}")
    say(f"time     {summary['seconds']} s")
    say(f"certificate verified: {proved}")
    say(f"written to {summary['out']}: {', '.join(summary['files'])}")
