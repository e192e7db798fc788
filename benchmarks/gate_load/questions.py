"""Questions about the town: calm ones as in most ticks, and any others from a seed."""

from __future__ import annotations

import random
from typing import Final

import msgspec

from benchmarks.gate_load.town import (
    BATTERIES,
    BREAKERS,
    HOUR_NS,
    HOUSES,
    LOADS,
    NOW_NS,
    PLANTS,
    TRANSFORMERS,
)
from kernel.command import Command
from kernel.image import Reading
from kernel.instruction import Approval
from kernel.pipe.candidates import usable
from kernel.point import Operation
from kernel.ports import GateRequest, PastOperation
from kernel.quality import CLOCK_NOT_SYNCHRONISED, OLD, QUESTIONABLE, SUBSTITUTED
from kernel.site import Site

USUAL: Final = {
    "active_power": (-200.0, 200.0),
    "voltage": (380.0, 420.0),
    "state_of_charge": (20.0, 80.0),
    "frequency": (49.9, 50.1),
    "grid_normal_time": (100.0, 1000.0),
    "position": (1.0, 1.0),
    "busbar_live": (1.0, 1.0),
    "line_live": (1.0, 1.0),
    "voltage_difference": (-4.0, 4.0),
    "frequency_difference": (-0.1, 0.1),
    "angle_difference": (-10.0, 10.0),
    "dead_charging": (0.0, 0.0),
    "indoor_temperature": (20.0, 25.0),
    "season_events": (0.0, 10.0),
    "event_hours_today": (0.0, 3.0),
    "load_current": (300.0, 900.0),
    "hot_spot_temperature": (60.0, 110.0),
    "tap_position": (5.0, 9.0),
    "active_power_limit": (0.0, 1000.0),
}
"""By quantity, between which values it is on a calm day."""
STRAINED: Final = {
    "voltage": (340.0, 460.0),
    "state_of_charge": (0.0, 100.0),
    "frequency": (49.0, 51.0),
    "grid_normal_time": (0.0, 100.0),
    "busbar_live": (0.0, 1.0),
    "line_live": (0.0, 1.0),
    "voltage_difference": (-8.0, 8.0),
    "angle_difference": (-20.0, 20.0),
    "dead_charging": (0.0, 1.0),
    "indoor_temperature": (15.0, 30.0),
    "season_events": (15.0, 25.0),
    "event_hours_today": (2.0, 6.0),
    "load_current": (900.0, 1900.0),
    "hot_spot_temperature": (100.0, 130.0),
    "active_power_limit": (0.0, 20.0),
}
"""And on a day that is not."""
WHOLE: Final = frozenset(
    {"position", "busbar_live", "line_live", "dead_charging", "season_events", "tap_position"}
)


def calm(dice: random.Random, site: Site, count: int) -> GateRequest:
    """Ask for so many battery set-points, each of another battery, with readings that nobody saw before."""
    batteries = dice.sample(range(BATTERIES), count)
    commands = tuple(
        _command(f"c{b}", f"b{b}/active_power_setpoint", round(dice.uniform(-300.0, 300.0), 3))
        for b in batteries
    )
    return _request(dice, commands, readings=_readings(dice, site, commands, USUAL))


def any_question(dice: random.Random, site: Site) -> GateRequest:
    """Ask anything: up to six commands of every kind, strained and broken readings, people, operations.

    Every other question says, as a kernel does, what of the readings control may use.
    """
    commands = tuple(any_command(dice, f"c{number}") for number in range(dice.randint(1, 6)))
    calm_day = dice.random() < 0.5
    readings = _readings(dice, site, commands, USUAL if calm_day else USUAL | STRAINED)
    if dice.random() < 0.5:
        _spoil(dice, readings)
    asked = _request(dice, commands, readings=readings, people=True)
    return msgspec.structs.replace(asked, usable=usable(site, readings)) if asked.tick % 2 else asked


def any_command(dice: random.Random, name: str) -> Command:
    """Draw a command of any kind that the town knows, now and then one that it does not."""
    limit = round(dice.choice((0.0, dice.uniform(0.0, 12.0), dice.uniform(0.0, 1000.0))), 3)
    kind, value = dice.choice(
        (
            (f"b{dice.randrange(BATTERIES)}/active_power_setpoint", round(dice.uniform(-520.0, 520.0), 2)),
            (f"b{dice.randrange(BATTERIES)}/active_power_setpoint", dice.choice((0.0, -500.0, 500.0))),
            (f"b{dice.randrange(BATTERIES)}/enable", dice.choice((0.0, 1.0))),
            (f"cb{dice.randrange(BREAKERS)}/close", 1.0),
            (f"cb{dice.randrange(BREAKERS)}/open", 1.0),
            (f"p{dice.randrange(PLANTS)}/active_power_limit", limit),
            (f"l{dice.randrange(LOADS)}/active_power_limit", limit),
            (f"h{dice.randrange(HOUSES)}/active_power_limit", limit),
            (f"{dice.choice(('hp', 'ac', 'ev'))}{dice.randrange(HOUSES)}/active_power_limit", limit),
            (f"t{dice.randrange(TRANSFORMERS)}/loading_mode", float(dice.randrange(4))),
            ("nowhere/close", 1.0),
        )
    )
    made = _command(name, kind, value)
    maker = dice.choice(("shaver", "shaver", "person:anna", "person:berta", "", "stranger"))
    return Command(
        **{field: getattr(made, field) for field in made.__struct_fields__}
        | {
            "asked_by": maker,
            "trace": dice.choice(("t", "t", "t", "")),
            "reversion_s": dice.choice((240.0, 240.0, 1800.0, 7300.0, 100.0, None)),
            "reversion_value": dice.choice((0.0, 0.0, 1.0, None)),
        }
    )


