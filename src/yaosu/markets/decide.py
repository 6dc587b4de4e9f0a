"""The markets decide: what may be traded, ordered, taken back, closed and recorded."""

import numpy as np

from yaosu.access.decide import is_admitted
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets import refusals
from yaosu.markets.batch import (
    ROLE,
    Batch,
    RightOf,
    check_value,
    lots_needed,
    money_needed,
    read_batch,
)
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import (
    CancelOrders,
    CloseBook,
    OfferRight,
    OpenMarket,
    RecordClearing,
    RegisterAndOffer,
    SetTradePrice,
    SubmitOrders,
)
from yaosu.markets.events import (
    BookClosed,
    LotsCommitted,
    LotsFreed,
    MarketCleared,
    MarketOpened,
    OrdersAccepted,
    OrdersCancelled,
    RoundEnded,
)
from yaosu.markets.mechanisms import MECHANISMS, clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.state import CLOSED, OPEN, Market, MarketsReach, book_of, offered_lots
from yaosu.markets.terms import Trading
from yaosu.parties.decide import known_party
from yaosu.places.decide import links_at, regions_at
from yaosu.rights.decide import decide_register_right, lots_of, profile_of
from yaosu.rights.events import RightBurdened, RightRegistered
from yaosu.rights.values import Right
from yaosu.rules.decide import parameter_in_force, rules_digest

INSTRUMENTS_PER_MARKET_MAX = 10_000
TICK_MINOR_MAX = 10**9
NOTICE_DAYS_MAX = 3_650
ROWS_AT_CLOSE_MAX = 100_000
LINK_LIMITS = "markets.link_limits"  # rule parameter: what holds of the links' limits
AS_DEFINED, LIFTED, CLOSED_LINKS = 1, 2, 0
CONTRACTS = ("spot", "notice")  # templates of settlement/contracts
__all__ = ["refusals"]


def decide_open_market(reach: MarketsReach, command: OpenMarket) -> list[Event]:
    """A market keeps the mechanism its factor's profile names, whatever the regions."""
    check_id(command.market, "market")
    exists = command.market in reach.markets.markets
    refuse_unless(not exists, "markets.market_exists", market=command.market)
    profile = found(
        profile_of(reach, command.factor), "markets.unknown_factor", factor=command.factor
    )
    refuse_unless(
        command.trading.mechanism == profile.market.mechanism,
        "markets.wrong_mechanism",
        factor=command.factor,
        expected=profile.market.mechanism,
        mechanism=command.trading.mechanism,
    )
    refuse_unless(command.instruments and command.regions, "markets.no_instruments")
    for count in (len(command.instruments), len(command.regions)):
        refuse_unless(
            count <= INSTRUMENTS_PER_MARKET_MAX,
            "markets.too_many_instruments",
            count=count,
            limit=INSTRUMENTS_PER_MARKET_MAX,
        )
    for instrument in command.instruments:
        check_id(instrument, "instrument")
    known = regions_at(reach, reach.now)
    for region in command.regions:
        refuse_unless(
            region in known, "markets.region_outside", row=0, region=region, market=command.market
        )
    if command.network:
        links = links_at(reach, command.network, reach.now)
        refuse_unless(links is not None, "markets.unknown_network", network=command.network)
    rent_to = command.rent_to or command.actor
    known_party(reach, rent_to)
    _check_terms(command.trading)
    return [
        MarketOpened(
            market=command.market,
            factor=command.factor,
            instruments=tuple(sorted(set(command.instruments))),
            regions=tuple(sorted(set(command.regions))),
            currency=command.currency,
            network=command.network,
            rent_to=rent_to,
            trading=command.trading,
        )
    ]


def decide_submit_orders(reach: MarketsReach, command: SubmitOrders) -> list[Event]:
    """Orders enter an open book once what they need is held."""
    market = _open_market(reach, command.market)
    return _accept(
        reach, market, command.actor, command.batch, command.orders, atomic=command.atomic
    )


def decide_offer_right(reach: MarketsReach, command: OfferRight) -> list[Event]:
    """An offer is a sell order that names its right."""
    market = _open_market(reach, command.market)
    right = found(
        reach.rights.rights.get(command.right), "markets.unknown_right", right=command.right
    )
    region = reach.rights.units[right.unit].region
    orders = _offer(right, region, command.price, command.quantity)
    return _accept(reach, market, command.actor, derive_id("offer", reach.cause), orders)


