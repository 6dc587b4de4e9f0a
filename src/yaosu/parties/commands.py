"""What may be asked of parties."""

from msgspec import field

from yaosu.kernel.sealing import SealedNote
from yaosu.kernel.words import Command
from yaosu.parties.values import Fact, Member, VotingRule


class FoundVenue(Command, frozen=True, tag="parties.found_venue"):
    """Found the venue: the first command of a journal, by the actor ``founder``, once.

    Attributes:
        venue: its id.
        operator, authority: ids of its first two parties, registered by this command with the
            roles of those names; they are two, because one runs the market and the other its rules.
        currency: asset prices are paid in; counted in minor units of ``minor_digits`` digits.
    """

    venue: str
    operator: str
    authority: str
    currency: str
    minor_digits: int = 2
    operator_name: str = ""
    authority_name: str = ""


class RegisterParty(Command, frozen=True, tag="parties.register_party"):
    """Register a person, organisation or group; of a person, what is personal travels sealed.

    Attributes:
        party: its id.
        kind: ``person``, ``organisation`` or ``group``.
        name: as everybody may read it; empty where it travels sealed.
        facts: what rules may read about it, by name; derived ones, where the source is personal.
        members: of a group, with shares that sum to one.
        sealed: notes of what travels sealed with it, in order of their names.
    """

    party: str
    kind: str
    name: str
    facts: dict[str, Fact] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    sealed: tuple[SealedNote, ...] = ()


class SealData(Command, frozen=True, tag="parties.seal_data"):
    """Put further sealed items about a party on record, such as a new telephone number.

    Attributes:
        sealed: notes of the items, in order of their names.
    """

    party: str
    sealed: tuple[SealedNote, ...] = ()


class EraseKey(Command, frozen=True, tag="parties.erase_key"):
    """Erase the key of sealed items: what it sealed cannot be read again, by anybody.

    Attributes:
        data_key: its id.
        reason: why, for people.
        legal_basis: under what law or contract.
    """

    data_key: str
    reason: str
    legal_basis: str


class NameKey(Command, frozen=True, tag="parties.name_key"):
    """Put the verifier key of the venue's checkpoints on record; again to replace it by another.

    Attributes:
        vkey: the verifier key in one line, as ``yaosu key new`` prints it; it names its algorithm.
        endorsement: a note, signed by the key in force, that this one follows it; empty where none
            is on record.
    """

    vkey: str
    endorsement: str = ""


class GrantRole(Command, frozen=True, tag="parties.grant_role"):
    """Give a party an office: by the authority or the operator, as the table of roles says."""

    party: str
    role: str


class EndRole(Command, frozen=True, tag="parties.end_role"):
    """Take an office from a party again."""

    party: str
    role: str


class IssueAttestation(Command, frozen=True, tag="parties.issue_attestation"):
    """State something about a party, unit or programme; the actor is the issuer.

    Attributes:
        attestation: its id.
        term_from: instant; None is now. ``term_to``: instant not included, 0 is open.
    """

    attestation: str
    about: str
    kind: str
    level: int = 1
    scope: dict[str, str] = field(default_factory=dict)
    term_from: int | None = None
    term_to: int = 0
    source: str = ""


class WithdrawAttestation(Command, frozen=True, tag="parties.withdraw_attestation"):
    """Take an attestation back, by its issuer; earlier acts stay valid.

    Attributes:
        is_false: it was never true: what was decided on its strength is listed as doubtful.
    """

    attestation: str
    reason: str
    is_false: bool = False


class ChangeMembers(Command, frozen=True, tag="parties.change_members"):
    """Give a group other members or other shares, by who keeps the register.

    Attributes:
        members: all of them from now on; their shares sum to one.
        source: SHA-256 of the document behind it, hex.
        resolution: of the group, where the rules in force ask for one (``change_members``).
    """

    group: str
    members: tuple[Member, ...]
    source: str
    resolution: str = ""


class ProposeResolution(Command, frozen=True, tag="parties.propose_resolution"):
    """Put a question to the members of a group, by one of them or who keeps the register.

    Attributes:
        resolution: its id.
        purpose, subject, terms: see :class:`yaosu.parties.values.Resolution`.
        closes: instant after which no vote is taken.
        voting: None where the rules in force state it for this purpose.
    """

    resolution: str
    group: str
    purpose: str
    subject: str
    closes: int
    terms: dict[str, Fact] = field(default_factory=dict)
    source: str = ""
    voting: VotingRule | None = None


