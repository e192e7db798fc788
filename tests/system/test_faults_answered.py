"""Every kind of fault in a virtual closed loop: the gateway answers as its row in the catalogue says.

Many faults share one run, each on its own device in its own time. Where a row says that the gateway does not
see a fault, the test holds it to that too: who teaches the gateway to see it changes the row.
"""

from __future__ import annotations

import pytest

from kernel.alarm import Alarm
from simulators.faults.catalogue import catalogue, row_of
from simulators.faults.kinds import FaultKind as F
from tests.system.faulty_nord import Case, Seen, live

pytestmark = pytest.mark.system


def meter(
    kind: F, feeder: int, minute: int, *, amount: float = 1.0, lasts: int = 30, point: bool = True
) -> Case:
    """A fault of the power that a feeder's meter shows, or of the whole meter."""
    watch = f"f1{feeder}/active_power"
    target = watch if point else f"meter_f1{feeder}"
    return Case(kind=kind, target=target, minute=minute, lasts=lasts, amount=amount, watch=watch)


METERS = [
    meter(F.STUCK, 1, 20),
    meter(F.SPIKE, 1, 70, amount=5.0),
    meter(F.DROPOUT, 2, 70, amount=0.3),
    meter(F.SCALE, 1, 120, amount=10.0),
    meter(F.SCALE_1000, 2, 120),
    meter(F.NAN, 3, 120),
    meter(F.SIGN_FLIP, 1, 170, point=False),
    meter(F.WORD_SWAP, 3, 170, point=False),
    meter(F.CLOCK_SHIFT, 1, 220, amount=-3600.0, point=False),
    meter(F.SILENT, 2, 220, point=False),
    meter(F.LOSS, 3, 220, amount=0.5, point=False),
    meter(F.DELAY, 1, 270, amount=5.0, point=False),
    meter(F.HALF_OPEN, 2, 270, point=False),
    meter(F.RESET, 3, 270, amount=0.5, point=False),
    meter(F.GARBAGE, 1, 320, amount=0.5, point=False),
    meter(F.REPLAY, 2, 320, point=False),
    meter(F.PARTITION, 3, 320, point=False),
    meter(F.DUPLICATE, 1, 370, amount=0.5, point=False),
    meter(F.OUT_OF_ORDER, 2, 370, amount=0.5, point=False),
    Case(kind=F.FALSE_DATA, target="f13", minute=370, amount=300.0, watch="f13/active_power"),
]

SUMS = [
    meter(F.BIAS, 3, 20, amount=250.0, lasts=40),
    meter(F.METER_TAMPER, 2, 75, amount=0.2, lasts=40, point=False),
    meter(F.NOISE, 3, 150, amount=30.0, lasts=45),
    meter(F.DRIFT, 1, 200, amount=100.0, lasts=120),
]
"""What only instruments that are held against each other, or against their own past, can show."""

DEVICES = [
    Case(kind=F.RELAY_TRIPS, target="breaker_cb11", minute=20, watch="cb11/position"),
    Case(
        kind=F.FAILS_TO_OPEN, target="breaker_cb12", minute=20, watch="cb12/position", ask=("cb12/open", 1.0)
    ),
    Case(
        kind=F.BREAKER_SLOW,
        target="breaker_cb13",
        minute=20,
        amount=900.0,
        watch="cb13/position",
        ask=("cb13/open", 1.0),
    ),
    Case(kind=F.CONTACTS_DISAGREE, target="breaker_cb14", minute=20, amount=3.0, watch="cb14/position"),
    Case(
        kind=F.FAILS_TO_CLOSE,
        target="breaker_cb13",
        minute=70,
        watch="cb13/position",
        ask=("cb13/close", 1.0),
    ),
    Case(
        kind=F.SETPOINT_IGNORED,
        target="inverter_bat1",
        minute=70,
        watch="bat1/active_power",
        ask=("bat1/active_power_setpoint", 1000.0),
    ),
    Case(
        kind=F.DER_TRIPS,
        target="bat1",
        minute=120,
        watch="bat1/active_power",
        ask=("bat1/active_power_setpoint", 1000.0),
    ),
    Case(
        kind=F.BATTERY_IMPEDANCE,
        target="bat1",
        minute=160,
        amount=3.0,
        watch="bat1/state_of_charge",
        ask=("bat1/active_power_setpoint", 3000.0),
    ),
]
NOT_IN_NORD = {F.CAPACITOR_FUSE}
"""Nord has no capacitors: nothing there could see the fault of one."""
GRID = [
    Case(kind=F.BLOCKED_COOLER, target="t1", minute=2, lasts=595, amount=0.6, watch="t1/top_oil_temperature"),
    Case(kind=F.FAN_FAILED, target="t2", minute=2, lasts=595, watch="t2/top_oil_temperature"),
    Case(kind=F.OPEN_CONDUCTOR, target="f12", minute=30, watch="f12/active_power"),
    Case(kind=F.OVERLOAD, target="t2", minute=70, amount=0.8, watch="t2/load_current"),
    Case(kind=F.TAP_STUCK, target="t2", minute=110, watch="f13/voltage"),
    Case(kind=F.DEMAND_BUST, target="f13", minute=150, amount=0.2, watch="f13/active_power"),
    Case(kind=F.EV_REBOUND, target="f11", minute=190, amount=500.0, watch="f11/active_power"),
    Case(kind=F.WEATHER_BUST, target="weather", minute=230, amount=8.0, watch="t1/ambient_temperature"),
    Case(kind=F.TAP_RUNAWAY, target="t1", minute=560, amount=-2.0, watch="f11/voltage"),
]

