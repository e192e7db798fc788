"""The forecaster: many series, one quarter-hour at a time, all state in plain arrays."""

from typing import NamedTuple, Self

import numpy as np

from edge.forecasting import aggregation, correction, error_quantiles, profile, residuals
from edge.forecasting.baseline import record, seasonal_naive, start_history
from edge.forecasting.calendar import Calendar
from edge.forecasting.envelope import envelope
from edge.forecasting.experts import EXPERTS, Experts, foretell, start_experts, study
from edge.forecasting.horizon import DAY, WEEK, Bools, Floats, Ints
from edge.forecasting.projection import project
from edge.forecasting.snapshot import flatten, unflatten

LARGEST = 1e3
"""A value past this many ratings is no measurement; it counts as a hole."""
LONGEST_GAP = 2 * WEEK
"""Steps; a longer silence is not stepped through, for every lag in memory is older anyway."""


class State(NamedTuple):
    """Everything the forecaster knows; see the parts for shapes."""

    history: Floats
    residuals: residuals.Residuals
    profiles: profile.Profiles
    experts: Experts
    trust: aggregation.Trust
    correction: correction.Correction
    intervals: error_quantiles.ErrorQuantiles
    """Under the name that kept states have."""
    seen: Ints
    """(S,) values learnt so far."""
    newest: Ints
    """(2,) UTC ns of the newest quarter-hour, and its wall-clock step; -1 before the first."""


def start_state(count: int) -> State:
    """The state before the first value, for `count` >= 1 series."""
    return State(
        history=start_history(count),
        residuals=residuals.start_residuals(count),
        profiles=profile.start_profiles(count),
        experts=start_experts(count),
        trust=aggregation.start_trust(count),
        correction=correction.start_correction(count),
        intervals=error_quantiles.start_quantiles(count),
        seen=np.zeros(count, dtype=np.int64),
        newest=np.full(2, -1, dtype=np.int64),
    )


