"""The command table: who decides each command, who may ask it, what it is in a replay."""

from collections.abc import Callable
from typing import Any, Union

from msgspec import Struct

from yaosu import quarantine
from yaosu.access import commands as access_commands
from yaosu.access import decide as access
from yaosu.access import exit as leaving
from yaosu.access import grades, learning, limits, portability, recognition
from yaosu.cases import charges, documents, flow
from yaosu.cases import commands as cases_commands
from yaosu.cases import decide as cases
from yaosu.cases.needed import check_by_case, check_can_be_met, is_any_needed
from yaosu.core.other_side import check_other_side
from yaosu.core.state import State, state_bytes
from yaosu.core.subjects import subjects_of
from yaosu.core.words import (
    ANYONE,
    ENGINE,
    EXOGENOUS,
    FOUNDER,
    OFFICES,
    RESPONSE,
    AdvanceTime,
    ContinueJournal,
    JournalContinued,
    RecordStateHash,
    StateHashed,
    TimeAdvanced,
)
from yaosu.kernel import canonical, ids
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.sealing import takes_sealed
from yaosu.kernel.shape import shape_of
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.markets import commands as markets_commands
from yaosu.markets import (
    credit,
    listing,
    listing_sealed,
    listing_time,
    negotiated,
    posted,
    random_end,
    reopening,
    trading_phases,
)
from yaosu.markets import decide as markets
from yaosu.markets.sealed import check_may_open
from yaosu.parties import commands as parties_commands
from yaosu.parties import decide as parties
from yaosu.parties import registering_many as registering_parties
from yaosu.parties import representation, resolutions, signing
from yaosu.parties.commands import FoundVenue
from yaosu.parties.sealed_data import check_plain
from yaosu.places import commands as places_commands
from yaosu.places import decide as places
from yaosu.places import planning
from yaosu.returns import commands as returns_commands
from yaosu.returns import decide as returns
from yaosu.returns import value_added
from yaosu.rights import assign, pledging_many, registering_many
from yaosu.rights import commands as rights_commands
from yaosu.rights import decide as rights
from yaosu.rows import party_key
from yaosu.rules import commands as rules_commands
from yaosu.settlement import commands as settlement_commands
from yaosu.settlement import decide as settlement
from yaosu.settlement import loans, realisation


class Row(Struct, frozen=True):
    """One row of the command table: who decides it, who may ask it, what it is in a replay."""

    decide: Callable[[State, Any], list[Event]]
    roles: tuple[str, ...]
    kind: str


def advance_time(state: State, command: AdvanceTime) -> list[Event]:
    """Everything due by now happens, in (due, id) order."""
    return [
        TimeAdvanced(instant=state.now),
        *settlement.pass_gates(state, state.now),
        *trading_phases.pass_time(state),
        *listing_time.pass_listings(state, state.now),
        *loans.fall_due(state, state.now),
        *negotiated.lapse_deals(state, state.now),
        *flow.pass_due(state, state.now),
        *resolutions.conclude_due(state, state.now),
        *random_end.pass_windows(state, state.now),
    ]


def record_state_hash(state: State, command: RecordStateHash) -> list[Event]:
    """The hash of the state as it stands."""
    data = state_bytes(state)
    hashed = canonical.digest(data)
    return [StateHashed(state_hash=hashed, state_bytes=len(data), shape=shape_of(State))]


def continue_journal(state: State, command: ContinueJournal) -> list[Event]:
    """What the operator stated, on record."""
    return [
        JournalContinued(
            original=command.original,
            entries=command.entries,
            incarnation=command.incarnation,
            statement=command.statement,
            draw=command.draw,
        )
    ]


def file_case(state: State, command: cases_commands.FileCase) -> list[Event]:
    """A case is filed once what it leads to is known to be a command that a case may lead to."""
    if command.request:
        asked = canonical.decode(command.request, AnyCommand)
        may_follow = COMMANDS[type(asked)].roles not in ((ENGINE,), (FOUNDER,)) and not (
            type(asked) in UNRECORDED or type(asked).__module__ == cases_commands.__name__
        )
        refuse_unless(may_follow, "cases.never_follows", command=tag_of(asked))
        if isinstance(asked, rules_commands.AdoptRules):
            _check_role(state, COMMANDS[type(asked)], asked)  # who may not adopt does not propose
    return cases.decide_file_case(state, command)


