"""What one may ask of the register from the browser: by a procedure, or by a command itself."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from yaosu.access.commands import LeaveMarket, RecogniseByDecision
from yaosu.cases.filing import procedure_in_force
from yaosu.cases.needed import procedure_needed
from yaosu.cases.procedure import Procedure
from yaosu.core import COMMANDS, State
from yaosu.core.words import ANYONE
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.decide import has_role
from yaosu.rights import commands as asked
from yaosu.rights.values import Right

HOLDER, BURDENED, OTHERS, OFFICE, NEW = "holder", "burdened", "others", "office", "new"
OFFERED: dict[type[Command], str] = {  # command -> to whom, seen from a right
    asked.RegisterRight: NEW,
    asked.TransferTitle: HOLDER,
    asked.PledgeRight: HOLDER,
    asked.ReleaseRight: BURDENED,
    asked.AssignPledge: BURDENED,
    asked.GrantUse: HOLDER,
    asked.RenewRight: HOLDER,
    asked.SplitUnit: HOLDER,
    asked.MergeUnits: HOLDER,
    asked.ChangeUse: HOLDER,
    asked.ChangeUnit: HOLDER,
    asked.GiveConsent: HOLDER,
    asked.EnterPriorityNotice: HOLDER,
    asked.EnterObjection: OTHERS,
    asked.CancelRight: HOLDER,
    asked.FreezeRight: OFFICE,
    asked.CorrectRight: OFFICE,
    LeaveMarket: NEW,
    RecogniseByDecision: NEW,
}
BY_TAG = {tag_of(kind): kind for kind in OFFERED}


class Way(Struct, frozen=True, kw_only=True):
    """One way to ask: a procedure, or a command (its tag); ``kind``: what it leads to, if known."""

    name: str
    kind: type[Command] | None
    procedure: Procedure | None = None


def procedures_of(state: State) -> list[Procedure]:
    """The version of each procedure by which cases are filed now, by id."""
    found = []
    for name in sorted(state.cases.procedures):
        try:
            found.append(procedure_in_force(state, name))
        except Refusal:
            continue  # not begun yet, or over
    return found


def kind_of(procedure: Procedure) -> type[Command] | None:
    """The command that a procedure leads to, where a form can be made of it."""
    return None if procedure.leads_to is None else BY_TAG.get(procedure.leads_to.command)


def ways_of_all(state: State, parties: Sequence[str]) -> list[Way]:
    """All that a reader may ask, procedures first."""
    found = [
        Way(name=one.id, kind=kind_of(one), procedure=one)
        for one in procedures_of(state)
        if one.leads_to is None or kind_of(one) is not None
    ]
    found += [
        Way(name=tag, kind=kind)
        for tag, kind in BY_TAG.items()
        if may_ask(state, parties, kind) and not procedure_needed(state, tag, "")
    ]
    return found


def ways_of_right(state: State, right: Right, parties: Sequence[str]) -> Iterator[Way]:
    """What a reader may ask about a right that stands."""
    region = state.rights.units[right.unit].region
    for one in procedures_of(state):
        kind = kind_of(one)
        fits = kind is not None and one.factor in ("", right.factor)
        if kind is not None and fits and _concerns(state, right, parties, OFFERED[kind]):
            yield Way(name=one.id, kind=kind, procedure=one)
    for tag, kind in BY_TAG.items():
        to = OFFERED[kind]
        roles = COMMANDS[kind].roles
        if to == NEW or procedure_needed(state, tag, right.factor, region):
            continue
        is_theirs = _concerns(state, right, parties, to) if roles == ANYONE else True
        if is_theirs and may_ask(state, parties, kind):
            yield Way(name=tag, kind=kind)


def may_ask(state: State, parties: Sequence[str], kind: type[Command]) -> bool:
    """Whether one of the parties has a role that may ask a command by itself."""
    roles = COMMANDS[kind].roles
    return roles == ANYONE or any(has_role(state, p, role) for p in parties for role in roles)


def _concerns(state: State, right: Right, parties: Sequence[str], to: str) -> bool:
    is_holder = right.holder in parties
    if to == HOLDER:
        return is_holder
    if to == BURDENED:
        entries = [state.rights.entries[one] for one in state.rights.burdens.get(right.id, [])]
        standing = [one for one in entries if one.is_standing(state.now)]
        return any(is_holder or one.beneficiary in parties for one in standing)
    return to == OTHERS and bool(parties) and not is_holder