def decide_register_and_offer(reach: MarketsReach, command: RegisterAndOffer) -> list[Event]:
    """Registration and offer stand or fall together."""
    market = _open_market(reach, command.market)
    registered = decide_register_right(reach, command.register)
    rights = {e.right.id: e.right for e in registered if isinstance(e, RightRegistered)}
    right = rights[command.register.right]
    orders = _offer(right, command.register.region, command.price, command.quantity)
    offered = _accept(
        reach,
        market,
        right.holder,
        derive_id("offer", reach.cause),
        orders,
        after=registered,
        right_of=lambda name: rights.get(name) or reach.rights.rights.get(name),
    )
    return [*registered, *offered]


def decide_cancel_orders(reach: MarketsReach, command: CancelOrders) -> list[Event]:
    """Orders are taken back by those who may order for their party."""
    market = _open_market(reach, command.market)
    place = found(
        market.batches.get(command.batch),
        "markets.unknown_batch",
        batch=command.batch,
        market=command.market,
    )
    piece = market.book[place]
    numbers = command.numbers or tuple(piece["number"].tolist())
    for number in numbers:
        refuse_unless(
            number in piece["number"], "markets.unknown_order", batch=command.batch, number=number
        )
    chosen = piece.take(np.isin(piece["number"], np.array(numbers, np.int64)))
    for party in set(chosen.text("party").tolist()):
        refuse_unless(
            party == command.actor or _runs_market(reach, command.actor),
            "markets.not_your_order",
            number=numbers[0],
            batch=command.batch,
            actor=command.actor,
        )
    return _cancel(reach, market, command.batch, chosen, "taken back")


def decide_close_book(reach: MarketsReach, command: CloseBook) -> list[Event]:
    """The book is frozen under the rules in force; a small one may be cleared at once."""
    market = _open_market(reach, command.market)
    links = _links_in_force(reach, market)
    orders = orders_of(market)
    closed = BookClosed(
        market=command.market,
        round=market.round,
        orders_digest=orders.digest(),
        rows=orders.rows,
        links=links,
        rules=rules_digest(reach),
    )
    if not market.trading.clear_at_close:
        return [closed]
    refuse_unless(
        orders.rows <= ROWS_AT_CLOSE_MAX,
        "markets.too_large_to_clear_at_close",
        rows=orders.rows,
        limit=ROWS_AT_CLOSE_MAX,
    )
    clearing = clear_book(market, closed)
    return [closed, *_cleared(reach, market, closed, clearing)]


def decide_record_clearing(reach: MarketsReach, command: RecordClearing) -> list[Event]:
    """A result from outside is taken only if its certificate verifies against the frozen book."""
    market = _market(reach, command.market)
    closed = market.closed_as
    if market.phase != CLOSED or closed is None:
        refuse(
            "markets.book_not_closed",
            market=command.market,
            phase=market.phase,
            round=market.round,
        )
    refuse_unless(
        command.round == market.round,
        "markets.wrong_round",
        round=command.round,
        expected=market.round,
        market=command.market,
    )
    verify_clearing(
        orders_of(market), network_of(market, closed), command.clearing, _parameters(market)
    )
    return _cleared(reach, market, closed, command.clearing)


def decide_set_trade_price(reach: MarketsReach, command: SetTradePrice) -> list[Event]:
    """Nobody sets the price of what the market prices; the attempt stays on record."""
    market = _market(reach, command.market)
    refuse("markets.price_set_by_market", instrument=command.instrument, market=market.market)


def withdraw_blocked_orders(reach: MarketsReach, event: RightBurdened) -> list[Event]:
    """A right that is burdened leaves the open books; a closed book settles first.

    Orders of a frozen book stand: what was matched is final, the burden takes the rest.
    """
    events: list[Event] = []
    for name in sorted(reach.markets.markets):
        market = reach.markets.markets[name]
        if market.phase != OPEN or event.entry.right not in market.offered:
            continue
        for batch, place in sorted(market.batches.items()):
            piece = market.book[place]
            right = piece.text("right")
            code = right.code_of(event.entry.right)
            hit = (piece["side"] < 0) & (right.codes == code)
            if hit.any():
                events += _cancel(reach, market, batch, piece.take(hit), event.entry.id, events)
    return events


def commit_lots(reach: MarketsReach, contract: str, lots: dict[str, int]) -> list[Event]:
    """Lots of rights are promised under a contract and cannot be offered again meanwhile."""
    return [LotsCommitted(contract=contract, lots=lots)]