def adopt_rules(state: State, command: rules_commands.AdoptRules) -> list[Event]:
    """Rules are adopted if they can be held, and if who adopts them could mend them again."""
    check_can_be_met(state, command.pack)
    return limits.adopt_rules(state, command)


def act_for(state: State, command: parties_commands.ActFor) -> list[Event]:
    """What an attorney asks is decided as its principal's, where its power covers it."""
    asked = asked_for(command)
    fields = canonical.decode(command.request, dict[str, Any])
    acted = representation.check_power(state, command, asked, fields)
    row = COMMANDS[type(asked)]
    authorise(state, row, asked)
    decided = row.decide(state, asked)
    check_other_side(state, command, asked, fields, decided)
    return [*acted, *decided]


def check_may_represent(state: State, command: parties_commands.ActFor) -> None:
    """Refuse, before anything is recorded, what only the party itself asks.

    That is whatever is examined at the door, travels sealed, or is seen to by the key store:
    behind a request none of it is seen.
    """
    asked = asked_for(command)
    is_own = type(asked) in UNRECORDED or type(asked) in ASKED_ITSELF or takes_sealed(asked)
    is_open = COMMANDS[type(asked)].roles not in ((ENGINE,), (FOUNDER,))
    refuse_unless(is_open and not is_own, "parties.never_for_another", command=tag_of(asked))


def asked_for(command: Command) -> Command:
    """What is asked in the end: behind a request for another party, the command itself."""
    if isinstance(command, parties_commands.AskSigned):
        return asked_for(signed_for(command))
    if not isinstance(command, parties_commands.ActFor):
        return command
    refuse_unless(
        len(command.request) <= representation.REQUEST_BYTES_MAX,
        "parties.never_for_another",
        command=f"a request of {len(command.request)} bytes",
    )
    asked = canonical.decode(command.request, AnyCommand)
    assert isinstance(asked, Command)
    return asked


def signed_for(command: Command) -> Command:
    """What was signed: behind a signed request the command itself."""
    if not isinstance(command, parties_commands.AskSigned):
        return command
    refuse_unless(
        len(command.request) <= signing.REQUEST_BYTES_MAX,
        "parties.never_signed",
        command=f"a request of {len(command.request)} bytes",
    )
    asked = canonical.decode(command.request, AnyCommand)
    assert isinstance(asked, Command)
    return asked


def ask_signed(state: State, command: parties_commands.AskSigned) -> list[Event]:
    """What a party signed is decided as if it were asked plainly; the signature goes on record."""
    asked = signed_for(command)
    confirmed = signing.check_signature(state, command, asked)
    row = COMMANDS[type(asked)]
    authorise(state, row, asked)
    return [*confirmed, *row.decide(state, asked)]


def check_may_sign(state: State, command: parties_commands.AskSigned) -> None:
    """Refuse, before anything is recorded, what is not signed as it should be.

    Whoever cannot sign is nobody known: else a stranger could use up the keys of a party's
    commands. What is examined at the door without a signature is examined with one as well.
    """
    asked = signed_for(command)
    may_be = COMMANDS[type(asked)].roles not in ((ENGINE,), (FOUNDER,))
    refuse_unless(
        may_be and not isinstance(asked, parties_commands.AskSigned),
        "parties.never_signed",
        command=tag_of(asked),
    )
    signing.check_signature(state, command, asked)
    if type(asked) in UNRECORDED:
        UNRECORDED[type(asked)](state, asked)


def check_signed(state: State, command: Command) -> None:
    """Refuse a command that is heard only when signed, of its actor or of whom it is asked for."""
    if isinstance(command, parties_commands.AskSigned):
        return
    asked = [command]
    if isinstance(command, parties_commands.ActFor):
        asked.append(asked_for(command))
    for one in asked:
        if signing.is_required(state, one.actor, tag_of(one)):
            refuse("parties.signature_needed", command=tag_of(one), party=one.actor)


