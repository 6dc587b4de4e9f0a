"""The figures of data/, the technology read from them, and the tables the scenario is made of."""

import csv
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.cli.scenario import Table
from yaosu.cli.tables import TextTable
from yaosu.evaluation.indices.curves import Grid, Steps, capital_steps, price_cuts
from yaosu.evaluation.indices.technology import Floats, Producers, recover_producers
from yaosu.evaluation.report.parts import Words
from yaosu.kernel.columns import Columns, Text

YEARS = (2005, 2006, 2007, 2008, 2009)
ALPHA = 0.5
# A lot is the use of one million yuan of capital for a year (the last digit of the source); a tick
# is 100 yuan a lot, a price of 0.0001 yuan a year for one yuan of capital.
LOT_100M_CNY = 0.01
TICK = 0.0001
TICK_MINOR = 10_000
BAND = (0.10, 0.85)
LINK_PART = 0.10  # of the smaller neighbour's capital, each way
MINOR_PER_100M_CNY = 10_000_000_000


class Year(Struct, frozen=True):
    """One year: capital, labour and output by province, and the technology they imply."""

    year: int
    capital: Floats
    labour: Floats
    output: Floats
    producers: Producers

    @property
    def lots(self) -> Any:
        """Capital in whole lots."""
        return np.rint(self.capital / LOT_100M_CNY).astype(np.int64)


class Provinces(Struct, frozen=True):
    """The provinces, in the order of the source.

    Attributes:
        ids, names, places: of each; ``places`` are points of a schematic map.
        links: pairs of neighbours, as positions.
        years: by year.
        digest: SHA-256 of industry.csv, the document behind every registered right.
    """

    ids: tuple[str, ...]
    names: tuple[Words, ...]
    places: tuple[tuple[float, float], ...]
    links: tuple[tuple[int, int], ...]
    years: dict[int, Year]
    digest: str


def read_provinces(folder: Path) -> Provinces:
    """Everything in data/."""
    known = _rows(folder / "data/provinces.csv")
    ids = tuple(row["id"] for row in known)
    figures = {(r["province"], int(r["year"])): r for r in _rows(folder / "data/industry.csv")}
    years = {}
    for year in YEARS:
        columns = [
            np.array([float(figures[name, year][column]) for name in ids])
            for column in ("capital_100m_cny", "labour_10k", "output_100m_cny")
        ]
        capital, labour, output = columns
        producers = recover_producers(output, capital, labour, ALPHA)
        years[year] = Year(year, capital, labour, output, producers)
    return Provinces(
        ids=ids,
        names=tuple(Words(row["name_en"], row["name_zh"]) for row in known),
        places=tuple((float(row["map_x"]), -float(row["map_y"])) for row in known),
        links=tuple(
            (ids.index(row["source"]), ids.index(row["target"]))
            for row in _rows(folder / "data/neighbours.csv")
        ),
        years=years,
        digest=sha256((folder / "data/industry.csv").read_bytes()).hexdigest(),
    )


def tables_of(provinces: Provinces) -> dict[str, Table]:
    """The tables scenario.toml names."""
    industries = [f"industry-{name}" for name in provinces.ids]
    made: dict[str, Table] = {
        "regions": _table(
            id=provinces.ids,
            name=[name.en for name in provinces.names],
            name_zh=[name.zh for name in provinces.names],
            level=["province"] * len(provinces.ids),
        ),
        "parties": _table(
            party=["registrar", "industry", *industries],
            kind=["organisation"] * (2 + len(industries)),
            name=[
                "Registrar",
                "Industry of all provinces",
                *(f"Industry of {name.en}" for name in provinces.names),
            ],
        ),
        "attestations": _table(
            attestation=[f"identity-{name}" for name in industries],
            about=industries,
            kind=["identity"] * len(industries),
        ),
        "admissions": _table(
            **{
                "as": industries * 2,
                "factor": ["capital"] * 2 * len(industries),
                "role": [role for role in ("holder", "bidder") for _ in industries],
            }
        ),
        "rights": _rights(provinces),
    }
    deposits: list[tuple[str, int, int]] = []
    for year in provinces.years.values():
        steps = orders_of(year)
        deposits += _deposits(provinces, year, steps)
        made |= _year_tables(provinces, year, steps)
    parties, amounts, years = zip(*deposits, strict=True)
    made["deposits"] = _table(
        party=parties,
        amount_minor=amounts,
        reference=years,
        currency=["CNY"] * len(parties),
    )
    return made