class CastVote(Command, frozen=True, tag="parties.cast_vote"):
    """Vote on a resolution, once.

    Attributes:
        choice: ``for``, ``against`` or ``abstain``.
        member: whose vote; empty is the actor's own. A registrar enters that of a member from
            minutes.
        source: SHA-256 of the minutes, hex; empty for one's own vote.
    """

    resolution: str
    choice: str
    member: str = ""
    source: str = ""


class SpendAttestation(Command, frozen=True, tag="parties.spend_attestation"):
    """Spend an attestation for a purpose, by an office: for this purpose it counts once.

    Attributes:
        purpose: lower case with ``_``, such as ``training_subsidy``.
        on: id of what is done on its strength.
    """

    attestation: str
    purpose: str
    on: str


class GivePower(Command, frozen=True, tag="parties.give_power"):
    """Let another party ask certain things for oneself; or enter such a power from a document.

    Attributes:
        power: its id.
        principal: empty is the actor; a registrar enters that of another by ``source``.
        term_from: instant; None is now. ``term_to``: instant not included, 0 is open.
        commands, limits, source: see :class:`yaosu.parties.values.Power`.
    """

    power: str
    attorney: str
    commands: tuple[str, ...]
    limits: dict[str, Fact] = field(default_factory=dict)
    principal: str = ""
    term_from: int | None = None
    term_to: int = 0
    source: str = ""


class WithdrawPower(Command, frozen=True, tag="parties.withdraw_power"):
    """Withdraw a power of attorney, by its principal or a registrar; or give it up, by who has it.

    What was done by it stands.
    """

    power: str
    reason: str = ""


class ActFor(Command, frozen=True, tag="parties.act_for"):
    """Ask something for another party by a power of attorney; the actor is the attorney.

    Attributes:
        request: canonical bytes of the command, as the principal's and with this command's key
            (:func:`yaosu.parties.representation.on_behalf` makes them).
    """

    power: str
    request: bytes


class RegisterParties(Command, frozen=True, tag="parties.register_parties"):
    """Register parties that do not build on each other: many rows, one entry of the journal.

    Attributes:
        rows: registrations with nothing sealed; the actor is that of this command, the key of each
            is its own.
    """

    rows: tuple[RegisterParty, ...]


class RegisterSigningKey(Command, frozen=True, tag="parties.register_signing_key"):
    """Put a public key on record with which a party signs what it asks; a party may have several.

    Attributes:
        party: whose; empty is the actor. A registrar enters that of another by ``source``.
        public: Ed25519, 32 bytes.
        proof: made with the secret key for this party (:func:`yaosu.parties.signing.key_proof`).
        source: SHA-256 of the document behind it, hex; empty for one's own.
    """

    public: bytes
    proof: bytes
    party: str = ""
    source: str = ""


class RevokeSigningKey(Command, frozen=True, tag="parties.revoke_signing_key"):
    """Let a key sign no more, by its party or by a registrar; what it signed before stands.

    Attributes:
        signing_key: its id, sixteen hex digits.
        source: SHA-256 of the document behind it, hex; empty for one's own.
    """

    signing_key: str
    reason: str
    source: str = ""


class RequireSigned(Command, frozen=True, tag="parties.require_signed"):
    """Say which of one's own commands are heard only when signed; again to say it anew.

    Attributes:
        commands: tags such as ``markets.submit_orders``; ``markets.*`` is every command of a
            floor, ``*`` every one; none: nothing needs a signature any more.
    """

    commands: tuple[str, ...] = ()


class AskSigned(Command, frozen=True, tag="parties.ask_signed"):
    """Ask something under one's signature, which stays in the entry.

    Attributes:
        request: canonical bytes of the command, with the actor and key of this one.
        signing_key: id of the key on record.
        signature: 64 bytes (:func:`yaosu.parties.signing.signed` makes it all).
        sealed: notes of what travels sealed with it: those of the command itself.
    """

    request: bytes
    signing_key: str
    signature: bytes
    sealed: tuple[SealedNote, ...] = ()
