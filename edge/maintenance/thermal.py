"""Temperatures of an oil-immersed transformer: the differential model of IEC 60076-7, stepped exactly.

With K the load in pu and R the loss ratio, the top oil goes with time constant `k11 * tau_o` towards
`ambient + rise * ((1 + R K^2) / (1 + R))^x`; the hot-spot gradient is the difference of two gradients that go
towards `k21 * g * K^y` and `(k21 - 1) * g * K^y` with `k22 * tau_w` and `tau_o / k22`.
The equations are linear and not coupled, so one exponential step is exact for constant input, however long.

Source: IEC 60076-7 (2018), clause on the solution by differential equations.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.maintenance.constants import ThermalClass

Array = NDArray[np.float64]
Number = TypeVar("Number", float, Array)


class Temperatures(msgspec.Struct, Generic[Number], frozen=True, kw_only=True):
    """The thermal state of one transformer, or of N cases of it when the fields are (N,) arrays."""

    top_oil_c: Number
    gradient_1_k: Number
    """Fast part of the hot-spot gradient, K."""
    gradient_2_k: Number
    """Slow part, which is subtracted, K."""

    @property
    def gradient_k(self) -> Number:
        """Hot-spot over top oil, K."""
        return self.gradient_1_k - self.gradient_2_k

    @property
    def hot_spot_c(self) -> Number:
        """Temperature of the hottest spot of the winding, degC."""
        return self.top_oil_c + self.gradient_1_k - self.gradient_2_k


def ultimate_rise(of: ThermalClass, load_pu: Number) -> Number:
    """Return the top-oil rise over ambient that a lasting load ends at, K.

    >>> from edge.maintenance.constants import thermal_class
    >>> ultimate_rise(thermal_class("power_onaf"), 1.0)
    52.0
    """
    losses = (1.0 + of.loss_ratio * load_pu * load_pu) / (1.0 + of.loss_ratio)
    rise: Number = of.top_oil_rise_k * losses**of.oil_exponent
    return rise


def _gradient(of: ThermalClass, load_pu: Number) -> Number:
    gradient: Number = of.hot_spot_gradient_k * load_pu**of.winding_exponent
    return gradient


def steady(of: ThermalClass, load_pu: Number, ambient_c: Number) -> Temperatures[Number]:
    """Return the state after a long time at this load (>= 0 pu) and ambient (degC).

    >>> from edge.maintenance.constants import thermal_class
    >>> steady(thermal_class("power_onaf"), 1.0, 20.0).hot_spot_c
    98.0
    """
    gradient = _gradient(of, load_pu)
    return Temperatures(
        top_oil_c=ambient_c + ultimate_rise(of, load_pu),
        gradient_1_k=of.k21 * gradient,
        gradient_2_k=(of.k21 - 1.0) * gradient,
    )


def advance(
    of: ThermalClass,
    before: Temperatures[Number],
    load_pu: Number,
    ambient_c: Number,
    *,
    dt_s: float,
    rise_factor: Number | float = 1.0,
) -> Temperatures[Number]:
    """Return the state `dt_s` seconds later, exactly for load and ambient that stay constant meanwhile.

    Args:
        of: constants of the transformer.
        before: state now.
        load_pu: load current over rated current, >= 0; scalar or (N,).
        ambient_c: degrees Celsius; scalar or (N,).
        dt_s: seconds, >= 0; any length.
        rise_factor: how much higher the top oil ends than with a healthy cooler, 1 for healthy.
    """
    gradient = _gradient(of, load_pu)
    ultimate = ambient_c + rise_factor * ultimate_rise(of, load_pu)
    oil = -math.expm1(-dt_s / (60.0 * of.k11 * of.oil_minutes))
    fast = -math.expm1(-dt_s / (60.0 * of.k22 * of.winding_minutes))
    slow = -math.expm1(-dt_s * of.k22 / (60.0 * of.oil_minutes))
    return Temperatures(
        top_oil_c=before.top_oil_c + (ultimate - before.top_oil_c) * oil,
        gradient_1_k=before.gradient_1_k + (of.k21 * gradient - before.gradient_1_k) * fast,
        gradient_2_k=before.gradient_2_k + ((of.k21 - 1.0) * gradient - before.gradient_2_k) * slow,
    )


class Trajectory(msgspec.Struct, frozen=True, kw_only=True):
    """Temperatures at the end of each of T steps for N cases; both (T, N), degC."""

    top_oil_c: Array
    hot_spot_c: Array


def trajectory(
    of: ThermalClass,
    start: Temperatures[Array],
    load_pu: Array,
    ambient_c: Array,
    *,
    dt_s: float,
    rise_factor: Array,
) -> Trajectory:
    """Run N cases through T steps of `dt_s` seconds.

    Args:
        of: constants of the transformer.
        start: state at the begin, fields of shape (N,).
        load_pu: (T, N), load current over rated current.
        ambient_c: (T,), degrees Celsius.
        dt_s: length of a step, seconds.
        rise_factor: (N,), 1 for a healthy cooler.
    """
    top_oil, hot_spot = np.empty_like(load_pu), np.empty_like(load_pu)
    now = start
    for step, load in enumerate(load_pu):
        ambient = np.full_like(load, ambient_c[step])
        now = advance(of, now, load, ambient, dt_s=dt_s, rise_factor=rise_factor)
        top_oil[step], hot_spot[step] = now.top_oil_c, now.hot_spot_c
    return Trajectory(top_oil_c=top_oil, hot_spot_c=hot_spot)
