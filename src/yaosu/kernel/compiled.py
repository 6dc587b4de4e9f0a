"""The one wrapper for compiled code.

``@compiled`` marks a plain function written in the whole-number subset that numba understands. It
is compiled at its first call and kept on disk, never with fast-math or parallel float sums. What is
kept is named by all that it was made of: the sources of the kernel and of every kernel it calls,
the values they read, the options, the processor. So it is never stale, a change compiles
only what it touches, and every process and copy of the code shares it. Switched off, or where numba
is missing, the plain function itself runs: the same text, so the same result. A door hands in the
cache folder; where none is writable, each process compiles anew and a notice says so.
"""

import fcntl
import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class _Setting:
    enabled = True
    cache_root: str | None = None


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


def made_of(kernel: "_Kernel") -> str:
    """Digest of all that the compiled code of a kernel is made of, its callees' with it."""
    found: dict[tuple[str, str], str] = {}
    _gather(kernel, found)
    parts = (part for key in sorted(found) for part in (*key, found[key]))
    return sha256("\x00".join(parts).encode()).hexdigest()[:24]


def _gather(kernel: "_Kernel", found: dict[tuple[str, str], str]) -> None:
    plain = kernel.function
    key = (plain.__module__, plain.__qualname__)
    if key in found:
        return
    found[key] = f"{inspect.getsource(plain)}{sorted(kernel.options.items())}"
    cells = [cell.cell_contents for cell in plain.__closure__ or ()]
    for name in sorted(_names(plain.__code__)):
        value = plain.__globals__.get(name)
        if _is_kernel(value):
            _gather(value.kernel, found)  # type: ignore[union-attr]  # set by `compiled`
        elif not (inspect.ismodule(value) or callable(value)):
            found[key] += f"{name}={value!r};"
    found[key] += repr(cells)


def _names(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*(_names(part) for part in inner))


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
            import numba
        except ImportError:
            _notice("numba is not installed: kernels run as plain Python, slowly")
            return self.function
        plain = _with_compiled_callees(self.function)
        result: Callable[..., Any]
        if _Setting.cache_root is None:
            _notice(
                "no writable cache folder, kernels are compiled anew in this process; "
                "name one with YAOSU_CACHE_DIR"
            )
            result = numba.njit(fastmath=False, **self.options)(plain)
            return result
        name = made_of(self)
        with _kept(vars(numba.config), _Setting.cache_root, name):
            made: Any = numba.njit(cache=True, fastmath=False, **self.options)(plain)
        made.compile = _one_at_a_time(made.compile, f"{_Setting.cache_root}/{name}.lock")
        result = made
        return result


def _one_at_a_time(compile_for: Callable[..., Any], path: str) -> Callable[..., Any]:
    """Compiling, in one process at a time: the others wait, and find what was kept.

    Within a process numba compiles in one thread at a time; its own lock is taken first, so that
    no thread holds a kernel that the one which compiles needs. Between processes none waits for
    another in a circle, because no kernel calls itself.
    """
    from numba.core.compiler_lock import global_compiler_lock

    def compile_alone(*signature: Any) -> Any:
        with global_compiler_lock, _held(path):
            return compile_for(*signature)

    return compile_alone


@contextmanager
def _held(path: str) -> Iterator[None]:
    """A lock on a file; none where a folder knows of none, and work is done twice there."""
    with ExitStack() as stack:
        with suppress(OSError):
            handle = stack.enter_context(open(path, "wb"))
            fcntl.flock(handle, fcntl.LOCK_EX)
            stack.callback(fcntl.flock, handle, fcntl.LOCK_UN)  # a fork may have it open as well
        yield


class Shelf:
    """Tells numba where a function's code is kept: in one folder, whatever the path of its file.

    The name it is kept under says what it was made of, so there is nothing more to compare; numba
    adds its own version and the processor.
    """

    folder = ""
    made_of = ""

    def __init__(self) -> None:
        self._folder, self._made_of = self.folder, self.made_of

    @classmethod
    def from_function(cls, _function: object, _file: str) -> "Shelf":
        """Numba's way to ask for a place."""
        return cls()

    def ensure_cache_path(self) -> None:
        """The door has made it."""

    def get_cache_path(self) -> str:
        """The folder."""
        return self._folder

    def get_source_stamp(self) -> str:
        """The same for ever: what is made of something else has another name."""
        return ""

    def get_disambiguator(self) -> str:
        """A part of the name."""
        return self._made_of


@contextmanager
def _kept(config: dict[str, Any], folder: str, made_of: str) -> Iterator[None]:
    """Numba's settings while a function is marked; an older numba makes folders of its own."""
    ours = {
        "CACHE_DIR": f"{folder}/{made_of}",
        "CACHE_LOCATOR_CLASSES": f"{__name__}.{Shelf.__name__}",
    }
    Shelf.folder, Shelf.made_of = folder, made_of
    before = {name: config[name] for name in ours if name in config}
    config.update({name: ours[name] for name in before})
    try:
        yield
    finally:
        config.update(before)


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
