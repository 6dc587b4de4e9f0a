"""A rule pack before its adoption: what the linter finds, what changes, what stands against it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.rules.commands import AdoptRules
from yaosu.rules.differences import Change, differences
from yaosu.rules.fair_competition import BREACH, Verdict, parse_checklist, review
from yaosu.rules.lint import lint_pack
from yaosu.rules.methods.finding import Finding
from yaosu.rules.overlay import pack_in_force
from yaosu.rules.pack import Example, Formula, Head, Pack
from yaosu.rules.parse import parse_pack, read_pack
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.fields import Fields
from yaosu.server.console.drafts.shipped import names_in, text_of

OWN, NATIONAL = "own", "national"
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
    """

    head: Head
    items: int
    before: str
    changes: tuple[Change, ...]
    more: int
    findings: tuple[Finding, ...]
    breaches: tuple[Verdict, ...]
    reviewed: int


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
    return [Step(AdoptRules(actor=drafting.actor(AdoptRules), key="", pack=pack))]


def warm_rules(fields: Fields) -> None:
    """Read the text of a pack, checked by nothing yet: the decision checks it."""
    with suppress(Refusal):
        _pack_in(fields.long_text("text"))


@lru_cache(maxsize=8)
def _pack_in(text: str) -> Pack:
    return read_pack(text)


def _base(drafting: Drafting, pack: Pack) -> Pack | None:
    """What an overlay stands on: as adopted, else as it comes along."""
    if not pack.pack.base:
        return None
    held = drafting.state.rules.packs.get(pack.pack.base)
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
    command = steps[0].command
    assert isinstance(command, AdoptRules)
    pack, state = command.pack, drafting.state
    held = pack_in_force(state, pack.pack.id)
    versions = state.rules.packs.get(pack.pack.id, [])
    before = held.pack if held is not None else (versions[-1].pack if versions else None)
    base, nation = _base(drafting, pack), _nation(drafting)
    return lambda: _told(pack, before, base, nation)


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
    )


def _nation(drafting: Drafting) -> Pack:
    versions = drafting.state.rules.packs.get(NATIONAL)
    return versions[-1].pack if versions else parse_pack(text_of("rules", NATIONAL))
