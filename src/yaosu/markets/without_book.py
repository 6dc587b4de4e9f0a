"""Markets without a book of orders: posted prices, negotiated deals, loans.

They have commands of their own; orders in batches, books and rounds are not for them. What two
parties agree on in them settles by the path of all trades.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from yaosu.access.decide import check_admitted
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets import without_book_refusals
from yaosu.markets.batch import PRICE_MAX, QUANTITY_MAX, VALUE_MINOR_MAX, may_order_for_others
from yaosu.markets.commands import OpenMarket
from yaosu.markets.events import TradesAgreed
from yaosu.markets.state import HALTED, Market, MarketsReach
from yaosu.markets.terms import Trading
from yaosu.rights.offering import check_offerable
from yaosu.rights.register import check_lots, check_not_reserved
from yaosu.rights.values import Right
from yaosu.rules.overlay import rules_digest

ASKED_BY = {  # mechanism -> the commands that take the place of orders
    "posted": "OfferRight and AcceptTerms",
    "negotiated": "ProposeDeal and ConfirmDeal",
    "credit": "RequestLoan and OfferLoan",
}
SELLER, BUYER = "holder", "bidder"
__all__ = ["without_book_refusals"]


def check_open_terms(command: OpenMarket, mechanism: str) -> None:
    """Refuse terms that a market of this mechanism has no use for."""
    trading = command.trading
    for term, is_set, users in (
        ("network", bool(command.network), ()),
        ("sealed", trading.sealed is not None, ()),
        ("clear_at_close", trading.clear_at_close, ()),
        ("posted", trading.posted is not None, ("posted",)),
        ("negotiated", trading.negotiated is not None, ("negotiated",)),
        ("credit", trading.credit is not None, ("credit",)),
        ("packages", trading.packages is not None, ("package-all-or-nothing",)),
    ):
        is_used = mechanism in users or (not users and mechanism not in ASKED_BY)
        refuse_unless(
            not is_set or is_used,
            "markets.term_without_use",
            market=command.market,
            mechanism=mechanism,
            term=term,
        )


def refuse_orders(market: Market) -> None:
    """Refuse what only a market with a book can do."""
    mechanism = market.trading.mechanism
    if mechanism in ASKED_BY:
        refuse(
            "markets.no_book",
            market=market.market,
            mechanism=mechanism,
            commands=ASKED_BY[mechanism],
        )


def market_by(reach: MarketsReach, name: str, mechanism: str) -> Market:
    """A market of this mechanism, or a refusal."""
    market = found(reach.markets.markets.get(name), "markets.unknown_market", market=name)
    refuse_unless(
        market.trading.mechanism == mechanism,
        "markets.trades_otherwise",
        market=name,
        found=market.trading.mechanism,
        expected=mechanism,
    )
    return market


def trading_market_by(reach: MarketsReach, name: str, mechanism: str) -> Market:
    """A market of this mechanism that is not halted, or a refusal."""
    market = market_by(reach, name, mechanism)
    check_not_halted(market)
    return market


def check_not_halted(market: Market) -> None:
    """Refuse what would trade, or lead to a trade, while the market is halted."""
    refuse_unless(market.phase != HALTED, "markets.is_halted", market=market.market)


def check_place(market: Market, instrument: str, region: str) -> None:
    """Refuse an instrument or a region that is not of the market."""
    name = market.market
    known = instrument in market.instruments
    refuse_unless(known, "markets.unknown_instrument", row=0, instrument=instrument, market=name)
    inside = region in market.regions
    refuse_unless(inside, "markets.region_outside", row=0, region=region, market=name)


def check_numbers(trading: Trading, price: int, lots: int) -> None:
    """Refuse prices, lots and values outside their ranges."""
    refuse_unless(0 <= price <= PRICE_MAX, "markets.bad_price", row=0, price=price, limit=PRICE_MAX)
    refuse_unless(
        1 <= lots <= QUANTITY_MAX, "markets.bad_quantity", row=0, quantity=lots, limit=QUANTITY_MAX
    )
    fits = price * lots * trading.tick_minor < VALUE_MINOR_MAX
    refuse_unless(fits, "markets.batch_too_valuable", limit=VALUE_MINOR_MAX)


def check_party(reach: MarketsReach, market: Market, actor: str, party: str, role: str) -> None:
    """Refuse who may not act for the party, and a party that may not take the role."""
    refuse_unless(
        party == actor or may_order_for_others(reach, actor),
        "markets.not_for_others",
        row=0,
        actor=actor,
        party=party,
    )
    check_admitted(reach, party, market.factor, role)


def right_to_sell(
    reach: MarketsReach, market: Market, name: str, party: str, lots: int
) -> tuple[Right, str]:
    """A right of the party whose lots may be sold here, and its region; or a refusal."""
    right = check_offerable(reach, name)
    refuse_unless(
        right.holder == party, "markets.not_holder", right=name, holder=right.holder, party=party
    )
    refuse_unless(
        right.factor == market.factor,
        "markets.wrong_factor",
        right=name,
        factor=right.factor,
        market=market.market,
        expected=market.factor,
    )
    region = reach.rights.units[right.unit].region
    check_place(market, right.instrument, region)
    check_lots(reach, right, lots)
    check_not_reserved(reach, right, lots)
    return right, region


def hold(
    reach: MarketsReach,
    market: Market,
    party: str,
    asset: str,
    amount: int,
    what: str,
    after: Sequence[Event] = (),
) -> list[Event]:
    """Set own balance aside for the market."""
    name = derive_id("hold", reach.cause, market.market, what)
    if not amount:
        return []
    return book.move(reach, name, party, asset, book.FREE, market.held_for, amount, after)


def release(
    reach: MarketsReach, market: Market, party: str, asset: str, amount: int, what: str
) -> list[Event]:
    """Free what was set aside."""
    name = derive_id("release", reach.cause, market.market, what)
    if not amount:
        return []
    return book.move(reach, name, party, asset, market.held_for, book.FREE, amount)


def agreed(reach: MarketsReach, market: Market, trades: Columns) -> TradesAgreed:
    """The event from which contracts follow, under the rules in force."""
    return TradesAgreed(
        market=market.market, round=market.round, trades=trades, rules=rules_digest(reach)
    )


def trades_of(rows: Sequence[Mapping[str, str | int]]) -> Columns:
    """Trades in columns: instrument, region, price, lots, buyer, limit, seller, right."""
    texts = ("instrument", "region", "buyer", "seller", "right")
    return Columns(
        {
            **{name: Text.of([str(row[name]) for row in rows]) for name in texts},
            **{
                name: np.array([row[name] for row in rows], np.int64)
                for name in ("price", "lots", "limit")
            },
        }
    )