class Forecaster:
    """Learns each quarter-hour of S series and forecasts 10/50/90 % quantiles of the next 96.

    The middle of a forecast is a mixture of six experts, each formed from values at least a day
    old, plus a correction by the latest residuals; the interval is scaled by how wrong that time of
    day has been. All numbers inside are per unit of `rated`, so that a feeder in kW and one in MW
    learn alike.
    """

    def __init__(self, *, rated: Floats, signed: Bools, calendar: Calendar, state: State) -> None:
        self._rated = rated
        self._signed = signed
        self._calendar = calendar
        self._state = state

    @classmethod
    def start(
        cls,
        series_count: int,
        *,
        rated: Floats | None = None,
        signed: Bools | None = None,
        calendar: Calendar | None = None,
    ) -> Self:
        """A forecaster that knows nothing yet.

        Args:
            series_count: S >= 1.
            rated: (S,) float64 > 0, the size of a large value in the unit of the series (default
                ones).
            signed: (S,) bool, whether a series may be negative although it never was, such as a
                temperature (default none).
            calendar: wall clock and holidays (default UTC without holidays).
        """
        size = np.ones(series_count) if rated is None else np.asarray(rated, dtype=np.float64)
        if size.shape != (series_count,) or not np.all(np.isfinite(size) & (size > 0.0)):
            raise ValueError(f"rated must be {series_count} positive numbers")
        may = np.zeros(series_count, dtype=np.bool_) if signed is None else np.asarray(signed, dtype=np.bool_)
        if may.shape != (series_count,):
            raise ValueError(f"signed must be {series_count} flags")
        return cls(rated=size, signed=may, calendar=calendar or Calendar(), state=start_state(series_count))

    @property
    def seen(self) -> Ints:
        """(S,) int64, values learnt so far; below a week's 672 trust the baseline instead."""
        return self._state.seen.copy()

    def learn(self, values: Floats, valid: Bools, at_ns: int) -> bool:
        """Learn the mean of the quarter-hour that began at `at_ns`.

        Args:
            values: (S,) float64 in the unit of the series; anything at all where `valid` is false.
            valid: (S,) bool. A value that is not finite, or absurdly large, counts as a hole too.
            at_ns: UTC ns, ascending from call to call. Quarter-hours left out are holes.

        Returns:
            False when nothing was learnt because this wall-clock step has been learnt already: a
            repeated call, or the hour that comes twice in autumn.
        """
        step, last = self._calendar.step(at_ns), int(self._state.newest[1])
        if last >= step:
            self._state.newest[0] = max(self._state.newest[0], at_ns)
            return False
        given = np.asarray(values, dtype=np.float64)
        if given.shape != self._rated.shape or np.shape(valid) != self._rated.shape:
            raise ValueError(f"{self._rated.size} series need as many values and flags")
        known = np.asarray(valid, dtype=np.bool_) & (np.abs(given) <= LARGEST * self._rated)
        per_unit = np.where(known, given, 0.0) / self._rated
        if 0 <= last < step - 1:
            nothing = np.zeros_like(known)
            for missed in range(max(last + 1, step - LONGEST_GAP), step):
                self._advance(missed, per_unit, nothing)
        self._advance(step, per_unit, known)
        self._state.newest[:] = at_ns, step
        return True

    def forecast(self) -> Floats:
        """Quantiles of the next 96 quarter-hours.

        Returns:
            (S, 96, 3) float64 in the unit of the series: leads of 1..96 quarter-hours after the
            newest one learnt, 10/50/90 % ascending. Finite from the start; zero-centred until a
            first value came.
        """
        s = self._state
        limits, step, leads = envelope(s.history, self._signed), int(s.newest[1]), self._leads()
        made = project(s.trust, s.experts, s.correction, s.intervals, limits, step, leads)
        return made * self._rated[:, None, None]

    def naive(self, period: int) -> Floats:
        """The seasonal naive forecast of the same 96 quarter-hours: (S, 96), `period` DAY or WEEK steps."""
        s = self._state
        return seasonal_naive(s.history, int(s.newest[1]), self._leads(), period) * self._rated[:, None]

    def weights(self) -> dict[str, Floats]:
        """How much each expert weighs: name -> (S, 6) float64 by four-hour block; they sum to 1."""
        trust = self._state.trust
        table = np.array(
            [
                [aggregation.shares(r, v) for r, v in zip(*pair, strict=True)]
                for pair in zip(trust.regret, trust.spread, strict=True)
            ]
        )
        return {name: table[:, :, e].copy() for e, name in enumerate(EXPERTS)}

    def snapshot(self) -> dict[str, Floats | Ints]:
        """A copy of the whole state as named arrays, ready to be saved."""
        return flatten(self._state)

    def restore(self, arrays: dict[str, Floats | Ints]) -> None:
        """Take over a snapshot of a forecaster with as many series.

        Raises:
            ValueError: a name, shape or type differs, or a number is not finite; the state is left
            as it was.
        """
        self._state = unflatten(self._state, arrays)

    def twin(self) -> Self:
        """Another forecaster that knows the same; the two go on by themselves."""
        other = type(self)(
            rated=self._rated,
            signed=self._signed,
            calendar=self._calendar,
            state=start_state(self._rated.size),
        )
        other.restore(self.snapshot())
        return other

    def warm_up(self) -> None:
        """Compile every kernel on a scratch state; this forecaster's own state is not touched."""
        count = self._rated.size
        scratch = Forecaster(
            rated=self._rated, signed=self._signed, calendar=self._calendar, state=start_state(count)
        )
        for at_ns in (0, 900_000_000_000):
            scratch.learn(np.zeros(count), np.ones(count, dtype=np.bool_), at_ns)
        scratch.forecast()
        scratch.weights()

    def _leads(self) -> Ints:
        at_ns, step = self._state.newest
        return self._calendar.leads(int(at_ns), int(step))

    def _advance(self, step: int, values: Floats, known: Bools) -> None:
        """One wall-clock step through all parts: judge what was said about it, then speak of tomorrow."""
        s, slot, day = self._state, step % DAY, step // DAY
        self._begin(values, known & (s.seen == 0))
        classes = np.array([self._calendar.day_class(day + shift) for shift in (-1, 0, 1)], dtype=np.int64)
        expected = aggregation.mix(s.trust, s.experts.opinions, slot)
        written = record(s.history, step, values, known, expected)
        residual = written - expected
        study(s.experts, slot, written, known)
        aggregation.settle(s.trust, s.experts.opinions, slot, residual, known)
        surprise = profile.blend(s.profiles, slot, int(classes[1]), written, known)
        left = correction.settle(s.correction, step, residual, known)
        error_quantiles.track(s.intervals, slot, residual, left, known)
        residuals.follow(s.residuals, residual, surprise, known)
        foretell(s.experts, s.profiles, s.residuals, s.history, step, classes)
        correction.prepare(s.correction, s.residuals, step, known)
        s.seen[known] += 1

    def _begin(self, values: Floats, first: Bools) -> None:
        """A series starts flat at its first value: so nothing in its memory is far from what it measures."""
        if not first.any():
            return
        s = self._state
        s.history[first] = values[first, None]
        s.profiles.slow[first] = values[first, None, None]
        s.profiles.fast[first] = values[first, None, None]
        s.experts.opinions[first] = values[first, None, None]
        s.experts.levels[first] = values[first, None]
