"""The thermal observer: runs the model on measured load and ambient, and compares the top oil with it.

A hole in the inputs does not stop it: it coasts on the last good load and ambient, counts how long, and marks
what it computes as questionable, then invalid. It learns its small bias only inside a declared healthy
window, and not beyond a cap, so that a fault cannot be learnt away.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from edge.maintenance.constants import ThermalClass
from edge.maintenance.thermal import Temperatures, advance, steady, ultimate_rise
from kernel.point import NANOSECONDS
from kernel.quality import GOOD, INVALID, OLD, QUESTIONABLE

RESIDUAL_S: Final = 1800.0
"""Time constant of the smoothed residual, seconds: short against the oil's, long against a sensor's noise."""
NOISE_S: Final = 6 * 3600.0
"""Time constant of the noise scale, seconds."""
BIAS_S: Final = 12 * 3600.0
"""Time constant of bias learning inside the healthy window, seconds."""
COAST_S: Final = 2 * 3600.0
"""Longest coasting after which what the model says is invalid, seconds."""
LAG_S: Final = 2 * 3600.0
"""Time for which a change of load is remembered as doubt about the time constant, seconds."""
RESTART_S: Final = 12 * 3600.0
"""After a longer gap the model starts anew from the steady state, seconds."""


class Observing(msgspec.Struct, frozen=True, kw_only=True):
    """What the observer must know of one transformer."""

    fans_on: ThermalClass
    fans_off: ThermalClass
    fans_off_share: float = 1.0
    """Rating without fans over the rating with them, 1; 1.0 means that the fans' state is not modelled."""
    sensor_noise_k: float = 0.5
    """Least noise scale of the measured top oil, K (one sigma)."""
    model_spread: float = 0.06
    """Spread of the model's constants against the real unit, share of the rise (one sigma)."""
    lag_spread: float = 0.3
    """Spread of the oil's time constant, share of the way the oil still has to go (one sigma)."""
    bias_cap_k: float = 3.0
    """Largest bias that learning may take for healthy, K."""
    healthy_from_ns: int = 0
    healthy_until_ns: int = 0
    """Declared healthy window; empty when both are 0."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a transformer; None where the value is missing."""

    now_ns: int
    load_pu: float | None
    ambient_c: float | None
    top_oil_c: float | None
    winding_c: float | None
    fans_on: bool | None


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What the observer remembers of one transformer."""

    at_ns: int
    temperatures: Temperatures[float]
    load_pu: float
    ambient_c: float
    fans_on: bool
    rise_k: float
    """Modelled rise of the top oil over ambient, K."""
    lag_k: float = 0.0
    """How far the modelled oil has been from where its load leads, K: large while the load changes."""
    blind_s: float = 0.0
    """How long load or ambient have been missing, seconds."""
    residual_k: float | None = None
    """Smoothed measured minus modelled top oil, bias taken off, K; None before the first good value."""
    residual_at_ns: int = 0
    """Time of the newest top-oil value in it."""
    noise_k: float = 0.5
    """Scale of the sensor's noise, K (one sigma)."""
    gradient_residual_k: float | None = None
    """Smoothed measured winding minus measured top oil minus modelled gradient, K."""
    bias_k: float = 0.0
    capped: bool = False
    """True where the healthy window showed more than the cap: not absorbed."""

    @property
    def quality(self) -> int:
        """Quality of what the model computes now."""
        if self.blind_s == 0.0:
            return GOOD
        return (INVALID | OLD) if self.blind_s > COAST_S else (QUESTIONABLE | OLD)

    def sigma_k(self, of: Observing) -> float:
        """Return the spread that a residual must exceed to mean anything, K (one sigma).

        Three independent parts: the sensor's noise, the rise that is known to some percent, and the time
        constant, which matters only while the load changes.
        """
        return math.hypot(self.noise_k, of.model_spread * self.rise_k, of.lag_spread * self.lag_k)


def begin(of: Observing, look: Inputs) -> Observed | None:
    """Start from the steady state of the first load and ambient; None while there are none."""
    if look.load_pu is None or look.ambient_c is None:
        return None
    fans_on = look.fans_on is not False
    constants, load_pu = _in_force(of, look.load_pu, fans_on=fans_on)
    start = Observed(
        at_ns=look.now_ns,
        temperatures=steady(constants, load_pu, look.ambient_c),
        load_pu=look.load_pu,
        ambient_c=look.ambient_c,
        fans_on=fans_on,
        rise_k=ultimate_rise(constants, load_pu),
        noise_k=of.sensor_noise_k,
    )
    return _compare(of, start, look, dt_s=0.0)


