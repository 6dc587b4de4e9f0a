"""Institutions of access as values: what is recognised as what, what learning counts, grades."""

from msgspec import Struct

from yaosu.rules.pack import Text


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every table says of itself.

    Attributes:
        effective, expiry: instants between which it is read, 0 is open.
        source, confidence: where it comes from: statute, public page, assumed.
    """

    id: str
    version: str
    text: Text
    authority: str
    legal_basis: str
    effective: int = 0
    expiry: int = 0
    source: str = ""
    confidence: str = ""

    @property
    def name(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"


class RecognitionRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recognition: who has a kind of credential at a level, or above it, has another.

    Attributes:
        kind, level: what is held: kind of attestation, and the least level.
        gives, gives_level: what it is recognised as.
        issuers: parties whose credentials count; empty is every licensed issuer.
        scope: where it counts, as an attestation has it; empty is everywhere.
        term_days: how long it counts from the day it is recognised; 0 as long as the credential.
        supervision_days: how long its holder works under a named supervisor; 0 is not at all.
    """

    kind: str
    gives: str
    level: int = 1
    gives_level: int = 1
    issuers: tuple[str, ...] = ()
    scope: dict[str, str] = {}
    term_days: int = 0
    supervision_days: int = 0
    legal_basis: str = ""


class RecognitionTable(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of recognitions.

    Attributes:
        appeal: id of the procedure by which what is not listed may be recognised one by one.
    """

    appeal: str
    rows: tuple[RecognitionRow, ...]


class Conversion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a learning outcome is worth.

    Attributes:
        kind: of the attestation; its level says how much, in ``measure`` (hours, modules, grade).
        per, credits: every whole ``per`` of the level gives ``credits``.
        credits_max: at most so many from all outcomes of this kind in one award, 0 is no limit.
        awards: ids of awards it counts for; empty is all.
    """

    kind: str
    measure: str
    credits: int
    per: int = 1
    credits_max: int = 0
    awards: tuple[str, ...] = ()


class Award(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What so many learning credits give: an attestation of a kind and level.

    Attributes:
        needs: kind of outcome -> least credits from it.
    """

    id: str
    kind: str
    text: Text
    credits: int
    level: int = 1
    needs: dict[str, int] = {}


class LearningTable(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What learning counts, from any source, and for what."""

    conversions: tuple[Conversion, ...]
    awards: tuple[Award, ...]


class Grade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a scale.

    Attributes:
        grade: 1 is the lowest; each next one is one more.
        pay_min, pay_max: band, minor units a month; ``pay_max`` 0 is open above.
        years: how long the grade before was held, in years of 365 days.
        needs: kind of attestation -> least level; each is spent for this grade.
        leap: kind of attestation -> least level with which the grades before are not asked for;
            empty is no leap.
    """

    grade: int
    name: str
    text: Text
    pay_min: int
    pay_max: int = 0
    years: int = 0
    needs: dict[str, int] = {}
    leap: dict[str, int] = {}


class Scale(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ordered grades, each with what promotes to it and what it is paid.

    Attributes:
        kind: of the attestation whose level is the grade.
        currency: of the pay bands.
    """

    kind: str
    currency: str
    grades: tuple[Grade, ...]


class Entitlement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service one has after so many months of social insurance.

    Attributes:
        scheme: of the insurance, as the scope of an attested period names it.
        is_portable: months elsewhere count too; else only those in the region itself.
    """

    id: str
    text: Text
    scheme: str
    months: int
    is_portable: bool = True


class EntitlementTable(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What social insurance entitles to, and what of it goes along when somebody moves."""

    entitlements: tuple[Entitlement, ...]


AnyTable = RecognitionTable | LearningTable | Scale | EntitlementTable
