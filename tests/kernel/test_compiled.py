"""The wrapper for compiled code: the same result compiled and plain, kept on disk, never stale."""

import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from yaosu.kernel import compiled

MODULE = '''"""Two kernels, one calling the other."""
from yaosu.kernel.compiled import compiled


@compiled
def step(total, value):
    return total + {factor} * value


@compiled
def weigh(values):
    total = 0
    for value in values:
        total = step(total, value)
    return total
'''
CALLER = """
import sys
import numpy as np
from yaosu.kernel import compiled
compiled.configure(enabled=True, cache_root=sys.argv[1])
import kernels
print(kernels.weigh(np.arange(5)))
"""


def _run(folder: Path, caller: str = CALLER) -> int:
    source = str(Path(compiled.__file__).parents[2])
    out = subprocess.run(
        [sys.executable, "-c", caller, str(folder / "cache")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{folder}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return int(out.stdout)


def test_a_change_in_a_called_kernel_is_never_served_stale(tmp_path: Path) -> None:
    """A caller's own file is unchanged; only the digest of all sources tells it is out of date."""
    pytest.importorskip("numba")
    (tmp_path / "cache").mkdir()
    (tmp_path / "kernels.py").write_text(MODULE.format(factor=1))
    assert _run(tmp_path) == 10
    kept = list((tmp_path / "cache").rglob("*.nbc"))
    assert kept, "compiled code is kept on disk"
    (tmp_path / "kernels.py").write_text(MODULE.format(factor=3))
    assert _run(tmp_path) == 30


COUNTER = """
import sys, time
from pathlib import Path
import numpy as np
from yaosu.kernel import compiled
compiled.configure(enabled=True, cache_root=sys.argv[1])
import kernels
Path(sys.argv[1], sys.argv[2]).touch()
while not Path(sys.argv[1], "go").exists():
    time.sleep(0.001)
kernels.weigh(np.arange(5))
made = [one.kernel.ready.stats.cache_misses.total() for one in (kernels.weigh, kernels.step)]
print(sum(made))
"""


def test_of_several_processes_that_want_a_kernel_one_compiles_it(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    cache = tmp_path / "cache"
    cache.mkdir()
    (tmp_path / "kernels.py").write_text(MODULE.format(factor=1))
    source = str(Path(compiled.__file__).parents[2])
    some = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTER, str(cache), name],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{tmp_path}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two", "three")
    ]
    while not all((cache / name).exists() for name in ("one", "two", "three")):
        assert all(process.poll() is None for process in some), "one of them ended early"
        time.sleep(0.01)
    (cache / "go").touch()
    found = [int(process.communicate(timeout=120)[0]) for process in some]
    assert sorted(found)[:2] == [0, 0], "two of them find what the third compiled"
    assert sum(found) > 0


THREADS = """
import sys, threading
import numpy as np
from yaosu.kernel import compiled
compiled.configure(enabled=True, cache_root=sys.argv[1])
import kernels
together = threading.Barrier(4)

def call(kernel, *given):
    together.wait()
    kernel(*given)

some = [threading.Thread(target=call, args=(kernels.step, 1, 2)) for _ in range(2)]
some += [threading.Thread(target=call, args=(kernels.weigh, np.arange(5))) for _ in range(2)]
for one in some:
    one.start()
for one in some:
    one.join()
print(kernels.weigh(np.arange(5)))
"""


def test_threads_that_compile_a_kernel_and_its_caller_at_once_do_not_wait_in_a_circle(
    tmp_path: Path,
) -> None:
    pytest.importorskip("numba")
    for number in range(3):
        folder = tmp_path / str(number)
        (folder / "cache").mkdir(parents=True)
        (folder / "kernels.py").write_text(MODULE.format(factor=1))
        assert _run(folder, THREADS) == 10


def test_compiled_and_plain_give_the_same() -> None:
    calls = []

    @compiled.compiled
    def doubled(values):  # type: ignore[no-untyped-def]  # any array
        total = 0
        for value in values:
            total += 2 * value
        return total

    for enabled in (True, False):
        compiled.configure(enabled=enabled, cache_root=None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # no cache folder, on purpose
            calls.append(int(doubled(np.arange(10))))
    compiled.configure(enabled=True, cache_root=None)
    assert calls == [90, 90]


def test_the_plain_twin_of_a_kernel_takes_numbers_of_any_size() -> None:
    """So do the kernels that it calls."""
    twin = compiled.plain_twin(thrice_all)
    big = np.array([2**70, 2**70], object)
    assert twin(big) == 3 * 2**71


@compiled.compiled
def thrice_more(total, value):  # type: ignore[no-untyped-def]  # any numbers
    return total + 3 * value


@compiled.compiled
def thrice_all(values):  # type: ignore[no-untyped-def]  # any numbers
    total = 0
    for value in values:
        total = thrice_more(total, value)
    return total
