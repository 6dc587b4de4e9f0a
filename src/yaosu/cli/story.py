"""What a scenario's folder may add in Python: tables made from data, and its own report.

A file ``story.py`` beside scenario.toml is run as part of ``yaosu run``, like a Makefile: run only
folders you trust. It may have ``prepare(scenario) -> tables`` and ``report(run) -> Report``.
"""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from msgspec import Struct

from yaosu.cli.scenario import Scenario, Table
from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.evaluation.report.parts import Report
from yaosu.kernel.refusal import Refusal
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

    path: Path
    prepare: Callable[[Scenario], Mapping[str, Table]] | None = None
    report: Callable[[Run], Report] | None = None

    def tables(self, scenario: Scenario) -> Mapping[str, Table]:
        """The tables it makes; none without it."""
        if self.prepare is None:
            return {}
        with _Telling(self.path):
            return self.prepare(scenario)

    def pages(self, run: Run) -> Report:
        """Its report, or the plain one."""
        if self.report is None:
            from yaosu.cli.plain_report import plain_report

            return plain_report(run)
        with _Telling(self.path):
            return self.report(run)


def story_of(scenario: Scenario) -> Story:
    """The story of a folder, or an empty one where there is none."""
    path = scenario.folder / "story.py"
    if not path.is_file():
        return Story(path)
    name = f"yaosu_story_{scenario.folder.resolve().name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(scenario.folder.resolve()))  # for the files beside it
    try:
        with _Telling(path):
            spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return Story(path, getattr(module, "prepare", None), getattr(module, "report", None))


class _Telling:
    """Turns what goes wrong in a story into a refusal that names the file and the line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception) or isinstance(error, Refusal | OSError):
            return
        place = f"{type(error).__name__} in {self.path.name}"
        folder = self.path.parent.resolve()
        while trace is not None:  # the last line of the story's own files that was running
            file = Path(trace.tb_frame.f_code.co_filename).resolve()
            if file.parent == folder:
                place = f"{type(error).__name__} in line {trace.tb_lineno} of {file.name}"
            trace = trace.tb_next
        reason = f"{place}: {error}"
        raise Refusal("cli.story_failed", path=str(self.path), reason=reason) from None
