"""The simulated world's transformer: two thermal masses whose heat exchange depends on viscosity.

The gateway's observer follows IEC 60076-7; this is on purpose a different, richer model with other
parameters:

    C_w d(theta_w)/dt = P_w - Q_wo                        windings, mean temperature
    C_o d(theta_o)/dt = Q_wo + P_iron - Q_oa              oil and iron, mean temperature
    P_w  = pk K^2 ((1 - e) f + e / f),  f = (235 + theta_w) / (235 + 75)
    Q_wo = pk  ((theta_w - theta_o) / g_r)^(1.25)  (mu_r / mu(film))^0.25
    Q_oa = P_r x ((theta_o - theta_a) / d_r)^(1.25) (mu_r / mu(oil))^0.05
    d(b)/dt  = (b_r / 2 ((Q_wo + P_iron) / P_r)^0.5 - b) / tau_b
    top oil  = theta_o + b
    d(h)/dt  = (H g_r (P_w / pk)^0.8 (mu(film) / mu_r)^0.2 - h) / tau_h
    hot spot = top oil + h

K is the load current per unit; x is the share of the rated heat exchange that radiators and fans give.
What differs from IEC 60076-7: winding losses rise with temperature, cold oil is thick and cools less, the oil
has a vertical gradient that follows the heat it takes up, windings and oil exchange heat both ways. What the
air takes from the oil moves the mean of the oil alone, and the gradients above it follow what the windings
give, each with a time of its own, as those of IEC 60076-7 do: blocking a cooler cools nothing.
At rest h is H (theta_w - theta_o).

Sources: the two-body circuit after G. Swift et al., A fundamental approach to transformer thermal
modeling, IEEE Trans. Power Delivery 16 (2001); viscosity in the exchange after D. Susa et al., Dynamic
thermal modelling of power transformers, IEEE Trans. Power Delivery 20 (2005), and IEEE C57.91 Annex G, from
where the viscosity curve and the loss correction come; papers cited from memory. Exponents and capacities
are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from simulators.heat import ThermalReading
from simulators.noise import seed_of, uniform

_LONGEST_STEP_S: Final = 120.0
"""Runge-Kutta steps are stable up to about 2.7 winding time constants (18 min); this is far below."""
_LOSS_REFERENCE: Final = 235.0 + 75.0
"""Copper's resistance is proportional to 235 + degC; losses are guaranteed at 75 degC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingGroup:
    """A group of fans with its thermostat."""

    share: float
    """Part of the rated heat exchange it adds."""
    current_a: float
    """Motor current of the group, A."""
    start_c: float
    """Winding temperature indication at which it starts, degC."""
    stop_c: float
    """Indication at which it stops, degC."""


BASE_GROUP: Final = CoolingGroup(share=0.40, current_a=6.4, start_c=-273.0, stop_c=-300.0)
"""Runs whenever the unit is energised."""
RESERVE_GROUP: Final = CoolingGroup(share=0.15, current_a=3.2, start_c=75.0, stop_c=65.0)
"""Starts on temperature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalPlate:
    """Parameters of one unit; rises at rated current with the base group running."""

    rated_a: float
    """Rated current of the winding whose current is measured, A."""
    copper_loss_kw: float
    """At rated current and 75 degC."""
    iron_loss_kw: float
    oil_rise_k: float = 46.0
    """Mean oil above ambient (d_r)."""
    oil_gradient_k: float = 12.0
    """Top to bottom of the oil (b_r)."""
    oil_gradient_s: float = 600.0
    """Time constant with which that gradient follows (tau_b), seconds: tau_w of IEC 60076-7, ONAN."""
    winding_gradient_k: float = 18.0
    """Mean winding above mean oil (g_r)."""
    hot_spot_factor: float = 1.28
    """H."""
    hot_spot_s: float = 420.0
    """Time constant with which the hot spot leaves the top oil (tau_h), s: tau_w of IEC 60076-7, ONAF."""
    eddy_share: float = 0.12
    """Part of the load loss that is eddy loss at 75 degC (e)."""
    oil_kj_per_k: float = 15_000.0
    """Effective capacity of oil, tank and iron."""
    winding_kj_per_k: float = 2_600.0
    """Capacity of the windings."""
    natural_share: float = 0.60
    """Part of the rated heat exchange without fans."""
    groups: tuple[CoolingGroup, ...] = (BASE_GROUP, RESERVE_GROUP)
    image_gradient_k: float = 21.0
    """Rise of the winding temperature indicator's heater at rated current."""
    image_s: float = 480.0
    """Time constant of that heater, seconds."""

    @property
    def rated_loss_kw(self) -> float:
        """All losses at rated current (P_r), kW."""
        return self.copper_loss_kw + self.iron_loss_kw


