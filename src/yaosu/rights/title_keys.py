"""With which of the venue's keys a title certificate was signed, and whether it was in force then.

A key is in force from the entry that names it until the entry that names the next; what it signed
meanwhile stays good. The first key on record may be older than its naming.
"""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.signed_note import parse_verifier_key
from yaosu.parties.values import VenueKey
from yaosu.rights import refusals

__all__ = ["refusals"]


class TitleKey(Struct, frozen=True, kw_only=True):
    """A key of the venue, in force from ``since`` until ``until``: instants; 0 is without end."""

    vkey: str
    since: int
    until: int


def title_keys(keys: Sequence[VenueKey]) -> list[TitleKey]:
    """Every key on record with its term, in order."""
    ends = [*(one.since for one in keys[1:]), 0]
    return [
        TitleKey(vkey=one.vkey, since=one.since, until=end)
        for one, end in zip(keys, ends, strict=True)
    ]


def key_in_force(keys: Sequence[VenueKey], public: bytes, right: str, issued: int) -> TitleKey:
    """The key of a certificate, which was in force when that was issued.

    Args:
        public: of the key that signed it. issued: as the certificate says; the caller holds that
            against the journal, where it has it.

    Raises:
        Refusal: ``rights.signed_with_other_key`` where the venue never named it,
            ``rights.key_not_in_force``.
    """
    for at, one in enumerate(title_keys(keys)):
        if parse_verifier_key(one.vkey).public != public:
            continue
        is_in_force = (at == 0 or one.since <= issued) and (one.until == 0 or issued < one.until)
        refuse_unless(
            is_in_force,
            "rights.key_not_in_force",
            right=right,
            issued=format_instant(issued),
            key=one.vkey,
            since=format_instant(one.since),
            until=format_instant(one.until) if one.until else "today",
        )
        return one
    refuse("rights.signed_with_other_key")