def observe(of: Observing, before: Observed | None, look: Inputs) -> Observed | None:
    """Advance the model to now and compare it with what is measured.

    Args:
        of: constants and spreads.
        before: what it remembered; None before the first usable look.
        look: what is measured now.
    """
    dt_s = 0.0 if before is None else (look.now_ns - before.at_ns) / NANOSECONDS
    if before is None or dt_s > RESTART_S:
        restarted = begin(of, look)
        kept = {} if before is None else {"bias_k": before.bias_k, "capped": before.capped}
        return restarted if restarted is None else msgspec.structs.replace(restarted, **kept)
    blind = look.load_pu is None or look.ambient_c is None
    load = before.load_pu if look.load_pu is None else look.load_pu
    ambient = before.ambient_c if look.ambient_c is None else look.ambient_c
    fans_on = before.fans_on if look.fans_on is None else look.fans_on
    constants, load_pu = _in_force(of, load, fans_on=fans_on)
    temperatures = advance(constants, before.temperatures, load_pu, ambient, dt_s=dt_s)
    to_go = abs(ambient + ultimate_rise(constants, load_pu) - temperatures.top_oil_c)
    now = msgspec.structs.replace(
        before,
        at_ns=look.now_ns,
        temperatures=temperatures,
        load_pu=load,
        ambient_c=ambient,
        fans_on=fans_on,
        rise_k=max(0.0, temperatures.top_oil_c - ambient),
        lag_k=before.lag_k + (to_go - before.lag_k) * _share(dt_s, LAG_S),
        blind_s=before.blind_s + dt_s if blind else 0.0,
    )
    return now if blind else _compare(of, now, look, dt_s=dt_s)


def _in_force(of: Observing, load_pu: float, *, fans_on: bool) -> tuple[ThermalClass, float]:
    """Return the constants that hold now, and the load in pu of the rating they belong to."""
    if fans_on or of.fans_off_share >= 1.0:
        return of.fans_on, load_pu
    return of.fans_off, load_pu / of.fans_off_share


def _compare(of: Observing, now: Observed, look: Inputs, *, dt_s: float) -> Observed:
    if look.top_oil_c is None:
        return now
    raw = look.top_oil_c - now.temperatures.top_oil_c
    learnt = _learn(of, now, raw, dt_s=dt_s)
    raw -= learnt.bias_k
    before = raw if learnt.residual_k is None else learnt.residual_k
    residual = before + (raw - before) * _share(dt_s, RESIDUAL_S)
    variance = learnt.noise_k**2 + ((raw - before) ** 2 - learnt.noise_k**2) * _share(dt_s, NOISE_S)
    return msgspec.structs.replace(
        learnt,
        residual_k=residual,
        residual_at_ns=look.now_ns,
        noise_k=max(of.sensor_noise_k, math.sqrt(variance)),
        gradient_residual_k=_gradient_residual(now, look, dt_s=dt_s),
    )


def _gradient_residual(now: Observed, look: Inputs, *, dt_s: float) -> float | None:
    """A cooling fault lifts oil and winding together; a drifting top-oil sensor does not lift the winding."""
    if look.winding_c is None or look.top_oil_c is None:
        return now.gradient_residual_k
    raw = look.winding_c - look.top_oil_c - now.temperatures.gradient_k
    before = raw if now.gradient_residual_k is None else now.gradient_residual_k
    return before + (raw - before) * _share(dt_s, RESIDUAL_S)


def _learn(of: Observing, now: Observed, raw_k: float, *, dt_s: float) -> Observed:
    if not of.healthy_from_ns <= now.at_ns < of.healthy_until_ns:
        return now
    wanted = now.bias_k + (raw_k - now.bias_k) * _share(dt_s, BIAS_S)
    bias = min(of.bias_cap_k, max(-of.bias_cap_k, wanted))
    return msgspec.structs.replace(now, bias_k=bias, capped=now.capped or bias != wanted)


def _share(dt_s: float, tau_s: float) -> float:
    return -math.expm1(-dt_s / tau_s)
