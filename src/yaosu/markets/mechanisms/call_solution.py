"""What solving gives, before it becomes tables and a clearing certificate."""

from typing import NamedTuple

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.call_face import Face
from yaosu.markets.mechanisms.call_interval import Interval
from yaosu.markets.mechanisms.call_nearest import Nearest
from yaosu.markets.mechanisms.call_problem import Positions
from yaosu.markets.mechanisms.call_shares import Shares


class Solution(NamedTuple):
    """All instruments solved.

    Attributes:
        prices: those of the rule; interval: low and high with their forests.
        positions: the curves at ``prices``. settled: marginal lots decided. flow: lots a link.
        volume, shares, lots, least, even: multipliers of the tie steps.
        nearest: proof of the price rule "nearest", or None.
    """

    prices: Integers
    interval: Interval
    positions: Positions
    settled: Face
    flow: Integers
    volume: Integers
    shares: Shares
    lots: Integers
    least: Integers
    even: Integers
    nearest: Nearest | None
