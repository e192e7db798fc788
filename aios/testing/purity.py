"""Purity: what code reaches for while it should only compute. Files, sockets, processes, clocks, chance.

Two hooks look on. The interpreter's audit events tell of files, sockets and processes, whoever opens them; a
profile function sees calls of clocks and random numbers, which raise no audit event.
"""

from __future__ import annotations

import datetime as dt
import gc
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

EVENTS: Final = (
    "open", "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "sqlite3.connect",
    "urllib.Request", "http.client.", "smtplib.", "shutil.", "tempfile.",
)  # fmt: skip
"""Beginnings of the audit events that a pure step does not raise."""
CLOCKS: Final = frozenset(
    {
        "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time",
        "process_time_ns", "thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns", "sleep",
    }
)  # fmt: skip

_seen: list[list[str]] = []
"""What each watch that is on has seen; the newest last."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen and event.startswith(EVENTS):
        what = repr(arguments[0]) if arguments else ""
        _seen[-1].append(f"{event}({what[:80]})")


_hooked: list[bool] = []


def _hook_once() -> None:
    """Add the audit hook: it stays for the life of the process, and does nothing while no watch is on."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audit)


def _profile(_: FrameType, event: str, called: Any) -> None:
    if event == "c_call" and _seen:
        what = _clock_or_chance(called)
        if what:
            _seen[-1].append(what)


def _clock_or_chance(called: Any) -> str:
    """Name a call of a clock or of a random number; empty for every other one."""
    name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
    module = getattr(called, "__module__", None) or getattr(owner, "__name__", "")
    if module == "time" and name in CLOCKS:
        return f"time.{name}()"
    if name in {"now", "utcnow", "today"} and isinstance(owner, type) and issubclass(owner, dt.date):
        return f"{owner.__name__}.{name}()"
    if isinstance(owner, random.Random) or type(owner).__module__.startswith("numpy.random"):
        return f"random {name}()"
    if name in {"urandom", "getrandom"}:
        return f"os.{name}()"
    return ""


@contextmanager
def watched() -> Iterator[list[str]]:
    """Watch what a block reaches for; the list fills while it runs.

    >>> import time
    >>> with watched() as reached:
    ...     _ = time.monotonic()
    >>> reached
    ['time.monotonic()']
    """
    _hook_once()
    reached: list[str] = []
    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()  # a collection calls back what others have hung on it, and some look at clocks
    _seen.append(reached)
    sys.setprofile(_profile)
    try:
        yield reached
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
        _seen.remove(reached)