OIL_1, OIL_2 = "t1/top_oil_temperature", "t2/top_oil_temperature"
INSIDE = [
    Case(kind=F.SHORT_CIRCUIT, target="f12", minute=20, lasts=5, amount=0.5, watch="cb12/position"),
    Case(kind=F.RELAY_BLIND, target="breaker_cb13", minute=35, lasts=15, watch="f13/voltage"),
    Case(kind=F.CONTACT_WEAR, target="breaker_cb11", minute=20, amount=0.4, watch="cb11/position"),
    Case(kind=F.GAS_RAMP, target="t1", minute=5, lasts=50, amount=50.0, watch=OIL_1),
    Case(kind=F.PARTIAL_DISCHARGE, target="t2", minute=5, lasts=50, amount=50.0, watch=OIL_2),
    Case(kind=F.PAPER_DEGRADED, target="t1", minute=0, lasts=55, amount=250.0, watch=OIL_1),
    Case(kind=F.FAST_AGEING, target="t2", minute=0, lasts=55, amount=4.0, watch=OIL_2),
]
UNCLEARED = Case(kind=F.SHORT_CIRCUIT, target="f13", minute=36, lasts=5, amount=0.5, watch="f13/voltage")
"""What the blind relay does not see."""


@pytest.fixture(scope="module")
def meters(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("meters"), METERS, hours=7.0)


@pytest.mark.parametrize("case", METERS, ids=lambda case: case.kind)
def test_a_bad_measurement_is_seen_within_the_time_of_its_row(meters: Seen, case: Case) -> None:
    holds(meters, case)
    words = meters.words[case.watch]
    assert set(words[case.ticks.start - 10 : case.ticks.start]) == {"good"}, "it was not sound before"
    assert set(words[case.ticks.stop + 3 : case.ticks.stop + 10]) == {"good"}, "it is not sound again"


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("sums"), SUMS, hours=5.5)


@pytest.mark.parametrize("case", SUMS, ids=lambda case: case.kind)
def test_what_one_instrument_cannot_show_is_seen_among_several(sums: Seen, case: Case) -> None:
    holds(sums, case)
    assert not _alarmed(sums.alarms[case.ticks.start - 1], case, row_of(case.kind).seen_as), (
        "it was there before"
    )


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("devices"), DEVICES, hours=3.5)


@pytest.mark.parametrize("case", DEVICES, ids=lambda case: case.kind)
def test_a_device_that_does_not_do_what_it_should_is_answered(devices: Seen, case: Case) -> None:
    holds(devices, case)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("grid"), GRID, hours=10.0)


@pytest.mark.parametrize("case", GRID, ids=lambda case: case.kind)
def test_a_fault_of_the_grid_is_answered(grid: Seen, case: Case) -> None:
    holds(grid, case)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("inside"), INSIDE, hours=1.0, beside=[UNCLEARED])


@pytest.mark.parametrize("case", INSIDE, ids=lambda case: case.kind)
def test_a_fault_inside_equipment_is_answered(inside: Seen, case: Case) -> None:
    holds(inside, case)


def test_every_kind_has_a_case() -> None:
    assert {case.kind for case in (*METERS, *SUMS, *DEVICES, *GRID, *INSIDE)} == set(
        catalogue()
    ) - NOT_IN_NORD


def holds(seen: Seen, case: Case) -> None:
    """Hold the gateway to the row of a kind."""
    row = row_of(case.kind)
    if row.seen_in == "quality":
        tick = seen.first_tick(case, row.seen_as)
        assert tick is not None, (case, seen.words[case.watch][case.ticks.start : case.ticks.stop])
        assert (tick - case.ticks.start) * 60.0 <= row.within_s, case
    elif row.seen_in == "receipt":
        told = [at_s for at_s, outcome in seen.outcomes(case) if outcome == row.seen_as]
        assert told, (case, seen.outcomes(case))
        assert told[0] <= row.within_s, case
    elif row.seen_in == "state":
        ticks = [tick for tick in case.ticks if seen.values[tick][case.watch] == float(row.seen_as)]
        assert ticks, case
        assert (ticks[0] - case.ticks.start) * 60.0 <= row.within_s, case
    elif row.seen_in == "repair order":
        ticks = [tick for tick in case.ticks if _ordered(seen.orders[tick], case, row.seen_as)]
        assert ticks, (case, seen.orders[case.ticks.stop - 1])
        assert (ticks[0] - case.ticks.start) * 60.0 <= row.within_s, case
    elif row.seen_in == "alarm":
        ticks = [tick for tick in case.ticks if _alarmed(seen.alarms[tick], case, row.seen_as)]
        assert ticks, (case, seen.alarms[case.ticks.stop - 1])
        assert (ticks[0] - case.ticks.start) * 60.0 <= row.within_s, (case, ticks[0] - case.ticks.start)
    else:
        assert {seen.words[case.watch][tick] for tick in case.ticks if tick > 2} == {"good"}, case


def _alarmed(alarms: tuple[Alarm, ...], case: Case, condition: str) -> bool:
    """Tell whether an alarm of this condition holds and rests on the point that is looked at."""
    return any(
        alarm.active
        and alarm.condition == condition
        and case.watch in {f"{found.asset}/{found.name}" for found in alarm.evidence}
        for alarm in alarms
    )


def _ordered(orders: tuple[str, ...], case: Case, words: str) -> bool:
    return any(order.startswith(f"{case.target}: {words}") for order in orders)
