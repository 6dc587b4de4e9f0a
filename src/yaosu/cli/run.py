"""``yaosu run``: a scenario's folder to a journal and a report."""

import time
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import make_folder, read_text, write_whole
from yaosu.cli.opening import open_journal
from yaosu.cli.output import PATH, json_option, progress, say, say_json
from yaosu.cli.scenario import CLEAR, Ask, Scenario, asks_of, read_scenario
from yaosu.cli.tables import csv_bytes
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

PRICES_FILE = "prices.csv"


@click.command()
@click.argument("folder", type=PATH)
@click.option("--out", type=PATH, help="Result folder; default FOLDER/out.")
@click.option("--pictures", type=PATH, help="Also copy the PNGs there.")
@json_option
def run(folder: Path, out: Path | None, pictures: Path | None, as_json: bool) -> None:
    """Run the scenario in FOLDER: its commands into a journal, its report beside it.

    FOLDER holds scenario.toml, its tables, and where wanted story.py, which is run. The result is
    market.db (the journal, made anew), prices.csv, report.html and its charts as PNG. Where the
    folder has expected/prices.csv, other prices end with 3.
    """
    began = time.perf_counter()
    scenario = read_scenario(folder)
    from yaosu.cli.story import story_of

    story = story_of(scenario)
    asks = list(asks_of(scenario, story.tables(scenario)))
    result = make_folder(out or folder / "out")
    _clear_away(result / "market.db", scenario)
    said, markets, files = _run(scenario, story, asks, result)
    with open_journal(result / "market.db") as store:
        entries = store.size
    if pictures is not None:
        _copy_pictures(scenario, result, files, make_folder(pictures))
    seconds = round(time.perf_counter() - began, 1)
    if as_json:
        say_json(
            "run/1",
            scenario=scenario.title,
            entries=entries,
            markets=markets,
            said=list(said),
            out=str(result),
            files=["market.db", *files],
            seconds=seconds,
        )
        return
    say(scenario.title)
    for line in said:
        say(f"  {line}")
    say(f"  {entries} entries in {result / 'market.db'}")
    say(f"  report in {result / 'report.html'} ({seconds} s)")


def _run(
    scenario: Scenario, story: Any, asks: list[Ask], result: Path
) -> tuple[tuple[str, ...], list[str], list[str]]:
    """Walk the steps and write the report: lines to say, markets cleared, files written."""
    from yaosu import door
    from yaosu.cli.story import Run

    clock = ScenarioClock(scenario.begins)
    with door.open(result / "market.db", clock=clock) as venue:
        receipts, clearings = _walk(scenario, venue, clock, asks)
        report = story.pages(Run(scenario, venue, receipts, clearings))
    files = _write_report(result, report)
    write_whole(result / PRICES_FILE, csv_bytes(_prices(clearings)))
    _compare_prices(scenario, result / PRICES_FILE)
    return report.said, sorted({market for market, _ in clearings}), [PRICES_FILE, *files]


def _prices(clearings: dict[tuple[str, int], Any]) -> dict[str, list[Any]]:
    """Every price of every round, ticks; empty where nothing traded."""
    names = ("instrument", "region", "price", "status")
    rows = [
        (market, number, *(row[name] for name in names))
        for (market, number), event in sorted(clearings.items())
        for row in event.clearing.prices.iterate()
    ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in range(2 + len(names)))
    pairs = zip(("market", "round", *names), columns, strict=True)
    return {name: list(column) for name, column in pairs}


def _compare_prices(scenario: Scenario, prices: Path) -> None:
    """Where the folder says what is expected, the prices must be those, line by line."""
    expected = scenario.folder / "expected" / PRICES_FILE
    if not expected.exists():
        return
    wanted, found = read_text(expected).splitlines(), read_text(prices).splitlines()
    for number, (want, have) in enumerate(zip_longest(wanted, found, fillvalue=""), 1):
        if want != have:
            refuse(
                "cli.not_as_expected",
                path=str(prices),
                line=number,
                found=have or "nothing",
                expected=want or "nothing",
            )