class ThermalState(NamedTuple):
    """What a transformer remembers."""

    winding_c: float
    """Mean winding temperature, degC."""
    oil_c: float
    """Mean oil temperature, degC."""
    image_k: float
    """Heater of the winding temperature indicator above top oil, K."""
    top_oil_c: float
    running: tuple[bool, ...]
    """Which cooling groups run."""
    hot_spot_k: float = 0.0
    """Hot spot above top oil, K."""


class Surroundings(NamedTuple):
    """What acts on a transformer during a step."""

    current_a: float
    ambient_c: float
    blocked: float
    """Share of the heat exchange that is lost, 0 to 1."""
    energised: bool
    fans: float = 1.0
    """Share of the fans that turn when they are switched on, 0 to 1."""


def off_plate(plate: ThermalPlate, seed: int) -> ThermalPlate:
    """Return a unit that differs from its name plate by 5 to 10 % in each thermal parameter.

    >>> plate = ThermalPlate(rated_a=700.0, copper_loss_kw=110.0, iron_loss_kw=16.0)
    >>> 0.05 <= abs(off_plate(plate, 3).oil_rise_k / plate.oil_rise_k - 1.0) <= 0.10
    True
    """

    def off(name: str, nominal: float) -> float:
        own = seed_of(seed, "thermal", name)
        sign = 1.0 if uniform(own, 0) < 0.5 else -1.0
        return nominal * (1.0 + sign * (0.05 + 0.05 * uniform(own, 1)))

    return replace(
        plate,
        oil_rise_k=off("oil_rise_k", plate.oil_rise_k),
        oil_gradient_k=off("oil_gradient_k", plate.oil_gradient_k),
        winding_gradient_k=off("winding_gradient_k", plate.winding_gradient_k),
        hot_spot_factor=off("hot_spot_factor", plate.hot_spot_factor),
        oil_kj_per_k=off("oil_kj_per_k", plate.oil_kj_per_k),
        winding_kj_per_k=off("winding_kj_per_k", plate.winding_kj_per_k),
        image_gradient_k=off("image_gradient_k", plate.image_gradient_k),
    )


def cold(plate: ThermalPlate, ambient_c: float) -> ThermalState:
    """Return a unit that has never been energised."""
    return ThermalState(ambient_c, ambient_c, 0.0, ambient_c, (False,) * len(plate.groups))


def advance(plate: ThermalPlate, state: ThermalState, around: Surroundings, *, dt_s: float) -> ThermalState:
    """Advance a transformer by any time with constant surroundings.

    Args:
        plate: its parameters.
        state: at the begin.
        around: what acts on it during the step.
        dt_s: length, seconds, >= 0; it is cut into equal Runge-Kutta steps of at most 120 s.

    Returns:
        The state at the end. The fans are switched after each inner step.
    """
    count = math.ceil(dt_s / _LONGEST_STEP_S)
    for _ in range(count):
        state = _step(plate, state, around, dt_s / count)
    return state


def reading(plate: ThermalPlate, state: ThermalState) -> ThermalReading:
    """Return what the unit shows in a state."""
    return ThermalReading(
        top_oil_c=state.top_oil_c,
        winding_c=state.top_oil_c + state.image_k,
        hot_spot_c=state.top_oil_c + state.hot_spot_k,
        fan_current_a=sum(g.current_a for g, on in zip(plate.groups, state.running, strict=True) if on),
        cooling_on=any(state.running),
    )


