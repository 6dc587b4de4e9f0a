"""The shipped examples: they run, their journals prove, their claims hold to the figure."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest

import yaosu as ys
from yaosu.cli.app import answer
from yaosu.cli.output import DONE

pytest.importorskip("altair", reason="needs the extra report")
CHROMIUM = Path("/usr/bin/chromium")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(name, folder, capsys):
    """Run an example into a folder; the JSON object it prints. Its page is looked at, too."""
    assert answer(["run", str(EXAMPLES / name), "--out", str(folder), "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert {path.name for path in folder.glob("*.png")} <= set(said["files"])
    if CHROMIUM.exists() and importlib.util.find_spec("playwright"):
        look_at(folder / "report.html", len([f for f in said["files"] if f.endswith(".png")]))
    return said


def look_at(path, charts):
    """In a browser: every chart drawn, nothing asked from outside, no complaint, narrow and wide,
    in Chinese and dark."""
    from playwright.sync_api import sync_playwright

    asked, complaints = [], []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(locale="zh-CN", color_scheme="dark")
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn='zh dark']")
        assert page.locator("figure .chart svg").count() == charts
        assert page.locator("figure table").count() == charts
        assert not page.locator("main [data-l=en]:visible").count()
        page.set_viewport_size({"width": 390, "height": 800})
        page.locator("[data-set-lang=en]").click()
        page.wait_for_selector("html[data-drawn='en dark']")
        width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= room, "the page is wider than a telephone"
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []


def module_of(example, name):
    """A module that lies beside an example's story."""
    sys.path.insert(0, str(EXAMPLES / example))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def proven(path, capsys):
    """Verify and audit a journal through the command line."""
    assert answer(["verify", str(path), "--json"]) == DONE
    verified = json.loads(capsys.readouterr().out)
    assert answer(["audit", str(path), "--json"]) == DONE
    audited = json.loads(capsys.readouterr().out)
    assert audited["clean"]
    return verified, audited


def test_seven_factors_walk_through_the_five_promises(tmp_path, capsys):
    """S0-48 S0-26 S0-27 S0-28 S2-27: one register, gate, price, yardstick and return."""
    said = run("five-promises", tmp_path, capsys)
    assert said["markets"] == ["carbon", "compute", "land"]
    lines = "\n".join(said["said"])
    assert "seven factors by one command" in lines
    assert "gap 690 = shadow price 690 fen" in lines
    assert "1,000,000.01 CNY shared to the last cent" in lines
    verified, audited = proven(tmp_path / "market.db", capsys)
    assert audited["clearings"] == 3
    assert verified["entries"] == said["entries"]
    page = (tmp_path / "report.html").read_text()
    for code in ("access.conditions_not_met", "rules.extra_entry_condition", "access.exit_blocked"):
        assert code in page


def test_the_two_rule_files_of_the_promises_differ_in_one_figure():
    today, lifted = (
        (EXAMPLES / f"five-promises/rules/{name}.toml").read_text().splitlines()
        for name in ("today", "lifted")
    )
    pairs = [(a, b) for a, b in zip(today, lifted, strict=True) if a != b and a[:1] != "#"]
    changed = {a.split("=")[0].strip() for a, _ in pairs}
    assert changed == {"version", "title", "value", "result"}


def test_one_market_reaches_the_closed_form_in_every_year(tmp_path, capsys):
    """Capital of every province within 0.1 % of K ~ A^(1/(1-a)) L; the gain is that of the form."""
    said = run("provinces", tmp_path, capsys)
    assert said["markets"] == [f"capital-{year}" for year in range(2005, 2010)]
    for line in said["said"][:5]:
        error = float(line.split("within ")[1].split(" %")[0])
        assert 0 <= error < 0.1, line
        partial, one = (float(part.split(" %")[0]) for part in line.split("+")[1:3])
        assert 0 < partial < one, "every step of opening gains"
    assert said["said"][-1] == "a demonstration at book values, not a measurement"
    _, audited = proven(tmp_path / "market.db", capsys)
    assert audited["clearings"] == 5
    page = (tmp_path / "report.html").read_text()
    assert "not a measurement" in page
    assert "并非实证测算" in page


