"""Words of a repair order: what is wrong, what to do, what would change it, what can be done when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from edge.maintenance.coming_day import ComingDay
from edge.maintenance.diagnosis import Cause, Witnesses
from edge.maintenance.history import STEP_S
from edge.maintenance.observer import Observed
from edge.maintenance.rating import lasting_load_pu
from edge.maintenance.unit import Unit
from kernel.point import NANOSECONDS
from kernel.repair import LikelyCause
from kernel.site import Site

WINDOW_H: Final = 4
"""Length of the low-load window that is looked for, hours."""


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Another transformer on the same supply, with its coming day."""

    unit: Unit
    day: ComingDay


def title(seen: Observed, cause: Cause, votes: Witnesses) -> str:
    """Say in one line what is wrong."""
    residual = seen.residual_k or 0.0
    side = "above" if residual >= 0.0 else "below"
    off = f"top-oil {abs(residual):.1f} K {side} model at {100 * seen.load_pu:.0f} % load"
    return f"{_words(cause, votes)}; {off}"


def causes(cause: Cause, votes: Witnesses, *, cooling_share: float) -> tuple[LikelyCause, ...]:
    """Return both causes with their shares: the one that names the order first, else the likelier one."""
    cooler = LikelyCause(text=_words(Cause.COOLING_FAULT, votes), share=cooling_share)
    sensor = LikelyCause(text=_words(Cause.SENSOR_DRIFT, votes), share=1.0 - cooling_share)
    names_sensor = cause is Cause.SENSOR_DRIFT or (cause is Cause.UNCLEAR and cooling_share < 0.5)
    return (sensor, cooler) if names_sensor else (cooler, sensor)


def _words(cause: Cause, votes: Witnesses) -> str:
    match cause:
        case Cause.COOLING_FAULT if votes.fans > 0:
            return "Cooling group switched on but not running"
        case Cause.COOLING_FAULT:
            return "Cooling group not moving oil or air"
        case Cause.SENSOR_DRIFT:
            return "Top-oil sensor drifts"
        case _:
            return "Cooler or sensor at fault, data cannot tell"


def work(unit: Unit, cause: Cause) -> str:
    """Say what should be done."""
    match cause:
        case Cause.COOLING_FAULT:
            return (
                f"Check fans, pumps, radiator valves and fouling of {unit.asset}; clean, free or replace. "
                "Until then keep the load below the lasting limit given here."
            )
        case Cause.SENSOR_DRIFT:
            return (
                f"Compare the top-oil sensor of {unit.asset} with a second thermometer; calibrate or replace."
            )
        case _:
            return f"Read the top oil of {unit.asset} by hand and look whether every fan and pump runs."


def counterfactuals(
    unit: Unit, seen: Observed, *, factor: float, limit_k: float, ambient_c: float
) -> tuple[str, ...]:
    """Say which load and which reading would change the order; computed from the model."""
    until, healthy = (
        lasting_load_pu(unit.observing.fans_on, unit.limit, ambient_c=ambient_c, rise_factor=rise)
        for rise in (factor, 1.0)
    )
    closes = unit.patience.clear_share * limit_k
    real = seen.temperatures.top_oil_c + seen.bias_k
    carries = (
        f"Carries {100 * until:.0f} % for good until repaired, {100 * healthy:.0f} % when healthy "
        f"(hot-spot {unit.limit.hot_spot_c:.0f} and top-oil {unit.limit.top_oil_c:.0f} degC at "
        f"{ambient_c:.0f} degC outside)"
    )
    by_hand = (
        f"A hand reading of the top oil near {real:.0f} degC now names the sensor, one near "
        f"{real + (seen.residual_k or 0.0):.0f} degC the cooler"
    )
    hours, day = (seconds / 3600.0 for seconds in (unit.patience.clear_s, unit.patience.recur_s))
    closing = (
        f"Closes when top-oil stays within {closes:.1f} K of the model for {hours:.0f} h and has not passed "
        f"{limit_k:.1f} K for {day:.0f} h"
    )
    return carries, by_hand, closing


def feasibility(unit: Unit, site: Site, day: ComingDay, partners: Sequence[Partner]) -> tuple[str, ...]:
    """Say what the site file and the coming day know of when it can be done; nothing is invented."""
    first = _low_window(day)
    steps = slice(first, first + WINDOW_H * 4)
    start_ns = day.start_ns + round(first * STEP_S) * NANOSECONDS
    begin, end = (_clock(start_ns + hours * 3600 * NANOSECONDS, site) for hours in (0, WINDOW_H))
    highest = max(day.load_pu[steps])
    lines = [f"Lowest load {begin} to {end}: at most {100 * highest:.0f} % of rating ({day.source})"]
    lines += [_can_carry(unit, day, partner, steps) for partner in partners]
    lines += [
        f"Work permit {permit.id} of {permit.holder} is on zone {permit.zone} until "
        f"{_clock(permit.until_ns, site)}"
        for permit in site.permits
        if unit.zone and permit.zone == unit.zone and permit.until_ns > day.start_ns
    ]
    return (*lines, "Crews, spare parts and outage windows are not in the site file")


def _can_carry(unit: Unit, day: ComingDay, partner: Partner, steps: slice) -> str:
    other = partner.unit
    both_kw = max(
        own * unit.kw_per_pu + theirs * other.kw_per_pu
        for own, theirs in zip(day.load_pu[steps], partner.day.load_pu[steps], strict=True)
    )
    limit = lasting_load_pu(other.observing.fans_on, other.limit, ambient_c=max(day.ambient_c[steps]))
    load = both_kw / other.kw_per_pu
    answer = "can" if load <= limit else "cannot"
    return f"{other.asset} {answer} carry both then: {100 * load:.0f} % of its lasting {100 * limit:.0f} %"


def _low_window(day: ComingDay) -> int:
    """Return the first quarter of the window with the lowest mean load."""
    means = np.convolve(np.asarray(day.load_pu), np.ones(WINDOW_H * 4), mode="valid")
    return int(np.argmin(means))


def _clock(at_ns: int, site: Site) -> str:
    moment = datetime.fromtimestamp(at_ns / NANOSECONDS, tz=ZoneInfo(site.time_zone))
    return f"{moment:%a %H:%M}"
