"""What a scenario's folder may add in Python: tables made from data, and its own report.

A file ``story.py`` beside scenario.toml is run as part of ``yaosu run``, like a Makefile: run only
folders you trust. It may have ``prepare(scenario) -> tables`` and ``report(run) -> Report``.
"""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from yaosu.cli.scenario import Scenario, Table
from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.evaluation.report.parts import Report
from yaosu.markets.events import MarketCleared


class Run(Struct, frozen=True):
    """A scenario that has run; the venue is still open.

    Attributes:
        scenario: what was asked.
        venue: its state and journal.
        receipts: by name of the step, in order of its commands.
        clearings: by (market, round).
    """

    scenario: Scenario
    venue: Venue
    receipts: dict[str, list[Receipt]]
    clearings: dict[tuple[str, int], MarketCleared]


class Story(Struct, frozen=True):
    """The functions of a folder's story.py; each may be missing."""

    prepare: Callable[[Scenario], Mapping[str, Table]] | None = None
    report: Callable[[Run], Report] | None = None


def story_of(scenario: Scenario) -> Story:
    """The story of a folder, or an empty one where there is none."""
    path = scenario.folder / "story.py"
    if not path.is_file():
        return Story()
    name = f"yaosu_story_{scenario.folder.resolve().name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(scenario.folder.resolve()))  # for the files beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return Story(getattr(module, "prepare", None), getattr(module, "report", None))
