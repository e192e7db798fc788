"""Each indicator against numbers that can be reckoned by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from simulators.indicators.balance import Balance
from simulators.indicators.batteries import Batteries
from simulators.indicators.convergence import Convergence
from simulators.indicators.energy import Energy
from simulators.indicators.peak import Peak
from simulators.indicators.thermal import Thermal
from simulators.indicators.voltage import Voltage
from tests.unit.simulators.indicators.courses import BRANCHES, BUSES, HOUR_NS, course

QUARTER_NS = HOUR_NS // 4


def minutes(powers, *, start_ns=0, **named):
    steps = len(powers)
    until = start_ns + (1 + np.arange(steps)) * HOUR_NS // 60
    return course(until, np.full(steps, 1 / 60), import_kw=powers, **named)


def test_the_peak_is_the_highest_quarter_hour_mean_and_not_the_highest_minute():
    peak = Peak()
    peak.enter(minutes([900.0] + 14 * [0.0] + 15 * [100.0]))
    assert peak.peak_kw == pytest.approx(100.0)
    assert peak.end_ns == 2 * QUARTER_NS


def test_a_quarter_hour_that_was_not_seen_whole_is_no_peak():
    peak = Peak()
    peak.enter(minutes(10 * [900.0], start_ns=5 * HOUR_NS // 60))
    assert math.isnan(peak.peak_kw)
    peak.enter(minutes(15 * [50.0], start_ns=QUARTER_NS))
    assert peak.peak_kw == pytest.approx(50.0)


def test_a_quarter_hour_with_a_hole_is_no_peak():
    peak = Peak()
    peak.enter(minutes(15 * [900.0], converged=[False] + 14 * [True]))
    assert math.isnan(peak.values()["peak_kw"])


def test_a_step_over_several_quarter_hours_is_cut():
    peak = Peak()
    peak.enter(course([HOUR_NS], [1.0], import_kw=[40.0]))
    assert (peak.peak_kw, peak.end_ns) == (40.0, QUARTER_NS)


def test_energy_that_goes_back_is_not_taken_from_what_came():
    energy = Energy()
    energy.enter(course([HOUR_NS, 2 * HOUR_NS], [1.0, 1.0], import_kw=[100.0, -40.0], loss_kw=[5.0, 5.0]))
    values = energy.values()
    assert (values["imported_kwh"], values["exported_kwh"], values["loss_kwh"]) == (100.0, 40.0, 10.0)
    assert values["loss_percent"] == pytest.approx(10.0)


def test_what_batteries_took_is_not_taken_from_what_they_gave_and_plants_are_none():
    one, none = (
        SimpleNamespace(generators=(), batteries=("pv",)),
        SimpleNamespace(generators=("pv",), batteries=()),
    )
    for network, expected in (
        (one, {"battery_in_kwh": 30.0, "battery_out_kwh": 20.0, "battery_net_kwh": -10.0}),
        (none, {}),
    ):
        batteries = Batteries(network)
        until = [HOUR_NS, 2 * HOUR_NS, 3 * HOUR_NS]
        batteries.enter(
            course(
                until,
                [1.0, 0.5, 1.0],
                import_kw=100.0,
                plant_kw=[-30.0, 40.0, 9.0],
                converged=[True, True, False],
            )
        )
        assert batteries.values() == expected


def test_a_balance_that_does_not_close_is_told():
    whole = course([HOUR_NS], [1.0], import_kw=[100.0])
    whole.load_kw[:] = 99.0
    balance = Balance()
    balance.enter(whole)
    assert balance.values()["balance_error"] == pytest.approx(0.01)


def test_the_worst_step_of_the_balance_stays_and_without_any_there_is_none():
    balance = Balance()
    assert math.isnan(balance.values()["balance_error"])
    balance.enter(course([HOUR_NS], [1.0], import_kw=[100.0], converged=[False]))
    assert math.isnan(balance.values()["balance_error"])
    for hour, load_kw in enumerate((99.0, 98.0, 100.0), start=1):
        whole = course([hour * HOUR_NS], [1.0], import_kw=[100.0])
        whole.load_kw[:] = load_kw
        balance.enter(whole)
    assert balance.values()["balance_error"] == pytest.approx(0.02)


def test_time_without_a_solution_is_counted_and_in_no_sum():
    whole = course([HOUR_NS, 2 * HOUR_NS], [1.0, 1.0], import_kw=[100.0, 100.0], converged=[True, False])
    convergence, energy, voltage, thermal = Convergence(), Energy(), Voltage(BUSES), Thermal(BRANCHES)
    for one in (convergence, energy, voltage, thermal):
        one.enter(whole)
    assert convergence.values()["unconverged_steps"] == 1.0
    assert convergence.values()["unconverged_h"] == 1.0
    assert energy.values()["imported_kwh"] == 100.0
    assert voltage.values()["voltage_violation_h"] == 0.0
    assert thermal.hours.sum() == len(BRANCHES)


def test_a_short_dip_is_no_violation_of_a_ten_minute_mean():
    u = np.ones((20, 3))
    u[3, 1] = 0.7
    voltage = Voltage(BUSES)
    voltage.enter(minutes(20 * [1.0], u_pu=u))
    assert voltage.values()["voltage_violation_h"] == 0.0
    assert voltage.values()["voltage_min_pu"] == pytest.approx(0.97)


def test_low_and_high_voltage_are_counted_by_bus_and_together():
    u = [[1.0, 0.88, 1.12], [1.0, 1.0, 1.0]]
    voltage = Voltage(BUSES)
    voltage.enter(course([HOUR_NS, 2 * HOUR_NS], [1.0, 1.0], import_kw=[1.0, 1.0], u_pu=u))
    values = voltage.values()
    assert (values["voltage_violation_h"], values["voltage_low_bus_h"], values["voltage_high_bus_h"]) == (
        1,
        1,
        1,
    )
    assert voltage.elements()["bus/mv"]["voltage_violation_h"] == 1.0


def test_a_bus_without_supply_is_dark_and_not_low():
    voltage = Voltage(BUSES)
    voltage.enter(course([HOUR_NS], [1.0], import_kw=[1.0], u_pu=[[1.0, 0.0, 0.0]]))
    assert voltage.values()["dark_bus_h"] == 2.0
    assert voltage.values()["voltage_low_bus_h"] == 0.0


def test_one_percent_of_a_week_may_be_low_at_medium_voltage_and_five_at_low():
    week = 7 * 24
    u = np.ones((week, 3))
    u[:3, 1:] = 0.88  # 1.8 % of the week on mv and lv
    voltage = Voltage(BUSES)
    until = (1 + np.arange(week)) * HOUR_NS
    voltage.enter(course(until, np.ones(week), import_kw=np.ones(week), u_pu=u))
    assert voltage.values()["en50160_bus_weeks"] == 1.0


def test_loading_is_kept_as_a_duration_curve():
    loading = [[0.5, 0.2]] * 90 + [[1.3, 0.2]] * 10
    thermal = Thermal(BRANCHES)
    until = (1 + np.arange(100)) * HOUR_NS
    thermal.enter(course(until, np.ones(100), import_kw=np.ones(100), loading=loading))
    values = thermal.values()
    assert (values["overload_h"], values["overload_branch_h"], values["loading_max_pu"]) == (10.0, 10.0, 1.3)
    assert values["loading_p95_pu"] == pytest.approx(1.32)
    assert thermal.hours[0, 25] == 90.0


def test_the_loading_that_is_exceeded_is_told_above_twice_the_rating_too():
    thermal = Thermal(BRANCHES)
    thermal.enter(minutes([1.0] * 10, loading=np.full((10, 2), 7.5)))
    assert thermal.values()["loading_p95_pu"] == 7.5
