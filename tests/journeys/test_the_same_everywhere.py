"""The same commands give the same state: run again, with compiled code off, with rows turned."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.stories import EXCHANGE, Story, both_ways
from yaosu.core import state_hash
from yaosu.door import use_compiled_code
from yaosu.kernel import compiled
from yaosu.kernel.columns import Columns
from yaosu.markets.commands import SubmitOrders

ROWS = 60


@pytest.fixture
def plain_python() -> Iterator[None]:
    """Kernels as plain Python, for one test."""
    compiled.configure(enabled=False, cache_root=None)
    yield
    use_compiled_code()


def tell(turn: int = 0) -> bytes:
    """A market of two regions with a narrow link and many ties at the margin."""
    story = Story().found(factors=("compute",))
    for name in ("a", "b"):
        story.party(name)
        region = "east" if name == "a" else "west"
        story.right(f"r-{name}", name, 500, region, instrument="gpu")
    for name in ("c", "d"):
        story.party(name, money=100_000)
    story.market(links=both_ways("east", "west", 9, 1))
    rng = np.random.default_rng(3)
    is_buy = rng.random(ROWS) < 0.5
    east = rng.random(ROWS) < 0.5
    orders = Columns.of(
        instrument=["gpu"] * ROWS,
        region=["east" if here else "west" for here in east],
        side=np.where(is_buy, 1, -1),
        price=rng.integers(8, 13, ROWS),
        quantity=rng.integers(1, 9, ROWS),
        party=[
            ("c" if i % 2 else "d") if buy else ("a" if here else "b")
            for i, (buy, here) in enumerate(zip(is_buy, east, strict=True))
        ],
    )
    turned = orders.take(np.random.default_rng(turn).permutation(ROWS) if turn else slice(None))
    story.ask(SubmitOrders, EXCHANGE, market="m", batch="b", orders=turned)
    story.close()
    assert story.lots("c") + story.lots("d") > 0
    return state_hash(story.venue.state)


@pytest.fixture(scope="module")
def compiled_run() -> bytes:
    return tell()


def test_a_second_run_ends_in_the_same_state(compiled_run: bytes) -> None:
    assert tell() == compiled_run


def test_with_compiled_code_off_the_state_is_the_same(
    compiled_run: bytes, plain_python: None
) -> None:
    assert not compiled.is_enabled()
    assert tell() == compiled_run


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_turning_the_rows_of_a_batch_changes_nothing(compiled_run: bytes, turn: int) -> None:
    """S0-31: the order of arrival inside a batch does not matter."""
    assert tell(turn) == compiled_run