def _step(plate: ThermalPlate, state: ThermalState, around: Surroundings, dt_s: float) -> ThermalState:
    load = around.current_a / plate.rated_a
    exchange = _exchange(plate, state.running, around.fans) * (1.0 - around.blocked)
    winding, oil = state.winding_c, state.oil_c
    w1, o1, _, _ = _rates(plate, around, exchange, winding, oil)
    w2, o2, _, _ = _rates(plate, around, exchange, winding + 0.5 * dt_s * w1, oil + 0.5 * dt_s * o1)
    w3, o3, heat, lost = _rates(plate, around, exchange, winding + 0.5 * dt_s * w2, oil + 0.5 * dt_s * o2)
    w4, o4, _, _ = _rates(plate, around, exchange, winding + dt_s * w3, oil + dt_s * o3)
    winding += dt_s / 6.0 * (w1 + 2.0 * w2 + 2.0 * w3 + w4)
    oil += dt_s / 6.0 * (o1 + 2.0 * o2 + 2.0 * o3 + o4)
    oil_k, hot_spot_k = _gradients(plate, heat, lost)
    above_mean = _towards(oil_k, state.top_oil_c - state.oil_c, dt_s / plate.oil_gradient_s)
    hot_spot = _towards(hot_spot_k, state.hot_spot_k, dt_s / plate.hot_spot_s)
    image = _towards(plate.image_gradient_k * load**1.6, state.image_k, dt_s / plate.image_s)
    top_oil = oil + above_mean
    running = _running(plate, state.running, top_oil + image, energised=around.energised)
    return ThermalState(winding, oil, image, top_oil, running, hot_spot)


def _rates(
    plate: ThermalPlate, around: Surroundings, exchange: float, winding_c: float, oil_c: float
) -> tuple[float, float, float, float]:
    """Rates of winding and oil temperature, K/s, and what `_gradients` is asked with."""
    load = around.current_a / plate.rated_a
    factor = (235.0 + winding_c) / _LOSS_REFERENCE
    share = plate.eddy_share
    lost = load * load * ((1.0 - share) * factor + share / factor)
    copper = plate.copper_loss_kw * lost
    thin = _thin(0.5 * (winding_c + oil_c), 0.25)
    to_oil = plate.copper_loss_kw * _power(winding_c - oil_c, plate.winding_gradient_k) * thin
    taken = to_oil + (plate.iron_loss_kw if around.energised else 0.0)
    to_air = _oil_to_air_kw(plate, exchange, oil_c, around.ambient_c)
    return (
        (copper - to_oil) / plate.winding_kj_per_k,
        (taken - to_air) / plate.oil_kj_per_k,
        taken,
        lost / thin,
    )


def _gradients(plate: ThermalPlate, heat_kw: float, lost: float) -> tuple[float, float]:
    """Return the gradients at rest: top oil above mean oil, hot spot above top oil, K.

    Args:
        plate: of the unit.
        heat_kw: that the oil takes up.
        lost: in the windings, per unit of the rated, for oil as thin as at 70 degC.
    """
    rated = plate.rated_loss_kw or math.inf  # an ideal unit, such as a regulator of a test feeder, stays cold
    hot = plate.hot_spot_factor * plate.winding_gradient_k * lost**0.8 if plate.copper_loss_kw else 0.0
    return 0.5 * plate.oil_gradient_k * math.sqrt(max(heat_kw, 0.0) / rated), hot


def _towards(target: float, before: float, times: float) -> float:
    """Return a value that has moved towards its target for so many time constants."""
    return before + (target - before) * -math.expm1(-times)


def _oil_to_air_kw(plate: ThermalPlate, exchange: float, oil_c: float, ambient_c: float) -> float:
    return plate.rated_loss_kw * exchange * _power(oil_c - ambient_c, plate.oil_rise_k) * _thin(oil_c, 0.05)


def _power(difference_k: float, rated_k: float) -> float:
    """Natural convection: heat rises with the power 1.25 of the difference, in either direction."""
    return math.copysign((abs(difference_k) / rated_k) ** 1.25, difference_k)


def _thin(oil_c: float, exponent: float) -> float:
    """(mu_r / mu)^exponent with mu_r at 70 degC; mu ~ exp(2797.3 / T), IEEE C57.91 Annex G."""
    return math.exp(exponent * 2797.3 * (1.0 / 343.15 - 1.0 / (oil_c + 273.15)))


def _exchange(plate: ThermalPlate, running: tuple[bool, ...], turning: float) -> float:
    fans = sum(group.share for group, on in zip(plate.groups, running, strict=True) if on)
    return plate.natural_share + fans * turning


def _running(
    plate: ThermalPlate, before: tuple[bool, ...], indicated_c: float, *, energised: bool
) -> tuple[bool, ...]:
    if not energised:
        return (False,) * len(before)
    return tuple(
        indicated_c >= (group.stop_c if was_on else group.start_c)
        for group, was_on in zip(plate.groups, before, strict=True)
    )
