"""A rule pack as a value: what a TOML file says, checked and frozen."""

from msgspec import Struct

Value = str | int | bool
Facts = dict[str, Value]
FACT_KINDS = ("int", "text", "truth")
ROUNDINGS = ("down", "up", "to_even")
ENTRY_PURPOSES = ("admission", "registration")  # one national set; no overlay touches them
ITEMS_MAX = 2_000
EXAMPLES_MAX = 100


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence in both languages of the house."""

    en: str
    zh: str = ""


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a figure of an institution comes from.

    Attributes:
        field: its place in the file, such as ``nature.term_max``; it covers all below it.
        basis: how sure it is: statute, public page, assumed.
        note: which statute or page, or why it is assumed so.
    """

    field: str
    basis: str
    note: str = ""


class Exemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an item that may keep competition down should stand all the same.

    Attributes:
        ground: one of those the fair-competition checklist knows, such as ``public_interest``.
        no_milder_way: why nothing that touches competition less would do.
    """

    ground: str
    no_milder_way: str


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every rule item says about itself.

    Attributes:
        id: unique in its pack; overlays name it to replace it.
        reason: code given when the item stands in the way or cannot be worked out.
        text: what it means, for people.
        authority, legal_basis: who answers for it, and under what; needed with ``expiry`` where
            the item reads the applicant's region, ownership, sector or size.
        expiry: instant after which the item is out of force; 0 means as long as its pack.
        source, confidence: where the figure comes from: statute, public page, assumed.
        reads: ids of other items whose results this one uses, as names with ``.`` and ``-``
            written ``_``.
        exemption: claimed where the item touches an article of the fair-competition checklist.
    """

    id: str
    reason: str
    text: Text | None = None
    authority: str = ""
    legal_basis: str = ""
    expiry: int = 0
    source: str = ""
    confidence: str = ""
    reads: tuple[str, ...] = ()
    exemption: Exemption | None = None


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A worked example of an item, run whenever the pack is parsed or adopted.

    Attributes:
        facts: what is known.
        result: what must come out; for a table, the columns of the row found.
    """

    facts: Facts
    result: Value | dict[str, Value]


class Condition(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A predicate in CEL over flat typed facts; what cannot be decided is not met.

    Attributes:
        purpose: what asks for it: ``admission``, ``registration``, or another floor's word.
        factors, roles: to whom it applies; ``*`` is all.
        expression: CEL, of type truth value.
    """

    purpose: str
    expression: str
    factors: tuple[str, ...] = ("*",)
    roles: tuple[str, ...] = ("*",)
    example: tuple[Example, ...]


class Table(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows found by a key.

    Attributes:
        key: name of the fact and of the column it is compared with.
        match: ``exact``, or ``band``: the row with the greatest key not above the fact.
        columns: column -> kind of its values (int, text, truth).
        rows: one map a row, every column in each.
    """

    key: str
    columns: dict[str, str]
    rows: tuple[dict[str, Value], ...]
    match: str = "exact"
    example: tuple[Example, ...]


class Formula(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exact computation over whole numbers, rounded once at the end by name.

    Attributes:
        expression: ``+ - * / min max floor ceil`` over facts, parameters and whole numbers.
        rounding: ``down``, ``up`` or ``to_even``.
        unit: measurement unit of the result, such as ``CNY minor``.
    """

    expression: str
    rounding: str
    unit: str = ""
    example: tuple[Example, ...]


class Points(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a scorecard: points given when a CEL expression holds."""

    when: str
    points: int
    reason: str


class Scorecard(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that add up, kept between a least and a greatest score."""

    base: int = 0
    least: int = 0
    greatest: int = 1000
    points: tuple[Points, ...]
    example: tuple[Example, ...]


class Parameter(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure: a value with its unit and the bounds an overlay may move it in."""

    value: Value
    unit: str = ""
    least: int | None = None
    greatest: int | None = None
    example: tuple[Example, ...]


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose pack it is, and when and where it applies.

    Attributes:
        effective, expiry: instants, the end not included; expiry 0 means open.
        base: id of the pack an overlay changes; empty for a pack of its own.
        zone, region: where an overlay applies: one of the two.
        precedence: the greater number wins where overlays meet; then the narrower place, then
            the later effect; what is still equal is refused at adoption.
    """

    id: str
    version: str
    title: Text
    effective: int
    authority: str
    legal_basis: str
    expiry: int = 0
    base: str = ""
    zone: str = ""
    region: str = ""
    precedence: int = 0


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole rule pack.

    Attributes:
        pack: its head.
        facts: name -> kind (int, text, truth) of every fact its items read.
    """

    pack: Head
    facts: dict[str, str] = {}
    condition: tuple[Condition, ...] = ()
    table: tuple[Table, ...] = ()
    formula: tuple[Formula, ...] = ()
    scorecard: tuple[Scorecard, ...] = ()
    parameter: tuple[Parameter, ...] = ()

    @property
    def items(self) -> tuple[Condition | Table | Formula | Scorecard | Parameter, ...]:
        """All items, kind by kind, in the order of the file."""
        return (*self.condition, *self.table, *self.formula, *self.scorecard, *self.parameter)

    @property
    def name(self) -> str:
        """``id@version``: how trades and admissions record the rule they were made under."""
        return f"{self.pack.id}@{self.pack.version}"
