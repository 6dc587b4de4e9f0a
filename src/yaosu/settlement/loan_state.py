"""The state of a loan: how far its schedule has run, what is overdue."""

from msgspec import Struct

from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Event
from yaosu.settlement.events import (
    InstalmentDue,
    InstalmentMissed,
    LoanDefaulted,
    LoanMade,
    LoanPaid,
    LoanRepaidEarly,
    PledgeRealised,
)

RUNNING, REPAID, DEFAULTED = "running", "repaid", "defaulted"


class Loan(Struct):
    """One loan of one lender.

    Attributes:
        fallen_due: instalments that fell due so far; all of them in default.
        overdue_minor: of these, what is not paid.
        overdue_since: instant from which; 0 where nothing is.
    """

    made: LoanMade
    state: str = RUNNING
    fallen_due: int = 0
    overdue_minor: int = 0
    overdue_since: int = 0

    @property
    def is_running(self) -> bool:
        """Whether instalments are still to fall due."""
        return self.state == RUNNING

    @property
    def owed_minor(self) -> int:
        """What is still to be paid but for interest to come: principal, and what is overdue."""
        if self.state == REPAID:
            return 0
        return int(self.made.schedule["principal"][self.fallen_due :].sum()) + self.overdue_minor

    @property
    def default_at(self) -> int | None:
        """When it will be in default if nothing is paid; None where nothing is overdue."""
        if not self.is_running or not self.overdue_since:
            return None
        return self.overdue_since + self.made.grace_days * DAY

    @property
    def next_at(self) -> int | None:
        """The next instant at which something of it happens by time."""
        if not self.is_running:
            return None
        due = self.made.schedule["due"]
        times = [int(due[self.fallen_due])] if self.fallen_due < len(due) else []
        if self.default_at is not None:
            times.append(self.default_at)
        return min(times, default=None)


def evolve_loans(loans: dict[str, Loan], event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case LoanMade():
            loans[event.loan] = Loan(event)
        case InstalmentDue():
            loan = loans[event.loan]
            schedule = loan.made.schedule
            loan.fallen_due = event.number + 1
            loan.overdue_minor += int(
                schedule["principal"][event.number] + schedule["interest"][event.number]
            )
        case InstalmentMissed():
            loan = loans[event.loan]
            if not loan.overdue_since:
                loan.overdue_since = int(loan.made.schedule["due"][event.number])
        case LoanDefaulted():
            loan = loans[event.loan]
            loan.state = DEFAULTED
            loan.fallen_due = loan.made.schedule.rows
            loan.overdue_minor += event.accelerated_minor
        case LoanPaid():
            loan = loans[event.loan]
            loan.overdue_minor, loan.overdue_since = 0, 0
            if loan.fallen_due == loan.made.schedule.rows:
                loan.state = REPAID
        case LoanRepaidEarly():
            loan = loans[event.loan]
            loan.overdue_minor, loan.overdue_since = 0, 0
            loan.fallen_due, loan.state = loan.made.schedule.rows, REPAID
        case PledgeRealised():
            for row in event.paid.iterate():
                if not row["loan"]:
                    continue
                loan = loans[row["loan"]]
                loan.overdue_minor = row["left"]
                if not loan.overdue_minor:
                    loan.overdue_since, loan.state = 0, REPAID
