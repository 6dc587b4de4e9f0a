"""What a clearing claims about one instrument, as the parts of the check read it."""

from typing import Any, NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers
from yaosu.kernel.refusal import refuse
from yaosu.markets.mechanisms.call_problem import Positions, Problem


class Claim(NamedTuple):
    """What a clearing claims about one instrument, as arrays.

    Attributes:
        problem: its curves and links; positions: the curves at ``prices``.
        prices: support, ticks, (R,). flow: lots, (L,). capacity: as the network states it, (L,).
        sold, bought: marginal lots filled, (R,).
        traded: regions with a published price, (R,).
        regions, links: the certificate's rows of this instrument; table: rows of prices.
    """

    problem: Problem
    positions: Positions
    prices: Integers
    flow: Integers
    capacity: Integers
    sold: Integers
    bought: Integers
    traded: Array
    regions: Columns
    links: Columns
    table: Columns


def refuse_price(claim: Claim, wrong: Any, reason: str) -> None:
    """Refuse the price of the first region that is wrong."""
    for r in np.flatnonzero(wrong)[:1].tolist():
        refuse(
            "markets.certificate_price",
            instrument=claim.problem.instrument,
            region=claim.table.text("region").tolist()[r],
            reason=reason,
        )
