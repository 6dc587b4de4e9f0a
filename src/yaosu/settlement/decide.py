"""Settlement decides: what each pays and gets, delivery against payment, and voiding."""

from collections.abc import Iterator

from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.decide import commit_lots, free_lots
from yaosu.markets.events import AwardPaid, MarketCleared, TradesAgreed, TradesMade
from yaosu.markets.state import Market
from yaosu.markets.terms import Trading
from yaosu.parties.decide import party_of
from yaosu.rights.events import RightBurdened
from yaosu.rights.register import move_titles
from yaosu.settlement import refusals
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal, VoidContract
from yaosu.settlement.contracts import TEMPLATES
from yaosu.settlement.deals import deals_of
from yaosu.settlement.events import (
    ContractMade,
    ContractPerformed,
    ContractVoided,
    GatesPassed,
    LotsDelivered,
    MoneyRecorded,
)
from yaosu.settlement.rails import RAILS
from yaosu.settlement.state import WAITING, Contract, SettlementReach, asset_of, held_for
from yaosu.settlement.trades import (
    award_of,
    cash_of_award,
    cash_of_trades,
    held_by_buyers,
    lots_of_trades,
)

AMOUNT_MINOR_MAX = 2**53  # one deposit; keeps sums of a thousand of them inside 64 bits
__all__ = ["refusals"]


def decide_record_deposit(reach: SettlementReach, command: RecordDeposit) -> list[Event]:
    """Money that reached the venue is issued to the party against the rail's account."""
    _check_money(reach, command)
    batch = derive_id("deposit", reach.cause)
    return [
        MoneyRecorded(
            party=command.party,
            currency=command.currency,
            amount_minor=command.amount_minor,
            rail=command.rail,
            reference=command.reference,
        ),
        *book.issue(
            reach,
            batch,
            command.party,
            command.currency,
            command.amount_minor,
            issuer=RAILS[command.rail],
        ),
    ]


def decide_record_withdrawal(reach: SettlementReach, command: RecordWithdrawal) -> list[Event]:
    """Only free money leaves."""
    _check_money(reach, command)
    batch = derive_id("withdrawal", reach.cause)
    paid = book.retire(
        reach,
        batch,
        command.party,
        command.currency,
        command.amount_minor,
        issuer=RAILS[command.rail],
    )
    return [
        MoneyRecorded(
            party=command.party,
            currency=command.currency,
            amount_minor=-command.amount_minor,
            rail=command.rail,
            reference=command.reference,
        ),
        *paid,
    ]


def decide_void_contract(reach: SettlementReach, command: VoidContract) -> list[Event]:
    """A contract at its gates may be stopped; what it held goes back where it came from."""
    contract = found(
        reach.settlement.contracts.get(command.contract),
        "settlement.unknown_contract",
        contract=command.contract,
    )
    refuse_unless(
        contract.state == WAITING,
        "settlement.not_waiting",
        contract=command.contract,
        state=contract.state,
    )
    return void(reach, contract, command.reason)


def void(reach: SettlementReach, contract: Contract, reason: str) -> list[Event]:
    """End a contract: both sides get back what was held, its rights may be offered again."""
    name = contract.made.contract
    batch = derive_id("void", name)
    back = [
        line
        for party, asset, amount in book.held(reach, contract.held_for)
        for line in book.shift(party, asset, contract.held_for, book.FREE, amount)
    ]
    return [
        ContractVoided(contract=name, reason=reason),
        *book.post(reach, batch, book.lines(back)),
        *free_lots(reach, name),
    ]


def void_blocked_contracts(reach: SettlementReach, event: RightBurdened) -> list[Event]:
    """A contract at its gates falls when an authority freezes one of its rights.

    An objection, a pledge or a priority notice does not undo what was matched: else a seller could
    pledge its way out, and a stranger object a whole round away.
    """
    if event.entry.kind != "freeze":
        return []
    return [
        done
        for name in sorted(reach.settlement.waiting)
        if event.entry.right in reach.settlement.contracts[name].made.trades.text("right").values
        for done in void(
            reach,
            reach.settlement.contracts[name],
            f"register entry {event.entry.id} ({event.entry.kind}) on {event.entry.right}",
        )
    ]


