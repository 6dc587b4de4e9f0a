"""The pages of applications: what may be asked, and the form of one of them, made from its data."""

from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from yaosu.cases.procedure import Procedure
from yaosu.core import State
from yaosu.kernel.refusal import found
from yaosu.kernel.words import Command, tag_of
from yaosu.rights.profile import Profile
from yaosu.rights.values import Right
from yaosu.server.console.drafts.applying import (
    ENTRY,
    FACT,
    FIELD,
    PAPER,
    PROMISE,
    makes_entry,
)
from yaosu.server.console.drafts.asking import FACT_KINDS, PAIRS, TRUTH, Asked, asked_of
from yaosu.server.console.drafts.offered import Way, ways_of_all, ways_of_right
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in

OPTIONS_MAX = 200
FIRST = ("unit_attributes", "lots", "source")  # shown at once, though they may be left out
NEW_IDS = ("rights.register_right",)  # commands whose right and unit are not there yet


class WayRow(Struct, frozen=True, kw_only=True):
    """One way to ask: a procedure with its name, or the tag of a command."""

    name: str
    title: str
    tag: str
    is_case: bool
    authority: str = ""
    days: int = 0
    papers: int = 0


class ApplyPage(Struct, frozen=True):
    """All that a reader may ask."""

    cases: tuple[WayRow, ...]
    direct: tuple[WayRow, ...]


class PaperRow(Struct, frozen=True):
    """A document that is asked for: field of its digest, text, stage that needs it."""

    name: str
    text: str
    stage: str


class ApplicationPage(Struct, frozen=True, kw_only=True):
    """One form.

    Attributes:
        way: procedure or command. facts: what the procedure asks; ``needed``, ``more``: of the
            command. papers: documents. promises: (field, text).
        parties: (id, name) for which one may ask. regions: (id, name).
        about: the right that was chosen, or empty. region: it belongs to, where that is known.
        has_region: whether the command itself asks where.
        factor: whose attributes are asked; a change of it makes the form anew.
    """

    way: WayRow
    facts: tuple[Asked, ...]
    needed: tuple[Asked, ...]
    more: tuple[Asked, ...]
    papers: tuple[PaperRow, ...]
    promises: tuple[tuple[str, str], ...]
    parties: tuple[tuple[str, str], ...]
    about: str
    region: str
    legal_basis: str
    currency: str
    has_region: bool
    regions: tuple[tuple[str, str], ...]
    factor: str


def apply_page(state: State, names: Names, parties: Sequence[str]) -> ApplyPage:
    """What a reader may ask, by procedure and by command."""
    rows = [row_of(names, way) for way in ways_of_all(state, parties)]
    return ApplyPage(
        tuple(row for row in rows if row.is_case), tuple(row for row in rows if not row.is_case)
    )


def rows_of_right(
    state: State, names: Names, right: Right, parties: Sequence[str]
) -> tuple[WayRow, ...]:
    """What a reader may ask about a right; of one that ended, nothing."""
    if right.end:
        return ()
    return tuple(row_of(names, way) for way in ways_of_right(state, right, parties))


def row_of(names: Names, way: Way) -> WayRow:
    """A way, in a list."""
    tag = "" if way.kind is None else tag_of(way.kind)
    one = way.procedure
    if one is None:
        return WayRow(name=way.name, title="", tag=tag, is_case=False)
    return WayRow(
        name=way.name,
        title=said_in(names, one.text),
        tag=tag,
        is_case=True,
        authority=one.authority,
        days=sum(stage.days for stage in one.stages),
        papers=len(one.documents),
    )


def application_page(
    state: State, names: Names, name: str, query: Mapping[str, str], parties: Sequence[str]
) -> ApplicationPage:
    """The form of a procedure or a command.

    Args:
        query: what is known already: ``right``, ``unit``, ``factor``, ``entry``.

    Raises:
        Refusal: ``server.unknown_row`` where nothing of that name may be asked.
    """
    known = {way.name: way for way in ways_of_all(state, parties)}
    right = _own_right(state, query.get("right", ""), parties)
    if right is not None:
        known |= {way.name: way for way in ways_of_right(state, right, parties)}
    way = found(known.get(name), "server.unknown_row", what="procedures", name=name[:100])
    filled = _filled(state, query, right, way, parties)
    filled["attributes_asked"] = attributes_asked(names.profile(filled.get("factor", "")))
    facts, needed, more = _fields(state, names, way, filled, parties)
    one = way.procedure
    venue = state.parties.venue
    return ApplicationPage(
        way=row_of(names, way),
        facts=facts,
        needed=needed,
        more=more,
        papers=() if one is None else tuple(_papers(names, one)),
        promises=()
        if one is None
        else tuple((f"{PROMISE}{p.id}", said_in(names, p.text)) for p in one.owner_commitments),
        parties=tuple((party, names.party(party)) for party in parties),
        about=query.get("right", "")[:100],
        region=filled.get("region", ""),
        legal_basis="" if one is None else one.legal_basis,
        currency="" if venue is None else venue.currency,
        has_region=any(one.word == "region" for one in (*needed, *more)),
        regions=_regions(state, names),
        factor=filled.get("factor", ""),
    )


def _own_right(state: State, name: str, parties: Sequence[str]) -> Right | None:
    """A right whose holder the reader acts for."""
    right = state.rights.rights.get(name)
    return right if right is not None and right.holder in parties else None


