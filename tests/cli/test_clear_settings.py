"""`yaosu clear` goes through the door: the settings of the environment hold for it too."""

from pathlib import Path

import pytest

from yaosu.cli.app import answer
from yaosu.door import use_compiled_code
from yaosu.kernel import compiled

ORDERS = """\
region,side,price,quantity
north,sell,10,5
south,buy,12,5
"""
LINKS = """\
source,target,capacity
north,south,3
"""


def test_clear_compiles_or_not_as_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "links.csv").write_text(LINKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YAOSU_COMPILED", "0")
    try:
        code = answer(["clear", "orders.csv", "--network", "links.csv", "--out", "result"])
        assert code == 0
        assert not compiled.is_enabled()
    finally:
        monkeypatch.undo()
        use_compiled_code()
    fills = (tmp_path / "result" / "fills.csv").read_text()
    assert fills.count("\n") == 3
