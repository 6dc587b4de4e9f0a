"""Reads the Italian day-ahead auction of 1 to 3 April 2025 for the tests of the call auction.

Source: public publications of the market operator GME, by way of rebase-energy/OpenEUPHEMIA (MIT).
"""

import csv
import gzip
import io
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).parents[4] / "examples" / "italy-day-ahead" / "data"
ZONES = ("CALA", "CNOR", "CSUD", "NORD", "SARD", "SICI", "SUD")
TICKS = 1_000_000  # a euro
LOTS = 1000  # a MWh
SIDES = {"demand": 1, "supply": -1}
FAR = 10_000 * LOTS

Hour = tuple[str, int]
Table = dict[Hour, list[dict[str, str]]]


def rows(name: str) -> Table:
    """Rows of one file by (day, hour)."""
    table: Table = defaultdict(list)
    text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
    for row in csv.DictReader(io.StringIO(text)):
        table[row["delivery_day"], int(row["period"])].append(row)
    return table


def whole(text: str, scale: int) -> int:
    """A decimal as whole units; the file has sums of doubles, so noise of 1e-9 is cut off."""
    value = Decimal(text) * scale
    nearest = round(value)
    assert abs(value - nearest) < Decimal("1e-6"), text
    return nearest


def book(curves: list[dict[str, str]]) -> dict[str, list[object]]:
    """Columns of orders of one hour."""
    columns: dict[str, list[object]] = {"region": [], "side": [], "price": [], "quantity": []}
    for row in curves:
        columns["region"].append(row["zone"])
        columns["side"].append(SIDES[row["side"]])
        columns["price"].append(whole(row["price_eur_per_mwh"], TICKS))
        columns["quantity"].append(whole(row["quantity_mwh"], LOTS))
    return columns


def links(transfer: list[dict[str, str]], inner: bool) -> dict[str, list[object]]:
    """Columns of directed links; a limit that only allows one way gives one link."""
    columns: dict[str, list[object]] = {"source": [], "target": [], "capacity": []}
    for row in transfer:
        a, b = row["from_zone"], row["to_zone"]
        if inner and not (a in ZONES and b in ZONES):
            continue
        low, high = whole(row["min_flow_mwh"], LOTS), whole(row["max_flow_mwh"], LOTS)
        assert low <= 0 <= high, row
        for source, target, capacity in ((a, b, high), (b, a, -low)):
            columns["source"].append(source)
            columns["target"].append(target)
            columns["capacity"].append(capacity)
    return columns


def with_exchanges(
    columns: dict[str, list[object]], exchanges: list[dict[str, str]]
) -> dict[str, list[object]]:
    """The book with the published exchanges over the borders as orders at any price."""
    for row in exchanges:
        lots = whole(row["exchange_mwh"], LOTS)
        if lots:  # positive: out of the zone
            columns["region"].append(row["zone"])
            columns["side"].append(1 if lots > 0 else -1)
            columns["price"].append((4000 if lots > 0 else -500) * TICKS)
            columns["quantity"].append(abs(lots))
    return columns


DAY_TICKS = 100_000  # a euro: coarser, so that the worth of three days stays within 64 bits


def three_days() -> tuple[
    dict[str, list[object]], dict[str, list[object]], dict[str, list[object]]
]:
    """Columns of simple orders, of links and of the legs of blocks; an hour is an instrument."""
    book: dict[str, list[object]] = {n: [] for n in ("instrument", "region", "side")}
    book |= {"price": [], "quantity": []}
    for hour, curves in sorted(rows("simple-bid-curves").items()):
        for row in curves:
            _append_bid(book, hour, row)
    legs: dict[str, list[object]] = {"block": [], **{name: [] for name in book}}
    for hour, blocks in sorted(rows("block-orders").items()):
        for row in blocks:
            legs["block"].append(row["block_id"])
            _append_bid(legs, hour, row)
    ways: dict[str, list[object]] = {n: [] for n in ("source", "target", "capacity", "instrument")}
    for hour, limits in sorted(rows("transfer-capacities").items()):
        for name, column in links(limits, inner=False).items():
            ways[name] += column
        ways["instrument"] += [name_of(hour)] * (len(ways["source"]) - len(ways["instrument"]))
    return book, ways, legs


def three_days_pinned() -> tuple[
    dict[str, list[object]], dict[str, list[object]], dict[str, list[object]]
]:
    """The same with the published exchanges over the borders as orders, and inner links only."""
    book, ways, legs = three_days()
    for hour, exchanges in sorted(rows("published-exchanges").items()):
        for row in exchanges:
            lots = whole(row["exchange_mwh"], LOTS)
            if lots:  # positive: out of the zone
                book["instrument"].append(name_of(hour))
                book["region"].append(row["zone"])
                book["side"].append(1 if lots > 0 else -1)
                book["price"].append((4000 if lots > 0 else -500) * DAY_TICKS)
                book["quantity"].append(abs(lots))
    ends = zip(ways["source"], ways["target"], strict=True)
    inner = [k for k, (a, b) in enumerate(ends) if a in ZONES and b in ZONES]
    return book, {name: [column[k] for k in inner] for name, column in ways.items()}, legs


def _append_bid(columns: dict[str, list[object]], hour: Hour, row: dict[str, str]) -> None:
    columns["instrument"].append(name_of(hour))
    columns["region"].append(row["zone"])
    columns["side"].append(SIDES[row["side"]])
    columns["price"].append(whole(row["price_eur_per_mwh"], DAY_TICKS))
    columns["quantity"].append(whole(row["quantity_mwh"], LOTS))


def name_of(hour: Hour) -> str:
    """An hour as an instrument."""
    return f"{hour[0]}/{hour[1]:02d}"


def published_prices() -> dict[tuple[str, str], int]:
    """(instrument, zone) -> published price, in ticks of `DAY_TICKS`."""
    return {
        (name_of(hour), row["zone"]): whole(row["price_eur_per_mwh"], DAY_TICKS)
        for hour, table in rows("published-prices").items()
        for row in table
    }


def published_blocks() -> dict[str, str]:
    """Block -> ACC, REJ or PREJ: only to compare with."""
    found = rows("block-orders").values()
    return {row["block_id"]: row["published_status"] for table in found for row in table}
