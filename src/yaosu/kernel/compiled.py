"""The one wrapper for compiled code.

``@compiled`` marks a plain function written in the whole-number subset that numba understands. It
is compiled at its first call, kept on disk in a folder named by a digest of all compiled sources
and the processor, and never with fast-math or parallel float sums. Switched off, or where numba is
missing, the plain function itself runs: the same text, so the same result. A door hands in the
cache folder; where none is writable, code is compiled anew in each process and a notice says so.
"""

import functools
import inspect
import sys
import warnings
from collections.abc import Callable
from hashlib import sha256
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class _Setting:
    enabled = True
    cache_root: str | None = None


_MODULES: set[str] = set()
_KERNELS: list["_Kernel"] = []


def configure(*, enabled: bool, cache_root: str | None) -> None:
    """Switch compiled code on or off and say where it may be kept; doors call this."""
    if (enabled, cache_root) == (_Setting.enabled, _Setting.cache_root):
        return  # what is compiled stays loaded
    _Setting.enabled = enabled
    _Setting.cache_root = cache_root
    for kernel in _KERNELS:
        kernel.ready = None


def is_enabled() -> bool:
    """Whether kernels run compiled."""
    return _Setting.enabled


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a kernel; see the module."""
    return _marked(function, _Kernel(function))


def compiled_small(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a kernel that makes no array and is put in whole wherever another kernel calls it.

    For many small steps on arrays that stand: counting who holds an array would take longer than
    the steps themselves.
    """
    return _marked(function, _Kernel(function, {"forceinline": True, "_nrt": False}))


def _marked(function: Callable[P, R], kernel: "_Kernel") -> Callable[P, R]:
    _MODULES.add(function.__module__)
    _KERNELS.append(kernel)

    @functools.wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        ready = kernel.ready or kernel.prepare()
        result: R = ready(*arguments, **named)
        return result

    call.kernel = kernel  # type: ignore[attr-defined]  # other kernels find the compiled one by it
    return call


def plain_twin(function: Callable[P, R]) -> Callable[P, R]:
    """The plain function with plain callees throughout: takes numbers of any size, in arrays of
    objects, where 64 bits are too few."""
    kernel: _Kernel = function.kernel  # type: ignore[attr-defined]  # set by `compiled`
    plain = kernel.function
    names = {name: plain.__globals__.get(name) for name in plain.__code__.co_names}
    callees = {name: plain_twin(f) for name, f in names.items() if callable(f) and _is_kernel(f)}
    twin = FunctionType(plain.__code__, {**plain.__globals__, **callees}, plain.__name__)
    result: Callable[P, R] = twin
    return result


def _is_kernel(function: object) -> bool:
    return isinstance(getattr(function, "kernel", None), _Kernel)


def sources_digest() -> str:
    """Digest of every module that has kernels: names the cache folder, so code never goes stale."""
    texts = [inspect.getsource(sys.modules[name]) for name in sorted(_MODULES)]
    return sha256("\x00".join(texts).encode()).hexdigest()[:16]


class _Kernel:
    """A plain function and, once called, its compiled twin."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any] | None = None) -> None:
        self.function = function
        self.options = options or {}
        self.ready: Callable[..., Any] | None = None

    def prepare(self) -> Callable[..., Any]:
        self.ready = self._compile() if _Setting.enabled else self.function
        return self.ready

    def _compile(self) -> Callable[..., Any]:
        try:
            import llvmlite.binding as llvm
            import numba
        except ImportError:
            _notice("numba is not installed: kernels run as plain Python, slowly")
            return self.function
        use_cache = _Setting.cache_root is not None
        if use_cache:
            folder = f"{sources_digest()}-{llvm.get_host_cpu_name()}"
            vars(numba.config)["CACHE_DIR"] = f"{_Setting.cache_root}/{folder}"
        else:
            _notice(
                "no writable cache folder, kernels are compiled anew in this process; "
                "name one with YAOSU_CACHE_DIR"
            )
        plain = _with_compiled_callees(self.function)
        result: Callable[..., Any] = numba.njit(cache=use_cache, fastmath=False, **self.options)(
            plain
        )
        return result


def _with_compiled_callees(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the kernels it calls put in place by their compiled twins.

    Only for compiling: the names in its own module keep pointing to the wrappers.
    """
    names = function.__code__.co_names
    found = {name: getattr(function.__globals__.get(name), "kernel", None) for name in names}
    callees = {name: kernel for name, kernel in found.items() if isinstance(kernel, _Kernel)}
    for name, kernel in callees.items():
        kernel.ready or kernel.prepare()
        function.__globals__[f"_compiled_{name}"] = kernel.ready
    if not callees:
        return function
    code = function.__code__
    renamed = tuple(f"_compiled_{n}" if n in callees else n for n in code.co_names)
    twin = FunctionType(code.replace(co_names=renamed), function.__globals__, function.__name__)
    twin.__module__ = function.__module__
    twin.__qualname__ = function.__qualname__
    return twin


@functools.cache
def _notice(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=3)
