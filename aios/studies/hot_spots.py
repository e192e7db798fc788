"""The hot spots of transformers by quarter-hours, for plots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aios.studies.result import Table
from simulators.durations import QUARTER_HOUR_NS
from simulators.heat import ThermalReading


class HotSpots:
    """Highest hot spot of each transformer in each quarter-hour, as it stood when steps began."""

    def __init__(self) -> None:
        self._windows: list[int] = []
        self._hottest: dict[str, list[float]] = {}

    def step(self, since_ns: int, heat: Mapping[str, ThermalReading]) -> None:
        """Take one step.

        Args:
            since_ns: its begin.
            heat: transformers then, by name.
        """
        window = since_ns // QUARTER_HOUR_NS
        if not self._windows or self._windows[-1] != window:
            self._windows.append(window)
            for name in heat:
                self._hottest.setdefault(name, []).append(float("-inf"))
        for name, reading in heat.items():
            row = self._hottest[name]
            row[-1] = max(row[-1], reading.hot_spot_c)

    def table(self) -> Table:
        """Return `at_ns`, the end of each quarter-hour, and a column for each transformer, degC."""
        at_ns = (np.array(self._windows, dtype=np.int64) + 1) * QUARTER_HOUR_NS
        return {"at_ns": at_ns} | {name: np.array(values) for name, values in self._hottest.items()}
