"""The course of a run by quarter-hours, for plots: not an indicator, for it grows with the run."""

from __future__ import annotations

from typing import Final

import numpy as np

from aios.studies.result import Table
from simulators.durations import HOUR_NS, QUARTER_HOUR_NS
from simulators.indicators.by_phase import INTERRUPTED_PU, by_phase
from simulators.indicators.carry import across
from simulators.indicators.windows import pieces_of
from simulators.networks.network import Network
from simulators.physics.course import Course
from simulators.physics.flows import Values

POWERS: Final = ("import_kw", "loss_kw", "load_kw", "plant_kw")
MEANS: Final = (*POWERS, "voltage_median_pu")
"""Means over the solved time of each quarter-hour; the median is that of all buses with supply."""
_LOWEST: Final = ("voltage_min_pu",)
_HIGHEST: Final = ("voltage_max_pu", "loading_max_pu")
_SUMS: Final = ("hours", "unconverged_s", "voltage_h", *MEANS)


class Series:
    """Means, extremes and unsolved time of each quarter-hour; the same bits however a run is cut."""

    def __init__(self, network: Network) -> None:
        self._rated_kv = np.array([bus.voltage_kv for bus in network.buses])
        self._rows: list[dict[str, np.ndarray]] = []
        self._window = -1
        self._names = (*MEANS, *_LOWEST, *_HIGHEST)

    def enter(self, course: Course) -> None:
        """Add the next stretch."""
        pieces = pieces_of(course, QUARTER_HOUR_NS)
        if len(pieces.step) == 0:
            return
        step, good = pieces.step, course.converged[pieces.step]
        number = pieces.window - pieces.window[0]
        count = int(number[-1]) + 1
        hours = np.where(good, pieces.span_ns, 0) / HOUR_NS
        begun = self._begun(int(pieces.window[0]))
        sums = {"hours": hours, "unconverged_s": np.where(good, 0, pieces.span_ns) * 1e-9}
        power = {
            "import_kw": course.import_kw,
            "loss_kw": course.loss_kw,
            "load_kw": across(course.load_kw),
            "plant_kw": across(course.plant_kw),
        }
        sums |= {name: np.where(good, kw[step], 0.0) * hours for name, kw in power.items()}
        u_pu = self._voltages(course)
        middle = median_of_rows(u_pu)[step]
        sums["voltage_h"] = np.where(np.isfinite(middle), hours, 0.0)
        sums["voltage_median_pu"] = np.where(np.isfinite(middle), middle, 0.0) * hours
        made = {"window": pieces.window[0] + np.arange(count)}
        for name, addends in sums.items():
            made[name] = _added(begun.get(name, 0.0), number, addends, count)
        for name, (values, reduce) in _extremes(
            course, u_pu if course.phase_kv is None else self._phases(course)
        ).items():
            made[name] = reduce.reduceat(values[step], np.flatnonzero(np.diff(number, prepend=-1)))
        self._join(made)

    def _begun(self, window: int) -> dict[str, float]:
        """Return what was summed of a quarter-hour that has begun; nothing where it has not."""
        if not self._rows or int(self._rows[-1]["window"][-1]) != window:
            return {}
        return {name: float(self._rows[-1][name][-1]) for name in _SUMS}

    def _voltages(self, course: Course) -> Values:
        """Return the voltages, pu; a bus without supply has none to be judged: NaN."""
        u_pu = course.bus_kv / self._rated_kv
        return np.where(u_pu > INTERRUPTED_PU, u_pu, np.nan)

    def _phases(self, course: Course) -> Values:
        """Return the voltages of all phases, pu, as far as they have supply."""
        u_pu = by_phase(course, self._rated_kv)
        return np.where(u_pu > INTERRUPTED_PU, u_pu, np.nan)

    def _join(self, made: dict[str, np.ndarray]) -> None:
        """Append; a quarter-hour that two courses share is put together."""
        if self._rows and int(self._rows[-1]["window"][-1]) == int(made["window"][0]):
            last = self._rows[-1]
            for name in _LOWEST:
                made[name][0] = np.fmin(made[name][0], last[name][-1])
            for name in _HIGHEST:
                made[name][0] = np.fmax(made[name][0], last[name][-1])
            self._rows[-1] = {name: values[:-1] for name, values in last.items()}
        self._rows.append(made)

    def table(self) -> Table:
        """Return the columns; powers are means over the solved time of each quarter-hour, NaN without any."""
        if not self._rows:
            return {"at_ns": np.zeros(0, dtype=np.int64)}
        whole = {name: np.concatenate([one[name] for one in self._rows]) for name in self._rows[0]}
        hours = np.where(whole["hours"] > 0.0, whole["hours"], np.nan)
        columns: dict[str, np.ndarray] = {"at_ns": (whole["window"] + 1) * QUARTER_HOUR_NS}
        columns |= {name: whole[name] / hours for name in POWERS}
        seen = np.where(whole["voltage_h"] > 0.0, whole["voltage_h"], np.nan)
        columns["voltage_median_pu"] = whole["voltage_median_pu"] / seen
        columns |= {name: whole[name] for name in (*_LOWEST, *_HIGHEST)}
        columns["unconverged_s"] = whole["unconverged_s"]
        return columns


def _added(begun: float, number: np.ndarray, addends: np.ndarray, count: int) -> np.ndarray:
    """Return (count,) sums by window; the first goes on from what had begun, one addend after the other."""
    return np.bincount(np.concatenate(([0], number)), np.concatenate(([begun], addends)), count)


def median_of_rows(values: Values) -> Values:
    """Return the median of each row, (T,); NaN stands for nothing, and a row of nothing has no median.

    >>> median_of_rows(np.array([[1.0, 3.0, 2.0], [np.nan, 4.0, 2.0]])).tolist()
    [2.0, 3.0]
    """
    if values.shape[1] == 0:
        return np.full(len(values), np.nan)
    ordered = np.sort(values, axis=1)  # NaN goes last
    count = np.isfinite(values).sum(axis=1)
    row = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    middle: Values = 0.5 * (ordered[row, low] + ordered[row, np.minimum(high, values.shape[1] - 1)])
    return np.where(count > 0, middle, np.nan)


def _extremes(course: Course, u_pu: Values) -> dict[str, tuple[Values, np.ufunc]]:
    """Return the lowest and highest voltage and the highest loading of each step."""
    return {
        "voltage_min_pu": (np.fmin.reduce(u_pu, axis=1, initial=np.nan), np.fmin),
        "voltage_max_pu": (np.fmax.reduce(u_pu, axis=1, initial=np.nan), np.fmax),
        "loading_max_pu": (np.fmax.reduce(course.loading_pu, axis=1, initial=np.nan), np.fmax),
    }
