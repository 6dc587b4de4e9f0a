"""Secrets beside the journal: sealing what travels with a command, opening it, finishing erasures.

What decides never comes here. The writer stores the items whose digests a command names; whoever
has the key store opens them; an erased key is destroyed after its entry is durable and before
anybody is answered, and where a crash came between, at the next opening.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import State, signed_for
from yaosu.engine import refusals
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import command_of
from yaosu.journal.chain import Entry
from yaosu.journal.keys import KeyStore
from yaosu.journal.sealed import (
    DataKey,
    Opened,
    SealedItem,
    check_fits,
    decode_items,
    encode_items,
    key_name,
    open_item,
    prove_opened,
    seal_item,
)
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.sealing import OWN, Binding, SealedNote, check_notes, notes_of, takes_sealed
from yaosu.kernel.words import Command, tag_of
from yaosu.markets.commands import OpenListing, SealBid, SubmitSealedOrders
from yaosu.parties.commands import EraseKey, RegisterParty, SealData
from yaosu.parties.events import KeyErased

__all__ = ["refusals"]


PERSONAL = "personal"  # the level of what is sealed, where none is named


class Sealed(Struct, frozen=True):
    """A command, and the sealed items that travel with it: canonical bytes of their list."""

    command: Command
    items: bytes


Submission = Command | Sealed


def parts_of(asked: Submission) -> tuple[Command, bytes]:
    """The command, and what travels with it."""
    return (asked.command, asked.items) if isinstance(asked, Sealed) else (asked, b"")


def check_sealed(command: Command, items: bytes, *, has_keys: bool) -> None:
    """Refuse items that are not exactly the ones whose digests the command names.

    Without the key store also what needs it: items under keys of the venue, which nobody here could
    ever open, and erasures that nobody here could carry out.
    """
    notes = notes_of(command)
    if notes or items:
        check_fits(notes, items)
    named = [note.data_key for note in notes]
    asked = signed_for(command)
    if isinstance(asked, EraseKey):
        named.append(asked.data_key)
    if named and not has_keys:
        refuse_unless(all(name.startswith(OWN) for name in named), "engine.no_keys")


def binding_of(state: State, command: Command, item: str) -> Binding:
    """Where an item belongs; refused before the venue is founded."""
    venue = found(state.parties.venue, "engine.not_founded", command=tag_of(command))
    return _binding(venue.id, command, item)


def _binding(venue: str, command: Command, item: str) -> Binding:
    return Binding(venue=venue, actor=command.actor, key=command.key, item=item)


def content_of(item: str, value: Any) -> bytes:
    """The canonical bytes of what is to be sealed; the refusal does not say what stood in it."""
    try:
        canonical.check(value)
        return canonical.encode(value)
    except Refusal:
        pass  # its facts may repeat the secret: it is refused below, without them
    refuse("engine.bad_secret", item=item)


def seal(
    venue: str, command: Command, contents: Mapping[str, bytes], key: DataKey, level: str
) -> Sealed:
    """The command with notes of the contents, and these as sealed items."""
    refuse_unless(takes_sealed(command), "engine.not_sealed", command=tag_of(command))
    notes: list[SealedNote] = []
    items: list[SealedItem] = []
    for name, content in sorted(contents.items()):
        item, note = seal_item(key, _binding(venue, command, name), content, level)
        items.append(item)
        notes.append(note)
    check_notes(tuple(notes))
    return Sealed(replace(command, sealed=tuple(notes)), encode_items(items))


def seal_with_own_key(
    venue: str, command: Command, contents: Mapping[str, bytes], key: DataKey, level: str
) -> tuple[Sealed, dict[str, Opened]]:
    """The same with a key that the venue never sees, and what opens the items: salt and content."""
    assert key.id.startswith(OWN)
    sealed = seal(venue, command, contents, key, level)
    openings = {
        item.name: open_item(key, _binding(venue, command, item.name), item)
        for item in decode_items(sealed.items)
    }
    return sealed, openings


def seal_own(
    command: Command,
    contents: Mapping[str, Any],
    *,
    venue: str,
    secret: bytes,
    level: str = PERSONAL,
) -> tuple[Sealed, dict[str, Opened]]:
    """Seal contents with a key of one's own, away from the venue and without its knowing the key.

    Args:
        command: names nothing sealed yet; what is to be submitted comes back.
        contents: by name, as in :meth:`Venue.seal`.
        venue: id of the venue that it is meant for; it opens for no other.
        secret: 32 bytes that nobody can guess, kept by the party, used for nothing else.

    Returns:
        What to submit, and by name what proves each item later: its salt and content.
    """
    named = f"{OWN}{command.actor}/{key_name(secret)}"
    plain = {name: content_of(name, value) for name, value in contents.items()}
    return seal_with_own_key(venue, command, plain, DataKey(named, secret), level)


def data_key_name(state: State, command: Command) -> str:
    """The data key that a command's items are sealed with where none is named.

    One for each person, one for each party in each round of a market and in each listing; an
    erased one is followed by another.
    """
    match command:
        case RegisterParty(party=party) | SealData(party=party):
            name = f"person/{party}"
        case SubmitSealedOrders(market=market, actor=actor, party=party):
            known_market = state.markets.markets.get(market)
            number = known_market.round if known_market is not None else 0
            name = f"bids/{market}/{number}/{party or actor}"
        case OpenListing(listing=listing):
            name = f"listing/{listing}"
        case SealBid(listing=listing, actor=actor, party=party):
            name = f"listing/{listing}/{party or actor}"
        case _:
            refuse("engine.not_sealed", command=tag_of(command))
    number = 1
    candidate = name
    while (known := state.parties.data_keys.get(candidate)) is not None and known.erased_at:
        number += 1
        candidate = f"{name}/{number}"
    return candidate


def open_entry(state: State, keys: KeyStore, entry: Entry, name: str) -> Opened:
    """An item of an entry, opened and held against its hash commitment.

    Raises:
        Refusal: ``engine.no_such_item``, ``engine.kept_by_the_party``, ``journal.key_erased``,
            ``journal.no_such_key``, ``journal.does_not_open``.
    """
    command = command_of(entry)
    notes = {note.name: note for note in notes_of(command)}
    items = {item.name: item for item in decode_items(entry.sealed)}
    sequence = entry.header.sequence
    note = found(notes.get(name), "engine.no_such_item", sequence=sequence, item=name)
    known = state.parties.data_keys.get(note.data_key)
    is_erased = known is not None and known.erased_at > 0
    refuse_unless(not is_erased, "journal.key_erased", data_key=note.data_key)
    item = found(items.get(name), "engine.no_such_item", sequence=sequence, item=name)
    own = note.data_key.startswith(OWN)
    refuse_unless(not own, "engine.kept_by_the_party", data_key=note.data_key)
    key = found(keys.find(note.data_key), "journal.key_erased", data_key=note.data_key)
    binding = binding_of(state, command, name)
    opened = open_item(key, binding, item)
    same = prove_opened(note, binding, opened)
    refuse_unless(same, "journal.does_not_open", item=name, data_key=note.data_key)
    return opened


def check_opens(state: State, keys: KeyStore, asked: Sealed) -> None:
    """Refuse items under a key of the venue that do not open to what they commit to."""
    items = {item.name: item for item in decode_items(asked.items)}
    for note in notes_of(asked.command):
        if note.data_key.startswith(OWN) or note.name not in items:
            continue
        key = found(keys.find(note.data_key), "journal.key_erased", data_key=note.data_key)
        binding = binding_of(state, asked.command, note.name)
        same = prove_opened(note, binding, open_item(key, binding, items[note.name]))
        refuse_unless(same, "journal.does_not_open", item=note.name, data_key=note.data_key)


def destroy_erased(keys: KeyStore, answers: Iterable[Receipt | Refusal]) -> None:
    """Destroy the keys whose erasure has just become durable."""
    for answer in answers:
        if isinstance(answer, Receipt):
            for event in answer.events:
                if isinstance(event, KeyErased):
                    keys.destroy(event.data_key)


def prune(store: Store, state: State) -> list[int]:
    """Forget the ciphertext of every entry whose sealed items are all erased.

    The headers keep the digests, so the journal verifies as before; the verdict stays erased.

    Returns:
        The numbers of the entries.
    """
    erased = {name for name, known in state.parties.data_keys.items() if known.erased_at}
    pruned = [
        entry.header.sequence
        for entry in store.read()
        if entry.sealed and erased.issuperset(n.data_key for n in notes_of(command_of(entry)))
    ]
    for sequence in pruned:
        store.drop_sealed(sequence)
    return pruned


def reconcile(state: State, keys: KeyStore) -> list[str]:
    """Finish what a crash left, or a restored copy of the keys undid: erased is erased.

    Returns:
        The ids of the keys that had to be destroyed again.
    """
    names = keys.names()
    late = [
        name
        for name, known in sorted(state.parties.data_keys.items())
        if known.erased_at and names.get(name, True)
    ]
    for name in late:
        keys.destroy(name)
    return late
