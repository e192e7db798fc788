"""The course of a run by quarter-hours, for plots: not an indicator, for it grows with the run."""

from __future__ import annotations

from typing import Final

import numpy as np

from aios.studies.result import Table
from simulators.indicators.carry import HOUR_NS, across
from simulators.indicators.windows import pieces_of
from simulators.networks.network import Network
from simulators.physics.course import Course

QUARTER_NS: Final = HOUR_NS // 4
MEANS: Final = ("import_kw", "loss_kw", "load_kw", "plant_kw")
_LOWEST: Final = ("voltage_min_pu",)
_HIGHEST: Final = ("voltage_max_pu", "loading_max_pu")
_SUMS: Final = ("hours", "unconverged_s", *MEANS)


class Series:
    """Means, extremes and unsolved time of each quarter-hour; the same bits however a run is cut."""

    def __init__(self, network: Network) -> None:
        self._rated_kv = np.array([bus.voltage_kv for bus in network.buses])
        self._rows: list[dict[str, np.ndarray]] = []
        self._window = -1
        self._names = (*MEANS, *_LOWEST, *_HIGHEST)

    def enter(self, course: Course) -> None:
        """Add the next stretch."""
        pieces = pieces_of(course, QUARTER_NS)
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
        made = {"window": pieces.window[0] + np.arange(count)}
        for name, addends in sums.items():
            made[name] = _added(begun.get(name, 0.0), number, addends, count)
        for name, (values, reduce) in self._extremes(course).items():
            made[name] = reduce.reduceat(values[step], np.flatnonzero(np.diff(number, prepend=-1)))
        self._join(made)

    def _begun(self, window: int) -> dict[str, float]:
        """Return what was summed of a quarter-hour that has begun; nothing where it has not."""
        if not self._rows or int(self._rows[-1]["window"][-1]) != window:
            return {}
        return {name: float(self._rows[-1][name][-1]) for name in _SUMS}

    def _extremes(self, course: Course) -> dict[str, tuple[np.ndarray, np.ufunc]]:
        u_pu = course.bus_kv / self._rated_kv
        u_pu = np.where(u_pu > 0.05, u_pu, np.nan)  # a bus without supply has no voltage to be judged
        loading = course.loading_pu
        return {
            "voltage_min_pu": (np.fmin.reduce(u_pu, axis=1, initial=np.nan), np.fmin),
            "voltage_max_pu": (np.fmax.reduce(u_pu, axis=1, initial=np.nan), np.fmax),
            "loading_max_pu": (np.fmax.reduce(loading, axis=1, initial=np.nan), np.fmax),
        }

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
        columns: dict[str, np.ndarray] = {"at_ns": (whole["window"] + 1) * QUARTER_NS}
        columns |= {name: whole[name] / hours for name in MEANS}
        columns |= {name: whole[name] for name in (*_LOWEST, *_HIGHEST)}
        columns["unconverged_s"] = whole["unconverged_s"]
        return columns


def _added(begun: float, number: np.ndarray, addends: np.ndarray, count: int) -> np.ndarray:
    """Return (count,) sums by window; the first goes on from what had begun, one addend after the other."""
    return np.bincount(np.concatenate(([0], number)), np.concatenate(([begun], addends)), count)
