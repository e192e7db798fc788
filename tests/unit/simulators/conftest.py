"""A small world to test in: substation nord with devices that can be told what to do."""

import numpy as np
import pytest

from kernel.asset import Asset
from kernel.point import Point
from kernel.site import Device, Site
from simulators.networks.file import shipped
from simulators.world import World

SECOND = 1_000_000_000
START_NS = 1_480_564_800 * SECOND  # 2016-12-01 04:00 UTC, a full quarter-hour
QUANTITIES = {
    "connection": ("active_power", "reactive_power", "voltage"),
    "feeder": ("active_power", "reactive_power", "voltage", "current"),
    "transformer": ("top_oil_temperature", "winding_temperature", "ambient_temperature", "load_current"),
    "battery": ("active_power",),
    "breaker": ("position",),
}


class Puppet:
    """A device that remembers what it felt and does what it is told."""

    def __init__(self, **does):
        self.does = does
        self.felt = {}
        self.times = []

    def sense(self, quantities, now_ns):
        self.felt = dict(quantities)
        self.times.append(now_ns)

    def actuation(self, now_ns):
        return self.does


class SteadyProfiles:
    """Every profile stands at one value, or swings slowly where `swing` is given."""

    names = ("feeder_1", "feeder_2", "feeder_3", "feeder_4", "pv")

    def __init__(self, level=0.6, pv=0.0, swing=0.0):
        self.level, self.pv, self.swing = level, pv, swing

    def all_at(self, now_ns):
        hours = (now_ns - START_NS) / (3600 * SECOND)
        load = self.level + self.swing * np.sin(2.0 * np.pi * hours / 24.0)
        return np.array([load, load, load, load, self.pv])

    def all_over(self, times_ns):
        return np.array([self.all_at(now_ns) for now_ns in times_ns.tolist()])


def nord_site():
    """The site that fits the shipped network: one device for each asset."""
    network = shipped("nord")
    kinds = {"grid": "connection"}
    kinds |= {unit.name: "transformer" for unit in network.transformers}
    kinds |= {line.name: "feeder" for line in network.lines}
    kinds |= {line.breaker: "breaker" for line in network.lines}
    kinds |= {battery.name: "battery" for battery in network.batteries}
    return Site(
        name="nord",
        title="Nord",
        base_tick_s=60.0,
        assets=tuple(Asset(name=name, kind=kind) for name, kind in kinds.items()),
        points=tuple(Point(name=f"{n}/{q}", unit="1") for n, kind in kinds.items() for q in QUANTITIES[kind]),
        devices=tuple(Device(name=f"device_{name}", asset=name, map="any") for name in kinds),
        loops=(),
        digest="0" * 64,
    )


def nord_devices():
    """One device for each of the site's, the battery idle and every breaker as the network begins."""
    devices = {device.name: Puppet() for device in nord_site().devices}
    devices["device_bat1"].does = {"active_power": 0.0}
    for line in shipped("nord").lines:
        devices[f"device_{line.breaker}"].does = {"position": 2.0 if line.closed else 1.0}
    return devices


@pytest.fixture
def network():
    return shipped("nord")


@pytest.fixture
def site():
    return nord_site()


@pytest.fixture
def profiles():
    return SteadyProfiles()


@pytest.fixture
def devices():
    return nord_devices()


@pytest.fixture
def world_of(network, devices):
    """Build a world at START_NS; keyword arguments replace its parts."""

    def build(**parts):
        given = {"network": network, "profiles": SteadyProfiles(), "banks": devices, "seed": 1}
        given |= {"start_ns": START_NS} | parts
        return World(given.pop("site", nord_site()), **given)

    return build
