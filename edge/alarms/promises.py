"""What was foretold of one point, as far as a quarter-hour can still be held against it.

A quarter-hour is held against what was foretold of it an hour before its end. Forecasts follow a fault within
steps; so for an hour after its end they are wrong the other way, though all is well again. Therefore the
forecast from before the first quarter-hour that was missed, or before the breaker opened, is kept: what is
again as was foretold then has missed nothing. It reaches for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.forecast import Forecast
from kernel.ladder import Level
from kernel.point import NANOSECONDS

LEADS: Final = 4
"""A quarter-hour is held against what was foretold of it so many steps ahead: an hour before its end."""
SPARE: Final = 4
"""Steps by which an older forecast may stand in where one was left out."""
STEP_S: Final = 900.0
STEP_NS: Final = 900 * NANOSECONDS
LOW: Final = 0.1
MIDDLE: Final = 0.5
HIGH: Final = 0.9
MODELS: Final = frozenset({Level.MODEL.word, Level.PREVIOUS_MODEL.word})
"""Rungs whose forecasts have an interval that was learnt."""
SETTLED: Final = 2 * LEADS
"""Quarter-hours in a row as foretold before a fault, after which it is past and forecasts are clear of it."""


class Promise(NamedTuple):
    """What was foretold of one quarter-hour."""

    made_at_ns: int
    low: float
    middle: float
    high: float
    model: str


@dataclass(slots=True)
class Promises:
    """Forecasts of one point, and the one that knows nothing of what has happened since."""

    heard: tuple[Forecast, ...] = ()
    """`LEADS + SPARE + 1` at most, by step, the newest last; only those that a model has made."""
    taken_ns: int = -1
    """When the newest forecast was made that has been taken in."""
    before: Forecast | None = None
    """From before a fault; None where there was none of late."""
    begun_ns: int = 0
    """Forecasts that were made from here on know of the fault."""
    settled: int = 0
    """Quarter-hours in a row that were as foretold before it."""
    open_ns: tuple[int, int] = (-STEP_NS, -STEP_NS)
    """From when until when the breaker was seen open last."""

    def take(self, forecast: Forecast) -> None:
        """Remember a forecast if it is new and a model has made it."""
        if forecast.made_at_ns == self.taken_ns:
            return
        self.taken_ns = forecast.made_at_ns
        learnt = forecast.rung in MODELS and {LOW, MIDDLE, HIGH} <= set(forecast.quantiles)
        if not learnt or forecast.step_s != STEP_S:
            return
        earlier = tuple(one for one in self.heard if one.start_ns != forecast.start_ns)
        self.heard = *earlier[-(LEADS + SPARE) :], forecast

    def of(self, begin_ns: int) -> Promise | None:
        """Return what was foretold of a quarter-hour an hour before its end; None where it is not to count.

        What was foretold while the breaker was open counts for nothing once nothing older is left to compare.
        """
        source = self._an_hour_before(begin_ns)
        promise = None if source is None else promised(source, begin_ns)
        if promise is None or self.earlier(begin_ns, promise) is not None:
            return promise
        return None if self._made_while_open(promise.made_at_ns) else promise

    def earlier(self, begin_ns: int, promise: Promise) -> Promise | None:
        """Return what was foretold of it before a fault that its promise knows of; None without one."""
        if self.before is None or promise.made_at_ns < self.begun_ns:
            return None
        return promised(self.before, begin_ns)

    def opened(self, now_ns: int, begin_ns: int) -> None:
        """Take note that the breaker is open in the quarter-hour that begins there."""
        first_ns, last_ns = self.open_ns
        self.open_ns = (first_ns if now_ns - last_ns <= STEP_NS else now_ns), now_ns
        self._begin(now_ns, begin_ns)

    def judged(self, begin_ns: int, *, missed: bool, as_before: bool) -> None:
        """Take note of how a quarter-hour was.

        Args:
            begin_ns: of it.
            missed: whether it was beyond its margin.
            as_before: whether it was as foretold before the fault.
        """
        if missed:
            self._begin(begin_ns + STEP_NS, begin_ns)
        self.settled = self.settled + 1 if as_before else 0
        if self.settled >= SETTLED or (self.before is not None and promised(self.before, begin_ns) is None):
            self.before, self.settled = None, 0

    def _begin(self, begun_ns: int, begin_ns: int) -> None:
        source = self._an_hour_before(begin_ns) if self.before is None else None
        if source is not None and not self._made_while_open(source.made_at_ns):
            self.before, self.begun_ns, self.settled = source, begun_ns, 0

    def _made_while_open(self, made_at_ns: int) -> bool:
        first_ns, last_ns = self.open_ns
        return first_ns <= made_at_ns <= last_ns + STEP_NS

    def _an_hour_before(self, begin_ns: int) -> Forecast | None:
        newest_ns, oldest_ns = (begin_ns - steps * STEP_NS for steps in (LEADS - 1, LEADS + SPARE - 1))
        return next((one for one in reversed(self.heard) if oldest_ns <= one.start_ns <= newest_ns), None)


def promised(forecast: Forecast, begin_ns: int) -> Promise | None:
    """Return what a forecast of a model says of a quarter-hour; None where it does not reach there."""
    step = (begin_ns - forecast.start_ns) // STEP_NS
    if not 0 <= step < len(forecast.values):
        return None
    row, levels = forecast.values[step], forecast.quantiles
    low, middle, high = (row[levels.index(level)] for level in (LOW, MIDDLE, HIGH))
    return Promise(forecast.made_at_ns, low, middle, high, forecast.model)
