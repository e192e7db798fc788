"""The one place that knows the compiler."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar, cast

from numba import njit
from numba.core.event import Event, Listener, register

P = ParamSpec("P")
R = TypeVar("R")
COMPILED: Final = "numba:compile"
"""The compiler tells of every compilation under this name; of a kernel that it finds on disk it does not."""


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel to machine code, kept on disk and free of the interpreter's lock.

    Keeps the kernel's type for the type checker, which the compiler's own decorator loses. With the
    environment variable NUMBA_DISABLE_JIT=1 the kernel stays plain Python and gives the same
    numbers.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(kernel))


class _Compilations(Listener):
    """Counts what the compiler compiles; reading a compiled kernel from disk is none."""

    def __init__(self) -> None:
        self.count = 0

    def on_start(self, event: Event) -> None:  # noqa: ARG002 - the role gives it
        """Note a compilation that begins."""
        self.count += 1

    def on_end(self, event: Event) -> None:
        """Leave the end of a compilation alone."""


_counted = _Compilations()
register(COMPILED, _counted)  # type: ignore[no-untyped-call]


def compilations() -> int:
    """Return how many compilations this process has begun."""
    return _counted.count
