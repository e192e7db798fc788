"""The plant: the simulated world and its devices, built from a site and its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.site import Device, Site
from simulators.devices.bank import Bank
from simulators.devices.breaker import OPEN
from simulators.devices.make import make_bank
from simulators.networks.file import shipped
from simulators.networks.network import Network
from simulators.profiles.load import Profiles, load_profiles
from simulators.scenario import Scenario
from simulators.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Everything that stands outside the gateway."""

    world: World
    banks: Mapping[Device, Bank]
    network: Network
    profiles: Profiles


def build_plant(site: Site, scenario: Scenario) -> Plant:
    """Put the devices of a site into the world of its scenario.

    A breaker whose branch is open in the network begins open.
    """
    network, profiles = shipped(scenario.network), load_profiles()
    open_breakers = {one.breaker for one in network.switchable if not one.closed}
    banks: dict[Device, Bank] = {}
    for device in site.devices:
        initial = dict(scenario.initial.get(device.name, {}))
        if device.asset in open_breakers:
            initial.setdefault("position", float(OPEN))
        banks[device] = make_bank(device, site.asset[device.asset], initial)
    world = World(
        site,
        network,
        profiles,
        {device.name: bank for device, bank in banks.items()},
        seed=scenario.seed,
        start_ns=scenario.start_ns,
        faults=scenario.faults,
        consumers=scenario.consumers,
    )
    return Plant(world=world, banks=banks, network=network, profiles=profiles)
