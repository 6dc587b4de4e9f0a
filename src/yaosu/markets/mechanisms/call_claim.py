"""What a clearing claims, as the parts of the check read it."""

from typing import Any, NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers
from yaosu.kernel.refusal import refuse
from yaosu.markets.mechanisms.call_problem import Positions, Problem


class Claim(NamedTuple):
    """What a clearing claims, as arrays over nodes (N,) and links (L,).

    Attributes:
        problem: curves and links; positions: the curves at ``prices``.
        prices: support, ticks. flow: lots. capacity: as the network states it.
        sold, bought: marginal lots filled. traded: nodes with a published price.
        regions, links: the certificate's multipliers; table: rows of prices.
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

    def region_of(self, node: int) -> str:
        """The name of a node's region."""
        text = self.table.text("region")
        return text.values[int(text.codes[node])]

    def instrument_of(self, node: int) -> str:
        """The name of a node's instrument."""
        return self.problem.instruments[node // self.problem.regions]


def refuse_price(claim: Claim, wrong: Any, reason: str) -> None:
    """Refuse the price of the first region that is wrong."""
    for node in np.flatnonzero(wrong)[:1].tolist():
        refuse(
            "markets.certificate_price",
            instrument=claim.instrument_of(node),
            region=claim.region_of(node),
            reason=reason,
        )
