"""Whose rows an entry holds: what each party may be shown of it, and how many those are. Pure.

One literal table says for each event which field or column names the party. A row is a row of a
table (an order, a posting), one of several things in an event (a right), or the event itself; the
command belongs to whoever asked. A row that names two parties is a row of each.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from yaosu import quarantine
from yaosu.access import events as access
from yaosu.cases import events as cases
from yaosu.kernel import canonical
from yaosu.kernel.columns import SMALL, Columns, Text
from yaosu.kernel.splitting import split_by
from yaosu.kernel.words import Event, tag_of
from yaosu.ledger.events import Posted
from yaosu.markets import events as markets
from yaosu.parties import events as parties
from yaosu.returns import events as returns
from yaosu.rights import events as rights
from yaosu.settlement import events as settlement

ASKED = ("command", "actor")  # the row of whoever asked; what was asked the header holds
EVERYBODY = "*"  # no party has this id: rows that anybody may be shown
MANY = "[]."  # "orders[].party": the column party of the table orders, or of each of several things

ASKED_PIECE: tuple[int, str, str, None] = (0, *ASKED, None)
ASKED_ONLY = canonical.encode([ASKED_PIECE])  # who asks mostly asks for somebody else

# event -> where it names the party a row belongs to; who is not named here has no row of it
OWNERS: dict[type[Event], tuple[str, ...]] = {
    Posted: ("postings[].party",),
    parties.VenueFounded: ("venue.operator", "venue.authority"),
    parties.PartyRegistered: ("party.id",),
    parties.RoleGranted: ("party",),
    parties.RoleEnded: ("party",),
    parties.AttestationIssued: ("attestation.issuer", "attestation.about"),
    parties.DataSealed: ("party",),
    parties.KeyErased: ("party",),
    parties.MembersChanged: ("group", "changed_by", "members[].party"),
    parties.ResolutionProposed: ("resolution.group", "resolution.proposed_by"),
    parties.VoteCast: ("member", "vote.cast_by"),
    parties.ResolutionConcluded: ("resolution.group",),
    parties.ProofUsed: ("use.used_by",),
    parties.PowerGiven: ("power.principal", "power.attorney"),
    parties.PowerWithdrawn: ("power.principal", "power.attorney"),
    parties.ActedFor: ("principal", "attorney"),
    parties.SigningKeyRegistered: ("key.party",),
    parties.SigningKeyRevoked: ("key.party",),
    parties.SignaturesRequired: ("party",),
    parties.CommandSigned: ("party",),
    cases.CaseFiled: ("filed.applicant",),
    cases.DocumentsAdded: ("added_by",),
    cases.StageCompleted: ("done_by",),
    cases.ObjectionMade: ("made_by",),
    cases.ObjectionDecided: ("decided_by",),
    cases.CaseApproved: ("applicant",),
    cases.CaseEnded: ("ending.by",),
    cases.CaseAppealed: ("made_by",),
    cases.AppealDecided: ("decided_by",),
    cases.OwnerCommitmentMet: ("confirmed_by",),
    cases.OwnerCommitmentBreached: ("party",),
    cases.ChargePosted: ("posted.party", "posted.payee"),
    cases.ChargePaid: ("party",),
    cases.DocumentKept: ("party",),
    cases.DocumentPreserved: ("preserved_by",),
    cases.PreservationEnded: ("ended_by",),
    cases.DocumentDeleted: ("deleted_by",),
    cases.NoticeServed: ("party",),
    rights.RightRegistered: ("right.holder",),
    rights.TitleMoved: ("rights[].holder", "entries[].made_by", "entries[].beneficiary"),
    rights.RightBurdened: ("entry.made_by", "entry.beneficiary"),
    rights.BurdenReleased: ("released_by",),
    rights.RegisterChanged: ("rights[].holder", "entries[].made_by", "entries[].beneficiary"),
    rights.EntryWaiting: ("waiting.entry.made_by", "waiting.entry.beneficiary"),
    rights.EntryDropped: ("dropped_by",),
    rights.ConsentGiven: ("consent.party",),
    rights.UnitAssessed: ("assessment.assessor",),
    access.PartyAdmitted: ("admission.party",),
    access.AdmissionSuspended: ("admission.party",),
    access.AdmissionReinstated: ("admission.party",),
    access.MarketLeft: ("party",),
    access.CredentialRecognised: ("recognition.party", "recognition.supervisor"),
    access.AwardClaimed: ("claim.party",),
    access.GradeReached: ("party",),
    access.ExitBegun: ("party",),
    access.ResidenceMoved: ("residence.party",),
    access.ExitStopped: ("party",),
    parties.PartyDeregistered: ("party",),
    rights.PledgeAssigned: ("before", "target"),
    markets.OrdersAccepted: ("orders[].party", "refused[].party"),
    markets.SealedOrdersAccepted: ("bid.party",),
    markets.SealedOrdersWithdrawn: ("bid.party",),
    markets.SealedOrdersOpened: ("bid.party",),
    markets.BidsForfeited: ("bids[].party",),
    markets.BookClosed: ("facts[].party",),
    markets.OrderReplaced: ("party",),
    markets.RoundPublished: ("shown_to",),
    markets.LotsEnded: ("orders[].party",),
    markets.ListingOpened: ("head.seller",),
    markets.ListingEntered: ("party",),
    markets.ListingLeft: ("party",),
    markets.BidPlaced: ("bid.party",),
    markets.BidSealed: ("bid.party",),
    markets.BidOpened: ("party",),
    markets.BidsScored: ("evaluator", "scores[].party"),
    markets.ListingCleared: ("dues[].party",),
    markets.AwardPaid: ("due.party",),
    markets.AwardForfeited: ("due.party",),
    markets.PostedOfferMade: ("offer.seller",),
    markets.PostedOfferEnded: ("seller",),
    markets.TermsAccepted: ("party",),
    markets.DealProposed: ("deal.proposer", "deal.counterparty"),
    markets.DealConfirmed: ("deal.proposer", "deal.counterparty"),
    markets.DealEnded: ("deal.proposer", "deal.counterparty"),
    markets.LoanRequested: ("borrower",),
    markets.LoanOffered: ("offer.lender",),
    markets.LoanOfferEnded: ("offer.lender",),
    markets.LoanDeclined: ("lender",),
    markets.LoanRequestEnded: ("borrower",),
    markets.LoanAwarded: ("borrower", "offers[].lender"),
    settlement.LoanMade: ("borrower", "lender"),
    settlement.LoanPaid: ("borrower", "lender"),
    settlement.LoanDefaulted: ("borrower", "lender"),
    settlement.LoanRepaidEarly: ("borrower", "lender"),
    settlement.SaleNoticeGiven: ("borrower", "creditor"),
    settlement.PledgeOffered: ("borrower",),
    settlement.PledgeRealised: ("borrower", "paid[].payee"),
    settlement.MoneyRecorded: ("party",),
    settlement.ContractMade: ("trades[].seller", "trades[].buyer", "money[].party"),
    settlement.LotsDelivered: ("trades[].seller", "trades[].buyer"),
    returns.IncomeShared: ("payer", "payouts[].party"),
    returns.ValueAddedShared: ("group", "payouts[].party"),
    quarantine.CommandQuarantined: ("party",),
    quarantine.CommandReleased: ("released_by",),
}


Piece = tuple[int, str, str, Any]


class _Place(Struct, frozen=True):
    """One place of the table, taken apart once instead of for every event.

    Attributes:
        many: gives the table or the several things; None where the event is the row.
        field: names the party, in a column or in each thing.
        party: gives that field of a thing.
    """

    tag: str
    place: str
    many: Callable[[Event], Any] | None
    field: str
    party: Callable[[Any], str]


def _place_of(kind: type[Event], place: str) -> _Place:
    collection, several, field = place.partition(MANY)
    field = field if several else place
    many = attrgetter(collection) if several else None
    return _Place(tag_of(kind), place, many, field, attrgetter(field))


@lru_cache(maxsize=1 << 10)
def _places(kind: type[Event]) -> tuple[_Place, ...]:
    return tuple(_place_of(kind, place) for place in OWNERS.get(kind, ()))


@lru_cache(maxsize=1 << 16)
def party_key(party: str) -> bytes:
    """SHA-256 of a party's id: what stands for the party where others can see."""
    return sha256(party.encode()).digest()


