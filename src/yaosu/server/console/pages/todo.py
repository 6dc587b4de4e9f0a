"""What a party has to see to, by when: contracts, awards, openings, proposals, loans, cases."""

from collections.abc import Iterator
from urllib.parse import quote

from msgspec import Struct

from yaosu.cases.procedure import APPLICANT
from yaosu.cases.state import procedure_named
from yaosu.cases.values import OPEN
from yaosu.cases.views import turns_of
from yaosu.core import State
from yaosu.markets.listing_state import ENDED, REVEAL
from yaosu.markets.state import OPENING
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in
from yaosu.settlement.loan_state import Loan
from yaosu.settlement.state import DUE, WAITING, Contract

FAR = 2**62  # after all that has an instant
CASES_MAX = 200


class Todo(Struct, frozen=True, kw_only=True):
    """One thing that is due, or waits.

    Attributes:
        kind: contract, award, open_bid, open_order, deal, pay or get (a loan's next instalment),
            case (a stage that is its own), or case_of_others (one that it filed and waits for).
        name, link: of what it is about; ``note``: more of it.
        amount: minor units that the party pays (negative) or gets; None where it is not money.
        until: instant; 0 where none is set.
    """

    kind: str
    name: str
    link: str = ""
    note: str = ""
    amount: int | None = None
    until: int = 0


class Bidding(Struct, frozen=True, kw_only=True):
    """A listing in which a party offers or bids: its own last bid, and whether it leads."""

    listing: str
    form: str
    phase: str
    is_seller: bool
    price: int | None
    leads: bool
    deposit: int
    until: int


def todo_of(state: State, names: Names, party: str) -> list[Todo]:
    """All that waits for a party, what is due first in front."""
    found = [
        *_contracts(state, party),
        *_listings(state, party),
        *_openings(state, party),
        *_deals(state, names, party),
        *_loans(state, names, party),
        *_cases(state, names, party),
    ]
    return sorted(found, key=lambda one: (one.until or FAR, one.kind, one.name))


def bidding_of(state: State, party: str) -> list[Bidding]:
    """The listings that are not over in which a party takes part."""
    found = []
    for name, listing in sorted(state.markets.listings.listings.items()):
        head, leader = listing.head, listing.leader
        is_seller = party in (head.seller, head.by)
        if listing.phase == ENDED or not (is_seller or party in listing.deposits):
            continue
        own = [bid.price for bid in listing.bids if bid.party == party]
        found.append(
            Bidding(
                listing=name,
                form=head.terms.form,
                phase=listing.phase,
                is_seller=is_seller,
                price=own[-1] if own else None,
                leads=leader is not None and leader.party == party,
                deposit=listing.deposits.get(party, 0),
                until=listing.until,
            )
        )
    return found


def _contracts(state: State, party: str) -> Iterator[Todo]:
    for name, contract in sorted(state.settlement.contracts.items()):
        if contract.state in (WAITING, DUE) and (told := _contract(contract, party)) is not None:
            note, amount = told
            until = state.settlement.waiting.get(name, 0)
            yield Todo(kind="contract", name=name, note=note, amount=amount, until=until)


def _contract(contract: Contract, party: str) -> tuple[str, int] | None:
    """What it waits for, and what the party pays or gets; None where it has no part in it."""
    made = contract.made
    paid = {row["party"]: row["amount"] for row in made.money.iterate()}
    sides = {*made.trades.text("seller").tolist(), *made.trades.text("buyer").tolist()}
    if party not in sides and party not in paid:
        return None
    gates = ", ".join(gate.kind for gate in made.gates)
    return " · ".join(part for part in (made.market, gates) if part), paid.get(party, 0)


def _listings(state: State, party: str) -> Iterator[Todo]:
    for name, listing in sorted(state.markets.listings.listings.items()):
        due = listing.dues.get(party)
        if due is not None:
            amount = -(due.price_minor + due.fee_minor)
            yield _of_listing("award", name, due.until, amount)
        if listing.phase == REVEAL and party in listing.sealed:
            yield _of_listing("open_bid", name, listing.until, None)


def _of_listing(kind: str, name: str, until: int, amount: int | None) -> Todo:
    return Todo(
        kind=kind, name=name, link=f"/listings/{quote(name, safe='')}", amount=amount, until=until
    )


def _openings(state: State, party: str) -> Iterator[Todo]:
    for name, market in sorted(state.markets.markets.items()):
        has_sealed = any(bid.party == party for bid in market.sealed.values())
        if market.phase == OPENING and has_sealed:
            link = f"/markets/{quote(name, safe='')}"
            yield Todo(kind="open_order", name=name, link=link, until=market.opening_until)


def _deals(state: State, names: Names, party: str) -> Iterator[Todo]:
    for name, book in sorted(state.markets.negotiated.items()):
        for deal in book.proposed.values():
            if deal.counterparty == party:
                yield Todo(
                    kind="deal",
                    name=deal.deal,
                    link=f"/markets/{quote(name, safe='')}",
                    note=names.party(deal.proposer),
                    until=deal.until,
                )


def _loans(state: State, names: Names, party: str) -> Iterator[Todo]:
    for name, loan in sorted(state.settlement.loans.items()):
        borrows = loan.made.borrower == party
        if loan.is_running and (borrows or loan.made.lender == party):
            until, amount = _instalment(loan)
            other = loan.made.lender if borrows else loan.made.borrower
            yield Todo(
                kind="pay" if borrows else "get",
                name=name,
                link=f"/markets/{quote(loan.made.market, safe='')}",
                note=names.party(other),
                amount=-amount if borrows else amount,
                until=until,
            )


def _cases(state: State, names: Names, party: str) -> Iterator[Todo]:
    """Open stages of the cases it filed, of the newest."""
    for name in state.cases.by_applicant.get(party, [])[-CASES_MAX:]:
        case = state.cases.cases[name]
        if case.phase != OPEN:
            continue
        texts = {
            stage.id: stage.text
            for stage in procedure_named(state.cases, case.filed.procedure).stages
        }
        for turn in turns_of(state.cases, name):
            is_own = turn.whose == APPLICANT
            yield Todo(
                kind="case" if is_own else "case_of_others",
                name=name,
                link=f"/cases/{quote(name, safe='')}",
                note=said_in(names, texts[turn.stage]),
                until=turn.due,
            )


def _instalment(loan: Loan) -> tuple[int, int]:
    """When the next instalment falls due, and what is due then with what is overdue."""
    schedule, at = loan.made.schedule, loan.fallen_due
    if at >= schedule.rows:
        return loan.overdue_since, loan.overdue_minor
    due = int(schedule["principal"][at] + schedule["interest"][at])
    return int(schedule["due"][at]), due + loan.overdue_minor
