"""How the responses to the market are made in a replay: three policies, and one table.

A command is *exogenous* where it would be asked under any rule (register, offer, income), a
*response* where it answers what the market did. Exogenous commands are always asked again, at
their recorded instant. What becomes of a response the policy says:

``prompt``       as the table below says: made when the record made it, if it can be made.
``as_recorded``  the recorded response is asked again, at its recorded instant, and may not fit.
``none``         no response is made; time alone passes, and what is due by time happens.
"""

from yaosu.access.commands import (
    BeginExit,
    Deregister,
    LeaveMarket,
    ReinstateAdmission,
    StopExit,
    SuspendAdmission,
)
from yaosu.core import AdvanceTime, ContinueJournal, RecordStateHash
from yaosu.kernel.words import Command
from yaosu.markets.commands import (
    CancelListing,
    CancelOrders,
    ConfirmDeal,
    EndPostedOffer,
    HaltTrading,
    LeaveListing,
    OpenBids,
    OpenSealedBid,
    PayAward,
    RecordClearing,
    ReopenBook,
    ReplaceOrder,
    ResumeTrading,
    RevealTerm,
    ScoreBids,
    WithdrawDeal,
    WithdrawLoanOffer,
    WithdrawLoanRequest,
)
from yaosu.quarantine import QuarantineCommand, ReleaseCommand
from yaosu.settlement.commands import (
    GiveSaleNotice,
    PayLoan,
    RecordWithdrawal,
    RepayLoan,
    SellPledge,
    VoidContract,
)

POLICIES = ("prompt", "as_recorded", "none")

WHEN_DUE = (
    "made by the engine when something is due, under every policy: what waits at its gates is "
    "performed out of what was held for it"
)
NEVER = "not made, under any policy: it tells of the machine, not of the market"
AS_PRICED = (
    "made by the mechanism in the instant of the recorded clearing, which belongs to the recorded "
    "book and is left out; at once for a book that the record does not close; a round that the "
    "record leaves unpriced to the end of the period is left unpriced"
)
IF_FUNDS_SUFFICE = "made at its recorded instant if the free money suffices"
IF_IT_EXISTS = "made at its recorded instant if what it names exists then"

# response -> what `prompt` means for it. A new response command must find its place here.
PROMPT: dict[type[Command], str] = {
    AdvanceTime: WHEN_DUE,
    RecordStateHash: NEVER,
    ContinueJournal: NEVER,
    QuarantineCommand: NEVER,
    ReleaseCommand: NEVER,
    RecordClearing: AS_PRICED,
    RecordWithdrawal: IF_FUNDS_SUFFICE,
    VoidContract: IF_IT_EXISTS,
    CancelOrders: IF_IT_EXISTS,
    ReplaceOrder: IF_IT_EXISTS,
    ReopenBook: IF_IT_EXISTS,
    EndPostedOffer: IF_IT_EXISTS,
    ConfirmDeal: IF_IT_EXISTS,
    WithdrawLoanOffer: IF_IT_EXISTS,
    WithdrawLoanRequest: IF_IT_EXISTS,
    PayLoan: IF_FUNDS_SUFFICE,
    RepayLoan: IF_FUNDS_SUFFICE,
    GiveSaleNotice: IF_IT_EXISTS,
    SellPledge: IF_IT_EXISTS,
    WithdrawDeal: IF_IT_EXISTS,
    OpenBids: IF_IT_EXISTS,
    OpenSealedBid: IF_IT_EXISTS,
    RevealTerm: IF_IT_EXISTS,
    ScoreBids: IF_IT_EXISTS,
    LeaveListing: IF_IT_EXISTS,
    CancelListing: IF_IT_EXISTS,
    PayAward: IF_FUNDS_SUFFICE,
    HaltTrading: IF_IT_EXISTS,
    ResumeTrading: IF_IT_EXISTS,
    SuspendAdmission: IF_IT_EXISTS,
    ReinstateAdmission: IF_IT_EXISTS,
    LeaveMarket: IF_IT_EXISTS,
    BeginExit: IF_IT_EXISTS,
    StopExit: IF_IT_EXISTS,
    Deregister: IF_IT_EXISTS,
}
