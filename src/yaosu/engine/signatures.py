"""Signatures in the journal: each holds, and nothing that needs one is without it.

A part of `verify`: from the journal alone, offline, the word of the operator aside.
"""

from msgspec import Struct

from yaosu import core
from yaosu.core import State
from yaosu.engine import refusals
from yaosu.engine.recovery import command_of
from yaosu.journal.chain import Entry
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.commands import ActFor, AskSigned
from yaosu.parties.signing import covers, required_of, signature_fault

SIGNED = canonical.encode(tag_of(AskSigned))  # as it stands in a command's bytes
FOR_ANOTHER = tag_of(ActFor)
__all__ = ["refusals"]


class _Named(Struct, frozen=True):
    """What of a command says who asks what; the rest is not decoded."""

    actor: str
    command: str


class Signatures:
    """Looks at one entry after the other, from the first on.

    Attributes:
        count: how many were asked under a signature that holds.
    """

    def __init__(self) -> None:
        self.count = 0
        self._own: dict[str, tuple[str, ...]] = {}  # as they were before the entry
        self._ruled: tuple[str, ...] = ()

    def take(self, entry: Entry, state: State) -> None:
        """The next entry; ``state`` is that after it.

        Raises:
            Refusal: ``engine.signature_fails``.
        """
        if entry.header.actor == core.ENGINE_KEY:
            return
        command = command_of(entry) if SIGNED in entry.command else None
        if isinstance(command, AskSigned):
            _check(entry, command, state)
            self.count += 1
        elif self._own or self._ruled:
            self._check_needs_none(entry)
        self._own = dict(state.parties.signing.required)
        self._ruled = required_of(state)

    def _check_needs_none(self, entry: Entry) -> None:
        named = canonical.decode(entry.command, _Named)
        asked = [(named.actor, named.command)]
        if named.command == FOR_ANOTHER:
            behind = core.asked_for(command_of(entry))
            asked.append((behind.actor, tag_of(behind)))
        for party, tag in asked:
            own = self._own.get(party, ())
            _refuse_if(covers(own, self._ruled, tag), entry, f"{party} asked {tag} unsigned")


def _check(entry: Entry, command: AskSigned, state: State) -> None:
    fault = ""
    try:
        asked: Command = core.signed_for(command)
        fault = signature_fault(state, command, asked, is_done=True)
    except Refusal as refusal:
        fault = refusal.sentence
    _refuse_if(fault, entry, fault)


def _refuse_if(fault: object, entry: Entry, reason: str) -> None:
    sequence = entry.header.sequence
    refuse_unless(not fault, "engine.signature_fails", sequence=sequence, reason=reason)
