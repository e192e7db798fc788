"""From the tables of a scenario to a network with rows for its appliances, and to the parts behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulators.appliances.chargers import Chargers
from simulators.appliances.feed_in import FeedIn, Source
from simulators.appliances.fleet import Fleet, Units
from simulators.appliances.heat_pumps import HeatPumps
from simulators.appliances.hold import Control, DemandResponseEvent
from simulators.appliances.interruptible import Contract, Interruptible
from simulators.appliances.panels import Panels
from simulators.appliances.place import load_spot, plant_spot
from simulators.appliances.planned import (
    Appliance,
    AppliancesInvalid,
    BatteryUnit,
    EvChargers,
    HeatPumpHouses,
    InterruptibleLoads,
    Measured,
    Photovoltaic,
    Placement,
    Wind,
)
from simulators.appliances.sessions import PATTERNS
from simulators.appliances.turbines import Turbines
from simulators.devices.bank import WorldSide
from simulators.networks.network import Battery, Generator, Load, Network
from simulators.noise import seed_of
from simulators.noise_arrays import uniforms
from simulators.part import Part
from simulators.physics.flows import Rows
from simulators.weather.sky import Skies

_NO_PROFILE: Final = ""
"""What follows no profile stands at its peak: that of an appliance's row is 0, the appliance adds itself."""
_CONTROLLED: Final = (EvChargers, HeatPumpHouses, Photovoltaic, Wind, InterruptibleLoads)


def network_with(network: Network, placement: Placement) -> Network:
    """Return the network with a load or plant for each appliance, on the phases that its bus has.

    Raises:
        AppliancesInvalid: with every mistake: unknown places, names twice, numbers out of range.
    """
    errors = tuple(_mistakes(network, placement))
    if errors:
        raise AppliancesInvalid(errors)
    bus_of, there = _buses(network), network.phases_at()
    rows = [(one, bus_of[one.at]) for one in placement.appliances]
    loads = [
        replace(_load(one, bus), phases=there[bus])
        for one, bus in rows
        if not isinstance(one, Photovoltaic | Wind | BatteryUnit)
    ]
    plants = [
        Generator(name=one.name, bus=bus, rated_kw=0.0, profile=_NO_PROFILE, phases=there[bus])
        for one, bus in rows
        if isinstance(one, Photovoltaic | Wind)
    ]
    batteries = [
        Battery(name=one.name, bus=bus, rated_kw=one.rated_kw)
        for one, bus in rows
        if isinstance(one, BatteryUnit)
    ]
    return replace(
        network,
        loads=(*network.loads, *loads),
        generators=(*network.generators, *plants),
        batteries=(*network.batteries, *batteries),
    )


def _buses(network: Network) -> dict[str, str]:
    """The bus of every name at which something can stand; a load's name goes before a bus's."""
    return {bus.name: bus.name for bus in network.buses} | {load.name: load.bus for load in network.loads}


def _load(one: Appliance, bus: str) -> Load:
    if isinstance(one, Measured):
        return Load(
            name=one.name, bus=bus, peak_kw=one.peak_kw, power_factor=one.power_factor, profile=one.profile
        )
    factor = 1.0 if isinstance(one, Photovoltaic | Wind | BatteryUnit) else one.power_factor
    return Load(name=one.name, bus=bus, peak_kw=0.0, power_factor=factor, profile=_NO_PROFILE)


def _rated_kw(one: Photovoltaic | Wind) -> float:
    return one.count * (one.rated_kw if isinstance(one, Wind) else one.peak_kw * one.inverter_share)


def _mistakes(network: Network, placement: Placement) -> Iterator[str]:
    places, names = _buses(network), {load.name for load in network.loads}
    names |= {plant.name for plant in network.plants}
    for one in placement.appliances:
        if one.at not in places:
            yield f"{one.name}: no load or bus {one.at}"
        if one.name in names:
            yield f"{one.name}: the name stands twice"
        names.add(one.name)
        yield from (f"{one.name}.{key}: {value} is not above 0" for key, value in _sizes(one) if value <= 0)
        if not 0.0 < getattr(one, "power_factor", 1.0) <= 1.0:
            yield f"{one.name}.power_factor: not above 0 and up to 1"
    steered = {one.name for one in placement.appliances if isinstance(one, _CONTROLLED)}
    for event in placement.events:
        yield from (f"event {event.name}: no appliance {t}" for t in event.targets if t not in steered)
    for group in placement.customers:
        if group.load not in names:
            yield f"customers: no load {group.load}"
        if not 0 <= group.critical <= group.number:
            yield f"customers of {group.load}: {group.critical} critical of {group.number}"


