"""What each fault of physics and of measuring does to a measurement: the same world with and without it.

Both worlds have one seed, so that whatever differs is the fault; and the truth of the run tells of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from simulators.faults.catalogue import catalogue
from simulators.faults.device import OF_THE_DEVICE
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.faults.kinds import Level
from simulators.networks.file import shipped
from simulators.networks.network import Capacitor
from simulators.world import World
from tests.unit.simulators.conftest import SECOND, START_NS, SteadyProfiles, nord_devices, nord_site

MINUTE = 60 * SECOND
Series = np.ndarray


@dataclass(frozen=True)
class Case:
    """A fault from minute 5 to minute 25 of half an hour, and what it does to one measurement."""

    kind: F
    target: str
    felt: str
    """Device and quantity."""
    holds: Callable[[Series, Series], bool]
    """Told what is measured without the fault and with it, minutes 5 to 24."""
    amount: float = 1.0
    ramp_s: float = 0.0
    minutes: int = 1
    """Of ours that a minute of the case takes: oil needs hours."""


def ratio(low: float, high: float):
    """The last value with the fault is between two multiples of the sound one."""
    return lambda sound, faulty: low < faulty[-1] / sound[-1] < high


def differs(low: float, high: float):
    """The last value with the fault lies between two distances from the sound one."""
    return lambda sound, faulty: low < faulty[-1] - sound[-1] < high


def share_of_holes(low: float, high: float):
    return lambda _, faulty: low < np.isnan(faulty).mean() < high


POWER, VOLTAGE = "device_f11/active_power", "device_f11/voltage"
CASES = [
    Case(F.SHORT_CIRCUIT, "f11", VOLTAGE, ratio(0.0, 0.8), amount=0.5),
    Case(F.OPEN_CONDUCTOR, "f11", POWER, ratio(0.65, 0.68), amount=1.0),
    Case(F.BLOCKED_COOLER, "t1", "device_t1/top_oil_temperature", differs(0.2, 20.0), amount=0.8, minutes=15),
    Case(F.FAN_FAILED, "t1", "device_t1/top_oil_temperature", differs(0.2, 20.0), minutes=15),
    Case(F.OVERLOAD, "t1", "device_t1/load_current", differs(300.0, 400.0), amount=0.5),
    Case(F.TAP_STUCK, "t1", VOLTAGE, np.array_equal),
    Case(F.TAP_RUNAWAY, "t1", VOLTAGE, ratio(1.05, 1.15), amount=-1.0),
    Case(F.CAPACITOR_FUSE, "bank", "device_f11/voltage", ratio(0.97, 0.999), amount=0.5),
    Case(F.DER_TRIPS, "pv14", "device_f14/active_power", differs(1900.0, 2200.0)),
    Case(F.EV_REBOUND, "f11", POWER, lambda s, f: f[0] - s[0] > 1.5 * (f[-1] - s[-1]) > 300.0, amount=700.0),
    Case(F.DEMAND_BUST, "f11", POWER, ratio(1.19, 1.22), amount=0.2),
    Case(F.WEATHER_BUST, "weather", "device_t1/ambient_temperature", differs(7.9, 8.1), amount=8.0),
    Case(F.STUCK, POWER.replace("device_", ""), POWER, lambda _, f: len(set(f.tolist())) == 1),
    Case(F.DRIFT, "device_f11", POWER, ratio(1.012, 1.0145), amount=100.0),
    Case(F.BIAS, "f11/active_power", POWER, differs(49.9, 50.1), amount=50.0, ramp_s=60.0),
    Case(F.SPIKE, "device_f11", POWER, lambda s, f: 0 < np.isclose(f, 9.0 * s).sum() < 12, amount=9.0),
    Case(F.DROPOUT, "device_f11", POWER, share_of_holes(0.1, 0.9), amount=0.5),
    Case(F.NOISE, "device_f11", POWER, lambda s, f: 3.0 < f.std() / s.std() < 8.0, amount=5.0),
    Case(F.SCALE, "device_f11", POWER, ratio(9.999, 10.001), amount=10.0),
    Case(F.SCALE_1000, "device_f11", POWER, ratio(999.9, 1000.1)),
    Case(F.NAN, "f11/active_power", POWER, share_of_holes(0.99, 1.01)),
    Case(F.SIGN_FLIP, "device_f11", POWER, ratio(-1.001, -0.999)),
    Case(F.METER_TAMPER, "device_f11", POWER, ratio(0.699, 0.701), amount=0.3),
    Case(F.FALSE_DATA, "f11", POWER, differs(299.0, 310.0), amount=300.0),
]
INSIDE = {
    F.FAST_AGEING, F.PAPER_DEGRADED, F.GAS_RAMP, F.PARTIAL_DISCHARGE, F.CONTACT_WEAR, F.RELAY_BLIND
}  # fmt: skip
ELSEWHERE = OF_THE_DEVICE - {F.DER_TRIPS} | {F.CLOCK_SHIFT} | INSIDE
"""Kinds that act in a bank, beside a driver or inside equipment have their tests there."""


@cache
def sound_readings(minutes: int) -> tuple[dict[str, dict[str, float]], ...]:
    """What all devices of a world without faults measure."""
    return lived(minutes, ())[0]


def lived(minutes: int, faults: tuple[Fault, ...]):
    """Return what all devices measure, step by step, and the world."""
    devices = nord_devices()
    grown = Capacitor(name="bank", bus="bus1", step_kvar=3000.0, steps=2, steps_in=2)
    world = World(
        nord_site(),
        replace(shipped("nord"), capacitors=(grown,)),
        SteadyProfiles(pv=0.5),
        devices,
        seed=1,
        start_ns=START_NS,
        faults=faults,
    )
    felt = []
    for step in range(30):
        world.advance(START_NS + step * minutes * MINUTE)
        felt.append({name: device.felt for name, device in devices.items()})
    return tuple(felt), world


def of(case: Case, readings) -> Series:
    device, _, quantity = case.felt.partition("/")
    return np.array([felt[device][quantity] for felt in readings])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_fault_shows_in_a_measurement_and_in_the_truth_and_ends(case: Case):
    fault = Fault(
        kind=case.kind,
        target=case.target,
        onset_ns=START_NS + 5 * case.minutes * MINUTE,
        end_ns=START_NS + 25 * case.minutes * MINUTE,
        amount=case.amount,
        ramp_s=case.ramp_s,
        seed=2,
    )
    readings, world = lived(case.minutes, (fault,))
    sound, faulty = of(case, sound_readings(case.minutes)), of(case, readings)
    # What is wrong with the grid shows in the reading after the onset: a meter shows what has flowed.
    assert case.holds(sound[6:25], faulty[6:25]), (sound, faulty)
    assert np.array_equal(faulty[:5], sound[:5]), "it acted before its onset"
    if case.kind not in SLOW_TO_END:
        assert math.isclose(faulty[-1], sound[-1], rel_tol=1e-9), "it did not end"
    (span,) = world.truth.faults
    assert (span.kind, span.target, span.level) == (case.kind, case.target, catalogue()[case.kind].level)
    assert (span.onset_ns, span.end_ns) == (fault.onset_ns, fault.end_ns)
    assert span.amount == pytest.approx(case.amount)


SLOW_TO_END = {F.BLOCKED_COOLER, F.FAN_FAILED, F.OVERLOAD, F.WEATHER_BUST}
"""A transformer takes hours to cool."""


def test_every_fault_of_physics_and_of_measuring_has_a_case():
    here = {kind for kind, row in catalogue().items() if row.level is not Level.BYTES} - ELSEWHERE
    assert {case.kind for case in CASES} == here


def test_a_world_without_faults_has_an_empty_truth_of_them(world_of):
    assert world_of().truth.faults == ()


def test_false_data_hold_every_balance_and_leave_the_world_alone(world_of):
    attack = Fault(kind=F.FALSE_DATA, target="f11", onset_ns=START_NS, amount=500.0)
    banks = nord_devices()
    honest, lied = world_of(), world_of(faults=(attack,), banks=banks)
    for world in (honest, lied):
        world.advance(START_NS + MINUTE)
    feeders = sum(banks[f"device_f1{n}"].felt["active_power"] for n in range(1, 6))
    head = banks["device_grid"].felt["active_power"]
    losses = head - feeders
    assert 0.0 < losses < 0.02 * head, "a meter's sum gives the attack away"
    assert lied.flows.import_kw == honest.flows.import_kw
    assert head > honest.flows.import_kw + 450.0
