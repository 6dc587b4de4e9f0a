"""Whatever fails, in whatever order: what was acknowledged stands, once, and adds up."""

import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulator.disk import Disk, SimulatedStore
from tests.simulator.planted import PLANTED
from tests.simulator.shrink import shrink, told
from tests.simulator.world import FAULTS, World, simulate
from tests.stories import MORNING
from yaosu.engine.clock import StepClock
from yaosu.engine.writer import Writer
from yaosu.kernel import compiled

SEEDS, STEPS = 200, 12
SEEDS_LONG, STEPS_LONG = 5_000, 60
SEEDS_MET, STEPS_MET = 10, 48
SEEDS_TO_FIND = 100  # a planted bug; most are found by one of the first
CHUNK, CHUNK_LONG = 20, 50
# seeds in which a bug that was in the product showed itself, with the steps that were needed
FORMER = ((40, 16), (419, 20))
# what the first short seeds together must have met, so that no fault sleeps unnoticed
MET = (
    *FAULTS,
    "answered again",
    "core.state_hashed/1",
    "core.time_advanced/1",
    "core.unknown_actor",
    "ended by journal.damaged",
    "ended by journal.disk_full",
    "ended by journal.write_failed",
    "engine.key_conflict",
    "engine.snapshot_bent",
    "engine.too_old",
    "ledger.insufficient",
    "markets.lots_committed/1",
    "markets.market_cleared/1",
    "markets.orders_cancelled/1",
    "power lost",
    "returns.income_shared/1",
    "rights.right_burdened/1",
    "rights.right_registered/1",
    "settlement.contract_performed/1",
    "settlement.gates_passed/1",
    "settlement.money_recorded/1",
    "snapshot bent",
    "started",
    "started from a snapshot",
)


@pytest.fixture(autouse=True, scope="module")
def _plain_kernels() -> Iterator[None]:
    """The books are small: compiling would take longer than clearing them."""
    enabled, root = compiled._Setting.enabled, compiled._Setting.cache_root
    compiled.configure(enabled=False, cache_root=None)
    yield
    compiled.configure(enabled=enabled, cache_root=root)


def check_seeds(seeds: range, steps: int) -> None:
    for seed in seeds:
        if simulate(seed, steps) is not None:
            found = shrink(seed, steps)
            assert found is None, told(seed, *found)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_promise_is_broken_whatever_fails(first: int) -> None:
    check_seeds(range(first, first + CHUNK), STEPS)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, SEEDS_LONG, CHUNK_LONG))
def test_no_promise_is_broken_in_a_longer_life(first: int) -> None:
    check_seeds(range(first, first + CHUNK_LONG), STEPS_LONG)


@pytest.mark.parametrize(("seed", "steps"), FORMER)
def test_what_was_found_once_stays_mended(seed: int, steps: int) -> None:
    check_seeds(range(seed, seed + 1), steps)


def test_every_fault_and_every_kind_of_event_is_met() -> None:
    seen: Counter[str] = Counter()
    for seed in range(SEEDS_MET):
        world = World(seed)
        world.run(STEPS_MET)
        seen += world.seen
    assert not [what for what in MET if not seen[what]]


def test_a_seed_is_the_same_life_every_time() -> None:
    lives = []
    for _ in range(2):
        world = World(3)
        world.run(STEPS)
        lives.append((world.step, world.now, world.seen, world.judge.root))
    assert lives[0] == lives[1]


@pytest.mark.parametrize("bug", sorted(PLANTED))
def test_a_planted_bug_is_found_and_made_small(bug: str) -> None:
    for seed in range(SEEDS_TO_FIND):
        found = shrink(seed, STEPS, parts=PLANTED[bug])
        if found is not None:
            break
    assert found is not None, f"{bug}: not found in {SEEDS_TO_FIND} seeds"
    steps, faults, failure = found
    assert steps <= STEPS
    assert len(faults) <= 5
    assert simulate(seed, steps, faults) is None, "the product itself fails here"
    assert simulate(seed, steps, faults, PLANTED[bug]) == failure
    line = told(seed, *found)
    assert re.search(rf"python -m tests\.simulator --seed {seed} --steps {steps} --without ", line)


def test_a_power_cut_keeps_what_is_synced_and_any_part_of_the_rest() -> None:
    sizes = set()
    for seed in range(40):
        disk = Disk(random.Random(seed), [])
        writer = Writer(SimulatedStore(disk), StepClock(MORNING))
        assert writer.size == 0
        store = SimulatedStore(disk)
        store.note("a", b"kept")
        disk.sync_fails = True
        with pytest.raises(Exception, match="write_failed"):
            store.note("b", b"maybe")
        disk.lose_power()
        kept = SimulatedStore(disk).notes()
        assert kept["a"] == b"kept"
        sizes.add(len(kept))
    assert sizes == {1, 2}
