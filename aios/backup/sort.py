"""Sorting: which files of a gateway's folder a backup takes, how, and in which order.

Order is what makes files of different moments fit: a cursor is copied before what it points into, so that a
reader repeats what it had and leaves nothing out; the journal comes behind what points into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = (".lock", ".sock", ".new", "-wal", "-shm", "-journal")
"""Ends of the names of files that mean nothing later."""
_DATABASE: Final = b"SQLite format 3\0"
_KEY_NAMES: Final = (".pem", ".key", ".secret", ".token", ".p12", ".pfx")
_KEY_FOLDERS: Final = frozenset({"keys", "secrets"})
_KEY_MARKS: Final = (b"PRIVATE KEY-----", b"BEGIN OPENSSH PRIVATE")
_HEAD: Final = 4096
_ORDER: Final = (
    "commands-told",
    "outbox/cursor-",
    "outbox/",
    "",
    "journal/recorder.db",
    "journal/commands.db",
)
"""Beginnings of paths, in the order of copying; the empty one is everything else."""


class Kind(StrEnum):
    """How a file is copied."""

    DATABASE = "database"
    """By SQLite's online backup: whole, while others write."""
    FILE = "file"
    """Byte for byte."""
    KEY = "key"
    """Byte for byte, and only where keys are asked for."""


def kind_of(path: Path) -> Kind:
    """Tell how a file is copied, by its name and by what it begins with."""
    if path.suffix in _KEY_NAMES or not _KEY_FOLDERS.isdisjoint(path.parts):
        return Kind.KEY
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if any(mark in head for mark in _KEY_MARKS):
        return Kind.KEY
    return Kind.DATABASE if head.startswith(_DATABASE) else Kind.FILE


def sorted_out(root: Path) -> Iterator[tuple[str, Kind]]:
    """Yield what a backup of a folder takes, as paths in it, in the order of copying."""
    found = [
        path.relative_to(root)
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and not path.name.endswith(_LEFT_OUT)
    ]
    for relative in sorted(found, key=lambda one: (_place(one.as_posix()), one.as_posix())):
        yield relative.as_posix(), kind_of(root / relative)


def _place(name: str) -> int:
    """Return when a file is copied.

    >>> [_place(name) for name in ("outbox/cursor-history.sqlite", "outbox/segment-00000001.sqlite", "x")]
    [1, 2, 3]
    """
    whole = [at for at, begin in enumerate(_ORDER) if begin and name.startswith(begin)]
    return whole[0] if whole else _ORDER.index("")
