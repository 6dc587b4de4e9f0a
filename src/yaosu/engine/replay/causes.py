"""Why an outcome differs: by a rule item that differs, or because an earlier outcome did.

Followed by names. An outcome that differs marks the things named in what differs (a party, a
right, a batch, a market); a later one that names a marked thing follows from that entry. Where a
rule decides a command, the items it read that differ between the two versions are the cause. What
can be followed neither way says so; nothing is guessed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from yaosu.access.commands import ApplyForAdmission
from yaosu.core import Refused
from yaosu.engine.replay.classes import plain_bytes
from yaosu.engine.replay.sides import net_of_events
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.words import Command, Event
from yaosu.ledger.events import Posted
from yaosu.markets.commands import CloseBook, RecordClearing, RegisterAndOffer
from yaosu.markets.coupling import LINK_LIMITS
from yaosu.markets.events import BookClosed
from yaosu.returns.commands import ShareIncome
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rules.evaluate import AnyItem
from yaosu.rules.pack import Condition, Pack, Table

# what a field or column of this name holds, most telling first
KINDS = {
    "batch": "batch",
    "contract": "contract",
    "income": "income",
    "right": "right",
    "based_on": "right",
    "unit": "unit",
    "units": "unit",
    "attestation": "attestation",
    "party": "party",
    "holder": "party",
    "seller": "party",
    "buyer": "party",
    "market": "market",
    "actor": "party",
}
TELLING = tuple(dict.fromkeys(KINDS.values()))
RULE_CODES = (
    "access.conditions_not_met",
    "returns.no_rule",
    "returns.no_weight",
    "returns.nobody_to_pay",
    "rights.attribute_wrong",
    "rights.conditions_not_met",
    "rules.not_in_force",
)
NOT_FOLLOWED = "not followed"
Name = tuple[str, str]  # kind of thing, id


class Divergence(Struct, frozen=True):
    """An entry that came out otherwise, and why.

    Attributes:
        sequence, instant: of the entry.
        actor, command: who asked what.
        outcome: class of outcome.
        value: of the command, minor units.
        recorded, replayed: ``accepted`` or the code of the refusal.
        cause: in words: the rule item, the entry it follows from, or that it was not followed.
        item: the rule item at the root, as ``id@version#item``, or empty.
        follows: the entry it follows from; -1 where it follows from none.
    """

    sequence: int
    instant: int
    actor: str
    command: str
    outcome: str
    value: int
    recorded: str
    replayed: str
    cause: str
    item: str
    follows: int


class Cause(Struct, frozen=True):
    """The last three fields of a divergence."""

    cause: str
    item: str
    follows: int


class Causes:
    """Follows divergences through one replay."""

    def __init__(self) -> None:
        self._changed: dict[str, tuple[str, AnyItem | None, AnyItem | None]] = {}
        self._marks: dict[Name, int] = {}
        self._items: dict[int, str] = {}

    def compare_packs(self, recorded: Pack | None, replayed: Pack) -> None:
        """Know which items of a pack differ; a pack counts as the last two versions compared."""
        for name, (full, _, _) in list(self._changed.items()):
            if full.startswith(f"{replayed.name}#"):
                del self._changed[name]
        before = {} if recorded is None else {item.id: item for item in recorded.items}
        after = {item.id: item for item in replayed.items}
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                full = f"{replayed.name}#{name}"
                self._changed[name] = (full, before.get(name), after.get(name))

    def trace(
        self,
        sequence: int,
        command: Command,
        recorded: Sequence[Event],
        replayed: Sequence[Event],
        office: bool,
    ) -> Cause:
        """Why this entry came out otherwise; marks what differs for those that come later.

        Args:
            sequence: of the entry.
            command: what was asked.
            recorded, replayed: the events of either side.
            office: whether the actor is an office of the venue, which acts for others.
        """
        items = self._deciding(command, recorded, replayed)
        follows = -1
        if not items:
            follows = self._earliest_mark(command, [*recorded, *replayed], office, sequence)
        if items:
            item, cause = ", ".join(items), f"rule item {', '.join(items)}"
        elif follows >= 0:
            item, cause = self._items.get(follows, ""), f"follows from entry {follows}"
        else:
            item, cause = "", NOT_FOLLOWED
        self._items[sequence] = item
        self.mark(sequence, recorded, replayed)
        return Cause(cause, item, follows)

    def mark(self, sequence: int, recorded: Sequence[Event], replayed: Sequence[Event]) -> None:
        """Whatever is named in what differs was touched by this entry."""
        before = [plain_bytes([event]) for event in recorded]
        after = [plain_bytes([event]) for event in replayed]
        either = set(before) & set(after)
        lost = [event for event, data in zip(recorded, before, strict=True) if data not in either]
        come = [event for event, data in zip(replayed, after, strict=True) if data not in either]
        for event in (*lost, *come):
            if not isinstance(event, Posted | Refused):
                for name in names_in(event):
                    self._marks.setdefault(name, sequence)
        for party in _parties_moved(lost, come):
            self._marks.setdefault(("party", party), sequence)

    def mark_if_marked(self, market: str, events: Sequence[Event]) -> None:
        """What a round of a marked market did is marked, too: by the entry that marked it."""
        sequence = self._marks.get(("market", market))
        if sequence is not None:
            self.mark(sequence, [], events)

    def _deciding(
        self, command: Command, recorded: Sequence[Event], replayed: Sequence[Event]
    ) -> list[str]:
        """Full names of the items that differ and that decided this command."""
        codes = [event for event in (*recorded, *replayed) if isinstance(event, Refused)]
        by_rule = [event for event in codes if event.code in RULE_CODES]
        if codes and not by_rule:
            return []
        if not codes and not _shows_rule(recorded, replayed):
            return []
        read = {name for name in self._changed if self._is_read(command, name)}
        reasons = {
            reason
            for event in by_rule
            for reason in str(event.facts.get("reasons", "")).split(", ")
        }
        named = {name for name in read if reasons & _reasons(*self._changed[name][1:])}
        return [self._changed[name][0] for name in sorted(named or read)]

    def _is_read(self, command: Command, name: str) -> bool:
        """Whether a decision about this command reads an item, directly or by way of others."""
        _, before, after = self._changed[name]
        if any(reads(command, item) for item in (before, after) if item is not None):
            return True
        return any(
            name in item.reads and reads(command, item)
            for _, *pair in self._changed.values()
            for item in pair
            if item is not None
        )

    def _earliest_mark(
        self, command: Command, events: Sequence[Event], office: bool, sequence: int
    ) -> int:
        """The first entry that touched the most telling thing this command names; or -1."""
        named = set(names_in(command))
        for event in events:
            if isinstance(event, Refused):
                named.update(_names_in_facts(event.facts))
        if office:
            named.discard(("party", command.actor))
        for kind in TELLING:
            found = [
                self._marks[name]
                for name in sorted(named)
                if name[0] == kind and name in self._marks
            ]
            earlier = [mark for mark in found if mark < sequence]
            if earlier:
                return min(earlier)
        return -1


def reads(command: Command, item: AnyItem) -> bool:
    """Whether a decision about this command reads an item: where each floor asks the rules."""
    match command:
        case ApplyForAdmission():
            return (
                isinstance(item, Condition)
                and item.purpose == "admission"
                and not {"*", command.factor}.isdisjoint(item.factors)
                and not {"*", command.role}.isdisjoint(item.roles)
            )
        case RegisterRight() | RegisterMany() | RegisterAndOffer():
            is_condition = isinstance(item, Condition) and item.purpose == "registration"
            return is_condition or isinstance(item, Table)
        case ShareIncome():
            return item.id == command.rule
        case CloseBook() | RecordClearing():
            return item.id == LINK_LIMITS
        case _:
            return False


def names_in(value: Any) -> Iterator[Name]:
    """The things a command or event names, in its fields, tables and inner structs."""
    if isinstance(value, Columns):
        for name in value.names:
            column = value.column(name)
            if name in KINDS and isinstance(column, Text):
                yield from ((KINDS[name], text) for text in column.values if text)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _names_in_field(name, getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)


def _names_in_field(name: str, value: Any) -> Iterator[Name]:
    if name in KINDS and isinstance(value, str):
        if value:
            yield KINDS[name], value
    elif name in KINDS and isinstance(value, list | tuple):
        yield from ((KINDS[name], text) for text in value if isinstance(text, str))
    elif (
        isinstance(value, Struct)
        and hasattr(value, "id")
        and type(value).__name__.lower()
        in (
            "party",
            "right",
            "unit",
            "attestation",
        )
    ):
        yield type(value).__name__.lower(), value.id
        yield from names_in(value)
    else:
        yield from names_in(value)


def _names_in_facts(facts: dict[str, Any]) -> Iterator[Name]:
    for name, fact in facts.items():
        if name in KINDS and isinstance(fact, str) and fact:
            yield KINDS[name], fact


def _parties_moved(lost: Sequence[Event], come: Sequence[Event]) -> list[str]:
    """Parties whose books the two sides leave different."""
    net: dict[tuple[str, str, str], int] = {}
    for events, sign in ((lost, -1), (come, +1)):
        for account, amount in net_of_events(events):
            net[account] = net.get(account, 0) + sign * amount
    return sorted({account[0] for account, amount in net.items() if amount})


def _shows_rule(recorded: Sequence[Event], replayed: Sequence[Event]) -> bool:
    """Whether two acceptances differ where a rule shows: links in force, or amounts paid out."""
    links = [
        [event.links for event in events if isinstance(event, BookClosed)]
        for events in (recorded, replayed)
    ]
    if links[0] or links[1]:
        return links[0] != links[1]
    return True


def _reasons(before: AnyItem | None, after: AnyItem | None) -> set[str]:
    return {item.reason for item in (before, after) if item is not None}
