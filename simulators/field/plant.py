"""The plant: the simulated world and its devices, built from a site and its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kernel.site import Device, Site
from simulators.appliances.placing import network_with
from simulators.devices.bank import Bank
from simulators.devices.behaviour.planned import PLAIN
from simulators.devices.breaker import OPEN
from simulators.devices.make import make_bank
from simulators.equipment.from_faults import has_protection, parts_for
from simulators.equipment.make import equipment_parts
from simulators.faults.device import with_faults
from simulators.field.appliances import appliances_of
from simulators.networks.named import network_named
from simulators.networks.network import Network
from simulators.physics.solvers import solver_named
from simulators.profiles.load import Profiles
from simulators.profiles.named import profiles_in
from simulators.scenario import Scenario
from simulators.skies import skies_of
from simulators.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Everything that stands outside the gateway."""

    world: World
    banks: Mapping[Device, Bank]
    network: Network
    profiles: Profiles


def profiles_of(scenario: Scenario) -> Profiles:
    """Return the measured profiles, moved as the scenario says.

    Raises:
        OSError, ValueError: the file that the scenario names cannot be read.
    """
    profiles = profiles_in(scenario.profiles)
    return replace(profiles, start_ns=profiles.start_ns - scenario.profile_shift_ns)


def network_of(site: Site, scenario: Scenario) -> Network:
    """Return the network of a scenario, with what the scenario places in it.

    Raises:
        NetworkInvalid, AppliancesInvalid: it cannot be read, or what is placed does not fit.
    """
    _, drawn = network_named(scenario.network, Path(site.folder))
    return network_with(drawn, scenario.placement)


def build_plant(site: Site, scenario: Scenario, *, counterfactual: bool = True) -> Plant:
    """Put the devices of a site into the world of its scenario: the one place where a world is built.

    A breaker whose branch is open in the network begins open. What nobody commands stays as it begins:
    relays, regulators and the planned events of a scenario act whether a gateway runs or not.

    Args:
        site: with its devices.
        scenario: of the world.
        counterfactual: whether the world also lives without control, for the truth of the demo.
    """
    network = network_of(site, scenario)
    profiles = profiles_of(scenario)
    open_breakers = {one.breaker for one in network.switchable if not one.closed}
    banks: dict[Device, Bank] = {}
    for device in site.devices:
        initial = dict(scenario.initial.get(device.name, {}))
        if device.asset in open_breakers:
            initial.setdefault("position", float(OPEN))
        planned = scenario.behaviour.get(device.name, PLAIN)
        sound = make_bank(device, site.asset[device.asset], initial, planned)
        banks[device] = with_faults(sound, device, scenario.faults, protected=has_protection(scenario))
    by_name: dict[str, Bank] = {device.name: bank for device, bank in banks.items()}
    world = World(
        site,
        network,
        profiles,
        by_name,
        seed=scenario.seed,
        start_ns=scenario.start_ns,
        faults=scenario.faults,
        consumers=scenario.consumers,
        appliances=appliances_of(scenario, network, {device.asset: bank for device, bank in banks.items()}),
        parts=(
            *equipment_parts(
                scenario.equipment,
                network,
                site=site,
                banks=by_name,
                seed=scenario.seed,
                faults=scenario.faults,
            ),
            *parts_for(site, network, by_name, scenario),
        ),
        counterfactual=counterfactual,
        skies=skies_of(scenario),
        solver=solver_named(scenario.solver),
    )
    return Plant(world=world, banks=banks, network=network, profiles=profiles)
