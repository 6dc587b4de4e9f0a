"""Fees of continuous trading: by the tariff of the market's terms, exact to the minor unit.

A fee is so many millionths of the value of a trade, rounded down. What an order to buy may have to
pay is held for each lot beside its limit, rounded up to the tick, so that no fee is ever short of
money; a sale pays out of what it is paid. The order that stood in the book is the maker, the one
that came the taker; in an auction both sides pay alike.
"""

from typing import TypeVar

from yaosu.kernel.columns import Columns, Integers
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.rounding import divide_down
from yaosu.markets.trading_terms import TradingFees

MILLION = 1_000_000
FEE_MAX = 100_000  # a tenth of the value
Ticks = TypeVar("Ticks", int, Integers)


def check_fees(fees: TradingFees) -> None:
    """Refuse a tariff that costs too much, or gives back more than it takes.

    Raises:
        Refusal: ``markets.bad_continuous_terms``.
    """
    for term, value, least in (
        ("taker", fees.taker, 0),
        ("auction", fees.auction, 0),
        ("maker", fees.maker, -fees.taker),
    ):
        refuse_unless(
            least <= value <= FEE_MAX,
            "markets.bad_continuous_terms",
            term=f"fees.{term}",
            value=str(value),
            known=f"{least} to {FEE_MAX} millionths",
        )


def with_room_for_fees(limit: Ticks, fees: TradingFees) -> Ticks:
    """Ticks held for each lot: its limit and the most that its fee may be, rounded up."""
    return limit + -(-limit * fees.most // MILLION)


def fee_of(value_minor: int, millionths: int) -> int:
    """The fee of a value, minor units; below 0 what is given back, by the same rule."""
    size = divide_down(value_minor * abs(millionths), MILLION)
    return size if millionths >= 0 else -size


def with_fees(trades: Columns, fees: TradingFees, tick_minor: int) -> Columns:
    """The trades with buy_fee and sell_fee, minor units.

    Args:
        trades: columns price, lots and taker (+1 the buyer, -1 the seller, 0 an auction).
    """
    shares = {  # side of the taker -> what the buyer, what the seller pays
        1: (fees.taker, fees.maker),
        -1: (fees.maker, fees.taker),
        0: (fees.auction, fees.auction),
    }
    columns = (trades.numbers(name) for name in ("price", "lots", "taker"))
    rows = [
        [fee_of(price * lots * tick_minor, share) for share in shares[taker]]
        for price, lots, taker in zip(*columns, strict=True)
    ]
    bought, sold = map(list, zip(*rows, strict=True)) if rows else ([], [])
    return trades.with_columns(buy_fee=bought, sell_fee=sold)
