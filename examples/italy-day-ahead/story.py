"""Clear the day, compare it with the published answer, put both on record, and report."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from italy_book import (
    DAYS,
    HOURS,
    ZONES,
    Day,
    clear_at_border_exchanges,
    clear_at_border_prices,
    equal_flows,
    equal_prices,
    read_days,
)
from italy_pages import Findings, pages

from yaosu.cli.scenario import Scenario, Table
from yaosu.cli.story import Run
from yaosu.cli.tables import TextTable
from yaosu.evaluation.report.parts import Report
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns, Text

NAMES = {
    "NORD": ("North", "北部"),
    "CNOR": ("Centre-North", "中北部"),
    "CSUD": ("Centre-South", "中南部"),
    "SUD": ("South", "南部"),
    "CALA": ("Calabria", "卡拉布里亚"),
    "SICI": ("Sicily", "西西里"),
    "SARD": ("Sardinia", "撒丁岛"),
}


def prepare(scenario: Scenario) -> Mapping[str, Table]:
    """Zones, the limits of every hour, and two statements: what was published, what we found."""
    found = _findings(scenario.folder.resolve())
    day = found.day
    zones = [*ZONES, *day.border_zones]
    links = [
        (f"mgp-h{hour:02d}", *ends, lots)
        for (hour, link), (back, forward) in sorted(day.limits.items())
        for ends, lots in ((link, forward), (link[::-1], back))
    ]
    networks, sources, targets, limits = zip(*links, strict=True)
    files = {
        name: sha256((scenario.folder / f"data/published-{name}.csv.gz").read_bytes()).hexdigest()
        for name in ("prices", "flows", "exchanges")
    }
    digests = {
        "prices": canonical.digest(canonical.encode(found.priced)).hex(),
        "flows": canonical.digest(canonical.encode(found.flowed)).hex(),
    }
    return {
        "zones": _table(
            id=zones,
            name=[NAMES.get(zone, (zone, zone))[0] for zone in zones],
            name_zh=[NAMES.get(zone, (zone, zone))[1] for zone in zones],
            level=["zone" if zone in ZONES else "neighbour" for zone in zones],
        ),
        "links": Columns.of(
            network=Text.of(networks),
            source=Text.of(sources),
            target=Text.of(targets),
            capacity=list(limits),
        ),
        "published": _table(
            attestation=[f"published-{name}" for name in files],
            about=[f"mgp-{day.day}"] * len(files),
            kind=[f"published_{name}" for name in files],
            source=list(files.values()),
        ),
        "found": _table(
            attestation=["found-prices", "found-flows"],
            about=[f"mgp-{day.day}"] * 2,
            kind=["prices_equal", "flows_equal"],
            source=list(digests.values()),
            **{
                "scope.equal": [found.equal_prices, found.equal_flows],
                "scope.of": [len(HOURS) * len(ZONES), len(day.flows)],
            },
        ),
    }


def report(run: Run) -> Report:
    """Prices and flows beside the published ones, and what the inner limits cost that day."""
    return pages(_findings(run.scenario.folder.resolve()))


@cache
def _findings(folder: Path) -> Findings:
    day: Day = read_days(folder / "data", DAYS[:1])[DAYS[0]]
    priced = clear_at_border_prices(day)
    flowed = clear_at_border_exchanges(day)
    return Findings(
        day=day,
        priced=priced,
        flowed=flowed,
        lifted=clear_at_border_prices(day, lifted=True),
        equal_prices=equal_prices(priced, day),
        equal_flows=equal_flows(flowed, day),
    )


def _table(**columns: Any) -> TextTable:
    return TextTable("story.py", {n: [str(c) for c in cells] for n, cells in columns.items()})
