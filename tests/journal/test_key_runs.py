"""The index of keys as sorted runs: nothing is lost by merging, and the filter forgets nothing."""

import random
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.journal import key_runs
from yaosu.journal.key_runs import (
    FAN,
    RUN_KEYS_MAX,
    KeyFilter,
    Records,
    Run,
    found_in,
    is_in_order,
    keys_in,
    merged,
    part_of,
    parted,
    records_of,
    run_to_write,
    sorted_records,
)
from yaosu.journal.store import KEY_BYTES


def key(number: int) -> bytes:
    return sha256(str(number).encode()).digest()[:KEY_BYTES]


def rows_of(run: Run, records: Records) -> list[tuple[bytes, int]]:
    data = keys_in(records)
    keys = [data[at : at + KEY_BYTES] for at in range(0, len(data), KEY_BYTES)]
    return list(zip(keys, (records["entry"].astype(np.int64) + run.first).tolist(), strict=True))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(0, 2**32))
def test_a_merged_run_has_every_key_of_its_runs_with_its_entry(sizes: list[int], seed: int) -> None:
    """A key that comes again stays beside the first; that one is found."""
    chance = random.Random(seed)
    bulks = [[chance.randrange(401) for _ in range(size)] for size in sizes]
    runs, contents, first, told = [], [], 0, []
    for bulk in bulks:
        run = Run(first, len(bulk))
        runs.append(run)
        contents.append(sorted_records([key(number) for number in bulk]))
        told += [(key(number), first + at) for at, number in enumerate(bulk)]
        first += len(bulk)
    whole = Run(0, first)
    records = merged(runs, [records.copy() for records in contents])
    assert is_in_order(records)
    assert sorted(rows_of(whole, records)) == sorted(told)
    parts = parted(whole, records)
    assert len(parts) == whole.parts
    firsts = dict(reversed(told))
    for name, number in firsts.items():
        assert found_in(parts[part_of(whole, name)], name) == number
    assert found_in(parts[part_of(whole, key(401))], key(401)) is None


def test_a_part_stays_short_and_their_number_is_a_power_of_two() -> None:
    for size, parts in ((1, 1), (512, 1), (513, 2), (10_000, 32), (RUN_KEYS_MAX, 8192)):
        assert Run(0, size).parts == parts
    run = Run(0, 20_000)
    contents = parted(run, sorted_records([key(number) for number in range(run.size)]))
    assert max(len(content) for content in contents) < 600 * 20
    assert b"".join(contents) == sorted_records([key(n) for n in range(run.size)]).tobytes()


def test_a_key_is_not_found_across_the_border_of_two_records() -> None:
    records = sorted_records([bytes(16), bytes(16)])
    records["entry"] = (0, 1)
    assert found_in(records.tobytes(), bytes(15) + b"\1") is None
    assert found_in(records.tobytes(), bytes(16)) == 0


def test_bytes_that_are_no_records_are_none() -> None:
    assert records_of(bytes(19)) is None
    assert records_of("text") is None  # type: ignore[arg-type]  # as a damaged file may give it


def test_runs_are_merged_in_levels_and_stay_few() -> None:
    """So that a key is written two or three times in all, however many there are."""
    runs: list[Run] = []
    written = 0
    for _ in range(5_000):
        old, run = run_to_write(runs, 10_000)
        runs = [one for one in runs if one not in old] + [run]
        written += run.size
        ends = [0, *(one.first + one.size for one in runs)]
        assert [one.first for one in runs] == ends[:-1]
    assert runs[-1].first + runs[-1].size == 50_000_000
    assert written < 3 * 50_000_000
    assert max(one.size for one in runs) <= RUN_KEYS_MAX
    assert len(runs) < 50_000_000 / 2_560_000 + 2 * FAN


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=120))
def test_runs_of_any_size_stay_few(sizes: list[int]) -> None:
    runs: list[Run] = []
    for size in sizes:
        old, run = run_to_write(runs, size)
        assert not old or old == runs[-len(old) :]
        runs = [one for one in runs if one not in old] + [run]
        assert sum(one.size for one in runs) == run.first + run.size
    assert len(runs) < 4 * FAN


def test_the_filter_lets_every_key_through_that_it_has_and_few_others() -> None:
    there = KeyFilter(50_000)
    size = there.size
    assert size >= 50_000
    keys = [key(number) for number in range(size)]
    there.add(b"".join(keys))
    assert there.perhaps(keys) == keys
    assert [one for one in keys[:200] if there.perhaps([one])] == keys[:200]
    strangers = [key(number) for number in range(size, size + 20_000)]
    passed = there.perhaps(strangers)
    assert len(passed) < len(strangers) / 200
    assert [one for one in strangers[:2_000] if there.perhaps([one])] == [
        one for one in passed if one in set(strangers[:2_000])
    ]


def test_an_empty_filter_lets_nothing_through() -> None:
    assert KeyFilter(0).perhaps([key(number) for number in range(100)]) == []


@pytest.mark.parametrize("few", [0, 1_000])
def test_few_and_many_keys_are_asked_for_alike(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_runs, "FEW", few)
    there = KeyFilter(10)
    there.add(key(1) + key(5))
    assert there.perhaps([key(number) for number in range(20)]) == [key(1), key(5)]
