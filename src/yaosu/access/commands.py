"""What may be asked at the gate."""

from yaosu.kernel.words import Command


class ApplyForAdmission(Command, frozen=True, tag="access.apply_for_admission"):
    """Ask to take a role for a factor, everywhere; the actor is the applicant."""

    factor: str
    role: str


class SuspendAdmission(Command, frozen=True, tag="access.suspend_admission"):
    """Keep a party from new offers and bids for a factor and role; by the supervisor.

    Attributes:
        until: instant at which it ends by itself, 0 is until it is lifted.
    """

    party: str
    factor: str
    role: str
    reason: str
    until: int = 0


class ReinstateAdmission(Command, frozen=True, tag="access.reinstate_admission"):
    """Lift a suspension."""

    party: str
    factor: str
    role: str
    reason: str = ""


class LeaveMarket(Command, frozen=True, tag="access.leave_market"):
    """Give up admissions for one factor, or for all (empty); refused while anything is open."""

    factor: str = ""