def _command(name: str, point: str, value: float) -> Command:
    pulse = point.endswith(("/close", "/open"))
    return Command(
        id=name,
        trace="t",
        point=point,
        value=value,
        operation=Operation.PULSE if pulse else Operation.SETPOINT,
        tick=1,
        issued_at_ns=NOW_NS,
        valid_until_ns=NOW_NS + 10 * 10**9,
        reversion_value=0.0,
        reversion_s=240.0,
        authority="gate",
        revision="",
        reason="shave the peak",
        asked_by="shaver",
    )


def _request(
    dice: random.Random,
    commands: tuple[Command, ...],
    *,
    readings: dict[str, Reading],
    people: bool = False,
) -> GateRequest:
    return GateRequest(
        tick=dice.randint(0, 10**6),
        now_ns=NOW_NS + (dice.choice((-2 * HOUR_NS, -HOUR_NS, 0, HOUR_NS, HOUR_NS + 1)) if people else 0),
        commands=commands,
        readings=readings,
        approvals={c.id: said for c in commands if (said := _answers(dice, c.id))} if people else {},
        operations=_past(dice, commands) if people else {},
        occasion="load" if people and dice.random() < 0.05 else "tick",
    )


def _readings(
    dice: random.Random, site: Site, commands: tuple[Command, ...], bands: dict[str, tuple[float, float]]
) -> dict[str, Reading]:
    """Read what a kernel hands to its gate: the commanded assets and all that feed them, plants together."""
    names = {asset for command in commands for asset in _line(site, command.point.partition("/")[0])}
    if any(command.point.startswith("p") for command in commands):
        names |= {f"p{number}" for number in range(PLANTS)}
    return {
        point.name: _reading(dice, point.quantity, bands)
        for point in site.points
        if point.asset in names and point.quantity in bands
    }


def _line(site: Site, name: str) -> list[str]:
    line = []
    while name in site.asset:
        line.append(name)
        name = site.asset[name].upstream
    return line


def _reading(dice: random.Random, quantity: str, bands: dict[str, tuple[float, float]]) -> Reading:
    low, high = bands[quantity]
    value = (
        float(dice.randint(int(low), int(high))) if quantity in WHOLE else round(dice.uniform(low, high), 3)
    )
    age_s = round(dice.uniform(0.0, 1.9), 3)
    return Reading(value=value, quality=0, age_s=age_s, at_ns=NOW_NS - round(age_s * 1e9))


def _spoil(dice: random.Random, readings: dict[str, Reading]) -> None:
    for name in dice.sample(sorted(readings), min(3, len(readings))):
        fault = dice.choice(("missing", "old", "bad", "substituted", "unsynchronised"))
        before = readings.pop(name)
        bits = {
            "bad": QUESTIONABLE | OLD,
            "substituted": SUBSTITUTED,
            "unsynchronised": CLOCK_NOT_SYNCHRONISED,
        }
        if fault != "missing":
            age_s = 999.0 if fault == "old" else before.age_s
            readings[name] = Reading(
                value=before.value, quality=bits.get(fault, 0), age_s=age_s, at_ns=before.at_ns
            )


def _answers(dice: random.Random, command: str) -> tuple[Approval, ...]:
    people = dice.choices(("anna", "berta", "carl", "dora"), k=dice.choice((0, 1, 2, 3)))
    return tuple(
        Approval(
            key=f"{command}-{place}",
            person=person,
            role=dice.choice(("OPERATOR", "ENGINEER", "ENGINEER", "VIEWER")),
            reason="seen",
            asked=command,
            granted=dice.random() < 0.85,
        )
        for place, person in enumerate(people)
    )


def _past(dice: random.Random, commands: tuple[Command, ...]) -> dict[str, tuple[PastOperation, ...]]:
    past = {}
    for command in commands:
        asset, _, quantity = command.point.partition("/")
        ages = sorted((round(dice.uniform(0.0, 7200.0), 1) for _ in range(dice.randrange(4))), reverse=True)
        past[asset] = tuple(
            PastOperation(point=command.point, quantity=quantity, value=1.0, ago_s=age) for age in ages
        )
    return past
