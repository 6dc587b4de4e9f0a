"""Parameters of the continuous market: self-trade prevention, bands and pauses are its data."""

from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.continuous_codes import (
    BASIS,
    LOTS_TIMES_PRICE_MAX,
    PREVENTIONS,
    PRICE_MAX,
)

INTERVAL_MAX = 366 * 86_400_000_000
LOTS_MAX = 2**50


class ContinuousParameters(Struct, frozen=True, kw_only=True):
    """What the market says about its continuous trading.

    Attributes:
        prevention: what happens where two orders of one group (not 0) would trade: "none" (they
            trade), "cancel_taker", "cancel_maker", "cancel_both", or "decrement" (both lose the
            smaller quantity). In an auction every rule but "none" decrements.
        price_max: the largest limit, ticks, either sign; all lots of the book together stay below
            2^61 / price_max, so that no sum leaves 64 bits.
        static_band: how far limits may lie from the reference of the session, hundredths of a per
            cent; 0 no band.
        dynamic_band: how far one command may move the price from the last one, hundredths of a per
            cent; a trade beyond does not happen and the market pauses. 0 no band.
        pause: length of such a pause, microseconds; 0 until a command ends it.
        auction: length of an auction phase, microseconds; 0 until a command ends it.
        reference: price the first session starts from, ticks; later ones start from the last price.
    """

    prevention: str = "none"
    price_max: int = 10**9
    static_band: int = 0
    dynamic_band: int = 0
    pause: int = 0
    auction: int = 0
    reference: int | None = None

    @classmethod
    def of(cls, **given: Any) -> "ContinuousParameters":
        """Checked parameters."""
        for name, value in given.items():
            _expect(name in cls.__struct_fields__, name, value, "a known parameter")
        made = cls(**given)
        _expect(made.prevention in PREVENTIONS, "prevention", made.prevention, str(PREVENTIONS))
        for name, least, most in (
            ("price_max", 1, PRICE_MAX),
            ("static_band", 0, BASIS),
            ("dynamic_band", 0, BASIS),
            ("pause", 0, INTERVAL_MAX),
            ("auction", 0, INTERVAL_MAX),
        ):
            value = getattr(made, name)
            _expect(_is_within(value, least, most), name, value, f"{least} to {most}")
        reference, most = made.reference, made.price_max
        fits = reference is None or _is_within(reference, -most, most)
        _expect(fits, "reference", reference, f"{-most} to {most}")
        return made

    @property
    def lots_max(self) -> int:
        """Lots that all orders of the book may have together."""
        return min(LOTS_MAX, LOTS_TIMES_PRICE_MAX // self.price_max)


def _is_within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _expect(condition: object, name: str, value: object, expected: str) -> None:
    refuse_unless(
        condition, "markets.bad_parameter", name=name, value=str(value), expected=expected
    )
