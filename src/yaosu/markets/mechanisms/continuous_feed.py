"""The public feed of a book, and the book that anyone rebuilds from it.

The feed says what was added, executed, cancelled (in part or whole), replaced, traded at auction,
and in which phase the market is, each message numbered on from the one before. It names orders by
their numbers and nobody by name. Stops that wait and orders kept for the close are not in it. Who
has taken in the same messages has the same digest; any other byte in any of them gives another.

Source: Nasdaq, "TotalView-ITCH 5.0" (messages A, C, X and D, U, Q, H).
"""

from hashlib import sha256

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
        self._digest = sha256()

    @property
    def digest(self) -> str:
        """SHA-256 over all messages so far, nine little-endian int64 each, hex."""
        return self._digest.hexdigest()

    def take(self, feed: Columns) -> None:
        """Take in the next messages.

        Raises:
            Refusal: `markets.feed_gap` where some are missing; `markets.feed_broken` where one
                cannot be.
        """
        matrix = np.stack([feed[name] for name in FEED_COLUMNS], axis=1).astype("<i8")
        for row, (sequence, kind, order, side, price, lots, _, other, _) in enumerate(
            matrix.tolist()
        ):
            following = self.sequence + 1
            refuse_unless(
                sequence == following, "markets.feed_gap", last=self.sequence, next=sequence
            )
            standing = self.orders.get(order)
            fault = _fault_of(standing, kind, side, lots, other)
            refuse_unless(not fault, "markets.feed_broken", sequence=sequence, reason=fault)
            self._digest.update(matrix[row].tobytes())
            self.sequence = following
            if kind in (c.ADDED, c.REPLACED):
                self.orders.pop(order, None)
                self.orders[order] = [side, price, lots]
            elif kind in (c.EXECUTED, c.CANCELLED) and standing is not None:
                standing[2] -= lots
                if not standing[2]:
                    del self.orders[order]
            elif kind == c.STATE:
                self.phase = other

    def check(self, digest: str) -> None:
        """Refuse `markets.feed_broken` unless these were the messages of this digest."""
        refuse_unless(
            digest == self.digest,
            "markets.feed_broken",
            sequence=self.sequence,
            reason="the messages up to here do not have the published digest",
        )

    def rows(self) -> list[tuple[int, int, int, int]]:
        """(number, side, price, lots): buys first, best price first, then by arrival."""
        arrived = [(number, side, at, lots) for number, (side, at, lots) in self.orders.items()]
        return sorted(arrived, key=lambda row: (-row[1], -row[1] * row[2]))


def _fault_of(standing: list[int] | None, kind: int, side: int, lots: int, other: int) -> str:
    """Why a message cannot follow, or nothing."""
    if kind not in range(c.ADDED, c.PUBLIC_LAST + 1):
        return "its kind is not known"
    if kind == c.STATE:
        return "" if 0 <= other < len(c.PHASES) else "its phase is not known"
    if lots < 1:
        return "it is of no lots"
    if kind == c.TRADE:
        return ""
    if side not in (c.BUY, c.SELL):
        return "its side is not known"
    if kind == c.ADDED:
        return "its order stands already" if standing is not None else ""
    if standing is None:
        return "its order does not stand"
    if standing[0] != side:
        return "its order is of the other side"
    if kind != c.REPLACED and standing[2] < lots:
        return "its order has fewer lots"
    return ""
