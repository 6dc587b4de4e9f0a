"""A scenario: a folder whose scenario.toml says, step by step, what is asked of a venue.

A step names a command by its tag and gives its fields; a table gives one command a row, or the
rows of one field. Everything is read and checked before the first command is sent.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from yaosu.cli.files import read_text, read_toml
from yaosu.cli.tables import SIDES, TextTable, read_table
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.instant import DAY, SECOND, parse_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Command, tag_of

Table = TextTable | Columns
CLEAR = "clear"  # the step that closes a book, prices it and records the result
ADOPT = "adopt"  # the step that adopts institutions of several kinds
STEP_FIELDS = {
    "do": "tag of a command, clear or adopt",
    "as": "the party that asks",
    "name": "name of the step, for the report",
    "rows": "a table: one command a row",
    "list": "with rows: all rows together are this one field, a list",
    "columns": "with rows: all rows together are this one field, columns",
    "by": "with columns: one command for each value of this column, which becomes a field",
    "packs": "rule packs to adopt, by name or file",
    "profiles": "factor profiles to adopt, by name or file",
    "institutions": "with adopt: what to adopt, by shelf and name or file",
    "with": "fields of the command",
    "days": "wait so many days before the step",
    "refused": "the refusal code the step must meet",
}
INSTANTS = ("term_from", "term_to", "until", "effective", "begins", "ends", "offers_until")
DAYS_MAX = 36_525  # a century


class Step(Struct, frozen=True, kw_only=True, rename={"as_": "as", "with_": "with"}):
    """One step as scenario.toml gives it; see ``STEP_FIELDS``."""

    do: str
    as_: str = ""
    name: str = ""
    rows: str = ""
    list: str = ""
    columns: str = ""
    by: str = ""
    packs: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    with_: dict[str, Any] = {}
    days: int = 0
    refused: str = ""


class Scenario(Struct, frozen=True, kw_only=True):
    """A whole scenario.

    Attributes:
        folder: where it lies.
        title, title_zh: what it is called.
        begins: instant of its first entry; the scenario has its own clock, one second a step, so
            that every run makes the same journal.
        venue: fields of ``parties.found_venue``.
        pictures: names of the charts that ``--pictures`` copies; all where none is named.
        steps: in order.
    """

    folder: Path
    title: str
    title_zh: str
    begins: int
    venue: dict[str, Any]
    steps: tuple[Step, ...]
    pictures: tuple[str, ...] = ()


class Ask(Struct, frozen=True):
    """What one step sends: its commands, when, and what must come of them."""

    step: Step
    place: int
    instant: int
    commands: tuple[Command, ...]


def read_scenario(folder: Path) -> Scenario:
    """The scenario of a folder.

    Raises:
        Refusal: `cli.not_a_folder`, `cli.file_missing`, `cli.bad_toml`, `cli.bad_scenario`.
    """
    refuse_unless(folder.is_dir(), "cli.not_a_folder", path=str(folder))
    path = folder / "scenario.toml"
    raw = read_toml(path)
    try:
        steps = msgspec.convert(raw.get("steps", []), tuple[Step, ...])
        head = msgspec.convert(raw, _Head)
    except msgspec.ValidationError as error:
        refuse("cli.bad_scenario", path=str(path), reason=str(error))
    for place, step in enumerate(steps, 1):
        unknown = sorted(set(raw["steps"][place - 1]) - set(STEP_FIELDS))
        reason = f"step {place} ({step.do}) has an unknown field {', '.join(unknown)}"
        refuse_unless(not unknown, "cli.bad_scenario", path=str(path), reason=reason)
        reason = f"step {place} ({step.do}) waits {step.days} days, not 0 to {DAYS_MAX}"
        fits = 0 <= step.days <= DAYS_MAX
        refuse_unless(fits, "cli.bad_scenario", path=str(path), reason=reason)
    return Scenario(
        folder=folder,
        title=head.title,
        title_zh=head.title_zh or head.title,
        begins=parse_instant(head.begins),
        venue=head.venue,
        steps=steps,
        pictures=head.pictures,
    )


def asks_of(scenario: Scenario, tables: Mapping[str, Table]) -> Iterator[Ask]:
    """Every step's commands, in order; ``tables`` stand in for files of their names."""
    from yaosu.parties.commands import FoundVenue

    founded = _command(FoundVenue, "founder", "found", scenario.venue, "venue")
    instant = scenario.begins
    yield Ask(Step(do=tag_of(FoundVenue), as_="founder"), 0, instant, (founded,))
    for place, step in enumerate(scenario.steps, 1):
        instant += SECOND + step.days * DAY
        made = () if step.do == CLEAR else tuple(_commands(scenario, step, place, tables))
        yield Ask(step, place, instant, made)


