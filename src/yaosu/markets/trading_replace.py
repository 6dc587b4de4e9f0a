"""New terms for a standing order of a continuous market, without taking it back.

The order keeps its name and what it traded. Fewer lots at the same price keep its place in time;
another price or more lots give it a new one, and trade at once where they meet the other side. What
its new terms need is held first, what they spare is free.
"""

from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book as ledger
from yaosu.markets.batch import PRICE_MAX, QUANTITY_MAX, VALUE_MINOR_MAX
from yaosu.markets.commands import ReplaceOrder
from yaosu.markets.events import OrderReplaced
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_plain import HAS_LIMIT, HAS_STOP, OPEN_PHASES
from yaosu.markets.promised import check_replaced
from yaosu.markets.state import Market, MarketsReach, session_of
from yaosu.markets.trading import (
    Check,
    Moves,
    Named,
    commands,
    place_in,
    runs_of,
    terms_of,
)
from yaosu.markets.trading_checks import band_of
from yaosu.markets.trading_fees import with_room_for_fees
from yaosu.markets.trading_state import Standing, TradedBook
from yaosu.rights.register import check_not_reserved


def replace_order(
    reach: MarketsReach, market: Market, command: ReplaceOrder, check: Check
) -> list[Event]:
    """Check the new terms, hold what they need, and let the order move.

    Args:
        check: refuses where the asker may not touch an order of this party and number.

    Raises:
        Refusal: ``markets.unknown_batch``, ``markets.unknown_order``, ``markets.order_gone``,
            ``markets.replaces_nothing``, and those of a new order.
    """
    key, order = place_in(runs_of(market, command.batch), command.batch, command.number)
    known = session_of(market).books[key]
    standing = found(known.orders.get(str(order)), "markets.order_gone")
    check(standing.party, command.number)
    replaced = _replaced(market, key, order, known, standing, command)
    _check(market, key, known, standing, replaced)
    check_replaced(reach, market, standing, replaced)
    held = _held(reach, market, standing, replaced)
    moves = Moves(reach, market)
    row = commands(1, c.REPLACE, reach.now)
    row[0, [c.C_ORDER, c.C_PRICE, c.C_STOP, c.C_QUANTITY]] = (
        order,
        replaced.price,
        replaced.stop,
        replaced.quantity,
    )
    terms = Named(
        standing.batch,
        standing.number,
        standing.party,
        standing.right,
        replaced.held,
        standing.side,
    )
    moves.replace(key, order, terms, row)
    before = [*held, replaced]
    return [*before, *moves.events(f"{command.batch}/{command.number}", before)]


def _replaced(
    market: Market,
    key: str,
    order: int,
    known: TradedBook,
    standing: Standing,
    command: ReplaceOrder,
) -> OrderReplaced:
    has_limit, has_stop = standing.type in HAS_LIMIT, standing.type in HAS_STOP
    price = standing.price if command.price is None or not has_limit else command.price
    stop = standing.stop if command.stop is None or not has_stop else command.stop
    quantity = standing.total if command.quantity is None else command.quantity
    refuse_unless(
        (price, stop, quantity) != (standing.price, standing.stop, standing.total),
        "markets.replaces_nothing",
        batch=command.batch,
        number=command.number,
    )
    left = max(quantity - (standing.total - standing.open), 0)
    is_same = (price, stop) == (standing.price, standing.stop)
    held = standing.held
    if has_limit:
        fees = terms_of(market).fees
        held = with_room_for_fees(price, fees) if standing.side > 0 else price
    return OrderReplaced(
        market=market.market,
        instrument=known.instrument,
        region=known.region,
        order=order,
        batch=command.batch,
        number=command.number,
        party=standing.party,
        price=price,
        stop=stop,
        quantity=quantity,
        open=left,
        held=held,
        keeps_place=is_same and left <= standing.open,
    )


def _check(
    market: Market, key: str, known: TradedBook, standing: Standing, replaced: OrderReplaced
) -> None:
    """All that a new order of these terms would have to keep to."""
    terms, session = terms_of(market), session_of(market)
    is_taken = session.phase != "closed" and known.registers["phase"] in OPEN_PHASES
    refuse_unless(is_taken, "markets.orders_not_taken")
    price, quantity = replaced.price, replaced.quantity
    refuse_unless(
        1 <= quantity <= QUANTITY_MAX,
        "markets.bad_quantity",
        row=0,
        quantity=quantity,
        limit=QUANTITY_MAX,
    )
    refuse_unless(0 <= price <= PRICE_MAX, "markets.bad_price", row=0, price=price, limit=PRICE_MAX)
    refuse_unless(price <= terms.price_max, "markets.order_price")
    refuse_unless(0 <= replaced.stop <= terms.price_max, "markets.order_stop")
    low, high = band_of(terms, session, key)
    is_inside = standing.type not in HAS_LIMIT or low <= price <= high
    refuse_unless(is_inside, "markets.order_outside_band")
    lots = known.lots + quantity - standing.total
    limit = terms.of_book(known.instrument, known.region).lots_max
    refuse_unless(
        lots <= limit,
        "markets.too_many_lots_in_book",
        market=market.market,
        lots=str(lots),
        limit=limit,
    )
    value = market.value + replaced.held * replaced.open - standing.held * standing.open
    fits = value * market.trading.tick_minor < VALUE_MINOR_MAX
    refuse_unless(fits, "markets.batch_too_valuable", limit=VALUE_MINOR_MAX)


def _held(
    reach: MarketsReach, market: Market, standing: Standing, replaced: OrderReplaced
) -> list[Event]:
    """What the new terms need more is held, what they spare is free."""
    if standing.side > 0:
        asset, each = market.currency, market.trading.tick_minor
        more = (replaced.held * replaced.open - standing.held * standing.open) * each
    else:
        asset, more = replaced.instrument, replaced.open - standing.open
        if more > 0:
            check_not_reserved(reach, reach.rights.rights[standing.right], more)
    if not more:
        return []
    source, target = ledger.FREE, market.held_for
    if more < 0:
        source, target = target, source
    name = derive_id("replace", reach.cause, market.market, replaced.batch, replaced.number)
    return ledger.move(reach, name, standing.party, asset, source, target, abs(more))
