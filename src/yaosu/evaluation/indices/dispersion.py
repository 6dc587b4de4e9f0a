"""How far apart prices of the same thing lie across regions.

Source: the law-of-one-price measures surveyed by Parsley and Wei, "Convergence to the Law of One
Price without Trade Barriers or Currency Fluctuations", QJE 111(4), 1996; the spread of log
marginal products follows Hsieh and Klenow, "Misallocation and Manufacturing TFP in China and
India", QJE 124(4), 2009.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Dispersion(Struct, frozen=True):
    """The spread of one set of prices.

    Attributes:
        regions: how many regions have a price; those without are left out and counted.
        without_price: how many were left out.
        sd_log: standard deviation of the natural logarithm (divisor n), in log points / 100.
        gap_75_25: difference of the 75th and 25th percentile of the logarithm.
        gap_90_10: the same for the 90th and 10th.
        highest_to_lowest: ratio of the highest to the lowest price.
    """

    regions: int
    without_price: int
    sd_log: float
    gap_75_25: float
    gap_90_10: float
    highest_to_lowest: float


def price_dispersion(prices: ArrayLike) -> Dispersion:
    """The spread of positive prices, shape (regions,); NaN stands for "no price".

    Percentiles interpolate linearly. Prices of zero or less have no logarithm: ValueError.
    """
    given = np.asarray(prices, dtype=np.float64)
    known = given[~np.isnan(given)]
    if known.size == 0:
        return Dispersion(0, int(given.size), 0.0, 0.0, 0.0, 1.0)
    if known.min() <= 0:
        raise ValueError("a price of zero or less has no logarithm")
    logs = np.log(known)
    low10, low25, high75, high90 = np.percentile(logs, [10, 25, 75, 90])
    return Dispersion(
        regions=int(known.size),
        without_price=int(given.size - known.size),
        sd_log=float(logs.std()),
        gap_75_25=float(high75 - low25),
        gap_90_10=float(high90 - low10),
        highest_to_lowest=float(known.max() / known.min()),
    )


def arbitrage_left(
    source_prices: ArrayLike,
    target_prices: ArrayLike,
    costs: ArrayLike,
    free: ArrayLike,
) -> float:
    """Value still lying on links that have room: sum of max(0, gap - cost) x free capacity.

    Args:
        source_prices: price at the beginning of each directed link, shape (links,).
        target_prices: price at its end.
        costs: unit cost of the link, same unit as the prices.
        free: capacity not used, lots.

    Returns:
        The sum; zero when every link with room has a gap of at most its cost.
    """
    gap = np.asarray(target_prices, float) - np.asarray(source_prices, float)
    left = np.maximum(0.0, gap - np.asarray(costs, float)) * np.asarray(free, float)
    return float(left.sum())
