"""A bucket: so many at once, so many in a time, and no more."""

from __future__ import annotations


class Bucket:
    """Counts what may still come.

    >>> bucket = Bucket(2, per_s=1.0)
    >>> [bucket.take(0) for _ in range(3)], bucket.take(1_000_000_000)
    ([True, True, False], True)
    """

    def __init__(self, size: int, *, per_s: float) -> None:
        """Begin full.

        Args:
            size: how many may come at once.
            per_s: how many come in again in a second.
        """
        self._size = float(size)
        self._per_ns = per_s / 1e9
        self._left = float(size)
        self._at_ns: int | None = None

    def take(self, now_ns: int) -> bool:
        """Take one out at a time that never goes back, nanoseconds; False where none is left."""
        if self._at_ns is not None:
            self._left = min(self._size, self._left + (now_ns - self._at_ns) * self._per_ns)
        self._at_ns = now_ns
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
