"""Batteries: what they took and what they gave, at their terminals."""

from __future__ import annotations

import numpy as np

from simulators.indicators.carry import across, carried
from simulators.indicators.known import Known
from simulators.networks.network import Network
from simulators.physics.course import Course


class Batteries:
    """Sums over all steps that have a solution; nothing where the network has no battery.

    What is lost between in and out the grid cannot see while there is charge left: the devices count it.
    """

    def __init__(self, network: Network) -> None:
        """Find the columns: plants are the generators, then the batteries."""
        self._first = len(network.generators)
        self._is_there = bool(network.batteries)
        self._in_kwh = 0.0
        self._out_kwh = 0.0
        self._known = Known()

    def enter(self, course: Course) -> None:
        """Add the energies of the steps, kWh."""
        good = course.converged
        self._known.enter(good)
        if not self._is_there or not good.any():
            return
        power_kw, hours = course.plant_kw[good, self._first :], course.hours[good]
        self._in_kwh = carried(self._in_kwh, across(np.maximum(-power_kw, 0.0)) * hours)
        self._out_kwh = carried(self._out_kwh, across(np.maximum(power_kw, 0.0)) * hours)

    def values(self) -> dict[str, float]:
        """Return the sums, and what was given more than taken."""
        if not self._is_there:
            return {}
        return self._known.told(
            {
                "battery_in_kwh": self._in_kwh,
                "battery_out_kwh": self._out_kwh,
                "battery_net_kwh": self._out_kwh - self._in_kwh,
            }
        )
