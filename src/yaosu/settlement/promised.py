"""What parties get, give and pay by contracts that wait, told to the floor of access."""

from collections.abc import Iterator

from msgspec.structs import replace

from yaosu.access.limits import CONTRACT, HELD
from yaosu.markets.promised import of_loan
from yaosu.rights.promises import kind_sold
from yaosu.rights.values import Promise
from yaosu.settlement.state import SettlementReach


def loans_by(reach: SettlementReach, party: str) -> Iterator[Promise]:
    """What a party owes, or is owed, of loans that run."""
    for name in sorted(reach.settlement.loans_of.get(party, ())):
        loan = reach.settlement.loans[name]
        owed, market = loan.owed_minor, reach.markets.markets[loan.made.market]
        if owed:
            request = reach.markets.credit[market.market].requests[loan.made.request]
            is_borrower = party == loan.made.borrower
            lends, owes = (0, owed) if is_borrower else (owed, 0)
            yield replace(of_loan(market, request, party, lends, owes=owes), source=HELD)


def promises_of(reach: SettlementReach, party: str) -> Iterator[Promise]:
    """What a party has promised in contracts that wait at their gates."""
    for _, awaited in sorted(reach.settlement.waiting_sums.of.get(party, {}).items()):
        pays = awaited.pays_minor
        for name in sorted({**awaited.gets, **awaited.gives}):
            right = reach.rights.rights[name]
            yield Promise(
                party=party,
                source=CONTRACT,
                factor=right.factor,
                kind=kind_sold(reach, right),
                instrument=right.instrument,
                region=reach.rights.units[right.unit].region,
                unit=right.unit,
                gets=awaited.gets.get(name, 0),
                gives=awaited.gives.get(name, 0),
                pays_minor=pays,
            )
            pays = 0  # said once a contract; who gets and gives nothing bears roundings at most
