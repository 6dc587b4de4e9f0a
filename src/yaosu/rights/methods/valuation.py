"""Five ways of valuing, each an exact function of whole numbers by name, rounded once at the end.

Whoever has the inputs computes the same figure again. Amounts are minor units, rates basis points a
year, factors permille.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct

from yaosu.kernel.rounding import divide_down, divide_to_even

PERMILLE, BASIS_POINTS = 1_000, 10_000
YEARS_MAX, STEPS_MAX, COMPARABLES_MAX = 1_000, 60, 100
PRICE = re.compile(r"price_(\d{1,3})")
QUALITY = "quality"

Inputs = Mapping[str, int]


class Method(Struct, frozen=True):
    """One way: the inputs it asks for, what is wrong with some, and the figure they give."""

    says: str
    inputs: tuple[str, ...]
    fault: Callable[[Inputs], str]
    value: Callable[[Inputs], Fraction]


def value_by(method: str, inputs: Inputs) -> int:
    """The figure, to even minor units; of a quality, in permille, down."""
    exact = METHODS[method].value(inputs)
    divide = divide_down if method == QUALITY else divide_to_even
    return divide(exact.numerator, exact.denominator)


def fault_in(method: str, inputs: Inputs) -> str:
    """Why these inputs do not fit the method, or nothing."""
    way = METHODS[method]
    for name in way.inputs:
        if name not in inputs:
            return f"{name} is missing"
    return way.fault(inputs)


def _compared(inputs: Inputs) -> list[tuple[int, int]]:
    """Prices of a lot of what was sold, and the factor that makes each comparable."""
    names = sorted(name for name in inputs if PRICE.fullmatch(name))
    return [(inputs[name], inputs.get(name.replace("price", "factor"), PERMILLE)) for name in names]


def _comparison_fault(inputs: Inputs) -> str:
    rows = _compared(inputs)
    if not 1 <= len(rows) <= COMPARABLES_MAX:
        return f"{len(rows)} prices are given as price_1 and so on, 1 to {COMPARABLES_MAX} may be"
    return "" if all(price >= 0 < factor for price, factor in rows) else "a price or factor is low"


def _comparison(inputs: Inputs) -> Fraction:
    rows = _compared(inputs)
    total = sum(price * factor for price, factor in rows)
    return Fraction(total * inputs["quantity"], PERMILLE * len(rows))


def _income_fault(inputs: Inputs) -> str:
    if not 1 <= inputs["years"] <= YEARS_MAX:
        return f"years is {inputs['years']}, not 1 to {YEARS_MAX}"
    return "" if 0 <= inputs["rate_bp"] <= BASIS_POINTS else "rate_bp is not 0 to 10000"


def _income(inputs: Inputs) -> Fraction:
    rate = Fraction(inputs["rate_bp"], BASIS_POINTS)
    years = inputs["years"]
    discount = Fraction(1)
    for _ in range(years):
        discount /= 1 + rate
    factor = (1 - discount) / rate if rate else Fraction(years)
    return inputs["income_minor"] * factor


def _cost(inputs: Inputs) -> Fraction:
    added = ("land_minor", "construction_minor", "fees_minor", "interest_minor", "profit_minor")
    total = sum(inputs.get(name, 0) for name in added)
    return Fraction(total - inputs.get("depreciation_minor", 0))


def _replacement_fault(inputs: Inputs) -> str:
    return "" if 0 <= inputs["age_years"] <= inputs["life_years"] != 0 else "age is beyond life"


def _replacement(inputs: Inputs) -> Fraction:
    left = inputs["life_years"] - inputs["age_years"]
    return Fraction(inputs["replacement_minor"] * left, inputs["life_years"])


def _option_fault(inputs: Inputs) -> str:
    if not 1 <= inputs["steps"] <= STEPS_MAX:
        return f"steps is {inputs['steps']}, not 1 to {STEPS_MAX}"
    growth = PERMILLE + Fraction(inputs["rate_bp"] * PERMILLE, BASIS_POINTS)
    ordered = 0 < inputs["down_permille"] < growth < inputs["up_permille"] <= 10 * PERMILLE
    return "" if ordered else "down_permille < 1000 + rate < up_permille does not hold"


def _option(inputs: Inputs) -> Fraction:
    """An option to invest, exercised at the best step: a recombining tree (Cox, Ross, Rubinstein
    1979, Option pricing: a simplified approach), with probabilities free of risk.
    """
    up, down = (Fraction(inputs[name], PERMILLE) for name in ("up_permille", "down_permille"))
    growth = 1 + Fraction(inputs["rate_bp"], BASIS_POINTS)
    likely = (growth - down) / (up - down)
    steps, worth, cost = inputs["steps"], inputs["value_minor"], inputs["cost_minor"]

    def now(step: int, ups: int) -> Fraction:
        return max(worth * up**ups * down ** (step - ups) - cost, Fraction(0))

    values = [now(steps, ups) for ups in range(steps + 1)]
    for step in range(steps - 1, -1, -1):
        values = [
            max(now(step, ups), (likely * values[ups + 1] + (1 - likely) * values[ups]) / growth)
            for ups in range(step + 1)
        ]
    return values[0]


def _quality_fault(inputs: Inputs) -> str:
    low = [name for name, score in sorted(inputs.items()) if not 0 <= score <= PERMILLE]
    if low:
        return f"{low[0]} is not 0 to {PERMILLE}"
    return "" if inputs else "no score is given"


def _quality(inputs: Inputs) -> Fraction:
    return Fraction(sum(inputs.values()), len(inputs))


def _no_fault(inputs: Inputs) -> str:
    return ""


METHODS = {
    "market_comparison": Method(
        "the mean of comparable prices of a lot, each adjusted by its factor, times the quantity",
        ("quantity",),
        _comparison_fault,
        _comparison,
    ),
    "income": Method(
        "the present value of a yearly net income",
        ("income_minor", "rate_bp", "years"),
        _income_fault,
        _income,
    ),
    "cost": Method(
        "land, construction, fees, interest and profit, less depreciation",
        ("construction_minor",),
        _no_fault,
        _cost,
    ),
    "replacement": Method(
        "what it would cost anew, for the part of its life that is left",
        ("replacement_minor", "age_years", "life_years"),
        _replacement_fault,
        _replacement,
    ),
    "option": Method(
        "what the choice to invest is worth, on a tree of values",
        ("value_minor", "cost_minor", "up_permille", "down_permille", "rate_bp", "steps"),
        _option_fault,
        _option,
    ),
    QUALITY: Method(
        "the mean of scores from 0 to 1000, such as completeness, accuracy, timeliness", (),
        _quality_fault, _quality,
    ),
}  # fmt: skip
