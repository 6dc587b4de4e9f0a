"""What an order's terms must keep to in a continuous market, and what is held for it."""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.batch import Batch, RightOf
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_plain import FITS, HAS_LIMIT, HAS_STOP
from yaosu.markets.state import Market, MarketsReach, session_of
from yaosu.markets.trading import terms_of
from yaosu.markets.trading_fees import with_room_for_fees
from yaosu.markets.trading_state import TIMES, TYPES, Session, key_of
from yaosu.markets.trading_terms import ContinuousTerms

NO_BAND = 2**62
TIMES_OF = np.array([[tif in FITS.get(kind, ()) for tif in range(8)] for kind in range(5)])
WITH_LIMIT = np.array([kind in HAS_LIMIT for kind in range(5)])  # by order type, as all these
WITH_STOP = np.array([kind in HAS_STOP for kind in range(5)])


def check_terms_of_orders(reach: MarketsReach, market: Market, batch: Batch) -> None:
    """Mark the rows whose terms do not fit, and add what is held for each lot, until when the
    right of a sale lasts, and whose orders it does not trade with.

    Raises:
        Refusal: ``markets.orders_not_taken`` in a phase that takes none;
            ``markets.too_many_lots_in_book``.
    """
    session, terms = session_of(market), terms_of(market)
    refuse_unless(session.phase != "closed", "markets.orders_not_taken")
    kinds = _codes(batch, "type", TYPES, "markets.order_type")
    tifs = _codes(batch, "time_in_force", TIMES, "markets.order_time_in_force")
    _check_kinds(batch, kinds, tifs, terms)
    rows = batch.rows
    is_gtd = tifs == c.GTD
    bad_expiry = is_gtd & ((rows["expiry"] <= reach.now) | (rows["expiry"] > c.INSTANT_MAX))
    batch.mark(bad_expiry, "markets.order_expiry")
    has_limit = WITH_LIMIT[kinds]
    price = np.where(has_limit, rows["price"], 0)
    held = price.copy()
    for key, members in books_of(rows):
        _check_phase(session, key, batch, members, tifs)
        low, high = band_of(terms, session, key)
        limits = members[has_limit[members]]
        outside = (rows["price"][limits] < low) | (rows["price"][limits] > high)
        batch.mark(limits[outside], "markets.order_outside_band")
        open_buys = members[~has_limit[members] & (rows["side"][members] > 0)]
        if high == NO_BAND:
            batch.mark(open_buys, "markets.no_limit_without_band", market=market.market)
        else:
            held[open_buys] = high
        _check_lots(market, session, terms, key, batch, members)
    is_buy = rows["side"] > 0
    batch.rows = rows.with_columns(
        held=np.where(is_buy, with_room_for_fees(held, terms.fees), held),
        expiry=np.where(is_gtd, rows["expiry"], 0),
        price=price,
        stop=np.where(WITH_STOP[kinds], rows["stop"], 0),
        group=_groups(reach, terms, rows),
    )


def with_ends(rows: Columns, right_of: RightOf) -> Columns:
    """The rows with the instant at which the right of a sale runs out; 0 never."""
    text = rows.text("right")
    rights = [right_of(name) for name in text.values]
    ends = [0 if right is None else right.term_to for right in rights]
    over = np.array(ends or [0], np.int64)[text.codes]
    return rows.with_columns(over=np.where(rows["side"] < 0, over, 0))


def band_of(terms: ContinuousTerms, session: Session, key: str) -> tuple[int, int]:
    """Lowest and highest limit that a book takes now; far off where it has no band."""
    book = session.books.get(key)
    if book is None:
        reference = terms.of_book(*key.split(" ")).reference
    else:
        registers = book.registers
        reference = registers["reference"] if registers["has_reference"] else None
    return _around(terms, reference)


def band_of_next_session(terms: ContinuousTerms, session: Session, key: str) -> tuple[int, int]:
    """The band that a closed book will have when it opens."""
    registers = session.books[key].registers
    if registers["has_last"]:
        return _around(terms, registers["last"])
    return band_of(terms, session, key)


