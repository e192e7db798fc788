"""The battery's day: keep the energy that the coming peaks need, refill in the valleys, make no new peak.

Backwards from the end of the horizon, the energy that must be stored at the begin of an interval is what the
rest needs above the limit, less what the valleys until then can give. Forwards, each stretch before a peak is
filled like water, lowest demand first, up to what the peak needs. Where the energy cannot suffice, the limit
is raised as little as possible, so that the highest interval mean of the day is as low as it can be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from edge.demand_response.battery import Battery
from edge.demand_response.expected_demand import ExpectedDemand
from edge.demand_response.ordered import ordered_sum

Z90: Final = 1.2815515655446004
"""Standard normal deviate of the 90 % quantile."""
HALVINGS: Final = 24
"""Halvings of an interval: 20 MW down to about one watt."""


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan keeps to."""

    target_kw: float
    """Interval mean it aims at: the limit less the margin, kW."""
    charge_below_kw: float
    """Demand plus charging stays below this at the 90 % quantile, kW."""
    rest_kwh: float
    """Stored energy it returns to where no peak asks for more, kWh."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What the battery will do in each of N intervals, and what it rests on."""

    power_kw: tuple[float, ...]
    """Mean power of each interval, discharge positive, kW."""
    target_kw: float
    """Interval mean that can be kept: the goal, or higher where the energy cannot suffice, kW."""
    need_kwh: float
    """Energy from the store for the whole horizon at the median, kWh."""
    need_high_kwh: float
    """The same at the 90 % quantile, kWh."""
    reserve_kwh: float
    """Energy that should be stored now for the coming peaks, kWh."""
    confidence: float
    """Probability that the energy suffices for the goal, 0 to 1."""


def schedule(demand: ExpectedDemand, battery: Battery, stored_kwh: float, goal: Goal) -> Schedule:
    """Plan the battery over the horizon of a forecast.

    Args:
        demand: N intervals without the battery, kW.
        battery: what it can give and take.
        stored_kwh: energy above its lowest state of charge, kWh.
        goal: the limits that hold.
    """
    hours = demand.step_s / 3600.0
    target = _reachable_target(demand, battery, stored_kwh, goal)
    need = [_need_kwh(kw, target, battery, hours) for kw in demand.median_kw]
    high = [_need_kwh(kw, target, battery, hours) for kw in demand.high_kw]
    rooms = [_room_kw(kw, battery, goal) for kw in demand.high_kw]
    reserve = [min(battery.usable_kwh, kwh) for kwh in _reserve(high, rooms, hours, battery)]
    power = _forward(demand, battery, stored_kwh, goal, target, reserve)
    return Schedule(
        power_kw=tuple(power),
        target_kw=target,
        need_kwh=ordered_sum(need),
        need_high_kwh=ordered_sum(high),
        reserve_kwh=reserve[0],
        confidence=_confidence(demand, battery, stored_kwh, goal),
    )


def _need_kwh(kw: float, target_kw: float, battery: Battery, hours: float) -> float:
    """Energy out of the store that brings one interval down to the target, as far as power allows."""
    return min(battery.power_kw, max(0.0, kw - target_kw)) * hours / battery.one_way


def _room_kw(high_kw: float, battery: Battery, goal: Goal) -> float:
    """Power it may charge with in an interval without making a new peak."""
    return min(battery.power_kw, max(0.0, goal.charge_below_kw - high_kw))


def _reserve(need: Sequence[float], rooms: Sequence[float], hours: float, battery: Battery) -> list[float]:
    """Energy that should be stored at the begin of each interval, kWh; one more entry for the end.

    It may exceed what the battery holds: then the peaks cannot be kept.
    """
    after = 0.0
    reserve = [after]
    for wanted, room in zip(reversed(need), reversed(rooms), strict=True):
        refill = 0.0 if wanted > 0.0 else room * hours * battery.one_way
        after = max(0.0, after + wanted - refill)
        reserve.append(after)
    return reserve[::-1]


