"""Buildings as two heat capacities: the air with what is light in it, and the walls and floors.

    C_air  dT_air/dt  = U_walls (T_mass - T_air) + U_air (T_out - T_air) + heat to the air
    C_mass dT_mass/dt = U_walls (T_air - T_mass) + U_mass (T_out - T_mass) + heat to the walls

One step of Crank and Nicolson: exact in its energy balance to rounding, stable at any length. A two-capacity
model is the least that shows both how fast a room cools and how long a house keeps warm (P. Bacher and
H. Madsen, Identifying suitable models for the heat dynamics of buildings, Energy and Buildings 43 (2011)
1511-1522).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.noise_arrays import Numbers, uniforms
from simulators.physics.flows import Values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buildings:
    """N buildings; capacities in kWh/K, conductances in kW/K, all arrays (N,)."""

    air_kwh_k: Values
    mass_kwh_k: Values
    walls_kw_k: Values
    """Between air and walls."""
    air_out_kw_k: Values
    """Between air and outside: windows and ventilation."""
    mass_out_kw_k: Values
    """Between walls and outside."""
    sun_m2: Values
    """Window area times what it lets through, m2: this times the global irradiance warms the air."""
    people_kw: Values
    """Heat of people and appliances, to the air."""

    @classmethod
    def houses(cls, numbers: Numbers, seed: int) -> Buildings:
        """Return detached houses of about 140 m2, 0.6 to 1.4 times as large and leaky.

        Round numbers of ours for a house built around 1990: 0.23 kW/K, a time constant of three days.

        Args:
            numbers: (N,) of the houses; a house is the same in any fleet.
            seed: of all houses.
        """
        size = 0.6 + 0.8 * uniforms(seed, numbers)
        return cls(
            air_kwh_k=2.0 * size,
            mass_kwh_k=14.0 * size,
            walls_kw_k=1.2 * size,
            air_out_kw_k=0.15 * size,
            mass_out_kw_k=0.08 * size,
            sun_m2=4.0 * size,
            people_kw=0.35 * size,
        )

    def loss_kw_k(self) -> Values:
        """Return the heat that a building loses for one kelvin, warm through and through, (N,) kW/K."""
        through = self.walls_kw_k * self.mass_out_kw_k / (self.walls_kw_k + self.mass_out_kw_k)
        loss: Values = self.air_out_kw_k + through
        return loss

    def settled_c(self, air_c: Values, outdoor_c: float) -> Values:
        """Return the temperature of walls that have long had this air and weather, (N,) degC."""
        walls: Values = (self.walls_kw_k * air_c + self.mass_out_kw_k * outdoor_c) / (
            self.walls_kw_k + self.mass_out_kw_k
        )
        return walls

    def after(
        self, air_c: Values, mass_c: Values, *, heat_kwh: Values, outdoor_c: float, hours: float
    ) -> tuple[Values, Values, Values]:
        """Return both temperatures after a step and the heat lost to the outside in it.

        Args:
            air_c: (N,) degC at its begin.
            mass_c: (N,) degC at its begin.
            heat_kwh: (N,) to the air within the step.
            outdoor_c: outside, degC.
            hours: its length, > 0.

        Returns:
            Air (N,) degC, walls (N,) degC, loss (N,) kWh: heat_kwh = change of stored heat + loss.
        """
        half = 0.5 * hours
        # For the changes a, m: (C + half * U) change = hours * (U applied to the present) + heat.
        air_air = self.air_kwh_k + half * (self.walls_kw_k + self.air_out_kw_k)
        mass_mass = self.mass_kwh_k + half * (self.walls_kw_k + self.mass_out_kw_k)
        across = half * self.walls_kw_k
        flow = self.walls_kw_k * (mass_c - air_c)
        into_air = hours * (flow + self.air_out_kw_k * (outdoor_c - air_c)) + heat_kwh
        into_mass = hours * (-flow + self.mass_out_kw_k * (outdoor_c - mass_c))
        determinant = air_air * mass_mass - across * across
        air = (into_air * mass_mass + across * into_mass) / determinant
        mass = (into_mass * air_air + across * into_air) / determinant
        lost: Values = hours * (
            self.air_out_kw_k * (air_c + 0.5 * air - outdoor_c)
            + self.mass_out_kw_k * (mass_c + 0.5 * mass - outdoor_c)
        )
        return air_c + air, mass_c + mass, lost

    def stored_kwh(self, air_c: Values, mass_c: Values) -> float:
        """Return the heat stored over 0 degC in all buildings, kWh."""
        return float(np.sum(self.air_kwh_k * air_c + self.mass_kwh_k * mass_c))
