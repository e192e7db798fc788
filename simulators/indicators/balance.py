"""The energy balance of every step: what flows in must be what is served, stored or lost."""

from __future__ import annotations

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
        self.worst = max(self.worst, float(course.balance_error[good].max()))
        self._seen = True

    def values(self) -> dict[str, float]:
        """Return the relative error of the worst step."""
        return {"balance_error": self.worst if self._seen else float("nan")}