def make_contracts(reach: SettlementReach, event: MarketCleared) -> list[Event]:
    """A cleared round becomes contracts; what orders held unused is free again.

    Reacts to ``MarketCleared``; the market still has its orders, which go with ``RoundEnded``.
    """
    market = reach.markets.markets[event.market]
    made = list(_contracts(reach, market, event))
    moves = [line for contract in made for line in _held_lines(reach, market.held_for, contract)]
    used: dict[tuple[str, str], int] = {}
    for party, asset, purpose, amount in moves:
        if purpose == market.held_for:
            used[party, asset] = used.get((party, asset), 0) - amount
    for party, asset, amount in book.held(reach, market.held_for):
        rest = amount - used.get((party, asset), 0)
        if rest:
            moves += book.shift(party, asset, market.held_for, book.FREE, rest)
    batch = derive_id("contracts", reach.cause, event.market, event.round)
    promised = [
        event
        for contract in made
        if contract.gates
        for event in commit_lots(reach, contract.contract, _lots_by_right(contract))
    ]
    return [*book.post(reach, batch, book.lines(moves)), *made, *promised]


def make_trade_contracts(reach: SettlementReach, event: TradesMade | TradesAgreed) -> list[Event]:
    """Trades as orders arrive, or as parties agree, become one contract an instrument.

    A buyer's hold was made at its limit: what the price spares it is free again.
    """
    market = reach.markets.markets[event.market]
    gates = TEMPLATES[market.trading.contract](market.trading, reach.now)
    tick = market.trading.tick_minor
    terms = market.trading.continuous
    fees_to = (terms.fees.to if terms is not None else "") or market.rent_to
    made: list[ContractMade] = []
    moves: list[book.Line] = []
    names = event.trades.text("instrument")
    for instrument in names.sorted().values:
        trades = event.trades
        if len(names.values) > 1:
            trades = trades.take(names.codes == names.code_of(instrument))
        contract = ContractMade(
            contract=derive_id("contract", event.market, event.round, instrument),
            template=market.trading.contract,
            market=event.market,
            round=event.round,
            instrument=instrument,
            currency=market.currency,
            gates=gates,
            trades=lots_of_trades(trades),
            money=cash_of_trades(trades, tick, fees_to),
            rules=event.rules,
        )
        made.append(contract)
        moves += _held_lines(reach, market.held_for, contract)
        due = {row["party"]: row["amount"] for row in contract.money.iterate()}
        for buyer, held in held_by_buyers(trades, tick).items():
            spared = held - max(-due.get(buyer, 0), 0)
            if spared:
                moves += book.shift(buyer, market.currency, market.held_for, book.FREE, spared)
    batch = derive_id("contracts", event.market, event.round)
    promised = [
        event
        for contract in made
        if contract.gates
        for event in commit_lots(reach, contract.contract, _lots_by_right(contract))
    ]
    return [*book.post(reach, batch, book.lines(moves)), *made, *promised]


def make_award_contract(reach: SettlementReach, event: AwardPaid) -> list[Event]:
    """What a winner of a listing paid for becomes a contract; the price and the fee are held."""
    head = reach.markets.listings.listings[event.listing].head
    terms, due = head.terms, event.due
    trading = Trading(contract=terms.contract, notice_days=terms.contract_days)
    assert reach.parties.venue is not None
    made = ContractMade(
        contract=derive_id("contract", event.listing, due.party),
        template=terms.contract,
        market=event.listing,
        round=due.rank,
        instrument=head.instrument,
        currency=head.currency,
        gates=TEMPLATES[terms.contract](trading, reach.now),
        trades=award_of(head.right, head.seller, due),
        money=cash_of_award(head.seller, reach.parties.venue.operator, due),
        rules=event.rules,
    )
    moves = list(_held_lines(reach, head.held_for, made))
    batch = derive_id("contracts", event.listing, due.party)
    promised = commit_lots(reach, made.contract, _lots_by_right(made)) if made.gates else []
    return [*book.post(reach, batch, book.lines(moves)), made, *promised]


def perform_if_due(reach: SettlementReach, event: ContractMade) -> list[Event]:
    """A contract without gates is performed in the batch that made it."""
    contract = reach.settlement.contracts[event.contract]
    return [] if contract.made.gates else perform(reach, contract)


def pass_gates(reach: SettlementReach, until: int) -> list[Event]:
    """The gates that have opened by ``until``, in (instant, contract) order."""
    due = sorted((at, name) for name, at in reach.settlement.waiting.items() if at <= until)
    return [GatesPassed(contract=name) for _, name in due]


