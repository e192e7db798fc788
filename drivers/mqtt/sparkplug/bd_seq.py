"""The birth-death number on disk: a new life of the process must not begin with the number of the last one.

A broker publishes the will of the life before only after its keep-alive; with the same number hosts would
take it for the death of the new session.
"""

from __future__ import annotations

from pathlib import Path


class BirthDeathFile:
    """Keeps one number from 0 to 255."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> int:
        """Return the number that was used last; 255 where there is none, so that the next is 0."""
        try:
            return int(self._path.read_text("ascii")) % 256
        except (OSError, ValueError):
            return 255

    def write(self, number: int) -> None:
        """Keep a number; the file is never half written."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(f"{number}\n", "ascii")
        fresh.replace(self._path)
