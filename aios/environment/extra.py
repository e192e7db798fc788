"""What is said where Gymnasium is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

EXTRA: Final = 'pip install "aios-grid[gym]"'


class NotInstalled(ImportError):
    """A library of the extra `gym` is missing; the message says how to get it."""


@contextmanager
def extra() -> Iterator[None]:
    """Say how to install what an import does not find.

    >>> with extra():
    ...     import no_such_library
    Traceback (most recent call last):
    aios.environment.extra.NotInstalled: no_such_library is not installed: pip install "aios-grid[gym]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{error.name} is not installed: {EXTRA}") from error
