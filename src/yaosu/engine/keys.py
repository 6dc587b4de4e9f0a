"""The venue's keys on record: which of them may sign a checkpoint of which size.

A key is in force from the entry that names it; whoever trusts one key follows the notes in which
each key says which one follows it.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from yaosu.core import AnyCommand
from yaosu.engine.recovery import events_of
from yaosu.journal.chain import ACCEPTED, HEADER_BYTES, Entry, header_hash, open_header
from yaosu.journal.checkpoint import Checkpoint, KeyTerm, parse_checkpoint, verify_checkpoint
from yaosu.journal.merkle import Subtrees, verify_inclusion
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.signed_note import VerifierKey, parse_verifier_key, read_base64
from yaosu.kernel.words import tag_of
from yaosu.parties.commands import NameKey
from yaosu.parties.events import KeyNamed
from yaosu.parties.methods.succession import is_succession

FORMAT = "yaosu key proof 1"
HASH_BYTES = 32
HASHES_MAX = 64
STEPS_MAX = 10_000
MARK = tag_of(KeyNamed).encode()


class Named(Struct, frozen=True):
    """An entry that put a key on record."""

    entry: Entry
    vkey: str
    endorsement: str


class KeyStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same in a file: header and command in base64, the hashes up to the checkpoint's root."""

    header: str
    inclusion: tuple[str, ...]
    command: str


