"""Negotiated deals: two parties confirm one price inside a band, and nobody else's price moves.

A deal is an order to buy and an order to sell that say the same: instrument, region, price,
quantity, and the number of the deal (the sequence). It trades if its price lies in the band round
the reference price. Deals do not meet other orders, and make no closing price: the price column of
the result stays empty, so that nothing that reads a last price, a reference of a tie chain or an
index sees them.

Source: bands and least sizes of block trades as in national carbon trading (from 100,000 t, wider
than the band of listed trades; figures from public pages, assumed) and in the block trade rules of
stock exchanges, which leave them out of closing and index prices. Worked in
tests/markets/mechanisms/negotiated/test_examples.py.
"""

from typing import Any, Self

from msgspec import Struct

from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.rounding import divide_down, divide_up
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.arrivals import (
    Fill,
    Row,
    arrived,
    clearing_of,
    prices_table,
    typed_rows,
    verify_alike,
)
from yaosu.markets.mechanisms.call_parameters import EVERY, RegionPrice
from yaosu.markets.network import Network
from yaosu.markets.orders import NUMBER_MAX, Orders

RULE = "negotiated/1"
BASIS_POINTS = 10_000
PROVED = ("confirmed_by_both", "inside_band")


class NegotiatedParameters(Struct, frozen=True, kw_only=True):
    """What deals must keep to.

    Attributes:
        band_bp: how far a price may lie from the reference, basis points of it; -1: no band.
        least_lots: fewest lots of a deal.
        reference_prices: of a region, for one instrument or every one; a deal without one is
            refused where there is a band.
    """

    band_bp: int = -1
    least_lots: int = 1
    reference_prices: tuple[RegionPrice, ...] = ()

    @classmethod
    def of(cls, band_bp: int = -1, least_lots: int = 1, reference_prices: Any = ()) -> Self:
        """Checked parameters.

        Args:
            reference_prices: {(instrument, region): price}, or rows of that or of `RegionPrice`.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        for name, value, least in (("band_bp", band_bp, -1), ("least_lots", least_lots, 1)):
            _expect(_is_whole(value) and value >= least, name, value, f"whole, from {least}")
        form = "rows of (instrument, region, price)"
        pairs = typed_rows("reference_prices", reference_prices, (str, str, int), form)
        rows = [RegionPrice(*pair) for pair in pairs]
        for row in rows:
            _expect(_is_whole(row.price), "reference_prices", row.price, "whole ticks")
        places = {(row.instrument, row.region) for row in rows}
        _expect(len(places) == len(rows), "reference_prices", "one given twice", "one a region")
        return cls(band_bp=band_bp, least_lots=least_lots, reference_prices=tuple(sorted(rows)))


def band_round(reference: int, band_bp: int) -> tuple[int, int]:
    """Lowest and highest price, ticks, both inside the band: rounded inwards."""
    width = abs(reference) * band_bp
    low = divide_up(reference * BASIS_POINTS - width, BASIS_POINTS)
    return low, divide_down(reference * BASIS_POINTS + width, BASIS_POINTS)


def clear_negotiated(
    orders: Orders, network: Network, parameters: NegotiatedParameters
) -> Clearing:
    """Trade every deal that both parties confirmed and that keeps to the band.

    An order without its other half, or with two of them, trades nothing; without a sequence all
    orders have the same number.

    Raises:
        Refusal: `markets.unknown_region`.

    Cost: O(n log n) time, O(n) space.
    """
    orders.check()
    rows = arrived(orders, network)
    number = {} if orders.sequence is None else dict(enumerate(orders.sequence.tolist()))
    sides: dict[tuple[Any, ...], tuple[list[Row], list[Row]]] = {}
    for row in rows:
        key = (*row.place, row.price, row.quantity, number.get(row.row, 0))
        buys, sells = sides.setdefault(key, ([], []))
        (buys if row.side > 0 else sells).append(row)
    fills: list[Fill] = []
    paid: dict[tuple[str, str], list[int]] = {row.place: [] for row in rows}
    references = references_of(parameters)
    for buys, sells in sides.values():
        if len(buys) == len(sells) == 1 and _is_deal(parameters, references, *buys, *sells):
            for row in (buys[0], sells[0]):
                fills.append(Fill(row.row, row.quantity, row.price))
                paid[row.place].append(row.price)
    table = [(*place, None, paid[place]) for place in sorted(paid)]
    prices = prices_table(orders, table)
    return clearing_of(RULE, orders, network, parameters, fills, prices, proved=PROVED)


def verify_negotiated(
    orders: Orders, network: Network, clearing: Clearing, parameters: NegotiatedParameters
) -> None:
    """Return if exactly the confirmed deals inside the band trade, at their prices, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    verify_alike(orders, clearing, clear_negotiated(orders, network, parameters))


def references_of(parameters: NegotiatedParameters) -> dict[tuple[str, str], int]:
    """Reference prices by instrument (or every one: empty) and region."""
    return {(row.instrument, row.region): row.price for row in parameters.reference_prices}


def band_at(
    references: dict[tuple[str, str], int], band_bp: int, instrument: str, region: str
) -> tuple[int, int] | None:
    """The band of a place, or None where no reference price is given for it."""
    reference = references.get((instrument, region), references.get((EVERY, region)))
    return None if reference is None else band_round(reference, band_bp)


def _is_deal(
    parameters: NegotiatedParameters, references: dict[tuple[str, str], int], buy: Row, sell: Row
) -> bool:
    """Whether two halves that say the same may trade."""
    band = band_at(references, parameters.band_bp, buy.instrument, buy.region)
    inside = parameters.band_bp < 0 or (band is not None and band[0] <= buy.price <= band[1])
    return buy.party != sell.party and buy.quantity >= parameters.least_lots and inside


def _is_whole(value: object) -> bool:
    return type(value) is int and abs(value) < NUMBER_MAX


def _expect(condition: object, name: str, value: object, expected: str) -> None:
    refuse_unless(
        condition, "markets.bad_parameter", name=name, value=str(value), expected=expected
    )
