"""Proofs as files: an entry stands in a journal, a journal continues an earlier one; both offline.

An entry's proof has the form of C2SP tlog-proof (c2sp.org/tlog-proof); its extra data is the
header, which is the leaf. A proof of continuation has the form of the request that is sent to a
witness (c2sp.org/tlog-witness): the earlier size, the hashes, the later checkpoint.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.journal.chain import (
    HEADER_BYTES,
    Entry,
    Header,
    header_hash,
    is_sealed_as_said,
    open_header,
)
from yaosu.journal.checkpoint import SIZE, Checkpoint, Trusted, verify_checkpoint
from yaosu.journal.merkle import verify_consistency, verify_inclusion
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.signed_note import read_base64

MARK = "c2sp.org/tlog-proof@v1"
PAYLOADS_FORMAT = "yaosu entry payloads 1"
DIGEST = "SHA-256"
HASH_BYTES = 32
HASHES_MAX = 128  # twice the height of the widest tree
EXTRA = re.compile(r"extra (\S+)")
INDEX = re.compile(r"index (\S+)")
OLD = re.compile(r"old (\S+)")


class ProvenEntry(Struct, frozen=True):
    """What a proof of an entry proves: this header stands under this checkpoint."""

    header: Header
    hash: bytes
    checkpoint: Checkpoint


class Payloads(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an entry holds, for whoever may see it; every field but the first three in base64."""

    format: str
    digest: str
    sequence: int
    command: str
    events: str
    sealed: str


def entry_proof(entry: Entry, path: Sequence[bytes], checkpoint: str) -> str:
    """The proof file of an entry.

    Args:
        entry: the entry; only its header goes into the proof.
        path: from :func:`yaosu.journal.merkle.inclusion_proof` for the checkpoint's size.
        checkpoint: the signed note.
    """
    extra = f"extra {b64encode(entry.packed).decode()}\n"
    return f"{MARK}\n{extra}index {entry.header.sequence}\n{_hash_lines(path)}\n{checkpoint}"


def verify_entry_proof(text: str, keys: Trusted) -> ProvenEntry:
    """What the proof proves. Needs no journal; the keys come from the venue, not from the file.

    Raises:
        Refusal: ``journal.bad_proof``, ``journal.proof_fails``, and those of
            :func:`verify_checkpoint`.
    """
    lines, checkpoint = _split(text)
    if len(lines) < 3 or lines[0] != MARK:
        refuse("journal.bad_proof", reason=f"it does not begin with {MARK} and three lines")
    packed = read_base64(_field(EXTRA, lines[1]))
    sequence = _number(_field(INDEX, lines[2]))
    if packed is None or len(packed) != HEADER_BYTES:
        refuse(
            "journal.bad_proof", reason=f"its extra data is not a header of {HEADER_BYTES} bytes"
        )
    header = open_header(packed)
    if header is None or header.sequence != sequence:
        refuse("journal.bad_proof", reason=f"its extra data is not the header of entry {sequence}")
    path = _hashes(lines[3:])
    said = verify_checkpoint(checkpoint, keys)
    leaf = header_hash(packed)
    leads = verify_inclusion(leaf, sequence, said.size, path, said.root)
    refuse_unless(leads, "journal.proof_fails", what=f"entry {sequence}", size=said.size)
    return ProvenEntry(header, leaf, said)


def continuation_proof(old_size: int, path: Sequence[bytes], checkpoint: str) -> str:
    """The proof file that a journal of ``old_size`` entries is the beginning of the later one.

    Args:
        old_size: entries of the earlier checkpoint.
        path: from :func:`yaosu.journal.merkle.consistency_proof`.
        checkpoint: the later signed note.
    """
    return f"old {old_size}\n{_hash_lines(path)}\n{checkpoint}"


