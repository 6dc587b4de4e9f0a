"""The tables of events: whose state takes each in, and what follows from what."""

from collections.abc import Callable
from typing import Any, Union

from yaosu import quarantine
from yaosu.access import events as access_events
from yaosu.access import recognition
from yaosu.access.state import evolve as evolve_access
from yaosu.cases import events as cases_events
from yaosu.cases import flow
from yaosu.cases.filing import check_still_met, procedure_of
from yaosu.cases.state import evolve as evolve_cases
from yaosu.core.commands import COMMANDS, AnyCommand, authorise, cause_of
from yaosu.core.state import State
from yaosu.core.words import OWN_EVENTS
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.ledger.events import Posted
from yaosu.ledger.state import evolve as evolve_ledger
from yaosu.markets import decide as markets
from yaosu.markets import events as markets_events
from yaosu.markets import listing_time, negotiated, posted, trading_phases
from yaosu.markets.leaving import cancel_for_exit
from yaosu.markets.state import evolve as evolve_markets
from yaosu.parties import events as parties_events
from yaosu.parties.state import evolve as evolve_parties
from yaosu.places import events as places_events
from yaosu.places.state import evolve as evolve_places
from yaosu.returns import events as returns_events
from yaosu.returns.state import evolve as evolve_returns
from yaosu.rights import events as rights_events
from yaosu.rights.state import evolve as evolve_rights
from yaosu.rights.state import evolve_many as evolve_many_rights
from yaosu.rules import events as rules_events
from yaosu.rules.state import evolve as evolve_rules
from yaosu.settlement import decide as settlement
from yaosu.settlement import events as settlement_events
from yaosu.settlement import loans, realisation
from yaosu.settlement.state import evolve as evolve_settlement