def free_lots(reach: MarketsReach, contract: str) -> list[Event]:
    """A contract's promise is kept or void."""
    known = contract in reach.markets.committed
    return [LotsFreed(contract=contract)] if known else []


def open_orders_of(reach: MarketsReach, party: str) -> list[str]:
    """Batches in which a party has orders, as ``market/batch``: what blocks its exit."""
    return [
        f"{name}/{batch}"
        for name, market in sorted(reach.markets.markets.items())
        for batch, place in sorted(market.batches.items())
        if party in market.book[place].text("party").tolist()
    ]


def orders_of(market: Market) -> Orders:
    """The book of the round as the mechanisms take it."""
    table = book_of(market)
    names = ("instrument", "region", "side", "price", "quantity", "party", "sequence")
    return Orders.from_columns(**{name: table.column(name) for name in names})


def network_of(market: Market, closed: BookClosed) -> Network:
    """The network the round is cleared over."""
    links = closed.links
    names = ("source", "target", "capacity", "cost")
    return Network.from_links(
        **{name: links.column(name) for name in names}, regions=market.regions
    )


def clear_book(market: Market, closed: BookClosed) -> Clearing:
    """Run the market's mechanism on its frozen book: what a worker does, and ``clear_at_close``."""
    return clear(
        orders_of(market),
        network_of(market, closed),
        market.trading.mechanism,
        **_parameters(market),
    )


def _parameters(market: Market) -> dict[str, str]:
    return {"price_rule": market.trading.price_rule}


def _cleared(
    reach: MarketsReach, market: Market, closed: BookClosed, clearing: Clearing
) -> list[Event]:
    return [
        MarketCleared(
            market=market.market, round=market.round, clearing=clearing, rules=closed.rules
        ),
        RoundEnded(market=market.market, round=market.round),
    ]


def _accept(
    reach: MarketsReach,
    market: Market,
    actor: str,
    batch_id: str,
    orders: Columns,
    *,
    atomic: bool = True,
    after: list[Event] | None = None,
    right_of: RightOf | None = None,
) -> list[Event]:
    check_id(batch_id, "batch")
    refuse_unless(
        batch_id not in market.batches,
        "markets.batch_exists",
        batch=batch_id,
        market=market.market,
    )
    earlier = after or []
    batch = read_batch(reach, market, actor, orders, right_of or reach.rights.rights.get)
    _raise_if_atomic(batch, atomic)
    check_value(market, batch.rows.take(batch.sound))
    _check_funds(reach, market, batch, earlier)
    _raise_if_atomic(batch, atomic)
    accepted = batch.rows.take(batch.sound)
    held = _hold(reach, market, batch_id, accepted, earlier)
    return [*held, _accepted_event(market, batch_id, batch, accepted)]


def _raise_if_atomic(batch: Batch, atomic: bool) -> None:
    refusal = batch.first_refusal()
    if refusal is not None and (atomic or not batch.sound.any()):
        raise refusal


def _check_funds(reach: MarketsReach, market: Market, batch: Batch, after: list[Event]) -> None:
    """Mark every order to buy of a party that cannot hold enough, every sale beyond a right's lots."""
    rows = batch.rows.take(batch.sound)
    party = batch.rows.text("party")
    for name, amount in sorted(money_needed(market, rows).items()):
        balance = reach.ledger.balance(name, market.currency)
        if amount > balance:
            mine = (party.codes == party.code_of(name)) & (batch.rows["side"] > 0)
            batch.mark(
                mine,
                "ledger.insufficient",
                party=name,
                asset=market.currency,
                purpose=book.FREE,
                balance=balance,
                amount=amount,
            )
    for right, lots in sorted(offered_lots(rows).items()):
        available = _free_lots(reach, market, right, after)
        if lots > available:
            name = batch.rows.text("right")
            mine = name.codes == name.code_of(right)
            batch.mark(mine, "markets.more_than_held", "right", lots=lots, available=available)


def _free_lots(reach: MarketsReach, market: Market, right: str, after: list[Event]) -> int:
    """Lots of a right that are neither on offer in some book nor promised in a contract."""
    if right not in reach.rights.rights:
        return book.issued_in(after)
    busy = sum(m.offered.get(right, 0) for m in reach.markets.markets.values())
    busy += sum(lots.get(right, 0) for lots in reach.markets.committed.values())
    return lots_of(reach, right) - busy


