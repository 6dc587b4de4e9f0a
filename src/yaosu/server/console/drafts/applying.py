"""An application to the register as a draft: a case that carries a command, or the command itself.

All of the form follows from data: what the procedure asks for, and the fields of its command.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from yaosu.cases.commands import FileCase
from yaosu.cases.filing import procedure_in_force, read_filing
from yaosu.cases.procedure import DECIDER, Procedure, Stage
from yaosu.cases.requests import fields_of, request_of
from yaosu.cases.state import stage_of
from yaosu.core import State
from yaosu.kernel import canonical
from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.decide import has_role
from yaosu.server.console.drafts.asking import (
    DATES,
    FACT_KINDS,
    TRUTH,
    WHOLE,
    WHOLE_MOST,
    read_command,
)
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.offered import BY_TAG, kind_of
from yaosu.server.console.numbers import decimal
from yaosu.server.console.pages.acts import against
from yaosu.server.console.pages.cases import said_in

FACT, FIELD, PAPER, PROMISE = "fact_", "field_", "document_", "promise_"
SOURCE, APPLICATION = "source", "application"
ENTRY = "entry"  # id of a register entry, which is made where nobody types one
LOOKED_AT_MAX = 10_000  # parties that are looked through for who would decide
DIGITS, SHOWN = 12, 16  # of a digest: in an id, and where it is shown
PROCEDURE_CHARACTERS = 60  # in an id
NOT_YET = ("cases.procedure_needed",)  # what the case itself is for


class StageTold(Struct, frozen=True, kw_only=True):
    """One stage to come: what, by whom, in how many days, for how much money."""

    text: str
    whose: str
    level: str
    days: int
    is_working: bool
    fee: int


class ApplicationTold(Struct, frozen=True, kw_only=True):
    """What the preview shows.

    Attributes:
        case: its id; empty of a command that is asked by itself.
        lines: of the command: word of the field, value.
        missing: documents that are asked for and not there yet.
        caution: what the register would say against the command today; it may change.
    """

    case: str
    title: str
    command: str
    party: str
    lines: tuple[tuple[str, str], ...]
    stages: tuple[StageTold, ...] = ()
    missing: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    caution: Refusal | None = None
    currency: str = ""
    digits: int = 2


def read_application(drafting: Drafting) -> list[Step]:
    """The case that is filed, or the command that is asked."""
    fields, state = drafting.fields, drafting.state
    first = drafting.parties[0] if drafting.parties else ""
    party = fields.choice("party", drafting.parties, first)
    name = fields.text("procedure")
    if not name:
        command = _direct(drafting, party)
        return [] if command is None else [Step(command)]
    procedure = procedure_in_force(state, name)
    facts = _facts(drafting, procedure)
    request = _request(drafting, procedure, party, facts)
    if fields.faults:
        return []
    case = case_id(state, procedure, party)
    papers = {one.id: fields.text(f"{PAPER}{one.id}") for one in procedure.documents}
    promises = [one.id for one in procedure.owner_commitments]
    command = FileCase(
        actor=party,
        key="",
        case=case,
        procedure=procedure.id,
        facts=facts,
        documents={name: digest for name, digest in papers.items() if digest},
        request=b"" if request is None else request_of(request, case, party),
        owner_commitments=tuple(one for one in promises if fields.is_on(f"{PROMISE}{one}")),
        region=fields.text("region") or fields.text(f"{FIELD}region"),
    )
    return [Step(command)]


def case_id(state: State, procedure: Procedure, party: str) -> str:
    """An id that the same party has not used: it says the procedure, not the party."""
    count = len(state.cases.by_applicant.get(party, ())) + 1
    who = canonical.digest(party.encode()).hex()[:DIGITS]
    name = procedure.id[:PROCEDURE_CHARACTERS].replace("/", "-")  # it stands in addresses
    return f"{name}-{who}-{count}"


def _facts(drafting: Drafting, procedure: Procedure) -> dict[str, Any]:
    fields = drafting.fields
    facts: dict[str, Any] = {}
    made = _made_id(drafting)
    for name, kind in sorted(procedure.facts.items()):
        field = f"{FACT}{name}"
        form = FACT_KINDS[kind]
        if form == TRUTH:
            facts[name] = fields.is_on(field)
        elif form == WHOLE:
            fields.text(field, needed=True)
            facts[name] = fields.scaled(field, 0, 0, -WHOLE_MOST, WHOLE_MOST)
        elif name == ENTRY and makes_entry(kind_of(procedure)):
            facts[name] = fields.text(field) or made
        else:
            facts[name] = fields.text(field, needed=True)
    return facts


def _request(
    drafting: Drafting, procedure: Procedure, party: str, facts: Mapping[str, Any]
) -> Command | None:
    kind, leads_to = kind_of(procedure), procedure.leads_to
    if kind is None or leads_to is None:
        return None
    bound = {field: facts[fact] for field, fact in leads_to.bind.items()}
    proof = _proof(drafting, procedure)
    if SOURCE in kind.__struct_fields__ and proof and not drafting.fields.text(f"{FIELD}{SOURCE}"):
        bound[SOURCE] = proof
    return _command(drafting, kind, party, bound)


def _proof(drafting: Drafting, procedure: Procedure) -> str:
    """The first document beside the application that is given: what the entry rests on."""
    given = (
        drafting.fields.text(f"{PAPER}{one.id}")
        for one in procedure.documents
        if one.id != APPLICATION
    )
    return next(filter(None, given), "")


def _direct(drafting: Drafting, party: str) -> Command | None:
    fields = drafting.fields
    kind = BY_TAG.get(fields.text("command"))
    if kind is None:
        fields.fault("", "draft.not_offered")
        return None
    return _command(drafting, kind, party, {})


def _command(
    drafting: Drafting, kind: type[Command], party: str, bound: Mapping[str, Any]
) -> Command | None:
    """The command of the fields; None where something is wrong with them."""
    fields, state = drafting.fields, drafting.state
    given = dict(bound)
    typed = fields.text(f"{FIELD}{ENTRY}")
    if makes_entry(kind) and ENTRY not in given:
        given[ENTRY] = typed or _made_id(drafting)
    factor = _factor(drafting, {**given, "factor": fields.text(f"{FIELD}factor")})
    profiles = state.rights.profiles.get(factor)
    attributes = profiles[-1].attributes if profiles else {}
    values = read_command(fields, kind, given, FIELD, drafting.names.digits, attributes)
    return None if fields.faults else kind(actor=party, key="", **values)


def makes_entry(kind: type[Command] | None) -> bool:
    """Whether the entry that a command names is one that it makes."""
    return kind is not None and {ENTRY, "right"} <= set(kind.__struct_fields__)


def _factor(drafting: Drafting, values: Mapping[str, Any]) -> str:
    held, fields = drafting.state.rights, drafting.fields
    unit = held.units.get(str(values.get("unit", fields.text(f"{FIELD}unit"))))
    right = held.rights.get(str(values.get("right", fields.text(f"{FIELD}right"))))
    found = unit or right
    return found.factor if found is not None else str(values.get("factor", ""))


def _made_id(drafting: Drafting) -> str:
    """An id for a register entry: the same for the same fields while the right stands as it is."""
    typed, held = drafting.fields.all(), drafting.state.rights
    right = typed.get(f"{FACT}right") or typed.get(f"{FIELD}right", "")
    count = len(held.burdens.get(right, [])) + len(held.released.get(right, []))
    told = canonical.encode([[name, text] for name, text in sorted(typed.items())])
    return f"{ENTRY}-{canonical.digest(told).hex()[:DIGITS]}-{count}"


def next_of(commands: Sequence[Command]) -> str:
    """The page of the case that was filed, or of the right that was asked about."""
    command = commands[0]
    if isinstance(command, FileCase):
        return f"/cases/{quote(command.case, safe='')}"
    right = getattr(command, "right", "")
    return f"/register/{quote(right, safe='')}" if right else "/register"


def tell_application(drafting: Drafting, steps: Sequence[Step]) -> ApplicationTold:
    """The application in words: what is asked, what follows, what it costs, what is missing."""
    command = steps[0].command
    names, venue = drafting.names, drafting.state.parties.venue
    currency = venue.currency if venue is not None else ""
    if not isinstance(command, FileCase):
        return ApplicationTold(
            case="",
            title="",
            command=tag_of(type(command)),
            party=names.party(command.actor),
            lines=lines_of(fields_of(canonical.encode(command)), names.digits),
        )
    state = drafting.state
    procedure = procedure_in_force(state, command.procedure)
    asked = fields_of(command.request) if command.request else dict(command.facts)
    levels: dict[str, str] = {}
    fees: dict[str, int] = {}
    left_out: tuple[str, ...] = ()
    try:
        filed = read_filing(state, procedure, command)
    except Refusal:
        pass  # it stands beside the preview, as what speaks against it
    else:
        levels, fees, left_out = filed.levels, filed.fees, filed.left_out
    papers = {one.id: said_in(names, one.text) for one in procedure.documents}
    return ApplicationTold(
        case=command.case,
        title=said_in(names, procedure.text),
        command=str(asked.get("command", "")),
        party=names.party(command.actor),
        lines=lines_of(asked, names.digits),
        stages=tuple(
            StageTold(
                text=said_in(names, one.text),
                whose=one.by,
                level=levels.get(one.id, ""),
                days=one.days,
                is_working=one.day_kind == "working",
                fee=fees.get(one.id, 0),
            )
            for one in procedure.stages
            if one.id not in left_out
        ),
        missing=tuple(text for name, text in papers.items() if name not in command.documents),
        promises=tuple(
            said_in(names, one.text)
            for one in procedure.owner_commitments
            if one.id in command.owner_commitments
        ),
        caution=_caution(drafting, procedure, command),
        currency=currency,
        digits=names.digits,
    )


def lines_of(asked: Mapping[str, Any], digits: int) -> tuple[tuple[str, str], ...]:
    """The fields of a command that say something, as texts; ``digits``: of amounts of money."""
    hidden = {"actor", "key", "command"}
    return tuple(
        (name, _said(name, value, digits))
        for name, value in asked.items()
        if name not in hidden and value not in (None, "", 0, False) and value not in ([], {})
    )


def _said(name: str, value: Any, digits: int) -> str:
    """A value of a command as text: instants, money and shares as people read them."""
    if isinstance(value, Mapping):
        if set(value) == {"numerator", "denominator"}:
            return f"{value['numerator']}/{value['denominator']}"
        told = [(part, _said(part, one, digits)) for part, one in value.items() if one is not None]
        return "; ".join(f"{part}: {text}" for part, text in told if text)
    if isinstance(value, list | tuple):
        return "; ".join(_said(name, one, digits) for one in value)
    if isinstance(value, str):
        return f"{value[:SHOWN]}…" if DIGEST_FORM.fullmatch(value) else value
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    if name in DATES:
        return format_instant(value).replace("T", " ").replace("Z", " UTC")
    return decimal(value, digits if name.endswith("_minor") else 0)


def _caution(drafting: Drafting, procedure: Procedure, filing: FileCase) -> Refusal | None:
    """What the decision would say today against the command that the case leads to."""
    kind, leads_to = kind_of(procedure), procedure.leads_to
    if kind is None or leads_to is None:
        return None
    actor = filing.actor
    if leads_to.actor == DECIDER:
        actor = _decider(drafting.state, stage_of(procedure, leads_to.decided_in)) or actor
    values = {**fields_of(filing.request), "actor": actor}
    refusal = against(drafting.state, canonical.decode(canonical.encode(values), kind))
    return None if refusal is None or refusal.code in NOT_YET else refusal


def _decider(state: State, stage: Stage) -> str:
    """Some party that may complete a stage; empty where none is found soon."""
    looked = islice(state.parties.roles, LOOKED_AT_MAX)
    return next((one for one in looked if has_role(state, one, stage.by)), "")
