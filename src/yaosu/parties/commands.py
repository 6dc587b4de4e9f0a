"""What may be asked of parties."""

from msgspec import field

from yaosu.kernel.words import Command
from yaosu.parties.values import Fact, Member


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
    """Register a person, organisation or group.

    Attributes:
        party: its id.
        kind: ``person``, ``organisation`` or ``group``.
        facts: what rules may read about it, by name.
        members: of a group, with shares that sum to one.
    """

    party: str
    kind: str
    name: str
    facts: dict[str, Fact] = field(default_factory=dict)
    members: tuple[Member, ...] = ()


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
    """Take an attestation back, by its issuer; earlier acts stay valid."""

    attestation: str
    reason: str
