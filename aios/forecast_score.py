"""The score of a run's day-ahead forecasts, against the naive ones on the same quarter-hours."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from aios.compose import Folder, past_of
from kernel.forecast import Forecast
from kernel.intervals import INTERVAL_NS
from kernel.point import NANOSECONDS
from kernel.recorder import Recording
from kernel.site import Site
from kernel.wire import Snapshot

_STEP_S = INTERVAL_NS / NANOSECONDS
_DAY, _WEEK = 96, 672


class ForecastScore(msgspec.Struct, frozen=True, kw_only=True):
    """Mean absolute errors over all scored quarter-hours of all feeders, kW."""

    points: tuple[str, ...]
    quarters: int
    model_kw: float
    naive_day_kw: float
    naive_week_kw: float

    @property
    def ratio(self) -> float:
        """Error of the forecast over that of the better naive one."""
        return self.model_kw / min(self.naive_day_kw, self.naive_week_kw)


def first_forecasts(root: Path) -> dict[str, Forecast]:
    """Return the first forecast of each point in the newest run: the one for the whole day."""
    recording = Recording(Folder(root=root).recorder)
    found: dict[str, Forecast] = {}
    try:
        for tick in recording.ticks(recording.runs()[-1].run):
            for step in tick.steps:
                for document in step.published:
                    if isinstance(document, Forecast):
                        found.setdefault(document.point, document)
            if found:
                break
    finally:
        recording.close()
    return found


def score_forecasts(site: Site, root: Path, snapshot: Snapshot) -> ForecastScore | None:
    """Score the first forecasts of a run's feeders against what was measured; None where nothing fits."""
    measured = {series.point: series for series in snapshot.series}
    errors: list[tuple[float, float, float]] = []
    scored = []
    for point, forecast in sorted(first_forecasts(root).items()):
        if site.asset[site.point(point).asset].kind != "feeder" or point not in measured:
            continue
        series = measured[point]
        past, known = past_of(site, root, forecast.start_ns).means(
            [point], step_s=_STEP_S, end_ns=forecast.start_ns, count=_WEEK
        )
        for lead, expected in enumerate(forecast.quantile(0.5)):
            place = (forecast.start_ns - series.start_ns) // INTERVAL_NS + lead
            actual = series.values[place] if 0 <= place < len(series.values) else None
            if actual is not None and known[0, lead] and known[0, _WEEK - _DAY + lead]:
                day, week = past[0, _WEEK - _DAY + lead], past[0, lead]
                errors.append((abs(actual - expected), abs(actual - day), abs(actual - week)))
        scored.append(point)
    if not errors:
        return None
    model, day, week = np.mean(np.array(errors), axis=0)
    return ForecastScore(
        points=tuple(scored),
        quarters=len(errors),
        model_kw=float(model),
        naive_day_kw=float(day),
        naive_week_kw=float(week),
    )
