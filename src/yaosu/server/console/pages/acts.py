"""What a reader may ask from a page: a command, for whom, what is fixed and what is typed.

Nothing is offered that would be refused whoever is asked: the decision itself is asked first, with
the state as it stands, and what it says against it decides between no button and one that is off.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import COMMANDS, State
from yaosu.core.commands import authorise
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command

TEXT, LINES, TRUTH, DIGEST = "text", "lines", "truth", "digest"


class Field(Struct, frozen=True, kw_only=True):
    """One thing to type or choose.

    Attributes:
        kind: ``text`` and ``lines`` are typed, ``truth`` is chosen, ``digest`` is of a file.
        choices: (value, name); of a ``digest``, the documents it may be.
    """

    name: str
    kind: str = TEXT
    is_needed: bool = True
    choices: tuple[tuple[str, str], ...] = ()


class Act(Struct, frozen=True, kw_only=True):
    """One form.

    Attributes:
        name: of its words. about: what it concerns, in words.
        command: tag. fixed: its fields that are not typed, the actor among them.
        party: name of whom it is asked for.
        fresh: field that gets an id of its own each time.
        why_not: what stands in its way just now.
    """

    name: str
    command: str
    fixed: dict[str, object]
    party: str
    about: str = ""
    fields: tuple[Field, ...] = ()
    fresh: str = ""
    why_not: Refusal | None = None


def against(state: State, command: Command) -> Refusal | None:
    """What the decision would say against a command now; None: it would be taken."""
    row = COMMANDS[type(command)]
    try:
        authorise(state, row, command)
        row.decide(state, command)
    except Refusal as refusal:
        return refusal
    return None


def offer(state: State, command: Command, act: Act, hopeless: Sequence[str]) -> list[Act]:
    """The form, off where something that can change stands against it; none where hopeless.

    Args:
        command: a sample of what would be asked, with typed fields filled in.
        hopeless: codes of refusals after which no form is shown.
    """
    refusal = against(state, command)
    if refusal is None:
        return [act]
    if refusal.code in hopeless or refusal.code == "core.role_needed":
        return []
    return [replace(act, why_not=refusal)]
