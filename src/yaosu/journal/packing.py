"""How the databases keep the payloads of an entry: in one column, behind their lengths."""

import struct

from yaosu.journal.chain import Entry, Row
from yaosu.kernel.canonical import digest

# bytes of the command, bytes of the events; then command, events, and the rest is sealed.
# One column instead of three: binding a column costs as much as hashing what is in it.
LENGTHS = struct.Struct("<QQ")
LENGTHS_BYTES, READ_LENGTHS = LENGTHS.size, LENGTHS.unpack_from  # looked up once, not once a row


def pack_payloads(entry: Entry) -> bytes:
    """The three payloads in one piece."""
    command, events = entry.command, entry.events
    return b"".join((LENGTHS.pack(len(command), len(events)), command, events, entry.sealed))


def pack_without_sealed(row: Row) -> bytes:
    """The payloads of a row without what is sealed: what is left once its keys are erased."""
    _, _, command, events, _ = row
    return b"".join((LENGTHS.pack(len(command), len(events)), command, events))


def split_payloads(payloads: bytes) -> tuple[bytes, bytes, bytes]:
    """Command, events, sealed; where the lengths are damaged, pieces that fit no digest."""
    if type(payloads) is not bytes or len(payloads) < LENGTHS_BYTES:
        return payloads, b"", b""
    in_command, in_events = READ_LENGTHS(payloads)
    middle = LENGTHS_BYTES + in_command
    end = middle + in_events
    if end > len(payloads):  # a slice would end at the end, in silence
        return payloads, b"", b""
    return payloads[LENGTHS_BYTES:middle], payloads[middle:end], payloads[end:]


def note_digest(name: str, value: bytes) -> bytes:
    """What is kept beside a note, over both its parts."""
    text = name.encode()
    return digest(len(text).to_bytes(4, "little") + text + value)
