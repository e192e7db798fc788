import numpy as np
import pytest

from simulators.durations import QUARTER_HOUR_NS
from simulators.physics.flows import Flows, Rows, diverged
from simulators.truth import Ledger

MINUTE = 60 * 1_000_000_000
START = 1_000 * QUARTER_HOUR_NS
ROWS = Rows(bus={}, branch={}, load={}, plant={"bat1": 0})


def flows(import_kw, loss_kw=0.0, battery_kw=0.0):
    return Flows(
        converged=True,
        failure="",
        rows=ROWS,
        bus_kv=np.zeros(0),
        branch=np.zeros((0, 6)),
        load_kw=np.zeros(0),
        plant_kw=np.array([battery_kw]),
        import_kw=import_kw,
        import_kvar=0.0,
        loss_kw=loss_kw,
    )


def enter(ledger, minutes, import_kw, without_kw=None, battery_kw=0.0):
    without = flows(import_kw if without_kw is None else without_kw)
    ledger.enter(START + minutes * MINUTE, flows=flows(import_kw, battery_kw=battery_kw), without=without)


def test_the_peak_is_the_highest_mean_over_a_full_quarter_hour():
    ledger = Ledger(START, batteries=1)
    enter(ledger, 5, 300.0)
    enter(ledger, 15, 600.0)
    enter(ledger, 30, 400.0)
    truth = ledger.snapshot()
    assert truth.peak.mean_kw == pytest.approx(500.0)
    assert truth.peak.end_ns == START + QUARTER_HOUR_NS


def test_a_quarter_hour_that_was_not_seen_whole_is_no_peak():
    ledger = Ledger(START + 5 * MINUTE, batteries=1)
    enter(ledger, 15, 9000.0)
    enter(ledger, 30, 400.0)
    enter(ledger, 40, 9000.0)
    assert ledger.snapshot().peak.mean_kw == pytest.approx(400.0)


def test_a_long_step_is_cut_at_the_quarter_hours():
    ledger, other = Ledger(START, batteries=1), Ledger(START, batteries=1)
    enter(ledger, 10, 100.0)
    enter(ledger, 55, 400.0)
    for minute in range(1, 56):
        enter(other, minute, 100.0 if minute <= 10 else 400.0)
    one, same = ledger.snapshot(), other.snapshot()
    assert one.peak.mean_kw == pytest.approx(400.0) == pytest.approx(same.peak.mean_kw)
    assert one.peak.end_ns == START + 2 * QUARTER_HOUR_NS
    assert one.imported_kwh == pytest.approx(same.imported_kwh)


def test_the_peak_without_control_may_be_at_another_time():
    ledger = Ledger(START, batteries=1)
    enter(ledger, 15, 700.0, without_kw=600.0, battery_kw=-100.0)
    enter(ledger, 30, 500.0, without_kw=900.0, battery_kw=400.0)
    truth = ledger.snapshot()
    assert (truth.peak.mean_kw, truth.peak_without.mean_kw) == (700.0, 900.0)


def test_energy_out_and_in_are_kept_apart():
    ledger = Ledger(START, batteries=1)
    enter(ledger, 30, 0.0, battery_kw=1000.0)
    enter(ledger, 90, 0.0, battery_kw=-200.0)
    truth = ledger.snapshot()
    assert (truth.discharged_kwh, truth.charged_kwh) == pytest.approx((500.0, 200.0))


def test_time_without_a_solution_is_counted_and_spoils_its_interval():
    ledger = Ledger(START, batteries=1)
    enter(ledger, 15, 500.0)
    lost = diverged(ROWS, "lost")
    ledger.enter(START + 20 * MINUTE, flows=flows(100.0), without=lost)
    enter(ledger, 30, 9000.0)
    truth = ledger.snapshot()
    assert (truth.unconverged_steps, truth.unconverged_s, truth.steps) == (1, 300.0, 3)
    assert truth.peak.mean_kw == 500.0
    assert np.isfinite(truth.imported_kwh)
    assert np.isfinite(truth.discharged_kwh)


def test_a_world_that_never_had_a_solution_has_a_truth_of_numbers():
    ledger = Ledger(START, batteries=1)
    lost = diverged(ROWS, "lost")
    ledger.enter(START + 20 * MINUTE, flows=lost, without=lost)
    truth = ledger.snapshot()
    assert (truth.imported_kwh, truth.loss_kwh, truth.unconverged_s) == (0.0, 0.0, 1200.0)


def test_before_the_first_full_interval_there_is_no_peak():
    truth = Ledger(START, batteries=1).snapshot()
    assert truth.peak is None