# event -> the floor whose state takes it in; OWN_EVENTS change nothing
EVOLVE: dict[type[Event], tuple[str, Callable[[Any, Any], None]]] = {
    Posted: ("ledger", evolve_ledger),
    quarantine.CommandQuarantined: ("quarantine", quarantine.evolve),
    quarantine.CommandReleased: ("quarantine", quarantine.evolve),
    places_events.RegionsDefined: ("places", evolve_places),
    places_events.LinksDefined: ("places", evolve_places),
    places_events.ZoneDefined: ("places", evolve_places),
    places_events.SpatialTreeDefined: ("places", evolve_places),
    places_events.PlanDefined: ("places", evolve_places),
    places_events.PlanControlDefined: ("places", evolve_places),
    places_events.CalendarDefined: ("places", evolve_places),
    rules_events.RulesAdopted: ("rules", evolve_rules),
    parties_events.VenueFounded: ("parties", evolve_parties),
    parties_events.KeyNamed: ("parties", evolve_parties),
    parties_events.PartyRegistered: ("parties", evolve_parties),
    parties_events.DataSealed: ("parties", evolve_parties),
    parties_events.KeyErased: ("parties", evolve_parties),
    parties_events.RoleGranted: ("parties", evolve_parties),
    parties_events.RoleEnded: ("parties", evolve_parties),
    parties_events.AttestationIssued: ("parties", evolve_parties),
    parties_events.AttestationWithdrawn: ("parties", evolve_parties),
    cases_events.ProcedureAdopted: ("cases", evolve_cases),
    cases_events.CaseFiled: ("cases", evolve_cases),
    cases_events.DocumentsAdded: ("cases", evolve_cases),
    cases_events.StageOpened: ("cases", evolve_cases),
    cases_events.OwnerCommitmentGiven: ("cases", evolve_cases),
    cases_events.DueDated: ("cases", evolve_cases),
    cases_events.CaseDue: ("cases", evolve_cases),
    cases_events.StageCompleted: ("cases", evolve_cases),
    cases_events.ObjectionMade: ("cases", evolve_cases),
    cases_events.ObjectionDecided: ("cases", evolve_cases),
    cases_events.CaseApproved: ("cases", evolve_cases),
    cases_events.CaseCarriedOut: ("cases", evolve_cases),
    cases_events.CaseFellThrough: ("cases", evolve_cases),
    cases_events.CaseEnded: ("cases", evolve_cases),
    cases_events.CaseAppealed: ("cases", evolve_cases),
    cases_events.AppealDecided: ("cases", evolve_cases),
    cases_events.OwnerCommitmentMet: ("cases", evolve_cases),
    cases_events.OwnerCommitmentBreached: ("cases", evolve_cases),
    cases_events.CaseFlagged: ("cases", evolve_cases),
    cases_events.ChargePosted: ("cases", evolve_cases),
    cases_events.ChargePaid: ("cases", evolve_cases),
    rights_events.ProfileAdopted: ("rights", evolve_rights),
    rights_events.UnitRegistered: ("rights", evolve_rights),
    rights_events.RightRegistered: ("rights", evolve_rights),
    rights_events.TitleMoved: ("rights", evolve_rights),
    rights_events.RightBurdened: ("rights", evolve_rights),
    rights_events.BurdenReleased: ("rights", evolve_rights),
    rights_events.RegisterChanged: ("rights", evolve_rights),
    rights_events.EntryWaiting: ("rights", evolve_rights),
    rights_events.EntryDropped: ("rights", evolve_rights),
    rights_events.ConsentGiven: ("rights", evolve_rights),
    rights_events.UnitAssessed: ("rights", evolve_rights),
    access_events.PartyAdmitted: ("access", evolve_access),
    access_events.AdmissionSuspended: ("access", evolve_access),
    access_events.AdmissionReinstated: ("access", evolve_access),
    access_events.MarketLeft: ("access", evolve_access),
    access_events.RecognitionAdopted: ("access", evolve_access),
    access_events.CredentialRecognised: ("access", evolve_access),
    access_events.LearningAdopted: ("access", evolve_access),
    access_events.AwardClaimed: ("access", evolve_access),
    access_events.ScaleAdopted: ("access", evolve_access),
    access_events.GradeReached: ("access", evolve_access),
    access_events.ExitBegun: ("access", evolve_access),
    access_events.EntitlementsAdopted: ("access", evolve_access),
    access_events.ResidenceMoved: ("access", evolve_access),
    access_events.ExitStopped: ("access", evolve_access),
    parties_events.PartyDeregistered: ("parties", evolve_parties),
    parties_events.PartiesRefused: ("parties", evolve_parties),
    parties_events.SigningKeyRegistered: ("parties", evolve_parties),
    parties_events.SigningKeyRevoked: ("parties", evolve_parties),
    parties_events.SignaturesRequired: ("parties", evolve_parties),
    parties_events.CommandSigned: ("parties", evolve_parties),
    rights_events.PledgeAssigned: ("rights", evolve_rights),
    markets_events.MarketOpened: ("markets", evolve_markets),
    markets_events.OrdersAccepted: ("markets", evolve_markets),
    markets_events.OrdersCancelled: ("markets", evolve_markets),
    markets_events.SealedOrdersAccepted: ("markets", evolve_markets),
    markets_events.SealedOrdersWithdrawn: ("markets", evolve_markets),
    markets_events.OpeningBegun: ("markets", evolve_markets),
    markets_events.SealedOrdersOpened: ("markets", evolve_markets),
    markets_events.BidsForfeited: ("markets", evolve_markets),
    markets_events.BookClosed: ("markets", evolve_markets),
    markets_events.BookReopened: ("markets", evolve_markets),
    markets_events.MarketCleared: ("markets", evolve_markets),
    markets_events.TradesMade: ("markets", evolve_markets),
    markets_events.TradingHalted: ("markets", evolve_markets),
    markets_events.TradingResumed: ("markets", evolve_markets),
    markets_events.RoundEnded: ("markets", evolve_markets),
    markets_events.RoundPublished: ("markets", evolve_markets),
    markets_events.PhaseChanged: ("markets", evolve_markets),
    markets_events.BookMoved: ("markets", evolve_markets),
    markets_events.OrderReplaced: ("markets", evolve_markets),
    markets_events.AuctionHeld: ("markets", evolve_markets),
    markets_events.LotsEnded: ("markets", evolve_markets),
    markets_events.LotsCommitted: ("markets", evolve_markets),
    markets_events.LotsFreed: ("markets", evolve_markets),
    markets_events.ListingOpened: ("markets", evolve_markets),
    markets_events.ListingEntered: ("markets", evolve_markets),
    markets_events.ListingLeft: ("markets", evolve_markets),
    markets_events.BidPlaced: ("markets", evolve_markets),
    markets_events.BidSealed: ("markets", evolve_markets),
    markets_events.BidOpened: ("markets", evolve_markets),
    markets_events.TermRevealed: ("markets", evolve_markets),
    markets_events.BidsScored: ("markets", evolve_markets),
    markets_events.ListingWent: ("markets", evolve_markets),
    markets_events.ListingCleared: ("markets", evolve_markets),
    markets_events.AwardPaid: ("markets", evolve_markets),
    markets_events.AwardForfeited: ("markets", evolve_markets),
    markets_events.ListingEnded: ("markets", evolve_markets),
    markets_events.TradesAgreed: ("markets", evolve_markets),
    markets_events.RevenuePermitted: ("markets", evolve_markets),
    markets_events.TariffPosted: ("markets", evolve_markets),
    markets_events.PostedOfferMade: ("markets", evolve_markets),
    markets_events.PostedOfferEnded: ("markets", evolve_markets),
    markets_events.TermsAccepted: ("markets", evolve_markets),
    markets_events.DealProposed: ("markets", evolve_markets),
    markets_events.DealConfirmed: ("markets", evolve_markets),
    markets_events.DealEnded: ("markets", evolve_markets),
    markets_events.LoanRequested: ("markets", evolve_markets),
    markets_events.LoanOffered: ("markets", evolve_markets),
    markets_events.LoanOfferEnded: ("markets", evolve_markets),
    markets_events.LoanDeclined: ("markets", evolve_markets),
    markets_events.LoanRequestEnded: ("markets", evolve_markets),
    markets_events.LoanAwarded: ("markets", evolve_markets),
    markets_events.EndAnnounced: ("markets", evolve_markets),
    markets_events.OrdersTimed: ("markets", evolve_markets),
    markets_events.WindowEnded: ("markets", evolve_markets),
    markets_events.EndDrawn: ("markets", evolve_markets),
    markets_events.RoundVoided: ("markets", evolve_markets),
    settlement_events.LoanMade: ("settlement", evolve_settlement),
    settlement_events.InstalmentDue: ("settlement", evolve_settlement),
    settlement_events.InstalmentMissed: ("settlement", evolve_settlement),
    settlement_events.LoanPaid: ("settlement", evolve_settlement),
    settlement_events.LoanDefaulted: ("settlement", evolve_settlement),
    settlement_events.LoanRepaidEarly: ("settlement", evolve_settlement),
    settlement_events.SaleNoticeGiven: ("settlement", evolve_settlement),
    settlement_events.PledgeOffered: ("settlement", evolve_settlement),
    settlement_events.PledgeRealised: ("settlement", evolve_settlement),
    settlement_events.MoneyRecorded: ("settlement", evolve_settlement),
    settlement_events.ContractMade: ("settlement", evolve_settlement),
    settlement_events.GatesPassed: ("settlement", evolve_settlement),
    settlement_events.ContractPerformed: ("settlement", evolve_settlement),
    settlement_events.ContractVoided: ("settlement", evolve_settlement),
    settlement_events.LotsDelivered: ("settlement", evolve_settlement),
    returns_events.IncomeShared: ("returns", evolve_returns),
    returns_events.ValueAddedShared: ("returns", evolve_returns),
    parties_events.MembersChanged: ("parties", evolve_parties),
    parties_events.ResolutionProposed: ("parties", evolve_parties),
    parties_events.VoteCast: ("parties", evolve_parties),
    parties_events.ResolutionConcluded: ("parties", evolve_parties),
    parties_events.ProofUsed: ("parties", evolve_parties),
    parties_events.PowerGiven: ("parties", evolve_parties),
    parties_events.PowerWithdrawn: ("parties", evolve_parties),
    parties_events.ActedFor: ("parties", evolve_parties),
    rights_events.RegistrationsRefused: ("rights", evolve_rights),
    rights_events.OutlineNoted: ("rights", evolve_rights),
    cases_events.DocumentKept: ("cases", evolve_cases),
    cases_events.DocumentPreserved: ("cases", evolve_cases),
    cases_events.PreservationEnded: ("cases", evolve_cases),
    cases_events.DocumentDeleted: ("cases", evolve_cases),
    cases_events.NoticeServed: ("cases", evolve_cases),
}

