from dataclasses import replace

import numpy as np
import pytest

from simulators.equipment.ailments import Ailment
from simulators.equipment.ailments_of_faults import FromFaults
from simulators.equipment.degradation import Degradations, Growth, Law
from simulators.equipment.tap_wear import TapWear
from simulators.faults.fault import Fault, FaultKind
from simulators.networks.file import shipped
from simulators.networks.network import Regulator
from simulators.part import Stretch
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.weather.model import Weather

NETWORK = shipped("nord")
SKY = Weather(seed=1).at(0)
DAY = 86_400 * 1_000_000_000


def flows(load_kw):
    loads, plants = len(NETWORK.loads), len(NETWORK.plants)
    return PowerGrid(NETWORK).solve(
        Injections(
            load_kw=np.full(loads, load_kw),
            load_kvar=np.zeros(loads),
            plant_kw=np.zeros(plants),
            plant_kvar=np.zeros(plants),
        )
    )


def stretch(load_kw, taps):
    return Stretch(since_ns=0, until_ns=DAY, flows=flows(load_kw), sky=SKY, switching=Switching(taps=taps))


def test_taps_wear_by_steps_and_current():
    light, heavy = TapWear(NETWORK), TapWear(NETWORK)
    for wear, load_kw in ((light, 1000.0), (heavy, 8000.0)):
        for position in (-2, -1, 1):
            wear.live(stretch(load_kw, {"t1": position}))
    shown = heavy.show()["t1"]
    assert (shown["tap_position"], shown["tap_operations"]) == (1.0, 3.0)
    assert shown["tap_contact_wear"] > light.show()["t1"]["tap_contact_wear"] > 0.0
    assert heavy.show()["t2"]["tap_operations"] == 0.0
    assert heavy.counted() == {"tap_operations": 3.0}


def test_taps_of_a_regulator_are_counted_where_they_are_made_and_only_wear_here():
    keeps = Regulator(target_kv=20.0, band_kv=0.5, delay_s=60.0, step_s=10.0)
    first, *others = NETWORK.transformers
    wear = TapWear(replace(NETWORK, transformers=(replace(first, regulator=keeps), *others)))
    for position in (-2, -1, 1):
        wear.live(stretch(1000.0, {"t1": position}))
    assert wear.show()["t1"].keys() == {"tap_contact_wear"}
    assert wear.show()["t1"]["tap_contact_wear"] > 0.0
    assert wear.counted() == {"tap_operations": 0.0}


def test_growth_begins_at_its_onset_and_ends_with_repair():
    growth = Growth(asset="t1", quantity="partial_discharge", start=40.0, onset_ns=2 * DAY, days=5.0)
    parts = Degradations([growth], seed=1)
    parts.live(Stretch(since_ns=0, until_ns=12 * DAY, flows=flows(0.0), sky=SKY))
    assert parts.show()["t1"]["partial_discharge"] == pytest.approx(160.0)
    parts.mend("t1", 12 * DAY)
    assert parts.show()["t1"]["partial_discharge"] == 40.0


def test_a_resistance_grows_by_its_start_in_its_time():
    growth = Growth(asset="b", quantity="r", start=2.0, onset_ns=0, days=100.0, law=Law.LINEAR)
    assert [growth.value(day * DAY) for day in (0, 50, 100, 200)] == [2.0, 3.0, 4.0, 6.0]


def test_faults_of_a_breaker_ail_it_from_onset_to_end_or_repair():
    fault = Fault(target="device_cb13", kind=FaultKind.BREAKER_SLOW, onset_ns=10, end_ns=100, amount=2.0)
    ailing = FromFaults([fault], {"device_cb13": "cb13"})
    assert ailing.next_change_ns(0) == 10
    assert ailing.amount("cb13", Ailment.BREAKER_SLOW, 9) is None
    assert ailing.amount("cb13", Ailment.BREAKER_SLOW, 10) == 2.0
    assert ailing.amount("cb13", Ailment.BREAKER_STAYS_OPEN, 10) is None
    ailing.mend("cb13", 50)
    assert ailing.amount("cb13", Ailment.BREAKER_SLOW, 50) is None
