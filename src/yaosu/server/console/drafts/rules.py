"""A rule pack before its adoption: what the linter finds, what changes, what stands against it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.filing import procedure_in_force
from yaosu.cases.needed import AUTHORITY, DEMAND, demand_in, procedure_needed, without_demand
from yaosu.cases.parse import parse_procedure
from yaosu.cases.proposals import BY_TWO, case_for, proposal
from yaosu.core import State
from yaosu.core.commands import adopt_rules
from yaosu.kernel import canonical
from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.decide import holders_of
from yaosu.rules.commands import AdoptRules
from yaosu.rules.differences import Change, differences
from yaosu.rules.fair_competition import BREACH, Verdict, parse_checklist, review
from yaosu.rules.lint import lint_pack
from yaosu.rules.methods.finding import Finding
from yaosu.rules.overlay import pack_in_force
from yaosu.rules.pack import Example, Formula, Head, Pack, Parameter
from yaosu.rules.parse import parse_pack, read_pack
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.fields import Fields
from yaosu.server.console.drafts.shipped import names_in, text_of

OWN, NATIONAL = "own", "national"
TWO = "two"  # field: whether rules are adopted by two from this version on
FEE = "fee.registration"  # formula item of the national pack
CHECKLIST = "fair_competition"
CHANGES_MAX = 300
MINOR_MAX = 10**12


class RulesTold(Struct, frozen=True, kw_only=True):
    """What the preview shows.

    Attributes:
        before: version in force, empty where none is.
        changes: against it; ``more``: how many are not shown.
        breaches: articles of the fair-competition checklist that it breaks.
        digest: SHA-256 of the pack, hex: what is adopted in the end has the same.
        case: by which it is proposed; empty where it is adopted at once.
        days: that a second person has; 0 is no limit. is_bound: whether later ones need one too.
    """

    head: Head
    items: int
    before: str
    changes: tuple[Change, ...]
    more: int
    findings: tuple[Finding, ...]
    breaches: tuple[Verdict, ...]
    reviewed: int
    digest: str
    case: str = ""
    days: int = 0
    is_bound: bool = False


def read_rules(drafting: Drafting) -> list[Step]:
    """The pack that is chosen or given as text, from its own instant or another one."""
    fields = drafting.fields
    chosen = fields.choice("pack", (*names_in("rules"), OWN), NATIONAL)
    text = fields.long_text("text") if chosen == OWN else text_of("rules", chosen)
    if not text.strip():
        fields.fault("text", "draft.missing")
        return []
    pack = _with_fee(drafting, _pack_in(text))
    effective = fields.text("effective")
    if effective:
        at = parse_instant(effective if "T" in effective else f"{effective}T00:00:00Z")
        pack = replace(pack, pack=replace(pack.pack, effective=at))
    version = fields.text("version")
    if version:
        pack = replace(pack, pack=replace(pack.pack, version=version))
    if fields.is_on(TWO) and pack.pack.id == NATIONAL:
        pack = _bound(pack, is_named=bool(version))
    return _steps(drafting, AdoptRules(actor=drafting.actor(AdoptRules), key="", pack=pack))


def _steps(drafting: Drafting, command: AdoptRules) -> list[Step]:
    """It is adopted, after the procedure that it asks for; or proposed, where rules ask for that.

    What could not be adopted is not proposed either.
    """
    state = drafting.state
    needed = procedure_needed(state, tag_of(AdoptRules), "")
    if needed:
        adopt_rules(state, command)
        reason = drafting.fields.text("reason", needed=True)
        return [Step(proposal(command, case_for(state.cases.cases, command.pack), needed, reason))]
    is_new = demand_in(command.pack) == BY_TWO and BY_TWO not in state.cases.procedures
    if is_new and len(holders_of(state, AUTHORITY)) > 1:
        adopt_rules(state, replace(command, pack=without_demand(command.pack)))
        procedure = parse_procedure(text_of("procedures", BY_TWO))
        first = AdoptProcedure(actor=drafting.actor(AdoptProcedure), key="", procedure=procedure)
        return [Step(first), Step(command, follows=True)]
    return [Step(command)]


def _bound(pack: Pack, *, is_named: bool) -> Pack:
    """The pack with the demand that rules are adopted by two, where it does not say so already.

    Args:
        is_named: whether its version was typed; else it gets one of its own.
    """
    if demand_in(pack):
        return pack
    item = Parameter(
        id=DEMAND,
        value=BY_TWO,
        reason="adopted_by_two",
        source="internal control of the venue: no one person changes the rules",
        confidence="assumed",
        example=(Example(facts={}, result=BY_TWO),),
    )
    head = pack.pack if is_named else replace(pack.pack, version=f"{pack.pack.version}-two")
    return replace(pack, pack=head, parameter=(*pack.parameter, item))


def pack_of(commands: Sequence[Command]) -> Pack:
    """The pack that is adopted or proposed by the last of a draft's commands."""
    last = commands[-1]
    if isinstance(last, FileCase):
        return proposed_in(last.request)
    assert isinstance(last, AdoptRules)
    return last.pack