COMMANDS: dict[type[Command], Row] = {
    AdvanceTime: Row(advance_time, (ENGINE,), RESPONSE),
    ContinueJournal: Row(continue_journal, (ENGINE,), RESPONSE),
    RecordStateHash: Row(record_state_hash, (ENGINE,), RESPONSE),
    quarantine.QuarantineCommand: Row(quarantine.decide_quarantine_command, (ENGINE,), RESPONSE),
    quarantine.ReleaseCommand: Row(quarantine.decide_release_command, ("operator",), RESPONSE),
    FoundVenue: Row(parties.decide_found_venue, (FOUNDER,), EXOGENOUS),
    places_commands.DefineRegions: Row(
        places.decide_define_regions, ("authority", "operator"), EXOGENOUS
    ),
    places_commands.DefineLinks: Row(
        places.decide_define_links, ("authority", "operator"), EXOGENOUS
    ),
    places_commands.DefineZone: Row(places.decide_define_zone, ("authority",), EXOGENOUS),
    places_commands.DefineSpatialTree: Row(
        planning.decide_define_spatial_tree, ("authority",), EXOGENOUS
    ),
    places_commands.DefinePlan: Row(planning.decide_define_plan, ("authority",), EXOGENOUS),
    places_commands.DefinePlanControl: Row(
        planning.decide_define_plan_control, ("authority",), EXOGENOUS
    ),
    places_commands.DefineCalendar: Row(
        places.decide_define_calendar, ("authority", "operator"), EXOGENOUS
    ),
    rules_commands.AdoptRules: Row(adopt_rules, ("authority",), EXOGENOUS),
    parties_commands.NameKey: Row(parties.decide_name_key, ("authority", "operator"), EXOGENOUS),
    parties_commands.RegisterParty: Row(
        parties.decide_register_party, ("operator", "registrar"), EXOGENOUS
    ),
    parties_commands.RegisterParties: Row(
        registering_parties.decide_register_parties, ("operator", "registrar"), EXOGENOUS
    ),
    parties_commands.SealData: Row(parties.decide_seal_data, ANYONE, EXOGENOUS),
    parties_commands.EraseKey: Row(parties.decide_erase_key, ANYONE, EXOGENOUS),
    parties_commands.GrantRole: Row(
        parties.decide_grant_role, ("operator", "authority"), EXOGENOUS
    ),
    parties_commands.EndRole: Row(parties.decide_end_role, ("operator", "authority"), EXOGENOUS),
    parties_commands.IssueAttestation: Row(parties.decide_issue_attestation, ANYONE, EXOGENOUS),
    parties_commands.WithdrawAttestation: Row(
        parties.decide_withdraw_attestation, ANYONE, EXOGENOUS
    ),
    cases_commands.AdoptProcedure: Row(cases.decide_adopt_procedure, ("authority",), EXOGENOUS),
    cases_commands.FileCase: Row(file_case, ANYONE, EXOGENOUS),
    cases_commands.AddDocuments: Row(cases.decide_add_documents, ANYONE, EXOGENOUS),
    cases_commands.CompleteStage: Row(cases.decide_complete_stage, ANYONE, EXOGENOUS),
    cases_commands.RefuseCase: Row(cases.decide_refuse_case, ANYONE, EXOGENOUS),
    cases_commands.WithdrawCase: Row(cases.decide_withdraw_case, ANYONE, EXOGENOUS),
    cases_commands.ObjectToCase: Row(cases.decide_object_to_case, ANYONE, EXOGENOUS),
    cases_commands.DecideObjection: Row(cases.decide_decide_objection, ANYONE, EXOGENOUS),
    cases_commands.AppealCase: Row(cases.decide_appeal_case, ANYONE, EXOGENOUS),
    cases_commands.DecideAppeal: Row(cases.decide_decide_appeal, ANYONE, EXOGENOUS),
    cases_commands.ConfirmOwnerCommitment: Row(
        cases.decide_confirm_owner_commitment, ANYONE, EXOGENOUS
    ),
    cases_commands.PostCharge: Row(charges.decide_post_charge, OFFICES, EXOGENOUS),
    cases_commands.PayCharge: Row(charges.decide_pay_charge, ANYONE, EXOGENOUS),
    rights_commands.AdoptProfile: Row(rights.decide_adopt_profile, ("authority",), EXOGENOUS),
    rights_commands.RegisterRight: Row(rights.decide_register_right, ("registrar",), EXOGENOUS),
    rights_commands.RegisterMany: Row(
        registering_many.decide_register_many, ("registrar",), EXOGENOUS
    ),
    rights_commands.TakeOverPledges: Row(
        pledging_many.decide_take_over_pledges, ("registrar",), EXOGENOUS
    ),
    rights_commands.GrantUse: Row(rights.decide_grant_use, ANYONE, EXOGENOUS),
    rights_commands.TransferTitle: Row(rights.decide_transfer_title, ANYONE, EXOGENOUS),
    rights_commands.FreezeRight: Row(
        rights.decide_freeze_right, ("authority", "registrar"), EXOGENOUS
    ),
    rights_commands.PledgeRight: Row(rights.decide_pledge_right, ANYONE, EXOGENOUS),
    rights_commands.EnterObjection: Row(rights.decide_enter_objection, ANYONE, EXOGENOUS),
    rights_commands.EnterPriorityNotice: Row(
        rights.decide_enter_priority_notice, ANYONE, EXOGENOUS
    ),
    rights_commands.ReleaseRight: Row(rights.decide_release_right, ANYONE, EXOGENOUS),
    rights_commands.ConfirmEntry: Row(rights.decide_confirm_entry, ANYONE, EXOGENOUS),
    rights_commands.CorrectRight: Row(rights.decide_correct_right, ("registrar",), EXOGENOUS),
    rights_commands.CancelRight: Row(rights.decide_cancel_right, ANYONE, EXOGENOUS),
    rights_commands.RecordExpiry: Row(rights.decide_record_expiry, ANYONE, EXOGENOUS),
    rights_commands.GiveConsent: Row(rights.decide_give_consent, ANYONE, EXOGENOUS),
    rights_commands.SplitUnit: Row(rights.decide_split_unit, ("registrar",), EXOGENOUS),
    rights_commands.MergeUnits: Row(rights.decide_merge_units, ("registrar",), EXOGENOUS),
    rights_commands.RenewRight: Row(rights.decide_renew_right, ("registrar",), EXOGENOUS),
    rights_commands.ChangeUse: Row(rights.decide_change_use, ("registrar",), EXOGENOUS),
    rights_commands.SwapUses: Row(rights.decide_swap_uses, ("registrar",), EXOGENOUS),
    rights_commands.EnterMarket: Row(rights.decide_enter_market, ("registrar",), EXOGENOUS),
    rights_commands.AssessUnit: Row(rights.decide_assess_unit, ("agency",), EXOGENOUS),
    access_commands.ApplyForAdmission: Row(access.decide_apply_for_admission, ANYONE, EXOGENOUS),
    access_commands.SuspendAdmission: Row(
        access.decide_suspend_admission, ("supervisor",), RESPONSE
    ),
    access_commands.ReinstateAdmission: Row(
        access.decide_reinstate_admission, ("supervisor",), RESPONSE
    ),
    access_commands.LeaveMarket: Row(access.decide_leave_market, ANYONE, RESPONSE),
    markets_commands.OpenMarket: Row(markets.decide_open_market, ("operator",), EXOGENOUS),
    markets_commands.SubmitOrders: Row(markets.decide_submit_orders, ANYONE, EXOGENOUS),
    markets_commands.SubmitSealedOrders: Row(
        markets.decide_submit_sealed_orders, ANYONE, EXOGENOUS
    ),
    markets_commands.OpenBids: Row(markets.decide_open_bids, ANYONE, RESPONSE),
    markets_commands.OfferRight: Row(markets.decide_offer_right, ANYONE, EXOGENOUS),
    markets_commands.RegisterAndOffer: Row(
        markets.decide_register_and_offer, ("registrar",), EXOGENOUS
    ),
    markets_commands.CancelOrders: Row(markets.decide_cancel_orders, ANYONE, RESPONSE),
    markets_commands.ReplaceOrder: Row(markets.decide_replace_order, ANYONE, RESPONSE),
    markets_commands.CloseBook: Row(markets.decide_close_book, ("operator",), EXOGENOUS),
    markets_commands.ReopenBook: Row(reopening.decide_reopen_book, ("operator",), RESPONSE),
    markets_commands.HaltTrading: Row(
        markets.decide_halt_trading, ("operator", "supervisor"), RESPONSE
    ),
    markets_commands.ResumeTrading: Row(
        markets.decide_resume_trading, ("operator", "supervisor"), RESPONSE
    ),
    markets_commands.ChangePhase: Row(
        markets.decide_change_phase, ("operator", "supervisor"), EXOGENOUS
    ),
    markets_commands.RecordClearing: Row(markets.decide_record_clearing, ("operator",), RESPONSE),
    markets_commands.SetTradePrice: Row(markets.decide_set_trade_price, ANYONE, EXOGENOUS),
    markets_commands.OpenListing: Row(listing.decide_open_listing, ANYONE, EXOGENOUS),
    markets_commands.EnterListing: Row(listing.decide_enter_listing, ANYONE, EXOGENOUS),
    markets_commands.PlaceBid: Row(listing.decide_place_bid, ANYONE, EXOGENOUS),
    markets_commands.SealBid: Row(listing_sealed.decide_seal_bid, ANYONE, EXOGENOUS),
    markets_commands.OpenSealedBid: Row(listing_sealed.decide_open_sealed_bid, ANYONE, RESPONSE),
    markets_commands.RevealTerm: Row(listing_sealed.decide_reveal_term, ANYONE, RESPONSE),
    markets_commands.LeaveListing: Row(listing.decide_leave_listing, ANYONE, RESPONSE),
    markets_commands.ScoreBids: Row(listing.decide_score_bids, ANYONE, RESPONSE),
    markets_commands.PayAward: Row(listing.decide_pay_award, ANYONE, RESPONSE),
    markets_commands.CancelListing: Row(listing.decide_cancel_listing, ANYONE, RESPONSE),
    markets_commands.PermitRevenue: Row(
        posted.decide_permit_revenue, ("authority", "price_regulator"), EXOGENOUS
    ),
    markets_commands.PostTariff: Row(posted.decide_post_tariff, ("operator",), EXOGENOUS),
    markets_commands.EndPostedOffer: Row(posted.decide_end_posted_offer, ANYONE, RESPONSE),
    markets_commands.AcceptTerms: Row(posted.decide_accept_terms, ANYONE, EXOGENOUS),
    markets_commands.ProposeDeal: Row(negotiated.decide_propose_deal, ANYONE, EXOGENOUS),
    markets_commands.ConfirmDeal: Row(negotiated.decide_confirm_deal, ANYONE, RESPONSE),
    markets_commands.WithdrawDeal: Row(negotiated.decide_withdraw_deal, ANYONE, RESPONSE),
    markets_commands.RequestLoan: Row(credit.decide_request_loan, ANYONE, EXOGENOUS),
    markets_commands.OfferLoan: Row(credit.decide_offer_loan, ANYONE, EXOGENOUS),
    markets_commands.DeclineLoan: Row(credit.decide_decline_loan, ANYONE, EXOGENOUS),
    markets_commands.WithdrawLoanOffer: Row(credit.decide_withdraw_loan_offer, ANYONE, RESPONSE),
    markets_commands.WithdrawLoanRequest: Row(
        credit.decide_withdraw_loan_request, ANYONE, RESPONSE
    ),
    markets_commands.AwardLoan: Row(credit.decide_award_loan, ANYONE, EXOGENOUS),
    markets_commands.AnnounceEnd: Row(random_end.decide_announce_end, ("operator",), EXOGENOUS),
    settlement_commands.PayLoan: Row(loans.decide_pay_loan, ANYONE, RESPONSE),
    settlement_commands.RepayLoan: Row(loans.decide_repay_loan, ANYONE, RESPONSE),
    settlement_commands.GiveSaleNotice: Row(realisation.decide_give_sale_notice, ANYONE, RESPONSE),
    settlement_commands.SellPledge: Row(realisation.decide_sell_pledge, ANYONE, RESPONSE),
    settlement_commands.RecordDeposit: Row(
        settlement.decide_record_deposit, ("operator",), EXOGENOUS
    ),
    settlement_commands.RecordWithdrawal: Row(
        settlement.decide_record_withdrawal, ("operator",), RESPONSE
    ),
    settlement_commands.VoidContract: Row(
        settlement.decide_void_contract, ("authority",), RESPONSE
    ),
    returns_commands.ShareIncome: Row(returns.decide_share_income, ANYONE, EXOGENOUS),
    parties_commands.ChangeMembers: Row(
        resolutions.decide_change_members, ("operator", "registrar"), EXOGENOUS
    ),
    parties_commands.ProposeResolution: Row(
        resolutions.decide_propose_resolution, ANYONE, EXOGENOUS
    ),
    parties_commands.CastVote: Row(resolutions.decide_cast_vote, ANYONE, EXOGENOUS),
    parties_commands.SpendAttestation: Row(parties.decide_spend_attestation, OFFICES, EXOGENOUS),
    parties_commands.GivePower: Row(representation.decide_give_power, ANYONE, EXOGENOUS),
    parties_commands.WithdrawPower: Row(representation.decide_withdraw_power, ANYONE, EXOGENOUS),
    parties_commands.ActFor: Row(act_for, ANYONE, EXOGENOUS),  # or as what is asked: asked_for
    access_commands.AdoptRecognition: Row(
        recognition.decide_adopt_recognition, ("authority",), EXOGENOUS
    ),
    access_commands.RecogniseCredential: Row(
        recognition.decide_recognise_credential, ANYONE, EXOGENOUS
    ),
    access_commands.RecogniseByDecision: Row(
        recognition.decide_recognise_by_decision, ("authority",), EXOGENOUS
    ),
    access_commands.WithdrawRecognition: Row(
        recognition.decide_withdraw_recognition, ("authority",), EXOGENOUS
    ),
    access_commands.AdoptLearning: Row(learning.decide_adopt_learning, ("authority",), EXOGENOUS),
    access_commands.ClaimAward: Row(learning.decide_claim_award, ANYONE, EXOGENOUS),
    access_commands.AdoptScale: Row(grades.decide_adopt_scale, ("authority",), EXOGENOUS),
    access_commands.ApplyForGrade: Row(grades.decide_apply_for_grade, ANYONE, EXOGENOUS),
    access_commands.AdoptEntitlements: Row(
        portability.decide_adopt_entitlements, ("authority",), EXOGENOUS
    ),
    access_commands.MoveResidence: Row(portability.decide_move_residence, ANYONE, EXOGENOUS),
    access_commands.BeginExit: Row(leaving.decide_begin_exit, ANYONE, RESPONSE),
    access_commands.StopExit: Row(leaving.decide_stop_exit, ANYONE, RESPONSE),
    access_commands.Deregister: Row(leaving.decide_deregister, ANYONE, RESPONSE),
    rights_commands.AssignPledge: Row(assign.decide_assign_pledge, ANYONE, EXOGENOUS),
    rights_commands.ChangeUnit: Row(rights.decide_change_unit, ("registrar",), EXOGENOUS),
    returns_commands.ShareValueAdded: Row(value_added.decide_share_value_added, ANYONE, EXOGENOUS),
    cases_commands.KeepDocument: Row(documents.decide_keep_document, ("operator",), EXOGENOUS),
    cases_commands.PreserveDocument: Row(
        documents.decide_preserve_document, ("authority", "registrar", "supervisor"), EXOGENOUS
    ),
    cases_commands.EndPreservation: Row(
        documents.decide_end_preservation, ("authority", "registrar", "supervisor"), EXOGENOUS
    ),
    cases_commands.DeleteDocument: Row(
        documents.decide_delete_document, ("operator", "registrar"), EXOGENOUS
    ),
    cases_commands.ServeNotice: Row(documents.decide_serve_notice, ("operator",), EXOGENOUS),
    parties_commands.RegisterSigningKey: Row(
        signing.decide_register_signing_key, ANYONE, EXOGENOUS
    ),
    parties_commands.RevokeSigningKey: Row(signing.decide_revoke_signing_key, ANYONE, EXOGENOUS),
    parties_commands.RequireSigned: Row(signing.decide_require_signed, ANYONE, EXOGENOUS),
    parties_commands.AskSigned: Row(ask_signed, ANYONE, EXOGENOUS),  # or as what is asked
}

