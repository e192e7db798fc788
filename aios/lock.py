"""Locks: one process of a kind works in a folder; the system lets go of them when a process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderBusy(RuntimeError):
    """Another process works in the folder."""


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Run the block when no other process runs one under the same lock file; wait for it until then."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def sole(path: Path, what: str) -> Iterator[None]:
    """Be the only one of a kind while the block runs.

    Args:
        path: the lock file; it stays behind, and means nothing by being there.
        what: the kind of process, for the message.

    Raises:
        FolderBusy: another process of that kind works there; the message names its folder and process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise FolderBusy(f"{path.parent} has another {what} (process {holder})") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
