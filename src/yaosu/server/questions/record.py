"""Questions about the journal itself: its entries, and which rule decided one."""

from typing import Any

import msgspec

from yaosu.core import AnyCommand
from yaosu.engine.explain import Explained, explain_command, explain_entry
from yaosu.engine.recovery import command_of, events_of
from yaosu.journal.chain import ACCEPTED, Entry, actor_digest
from yaosu.journal.proof_files import payloads_file
from yaosu.kernel import canonical
from yaosu.kernel.instant import format_instant
from yaosu.kernel.plain import plain
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Command, tag_of
from yaosu.rules.listening import Heard
from yaosu.server import refusals
from yaosu.server.questions.looking import Asked, Look, Question, is_own

__all__ = ["refusals"]

ENTRIES_MAX = 10_000  # looked at for one answer; the rest is asked for with `first`
ROWS_INLINE_MAX = 5


class Entries(Asked, frozen=True, kw_only=True):
    """Entries from ``first`` to ``last``, None: to the end; ``full``: with all that they say."""

    first: int = 0
    last: int | None = None
    full: bool = False


class OneEntry(Asked, frozen=True, kw_only=True):
    """An entry by its number."""

    sequence: int


class Explain(Asked, frozen=True, kw_only=True):
    """An entry, or a command as an object with its tag under ``command``; one of them."""

    entry: int | None = None
    command: dict[str, Any] | None = None


class OnePack(Asked, frozen=True, kw_only=True):
    """A pack by its id, then the version adopted last, or as ``id@version``."""

    pack: str


class SetAside(Asked, frozen=True, kw_only=True):
    """All of them."""


def entries(look: Look, asked: Entries) -> Any:
    """Rows of entries, how many there are, and the number from which to go on."""
    with look.store() as store:
        size, first = store.size, asked.first
        wanted = size - 1 if asked.last is None else min(asked.last, size - 1)
        end = min(wanted, first + ENTRIES_MAX - 1)
        rows = [
            _row(entry, full=asked.full)
            for entry in (store.read(first, end) if 0 <= first <= end else ())
            if _is_shown(look, entry)
        ]
    return {"size": size, "rows": rows, "next": end + 1 if first <= end < wanted else None}


def payloads(look: Look, asked: OneEntry) -> Any:
    """What an entry holds, as a file to be checked against its proof."""
    with look.store() as store:
        return payloads_file(_entry(look, store, asked.sequence))


def explain(look: Look, asked: Explain) -> Any:
    """Which rule items decided a command, from which facts."""
    if (asked.entry is None) is (asked.command is None):
        refuse("server.bad_body", what="rules.explain", reason="an entry or a command is wanted")
    with look.store() as store:
        if asked.entry is not None:
            _entry(look, store, asked.entry)
            look.check_entries(asked.entry)
            return _explained(explain_entry(store, asked.entry))
        assert asked.command is not None
        command = command_from(asked.command)
        is_shown = is_own(look, (command.actor,))
        refuse_unless(is_shown, "parties.unknown", party=command.actor)
        look.check_entries(store.size)
        return _explained(explain_command(store, command))


def pack(look: Look, asked: OnePack) -> Any:
    """A pack that was adopted, in canonical bytes as hexadecimal."""
    name, _, version = asked.pack.partition("@")
    with look.state() as state:
        known = [
            one.pack
            for one in state.rules.packs.get(name, [])
            if version in ("", one.pack.pack.version)
        ]
    refuse_unless(known, "server.unknown_row", what="packs", name=asked.pack[:100])
    return canonical.encode(known[-1]).hex()


def command_from(fields: dict[str, Any]) -> Command:
    """The command that plain values stand for; the key may be left out.

    Raises:
        Refusal: ``server.bad_body``, and what canonical bytes do not take.
    """
    try:
        command: Command = msgspec.convert({"key": "explain", **fields}, AnyCommand)
    except msgspec.ValidationError as error:
        refuse("server.bad_body", what="command", reason=str(error))
    canonical.check(command)
    return command


