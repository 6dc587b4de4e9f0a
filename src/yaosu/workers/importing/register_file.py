"""The register as one documented JSON file, and back again: the same content. Pure.

What stands in the register now is written: parties, units, rights, and what stands on them. Not
written is what belongs to one journal alone: versions, register entries that came before, instants
of entry. The page docs/reference/register-file.md says what each field means.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import format_instant, parse_instant
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Command
from yaosu.parties.commands import RegisterParty
from yaosu.parties.state import PartiesState
from yaosu.parties.values import Fact, Member
from yaosu.rights.commands import (
    EnterObjection,
    EnterPriorityNotice,
    FreezeRight,
    GrantUse,
    HolderShare,
    PledgeRight,
    RegisterRight,
)
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.state import RightsState
from yaosu.rights.values import Attribute, RegisterEntry, Right
from yaosu.workers.importing import refusals
from yaosu.workers.importing.asks import Ask
from yaosu.workers.importing.cells import Row, read_share
from yaosu.workers.importing.templates import PARTIES, RIGHTS

FORMAT = "yaosu register 1"
BURDENS = "burdens"
LISTS = (PARTIES, RIGHTS, BURDENS)  # those that commands are made of, in order
__all__ = ["refusals"]


class PartyLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A party; ``members`` by party, shares as text."""

    party: str
    kind: str
    name: str = ""
    facts: dict[str, Fact] = {}
    members: dict[str, str] = {}


class UnitLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A unit that is not historic."""

    unit: str
    factor: str
    region: str
    quantity: int
    attributes: dict[str, Attribute] = {}
    made_from: tuple[str, ...] = ()
    producer: str = ""
    old_number: str = ""


class RightLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A right that has not ended; a granted one names what it was granted out of, and its lots."""

    right: str
    unit: str
    holder: str
    kind: str
    instrument: str
    share: str
    lots: int
    scope: dict[str, str] = {}
    term_from: str = ""
    term_to: str = ""
    based_on: str = ""
    source: str = ""


class BurdenLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A freeze, pledge, objection or priority notice that stands; ``rank`` of a pledge."""

    entry: str
    kind: str
    right: str
    made_by: str
    beneficiary: str = ""
    amount_minor: int = 0
    rank: int = 0
    reason: str = ""
    until: str = ""
    source: str = ""


class RegisterFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; every list in order of its ids, rights after what they are based on."""

    format: str
    parties: tuple[PartyLine, ...]
    units: tuple[UnitLine, ...]
    rights: tuple[RightLine, ...]
    burdens: tuple[BurdenLine, ...]


def register_file(parties: PartiesState, register: RightsState, at: int) -> RegisterFile:
    """What stands in the register at an instant."""
    current = sorted(
        (right for right in register.rights.values() if right.end == 0),
        key=lambda right: (_depth(register, right), right.unit, right.kind, right.id),
    )
    return RegisterFile(
        format=FORMAT,
        parties=party_lines(parties),
        units=tuple(
            UnitLine(
                unit=unit.id,
                factor=unit.factor,
                region=unit.region,
                quantity=unit.quantity,
                attributes=unit.attributes,
                made_from=unit.made_from,
                producer=unit.producer,
                old_number=unit.old_number,
            )
            for _, unit in sorted(register.units.items())
            if unit.end == 0
        ),
        rights=tuple(_right_line(register, right) for right in current),
        burdens=tuple(
            line
            for _, names in sorted(register.burdens.items())
            for line in _burden_lines([register.entries[name] for name in names], at)
        ),
    )


def party_lines(parties: PartiesState) -> tuple[PartyLine, ...]:
    """The parties as a file says them, a group after its members."""
    known = parties.parties

    def depth(party: str) -> int:
        return 1 + max((depth(one.party) for one in known[party].members), default=0)

    return tuple(
        PartyLine(
            party=name,
            kind=known[name].kind,
            name=known[name].name,
            facts=known[name].facts,
            members={one.party: str(one.share) for one in known[name].members},
        )
        for name in sorted(known, key=lambda name: (depth(name), name))
    )