class KeyProof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every entry that put a key on record, under one checkpoint."""

    format: str = FORMAT
    steps: tuple[KeyStep, ...]
    checkpoint: str


def names_key(entry: Entry) -> bool:
    """Whether an entry may put a key on record: looked for in its bytes, to spare decoding."""
    return entry.header.outcome == ACCEPTED and MARK in entry.events


def keys_named(entries: Iterable[Entry]) -> list[Named]:
    """Every key that these entries put on record, in order."""
    return [
        Named(entry, event.key.vkey, event.key.endorsement)
        for entry in entries
        if names_key(entry)
        for event in events_of(entry)
        if isinstance(event, KeyNamed)
    ]


def terms_from(trusted: VerifierKey, named: Sequence[tuple[int, str, str]]) -> list[KeyTerm]:
    """The trusted key and those that follow it, each with the sizes it may sign.

    Args:
        trusted: the key that the verifier has from elsewhere.
        named: entry, key and endorsement of each key on record, in order.

    Raises:
        Refusal: ``journal.key_unknown``, ``journal.bad_proof`` where a key was not endorsed.
    """
    if not named:
        return [KeyTerm(trusted, 0, None)]
    texts = [vkey for _, vkey, _ in named]
    refuse_unless(trusted.text in texts, "journal.key_unknown", key=trusted.text)
    begin = texts.index(trusted.text)
    terms = []
    for at in range(begin, len(named)):
        sequence, vkey, endorsement = named[at]
        if at > begin and not is_succession(endorsement, texts[at - 1], vkey):
            refuse("journal.bad_proof", reason=f"the key of entry {sequence} is not endorsed")
        last = named[at + 1][0] if at + 1 < len(named) else None
        terms.append(KeyTerm(parse_verifier_key(vkey), sequence + 1 if at else 0, last))
    return terms


def terms_on_record(store: Store, trusted: VerifierKey) -> list[KeyTerm]:
    """The same from a journal at hand. Cost: one reading of it."""
    named = keys_named(store.read())
    return terms_from(
        trusted, [(one.entry.header.sequence, one.vkey, one.endorsement) for one in named]
    )


def check_may_sign(named: Sequence[Named], key: VerifierKey) -> None:
    """Refuse ``engine.key_replaced`` where another key is in force at the end of the journal."""
    if named and named[-1].vkey != key.text:
        last = named[-1]
        sequence = last.entry.header.sequence
        refuse("engine.key_replaced", key=key.text, sequence=sequence, now=last.vkey)


class KeyWatch:
    """Follows a growing journal and says whether a key may sign a checkpoint of it now."""

    def __init__(self, key: VerifierKey) -> None:
        self._key = key
        self._named: list[Named] = []

    def take(self, entry: Entry) -> None:
        """The next entry, from the first on."""
        self._named += keys_named((entry,))

    def check(self) -> None:
        """Refuse ``engine.key_replaced`` where another key is in force by now."""
        check_may_sign(self._named, self._key)


def prove_keys(store: Store, note: str) -> str:
    """The proof file of all keys on record, under a checkpoint of the journal."""
    size = parse_checkpoint(note).size
    subtrees = Subtrees(store.hashes(0, size - 1))
    named = keys_named(store.read(0, size - 1)) if size else []
    steps = tuple(
        KeyStep(
            header=_text(one.entry.packed),
            inclusion=tuple(_text(node) for node in subtrees.inclusion(one.entry.header.sequence)),
            command=_text(one.entry.command),
        )
        for one in named
    )
    return _write(KeyProof(steps=steps, checkpoint=note))


def is_key_proof(text: str) -> bool:
    """Whether a file is of this kind, by its first line."""
    return f'"{FORMAT}"' in text[:80]


def verify_keys(text: str, trusted: VerifierKey) -> tuple[list[KeyTerm], Checkpoint]:
    """The keys that follow the trusted one, by a proof file; and its checkpoint.

    Raises:
        Refusal: ``journal.bad_proof``, ``journal.proof_fails``, ``journal.key_unknown``, and those
            of :func:`yaosu.journal.checkpoint.verify_checkpoint`.
    """
    named, note = _read(text)
    terms = terms_from(trusted, named)
    return terms, verify_checkpoint(note, terms)


def keys_proven(text: str, trusted: VerifierKey) -> list[str]:
    """All keys on record by a proof file, those before the trusted one too, in order.

    Raises:
        Refusal: as of :func:`verify_keys`.
    """
    verify_keys(text, trusted)
    return [vkey for _, vkey, _ in _read(text)[0]]


def _read(text: str) -> tuple[list[tuple[int, str, str]], str]:
    """Entry, key and endorsement of each step, each under the checkpoint; and that."""
    try:
        proof = msgspec.json.decode(text, type=KeyProof)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        refuse("journal.bad_proof", reason=str(error))
    if proof.format != FORMAT or len(proof.steps) > STEPS_MAX or _write(proof) != text:
        refuse("journal.bad_proof", reason=f"it is not {FORMAT} as it was written")
    said = parse_checkpoint(proof.checkpoint)
    named = [_open(step, said) for step in proof.steps]
    if [one[0] for one in named] != sorted({one[0] for one in named}):
        refuse("journal.bad_proof", reason="its entries are not in order")
    return named, proof.checkpoint


def _open(step: KeyStep, said: Checkpoint) -> tuple[int, str, str]:
    """Entry, key and endorsement, if the entry stands under the checkpoint and names the key."""
    packed, command = read_base64(step.header), read_base64(step.command)
    path = [read_base64(node) for node in step.inclusion[: HASHES_MAX + 1]]
    hashes = [node for node in path if node is not None and len(node) == HASH_BYTES]
    header = open_header(packed) if packed is not None and len(packed) == HEADER_BYTES else None
    if packed is None or header is None or command is None or len(hashes) != len(path):
        refuse("journal.bad_proof", reason="a step is none")
    leads = verify_inclusion(header_hash(packed), header.sequence, said.size, hashes, said.root)
    what = f"entry {header.sequence}"
    refuse_unless(leads, "journal.proof_fails", what=what, size=said.size)
    asked = canonical.decode(command, AnyCommand)
    holds = canonical.digest(command) == header.command and header.outcome == ACCEPTED
    if not holds or not isinstance(asked, NameKey):
        refuse("journal.bad_proof", reason=f"{what} names no key")
    return header.sequence, parse_verifier_key(asked.vkey).text, asked.endorsement


def _write(proof: KeyProof) -> str:
    return msgspec.json.format(msgspec.json.encode(proof), indent=1).decode() + "\n"


def _text(data: bytes) -> str:
    return b64encode(data).decode()
