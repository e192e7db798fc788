import numpy as np
import pytest

from simulators.networks.file import shipped
from simulators.physics.estimation import (
    MeasuredPower,
    MeasuredVoltage,
    NotObservable,
    UnknownPlace,
    estimate,
)
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

NORD = shipped("nord")
DRAWN = Switching(open=NORD.open_at_start())
LIVE = [branch.name for branch in NORD.branches if branch.name not in DRAWN.open]


@pytest.fixture(scope="module")
def truth():
    kw = np.array([5200.0, 3100.0, 4400.0, 2600.0, 0.0])
    wanted = Injections(
        load_kw=kw, load_kvar=0.3 * kw, plant_kw=np.array([1800.0, -900.0]), plant_kvar=np.zeros(2)
    )
    return PowerGrid(NORD).solve(wanted, DRAWN)


def measured(truth, *, share=0.0, seed=1):
    """Voltages at the substation and powers at both ends of every branch and of all plants, with noise."""
    random = np.random.default_rng(seed)

    def off(value, sigma):
        return float(value + share * sigma * random.standard_normal())

    voltages = [
        MeasuredVoltage(bus=bus, kv=off(truth.kv(bus), 0.02), sigma_kv=0.02) for bus in ("bus1", "bus2")
    ]
    powers = []
    for name in LIVE:
        flow = truth.flow(name)
        for end, kw, kvar in (("from", flow.from_kw, flow.from_kvar), ("to", flow.to_kw, flow.to_kvar)):
            powers.append(
                MeasuredPower(terminal=end, name=name, kw=off(kw, 30.0), kvar=off(kvar, 30.0), sigma_kw=30.0)
            )
    plants = [(plant.name, truth.plant(plant.name)) for plant in NORD.plants]
    powers += [
        MeasuredPower(terminal="plant", name=name, kw=off(kw, 5.0), kvar=0.0, sigma_kw=5.0)
        for name, kw in plants
    ]
    return voltages, powers


def test_what_is_measured_exactly_is_found_exactly(truth):
    found = estimate(NORD, *measured(truth), DRAWN)
    np.testing.assert_allclose(found.flows.bus_kv, truth.bus_kv, rtol=1e-6)
    assert found.flows.import_kw == pytest.approx(truth.import_kw, abs=0.1)
    assert found.objective < 1e-3


def test_from_noisy_measurements_the_state_is_found_nearer_than_it_was_measured(truth):
    errors, raw = [], []
    for seed in range(12):
        voltages, powers = measured(truth, share=1.0, seed=seed)
        found = estimate(NORD, voltages, powers, DRAWN)
        errors.append([found.flows.kv(one.bus) - truth.kv(one.bus) for one in voltages])
        raw.append([one.kv - truth.kv(one.bus) for one in voltages])
        assert abs(found.flows.kv("f13_end") - truth.kv("f13_end")) < 0.06
        assert found.flows.import_kw == pytest.approx(truth.import_kw, abs=100.0)
    assert np.square(errors).mean() < 0.8 * np.square(raw).mean()


def test_a_false_measurement_stands_out(truth):
    voltages, powers = measured(truth, share=1.0)
    row = next(at for at, one in enumerate(powers) if (one.terminal, one.name) == ("from", "f13"))
    wrong = MeasuredPower(
        terminal="from", name="f13", kw=powers[row].kw + 900.0, kvar=powers[row].kvar, sigma_kw=30.0
    )
    found = estimate(NORD, voltages, [*powers[:row], wrong, *powers[row + 1 :]], DRAWN)
    sound = estimate(NORD, voltages, powers, DRAWN)
    assert abs(found.power_residuals[:, 0]).argmax() == row
    assert found.objective > 5.0 * sound.objective


def test_too_few_measurements_are_refused(truth):
    with pytest.raises(NotObservable, match="1 voltages and 0 powers"):
        estimate(NORD, measured(truth)[0][:1], [], DRAWN)


def test_a_measurement_of_what_is_not_there_is_refused(truth):
    voltages, powers = measured(truth)
    with pytest.raises(UnknownPlace, match="bus9"):
        estimate(NORD, [MeasuredVoltage(bus="bus9", kv=20.0, sigma_kv=0.1)], powers, DRAWN)
    with pytest.raises(UnknownPlace, match="f99"):
        estimate(
            NORD,
            voltages,
            [MeasuredPower(terminal="load", name="f99", kw=1.0, kvar=0.0, sigma_kw=1.0)],
            DRAWN,
        )
