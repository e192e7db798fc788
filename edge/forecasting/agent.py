"""The load forecast as an agent: learns every closed quarter-hour, publishes the next day, watches drift.

It runs in a worker. Until a series has a week behind it, its forecast is the seasonal naive one and says so
by its rung. A series whose residual has drifted is forecast by the previous model, which lacks the newest
learning, or by the seasonal naive one, for as long as the kernel leaves the agent no more than that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from edge.forecasting.horizon import DAY, QUANTILES, STEP_NS, STEP_S, WEEK, Bools, Floats
from edge.forecasting.previous import PreviousModel
from edge.forecasting.time_zone import calendar_of
from edge.magnitude import TEMPERATURE, magnitude_of, may_be_negative
from kernel.finding import Finding
from kernel.forecast import Forecast
from kernel.image import View
from kernel.ladder import DRIFT_FINDING, Level
from kernel.ports import Past, Step
from kernel.site import LoopSpec, Site

if TYPE_CHECKING:
    from edge.forecasting.forecaster import Forecaster
    from edge.learning.drift import Drift, DriftWatch

MODEL: Final = "online-quantile 0.1.0"
NAIVE: Final = "seasonal-naive-day 0.1.0"
MODELS: Final = {
    Level.MODEL: MODEL,
    Level.PREVIOUS_MODEL: f"{MODEL} of the day before",
    Level.BASELINE: NAIVE,
}
TRAIL: Final = 2 * DAY
"""Steps before the start from which the previous model is carried along."""
HEARD_NS: Final = 2 * STEP_NS
"""Time within which the kernel has heard of a finding and answered by the view's rung."""
HOUR: Final = 4
"""Lead whose residual is watched for drift, steps."""
SCALE_FLOOR: Final = 0.01
"""Least typical residual, as a share of the rating: a series that never moved has no scale of its own."""


class ForecastSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a site says to a `load_forecast` loop."""

    points: list[str]
    """Points to forecast: powers in kW, air temperatures in degC."""
    demand_point: str = ""
    """Point of the grid import, forecast as it would be without `sources`; empty for none."""
    sources: list[str] = []
    """Points of controlled injection (discharge positive) that are added to the demand, kW."""
    history_days: float = 90.0
    """Days of the past to learn from at the start."""
    holidays: list[date] = []
    """Days on which people live as on a Sunday, such as `2026-12-25`."""


@dataclass(slots=True, kw_only=True)
class Learning:
    """What the agent remembers; it lives in the worker that runs it."""

    forecaster: Forecaster
    watches: list[DriftWatch]
    previous: PreviousModel | None = None
    """The model without the newest learning; None before the past has been learnt."""
    drifted: dict[int, int] = field(default_factory=dict)
    """Series that have drifted, by row: end of the quarter-hour in which that was found, UTC ns."""
    promised: deque[tuple[int, Floats]] = field(default_factory=lambda: deque(maxlen=HOUR))
    """Begin of a quarter-hour, and the (S,) medians that were promised for it an hour before."""


class LoadForecast:
    """Forecasts S series of a site: some points, and the demand as it would be without control."""

    proposes: tuple[str, ...] = ()

    def __init__(self, name: str, site: Site, settings: ForecastSettings) -> None:
        """Forecast what the settings name.

        Raises:
            ValueError: a point is not in the site.
        """
        demand = [settings.demand_point] if settings.demand_point else []
        self.name = name
        self.series = (*settings.points, *demand)
        self.reads = (*self.series, *settings.sources)
        unknown = [point for point in self.reads if point not in site.row]
        if unknown:
            raise ValueError(f"loop {name}: the site has no point {', '.join(unknown)}")
        self._sources = tuple(settings.sources) if demand else ()
        self._history = round(settings.history_days * DAY)
        self._rated = np.array([magnitude_of(site, point) for point in self.series])
        self._signed = np.array([may_be_negative(site, point) for point in self.series])
        self._units = {point: site.point(point).unit for point in self.series}
        self._calendar = calendar_of(site.time_zone, settings.holidays)

    def start(self, past: Past) -> Learning:
        """Learn the past; the scales of the drift watches come from its residuals.

        The model is imported here: a gateway only asks agents of workers what they read, and must not carry
        the compiler and the learning libraries, some 90 MiB, for that.
        """
        from edge.forecasting.forecaster import Forecaster  # noqa: PLC0415
        from edge.learning.drift import ONE_HOUR_DELTA, DriftWatch  # noqa: PLC0415

        forecaster = Forecaster.start(
            len(self.series), rated=self._rated, signed=self._signed, calendar=self._calendar
        )
        forecaster.warm_up()
        end_ns = past.now_ns // STEP_NS * STEP_NS
        values, valid = self._past(past, end_ns)
        learning = Learning(forecaster=forecaster, watches=[])
        residuals = np.full((len(self.series), values.shape[1]), np.nan)
        for step in range(values.shape[1]):
            begin_ns = end_ns - (values.shape[1] - step) * STEP_NS
            if values.shape[1] - step == TRAIL:
                learning.previous = PreviousModel(forecaster.twin(), begin_ns)
            residuals[:, step] = self._learn(learning, values[:, step], valid[:, step], begin_ns)
        scales = _scales(residuals, self._rated)
        learning.watches = [
            DriftWatch(series=point, scale=float(scale), delta=ONE_HOUR_DELTA)
            for point, scale in zip(self.series, scales, strict=True)
        ]
        for row, watch in zip(residuals, learning.watches, strict=True):
            for step, residual in enumerate(row):
                watch.update(float(residual), end_ns - (len(row) - step) * STEP_NS)
        return learning

    def warm_up(self) -> None:
        """Compile every kernel of the model, or find it on disk."""
        from edge.forecasting.forecaster import Forecaster  # noqa: PLC0415

        Forecaster.start(1, rated=np.ones(1), calendar=calendar_of("UTC")).warm_up()

    def step(self, view: View, state: Learning) -> Step:
        """Learn the quarter-hour that has just closed, and publish the next 96."""
        end_ns = view.means[self.series[0]].last_end_ns
        if end_ns == 0:
            return Step(state=state, rung="baseline", why_rung="no quarter-hour has closed yet")
        values, valid = self._closed(view)
        begin_ns, allowed = end_ns - STEP_NS, Level.of(view.rung)
        if state.previous is None:
            state.previous = PreviousModel(state.forecaster.twin(), begin_ns)
        residuals = self._learn(state, values, valid, begin_ns, renew=allowed is Level.MODEL)
        drifts = [
            drift
            for watch, residual in zip(state.watches, residuals, strict=True)
            if (drift := watch.update(None if np.isnan(residual) else float(residual), end_ns)) is not None
        ]
        self._note(state, drifts, allowed, end_ns)
        forecasts = self._forecasts(state, allowed, made_at_ns=view.now_ns, start_ns=end_ns)
        worst = max(Level.of(f.rung) for f in forecasts)
        return Step(
            state=state,
            published=(*forecasts, *(self._finding(drift, end_ns) for drift in drifts)),
            rung=worst.word,
            why_rung=self._why(state, forecasts, worst),
        )

    def _note(self, state: Learning, drifts: list[Drift], allowed: Level, end_ns: int) -> None:
        """Remember which series have drifted, until the kernel leaves the model again."""
        if allowed is Level.MODEL:  # a finding needs a step to be heard of: what is newer than that stays
            state.drifted = {row: at for row, at in state.drifted.items() if end_ns - at < HEARD_NS}
        for drift in drifts:
            state.drifted[self.series.index(drift.series)] = end_ns

    def _why(self, state: Learning, forecasts: tuple[Forecast, ...], worst: Level) -> str:
        if worst is Level.MODEL:
            return ""
        points = ", ".join(f.point for f in forecasts if f.rung == worst.word)
        rows = {self.series.index(f.point) for f in forecasts if f.rung == worst.word}
        if rows & state.drifted.keys():
            return f"{points} has left its forecast"
        if (state.forecaster.seen < WEEK).any():
            return f"less than a week learnt of {points}"
        return f"no more is left for {points}"

    def _past(self, past: Past, end_ns: int) -> tuple[Floats, Bools]:
        """Return (S, n) means of the past; a source that was not recorded counts as idle then."""
        values, valid = past.means(self.series, step_s=STEP_S, end_ns=end_ns, count=self._history)
        if self._sources:
            more, known = past.means(self._sources, step_s=STEP_S, end_ns=end_ns, count=self._history)
            values[-1] += np.where(known, more, 0.0).sum(axis=0)
        return values, valid

    def _closed(self, view: View) -> tuple[Floats, Bools]:
        """Return (S,) means of the interval that closed; one hole among the sources is a hole."""
        means = [view.means[point].last for point in self.series]
        added = [view.means[point].last for point in self._sources]
        values = np.array([0.0 if mean is None else mean for mean in means])
        valid = np.array([mean is not None for mean in means])
        if self._sources:
            values[-1] += sum(mean for mean in added if mean is not None)
            valid[-1] &= all(mean is not None for mean in added)
        return values, valid

    def _learn(
        self, learning: Learning, values: Floats, valid: Bools, begin_ns: int, *, renew: bool = True
    ) -> Floats:
        """Learn one quarter-hour; return its (S,) residuals of an hour ahead, NaN where there is none."""
        promised = [median for at_ns, median in learning.promised if at_ns == begin_ns]
        residuals = (
            np.where(valid, values - promised[0], np.nan) if promised else np.full(len(values), np.nan)
        )
        is_new = learning.forecaster.learn(values, valid, begin_ns)
        if is_new and learning.previous is not None:
            learning.previous.see(learning.forecaster, values, valid, begin_ns, renew=renew)
        learnt = learning.forecaster.seen >= WEEK
        if is_new and learnt.any():
            median = np.where(learnt, learning.forecaster.forecast()[:, HOUR - 1, 1], np.nan)
            learning.promised.append((begin_ns + HOUR * STEP_NS, median))
        return residuals

    def _forecasts(
        self, learning: Learning, allowed: Level, *, made_at_ns: int, start_ns: int
    ) -> tuple[Forecast, ...]:
        """Forecast each series by what it may be forecast by."""
        forecaster = learning.forecaster
        made = {Level.MODEL: forecaster.forecast(), Level.BASELINE: forecaster.naive(DAY)[:, :, None]}
        levels = [self._level(learning, row, allowed) for row in range(len(self.series))]
        if learning.previous is not None and Level.PREVIOUS_MODEL in levels:
            made[Level.PREVIOUS_MODEL] = learning.previous.forecast()
        return tuple(
            Forecast(
                point=point,
                made_at_ns=made_at_ns,
                start_ns=start_ns,
                step_s=float(STEP_S),
                quantiles=(0.5,) if level is Level.BASELINE else tuple(QUANTILES.tolist()),
                values=_rows(made[level][row]),
                model=MODELS[level],
                rung=level.word,
            )
            for row, (point, level) in enumerate(zip(self.series, levels, strict=True))
        )

    def _level(self, learning: Learning, row: int, allowed: Level) -> Level:
        """Say by what a series is forecast: neither what it has drifted from nor what it has not learnt."""
        if learning.forecaster.seen[row] < WEEK:
            return Level.BASELINE
        meant = row in learning.drifted or not learning.drifted
        lowest = min(allowed, Level.BASELINE) if meant else Level.MODEL
        return max(lowest, Level.PREVIOUS_MODEL if row in learning.drifted else Level.MODEL)

    def _finding(self, drift: Drift, end_ns: int) -> Finding:
        unit = self._units[drift.series]
        digits = 1 if unit == TEMPERATURE else 0
        return Finding(
            asset=drift.series.partition("/")[0],
            name=DRIFT_FINDING,
            text=(
                f"{drift.series} has left its forecast: mean residual of an hour ahead went from "
                f"{drift.before:.{digits}f} to {drift.after:.{digits}f} {unit}"
            ),
            value=drift.after,
            unit=unit,
            limit=None,
            at_ns=end_ns,
        )


def make(spec: LoopSpec, site: Site) -> LoadForecast:
    """Make the agent of a `load_forecast` loop.

    Raises:
        ValueError: its settings are wrong; the message names loop and key.
    """
    try:
        settings = msgspec.convert(spec.settings, ForecastSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"loop {spec.agent}: {error}") from error
    return LoadForecast(spec.agent, site, settings)


def _rows(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())


def _scales(residuals: Floats, rated: Floats) -> Floats:
    """Return the (S,) typical absolute residuals, at least a share of the rating."""
    absolute, known = np.abs(residuals), np.isfinite(residuals)
    counts = np.maximum(known.sum(axis=1), 1)
    scales: Floats = np.where(known, absolute, 0.0).sum(axis=1) / counts
    return np.maximum(scales, SCALE_FLOOR * rated)
