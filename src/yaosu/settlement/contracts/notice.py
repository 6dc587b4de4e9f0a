"""Notice: the result is published first; delivery follows when the notice period has passed.

During the period an authority may void the contract. Rights and money stay held, so that nobody
can fail to perform.
"""

from yaosu.kernel.instant import DAY
from yaosu.markets.terms import Trading
from yaosu.settlement.events import Gate


def gates(trading: Trading, now: int) -> tuple[Gate, ...]:
    """One notice gate that opens ``notice_days`` after the clearing."""
    return (Gate(kind="notice", until=now + trading.notice_days * DAY),)