# command -> what is asked at the door, before anything is recorded: secrets that came in plain
UNRECORDED: dict[type[Command], Callable[[State, Any], object]] = {
    parties_commands.RegisterParty: check_plain,
    parties_commands.RegisterParties: registering_parties.check_plain_rows,
    parties_commands.ActFor: check_may_represent,
    parties_commands.AskSigned: check_may_sign,
    markets_commands.OpenBids: check_may_open,
    markets_commands.OpenSealedBid: listing_sealed.check_may_open_bid,
    markets_commands.RevealTerm: listing_sealed.check_may_reveal,
    markets_commands.CloseBook: random_end.check_may_close,
}

ASKED_ITSELF: tuple[type[Command], ...] = (parties_commands.EraseKey,)

AnyCommand: Any = Union[tuple(COMMANDS)]  # noqa: UP007  # built from the table


def cause_of(command: Command) -> str:
    """Hex digest of (actor, key): what derived ids of this command begin from."""
    return ids.cause_of(command.actor, command.key)


def due_next(state: State) -> int | None:
    """The next instant at which something is due by time, or None."""
    return state.dues.first(state)


# command -> the tag it is known by where the rules ask for a procedure: it does that and more
DOES_TOO: dict[type[Command], str] = {
    markets_commands.RegisterAndOffer: tag_of(rights_commands.RegisterRight),
    rights_commands.RegisterMany: tag_of(rights_commands.RegisterRight),
    rights_commands.TakeOverPledges: tag_of(rights_commands.PledgeRight),
}


