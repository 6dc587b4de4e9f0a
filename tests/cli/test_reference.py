"""The reference pages of the command line say what the command line does."""

import re
from pathlib import Path

import yaosu.cli.refusals  # noqa: F401 - declares the texts
from yaosu.cli import output
from yaosu.cli.app import COMMANDS
from yaosu.cli.scenario import STEP_FIELDS
from yaosu.kernel.refusal import TEXTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference"


def test_every_refusal_of_the_command_line_is_used_and_tested():
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("*.py"))
    for code in (code for code in TEXTS if code.startswith("cli.")):
        met = f'"{code}' in tests or f'"\\n{code}' in tests
        assert met, f"no test meets {code}"


def test_every_exit_code_is_documented():
    page = (PAGES / "exit-codes.md").read_text()
    for name in ("DONE", "REFUSED", "USAGE", "CHECK_FAILED", "OUR_ERROR", "INTERRUPTED"):
        assert f"| {getattr(output, name)} |" in page


def test_every_json_shape_is_documented():
    page = (PAGES / "cli-json.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "src/yaosu/cli").glob("*.py"))
    shapes = set(re.findall(r'"([a-z-]+/\d+)"', code))
    groups = {
        "access",
        "cases",
        "demo",
        "documents",
        "institutions",
        "journal",
        "login",
        "places",
        "rights",
        "rules",
    }  # their commands have shapes of their own
    assert set(COMMANDS) - groups <= {shape.split("/")[0] for shape in shapes}
    for shape in shapes:
        assert f"`yaosu.{shape}`" in page


def test_every_field_of_a_step_is_documented():
    page = (PAGES / "scenarios.md").read_text()
    for field in STEP_FIELDS:
        assert f"| `{field}` |" in page
