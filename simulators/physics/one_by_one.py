"""T moments of one network one after the other: for a solver that has no batch of its own."""

from __future__ import annotations

from simulators.physics.course import Course, Times
from simulators.physics.flows import Injections, Values
from simulators.physics.port import Solver
from simulators.physics.switching import AS_DRAWN, Switching


class OneByOne:
    """Solves many moments of one grid."""

    def __init__(self, grid: Solver) -> None:
        """Take any solver."""
        self._grid = grid

    def course(
        self, injections: Injections, until_ns: Times, hours: Values, switching: Switching = AS_DRAWN
    ) -> Course:
        """Solve T >= 1 moments.

        Args:
            injections: (T, L) and (T, G); a moment with a value that is not finite has no solution.
            until_ns: (T,) end of the step of each moment, nanoseconds since 1970 UTC.
            hours: (T,) length of each step.
            switching: that stands in all of them.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        steps = []
        for at in range(len(hours)):
            moment = Injections(
                load_kw=injections.load_kw[at],
                load_kvar=injections.load_kvar[at],
                plant_kw=injections.plant_kw[at],
                plant_kvar=injections.plant_kvar[at],
            )
            flows = self._grid.solve(moment, switching)
            steps.append(Course.of(flows, int(until_ns[at]), float(hours[at])))
        return Course.joined(steps)
