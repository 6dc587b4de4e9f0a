"""How one key of a venue follows another: by a note that the one before has signed."""

from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import SigningKey, open_note, parse_verifier_key, sign_note

MARK = "yaosu key succession v1"  # first line: no checkpoint begins so, and no succession otherwise


def succession(before: SigningKey, vkey: str) -> str:
    """The note in which a key says that another follows it."""
    return sign_note(f"{MARK}\n{vkey}\n", [before])


def is_succession(note: str, before: str, vkey: str) -> bool:
    """Whether the key ``before`` has signed that ``vkey`` follows it; both as lines."""
    try:
        return open_note(note, [parse_verifier_key(before)]) == f"{MARK}\n{vkey}\n"
    except Refusal:
        return False
