"""Why a command came out as it did: which rule items were asked, what they read, which decided.

The state is folded up to where the command was decided, and it is decided once more with an ear on
the rules; nothing is written. What no rule item decides, the code of a floor does: the refusal
names which check.
"""

from collections.abc import Callable

from msgspec import Struct

from yaosu import core
from yaosu.core import State
from yaosu.engine.recovery import command_of, fold
from yaosu.journal.chain import ACCEPTED
from yaosu.journal.store import Store
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.rules.listening import Heard, listening
from yaosu.rules.overlay import packs_in_force
from yaosu.rules.pack import Pack


class Explained(Struct, frozen=True, kw_only=True):
    """Why a command came out as it did.

    Attributes:
        sequence: entry it stands in; None for one that was not asked yet.
        recorded: whether it was accepted then; None for one that was not asked yet.
        refusal: what stands in the way now, None where it is accepted.
        heard: the items that were asked, in order, what an item reads before itself.
        deciding: ids of those asked that stood in the way.
        packs: id -> ``id@version`` of the packs in force that word the item so.
    """

    sequence: int | None
    instant: int
    command: Command
    recorded: bool | None
    refusal: Refusal | None
    heard: tuple[Heard, ...]
    deciding: tuple[str, ...]
    packs: dict[str, tuple[str, ...]]

    @property
    def tag(self) -> str:
        """The command's tag."""
        return tag_of(self.command)


def explain_entry(store: Store, sequence: int) -> Explained:
    """Why the command of an entry came out as it did, decided again in the state it met.

    Args:
        sequence: of an entry that is there.

    Cost: the entries up to it are folded.
    """
    assert 0 <= sequence < store.size, sequence
    state = _state_before(store, sequence)
    (entry,) = store.read(sequence, sequence)
    recorded = entry.header.outcome == ACCEPTED
    return _explain(state, command_of(entry), entry.header.instant, sequence, recorded)


def explain_command(store: Store, command: Command, instant: int | None = None) -> Explained:
    """How a command would come out now, after all entries; nothing is asked or written.

    Args:
        instant: when it would be decided; None is that of the last entry.
    """
    state = _state_before(store, store.size)
    return _explain(state, command, state.now if instant is None else instant, None, None)


def explain_refusal(
    state: State,
    command: Command,
    instant: int,
    decide: Callable[[], Refusal | None],
) -> Explained:
    """How a command would come out in a state that stays as it is.

    Args:
        decide: asks the decision without taking anything in; what stands in the way.
    """
    packs = [adopted.pack for adopted in packs_in_force(state)]
    with listening() as heard:
        refusal = decide()
    return _told(command, instant, refusal, heard, packs)


def _state_before(store: Store, sequence: int) -> State:
    state = State()
    if sequence:
        for _ in fold(store, state, last=sequence - 1):
            pass
    return state


def _explain(
    state: State, command: Command, instant: int, sequence: int | None, recorded: bool | None
) -> Explained:
    state.now = instant
    packs = [adopted.pack for adopted in packs_in_force(state)]
    with listening() as heard:
        outcome = core.process(state, command, instant)
    return _told(command, instant, outcome.refusal, heard, packs, sequence, recorded)


def _told(
    command: Command,
    instant: int,
    refusal: Refusal | None,
    heard: list[Heard],
    packs: list[Pack],
    sequence: int | None = None,
    recorded: bool | None = None,
) -> Explained:
    return Explained(
        sequence=sequence,
        instant=instant,
        command=command,
        recorded=recorded,
        refusal=refusal,
        heard=tuple(heard),
        deciding=_deciding(heard, refusal),
        packs={
            one.item.id: tuple(pack.name for pack in packs if one.item in pack.items)
            for one in heard
        },
    )


def _deciding(heard: list[Heard], refusal: Refusal | None) -> tuple[str, ...]:
    """The items that stood in the way: they say no or nothing, and the refusal names them.

    A limit says neither: the refusal names the item that has its figure.
    """
    if refusal is None:
        return ()
    named = refusal.facts.get("item")
    told = " ".join(str(fact) for fact in refusal.facts.values())
    return tuple(
        dict.fromkeys(
            one.item.id
            for one in heard
            if one.depth == 0
            and (
                one.item.id == named
                or (
                    one.outcome.result in (False, None)
                    and (one.outcome.reason in told or one.item.id in told)
                )
            )
        )
    )
