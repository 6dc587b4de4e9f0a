"""What has happened at the gate."""

from yaosu.access.values import Admission
from yaosu.kernel.words import Event


class PartyAdmitted(Event, frozen=True, tag="access.party_admitted/1"):
    """A party may take a role for a factor, in every region."""

    admission: Admission


class AdmissionSuspended(Event, frozen=True, tag="access.admission_suspended/1"):
    """A party may make no new offers or bids for a factor and role."""

    admission: Admission


class AdmissionReinstated(Event, frozen=True, tag="access.admission_reinstated/1"):
    """A suspension is lifted."""

    admission: Admission


class MarketLeft(Event, frozen=True, tag="access.market_left/1"):
    """A party has given up admissions.

    Attributes:
        admissions: those given up, in their last version.
    """

    party: str
    admissions: tuple[Admission, ...]
