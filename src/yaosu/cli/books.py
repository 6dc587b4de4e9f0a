"""Books that are more than one table: packages with their legs, choices with seats.

Such a book is a folder. Its files are CSV or Parquet, each named by what it holds.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

from yaosu.cli.tables import EXACT, TextTable, all_in_units, in_units, read_table
from yaosu.kernel.refusal import refuse, refuse_unless

ENDINGS = (".csv", ".csv.gz", ".parquet")
IN_FOLDERS = (
    "package",
    "package-all-or-nothing",
    "matching",
)  # mechanisms whose orders come in a folder of tables


def read_folder(
    mechanism: str, folder: Path, links: Any, tick: Decimal, lot: Decimal
) -> tuple[Any, Any]:
    """Orders and network of a mechanism whose orders come in several tables.

    Args:
        links: a network, or None where every region stands alone.
    """
    from yaosu.markets.network import Network

    if mechanism == "matching":
        refuse_unless(links is None, "cli.no_links_here", mechanism=mechanism)
        return _choices(folder), Network.alone()
    packages = _packages(folder, tick, lot)
    if links is not None:
        return packages, links
    regions = packages.legs.text("region").values
    return packages, Network.alone(*regions) if regions else Network.alone()


def fills_in_words(clearing: Any, book: Any, tick: Decimal, lot: Decimal) -> dict[str, Any]:
    """The table of fills, told as the book was."""
    fills, value = clearing.fills, EXACT.multiply(tick, lot)
    taken = fills["row"]
    if clearing.mechanism == "matching":
        chosen = book.choices.take(taken)
        shown = {name: chosen.column(name).tolist() for name in ("person", "post")}
        return {
            "row": taken.tolist(),
            **shown,
            "group": fills.text("group").tolist(),
            "choice": fills["choice"].tolist(),
        }
    scales = clearing.certificate.regions
    whole = int(scales["parts"][0]) if "parts" in scales else 1  # into how many parts of a unit
    units = zip(fills["lots"].tolist(), fills["parts"].tolist(), strict=True)
    table: dict[str, Any] = {
        "row": taken.tolist(),
        "units": [in_units(lots * whole + parts, Decimal(1) / whole) for lots, parts in units],
        "price": all_in_units(fills["price"], value),
        "payment": all_in_units(fills["payment"], value),
    }
    if book.party is not None:
        table["party"] = book.party.take(taken).tolist()
    return table


def _packages(folder: Path, tick: Decimal, lot: Decimal) -> Any:
    """`packages` (package, limit, quantity; and so on) and `legs` (package, instrument, amount)."""
    from yaosu.markets.packages import Packages

    optional = ("party", "sequence", "group", "minimum")
    head = _table(folder, "packages", ("package", "limit", "quantity"), optional)
    legs = _table(folder, "legs", ("package", "instrument", "amount"), ("region",))
    more: dict[str, Any] = {}
    if "party" in head.columns:
        more["party"] = head.text("party")
    if "group" in head.columns:
        more["group"] = _group(head)
    for name in ("sequence", "minimum"):
        if name in head.columns:
            more[name] = head.whole(name)
    if "region" in legs.columns:
        more["region"] = legs.text("region")
    return Packages.from_columns(
        limit=head.whole("limit", EXACT.multiply(tick, lot), "--tick times --lot"),
        quantity=head.whole("quantity"),
        order=_rows_named(head, legs),
        instrument=legs.text("instrument"),
        amount=legs.whole("amount", lot, "--lot"),
        **more,
    )


def _rows_named(head: TextTable, legs: TextTable) -> list[int]:
    """The row of the package that each leg names."""
    number: dict[str, int] = {}
    for row, name in enumerate(head.columns["package"]):
        if name in number:
            refuse("cli.package_twice", package=name, line=head.line_of(row), path=head.path)
        number[name] = row
    for row, name in enumerate(legs.columns["package"]):
        if name not in number:
            refuse("cli.no_such_package", package=name, line=legs.line_of(row), path=legs.path)
    return [number[name] for name in legs.columns["package"]]


def _choices(folder: Path) -> Any:
    """`choices` (person, post), `seats` (post, seats), and where there is one `members`."""
    from yaosu.markets.mechanisms.matching_choices import Choices

    tables: dict[str, dict[str, Any]] = {}
    for title, needed, more in (
        ("choices", ("person", "post"), ("rank", "score")),
        ("seats", ("post", "seats"), ("group", "precedence")),
        ("members", ("person", "group"), ()),
    ):
        if title == "members" and _file(folder, title) is None:
            continue
        table = _table(folder, title, needed, more)
        tables[title] = {
            name: _group(table) if name == "group" else _cells(table, name)
            for name in table.columns
        }
    return Choices.of(tables["choices"], tables["seats"], tables.get("members"))


def _cells(table: TextTable, name: str) -> Any:
    return table.text(name) if name in ("person", "post") else table.whole(name)


def _group(table: TextTable) -> list[str]:
    """Groups, of which an empty one means anybody, or a package that stands alone."""
    return table.columns["group"]


def _table(folder: Path, title: str, needed: tuple[str, ...], more: tuple[str, ...]) -> TextTable:
    path = _file(folder, title)
    if path is None:
        refuse("cli.no_table", table=title, path=str(folder))
    return read_table(path, needed, more)


def _file(folder: Path, title: str) -> Path | None:
    found = (folder / f"{title}{ending}" for ending in ENDINGS)
    return next((path for path in found if path.exists()), None)
