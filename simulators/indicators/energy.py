"""Energy: what came from the grid and went back, what customers were served, what plants gave and took."""

from __future__ import annotations

import numpy as np

from simulators.indicators.carry import across, carried
from simulators.indicators.known import Known
from simulators.physics.course import Course
from simulators.physics.flows import Values


class Energy:
    """Sums over all steps that have a solution."""

    def __init__(self) -> None:
        self._sums = dict.fromkeys(("imported", "exported", "served", "generated", "absorbed", "lost"), 0.0)
        self._known = Known()

    def enter(self, course: Course) -> None:
        """Add the energies of the steps, kWh."""
        good = course.converged
        self._known.enter(good)
        if not good.any():
            return
        hours = course.hours[good]
        grid = course.import_kw[good]
        plants = course.plant_kw[good]
        self._add("imported", np.maximum(grid, 0.0) * hours)
        self._add("exported", np.maximum(-grid, 0.0) * hours)
        self._add("served", across(course.load_kw[good]) * hours)
        self._add("generated", across(np.maximum(plants, 0.0)) * hours)
        self._add("absorbed", across(np.maximum(-plants, 0.0)) * hours)
        self._add("lost", course.loss_kw[good] * hours)

    def _add(self, name: str, kwh: Values) -> None:
        self._sums[name] = carried(self._sums[name], kwh)

    def values(self) -> dict[str, float]:
        """Return the sums, and the losses as a share of what was fed into the network."""
        sums = self._sums
        fed = sums["imported"] + sums["generated"]
        return self._known.told(
            {
                "imported_kwh": sums["imported"],
                "exported_kwh": sums["exported"],
                "served_kwh": sums["served"],
                "generated_kwh": sums["generated"],
                "absorbed_kwh": sums["absorbed"],
                "loss_kwh": sums["lost"],
                "loss_percent": 100.0 * sums["lost"] / fed if fed else float("nan"),
            }
        )