def perform_after_gates(reach: SettlementReach, event: GatesPassed) -> list[Event]:
    """With its gates open a contract is performed, unless a right ran out in the meantime."""
    contract = reach.settlement.contracts[event.contract]
    for name in contract.made.trades.text("right").values:
        right = reach.rights.rights[name]
        if right.end or (right.term_to and right.term_to <= reach.now):
            return void(reach, contract, f"right {name} ended while the contract waited")
    return perform(reach, contract)


def perform(reach: SettlementReach, contract: Contract) -> list[Event]:
    """Delivery against payment: every leg in one batch of postings, or none."""
    made = contract.made
    batch = derive_id("performance", made.contract)
    legs = [
        leg
        for row in made.trades.iterate()
        for leg in (
            (row["seller"], asset_of(made, row), contract.held_for, -row["lots"]),
            (row["buyer"], asset_of(made, row), row.get("into") or book.FREE, row["lots"]),
        )
    ]
    for row in made.money.iterate():
        purpose = contract.held_for if row["amount"] < 0 else book.FREE
        legs.append((row["party"], made.currency, purpose, row["amount"]))
    return [
        *book.post(reach, batch, book.lines(legs)),
        *free_lots(reach, made.contract),
        LotsDelivered(contract=made.contract, trades=made.trades),
        ContractPerformed(contract=made.contract),
    ]


def title_follows(reach: SettlementReach, event: LotsDelivered) -> list[Event]:
    """The register follows the books: title to delivered lots passes to the buyer."""
    moves = [(row["right"], row["buyer"], row["lots"]) for row in event.trades.iterate()]
    return move_titles(reach, event.contract, moves, is_final=True)


def open_contracts_of(reach: SettlementReach, party: str) -> list[str]:
    """Contracts at their gates in which a party gives or gets something."""
    return [
        name
        for name in sorted(reach.settlement.waiting)
        if party in _parties_of(reach.settlement.contracts[name].made)
    ]


def _parties_of(made: ContractMade) -> set[str]:
    trades = made.trades
    return {
        *trades.text("seller").values,
        *trades.text("buyer").values,
        *made.money.text("party").values,
    }


def _contracts(
    reach: SettlementReach, market: Market, event: MarketCleared
) -> Iterator[ContractMade]:
    gates = TEMPLATES[market.trading.contract](market.trading, reach.now)
    for deal in deals_of(market, event.clearing):
        # Caused by the round, not by who recorded its clearing: a replay that clears by
        # another command gives the same contract, and the same rights, the same ids.
        yield ContractMade(
            contract=derive_id("contract", event.market, event.round, deal.instrument),
            template=market.trading.contract,
            market=event.market,
            round=event.round,
            instrument=deal.instrument,
            currency=market.currency,
            gates=gates,
            trades=deal.trades,
            money=deal.money,
            rules=event.rules,
        )


def _lots_by_right(made: ContractMade) -> dict[str, int]:
    lots: dict[str, int] = {}
    for row in made.trades.iterate():
        lots[row["right"]] = lots.get(row["right"], 0) + row["lots"]
    return lots


def _held_lines(reach: SettlementReach, for_order: str, made: ContractMade) -> Iterator[book.Line]:
    for_contract = held_for(made.contract)
    for row in made.trades.iterate():
        asset = asset_of(made, row)
        yield from book.shift(row["seller"], asset, for_order, for_contract, row["lots"])
    for row in made.money.iterate():
        if row["amount"] < 0:
            yield from book.shift(
                row["party"], made.currency, for_order, for_contract, -row["amount"]
            )


def _check_money(reach: SettlementReach, command: RecordDeposit | RecordWithdrawal) -> None:
    party_of(reach, command.party)
    venue = reach.parties.venue
    refuse_unless(
        venue is not None and command.currency == venue.currency,
        "settlement.unknown_currency",
        currency=command.currency,
        known=venue.currency if venue else "",
    )
    refuse_unless(
        command.rail in RAILS,
        "settlement.unknown_rail",
        rail=command.rail,
        known=", ".join(sorted(RAILS)),
    )
    refuse_unless(
        1 <= command.amount_minor <= AMOUNT_MINOR_MAX,
        "settlement.bad_amount",
        amount_minor=command.amount_minor,
        limit=AMOUNT_MINOR_MAX,
    )