# events that come in long runs and from which nothing follows: taken in together by their floor
TOGETHER: dict[type[Event], Callable[[Any, Any], None]] = {
    rights_events.UnitRegistered: evolve_many_rights,
    rights_events.RightRegistered: evolve_many_rights,
}

# event as it was once recorded -> the events that say the same today; kept for ever, with its
# struct, in the floor's old_events.py (docs/how-to/change-an-event.md)
UPCASTS: dict[type[Event], Callable[[Any], list[Event]]] = {}


def carry_out(state: State, event: cases_events.CaseApproved) -> list[Event]:
    """What an approved case leads to is decided like any command; a refusal is an event of it."""
    if not event.request:
        return []
    command = canonical.decode(event.request, AnyCommand)
    row = COMMANDS[type(command)]
    cause, state.cause = state.cause, cause_of(command)
    try:
        procedure = procedure_of(state, event.case)
        check_still_met(state, event.case)
        authorise(state, row, command, procedure.id)
        done = row.decide(state, command)
    except Refusal as refusal:
        return [flow.fell_through(state, event.case, refusal)]
    finally:
        state.cause = cause
    return [*done, flow.carried_out(state, event.case)]


# event -> what follows from it, in this order
REACTIONS: dict[type[Event], tuple[Callable[[State, Any], list[Event]], ...]] = {
    places_events.CalendarDefined: (flow.date_undated,),
    parties_events.AttestationWithdrawn: (recognition.end_with_credential,),
    cases_events.CaseFiled: (flow.after_filing,),
    cases_events.StageCompleted: (flow.after_stage,),
    cases_events.OwnerCommitmentMet: (flow.after_owner_commitment,),
    cases_events.CaseDue: (flow.fall_due,),
    cases_events.CaseApproved: (carry_out,),
    rights_events.RightBurdened: (
        markets.withdraw_blocked_orders,
        listing_time.end_blocked_listings,
        posted.end_burdened_offers,
        negotiated.end_burdened_deals,
        settlement.void_blocked_contracts,
    ),
    access_events.ExitBegun: (cancel_for_exit,),
    access_events.AdmissionSuspended: (trading_phases.end_suspended_orders,),
    markets_events.MarketCleared: (settlement.make_contracts,),
    markets_events.TradesMade: (settlement.make_trade_contracts,),
    markets_events.BidPlaced: (listing_time.conclude_when_sold_out,),
    markets_events.BidOpened: (listing_time.conclude_when_open,),
    markets_events.TermRevealed: (listing_time.conclude_when_open,),
    markets_events.AwardPaid: (settlement.make_award_contract,),
    markets_events.TradesAgreed: (settlement.make_trade_contracts,),
    markets_events.LoanAwarded: (loans.make_loans,),
    settlement_events.InstalmentDue: (loans.pay_instalment,),
    settlement_events.LoanPaid: (loans.release_pledges,),
    settlement_events.LoanRepaidEarly: (loans.release_pledges,),
    settlement_events.PledgeRealised: (loans.release_pledges,),
    settlement_events.ContractMade: (settlement.perform_if_due,),
    settlement_events.GatesPassed: (settlement.perform_after_gates,),
    settlement_events.LotsDelivered: (
        realisation.realise_pledges,
        settlement.title_follows,
    ),
}

assert not TOGETHER.keys() & REACTIONS.keys(), "what is taken in together has no reactions"
AnyEvent: Any = Union[(*EVOLVE, *OWN_EVENTS, *UPCASTS)]  # built from the tables


def as_today(event: Event) -> list[Event]:
    """What a recorded event says in the words of today; most say it as they stand."""
    upcast = UPCASTS.get(type(event))
    if upcast is None:
        return [event]
    return [latest for newer in upcast(event) for latest in as_today(newer)]