@lru_cache(maxsize=1 << 16)
def _party_name(party: str) -> str:
    return party_key(party).hex()


def count_rows(counts: dict[str, int], asked_by: bytes | None, events: Sequence[Event]) -> None:
    """Add the rows of an entry to what each party has so far.

    Args:
        counts: key of a party, hex -> its rows up to here; changed in place.
        asked_by: key of who asked; None where it was the engine.
        events: all of the entry.
    """
    if asked_by is not None:
        name = asked_by.hex()
        counts[name] = counts.get(name, 0) + 1
    for event in events:
        for place in _places(type(event)):
            for party, rows in _counted(place, event):
                if party:
                    name = _party_name(party)
                    counts[name] = counts.get(name, 0) + rows


def rows_by_party(
    asked_by: bytes | None, events: Sequence[Event]
) -> dict[bytes, tuple[int, bytes]]:
    """Of each party that an entry has rows of, by key: how many, and their canonical bytes.

    The bytes are a list of pieces [number in the entry (0 the command), tag, place, content]: the
    content is a table of the party's rows, one thing, or nil for the command.
    """
    counts: dict[bytes, int] = {}
    pieces: dict[bytes, list[Any]] = {}
    if asked_by is not None:
        counts[asked_by] = 1
        pieces[asked_by] = [ASKED_PIECE]
    for number, event in enumerate(events, 1):
        for place in _places(type(event)):
            for party, rows, content in _split(place, event):
                if party:
                    key = party_key(party)
                    counts[key] = counts.get(key, 0) + rows
                    piece = (number, place.tag, place.place, content)
                    pieces.setdefault(key, []).append(piece)
    return {
        key: (counts[key], ASKED_ONLY if mine == [ASKED_PIECE] else canonical.encode(mine))
        for key, mine in pieces.items()
    }