def authorise(state: State, row: Row, command: Command, procedure: str = "") -> None:
    """Refuse who lacks the role that the table asks for, and what needs a case and has none.

    Args:
        procedure: id of the procedure whose approved case carries the command out.
    """
    _check_role(state, row, command)
    if state.rules.packs and is_any_needed(state):
        tag = DOES_TOO.get(type(command), tag_of(command))
        for factor, region in subjects_of(state, command):
            check_by_case(state, tag, factor, procedure, region)


def _check_role(state: State, row: Row, command: Command) -> None:
    if row.roles == (ENGINE,):
        assert command.actor == ENGINE, command
        return
    if row.roles in (ANYONE, (FOUNDER,)):
        return  # `found_venue` itself sees to it that there is one founding
    refuse_unless(
        any(parties.has_role(state, command.actor, role) for role in row.roles),
        "core.role_needed",
        actor=command.actor,
        command=type(command).__name__,
        roles=" or ".join(row.roles),
    )


def asked_by(actor: str) -> bytes | None:
    """The key of who asked; the engine is no party and has no rows."""
    return None if actor == ENGINE else party_key(actor)


def check_actor(state: State, command: Command) -> None:
    """Only registered parties are heard; the rest is refused at the door and not recorded.

    Neither is what may not stand in plain: a refused command would be an entry too.
    """
    if COMMANDS[type(command)].roles == (ENGINE,) or command.actor == ENGINE:
        refuse("core.engine_only", command=type(command).__name__)
    is_founder = command.actor == FOUNDER and state.parties.venue is None
    if command.actor not in state.parties.parties and not is_founder:
        refuse("core.unknown_actor", actor=command.actor)
    if command.actor in state.parties.deregistered:
        parties.party_of(state, command.actor)  # refuses, and says when it left
    check_signed(state, command)
    if type(command) in UNRECORDED:
        UNRECORDED[type(command)](state, command)
