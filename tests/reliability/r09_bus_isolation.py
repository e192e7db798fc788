"""R9: a device that is dead, slow, babbling, resetting or half open delays nobody else.

Fifty devices, five of them ill, each in its own way. In virtual time once on wires of their own and once ten
to a wire, so that every wire has one ill device on it; and on real sockets, in a process beside this one,
behind the fault proxy. Of a thousand scans of healthy devices less than one may be lost; less than one may
end later than half a scan after it was due, where the wires are their own. Where they are shared, a time-out
is shorter than the time that a scan leaves. The control has a longer one, and lines without breakers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from aios.testing.seeded_loop import run_seeded
from aios.testing.simulated_clock import SimulatedClock, WallClock
from benchmarks.faulty_field.real import PHASE_S, Outcome, TimedBus, missed, real_field
from drivers.modbus.breaker import CLOSED
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.line import Line
from drivers.modbus.link import Link
from drivers.modbus.map import load_map
from drivers.modbus.seat import Seat
from kernel.point import NANOSECONDS
from kernel.site import Device
from tests.fakes.slow_wire import SlowWire
from tests.reliability.promise import Promise, Tally, together

DEVICES: Final = 50
A_LINE: Final = 10
"""Devices on one wire, where wires are shared."""
ILL: Final = ("dead", "slow", "babbling", "resetting", "half open")
TIMEOUT_S: Final = 0.25
CONTROL_TIMEOUT_S: Final = 1.5
SECONDS: Final = 120.0
REAL_S: Final = 30.0
EVERY: Final = 20
"""Each so many seeds one is lived on real sockets."""
MOST_PERCENT: Final = 0.1


def ill(wire: SlowWire, unit: int, how: str, dice: random.Random) -> None:
    """Let a device of a wire be ill."""
    match how:
        case "dead" | "half open":
            wire.silent.add(unit)
        case "slow":
            wire.takes_s[unit] = dice.uniform(0.8, 0.98) * TIMEOUT_S
        case "babbling":
            wire.rubbish.add(unit)
        case "resetting":
            wire.resetting.add(unit)


def bus_of(name: str, unit: int, link: Link, clock: SimulatedClock) -> TimedBus:
    """Make the bus of one device."""
    register_map = load_map("feeder_meter")
    points = register_map.points(name)
    device = Device(name=name, asset=name, map="feeder_meter", unit=unit)
    driver = ModbusDriver(
        device=device,
        register_map=register_map,
        points=points,
        rows=range(len(points)),
        link=link,
        clock=clock,
    )
    return TimedBus(driver, clock, scan_s=1.0)


def buses_of(
    seed: int, *, shared: bool, clock: SimulatedClock, sabotage: Callable[[Line], None]
) -> tuple[list[TimedBus], set[str]]:
    """Return fifty buses, and which of them are ill from some moment on."""
    dice = random.Random(f"buses {seed}")
    buses, sick = [], set()
    for first in range(0, DEVICES, A_LINE):
        hows = dict(zip(dice.sample(range(1, A_LINE + 1), 1), [ILL[first // A_LINE]], strict=True))
        wire = SlowWire(takes_s={unit: dice.uniform(0.005, 0.04) for unit in range(1, A_LINE + 1)})
        line = Line(wire, name=f"line {first}", gap_s=0.004)
        sabotage(line)
        for unit in range(1, A_LINE + 1):
            name, own = f"d{first + unit}", wire
            if not shared:
                own = SlowWire(takes_s={unit: wire.takes_s[unit]}, timeout_s=TIMEOUT_S)
            link: Link = line.seat(name, timeout_s=TIMEOUT_S, wanted_s=1.0) if shared else own
            if unit in hows:
                sick.add(name)
                asyncio.get_running_loop().call_later(
                    dice.uniform(0.0, 20.0), ill, own, unit, hows[unit], dice
                )
            buses.append(bus_of(name, unit, link, clock))
    return buses, sick


async def virtual(seed: int, *, shared: bool, sabotage: Callable[[Line], None]) -> Outcome:
    """Live with fifty devices in virtual time; return what the healthy ones missed."""
    clock = SimulatedClock(WallClock(epoch_ns=1_795_376_000 * NANOSECONDS))
    buses, sick = buses_of(seed, shared=shared, clock=clock, sabotage=sabotage)
    tasks = [asyncio.ensure_future(bus.run(period_s=1.0, phase_s=PHASE_S)) for bus in buses]
    await asyncio.sleep(SECONDS + 0.99)
    seen = missed([bus for bus in buses if bus.driver.name not in sick], clock.now_ns())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


def judged(words: str, seen: Outcome, *, shared: bool = False) -> Tally:
    """Hold what was seen against the bound."""
    broken = []
    for name, many in (("lost", seen.lost), ("late", 0 if shared else seen.late)):
        percent = 100.0 * many / max(1, seen.due)
        if percent >= MOST_PERCENT:
            broken.append(f"{words}: {many} of {seen.due} scans of healthy devices {name}, {percent:.2f} %")
    counts = {"healthy scans": float(seen.due), "lost": float(seen.lost), "late": float(seen.late)}
    return Tally(tried=0, broken=tuple(broken), counts=counts)


def one(seed: int, sabotage: Callable[[Line], None] = lambda _: None) -> Sequence[Tally]:
    """Live one seed."""
    if seed % EVERY == 0:
        return [judged(f"seed {seed}, real sockets", asyncio.run(real_field(seconds=REAL_S, shared=False)))]
    return [
        judged(
            f"seed {seed}, {'shared' if shared else 'own'} wires",
            run_seeded(virtual(seed, shared=shared, sabotage=sabotage), seed),
            shared=shared,
        )
        for shared in (False, True)
    ]


def attempt(seed: int, count: int) -> Tally:
    """Live with five ill devices of fifty, each seed in another place and from another moment on."""
    with structlog.testing.capture_logs():
        tallies = [tally for number in range(seed, seed + count) for tally in one(number)]
    return together([Tally(tried=count), *tallies])


def control(seed: int) -> Tally:
    """The same on lines that ask everybody all the time."""
    with structlog.testing.capture_logs():
        return together(one(seed, _without_breakers))


def _without_breakers(line: Line) -> None:
    make = line.seat

    def seat(*arguments: object, **more: object) -> Seat:
        more["timeout_s"] = CONTROL_TIMEOUT_S

        class Careless(Seat):
            breaker = property(lambda _: CLOSED, lambda _, __: None)  # type: ignore[assignment]

        made = make(*arguments, **more)  # type: ignore[arg-type]
        made.__class__ = Careless
        return made

    line.seat = seat  # type: ignore[method-assign]


PROMISE = Promise(
    id="R9",
    claim="A dead, slow, babbling, resetting or half-open device costs the others < 0.1 % of their scans",
    unit="fields of 50 devices",
    full=40,
    reduced=1,
    attempt=attempt,
    control=control,
    alone=True,
    seed=1,
)