def books_of(rows: Columns) -> Iterator[tuple[str, Integers]]:
    """Key of each book that rows name, and their places."""
    instrument, region = rows.text("instrument"), rows.text("region")
    codes = instrument.codes.astype(np.int64) * max(len(region.values), 1) + region.codes
    for code in sorted(set(codes.tolist())):
        members = np.flatnonzero(codes == code)
        first = members[0]
        yield (
            key_of(instrument.values[instrument.codes[first]], region.values[region.codes[first]]),
            members,
        )


def _around(terms: ContinuousTerms, reference: int | None) -> tuple[int, int]:
    if not terms.static_band or reference is None:
        return -NO_BAND, NO_BAND
    width = abs(reference) * terms.static_band // c.BASIS
    return reference - width, reference + width


def _codes(batch: Batch, column: str, words: dict[str, int], code: str) -> Integers:
    """Words as numbers; rows with another word are marked, and count as the first one."""
    text = batch.rows.text(column)
    strange = np.array([value not in words for value in text.values] or [False])
    batch.mark(strange[text.codes], code)
    known = np.array([words.get(value, 0) for value in text.values] or [0], np.int64)
    return known[text.codes]


def _check_kinds(batch: Batch, kinds: Integers, tifs: Integers, terms: ContinuousTerms) -> None:
    batch.mark(~TIMES_OF[kinds, tifs], "markets.order_time_in_force")
    rows, most = batch.rows, terms.price_max
    bad_stop = WITH_STOP[kinds] & ((rows["stop"] < 0) | (rows["stop"] > most))
    batch.mark(bad_stop, "markets.order_stop")
    bad_price = WITH_LIMIT[kinds] & (rows["price"] > most)
    batch.mark(bad_price, "markets.order_price")


def _check_phase(
    session: Session, key: str, batch: Batch, members: Integers, tifs: Integers
) -> None:
    no_place = np.zeros(len(members), bool)
    for tif in sorted(set(tifs[members].tolist())):
        if not is_taken_in(session, key, tif):
            no_place |= tifs[members] == tif
    batch.mark(members[no_place], "markets.order_not_in_phase")


def is_taken_in(session: Session, key: str, tif: int) -> bool:
    """Whether a book takes such orders now: at-open ones before the opening, IOC and FOK while it
    trades."""
    book = session.books.get(key)
    if book is None:
        phase = c.PHASES.index(session.phase)
        is_opening = session.purpose == "opening"
    else:
        phase = book.registers["phase"]
        is_opening = book.registers["purpose"] == c.OPENING
    if tif == c.AT_OPEN:
        return phase == c.PRE_OPEN or (phase == c.AUCTION and is_opening)
    return phase == c.CONTINUOUS or tif not in (c.IOC, c.FOK)


def _check_lots(
    market: Market,
    session: Session,
    terms: ContinuousTerms,
    key: str,
    batch: Batch,
    members: Integers,
) -> None:
    book = session.books.get(key)
    sound = members[batch.sound[members]]
    lots = (book.lots if book else 0) + int(batch.rows["quantity"][sound].sum())
    limit = terms.of_book(*key.split(" ")).lots_max
    refuse_unless(
        lots <= limit,
        "markets.too_many_lots_in_book",
        market=market.market,
        lots=str(lots),
        limit=limit,
    )


def _groups(reach: MarketsReach, terms: ContinuousTerms, rows: Columns) -> Text:
    """What each order's own are."""
    party = rows.text("party")
    names = [group_of(reach, terms, name) for name in party.values]
    return Text(tuple(names), party.codes).sorted()


def group_of(reach: MarketsReach, terms: ContinuousTerms, party: str) -> str:
    """What a party's own orders are: those of the group it is registered in, or its own; empty
    where nothing keeps them from trading with each other."""
    if terms.prevention == "none":
        return ""
    known = reach.parties.parties.get(party)
    group = known.facts.get(terms.group_fact) if known and terms.group_fact else None
    return party if group is None else f"{terms.group_fact} {group}"
