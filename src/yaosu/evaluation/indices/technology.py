"""Producers with a stated technology: output Y = A K^a L^(1-a), one value of a for all.

Labour stays where it is; capital may move. The exponent is not estimated from the data that is
to be judged: Hsieh and Klenow (QJE 2009) do the same, so that a distortion is not read as a
technology. Units are the caller's: K and Y in the same money gives marginal products per unit of
money.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Producers(Struct, frozen=True):
    """Producers of one good.

    Attributes:
        productivity: A, shape (n,).
        labour: L, shape (n,).
        alpha: elasticity of output to capital, 0 < alpha < 1.
    """

    productivity: Floats
    labour: Floats
    alpha: float

    @property
    def scale(self) -> Floats:
        """alpha A L^(1-alpha): marginal product of capital where K = 1, shape (n,)."""
        return np.asarray(self.alpha * self.productivity * self.labour ** (1 - self.alpha))


def recover_producers(
    output: ArrayLike, capital: ArrayLike, labour: ArrayLike, alpha: float
) -> Producers:
    """The productivities at which observed output is met at observed capital and labour.

    All arrays positive, shape (n,); ValueError otherwise.
    """
    y, k, worked = (np.asarray(a, dtype=np.float64) for a in (output, capital, labour))
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if min(y.min(), k.min(), worked.min()) <= 0:
        raise ValueError("output, capital and labour must be positive")
    return Producers(y / (k**alpha * worked ** (1 - alpha)), worked, alpha)


def output_of(producers: Producers, capital: ArrayLike) -> Floats:
    """Output at a given capital, shape (n,)."""
    k = np.asarray(capital, dtype=np.float64)
    return np.asarray(producers.scale / producers.alpha * k**producers.alpha)


def marginal_product(producers: Producers, capital: ArrayLike) -> Floats:
    """What one more unit of capital adds to output, shape (n,)."""
    k = np.asarray(capital, dtype=np.float64)
    return np.asarray(producers.scale * k ** (producers.alpha - 1))


def capital_wanted(producers: Producers, price: ArrayLike) -> Floats:
    """The capital at which the marginal product equals a price (a number or shape (n,))."""
    p = np.asarray(price, dtype=np.float64)
    return np.asarray((producers.scale / p) ** (1 / (1 - producers.alpha)))


def average_product(producers_alpha: float, price_low: float, price_high: float) -> float:
    """What a unit adds on average while the marginal product falls from high to low.

    Between the two prices a producer goes from K(high) to K(low); output added divided by capital
    added depends on alpha alone, not on the producer, so that equal price steps of different
    producers carry equal prices.
    """
    rest = 1 - producers_alpha
    capital = price_low ** (-1 / rest) - price_high ** (-1 / rest)
    output = price_low ** (-producers_alpha / rest) - price_high ** (-producers_alpha / rest)
    return float(output / (producers_alpha * capital))