def test_the_figures_of_the_provinces_are_those_of_the_source():
    """Names corrected, figures untouched: Shanxi 山西 follows Hebei, Shaanxi 陕西 follows Tibet."""
    data = module_of("provinces", "provinces_data")
    provinces = data.read_provinces(EXAMPLES / "provinces")
    assert len(provinces.ids) == 31
    first = provinces.years[2005]
    by_name = dict(zip(provinces.ids, first.capital.tolist(), strict=True))
    assert by_name["shanxi"] == 7045.09
    assert by_name["shaanxi"] == 5085.87
    assert round(float(first.output.sum()), 2) == 251619.5
    names = {name.en for name in provinces.names}
    assert {"Shanghai", "Shaanxi", "Xinjiang", "Inner Mongolia"} <= names
    ends = {frozenset(link) for link in provinces.links}
    assert len(ends) == len(provinces.links) == 69


def test_a_published_day_is_reproduced(tmp_path, capsys):
    said = run("italy-day-ahead", tmp_path, capsys)
    assert "168 of 168 zone prices equal the published ones" in said["said"]
    assert "144 of 144 link flows equal the published ones to 0.01 MWh" in said["said"]
    proven(tmp_path / "market.db", capsys)


@pytest.mark.parametrize("day", ["2025-04-01", "2025-04-02", "2025-04-03"])
def test_every_published_price_and_flow_of_three_days_comes_out(day):
    """504 of 504 prices with the neighbours as price-takers; 432 of 432 flows with pinned borders;
    with pinned borders every published price lies in the exact interval."""
    italy = module_of("italy-day-ahead", "italy_book")
    book = italy.read_days(EXAMPLES / "italy-day-ahead" / "data", (day,))[day]
    priced = italy.clear_at_border_prices(book)
    assert italy.equal_prices(priced, book) == 7 * 24
    flowed = italy.clear_at_border_exchanges(book)
    assert italy.equal_flows(flowed, book) == len(book.flows) == 6 * 24
    for row in flowed.prices.iterate():
        published = book.prices[int(row["instrument"]), row["region"]]
        assert row["price_low"] <= published <= row["price_high"]


def test_without_inner_limits_every_hour_of_the_day_has_one_price_and_more_welfare():
    italy = module_of("italy-day-ahead", "italy_book")
    day = italy.DAYS[0]
    book = italy.read_days(EXAMPLES / "italy-day-ahead" / "data", (day,))[day]
    lifted = italy.clear_at_border_prices(book, lifted=True)
    prices = italy.zone_prices(lifted)
    for hour in italy.HOURS:
        assert len({prices[hour, zone] for zone in italy.ZONES}) == 1
    limited = italy.clear_at_border_prices(book)
    assert lifted.welfare > limited.welfare
    by_hour = [italy.clear_hour_welfare(book, limited, hour) for hour in italy.HOURS]
    assert sum(by_hour) == limited.welfare


def test_a_day_of_land_listings(tmp_path, capsys):
    """On site, related bidders, offered again: what was sold at which price, and to whom."""
    said = run("land-day", tmp_path, capsys)
    assert said["said"][0] == "2 of 3 listings sold"
    proven(tmp_path / "market.db", capsys)
    with ys.open(tmp_path / "market.db") as venue, venue.reading() as state:
        listings = state.markets.listings.listings
        told = {name: (one.reason, one.head.attempt) for name, one in sorted(listings.items())}
        assert told == {
            "plot-a": ("sold", 1),
            "plot-b": ("too_few_bidders", 1),
            "plot-b-again": ("sold", 2),
        }
        (onsite,) = listings["plot-a"].clearing.details["outcome"]["onsite"].tolist()
        assert onsite == 1
        money = {name: state.ledger.balance(name, "CNY", "free") for name in DEVELOPERS}
        assert money == dict(zip(DEVELOPERS, (125_000_000, 146_000_000, 200_000_000), strict=True))
        assert state.rights.rights["plot-b-use"].holder == "birch-homes"
    page = (tmp_path / "report.html").read_text()
    assert "right plot-b-use started at 80000000 in plot-b, where it was not sold" in page
    assert "grove-holding" in page


DEVELOPERS = ("birch-homes", "cedar-works", "elm-estates")
