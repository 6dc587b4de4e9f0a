"""Sealed bids: taken in unread, opened after the close, forfeited where they are not.

Before the close the market knows of a bid who made it, when, and that a deposit is held, which is
the same for all: nothing of it follows from a price. Opening shows the orders; they must be those
that were committed to, and only then are their funds held. No decision reads a ciphertext.
"""

import numpy as np
from msgspec import structs

from yaosu.access.decide import is_admitted, was_suspended
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.sealing import SALT_BYTES_MIN, Binding, hash_commitment
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets import sealed_refusals
from yaosu.markets.batch import ROLES, may_order_for_others
from yaosu.markets.commands import OpenBids, SubmitSealedOrders
from yaosu.markets.events import (
    BidsForfeited,
    OpeningBegun,
    OrdersAccepted,
    SealedOrdersAccepted,
    SealedOrdersOpened,
    SealedOrdersWithdrawn,
)
from yaosu.markets.intake import accept
from yaosu.markets.state import OPENING, Market, MarketsReach
from yaosu.markets.terms import BOTH_SIDES, UNOPENED, SealedBid, SealedTerms
from yaosu.parties.decide import party_of
from yaosu.parties.sealed_data import keep_sealed

ITEM = "orders"  # the one sealed item of a bid: its orders, in columns
MINUTE = 60_000_000
DEPOSIT_MINOR_MAX = 2**50
OPENING_MINUTES_MAX = 60 * 24 * 90
SIDES = {"buy": (1,), BOTH_SIDES: (1, -1)}
__all__ = ["sealed_refusals"]


def submit_sealed(reach: MarketsReach, market: Market, command: SubmitSealedOrders) -> list[Event]:
    """A bid is taken in unread: its note goes on record, its deposit is held."""
    terms = market.trading.sealed
    if terms is None:
        refuse("markets.not_a_sealed_market", market=market.market)
    check_id(command.batch, "batch")
    taken = command.batch in market.batches or command.batch in market.sealed
    refuse_unless(not taken, "markets.batch_exists", batch=command.batch, market=market.market)
    party = command.party or command.actor
    refuse_unless(
        party == command.actor or may_order_for_others(reach, command.actor),
        "markets.not_for_others",
        row=0,
        actor=command.actor,
        party=party,
    )
    roles = [ROLES[side] for side in SIDES[terms.sides]]
    admitted = any(is_admitted(reach, party, market.factor, role) for role in roles)
    refuse_unless(
        admitted,
        "markets.not_admitted",
        party=party,
        factor=market.factor,
        role=" or ".join(roles),
    )
    names = [note.name for note in command.sealed]
    refuse_unless(names == [ITEM], "markets.one_sealed_item", item=ITEM)
    (note,) = command.sealed
    bid = SealedBid(
        party=party,
        actor=command.actor,
        key=command.key,
        data_key=note.data_key,
        hash_commitment=note.hash_commitment,
        deposit_minor=terms.deposit_minor,
        sequence=market.next_sequence,
    )
    batch = derive_id("deposit", reach.cause, market.market, command.batch)
    return [
        *keep_sealed(reach, party, command.sealed),
        *_shift(reach, market, bid, batch, book.FREE, market.deposits_in),
        SealedOrdersAccepted(market=market.market, batch=command.batch, bid=bid),
    ]


def withdraw_sealed(reach: MarketsReach, market: Market, actor: str, batch: str) -> list[Event]:
    """A bid is taken back unread, before the close; its deposit is free again."""
    bid = market.sealed[batch]
    _check_owner(reach, bid, batch, actor)
    name = derive_id("deposit-back", reach.cause, market.market, batch)
    return [
        *_shift(reach, market, bid, name, market.deposits_in, book.FREE),
        SealedOrdersWithdrawn(market=market.market, batch=batch, bid=bid),
    ]


def begin_opening(reach: MarketsReach, market: Market, terms: SealedTerms) -> list[Event]:
    """No more bids come in; those that came are opened until an instant."""
    until = reach.now + terms.opening_minutes * MINUTE
    return [OpeningBegun(market=market.market, round=market.round, until=until)]


def check_may_open(reach: MarketsReach, command: OpenBids) -> SealedBid:
    """The bid that these orders were committed to, or a refusal.

    Asked at the door too, where nothing is recorded: whoever opens too early, or the wrong bid,
    must not find its orders in the journal.
    """
    market = found(
        reach.markets.markets.get(command.market), "markets.unknown_market", market=command.market
    )
    refuse_unless(
        market.phase == OPENING,
        "markets.not_opening",
        market=command.market,
        phase=market.phase,
        round=market.round,
    )
    bid = found(
        market.sealed.get(command.batch),
        "markets.no_sealed_bid",
        batch=command.batch,
        market=command.market,
    )
    _check_owner(reach, bid, command.batch, command.actor)
    venue = reach.parties.venue
    assert venue is not None
    binding = Binding(venue=venue.id, actor=bid.actor, key=bid.key, item=ITEM)
    content = canonical.encode(command.orders)
    same = hash_commitment(binding, command.salt, content) == bid.hash_commitment
    refuse_unless(
        same and len(command.salt) >= SALT_BYTES_MIN,
        "markets.not_what_was_sealed",
        batch=command.batch,
        market=command.market,
    )
    return bid


