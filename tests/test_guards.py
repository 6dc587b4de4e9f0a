"""The guards are guarded: import contracts and banned calls catch what is planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reviewer import HOUSE
from tests.test_architecture import FLOORS

FILES = ("client", "direct", "door", "quarantine", "rows", "__main__")
ROOMS = ("commands", "events", "state", "decide")


@pytest.fixture
def mock(tmp_path: Path) -> Path:
    """A house with every floor and nothing in it, under the contracts of this one."""
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    house = tmp_path / "src" / "yaosu"
    for floor in FLOORS:
        if floor not in FILES:
            (house / floor).mkdir(parents=True)
            (house / floor / "__init__.py").touch()
    for name in ("__init__", *FILES):
        (house / f"{name}.py").touch()
    for floor in ("rights", "markets"):
        for room in ROOMS:
            (house / floor / f"{room}.py").touch()
    (house / "markets" / "mechanisms").mkdir()
    (house / "markets" / "mechanisms" / "__init__.py").touch()
    return house


def contracts(house: Path) -> str:
    """What import-linter says of a house; empty where every contract is kept."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"],
        cwd=house.parent.parent,
        env={"PYTHONPATH": str(house.parent), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else " ".join((done.stdout + done.stderr).split())


def test_an_empty_house_keeps_every_contract(mock: Path) -> None:
    assert contracts(mock) == ""


@pytest.mark.parametrize(
    ("room", "line", "said"),
    [
        ("rights/state.py", "import yaosu.access", "rights is not allowed to import yaosu.access"),
        ("rights/state.py", "import random", "rights is not allowed to import random"),
        ("supervision/__init__.py", "import yaosu.journal", "imports of protected package"),
        ("rights/state.py", "import yaosu.rights.decide", "import yaosu.rights.decide"),
        ("rights/events.py", "import yaosu.rights.state", "import yaosu.rights.state"),
        ("markets/mechanisms/__init__.py", "import yaosu.markets.state", "yaosu.markets.state"),
        ("newcomer.py", "", "not listed as layers: - yaosu.newcomer"),
        ("engine/__init__.py", "import yaosu.door", "engine is not allowed to import yaosu.door"),
    ],
)
def test_a_planted_import_breaks_a_contract(mock: Path, room: str, line: str, said: str) -> None:
    (mock / room).write_text(f"{line}\n")
    assert said in contracts(mock)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from datetime import datetime\nx = datetime.now()\n", "reach.now"),
        ("import time\nx = time.time()\n", "reach.now"),
        ("import random\nx = random.random()\n", "recorded seed"),
        ("import uuid\nx = uuid.uuid4()\n", "derive_id"),
        ("import os\nx = os.environ['A']\n", "door.py"),
        ("import numpy as np\nx = np.random.rand()\n", "recorded seed"),
    ],
)
def test_a_banned_call_is_named_with_what_to_do_instead(line: str, said: str) -> None:
    for place, caught in (("rights/decide.py", True), ("cli/run.py", True), ("door.py", False)):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache"),
                *("--stdin-filename", f"src/yaosu/{place}", "-"),
            ],
            input=line,
            cwd=HOUSE,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (said in done.stdout) is caught, done.stdout + done.stderr
