"""Shipped institutions as pages: every figure with its meaning, its source and how sure it is."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.instant import format_instant

SHELVES = (
    "factors",
    "rules",
    "procedures",
    "recognition",
    "learning",
    "grades",
    "checklists",
    "calendars",
    "regions",
    "zones",
)
ENTRY = ("admission", "registration")


class Figure(Struct, frozen=True, kw_only=True):
    """A figure of an institution: where it stands, what it is, what it means, where it is from."""

    part: str
    field: str
    value: str
    means: str = ""
    confidence: str = ""
    source: str = ""


class Page(Struct, frozen=True, kw_only=True):
    """An institution as a page.

    Attributes:
        head: what stands before the figures, by name.
        content: the whole of it, as plain values.
    """

    shelf: str
    name: str
    version: str
    title: str
    head: dict[str, str]
    figures: tuple[Figure, ...]
    content: Any

    def count(self, confidence: str) -> int:
        """How many figures are so sure."""
        return sum(one.confidence == confidence for one in self.figures)


def shelf_files(shelf: str) -> list[str]:
    """Names of what stands on a shelf, sorted."""
    from importlib.resources import files

    names = (path.name for path in files("yaosu.institutions").joinpath(shelf).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def text_of(shelf: str, name: str) -> str:
    """The TOML text of a shipped institution."""
    from importlib.resources import files

    path = files("yaosu.institutions").joinpath(shelf, f"{name}.toml")
    return path.read_text(encoding="utf-8")


def page_of(shelf: str, name: str) -> Page:
    """The page of a shipped institution, read by the parser that a venue reads it by."""
    text = text_of(shelf, name)
    match shelf:
        case "factors":
            return _factor(name, text)
        case "rules":
            return _rules(name, text)
        case "procedures":
            return _procedure(name, text)
        case "recognition" | "learning" | "grades":
            return _table_of_access(shelf, name, text)
        case "checklists":
            return _checklist(name, text)
        case _:
            return _places(shelf, name, text)


def _factor(name: str, text: str) -> Page:
    from yaosu.rights.profile_fields import FIELDS
    from yaosu.rights.profiles import parse_profile

    profile = parse_profile(text)
    raw = msgspec.to_builtins(profile)
    sources = raw.pop("sources")
    figures = []
    for part, inside in raw.items():
        for field, value in inside.items() if isinstance(inside, dict) else ():
            place = f"{part}.{field}"
            words = FIELDS.get(place)
            means = ""
            if words is not None:
                here = words.values.get(str(value), "")
                means = (
                    f"{words.says} Here: {here}." if here not in ("", "yes", "no") else words.says
                )
            figures.append(_figure(part, field, value, means, sources, place))
    return Page(
        shelf="factors",
        name=name,
        version=profile.version,
        title=f"{profile.name} {profile.factor.zh}".strip(),
        head={},
        figures=(*figures, *_rules_of(profile.name, raw["attributes"]), *_ways_of(profile.name)),
        content={**raw, "sources": sources},
    )


def _rules_of(factor: str, attributes: Mapping[str, str]) -> Iterator[Figure]:
    """What the national rules say of a factor: its conditions, its tables, its figures."""
    from yaosu.rules.pack import Condition
    from yaosu.rules.parse import parse_pack

    pack = parse_pack(text_of("rules", "national"))
    tables = {kind.removesuffix("?").removeprefix("table:") for kind in attributes.values()}
    for item in pack.items:
        is_condition = isinstance(item, Condition) and (
            factor in item.factors or ("*" in item.factors and item.purpose in ENTRY)
        )
        if is_condition or item.id in tables or item.id.startswith(f"{factor}."):
            yield _item_figure(f"national rules ({pack.name})", item)


def _ways_of(factor: str) -> Iterator[Figure]:
    """The procedures for a factor, and those for every one."""
    from yaosu.cases.parse import parse_procedure

    for name in shelf_files("procedures"):
        procedure = parse_procedure(text_of("procedures", name))
        if procedure.factor in ("", factor):
            stages = " > ".join(stage.id for stage in procedure.stages)
            yield Figure(
                part="procedures",
                field=procedure.name,
                value=procedure.text.en,
                means=stages,
                confidence=procedure.confidence,
                source=procedure.source,
            )


def _rules(name: str, text: str) -> Page:
    from yaosu.rules.parse import parse_pack

    pack = parse_pack(text)
    head = pack.pack
    place = head.zone or head.region
    return Page(
        shelf="rules",
        name=name,
        version=head.version,
        title=f"{head.title.en} {head.title.zh}".strip(),
        head={
            "authority": head.authority,
            "legal basis": head.legal_basis,
            "from": format_instant(head.effective),
            **({"until": format_instant(head.expiry)} if head.expiry else {}),
            **({"changes": f"{head.base}, for {place}"} if head.base else {}),
        },
        figures=tuple(_item_figure(type(item).__name__.lower(), item) for item in pack.items),
        content=msgspec.to_builtins(pack),
    )


def _item_figure(part: str, item: Any) -> Figure:
    """A rule item as a figure: what it asks or says, in the words of the file."""
    text = item.text.en if item.text else ""
    value = _said(getattr(item, "value", ""))
    for field in ("expression", "rows", "points"):
        if hasattr(item, field):
            value = getattr(item, field) if field == "expression" else _rows(item, field)
    bounds = [
        f"{word} {getattr(item, name)}"
        for word, name in (("at least", "least"), ("at most", "greatest"))
        if getattr(item, name, None) is not None
    ]
    unit = getattr(item, "unit", "")
    said = " ".join(part for part in (value, unit) if part)
    return Figure(
        part=part,
        field=item.id,
        value=f"{said} ({', '.join(bounds)})" if bounds else said,
        means=text,
        confidence=item.confidence,
        source="; ".join(part for part in (item.legal_basis, item.source) if part),
    )


def _rows(item: Any, field: str) -> str:
    if field == "points":
        return "; ".join(f"{line.points:+} if {line.when}" for line in item.points)
    shown = [", ".join(f"{k} {v}" for k, v in row.items() if k != item.key) for row in item.rows]
    keys = [str(row[item.key]) for row in item.rows]
    if len(keys) > 12 or max(map(len, shown), default=0) > 120:
        return f"{len(keys)} rows: {', '.join(keys)}"
    return "; ".join(f"{k}: {v}" if v else k for k, v in zip(keys, shown, strict=True))


def _procedure(name: str, text: str) -> Page:
    from yaosu.cases.parse import parse_procedure

    procedure = parse_procedure(text)
    raw = msgspec.to_builtins(procedure)
    own = [{"field": "", "basis": procedure.confidence, "note": procedure.source}]
    sources = [*raw["sources"], *own]
    figures = []
    for stage in procedure.stages:
        days = f"{stage.days} {stage.day_kind} days" if stage.days else "no limit"
        after = f", after {', '.join(stage.after)}" if stage.after else ""
        by = f" by {stage.by}" if stage.by else ""
        value = f"{stage.kind}{by}, {days}{after}"
        place = f"stages.{stage.id}"
        figures.append(_figure("stages", stage.id, value, stage.text.en, sources, place))
    for promise in procedure.owner_commitments:
        value = f"within {promise.days} {promise.day_kind} days, confirmed by {promise.by}"
        place = f"owner_commitments.{promise.id}"
        figures.append(_figure("commitments", promise.id, value, promise.text.en, sources, place))
    for split in procedure.splits:
        value = (
            f"{split.fact} added up over {split.days} days by {split.same}, read by {split.item}"
        )
        figures.append(_figure("watch for splits", split.fact, value, "", sources, "splits"))
    appeal = procedure.appeal
    if appeal:
        value = f"within {appeal.days} {appeal.day_kind} days"
        figures.append(_figure("appeal", f"to {appeal.by}", value, "", sources, "appeal"))
    leads_to = procedure.leads_to
    return Page(
        shelf="procedures",
        name=name,
        version=procedure.version,
        title=f"{procedure.text.en} {procedure.text.zh}".strip(),
        head={
            "authority": procedure.authority,
            "legal basis": procedure.legal_basis,
            "documents": ", ".join(one.text.en for one in procedure.documents),
            **({"leads to": leads_to.command} if leads_to else {}),
        },
        figures=tuple(figures),
        content=raw,
    )


def _table_of_access(shelf: str, name: str, text: str) -> Page:
    """Recognition, learning, grades: one source for the whole table."""
    from yaosu.access.parse import parse_learning, parse_recognition, parse_scale

    parsers = {"recognition": parse_recognition, "learning": parse_learning, "grades": parse_scale}
    table = parsers[shelf](text)
    raw = msgspec.to_builtins(table)
    rows = [
        (part, str(number), row)
        for part in ("rows", "conversions", "awards", "grades")
        for number, row in enumerate(raw.get(part, ()), 1)
    ]
    return Page(
        shelf=shelf,
        name=name,
        version=table.version,
        title=f"{table.text.en} {table.text.zh}".strip(),
        head={"authority": table.authority, "legal basis": table.legal_basis},
        figures=tuple(
            Figure(
                part=part,
                field=row.get("id") or row.get("name") or number,
                value=_said({k: v for k, v in row.items() if k != "text" and v not in (0, [], {})}),
                means=row["text"]["en"] if "text" in row else "",
                confidence=table.confidence,
                source=row.get("legal_basis") or table.source,
            )
            for part, number, row in rows
        ),
        content=raw,
    )


def _checklist(name: str, text: str) -> Page:
    from yaosu.rules.fair_competition import parse_checklist

    checklist = parse_checklist(text)
    return Page(
        shelf="checklists",
        name=name,
        version=checklist.version,
        title=f"{checklist.title.en} {checklist.title.zh}".strip(),
        head={"legal basis": checklist.legal_basis, "source": checklist.source},
        figures=tuple(
            Figure(
                part=article.group,
                field=article.id,
                value=article.text.en,
                means="" if article.sign else "no sign a program can see: for people",
                confidence=checklist.confidence,
                source=article.text.zh,
            )
            for article in checklist.article
        ),
        content=msgspec.to_builtins(checklist),
    )


def _places(shelf: str, name: str, text: str) -> Page:
    """Calendars, regions and zones: one source for the whole file."""
    from yaosu.rules.toml import read_toml

    raw = read_toml(text, shelf)
    rows: Iterable[tuple[str, Any]]
    if shelf == "calendars":
        wanted = ("first_day", "last_day", "weekend", "holidays", "working_weekends")
        rows = [(field, raw[field]) for field in wanted]
    else:
        rows = [(row.pop("id"), row) for row in raw[shelf.removesuffix("s")]]
    figures = [
        Figure(
            part=shelf,
            field=field,
            value=_said(value),
            confidence=raw["confidence"],
            source=raw["source"] if place == 0 else "the same",
        )
        for place, (field, value) in enumerate(rows)
    ]
    return Page(
        shelf=shelf,
        name=name,
        version=str(raw.get("version", "1")),
        title=f"{shelf} {name}",
        head={"source": raw["source"]},
        figures=tuple(figures),
        content=read_toml(text, shelf),
    )


def _figure(
    part: str, field: str, value: Any, means: str, sources: list[dict[str, str]], place: str
) -> Figure:
    """A figure with the nearest source that covers its place."""
    covering = [
        one for one in sources if not one["field"] or f"{place}.".startswith(f"{one['field']}.")
    ]
    nearest = max(covering, key=lambda one: len(one["field"]), default={"basis": "", "note": ""})
    return Figure(
        part=part,
        field=field,
        value=_said(value),
        means=means,
        confidence=nearest["basis"],
        source=nearest["note"],
    )


def _said(value: Any) -> str:
    """A value as a reader would write it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case dict():
            return ", ".join(f"{key} {_said(inner)}" for key, inner in value.items() if inner != "")
        case list() | tuple():
            return ", ".join(_said(inner) for inner in value) or "none"
    return json.dumps(value, ensure_ascii=False)