def open_bid(reach: MarketsReach, command: OpenBids) -> list[Event]:
    """A bid becomes orders: the deposit is freed, what the orders need is held instead.

    They keep the place in time that the sealed bid had.
    """
    bid = check_may_open(reach, command)
    market = reach.markets.markets[command.market]
    terms = market.trading.sealed
    assert terms is not None  # there are sealed bids only where the terms say so
    refuse_unless(
        sides_of(command.orders) <= set(SIDES[terms.sides]),
        "markets.wrong_sealed_side",
        market=market.market,
    )
    name = derive_id("deposit-back", reach.cause, market.market, command.batch)
    freed = _shift(reach, market, bid, name, market.deposits_in, book.FREE)
    accepted = accept(reach, market, bid.party, command.batch, command.orders, after=freed)
    return [
        *freed,
        SealedOrdersOpened(market=market.market, batch=command.batch, bid=bid),
        *(_in_its_time(event, bid) for event in accepted),
    ]


def end_opening(reach: MarketsReach, market: Market) -> list[Event]:
    """What was not opened is listed and goes the way of the terms; not before its time is over."""
    if not market.sealed:
        return []
    terms = market.trading.sealed
    assert terms is not None
    refuse_unless(
        reach.now >= market.opening_until,
        "markets.opening_goes_on",
        market=market.market,
        until=format_instant(market.opening_until),
        bids=len(market.sealed),
    )
    taker = terms.forfeit_to or market.rent_to
    groups: dict[str, list[str]] = {}
    lines: list[book.Line] = []
    for batch, bid in sorted(market.sealed.items()):
        rule = terms.suspended if _was_kept_out(reach, market, terms, bid) else terms.unopened
        to = taker if rule == "forfeit" else ""
        groups.setdefault(to, []).append(batch)
        if bid.deposit_minor:
            lines.append((bid.party, market.currency, market.deposits_in, -bid.deposit_minor))
            lines.append((to or bid.party, market.currency, book.FREE, bid.deposit_minor))
    name = derive_id("unopened", reach.cause, market.market, market.round)
    return [
        *(book.post(reach, name, book.lines(lines)) if lines else []),
        *(
            BidsForfeited(
                market=market.market,
                round=market.round,
                batches=tuple(batches),
                bids=tuple(market.sealed[batch] for batch in batches),
                to=to,
            )
            for to, batches in sorted(groups.items())
        ),
    ]


def _was_kept_out(reach: MarketsReach, market: Market, terms: SealedTerms, bid: SealedBid) -> bool:
    """Whether a suspension stopped a bidder at any time while bids could be opened."""
    since = market.opening_until - terms.opening_minutes * MINUTE
    roles = [ROLES[side] for side in SIDES[terms.sides]]
    return any(was_suspended(reach, bid.party, market.factor, role, since) for role in roles)


def check_open_orders(market: Market, batch: str, orders: Columns) -> None:
    """Refuse an open batch that ought to come sealed, or that takes the name of a sealed one."""
    taken = batch in market.sealed
    refuse_unless(not taken, "markets.batch_exists", batch=batch, market=market.market)
    refuse_open_side(market, sides_of(orders))


def refuse_open_side(market: Market, sides: set[int]) -> None:
    """Orders of a side that comes sealed here do not come open."""
    terms = market.trading.sealed
    come_open = terms is None or not sides & set(SIDES[terms.sides])
    refuse_unless(come_open, "markets.orders_come_sealed", market=market.market)


def sides_of(orders: Columns) -> set[int]:
    """The sides of a batch as far as it has any: its columns are not checked yet."""
    sides = orders.column("side") if "side" in orders else None
    return set(sides.tolist()) if isinstance(sides, np.ndarray) else set()


def check_sealed_terms(reach: MarketsReach, terms: SealedTerms) -> None:
    """Refuse terms that no sealed market can have."""
    for term, value, known in (
        ("sides", terms.sides, sorted(SIDES)),
        ("unopened", terms.unopened, list(UNOPENED)),
        ("suspended", terms.suspended, list(UNOPENED)),
    ):
        refuse_unless(
            value in known,
            "markets.bad_sealed_terms",
            term=term,
            value=value,
            known=" or ".join(known),
        )
    for term, number, most in (
        ("deposit_minor", terms.deposit_minor, DEPOSIT_MINOR_MAX),
        ("opening_minutes", terms.opening_minutes, OPENING_MINUTES_MAX),
    ):
        refuse_unless(
            0 <= number <= most,
            "markets.bad_sealed_terms",
            term=term,
            value=str(number),
            known=f"0 to {most}",
        )
    if terms.forfeit_to:
        party_of(reach, terms.forfeit_to)


def bids_waiting(reach: MarketsReach, data_key: str) -> list[str]:
    """Sealed bids that only this key opens, as ``market/batch``."""
    return [
        f"sealed bid {name}/{batch}"
        for name, market in sorted(reach.markets.markets.items())
        for batch, bid in sorted(market.sealed.items())
        if bid.data_key == data_key
    ]


def _check_owner(reach: MarketsReach, bid: SealedBid, batch: str, actor: str) -> None:
    refuse_unless(
        actor in (bid.actor, bid.party) or may_order_for_others(reach, actor),
        "markets.not_your_bid",
        batch=batch,
        actor=actor,
    )


def _shift(
    reach: MarketsReach, market: Market, bid: SealedBid, batch: str, source: str, target: str
) -> list[Event]:
    if not bid.deposit_minor:
        return []
    return book.move(reach, batch, bid.party, market.currency, source, target, bid.deposit_minor)


def _in_its_time(event: Event, bid: SealedBid) -> Event:
    if not isinstance(event, OrdersAccepted):
        return event
    rows = [bid.sequence] * event.orders.rows
    return structs.replace(event, orders=event.orders.with_columns(sequence=rows))
