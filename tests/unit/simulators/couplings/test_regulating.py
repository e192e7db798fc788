"""What controllers of tap changers and banks feel: where things stand in the grid, and what they measure."""

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from kernel.asset import Asset
from kernel.site import Device
from simulators.couplings.regulating import capacitor, tap_changer
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.networks.network import Capacitor, CapacitorControl, Regulator
from simulators.physics.flows import diverged
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.world import World
from tests.unit.simulators.conftest import SECOND, START_NS, Puppet, SteadyProfiles, nord_devices, nord_site

KEEPS = Regulator(target_kv=21.5, band_kv=0.5, delay_s=60.0, step_s=10.0)
"""Nord stands near 20.4 kV: four taps of 0.3 kV below this."""
BANK = Capacitor(
    name="c1",
    bus="bus1",
    step_kvar=1000.0,
    steps=4,
    steps_in=3,
    control=CapacitorControl(low=10.0, high=30.0),
)


@pytest.fixture
def lived(network):
    """What the two controllers felt, second by second, in a world with some faults."""

    def live(seconds, *faults):
        first, *others = network.transformers
        grid = replace(
            network, transformers=(replace(first, regulator=KEEPS, tap_min=-9), *others), capacitors=(BANK,)
        )
        site = nord_site()
        site = msgspec.structs.replace(
            site,
            assets=(*site.assets, Asset(name="c1", kind="capacitor")),
            devices=(*site.devices, Device(name="bank", asset="c1", map="any")),
        )
        devices = {**nord_devices(), "bank": Puppet()}
        world = World(site, grid, SteadyProfiles(), devices, seed=1, start_ns=START_NS, faults=faults)
        felt = []
        for second in range(10, seconds + 10, 10):
            world.advance(START_NS + second * SECOND)
            felt.append((devices["device_t1"].felt, devices["bank"].felt))
        return felt, world

    return live


def test_a_controller_shows_where_the_tap_stands_what_is_regulated_and_its_settings(lived):
    felt, world = lived(120)
    tap, _ = felt[-1]
    settings = {"voltage_target": 21.5, "voltage_bandwidth": 0.5, "regulator_delay": 60.0}
    assert {name: tap[name] for name in settings} == settings
    assert (tap["regulator_state"], tap["tap_end_state"]) == (1.0, 0.0)
    positions = [one["tap_position"] for one, _ in felt]
    assert positions[:7] == [-2.0] * 6 + [-3.0]
    assert tap["regulated_voltage"] == pytest.approx(world.flows.kv("bus1"), rel=0.005)


def test_a_tap_that_is_stuck_shows_where_it_stands_and_the_voltage_stays_out(lived):
    stuck = Fault(target="t1", kind=FaultKind.TAP_STUCK, onset_ns=START_NS)
    (sound, _), (faulty, world) = lived(200), lived(200, stuck)
    assert sound[-1][0]["tap_position"] < -3.0
    assert {tap["tap_position"] for tap, _ in faulty} == {-2.0}
    assert faulty[-1][0]["tap_operations"] == 0.0
    assert sound[-1][0]["regulated_voltage"] - faulty[-1][0]["regulated_voltage"] > 0.5
    (span,) = world.truth.faults
    assert span.kind is FaultKind.TAP_STUCK


def test_a_bank_shows_its_steps_and_what_they_feed_in(lived):
    ((_, bank),), world = lived(10)
    assert bank["capacitor_steps"] == 3.0
    pu = world.flows.kv("bus1") / 20.0
    assert bank["reactive_power"] == pytest.approx(3000.0 * pu**2, rel=0.005)
    assert bank["voltage"] == pytest.approx(world.flows.kv("bus1"), rel=0.005)
    assert bank["control_state"] == 1.0


def test_blown_fuses_leave_the_steps_in_and_take_their_power_once(lived):
    blown = Fault(target="c1", kind=FaultKind.CAPACITOR_FUSE, onset_ns=START_NS, amount=0.5)
    felt, _ = lived(300, blown)
    assert {bank["capacitor_steps"] for _, bank in felt} == {3.0}
    assert {bank["capacitor_operations"] for _, bank in felt} == {0.0}
    for _, bank in felt:
        assert bank["reactive_power"] == pytest.approx(1000.0 * (bank["voltage"] / 20.0) ** 2, rel=0.02)


def test_what_the_grid_feels_of_a_bank_is_what_its_controller_shows(lived):
    blown = Fault(target="c1", kind=FaultKind.CAPACITOR_FUSE, onset_ns=START_NS, amount=1.0)
    (_, whole), (_, none) = lived(10), lived(10, blown)
    relieved = none.flows.flow("t1").to_kvar - whole.flows.flow("t1").to_kvar
    assert abs(relieved) == pytest.approx(3000.0 * (whole.flows.kv("bus1") / 20.0) ** 2, rel=0.02)


def test_at_the_end_of_its_taps_it_says_which_way_is_left(network, world_of):
    flows = world_of().flows
    unit = replace(network.transformers[0], regulator=KEEPS, tap_min=-3, tap_max=3)
    ends = [
        tap_changer(unit)(flows, Switching(taps={"t1": position}))["tap_end_state"] for position in (-3, 0, 3)
    ]
    assert ends == [1.0, 0.0, 2.0]


def test_a_tap_changer_without_a_regulator_stands_in_manual(network, world_of):
    felt = tap_changer(network.transformers[0])(world_of().flows, AS_DRAWN)
    assert felt == {"tap_position": -2.0, "regulator_state": 0.0}


def test_a_bank_between_one_phase_and_earth_feels_that_phase(network, world_of):
    flows = world_of().flows
    phases = np.tile(np.array([11.0, 11.5, 12.0]), (len(flows.rows.bus), 1))
    uneven = msgspec.structs.replace(flows, phase_kv=phases)
    felt = capacitor(replace(BANK, phases="b", control=None), network)(uneven, AS_DRAWN)
    assert felt["reactive_power"] == pytest.approx(3000.0 * (11.5 * 3.0**0.5 / 20.0) ** 2)
    assert felt["control_state"] == 0.0


def test_a_grid_without_solution_gives_no_number(network, world_of):
    lost = diverged(world_of().flows.rows, "lost")
    unit = replace(network.transformers[0], regulator=KEEPS)
    assert math.isnan(tap_changer(unit)(lost, AS_DRAWN)["regulated_voltage"])
    assert math.isnan(capacitor(BANK, network)(lost, AS_DRAWN)["reactive_power"])
