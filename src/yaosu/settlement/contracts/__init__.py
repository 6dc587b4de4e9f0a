"""Contract templates: which gates a trade waits at before rights and money change hands."""

from collections.abc import Callable

from yaosu.markets.terms import Trading
from yaosu.settlement.contracts import notice, spot
from yaosu.settlement.events import Gate

TEMPLATES: dict[str, Callable[[Trading, int], tuple[Gate, ...]]] = {
    "spot": spot.gates,
    "notice": notice.gates,
}
