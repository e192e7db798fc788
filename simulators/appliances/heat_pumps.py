"""Heat pumps that keep houses warm: a thermostat with hysteresis each, and a compressor that must rest.

The coefficient of performance falls with the lift from outside to the heating water. Source: O. Ruhnau,
L. Hirth and A. Praktiknjo, Time series of heat demand and heat pump efficiency for energy system modeling,
Scientific Data 6 (2019) 189: air source 6.08 - 0.09 K + 0.0005 K^2, radiators 40 - T_out degC, floors
30 - 0.5 T_out degC, and 0.85 for the field instead of the laboratory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from simulators.appliances.buildings import Buildings
from simulators.appliances.hold import Hold
from simulators.noise import seed_of
from simulators.noise_arrays import uniforms
from simulators.physics.flows import Values
from simulators.weather.sky import Sky

Sink = Literal["floor", "radiator"]
BAND_K: Final = 1.0
"""From switching on to switching off."""
COMFORT_K: Final = 1.0
"""Discomfort counts below the set-point less this."""
REST_MINUTES: Final = 5
"""A compressor stays off at least so long: it has to lose its pressure."""
DESIGN_C: Final = -14.0
"""Outdoor temperature for which a heat pump is chosen."""
MARGIN: Final = 1.15
_FIELD: Final = 0.85
_MINUTE_H: Final = 1.0 / 60.0


def performance(outdoor_c: float, sink: Sink) -> float:
    """Return the coefficient of performance of an air-source heat pump, heat over electricity.

    >>> round(performance(7.0, "floor"), 2), round(performance(-10.0, "radiator"), 2)
    (3.84, 2.11)
    """
    water_c = 30.0 - 0.5 * outdoor_c if sink == "floor" else 40.0 - outdoor_c
    lift_k = max(15.0, water_c - outdoor_c)
    return _FIELD * (6.08 - 0.09 * lift_k + 0.0005 * lift_k**2)


class HeatPumps:
    """N houses with one heat pump each."""

    def __init__(
        self, buildings: Buildings, *, setpoint_c: Values, sink: Sink, outdoor_c: float, start: Values
    ) -> None:
        """Begin with walls that have long had this weather.

        Args:
            buildings: N of them.
            setpoint_c: (N,) of the thermostats.
            sink: what the water heats.
            outdoor_c: at the begin.
            start: (N,) where in its band each house begins, 0 to 1.
        """
        self._buildings = buildings
        self._setpoint_c = setpoint_c
        self._sink: Sink = sink
        self._heat_kw = MARGIN * buildings.loss_kw_k() * (setpoint_c - DESIGN_C)
        self._air_c = setpoint_c + BAND_K * (start - 0.5)
        self._mass_c = buildings.settled_c(self._air_c, outdoor_c)
        self._on = np.zeros(len(setpoint_c), dtype=bool)
        self._cut = np.zeros(len(setpoint_c), dtype=bool)
        self._off_minutes = np.full(len(setpoint_c), REST_MINUTES, dtype=np.int64)
        self._minute_kwh = np.zeros(len(setpoint_c))
        self._outdoor_c: float | None = None
        self._gain_kw = np.zeros(len(setpoint_c))
        self._cop = performance(outdoor_c, sink)
        self._answer: tuple[Hold, Values] | None = None
        self._totals = dict.fromkeys(("electric", "heat", "gain", "loss", "discomfort"), 0.0)
        self._starts = 0

    @classmethod
    def of_houses(cls, *, count: int, seed: int, sink: Sink, outdoor_c: float, first: int = 0) -> HeatPumps:
        """Return the heat pumps of detached houses; a house is the same in any fleet of the seed."""
        numbers = np.arange(first, first + count, dtype=np.int64)
        return cls(
            Buildings.houses(numbers, seed_of(seed, "houses")),
            setpoint_c=20.0 + 2.0 * uniforms(seed_of(seed, "setpoints"), numbers),
            sink=sink,
            outdoor_c=outdoor_c,
            start=uniforms(seed_of(seed, "begins"), numbers),
        )

    @property
    def rated_kw(self) -> float:
        """Electric power of all of them at 7 degC outside, kW: the point of their name plates (EN 14511)."""
        return float(self._heat_kw.sum()) / performance(7.0, self._sink)

    @property
    def air_c(self) -> Values:
        """Temperature of each house, (N,) degC."""
        return self._air_c

    def wanted_kw(self, hold: Hold) -> float:
        """Return the power of all compressors under a hold, kW."""
        return float(self.drawn_kw(hold).sum())

    def drawn_kw(self, hold: Hold) -> Values:
        """Return what each draws, (N,) kW; under a limit the coldest houses run first."""
        if self._answer is None or self._answer[0] != hold:
            self._answer = hold, self._drawn(hold.limit_kw)
        return self._answer[1]

    def _drawn(self, limit_kw: float) -> Values:
        wanted: Values = np.where(self._on & ~self._cut, self._heat_kw / self._cop, 0.0)
        if limit_kw >= float(wanted.sum()):
            return wanted
        order = np.argsort(self._air_c - self._setpoint_c, kind="stable")
        within = np.empty_like(self._on)
        within[order] = np.cumsum(wanted[order]) <= limit_kw
        allowed: Values = np.where(within, wanted, 0.0)
        return allowed

    def run(self, seconds: float, hold: Hold, *, supply: float) -> None:
        """Run for part of a minute; a compressor that is stopped rests for the remainder of it."""
        drawn = self.drawn_kw(hold) * supply
        self._minute_kwh += drawn * (seconds / 3600.0)
        stopped = self._on & ~self._cut & (drawn <= 0.0)
        if stopped.any():
            self._cut |= stopped
            self._answer = None

    def decide(self, now_ns: int, sky: Sky, hold: Hold) -> None:  # noqa: ARG002  # the weather is in the sky
        """Close the minute; then every thermostat looks at its room."""
        if self._outdoor_c is not None:
            self._close_minute(self._outdoor_c)
        self._outdoor_c = sky.ambient_c
        self._cop = performance(sky.ambient_c, self._sink)
        self._gain_kw = self._buildings.people_kw + self._buildings.sun_m2 * sky.global_w_m2 / 1000.0
        self._switch(self._setpoint_c - hold.setback_k)
        self._answer = None

    def _close_minute(self, outdoor_c: float) -> None:
        heat_kwh = self._minute_kwh * self._cop
        gain_kwh = self._gain_kw * _MINUTE_H
        self._air_c, self._mass_c, lost = self._buildings.after(
            self._air_c, self._mass_c, heat_kwh=heat_kwh + gain_kwh, outdoor_c=outdoor_c, hours=_MINUTE_H
        )
        cold_k = np.maximum(0.0, self._setpoint_c - COMFORT_K - self._air_c)
        for name, values in (
            ("electric", self._minute_kwh),
            ("heat", heat_kwh),
            ("gain", gain_kwh),
            ("loss", lost),
            ("discomfort", cold_k * _MINUTE_H),
        ):
            self._totals[name] += float(values.sum())
        self._minute_kwh = np.zeros(len(heat_kwh))

    def _switch(self, setpoint_c: Values) -> None:
        running = self._on & ~self._cut
        self._off_minutes = np.where(running, 0, self._off_minutes + 1)
        rested = self._off_minutes >= REST_MINUTES
        stays = running & (self._air_c < setpoint_c + 0.5 * BAND_K)
        starts = ~running & rested & (self._air_c < setpoint_c - 0.5 * BAND_K)
        self._on = stays | starts
        self._starts += int(starts.sum())
        self._cut = np.zeros(len(self._on), dtype=bool)

    def shown(self) -> Mapping[str, float]:
        """Return the mean temperature of the houses, degC, and how many compressors run."""
        return {"indoor_temperature": float(self._air_c.mean()), "running": float(self._on.sum())}

    def counted(self) -> Mapping[str, float]:
        """Return the degree-hours below the comfort band, summed over the houses."""
        return {"discomfort_kh": self._totals["discomfort"]}

    def account(self) -> Mapping[str, float]:
        """Return energies, kWh: heat + gain = loss + change of stored."""
        return {
            "electric_kwh": self._totals["electric"],
            "heat_kwh": self._totals["heat"],
            "gain_kwh": self._totals["gain"],
            "loss_kwh": self._totals["loss"],
            "stored_kwh": self._buildings.stored_kwh(self._air_c, self._mass_c),
            "discomfort_kh": self._totals["discomfort"],
            "starts": float(self._starts),
        }
