"""How fast one client may ask: a bucket of requests that fills at a steady rate."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

NANOSECONDS: Final = 1_000_000_000
CLIENTS: Final = 10_000
"""Clients that are remembered; the one that was silent longest is forgotten first, with a full bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A rate, and how many requests may come at once."""

    per_s: float
    at_once: int


READS: Final = Pace(per_s=100.0, at_once=400)
"""Twenty desks behind one address open their pages at once."""
ACTS: Final = Pace(per_s=5.0, at_once=30)
"""What changes something is done by hand."""


class Buckets:
    """One bucket a client."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, client: str, *, now_ns: int) -> float:
        """Take one request out of a client's bucket; return the seconds to wait where it is empty, else 0.

        >>> buckets = Buckets(Pace(per_s=2.0, at_once=1))
        >>> [buckets.take("a", now_ns=0), buckets.take("a", now_ns=0), buckets.take("b", now_ns=0)]
        [0.0, 0.5, 0.0]
        """
        left, since_ns = self._left.pop(client, (float(self._pace.at_once), now_ns))
        grown = max(0, now_ns - since_ns) / NANOSECONDS * self._pace.per_s
        left = min(float(self._pace.at_once), left + grown)
        taken = left >= 1.0
        self._left[client] = (left - 1.0 if taken else left, now_ns)
        while len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if taken else (1.0 - left) / self._pace.per_s