def _hold(
    reach: MarketsReach, market: Market, batch_id: str, orders: Columns, after: list[Event]
) -> list[Event]:
    lines = [
        line
        for party, amount in sorted(money_needed(market, orders).items())
        for line in (
            (party, market.currency, book.FREE, -amount),
            (party, market.currency, market.held_for, amount),
        )
    ]
    for (party, instrument), lots in sorted(lots_needed(orders).items()):
        lines.append((party, instrument, book.FREE, -lots))
        lines.append((party, instrument, market.held_for, lots))
    batch = derive_id("hold", reach.cause, market.market, batch_id)
    return book.post(reach, batch, book.lines(lines), after)


def _accepted_event(
    market: Market, batch_id: str, batch: Batch, accepted: Columns
) -> OrdersAccepted:
    rows = accepted.rows
    refused = ~batch.sound
    codes = [batch.faults[fault].code for fault in batch.fault[refused].tolist()]
    return OrdersAccepted(
        market=market.market,
        batch=batch_id,
        orders=accepted.with_columns(
            number=np.arange(rows, dtype=np.int64),
            sequence=np.full(rows, market.next_sequence, np.int64),
        ),
        refused=batch.rows.take(refused).with_columns(code=Text.of(codes)),
    )


def _cancel(
    reach: MarketsReach,
    market: Market,
    batch_id: str,
    orders: Columns,
    reason: str,
    after: list[Event] | None = None,
) -> list[Event]:
    lines = [
        line
        for party, amount in sorted(money_needed(market, orders).items())
        for line in (
            (party, market.currency, market.held_for, -amount),
            (party, market.currency, book.FREE, amount),
        )
    ]
    for (party, instrument), lots in sorted(lots_needed(orders).items()):
        lines.append((party, instrument, market.held_for, -lots))
        lines.append((party, instrument, book.FREE, lots))
    batch = derive_id("release", reach.cause, market.market, batch_id, reason)
    return [
        *book.post(reach, batch, book.lines(lines), after or ()),
        OrdersCancelled(
            market=market.market,
            batch=batch_id,
            numbers=tuple(orders["number"].tolist()),
            reason=reason,
        ),
    ]


def _offer(right: Right, region: str, price: int, quantity: int) -> Columns:
    return Columns.of(
        instrument=[right.instrument],
        region=[region],
        side=[-1],
        price=[price],
        quantity=[quantity],
        party=[right.holder],
        right=[right.id],
    )


def _links_in_force(reach: MarketsReach, market: Market) -> Columns:
    """The market's links between its regions, as the rule on their limits leaves them."""
    rule = parameter_in_force(reach, LINK_LIMITS, AS_DEFINED)
    links = links_at(reach, market.network, reach.now) if market.network else None
    if links is None or rule == CLOSED_LINKS:
        return NO_LINKS
    inside = np.array(
        [
            source in market.regions and target in market.regions
            for source, target in zip(
                links.text("source").tolist(), links.text("target").tolist(), strict=True
            )
        ],
        np.bool_,
    )
    kept = links.take(inside)
    if rule == LIFTED:
        everything = int(book_of(market)["quantity"].sum())
        kept = kept.with_columns(capacity=np.full(kept.rows, everything, np.int64))
    return kept


def _market(reach: MarketsReach, name: str) -> Market:
    return found(reach.markets.markets.get(name), "markets.unknown_market", market=name)


def _open_market(reach: MarketsReach, name: str) -> Market:
    market = _market(reach, name)
    refuse_unless(
        market.phase == OPEN,
        "markets.book_not_open",
        market=name,
        phase=market.phase,
        round=market.round,
    )
    return market


def _runs_market(reach: MarketsReach, actor: str) -> bool:
    from yaosu.parties.decide import has_role

    return has_role(reach, actor, "operator") or has_role(reach, actor, "agency")


def _check_terms(trading: Trading) -> None:
    refuse_unless(
        trading.contract in CONTRACTS,
        "markets.unknown_contract",
        contract=trading.contract,
        known=", ".join(CONTRACTS),
    )
    least_notice = 1 if trading.contract == "notice" else 0
    for term, value, least, most in (
        ("tick_minor", trading.tick_minor, 1, TICK_MINOR_MAX),
        ("notice_days", trading.notice_days, least_notice, NOTICE_DAYS_MAX),
    ):
        refuse_unless(
            least <= value <= most,
            "markets.bad_terms",
            term=term,
            value=str(value),
            least=least,
            most=most,
        )


NO_LINKS = Columns(
    {
        "source": Text.of([]),
        "target": Text.of([]),
        "capacity": np.zeros(0, np.int64),
        "cost": np.zeros(0, np.int64),
    }
)