def verify_continuation_proof(text: str, earlier: Checkpoint, keys: Trusted) -> Checkpoint:
    """The later checkpoint, if the proof shows that it continues the earlier one.

    Args:
        earlier: what the verifier kept and trusts; never taken from the file.

    Raises:
        Refusal: ``journal.bad_proof``, ``journal.proof_fails``, and those of
            :func:`verify_checkpoint`.
    """
    lines, checkpoint = _split(text)
    old_size = _number(_field(OLD, lines[0]))
    path = _hashes(lines[1:])
    said = verify_checkpoint(checkpoint, keys)
    what = f"the checkpoint of {earlier.size} entries"
    holds = (
        old_size == earlier.size
        and said.origin == earlier.origin
        and verify_consistency(old_size, said.size, earlier.root, said.root, path)
    )
    refuse_unless(holds, "journal.proof_fails", what=what, size=said.size)
    return said


def is_continuation_proof(text: str) -> bool:
    """Which of the two kinds a file is, by its first word."""
    return text.startswith("old ")


def payloads_file(entry: Entry) -> str:
    """The payloads of an entry as a JSON document, to be given only to whoever may see them."""
    document = Payloads(
        format=PAYLOADS_FORMAT,
        digest=DIGEST,
        sequence=entry.header.sequence,
        command=b64encode(entry.command).decode(),
        events=b64encode(entry.events).decode(),
        sealed=b64encode(entry.sealed).decode(),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def verify_payloads(text: str, proven: ProvenEntry) -> Entry:
    """The whole entry, if the payloads are those whose digests stand in the proven header.

    Raises:
        Refusal: ``journal.bad_payloads``, ``journal.payload_differs``.
    """
    header = proven.header
    command, events, sealed = _read_payloads(text, header.sequence)
    checks = (
        ("command", sha256(command).digest() == header.command),
        ("events", sha256(events).digest() == header.events),
        ("sealed", is_sealed_as_said(sealed, header.sealed)),
    )
    for name, is_same in checks:
        if not is_same:
            refuse("journal.payload_differs", payload=name, sequence=header.sequence)
    return Entry(header, command, events, sealed, b"", proven.hash)


def _read_payloads(text: str, sequence: int) -> tuple[bytes, bytes, bytes]:
    try:
        document: Any = msgspec.json.decode(text, type=Payloads)
    except (msgspec.DecodeError, RecursionError) as error:
        refuse("journal.bad_payloads", reason=str(error))
    named = (
        ("format", document.format, PAYLOADS_FORMAT),
        ("digest", document.digest, DIGEST),
        ("sequence", document.sequence, sequence),
    )
    for name, value, known in named:
        if value != known:
            refuse("journal.bad_payloads", reason=f"its {name} is {value!r}, wanted {known!r}")
    parts = [read_base64(part) for part in (document.command, document.events, document.sealed)]
    command, events, sealed = parts
    if command is None or events is None or sealed is None:
        refuse("journal.bad_payloads", reason="a payload is not base64")
    return command, events, sealed


def _split(text: str) -> tuple[list[str], str]:
    """The lines above the first empty one, and the checkpoint below it."""
    head, gap, checkpoint = text.partition("\n\n")
    refuse_unless(gap, "journal.bad_proof", reason="no checkpoint stands under an empty line")
    return head.split("\n"), checkpoint


def _field(form: re.Pattern[str], line: str) -> str:
    matched = form.fullmatch(line)
    if matched is None:
        wanted = form.pattern.partition(" ")[0]
        refuse("journal.bad_proof", reason=f"{line[:80]!r} stands where {wanted} is wanted")
    return matched[1]


def _number(text: str) -> int:
    if not SIZE.fullmatch(text):
        refuse("journal.bad_proof", reason=f"{text[:40]!r} is not a number of entries")
    return int(text)


def _hashes(lines: Sequence[str]) -> list[bytes]:
    if len(lines) > HASHES_MAX:
        refuse("journal.bad_proof", reason=f"it has {len(lines)} hashes")
    hashes = []
    for line in lines:
        data = read_base64(line)
        if data is None or len(data) != HASH_BYTES:
            refuse("journal.bad_proof", reason=f"{line[:80]!r} is not a hash")
        hashes.append(data)
    return hashes


def _hash_lines(path: Sequence[bytes]) -> str:
    return "".join(f"{b64encode(node).decode()}\n" for node in path)