class _Head(Struct, frozen=True, kw_only=True):
    title: str
    begins: str
    venue: dict[str, Any]
    title_zh: str = ""
    pictures: tuple[str, ...] = ()


def _commands(
    scenario: Scenario, step: Step, place: int, tables: Mapping[str, Table]
) -> Iterator[Command]:
    key = step.name or f"step-{place}"
    if step.do == ADOPT:
        from yaosu.cli.adoption import adopting

        yield from adopting(step.institutions, scenario.folder, step.as_, key)
        return
    kind = _kind_of(step.do)
    where = f"step {place} ({step.do})"
    if step.packs or step.profiles:
        yield from _institutions(scenario, step, kind, key)
    elif not step.rows:
        yield _command(kind, step.as_, key, step.with_, where)
    elif step.columns:
        for name, part in _parts(_columns(_table(scenario, step.rows, tables)), step.by):
            chosen = {step.by: name} if step.by else {}
            fields = {**step.with_, **chosen, step.columns: part}
            yield _command(kind, step.as_, f"{key}-{name}" if name else key, fields, where)
    else:
        rows = (
            _spatial_units(scenario, step)
            if step.rows.endswith((".geojson", ".gpkg"))
            else list(_rows(_table(scenario, step.rows, tables)))
        )
        if step.list:
            yield _command(kind, step.as_, key, {**step.with_, step.list: rows}, where)
        else:
            for i, row in enumerate(rows, 1):
                asker = row.pop("as", step.as_)
                fields = {**step.with_, **row}
                yield _command(kind, asker, f"{key}-{i}", fields, f"{where}, row {i}")


def _kind_of(tag: str) -> type[Command]:
    from yaosu.core import COMMANDS

    kinds = {tag_of(kind): kind for kind in COMMANDS}
    refuse_unless(tag in kinds, "cli.unknown_command", command=tag)
    return kinds[tag]


def _command(
    kind: type[Command], actor: str, key: str, fields: Mapping[str, Any], where: str
) -> Command:
    given = {"actor": actor, "key": key, **fields}
    if isinstance(given.get("register"), dict):  # a registration inside another command
        given["register"] = {"actor": actor, "key": key, **given["register"]}
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=_as_it_is)
    except msgspec.ValidationError as error:
        refuse("cli.bad_step", where=where, reason=str(error))


def _as_it_is(kind: type, value: Any) -> Any:
    if kind is Columns and isinstance(value, Columns):
        return value
    raise ValueError(f"expected {kind.__name__}")


def _institutions(
    scenario: Scenario, step: Step, kind: type[Command], key: str
) -> Iterator[Command]:
    """Rule packs and profiles: those shipped, by name, or files of the folder."""
    from yaosu.rights.profiles import parse_profile
    from yaosu.rules.parse import parse_pack

    parsers: tuple[tuple[str, tuple[str, ...], str, Callable[[str], Any]], ...] = (
        ("pack", step.packs, "rules", parse_pack),
        ("profile", step.profiles, "factors", parse_profile),
    )
    for field, names, shelf, parse in parsers:
        for name in names:
            refuse_unless(
                field in kind.__struct_fields__,
                "cli.bad_step",
                where=step.do,
                reason=f"it adopts no {field}",
            )
            value = parse(institution_text(scenario.folder, shelf, name))
            fields = {"actor": step.as_, "key": f"{key}-{Path(name).stem}", field: value}
            yield kind(**fields)


