"""What is lost because capital is not where it adds most.

One good, many producers, one movable factor: the efficient allocation equalises marginal products,
K_i proportional to A_i^(1/(1-a)) L_i, and total output is then K^a (sum A_i^(1/(1-a)) L_i)^(1-a).
Source: the decreasing-returns case of Adamopoulos, Brandt, Leight and Restuccia, "Misallocation,
Selection and Productivity", Econometrica 90(3), 2022, with one factor fixed.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from yaosu.evaluation.indices.technology import Producers, marginal_product, output_of

Floats = NDArray[np.float64]


class Misallocation(Struct, frozen=True):
    """Output as it is against output with the same capital, best placed.

    Attributes:
        output: as it is.
        output_efficient: with marginal products equalised.
        gain: output_efficient / output - 1.
        moved: part of all capital that would change its place, 0 to 1.
        price: the one marginal product of the efficient allocation.
        log_variance: variance of log marginal products, weighted by efficient capital.
    """

    output: float
    output_efficient: float
    gain: float
    moved: float
    price: float
    log_variance: float


def efficient_capital(producers: Producers, total: float) -> Floats:
    """The allocation of a total that no move can better, shape (n,)."""
    weights = producers.scale ** (1 / (1 - producers.alpha))
    return np.asarray(total * weights / weights.sum())


def misallocation(producers: Producers, capital: ArrayLike) -> Misallocation:
    """Measure the distance of an allocation, shape (n,), from the efficient one."""
    k = np.asarray(capital, dtype=np.float64)
    best = efficient_capital(producers, float(k.sum()))
    output = float(output_of(producers, k).sum())
    efficient = float(output_of(producers, best).sum())
    logs = np.log(marginal_product(producers, k))
    weights = best / best.sum()
    mean = float((weights * logs).sum())
    return Misallocation(
        output=output,
        output_efficient=efficient,
        gain=efficient / output - 1,
        moved=float(np.abs(best - k).sum() / 2 / k.sum()),
        price=float(producers.alpha * efficient / k.sum()),
        log_variance=float((weights * (logs - mean) ** 2).sum()),
    )


def output_gain(producers: Producers, before: ArrayLike, after: ArrayLike) -> Floats:
    """What each producer's output changes by when capital goes from one place to another."""
    return output_of(producers, after) - output_of(producers, before)


class Ledgers(Struct, frozen=True):
    """Who gains and who loses when capital is lent at one price a unit, in the unit of output.

    Attributes:
        output: change of output, shape (n,).
        rent: received for capital lent (negative: paid for capital borrowed), shape (n,).
        income: output + rent; what the owners and workers of a place have more, shape (n,).
        labour: change of labour's part, (1 - alpha) of output, shape (n,).
        capital: income - labour; what the owners of its capital have more, shape (n,).
    """

    output: Floats
    rent: Floats
    income: Floats
    labour: Floats
    capital: Floats


def gains_and_losses(
    producers: Producers, before: ArrayLike, after: ArrayLike, rent: ArrayLike
) -> Ledgers:
    """Share out the gain of a move of capital; ``rent`` is what the clearing made each receive."""
    output = output_gain(producers, before, after)
    received = np.asarray(rent, dtype=np.float64)
    income = output + received
    labour = (1 - producers.alpha) * output
    return Ledgers(output, received, income, labour, income - labour)