def read_rows(data: bytes) -> tuple[int, list[Piece]]:
    """How many rows these canonical bytes hold, and the pieces, with tables as columns.

    Raises:
        Refusal: ``kernel.malformed``.
    """
    pieces = canonical.decode(data, list[Piece])
    rows = sum(piece[3].rows if isinstance(piece[3], Columns) else 1 for piece in pieces)
    return rows, pieces


def _counted(place: _Place, event: Event) -> Iterable[tuple[str, int]]:
    """Party and number of rows, for each party that is named there."""
    party = place.party
    if place.many is None:
        return ((party(event), 1),)
    many = place.many(event)
    if not isinstance(many, Columns):
        return [(party(thing), 1) for thing in many]
    if many.rows == 0:
        return ()
    column = many.text(place.field)
    owner = _only_one(column)
    if owner is not None:
        return ((owner, many.rows),)
    if many.rows <= SMALL:
        return [(name, 1) for name in column.tolist()]
    totals = np.bincount(column.codes, minlength=len(column.values)).tolist()
    return [(name, rows) for name, rows in zip(column.values, totals, strict=True) if rows]


def _split(place: _Place, event: Event) -> Iterable[tuple[str, int, Any]]:
    """Party, number of rows, and the rows as they are encoded, for each party named there."""
    party = place.party
    if place.many is None:
        return ((party(event), 1, event),)
    many = place.many(event)
    if not isinstance(many, Columns):
        return [(party(thing), 1, thing) for thing in many]
    if many.rows == 0:
        return ()
    owner = _only_one(many.text(place.field))
    if owner is not None:
        return ((owner, many.rows, many),)
    return [
        (name, rows, msgspec.msgpack.Ext(canonical.EXTENSION_COLUMNS, data))
        for name, rows, data in split_by(many, place.field)
    ]


def _only_one(column: Text) -> str | None:
    """The party of all rows of a short table, as nearly all are; else None."""
    texts = column.texts
    return texts[0] if texts is not None and texts.count(texts[0]) == len(texts) else None
