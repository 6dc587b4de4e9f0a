"""A party's proof of its own rows: made from a journal, checked without one.

It holds every entry with rows of the party between two entries that record how many rows each
party has. The counts inside must run on without a gap from the first number to the second: so the
rows shown are all there are. Nobody else's rows are in it.
"""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import ENGINE_KEY, StateHashed, state_hash_command
from yaosu.engine.party_roots import party_leaves
from yaosu.engine.recovery import events_of
from yaosu.journal.chain import Entry, Header
from yaosu.journal.checkpoint import Checkpoint, Trusted, verify_checkpoint
from yaosu.journal.merkle import Subtrees
from yaosu.journal.party_files import (
    Opened,
    PartyProof,
    Step,
    open_step,
    read_party_proof,
    step_of,
    write_party_proof,
)
from yaosu.journal.party_trie import trie_path
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.rows import Piece, count_rows, party_key, read_rows

Recorded = tuple[Entry, Sequence[Event], dict[str, int]]  # an entry, its events, rows of each party


class ProvenEntry(Struct, frozen=True):
    """One entry with rows of the party."""

    header: Header
    pieces: list[Piece]


class ProvenRows(Struct, frozen=True):
    """What a party's proof proves: these are all its rows behind ``start``, up to ``end``.

    Attributes:
        party: whose.
        first, last: the rows are those numbered first to last of the party's, last not included.
        start: header of the entry that recorded ``first``; None from the beginning of the journal.
        end: header of the entry that recorded ``last``.
        entries: with the rows.
        checkpoint: that all of it stands under.
    """

    party: str
    first: int
    last: int
    start: Header | None
    end: Header
    entries: tuple[ProvenEntry, ...]
    checkpoint: Checkpoint


def prove_rows(
    store: Store, party: str, note: str, size: int, first: int | None, last: int | None
) -> str:
    """The proof file of a party.

    Args:
        store: the journal.
        party: its id; one without rows can prove that too.
        note: the checkpoint of ``size`` entries that the proof is to lead to.
        first, last: entries between which; the counts recorded last before each are used. None:
            from the beginning, up to the last recorded.

    Raises:
        Refusal: ``engine.no_counts`` where no count is recorded up to there, ``journal.damaged``.

    Cost: one reading of the journal up to ``last``; O(size) space for the hashes.
    """
    key = party_key(party)
    until = size - 1 if last is None else min(last, size - 1)
    subtrees = Subtrees(store.hashes(0, size - 1))
    counts: dict[str, int] = {}
    start: Recorded | None = None
    end: Recorded | None = None
    waiting: list[Step] = []
    proved: list[Step] = []
    for entry in store.read(0, until) if until >= 0 else ():
        events = events_of(entry)
        had = counts.get(key.hex(), 0)
        count_rows(counts, None if entry.header.actor == ENGINE_KEY else entry.header.actor, events)
        if any(isinstance(event, StateHashed) for event in events):
            end = (entry, events, dict(counts))
            proved += waiting
            waiting = []
            if first is not None and entry.header.sequence <= first:
                start, proved = end, []
        elif counts.get(key.hex(), 0) > had:
            waiting.append(_step(entry, events, counts, key, subtrees))
    recorded = found(end, "engine.no_counts", entries=until + 1)
    return write_party_proof(
        PartyProof(
            party=party,
            start=None if start is None else _step(*start, key, subtrees),
            entries=tuple(proved),
            end=_step(*recorded, key, subtrees),
            checkpoint=note,
        )
    )


def verify_rows(text: str, keys: Trusted) -> ProvenRows:
    """What a party's proof proves. Needs no journal; the keys come from the venue.

    Raises:
        Refusal: ``journal.bad_proof``, ``journal.proof_fails``, ``engine.rows_missing``, and
            those of :func:`yaosu.journal.checkpoint.verify_checkpoint`.
    """
    proof = read_party_proof(text)
    said = verify_checkpoint(proof.checkpoint, keys)
    key = party_key(proof.party)
    start = None if proof.start is None else _counted(open_step(proof.start, key, said))
    end = _counted(open_step(proof.end, key, said))
    first = 0 if start is None else _total(start)
    last = _total(end)
    sequence = -1 if start is None else start.header.sequence
    if sequence > end.header.sequence:
        refuse("journal.bad_proof", reason="it ends before it begins")
    at = first
    entries: list[ProvenEntry] = []
    for step in proof.entries:
        opened = open_step(step, key, said)
        leaf = opened.leaf
        rows, pieces = read_rows(opened.rows) if leaf else (0, [])
        is_next = sequence < opened.header.sequence < end.header.sequence
        runs_on = leaf is not None and leaf.before == at and leaf.here == rows > 0
        refuse_unless(is_next and runs_on, "engine.rows_missing", party=proof.party, at=at)
        sequence, at = opened.header.sequence, at + rows
        entries.append(ProvenEntry(opened.header, pieces))
    refuse_unless(at == last, "engine.rows_missing", party=proof.party, at=at)
    begin = None if start is None else start.header
    return ProvenRows(proof.party, first, last, begin, end.header, tuple(entries), said)


def _step(
    entry: Entry, events: Sequence[Event], counts: dict[str, int], key: bytes, subtrees: Subtrees
) -> Step:
    """One entry with the way to the party's leaf, or to where it would lie."""
    header = entry.header
    found_leaves = {
        leaf.key: (leaf, rows)
        for leaf, rows in party_leaves(counts, header.actor, events, entry.events)
    }
    leaves = sorted((leaf.key, leaf.hash) for leaf, _ in found_leaves.values())
    way, place = trie_path(leaves, key)
    own = found_leaves.get(key)
    other = None if own is not None or place is None else found_leaves[leaves[place][0]][0]
    return step_of(entry.packed, subtrees.inclusion(header.sequence), way, own, other)


def _counted(opened: Opened) -> Opened:
    """An entry that records counts, known by its command, which has one form for each number."""
    header = opened.header
    command = canonical.encode(state_hash_command(header.sequence))
    is_record = header.command == canonical.digest(command)
    refuse_unless(
        is_record and header.actor == ENGINE_KEY,
        "journal.bad_proof",
        reason=f"entry {header.sequence} records no counts",
    )
    return opened


def _total(opened: Opened) -> int:
    return 0 if opened.leaf is None else opened.leaf.before