def institution_text(folder: Path, shelf: str, name: str) -> str:
    """A TOML file of the folder (a name that ends in .toml), or one that is shipped."""
    from importlib.resources import files

    if name.endswith(".toml"):
        return read_text(folder / name)
    shipped = files("yaosu.institutions").joinpath(shelf, f"{name}.toml")
    refuse_unless(shipped.is_file(), "cli.file_missing", path=f"institutions/{shelf}/{name}.toml")
    return shipped.read_text(encoding="utf-8")


def _spatial_units(scenario: Scenario, step: Step) -> list[dict[str, Any]]:
    """The spatial units of a GeoJSON or GeoPackage file; coordinates as fine as the step says."""
    from yaosu.cli.files import read_bytes
    from yaosu.cli.geopackage import read_units
    from yaosu.places.methods.geojson import read_geojson

    decimals = int(step.with_.get("decimals", 7))
    path = scenario.folder / step.rows
    if path.suffix == ".gpkg":
        units = read_units(read_bytes(path), decimals)
    else:
        units = read_geojson(read_text(path), decimals)
    return [msgspec.to_builtins(unit) for unit in units]


def _table(scenario: Scenario, name: str, tables: Mapping[str, Table]) -> Table:
    if name in tables:
        return tables[name]
    return read_table(scenario.folder / name, (), None)


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    """Rows as nested fields: ``scope.place`` is a field of ``scope``, ``regions[]`` a list parted
    by semicolons, ``unit_attributes.vintage#`` a whole number; a share may be ``1/3``, an instant
    ``2026-11-02``; an empty cell is a field not given."""
    names = table.columns if isinstance(table, TextTable) else table.names
    cells = {
        name: table.columns[name] if isinstance(table, TextTable) else table.column(name).tolist()
        for name in names
    }
    for values in zip(*cells.values(), strict=True):
        row: dict[str, Any] = {}
        for name, value in zip(names, values, strict=True):
            if value in ("", None):
                continue
            *path, last = name.split(".")
            inside = row
            for part in path:
                inside = inside.setdefault(part, {})
            inside[last.rstrip("[]#")] = _cell(last, value)
        yield row


def _cell(name: str, value: Any) -> Any:
    if name.endswith("[]"):
        return str(value).split(";")
    if name.endswith("#") and str(value).lstrip("-").isdecimal():
        return int(value)
    if name == "share":
        return _share(value)
    if name in INSTANTS and "-" in str(value):
        return parse_instant(str(value))
    return value


def _share(value: Any) -> Any:
    top, _, bottom = str(value).partition("/")
    return {"numerator": top, "denominator": bottom or "1"}


def _parts(columns: Columns, by: str) -> Iterator[tuple[str, Columns]]:
    """The rows of each value of a text column, without the column; all of them without one."""
    if not by:
        yield "", columns
        return
    refuse_unless(
        isinstance(columns.column(by) if by in columns else None, Text),
        "cli.bad_step",
        where=f"by = {by!r}",
        reason="the table has no column of texts of that name",
    )
    column = columns.text(by)
    kept = {name: columns.column(name) for name in columns.names if name != by}
    for code, value in enumerate(column.values):
        yield value, Columns(kept).take(np.flatnonzero(column.codes == code))


def _columns(table: Table) -> Columns:
    if isinstance(table, Columns):
        return table
    made: dict[str, Any] = {}
    for name, cells in table.columns.items():
        if name == "side":
            unknown = next((cell for cell in cells if cell not in SIDES), None)
            refuse_unless(unknown is None, "markets.unknown_side", row=0, side=str(unknown))
            made[name] = np.array([SIDES[cell] for cell in cells], np.int64)
        elif name in ("price", "quantity", "capacity", "cost"):
            made[name] = table.whole(name)
        else:
            made[name] = Text.of(cells)
    return Columns(made)
