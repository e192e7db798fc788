"""Every kind of fault in a virtual closed loop: the gateway answers as its row in the catalogue says.

Many faults share one run, each on its own device in its own time. Where a row says that the gateway does not
see a fault, the test holds it to that too: who teaches the gateway to see it changes the row.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kernel.alarm import Alarm
from simulators.faults.catalogue import catalogue, row_of
from simulators.faults.kinds import FaultKind as F
from tests.fakes.oil_monitors import with_monitors
from tests.system.faulty_nord import LEARNT_DAYS, MIDNIGHT, Case, Seen, live, run_of_row, without_loops

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
]

SUMS = [
    meter(F.BIAS, 3, 20, amount=250.0, lasts=40),
    meter(F.METER_TAMPER, 2, 75, amount=0.2, lasts=40, point=False),
    meter(F.NOISE, 3, 150, amount=30.0, lasts=65),
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
GRID = [
    Case(kind=F.BLOCKED_COOLER, target="t1", minute=2, lasts=595, amount=0.6, watch="t1/top_oil_temperature"),
    Case(kind=F.FAN_FAILED, target="t2", minute=2, lasts=595, watch="t2/top_oil_temperature"),
    Case(kind=F.OVERLOAD, target="t2", minute=70, amount=0.8, watch="t2/load_current"),
    Case(kind=F.TAP_RUNAWAY, target="t1", minute=560, amount=-2.0, watch="f11/voltage"),
]

ONSET, THROUGH = 75, 70
FORETOLD = [
    Case(kind=kind, target=target, minute=ONSET, lasts=THROUGH, amount=amount, watch=watch, begin=MIDNIGHT)
    for kind, target, amount, watch in (
        (F.EV_REBOUND, "f14", 2_500.0, "f14/active_power"),
        (F.OPEN_CONDUCTOR, "f12", 1.0, "f12/active_power"),
        (F.DEMAND_BUST, "f13", 0.2, "f13/active_power"),
        (F.FALSE_DATA, "f11", 1_000.0, "f11/active_power"),
        (F.WEATHER_BUST, "weather", 8.0, "t1/ambient_temperature"),
    )
]
"""What no instrument shows: only who knows what was to be expected sees it."""

INSIDE = [
    Case(kind=F.SHORT_CIRCUIT, target="f12", minute=20, lasts=5, amount=0.5, watch="cb12/position"),
    Case(kind=F.RELAY_BLIND, target="breaker_cb13", minute=35, lasts=15, watch="f13/voltage"),
    Case(kind=F.CONTACT_WEAR, target="breaker_cb11", minute=20, amount=0.8, watch="cb11/contact_wear"),
]
UNCLEARED = Case(kind=F.SHORT_CIRCUIT, target="f13", minute=36, lasts=5, amount=0.5, watch="f13/voltage")
"""What the blind relay does not see."""
OIL = [
    Case(kind=F.GAS_RAMP, target="t1", minute=2, lasts=1220, amount=300.0, watch="t1/methane"),
    Case(kind=F.PARTIAL_DISCHARGE, target="t2", minute=2, lasts=1220, amount=600.0, watch="t2/hydrogen"),
    Case(kind=F.PAPER_DEGRADED, target="t1", minute=0, lasts=1230, amount=250.0, watch="t1/furfural"),
    Case(kind=F.FAST_AGEING, target="t2", minute=0, lasts=1230, amount=4.0, watch="t2/moisture"),
]
"""What monitors of oil and a laboratory show."""
BESIDE_OIL = [
    Case(kind=F.BLOCKED_COOLER, target="t2", minute=-4000, lasts=5230, amount=0.85, watch=""),
]
"""Only warm oil says how wet the paper is."""


TAP, TAPS = "t2/tap_position", "t2/tap_operations"
STEPS, SWITCHED = "c2/capacitor_steps", "c2/capacitor_operations"
REGULATED = [
    Case(kind=F.TAP_STUCK, target="t2", minute=90, lasts=40, watch=TAP),
    Case(kind=F.CAPACITOR_FUSE, target="c2", minute=160, amount=0.5, watch="c2/reactive_power"),
]
"""Of T2 with a regulator and a capacitor bank."""
LOADED = [
    Case(kind=F.OVERLOAD, target="t2", minute=minute, amount=0.5, watch=TAP) for minute in (25, 92, 150)
]
"""Half of its rating more, for half an hour each: the voltage falls, and its reactive power grows."""

DECLARED, MONITORS = "plausibility declared", "gas monitors and laboratory"
RANGES = {F.TAP_RUNAWAY, F.RELAY_BLIND}
"""What is not of a meter and still seen by what is declared for one."""


def _same(case: Case, others: Sequence[Case]) -> list[Case]:
    """Return the other faults of what a case befalls."""
    return [one for one in others if one is not case and {one.target, one.watch} & {case.target, case.watch}]


TESTED = {
    **{case.kind: run_of_row(case, DECLARED) for case in METERS},
    **{case.kind: run_of_row(case) for case in (*SUMS, *DEVICES)},
    **{
        case.kind: run_of_row(case, *[DECLARED] * (case.kind in RANGES), beside=_same(case, GRID))
        for case in GRID
    },
    **{case.kind: run_of_row(case, f"from 01:15, {LEARNT_DAYS} days learnt") for case in FORETOLD},
    **{
        case.kind: run_of_row(case, *[DECLARED] * (case.kind in RANGES), beside=_same(case, [UNCLEARED]))
        for case in INSIDE
    },
    **{case.kind: run_of_row(case, MONITORS, beside=_same(case, BESIDE_OIL)) for case in OIL},
    **{case.kind: run_of_row(case, "regulator, capacitor bank", beside=LOADED) for case in REGULATED},
}
"""With what each row is tested, in its own words."""


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
def foretold(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(tmp_path_factory.mktemp("foretold"), FORETOLD, hours=2.5, foretold=True)


@pytest.mark.parametrize("case", FORETOLD, ids=lambda case: case.kind)
def test_what_all_instruments_agree_on_is_seen_by_what_was_foretold(foretold: Seen, case: Case) -> None:
    holds(foretold, case)
    assert not _alarmed(foretold.alarms[case.ticks.start - 1], case, row_of(case.kind).seen_as), (
        "it was there before"
    )
    assert {foretold.words[case.watch][tick] for tick in case.ticks} == {"good"}, "an instrument shows it"


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return live(
        tmp_path_factory.mktemp("inside"), INSIDE, hours=1.0, beside=[UNCLEARED], change=with_monitors
    )


@pytest.mark.parametrize("case", INSIDE, ids=lambda case: case.kind)
def test_a_fault_inside_equipment_is_answered(inside: Seen, case: Case) -> None:
    holds(inside, case)


@pytest.fixture(scope="module")
def oil(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("oil")
    return live(
        folder, OIL, hours=20.5, beside=BESIDE_OIL, change=lambda text: without_loops(with_monitors(text))
    )


@pytest.mark.parametrize("case", OIL, ids=lambda case: case.kind)
def test_what_ails_oil_and_paper_is_answered(oil: Seen, case: Case) -> None:
    holds(oil, case)


def test_oil_and_paper_are_told_of_where_they_ail_and_nowhere_else_with_what_ails_them(oil: Seen) -> None:
    own = {"gas_level", "gas_rate", "moist_paper", "worn_paper", "contact_wear", "contacts_worn"}
    told = {
        alarm.id: alarm.text
        for tick in oil.alarms
        for alarm in tick
        if alarm.active and alarm.condition in own
    }
    assert set(told) == {
        *("gas_rate:t1", "gas_rate:t2", "gas_level:t2"),
        "worn_paper:t1",
        "moist_paper:t2",
    }
    first = [
        alarm.text for tick in oil.alarms for alarm in tick if alarm.active and alarm.condition == "gas_rate"
    ]
    assert any("in the oil of T1" in text and "(T2)" in text for text in first)
    assert any("hydrogen in the oil of T2" in text and "(PD)" in text for text in first)


@pytest.fixture(scope="module")
def regulated(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder, also = tmp_path_factory.mktemp("regulated"), (TAPS, STEPS, SWITCHED)
    return live(folder, REGULATED, hours=3.5, beside=LOADED, also=also, regulates=True)


@pytest.mark.parametrize("case", REGULATED, ids=lambda case: case.kind)
def test_what_regulates_and_fails_is_answered(regulated: Seen, case: Case) -> None:
    holds(regulated, case)
    told = {alarm.condition for tick in case.ticks for alarm in regulated.alarms[tick] if alarm.active}
    assert {"tap_not_following", "capacitor_weak"} & told == {row_of(case.kind).seen_as}


def test_a_sound_regulator_taps_and_a_sound_bank_switches_without_an_alarm(regulated: Seen) -> None:
    sound = regulated.values[: REGULATED[0].ticks.start]
    assert sound[-1][TAPS] >= 2.0
    assert sound[-1][SWITCHED] >= 2.0
    assert len({seen[TAP] for seen in sound}) > 1
    assert len({seen[STEPS] for seen in sound}) > 2
    alarms = [alarm for tick in range(len(sound)) for alarm in regulated.alarms[tick]]
    told = {alarm.condition for alarm in alarms if alarm.active}
    assert not told & {"tap_not_following", "capacitor_weak", "busbar_balance", "voltage_band"}


def test_the_alarms_return_when_the_faults_are_over(regulated: Seen) -> None:
    assert not [alarm.id for alarm in regulated.alarms[-1] if alarm.active and alarm.asset in {"t2", "c2"}]


def test_every_kind_has_a_case() -> None:
    every = (*METERS, *SUMS, *DEVICES, *GRID, *FORETOLD, *INSIDE, *OIL, *REGULATED)
    assert {case.kind for case in every} == set(catalogue())


@pytest.mark.parametrize("kind", F)
def test_a_row_says_with_what_it_is_tested(kind: F) -> None:
    assert row_of(kind).tested == TESTED[kind]


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
