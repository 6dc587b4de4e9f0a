"""The report: the five promises in order, told from what the journal holds."""

from five_pages import pages

from yaosu.cli.files import read_text
from yaosu.cli.story import Run
from yaosu.evaluation.report.parts import Report
from yaosu.rules.parse import parse_pack


def report(run: Run) -> Report:
    """Tell the story; the third promise also replays the journal without the limits."""
    lifted = parse_pack(read_text(run.scenario.folder / "rules/lifted.toml"))
    replayed = run.venue.replay([lifted])
    (other,) = (pair for pair in replayed.clearings.values() if pair.market == "compute")
    assert other.replayed is not None
    return pages(run, other.replayed.clearing)
