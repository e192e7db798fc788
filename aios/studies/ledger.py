"""What is counted of a run's grid: indicators for the KPIs, a series for the plots, fed in batches."""

from __future__ import annotations

from typing import Final

import numpy as np

from aios.studies.hot_spots import HotSpots
from aios.studies.result import Table
from aios.studies.series import Series
from simulators.durations import HOUR_NS
from simulators.indicators.standard import standard
from simulators.indicators.thermal import BIN_PU, BINS, Thermal
from simulators.networks.network import Network
from simulators.part import Stretch
from simulators.physics.course import Course
from simulators.physics.flows import Flows

BATCH: Final = 96
"""Steps of a closed loop that are entered at once: numpy's price of a call is paid once for all of them."""


class GridLedger:
    """Indicators and series of one run."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._indicators = standard(network)
        self._series = Series(network)
        self._hot_spots = HotSpots()
        self._thermal = next(one for one in self._indicators if isinstance(one, Thermal))
        self._waiting: list[tuple[Flows, int, float]] = []

    def live(self, stretch: Stretch) -> None:
        """Take one stretch of a world, with the heat of its transformers."""
        self._hot_spots.step(stretch.since_ns, stretch.heat)
        self.step(stretch.flows, stretch.since_ns, stretch.until_ns)

    def step(self, flows: Flows, since_ns: int, until_ns: int) -> None:
        """Take one step of a closed loop, through which the flows stood."""
        self._waiting.append((flows, until_ns, (until_ns - since_ns) / HOUR_NS))
        if len(self._waiting) == BATCH:
            self._flush()

    def enter(self, course: Course) -> None:
        """Take many steps at once."""
        self._flush()
        self._indicators.enter(course)
        self._series.enter(course)

    def values(self) -> dict[str, float]:
        """Return the KPIs of the grid until now."""
        self._flush()
        return self._indicators.values()

    def tables(self) -> dict[str, Table]:
        """Return `series`, `elements`, `duration` and `heat`."""
        self._flush()
        elements = self._indicators.elements()
        rows = [(one, name, value) for one, values in elements.items() for name, value in values.items()]
        names = [branch.name for branch in self._network.branches]
        return {
            "series": self._series.table(),
            "heat": self._hot_spots.table(),
            "elements": {
                "element": [one for one, _, _ in rows],
                "name": [name for _, name, _ in rows],
                "value": np.array([value for _, _, value in rows], dtype=np.float64),
            },
            "duration": {
                "branch": [name for name in names for _ in range(BINS + 1)],
                "from_pu": np.tile(np.arange(BINS + 1) * BIN_PU, len(names)),
                "hours": self._thermal.hours.reshape(-1),
            },
        }

    def _flush(self) -> None:
        if self._waiting:
            course = Course.through(self._waiting)
            self._waiting = []
            self._indicators.enter(course)
            self._series.enter(course)
