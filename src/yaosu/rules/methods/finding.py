"""One thing the linter found in a rule pack."""

from msgspec import Struct

FAULTS = (  # what should not stand in a pack; every other kind is only to be looked at
    "refused",
    "extra",
    "missing",
    "changed",
    "contradictory",
    "unreachable",
    "forbidden_field",
    "no_authority",
    "no_expiry",
    "breach",
)


class Finding(Struct, frozen=True, kw_only=True):
    """One thing the linter found.

    Attributes:
        kind: what it is; see ``FAULTS`` for those that should not be.
        item: id of the item, or of several joined by `` + ``; empty where it is the whole pack.
        sentence: what it means, in words.
    """

    kind: str
    pack: str
    item: str
    sentence: str

    @property
    def is_fault(self) -> bool:
        """Whether it should not stand in a pack."""
        return self.kind in FAULTS