def _sizes(one: Appliance) -> Iterator[tuple[str, float]]:
    for key in ("count", "highest_a", "peak_kw", "inverter_share", "rated_kw", "hub_m", "power_kw"):
        if hasattr(one, key):
            yield key, getattr(one, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What appliances need of the world that they are placed in."""

    network: Network
    """With their rows."""
    rows: Rows
    skies: Skies
    banks: Mapping[str, WorldSide]
    """Simulated devices by the asset that they stand at."""
    seed: int
    start_ns: int


def parts_of(placement: Placement, ground: Ground) -> tuple[Part, ...]:
    """Return the parts that a scenario places, in its order; each may be controlled."""
    made = (_part(one, placement.events, ground) for one in placement.appliances)
    return tuple(part for part in made if part is not None)


def feed_ins(placement: Placement, ground: Ground) -> tuple[Part, ...]:
    """Return panels and turbines alone: what they could give follows from the sky of a moment only."""
    plants = (one for one in placement.appliances if isinstance(one, Photovoltaic | Wind))
    made = (_part(one, (), ground) for one in plants)
    return tuple(part for part in made if part is not None)


def _part(one: Appliance, events: Sequence[DemandResponseEvent], ground: Ground) -> Part | None:
    bank = ground.banks.get(one.name)
    mine = [event for event in events if one.name in event.targets]
    if isinstance(one, Photovoltaic | Wind):
        plant = next(plant for plant in ground.network.generators if plant.name == one.name)
        spot = plant_spot(ground.rows, one.name, plant.bus)
        source = _panels(one, ground.seed) if isinstance(one, Photovoltaic) else _turbines(one)
        return FeedIn(spot, source, ground.skies, Control(mine, _rated_kw(one), bank))
    if isinstance(one, Measured | BatteryUnit):
        return None  # the profile or the device moves it
    units, rated_kw = _units(one, ground)
    load = next(load for load in ground.network.loads if load.name == one.name)
    spot = load_spot(ground.rows, one.name, load.bus, load.power_factor)
    return Fleet(spot, units, ground.skies, Control(mine, rated_kw, bank), start_ns=ground.start_ns)


def _units(one: EvChargers | HeatPumpHouses | InterruptibleLoads, ground: Ground) -> tuple[Units, float]:
    seed = seed_of(ground.seed, "appliance", one.name)
    if isinstance(one, EvChargers):
        stations = Chargers(
            PATTERNS[one.pattern], count=one.count, phases=one.phases, highest_a=one.highest_a, seed=seed
        )
        stations.warm(ground.start_ns)
        return stations, stations.rated_kw
    if isinstance(one, HeatPumpHouses):
        outdoor_c = ground.skies.ambient_c(ground.start_ns)
        pumps = HeatPumps.of_houses(count=one.count, seed=seed, sink=one.sink, outdoor_c=outdoor_c)
        return pumps, pumps.rated_kw
    contract = Contract(
        notice_s=one.notice_s, longest_s=one.longest_s, least_on_s=one.least_on_s, most=one.most
    )
    plants = Interruptible(
        contract, power_kw=one.power_kw, unevenness=one.unevenness, count=one.count, seed=seed
    )
    return plants, plants.rated_kw


def _panels(one: Photovoltaic, seed: int) -> Source:
    numbers = np.arange(one.count, dtype=np.int64)
    turned = 2.0 * uniforms(seed_of(seed, "appliance", one.name), numbers) - 1.0
    each = np.ones(one.count)
    return Panels(
        peak_kw=one.peak_kw * each,
        tilt=one.tilt * each,
        azimuth=one.azimuth + one.azimuth_spread * turned,
        inverter_kw=one.peak_kw * one.inverter_share * each,
    )


def _turbines(one: Wind) -> Source:
    return Turbines(rated_kw=np.full(one.count, one.rated_kw), hub_m=one.hub_m)