def _filled(
    state: State, query: Mapping[str, str], right: Right | None, way: Way, parties: Sequence[str]
) -> dict[str, str]:
    """What stands in the fields at first, by word."""
    known = ("right", "unit", "factor", "entry")
    filled = {word: query[word][:100] for word in known if query.get(word)}
    if right is not None:
        unit = state.rights.units[right.unit]
        filled |= {"unit": unit.id, "factor": right.factor, "region": unit.region}
        filled |= {"about": right.id, "first_part": unit.id, "units": f"{unit.id}\n"}
    one = way.procedure
    if one is not None and one.factor:
        filled["factor"] = one.factor
    if way.kind is not None and tag_of(way.kind) in NEW_IDS:
        filled = {word: text for word, text in filled.items() if word in ("factor", "region")}
        filled["holder"] = parties[0] if parties else ""
    elif one is not None and "first_part" in one.facts:
        filled.pop("unit", None)  # the unit is the new one
    elif way.kind is not None and "units" in way.kind.__struct_fields__:
        filled.pop("unit", None)
    return filled


def _fields(
    state: State, names: Names, way: Way, filled: Mapping[str, str], parties: Sequence[str]
) -> tuple[tuple[Asked, ...], tuple[Asked, ...], tuple[Asked, ...]]:
    one, kind = way.procedure, way.kind
    bound: dict[str, str] = {}
    facts: list[Asked] = []
    if one is not None:
        bound = {} if one.leads_to is None else one.leads_to.bind
        facts = [_fact(one, name, kind) for name in one.facts]
    asked = [] if kind is None else asked_of(kind, tuple(bound), FIELD)
    if makes_entry(kind):
        asked = [replace(a, is_needed=False) if a.word == ENTRY else a for a in asked]
    options = _options(state, names, parties, kind, filled)
    made = [_with(one, filled, options) for one in (*facts, *asked)]
    shown, rest = made[: len(facts)], made[len(facts) :]
    first = ("unit_attributes", "lots") if one is not None and one.documents else FIRST
    needed = [a for a in rest if a.is_needed or a.word in first]
    more = [a for a in rest if a not in needed]
    return tuple(shown), tuple(needed), tuple(more)


def _fact(procedure: Procedure, name: str, kind: type[Command] | None) -> Asked:
    form = FACT_KINDS[procedure.facts[name]]
    is_made = name == ENTRY and makes_entry(kind)
    is_needed = form != TRUTH and not is_made
    return Asked(name=f"{FACT}{name}", word=name, kind=form, is_needed=is_needed)


def _with(
    asked: Asked, filled: Mapping[str, str], options: Mapping[str, tuple[tuple[str, str], ...]]
) -> Asked:
    found = options.get(asked.word, ())
    value = filled.get(asked.word, "")
    if asked.kind == PAIRS:
        value = filled.get("attributes_asked", "") if asked.word == "unit_attributes" else ""
    is_closed = asked.word == "factor" and bool(found)
    return replace(asked, value=value, options=found, is_closed=is_closed)


def _options(
    state: State,
    names: Names,
    parties: Sequence[str],
    kind: type[Command] | None,
    filled: Mapping[str, str],
) -> dict[str, tuple[tuple[str, str], ...]]:
    """What may be chosen, by word of the field."""
    is_new = kind is not None and tag_of(kind) in NEW_IDS
    rights = [] if is_new else list(islice(_own_rights(state, parties), OPTIONS_MAX))
    held = [(one.id, f"{one.id} · {one.unit}") for one in rights]
    units = [(one, one) for one in sorted({right.unit for right in rights})]
    profile = names.profile(filled.get("factor", ""))
    found = {
        "right": tuple(held),
        "about": tuple(held),
        "unit": tuple(units),
        "first_part": tuple(units),
        "region": _regions(state, names),
        "factor": tuple((one, names.factor(one)) for one in sorted(state.rights.profiles)),
        "kind": () if profile is None else tuple((one, one) for one in profile.all_kinds),
        "to": tuple((one, one) for one in ("split", "merge", "renewal", "change")),
    }
    if not makes_entry(kind):
        found[ENTRY] = tuple(_burdens(state, rights))
    return found


def attributes_asked(profile: Profile | None) -> str:
    """Lines to fill in, one for each attribute; those that may be left out at the end."""
    if profile is None:
        return ""
    kinds = sorted(profile.attributes.items(), key=lambda pair: pair[1].endswith("?"))
    return "".join(f"{name} = \n" for name, _ in kinds)


def _regions(state: State, names: Names) -> tuple[tuple[str, str], ...]:
    trees = [tree for tree in state.places.trees if tree.effective <= state.now]
    known = islice(sorted(trees[-1].regions), OPTIONS_MAX) if trees else ()
    return tuple((one, names.region(one)) for one in known)


def _own_rights(state: State, parties: Sequence[str]) -> list[Right]:
    held = state.rights
    return [
        held.rights[name]
        for party in parties
        for name in islice(held.by_holder.get(party, {}), OPTIONS_MAX)
    ]


def _burdens(state: State, rights: Sequence[Right]) -> list[tuple[str, str]]:
    held = state.rights
    entries = [held.entries[one] for right in rights for one in held.burdens.get(right.id, [])]
    return [
        (one.id, f"{one.id} · {one.kind} · {one.right}")
        for one in entries
        if one.is_standing(state.now)
    ]


def _papers(names: Names, procedure: Procedure) -> list[PaperRow]:
    needed = {
        paper: said_in(names, stage.text)
        for stage in reversed(procedure.stages)
        for paper in stage.documents
    }
    return [
        PaperRow(f"{PAPER}{one.id}", said_in(names, one.text), needed.get(one.id, ""))
        for one in procedure.documents
    ]
