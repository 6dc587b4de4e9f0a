"""The things of the register: a unit, a right, a register entry. Frozen; changes are versions.

A register has millions of them: they hold no cycles and are left out of the search for them.
"""

from msgspec import Struct

from yaosu.kernel.numbers import Share

Attribute = str | int | bool
SHARES_MAX = 10_000


class Unit(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The thing registered: a parcel, a patent, a data resource, a post, a capacity.

    Attributes:
        quantity: lots of the whole unit, of which a right's share is a whole number.
        attributes: as the factor's profile asks for them.
        profile_version: of the profile it was registered under.
        version, since, end: 1 and up; instants between which this version holds, ``end`` 0 is open.
        entry: id of the register entry that made this version; empty for the first.
        parents: units it was split or merged from.
        made_from: rights under which it was made out of other units, upstream.
        producer: who made or gathered it, if recorded; stays whoever holds it.
        old_number: of the register it was taken over from, not examined here; empty otherwise.
        market_entry: the register entry by which it came to the market, where it needs one.
    """

    id: str
    factor: str
    region: str
    quantity: int
    attributes: dict[str, Attribute]
    profile_version: str
    since: int
    version: int = 1
    end: int = 0
    entry: str = ""
    parents: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    producer: str = ""
    old_number: str = ""
    market_entry: str = ""


class Right(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a party may do with a unit. One version of it; the id stays.

    Attributes:
        kind: a kind of the factor's profile.
        instrument: what orders for it name, and the asset its lots are in the ledger.
        share: of the unit, in lowest terms; zero in the last version of an ended right.
        granted: lots granted out of it and no longer its own (non-rival factors); 0 otherwise.
        scope: purpose, place, field and the like, as text by name.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
        based_on: the right it was derived from, or empty.
        came_from: the rights whose place it took when its unit was split or merged.
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
    came_from: tuple[str, ...] = ()
    source: str = ""
    version: int = 1
    begin: int
    end: int = 0
    entry: str


class RegisterEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One change of the register.

    Attributes:
        kind: a word of the vocabulary (``vocabulary.py``).
        right: the right it concerns; in a transfer or grant, the right given from; empty where it
            concerns a whole unit.
        target: in a transfer or grant, the right received; else empty.
        unit: the unit it concerns, where it concerns a whole one.
        made_by: who asked for it; ``confirmed_by``: the second officer, where two are needed.
        beneficiary: creditor of a pledge, or who a priority notice or objection protects.
        lots: moved or granted; 0 otherwise.
        amount_minor: secured by a pledge, or paid for a renewal or another use; minor units.
        source: SHA-256 of the document that proves it, hex, or empty.
        reason: in words.
        at: instant of the entry; ``until``: instant at which it lapses by itself, 0 is never.
        effective: instant from which it counts, where that is not ``at``.
        caused_by: the entry it follows from: a pledge carried over from a parent, a freeze because
            what lies upstream was cancelled.
        released_at, released_by: 0 and empty while it stands.
        number: its registration number, unique; given where the state takes it in.
    """

    id: str
    kind: str
    right: str = ""
    target: str = ""
    unit: str = ""
    made_by: str
    confirmed_by: str = ""
    beneficiary: str = ""
    lots: int = 0
    amount_minor: int = 0
    source: str = ""
    reason: str = ""
    at: int
    until: int = 0
    effective: int = 0
    caused_by: str = ""
    released_at: int = 0
    released_by: str = ""
    number: str = ""

    def is_standing(self, at: int) -> bool:
        """Whether it still burdens the right at an instant."""
        return self.released_at == 0 and (self.until == 0 or at < self.until)

    @property
    def counts_from(self) -> int:
        """The instant from which it has effect between the parties."""
        return self.effective or self.at


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a correction sets right; what is None stays.

    Attributes:
        unit_attributes: of the unit, those named.
        holder: who should have stood in the register; the lots go with it.
    """

    holder: str | None = None
    unit_attributes: dict[str, Attribute] = {}
    scope: dict[str, str] | None = None
    term_from: int | None = None
    term_to: int | None = None
    source: str | None = None


class Waiting(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A register entry that is asked for and waits for somebody else's hand.

    Attributes:
        entry: as it will stand; a ``correction`` waits for a second officer, a ``transfer`` of a
            factor whose rights pass by delivery for the hand-over.
        correction: what would be set right.
    """

    entry: RegisterEntry
    correction: Correction | None = None


class Consent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A party agrees to one register entry about a unit or right; used up when it is made."""

    party: str
    about: str
    to: str
    at: int
    until: int = 0
    source: str = ""

    def is_in_force(self, at: int) -> bool:
        """Whether it counts at an instant."""
        return self.until == 0 or at < self.until


class Assessment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value or a quality of a unit, as somebody found it; one version of it.

    Attributes:
        method: a way of valuing (``methods/valuation.py``), or ``quality``.
        inputs: whole numbers by name, from which anybody computes ``result`` again.
        use: under which it was valued; empty is the present one.
        result: minor units of the venue's currency; of a quality the overall score in permille.
        assessor: who found it; ``at`` when it was entered, ``dated`` when it holds for.
    """

    id: str
    unit: str
    method: str
    inputs: dict[str, int]
    result: int
    assessor: str
    dated: int
    at: int
    use: str = ""
    version: int = 1
    source: str = ""


class OutlineNote(Struct, frozen=True, kw_only=True):
    """Something about the outline of a unit that does not fit, and was let pass.

    Attributes:
        check: ``area``, ``overlaps``, ``outside`` or ``leaves_out``.
        other: the unit it does not fit to; of ``outside`` all that it comes from, by spaces.
        area_cm2: how much of it, square centimetres, rounded down.
    """

    check: str
    other: str
    area_cm2: int


class Promise(Struct, frozen=True, kw_only=True):
    """What comes to a party, goes from it or costs it, in one instrument and region.

    Limits per party are held against promises: all that will bring lots to a party is one, until
    the register says that it has them.

    Attributes:
        source: ``order``, ``listing``, ``deal``, ``loan``, ``contract``; ``held`` of loans that
            run; ``title`` for what is being entered in the register itself.
        kind: of the rights it would get.
        unit: empty where the lots may come from any unit of the instrument.
        gets, gives: lots. orders: in how many orders they stand.
        pays_minor: money that it may have to pay at most. lends_minor, owes_minor: of loans, asked
            for or offered, and those that run.
        is_issued: the lots are new: with them more are issued than before.
    """

    party: str
    source: str
    factor: str
    kind: str
    instrument: str
    region: str
    unit: str = ""
    gets: int = 0
    gives: int = 0
    orders: int = 0
    pays_minor: int = 0
    lends_minor: int = 0
    owes_minor: int = 0
    is_issued: bool = False
