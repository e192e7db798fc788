"""The energy balance of every step: what flows in must be what is served, stored or lost."""

from __future__ import annotations

import numpy as np

from simulators.indicators.carry import across
from simulators.physics.course import Course


class Balance:
    """The worst step: |import + plants - loads - losses| over the power that is turned over."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._seen = False

    def enter(self, course: Course) -> None:
        """Look at every step that has a solution."""
        good = course.converged
        if not good.any():
            return
        loads, plants = across(course.load_kw[good]), across(course.plant_kw[good])
        grid, loss = course.import_kw[good], course.loss_kw[good]
        turned = np.abs(grid) + across(np.abs(course.plant_kw[good]))
        open_kw = np.abs(grid + plants - loads - loss)
        # A network without any power has nothing to balance: 1 W is the floor.
        self.worst = max(self.worst, float((open_kw / np.maximum(turned, 1e-3)).max()))
        self._seen = True

    def values(self) -> dict[str, float]:
        """Return the relative error of the worst step."""
        return {"balance_error": self.worst if self._seen else float("nan")}
