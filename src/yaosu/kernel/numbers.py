"""Money, quantities and shares: whole numbers of a declared smallest unit, and exact ratios."""

from fractions import Fraction
from typing import Self

from msgspec import Struct

from yaosu.kernel.refusal import declare, refuse_unless

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
VALUE_MAX = 2**62  # sums of |price| x quantity stay below this, so no product or sum leaves int64

declare(
    {
        "kernel.different_units": (
            "{left} and {right} are counted in different units",
            "convert one of them under a stated rate first",
        ),
        "kernel.bad_share": (
            "{numerator}/{denominator} is not a share",
            "give whole numbers with 0 <= numerator <= denominator and denominator >= 1",
        ),
    }
)


class Money(Struct, frozen=True, order=True):
    """An amount of money in minor units (fen, cents) of one currency."""

    amount_minor: int
    currency: str

    def __add__(self, other: Self) -> "Money":
        _same(self.currency, other.currency)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Self) -> "Money":
        _same(self.currency, other.currency)
        return Money(self.amount_minor - other.amount_minor, self.currency)


class Quantity(Struct, frozen=True, order=True):
    """Whole lots of a declared measurement unit (device-hour, m2, tCO2e)."""

    lots: int
    measurement: str

    def __add__(self, other: Self) -> "Quantity":
        _same(self.measurement, other.measurement)
        return Quantity(self.lots + other.lots, self.measurement)

    def __sub__(self, other: Self) -> "Quantity":
        _same(self.measurement, other.measurement)
        return Quantity(self.lots - other.lots, self.measurement)


class Share(Struct, frozen=True):
    """An exact part of a whole, kept in lowest terms; never a float.

    Made with :meth:`of`; ``Share(1, 3)`` is checked there, not in the constructor.
    """

    numerator: int
    denominator: int = 1

    @classmethod
    def of(cls, numerator: int, denominator: int = 1) -> "Share":
        """The share in lowest terms, or a refusal ``kernel.bad_share``."""
        refuse_unless(
            denominator >= 1 and 0 <= numerator <= denominator <= INT64_MAX,
            "kernel.bad_share",
            numerator=numerator,
            denominator=denominator,
        )
        return cls._from(Fraction(numerator, denominator))

    @classmethod
    def _from(cls, value: Fraction) -> "Share":
        return cls(value.numerator, value.denominator)

    @property
    def fraction(self) -> Fraction:
        """The same as a fraction of the standard library."""
        return Fraction(self.numerator, self.denominator)

    def plus(self, other: "Share") -> "Share":
        """The sum; may exceed one, which whoever sums must check."""
        return Share._from(self.fraction + other.fraction)

    def minus(self, other: "Share") -> "Share":
        """The difference, which may not be negative."""
        rest = self.fraction - other.fraction
        assert rest >= 0, f"share {self} minus {other} is negative"
        return Share._from(rest)

    def of_whole(self, whole: int) -> Fraction:
        """How much of ``whole`` this share is, exactly."""
        return self.fraction * whole

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


WHOLE = Share(1, 1)
NOTHING = Share(0, 1)


def _same(left: str, right: str) -> None:
    refuse_unless(left == right, "kernel.different_units", left=left, right=right)
