"""A frozen book that cannot be cleared: it is opened again by its operator, with its orders.

What was matched is not undone: only a book without a clearing can be opened again. Its orders stand
in the phase in which orders come and go, and what they hold stays held; it is closed again like any
other, under the rules in force then, and offers of rights that have run out fall away before.
"""

import numpy as np

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets import reopening_refusals
from yaosu.markets.blocks import filled_lots
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import ReopenBook
from yaosu.markets.events import BookReopened
from yaosu.markets.form_plain import PLAIN
from yaosu.markets.forms import FORMS
from yaosu.markets.state import CLOSED, Market, MarketsReach, book_of

__all__ = ["reopening_refusals"]


def decide_reopen_book(reach: MarketsReach, command: ReopenBook) -> list[Event]:
    """A book that is frozen and not cleared is open again; why stands on record."""
    market = found(
        reach.markets.markets.get(command.market), "markets.unknown_market", market=command.market
    )
    closed = market.closed_as
    if market.phase != CLOSED or closed is None:
        refuse(
            "markets.nothing_to_reopen",
            market=command.market,
            phase=market.phase,
            round=market.round,
        )
    refuse_unless(command.reason.strip(), "markets.reopened_without_reason", market=command.market)
    return [
        BookReopened(
            market=command.market,
            round=market.round,
            orders_digest=closed.orders_digest,
            reason=command.reason,
        )
    ]


def check_rights_last(reach: MarketsReach, market: Market, clearing: Clearing) -> None:
    """Refuse a clearing that sells from a right whose term ran out while the book was frozen.

    Where fills are not by row, any right on offer counts as sold.

    Raises:
        Refusal: ``markets.right_over_since``.
    """
    book = book_of(market)
    selling = book["side"] < 0
    if FORMS[market.trading.mechanism] is PLAIN:
        selling &= filled_lots(book, clearing) > 0
    right = book.text("right")
    for name in sorted({right.values[code] for code in np.unique(right.codes[selling]).tolist()}):
        known = reach.rights.rights.get(name)
        if known is not None and 0 < known.term_to <= reach.now:
            refuse(
                "markets.right_over_since",
                right=name,
                end=format_instant(known.term_to),
                market=market.market,
                round=market.round,
            )
