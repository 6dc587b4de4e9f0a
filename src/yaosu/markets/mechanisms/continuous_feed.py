"""The public feed of a book, and the book that anyone rebuilds from it.

The feed says what was added, executed, cancelled (in part or whole), replaced, traded at auction,
and in which phase the market is, each message numbered on from the one before. It names orders by
their numbers and nobody by name. Stops that wait and orders kept for the close are not in it.

Source: Nasdaq, "TotalView-ITCH 5.0" (messages A, C, X and D, U, Q, H).
"""

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms import continuous_codes as c

FEED_COLUMNS = ("sequence", "kind", "order", "side", "price", "lots", "match", "other", "instant")


def public_feed(events: Columns) -> Columns:
    """The public part of what happened; ``other`` stays only where it names a phase."""
    feed = events.take(events["kind"] <= c.PUBLIC_LAST)
    phase = np.where(feed["kind"] == c.STATE, feed["other"], 0)
    shown = {name: feed[name] for name in FEED_COLUMNS}
    return Columns({**shown, "other": phase})


class FeedBook:
    """A book rebuilt from the feed.

    Attributes:
        sequence: number of the last message taken in.
        phase: as the feed says.
        orders: number -> [side, price, lots], in order of arrival at their prices.
    """

    def __init__(self) -> None:
        self.sequence = 0
        self.phase = c.CLOSED
        self.orders: dict[int, list[int]] = {}

    def take(self, feed: Columns) -> None:
        """Take in the next messages.

        Raises:
            Refusal: `markets.feed_gap` where some are missing.
        """
        columns = (feed[name].tolist() for name in FEED_COLUMNS)
        for sequence, kind, order, side, price, lots, _, other, _ in zip(*columns, strict=True):
            following = self.sequence + 1
            refuse_unless(
                sequence == following, "markets.feed_gap", last=self.sequence, next=sequence
            )
            self.sequence = following
            if kind == c.ADDED:
                self.orders[order] = [side, price, lots]
            elif kind == c.REPLACED:
                del self.orders[order]
                self.orders[order] = [side, price, lots]
            elif kind in (c.EXECUTED, c.CANCELLED):
                self.orders[order][2] -= lots
                assert self.orders[order][2] >= 0, f"order {order} gave more than it had"
                if not self.orders[order][2]:
                    del self.orders[order]
            elif kind == c.STATE:
                self.phase = other

    def rows(self) -> list[tuple[int, int, int, int]]:
        """(number, side, price, lots): buys first, best price first, then by arrival."""
        arrived = [(number, side, at, lots) for number, (side, at, lots) in self.orders.items()]
        return sorted(arrived, key=lambda row: (-row[1], -row[1] * row[2]))
