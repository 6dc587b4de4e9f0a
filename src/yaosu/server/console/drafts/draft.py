"""A draft: commands made of what was typed, what speaks against them, what they say in plain words.

The same fields make the same commands: a draft is confirmed by its digest, and what was shown is
what is asked.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import COMMANDS, State
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.parties.decide import has_role
from yaosu.parties.values import FOUNDER
from yaosu.server.console.drafts.fields import Fault, Fields
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import against

FIELD_OF = {  # code of a refusal -> the field it is about, where the draft does not say otherwise
    "markets.evaluator_takes_part": "evaluators",
    "markets.listing_exists": "listing",
    "markets.market_exists": "market",
    "markets.no_instruments": "instruments",
    "markets.too_many_instruments": "instruments",
    "markets.region_outside": "regions",
    "markets.unknown_network": "network",
    "markets.bad_seed": "seed_hash",
    "markets.bad_clock": "clock_from",
    "markets.bidding_too_short": "ends",
    "markets.deposit_too_small": "deposit",
    "markets.notice_too_short": "begins",
    "markets.unknown_listing_terms": "terms",
    "parties.bad_currency": "currency",
    "parties.same_party": "authority",
    "places.version_exists": "version",
    "rights.unknown_profile": "factor",
}


class Drafting(Struct, frozen=True):
    """What a draft is made from.

    Attributes:
        parties: for whom the reader acts.
        vkey: the key that signs the server's checkpoints; empty where none does.
    """

    state: State
    names: Names
    fields: Fields
    parties: tuple[str, ...]
    vkey: str = ""

    def actor(self, kind: type[Command]) -> str:
        """The party of the reader's that may ask this command, else the first, to be refused."""
        roles = COMMANDS[kind].roles
        if FOUNDER in roles:
            return FOUNDER
        able = [p for p in self.parties if any(has_role(self.state, p, role) for role in roles)]
        return (able or [*self.parties, ""])[0]


class Step(Struct, frozen=True):
    """One command of a draft.

    Attributes:
        follows: it builds on one before, and is not checked alone.
        items: what travels sealed beside it.
    """

    command: Command
    follows: bool = False
    items: bytes = b""


class Kind(Struct, frozen=True):
    """One kind of draft.

    Attributes:
        read: the commands of the fields; faults are gathered by the fields.
        tell: what the preview shows of them; what takes long is told by a function, which is called
            once the state is let go of.
        template: of the preview.
        warm: reads beforehand what takes long to read, while nobody waits for the state.
        is_for_all: whether also those may use it who hold no office.
        next: where the reader is led once it was asked; empty: as the page has it.
    """

    read: Callable[[Drafting], Sequence[Step]]
    tell: Callable[[Drafting, Sequence[Step]], Any]
    template: str
    warm: Callable[[Fields], None] = lambda fields: None
    is_for_all: bool = False
    next: Callable[[Sequence[Command]], str] = lambda commands: ""


class Prepared(Struct, frozen=True):
    """A draft as it stands: nothing is asked yet.

    Attributes:
        items: what travels sealed beside each.
        digest: of its commands; empty where something speaks against them.
        told: for the template.
    """

    commands: tuple[Command, ...]
    items: tuple[bytes, ...]
    digest: str
    told: Any

    def finished(self) -> "Prepared":
        """With all that is told; not while the state is held."""
        return replace(self, told=self.told()) if callable(self.told) else self


def prepare(kind: Kind, drafting: Drafting) -> Prepared:
    """Read, check, tell. Faults are in the fields."""
    fields, told = drafting.fields, None
    steps: Sequence[Step] = ()
    try:
        steps = kind.read(drafting)
    except Refusal as refusal:
        fields.refused(refusal, FIELD_OF.get(refusal.code, ""))
    if not fields.faults:
        for step in steps:
            _check_own(drafting, step.command)
            if not step.follows:
                _check(drafting, step.command)
        told = kind.tell(drafting, steps)
    commands = tuple(step.command for step in steps)
    items = tuple(step.items for step in steps)
    digest = "" if fields.faults or not commands else digest_of(commands)
    return Prepared(commands, items, digest, told)


def _check_own(drafting: Drafting, command: Command) -> None:
    """What another party must ask is said before, not after."""
    if command.actor not in drafting.parties:
        said = drafting.fields.say("draft.not_yours", party=drafting.names.party(command.actor))
        drafting.fields.faults.append(Fault("", said))


def _check(drafting: Drafting, command: Command) -> None:
    try:
        canonical.check(command)
        refusal = against(drafting.state, command)
    except Refusal as found:
        refusal = found
    if refusal is not None:
        field = FIELD_OF.get(refusal.code, "")
        if refusal.code == "kernel.bad_id":
            field = {"instrument": "instruments"}.get(str(refusal.facts["what"]), field)
            field = field or str(refusal.facts["what"])
        drafting.fields.refused(refusal, field)


def digest_of(commands: Sequence[Command]) -> str:
    """Digest of what is asked, whatever the key."""
    bare = [canonical.encode(replace(command, key="")).hex() for command in commands]
    return canonical.digest(canonical.encode(bare)).hex()


def with_keys(commands: Sequence[Command], key: str) -> list[Command]:
    """The commands under the key of their request."""
    if len(commands) == 1:
        return [replace(commands[0], key=key)]
    return [replace(one, key=f"{key}/{number}") for number, one in enumerate(commands, 1)]
