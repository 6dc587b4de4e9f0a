"""What stands in the header for the parties: the root over their rows in an entry.

In an entry that records the hash of the state it is the root over all parties, each with the
number of its rows in the journal so far: so a party can show that the rows it has are all.
"""

from collections.abc import Sequence

from yaosu.core import ENGINE_KEY, StateHashed
from yaosu.journal.chain import ZERO
from yaosu.journal.party_trie import (
    Leaf,
    content_hash,
    leaf_hash,
    salt_of,
    secret_of,
    trie_root,
)
from yaosu.kernel import canonical
from yaosu.kernel.canonical import digest
from yaosu.kernel.words import Event
from yaosu.rows import rows_by_party

NO_ROWS = canonical.encode([])


def parties_root(
    counts: dict[str, int], actor: bytes, events: Sequence[Event], data: bytes
) -> bytes:
    """The root over the parties of an entry, as its header holds it; zero where there are none.

    Args:
        counts: rows of each party so far, those of this entry among them.
        actor: key of who asked.
        events: of the entry; ``data``: their canonical bytes.

    Cost: one pass over the rows, a few hashes a party.
    """
    rows = _rows(counts, actor, events)
    if not rows:
        return ZERO
    secret = secret_of(data)
    leaves = [
        (
            key,
            leaf_hash(
                key,
                content_hash(salt_of(secret, key), counts[key.hex()] - here, here, digest(mine)),
            ),
        )
        for key, (here, mine) in rows.items()
    ]
    leaves.sort()
    return trie_root(leaves)


def party_leaves(
    counts: dict[str, int], actor: bytes, events: Sequence[Event], data: bytes
) -> list[tuple[Leaf, bytes]]:
    """The leaf of each party of an entry, with the canonical bytes of its rows."""
    secret = secret_of(data)
    return [
        (Leaf(key, salt_of(secret, key), counts[key.hex()] - here, here, digest(mine)), mine)
        for key, (here, mine) in _rows(counts, actor, events).items()
    ]


def _rows(
    counts: dict[str, int], actor: bytes, events: Sequence[Event]
) -> dict[bytes, tuple[int, bytes]]:
    for event in events:
        if type(event) is StateHashed:
            return {bytes.fromhex(name): (0, NO_ROWS) for name in counts}
    return rows_by_party(None if actor == ENGINE_KEY else actor, events)
