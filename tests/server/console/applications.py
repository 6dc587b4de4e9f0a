"""A venue with the procedures that applications go by."""

import pytest

from tests.server import serving
from tests.stories import MINISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure
from yaosu.cases.parse import parse_procedure

PROCEDURES = ("transfer", "pledge", "release", "split", "merge", "use_change", "renewal", "exit",
              "data_first", "data_change", "data_licence", "data_objection",
              "data_cancellation")  # fmt: skip


def adopt_procedures(patch: pytest.MonkeyPatch) -> None:
    """Have the venue that is made next adopt them too."""
    file_case = serving.file_case

    def more(story: Story) -> None:
        file_case(story)
        for name in PROCEDURES:
            procedure = parse_procedure(shipped(f"procedures/{name}.toml"))
            story.ask(AdoptProcedure, MINISTRY, procedure=procedure)

    patch.setattr(serving, "file_case", more)
