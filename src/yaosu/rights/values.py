"""The things of the register: a unit, a right, a register entry. Frozen; changes are versions."""

from msgspec import Struct

from yaosu.kernel.numbers import Share

Attribute = str | int | bool
ENTRY_KINDS = ("first", "transfer", "grant", "freeze", "pledge", "objection", "priority_notice")
BLOCKING_KINDS = ("freeze", "pledge", "objection", "priority_notice")
SHARES_MAX = 10_000


class Unit(Struct, frozen=True, kw_only=True):
    """The thing registered: a parcel, a patent, a data resource, a post, a capacity.

    Attributes:
        quantity: lots of the whole unit, of which a right's share is a whole number.
        attributes: as the factor's profile asks for them.
        profile_version: of the profile it was registered under.
    """

    id: str
    factor: str
    region: str
    quantity: int
    attributes: dict[str, Attribute]
    profile_version: str
    since: int


class Right(Struct, frozen=True, kw_only=True):
    """What a party may do with a unit. One version of it; the id stays.

    Attributes:
        kind: a kind of the factor's profile.
        instrument: what orders for it name, and the asset its lots are in the ledger.
        share: of the unit, in lowest terms; zero in the last version of an ended right.
        granted: lots granted out of it and no longer its own (non-rival factors); 0 otherwise.
        scope: purpose, place, field and the like, as text by name.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
        based_on: the right it was derived from, or empty.
        source: SHA-256 of the document that proves it, hex, or empty.
        version, begin, end: 1 and up; instants between which this version holds, 0 is open.
        entry: id of the register entry that made this version.
    """

    id: str
    unit: str
    factor: str
    instrument: str
    holder: str
    kind: str
    share: Share
    granted: int = 0
    scope: dict[str, str] = {}
    term_from: int
    term_to: int = 0
    based_on: str = ""
    source: str = ""
    version: int = 1
    begin: int
    end: int = 0
    entry: str


class RegisterEntry(Struct, frozen=True, kw_only=True):
    """One change of the register.

    Attributes:
        kind: a word of ``ENTRY_KINDS``.
        right: the right it concerns; in a transfer or grant, the right given from.
        target: in a transfer or grant, the right received; else empty.
        made_by: who asked for it.
        beneficiary: creditor of a pledge, or who a priority notice or objection protects.
        lots: moved or granted; 0 otherwise.
        source: SHA-256 of the document that proves it, hex, or empty.
        reason: in words.
        at: instant of the entry; ``until``: instant at which it lapses by itself, 0 is never.
        released_at, released_by: 0 and empty while it stands.
    """

    id: str
    kind: str
    right: str
    target: str = ""
    made_by: str
    beneficiary: str = ""
    lots: int = 0
    source: str = ""
    reason: str = ""
    at: int
    until: int = 0
    released_at: int = 0
    released_by: str = ""

    def is_standing(self, at: int) -> bool:
        """Whether it still burdens the right at an instant."""
        return self.released_at == 0 and (self.until == 0 or at < self.until)