def register_text(file: RegisterFile) -> str:
    """The file as JSON, one thing a line."""
    lists = (name for name in RegisterFile.__struct_fields__ if name != "format")
    parts = [
        f'"{name}": [\n'
        + ",\n".join(_line(one) for one in getattr(file, name))
        + ("\n]" if getattr(file, name) else "]")
        for name in lists
    ]
    return "{\n" + ",\n".join([f'"format": "{FORMAT}"', *parts]) + "\n}\n"


def read_register(text: str, path: str) -> RegisterFile:
    """A register file from its text.

    Raises:
        Refusal: ``workers.import_bad_register``.
    """
    try:
        file = msgspec.json.decode(text.encode(), type=RegisterFile)
    except msgspec.DecodeError as error:
        raise Refusal("workers.import_bad_register", path=path, reason=str(error)) from None
    reason = f"its format is {file.format!r}, not {FORMAT!r}"
    refuse_unless(file.format == FORMAT, "workers.import_bad_register", path=path, reason=reason)
    return file


def register_asks(
    file: RegisterFile, actor: str, known: Iterable[PartyLine]
) -> Mapping[str, Iterable[Ask]]:
    """What a register file asks for, list by list.

    Args:
        file: as it was read.
        actor: the registrar or operator who asks; grants and pledges are asked by the holders.
        known: parties that the venue has; where they are the same they are not asked for again.
    """
    there = {line.party: line for line in known}
    return {
        PARTIES: (
            _ask(PARTIES, number, (line,), line.party, lambda line=line: _party(line, actor))
            for number, line in enumerate(file.parties, 1)
            if there.get(line.party) != line
        ),
        RIGHTS: _right_asks(file, actor),
        BURDENS: (
            _ask(BURDENS, number, (line,), line.entry, lambda line=line: _burden(line))
            for number, line in enumerate(file.burdens, 1)
        ),
    }


def _depth(register: RightsState, right: Right) -> int:
    depth = 0
    while right.based_on:
        depth, right = depth + 1, register.rights[right.based_on]
    return depth


def _right_line(register: RightsState, right: Right) -> RightLine:
    unit = register.units[right.unit]
    return RightLine(
        right=right.id,
        unit=right.unit,
        holder=right.holder,
        kind=right.kind,
        instrument=right.instrument,
        share=str(right.share),
        lots=lots_in(right, unit.quantity) + right.granted,
        scope=right.scope,
        term_from="" if right.based_on else format_instant(right.term_from),  # begins when granted
        term_to=_day(right.term_to),
        based_on=right.based_on,
        source=right.source,
    )


def _burden_lines(entries: Iterable[RegisterEntry], at: int) -> Iterator[BurdenLine]:
    """What stands on one right, in order; each pledge with its rank among the pledges."""
    pledges = 0
    for entry in entries:
        if entry.is_standing(at):
            pledges += entry.kind == "pledge"
            yield _burden_line(entry, pledges if entry.kind == "pledge" else 0)


def _burden_line(entry: RegisterEntry, rank: int) -> BurdenLine:
    return BurdenLine(
        entry=entry.id,
        kind=entry.kind,
        right=entry.right,
        made_by=entry.made_by,
        beneficiary=entry.beneficiary,
        amount_minor=entry.amount_minor,
        rank=rank,
        reason=entry.reason,
        until=_day(entry.until),
        source=entry.source,
    )


def _day(instant: int) -> str:
    return format_instant(instant) if instant else ""


def _line(one: Struct) -> str:
    return json.dumps(msgspec.to_builtins(one), ensure_ascii=False)


def _ask(table: str, number: int, lines: tuple[Struct, ...], name: str, make: Any) -> Ask:
    rows = tuple(Row(number + n, {}, (_line(line),)) for n, line in enumerate(lines))
    try:
        return Ask(table=table, rows=rows, name=name, command=make())
    except Refusal as refusal:
        return Ask(table=table, rows=rows, name=name, fault=refusal)


