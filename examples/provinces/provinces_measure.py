"""What each way of clearing came to: allocation, prices, output, who gains and who loses."""

from pathlib import Path

import numpy as np
from msgspec import Struct
from provinces_data import ALPHA, LOT_100M_CNY, TICK, TICK_MINOR, Provinces, Year

from yaosu.cli.story import Run
from yaosu.evaluation.indices.dispersion import Dispersion, price_dispersion
from yaosu.evaluation.indices.misallocation import (
    Ledgers,
    Misallocation,
    efficient_capital,
    gains_and_losses,
    misallocation,
)
from yaosu.evaluation.indices.technology import Floats, marginal_product, output_of
from yaosu.kernel.columns import Columns
from yaosu.markets.clearing import Clearing
from yaosu.rules.parse import parse_pack

WAYS = ("alone", "partial", "one-market")


class Outcome(Struct, frozen=True):
    """One year cleared one way.

    Attributes:
        capital: where it is used, 100 million yuan, shape (31,).
        prices: what a yuan of capital earns in a year, shape (31,).
        yields: marginal product where it is used; equal to the price but for the last step.
        output: of all provinces, 100 million yuan.
        gain: over the output observed.
        spread: of the yields.
        ledgers: who gains and who loses, 100 million yuan.
        link_rent: what the limited links earn, 100 million yuan.
        flows: (source, target) -> 100 million yuan.
    """

    capital: Floats
    prices: Floats
    yields: Floats
    output: float
    gain: float
    spread: Dispersion
    ledgers: Ledgers
    link_rent: float
    flows: dict[tuple[str, str], float]


class Measured(Struct, frozen=True):
    """All years and ways.

    Attributes:
        outcomes: by (year, way).
        ideal: the closed form, by year.
        worst_error: largest relative difference of a province's capital in the one market from the
            closed form, by year.
        payouts: by year, yield a lot of every holding: least and greatest, yuan a yuan.
    """

    outcomes: dict[tuple[int, str], Outcome]
    ideal: dict[int, Misallocation]
    worst_error: dict[int, float]
    payouts: dict[int, tuple[float, float]]


def measure(run: Run, provinces: Provinces) -> Measured:
    """Read the recorded clearings, and replay the journal under the two other rules."""
    clearings = {"one-market": {m: event.clearing for (m, _), event in run.clearings.items()}}
    for way in ("partial", "alone"):
        pack = parse_pack((Path(run.scenario.folder) / f"rules/{way}.toml").read_text("utf-8"))
        replayed = run.venue.replay([pack])
        clearings[way] = {
            pair.market: pair.replayed.clearing
            for pair in replayed.clearings.values()
            if pair.replayed is not None
        }
    outcomes, ideal, errors, payouts = {}, {}, {}, {}
    for year in provinces.years.values():
        market = f"capital-{year.year}"
        book = _book(run, year.year)
        for way in WAYS:
            outcomes[year.year, way] = _outcome(provinces, year, book, clearings[way][market])
        ideal[year.year] = misallocation(year.producers, year.capital)
        best = efficient_capital(year.producers, float(year.capital.sum()))
        errors[year.year] = float(
            np.abs(outcomes[year.year, "one-market"].capital / best - 1).max()
        )
        payouts[year.year] = _payouts(run, year)
    return Measured(outcomes, ideal, errors, payouts)


def _book(run: Run, year: int) -> Columns:
    """The orders of a year as the market took them."""
    (receipt,) = run.receipts[f"orders-{year}"]
    (accepted,) = [event for event in receipt.events if type(event).__name__ == "OrdersAccepted"]
    orders = accepted.orders
    assert isinstance(orders, Columns)
    return orders


def _outcome(provinces: Provinces, year: Year, book: Columns, clearing: Clearing) -> Outcome:
    place = {name: i for i, name in enumerate(provinces.ids)}
    rows, lots = clearing.fills["row"], clearing.fills["lots"]
    region = book.text("region")
    at = np.array([place[name] for name in region.values])[region.codes[rows]]
    moved = np.zeros(len(place), np.int64)
    np.add.at(moved, at, book["side"][rows] * lots)
    capital = (year.lots + moved) * LOT_100M_CNY
    prices = np.full(len(place), np.nan)
    for row in clearing.prices.iterate():
        if row["price"] is not None:
            prices[place[row["region"]]] = row["price"] * TICK
    yields = marginal_product(year.producers, capital)
    rent = -np.where(moved != 0, np.nan_to_num(prices), 0.0) * moved * LOT_100M_CNY
    output = float(output_of(year.producers, capital).sum())
    return Outcome(
        capital=capital,
        prices=np.where(np.isnan(prices), yields, prices),
        yields=yields,
        output=output,
        gain=output / float(year.output.sum()) - 1,
        spread=price_dispersion(yields),
        ledgers=gains_and_losses(year.producers, year.capital, capital, rent),
        link_rent=float(clearing.flows["rent"].sum()) * TICK * LOT_100M_CNY,
        flows={
            (row["source"], row["target"]): row["lots"] * LOT_100M_CNY
            for row in clearing.flows.iterate()
            if row["lots"]
        },
    )


def _payouts(run: Run, year: Year) -> tuple[float, float]:
    """Income of the year for each yuan of capital, over all holdings: least and greatest."""
    (receipt,) = run.receipts[f"income-{year.year}"]
    (shared,) = [event for event in receipt.events if type(event).__name__ == "IncomeShared"]
    rights = run.venue.state.rights
    per_lot = []
    for row in shared.payouts.iterate():
        right = rights.rights[row["right"]]
        lots = right.share.of_whole(rights.units[right.unit].quantity)
        if lots:
            per_lot.append(row["amount"] / float(lots) * TICK / TICK_MINOR)
    assert len(per_lot) >= len(year.capital)
    return min(per_lot), max(per_lot)


__all__ = ["ALPHA", "WAYS", "Measured", "Outcome", "measure"]
