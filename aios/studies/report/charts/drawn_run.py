"""One run as charts take it: thinned series on the local clock, branches by loading, and a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aios.studies.report.charts.style import Look
from aios.studies.report.document import CellFigures, RunFigures
from aios.studies.report.local_time import LocalTime
from aios.studies.report.thinning import Plain, plain
from simulators.networks.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRun:
    """A run that is drawn."""

    run: RunFigures
    cell: CellFigures
    name: str
    """What it is called beside the others of its scene."""
    look: Look
    clock: LocalTime
    network: Network
    limit_kw: float | None
    series: Mapping[str, Any]
    """Thinned."""
    elements: Mapping[str, Mapping[str, float]]
    """Extremes by `bus/NAME` and `branch/NAME`."""
    duration: Mapping[str, Any]
    heat: Mapping[str, Any]
    """Thinned; of each transformer its hot spot."""

    @property
    def step_ns(self) -> int:
        """Length of a row, ns; the last may be shorter."""
        at = self.series["at_ns"]
        return int(at[1] - at[0]) if len(at) > 1 else 900_000_000_000

    def times(self, table: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the x of a table, else of its series: the middle of each row, as begin and step."""
        at = (self.series if table is None else table)["at_ns"]
        if len(at) == 0:
            return {"x": []}
        step_ns = int(at[1] - at[0]) if len(at) > 1 else self.step_ns
        if len(at) > 2 and np.any(np.diff(at[:-1]) != step_ns):
            return {"x": [self.clock.text(int(one) - step_ns // 2) for one in at]}
        return {"x0": self.clock.text(int(at[0]) - step_ns // 2), "dx": step_ns // 1_000_000}

    def column(self, name: str, factor: float = 1.0) -> Plain:
        """Return a column of the series; of nothing but holes where the run did not keep it."""
        values = self.series.get(name)
        if values is None:
            return [None] * len(self.series["at_ns"])
        return plain(np.asarray(values, dtype=np.float64) * factor)

    @property
    def span(self) -> tuple[str, str]:
        """Begin and end on the local clock."""
        at = self.series["at_ns"]
        if len(at) == 0:
            return self.clock.text(0), self.clock.text(0)
        return self.clock.text(int(at[0]) - self.step_ns), self.clock.text(int(at[-1]))

    @property
    def end_ns(self) -> int:
        """End of its series."""
        at = self.series["at_ns"]
        return int(at[-1]) if len(at) else 0

    @property
    def begin_ns(self) -> int:
        """Begin of its series."""
        at = self.series["at_ns"]
        return int(at[0]) - self.step_ns if len(at) else 0
