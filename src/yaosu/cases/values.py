"""The things of cases: a case with its stages, objections, commitments, and a charge."""

from msgspec import Struct, field

from yaosu.rules.pack import Value

OPEN = "open"
APPROVED = "approved"  # with nothing to carry out, or what it carries is being decided
CARRIED_OUT = "carried_out"
FELL_THROUGH = "fell_through"  # approved, but its command was refused
REFUSED = "refused"
WITHDRAWN = "withdrawn"
PHASES = (OPEN, APPROVED, CARRIED_OUT, FELL_THROUGH, REFUSED, WITHDRAWN)

DONE, PASSED = "done", "passed"  # by somebody or an event; because its days were over
OBJECTIONS_MAX = 1_000
TEXT_CHARACTERS_MAX = 4_000


class Filed(Struct, frozen=True, kw_only=True):
    """A case as it was filed, with all the rules said about it then.

    Attributes:
        procedure: ``id@version``, kept to the end.
        region: where it belongs, empty for the whole country.
        request: canonical bytes of the command its approval leads to; empty where there is none.
        owner_commitments: ids of those the applicant gave.
        left_out: stages whose condition is not met.
        levels: stage -> the level competent for it.
        fees: stage -> what it costs, in minor units.
        rules: rule packs that were read, by name.
    """

    case: str
    procedure: str
    applicant: str
    region: str
    facts: dict[str, Value]
    request: bytes = b""
    owner_commitments: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    levels: dict[str, str] = {}
    fees: dict[str, int] = {}
    rules: str = ""
    at: int


class StageRun(Struct, frozen=True, kw_only=True):
    """A stage of a case that was opened.

    Attributes:
        due: instant, 0 where there is no limit.
        is_undated: it has days, but the calendar does not reach far enough yet.
        charge: id of what is to be paid before it is completed, or empty.
        done_at: 0 while it is open. ``outcome``: ``done`` or ``passed``.
    """

    opened_at: int
    due: int = 0
    is_undated: bool = False
    is_overdue: bool = False
    charge: str = ""
    done_at: int = 0
    done_by: str = ""
    outcome: str = ""
    note: str = ""


class Objection(Struct, frozen=True, kw_only=True):
    """An objection to a case in its public notice; ``decided_at`` 0 while it stands open."""

    by: str
    stage: str
    reason: str
    source: str = ""
    at: int
    decided_at: int = 0
    decided_by: str = ""
    is_upheld: bool = False
    ground: str = ""


class Promise(Struct, frozen=True, kw_only=True):
    """A commitment an applicant gave: met, breached, or still due."""

    due: int
    is_undated: bool = False
    met_at: int = 0
    confirmed_by: str = ""
    source: str = ""
    breached_at: int = 0


class Ending(Struct, frozen=True, kw_only=True):
    """How a case ended last: the stage, by whom, why; who may hear an appeal, until when."""

    phase: str
    by: str
    at: int
    stage: str = ""
    reasons: tuple[str, ...] = ()
    appeal_to: str = ""
    appeal_until: int = 0


class Appealed(Struct, frozen=True, kw_only=True):
    """An appeal against a refusal; ``decided_at`` 0 while it is open."""

    reason: str
    at: int
    decided_at: int = 0
    decided_by: str = ""
    is_upheld: bool = False
    ground: str = ""


class Case(Struct, kw_only=True):
    """A case as it stands. Belongs to the state; changed by ``evolve`` alone.

    Attributes:
        documents: document id -> SHA-256, hex; the latest.
        stages: those opened so far, in order of opening.
        endings, appeals: oldest first.
        flags: codes and sentences of what was noticed about it.
        carried: code of the refusal its command met, where it fell through.
    """

    filed: Filed
    phase: str = OPEN
    documents: dict[str, str] = field(default_factory=dict)
    stages: dict[str, StageRun] = field(default_factory=dict)
    objections: dict[str, Objection] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)
    appeals: list[Appealed] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    carried: str = ""


class Charge(Struct, frozen=True, kw_only=True):
    """A fee, fine or inspection posted against a published tariff.

    Attributes:
        kind: ``fee``, ``fine`` or ``inspection``.
        tariff: id of the rule item that says how much (of an inspection: how many a year).
        rules: the packs it was read from.
        amount: minor units; 0 for an inspection.
        subject: case and stage, or what it is for.
    """

    kind: str
    tariff: str
    rules: str
    party: str
    payee: str
    amount: int
    subject: str
    at: int
    paid_at: int = 0


def is_suspended(case: Case) -> bool:
    """Whether a commitment was breached and not made good since."""
    return any(one.breached_at and not one.met_at for one in case.promises.values())
