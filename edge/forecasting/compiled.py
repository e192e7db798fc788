"""The one place that knows the compiler."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel to machine code, kept on disk and free of the interpreter's lock.

    Keeps the kernel's type for the type checker, which the compiler's own decorator loses. With the
    environment variable NUMBA_DISABLE_JIT=1 the kernel stays plain Python and gives the same
    numbers.
    """
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(kernel))
