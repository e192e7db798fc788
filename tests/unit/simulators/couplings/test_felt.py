import math

import msgspec
import pytest

from kernel.asset import Asset
from kernel.site import Device
from simulators.couplings.felt import NotCoupled, Scene, couple
from simulators.physics.flows import diverged


def with_more(site, *devices, assets=()):
    return msgspec.structs.replace(site, devices=(*site.devices, *devices), assets=(*site.assets, *assets))


def test_a_feeder_meter_feels_its_cable_at_the_bay(site, network, world_of):
    scene = world_of().scene
    flow = scene.flows.flow("f13")
    assert couple(site, network)["device_f13"](scene) == {
        "active_power": flow.from_kw,
        "reactive_power": flow.from_kvar,
        "voltage": scene.flows.kv("bus2"),
        "current": flow.from_a,
    }


def test_the_head_meter_feels_the_import_at_high_voltage(site, network, world_of):
    scene = world_of().scene
    felt = couple(site, network)["device_grid"](scene)
    assert felt["active_power"] == scene.flows.import_kw
    assert felt["voltage"] == pytest.approx(110.0, abs=1.0)
    primary = scene.flows.flow("t1").from_kw + scene.flows.flow("t2").from_kw
    assert felt["active_power"] == pytest.approx(primary)
    assert felt["current"] == pytest.approx(
        math.hypot(felt["active_power"], felt["reactive_power"]) / math.sqrt(3.0) / felt["voltage"]
    )


def test_a_transformer_monitor_feels_temperatures_and_the_current_at_20_kv(site, network, world_of):
    scene = world_of().scene
    felt = couple(site, network)["device_t2"](scene)
    assert felt["load_current"] == scene.flows.flow("t2").to_a
    assert felt["top_oil_temperature"] == scene.transformers["t2"].top_oil_c
    assert felt["ambient_temperature"] == scene.ambient_c
    assert felt["cooling_state"] == 1.0
    assert "hot_spot_temperature" not in felt


def test_nobody_gets_a_number_from_a_grid_without_solution(site, network, world_of):
    scene = world_of().scene
    lost = Scene(
        flows=diverged(scene.flows.rows, "lost"),
        transformers=scene.transformers,
        ambient_c=scene.ambient_c,
        shown=scene.shown,
    )
    senses = couple(site, network)
    assert all(math.isnan(value) for value in senses["device_f11"](lost).values())
    assert all(math.isnan(value) for value in senses["device_grid"](lost).values())
    felt = senses["device_t1"](lost)
    assert math.isnan(felt["load_current"])
    assert felt["top_oil_temperature"] == scene.transformers["t1"].top_oil_c


def test_every_device_that_does_not_fit_the_network_is_listed(site, network):
    wrong = with_more(
        site,
        Device(name="meter_f99", asset="f99", map="any"),
        Device(name="ghost", asset="nothing", map="any"),
        assets=(Asset(name="f99", kind="feeder"),),
    )
    with pytest.raises(NotCoupled) as caught:
        couple(wrong, network)
    assert caught.value.errors == (
        "device meter_f99: the network has no feeder f99",
        "device ghost: the site has no asset nothing",
    )