def orders_of(year: Year) -> Steps:
    """The offers and bids of all provinces in one year."""
    reference = ALPHA * float(year.output.sum() / year.capital.sum())
    cuts = price_cuts(BAND, reference, fine=0.0004, coarse=0.005, within=0.06)
    return capital_steps(year.producers, year.capital, Grid(cuts, TICK, LOT_100M_CNY))


def _year_tables(provinces: Provinces, year: Year, steps: Steps) -> dict[str, Table]:
    name = f"capital-{year.year}"
    ids = list(provinces.ids)
    place = np.array(sorted(range(len(ids)), key=ids.__getitem__))
    code = np.argsort(place)[steps.producer].astype(np.int32)
    regions = tuple(sorted(ids))
    lots = year.lots
    ends = [(s, t) for pair in provinces.links for s, t in (pair, pair[::-1])]
    limits = [int(LINK_PART * min(lots[s], lots[t])) for s, t in ends]
    income = round(ALPHA * float(year.output.sum()) * MINOR_PER_100M_CNY)
    return {
        f"links-{year.year}": Columns.of(
            source=[ids[s] for s, _ in ends],
            target=[ids[t] for _, t in ends],
            capacity=limits,
        ),
        f"market-{year.year}": _table(
            market=[name],
            factor=["capital"],
            currency=["CNY"],
            network=[f"neighbours-{year.year}"],
            **{
                "instruments[]": [name],
                "regions[]": [";".join(ids)],
                "trading.tick_minor": [TICK_MINOR],
            },
        ),
        f"orders-{year.year}": Columns.of(
            instrument=Text.repeat(name, steps.price.size),
            region=Text(regions, code),
            side=steps.side,
            price=steps.price,
            quantity=steps.quantity,
            party=Text(tuple(f"industry-{r}" for r in regions), code),
        ),
        f"income-{year.year}": _table(
            income=[f"income-{year.year}"],
            amount_minor=[income],
            currency=["CNY"],
            rule=["capital_income"],
            **{"units[]": [";".join(f"holding-{year.year}-{name}" for name in ids)]},
        ),
    }


def _rights(provinces: Provinces) -> TextTable:
    rows = [
        (year.year, name, lots)
        for year in provinces.years.values()
        for name, lots in zip(provinces.ids, year.lots.tolist(), strict=True)
    ]
    return _table(
        right=[f"right-{y}-{name}" for y, name, _ in rows],
        unit=[f"holding-{y}-{name}" for y, name, _ in rows],
        factor=["capital"] * len(rows),
        region=[name for _, name, _ in rows],
        quantity=[lots for _, _, lots in rows],
        holder=[f"industry-{name}" for _, name, _ in rows],
        instrument=[f"capital-{y}" for y, _, _ in rows],
        source=[provinces.digest] * len(rows),
        **{"unit_attributes.as_of": [f"{y}-12-31" for y, _, _ in rows]},
    )


def _deposits(provinces: Provinces, year: Year, steps: Steps) -> list[tuple[str, int, int]]:
    """What each province needs to stand for its bids, and the industry for the year's income."""
    buys = steps.side > 0
    worth = np.zeros(len(provinces.ids), np.int64)
    np.add.at(worth, steps.producer[buys], (steps.price * steps.quantity)[buys] * TICK_MINOR)
    income = round(ALPHA * float(year.output.sum()) * MINOR_PER_100M_CNY)
    return [
        *(
            (f"industry-{name}", amount, year.year)
            for name, amount in zip(provinces.ids, worth.tolist(), strict=True)
            if amount
        ),
        ("industry", income, year.year),
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(**columns: Any) -> TextTable:
    return TextTable("story.py", {n: [str(c) for c in cells] for n, cells in columns.items()})
