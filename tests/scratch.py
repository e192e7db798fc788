"""Where the tests write: in memory, where the machine has room for it.

A journal makes each commit durable, and a disk takes milliseconds for that: over all tests minutes. What a
power cut leaves is tried on a disk that the tests own (`tests.fakes.disk`); nothing is claimed of this one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ROOM: Final = 4 * 1024**3
"""Bytes that must be free in it, and in memory; a whole run leaves half of that at its worst."""


def take() -> None:
    """Let this process and its children write temporary files in memory; a folder that is named stays."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def _has_room() -> bool:
    """Tell whether programs may run there, as the tests' own do, and a run fits in."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    may_run = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return may_run and min(shutil.disk_usage(MEMORY).free, _free_memory()) >= ROOM


def _free_memory() -> int:
    """Return the bytes of memory that nobody uses or that would be given up."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
