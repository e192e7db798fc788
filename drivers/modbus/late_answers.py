"""Answers that may still come: how an orphaned reply can never answer the next request.

Modbus TCP numbers its transactions, and a connection on which one went wrong is dropped. An RTU answer shows
only its unit, its function and how much it carries: the late answer to one read looks like the answer to
the next read of that unit. And a serial line cannot be dropped. So, after a request that was given up:

1. The line stays silent until the time that its answer had is over: nobody talks into it.
2. The same unit is not asked again until its answer has come, or as much time again has passed.
3. What comes in these times is thrown away; what comes later from another unit, with another function or
   another size, is refused on the bytes (`rtu_frame.py`).

What is asked of a device in return: it answers within twice its time-out, or never.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MOST_HEARD: Final = 512
"""Bytes kept to recognise a late answer in; a frame has at most 256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An answer that nobody waits for any more."""

    request: bytes
    line_s: float
    """Until then nobody talks, loop time, seconds."""
    unit_s: float
    """Until then its unit is not asked, loop time, seconds."""


class LateAnswers:
    """Says when a request may leave. Times are passed in: seconds of the loop's clock."""

    def __init__(self, fault: Callable[[bytes, bytes], str | None], *, gap_s: float) -> None:
        """Owe nothing.

        Args:
            fault: judges an answer by its request, as in `Framing`.
            gap_s: silence between two frames, seconds.
        """
        self._fault = fault
        self._gap_s = gap_s
        self._owed: dict[int, Owed] = {}
        """At most one a unit: it is not asked again before."""
        self._heard = b""
        self._silent_s = 0.0

    def give_up(self, request: bytes, *, sent_s: float, timeout_s: float) -> None:
        """Nobody waits for an answer any more."""
        self._heard = b""
        self._owed[request[0]] = Owed(
            request=request, line_s=sent_s + timeout_s, unit_s=sent_s + 2 * timeout_s + self._gap_s
        )

    def heard(self, received: bytes, now_s: float) -> None:
        """Throw away what came while nobody waited; a whole late answer frees its unit."""
        self.spoke(now_s)
        self._heard = (self._heard + received)[-_MOST_HEARD:]
        for unit, owed in list(self._owed.items()):
            if self._fault(owed.request, self._heard) is None:
                del self._owed[unit]
                self._heard = b""

    def spoke(self, now_s: float) -> None:
        """Something was on the wire until now."""
        self._silent_s = now_s + self._gap_s

    def due_s(self, unit: int | None, now_s: float) -> float:
        """Return when a request to a unit may leave; None is one that owes nothing."""
        self._owed = {one: owed for one, owed in self._owed.items() if owed.unit_s > now_s}
        due_s = max([self._silent_s, *(owed.line_s for owed in self._owed.values())])
        owed = None if unit is None else self._owed.get(unit)
        return due_s if owed is None else max(due_s, owed.unit_s)