@lru_cache(maxsize=8)
def proposed_in(request: bytes) -> Pack:
    """The pack that a case leads to."""
    return canonical.decode(request, AdoptRules).pack


def next_of(commands: Sequence[Command]) -> str:
    """Where a proposal is followed."""
    last = commands[-1]
    return f"/cases/{last.case}" if isinstance(last, FileCase) else ""


def warm_rules(fields: Fields) -> None:
    """Read the text of a pack, checked by nothing yet: the decision checks it."""
    with suppress(Refusal):
        _pack_in(fields.long_text("text"))


@lru_cache(maxsize=8)
def _pack_in(text: str) -> Pack:
    return read_pack(text)


def _base(state: State, pack: Pack) -> Pack | None:
    """What an overlay stands on: as adopted, else as it comes along."""
    if not pack.pack.base:
        return None
    held = state.rules.packs.get(pack.pack.base)
    if held:
        return held[-1].pack
    known = pack.pack.base in names_in("rules")
    return parse_pack(text_of("rules", pack.pack.base)) if known else None


def _with_fee(drafting: Drafting, pack: Pack) -> Pack:
    """The pack with another registration fee where one is typed: a version of its own."""
    fields = drafting.fields
    digits = drafting.names.digits
    typed = fields.text("fee")
    fee = fields.scaled("fee", digits, -1, 0, MINOR_MAX) if typed else -1
    here = [item for item in pack.formula if item.id == FEE]
    if fee < 0 or not here or _fee_of(here[0]) == fee:
        return pack
    venue = drafting.state.parties.venue
    item = replace(
        here[0],
        expression=f"{fee} * items",
        example=(Example(facts={"items": 3}, result=3 * fee),),
        source=f"decision of {venue.authority}" if venue is not None else "a decision of the venue",
    )
    formula = tuple(item if one.id == FEE else one for one in pack.formula)
    head = replace(pack.pack, version=f"{pack.pack.version}-own")
    return replace(pack, pack=head, formula=formula)


def fee_in(pack: Pack) -> int | None:
    """The registration fee an item, minor units; None where the pack has none of that form."""
    return next((_fee_of(item) for item in pack.formula if item.id == FEE), None)


def _fee_of(item: Formula) -> int | None:
    head, _, tail = item.expression.partition(" * ")
    is_plain = tail.strip() == "items" and head.strip().isdecimal()
    return int(Fraction(head.strip())) if is_plain else None


def tell_rules(drafting: Drafting, steps: Sequence[Step]) -> Callable[[], RulesTold]:
    """What it changes, what the linter finds, and what the review says: told by a function."""
    commands = [step.command for step in steps]
    told = told_of(drafting.state, pack_of(commands))
    last = commands[-1]
    if not isinstance(last, FileCase):
        return told
    procedure = procedure_in_force(drafting.state, last.procedure)
    days = max(stage.days for stage in procedure.stages)
    case = last.case
    return lambda: replace(told(), case=case, days=days)


def told_of(state: State, pack: Pack) -> Callable[[], RulesTold]:
    """What a pack would change as things stand: told by a function, without the state."""
    before = _version_before(state, pack)
    base, nation = _base(state, pack), _nation(state)
    return lambda: _told(pack, before, base, nation)


def _version_before(state: State, pack: Pack) -> Pack | None:
    """What a pack takes the place of: the version before it, else the one in force or the last."""
    versions = [adopted.pack for adopted in state.rules.packs.get(pack.pack.id, ())]
    names = [known.pack.version for known in versions]
    if pack.pack.version in names:
        at = names.index(pack.pack.version)
        return versions[at - 1] if at else None
    held = pack_in_force(state, pack.pack.id)
    return held.pack if held is not None else (versions[-1] if versions else None)


def _told(pack: Pack, before: Pack | None, base: Pack | None, nation: Pack) -> RulesTold:
    against = before or base
    found = [] if against is None else differences(against, pack)
    findings = lint_pack(pack, nation)
    known = {item.id: item for source in (base, pack) if source for item in source.items}
    verdicts = review(pack, known, parse_checklist(text_of("checklists", CHECKLIST)), nation)
    return RulesTold(
        head=pack.pack,
        items=len(pack.items),
        before=before.pack.version if before is not None else "",
        changes=tuple(found[:CHANGES_MAX]),
        more=max(0, len(found) - CHANGES_MAX),
        findings=tuple(findings),
        breaches=tuple(one for one in verdicts if one.verdict == BREACH),
        reviewed=len(verdicts),
        digest=canonical.digest(canonical.encode(pack)).hex(),
        is_bound=bool(demand_in(pack)),
    )


def _nation(state: State) -> Pack:
    versions = state.rules.packs.get(NATIONAL)
    return versions[-1].pack if versions else parse_pack(text_of("rules", NATIONAL))