def _reachable_target(demand: ExpectedDemand, battery: Battery, stored_kwh: float, goal: Goal) -> float:
    """Return the lowest interval mean, not below the goal, that the energy and power can keep."""
    if _suffices(demand, battery, stored_kwh, goal, goal.target_kw):
        return goal.target_kw
    low, high = goal.target_kw, max(demand.median_kw)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _suffices(demand, battery, stored_kwh, goal, middle):
            high = middle
        else:
            low = middle
    return high


def _suffices(demand: ExpectedDemand, battery: Battery, stored: float, goal: Goal, target_kw: float) -> bool:
    """Run the horizon at the median, charging whenever it may: can every interval be kept?"""
    hours = demand.step_s / 3600.0
    for median, high in zip(demand.median_kw, demand.high_kw, strict=True):
        over = median - target_kw
        if over > battery.power_kw:
            return False
        if over > 0.0:
            stored -= over * hours / battery.one_way
            if stored < -1e-9:
                return False
        else:
            room = _room_kw(high, battery, goal)
            stored = min(battery.usable_kwh, stored + room * hours * battery.one_way)
    return True


def _forward(
    demand: ExpectedDemand,
    battery: Battery,
    stored: float,
    goal: Goal,
    target_kw: float,
    reserve: Sequence[float],
) -> list[float]:
    """Discharge in the peaks and fill each stretch before the next peak."""
    hours, count = demand.step_s / 3600.0, len(demand.median_kw)
    power: list[float] = []
    while (first := len(power)) < count:
        if demand.median_kw[first] > target_kw:
            wanted = min(battery.power_kw, demand.median_kw[first] - target_kw)
            given = min(wanted, stored * battery.one_way / hours)
            stored -= given * hours / battery.one_way
            power.append(given)
            continue
        end = next((k for k in range(first, count) if demand.median_kw[k] > target_kw), count)
        aim = min(battery.usable_kwh, max(goal.rest_kwh, reserve[end]))
        rooms = [_room_kw(kw, battery, goal) for kw in demand.high_kw[first:end]]
        charge = _fill(demand.high_kw[first:end], rooms, (aim - stored) / (hours * battery.one_way))
        stored += ordered_sum(charge) * hours * battery.one_way
        power += [-kw for kw in charge]
    return power


def _fill(high_kw: Sequence[float], rooms: Sequence[float], wanted_kw: float) -> list[float]:
    """Spread a sum of interval powers over a stretch, lowest demand first, none beyond its room, kW."""
    if wanted_kw <= 0.0:
        return [0.0] * len(rooms)
    if wanted_kw >= ordered_sum(rooms):
        return list(rooms)
    low, high = min(high_kw), max(h + room for h, room in zip(high_kw, rooms, strict=True))
    for _ in range(HALVINGS):
        level = 0.5 * (low + high)
        if ordered_sum(_below(level, high_kw, rooms)) < wanted_kw:
            low = level
        else:
            high = level
    return _below(high, high_kw, rooms)


def _below(level_kw: float, high_kw: Sequence[float], rooms: Sequence[float]) -> list[float]:
    return [min(room, max(0.0, level_kw - kw)) for kw, room in zip(high_kw, rooms, strict=True)]


def _confidence(demand: ExpectedDemand, battery: Battery, stored_kwh: float, goal: Goal) -> float:
    """Probability that what is stored keeps the goal itself, normal between its median and 90 % quantile."""
    hours = demand.step_s / 3600.0
    rooms = [_room_kw(kw, battery, goal) for kw in demand.high_kw]
    middle, high = (
        _reserve([_need_kwh(kw, goal.target_kw, battery, hours) for kw in row], rooms, hours, battery)[0]
        for row in (demand.median_kw, demand.high_kw)
    )
    if max(demand.median_kw) - goal.target_kw > battery.power_kw:
        return 0.0
    sigma, margin = (high - middle) / Z90, stored_kwh - middle
    if sigma <= 0.0:
        return 1.0 if margin >= 0.0 else 0.0
    return 0.5 * math.erfc(-margin / (sigma * math.sqrt(2.0)))
