"""What a departing top oil means: a cooling fault, a drifting sensor, or not enough data to tell.

Three witnesses vote. The winding: heat that is not taken away lifts oil and winding together, a drifting
top-oil sensor leaves the winding behind. The shape: a cooling fault grows with the rise that must be
carried away and follows a load step late, a drift does not know the load. The fans: switched on but drawing
no current. What they say at one look names no order: `edge.maintenance.naming` weighs it.
Weights and thresholds are ours.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

import msgspec

from edge.maintenance.history import STEP_S, Quarter, share_of_rise

ENOUGH_QUARTERS: Final = 16
"""Quarters with a residual that the shape needs: four hours."""
ENOUGH_RISE_K: Final = 4.0
"""Change of the modelled rise below which the shape cannot tell, K."""
CLEARER: Final = 0.6
"""One shape wins when its squared error is below this share of the other's, 1."""

WINDING_NOISE_K: Final = 1.0
"""Spread of the winding temperature indicator, K (one sigma); ours."""
WINDING_SPREAD: Final = 0.3
"""Spread of its gradient against the model's, share (one sigma); ours."""


class Cause(StrEnum):
    """What is wrong, as far as the data tell."""

    NONE = "none"
    COOLING_FAULT = "cooling_fault"
    SENSOR_DRIFT = "sensor_drift"
    UNCLEAR = "unclear"
    """The top oil departs, but the witnesses contradict each other or are missing."""


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """How each witness votes: +1 for a cooling fault, -1 for a drifting sensor, 0 where it cannot tell."""

    winding: int
    shape: int
    fans: int

    @property
    def heard(self) -> int:
        """How many of the three could tell."""
        return (self.winding != 0) + (self.shape != 0) + (self.fans != 0)


def winding_vote(residual_k: float, gradient_residual_k: float | None, *, gradient_k: float) -> int:
    """Ask the winding sensor which cause its own departure fits better.

    With heat that is real the winding stays at its gradient above the oil (departure 0); with a drifting
    top-oil sensor it seems to leave by what the sensor adds (departure -residual). The vote is the sign of
    the log-likelihood ratio of two normal distributions, once it passes 1. The indicator's own gradient is
    adjustable and is taken as known to 30 % only, so a small residual leaves it silent.

    Args:
        residual_k: measured minus modelled top oil, K.
        gradient_residual_k: measured minus modelled winding over top oil, K; None where there is none.
        gradient_k: modelled winding over top oil, K.

    >>> [winding_vote(11.0, seen, gradient_k=12.0) for seen in (0.8, -10.5, -5.5, None)]
    [1, -1, 0, 0]
    """
    if gradient_residual_k is None:
        return 0
    variance = WINDING_NOISE_K**2 + (WINDING_SPREAD * gradient_k) ** 2
    ratio = residual_k * (residual_k + 2.0 * gradient_residual_k) / (2.0 * variance)
    return 0 if abs(ratio) < 1.0 else round(ratio / abs(ratio))


def shape_vote(quarters: tuple[Quarter, ...], *, oil_s: float, since_ns: int = 0) -> int:
    """Ask whether the residual follows the rise (+1) or stays the same (-1); 0 without a change of load.

    With a lasting rise that is `f` times as high, the oil keeps its heat capacity and its time constant grows
    to `f tau`. What is measured beyond the model is then `(f - 1) R(s) / (1 + f tau s)`: the modelled rise R
    after one lag more. Held against the rise itself, every morning's load would speak for the sensor.

    Args:
        quarters: means of the last day, oldest first; a hole in the rise lets the lag coast.
        oil_s: time constant tau of the healthy oil, seconds.
        since_ns: only quarters that begin here or later are compared.
    """
    rows = _late_rises(quarters, oil_s * (1.0 + max(0.0, share_of_rise(quarters) or 0.0)), since_ns)
    if len(rows) < ENOUGH_QUARTERS or max(r for r, _ in rows) - min(r for r, _ in rows) < ENOUGH_RISE_K:
        return 0
    factor = sum(rise * residual for rise, residual in rows) / sum(rise * rise for rise, _ in rows)
    mean = sum(residual for _, residual in rows) / len(rows)
    follows = sum((residual - factor * rise) ** 2 for rise, residual in rows)
    stays = sum((residual - mean) ** 2 for _, residual in rows)
    if follows < CLEARER * stays:
        return 1
    return -1 if stays < CLEARER * follows else 0


def _late_rises(quarters: tuple[Quarter, ...], lag_s: float, since_ns: int) -> list[tuple[float, float]]:
    """Return the lagged rise and the residual of every quarter that has one, K."""
    share, late, rows = -math.expm1(-STEP_S / lag_s), None, []
    for quarter in quarters:
        if quarter.rise_k is not None:
            late = quarter.rise_k if late is None else late + (quarter.rise_k - late) * share
        if late is not None and quarter.residual_k is not None and quarter.start_ns >= since_ns:
            rows.append((late, quarter.residual_k))
    return rows


def fans_vote(
    *, fans_on: bool | None, fan_current_a: float | None, expected_a: float | None, before: int = 0
) -> int:
    """Ask the fans: +1 when they are switched on and draw less than half their current.

    Fans that draw their current prove nothing about oil flow, so they never vote for the sensor. Fans that
    are switched off, or whose current is not known, cannot take back what they showed `before`.

    >>> fans_vote(fans_on=True, fan_current_a=0.2, expected_a=4.0)
    1
    """
    if not fans_on or fan_current_a is None or expected_a is None:
        return before
    return 1 if fan_current_a < 0.5 * expected_a else 0


def votes_of(witnesses: Witnesses) -> int:
    """Return the votes for a cooling fault less those for the sensor; winding and fans have two each."""
    return 2 * witnesses.winding + witnesses.shape + 2 * witnesses.fans
