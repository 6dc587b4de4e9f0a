"""Spot: no gate; delivery against payment in the clearing's own batch."""

from yaosu.markets.terms import Trading
from yaosu.settlement.events import Gate


def gates(trading: Trading, now: int) -> tuple[Gate, ...]:
    """None: what is traded changes hands at once."""
    return ()
