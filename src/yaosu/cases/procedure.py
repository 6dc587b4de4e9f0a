"""A procedure as a value: the data that a kind of case follows."""

from msgspec import Struct

from yaosu.rules.pack import Source, Text

ACT, NOTICE, EVENT = "act", "notice", "event"
STAGE_KINDS = (ACT, NOTICE, EVENT)
DAY_KINDS = ("working", "calendar")
MARK, PASS, REFUSE = "mark", "pass", "refuse"
WHEN_OVERDUE = (MARK, PASS, REFUSE)
APPLICANT = "applicant"
DECIDER = "decider"
CARRIERS = (APPLICANT, DECIDER)
OWN = "case"  # in what an event must match: the case's own id
COMMITTED = "committed_"  # fact: the applicant gave the commitment of this id
STAGES_MAX = 100
DOCUMENTS_MAX = 200
COMMITMENTS_MAX = 50
FACTS_MAX = 100
DAYS_MAX = 3_650


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document a stage asks for; a case holds its digest.

    Attributes:
        years_kept: how long it is to be kept, 0 as long as the journal.
    """

    id: str
    text: Text
    years_kept: int = 0
    legal_basis: str = ""


class Stage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stage of a procedure.

    Attributes:
        kind: ``act``: somebody completes or refuses it; ``notice``: it is made public, anyone may
            object until its days are over; ``event``: something in the journal completes it.
        after: stages that must be over before it opens; several join branches, none begins one.
        by: role of who completes it (or decides objections to it), or ``applicant``.
        level: rule item, read at filing, that names the competent level: who acts needs an
            attestation ``competence`` whose scope says that level. Empty where none is asked for.
        documents: ids of documents that must be there before it is completed.
        days, day_kind: how long it may take (or the notice lasts) from its opening, 0 is no limit;
            ``working`` days of the procedure's calendar, or ``calendar`` days.
        overdue: what follows where the days run out on an ``act``: it is only ``mark``ed, counts
            as done (``pass``), or the case is refused (``refuse``).
        when: condition of the rules, read at filing; where it is not met the stage is left out.
        fee: rule item, read at filing, that says what is paid before it is completed.
        event, match: tag of the event that completes it; its fields that must equal case facts,
            as {dotted field: fact}; the fact ``case`` is the id of the case itself.
        serial_days: how long it took in the serial procedure it is compared with; 0 is ``days``.
    """

    id: str
    text: Text
    kind: str = ACT
    after: tuple[str, ...] = ()
    by: str = ""
    level: str = ""
    documents: tuple[str, ...] = ()
    days: int = 0
    day_kind: str = "working"
    overdue: str = MARK
    when: str = ""
    fee: str = ""
    event: str = ""
    match: dict[str, str] = {}
    serial_days: int = 0


class OwnerCommitment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an applicant may promise in place of proving it first.

    Attributes:
        days, day_kind: from filing until it must be met.
        by: role of who confirms that it was met.
        breach: kind of the attestation about the applicant that records a breach.
    """

    id: str
    text: Text
    days: int
    by: str
    breach: str
    day_kind: str = "working"


class LeadsTo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The command that an approval carries.

    Attributes:
        command: its tag, such as ``rights.register_right``.
        actor: whose command it is: the ``applicant``'s, or that of the ``decider``, who completed
            the stage named ``decided_in``.
        bind: its fields that must equal case facts, as {dotted field: fact}.
    """

    command: str
    actor: str = APPLICANT
    decided_in: str = ""
    bind: dict[str, str] = {}


class Appeal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to turn after a refusal: a role, and within how many days."""

    by: str
    days: int
    day_kind: str = "calendar"
    text: Text | None = None


class Split(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Watches for one thing filed in pieces so that a lower level decides each of them.

    Attributes:
        fact: whole number that is added up over the cases of one procedure within ``days``.
        same: text fact by which cases belong together, such as the parent plot or the project.
        item: rule item that is read again with the sum; a case is flagged where it says otherwise.
    """

    fact: str
    same: str
    item: str
    days: int


class Procedure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole procedure.

    Attributes:
        effective, expiry: instants between which cases may be filed, 0 is open.
        facts: what an applicant states: name -> ``int``, ``text`` or ``truth``.
        conditions: rule items of truth value that must be met at filing.
        source, confidence: where it comes from: statute, public page, assumed.
        sources: the same of single figures, such as ``stages.notice.days``.
    """

    id: str
    version: str
    text: Text
    authority: str
    legal_basis: str
    calendar: str
    stages: tuple[Stage, ...]
    factor: str = ""
    effective: int = 0
    expiry: int = 0
    facts: dict[str, str] = {}
    conditions: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    owner_commitments: tuple[OwnerCommitment, ...] = ()
    splits: tuple[Split, ...] = ()
    leads_to: LeadsTo | None = None
    appeal: Appeal | None = None
    source: str = ""
    confidence: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def name(self) -> str:
        """``id@version``: how a case records the procedure it follows."""
        return f"{self.id}@{self.version}"
