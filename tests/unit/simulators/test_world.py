import math

import pytest
from structlog.testing import capture_logs

from simulators.durations import QUARTER_HOUR_NS
from simulators.faults.fault import Fault, FaultKind
from simulators.part import Part
from simulators.truth import NoTwin
from tests.unit.simulators.conftest import START_NS

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def run(world, minutes, step_ns=MINUTE):
    """Advance in even steps; returns what the head meter's device felt after each."""
    felt = []
    begin_ns = world.now_ns
    for step in range(1, minutes * MINUTE // step_ns + 1):
        world.advance(begin_ns + step * step_ns)
        felt.append(world.flows.import_kw)
    return felt


def test_every_device_feels_the_world_from_the_first_moment(world_of, devices):
    world = world_of()
    assert world.now_ns == world.truth.now_ns
    assert all(device.times == [world.now_ns] for device in devices.values())
    assert devices["device_f11"].felt["active_power"] > 1000.0


def test_meters_show_the_truth_within_their_class(world_of, devices):
    world = world_of()
    run(world, 30)
    flow = world.flows.flow("f12")
    felt = devices["device_f12"].felt
    assert felt["active_power"] == pytest.approx(flow.from_kw, rel=0.005)
    assert felt["active_power"] != flow.from_kw
    assert felt["current"] == pytest.approx(flow.from_a, rel=0.005)


class MoreToShow(Part):
    def show(self):
        return {"f11": {"harmonic_current": 3.0}}


def test_one_quantity_more_at_one_device_changes_no_noise_elsewhere(world_of, devices):
    felt = []
    for parts in ((), (MoreToShow(),)):
        world = world_of(parts=parts)
        run(world, 3)
        felt.append({name: device.felt for name, device in devices.items()})
    assert felt[1]["device_f11"].pop("harmonic_current") == pytest.approx(3.0, rel=0.005)
    assert felt[0] == felt[1]


def test_a_battery_that_discharges_lowers_the_import_at_once(world_of, devices):
    world = world_of()
    before = world.flows.import_kw
    devices["device_bat1"].does = {"active_power": 3000.0}
    world.advance(world.now_ns + SECOND)
    assert before - world.flows.import_kw == pytest.approx(3000.0, rel=0.02)


def test_closing_the_spare_bay_brings_its_load(world_of, devices):
    world = world_of()
    assert world.flows.flow("f15").from_kw == 0.0
    devices["device_cb15"].does = {"position": 2.0}
    world.advance(world.now_ns + SECOND)
    assert world.flows.flow("f15").from_kw > 300.0


def test_the_counterfactual_is_the_controlled_run_when_the_battery_idles(world_of):
    world = world_of()
    run(world, 60)
    truth = world.truth
    assert truth.imported_kwh == truth.imported_without_kwh
    assert truth.loss_kwh == truth.loss_without_kwh
    assert truth.peak == truth.peak_without


def test_the_counterfactual_is_what_the_same_world_does_without_control(world_of, devices):
    devices["device_bat1"].does = {"active_power": 2500.0}
    world = world_of()
    run(world, 60)
    devices["device_bat1"].does = {"active_power": 0.0}
    other = world_of()
    run(other, 60)
    assert world.truth.imported_without_kwh == other.truth.imported_kwh
    assert world.truth.loss_without_kwh == other.truth.loss_kwh
    assert world.truth.peak_without == other.truth.peak
    assert world.truth.loss_kwh < other.truth.loss_kwh


def test_shaving_a_quarter_hour_shows_as_a_cut_peak(world_of, devices):
    devices["device_bat1"].does = {"active_power": 2000.0}
    world = world_of()  # the battery is there from the very start of the interval
    run(world, 15)
    truth = world.truth
    assert truth.discharged_kwh == pytest.approx(500.0)
    assert truth.peak.end_ns == truth.peak_without.end_ns == START_NS + QUARTER_HOUR_NS
    assert truth.peak_without.mean_kw - truth.peak.mean_kw == pytest.approx(2000.0, rel=0.02)


def test_a_world_without_its_twin_says_that_it_knows_no_other_life(world_of):
    world = world_of(counterfactual=False)
    run(world, 15)
    assert world.hottest_c.keys() == {"t1", "t2"}
    with pytest.raises(NoTwin):
        _ = world.truth


def test_the_same_seed_times_and_actions_give_the_same_bits(world_of, devices):
    def felt():
        devices["device_bat1"].does = {"active_power": 0.0}
        world = world_of(seed=7)
        run(world, 20, step_ns=7 * SECOND)
        devices["device_bat1"].does = {"active_power": 1234.5}
        run(world, 45, step_ns=90 * SECOND)
        return world.truth, {name: device.felt for name, device in devices.items()}

    assert felt() == felt()


def test_another_seed_is_another_world(world_of, devices):
    def felt(seed):
        world_of(seed=seed)
        return devices["device_t1"].felt

    one, two = felt(1), felt(2)
    assert one["ambient_temperature"] != two["ambient_temperature"]
    assert one["load_current"] != two["load_current"]


def test_a_collapsed_grid_reaches_every_meter_and_the_truth(world_of, devices, profiles):
    world = world_of(profiles=profiles)
    run(world, 15)
    profiles.level = 60.0
    run(world, 5)
    assert not world.flows.converged
    assert math.isnan(devices["device_f11"].felt["active_power"])
    assert math.isnan(devices["device_grid"].felt["active_power"])
    assert math.isfinite(devices["device_t1"].felt["top_oil_temperature"])
    profiles.level = 0.6
    run(world, 10)
    truth = world.truth
    assert world.flows.converged
    assert math.isfinite(devices["device_f11"].felt["active_power"])
    assert truth.unconverged_steps == 5
    assert truth.unconverged_s == 300.0
    assert math.isfinite(truth.imported_kwh)
    assert truth.peak is not None  # of the quarter-hour that was seen whole


def test_a_grid_tells_once_that_it_lost_its_solution_and_once_that_it_has_one(world_of, profiles):
    world = world_of(profiles=profiles)
    with capture_logs() as said:
        for level in (60.0, 60.0, 0.6, 0.6):
            profiles.level = level
            run(world, 2)
    told = [one for one in said if one["event"].startswith("grid.")]
    assert [one["event"] for one in told] == ["grid.unconverged", "grid.converged"]
    assert told[0]["failure"]


def test_a_standing_world_is_solved_once_a_minute_and_a_moved_one_at_once(world_of, devices):
    world = world_of()
    first = world.flows
    world.advance(world.now_ns + SECOND)
    assert world.flows is first
    devices["device_bat1"].does = {"active_power": 2.0}
    world.advance(world.now_ns + SECOND)
    moved = world.flows
    assert moved is not first
    world.advance(world.now_ns + 59 * SECOND)
    assert world.flows is moved
    world.advance(world.now_ns + SECOND)
    assert world.flows is not moved


def test_time_does_not_run_backwards(world_of):
    world = world_of()
    with pytest.raises(ValueError, match="backwards"):
        world.advance(world.now_ns - 1)


def test_a_world_does_not_begin_cold(world_of):
    world = world_of()
    for unit in world.scene.transformers.values():
        assert unit.top_oil_c > world.scene.ambient_c + 8.0


def test_an_overload_of_the_hours_before_has_warmed_the_oil(world_of):
    before = Fault(target="t1", kind=FaultKind.OVERLOAD, onset_ns=START_NS - 12 * HOUR, amount=0.5)
    sound, loaded = world_of(), world_of(faults=(before,))
    assert loaded.scene.transformers["t1"].top_oil_c > sound.scene.transformers["t1"].top_oil_c + 3.0


def test_a_blocked_cooler_is_felt_at_the_monitor_and_in_the_truth(world_of, devices):
    healthy = world_of()
    run(healthy, 60)
    felt_healthy = dict(devices["device_t1"].felt)
    sick = world_of(
        faults=(
            Fault(
                target="t1", kind=FaultKind.BLOCKED_COOLER, onset_ns=healthy.now_ns - 48 * HOUR, amount=0.5
            ),
        )
    )
    run(sick, 60)
    risen = devices["device_t1"].felt["top_oil_temperature"] - felt_healthy["top_oil_temperature"]
    assert 5.0 < risen < 20.0
    assert sick.truth.hottest_c["t1"] > healthy.truth.hottest_c["t1"] + 5.0
    assert devices["device_t1"].felt["fan_current"] == felt_healthy["fan_current"]


def test_a_stuck_meter_repeats_itself_and_recovers(world_of, devices, profiles):
    start_ns = world_of().now_ns
    profiles.swing = 0.2
    fault = Fault(
        target="device_f11",
        kind=FaultKind.STUCK,
        onset_ns=start_ns + 10 * MINUTE,
        end_ns=start_ns + 20 * MINUTE,
    )
    world = world_of(profiles=profiles, faults=(fault,))
    run(world, 9)
    last = dict(devices["device_f11"].felt)
    run(world, 10)
    assert devices["device_f11"].felt == last
    assert devices["device_f12"].felt["active_power"] != last["active_power"]
    run(world, 1)
    assert devices["device_f11"].felt["active_power"] == pytest.approx(
        world.flows.flow("f11").from_kw, rel=0.005
    )


def test_a_point_that_is_no_number_leaves_the_rest_of_its_device_alone(world_of, devices):
    fault = Fault(target="grid/voltage", kind=FaultKind.NAN, onset_ns=0)
    world_of(faults=(fault,))
    assert math.isnan(devices["device_grid"].felt["voltage"])
    assert math.isfinite(devices["device_grid"].felt["active_power"])


def test_intervals_end_at_full_quarter_hours(world_of):
    world = world_of()
    run(world, 45, step_ns=7 * SECOND)
    assert world.truth.peak.end_ns % QUARTER_HOUR_NS == 0
