"""A party's proof of its own rows as a file: what stands in it, and its one spelling.

JSON; hashes, header and rows in base64. What the file proves is for the engine to say (the rows
are its words): :mod:`yaosu.engine.party_proof`.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from yaosu.journal.chain import HEADER_BYTES, Header, header_hash, open_header
from yaosu.journal.checkpoint import Checkpoint
from yaosu.journal.merkle import verify_inclusion
from yaosu.journal.party_trie import DEPTH_MAX, Leaf, climb, leaf_hash, shares_way
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.signed_note import read_base64

FORMAT = "yaosu party proof 1"
DIGEST = "SHA-256"
HASH_BYTES = 32
HASHES_MAX = 64  # of a way in the tree of entries
ROWS_MAX = 2**63 - 1


class Own(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The party's own leaf, with the rows it stands for."""

    salt: str
    before: int
    here: int
    rows: str


class Other(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leaf of another party where this one would lie, if it had one."""

    key: str
    content: str


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry: its header, its way to the checkpoint, and what it holds of the party.

    Attributes:
        inclusion: hashes from the header's leaf up to the root of the checkpoint.
        way: hashes beside the way from the root over the parties down, topmost first.
        own: the party's leaf at its end; without one, ``other`` or nothing lies there.
    """

    header: str
    inclusion: tuple[str, ...]
    way: tuple[str, ...]
    own: Own | None
    other: Other | None


class PartyProof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file.

    Attributes:
        party: whose rows.
        start: an entry that records how many rows it had; none where the proof begins at the first.
        entries: every entry with rows of its own behind ``start``, up to ``end``.
        end: the entry that records how many rows it had then.
        checkpoint: the signed note that all ways lead to.
    """

    format: str = FORMAT
    digest: str = DIGEST
    party: str
    start: Step | None
    entries: tuple[Step, ...]
    end: Step
    checkpoint: str


class Opened(Struct, frozen=True):
    """One entry that was proved to hold so much of a party.

    Attributes:
        leaf: the party's; None where it has none.
        rows: their canonical bytes; empty where there is no leaf.
    """

    header: Header
    leaf: Leaf | None
    rows: bytes


def write_party_proof(proof: PartyProof) -> str:
    """The one spelling of a proof."""
    return msgspec.json.format(msgspec.json.encode(proof), indent=1).decode() + "\n"


def is_party_proof(text: str) -> bool:
    """Whether a file is of this kind, by its first character."""
    return text.startswith("{")


def read_party_proof(text: str) -> PartyProof:
    """The proof in a file; that it proves anything is not checked here.

    Raises:
        Refusal: ``journal.bad_proof``.
    """
    try:
        proof = msgspec.json.decode(text, type=PartyProof)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        refuse("journal.bad_proof", reason=str(error))
    for name, value, known in (
        ("format", proof.format, FORMAT),
        ("digest", proof.digest, DIGEST),
    ):
        if value != known:
            refuse("journal.bad_proof", reason=f"its {name} is {value!r}, wanted {known!r}")
    if write_party_proof(proof) != text:
        refuse("journal.bad_proof", reason="it is not spelled as it was written")
    return proof


def step_of(
    packed: bytes,
    inclusion: Sequence[bytes],
    way: Sequence[bytes],
    own: tuple[Leaf, bytes] | None,
    other: Leaf | None,
) -> Step:
    """One entry as the file says it: header, both ways, and the leaf at the end of the second."""
    return Step(
        header=_text(packed),
        inclusion=tuple(_text(node) for node in inclusion),
        way=tuple(_text(node) for node in way),
        own=None
        if own is None
        else Own(
            salt=_text(own[0].salt), before=own[0].before, here=own[0].here, rows=_text(own[1])
        ),
        other=None if other is None else Other(key=_text(other.key), content=_text(other.content)),
    )


def open_step(step: Step, key: bytes, checkpoint: Checkpoint) -> Opened:
    """What an entry holds of a party, if every hash leads where it must.

    Args:
        step: from the file.
        key: of the party.
        checkpoint: its signature is checked already.

    Raises:
        Refusal: ``journal.bad_proof``, ``journal.proof_fails``.
    """
    packed = _bytes(step.header, HEADER_BYTES)
    header = open_header(packed)
    if header is None:
        refuse("journal.bad_proof", reason="a header is none")
    what, size = f"entry {header.sequence}", checkpoint.size
    inclusion = _hashes(step.inclusion, HASHES_MAX)
    way = _hashes(step.way, DEPTH_MAX)
    leads = verify_inclusion(header_hash(packed), header.sequence, size, inclusion, checkpoint.root)
    refuse_unless(leads, "journal.proof_fails", what=what, size=size)
    leaf, rows, node = _leaf_of(step, key, len(way))
    refuse_unless(
        climb(key, node, way) == header.parties,
        "journal.proof_fails",
        what=f"the party's rows in {what}",
        size=size,
    )
    return Opened(header, leaf, rows)


def _leaf_of(step: Step, key: bytes, depth: int) -> tuple[Leaf | None, bytes, bytes]:
    """The party's leaf, its rows, and the hash at the end of the way."""
    if step.own is not None:
        if step.other is not None or not 0 <= step.own.before <= ROWS_MAX - step.own.here:
            refuse("journal.bad_proof", reason="a leaf is none")
        refuse_unless(step.own.here >= 0, "journal.bad_proof", reason="a leaf is none")
        rows = _bytes(step.own.rows)
        salt = _bytes(step.own.salt, HASH_BYTES)
        leaf = Leaf(key, salt, step.own.before, step.own.here, sha256(rows).digest())
        return leaf, rows, leaf.hash
    if step.other is None:
        return None, b"", bytes(HASH_BYTES)
    beside = _bytes(step.other.key, HASH_BYTES)
    if beside == key or not shares_way(key, beside, depth):
        refuse("journal.bad_proof", reason="the leaf of another party lies elsewhere")
    return None, b"", leaf_hash(beside, _bytes(step.other.content, HASH_BYTES))


def _hashes(texts: Sequence[str], most: int) -> list[bytes]:
    refuse_unless(len(texts) <= most, "journal.bad_proof", reason=f"it has {len(texts)} hashes")
    return [_bytes(text, HASH_BYTES) for text in texts]


def _bytes(text: str, length: int | None = None) -> bytes:
    data = read_base64(text)
    if data is None or (length is not None and len(data) != length):
        refuse("journal.bad_proof", reason=f"{text[:80]!r} is not what is wanted in its place")
    return data


def _text(data: bytes) -> str:
    return b64encode(data).decode()