def _clear_away(journal: Path, scenario: Scenario) -> None:
    """Take the journal of an earlier run away: nobody else's, and none that is being written."""
    from yaosu.journal.lock import WriterLock

    lock = WriterLock(str(journal))
    try:
        if journal.exists() and journal.stat().st_size:
            refuse_unless(
                _begins_at(journal) in (None, scenario.begins),
                "cli.not_ours",
                path=str(journal),
            )
        for name in _files_of(journal.name):
            (journal.parent / name).unlink(missing_ok=True)
        for snapshot in (journal.parent / f"{journal.name}.snapshots").glob("*.snapshot"):
            snapshot.unlink(missing_ok=True)
    finally:
        lock.release()


def _files_of(name: str) -> tuple[str, ...]:
    return name, f"{name}-wal", f"{name}-shm", f"{name}.inhand"


def _begins_at(journal: Path) -> int | None:
    """Instant of a journal's first entry; None where there is none."""
    with open_journal(journal) as store:
        first = next(iter(store.read(0, 0)), None) if store.size else None
        return first.header.instant if first else None


def _copy_pictures(scenario: Scenario, result: Path, files: list[str], target: Path) -> None:
    wanted = [f"{name}.png" for name in scenario.pictures] or files
    for name in files:
        if name.endswith(".png") and name in wanted:
            copy = target / f"{scenario.folder.resolve().name}-{name}"
            write_whole(copy, (result / name).read_bytes())


class ScenarioClock:
    """The scenario's own time: set by its steps, so that every run makes the same journal."""

    def __init__(self, begins: int) -> None:
        self.instant = begins

    def __call__(self) -> int:
        return self.instant


def _walk(
    scenario: Scenario, venue: Any, clock: ScenarioClock, asks: list[Ask]
) -> tuple[dict[str, list[Any]], dict[tuple[str, int], Any]]:
    from yaosu.markets.events import MarketCleared
    from yaosu.workers.clearing import Apart

    receipts: dict[str, list[Any]] = {}
    clearings: dict[tuple[str, int], Any] = {}
    with Apart() as process, progress(scenario.title, len(asks)) as step:
        for ask in asks:
            clock.instant = ask.instant
            if ask.step.do == CLEAR:
                answers = _clear(venue, ask, process)
            else:
                answers = venue.submit_many(ask.commands)
            _check_expected(ask, answers)
            receipts[ask.step.name or f"step-{ask.place}"] = answers
            for answer in answers:
                for event in answer.events:
                    if isinstance(event, MarketCleared):
                        clearings[event.market, event.round] = event
            step(1)
    return receipts, clearings


def _clear(venue: Any, ask: Ask, process: Any) -> list[Any]:
    """Close a market's book; a worker prices it outside the writer and records the result."""
    from yaosu.markets.commands import CloseBook
    from yaosu.workers.clearing import clear_closed

    market = str(ask.step.with_.get("market", ""))
    key = ask.step.name or f"step-{ask.place}"
    closed = venue.submit(CloseBook(actor=ask.step.as_, key=f"{key}-close", market=market))
    if closed.refusal is not None:
        return [closed]
    recorded = clear_closed(venue, market, ask.step.as_, process=process)
    for answer in recorded.values():
        if isinstance(answer, Refusal):
            raise answer
    return [closed, *recorded.values()]  # a small book is priced within its close


def _check_expected(ask: Ask, answers: list[Any]) -> None:
    """Every step must come out as the scenario says: accepted, or refused with its code."""
    where = f"step {ask.place} ({ask.step.do})"
    for answer in answers:
        refusal = answer.refusal
        if refusal is None:
            continue
        if refusal.code != ask.step.refused:
            refuse("cli.step_refused", where=where, refusal=str(refusal))
    was_refused = any(answer.refusal is not None for answer in answers)
    refuse_unless(
        was_refused or not ask.step.refused,
        "cli.step_not_refused",
        where=where,
        expected=ask.step.refused,
    )


def _write_report(folder: Path, report: Any) -> list[str]:
    from yaosu.evaluation.report.page import report_html
    from yaosu.evaluation.report.pictures import chart_png

    write_whole(folder / "report.html", report_html(report).encode())
    names = ["report.html"]
    for section in report.sections:
        for figure in section.figures:
            write_whole(folder / f"{figure.name}.png", chart_png(figure.chart))
            names.append(f"{figure.name}.png")
    return names
