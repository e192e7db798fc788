"""Drift detection on forecast residuals: River's ADWIN behind a guard.

One NaN silently kills ADWIN: its estimate stays NaN and it never detects again. So nothing that is
not a finite number gets in, and a heartbeat tells when the detector starves or has died all the
same. No type of River leaves this file, the only one that imports it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Protocol, cast

from river.drift import ADWIN

ONE_STEP_DELTA = 1e-5
"""For residuals one step ahead: 0 to 3 findings a year on a healthy feeder; a stuck meter within a day."""
ONE_HOUR_DELTA = 1e-8
"""For residuals four steps ahead, which hang together: 1 to 4 findings a year on a healthy feeder; a
lasting level, gain or stuck meter within a day and a half on three feeders of four."""
CLIP = 20.0
"""Scales; a larger residual is taken for this much, so that one glitch is not a change of the mean."""


class _Adwin(Protocol):
    """The part of River's untyped detector that is used here."""

    estimation: float
    drift_detected: bool

    def update(self, x: float) -> None: ...


def _adwin(delta: float) -> _Adwin:
    make = cast("Callable[..., _Adwin]", ADWIN)
    return make(delta=delta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The mean of a residual has changed: a finding, never an order to retrain."""

    at_ns: int
    """UTC ns of the value that tipped the scale."""
    series: str
    """Name of the series."""
    statistic: float
    """Change of the mean residual, in scales; its sign tells the direction."""
    before: float
    """Mean residual before, in the unit of the series."""
    after: float
    """Mean residual since the change, in the unit of the series."""


class DriftWatch:
    """Watches a signed forecast residual of one series.

    Never feed raw load: its day is a drift four times over. What the forecast is made of matters: a
    forecaster that corrects itself swallows a lasting change within a step, so its one-step residual shows a
    stuck or noisy meter but hides a level; its residual of one hour ahead shows both.
    """

    def __init__(
        self,
        *,
        series: str,
        scale: float,
        delta: float = ONE_STEP_DELTA,
        least_count: int = 96,
        starved_after: int = 96,
    ) -> None:
        """Start with no memory.

        Args:
            series: name that findings carry.
            scale: typical absolute residual, in the unit of the series, > 0 and finite.
            delta: ADWIN's bound on the probability of a false alarm; ONE_STEP_DELTA or ONE_HOUR_DELTA,
                to fit what the residuals are.
            least_count: residuals to collect before the first finding.
            starved_after: updates in a row without a usable residual after which `alive` turns
                false.
        """
        if not (isfinite(scale) and scale > 0.0):
            raise ValueError(f"scale of {series} must be a positive number, not {scale}")
        self._series = series
        self._scale = scale
        self._least_count = least_count
        self._starved_after = starved_after
        self._detector = _adwin(delta)
        self._accepted = 0
        self._refused = 0
        self._hungry = 0

    @property
    def accepted(self) -> int:
        """Residuals that reached the detector."""
        return self._accepted

    @property
    def refused(self) -> int:
        """Residuals that were missing or not finite, since the start."""
        return self._refused

    @property
    def alive(self) -> bool:
        """False when silence means nothing: the detector starves, or its estimate is not finite."""
        return self._hungry <= self._starved_after and isfinite(self._detector.estimation)

    def update(self, residual: float | None, at_ns: int) -> Drift | None:
        """Take one residual and say whether the mean has changed.

        Args:
            residual: value minus forecast, in the unit of the series; None for a hole. NaN
                and infinity are counted in `refused` and go no further.
            at_ns: UTC ns of the value.

        Returns:
            The finding, or None.

        Source: Bifet and Gavalda, Learning from time-changing data with adaptive windowing (2007).
        """
        if residual is None or not isfinite(residual):
            self._refused += 1
            self._hungry += 1
            return None
        self._hungry = 0
        self._accepted += 1
        before = float(self._detector.estimation)
        self._detector.update(min(max(residual / self._scale, -CLIP), CLIP))
        if not self._detector.drift_detected or self._accepted < self._least_count:
            return None
        after = float(self._detector.estimation)
        return Drift(
            at_ns=at_ns,
            series=self._series,
            statistic=after - before,
            before=before * self._scale,
            after=after * self._scale,
        )
