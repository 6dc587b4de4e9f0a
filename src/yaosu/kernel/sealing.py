"""What a command says of the secrets that travel beside it: digests and hash commitments, no more.

A sealed item is ciphertext kept beside an entry; the command names it by a note. What the words of
the item were can be proved later by whoever knows them and their salt. The ciphertext itself is
made and opened in :mod:`yaosu.journal.sealed`; nothing that decides ever sees it.
"""

from msgspec import Struct

from yaosu.kernel import canonical
from yaosu.kernel.refusal import declare, refuse_unless
from yaosu.kernel.words import Command

SEALED_FIELD = "sealed"
HASH_COMMITMENT_FORM = "yaosu.hash-commitment/1"
DIGEST_BYTES = 32
SALT_BYTES_MIN = 16
NOTES_MAX = 64
NAME_CHARACTERS_MAX = 96
DATA_KEY_CHARACTERS_MAX = 400
OWN = "own:"  # data keys whose id begins so are kept by the party itself, in no store of the venue
LEVELS = ("public", "internal", "important", "core", "personal")
SEALED_LEVELS = ("important", "core", "personal")  # what is of these levels never stands in plain

REFUSALS = declare(
    {
        "kernel.bad_note": (
            "the note of sealed item {item} does not have its form: {reason}",
            "seal the item again and send the note that comes with it",
        ),
    }
)


class Binding(Struct, frozen=True, kw_only=True):
    """To which command of which venue a sealed item belongs; it opens nowhere else.

    Attributes:
        actor, key: of the command.
        item: the item's name in it.
    """

    venue: str
    actor: str
    key: str
    item: str


class SealedNote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a command says of one sealed item.

    Attributes:
        name: of the item, unique in its command.
        level: ``important``, ``core`` or ``personal``.
        data_key: id of the key it is sealed with; ``own:...`` where the party keeps that itself.
        digest: SHA-256 of the item's canonical bytes, the ciphertext among them.
        hash_commitment: see :func:`hash_commitment`.
    """

    name: str
    level: str
    data_key: str
    digest: bytes
    hash_commitment: bytes


def hash_commitment(binding: Binding, salt: bytes, content: bytes) -> bytes:
    """SHA-256 that binds whoever gives it to a content, and says nothing about it without the salt.

    Args:
        binding: so that nobody can copy another's.
        salt: at least 16 bytes that nobody can guess.
        content: any bytes.
    """
    return canonical.digest(
        canonical.encode(
            {
                "form": HASH_COMMITMENT_FORM,
                "venue": binding.venue,
                "actor": binding.actor,
                "key": binding.key,
                "item": binding.item,
                "salt": salt,
                "content": content,
            }
        )
    )


def takes_sealed(command: Command) -> bool:
    """Whether sealed items may travel with a command: it has a field ``sealed`` for their notes."""
    return SEALED_FIELD in command.__struct_fields__


def notes_of(command: Command) -> tuple[SealedNote, ...]:
    """The notes of a command; none where nothing sealed may travel with it."""
    notes: tuple[SealedNote, ...] = getattr(command, SEALED_FIELD, ())
    return notes


def check_notes(notes: tuple[SealedNote, ...]) -> None:
    """Refuse ``kernel.bad_note`` where a note cannot be one."""
    refuse_unless(
        len(notes) <= NOTES_MAX,
        "kernel.bad_note",
        item=str(len(notes)),
        reason=f"{NOTES_MAX} items may travel with one command",
    )
    before = ""
    for note in notes:
        refuse_unless(
            not (reason := _fault_of(note, before)),
            "kernel.bad_note",
            item=note.name,
            reason=reason,
        )
        before = note.name


def _fault_of(note: SealedNote, before: str) -> str:
    """Why a note is none, or nothing."""
    if not 0 < len(note.name) <= NAME_CHARACTERS_MAX:
        return f"its name does not have 1 to {NAME_CHARACTERS_MAX} characters"
    if note.name <= before:
        return "items are in order of their names, each once"
    if note.level not in SEALED_LEVELS:
        return f"its level is none of {', '.join(SEALED_LEVELS)}"
    if not 0 < len(note.data_key) <= DATA_KEY_CHARACTERS_MAX:
        return f"the id of its key does not have 1 to {DATA_KEY_CHARACTERS_MAX} characters"
    if not len(note.digest) == len(note.hash_commitment) == DIGEST_BYTES:
        return f"a digest does not have {DIGEST_BYTES} bytes"
    return ""
