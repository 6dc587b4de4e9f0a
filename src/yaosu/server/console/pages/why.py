"""Why a command is taken or refused: the rule items that were asked, what each read, which decided.

The decision is asked with an ear on the rules, in the state as it stands, or in the state that an
entry met; nothing is recorded and nothing changes.
"""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.access.commands import ApplyForAdmission, ApplyForGrade, ClaimAward
from yaosu.access.values import MARKET_ROLES
from yaosu.cases.commands import FileCase
from yaosu.core import State
from yaosu.engine.explain import Explained, explain_refusal
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.markets.commands import OpenListing
from yaosu.rights.commands import GrantUse, PledgeRight, RegisterRight, TransferTitle
from yaosu.rules.listening import Heard
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in
from yaosu.server.console.pages.preview import PREVIEWED, preview_of

ASKED = (
    ApplyForAdmission, *PREVIEWED, ApplyForGrade, ClaimAward, FileCase, GrantUse, OpenListing,
    PledgeRight, RegisterRight, TransferTitle,
)  # fmt: skip  # what may be asked about: nothing here takes long to decide
FACT_MAX = 200  # characters of a fact that is shown
PARTIES_MAX = 500


class ItemRow(Struct, frozen=True, kw_only=True):
    """One rule item that was asked.

    Attributes:
        item: its id; kind: condition, table, formula ...; text: what it means.
        packs: whose wording it is. depth: how deep in what another one reads.
        decides: whether it stood in the way.
        result: what it gave, as text; reason: code where it says no; fault: why it could not.
        facts: (name, value) that it read; basis: what it rests on.
    """

    item: str
    kind: str
    text: str
    packs: tuple[str, ...]
    depth: int
    decides: bool
    result: str
    reason: str
    fault: str
    facts: tuple[tuple[str, str], ...]
    basis: str


class Why(Struct, frozen=True, kw_only=True):
    """What came of asking.

    Attributes:
        tag, actor: what was asked, by whom. refusal: what stands in the way.
        sequence, recorded: of an entry, and whether it was accepted then.
        rows: items as they were asked, the deciding ones first.
    """

    tag: str
    actor: str
    instant: int
    refusal: Refusal | None
    sequence: int | None
    recorded: bool | None
    rows: tuple[ItemRow, ...]

    @property
    def by_rules(self) -> bool:
        """Whether a rule item decided, and not the code of a floor."""
        return any(row.decides for row in self.rows)


class WhyPage(Struct, frozen=True, kw_only=True):
    """The form, and what came of it.

    Attributes:
        parties, factors: (id, name) to choose from. commands: tags to choose from.
        party, factor, role, command, body, entry: as they were asked.
        too_far: whether the entry is not decided again here, since too many come before it.
    """

    parties: tuple[tuple[str, str], ...]
    factors: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    commands: tuple[str, ...]
    party: str = ""
    factor: str = ""
    role: str = ""
    command: str = ""
    body: str = ""
    entry: str = ""
    why: Why | None = None
    too_far: bool = False


def why_page(state: State, names: Names, parties: Sequence[str] | None) -> WhyPage:
    """The form for who may ask about these parties; None: about all."""
    known = sorted(state.parties.parties) if parties is None else parties
    return WhyPage(
        parties=tuple((one, names.party(one)) for one in known[:PARTIES_MAX]),
        factors=tuple((one, names.factor(one)) for one in sorted(state.rights.profiles)),
        roles=MARKET_ROLES,
        commands=tuple(sorted(tag_of(kind) for kind in ASKED)),
    )


def why_of(state: State, names: Names, command: Command, instant: int) -> Why:
    """How a command would come out now."""
    told = explain_refusal(
        state, command, instant, lambda: preview_of(state, command, instant).refusal
    )
    return told_why(told, names)


def told_why(told: Explained, names: Names) -> Why:
    """What was heard, in the reader's language."""
    rows = [_row(one, told, names) for one in told.heard]
    return Why(
        tag=told.tag,
        actor=names.party(told.command.actor),
        instant=told.instant,
        refusal=told.refusal,
        sequence=told.sequence,
        recorded=told.recorded,
        rows=tuple(sorted(rows, key=lambda row: not row.decides)),
    )


def _row(one: Heard, told: Explained, names: Names) -> ItemRow:
    item = one.item
    basis = [item.authority, item.legal_basis, item.source]
    return ItemRow(
        item=item.id,
        kind=type(item).__name__.lower(),
        text=said_in(names, item.text) if item.text is not None else "",
        packs=told.packs[item.id],
        depth=one.depth,
        decides=one.depth == 0 and item.id in told.deciding,
        result=_short(one.outcome.result),
        reason=one.outcome.reason,
        fault=one.outcome.fault,
        facts=tuple((name, _short(value)) for name, value in sorted(one.facts.items())),
        basis=" · ".join(dict.fromkeys(filter(None, basis))),
    )


def _short(value: object) -> str:
    """A value as a line of text; truth as words that the page puts in the reader's language."""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, dict):
        text = ", ".join(f"{name} = {_short(one)}" for name, one in value.items())
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= FACT_MAX else text[: FACT_MAX - 1] + "…"
