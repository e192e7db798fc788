"""All transformers of the world: each fed by its own flow, each with its own faults."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from simulators.equipment import thermal
from simulators.equipment.thermal import Surroundings, ThermalPlate, ThermalState
from simulators.faults.fault import Fault, blocked, fans_left
from simulators.faults.repair import mended
from simulators.heat import ThermalReading
from simulators.networks.network import Network, Transformer
from simulators.noise import seed_of
from simulators.part import Part, Stretch
from simulators.physics.flows import Flows

_SETTLE_S: Final = 2 * 86_400.0
"""Two days at constant load: more than ten oil time constants even with a blocked cooler."""


class Transformers(Part):
    """Temperatures of all units of a network."""

    def __init__(self, network: Network, *, seed: int, faults: Iterable[Fault] = ()) -> None:
        """Draw each unit's own parameters around its name plate; the units are cold.

        Args:
            network: with the name plates.
            seed: of the parameters.
            faults: all faults of the world; those of coolers and fans count.
        """
        self._faults = tuple(faults)
        self._units = {unit.name: _plate(unit, seed) for unit in network.transformers}
        self._states: dict[str, ThermalState] = {}
        self._readings: Mapping[str, ThermalReading] = {}
        self._hottest: dict[str, float] = {}
        self._fans = dict.fromkeys(self._units, 1.0)
        """Share of the fans of each unit that turn."""

    @property
    def readings(self) -> Mapping[str, ThermalReading]:
        """What each unit shows now."""
        return self._readings

    @property
    def hottest_c(self) -> dict[str, float]:
        """Highest hot spot of each unit at the ends of all stretches that it lived through, and now, degC."""
        return {
            name: max(now.hot_spot_c, self._hottest.get(name, now.hot_spot_c))
            for name, now in self._readings.items()
        }

    def mend(self, asset: str, now_ns: int) -> None:
        """End what ails a unit's cooler and fans."""
        self._faults = mended(self._faults, asset, now_ns)

    def settle(self, flows: Flows, now_ns: int, *, ambient_c: float) -> None:
        """Put every unit into the steady state of the given flows."""
        self._states = {name: thermal.cold(plate, ambient_c) for name, plate in self._units.items()}
        self.advance(flows, now_ns, ambient_c=ambient_c, dt_s=_SETTLE_S)

    def live(self, stretch: Stretch) -> None:
        """Heat up or cool down through a stretch of time."""
        self._hottest = self.hottest_c
        self.advance(stretch.flows, stretch.middle_ns, ambient_c=stretch.sky.ambient_c, dt_s=stretch.seconds)

    def show(self) -> dict[str, dict[str, float]]:
        """Return what a monitor on each unit reads, degC, A and codes."""
        return {
            name: {
                "top_oil_temperature": shown.top_oil_c,
                "winding_temperature": shown.winding_c,
                "fan_current": shown.fan_current_a * self._fans[name],
                "cooling_state": float(shown.cooling_on),
            }
            for name, shown in self.readings.items()
        }

    def advance(self, flows: Flows, now_ns: int, *, ambient_c: float, dt_s: float) -> None:
        """Advance every unit with constant surroundings.

        Args:
            flows: of the step; a unit without supply only cools. Without a solution nobody knows what it
                carries: its temperatures stand still, and no other number goes through that time either.
            now_ns: time at which faults are looked up, nanoseconds since 1970 UTC.
            ambient_c: of the step, degC.
            dt_s: length of the step, seconds.
        """
        for name, plate in self._units.items():
            self._fans[name] = fans_left(self._faults, name, now_ns)
            if not flows.converged:
                continue
            flow = flows.flow(name)
            around = Surroundings(
                current_a=0.0 if math.isnan(flow.to_a) else flow.to_a,
                ambient_c=ambient_c,
                blocked=blocked(self._faults, name, now_ns),
                # Iron losses are there as soon as voltage is.
                energised=flow.loss_kw > 0.0,
                fans=self._fans[name],
            )
            self._states[name] = thermal.advance(plate, self._states[name], around, dt_s=dt_s)
        self._readings = {name: thermal.reading(self._units[name], one) for name, one in self._states.items()}


def _plate(unit: Transformer, seed: int) -> ThermalPlate:
    named = ThermalPlate(
        rated_a=unit.rated_a, copper_loss_kw=unit.copper_loss_kw, iron_loss_kw=unit.iron_loss_kw
    )
    return thermal.off_plate(named, seed_of(seed, unit.name))
