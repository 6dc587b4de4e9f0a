"""Tables out of data/, and the report."""

from collections.abc import Mapping

from provinces_data import read_provinces, tables_of
from provinces_measure import measure
from provinces_pages import pages

from yaosu.cli.scenario import Scenario, Table
from yaosu.cli.story import Run
from yaosu.evaluation.report.parts import Report


def prepare(scenario: Scenario) -> Mapping[str, Table]:
    """Regions, parties, rights, deposits, links and orders, made from the official figures."""
    return tables_of(read_provinces(scenario.folder))


def report(run: Run) -> Report:
    """What the same orders come to under three rules, and what unification is worth."""
    provinces = read_provinces(run.scenario.folder)
    return pages(provinces, measure(run, provinces))
