"""Parameters of the call auction: its price rule and its tie chain are data of the market."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.orders import NUMBER_MAX

PRICE_RULES = ("mid", "low", "high", "nearest")
TIE_CHAIN = (
    "volume",
    "pro_rata_regions",
    "least_flow",
    "even_flow",
    "pro_rata_parties",
    "sequence",
)
TIE_CHAIN_BY_TIME = tuple(step for step in TIE_CHAIN if step != "pro_rata_parties")
EVERY = ""  # a region price that holds for every instrument


class RegionPrice(Struct, frozen=True, order=True):
    """A price of one region, for one instrument or ("") for every one."""

    instrument: str
    region: str
    price: int


class CallParameters(Struct, frozen=True, kw_only=True):
    """What the market says about its call auction.

    Attributes:
        price_rule: which price of the interval: "mid" (rounded down), "low", "high", or
            "nearest" to `reference_prices`.
        tie_chain: steps that choose among fills of equal welfare, in this order; either
            `TIE_CHAIN`, or `TIE_CHAIN_BY_TIME`, which serves the margin by sequence.
        price_takers: regions whose price is given and whose balance is free: neighbours that buy
            and sell any quantity at that price.
        price_band: lowest and highest price allowed, or None.
        reference_prices: earlier prices, for "nearest" only.
    """

    price_rule: str = "mid"
    tie_chain: tuple[str, ...] = TIE_CHAIN
    price_takers: tuple[RegionPrice, ...] = ()
    price_band: tuple[int, int] | None = None
    reference_prices: tuple[RegionPrice, ...] = ()

    @classmethod
    def of(
        cls,
        price_rule: str = "mid",
        tie_chain: Any = TIE_CHAIN,
        price_takers: Any = None,
        price_band: Any = None,
        reference_prices: Any = None,
    ) -> "CallParameters":
        """Checked parameters.

        `price_takers` and `reference_prices` may be given as {region: price} for every
        instrument, or as {(instrument, region): price}, or as rows of `RegionPrice`.
        """
        _expect(price_rule in PRICE_RULES, "price_rule", price_rule, f"one of {PRICE_RULES}")
        chain = tuple(tie_chain)
        _expect(
            chain in (TIE_CHAIN, TIE_CHAIN_BY_TIME),
            "tie_chain",
            chain,
            f"{TIE_CHAIN}, with or without pro_rata_parties",
        )
        band = None if price_band is None else tuple(price_band)
        if band is not None:
            fits = len(band) == 2 and all(_is_price(p) for p in band) and band[0] <= band[1]
            _expect(fits, "price_band", band, "two whole prices, the lower one first")
        references = _region_prices("reference_prices", reference_prices)
        _expect(
            price_rule != "nearest" or references,
            "reference_prices",
            "missing",
            "reference prices for the price rule nearest",
        )
        return cls(
            price_rule=price_rule,
            tie_chain=chain,
            price_takers=_region_prices("price_takers", price_takers),
            price_band=band and (band[0], band[1]),
            reference_prices=references,
        )


def _region_prices(name: str, given: Any) -> tuple[RegionPrice, ...]:
    rows: list[RegionPrice] = []
    pairs: list[tuple[Any, Any]] = (
        list(given.items()) if isinstance(given, Mapping) else [(row, None) for row in given or ()]
    )
    for key, price in pairs:
        if isinstance(key, RegionPrice):
            rows.append(key)
        elif isinstance(key, tuple) and len(key) == 2:
            rows.append(RegionPrice(str(key[0]), str(key[1]), price))
        elif isinstance(key, str | int):
            rows.append(RegionPrice(EVERY, str(key), price))
        else:
            refuse("markets.bad_parameter", name=name, value=str(key), expected="{region: price}")
    for row in rows:
        _expect(_is_price(row.price), name, f"{row.price!r} for {row.region}", "whole ticks")
    places = {(row.instrument, row.region) for row in rows}
    _expect(len(places) == len(rows), name, "given twice for a region", "one price a region")
    return tuple(sorted(rows))


def _is_price(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < NUMBER_MAX


def _expect(condition: object, name: str, value: object, expected: str) -> None:
    refuse_unless(
        condition, "markets.bad_parameter", name=name, value=str(value), expected=expected
    )
