"""The things of parties: a party, a member's share, a venue, an attestation. Frozen values."""

from msgspec import Struct

from yaosu.kernel.numbers import NOTHING, Share

FOUNDER = "founder"  # the actor of the first entry, before there is any party
PARTY_KINDS = ("person", "organisation", "group")
MEMBERS_MAX = 10_000
FACTS_MAX = 100
SHARES, HEADS = "shares", "heads"
OF_ALL, OF_CAST = "all", "cast"
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
CHOICES = (FOR, AGAINST, ABSTAIN)
ATTESTATION, RESOLUTION = "attestation", "resolution"
Fact = str | int | bool


class Member(Struct, frozen=True):
    """A member of a group and its share in it."""

    party: str
    share: Share


class Party(Struct, frozen=True, kw_only=True):
    """A person, organisation or group that can hold rights and duties.

    Attributes:
        facts: what rules may read about it, by name: flat text, whole numbers, truth values;
            among them ``region``, ``ownership``, ``sector``, ``size``, which no rule may read
            without an authority and an end.
        members: of a group; shares that sum to one. Empty otherwise.
        since: instant of its registration.
    """

    id: str
    kind: str
    name: str
    facts: dict[str, Fact]
    members: tuple[Member, ...] = ()
    since: int = 0


class VotingRule(Struct, frozen=True, kw_only=True):
    """What a group needs to resolve something.

    Attributes:
        count: ``shares``: each member weighs its share in the group; ``heads``: all weigh the same.
        base: what the votes for are measured against: ``all`` members, or what was ``cast`` for
            and against.
        quorum: the least part of all that takes part, abstentions counted.
        threshold: the least part that is for.
        is_strict: more than ``threshold`` is needed, not just as much.
    """

    count: str
    base: str
    quorum: Share
    threshold: Share
    is_strict: bool = False


class Resolution(Struct, frozen=True, kw_only=True):
    """What a group is asked to resolve, or has resolved. Its votes are kept beside it.

    Attributes:
        purpose: what it may prove, lower case with ``_``, such as ``dispose_of_right``.
        subject: id of what it is about.
        terms: what else is resolved, flat, by name; whoever takes it as proof compares.
        source: SHA-256 of the text put to the vote, hex, or empty.
        members: those of the group when it was proposed; they vote, with the shares of then.
        rules: packs that set the voting rule; empty where the proposer stated it.
        opened, closes, concluded_at: instants; ``concluded_at`` 0 while votes are taken.
        for_votes, against_votes, abstained: parts of all, by the voting rule's count.
    """

    id: str
    group: str
    purpose: str
    subject: str
    terms: dict[str, Fact] = {}
    source: str = ""
    voting: VotingRule
    members: tuple[Member, ...]
    rules: str = ""
    proposed_by: str
    opened: int
    closes: int
    concluded_at: int = 0
    is_passed: bool = False
    has_quorum: bool = False
    for_votes: Share = NOTHING
    against_votes: Share = NOTHING
    abstained: Share = NOTHING


class Vote(Struct, frozen=True, kw_only=True):
    """One member's vote: ``for``, ``against`` or ``abstain``; who cast it, by what minutes."""

    choice: str
    cast_by: str
    source: str = ""
    at: int


class Power(Struct, frozen=True, kw_only=True):
    """A power of attorney: who may ask what for whom, from when until when.

    Attributes:
        principal: who is bound. ``attorney``: who asks for it.
        commands: tags of what may be asked, such as ``markets.submit_orders``; ``markets.*`` is
            every command of a floor, ``*`` every one but giving powers.
        limits: field of the command -> the one value it may have.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
        source: SHA-256 of the document behind it, hex; empty where the principal gave it itself.
        given_by: the principal, or the registrar who entered it from the document.
        withdrawn_at: instant, 0 while it stands; by whom, and why.
    """

    id: str
    principal: str
    attorney: str
    commands: tuple[str, ...]
    limits: dict[str, Fact] = {}
    term_from: int
    term_to: int = 0
    source: str = ""
    given_by: str
    withdrawn_at: int = 0
    withdrawn_by: str = ""
    withdrawn_for: str = ""

    def is_in_force(self, at: int) -> bool:
        """Whether it counts at an instant."""
        begun = self.term_from <= at and (self.term_to == 0 or at < self.term_to)
        return begun and (self.withdrawn_at == 0 or at < self.withdrawn_at)


