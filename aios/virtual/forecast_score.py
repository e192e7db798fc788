"""The score of the day-ahead forecast on a site's own history, against the naive ones.

Rolling origins: the forecaster learns quarter-hour by quarter-hour and is asked once a day, so it cannot look
ahead. The last origin is the day that has just been lived.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from aios.gateway.past import past_of
from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS, STEP_S, WEEK, Bools, Floats
from edge.forecasting.time_zone import calendar_of
from kernel.shell.wire import Series, Snapshot
from kernel.site import Site

HISTORY_DAYS: Final = 90
ORIGINS: Final = 28
"""Days that are forecast and scored."""


class ForecastScore(msgspec.Struct, frozen=True, kw_only=True):
    """Mean absolute errors of day-ahead forecasts over all feeders, kW."""

    points: tuple[str, ...]
    origins: int
    model_kw: float
    naive_day_kw: float
    naive_week_kw: float
    last_day_model_kw: float
    """The same for the newest origin alone."""
    last_day_naive_kw: float

    @property
    def ratio(self) -> float:
        """Error of the forecast over that of the better naive one."""
        return self.model_kw / min(self.naive_day_kw, self.naive_week_kw)


def score_forecasts(site: Site, root: Path, snapshot: Snapshot) -> ForecastScore | None:
    """Score day-ahead forecasts on a site's history and the day in a snapshot; None without history."""
    feeders = [s for s in snapshot.series if site.asset[site.point(s.point).asset].kind == "feeder"]
    values, valid, end_ns = _measured(site, root, [s for s in feeders if s.values])
    known = valid.mean(axis=1) > 0.9
    if not known.any() or values.shape[1] < (ORIGINS + 7) * DAY:
        return None
    points = tuple(s.point for s, good in zip(feeders, known, strict=True) if good)
    errors = _rolling(site, points, values[known], valid[known], end_ns)
    model, day, week = errors.mean(axis=0)
    return ForecastScore(
        points=points,
        origins=len(errors),
        model_kw=float(model),
        naive_day_kw=float(day),
        naive_week_kw=float(week),
        last_day_model_kw=float(errors[-1, 0]),
        last_day_naive_kw=float(min(errors[-1, 1], errors[-1, 2])),
    )


def _measured(site: Site, root: Path, series: list[Series]) -> tuple[Floats, Bools, int]:
    """Return (S, n) quarter-hour means: the history, and after it what the snapshot has of today."""
    end_ns = max((s.start_ns + len(s.values) * STEP_NS for s in series), default=0)
    points = [s.point for s in series]
    past = past_of(site, root, end_ns)
    values, valid = past.means(points, step_s=STEP_S, end_ns=end_ns, count=HISTORY_DAYS * DAY)
    for row, today in enumerate(series):
        shown = np.array([np.nan if value is None else value for value in today.values])
        fresh = np.isfinite(shown)
        values[row, -len(shown) :][fresh] = shown[fresh]
        valid[row, -len(shown) :] |= fresh
    return values, valid, end_ns


def _rolling(site: Site, points: tuple[str, ...], values: Floats, valid: Bools, end_ns: int) -> Floats:
    """Return (origins, 3) mean absolute errors: forecast, naive day, naive week."""
    rated = np.array([site.asset[site.point(point).asset].rating("power_kw") for point in points])
    forecaster = Forecaster.start(len(points), rated=rated, calendar=calendar_of(site.time_zone))
    count = values.shape[1]
    errors = []
    for step in range(count - DAY):
        forecaster.learn(values[:, step], valid[:, step], end_ns - (count - step) * STEP_NS)
        left = count - 1 - step
        if left % DAY == 0 and left <= ORIGINS * DAY:
            ahead = slice(step + 1, step + 1 + DAY)
            made = (forecaster.forecast()[:, :, 1], forecaster.naive(DAY), forecaster.naive(WEEK))
            good = valid[:, ahead]
            errors.append([float(np.abs(one - values[:, ahead])[good].mean()) for one in made])
    return np.array(errors)
