"""Where work runs besides this thread: one way through joblib, whatever its backend.

A task is a function of a module and its arguments; what it sends back is small, or canonical
bytes, so that no result can depend on where it was made. Processes (``loky``) unless another
backend is named, or chosen around the call by ``joblib.parallel_config``: ``sequential``,
``threading``, ``dask`` (a client must be connected), ``ray``, ``spark``, or any name registered
with joblib. Every worker keeps to one thread of its own; files must have the same path everywhere.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import joblib

from yaosu.engine.extras import load_extra
from yaosu.kernel.refusal import Refusal, declare, refuse

PROCESSES = "loky"
THREADS_EACH = 1
REGISTERED_BY = {  # backends that come with a library of their own: module, function to call
    "ray": ("ray.util.joblib", "register_ray"),
    "spark": ("joblibspark", "register_spark"),
}

REFUSALS = declare(
    {
        "engine.unknown_backend": (
            "there is no backend {backend}: {reason}",
            "name loky, threading, sequential, dask, ray, spark or one registered with joblib",
        ),
    }
)


def run_jobs(
    tasks: Iterable[tuple[Callable[..., Any], tuple[Any, ...]]],
    *,
    jobs: int = -1,
    backend: str | None = None,
) -> Iterator[Any]:
    """Run tasks and give their results in the order of the tasks, as they arrive.

    Args:
        tasks: function and arguments of each; taken from the iterable only a few ahead.
        jobs: how many at once; -1 is as many as there are processors.
        backend: its name; left out, what ``joblib.parallel_config`` says, else processes.

    Raises:
        Refusal: ``engine.unknown_backend``, ``kernel.extra_missing``; those of the tasks.
    """
    with _backend(backend):
        chosen = joblib.parallel.get_active_backend()[0]
        streams = getattr(chosen, "supports_return_generator", False)
        form = "generator" if streams else "list"
        found = joblib.Parallel(n_jobs=jobs, return_as=form, pre_dispatch="n_jobs")(
            joblib.delayed(_answer)(function, arguments) for function, arguments in tasks
        )
        for result, code, facts in found:
            if code:
                raise Refusal(code, **facts)
            yield result


def _answer(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[Any, str, dict[str, Any]]:
    """The result of a task; or code and facts of its refusal, which some backends would wrap."""
    try:
        return function(*arguments), "", {}
    except Refusal as refusal:
        return None, refusal.code, dict(refusal.facts)


def _backend(name: str | None) -> AbstractContextManager[Any]:
    """The backend for the calls inside; what the caller has chosen stands where none is named."""
    if name is None:
        chosen = joblib.parallel.get_active_backend()[0]
        if not isinstance(chosen, joblib.parallel.LokyBackend):
            return nullcontext()
        name = PROCESSES
    if name in REGISTERED_BY:
        module, function = REGISTERED_BY[name]
        getattr(load_extra(module), function)()
    threads = {"inner_max_num_threads": THREADS_EACH} if name == PROCESSES else {}
    try:
        found: AbstractContextManager[Any] = joblib.parallel_config(backend=name, **threads)
    except ValueError as error:
        refuse("engine.unknown_backend", backend=name, reason=str(error).splitlines()[0])
    return found