class Use(Struct, frozen=True, kw_only=True):
    """One use of a proof: what for, on what, by whom; ``is_spent``: it may not be so again."""

    purpose: str
    on: str
    used_by: str
    is_spent: bool
    at: int


class Venue(Struct, frozen=True, kw_only=True):
    """One operator's installation.

    Attributes:
        operator, authority: parties; the authority grants the offices of government, the
            operator those of the market.
        currency: asset in which prices are paid, such as ``CNY``, counted in minor units.
        minor_digits: decimal digits of the minor unit: 2 for fen.
    """

    id: str
    operator: str
    authority: str
    currency: str
    minor_digits: int = 2


class VenueKey(Struct, frozen=True, kw_only=True):
    """A key that signs, or signed, the venue's checkpoints.

    Attributes:
        name: origin of the checkpoints.
        algorithm: how it signs, such as ``Ed25519``.
        vkey: the verifier key in one line.
        endorsement: note in which the key before it says that this one follows; empty for the
            first.
        since: instant of its naming.
    """

    name: str
    algorithm: str
    vkey: str
    endorsement: str = ""
    since: int = 0


class Attestation(Struct, frozen=True, kw_only=True):
    """A dated, withdrawable statement by a licensed issuer.

    Attributes:
        about: id of a party, unit or programme.
        kind: what is stated, lower case with ``_``; rules read it as ``attested_<kind>``.
        level: how much of it, >= 1.
        scope: where it counts, as text by name; empty is everywhere.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
        source: digest of the document behind it, hex, or empty.
        withdrawn_at: instant, 0 while it stands.
        is_false: it was withdrawn because it was never true.
    """

    id: str
    issuer: str
    about: str
    kind: str
    level: int = 1
    scope: dict[str, str] = {}
    term_from: int
    term_to: int = 0
    source: str = ""
    withdrawn_at: int = 0
    withdrawn_for: str = ""
    is_false: bool = False

    def is_in_force(self, at: int) -> bool:
        """Whether it counts at an instant."""
        begun = self.term_from <= at and (self.term_to == 0 or at < self.term_to)
        return begun and (self.withdrawn_at == 0 or at < self.withdrawn_at)


class DataKeyTerm(Struct, frozen=True, kw_only=True):
    """What is known of a data key: of whom, since when, how many items, whether it is erased.

    Attributes:
        party: whom its items are about.
        items: how many it sealed.
        since, erased_at: instants; ``erased_at`` 0 while it stands.
    """

    party: str
    items: int
    since: int
    erased_at: int = 0


class RoleTerm(Struct, frozen=True, kw_only=True):
    """A role held from ``since`` until ``until`` (0 while it is held), and who gave it."""

    role: str
    since: int
    granted_by: str
    until: int = 0
    ended_by: str = ""


class RefusedRow(Struct, frozen=True, kw_only=True):
    """A row of a batch that was refused.

    Attributes:
        row: its number in the batch, from 0.
        code, facts: of the refusal, as it would stand had the row been asked by itself.
    """

    row: int
    code: str
    facts: dict[str, str | int | bool]


class PartyKey(Struct, frozen=True, kw_only=True):
    """A key with which a party signs what it asks.

    Attributes:
        public: its public part, as its algorithm has it.
        since, revoked_at: instants; ``revoked_at`` 0 while it is in force.
        source: SHA-256 of the document behind it, hex; empty where its party registered it.
    """

    id: str
    party: str
    algorithm: str
    public: bytes
    since: int
    source: str = ""
    registered_by: str
    revoked_at: int = 0
    revoked_by: str = ""
    revoked_for: str = ""