def _right_asks(file: RegisterFile, actor: str) -> Iterator[Ask]:
    """One registration for the holders of a kind of right in a unit; one grant each below."""
    units = {unit.unit: unit for unit in file.units}
    holders = {right.right: right.holder for right in file.rights}
    together: dict[tuple[str, str], list[tuple[int, RightLine]]] = {}
    for number, line in enumerate(file.rights, 1):
        if not line.based_on:
            together.setdefault((line.unit, line.kind), []).append((number, line))
    for lines in together.values():
        number, first = lines[0]
        every = tuple(line for _, line in lines)
        yield _ask(
            RIGHTS, number, every, first.right,
            lambda every=every: _registration(every, units, actor),
        )  # fmt: skip
    for number, line in enumerate(file.rights, 1):
        if line.based_on:
            holder = holders.get(line.based_on, "")
            yield _ask(
                RIGHTS, number, (line,), line.right,
                lambda line=line, holder=holder: _grant(line, holder),
            )  # fmt: skip


def _party(line: PartyLine, actor: str) -> Command:
    members = tuple(
        Member(party, read_share(share, "members")) for party, share in line.members.items()
    )
    return RegisterParty(
        actor=actor,
        key="",
        party=line.party,
        kind=line.kind,
        name=line.name,
        facts=line.facts,
        members=members,
    )


def _registration(
    lines: tuple[RightLine, ...], units: Mapping[str, UnitLine], actor: str
) -> Command:
    first = lines[0]
    refuse_unless(first.unit in units, "workers.import_unit_missing", unit=first.unit)
    unit = units[first.unit]
    for line in lines[1:]:
        for column in ("instrument", "term_from", "term_to", "source", "scope"):
            same = getattr(line, column) == getattr(first, column)
            facts: dict[str, Any] = {"column": column, "line": first.right, "unit": first.unit}
            refuse_unless(same, "workers.import_holders_differ", **facts)
    return RegisterRight(
        actor=actor,
        key="",
        right=first.right,
        unit=first.unit,
        factor=unit.factor,
        region=unit.region,
        quantity=unit.quantity,
        unit_attributes=unit.attributes,
        holder=first.holder,
        share=_share(first),
        co_holders=tuple(
            HolderShare(right=line.right, holder=line.holder, share=_share(line))
            for line in lines[1:]
        ),
        kind=first.kind,
        instrument=first.instrument,
        scope=first.scope,
        term_from=parse_instant(first.term_from) if first.term_from else None,
        term_to=_until(first.term_to),
        source=first.source,
        made_from=unit.made_from,
        producer=unit.producer,
        old_number=unit.old_number,
    )


def _share(line: RightLine) -> Share:
    return read_share(line.share, "share")


def _until(text: str) -> int:
    return parse_instant(text) if text else 0


def _grant(line: RightLine, holder: str) -> Command:
    check_id(holder, "holder of the right it is based on")
    return GrantUse(
        actor=holder,
        key="",
        granted=line.right,
        right=line.based_on,
        target=line.holder,
        lots=line.lots,
        kind=line.kind,
        scope=line.scope,
        term_to=_until(line.term_to),
        source=line.source,
    )


def _burden(line: BurdenLine) -> Command:
    common: dict[str, Any] = {
        "actor": line.made_by,
        "key": "",
        "entry": line.entry,
        "right": line.right,
        "until": _until(line.until),
        "source": line.source,
    }
    match line.kind:
        case "pledge":
            common |= {"creditor": line.beneficiary, "amount_minor": line.amount_minor}
            return PledgeRight(**common, rank=line.rank or 1)
        case "freeze":
            return FreezeRight(**common, reason=line.reason)
        case "objection":
            return EnterObjection(**common, reason=line.reason)
        case "priority_notice":
            return EnterPriorityNotice(**common, beneficiary=line.beneficiary)
        case _:
            reason = "not a freeze, pledge, objection or priority notice"
            raise Refusal(
                "workers.import_cell_wrong", column="kind", value=line.kind, reason=reason
            )
