"""The pace of a backlog: how many rows a sink gets at a time, so that live ones never wait for long."""

from __future__ import annotations

from typing import Final

LONGEST_S: Final = 0.5
"""Real seconds that a sink may take for one batch of a backlog; what takes longer is halved next time."""
LEAST_ROWS: Final = 100


class Pace:
    """Halves the batch when the sink was too slow, and grows it again when it was fast.

    >>> pace = Pace(most_rows=20_000)
    >>> pace.took(20_000, 3.0)
    >>> pace.rows
    10000
    >>> for _ in range(10):
    ...     pace.took(pace.rows, 0.1)
    >>> pace.rows
    20000
    """

    def __init__(self, *, most_rows: int, longest_s: float = LONGEST_S) -> None:
        self.rows = most_rows
        """Rows of the next batch, about."""
        self.longest_s = longest_s
        self._most_rows = most_rows

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a batch of so many rows."""
        if seconds > self.longest_s:
            self.rows = max(min(LEAST_ROWS, self._most_rows), self.rows // 2)
        elif seconds < self.longest_s / 2 and rows >= self.rows // 2:
            self.rows = min(self._most_rows, self.rows * 3 // 2 + 1)
