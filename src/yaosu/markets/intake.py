"""Taking a batch into the book: funds and lots are held first; taking back releases them."""

import numpy as np

from yaosu.access.limit_rows import any_limits
from yaosu.kernel.columns import Columns, Kept, Text
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.alternatives import has_alternatives
from yaosu.markets.batch import (
    Batch,
    RightOf,
    check_value,
    lots_needed,
    money_needed,
    read_batch,
)
from yaosu.markets.blocks import in_blocks, named_blocks, with_kin
from yaosu.markets.coupling import check_takes_links
from yaosu.markets.events import OrdersAccepted, OrdersCancelled, OrdersTimed
from yaosu.markets.promised import is_within_limits, mark_beyond_limits
from yaosu.markets.single import Single, read_single
from yaosu.markets.state import Market, MarketsReach, may_cost, offered_lots
from yaosu.markets.trading import trade_batch
from yaosu.markets.trading_checks import check_terms_of_orders, with_ends
from yaosu.places.decide import links_at
from yaosu.rights.events import RightRegistered
from yaosu.rights.register import is_divisible, lots_of
from yaosu.rights.values import Right

Needed = dict[tuple[str, str, bool], int]  # party, asset, whether it is money -> amount


def accept(
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
    """Check a batch, hold what it needs, and put it into the book.

    Args:
        actor: who asks; orders for others need a role.
        atomic: all rows or none.
        after: events earlier in the same decision, such as a registration.
        right_of: looks a right up; default the register as it stands.
    """
    check_id(batch_id, "batch")
    session = market.session
    refuse_unless(
        batch_id not in (market.batches if session is None else session.batches),
        "markets.batch_exists",
        batch=batch_id,
        market=market.market,
    )
    if orders.rows == 1 and after is None and right_of is None:
        single = read_single(reach, market, actor, orders)
        if single is not None and is_within_limits(reach, market, single.row):
            return _accept_single(reach, market, batch_id, single)
    earlier = after or []
    look_up = right_of or reach.rights.rights.get
    batch = read_batch(reach, market, actor, orders, look_up)
    if session is not None:
        check_terms_of_orders(reach, market, batch)
    if any_limits(reach):
        mark_beyond_limits(reach, market, batch)
    _raise_if_atomic(batch, atomic)
    check_value(market, batch.rows.take(batch.sound))
    _check_funds(reach, market, batch, earlier)
    _raise_if_atomic(batch, atomic)
    accepted = batch.rows.take(batch.sound)
    if session is not None:
        accepted = with_ends(accepted, look_up)
    else:
        accepted = named_blocks(batch_id, accepted, atomic=atomic)
        if in_blocks(accepted).any():
            links = links_at(reach, market.network)
            check_takes_links(market.trading.mechanism, links, has_blocks=True)
    held = _hold(reach, market, batch_id, accepted, earlier)
    taken = _accepted_event(market, batch_id, batch, accepted)
    return _taken(reach, market, taken, held, earlier)


def _accept_single(
    reach: MarketsReach, market: Market, batch_id: str, single: Single
) -> list[Event]:
    """The same for one sound order."""
    party, asset, amount = single.party, single.asset, single.amount
    held: list[Event] = []
    if amount:
        name = _hold_id(reach, market, batch_id)
        held = book.hold(reach, name, party, asset, market.held_for, amount)
    row = {**single.row, "number": 0, "sequence": market.next_sequence}
    kept: dict[str, Kept] = {n: Text.short([v]) if type(v) is str else [v] for n, v in row.items()}
    orders = Columns.short(kept, 1)
    taken = OrdersAccepted(
        market=market.market, batch=batch_id, orders=orders, refused=single.refused
    )
    return _taken(reach, market, taken, held, [])


def _taken(
    reach: MarketsReach,
    market: Market,
    taken: OrdersAccepted,
    held: list[Event],
    earlier: list[Event],
) -> list[Event]:
    """All that happens when a batch is taken."""
    done = [*held, taken, *_timed(reach, market, taken.batch)]
    if market.session is not None:
        done += trade_batch(reach, market, taken, [*earlier, *done])
    return done


def _timed(reach: MarketsReach, market: Market, batch_id: str) -> list[Event]:
    """The instant at which a batch came, where it decides whether the batch counts."""
    end = market.random_end
    if end is None or reach.now < end.window_from:
        return []
    return [OrdersTimed(market=market.market, batch=batch_id, at=reach.now)]


def is_over(reach: MarketsReach, name: str) -> bool:
    """Whether the term of a right has run out."""
    right = reach.rights.rights[name]
    return 0 < right.term_to <= reach.now


def cancel(
    reach: MarketsReach,
    market: Market,
    batch_id: str,
    orders: Columns,
    reason: str,
    after: list[Event] | None = None,
) -> list[Event]:
    """Take orders out of the open book and free what they held."""
    piece = market.book[market.batches[batch_id]]
    if has_alternatives(piece):  # what is left may need as much as before
        rest = piece.take(~np.isin(piece["number"], orders["number"]))
        freed, kept = _needed(market, piece), _needed(market, rest)
        needed = {key: amount - kept.get(key, 0) for key, amount in freed.items()}
    else:
        needed = _needed(market, orders)
    lines = _shifted(needed, market.held_for, book.FREE)
    batch = derive_id("release", reach.cause, market.market, batch_id, reason)
    return [
        *book.post(reach, batch, book.lines(lines), after or ()),
        OrdersCancelled(
            market=market.market,
            batch=batch_id,
            numbers=tuple(np.unique(orders["number"]).tolist()),
            reason=reason,
        ),
    ]


def withdraw(
    reach: MarketsReach, market: Market, rights: list[str], reason: str, after: list[Event]
) -> list[Event]:
    """Take every offer of these rights out of the open book, and blocks they are part of."""
    events: list[Event] = []
    for batch, place in sorted(market.batches.items()):
        piece = market.book[place]
        right = piece.text("right")
        codes = [code for code, name in enumerate(right.values) if name in rights]
        hit = with_kin(piece, (piece["side"] < 0) & np.isin(right.codes, codes))
        if hit.any():
            hit = np.isin(piece["number"], piece["number"][hit])  # all legs, where it has several
            events += cancel(reach, market, batch, piece.take(hit), reason, [*after, *events])
    return events


def sell_order(right: Right, region: str, price: int, quantity: int) -> Columns:
    """One order to sell lots of a right, as a batch of one."""
    return Columns.of(
        instrument=[right.instrument],
        region=[region],
        side=[-1],
        price=[price],
        quantity=[quantity],
        party=[right.holder],
        right=[right.id],
    )


def _raise_if_atomic(batch: Batch, atomic: bool) -> None:
    refusal = batch.first_refusal()
    if refusal is not None and (atomic or not batch.sound.any()):
        raise refusal


def _check_funds(reach: MarketsReach, market: Market, batch: Batch, after: list[Event]) -> None:
    """Mark the orders of who cannot hold what they may cost, and sales beyond a right's lots."""
    rows = batch.rows.take(batch.sound)
    party = batch.rows.text("party")
    for name, amount in sorted(money_needed(market, rows).items()):
        balance = book.balance_after(reach, name, market.currency, after)
        if amount > balance:
            mine = (party.codes == party.code_of(name)) & (may_cost(batch.rows) > 0)
            batch.mark(
                mine,
                "ledger.insufficient",
                party=name,
                asset=market.currency,
                purpose=book.FREE,
                balance=balance,
                amount=amount,
            )
    for name, lots in sorted(offered_lots(rows).items()):
        right, owned = _right_and_lots(reach, name, after)
        available = owned - reach.reserved_lots(name)
        named = batch.rows.text("right")
        mine = named.codes == named.code_of(name)
        if lots > available:
            batch.mark(mine, "markets.more_than_held", "right", lots=lots, available=available)
        elif owned > 1 and not is_divisible(reach, right):
            batch.mark(mine, "markets.indivisible", "right", lots=owned)


def _right_and_lots(reach: MarketsReach, name: str, after: list[Event]) -> tuple[Right, int]:
    """A right, and its lots; one that is registered by the same decision, too."""
    for event in after:
        if isinstance(event, RightRegistered) and event.right.id == name:
            return event.right, event.entry.lots
    return reach.rights.rights[name], lots_of(reach, name)


def _hold(
    reach: MarketsReach, market: Market, batch_id: str, orders: Columns, after: list[Event]
) -> list[Event]:
    lines = _shifted(_needed(market, orders), book.FREE, market.held_for)
    return book.post(reach, _hold_id(reach, market, batch_id), book.lines(lines), after)


def _hold_id(reach: MarketsReach, market: Market, batch_id: str) -> str:
    return derive_id("hold", reach.cause, market.market, batch_id)


def _needed(market: Market, orders: Columns) -> Needed:
    """What these orders of one batch need of each party: money first, then lots."""
    money = sorted(money_needed(market, orders).items())
    lots = sorted(lots_needed(orders).items())
    return {
        **{(party, market.currency, True): amount for party, amount in money},
        **{(party, instrument, False): amount for (party, instrument), amount in lots},
    }


def _shifted(needed: Needed, source: str, target: str) -> list[book.Line]:
    """Lines that move what orders need from one purpose to another."""
    return [
        line
        for (party, asset, _), amount in needed.items()
        if amount
        for line in book.shift(party, asset, source, target, amount)
    ]


def _accepted_event(
    market: Market, batch_id: str, batch: Batch, accepted: Columns
) -> OrdersAccepted:
    rows = accepted.rows
    refused = ~batch.sound
    codes = [batch.faults[fault].code for fault in batch.fault[refused].tolist()]
    numbers = np.unique(accepted["number"], return_inverse=True)[1].astype(np.int64)
    unsound = batch.rows.take(refused)
    return OrdersAccepted(
        market=market.market,
        batch=batch_id,
        orders=accepted.with_columns(
            number=numbers, sequence=np.full(rows, market.next_sequence, np.int64)
        ),
        refused=Columns(
            {name: unsound.column(name) for name in unsound.names if name != "number"}
        ).with_columns(code=Text.of(codes)),
    )