def _entry(look: Look, store: Any, sequence: int) -> Entry:
    found = list(store.read(sequence, sequence)) if 0 <= sequence < store.size else []
    is_shown = bool(found) and _is_shown(look, found[0])
    refuse_unless(is_shown, "server.unknown_row", what="entries", name=str(sequence))
    entry: Entry = found[0]
    return entry


def _is_shown(look: Look, entry: Entry) -> bool:
    if look.parties is None:
        return True
    return entry.header.actor in {actor_digest(party) for party in look.parties}


def _row(entry: Entry, *, full: bool) -> dict[str, Any]:
    command, came = command_of(entry), events_of(entry)
    outcome = "accepted"
    if entry.header.outcome != ACCEPTED:
        outcome = f"refused: {getattr(came[0], 'code', 'unknown')}"
    row = {
        "sequence": entry.header.sequence,
        "instant": format_instant(entry.header.instant),
        "actor": command.actor,
        "command": tag_of(command),
        "outcome": outcome,
        "events": [tag_of(event) for event in came],
        "hash": entry.hash.hex(),
    }
    return row | {"body": _short(command), "came": [_short(e) for e in came]} if full else row


def _short(word: Any) -> Any:
    """A command or event as JSON; of long tables only how many rows there are."""

    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: cut(item) for name, item in value.items()}
        if isinstance(value, list):
            if len(value) > ROWS_INLINE_MAX:
                return f"{len(value)} values"
            return [cut(item) for item in value]
        return value

    return cut(plain(word))


def _explained(explained: Explained) -> dict[str, Any]:
    refusal = explained.refusal
    said = {"code": refusal.code, "sentence": refusal.sentence, "what_next": refusal.what_next,
            "facts": refusal.facts} if refusal is not None else None  # fmt: skip
    return {
        "sequence": explained.sequence,
        "instant": format_instant(explained.instant),
        "actor": explained.command.actor,
        "command": explained.tag,
        "recorded": _word(explained.recorded),
        "accepted": refusal is None,
        "refusal": said,
        "deciding": list(explained.deciding),
        "asked": [_heard(one, explained.packs[one.item.id]) for one in explained.heard],
    }


def _heard(one: Heard, packs: tuple[str, ...]) -> dict[str, Any]:
    item = one.item
    basis = (item.authority, item.legal_basis, item.source)
    return {
        "item": item.id,
        "kind": type(item).__name__.lower(),
        "packs": list(packs),
        "depth": one.depth,
        "result": one.outcome.result,
        "reason": one.outcome.reason,
        "fault": one.outcome.fault,
        "facts": one.facts,
        "text": "" if item.text is None else item.text.en,
        "expression": getattr(item, "expression", ""),
        "basis": "; ".join(part for part in basis if part),
        "confidence": item.confidence,
    }


def _word(recorded: bool | None) -> str | None:
    return None if recorded is None else "accepted" if recorded else "refused"


def quarantined(look: Look, _: SetAside) -> Any:
    """Commands that are set aside."""
    with look.state() as state:
        return msgspec.to_builtins(list(state.quarantine.commands.values()))


RECORD: dict[str, Question] = {
    "quarantine.list": Question(
        asked=SetAside, answer=quarantined, shown="office", what="Commands that are set aside."
    ),
    "journal.entries": Question(
        asked=Entries, answer=entries, shown="own", what="Entries with what came of them."
    ),
    "journal.payloads": Question(
        asked=OneEntry, answer=payloads, shown="own", what="What an entry holds, to be checked."
    ),
    "rules.explain": Question(
        asked=Explain, answer=explain, shown="own", what="Which rule items decided a command."
    ),
    "rules.pack": Question(
        asked=OnePack, answer=pack, shown="all", what="A rule pack that was adopted."
    ),
}
